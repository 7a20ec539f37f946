//! How the connections of a target end when a run is over, as the target sees it.

use std::fs;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::http::Room;

/// How long connections that their clients have ended may stay open.
pub const SETTLE: Duration = Duration::from_secs(5);
/// How often it looks whether connections are open.
const LOOK: Duration = Duration::from_millis(1);

/// How a target stands after a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// Connections that found no room since the last time.
    pub waited: usize,
    /// Connections that the system turned away since then, because too many waited to be accepted. They come again a
    /// second later, or later still.
    pub turned_away: u64,
}

/// How the connections of a target end.
#[derive(Debug)]
pub struct Settling {
    rooms: Vec<Room>,
    turned_away: u64,
}

impl Settling {
    /// Of the connections in these rooms.
    pub fn of(rooms: Vec<Room>) -> Self {
        Self { rooms, turned_away: turned_away() }
    }

    /// Waits until no connection is open any more, but not for longer than a few seconds, and says how it went since the
    /// last time.
    pub async fn wait(&mut self) -> Settled {
        let until = Instant::now() + SETTLE;
        while self.rooms.iter().any(|room| room.open() > 0) && Instant::now() < until {
            tokio::time::sleep(LOOK).await;
        }
        let before = std::mem::replace(&mut self.turned_away, turned_away());
        let waited = self.rooms.iter().map(Room::take_waited).sum();
        Settled { waited, turned_away: self.turned_away.saturating_sub(before) }
    }
}

/// Connections that were turned away on this machine since it was started, whoever they were for, where the system tells
/// (`ListenOverflows`, <https://docs.kernel.org/networking/snmp_counter.html>).
fn turned_away() -> u64 {
    fs::read_to_string("/proc/net/netstat").ok().and_then(|text| overflows(&text)).unwrap_or(0)
}

/// The counter in a table whose lines come in twos: names, then numbers.
fn overflows(netstat: &str) -> Option<u64> {
    let mut lines = netstat.lines().filter(|line| line.starts_with("TcpExt:"));
    let place = lines.next()?.split_whitespace().position(|name| name == "ListenOverflows")?;
    lines.next()?.split_whitespace().nth(place)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_counter_is_found() {
        let netstat =
            "TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 1 22 333\nIpExt: InOctets\nIpExt: 5\n";
        assert_eq!(overflows(netstat), Some(22));
        assert_eq!(overflows("IpExt: InOctets\nIpExt: 5\n"), None);
    }
}
