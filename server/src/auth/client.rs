//! Where a request comes from.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::http::{Extensions, HeaderMap};
use domain::accounts::Client;

use crate::AppState;

/// The other end of the connection; set by [`http`](crate::http) for each.
#[derive(Debug, Clone, Copy)]
pub struct PeerAddr(pub SocketAddr);

/// The address a request really comes from and what it calls itself; set by the outermost middleware.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    pub(crate) ip: IpAddr,
    pub(crate) user_agent: Option<String>,
}

impl Origin {
    /// The peer; behind a trusted proxy, the last address in `X-Forwarded-For` that is not a trusted proxy's.
    pub(crate) fn of(headers: &HeaderMap, peer: Option<PeerAddr>, trusted: &[IpAddr]) -> Self {
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip().to_canonical());
        let ip = if trusted.contains(&peer) {
            forwarded(headers, trusted).unwrap_or(peer)
        } else {
            peer
        };
        let user_agent = headers
            .get("user-agent")
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        Self { ip, user_agent }
    }
}

fn forwarded(headers: &HeaderMap, trusted: &[IpAddr]) -> Option<IpAddr> {
    let lists: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    // From the right: what stands further left was written by somebody further away, and can be made up.
    lists
        .iter()
        .rev()
        .flat_map(|list| list.rsplit(','))
        .map_while(|entry| entry.trim().parse::<IpAddr>().ok())
        .map(|ip| ip.to_canonical())
        .find(|ip| !trusted.contains(ip))
}

/// Who to name in sessions, limits and the audit log.
pub trait ClientOf {
    /// The client of the request with these extensions.
    fn client(&self, state: &AppState) -> Client;
}

impl ClientOf for Extensions {
    fn client(&self, state: &AppState) -> Client {
        let now = state.core.clock.now();
        match self.get::<Origin>() {
            Some(origin) => Client::remote(origin.ip, origin.user_agent.as_deref(), now),
            None => Client::remote(IpAddr::V4(Ipv4Addr::UNSPECIFIED), None, now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forwarded_addresses_count_only_behind_a_trusted_proxy() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let peer = |text: &str| Some(PeerAddr(SocketAddr::new(ip(text), 1)));
        let trusted = [ip("10.0.0.1"), ip("10.0.0.2")];
        for (from, header, expected) in [
            ("10.0.0.1", "203.0.113.7", "203.0.113.7"),
            ("10.0.0.1", "1.1.1.1, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
            ("10.0.0.1", "1.1.1.1, nonsense", "10.0.0.1"),
            ("10.0.0.1", "", "10.0.0.1"),
            ("203.0.113.9", "1.1.1.1", "203.0.113.9"),
        ] {
            let headers: HeaderMap = [("x-forwarded-for".parse().unwrap(), header.parse().unwrap())]
                .into_iter()
                .collect();
            assert_eq!(
                Origin::of(&headers, peer(from), &trusted).ip,
                ip(expected),
                "{from} {header}"
            );
        }
    }
}
