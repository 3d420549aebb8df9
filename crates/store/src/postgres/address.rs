//! The address of a server, and how the way to it is kept.
//!
//! A server on this machine is reached as it is. One elsewhere is asked over TLS alone, shows a
//! certificate of a root that the operator names, for the very name in the address, and gets
//! neither password nor question before. There is nothing in between: a connection that is only
//! encrypted goes to whoever answers first.

use std::fs;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::StoreError;

/// What `sslrootcert` says instead of a file: the roots that the operating system trusts.
const SYSTEM: &str = "system";

/// Where the server is, and what to show each other on the way.
pub(super) struct Address {
    pub(super) config: Config,
    /// Asked only where `config` requires TLS.
    pub(super) tls: MakeRustlsConnect,
}

impl Address {
    /// `postgres://USER@HOST/DATABASE` on this machine, also with the folder of a socket as host
    /// (`%2F` for `/`) and `options=-csearch_path=SCHEMA`; elsewhere with `sslmode=verify-full`,
    /// `sslrootcert=FILE` or `system`, and `sslcert=FILE&sslkey=FILE` where the server asks for it.
    pub(super) fn parse(url: &str) -> Result<Self, StoreError> {
        let (url, asked) = Asked::take(url)?;
        let mut config = Config::from_str(&url).map_err(|_| StoreError::Address)?;
        if config.get_ssl_mode() == SslMode::Require {
            return Err(StoreError::TlsMode);
        }
        let tls = match asked.mode.as_deref() {
            Some("verify-full") => {
                check_named(&config)?;
                config.ssl_mode(SslMode::Require);
                asked.client()?
            }
            None | Some("disable") => {
                check_near(&config)?;
                asked.check_nothing_to_show()?;
                config.ssl_mode(SslMode::Disable);
                builder()?.with_root_certificates(RootCertStore::empty()).with_no_client_auth()
            }
            Some(_) => return Err(StoreError::TlsMode),
        };
        Ok(Self { config, tls: MakeRustlsConnect::new(tls) })
    }
}

/// What an address says of TLS. The driver knows neither `verify-full` nor the names of files.
#[derive(Default)]
struct Asked {
    mode: Option<String>,
    roots: Option<String>,
    certificate: Option<String>,
    key: Option<String>,
}

impl Asked {
    /// Takes it out of an address.
    fn take(url: &str) -> Result<(String, Self), StoreError> {
        let mut asked = Self::default();
        // As the driver reads it, names and password end at the first `@`.
        let from = url.find('@').unwrap_or_default();
        let Some(at) = url.get(from..).and_then(|rest| rest.find('?')).map(|at| at + from) else {
            return Ok((url.to_owned(), asked));
        };
        let (place, query) = url.split_at(at);
        let mut rest = Vec::new();
        for pair in query.trim_start_matches('?').split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let known = match name {
                "sslmode" => &mut asked.mode,
                "sslrootcert" => &mut asked.roots,
                "sslcert" => &mut asked.certificate,
                "sslkey" => &mut asked.key,
                _ => {
                    rest.push(pair);
                    continue;
                }
            };
            let value = percent_decode_str(value).decode_utf8().map_err(|_| StoreError::Address)?;
            *known = Some(value.into_owned());
        }
        match rest.is_empty() {
            true => Ok((place.to_owned(), asked)),
            false => Ok((format!("{place}?{}", rest.join("&")), asked)),
        }
    }

    /// Whoever names a certificate means TLS: without it the name is not passed over.
    fn check_nothing_to_show(&self) -> Result<(), StoreError> {
        match (&self.roots, &self.certificate, &self.key) {
            (None, None, None) => Ok(()),
            _ => Err(StoreError::TlsMode),
        }
    }

    fn client(&self) -> Result<ClientConfig, StoreError> {
        let builder = builder()?.with_root_certificates(roots(self.roots.as_deref())?);
        let mut config = match (&self.certificate, &self.key) {
            (None, None) => builder.with_no_client_auth(),
            (Some(certificate), Some(file)) => builder
                .with_client_auth_cert(certificates("sslcert", certificate)?, key(file)?)
                .map_err(|_| unusable("sslkey", "is not the key of the certificate `sslcert`"))?,
            _ => return Err(unusable("sslkey", "and `sslcert` go together")),
        };
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(config)
    }
}

fn builder() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, StoreError> {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| StoreError::TlsMode)
}

/// The roots that are believed. Which ones is never guessed: any authority that the world trusts could
/// vouch for a name of the agency's own network.
fn roots(file: Option<&str>) -> Result<RootCertStore, StoreError> {
    let mut roots = RootCertStore::empty();
    match file {
        None => return Err(unusable("sslrootcert", "is missing")),
        Some(SYSTEM) => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        Some(file) => {
            for certificate in certificates("sslrootcert", file)? {
                let added = roots.add(certificate);
                added.map_err(|_| unusable("sslrootcert", "holds what is no root certificate"))?;
            }
        }
    }
    match roots.is_empty() {
        true => Err(unusable("sslrootcert", "names no root certificate")),
        false => Ok(roots),
    }
}

fn certificates(
    name: &'static str,
    file: &str,
) -> Result<Vec<CertificateDer<'static>>, StoreError> {
    let pem = read(name, file)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(unusable(name, "holds no certificate in PEM")),
    }
}

