use std::collections::VecDeque;

use super::*;

/// Tabs of one browser, whose words reach all others at once, with its lock if it has any.
struct Browser {
    tabs: Vec<Tabs>,
    /// Those that queue for the lock; the first one has it.
    queue: VecDeque<usize>,
    /// Those that were told to begin, in order.
    begun: Vec<usize>,
    /// Those that wait to be woken.
    asleep: Vec<usize>,
}

impl Browser {
    fn new(ids: &[&str], has_locks: bool) -> Self {
        let tabs = ids.iter().map(|id| Tabs::new((*id).to_owned(), has_locks)).collect();
        Self { tabs, queue: VecDeque::new(), begun: Vec::new(), asleep: Vec::new() }
    }

    fn on(&mut self, tab: usize, input: Input) {
        let mut inputs = VecDeque::from([(tab, input)]);
        while let Some((tab, input)) = inputs.pop_front() {
            for effect in self.tabs[tab].on(input) {
                match effect {
                    Effect::Say(word) => {
                        let others = (0..self.tabs.len()).filter(|heard_in| *heard_in != tab);
                        inputs.extend(others.map(|heard_in| (heard_in, Input::Heard(word.clone()))));
                    }
                    Effect::Request => {
                        self.queue.push_back(tab);
                        if self.queue.len() == 1 {
                            inputs.push_back((tab, Input::Granted));
                        }
                    }
                    Effect::Release => {
                        let first = self.queue.front().copied();
                        self.queue.retain(|queued| *queued != tab);
                        if let Some(next) = self.queue.front().copied().filter(|next| Some(*next) != first) {
                            inputs.push_back((next, Input::Granted));
                        }
                    }
                    Effect::Go => self.begun.push(tab),
                    Effect::Wake(_) => {
                        self.asleep.retain(|asleep| *asleep != tab);
                        self.asleep.push(tab);
                    }
                }
            }
        }
    }

    fn want(&mut self, tab: usize) {
        self.on(tab, Input::Want(format!("plan {tab}")));
    }

    /// All wait as long as they asked for.
    fn wake(&mut self) {
        for tab in std::mem::take(&mut self.asleep) {
            self.on(tab, Input::Woken);
        }
    }

    fn notice(&self, tab: usize) -> String {
        self.tabs[tab].notice().unwrap_or_default()
    }
}

/// What holds with and without locks.
fn both(check: impl Fn(bool)) {
    [true, false].into_iter().for_each(check);
}

#[test]
fn a_tab_alone_measures_one_plan_after_another() {
    both(|has_locks| {
        let mut browser = Browser::new(&["a"], has_locks);
        for plan in 1..=3 {
            browser.want(0);
            browser.wake();
            assert_eq!(browser.begun.len(), plan);
            assert_eq!(browser.notice(0), "");
            browser.on(0, Input::Done);
        }
    });
}

#[test]
fn the_second_tab_waits_and_both_say_so() {
    both(|has_locks| {
        let mut browser = Browser::new(&["a", "b"], has_locks);
        browser.want(0);
        browser.wake();
        browser.want(1);
        browser.wake();
        browser.wake();
        assert_eq!(browser.begun, [0], "one at a time");
        assert!(
            browser.notice(1).starts_with("Another tab of this browser measures plan 0: plan 1 begins"),
            "{}",
            browser.notice(1)
        );
        assert_eq!(browser.notice(0), "Another tab of this browser waits for this one to be done.");
        browser.on(0, Input::Done);
        browser.wake();
        assert_eq!(browser.begun, [0, 1]);
        assert_eq!((browser.notice(0), browser.notice(1)), (String::new(), String::new()));
    });
}

#[test]
fn who_does_not_want_to_wait_does_not_begin_later() {
    both(|has_locks| {
        let mut browser = Browser::new(&["a", "b"], has_locks);
        browser.want(0);
        browser.wake();
        browser.want(1);
        browser.wake();
        browser.on(1, Input::Withdraw);
        assert_eq!((browser.notice(0), browser.notice(1)), (String::new(), String::new()));
        browser.on(0, Input::Done);
        browser.wake();
        assert_eq!(browser.begun, [0]);
        // And later it may.
        browser.want(1);
        browser.wake();
        assert_eq!(browser.begun, [0, 1]);
    });
}

#[test]
fn of_two_that_begin_at_once_one_does() {
    both(|has_locks| {
        for order in [[0, 1], [1, 0]] {
            let mut browser = Browser::new(&["a", "b"], has_locks);
            order.iter().for_each(|tab| browser.want(*tab));
            browser.wake();
            assert_eq!(browser.begun.len(), 1, "{order:?}");
            browser.wake();
            assert_eq!(browser.begun.len(), 1, "{order:?}");
            let first = browser.begun[0];
            browser.on(first, Input::Done);
            browser.wake();
            assert_eq!(browser.begun, [first, 1 - first], "{order:?}");
        }
    });
}

#[test]
fn three_tabs_take_turns() {
    both(|has_locks| {
        let mut browser = Browser::new(&["a", "b", "c"], has_locks);
        (0..3).for_each(|tab| browser.want(tab));
        for over in 1..=3 {
            (0..3).for_each(|_| browser.wake());
            assert_eq!(browser.begun.len(), over);
            browser.on(browser.begun[over - 1], Input::Done);
        }
        let mut begun = browser.begun.clone();
        begun.sort_unstable();
        assert_eq!(begun, [0, 1, 2]);
    });
}

#[test]
fn a_tab_that_was_closed_without_a_word_is_not_waited_for() {
    let mut browser = Browser::new(&["a", "b"], false);
    browser.want(0);
    browser.wake();
    browser.want(1);
    // It is gone: it hears nothing and answers nothing.
    browser.tabs[0] = Tabs::new("c".to_owned(), false);
    browser.wake();
    browser.wake();
    assert_eq!(browser.begun, [0, 1]);
}

#[test]
fn words_are_understood() {
    let [id, title] = ["an id", "cpu-heavy"].map(str::to_owned);
    for word in
        [Word::Wanting(id.clone()), Word::Withdrawn(id.clone()), Word::Measuring(id.clone(), title), Word::Done(id)]
    {
        let bytes = postcard::to_stdvec(&word).expect("written");
        assert_eq!(postcard::from_bytes::<Word>(&bytes).expect("read"), word);
    }
}
