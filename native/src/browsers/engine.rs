//! The engines: a table of what belongs to each.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use parlab_shared::strategy::Platform;

/// An engine of browsers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Of Chromium, Chrome and Edge.
    Chromium,
    /// Of Firefox.
    Firefox,
    /// Of Safari, and of GTK's browsers.
    Webkit,
}

/// A program that may be installed.
#[derive(Debug)]
pub struct Program {
    /// What `--browser-path` calls it.
    pub name: &'static str,
    /// The commands that it may be, on PATH.
    commands: &'static [&'static str],
    /// Where else it may be; `*` is any folder.
    places: &'static [&'static str],
    /// What it says that it is when it is asked for its version, in one of these words; none, if it says nothing.
    pub says: &'static [&'static str],
}

const CHROMIUM: Program = Program {
    name: "chromium",
    commands: &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
    places: &[
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ],
    says: &["Chromium", "Chrome"],
};

const CHROMEDRIVER: Program = Program {
    name: "chromedriver",
    commands: &["chromedriver"],
    places: &["/usr/lib/chromium/chromedriver", "/usr/lib/chromium-browser/chromedriver"],
    says: &["ChromeDriver"],
};

const FIREFOX: Program = Program {
    name: "firefox",
    commands: &["firefox", "firefox-esr"],
    places: &["/Applications/Firefox.app/Contents/MacOS/firefox"],
    says: &["Firefox"],
};

const GECKODRIVER: Program = Program {
    name: "geckodriver",
    commands: &["geckodriver"],
    places: &["~/.cargo/bin/geckodriver"],
    says: &["geckodriver"],
};

/// Neither it nor its driver tells its version: both come from one package.
const MINI_BROWSER: Program = Program {
    name: "webkit",
    commands: &["MiniBrowser"],
    places: &[
        "/usr/lib/*/webkitgtk-6.0/MiniBrowser",
        "/usr/lib/*/webkit2gtk-4.1/MiniBrowser",
        "/usr/lib/*/webkit2gtk-4.0/MiniBrowser",
        "/usr/libexec/*/MiniBrowser",
        "/usr/lib/*/MiniBrowser",
    ],
    says: &[],
};

const WEBKIT_WEB_DRIVER: Program =
    Program { name: "WebKitWebDriver", commands: &["WebKitWebDriver"], places: &[], says: &[] };

/// A display for programs that need one, of which nothing is seen.
pub const XVFB: Program = Program { name: "Xvfb", commands: &["Xvfb"], places: &[], says: &[] };

impl Engine {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::Webkit];

    /// What `--platform` calls it.
    pub fn name(self) -> &'static str {
        self.platform().name()
    }

    /// The browser.
    pub fn browser(self) -> &'static Program {
        match self {
            Self::Chromium => &CHROMIUM,
            Self::Firefox => &FIREFOX,
            Self::Webkit => &MINI_BROWSER,
        }
    }

    /// What drives it.
    pub fn driver(self) -> &'static Program {
        match self {
            Self::Chromium => &CHROMEDRIVER,
            Self::Firefox => &GECKODRIVER,
            Self::Webkit => &WEBKIT_WEB_DRIVER,
        }
    }

    /// Which programs `--browser-path` can name.
    pub fn programs() -> impl Iterator<Item = &'static Program> {
        Self::ALL.into_iter().flat_map(|engine| [engine.browser(), engine.driver()]).chain([&XVFB])
    }

    /// What brings browser and driver.
    pub fn install(self) -> &'static str {
        match self {
            Self::Chromium => {
                "on Debian, as root: apt-get install chromium chromium-driver; elsewhere: Chromium or Chrome, and on PATH the \
                 chromedriver of the same version"
            }
            Self::Firefox => {
                "on Debian, as root: apt-get install firefox-esr, and: cargo install geckodriver --locked; elsewhere: Firefox, \
                 and its geckodriver on PATH"
            }
            Self::Webkit => {
                "on Debian, as root: apt-get install webkit2gtk-driver xvfb; Safari: safaridriver, with --webdriver"
            }
        }
    }

    /// The browsers that have it, as WebDrivers name them (`browserName`): what to ask for, the first one first.
    pub fn browser_names(self) -> &'static [&'static str] {
        match self {
            Self::Chromium => &["chrome"],
            Self::Firefox => &["firefox"],
            Self::Webkit => &["safari", "MiniBrowser"],
        }
    }

    /// The engine that a platform is; none, if it is no browser, or any.
    pub fn of(platform: Platform) -> Option<Self> {
        Self::ALL.into_iter().find(|engine| engine.platform() == platform)
    }

    /// The platform that it is.
    pub fn platform(self) -> Platform {
        match self {
            Self::Chromium => Platform::Chromium,
            Self::Firefox => Platform::Firefox,
            Self::Webkit => Platform::Webkit,
        }
    }
}

