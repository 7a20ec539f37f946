//! Which browsers there are, each with what drives it.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::str::FromStr;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::bail;
use clap::Args;
use parlab_shared::strategy::Platform;
use reqwest::Url;

use super::engine::{Engine, Program, XVFB, is_program};
use super::wire::is_loopback;

/// How long a program may take to say its version. A browser that was never started before takes a while.
const VERSION: Duration = Duration::from_secs(20);
/// How often it is looked whether it has.
const LOOK: Duration = Duration::from_millis(5);

/// What the command line says of browsers.
#[derive(Clone, Debug, Default, Args)]
pub struct BrowserArgs {
    /// Where a browser or its driver is: chromium, chromedriver, firefox, geckodriver, webkit (its MiniBrowser),
    /// WebKitWebDriver or Xvfb
    #[arg(long = "browser-path", value_name = "NAME=PATH")]
    paths: Vec<BrowserPath>,
    /// Show the browsers' windows
    #[arg(long)]
    headed: bool,
    /// Have browsers opened by a WebDriver or a Selenium Grid elsewhere, as in http://grid:4444/wd/hub
    #[arg(long, value_name = "URL", value_parser = webdriver)]
    webdriver: Option<Url>,
}

/// A program that somebody names the place of.
#[derive(Clone, Debug)]
pub struct BrowserPath {
    program: &'static str,
    path: PathBuf,
}

impl FromStr for BrowserPath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = || Engine::programs().map(|program| program.name).collect::<Vec<_>>().join(", ");
        let Some((name, path)) = text.split_once('=') else {
            return Err(format!("use NAME=PATH, where NAME is one of {}", names()));
        };
        let Some(program) = Engine::programs().find(|program| program.name.eq_ignore_ascii_case(name)) else {
            return Err(format!("there is no {name:?}; use one of {}", names()));
        };
        let path = PathBuf::from(path);
        if !is_program(&path) {
            let why = if path.exists() { "is no program that can be started" } else { "does not exist" };
            return Err(format!("{} {why}", path.display()));
        }
        // What is started later is started elsewhere.
        let path = std::path::absolute(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self { program: program.name, path })
    }
}

/// The address of a WebDriver, with a slash at its end, so that paths can be put below it.
fn webdriver(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string()).and_then(|mut url| {
        if !matches!(url.scheme(), "http" | "https") {
            return Err("it is no http address".to_owned());
        }
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(url)
    });
    url.map_err(|why| format!("{why}; use an address as in http://grid:4444/wd/hub"))
}

/// A browser that can be opened.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its engine.
    pub engine: Engine,
    /// Whether its window is to be seen.
    pub headed: bool,
    /// Where it is.
    pub place: Place,
}

/// Where a browser is.
#[derive(Clone, Debug)]
pub enum Place {
    /// On this machine.
    Here {
        /// The browser.
        browser: Installed,
        /// What drives it.
        driver: Installed,
        /// What makes a display for it, if it needs one of its own.
        display: Option<PathBuf>,
    },
    /// Wherever this WebDriver opens it; whether it has one is known when it is asked to.
    There(Url),
}

impl Place {
    /// Whether it is on this machine.
    pub fn is_here(&self) -> bool {
        match self {
            Self::Here { .. } => true,
            Self::There(url) => is_loopback(url),
        }
    }
}

/// A program that is installed.
#[derive(Clone, Debug)]
pub struct Installed {
    /// Where.
    pub path: PathBuf,
    /// Which version, if it tells.
    pub version: Option<String>,
}

/// A browser that cannot be opened.
#[derive(Clone, Debug)]
pub struct Missing {
    /// Its engine.
    pub engine: Engine,
    why: String,
    fix: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { engine, why, fix } = self;
        write!(f, "{} cannot be opened: {why}; {fix}", engine.name())
    }
}

impl Missing {
    /// Why.
    pub fn why(&self) -> &str {
        &self.why
    }

    /// What helps.
    pub fn fix(&self) -> &str {
        &self.fix
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Here { browser, driver, display } => {
                write!(f, "{browser} with {driver}")?;
                display.iter().try_for_each(|display| write!(f, " on {}", display.display()))
            }
            Place::There(url) => write!(f, "{} by {url}", self.engine.name()),
        }
    }
}

impl fmt::Display for Installed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        self.version.iter().try_for_each(|version| write!(f, " {version}"))
    }
}

impl BrowserArgs {
    /// Those that name a WebDriver elsewhere.
    #[cfg(test)]
    pub fn elsewhere(url: &str) -> Self {
        Self { webdriver: webdriver(url).ok(), ..Self::default() }
    }

