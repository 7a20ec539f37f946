//! Addresses that users give: real servers, https, lists, a target below a proxy's path.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use parlab_shared::report::Report;
use parlab_shared::span::ErrorKind;

use crate::support::parlab::{parlab, report, text};
use crate::support::proxy::proxy;
use crate::support::results::{ONCE, good_results};
use crate::support::server::Server;
use crate::support::site::Site;

/// Both platforms of the command line, each with every strategy.
const EVERYWHERE: [&[&str]; 2] = [
    &["-s", "sequential,async,threads,processes", "-w", "2"],
    &["--platform", "python", "-s", "sequential,async,threads,processes", "-w", "2"],
];

/// Runs `parlab run ARGS --json -` under some environment.
fn run_under(args: &[&str], name: &str, value: &str) -> Output {
    let mut command = parlab();
    // Where a machine keeps more certificates is not part of what is tested.
    command.arg("run").args(args).args(ONCE).args(["--json", "-"]).env_remove("SSL_CERT_DIR");
    command.env(name, value).output().expect("parlab runs")
}

fn read(output: &Output) -> Report {
    Report::from_json(&text(&output.stdout)).unwrap_or_else(|error| panic!("{error}\n{}", text(&output.stderr)))
}

#[track_caller]
fn check_refused(args: &[&str], expected: &str) {
    let output = parlab().arg("run").args(args).output().expect("parlab runs");
    let complaint = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{complaint}");
    // Wrapped as the terminal has it.
    let complaint = complaint.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(complaint.contains(expected), "{complaint}");
}

#[test]
fn https_is_spoken_natively_and_in_python() {
    let (site, certificate) = Site::start_secure(|_| (200, None, "{}".to_owned()));
    let folder = tempfile::tempdir().expect("a folder");
    let trusted = folder.path().join("trusted.pem");
    std::fs::write(&trusted, certificate).expect("written");
    let trusted = trusted.to_str().expect("UTF-8");
    let url = site.at("");
    for rows in EVERYWHERE {
        let args = [&["post", "-n", "6", "--target", &url], rows].concat();
        let report = read(&run_under(&args, "SSL_CERT_FILE", trusted));
        assert_eq!(report.runs.len(), 4);
        for run in &report.runs {
            assert!(good_results(run).iter().all(|(_, bytes, ..)| *bytes == 2));
        }
        assert_eq!(site.seen().len(), 24);
        // Whom nobody vouches for is not talked to.
        let other = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate").cert.pem();
        let stranger = folder.path().join("stranger.pem");
        std::fs::write(&stranger, other).expect("written");
        let report = read(&run_under(&args, "SSL_CERT_FILE", stranger.to_str().expect("UTF-8")));
        let mut errors =
            report.runs.iter().flat_map(|run| &run.spans).map(|span| span.error.as_ref().expect("refused"));
        assert!(errors.all(|error| error.kind == ErrorKind::Connect && error.message.contains("certificate")));
        assert_eq!(site.seen(), []);
    }
}

#[test]
fn https_without_any_certificate_to_trust_is_refused_beforehand() {
    let folder = tempfile::tempdir().expect("a folder");
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "").expect("written");
    let args = ["urls", "--url", "https://127.0.0.1:9/"];
    let output = run_under(&args, "SSL_CERT_FILE", empty.to_str().expect("UTF-8"));
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("SSL_CERT_FILE"), "{}", text(&output.stderr));
}

