//! The address of a server: what may be spoken to.

use std::net::IpAddr;

use http::Uri;

use super::refused;
use crate::NodeError;

/// A server, and the path that was given with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) tls: bool,
    /// Name or address, without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// As in `Host`: with the port if one was given.
    pub(super) authority: String,
    pub(super) path: String,
}

impl Address {
    /// Reads an address. It is not shown in errors: it may hold a password.
    pub(super) fn of(url: &str) -> Result<Self, NodeError> {
        let bad = |problem: &str, expected: &str| refused("remote.url", problem, expected);
        let form = "an address such as `https://taxii.example.org/taxii2/`";
        let uri: Uri = url.trim().parse().map_err(|_| bad("the address cannot be read", form))?;
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(bad("the address has no scheme `https`", form)),
        };
        let authority = uri.authority().ok_or_else(|| bad("the address names no server", form))?;
        if authority.as_str().contains('@') {
            let expected = "an address without user and password: they are given apart from it, \
                            where nobody reads them by chance";
            return Err(bad("the address holds credentials", expected));
        }
        let host = authority.host().trim_matches(['[', ']']).to_ascii_lowercase();
        if host.is_empty() {
            return Err(bad("the address names no server", form));
        }
        if !tls && !is_this_machine(&host) {
            let expected = "`https://`: without TLS anybody on the way reads and changes what comes; \
                            `http://` is taken for this machine alone (`localhost`, `127.0.0.1`)";
            return Err(bad("the address is without TLS", expected));
        }
        let port = authority.port_u16().unwrap_or(if tls { 443 } else { 80 });
        let (authority, path) = (authority.as_str().to_ascii_lowercase(), uri.path().to_owned());
        Ok(Self { tls, host, port, authority, path })
    }

    /// The path and query of a redirect's target, if it is on this very server.
    pub(super) fn own_path(&self, target: &str) -> Option<String> {
        let path = if target.starts_with('/') && !target.starts_with("//") {
            target.to_owned()
        } else {
            let other = Self::of(target).ok()?;
            let same = (other.tls, &other.host, other.port) == (self.tls, &self.host, self.port);
            let uri: Uri = target.parse().ok().filter(|_| same)?;
            uri.path_and_query()?.as_str().to_owned()
        };
        path.bytes().all(|c| c.is_ascii_graphic() && c != b'\\').then_some(path)
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
