//! The words that an experiment's texts need, each in two plain sentences, with what it is natively and in a browser.

/// A word that is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// The word.
    pub word: &'static str,
    /// Other forms of it, as they stand in texts, in small letters: plurals, short forms.
    pub forms: &'static [&'static str],
    /// What it is, in two sentences.
    pub about: &'static str,
    /// What it is natively; empty where it is the same everywhere.
    pub natively: &'static str,
    /// What it is in a browser; empty where it is the same everywhere.
    pub in_a_browser: &'static str,
}

impl Term {
    /// Whether a word of a text is this one.
    pub fn is(&self, word: &str) -> bool {
        let word = word.to_lowercase();
        self.word.to_lowercase() == word || self.forms.contains(&word.as_str())
    }
}

/// All terms, in the order in which one builds on another.
pub const GLOSSARY: &[Term] = &[
    Term {
        word: "task",
        forms: &["tasks"],
        about: "A piece of work that one worker does from its beginning to its end. A run has many of them, and they are what \
                workers share.",
        natively: "",
        in_a_browser: "",
    },
    Term {
        word: "worker",
        forms: &["workers", "web worker", "web workers"],
        about: "Whoever takes tasks and does them, one after another. With several workers, several tasks are under way at once.",
        natively: "A thread or a process.",
        in_a_browser: "A Web Worker: a thread with an event loop of its own, beside the page.",
    },
    Term {
        word: "thread",
        forms: &["threads"],
        about: "A line of work that a processor's core can follow while other cores follow others. All threads of a program see \
                the same memory.",
        natively: "A thread of the operating system.",
        in_a_browser: "A Web Worker whose WebAssembly memory is shared with the others.",
    },
    Term {
        word: "process",
        forms: &["processes"],
        about: "A program that runs, with a memory that no other process sees. Processes work together by sending messages.",
        natively: "A child process of parlab, which gets its tasks through a pipe.",
        in_a_browser: "An isolated worker, the nearest thing there is: a Web Worker with its own memory, inside of one process.",
    },
    Term {
        word: "event loop",
        forms: &["event loops"],
        about: "One thread that starts many tasks that wait, and goes on with whichever has its answer first. It gains while \
                tasks wait, and nothing while they compute.",
        natively: "tokio's, on one thread.",
        in_a_browser: "The browser's own, in one Web Worker.",
    },
    Term {
        word: "GIL",
        forms: &["global interpreter lock", "interpreter lock"],
        about: "A lock that lets one thread of a Python program compute at a time. Threads that wait do not hold it, so that they \
                gain; threads that compute do not.",
        natively: "Only Python has it; native code has none.",
        in_a_browser: "There is none.",
    },
    Term {
        word: "core",
        forms: &["cores"],
        about: "The part of a processor that computes: a machine with two cores computes two things at once. More workers than \
                cores take turns.",
        natively: "Those that the system names; where a quota holds, less of their time.",
        in_a_browser: "A browser names a number of cores, which may be more than it gives.",
    },
    Term {
        word: "strategy",
        forms: &["strategies"],
        about: "How tasks are spread: one after another, over threads, over processes, or on an event loop. The work itself is the \
                same in all of them.",
        natively: "",
        in_a_browser: "",
    },
    Term {
        word: "run",
        forms: &["runs"],
        about: "All tasks of a row, done once and timed. Runs are repeated, because no two take the same time.",
        natively: "",
        in_a_browser: "",
    },
    Term {
        word: "wall time",
        forms: &["wall times"],
        about: "The time that a clock on the wall shows, from handing over the first task until the last result is back. It is \
                what one waits for, whoever computed meanwhile.",
        natively: "",
        in_a_browser: "",
    },
    Term {
        word: "speed-up",
        forms: &["speed-ups", "speedup"],
        about: "How many times as fast as one task after another. Two workers that each do half of the work have a speed-up of 2.",
        natively: "",
        in_a_browser: "",
    },
    Term {
        word: "median",
        forms: &["medians"],
        about: "The middle one of several times: half of them are shorter. One slow run does not change it.",
        natively: "",
        in_a_browser: "",
    },
    Term {
        word: "interval",
        forms: &["intervals", "confidence interval"],
        about: "Where the true value lies, as far as these runs tell: of 100 such intervals about 95 hold it. If it holds 1, no \
                difference is shown.",
        natively: "",
        in_a_browser: "",
    },
    Term {
        word: "queued",
        forms: &["queue"],
        about: "A task is queued from when it could be taken until a worker takes it. It waits for nothing else than a worker.",
        natively: "",
        in_a_browser: "",
    },
    Term {
        word: "waiting",
        forms: &["waits", "wait"],
        about: "What a task does while something else has to answer: a server, a disk, a clock. It needs no core meanwhile.",
        natively: "",
        in_a_browser: "",
    },
    Term {
        word: "checksum",
        forms: &["checksums"],
        about: "A short number made from a result. Equal checksums on all platforms show that they did the same work.",
        natively: "",
        in_a_browser: "",
    },
    Term {
        word: "WebAssembly",
        forms: &["wasm"],
        about: "Code for a small machine that every browser has inside. parlab's work is compiled to it from the same source as \
                the native program.",
        natively: "Not used: the work is compiled for the processor itself.",
        in_a_browser: "The browser turns it into code for the processor.",
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_word_is_explained_once_in_two_sentences() {
        let mut words = BTreeSet::new();
        for term in GLOSSARY {
            let sentences = term.about.matches(['.', '?']).count();
            assert_eq!(sentences, 2, "{}", term.about);
            assert!(
                term.about.ends_with('.') && term.natively.is_empty() == term.in_a_browser.is_empty(),
                "{}",
                term.word
            );
            for form in [term.word].iter().chain(term.forms) {
                assert!(words.insert(form.to_lowercase()), "{form} twice");
            }
        }
        let find = |word: &str| GLOSSARY.iter().find(|term| term.is(word)).map(|term| term.word);
        assert_eq!(
            (find("Threads"), find("gil"), find("wasm"), find("pixel")),
            (Some("thread"), Some("GIL"), Some("WebAssembly"), None)
        );
    }
}
