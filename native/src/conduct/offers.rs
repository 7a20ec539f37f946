//! What there is on this machine to carry plans out on.

use std::thread;
use std::time::Duration;

use parlab_shared::conduct::Offer;
use parlab_shared::report::Python;
use parlab_shared::strategy::Platform;
use tokio::sync::watch;

use crate::executors::Live;
use crate::python::PythonExecutor;
use crate::run_folder::PlanFolder;

/// How long whoever asks waits for a Python that is being looked for. It takes a tenth of a second, where nothing else is
/// going on.
const PATIENCE: Duration = Duration::from_secs(2);

/// What there is, once it is known. Clones know the same.
#[derive(Clone, Debug)]
pub struct Offers {
    known: watch::Receiver<Option<Vec<Offer>>>,
    live: Live,
}

impl Offers {
    /// Looks for it, once, on a thread of its own: whoever asks later has nothing started for that.
    pub fn look() -> Self {
        let ((tell, known), live) = (watch::channel(None), Live::default());
        let looked = live.clone();
        let look = move || {
            let python =
                python(looked).map(|python| Offer { platform: Platform::Python, version: Some(python.version) });
            tell.send_replace(Some([native()].into_iter().chain(python).collect()));
        };
        // Where there is no thread to spare, there is this program.
        _ = thread::Builder::new().name("offers".to_owned()).spawn(look);
        Self { known, live }
    }

    /// All that is known, or will be soon.
    pub async fn get(&self) -> Vec<Offer> {
        let mut told = self.known.clone();
        let known = tokio::time::timeout(PATIENCE, told.wait_for(Option::is_some)).await;
        let known = known.ok().and_then(|known| known.ok()?.clone());
        known.unwrap_or_else(|| vec![native()])
    }

    /// Looks no further, and waits until nothing is left of that.
    pub async fn end(&self) {
        self.live.cancel();
        // It ends with an error where nobody looks.
        _ = self.known.clone().wait_for(Option::is_some).await;
    }
}

/// This program.
fn native() -> Offer {
    Offer { platform: Platform::Native, version: None }
}

/// The Python that plans would be carried out in, if there is one.
fn python(live: Live) -> Option<Python> {
    let folder = PlanFolder::create().ok()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let executor = runtime.block_on(PythonExecutor::start(live, folder.path())).ok()?;
    Some(executor.python)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_program_is_offered_and_the_python_that_runs_would_be_in() {
        let offers = Offers::look();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("an event loop");
        let found = runtime.block_on(async {
            offers.known.clone().wait_for(Option::is_some).await.expect("it looks");
            offers.get().await
        });
        assert_eq!(found[0], native());
        let versions: Vec<_> = found[1..].iter().map(|offer| (offer.platform, offer.version.clone())).collect();
        let python = python(Live::default()).expect("tests need a Python");
        assert_eq!(versions, [(Platform::Python, Some(python.version))]);
    }
}
