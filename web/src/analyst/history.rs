//! The history: reports that are kept in the browser, with a card each.
//!
//! What is read there may be anything: another version's, damaged, or somebody's joke. It is bounded and checked as files
//! are. Nothing that is kept goes before something new is written, and nothing goes by itself at all.

#[cfg(target_arch = "wasm32")]
pub mod database;
mod file;
pub mod packed;
pub mod store;
pub mod trend;

use parlab_shared::number::Counted;
use parlab_shared::report::{Report, load_json};

use self::packed::{pack, unpack};
use self::store::{Change, Store, Table, Trouble};
use super::card::{card, id, json};
use crate::views::Card;

/// More reports than this are not listed.
const LISTED_MAX: usize = 10_000;
/// So many cards are read at a time.
const AT_A_TIME: u32 = 100;
/// A card that has more bytes than this is none of ours.
const CARD_BYTES_MAX: usize = 20_000;
/// When so many cards could not be read, no more are looked for.
const DAMAGED_MAX: usize = 1000;
/// A text on a card has no more bytes than this.
const TEXT_BYTES_MAX: usize = 2_000;
/// More runs than this no plan has.
const RUNS_MAX: usize = 1_000_000;
/// A name has no more characters than this.
pub const NAME_MAX: usize = 200;
/// A report has no more bytes than this as JSON, as for the command line.
pub const REPORT_BYTES_MAX: u64 = 500_000_000;

/// What the history is kept in.
#[derive(Debug)]
pub struct History<S>(pub S);

/// What is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// The reports that can be read, newest first.
    pub cards: Vec<Card>,
    /// What cannot, in a sentence each.
    pub notes: Vec<String>,
}

/// What came of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Imported {
    /// How many reports are new.
    pub new: usize,
    /// How many were there.
    pub known: usize,
    /// Why others are not.
    pub refused: Vec<String>,
}

impl<S: Store> History<S> {
    /// What is kept.
    ///
    /// # Errors
    /// Why that cannot be read.
    pub async fn kept(&self) -> Result<Kept, Trouble> {
        let (mut cards, mut damaged, mut more) = (Vec::new(), 0_usize, false);
        let mut after = String::new();
        loop {
            let some = self.0.next(Table::Cards, &after, AT_A_TIME).await?;
            let Some((last, _)) = some.last() else { break };
            after.clone_from(last);
            for (id, bytes) in some {
                match read_card(&id, &bytes) {
                    Some(card) => cards.push(card),
                    None => damaged += 1,
                }
            }
            if cards.len() >= LISTED_MAX || damaged >= DAMAGED_MAX {
                more = true;
                break;
            }
        }
        // RFC 3339 in one time zone, as the page writes it, is in order as text.
        cards.sort_by(|card: &Card, next| (&next.created, &next.id).cmp(&(&card.created, &card.id)));
        cards.truncate(LISTED_MAX);
        let mut notes = Vec::new();
        if damaged > 0 {
            notes.push(format!(
                "{} of the history cannot be read and {} not listed: \"Remove all data\" removes {}, too.",
                Counted(damaged as u64, "report"),
                if damaged == 1 { "is" } else { "are" },
                if damaged == 1 { "it" } else { "them" },
            ));
        }
        if more {
            notes.push("The history has more reports than are listed: delete some to see others.".to_owned());
        }
        Ok(Kept { cards, notes })
    }

    /// Keeps what one file holds, in one go with other changes. What was kept under its id is replaced, but for its name.
    ///
    /// # Errors
    /// Why it is not kept; what was kept before still is.
    pub async fn keep(&self, reports: &[Report], others: Vec<Change>) -> Result<Card, Trouble> {
        let mut card = card(reports).ok_or_else(|| Trouble::Failed("there is nothing to keep".to_owned()))?;
        card.name = self.card(&card.id).await?.and_then(|known| known.name);
        self.put(card, &json(reports), others).await
    }

    async fn put(&self, mut card: Card, json: &str, mut changes: Vec<Change>) -> Result<Card, Trouble> {
        if card.id.len() > TEXT_BYTES_MAX {
            return Err(Trouble::Failed(format!(
                "its id has {} bytes, and ids have {TEXT_BYTES_MAX} at most",
                card.id.len()
            )));
        }
        let packed = pack(json);
        card.bytes = Some(packed.len() as u64);
        changes.push(Change::Put(Table::Reports, card.id.clone(), packed));
        changes.push(put_card(&card));
        self.0.write(changes).await?;
        Ok(card)
    }

    /// The card of a report, if it is kept and can be read.
    ///
    /// # Errors
    /// Why it cannot be looked for.
    pub async fn card(&self, id: &str) -> Result<Option<Card>, Trouble> {
        let bytes = self.0.read(Table::Cards, id).await?;
        Ok(bytes.and_then(|bytes| read_card(id, &bytes)))
    }

    /// A report that is kept, or the parts of a pair.
    ///
    /// # Errors
    /// Why it is not to be had.
    pub async fn load(&self, id: &str) -> Result<Vec<Report>, String> {
        let json = self.json(id).await?;
        let reports = load_json(&json).map_err(|error| format!("The kept report {id:?} {error}."))?;
        match reports.first() {
            Some(first) if self::id(first) == id => Ok(reports),
            _ => Err(format!("The kept report {id:?} is damaged: it says that it is another one.")),
        }
    }

