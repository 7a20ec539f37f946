//! A page that measures for somebody else, in a real browser: what it does with what it is told over its socket.

use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Request as Asked, State};
use axum::http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use axum::response::Response;
use axum::routing::get;
use parlab_shared::measure::{Plan, Request};
use parlab_shared::remote::{Executed, FromExecutor, MESSAGE_BYTES_MAX, ToExecutor};
use parlab_shared::run::{Run, RunSpec};
use parlab_shared::scale::Scale;
use parlab_shared::span::ErrorKind;
use parlab_shared::strategy::{Platform, Strategy};
use parlab_shared::workload::{Count, Workload};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use crate::support::browser::Browser;
use crate::support::client::client;
use crate::support::parlab::report;
use crate::support::server::Server;

/// What the still page says, and how it is.
const STILL: &str = "document.querySelector('#still')";

/// A server in front of `parlab serve`, which has the page: what the page's lab connects to is the test's own.
struct Front {
    url: String,
    sockets: UnboundedReceiver<WebSocket>,
    _page: Server,
}

impl Front {
    async fn start() -> Self {
        // The page names this one, and not the server behind it, where it posts.
        let page = Server::start(&["--host", "127.0.0.1"]);
        let (sender, sockets) = mpsc::unbounded_channel();
        let app = Router::new()
            .route("/api/executor", get(connect).with_state(sender))
            .fallback(pass_on)
            .with_state(page.url().trim_end_matches('/').to_owned());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, sockets, _page: page }
    }

    /// Opens the page and waits until its lab is there.
    async fn open(&mut self) -> (Browser, Conductor) {
        let browser = Browser::open(&format!("{}?executor=0f", self.url)).await;
        let conductor = self.meet().await;
        browser.until(&format!("{STILL}?.dataset.state === 'measuring'")).await;
        (browser, conductor)
    }

    /// Waits for a lab.
    async fn meet(&mut self) -> Conductor {
        let mut conductor = Conductor(self.sockets.recv().await.expect("a lab connects"));
        match conductor.hear().await {
            Heard::Said(FromExecutor::Ready { environment, tool }) => {
                assert_eq!(environment.browser.as_ref().map(|browser| browser.engine.as_str()), Some("Blink"));
                assert_eq!(environment.cross_origin_isolated, Some(true));
                let own = report(&["count", "--scale", "smoke", "-s", "sequential", "--runs", "1"]).tool;
                assert!(!tool.is_other_build(&own), "{tool:?} {own:?}");
            }
            heard => panic!("it began with {heard:?}"),
        }
        conductor
    }
}

async fn connect(State(sockets): State<UnboundedSender<WebSocket>>, upgrade: WebSocketUpgrade) -> Response {
    let upgrade = upgrade.max_message_size(MESSAGE_BYTES_MAX).max_frame_size(MESSAGE_BYTES_MAX);
    upgrade.on_upgrade(async move |socket| drop(sockets.send(socket)))
}

/// Asks `parlab serve` for whatever else is asked for.
async fn pass_on(State(page): State<String>, asked: Asked) -> Response {
    let (head, body) = asked.into_parts();
    let url = format!("{page}{}", head.uri.path_and_query().expect("a path"));
    let mut headers = head.headers;
    [HOST, CONNECTION].iter().for_each(|name| drop(headers.remove(name)));
    let body = to_bytes(body, usize::MAX).await.expect("a body");
    let answer = client().request(head.method, url).headers(headers).body(body).send().await.expect("an answer");
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING].iter().for_each(|name| drop(headers.remove(name)));
    let mut response = Response::new(Body::from(answer.bytes().await.expect("a body")));
    (*response.status_mut(), *response.headers_mut()) = (status, headers);
    response
}

/// What a page says.
#[derive(Debug)]
enum Heard {
    Said(FromExecutor),
    Executed(Executed),
}

/// Whoever tells the page what to do.
struct Conductor(WebSocket);

impl Conductor {
    async fn say(&mut self, order: &ToExecutor) {
        let text = serde_json::to_string(order).expect("written");
        self.0.send(Message::text(text)).await.expect("the lab listens");
    }

