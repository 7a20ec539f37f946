//! A plan that `parlab serve` carries out for its page, natively and in the page in turn; the page is none: what it says over
//! its sockets is written here.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use parlab_shared::conduct::{Begun, Ended, FromConductor, Happened, Refusal, ToConductor, Wanted, unpack};
use parlab_shared::measure::{Plan, RunStarted, Snapshot};
use parlab_shared::remote::{Executed, FromExecutor, ToExecutor};
use parlab_shared::report::{Environment, Report, Tool, Warning, load_json};
use parlab_shared::run::{Execution, Run, RunSpec};
use parlab_shared::span::Span;
use parlab_shared::strategy::{Mechanism, Platform};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::support::browser::Browser;
use crate::support::parlab::parlab;
use crate::support::server::Server;

/// Longer than anything takes that is waited for here.
const LIMIT: Duration = Duration::from_secs(60);
/// A plan that is over soon.
const SHORT: &str = "run=sum scale=smoke tasks=4 runs=2 warmup=1 strategy=sequential,processes workers=2 dispatch=pool";
/// A plan of minutes.
const LONG: &str = "run=sleep tasks=4 size=20 workers=2 runs=1000 warmup=0";
/// A plan whose only native run takes minutes.
const SLOW: &str = "run=sleep tasks=6 size=60000 strategy=async workers=6 runs=1 warmup=0";

fn tool() -> Tool {
    Tool::this(option_env!("PARLAB_BUILD"))
}

/// What a page measures on.
fn environment() -> Environment {
    let browser = json!({ "name": "Firefox", "version": "150.0", "engine": "Gecko" });
    let environment = json!({
        "os": "Linux", "arch": "wasm32", "cpu": null, "cores": 2, "clock_step_ms": 0.02, "load_before": null,
        "browser": browser, "cross_origin_isolated": true,
    });
    serde_json::from_value(environment).expect("an environment")
}

