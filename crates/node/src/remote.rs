//! The way to a TAXII server that is no partner's node: any host on the Internet or in our own
//! house, with the trust and the credentials that somebody gave for it (docs/design/client.md).
//!
//! What is not here on purpose: cookies, proxies, redirects to another server, HTTP without TLS to
//! anything but this machine, and a switch that turns the check of certificates off.

use std::fmt;

use enlace_taxii::Client;
use secrecy::SecretString;

use crate::NodeError;
use address::Address;
pub(crate) use wire::RemoteTransport;

mod address;
mod body;
#[cfg(test)]
mod tests;
mod trust;
mod wire;

/// A server and what it takes to speak to it.
#[derive(Clone)]
pub(crate) struct RemoteConfig {
    /// Any address on the server: `https://…`, or `http://` on this machine.
    pub(crate) url: String,
    /// Who we are there.
    pub(crate) credentials: Credentials,
    /// Certificates in PEM, one of which must have signed the server's. Without them and without a
    /// pin those that this machine trusts.
    pub(crate) ca: Option<String>,
    /// SHA-256 of the server's certificate, 64 hexadecimal digits, colons between them allowed.
    /// Alone it is all that is checked of the certificate; with `ca` both are.
    pub(crate) pin: Option<String>,
    /// Longest answer in bytes, also when it is unpacked.
    pub(crate) max_body: usize,
}

/// What is shown to a server.
#[derive(Clone, Default)]
pub enum Credentials {
    /// Nothing.
    #[default]
    None,
    /// `Authorization: Basic`.
    Basic {
        /// The user, without a colon.
        user: String,
        /// The password.
        password: SecretString,
    },
    /// `Authorization: Bearer …`.
    Bearer(SecretString),
    /// `Authorization: Token …`.
    Token(SecretString),
    /// A certificate in the TLS handshake.
    Certificate {
        /// The certificate and those that lead from it to its authority, PEM.
        certificates: String,
        /// Its private key, PEM.
        key: SecretString,
    },
}

impl Credentials {
    /// Name of the way, for lists.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic { .. } => "basic",
            Self::Bearer(_) => "bearer",
            Self::Token(_) => "token",
            Self::Certificate { .. } => "certificate",
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for RemoteConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the address: people put passwords into addresses, and then it is refused.
        f.debug_struct("RemoteConfig")
            .field("credentials", &self.credentials)
            .field("ca", &self.ca.is_some())
            .field("pin", &self.pin)
            .finish_non_exhaustive()
    }
}

/// Opens ways to servers.
#[derive(Debug)]
pub(crate) struct Remote;

impl Remote {
    /// A client of the server; nothing is sent yet.
    pub(crate) fn open(config: &RemoteConfig) -> Result<Client<RemoteTransport>, NodeError> {
        let address = Address::of(&config.url)?;
        let tls = match address.tls {
            true => Some(trust::client_config(config)?),
            false if matches!(config.credentials, Credentials::Certificate { .. }) => {
                let expected = "an `https://` address: a certificate is shown in TLS alone";
                return Err(refused("remote.credentials", "no TLS", expected));
            }
            false => None,
        };
        let (authority, plain) = (address.authority.clone(), !address.tls);
        let transport = RemoteTransport::new(address, tls, &config.credentials)?;
        let client =
            Client::new(transport).with_authority(authority).with_max_body(config.max_body);
        Ok(if plain { client.without_tls() } else { client })
    }

    /// The path of a server's address, where [`Client::locate`] begins.
    pub(crate) fn path(url: &str) -> Result<String, NodeError> {
        Ok(Address::of(url)?.path)
    }
}

fn refused(code: &'static str, problem: &str, expected: &str) -> NodeError {
    NodeError::input(code, problem, "the server's settings", expected)
}
