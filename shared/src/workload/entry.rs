//! What each workload says of itself, in its own file; everything else asks here.

use serde::Serialize;

use super::mandelbrot::Tile;
use super::{Cost, Model, Nature, OutOfRange, Setting, Waves};
use crate::address::Address;
use crate::dictionary::Sharing;
use crate::screen::OnThread;
use crate::target::Protocol;
use crate::task::Task;

/// What is known of a workload before it has parameters.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// The name in CLI, URL and JSON.
    pub name: &'static str,
    /// One line on what a task does.
    pub about: &'static str,
    /// The parameter that `--size` sets, if there is one.
    #[serde(flatten)]
    pub size: Option<Size>,
    /// Whether Python has it: it has what the source documents have.
    pub in_python: bool,
    /// Whether its tasks write files.
    pub writes_files: bool,
    /// Whether the tasks of a wave find those of the next: how many a run has shows at its end, and the parameter
    /// `tasks` says how many it may have.
    pub finds_tasks: bool,
}

/// The main parameter of a workload.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Size {
    /// Its name in JSON.
    #[serde(rename = "size")]
    pub name: &'static str,
    /// What it means, with its unit.
    #[serde(rename = "size_means")]
    pub means: &'static str,
}

/// What a workload with its parameters is to whoever runs it. What has a default is what only some workloads have.
pub(super) trait Definition {
    /// What is known of the time that its tasks take.
    fn cost(&self) -> Cost;

    /// What its tasks spend their time on.
    fn nature(&self) -> Nature {
        self.cost().nature()
    }

    /// The tasks of a run, wave by wave.
    fn waves(&self, setting: Setting<'_>) -> Waves;

    /// The addresses that it fetches instead of what the target offers; `None` if it fetches nothing else.
    fn urls(&self) -> Option<&[Address]> {
        None
    }

    /// What the target server does to its requests, if it sends any.
    fn model(&self) -> Option<&Model> {
        None
    }

    /// Over which protocol its requests go, if that is asked for.
    fn protocol(&self) -> Option<Protocol> {
        None
    }

    /// How its workers share a dictionary, if they do.
    fn sharing(&self) -> Option<Sharing> {
        None
    }

    /// Whether all its tasks write to one file.
    fn shares_a_file(&self) -> bool {
        false
    }

    /// Whether what tasks are given is taken from whoever gives it, instead of copied.
    fn is_transferred(&self) -> bool {
        false
    }

    /// See [`Workload::is_message`](super::Workload::is_message).
    fn is_message(&self) -> bool {
        false
    }

    /// Where its work is done, if a thread draws frames meanwhile.
    fn on_thread(&self) -> Option<OnThread> {
        None
    }

    /// Pixels along one side of the picture that its tasks draw, if they draw one.
    fn picture_side(&self) -> Option<u32> {
        None
    }

    /// The task that panics on purpose, if one does.
    fn panics_at(&self) -> Option<u32> {
        None
    }
}

/// What its parameters answer for before, and to whoever says what was run. It is apart because a lab has no use for it: what lies
/// behind one `dyn` is transferred as a whole.
pub(super) trait Parameters: Definition {
    /// The value of the parameter that [`Entry::size`] names.
    fn size(&self) -> Option<u64> {
        None
    }

    /// Sets it; what is too large for its type becomes the type's largest value.
    fn set_size(&mut self, _size: u64) {}

    /// Checks every parameter but the number of tasks, of which there is at least one.
    ///
    /// # Errors
    /// The first one that is out of range.
    fn check(&self) -> Result<(), OutOfRange>;

    /// The names in JSON of its parameters that are absent where they say nothing.
    fn may_lack(&self) -> &'static [&'static str] {
        &[]
    }

    /// Fetches these addresses instead, which it [can](Definition::urls).
    fn fetch(&mut self, _urls: Vec<Address>) {}

    /// How long each task waits, in milliseconds, wave by wave, as far as its parameters and the seed decide: its sleep, or
    /// the latency that the target draws for its request.
    fn waits_ms(&self, seed: u64) -> Vec<Vec<f64>> {
        let latency = self.model().map(|model| model.latency).unwrap_or_default();
        let wait_ms = |task: &Task| task.work.wait_ms(latency);
        let wave = self.waves(Setting { target: "/", seed }).next(&[]);
        wave.map(|wave| wave.iter().map(wait_ms).collect()).into_iter().collect()
    }

    /// The same, to be changed.
    fn model_mut(&mut self) -> Option<&mut Model> {
        None
    }

    /// What the files of a run take on the disk, in bytes.
    fn disk_bytes(&self) -> u64 {
        0
    }

    /// The tile of that picture that each task draws.
    fn tiles(&self) -> Vec<Tile> {
        Vec::new()
    }
}