fn key(file: &str) -> Result<PrivateKeyDer<'static>, StoreError> {
    let open = fs::metadata(file).is_ok_and(|found| found.permissions().mode() & 0o077 != 0);
    if open {
        return Err(unusable("sslkey", "can be read by others than its owner"));
    }
    let pem = read("sslkey", file)?;
    PrivateKeyDer::from_pem_slice(&pem).map_err(|_| unusable("sslkey", "holds no key in PEM"))
}

fn read(name: &'static str, file: &str) -> Result<Vec<u8>, StoreError> {
    if !Path::new(file).is_absolute() {
        return Err(unusable(name, "is no absolute path"));
    }
    fs::read(file).map_err(StoreError::file("reading", Path::new(file)))
}

fn unusable(name: &'static str, problem: &'static str) -> StoreError {
    StoreError::TlsFile { name, problem }
}

/// Refuses a server on another machine: everything kept would go there in the clear.
fn check_near(config: &Config) -> Result<(), StoreError> {
    let near = |host: &Host| match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    let (hosts, addresses) = (config.get_hosts(), config.get_hostaddrs());
    // Addresses stand in for the names of hosts, which are then only names.
    let all_near = match addresses {
        [] if hosts.is_empty() => return Err(StoreError::Address),
        [] => hosts.iter().all(near),
        addresses => addresses.iter().all(IpAddr::is_loopback),
    };
    if all_near { Ok(()) } else { Err(StoreError::Remote) }
}

/// Refuses an address without a name that a certificate could bear.
fn check_named(config: &Config) -> Result<(), StoreError> {
    let hosts = config.get_hosts();
    let named = hosts.iter().all(|host| matches!(host, Host::Tcp(name) if !name.is_empty()));
    if named && !hosts.is_empty() { Ok(()) } else { Err(StoreError::TlsMode) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: &str) -> Option<&'static str> {
        Address::parse(url).err().map(|error| error.code())
    }

    #[test]
    fn a_server_on_another_machine_is_refused_without_tls() {
        for near in [
            "postgres://enlace@localhost/enlace",
            "postgres://enlace@127.0.0.2:5433/enlace",
            "postgres://enlace@[::1]/enlace",
            "postgres://enlace@%2Frun%2Fpostgresql/enlace",
            "postgres://enlace@localhost/enlace?host=/run/postgresql",
            "postgres://enlace@db.example/enlace?hostaddr=127.0.0.1",
            "postgres://enlace@localhost/enlace?sslmode=disable&options=-csearch_path%3Da",
            "user=enlace host=/run/postgresql",
        ] {
            let address = Address::parse(near).map_err(|e| e.code());
            assert_eq!(address.map(|a| a.config.get_ssl_mode()), Ok(SslMode::Disable), "{near}");
        }
        for far in [
            "postgres://enlace@db.example/enlace",
            "postgres://enlace@192.0.2.7/enlace",
            "postgres://enlace@localhost,db.example/enlace",
            "postgres://enlace@localhost/enlace?host=db.example",
            "postgres://enlace@localhost/enlace?hostaddr=192.0.2.7",
            "postgres://enlace@localhost.example/enlace",
            "postgres://enlace@[::ffff:192.0.2.7]/enlace",
            "postgres://enlace@db.example/enlace?sslmode=disable",
            "postgres://a?sslmode=verify-full:b@db.example/enlace",
            "user=enlace host=db.example",
        ] {
            assert_eq!(refusal(far), Some("store.address.remote"), "{far}");
        }
        for none in ["", "nothing", "postgres:///enlace", "mysql://enlace@localhost/enlace"] {
            assert_eq!(refusal(none), Some("store.address"), "{none}");
        }
    }

    #[test]
    fn tls_that_does_not_know_the_server_is_refused() {
        for weak in [
            "postgres://enlace@db.example/enlace?sslmode=require",
            "postgres://enlace@db.example/enlace?sslmode=prefer",
            "postgres://enlace@localhost/enlace?sslmode=require",
            "postgres://enlace@localhost/enlace?%73slmode=require",
            "postgres://enlace@db.example/enlace?sslmode=verify-ca&sslrootcert=system",
            "postgres://enlace@db.example/enlace?sslmode=",
            // Meant as TLS, and would go without.
            "postgres://enlace@localhost/enlace?sslrootcert=system",
            "postgres://enlace@localhost/enlace?sslmode=disable&sslcert=/c.pem&sslkey=/k.pem",
            // Nothing that a certificate could name.
            "postgres://enlace@%2Frun%2Fpostgresql/enlace?sslmode=verify-full&sslrootcert=system",
            "postgres:///enlace?hostaddr=192.0.2.7&sslmode=verify-full&sslrootcert=system",
            "user=enlace host=db.example sslmode=require",
        ] {
            assert_eq!(refusal(weak), Some("store.address.tls"), "{weak}");
        }
        for roots in
            ["", "&sslrootcert=", "&sslrootcert=root.pem", "&sslrootcert=system&sslcert=/c"]
        {
            let url = format!("postgres://enlace@db.example/enlace?sslmode=verify-full{roots}");
            assert_eq!(refusal(&url), Some("store.tls.file"), "{url}");
        }
    }
}