    /// Whether browsers are opened elsewhere, which may have any.
    pub fn are_elsewhere(&self) -> bool {
        self.webdriver.is_some()
    }

    /// Where the command line says that a program is.
    fn path(&self, program: &Program) -> Option<&Path> {
        // As of other options, the last one holds.
        let named = self.paths.iter().rev().find(|named| named.program == program.name);
        named.map(|named| named.path.as_path())
    }
}

/// Looks for a browser for each of the platforms that is an engine, in their order. A WebDriver elsewhere is only asked when
/// a browser is opened.
///
/// # Errors
/// What the command line names is something else than it says.
pub fn find(args: &BrowserArgs, platforms: &[Platform]) -> anyhow::Result<Vec<Result<Found, Missing>>> {
    platforms.iter().filter_map(|platform| Engine::of(*platform)).map(|engine| find_one(args, engine)).collect()
}

fn find_one(args: &BrowserArgs, engine: Engine) -> anyhow::Result<Result<Found, Missing>> {
    let found = |place| Found { engine, headed: args.headed, place };
    if let Some(url) = &args.webdriver {
        return Ok(Ok(found(Place::There(url.clone()))));
    }
    let install = || format!("install what it needs ({}), or name its place with --browser-path", engine.install());
    let missing = |why| Ok(Err(Missing { engine, why, fix: install() }));
    let mut installed = Vec::new();
    for program in [engine.browser(), engine.driver()] {
        match look_for(args, program)? {
            Ok(program) => installed.push(program),
            Err(why) => return missing(why),
        }
    }
    let (Some(driver), Some(browser)) = (installed.pop(), installed.pop()) else { bail!("nothing was looked for") };
    if let Some(why) = misfit(engine, &browser, &driver) {
        return missing(why);
    }
    let display = match display(args, engine) {
        Ok(display) => display,
        Err(NoDisplay::ToShowOn) => {
            let (why, fix) = (NO_DISPLAY.to_owned(), NO_DISPLAY_FIX.to_owned());
            return Ok(Err(Missing { engine, why, fix }));
        }
        Err(NoDisplay::ToMake) => return missing("there is no display, and no Xvfb that makes one".to_owned()),
    };
    Ok(Ok(found(Place::Here { browser, driver, display })))
}

/// Looks for a program: where it is, or why it is of no use.
fn look_for(args: &BrowserArgs, program: &Program) -> anyhow::Result<Result<Installed, String>> {
    let named = args.path(program);
    let Some(path) = named.map(Path::to_owned).or_else(|| program.find()) else {
        return Ok(Err(format!("{} is neither on PATH nor in its usual places", program.name)));
    };
    if program.says.is_empty() {
        return Ok(Ok(Installed { path, version: None }));
    }
    let said = say_version(&path);
    let is_it = |said: &String| program.says.iter().any(|word| said.contains(word));
    match said {
        Ok(said) if is_it(&said) => Ok(Ok(Installed { path, version: version(&said).map(str::to_owned) })),
        said => {
            let said = said.map_or_else(|why| why, |said| format!("it says {said:?}"));
            let why = format!("{} is no {}: asked for its version, {said}", path.display(), program.name);
            if named.is_some() { bail!("--browser-path: {why}") } else { Ok(Err(why)) }
        }
    }
}

/// The first line that a program says of its version, or how it fails to.
fn say_version(path: &Path) -> Result<String, String> {
    let mut command = Command::new(path);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| format!("it does not start ({error})"))?;
    let until = Instant::now() + VERSION;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < until => thread::sleep(LOOK),
            _ => {
                // Both fail only if it has ended already.
                _ = child.kill();
                _ = child.wait();
                return Err(format!("it says nothing for {} s", VERSION.as_secs()));
            }
        }
    };
    let mut said = Vec::new();
    // It is over: what is there can be read at once, and what it left running says nothing of its version.
    if let Some(stdout) = child.stdout.take() {
        _ = stdout.take(1000).read_to_end(&mut said);
    }
    let said = String::from_utf8_lossy(&said).lines().next().unwrap_or_default().trim().to_owned();
    if said.is_empty() { Err(format!("it says nothing and ends ({status})")) } else { Ok(said) }
}

/// The version in what a program says of itself: the first word that begins with a digit.
fn version(said: &str) -> Option<&str> {
    said.split_whitespace().find(|word| word.starts_with(|first: char| first.is_ascii_digit()))
}

