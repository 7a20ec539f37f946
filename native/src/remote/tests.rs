//! Runs in a page that is none: what it says over a real socket, through the real server, is written here.

mod entry;
mod lost;

use std::collections::{BTreeMap, VecDeque};
use std::net::Ipv4Addr;

use anyhow::Context;
use futures::{SinkExt, StreamExt};
use parlab_shared::measure::{Counts, Request};
use parlab_shared::report::Tool;
use parlab_shared::span::Span;
use parlab_shared::strategy::{Mechanism, Strategy};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::*;
use crate::hub::Hub;
use crate::server::{self, Options};
use crate::{environment, messages};

/// What the page is told to do with its end of the socket.
type Script = Box<dyn FnOnce(Page) -> BoxFuture<'static, ()> + Send>;

fn script<F: Future<Output = ()> + Send + 'static>(play: impl FnOnce(Page) -> F + Send + 'static) -> Script {
    Box::new(move |page| Box::pin(play(page)))
}

/// A page, as far as a server can tell.
struct Page(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Page {
    /// Connects as a page of this origin does.
    async fn connect(url: &str, token: &str, origin: &str) -> Result<Self, Error> {
        let mut request = format!("{}api/executor?token={token}", url.replace("http", "ws")).into_client_request()?;
        request.headers_mut().insert("origin", origin.parse().expect("a header"));
        Ok(Self(connect_async(request).await?.0))
    }

    async fn say(&mut self, said: &FromExecutor) {
        self.send(Message::text(serde_json::to_string(said).expect("written"))).await;
    }

    async fn ready(&mut self, tool: Tool) {
        self.say(&FromExecutor::Ready { environment: Box::new(environment::look()), tool }).await;
    }

    async fn send(&mut self, message: Message) {
        self.0.send(message).await.expect("the server listens");
    }

    /// What it is told next; `None` at the end.
    async fn order(&mut self) -> Option<ToExecutor> {
        loop {
            match self.0.next().await?.ok()? {
                Message::Text(text) => return Some(serde_json::from_str(&text).expect("an order")),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }

    /// Carries a run out: it begins 5 ms after the order came and takes 20 ms.
    async fn execute(&mut self, run: &RunSpec) {
        tokio::time::sleep(Duration::from_millis(25)).await;
        self.answer(&executed(run)).await;
    }

    async fn answer(&mut self, executed: &Executed) {
        self.send(Message::binary(messages::encode(executed).expect("written"))).await;
    }

    /// Carries out whatever it is told.
    async fn obey(mut self) {
        while let Some(order) = self.order().await {
            match order {
                ToExecutor::Execute(run) => self.execute(&run).await,
                ToExecutor::Probe => self.say(&FromExecutor::Probed(7.5)).await,
                ToExecutor::Cancel => {}
            }
        }
    }

    /// Waits for a run.
    async fn run(&mut self) -> RunSpec {
        match self.order().await {
            Some(ToExecutor::Execute(run)) => *run,
            order => panic!("no run, but {order:?}"),
        }
    }

    /// Waits until the other end closes the socket.
    async fn until_closed(mut self) {
        while self.order().await.is_some() {}
    }
}

fn executed(run: &RunSpec) -> Executed {
    let span = |task| Span {
        task,
        worker: 0,
        queued_ms: 0.0,
        start_ms: 1.0,
        end_ms: 20.0,
        bytes: 0,
        checksum: None,
        error: None,
        phases: BTreeMap::new(),
    };
    let spans = (0..run.row.workload.tasks()).map(span).collect();
    let execution =
        Execution { mechanism: Mechanism::RayonPool, began_ms: 5.0, setup_ms: 4.0, wall_ms: 20.0, costs: None, spans };
    Executed { execution, hidden: false }
}

/// Plays one script after another, each in a page of its own.
struct Scripts {
    url: String,
    token: String,
    scripts: VecDeque<Script>,
}

impl Debug for Scripts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} scripts at {}", self.scripts.len(), self.url)
    }
}

impl Open for Scripts {
    fn name(&self) -> &str {
        "chromium"
    }

