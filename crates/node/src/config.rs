//! Configuration: `enlace.toml` in the node's directory, each key also as `ENLACE_…`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use enlace_policy::PrivateRules;
use serde::Deserialize;

/// File name inside the node's directory.
pub const FILE: &str = "enlace.toml";

/// Everything an operator may set. Missing keys take the defaults written here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the node listens and how partners reach it.
    pub listen: Listen,
    /// Sizes beyond which input is refused.
    pub limits: Limits,
    /// How much partners and strangers may ask of us.
    pub quota: Quota,
    /// How often partners are asked.
    pub sync: Sync,
    /// The node's own rules, `[[rules.forbid]]`: they only ever forbid. `ENLACE_RULES` holds the
    /// table as TOML (`[[forbid]]` …).
    pub rules: PrivateRules,
    /// How long persons are kept until somebody looks again.
    pub review: Review,
    /// Where the store lies.
    pub store: StorePlace,
}

/// `[store]`
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StorePlace {
    /// `postgres://USER@HOST/DATABASE` of a PostgreSQL 15 or later, on another machine with
    /// `?sslmode=verify-full&sslrootcert=FILE`; empty = SQLite in the node's folder:
    /// `ENLACE_STORE_URL`. Several processes of one node may share a server.
    pub url: String,
    /// Folder of the documents, which all processes of the node share; relative to the node's folder,
    /// empty = `blobs`. Only with `url`: `ENLACE_STORE_BLOBS`.
    pub blobs: PathBuf,
}

/// Without the address, which may hold a password.
impl std::fmt::Debug for StorePlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StorePlace").field("blobs", &self.blobs).finish_non_exhaustive()
    }
}

/// `[review]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Review {
    /// Years by category of a person (`suspect = 5`); a category that is not named asks for no
    /// review. `ENLACE_REVIEW` holds the table as TOML (`[years]` …).
    pub years: BTreeMap<String, u32>,
}

/// `[listen]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Listen {
    /// Pages and API for our own people: `ENLACE_LISTEN_PAGES`.
    pub pages: SocketAddr,
    /// Partners, always TLS 1.3: `ENLACE_LISTEN_PARTNERS`.
    pub partners: SocketAddr,
    /// The URL written on the node's card: `ENLACE_LISTEN_URL`. Empty = from `partners`.
    pub url: String,
}

/// `[limits]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Longest object in bytes: `ENLACE_LIMITS_OBJECT_BYTES`.
    pub object_bytes: usize,
    /// Deepest nesting: `ENLACE_LIMITS_NESTING`.
    pub nesting: usize,
    /// Longest file or request body in bytes: `ENLACE_LIMITS_BODY_BYTES`.
    pub body_bytes: usize,
    /// Most objects on one TAXII page: `ENLACE_LIMITS_PAGE`.
    pub page: usize,
}

/// `[quota]`: on the partners' listener. Who asks more is answered 429 with `Retry-After`, before
/// anything is looked up (docs/design/quota.md).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Quota {
    /// Requests a second of one partner, whatever key or token it shows:
    /// `ENLACE_QUOTA_PARTNER_RATE`.
    pub partner_rate: NonZeroU32,
    /// Requests at once after a pause: `ENLACE_QUOTA_PARTNER_BURST`.
    pub partner_burst: NonZeroU32,
    /// Requests a second of all strangers at one address (IPv6: one /64):
    /// `ENLACE_QUOTA_STRANGER_RATE`.
    pub stranger_rate: NonZeroU32,
    /// Requests at once after a pause: `ENLACE_QUOTA_STRANGER_BURST`.
    pub stranger_burst: NonZeroU32,
    /// Bytes of request bodies of one partner that are held at once:
    /// `ENLACE_QUOTA_PARTNER_BODY_BYTES`.
    pub partner_body_bytes: usize,
    /// Bytes of request bodies of all partners that are held at once:
    /// `ENLACE_QUOTA_BODY_BYTES`.
    pub body_bytes: usize,
}

