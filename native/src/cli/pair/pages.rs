//! The browsers of a pair: which there are, the server that their pages come from, and how one is opened.

use std::net::SocketAddr;

use anyhow::bail;
use futures::future::BoxFuture;
use parlab_shared::measure::Plan;
use parlab_shared::report::Environment;
use parlab_shared::strategy::Platform;
use parlab_shared::target::Secured;
use reqwest::Url;
use tokio::runtime::Runtime;

use crate::any_executor::AnyExecutor;
use crate::browsers::{Browser, BrowserArgs, Found, find};
use crate::executors::Live;
use crate::hub::Hub;
use crate::program;
use crate::remote::Open;
use crate::server::{self, Options};
use crate::target_process::{Manner, TargetProcess};
use crate::with_target::{connections, needs_tls};

/// The platforms of a pair, each with its browser if it is one: those that are asked for, or native and every browser that
/// there is.
///
/// # Errors
/// What the command line says of browsers is wrong, one that is asked for is not there, or there is nothing to compare.
pub fn platforms(asked: Option<&[Platform]>, browsers: &BrowserArgs) -> anyhow::Result<Vec<(Platform, Option<Found>)>> {
    if asked.is_none() && browsers.are_elsewhere() {
        bail!("name the browsers that the WebDriver is to open, as in --platform native,chromium");
    }
    let wanted = asked.unwrap_or(Platform::OF_PAIRS);
    let wanted = wanted.iter().filter(|platform| asked.is_some() || **platform != Platform::Python);
    let (mut platforms, mut missing) = (Vec::new(), Vec::new());
    for platform in wanted {
        match find(browsers, &[*platform])?.pop().transpose() {
            Ok(found) => platforms.push((*platform, found)),
            Err(why) => missing.push(why.to_string()),
        }
    }
    let missing = missing.join("; ");
    // Whoever asks for a platform is not served by a pair without it, least of all where a threshold is about it.
    if asked.is_some() && !missing.is_empty() {
        let others: Vec<&str> = platforms.iter().map(|(platform, _)| platform.name()).collect();
        let without = (others.len() > 1).then(|| format!("; or do without it: --platform {}", others.join(",")));
        bail!("{missing}{}", without.unwrap_or_default());
    }
    if platforms.len() < 2 && !missing.is_empty() {
        bail!("there is nothing to compare: {missing}");
    }
    Ok(platforms)
}

/// The address of a page: its folder, with a slash at its end.
///
/// # Errors
/// It is none.
pub fn public_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string()).and_then(|mut url| {
        if !matches!(url.scheme(), "http" | "https") {
            return Err("it is no http address".to_owned());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("what follows its question mark, or its hash, would be lost".to_owned());
        }
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(url)
    });
    url.map_err(|why| format!("{why}; use an address as in https://lab.example/below/"))
}

/// A server on threads of its own, and the pages that come from it.
#[derive(Debug)]
pub struct Pages {
    runtime: Runtime,
    hub: Hub,
    /// Where browsers find the page; it ends with a slash.
    url: String,
    /// A target with TLS, if the plan needs one.
    target: Option<TargetProcess>,
}

impl Pages {
    /// Serves what a plan needs at an address, by which browsers reach it unless they are told another one.
    ///
    /// # Errors
    /// There is no page, or the address cannot be had.
    pub fn serve(listen: SocketAddr, public: Option<&Url>, plan: &Plan, live: &Live) -> anyhow::Result<Self> {
        if server::page_is_of(&program::tool().build).is_none() {
            bail!("this parlab was built without the page that browsers measure in: build it with `cargo lab`");
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let hub = Hub::new();
        let hosts: Vec<String> = public.and_then(Url::host_str).map(str::to_owned).into_iter().collect();
        let target = needs_tls(plan).then(|| secured_target(listen, &hosts, plan, live)).transpose()?;
        let options = Options::for_measuring(listen, hosts, hub.clone())?;
        let server = {
            let _inside = runtime.enter();
            server::bind(&options)?.page
        };
        let url = public.map_or_else(|| server.url(), ToString::to_string);
        runtime.spawn(server.run(std::future::pending()));
        Ok(Self { runtime, hub, url, target })
    }

    /// Where the pages find a target with TLS: at the host that they come from, by ports of its own.
    pub fn secured(&self) -> Option<Secured> {
        let secured = self.target.as_ref()?.secured()?;
        let page = Url::parse(&self.url).ok()?;
        let there = |address: &str| {
            let mut address = Url::parse(address).ok()?;
            address.set_host(page.host_str()).ok()?;
            Some(address.to_string())
        };
        // A browser is not told whom to trust.
        Some(Secured { http1: there(&secured.http1)?, http2: there(&secured.http2)?, certificate: None })
    }

    /// Opens a page in a browser, and waits until it is ready to measure.
    ///
    /// # Errors
    /// It cannot be opened, does not connect, or is of another build.
    pub fn open(&self, found: Found, live: &Live) -> anyhow::Result<AnyExecutor> {
        let place = self.hub.place()?;
        let url = format!("{}?executor={}", self.url, place.token);
        let window = Window { found, url, takes_any: self.target.is_some(), browser: None };
        AnyExecutor::remote(self.runtime.handle().clone(), live.clone(), Box::new(window), place)
    }
}

/// A target with TLS for pages that come from an address.
fn secured_target(listen: SocketAddr, hosts: &[String], plan: &Plan, live: &Live) -> anyhow::Result<TargetProcess> {
    let listen = SocketAddr::new(listen.ip(), 0);
    let manner = Manner { listen, hosts: hosts.to_owned(), connections: connections(plan)?, secured: true };
    TargetProcess::start(&manner, &|| live.cancelled())
}

/// A page in a browser.
#[derive(Debug)]
struct Window {
    found: Found,
    url: String,
    /// It asks a target whose certificate nobody vouches for.
    takes_any: bool,
    browser: Option<Browser>,
}

impl Open for Window {
    fn name(&self) -> &str {
        self.found.engine.name()
    }

    fn open(&mut self) -> BoxFuture<'_, anyhow::Result<()>> {
        Box::pin(async {
            // The one that was there ends first: two would share the machine.
            self.browser = None;
            self.browser = Some(Browser::open(&self.found, &self.url, self.takes_any).await?);
            Ok(())
        })
    }

    fn check(&mut self) -> BoxFuture<'_, anyhow::Result<()>> {
        Box::pin(async {
            match &mut self.browser {
                Some(browser) => browser.check_alive().await,
                None => bail!("it was not opened"),
            }
        })
    }

    fn describe(&self, environment: &mut Environment, here: &Environment) {
        // What a page is told of its browser is rounded, against tracking; its driver knows.
        if let (Some(browser), Some(said)) = (&self.browser, &mut environment.browser) {
            browser.identify(said);
        }
        if self.found.place.is_here() {
            environment.cpu.clone_from(&here.cpu);
        }
    }
}