    fn open(&mut self) -> BoxFuture<'_, anyhow::Result<()>> {
        Box::pin(async {
            let script = self.scripts.pop_front().context("there is no such browser")?;
            let (url, token) = (self.url.clone(), self.token.clone());
            tokio::spawn(async move {
                // The server may need a moment to see that the last one is gone.
                let mut page = loop {
                    match Page::connect(&url, &token, url.trim_end_matches('/')).await {
                        Ok(page) => break page,
                        Err(Error::Http(response)) if response.status() == 409 => tokio::task::yield_now().await,
                        Err(error) => panic!("{error}"),
                    }
                };
                page.ready(crate::program::tool()).await;
                script(page).await;
            });
            Ok(())
        })
    }
}

/// Serves a hub on a free port.
fn serve() -> (Hub, String) {
    let hub = Hub::new();
    let listen = (Ipv4Addr::LOCALHOST, 0).into();
    let options = Options::for_measuring(listen, Vec::new(), hub.clone()).expect("a token");
    let server = server::bind(&options).expect("a port").page;
    let url = server.url();
    tokio::spawn(server.run(std::future::pending()));
    (hub, url)
}

/// An executor whose pages follow scripts.
async fn executor(scripts: impl IntoIterator<Item = Script>) -> (RemoteExecutor, Live) {
    let (hub, url) = serve();
    let (live, place) = (Live::default(), hub.place().expect("a token"));
    let scripts = Scripts { url, token: place.token.to_string(), scripts: scripts.into_iter().collect() };
    let mut executor = RemoteExecutor::start(live.clone(), Box::new(scripts), place).await.expect("a page");
    // None of them comes back by itself.
    executor.patience.returning = Duration::from_millis(1);
    (executor, live)
}

fn spec() -> RunSpec {
    let request =
        Request { strategies: Some(vec![Strategy::Threads]), tasks: Some(vec![4]), ..Request::named("count") };
    let plan = request.plan(Platform::Browser).expect("a plan");
    plan.run(plan.rows().next().expect("a row"), 0, false)
}

fn error_of(execution: &Execution) -> &TaskError {
    execution.spans.iter().find_map(|span| span.error.as_ref()).expect("a task failed")
}

/// A run that begins with this script and is repeated by a page that obeys: it has to come out well.
async fn check_repeated(first: Script) {
    let (mut executor, _) = executor([first, script(Page::obey)]).await;
    let execution = executor.execute(&spec()).await;
    assert_eq!(execution.spans, executed(&spec()).execution.spans);
    assert_eq!(executor.gone, None);
}

/// A run in which both pages do the same. Returns why it failed.
async fn check_gone(play: fn() -> Script) -> String {
    let (mut executor, _) = executor([play(), play()]).await;
    let execution = executor.execute(&spec()).await;
    let error = error_of(&execution);
    assert_eq!((execution.spans.len(), error.kind), (1, ErrorKind::Setup));
    assert_eq!(executor.gone.as_deref(), Some(error.message.as_str()));
    // Whatever comes after it fails at once, and for the same reason.
    assert_eq!(error_of(&executor.execute(&spec()).await), error);
    error.message.clone()
}

#[tokio::test]
async fn runs_are_carried_out_on_the_conductors_clock() {
    let (mut executor, live) = executor([script(Page::obey)]).await;
    let here = environment::look();
    assert_eq!(executor.environment(&here).map(|environment| environment.cores), Some(here.cores));
    for _ in 0..3 {
        assert_eq!(executor.probe_ms().await, Some(7.5));
        let before_ms = executor.now_ms();
        let execution = executor.execute(&spec()).await;
        let after_ms = executor.now_ms();
        assert_eq!(execution.spans, executed(&spec()).execution.spans);
        assert_eq!((execution.setup_ms, execution.wall_ms), (4.0, 20.0));
        // It says that it began 5 ms after it was told, and answers 25 ms after that.
        assert!(before_ms + 5.0 <= execution.began_ms && execution.began_ms + 20.0 <= after_ms, "{execution:?}");
    }
    assert_eq!(live.board().map(|board| board.tasks()), Some(4));
    assert!(!executor.cancelled());
}