    /// The same as JSON.
    async fn json(&self, id: &str) -> Result<String, String> {
        let packed = self.0.read(Table::Reports, id).await;
        let packed = packed.map_err(|trouble| format!("The kept report {id:?} cannot be read: {trouble}."))?;
        let packed = packed.ok_or_else(|| {
            format!("The report {id:?} is no longer in the history: perhaps it was deleted in another tab.")
        })?;
        unpack(&packed, REPORT_BYTES_MAX).map_err(|reason| format!("The kept report {id:?} {reason}."))
    }

    /// Calls a report something; nothing takes its name away.
    ///
    /// # Errors
    /// Why it is not called that.
    pub async fn rename(&self, id: &str, name: Option<&str>) -> Result<(), String> {
        let name = name.map(str::trim).filter(|name| !name.is_empty());
        if let Some(length) = name.map(|name| name.chars().count()).filter(|length| *length > NAME_MAX) {
            return Err(format!("The name has {length} characters, and names have {NAME_MAX} at most."));
        }
        let trouble = |trouble: Trouble| format!("The report is not renamed: {trouble}.");
        let card = self.card(id).await.map_err(trouble)?;
        let card = card.ok_or_else(|| format!("The report {id:?} is no longer in the history."))?;
        let card = Card { name: name.map(parlab_shared::text::one_line), ..card };
        self.0.write(vec![put_card(&card)]).await.map_err(trouble)
    }

    /// Forgets reports.
    ///
    /// # Errors
    /// Why they are not forgotten.
    pub async fn delete(&self, ids: &[String]) -> Result<(), Trouble> {
        let tables = [Table::Cards, Table::Reports];
        let changes = ids.iter().flat_map(|id| tables.map(|table| Change::Remove(table, id.clone())));
        self.0.write(changes.collect()).await
    }

    /// Forgets everything.
    ///
    /// # Errors
    /// Why it is not forgotten.
    pub async fn clear(&self) -> Result<(), Trouble> {
        self.0.write(Table::ALL.map(|table| Change::RemoveAll(table, String::new())).into()).await
    }

    /// All that is kept as a JSON array of report files, a line each, in pieces; and what is not in it, in sentences.
    ///
    /// # Errors
    /// Why nothing can be read.
    pub async fn export(&self, mut piece: impl FnMut(&str)) -> Result<Vec<String>, Trouble> {
        let Kept { cards, mut notes } = self.kept().await?;
        piece("[");
        let mut between = "\n";
        for card in cards {
            match self.json(&card.id).await {
                Ok(json) => {
                    piece(between);
                    piece(&file::named(&json, card.name.as_deref()));
                    between = ",\n";
                }
                Err(reason) => notes.push(reason),
            }
        }
        piece("\n]\n");
        Ok(notes)
    }

    /// Keeps all that a file holds: a report, a pair, or an array of such files. What is there already is left as it is.
    ///
    /// # Errors
    /// Why nothing of it is kept.
    pub async fn import(&self, bytes: &[u8]) -> Result<Imported, String> {
        let text = parlab_shared::report::decode(bytes).map_err(|error| error.to_string())?;
        let mut imported = Imported::default();
        let files = parlab_shared::report::each(&text).map_err(|error| error.to_string())?;
        for (place, json) in files.into_iter().enumerate() {
            let refuse = |reason: &str| format!("report {} of the file {reason}", place + 1);
            let (reports, name) = match file::read(json) {
                Ok(read) => read,
                Err(reason) => {
                    imported.refused.push(refuse(&reason));
                    continue;
                }
            };
            match self.take(&reports, name).await {
                Ok(true) => imported.new += 1,
                Ok(false) => imported.known += 1,
                Err(reason) => imported.refused.push(refuse(&reason)),
            }
        }
        Ok(imported)
    }

    /// Keeps what one file holds, if it is new.
    async fn take(&self, reports: &[Report], name: Option<String>) -> Result<bool, String> {
        let card = card(reports).ok_or("is empty")?;
        let json = json(reports);
        // What is damaged here makes room for what is whole.
        if let Ok(known) = self.json(&card.id).await
            && load_json(&known).is_ok()
        {
            let other = "has the id of another one that is kept: delete that first, if this is the one to keep";
            return if known == json { Ok(false) } else { Err(other.to_owned()) };
        }
        let name = name.map(|name| name.chars().take(NAME_MAX).collect());
        let kept = self.put(Card { name, ..card }, &json, Vec::new()).await;
        kept.map(|_| true).map_err(|trouble| format!("is not kept: {trouble}"))
    }
}

fn put_card(card: &Card) -> Change {
    let json = serde_json::to_vec(card).expect("cards have only text keys");
    Change::Put(Table::Cards, card.id.clone(), json)
}

/// A card, if it is one that can be shown.
fn read_card(id: &str, bytes: &[u8]) -> Option<Card> {
    if bytes.len() > CARD_BYTES_MAX {
        return None;
    }
    let card: Card = serde_json::from_slice(bytes).ok()?;
    let fits = {
        let texts = [&card.id, &card.title, &card.run, &card.created];
        let mut texts =
            texts.into_iter().chain(&card.name).chain(&card.experiment).chain(&card.machines).chain(&card.parts);
        texts.all(|text| text.len() <= TEXT_BYTES_MAX) && card.runs <= RUNS_MAX
    };
    (fits && card.id == id && card.bytes.is_some()).then_some(card)
}

#[cfg(test)]
mod tests;
