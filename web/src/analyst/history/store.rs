//! Where the history is kept: bytes by name, in tables.

use std::fmt;

/// What is kept in tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// What each report is in a list: a [`Card`](crate::views::Card) as JSON, by the report's id.
    Cards,
    /// The reports, compressed, by their id.
    Reports,
    /// How recordings that are not over began, by their id.
    Recordings,
    /// What such recordings have so far, by their id, `/`, and a number of eight digits.
    Pieces,
}

impl Table {
    /// All of them.
    pub const ALL: [Table; 4] = [Table::Cards, Table::Reports, Table::Recordings, Table::Pieces];

    /// Its name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Table::Cards => "cards",
            Table::Reports => "reports",
            Table::Recordings => "recordings",
            Table::Pieces => "pieces",
        }
    }
}

/// A change of what is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Keep this under a name, in place of what was there.
    Put(Table, String, Vec<u8>),
    /// Forget what is under a name.
    Remove(Table, String),
    /// Forget all whose names begin like this.
    RemoveAll(Table, String),
}

/// Why something was not kept, or not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// There is no room for more.
    Full,
    /// The browser stores nothing for this page, for this reason.
    Blocked(String),
    /// Something else went wrong.
    Failed(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str(
                "the browser's storage is full: save the report as a file, or delete some of the history and run again",
            ),
            Self::Blocked(reason) => write!(
                f,
                "this browser stores nothing for this page ({reason}), as in a private window or where site data are blocked: \
                 save the report as a file"
            ),
            Self::Failed(reason) => write!(f, "the browser's storage failed ({reason}): save the report as a file"),
        }
    }
}

/// Bytes by name, in tables.
pub trait Store {
    /// What is kept under a name.
    async fn read(&self, table: Table, name: &str) -> Result<Option<Vec<u8>>, Trouble>;

    /// The next `most` of a table whose names come after one, in the order of names.
    async fn next(&self, table: Table, after: &str, most: u32) -> Result<Vec<(String, Vec<u8>)>, Trouble>;

    /// Makes all of these changes, or none.
    async fn write(&self, changes: Vec<Change>) -> Result<(), Trouble>;
}

#[cfg(test)]
pub mod fake {
    //! A store in memory, which is always ready.

    use std::cell::{Cell, RefCell};
    use std::collections::BTreeMap;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    /// A store with room for so many bytes.
    pub struct Shelf {
        /// How many.
        pub room: Cell<usize>,
        /// It gives and takes nothing.
        pub blocked: Cell<bool>,
        /// What is there.
        pub kept: RefCell<BTreeMap<(Table, String), Vec<u8>>>,
    }

    impl Shelf {
        /// An empty store.
        pub fn with_room(room: usize) -> Self {
            Self { room: Cell::new(room), blocked: Cell::new(false), kept: RefCell::default() }
        }

        /// How many names a table has.
        pub fn count(&self, table: Table) -> usize {
            self.kept.borrow().keys().filter(|(of, _)| *of == table).count()
        }

        fn open(&self) -> Result<(), Trouble> {
            if self.blocked.get() { Err(Trouble::Blocked("SecurityError".to_owned())) } else { Ok(()) }
        }
    }

    impl Store for Shelf {
        async fn read(&self, table: Table, name: &str) -> Result<Option<Vec<u8>>, Trouble> {
            self.open()?;
            Ok(self.kept.borrow().get(&(table, name.to_owned())).cloned())
        }

        async fn next(&self, table: Table, after: &str, most: u32) -> Result<Vec<(String, Vec<u8>)>, Trouble> {
            self.open()?;
            let kept = self.kept.borrow();
            let later = kept.iter().filter(|((of, name), _)| *of == table && name.as_str() > after);
            Ok(later.take(most as usize).map(|((_, name), bytes)| (name.clone(), bytes.clone())).collect())
        }

        async fn write(&self, changes: Vec<Change>) -> Result<(), Trouble> {
            self.open()?;
            let mut changed = self.kept.borrow().clone();
            for change in changes {
                match change {
                    Change::Put(table, name, bytes) => _ = changed.insert((table, name), bytes),
                    Change::Remove(table, name) => _ = changed.remove(&(table, name)),
                    Change::RemoveAll(table, start) => {
                        changed.retain(|(of, name), _| *of != table || !name.starts_with(&start));
                    }
                }
            }
            if changed.values().map(Vec::len).sum::<usize>() > self.room.get() {
                return Err(Trouble::Full);
            }
            self.kept.replace(changed);
            Ok(())
        }
    }

    /// What a future gives that need not wait.
    pub fn now<T>(future: impl Future<Output = T>) -> T {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => value,
            Poll::Pending => panic!("nobody waits here"),
        }
    }
}
