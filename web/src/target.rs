//! The target in a service worker: what is answered to which request, by the same code as a server's. The script that asks,
//! `web/static/service-worker.js`, carries it out: it waits, sends at a pace and ends early.

#[cfg(target_arch = "wasm32")]
mod entry;

use parlab_shared::target::FaultKind;
use parlab_shared::target::answer::{Answer, Asked, Body};
use parlab_shared::target::image::{File, Images};
use serde::Serialize;

/// What the script is told of an answer, as JSON.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Told {
    status: u16,
    headers: Vec<(&'static str, String)>,
    /// How long after the request the head is sent.
    latency_ms: f64,
    fault: Option<FaultKind>,
    /// What the head says of the length of the body.
    announced_bytes: u64,
    /// How much of the body is sent.
    sent_bytes: u64,
    only_head: bool,
    pace: Option<ToldPace>,
}

/// How fast the body is sent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct ToldPace {
    bytes_per_second: u64,
    /// The most that is sent at once.
    piece_bytes: u64,
}

/// What a body is taken from, from its beginning.
#[derive(Clone, Debug, PartialEq)]
enum Source {
    /// The block of bytes, over and over.
    Block,
    /// What came with the request.
    Sent,
    Text(String),
    File(File),
}

/// What is answered to a request: its method, its path from `/target` on, its query, and its body.
fn answer(images: &Images, method: &str, path: &str, query: &str, sent: &[u8]) -> (Told, Source) {
    let answer = if path == "/target/stats" {
        let reason = "The target of this page is in the browser, where nobody counts requests: `parlab target` does.\n";
        Answer::text(404, reason.to_owned())
    } else {
        Asked::read(method, path, Some(query)).map_or_else(|answer| answer, |asked| asked.answer(sent))
    };
    let (length, source) = match &answer.body {
        Body::Bytes(count) => (*count, Source::Block),
        Body::Text(text) => (text.len() as u64, Source::Text(text.clone())),
        Body::Echo => (sent.len() as u64, Source::Sent),
        Body::Image(seed, id) => match images.get(*seed, *id) {
            Ok(file) => (file.len() as u64, Source::File(file)),
            Err(error) => {
                let reason = format!("{error}\n");
                let length = reason.len() as u64;
                return (told(&Answer::text(500, reason.clone()), length), Source::Text(reason));
            }
        },
    };
    (told(&answer, length), source)
}

fn told(answer: &Answer, length: u64) -> Told {
    let delivery = answer.delivery(length);
    let Answer { status, headers, latency_ms, fault, pace, only_head, .. } = answer;
    Told {
        status: *status,
        headers: headers.clone(),
        latency_ms: *latency_ms,
        fault: *fault,
        announced_bytes: delivery.announced_bytes,
        sent_bytes: delivery.ends_after_bytes.unwrap_or(length),
        only_head: *only_head,
        pace: pace.map(|pace| ToldPace { bytes_per_second: pace.per_second, piece_bytes: pace.piece_bytes() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(method: &str, path: &str, query: &str, sent: &[u8]) -> (String, Source) {
        let (told, source) = answer(&Images::default(), method, path, query, sent);
        (serde_json::to_string(&told).expect("JSON"), source)
    }

    #[test]
    fn the_script_is_told_all_that_it_carries_out() {
        let (told, source) = of("GET", "/target/bytes/1000", "latency=5&bandwidth=400&fail=cut", b"");
        assert_eq!(
            told,
            r#"{"status":200,"headers":[["content-type","application/octet-stream"]],"latency_ms":5.0,"fault":"cut","#
                .to_owned()
                + r#""announced_bytes":1000,"sent_bytes":500,"only_head":false,"#
                + r#""pace":{"bytes_per_second":400,"piece_bytes":20}}"#
        );
        assert_eq!(source, Source::Block);
        let (told, source) = of("POST", "/target/echo", "", b"[1]");
        assert!(told.contains(r#""announced_bytes":3,"sent_bytes":3,"#), "{told}");
        assert_eq!(source, Source::Sent);
        let (told, source) = of("HEAD", "/target/image/1.png", "", b"");
        let Source::File(file) = source else { panic!("{source:?}") };
        assert!(
            told.contains(&format!(r#""announced_bytes":{},"#, file.len())) && told.contains(r#""only_head":true"#)
        );
    }

    #[test]
    fn who_asks_what_was_counted_is_told_that_nothing_is() {
        let (told, source) = of("GET", "/target/stats", "", b"");
        assert!(told.starts_with(r#"{"status":404,"#), "{told}");
        assert!(matches!(source, Source::Text(text) if text.contains("nobody counts")));
    }
}