    async fn hear(&mut self) -> Heard {
        loop {
            match self.0.recv().await {
                Some(Ok(Message::Text(text))) => return Heard::Said(serde_json::from_str(&text).expect("a message")),
                Some(Ok(Message::Binary(bytes))) => {
                    return Heard::Executed(postcard::from_bytes(&bytes).expect("a result"));
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                end => panic!("the lab is gone: {end:?}"),
            }
        }
    }

    /// Has a run carried out. Returns what it left, and how often it was heard of before.
    async fn execute(&mut self, run: &RunSpec) -> (Executed, usize) {
        self.say(&ToExecutor::Execute(Box::new(run.clone()))).await;
        self.until_executed().await
    }

    async fn until_executed(&mut self) -> (Executed, usize) {
        let mut heard_of = 0;
        loop {
            match self.hear().await {
                Heard::Said(FromExecutor::Progress(counts)) => {
                    assert!(counts.failed <= counts.finished, "{counts:?}");
                    heard_of += 1;
                }
                Heard::Said(said) => panic!("it said {said:?} during a run"),
                Heard::Executed(executed) => return (executed, heard_of),
            }
        }
    }
}

/// A plan for a browser, whose work goes to the page's own target.
fn plan(name: &str, tasks: u32, strategies: &[Strategy]) -> Plan {
    let request = Request {
        scale: Scale::Smoke,
        strategies: Some(strategies.to_vec()),
        workers: Some(vec![2]),
        tasks: Some(vec![tasks]),
        runs: Some(1),
        warmup: Some(0),
        ..Request::named(name)
    };
    request.plan(Platform::Browser).expect("a plan")
}

/// A run of counting for about so many seconds on two workers.
fn long(seconds: u64) -> RunSpec {
    let plan = plan("count", 64, &[Strategy::Threads]);
    let mut run = plan.run(plan.rows().next().expect("a row"), 0, false);
    run.row.workload = Workload::Count(Count { tasks: 64, n: seconds * 20_000_000 });
    run
}

#[tokio::test]
async fn runs_over_a_socket_give_the_native_results_at_the_right_times() {
    let mut front = Front::start().await;
    let (browser, mut conductor) = front.open().await;
    use Strategy::{Async, Processes, Sequential, Threads};
    for (name, strategies) in [
        ("cpu-heavy", &[Sequential, Async, Threads, Processes][..]),
        ("mandelbrot", &[Threads, Processes]),
        ("post", &[Async, Threads, Processes]),
    ] {
        let tasks = if name == "mandelbrot" { 16 } else { 6 };
        let names: Vec<_> = strategies.iter().map(|strategy| strategy.name()).collect();
        let (names, count) = (names.join(","), tasks.to_string());
        let native =
            report(&[name, "--scale", "smoke", "-s", &names, "-w", "2", "-n", &count, "--runs", "1", "--warmup", "0"]);
        let plan = plan(name, tasks, strategies);
        let mut compared = 0;
        for row in plan.rows() {
            let spec = plan.run(row, 0, false);
            assert_eq!(spec.target, "", "the page's own target is beside it");
            let begun = Instant::now();
            let (executed, _) = conductor.execute(&spec).await;
            let elapsed_ms = begun.elapsed().as_secs_f64() * 1e3;
            assert_eq!(executed.fault(&spec, elapsed_ms), None);
            assert!(!executed.hidden);
            // What is left of the time went into the way there and back, and into ending the workers.
            let execution = executed.execution;
            assert!(execution.setup_ms <= execution.began_ms + 1.0, "{} {}", execution.setup_ms, execution.began_ms);
            let run = Run::new(spec, execution, 0.0, false);
            let twin = native.runs.iter().find(|twin| twin.row == run.row).expect("the same row");
            let results = |run: &Run| run.spans.iter().map(|span| (span.task, span.checksum)).collect::<Vec<_>>();
            assert_eq!(results(&run), results(twin), "{name} {} × {}", run.row.strategy, run.row.workers);
            assert_eq!(run.failed(), 0);
            compared += 1;
        }
        assert_eq!(compared, native.runs.len());
    }
    conductor.say(&ToExecutor::Probe).await;
    match conductor.hear().await {
        Heard::Said(FromExecutor::Probed(ms)) => assert!(ms > 0.1 && ms < 10_000.0, "{ms}"),
        heard => panic!("{heard:?}"),
    }
    // Its own plans have to wait: the lab is somebody else's.
    let refused = browser.run(json!({"run": "sum", "scale": "smoke"})).await.expect_err("refused");
    assert!(refused.contains("measures for parlab pair"), "{refused}");
    conductor.0.send(Message::Close(Some(CloseFrame { code: 1000, reason: "".into() }))).await.expect("closed");
    browser.until(&format!("{STILL}.dataset.state === 'over'")).await;
}

/// What the browser has counted of what the page's own thread did: layouts, computed styles, seconds of scripts.
async fn work_of_the_page(browser: &Browser) -> (f64, f64, f64) {
    let metrics = browser.command("Performance.getMetrics", json!({})).await;
    let metrics = metrics["metrics"].as_array().expect("metrics");
    let value = |name: &str| {
        metrics.iter().find(|metric| metric["name"] == name).and_then(|metric| metric["value"].as_f64()).expect(name)
    };
    (value("LayoutCount"), value("RecalcStyleCount"), value("ScriptDuration"))
}

#[tokio::test]
async fn the_page_does_nothing_while_runs_go_on_and_says_when_it_is_hidden() {
    let mut front = Front::start().await;
    let (browser, mut conductor) = front.open().await;
    browser.command("Performance.enable", json!({})).await;
    let spec = long(3);
    let (layouts, styles, scripts_s) = work_of_the_page(&browser).await;
    let begun = Instant::now();
    let (executed, heard_of) = conductor.execute(&spec).await;
    let elapsed = begun.elapsed();
    let now = work_of_the_page(&browser).await;
    assert_eq!((now.0, now.1), (layouts, styles), "nothing was drawn");
    assert!(now.2 - scripts_s < 0.001, "its scripts ran for {} s", now.2 - scripts_s);
    assert!(!executed.hidden && executed.fault(&spec, elapsed.as_secs_f64() * 1e3).is_none());
    // Heard of, but not more than four times a second.
    assert!(heard_of >= 1 && heard_of as f64 <= 4.0 * elapsed.as_secs_f64(), "{heard_of} times in {elapsed:?}");

    let show = async |hidden: bool| {
        let script = format!(
            "(Object.defineProperty(document, 'hidden', {{ value: {hidden}, configurable: true }}), \
             document.dispatchEvent(new Event('visibilitychange')))"
        );
        assert!(browser.get::<bool>(&script).await);
    };
    conductor.say(&ToExecutor::Execute(Box::new(long(2)))).await;
    show(true).await;
    show(false).await;
    let (executed, _) = conductor.until_executed().await;
    assert!(executed.hidden, "it was hidden for some of the run");
    let (executed, _) = conductor.execute(&long(1)).await;
    assert!(!executed.hidden, "that was another run");
    show(true).await;
    let (executed, _) = conductor.execute(&long(1)).await;
    assert!(executed.hidden, "it was hidden before the run began");
    show(false).await;

    // A run of minutes ends when it is told to.
    conductor.say(&ToExecutor::Execute(Box::new(long(300)))).await;
    match conductor.hear().await {
        Heard::Said(FromExecutor::Progress(_)) => {}
        heard => panic!("{heard:?}"),
    }
    let told = Instant::now();
    conductor.say(&ToExecutor::Cancel).await;
    let (executed, _) = conductor.until_executed().await;
    assert!(told.elapsed() < Duration::from_secs(4), "{:?}", told.elapsed());
    let errors = executed.execution.spans.iter().flat_map(|span| &span.error);
    assert!(errors.into_iter().all(|error| error.kind == ErrorKind::Cancelled));
    assert!(executed.execution.spans.len() < 64);

    // A loss in the middle of a run: the page says so, and that is its end.
    conductor.say(&ToExecutor::Execute(Box::new(long(300)))).await;
    drop(conductor);
    browser.until(&format!("{STILL}.dataset.state === 'failed'")).await;
    let words = browser.text("#still").await;
    assert!(words.contains("does not measure for parlab pair: "), "{words}");
}

#[tokio::test]
async fn an_address_that_is_not_whole_is_said() {
    let server = Server::start(&[]);
    let browser = Browser::open(&server.at("/?executor=0f&run=sum")).await;
    browser.until(&format!("{STILL}?.dataset.state === 'failed'")).await;
    let words = browser.text("#still").await;
    assert!(words.contains("no other parameters"), "{words}");
    // `parlab serve` waits for no page.
    browser.goto(&server.at("/?executor=0f")).await;
    browser.until(&format!("{STILL}?.dataset.state === 'failed'")).await;
    let words = browser.text("#still").await;
    assert!(words.contains("refused or lost"), "{words}");
}
