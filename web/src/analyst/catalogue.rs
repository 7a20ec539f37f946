//! What there is to choose from, written beforehand: the gallery needs no analyst.

use parlab_shared::chart;
use parlab_shared::experiment::{self, Experiment, Variant};
use parlab_shared::measure::option::RUN;
use parlab_shared::say::{GLOSSARY, Lesson, Marker, PATH, Term, Texts};
use parlab_shared::scale::Scale;
use parlab_shared::strategy::Platform;
use parlab_shared::workload::entries;

use super::setup;
use crate::views::{CatalogueView, ExperimentCard, GroupView, LessonView, TermView, WorkloadCard};

/// Pictures of ideas are of so many cores.
const CORES: u32 = 2;

/// Everything, as it is now, as JSON.
pub fn text() -> String {
    serde_json::to_string(&catalogue()).expect("texts can be written") + "\n"
}

fn catalogue() -> CatalogueView {
    let mut marker = Marker::default();
    let mut card = |experiment: &Experiment| {
        let rows = experiment.rows(Scale::Lab, Platform::Browser, Variant::Parlab);
        ExperimentCard {
            name: experiment.name.clone(),
            title: experiment.title.clone(),
            question: marker.mark(&Texts::planned(experiment, Scale::Lab, Platform::Browser).question),
            rows: rows.len() as u32,
            shared_rows: rows.iter().filter(|row| row.strategy.needs_shared_memory()).count() as u32,
            svg: chart::idea(experiment, CORES),
        }
    };
    let share_source = |last: &Experiment, next: &Experiment| {
        last.source.as_ref().map(|source| &source.document) == next.source.as_ref().map(|source| &source.document)
    };
    let mut group = |experiments: &[Experiment]| {
        let source = experiments[0].source.as_ref();
        GroupView {
            document: source.map(|source| source.document.clone()),
            title: source.map_or("Experiments of parlab".to_owned(), |source| source.title.clone()),
            experiments: experiments.iter().map(&mut card).collect(),
        }
    };
    let is_alone = |name: &str| experiment::find(name).is_some_and(|(_, named)| !named);
    let workloads = entries().iter().filter(|entry| is_alone(entry.name));
    CatalogueView {
        groups: experiment::experiments().chunk_by(share_source).map(&mut group).collect(),
        workloads: workloads
            .map(|entry| WorkloadCard { name: entry.name.to_owned(), about: entry.about.to_owned() })
            .collect(),
        scales: setup::form::scales(Some(Scale::default())),
        lessons: lessons(),
        glossary: GLOSSARY.iter().map(term).collect(),
    }
}

fn lessons() -> Vec<LessonView> {
    let mut marker = Marker::default();
    let lesson = |lesson: &Lesson| LessonView {
        experiment: lesson.experiment.to_owned(),
        title: experiment::find(lesson.experiment).map_or_else(String::new, |(found, _)| found.title.clone()),
        parameters: [(RUN, lesson.experiment)]
            .iter()
            .chain(lesson.options)
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
        idea: lesson.idea.to_owned(),
        about: marker.mark(lesson.about),
        question: marker.mark(lesson.question),
        answers: lesson.answers.iter().map(|answer| answer.text.to_owned()).collect(),
    };
    PATH.iter().map(lesson).collect()
}

fn term(term: &Term) -> TermView {
    let places = [("Natively", term.natively), ("In a browser", term.in_a_browser)];
    TermView {
        key: term.key(),
        word: term.word.to_owned(),
        about: term.about.to_owned(),
        places: places
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(place, text)| (place.to_owned(), text.to_owned()))
            .collect(),
    }
}

#[test]
fn the_catalogue_of_the_page_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/static/catalogue.json");
    let expected = text();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &expected).expect("written");
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(found == expected, "{path} is old: UPDATE_GOLDEN=1 cargo test -p parlab-web catalogue");
}