#[test]
fn a_list_of_addresses_is_fetched_as_it_is() {
    let site = Site::start(|path| match path {
        "/moved" => (302, Some(("Location", "there?a,b")), String::new()),
        _ => (200, None, format!("this is {path}")),
    });
    let (first, second, third) = (site.at("/a,b?c=d,e"), site.at("/x y#part"), site.at("/moved"));
    let list = format!("# what is fetched\n{first}\n\n  {second}\r\n{third}");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("list.txt");
    std::fs::write(&file, &list).expect("written");
    let file = file.to_str().expect("UTF-8");
    let mut first_results = None;
    for rows in EVERYWHERE {
        let report = report(&[&["urls", "--urls", file], rows, &ONCE].concat());
        for run in &report.runs {
            let expected = first_results.get_or_insert_with(|| good_results(run));
            assert_eq!(good_results(run), *expected, "{}", run.row.strategy);
            assert_eq!(expected.iter().map(|(_, bytes, ..)| *bytes).collect::<Vec<_>>(), [18, 14, 18]);
            let urls = run.row.workload.urls().expect("it fetches").iter().map(ToString::to_string);
            assert_eq!(urls.collect::<Vec<_>>(), [first.clone(), site.at("/x%20y"), third.clone()]);
        }
        let seen = site.seen();
        let paths: Vec<&str> = seen.iter().map(|seen| seen.path.as_str()).collect();
        let each = ["/a,b?c=d,e", "/moved", "/there?a,b", "/x%20y"];
        assert_eq!(paths, each.iter().flat_map(|path| [*path; 4]).collect::<Vec<_>>());
        let own = concat!("parlab/", env!("CARGO_PKG_VERSION"));
        assert!(seen.iter().all(|seen| seen.user_agent == own), "{seen:?}");
    }
    // From standard input, more tasks than addresses; the terminal says what was fetched, and predicts nothing.
    let mut command = parlab();
    command.args(["run", "urls", "--urls", "-", "-n", "5", "-s", "async", "-w", "2"]).args(ONCE);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("parlab starts");
    child.stdin.take().expect("a pipe").write_all(list.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    let said = text(&output.stdout);
    assert!(output.status.success() && said.contains(&format!("3 addresses, the first {first}")), "{said}");
    assert!(!said.contains("predicted") && !said.contains("theory"), "{said}");
    let mut asked = BTreeMap::new();
    site.seen().into_iter().for_each(|seen| *asked.entry(seen.path).or_insert(0) += 1);
    let asked: Vec<(&str, i32)> = asked.iter().map(|(path, times)| (path.as_str(), *times)).collect();
    assert_eq!(asked, [("/a,b?c=d,e", 2), ("/moved", 1), ("/there?a,b", 1), ("/x%20y", 2)]);
}

#[test]
fn a_crawl_of_a_real_site_follows_its_links() {
    let site = Site::start(|path| match path {
        "/start" => (301, Some(("Location", "/a/b/")), String::new()),
        "/a/b/" => {
            let page = "<title><a href='/ghost'></title><script>'<a href=/ghost>';'<!--'</script>
                <a href='c'><a href='?page=2'><a href='../d#e'><a href='#top'><a href='f\ng'><a href='//other.invalid/'>";
            (200, None, page.to_owned())
        }
        "/a/b/c" => (200, None, "<base href='/h/'><a href='i'><a href='?j'>".to_owned()),
        _ => (200, None, String::new()),
    });
    let url = site.at("/start");
    let pages = ["/a/b/", "/a/b/?page=2", "/a/b/c", "/a/b/fg", "/a/d", "/h/?j", "/h/i", "/start"];
    for rows in EVERYWHERE {
        let report = report(&[&["crawl", "--url", &url, "-n", "20"], rows, &ONCE].concat());
        let expected = good_results(&report.runs[0]);
        assert_eq!(expected.len(), 7);
        assert!(report.runs.iter().all(|run| good_results(run) == expected));
        let seen: Vec<String> = site.seen().into_iter().map(|seen| seen.path).collect();
        let every = pages.iter().flat_map(|page| std::iter::repeat_n((*page).to_owned(), report.runs.len()));
        assert_eq!(seen, every.collect::<Vec<_>>());
    }
}

#[test]
fn what_cannot_be_fetched_is_refused_beforehand() {
    let neither =
        "--url example.org cannot be used: it begins with neither http:// nor https://; use an address such as";
    check_refused(&["urls", "--url", "example.org"], neither);
    let no_list = "--urls /no/such/list cannot be read: No such file or directory (os error 2); give a file";
    check_refused(&["urls", "--urls", "/no/such/list"], no_list);
    check_refused(
        &["post", "--url", "http://x/"],
        "the workload post asks the target alone, where urls, crawl and breakdown",
    );
    let latency = "--latency 5 cannot be used: addresses are fetched as they are";
    check_refused(&["urls", "--url", "http://x/", "--latency", "5"], latency);
    let target = "--target http://y/ cannot be used: addresses are fetched as they are";
    check_refused(&["urls", "--url", "http://x/", "--target", "http://y/"], target);
    let others = "servers of others are asked, which are not to be flooded";
    let args = ["urls", "--url", "http://x/", "-s", "async", "-w", "65"];
    check_refused(&args, &format!("--workers 65 cannot be run: {others}; use 1 to 64"));
    let args = ["urls", "--url", "http://x/", "-s", "async", "-w", "1", "-n", "5000", "--runs", "2", "--warmup", "1"];
    check_refused(&args, &format!("requests = 15000 cannot be run: {others}; use 1 to 10000"));
    check_refused(&["urls", "--url", "http://x/", "--precision", "5"], others);
}

#[test]
fn a_target_below_a_proxys_path_is_asked_there() {
    let server = Server::start(&[]);
    let url = proxy(&server, "/user/me/proxy/8017/");
    for (args, tasks) in [(&["post", "-n", "6"][..], 6), (&["crawl", "-n", "12"], 12), (&["images"], 5)] {
        let there = report(&[args, &["--scale", "smoke", "-s", "async", "-w", "3", "--target", &url], &ONCE].concat());
        let here = report(&[args, &["--scale", "smoke", "-s", "async", "-w", "3"], &ONCE].concat());
        assert_eq!(good_results(&there.runs[0]), good_results(&here.runs[0]), "{args:?}");
        assert_eq!(there.runs[0].spans.len(), tasks);
    }
    // A redirect stays below the path, too.
    let args =
        ["urls", "-n", "2", "--scale", "smoke", "-s", "async", "-w", "2", "--fail", "redirect", "--target", &url];
    let report = report(&[&args[..], &ONCE].concat());
    let kinds: Vec<_> = report.runs[0].spans.iter().map(|span| span.error.as_ref().map(|error| error.kind)).collect();
    assert_eq!(kinds, [Some(ErrorKind::Redirect); 2]);
}

#[test]
fn the_page_names_nothing_by_a_path_from_the_root() {
    // What it loads, and what its modules and workers load, is relative to its own address.
    let sources = [
        "index.html",
        "web/static/start.js",
        "web/static/worker.js",
        "web/static/static-host.js",
        "web/static/guard.js",
        "web/src/messages.rs",
    ];
    for source in sources {
        let path = format!("{}/../{source}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        for rooted in ["\"/", "'/", "`/"] {
            assert!(!text.contains(rooted), "{source} has {rooted}");
        }
    }
}

#[test]
fn the_script_alone_speaks_https() {
    let (site, certificate) = Site::start_secure(|_| (200, None, "{}".to_owned()));
    let folder = tempfile::tempdir().expect("a folder");
    let trusted = folder.path().join("trusted.pem");
    std::fs::write(&trusted, certificate).expect("written");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../baselines/python/parlab.py");
    let args = ["post", "-s", "async", "-w", "2", "-n", "4", "--target", &site.at(""), "--json", "-"];
    let output = Command::new("python3").arg(script).args(args).args(ONCE).env("SSL_CERT_FILE", trusted).output();
    let report = read(&output.expect("python3 runs"));
    assert_eq!(good_results(&report.runs[0]).len(), 4);
}
