//! Addresses and https in Python: one reading of an address, and a reason where nobody can be trusted.

use std::path::Path;
use std::process::{Command, Output};

use parlab_shared::span::ErrorKind;

use super::script;
use crate::support::parlab::{parlab, report, text};
use crate::support::site::Site;

const ONCE: [&str; 4] = ["--runs", "1", "--warmup", "0"];
const EVERY: [&str; 4] = ["-s", "sequential,async,threads,processes", "-w", "2"];

#[test]
fn an_address_is_sent_as_it_was_read() {
    let site = Site::start(|_| (200, None, "{}".to_owned()));
    let url = site.at("/a'b|c^d\"e%2f{x}~[y]/ü?q=[y]&z='w'|`{}^\"&ß");
    let mut sent = Vec::new();
    for platform in ["native", "python"] {
        let report = report(&[&["urls", "--url", &url, "--platform", platform], &EVERY[..], &ONCE].concat());
        assert_eq!(report.failed(), 0, "{platform}");
        sent.extend(site.seen().into_iter().map(|seen| seen.path));
    }
    assert_eq!(sent.len(), 8);
    assert!(sent.iter().all(|path| *path == sent[0]), "{sent:#?}");
}

#[test]
fn a_port_is_the_one_that_was_given() {
    for (url, kind) in [
        // Nobody listens there, and it is not another word for 80.
        ("http://127.0.0.1:0/".to_owned(), ErrorKind::Connect),
        // A name that no server of names is asked for.
        (format!("http://{}.example/", "a".repeat(64)), ErrorKind::Dns),
    ] {
        for platform in ["native", "python"] {
            let report = report(&[&["urls", "--url", &url, "--platform", platform], &EVERY[..], &ONCE].concat());
            for run in &report.runs {
                let error = run.spans[0].error.as_ref().expect("a failure");
                assert_eq!(error.kind, kind, "{platform} {}: {error}", run.row.strategy);
            }
        }
    }
}

/// Runs a command with certificates of some files and folders only.
fn under(mut command: Command, file: Option<&Path>, folder: Option<&Path>) -> Output {
    for (name, value) in [("SSL_CERT_FILE", file), ("SSL_CERT_DIR", folder)] {
        match value {
            Some(path) => command.env(name, path),
            None => command.env_remove(name),
        };
    }
    command.output().expect("it runs")
}

#[track_caller]
fn check_untrusting(output: &Output, expected: &str) {
    let complaint = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{complaint}");
    // Wrapped as the terminal has it.
    let complaint = complaint.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(complaint.contains(expected), "{complaint}");
    assert!(complaint.contains("name a file or folder with SSL_CERT_FILE or SSL_CERT_DIR"), "{complaint}");
}

#[test]
fn https_without_anybody_to_trust_is_refused_beforehand_with_the_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let (empty, absent) = (folder.path().join("empty.pem"), folder.path().join("absent.pem"));
    std::fs::write(&empty, "").expect("written");
    let ours = || {
        let mut command = parlab();
        command.args(["run", "post", "--target", "https://127.0.0.1:9/", "--platform", "python"]);
        command
    };
    let own = || {
        let mut command = Command::new("python3");
        command.arg(script()).args(["post", "--target", "https://127.0.0.1:9/"]);
        command
    };
    for command in [&ours as &dyn Fn() -> Command, &own] {
        check_untrusting(&under(command(), Some(&absent), None), "absent.pem: No such file or directory");
        check_untrusting(&under(command(), Some(&empty), None), "empty.pem: ");
        check_untrusting(&under(command(), None, Some(folder.path())), "there are none in");
    }
}

#[test]
fn who_needs_no_certificates_does_without() {
    let site = Site::start(|_| (200, None, "{}".to_owned()));
    let folder = tempfile::tempdir().expect("a folder");
    let absent = folder.path().join("absent.pem");
    let mut command = parlab();
    command.args(["run", "urls", "--url", &site.at("/"), "--platform", "python"]).args(EVERY).args(ONCE);
    let output = under(command, Some(&absent), None);
    assert!(output.status.success(), "{}", text(&output.stderr));
}
