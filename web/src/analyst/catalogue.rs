//! What there is to choose from, written beforehand: the gallery needs no analyst.

use parlab_shared::chart;
use parlab_shared::experiment::{self, Experiment, Variant};
use parlab_shared::say::Texts;
use parlab_shared::scale::Scale;
use parlab_shared::strategy::Platform;
use parlab_shared::workload::ENTRIES;

use super::setup;
use crate::views::{CatalogueView, ExperimentCard, GroupView, WorkloadCard};

/// Pictures of ideas are of so many cores.
const CORES: u32 = 2;

/// Everything, as it is now.
fn catalogue() -> CatalogueView {
    let card = |experiment: &Experiment| {
        let rows = experiment.rows(Scale::Lab, Platform::Browser, Variant::Parlab);
        ExperimentCard {
            name: experiment.name.clone(),
            title: experiment.title.clone(),
            question: Texts::planned(experiment, Scale::Lab, Platform::Browser).question,
            rows: rows.len() as u32,
            shared_rows: rows.iter().filter(|row| row.strategy.needs_shared_memory()).count() as u32,
            svg: chart::idea(experiment, CORES),
        }
    };
    let share_source = |last: &Experiment, next: &Experiment| {
        last.source.as_ref().map(|source| &source.document) == next.source.as_ref().map(|source| &source.document)
    };
    let group = |experiments: &[Experiment]| {
        let source = experiments[0].source.as_ref();
        GroupView {
            document: source.map(|source| source.document.clone()),
            title: source.map_or("Experiments of parlab".to_owned(), |source| source.title.clone()),
            experiments: experiments.iter().map(card).collect(),
        }
    };
    let is_alone = |name: &str| experiment::find(name).is_some_and(|(_, named)| !named);
    let workloads = ENTRIES.iter().filter(|entry| is_alone(entry.name));
    CatalogueView {
        groups: experiment::experiments().chunk_by(share_source).map(group).collect(),
        workloads: workloads
            .map(|entry| WorkloadCard { name: entry.name.to_owned(), about: entry.about.to_owned() })
            .collect(),
        scales: setup::form::scales(Scale::default()),
    }
}

#[test]
fn the_catalogue_of_the_page_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/static/catalogue.json");
    let expected = serde_json::to_string(&catalogue()).expect("written") + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &expected).expect("written");
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(found == expected, "{path} is old: UPDATE_GOLDEN=1 cargo test -p parlab-web catalogue");
}
