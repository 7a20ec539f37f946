//! The words that an experiment's texts need, each in two plain sentences, with what it is natively and in a browser.

use std::collections::BTreeSet;

/// Where a word of the glossary stands in a text: before and after what stands for it.
pub const MARK: char = '\u{1f}';
/// Between the key of a term, the word as it stands in the text, and the punctuation behind it.
pub const OF: char = '\u{1e}';

/// A word that is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// The word.
    pub word: &'static str,
    /// How it stands in texts where it is marked, in small letters but for names: not as a word of everyday language.
    pub forms: &'static [&'static str],
    /// What it is, in two sentences.
    pub about: &'static str,
    /// What it is natively; empty where it is the same everywhere.
    pub natively: &'static str,
    /// What it is in a browser; empty where it is the same everywhere.
    pub in_a_browser: &'static str,
}

impl Term {
    /// What scripts know it by: `event-loop`.
    pub fn key(&self) -> String {
        self.word.to_lowercase().replace(' ', "-")
    }

    /// The places in a text where it first stands, as a word of its own.
    fn find(&self, text: &str) -> Option<(usize, usize)> {
        let found = self.forms.iter().filter_map(|form| find(text, form).map(|at| (at, at + form.len())));
        // Of several forms at one place the longest is meant.
        found.min_by_key(|(from, to)| (*from, usize::MAX - to))
    }
}

/// Where a word first stands in a text by itself; a sentence may begin with it.
fn find(text: &str, word: &str) -> Option<usize> {
    let is_apart = |letter: Option<char>| letter.is_none_or(|letter| !letter.is_alphanumeric() && letter != MARK);
    let capital = word.get(..1)?.to_uppercase() + word.get(1..)?;
    let begins = |at: usize| at == 0 || text[..at].ends_with([' ']) && text[..at].trim_end().ends_with(['.', ':', '?']);
    let alone =
        |at: &usize| is_apart(text[..*at].chars().next_back()) && is_apart(text[at + word.len()..].chars().next());
    let small = text.match_indices(word).map(|(at, _)| at).find(alone);
    let large = text.match_indices(&*capital).map(|(at, _)| at).find(|at| begins(*at) && alone(at));
    small.into_iter().chain(large).min()
}