/// What a page wants.
fn wanted(parameters: &str, platforms: &[Platform]) -> Wanted {
    let pairs = parameters.split(' ').filter_map(|pair| pair.split_once('='));
    Wanted {
        tool: tool(),
        parameters: pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
        platforms: platforms.to_vec(),
        environment: serde_json::to_string(&environment()).expect("written"),
    }
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Connects to a socket of the server, as a page of some origin.
async fn connect(server: &Server, name: &str, token: &str, origin: &str) -> Result<Socket, Error> {
    let url = format!("ws://{}/api/{name}?token={token}", server.address());
    let mut request = url.into_client_request()?;
    request.headers_mut().insert("origin", origin.parse().expect("a header"));
    Ok(connect_async(request).await?.0)
}

/// What a page that has a plan carried out hears.
#[derive(Debug)]
enum Heard {
    Said(FromConductor, Vec<u8>),
    Closed(Option<CloseFrame>),
}

/// The end of the page.
struct Page(Socket);

impl Page {
    async fn open(server: &Server) -> Self {
        let origin = format!("http://{}", server.address());
        Self(connect(server, "conduct", server.token(), &origin).await.expect("it is let in"))
    }

    /// Asks for a plan; the first answer.
    async fn ask(server: &Server, wanted: Wanted) -> (Self, FromConductor) {
        let mut page = Self::open(server).await;
        page.say(&ToConductor::Begin(Box::new(wanted))).await;
        let answer = page.next().await;
        (page, answer)
    }

    /// Asks for a plan that is carried out.
    async fn begin(server: &Server, wanted: Wanted) -> (Self, Begun) {
        match Self::ask(server, wanted).await {
            (page, FromConductor::Begun(begun)) => (page, *begun),
            (_, answer) => panic!("{answer:?}"),
        }
    }

    async fn say(&mut self, said: &ToConductor) {
        let text = serde_json::to_string(said).expect("written");
        self.0.send(Message::text(text)).await.expect("the server listens");
    }

    async fn hear(&mut self) -> Heard {
        loop {
            match timeout(LIMIT, self.0.next()).await.expect("the server says something") {
                Some(Ok(Message::Text(text))) => {
                    return Heard::Said(serde_json::from_str(&text).expect("a message"), Vec::new());
                }
                Some(Ok(Message::Binary(bytes))) => {
                    let (said, beside) = unpack(&bytes).expect("a message");
                    return Heard::Said(said, beside.to_vec());
                }
                Some(Ok(Message::Close(frame))) => return Heard::Closed(frame),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Heard::Closed(None),
            }
        }
    }

    /// What is said next that has nothing beside it.
    async fn next(&mut self) -> FromConductor {
        match self.hear().await {
            Heard::Said(said, beside) if beside.is_empty() => said,
            heard => panic!("{heard:?}"),
        }
    }

    /// Waits for the end of the plan: what was said before, the end, and how the socket was closed.
    async fn until_ended(&mut self) -> (Vec<(FromConductor, Vec<u8>)>, Ended, Option<CloseFrame>) {
        let mut before = Vec::new();
        loop {
            match self.hear().await {
                Heard::Said(FromConductor::Ended(ended), _) => match self.hear().await {
                    Heard::Closed(frame) => return (before, ended, frame),
                    heard => panic!("{heard:?} after the end"),
                },
                Heard::Said(said, beside) => before.push((said, beside)),
                Heard::Closed(frame) => panic!("closed without an end: {frame:?}"),
            }
        }
    }

    /// Waits until a run is over.
    async fn until_a_run_is_over(&mut self) {
        while !matches!(self.hear().await, Heard::Said(FromConductor::RunFinished(_), _)) {}
    }
}

/// The lab of the page, as far as the server can tell: its runs take 20 ms. Returns how many runs it was told.
async fn lab(server: &Server, token: &str) -> JoinHandle<usize> {
    let origin = format!("http://{}", server.address());
    let mut socket = loop {
        match connect(server, "executor", token, &origin).await {
            Ok(socket) => break socket,
            // The server may need a moment to see that the last one is gone.
            Err(Error::Http(answer)) if answer.status() == 409 => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    };
    say(&mut socket, &FromExecutor::Ready { environment: Box::new(environment()), tool: tool() }).await;
    tokio::spawn(async move {
        let mut runs = 0;
        while let Some(Ok(message)) = socket.next().await {
            let Message::Text(text) = message else { continue };
            match serde_json::from_str(&text).expect("an order") {
                ToExecutor::Execute(run) => {
                    runs += 1;
                    tokio::time::sleep(Duration::from_millis(25)).await;
                    let executed = postcard::to_stdvec(&executed(&run)).expect("written");
                    _ = socket.send(Message::binary(executed)).await;
                }
                ToExecutor::Probe => say(&mut socket, &FromExecutor::Probed(7.5)).await,
                ToExecutor::Cancel => {}
            }
        }
        runs
    })
}

async fn say(socket: &mut Socket, said: &FromExecutor) {
    // A server that has ended hears nothing.
    _ = socket.send(Message::text(serde_json::to_string(said).expect("written"))).await;
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
        Execution { mechanism: Mechanism::OneThread, began_ms: 5.0, setup_ms: 4.0, wall_ms: 20.0, costs: None, spans };
    Executed { execution, hidden: false }
}

#[tokio::test]
async fn native_and_the_page_take_turns_and_the_page_hears_of_every_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::alone(folder.path());
    let platforms = [Platform::Browser, Platform::Native, Platform::Python];
    let (mut page, begun) = Page::begin(&server, wanted(SHORT, &platforms)).await;
    assert_eq!((begun.parts.join(","), begun.page), ("firefox,native,python".to_owned(), Some(0)));
    let labels: Vec<_> = begun.rows.iter().map(|row| row.label.as_str()).collect();
    assert_eq!(labels, ["sum, sequential", "sum, processes × 2"]);
    assert!(begun.rows.iter().all(|row| row.on == [0, 1, 2]));
    assert_eq!(begun.runs, 2 * 3 * 3);
    let plan: Plan = serde_json::from_str(&begun.plan).expect("a plan");
    let mut reports = load_json(&begun.reports).expect("a pair without runs");
    let known = |report: &Report| (report.environment.browser.is_some(), report.environment.python.is_some());
    assert_eq!(reports.iter().map(known).collect::<Vec<_>>(), [(true, false), (false, false), (false, true)]);

    let lab = lab(&server, &begun.token.expect("a token")).await;
    let (said, ended, closed) = page.until_ended().await;
    assert_eq!((ended.cancelled, ended.lost, ended.problem), (false, Vec::new(), None));
    assert_eq!(closed.map(|frame| u16::from(frame.code)), Some(1000));
    let mut on = None;
    let mut times = Vec::new();
    for (said, beside) in said {
        match said {
            FromConductor::RunStarted(started) => {
                assert_eq!((on.is_none(), started.index, started.of), (true, times.len(), 18));
                on = Some(started);
            }
            FromConductor::RunFinished(finished) => {
                let RunStarted { part, row, warmup, .. } = on.take().expect("it began");
                assert_eq!((finished.part, finished.row, finished.warmup, finished.failed), (part, row, warmup, 0));
                let run: Run = serde_json::from_slice(&beside).expect("a run");
                assert_eq!((&run.row, run.wall_ms), (plan.rows().nth(row).expect("a row"), finished.wall_ms));
                times.push((run.started_ms, run.started_ms + run.wall_ms));
                reports[part].runs.push(run);
            }
            FromConductor::Board { .. } => {}
            said => panic!("{said:?}"),
        }
    }
    // One at a time: none begins before the one before it is over.
    assert!(times.windows(2).all(|two| two[0].1 <= two[1].0 + 1.0), "{times:?}");
    assert!(reports.iter().all(|report| report.runs.len() == 6 && report.failed() == 0));
    let sums = |report: &Report| report.runs[0].spans.iter().map(|span| span.checksum).collect::<Vec<_>>();
    assert_eq!(sums(&reports[1]), sums(&reports[2]), "they did the same work");
    assert_eq!(lab.await.expect("it ends"), 6, "the lab was closed in good order");
}

#[tokio::test]
async fn boards_of_native_runs_are_sent_unless_the_page_pauses() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::alone(folder.path());
    let (mut page, begun) = Page::begin(&server, wanted(SLOW, &[Platform::Native, Platform::Native])).await;
    assert_eq!((begun.page, begun.token), (None, None), "the page takes no part");
    assert!(matches!(page.next().await, FromConductor::RunStarted(RunStarted { index: 0, .. })));
    for _ in 0..2 {
        match page.hear().await {
            Heard::Said(FromConductor::Board { index: 0 }, board) => {
                let board = Snapshot::decode(&board).expect("a board");
                assert_eq!((board.slots.len(), board.finished), (6, 0));
            }
            heard => panic!("{heard:?}"),
        }
    }
    page.say(&ToConductor::Pause).await;
    // One may be on its way.
    _ = timeout(Duration::from_millis(600), page.0.next()).await;
    assert!(timeout(Duration::from_millis(1500), page.0.next()).await.is_err(), "nobody looks");
    page.say(&ToConductor::Resume).await;
    assert!(matches!(page.hear().await, Heard::Said(FromConductor::Board { index: 0 }, _)));
    page.say(&ToConductor::Cancel).await;
    let (said, ended, _) = page.until_ended().await;
    assert_eq!((ended.cancelled, ended.lost, ended.problem), (true, Vec::new(), None));
    // The run that was on is there all the same.
    let Some((FromConductor::RunFinished(_), run)) = said.last() else { panic!("{said:?}") };
    assert!(serde_json::from_slice::<Run>(run).expect("a run").cancelled);
}