/// `[sync]`
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sync {
    /// Seconds between two rounds with all partners; 0 = only when asked:
    /// `ENLACE_SYNC_INTERVAL_S`.
    pub interval_s: u64,
}

impl Default for Listen {
    fn default() -> Self {
        Self {
            pages: SocketAddr::from(([127, 0, 0, 1], 7101)),
            partners: SocketAddr::from(([127, 0, 0, 1], 7201)),
            url: String::new(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { object_bytes: 16 << 20, nesting: 128, body_bytes: 100 << 20, page: 1000 }
    }
}

impl Default for Quota {
    fn default() -> Self {
        let many = |n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
        Self {
            partner_rate: many(100),
            partner_burst: many(1_000),
            stranger_rate: many(10),
            stranger_burst: many(200),
            // One body of the longest kind, and three of them from several partners.
            partner_body_bytes: 100 << 20,
            body_bytes: 300 << 20,
        }
    }
}

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read `{file}`: {source}")]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file says something that is no setting.
    #[error("`{file}` line {line}, column {column}: {problem}")]
    Line {
        /// The file.
        file: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong and what is allowed.
        problem: String,
    },
    /// An environment variable says something that is no setting.
    #[error("environment variable `{name}`: {problem}")]
    Variable {
        /// The variable.
        name: String,
        /// What is wrong and what is expected.
        problem: String,
    },
}

impl Config {
    /// Reads `enlace.toml` in `dir` (defaults where there is none), then the variables that
    /// `variable` gives by name.
    pub fn load(
        dir: &Path,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let file = dir.join(FILE);
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(ConfigError::Read { file, source }),
        };
        let mut config = Self::parse(&text, &file)?;
        config.listen.pages = set(config.listen.pages, "ENLACE_LISTEN_PAGES", variable)?;
        config.listen.partners = set(config.listen.partners, "ENLACE_LISTEN_PARTNERS", variable)?;
        config.listen.url = set(config.listen.url, "ENLACE_LISTEN_URL", variable)?;
        let limits = &mut config.limits;
        limits.object_bytes = set(limits.object_bytes, "ENLACE_LIMITS_OBJECT_BYTES", variable)?;
        limits.nesting = set(limits.nesting, "ENLACE_LIMITS_NESTING", variable)?;
        limits.body_bytes = set(limits.body_bytes, "ENLACE_LIMITS_BODY_BYTES", variable)?;
        limits.page = set(limits.page, "ENLACE_LIMITS_PAGE", variable)?;
        let quota = &mut config.quota;
        quota.partner_rate = set(quota.partner_rate, "ENLACE_QUOTA_PARTNER_RATE", variable)?;
        quota.partner_burst = set(quota.partner_burst, "ENLACE_QUOTA_PARTNER_BURST", variable)?;
        quota.stranger_rate = set(quota.stranger_rate, "ENLACE_QUOTA_STRANGER_RATE", variable)?;
        quota.stranger_burst = set(quota.stranger_burst, "ENLACE_QUOTA_STRANGER_BURST", variable)?;
        let name = "ENLACE_QUOTA_PARTNER_BODY_BYTES";
        quota.partner_body_bytes = set(quota.partner_body_bytes, name, variable)?;
        quota.body_bytes = set(quota.body_bytes, "ENLACE_QUOTA_BODY_BYTES", variable)?;
        if let Some(text) = variable("ENLACE_RULES") {
            config.rules = toml::from_str(&text).map_err(|e| ConfigError::Variable {
                name: "ENLACE_RULES".to_owned(),
                problem: e.message().to_owned(),
            })?;
        }
        if let Some(text) = variable("ENLACE_REVIEW") {
            config.review = toml::from_str(&text).map_err(|e| ConfigError::Variable {
                name: "ENLACE_REVIEW".to_owned(),
                problem: e.message().to_owned(),
            })?;
        }
        config.store.url = set(config.store.url, "ENLACE_STORE_URL", variable)?;
        config.store.blobs = set(config.store.blobs, "ENLACE_STORE_BLOBS", variable)?;
        config.sync.interval_s = set(config.sync.interval_s, "ENLACE_SYNC_INTERVAL_S", variable)?;
        Ok(config)
    }