/// Marks words of the glossary in the texts of a view, each where it first stands.
#[derive(Debug, Default)]
pub struct Marker(BTreeSet<&'static str>);

impl Marker {
    /// A text with its marks: `Do ⟨thread⟩threads…`.
    pub fn mark(&mut self, text: &str) -> String {
        let mut marks: Vec<(usize, usize, &Term)> = Vec::new();
        let mut terms: Vec<&'static Term> = GLOSSARY.iter().filter(|term| !self.0.contains(term.word)).collect();
        // What several words stand for together is no one of them.
        terms.sort_by_key(|term| std::cmp::Reverse(term.forms.iter().map(|form| form.len()).max()));
        for term in terms {
            let is_free = |(from, to): &(usize, usize)| marks.iter().all(|mark| *to <= mark.0 || mark.1 <= *from);
            if let Some((from, to)) = term.find(text).filter(is_free) {
                marks.push((from, to, term));
                self.0.insert(term.word);
            }
        }
        marks.sort_by_key(|mark| mark.0);
        let (mut marked, mut at) = (String::with_capacity(text.len()), 0);
        for (from, to, term) in marks {
            // Nothing is left to begin a line with.
            let behind = text[to..].find(|letter: char| !".,:;?!)".contains(letter)).unwrap_or(text.len() - to);
            let (word, punctuation) = text[from..to + behind].split_at(to - from);
            marked += &format!("{}{MARK}{}{OF}{word}{OF}{punctuation}{MARK}", &text[at..from], term.key());
            at = to + behind;
        }
        marked + &text[at..]
    }
}

/// All terms, in the order in which one builds on another.
pub const GLOSSARY: &[Term] = &[
    Term {
        word: "task",
        forms: &["task", "tasks"],
        about: "A piece of work that one worker does from its beginning to its end. A run has many of them, and they are what \
                workers share.",
        natively: "",
        in_a_browser: "",
    },
    Term {
        word: "worker",
        forms: &["worker", "workers"],
        about: "Whoever takes tasks and does them, one after another. With several workers, several tasks are under way at once.",
        natively: "A thread or a process.",
        in_a_browser: "A Web Worker: a thread with an event loop of its own, beside the page.",
    },
    Term {
        word: "thread",
        forms: &["thread", "threads"],
        about: "A line of work that a processor's core can follow while other cores follow others. All threads of a program see \
                the same memory.",
        natively: "A thread of the operating system.",
        in_a_browser: "A Web Worker whose WebAssembly memory is shared with the others.",
    },
    Term {
        word: "process",
        forms: &["process", "processes"],
        about: "A program that runs, with a memory that no other process sees. Processes work together by sending messages.",
        natively: "A child process of parlab, which gets its tasks through a pipe.",
        in_a_browser: "An isolated worker, the nearest thing that there is.",
    },
    Term {
        word: "isolated worker",
        forms: &["isolated worker", "isolated workers"],
        about: "The browser's nearest to a process: a Web Worker with a memory of its own. All that it shares with others goes \
                through messages.",
        natively: "A child process stands in its place.",
        in_a_browser: "All of them live in one process of the system, so that they are isolated less than processes.",
    },
    Term {
        word: "event loop",
        forms: &["event loop", "event loops"],
        about: "One thread that starts many tasks that wait, and goes on with whichever has its answer first. It gains while \
                tasks wait, and nothing while they compute.",
        natively: "tokio's, on one thread.",
        in_a_browser: "The browser's own, in one Web Worker.",
    },
    Term {
        word: "GIL",
        forms: &["GIL", "global lock"],
        about: "A lock that lets one thread of a Python program compute at a time. Threads that wait do not hold it, so that they \
                gain; threads that compute do not.",
        natively: "Only Python has it; native code has none, unless it is asked for.",
        in_a_browser: "There is none, unless it is asked for.",
    },
    Term {
        word: "lock",
        forms: &["lock", "locks"],
        about: "What a worker holds while it changes something that others change, too. Whoever wants it meanwhile waits for \
                its turn.",
        natively: "",
        in_a_browser: "",
    },
    Term {
        word: "pool",
        forms: &["pool", "pools"],
        about: "Workers that are made once and take one task after another. The other way is to make a new worker for each task.",
        natively: "",
        in_a_browser: "",
    },
    Term {
        word: "core",
        forms: &["core", "cores"],
        about: "The part of a processor that computes: a machine with two cores computes two things at once. More workers than \
                cores take turns.",
        natively: "Those that the system names; where a quota holds, less of their time.",
        in_a_browser: "A browser names a number of cores, which may be more than it gives.",
    },
    Term {
        word: "strategy",
        forms: &["strategy", "strategies"],
        about: "How tasks are spread: one after another, over threads, over processes, or on an event loop. The work itself is the \
                same in all of them.",
        natively: "",
        in_a_browser: "",
    },
    Term {
        word: "run",
        forms: &[],
        about: "All tasks of a row, done once and timed. Runs are repeated, because no two take the same time.",
        natively: "",
        in_a_browser: "",
    },
    Term {
        word: "wall time",
        forms: &["wall time", "wall times"],
        about: "The time that a clock on the wall shows, from handing over the first task until the last result is back. It is \
                what one waits for, whoever computed meanwhile.",
        natively: "",
        in_a_browser: "",
    },
    Term {
        word: "speed-up",
        forms: &["speed-up", "speed-ups"],
        about: "How many times as fast as one task after another. Two workers that each do half of the work have a speed-up of 2.",
        natively: "",
        in_a_browser: "",
    },
    Term {
        word: "baseline",
        forms: &["baseline", "baselines"],
        about: "The row that others are compared with: one worker that does one task after another. A speed-up says how many \
                times as fast a row is.",
        natively: "",
        in_a_browser: "",
    },
    Term {
        word: "median",
        forms: &["median", "medians"],
        about: "The middle one of several times: half of them are shorter. One slow run does not change it.",
        natively: "",
        in_a_browser: "",
    },
    Term {
        word: "interval",
        forms: &["interval", "intervals"],
        about: "Where the true value lies, as far as these runs tell: of 100 such intervals about 95 hold it. If it holds 1, no \
                difference is shown.",
        natively: "",
        in_a_browser: "",
    },
    Term {
        word: "queued",
        forms: &["queued"],
        about: "A task is queued from when it could be taken until a worker takes it. It waits for nothing else than a worker.",
        natively: "",
        in_a_browser: "",
    },
    Term {
        word: "waiting",
        forms: &[],
        about: "What a task does while something else has to answer: a server, a disk, a clock. It needs no core meanwhile.",
        natively: "",
        in_a_browser: "",
    },
    Term {
        word: "checksum",
        forms: &["checksum", "checksums"],
        about: "A short number made from a result. Equal checksums on all platforms show that they did the same work.",
        natively: "",
        in_a_browser: "",
    },
    Term {
        word: "WebAssembly",
        forms: &["WebAssembly"],
        about: "Code for a small machine that every browser has inside. parlab's work is compiled to it from the same source as \
                the native program.",
        natively: "Not used: the work is compiled for the processor itself.",
        in_a_browser: "The browser turns it into code for the processor.",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_explained_once_in_two_sentences() {
        let (mut words, mut forms) = (BTreeSet::new(), BTreeSet::new());
        for term in GLOSSARY {
            let sentences = term.about.matches(['.', '?']).count();
            assert_eq!(sentences, 2, "{}", term.about);
            assert!(
                term.about.ends_with('.') && term.natively.is_empty() == term.in_a_browser.is_empty(),
                "{}",
                term.word
            );
            assert!(words.insert(term.key()), "{} twice", term.word);
            for form in term.forms {
                assert!(forms.insert(form.to_lowercase()), "{form} twice");
            }
        }
    }

    #[test]
    fn words_are_marked_where_they_first_stand() {
        let check = |text: &str, expected: &str| {
            let marked = Marker::default().mark(text);
            assert_eq!(marked.replace(MARK, "|").replace(OF, "="), expected);
        };
        check("Do threads gain? Threads do.", "Do |thread=threads=| gain? Threads do.");
        check("Threads or a processor", "|thread=Threads=| or a processor");
        check("It ends: threads do", "It ends: |thread=threads=| do");
        check("In it Pool.map has a pool", "In it Pool.map has a |pool=pool=|");
        check("An isolated worker and a worker", "An |isolated-worker=isolated worker=| and a worker");
        check("Its global lock and a lock", "Its |gil=global lock=| and a lock");
        check("multithreading, event loops", "multithreading, |event-loop=event loops=|");
        check("(no thread), a task.", "(no |thread=thread=),| a |task=task=.|");
        check("ü", "ü");
        let mut marker = Marker::default();
        assert_ne!(marker.mark("a task"), "a task");
        assert_eq!(marker.mark("a task"), "a task", "once is enough");
    }
}
