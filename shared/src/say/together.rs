//! What is said of rows held against each other: over a number, by their ways, by their workers. All of it holds together.

use super::crossing::{self, Crossing};
use super::gain::{self, Gain};
use super::held::{Held, judge_together};
use super::statement::Statement;
use super::ways::{self, Ways};
use crate::analysis::Analysis;

/// What is said of one report, or of a part of a pair.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    /// Over a number that rows differ in.
    pub crossings: Vec<Statement>,
    /// Of rows that differ in their ways only.
    pub ways: Vec<Statement>,
    /// Of what several workers gain or lose.
    pub gains: Vec<Statement>,
}

/// The same before it is judged.
struct Candidates<'s> {
    crossings: Vec<Crossing<'s>>,
    ways: Vec<Ways<'s>>,
    gains: Vec<Gain<'s>>,
}

impl<'s> Candidates<'s> {
    fn of(analysis: &'s Analysis<'s>) -> Self {
        Self {
            crossings: crossing::candidates(analysis),
            ways: ways::candidates(analysis),
            gains: gain::candidates(analysis),
        }
    }

    fn held(&mut self) -> impl Iterator<Item = &mut Held<'s>> {
        let crossings = self.crossings.iter_mut().flat_map(Crossing::held);
        let ways = self.ways.iter_mut().flat_map(|ways| &mut ways.held);
        crossings.chain(ways).chain(self.gains.iter_mut().flat_map(|gain| &mut gain.held))
    }

    fn told(self) -> Told {
        Told {
            crossings: self.crossings.iter().filter_map(Crossing::said).collect(),
            ways: ways::said(self.ways),
            gains: gain::said(self.gains),
        }
    }
}

/// What is said of each of some analyses, whose words hold together over all of them.
pub(super) fn told(parts: &[Analysis<'_>]) -> Vec<Told> {
    let mut candidates: Vec<Candidates<'_>> = parts.iter().map(Candidates::of).collect();
    judge_together(candidates.iter_mut().flat_map(Candidates::held));
    candidates.into_iter().map(Candidates::told).collect()
}
