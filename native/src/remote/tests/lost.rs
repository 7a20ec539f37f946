//! Pages that are lost: what is opened again, how often, and what is kept of that.

use super::*;

/// A page that is lost as soon as it is told of its first run.
fn lost() -> Script {
    script(|mut page: Page| async move { _ = page.run().await })
}

/// A browser whose first page plays a script, and that ends when another one is opened, before that has connected.
#[derive(Debug)]
struct Dies {
    scripts: Scripts,
    opened: u32,
}

impl Open for Dies {
    fn name(&self) -> &str {
        "chromium"
    }

    fn open(&mut self) -> BoxFuture<'_, anyhow::Result<()>> {
        self.opened += 1;
        if self.opened > 1 { Box::pin(async { Ok(()) }) } else { self.scripts.open() }
    }

    fn check(&mut self) -> BoxFuture<'_, anyhow::Result<()>> {
        let is_over = self.opened > 1;
        Box::pin(async move { if is_over { bail!("its driver ended") } else { Ok(()) } })
    }
}

#[tokio::test]
async fn a_browser_that_ends_before_its_page_has_come_is_noticed() {
    let (hub, url) = serve();
    let place = hub.place().expect("a token");
    // Lost when it is asked for its pace: the run that follows is its second chance.
    let leaves = script(|mut page: Page| async move { drop(page.order().await) });
    let scripts = Scripts { url, token: place.token.to_string(), scripts: [leaves].into() };
    let browser = Dies { scripts, opened: 0 };
    let mut executor = RemoteExecutor::start(Live::default(), Box::new(browser), place).await.expect("a page");
    assert_eq!(executor.probe_ms().await, None);
    let waited = timeout(PATIENCE.start / 2, async { executor.execute(&spec()).await });
    let execution = waited.await.expect("it is not waited for until it would have come");
    assert_eq!((error_of(&execution).kind, executor.gone()), (ErrorKind::Setup, Some("its driver ended")));
}

#[tokio::test]
async fn what_was_opened_again_is_a_warning() {
    let (mut executor, _) = executor([lost(), lost_later(), narrow(1), script(Page::obey)]).await;
    for _ in 0..3 {
        assert_eq!(executor.execute(&spec()).await.spans.len(), 4);
    }
    let times = |is_it: &dyn Fn(&str) -> bool| -> u32 {
        let times = |warning: &Warning| match warning {
            Warning::OpenedAgain { reason, times } if is_it(reason) => *times,
            _ => 0,
        };
        executor.warnings().iter().map(times).sum()
    };
    assert_eq!(times(&|reason| reason.contains("connection")), 2, "{:?}", executor.warnings());
    assert_eq!(times(&|reason| reason == "RangeError: Out of memory"), 1);
    assert!(executor.warnings().iter().all(Warning::is_recorded));
}

/// A page that is lost when it is told of its second run.
fn lost_later() -> Script {
    script(|mut page: Page| async move {
        let run = page.run().await;
        page.execute(&run).await;
        page.run().await;
    })
}

#[tokio::test]
async fn a_page_that_is_lost_again_and_again_is_given_up() {
    let scripts = std::iter::once(lost()).chain((0..AGAIN.len()).map(|_| lost_later()));
    let (mut executor, _) = executor(scripts).await;
    for _ in 0..AGAIN.len() {
        assert_eq!(executor.execute(&spec()).await.spans.len(), 4);
    }
    let execution = executor.execute(&spec()).await;
    let reason = &error_of(&execution).message;
    assert!(reason.ends_with(", after it was opened again 5 times"), "{reason}");
    assert_eq!(executor.gone(), Some(reason.as_str()));
}
