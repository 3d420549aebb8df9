//! What a use case answers when it cannot do what was asked.

use enlace_policy::roles::{Action, Role, allows};

/// Why a use case did nothing. The `code` is stable; the text is for the console and logs and
/// never holds personal data.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// No such thing, or not for this actor: the two look alike on purpose.
    #[error("{what} `{name}` does not exist here")]
    NotFound {
        /// Kind of thing.
        what: &'static str,
        /// What was asked for.
        name: String,
    },
    /// The actor's role does not allow the action.
    #[error("the role `{role}` may not {action}: use an account (`--as ACCOUNT`) of {may}")]
    Forbidden {
        /// Role of the actor.
        role: &'static str,
        /// What was tried.
        action: &'static str,
        /// Roles that may, in words.
        may: String,
    },
    /// Name, password, token or link is wrong, spent or expired.
    #[error("sign-in failed: account and password (or token) do not fit")]
    SignIn,
    /// What was given is not usable.
    #[error("{problem}{}: expected {expected}", in_place(.place))]
    Input {
        /// Stable code.
        code: &'static str,
        /// What is wrong.
        problem: String,
        /// File, object id or property.
        place: String,
        /// What was expected and what to do.
        expected: String,
    },
    /// The thing is not in the state that the action needs.
    #[error("{what} is {found}: {expected}")]
    State {
        /// The thing.
        what: String,
        /// Its state.
        found: String,
        /// The state needed and how to get there.
        expected: String,
    },
    /// Somebody else changed the same thing at the same time.
    #[error("{what}: look at it again and repeat")]
    Changed {
        /// What was found.
        what: String,
    },
    /// A partner could not be reached or answered wrongly.
    #[error("partner `{partner}`: {problem}")]
    Partner {
        /// Name of the partner.
        partner: String,
        /// What happened and what to do.
        problem: String,
    },
    /// A partner asks to come again later.
    #[error("partner `{partner}` asks to wait {retry_after_s} s: try again then")]
    Busy {
        /// Name of the partner.
        partner: String,
        /// How many seconds, as it says.
        retry_after_s: u32,
    },
    /// A feed's server could not be reached, refused, or answered wrongly.
    #[error("feed `{feed}`: {problem}")]
    Feed {
        /// Name of the feed.
        feed: String,
        /// Stable code.
        code: &'static str,
        /// What happened and what to do.
        problem: String,
        /// How many seconds the server asks to wait.
        retry_after_s: u32,
    },
    /// Text of a file that people write has faults.
    #[error("`{file}` has {} fault(s)", .faults.len())]
    Faults {
        /// The file.
        file: String,
        /// `line:column: problem`, one each.
        faults: Vec<String>,
    },
    /// The store failed.
    #[error(transparent)]
    Store(enlace_store::StoreError),
    /// Key files.
    #[error(transparent)]
    Keys(#[from] enlace_keys::KeyError),
    /// Configuration.
    #[error(transparent)]
    Config(#[from] crate::config::ConfigError),
    /// A file or folder.
    #[error("`{path}`: {source}")]
    File {
        /// The path.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Something of our own did not hold; a bug.
    #[error("internal fault ({0}): run `enlace fsck` and report this")]
    Internal(&'static str),
}

fn in_place(place: &str) -> String {
    if place.is_empty() { String::new() } else { format!(" in {place}") }
}

impl NodeError {
    pub(crate) fn not_found(what: &'static str, name: &str) -> Self {
        Self::NotFound { what, name: name.chars().take(200).collect() }
    }

    pub(crate) fn forbidden(role: &'static str, action: Action) -> Self {
        let may = Role::ALL.into_iter().filter(|role| *role != Role::Console);
        let may: Vec<String> = may
            .filter(|role| allows(*role, action))
            .map(|role| format!("`{}`", role.name()))
            .collect();
        let may = match may.as_slice() {
            [] => "no role: only the console may".to_owned(),
            [one] => format!("the role {one}"),
            [rest @ .., last] => format!("the role {} or {last}", rest.join(", ")),
        };
        Self::Forbidden { role, action: action.name(), may }
    }

    pub(crate) fn input(
        code: &'static str,
        problem: impl Into<String>,
        place: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self::Input {
            code,
            problem: problem.into(),
            place: place.into(),
            expected: expected.into(),
        }
    }

    pub(crate) fn state(
        what: impl Into<String>,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self::State { what: what.into(), found: found.into(), expected: expected.into() }
    }

    /// Stable code, the same in `--json` and in the API.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "node.not-found",
            Self::Forbidden { .. } => "node.forbidden",
            Self::SignIn => "node.sign-in",
            Self::Input { code, .. } => code,
            Self::State { .. } => "node.state",
            Self::Changed { .. } => "node.changed",
            Self::Partner { .. } => "node.partner",
            Self::Busy { .. } => "node.partner-busy",
            Self::Feed { code, .. } => code,
            Self::Faults { .. } => "node.faults",
            Self::Store(_) => "node.store",
            Self::Keys(_) => "node.keys",
            Self::Config(_) => "node.config",
            Self::File { .. } => "node.file",
            Self::Internal(_) => "node.internal",
        }
    }

    /// Exit code: 1 for a refusal or a finding, 2 for wrong usage or input.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NotFound { .. } | Self::Forbidden { .. } | Self::SignIn => 1,
            Self::Keys(enlace_keys::KeyError::Passphrase) => 1,
            Self::State { .. } | Self::Changed { .. } | Self::Partner { .. } => 1,
            Self::Busy { .. } | Self::Feed { .. } => 1,
            _ => 2,
        }
    }

    /// HTTP status for our own accounts.
    pub fn status(&self) -> u16 {
        match self {
            Self::NotFound { .. } => 404,
            Self::Forbidden { .. } => 403,
            Self::SignIn => 401,
            Self::Keys(enlace_keys::KeyError::Passphrase) => 403,
            Self::Input { .. } | Self::Faults { .. } => 400,
            Self::State { .. } | Self::Changed { .. } => 409,
            Self::Partner { .. } | Self::Feed { .. } => 502,
            Self::Busy { .. } => 503,
            Self::Store(error) if error.is_outage() => 503,
            _ => 500,
        }
    }
}

impl From<enlace_store::StoreError> for NodeError {
    fn from(error: enlace_store::StoreError) -> Self {
        match error {
            enlace_store::StoreError::Guard { failure, .. } => {
                Self::Changed { what: failure.to_string() }
            }
            other => Self::Store(other),
        }
    }
}