/// Where programs are looked for if `PATH` names no folder, as it may of a service.
const FOLDERS: &[&str] = &["/usr/local/bin", "/usr/bin", "/bin", "/snap/bin", "/opt/homebrew/bin"];

impl Program {
    /// Where it is: on PATH, or in its usual places.
    pub fn find(&self) -> Option<PathBuf> {
        self.find_on(&std::env::var_os("PATH").unwrap_or_default(), FOLDERS)
    }

    /// Where it is, if PATH is this; `usual` are the folders that are meant by an empty one.
    fn find_on(&self, path: &OsStr, usual: &[&str]) -> Option<PathBuf> {
        let mut folders: Vec<PathBuf> =
            std::env::split_paths(path).filter(|folder| !folder.as_os_str().is_empty()).collect();
        if folders.is_empty() {
            folders.extend(usual.iter().map(PathBuf::from));
        }
        let commands = self.commands.iter().flat_map(|name| {
            let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
            folders.iter().map(move |folder| folder.join(&name))
        });
        let elsewhere = self.places.iter().flat_map(|place| expand(place));
        commands.chain(elsewhere).find(|path| is_program(path))
    }
}

/// The paths that a place may mean.
fn expand(place: &str) -> Vec<PathBuf> {
    if let Some(below_home) = place.strip_prefix("~/") {
        return std::env::home_dir().map(|home| home.join(below_home)).into_iter().collect();
    }
    let Some((parent, rest)) = place.split_once("/*/") else { return vec![PathBuf::from(place)] };
    let mut folders: Vec<_> = fs::read_dir(parent).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    folders.sort();
    folders.into_iter().map(|folder| folder.join(rest)).collect()
}

/// Whether a file can be started.
pub fn is_program(path: &Path) -> bool {
    let Ok(metadata) = fs::metadata(path) else { return false };
    #[cfg(unix)]
    let may_run = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let may_run = true;
    metadata.is_file() && may_run
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_what_is_recognised() {
        for engine in Engine::ALL {
            assert_eq!(Engine::of(engine.platform()), Some(engine));
            let is_it = |name: &&str| Platform::of_engine(name) == Some(engine.platform());
            assert!(engine.browser_names().iter().all(is_it), "{engine:?}");
            assert_eq!(engine.browser().name, engine.name());
        }
        assert_eq!(Engine::of(Platform::Native), None);
    }

    #[cfg(unix)]
    #[test]
    fn an_empty_path_means_the_usual_folders() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let there = folder.path().join("geckodriver");
        fs::write(&there, "").expect("a file");
        fs::set_permissions(&there, fs::Permissions::from_mode(0o755)).expect("rights");
        let usual = folder.path().to_str().expect("a name");
        assert_eq!(GECKODRIVER.find_on(OsStr::new(""), &[usual]), Some(there.clone()));
        assert_eq!(GECKODRIVER.find_on(folder.path().as_os_str(), &[]), Some(there.clone()));
        assert_ne!(GECKODRIVER.find_on(OsStr::new("/nowhere"), &[usual]), Some(there), "a path is taken at its word");
    }

    #[test]
    fn a_star_is_any_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let there = folder.path().join("some/deep");
        fs::create_dir_all(&there).expect("a folder");
        fs::write(there.join("program"), "").expect("a file");
        let place = format!("{}/*/deep/program", folder.path().display());
        assert_eq!(expand(&place), [there.join("program")]);
        assert!(!is_program(&there.join("program")), "it may not be started");
        assert_eq!(expand("/nowhere/*/program"), [] as [PathBuf; 0]);
    }
}