    /// Reads the text of a configuration file.
    pub fn parse(text: &str, file: &Path) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|e| {
            let (line, column) = place(text, e.span().map_or(0, |s| s.start));
            ConfigError::Line { file: file.into(), line, column, problem: e.message().to_owned() }
        })
    }

    /// The URL for the card: the configured one, or `https://` and the partners' address.
    pub fn url(&self) -> String {
        match self.listen.url.as_str() {
            "" => format!("https://{}", self.listen.partners),
            url => url.trim_end_matches('/').to_owned(),
        }
    }
}

fn set<T: std::str::FromStr>(
    current: T,
    name: &str,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<T, ConfigError>
where
    T::Err: std::fmt::Display,
{
    match variable(name) {
        None => Ok(current),
        Some(text) => text.parse().map_err(|e: T::Err| ConfigError::Variable {
            name: name.to_owned(),
            problem: e.to_string(),
        }),
    }
}

/// Line and column, from 1, of a byte offset.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_an_error_that_names_its_line() {
        let text = "[listen]\npages = \"127.0.0.1:1\"\nparners = \"127.0.0.1:2\"\n";
        let error = Config::parse(text, Path::new("enlace.toml")).unwrap_err().to_string();
        assert!(error.contains("line 3"), "{error}");
        assert!(error.contains("parners") && error.contains("partners"), "{error}");
    }

    /// The cells of the tables of the page, row by row, without their backticks.
    fn documented(columns: usize) -> Vec<Vec<&'static str>> {
        let page = include_str!("../../../docs/configuration.md");
        let rows = page.lines().filter(|line| line.starts_with("| `"));
        let cells = |row: &'static str| {
            let cells =
                row.trim_matches('|').split(" | ").map(|cell| cell.trim().trim_matches('`'));
            cells.collect::<Vec<_>>()
        };
        rows.map(cells).filter(|cells| cells.len() == columns).collect()
    }

    /// The keys that the struct of a table has, as the reader names them where a key is wrong.
    fn keys_of(table: &str) -> Vec<String> {
        let error = Config::parse(&format!("{table}\nno_key = 1\n"), Path::new("a")).unwrap_err();
        let error = error.to_string();
        let (_, allowed) = error.split_once("expected").unwrap();
        allowed.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn the_page_of_the_configuration_has_every_key_with_its_default_and_its_variable() {
        let rows = documented(4);
        let mut keys = Vec::new();
        for table in keys_of("") {
            keys.extend(keys_of(&format!("[{table}]")).iter().map(|key| format!("{table}.{key}")));
        }
        let mut found: Vec<&str> = rows.iter().map(|row| row[0]).collect();
        found.sort_unstable();
        keys.sort_unstable();
        assert_eq!(found, keys);

        let asked = std::cell::RefCell::new(Vec::new());
        let variable = |name: &str| {
            asked.borrow_mut().push(name.to_owned());
            None
        };
        assert_eq!(Config::load(Path::new("/nonexistent"), &variable).unwrap(), Config::default());
        let mut variables: Vec<&str> = rows.iter().map(|row| row[2]).collect();
        variables.sort_unstable();
        asked.borrow_mut().sort_unstable();
        assert_eq!(variables, *asked.borrow());

        let stated: String = rows.iter().map(|row| format!("{} = {}\n", row[0], row[1])).collect();
        assert_eq!(Config::parse(&stated, Path::new("a")).unwrap(), Config::default());
        for row in rows.iter().filter(|row| row[1].parse::<u64>().is_ok()) {
            let other = format!("{} = 1{}\n", row[0], row[1]);
            assert_ne!(Config::parse(&other, Path::new("a")).unwrap(), Config::default());
        }

        let mut forbid: Vec<&str> = documented(2).iter().map(|row| row[0]).collect();
        let mut members = keys_of("[[rules.forbid]]");
        forbid.sort_unstable();
        members.sort_unstable();
        assert_eq!(forbid, members);
    }

    #[test]
    fn a_quota_of_nothing_is_an_error_that_names_its_line() {
        let text = "[quota]\npartner_rate = 0\n";
        let error = Config::parse(text, Path::new("enlace.toml")).unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
    }

    #[test]
    fn every_key_can_come_from_the_environment() {
        let variable = |name: &str| match name {
            "ENLACE_LISTEN_PAGES" => Some("127.0.0.1:9".to_owned()),
            "ENLACE_LISTEN_PARTNERS" => Some("127.0.0.1:8".to_owned()),
            "ENLACE_LISTEN_URL" => Some("https://node.example:8/".to_owned()),
            "ENLACE_LIMITS_OBJECT_BYTES" => Some("4".to_owned()),
            "ENLACE_LIMITS_NESTING" => Some("5".to_owned()),
            "ENLACE_LIMITS_BODY_BYTES" => Some("6".to_owned()),
            "ENLACE_LIMITS_PAGE" => Some("7".to_owned()),
            "ENLACE_SYNC_INTERVAL_S" => Some("3".to_owned()),
            "ENLACE_STORE_URL" => Some("postgres://enlace@db/enlace".to_owned()),
            "ENLACE_STORE_BLOBS" => Some("/srv/blobs".to_owned()),
            "ENLACE_QUOTA_PARTNER_RATE" => Some("11".to_owned()),
            "ENLACE_QUOTA_PARTNER_BURST" => Some("12".to_owned()),
            "ENLACE_QUOTA_STRANGER_RATE" => Some("13".to_owned()),
            "ENLACE_QUOTA_STRANGER_BURST" => Some("14".to_owned()),
            "ENLACE_QUOTA_PARTNER_BODY_BYTES" => Some("15".to_owned()),
            "ENLACE_QUOTA_BODY_BYTES" => Some("16".to_owned()),
            "ENLACE_REVIEW" => Some("[years]\nsuspect = 5".to_owned()),
            "ENLACE_RULES" => Some("[[forbid]]\nname = \"no-notes\"\ntype = \"note\"".to_owned()),
            _ => None,
        };
        let config = Config::load(Path::new("/nonexistent"), &variable).unwrap();
        assert_eq!(config.listen.pages.port(), 9);
        assert_eq!(
            (config.listen.partners.port(), config.url().as_str()),
            (8, "https://node.example:8")
        );
        assert_eq!((config.limits.object_bytes, config.limits.nesting), (4, 5));
        assert_eq!((config.limits.body_bytes, config.limits.page), (6, 7));
        assert_eq!(config.sync.interval_s, 3);
        assert_eq!(config.store.url, "postgres://enlace@db/enlace");
        assert_eq!(config.store.blobs, Path::new("/srv/blobs"));
        let quota = &config.quota;
        let rates =
            [quota.partner_rate, quota.partner_burst, quota.stranger_rate, quota.stranger_burst];
        assert_eq!(rates.map(NonZeroU32::get), [11, 12, 13, 14]);
        assert_eq!((quota.partner_body_bytes, quota.body_bytes), (15, 16));
        assert_eq!(config.review.years["suspect"], 5);
        assert_eq!(config.rules.forbid[0].kind.as_deref(), Some("note"));
        let wrong = |name: &str| (name == "ENLACE_LIMITS_PAGE").then(|| "many".to_owned());
        let error = Config::load(Path::new("/nonexistent"), &wrong).unwrap_err();
        assert!(error.to_string().contains("ENLACE_LIMITS_PAGE"));
    }
}