#[tokio::test]
async fn what_cannot_be_carried_out_is_refused_with_its_parameter() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::alone(folder.path());
    let both = [Platform::Native, Platform::Browser];
    let check = async |wanted: Wanted, key: Option<&str>, expected: &str| {
        let (mut page, answer) = Page::ask(&server, wanted).await;
        let FromConductor::Refused(Refusal { key: about, reason }) = answer else { panic!("{answer:?}") };
        assert_eq!(about.as_deref(), key, "{reason}");
        assert!(reason.contains(expected), "{reason}");
        assert!(matches!(page.hear().await, Heard::Closed(Some(_))));
    };
    check(wanted("run=nothing", &both), Some("run"), "no experiment or workload \"nothing\"").await;
    check(wanted("run=sum workers=0", &both), Some("workers"), "1").await;
    check(wanted("run=sum", &both[1..]), Some("platform"), "takes two platforms").await;
    let old = Tool { version: "0.0.9".to_owned(), ..tool() };
    check(Wanted { tool: old, ..wanted(SHORT, &both) }, None, "the page is parlab 0.0.9").await;
    let huge = wanted("run=write tasks=100000 size=2000000000 strategy=async workers=1 runs=1", &both);
    check(huge.clone(), Some("run"), "it writes files").await;
    // A page that has files would write as many as this machine.
    let with_files = Environment { file_system: Some("opfs".to_owned()), ..environment() };
    let environment = serde_json::to_string(&with_files).expect("written");
    check(Wanted { environment, ..huge }, None, "the files of a run take 200000.0 GB").await;

    // What is no message ends the connection with the reason.
    for (first, expected) in [("\"Cancel\"", "the page began with Cancel"), ("hello", "the page said \"hello\"")] {
        let mut page = Page::open(&server).await;
        page.0.send(Message::text(first)).await.expect("the server listens");
        let Heard::Closed(Some(frame)) = page.hear().await else { panic!("it goes on") };
        assert_eq!(u16::from(frame.code), 1008);
        assert!(frame.reason.starts_with(expected), "{frame}");
    }
}

