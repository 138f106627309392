//! The socket a call goes through: on the address that leads to the other side.

use super::CallerError;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket as StdUdpSocket};
use tokio::net::UdpSocket;

/// Opens a socket on that address, or else on the one this machine would send from to the addresses
/// in the answer.
pub(super) fn open(bind: Option<IpAddr>, answer: &str) -> Result<UdpSocket, CallerError> {
    let from = match bind {
        Some(address) => address,
        None => towards(other_side(answer).ok_or(CallerError::NoAddress)?)
            .map_err(CallerError::Socket)?,
    };
    let nonblocking = |socket: StdUdpSocket| {
        socket.set_nonblocking(true)?;
        UdpSocket::from_std(socket)
    };
    StdUdpSocket::bind((from, 0))
        .and_then(nonblocking)
        .map_err(CallerError::Socket)
}

/// The address this machine sends from to another one. Nothing is sent to find out.
fn towards(other: SocketAddr) -> std::io::Result<IpAddr> {
    let any: IpAddr = match other {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = StdUdpSocket::bind((any, 0))?;
    socket.connect(other)?;
    Ok(socket.local_addr()?.ip())
}

/// Where the answer wants UDP sent to; version 4 before 6, which is more often half broken.
fn other_side(answer: &str) -> Option<SocketAddr> {
    let candidates = || {
        answer
            .lines()
            .filter_map(|line| line.trim_end().strip_prefix("a=candidate:"))
            .filter_map(udp_address)
    };
    candidates()
        .find(SocketAddr::is_ipv4)
        .or_else(|| candidates().next())
}

/// The address of a candidate, when it is one for UDP (RFC 8839, section 5.1).
fn udp_address(candidate: &str) -> Option<SocketAddr> {
    let mut parts = candidate.split(' ').skip(2);
    let transport = parts.next()?;
    let address: IpAddr = parts.nth(1)?.parse().ok()?;
    let port: u16 = parts.next()?.parse().ok()?;
    transport
        .eq_ignore_ascii_case("udp")
        .then(|| SocketAddr::new(address, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(candidates: &[&str], expected: Option<&str>) {
        let answer: String = candidates
            .iter()
            .map(|candidate| format!("a=candidate:{candidate}\r\n"))
            .collect();
        let expected = expected.map(|address| address.parse().unwrap());
        assert_eq!(other_side(&answer), expected, "{answer}");
    }

    #[test]
    fn the_other_side_is_the_first_address_that_takes_udp() {
        check(&[], None);
        let tcp = "2321888134 1 tcp 1671430143 198.51.100.7 443 typ host tcptype passive ufrag x";
        check(&[tcp], None);
        let udp = "1352698770 1 udp 2130706431 198.51.100.7 3478 typ host ufrag x";
        check(&[tcp, udp], Some("198.51.100.7:3478"));
        let six = "1 1 UDP 2130706431 2001:db8::7 3478 typ host";
        check(&[six], Some("[2001:db8::7]:3478"));
        check(&[six, udp], Some("198.51.100.7:3478"));
        check(&["1 1 udp 2130706431 0a1b.local 3478 typ host"], None);
    }

    #[test]
    fn this_machine_is_reached_from_this_machine() {
        let loopback: SocketAddr = "127.0.0.1:9".parse().unwrap();
        assert_eq!(towards(loopback).unwrap(), loopback.ip());
    }
}
