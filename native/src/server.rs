//! Placeholder until the server lands.
pub struct Options {
    pub listen: std::net::SocketAddr,
    pub isolation: bool,
}
pub struct Server;
pub async fn bind(_: &Options) -> anyhow::Result<Server> {
    anyhow::bail!("no server yet")
}
impl Server {
    pub fn url(&self) -> String {
        String::new()
    }
    pub async fn run(self, until: impl Future<Output = ()>) -> anyhow::Result<()> {
        until.await;
        Ok(())
    }
}