#[tokio::test]
async fn only_own_pages_that_know_the_token_have_anything_carried_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let (server, another) = (Server::alone(folder.path()), Server::alone(folder.path()));
    let own = format!("http://{}", server.address());
    let refused = async |token: &str, origin: &str, expected: &str| {
        let Err(Error::Http(answer)) = connect(&server, "conduct", token, origin).await else {
            panic!("{token:?} of {origin} is let in");
        };
        let reason = String::from_utf8_lossy(answer.body().as_deref().unwrap_or_default()).into_owned();
        assert_eq!(answer.status().as_u16(), 403, "{reason}");
        assert!(reason.contains(expected), "{reason}");
    };
    refused("", &own, "this is not the token").await;
    // Of a server that was there before, or is beside it.
    refused(another.token(), &own, "which has a new one each time it is started").await;
    for foreign in ["http://evil.example", "null", &format!("http://{}", another.address())] {
        refused(server.token(), foreign, "only pages of this server").await;
    }
}

#[tokio::test]
async fn one_plan_at_a_time_and_a_page_that_goes_away_stops_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let (server, another) = (Server::alone(folder.path()), Server::alone(folder.path()));
    let both = [Platform::Native, Platform::Browser];
    let (mut page, begun) = Page::begin(&server, wanted(LONG, &both)).await;
    let lab = lab(&server, &begun.token.expect("a token")).await;
    page.until_a_run_is_over().await;
    let (_, answer) = Page::ask(&server, wanted(SHORT, &both)).await;
    let FromConductor::Refused(Refusal { key: None, reason }) = answer else { panic!("{answer:?}") };
    assert!(reason.contains("this server carries out a plan already"), "{reason}");
    // Nor beside it on the same machine.
    let (_, answer) = Page::ask(&another, wanted(SHORT, &both)).await;
    let FromConductor::Refused(Refusal { key: None, reason }) = answer else { panic!("{answer:?}") };
    assert!(reason.contains("measures on this machine"), "{reason}");

    // A page that is loaded anew is gone without a word, and wants another plan at once.
    drop(page);
    let (mut page, begun) = Page::begin(&server, wanted("run=sum scale=smoke tasks=2 runs=1", &both)).await;
    assert!(timeout(LIMIT, lab).await.expect("its lab is closed").expect("it ends") > 0);
    page.say(&ToConductor::Cancel).await;
    // The lab of this one never came.
    assert!(begun.token.is_some());
    let (said, ended, _) = page.until_ended().await;
    assert_eq!((said.len(), ended.cancelled, ended.problem), (0, true, None));
}

