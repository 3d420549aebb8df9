//! Why the client has no result.

use crate::transport::TransportError;

/// Why the client has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// Nothing came back.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The server refused.
    #[error("server answered {status}: {title}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// Title and description of its error message, at most 300 characters of either.
        title: String,
        /// Its `error_code`, if any.
        error_code: Option<String>,
    },
    /// The server asks to come again later.
    #[error("server asks to wait {retry_after_s} s: too many requests, or it is busy")]
    Busy {
        /// How many seconds, as it says.
        retry_after_s: u32,
    },
    /// The server speaks TAXII 2.0 only.
    #[error("server speaks TAXII 2.0: this program speaks 2.1, ask for a 2.1 API root")]
    Taxii20,
    /// Nothing of TAXII is at the address.
    #[error(
        "nothing of TAXII 2.1 at `{path}` (server answered {status}): expected the URL of a \
         discovery (often `/taxii2/`), an API root or a collection"
    )]
    NothingThere {
        /// The path that was asked for.
        path: String,
        /// The HTTP status.
        status: u16,
    },
    /// The answer has no TAXII media type.
    #[error("answer has media type `{0}`: expected TAXII 2.1; is this the TAXII path?")]
    NotTaxii(String),
    /// The answer is TAXII but cannot be read.
    #[error("answer is no valid {resource}: {reason}")]
    Malformed {
        /// The TAXII resource.
        resource: &'static str,
        /// What the parser met.
        reason: String,
    },
    /// The API root lies on another server.
    #[error(
        "API root `{0}` is on another server: only paths of the same server are followed; if it is \
         the same under another name, give the URL of the API root itself"
    )]
    OtherServer(String),
    /// The server says that there is more and gives the same again.
    #[error("server repeats itself: {0}; objects up to here are kept, tell the server's operator")]
    Stuck(&'static str),
}

impl ClientError {
    /// Stable code of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Transport(TransportError::Unreachable(_)) => "taxii.client.unreachable",
            Self::Transport(TransportError::WrongPeer(_)) => "taxii.client.wrong-peer",
            Self::Transport(TransportError::Untrusted(_)) => "taxii.client.untrusted",
            Self::Transport(TransportError::Refused(_)) => "taxii.client.not-asked",
            Self::Transport(TransportError::TooLarge(_)) => "taxii.client.too-large",
            Self::Status { .. } => "taxii.client.status",
            Self::Busy { .. } => "taxii.client.busy",
            Self::Taxii20 => "taxii.client.taxii-2.0",
            Self::NothingThere { .. } => "taxii.client.nothing-there",
            Self::NotTaxii(_) => "taxii.client.not-taxii",
            Self::Malformed { .. } => "taxii.client.malformed",
            Self::OtherServer(_) => "taxii.client.other-server",
            Self::Stuck(_) => "taxii.client.stuck",
        }
    }

    /// Whether the same request may succeed later, as far as the server lets it be known.
    pub fn passes(&self) -> bool {
        match self {
            Self::Transport(TransportError::Unreachable(_)) | Self::Busy { .. } => true,
            Self::Status { status, .. } => {
                matches!(status, 408 | 425 | 429) || (500..600).contains(status) && *status != 501
            }
            _ => false,
        }
    }

    /// The HTTP status of a refusal.
    pub fn refusal(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }
}