#[tokio::test]
async fn progress_is_shown_while_a_run_is_on() {
    let (told, mut asked) = tokio::sync::mpsc::channel(1);
    let play = script(move |mut page| async move {
        let run = page.run().await;
        page.say(&FromExecutor::Progress(Counts { finished: 3, failed: 1 })).await;
        asked.recv().await;
        page.answer(&Executed { execution: Execution { began_ms: 0.0, ..executed(&run).execution }, hidden: false })
            .await;
        page.obey().await;
    });
    let (mut executor, live) = executor([play]).await;
    let watch = async {
        let shown = || live.board().map(|board| (board.finished(), board.failed()));
        while shown() != Some((3, 1)) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        told.send(()).await.expect("the page waits");
    };
    let (execution, ()) = tokio::join!(async { executor.execute(&spec()).await }, watch);
    assert_eq!(execution.spans.len(), 4);
}

#[tokio::test]
async fn a_cancel_is_said_at_once_and_what_was_done_is_kept() {
    let play = script(|mut page: Page| async move {
        let run = page.run().await;
        assert_eq!(page.order().await, Some(ToExecutor::Cancel));
        let mut executed = executed(&run);
        executed.execution = Execution { began_ms: 0.0, wall_ms: 0.0, ..executed.execution };
        executed.execution.spans.truncate(2);
        page.answer(&executed).await;
        page.obey().await;
    });
    let (mut executor, live) = executor([play]).await;
    let stop = async {
        while live.board().is_none() {
            tokio::task::yield_now().await;
        }
        live.cancel();
    };
    let (execution, ()) = tokio::join!(async { executor.execute(&spec()).await }, stop);
    assert_eq!(execution.spans.len(), 2);
    assert!(executor.cancelled() && executor.gone.is_none());
}

#[tokio::test]
async fn a_page_that_goes_when_the_plan_is_stopped_is_no_failure() {
    let play = script(|mut page: Page| async move {
        page.run().await;
        page.order().await;
    });
    let (mut executor, live) = executor([play]).await;
    live.cancel();
    assert_eq!(error_of(&executor.execute(&spec()).await), &TaskError::cancelled());
    assert_eq!(executor.gone, None);
}

#[tokio::test]
async fn a_page_that_is_lost_is_opened_once_more_and_the_run_repeated() {
    check_repeated(script(|mut page: Page| async move { _ = page.run().await })).await;
    check_repeated(script(|mut page: Page| async move {
        page.run().await;
        page.send(Message::text("\"Hello\"")).await;
        page.until_closed().await;
    }))
    .await;
}

#[tokio::test]
async fn a_page_that_is_lost_between_runs_is_opened_by_the_next_one() {
    // It stays until it is asked for its pace, between runs: one that is gone before anybody met it never came.
    let leaves = script(|mut page: Page| async move { drop(page.order().await) });
    let (mut executor, _) = executor([leaves, script(Page::obey)]).await;
    assert_eq!((executor.probe_ms().await, executor.environment(&environment::look())), (None, None));
    assert_eq!(executor.execute(&spec()).await.spans.len(), 4);
    assert_eq!((executor.probe_ms().await, executor.gone()), (Some(7.5), None));
}

#[tokio::test]
async fn a_page_that_comes_back_by_itself_is_not_opened_again() {
    let (hub, url) = serve();
    let (live, place) = (Live::default(), hub.place().expect("a token"));
    let token = place.token.to_string();
    let (again_url, again_token) = (url.clone(), token.clone());
    let play = script(move |mut page| async move {
        page.run().await;
        drop(page);
        let origin = again_url.trim_end_matches('/');
        // The server may need a moment to see that the last one is gone.
        let mut page = loop {
            match Page::connect(&again_url, &again_token, origin).await {
                Ok(page) => break page,
                Err(_) => tokio::task::yield_now().await,
            }
        };
        page.ready(crate::program::tool()).await;
        page.obey().await;
    });
    let scripts = Scripts { url, token, scripts: [play].into() };
    let mut executor = RemoteExecutor::start(live, Box::new(scripts), place).await.expect("a page");
    assert_eq!(executor.execute(&spec()).await.spans.len(), 4);
}