#[tokio::test]
async fn a_lab_that_is_lost_may_come_again_and_the_run_is_repeated() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::alone(folder.path());
    let (mut page, begun) = Page::begin(&server, wanted(SHORT, &[Platform::Browser, Platform::Native])).await;
    let token = begun.token.expect("a token");
    let origin = format!("http://{}", server.address());
    let mut first = connect(&server, "executor", &token, &origin).await.expect("it is let in");
    say(&mut first, &FromExecutor::Ready { environment: Box::new(environment()), tool: tool() }).await;
    // It is asked for its pace, and is gone.
    assert!(timeout(LIMIT, first.next()).await.expect("an order").is_some());
    drop(first);
    let lab = lab(&server, &token).await;
    let (said, ended, _) = page.until_ended().await;
    assert_eq!((ended.cancelled, ended.lost, ended.problem), (false, Vec::new(), None));
    // Its report will say so.
    let happened: Vec<Happened> = serde_json::from_str(&ended.happened).expect("what happened");
    let [page, native] = &happened[..] else { panic!("{happened:?}") };
    assert!(matches!(page.warnings[..], [Warning::OpenedAgain { times: 1, .. }]), "{page:?}");
    assert!(native.warnings.is_empty() && page.throttled.is_none(), "{happened:?}");
    let failed = said.iter().filter(|(said, _)| matches!(said, FromConductor::RunFinished(run) if run.failed > 0));
    assert_eq!(failed.count(), 0);
    assert_eq!(lab.await.expect("it ends"), 6);
}

#[cfg(unix)]
#[tokio::test]
async fn a_server_that_is_ended_says_goodbye_and_one_that_is_killed_leaves_what_was_measured() {
    let folder = tempfile::tempdir().expect("a folder");
    let both = [Platform::Native, Platform::Browser];
    let mut server = Server::alone(folder.path());
    let (mut page, begun) = Page::begin(&server, wanted(LONG, &both)).await;
    let _lab = lab(&server, &begun.token.expect("a token")).await;
    page.until_a_run_is_over().await;
    server.signal("TERM");
    let (_, ended, closed) = page.until_ended().await;
    assert_eq!((ended.cancelled, ended.problem.as_deref()), (true, Some("parlab serve was ended")));
    let closed = closed.expect("a reason");
    assert_eq!((u16::from(closed.code), closed.reason.as_str()), (1001, "parlab serve was ended"));
    assert_eq!(server.wait(LIMIT).expect("it ends").code(), Some(0));
    let left: Vec<_> =
        std::fs::read_dir(folder.path()).expect("a folder").flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["parlab-pair.lock"], "only what tells plans of each other");

    let mut server = Server::alone(folder.path());
    let (mut page, begun) = Page::begin(&server, wanted(LONG, &both)).await;
    let _lab = lab(&server, &begun.token.expect("a token")).await;
    page.until_a_run_is_over().await;
    server.signal("KILL");
    assert!(server.wait(LIMIT).is_some());
    // Whatever was said before comes first.
    while !matches!(page.hear().await, Heard::Closed(None)) {}
    // Another one carries plans out, and knows nothing of the token.
    let another = Server::alone(folder.path());
    let origin = format!("http://{}", another.address());
    let Err(Error::Http(answer)) = connect(&another, "conduct", server.token(), &origin).await else {
        panic!("it is let in")
    };
    assert_eq!(answer.status().as_u16(), 403);
    let (mut page, _) = Page::begin(&another, wanted(SHORT, &[Platform::Native, Platform::Native])).await;
    assert!(!page.until_ended().await.1.cancelled);
}

