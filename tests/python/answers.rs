//! Equal results and equal failures, whatever servers answer.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use super::{check_same, check_same_under, script};
use crate::support::parlab::text;
use crate::support::tcp;

#[test]
fn work_that_computes_has_the_same_results_as_natively() {
    check_same(&["cpu-heavy", "-n", "5", "--size", "100000"]);
    check_same(&["countdown", "-n", "5", "--size", "10000"]);
    check_same(&["sum", "-n", "5", "--size", "100000"]);
}

#[test]
fn work_that_waits_has_the_same_results_as_natively() {
    check_same(&["urls", "-n", "4", "--size", "300000"]);
    check_same(&["sites", "-n", "6"]);
    check_same(&["images"]);
    check_same(&["post", "-n", "12"]);
    check_same(&["mixed", "-n", "10", "--size", "10000"]);
    check_same(&["io-heavy", "-n", "4", "--size", "2500000"]);
    check_same(&["io-heavy", "-n", "4", "--size", "1000", "--flush", "--one-file"]);
    check_same(&["square", "-n", "10"]);
}

#[test]
fn a_crawl_finds_the_same_pages_as_natively() {
    check_same(&["crawl"]);
    check_same(&["crawl", "--round", "0", "--seed", "7"]);
}

#[test]
fn a_dictionary_has_every_result_however_it_is_kept() {
    let in_one_memory: [&[&str]; 2] =
        [&["-s", "sequential,async,threads", "-w", "1,3"], &["-s", "threads", "-w", "3", "--dispatch", "per-task"]];
    for keep in ["lock", "sharded"] {
        check_same_under(&["dictionary", "-n", "12", "--size", "20", "--keep", keep], &in_one_memory);
    }
    for sharing in ["owner", "merge"] {
        check_same(&["dictionary", "-n", "12", "--size", "20", "--sharing", sharing]);
    }
}

#[test]
fn failures_are_of_the_same_kinds_as_natively() {
    for fail in ["status:0.5", "cut:0.5", "garbage:0.5", "redirect:0.5"] {
        check_same(&["post", "-n", "8", "--fail", fail]);
    }
    check_same(&["post", "-n", "6", "--fail", "stall:0.5", "--timeout", "0.5"]);
    check_same(&["urls", "-n", "8", "--size", "300000", "--fail", "cut:0.5"]);
    check_same(&["post", "-n", "4", "--target", &tcp::nobody()]);
    check_same(&["post", "-n", "4", "--target", "http://parlab.invalid"]);
}

/// Answers the `task`-th request of a kind of its own, from what is common to what no client should have to meet.
fn answer(task: usize, hop: bool, connection: &mut TcpStream) -> std::io::Result<()> {
    let whole = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwhole";
    let answer = match task {
        0 => whole,
        1 => {
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nsum: 1\r\n\r\n"
        }
        2 => "HTTP/1.0 200 OK\r\n\r\nuntil the end",
        3 if !hop => "HTTP/1.1 302 Found\r\nlocation: ?task=3&hop=1\r\ncontent-length: 4\r\n\r\nmove",
        4 => "HTTP/1.1 204 No Content\r\n\r\n",
        5 => "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nA\r\n01234",
        6 => "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nten\r\n0123456789\r\n0\r\n\r\n",
        7 => "",
        8 => "HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno",
        9 => {
            // A byte now and then: each comes in time, and all of them do not.
            connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")?;
            for _ in 0..1000 {
                connection.write_all(b"x")?;
                std::thread::sleep(Duration::from_millis(50));
            }
            ""
        }
        _ => whole,
    };
    connection.write_all(answer.as_bytes())
}

/// Serves one connection: requests without bodies, until an answer that ends with it.
fn serve(connection: TcpStream) -> std::io::Result<()> {
    let mut requests = BufReader::new(connection.try_clone()?);
    let mut connection = connection;
    loop {
        let mut first = String::new();
        if requests.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let mut line = String::new();
        while requests.read_line(&mut line)? > 2 {
            line.clear();
        }
        let digits = first.split("task=").nth(1).unwrap_or_default();
        let digits: String = digits.chars().take_while(char::is_ascii_digit).collect();
        let task = digits.parse().unwrap_or_default();
        answer(task, first.contains("hop="), &mut connection)?;
        if matches!(task, 2 | 5..=9) {
            return Ok(());
        }
    }
}

#[test]
fn answers_of_every_form_are_read_as_natively() {
    let url = tcp::serve(serve);
    check_same(&["urls", "-n", "12", "--size", "1", "--timeout", "1", "--target", &url]);
}

#[test]
fn links_lead_where_they_lead_natively() {
    // The cases that `links_lead_where_a_browser_says_they_do` in shared goes through.
    let program = "
import json, sys
from twin import address, crawl
for case in json.load(open(sys.argv[1], encoding='utf-8')):
    found = crawl.accept(address.join(None, case['url']), *crawl.parse(case['html'].encode()), 'pages')
    assert found == case['links'], (case, found)
";
    let cases = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/pages.json");
    let package = script();
    let folder = package.parent().expect("the script is in a folder");
    let output = Command::new("python3").args(["-c", program, cases]).env("PYTHONPATH", folder).output();
    let output = output.expect("python3 runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
}
