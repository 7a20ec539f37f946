//! From where a server can be reached.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

use sysinfo::Networks;

/// The addresses at which other machines reach a server that listens at this one: none, if it listens on loopback. The first is
/// that of the network that this machine is in, where that can be told: others may be of containers and of tunnels.
pub fn from_elsewhere(listen: SocketAddr) -> Vec<SocketAddr> {
    let networks = Networks::new_with_refreshed_list().ok();
    let all = networks.iter().flat_map(|networks| networks.values()).flat_map(|network| network.ip_networks());
    let mut found = reaching(listen, all.map(|network| network.addr));
    let outward = outward();
    // A stable order: all others stay as they are.
    found.sort_by_key(|address| Some(address.ip()) != outward);
    found
}

/// The address that what this machine sends to others comes from. Nothing is sent: the system only looks where it would go.
fn outward() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    // An address of documentation, which nobody has (RFC 5737).
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// Those of a machine's addresses that lead to a server that listens at `listen`.
fn reaching(listen: SocketAddr, own: impl Iterator<Item = IpAddr>) -> Vec<SocketAddr> {
    let of_link = |ip: &IpAddr| match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    // One that listens at no address of IPv6 in particular listens at those of IPv4, too.
    let is_heard = |ip: &IpAddr| listen.is_ipv6() || ip.is_ipv4();
    let mut found: Vec<IpAddr> = match listen.ip() {
        ip if ip.is_loopback() => Vec::new(),
        ip if ip.is_unspecified() => own.filter(|ip| !ip.is_loopback() && !of_link(ip) && is_heard(ip)).collect(),
        ip => vec![ip],
    };
    found.sort_unstable();
    found.dedup();
    found.into_iter().map(|ip| SocketAddr::new(ip, listen.port())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_other_machines_lead_to_who_listens_at_all() {
        let own = ["127.0.0.1", "192.168.0.7", "fe80::1", "fd00::7", "::1", "192.168.0.7"];
        let check = |listen: &str, expected: &[&str]| {
            let own = own.iter().map(|ip| ip.parse().expect("an address"));
            let found = reaching(listen.parse().expect("an address"), own);
            assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), expected, "{listen}");
        };
        check("127.0.0.1:80", &[]);
        check("[::1]:80", &[]);
        check("0.0.0.0:8510", &["192.168.0.7:8510"]);
        check("[::]:8510", &["192.168.0.7:8510", "[fd00::7]:8510"]);
        check("192.168.0.7:8510", &["192.168.0.7:8510"]);
    }
}