/// The beginning of an address at which little is set up.
const LITTLE: &str = "/?run=sum&scale=smoke&tasks=2&runs=2&warmup=0&strategy=sequential";

#[tokio::test]
async fn a_page_that_was_opened_with_the_token_runs_natively_beside_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::alone(folder.path());
    let browser = Browser::open(&server.at(&format!("{LITTLE}&token={}", server.token()))).await;
    browser.ready().await;
    browser.until("!location.href.includes('token')").await;
    browser.until("document.querySelector('#run-natively:not(:disabled)')").await;
    browser.click("#run-natively").await;
    browser.until("document.querySelector('#live')?.dataset.state === 'over'").await;
    assert_eq!(browser.text("#status").await, "Done: 4 runs.");
    browser.until("document.querySelector('#results table')").await;
    let results = browser.text("#results").await;
    assert!(results.contains("native") && results.contains("chromium"), "{results}");
    assert_eq!(browser.text("#errors").await, "");
    // The lab is the page's own again.
    browser.click("#run").await;
    browser.until("document.querySelector('#status').innerText === 'Done: 2 runs.'").await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_page_whose_server_goes_away_keeps_what_was_measured_and_says_why_the_next_one_refuses_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut server = Server::alone(folder.path());
    let long = "/?run=sleep&tasks=4&size=20&workers=2&runs=1000&warmup=0&strategy=threads";
    let browser = Browser::open(&server.at(&format!("{long}&token={}", server.token()))).await;
    browser.ready().await;
    browser.until("document.querySelector('#run-natively:not(:disabled)')").await;
    browser.get::<u32>("(parlab.on('progress', (now) => (window.heard ??= []).push(now)), 0)").await;
    browser.click("#run-natively").await;
    // Scripts hear of the server's runs as they do of the page's own.
    browser.until("window.heard?.filter(({ finished, tasks }) => finished === tasks).length > 5").await;
    let is_known = "heard.every(({ run, of, finished, tasks }) => run < of && finished <= tasks && tasks === 4)";
    assert!(browser.get::<bool>(is_known).await);
    server.signal("KILL");
    assert!(server.wait(LIMIT).is_some());
    browser.until("document.querySelector('#live')?.dataset.state === 'over'").await;
    let live = browser.text("#live").await;
    assert!(live.contains("Stopped.") && live.contains("The server is gone"), "{live}");
    browser.until("document.querySelector('#results table')").await;
    let results = browser.text("#results").await;
    assert!(results.contains("native") && results.contains("chromium"), "{results}");
    // Another server at the same address knows nothing of this page.
    let mut command = parlab();
    command.args(["serve", "--listen", server.address()]).env("XDG_RUNTIME_DIR", folder.path());
    let _another = Server::launch(command);
    browser.click("#run-natively").await;
    browser.until("document.querySelector('#live').innerText.includes('started again')").await;
    assert_eq!(browser.text("#errors").await, "");
}

#[tokio::test]
async fn without_the_token_a_page_offers_nothing_native() {
    let folder = tempfile::tempdir().expect("a folder");
    let (server, another) = (Server::alone(folder.path()), Server::alone(folder.path()));
    let browser = Browser::open(&server.at(LITTLE)).await;
    browser.until("document.querySelector('#run:not(:disabled)')").await;
    assert!(browser.get::<bool>("document.querySelector('#run-natively') === null").await);
    // One of before is named as what it is.
    browser.goto(&server.at(&format!("{LITTLE}&token={}", another.token()))).await;
    browser
        .until("document.querySelector('#notices')?.innerText.includes('open the address that it printed last')")
        .await;
    assert!(browser.get::<bool>("document.querySelector('#run-natively') === null").await);
}