#[tokio::test]
async fn a_page_that_is_lost_twice_in_a_run_is_given_up_with_the_reason() {
    let reason = check_gone(|| {
        script(|mut page: Page| async move {
            page.run().await;
            page.send(Message::text("{\"Probed\":1}")).await;
            page.until_closed().await;
        })
    });
    assert_eq!(reason.await, "it said Probed(1.0) during a run");
    let reason = check_gone(|| {
        script(|mut page: Page| async move {
            page.run().await;
            page.send(Message::binary(vec![0xff; 40])).await;
            page.until_closed().await;
        })
    });
    let reason = reason.await;
    assert!(reason.starts_with("the page said 40 bytes: "), "{reason}");
    let reason = check_gone(|| {
        script(|mut page: Page| async move {
            let run = page.run().await;
            let execution = Execution { wall_ms: 1e6, ..executed(&run).execution };
            page.answer(&Executed { execution, hidden: false }).await;
            page.until_closed().await;
        })
    });
    let reason = reason.await;
    assert!(reason.starts_with("it answered with a run of 1000005 ms after "), "{reason}");
}

#[tokio::test]
async fn a_message_that_is_too_long_is_not_read() {
    let reason = check_gone(|| {
        script(|mut page: Page| async move {
            page.run().await;
            // The head of a frame of 2^40 bytes, masked with zeros (https://www.rfc-editor.org/rfc/rfc6455#section-5.2).
            let head = [&[0x82, 0xff][..], &(1_u64 << 40).to_be_bytes(), &[0; 4]].concat();
            page.0.get_mut().write_all(&head).await.expect("the server reads");
            page.until_closed().await;
        })
    });
    let reason = reason.await;
    assert!(reason.starts_with("the page sent a message of more than 256 MiB: use fewer tasks"), "{reason}");
}

#[tokio::test]
async fn a_page_that_says_nothing_hangs() {
    let hang = || script(|page: Page| page.until_closed());
    let (mut executor, _) = executor([hang(), script(Page::obey)]).await;
    executor.patience.silence = Duration::from_secs(2);
    assert_eq!(executor.execute(&spec()).await.spans.len(), 4);
    // Whoever says how far it is may take its time.
    let slow = script(|mut page: Page| async move {
        let run = page.run().await;
        for _ in 0..25 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            page.say(&FromExecutor::Progress(Counts::default())).await;
        }
        page.execute(&run).await;
        page.until_closed().await;
    });
    let (mut executor, _) = self::executor([slow]).await;
    executor.patience.silence = Duration::from_secs(2);
    assert_eq!(executor.execute(&spec()).await.spans.len(), 4);
}

#[tokio::test]
async fn a_run_that_nobody_saw_is_invalid() {
    let play = script(|mut page: Page| async move {
        let run = page.run().await;
        tokio::time::sleep(Duration::from_millis(25)).await;
        page.answer(&Executed { hidden: true, ..executed(&run) }).await;
        page.until_closed().await;
    });
    let (mut executor, _) = executor([play]).await;
    let execution = executor.execute(&spec()).await;
    let error = error_of(&execution);
    assert_eq!(error.kind, ErrorKind::Setup);
    assert!(error.message.starts_with("the page was hidden"), "{error}");
}

/// A page in which there is no room for workers after so many runs.
fn narrow(runs: usize) -> Script {
    script(move |mut page: Page| async move {
        for _ in 0..runs {
            let run = page.run().await;
            page.execute(&run).await;
        }
        while let Some(ToExecutor::Execute(run)) = page.order().await {
            let error = TaskError::new(ErrorKind::Setup, "RangeError: Out of memory");
            let execution = Execution { spans: nothing_of(&run, 0.0, error).spans, ..executed(&run).execution };
            let execution = Execution { began_ms: 0.0, setup_ms: 0.0, wall_ms: 0.0, ..execution };
            page.answer(&Executed { execution, hidden: false }).await;
        }
    })
}

#[tokio::test]
async fn a_page_that_has_no_room_for_workers_any_more_is_opened_anew() {
    let (mut executor, _) = executor([narrow(2), narrow(1), narrow(0)]).await;
    for _ in 0..3 {
        assert!(executor.execute(&spec()).await.spans.iter().all(|span| span.error.is_none()));
    }
    // In a new page there is none either: that is how it is, and the page stays.
    let execution = executor.execute(&spec()).await;
    assert_eq!(error_of(&execution).message, "RangeError: Out of memory");
    assert_eq!(executor.gone, None);
    let execution = executor.execute(&spec()).await;
    assert_eq!(error_of(&execution).message, "RangeError: Out of memory");
}