/// Why a driver does not drive a browser. Chromium's drives the browser of the same version; Firefox's drives all of its
/// time and later ones, and WebKit's comes with its browser.
fn misfit(engine: Engine, browser: &Installed, driver: &Installed) -> Option<String> {
    let major = |version: &Installed| Some(version.version.as_ref()?.split('.').next()?.to_owned());
    let (of_browser, of_driver) = (major(browser)?, major(driver)?);
    let fits = engine != Engine::Chromium || of_browser == of_driver;
    (!fits).then(|| format!("{driver} drives version {of_driver}, and {browser} is version {of_browser}"))
}

/// Why a browser has no display.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NoDisplay {
    /// It is to be seen, and there is none here.
    ToShowOn,
    /// It needs one of its own, and nothing makes one.
    ToMake,
}

/// Why a browser is not shown.
const NO_DISPLAY: &str = "there is no display to show it on, as --headed asks";
/// What to do about it.
const NO_DISPLAY_FIX: &str =
    "leave out --headed, or set DISPLAY to a display that there is, or put xvfb-run before parlab";

/// What makes a display for a browser of an engine, if it needs one; or why it has none.
fn display(args: &BrowserArgs, engine: Engine) -> Result<Option<PathBuf>, NoDisplay> {
    if args.headed {
        return if has_display() { Ok(None) } else { Err(NoDisplay::ToShowOn) };
    }
    // The others have a way to draw nothing.
    if engine != Engine::Webkit {
        return Ok(None);
    }
    let found = args.path(&XVFB).map(Path::to_owned).or_else(|| XVFB.find());
    // A display of its own before that of whoever works here.
    match found {
        Some(path) => Ok(Some(path)),
        None if has_display() => Ok(None),
        None => Err(NoDisplay::ToMake),
    }
}

/// Whether a window could appear. On Linux that takes a display server.
pub fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_the_first_number() {
        let check = |said, expected| assert_eq!(version(said), expected, "{said}");
        check("Chromium 156.0.8078.108 built on Debian GNU/Linux 12 (bookworm)", Some("156.0.8078.108"));
        check("ChromeDriver 156.0.8078.108 (730482a940ce25ae7cf051320d8340e793acf8b9)", Some("156.0.8078.108"));
        check("Mozilla Firefox 153.7.0esr", Some("153.7.0esr"));
        check("geckodriver 0.36.0", Some("0.36.0"));
        check("Google Chrome for Testing", None);
    }

    #[test]
    fn only_chromium_wants_the_driver_of_its_own_version() {
        let check = |engine, browser: Option<&str>, driver: Option<&str>, fits| {
            let [browser, driver] =
                [browser, driver].map(|version| Installed { path: "/p".into(), version: version.map(str::to_owned) });
            assert_eq!(misfit(engine, &browser, &driver).is_none(), fits, "{browser} {driver}");
        };
        check(Engine::Chromium, Some("156.0.1"), Some("156.0.2"), true);
        check(Engine::Chromium, Some("156.0.1"), Some("120.0.1"), false);
        check(Engine::Chromium, None, Some("120.0.1"), true);
        check(Engine::Firefox, Some("153.7.0esr"), Some("0.36.0"), true);
        check(Engine::Webkit, None, None, true);
    }

    #[test]
    fn addresses_of_webdrivers_end_with_a_slash() {
        let check = |text, expected: Result<&str, &str>| {
            let url = webdriver(text);
            match expected {
                Ok(expected) => assert_eq!(url.expect("an address").as_str(), expected),
                Err(reason) => assert!(url.expect_err("no address").contains(reason), "{text}"),
            }
        };
        check("http://grid:4444/wd/hub", Ok("http://grid:4444/wd/hub/"));
        check("https://name:secret@grid/", Ok("https://name:secret@grid/"));
        check("grid:4444", Err("no http address"));
        check("", Err("use an address"));
    }

    #[test]
    fn a_path_is_refused_with_its_reason() {
        let check = |text: &str, reason: &str| {
            let error = text.parse::<BrowserPath>().expect_err("a reason");
            assert!(error.contains(reason), "{text}: {error}");
        };
        check("/usr/bin/firefox", "use NAME=PATH");
        check("opera=/bin/sh", "there is no \"opera\"; use one of chromium, chromedriver, firefox");
        check("firefox=/nowhere/firefox", "/nowhere/firefox does not exist");
        check("firefox=/etc/passwd", "/etc/passwd is no program");
    }

    #[test]
    fn what_says_it_is_something_else_is_refused_where_it_was_named() {
        let args = BrowserArgs { paths: vec!["firefox=/bin/sh".parse().expect("a program")], ..BrowserArgs::default() };
        let error = find(&args, &[Platform::Firefox]).expect_err("a shell is no browser");
        assert!(error.to_string().contains("/bin/sh is no firefox"), "{error}");
    }
}
