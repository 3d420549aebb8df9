//! The resources of TAXII 2.1 (§4, §5) that this node shows and reads.

use enlace_stix::Timestamp;
use serde::{Deserialize, Serialize};

use crate::backend::Record;
use crate::media_type::{MEDIA_TYPE, STIX_MEDIA_TYPE};
use crate::server::API_ROOT;

/// The discovery resource (§4.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovery {
    /// Name of the server.
    #[serde(default)]
    pub title: String,
    /// What the server is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whom to ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// The API root to use where none is chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// All API roots that the asker may know, absolute or from the server's own root.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub api_roots: Vec<String>,
}

impl Discovery {
    /// Discovery of a node with this title and its one API root.
    pub fn of_node(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            description: None,
            contact: None,
            default: Some(API_ROOT.to_owned()),
            api_roots: vec![API_ROOT.to_owned()],
        }
    }
}

/// The API root resource (§4.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiRoot {
    /// Name of the API root.
    #[serde(default)]
    pub title: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Media types of the protocol versions spoken.
    #[serde(default)]
    pub versions: Vec<String>,
    /// Longest request body in bytes.
    #[serde(default)]
    pub max_content_length: u64,
}

impl ApiRoot {
    /// A TAXII 2.1 API root with this title and longest request body in bytes.
    pub fn new(title: impl Into<String>, max_content_length: u64) -> Self {
        let versions = vec![MEDIA_TYPE.to_owned()];
        Self { title: title.into(), description: None, versions, max_content_length }
    }
}

/// The collections resource (§5.1).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Collections {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) collections: Vec<Collection>,
}

/// One collection (§5.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collection {
    /// UUID.
    pub id: String,
    /// Name for people.
    #[serde(default)]
    pub title: String,
    /// What the collection holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Another name for the id in paths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// Whether the asker may read.
    #[serde(default)]
    pub can_read: bool,
    /// Whether the asker may add objects.
    #[serde(default)]
    pub can_write: bool,
    /// Media types of the objects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media_types: Vec<String>,
}

impl Collection {
    /// A collection of STIX 2.1 objects that the asker may read and not write.
    pub fn read_only(id: impl Into<String>, title: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            description: None,
            alias: None,
            can_read: true,
            can_write: false,
            media_types: vec![STIX_MEDIA_TYPE.to_owned()],
        }
    }
}

/// The status resource (§4.3.1): what became of the objects of one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Names the resource: a random UUID.
    pub id: String,
    /// `complete` or `pending`.
    #[serde(default)]
    pub status: String,
    /// When the request was received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_timestamp: Option<String>,
    /// Objects in the request.
    #[serde(default)]
    pub total_count: u64,
    /// Objects that are in the collection now.
    #[serde(default)]
    pub success_count: u64,
    /// Which; where there are more than [`Status::MOST_LISTED`] they are only counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub successes: Vec<StatusDetail>,
    /// Objects that were refused.
    #[serde(default)]
    pub failure_count: u64,
    /// Which, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<StatusDetail>,
    /// Objects that are still to be looked at.
    #[serde(default)]
    pub pending_count: u64,
    /// Which.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pendings: Vec<StatusDetail>,
}

impl Status {
    /// Most objects of one kind that are named one by one.
    pub const MOST_LISTED: usize = 10_000;

    /// The status of a request of which nothing is pending.
    pub fn complete(
        id: impl Into<String>,
        request_timestamp: impl Into<String>,
        successes: Vec<StatusDetail>,
        failures: Vec<StatusDetail>,
    ) -> Self {
        let counts = (successes.len() as u64, failures.len() as u64);
        let listed = |mut details: Vec<StatusDetail>| {
            if details.len() > Self::MOST_LISTED {
                details.clear();
            }
            details
        };
        let mut failures = failures;
        failures.truncate(Self::MOST_LISTED);
        Self {
            id: id.into(),
            status: "complete".to_owned(),
            request_timestamp: Some(request_timestamp.into()),
            total_count: counts.0 + counts.1,
            success_count: counts.0,
            successes: listed(successes),
            failure_count: counts.1,
            failures,
            pending_count: 0,
            pendings: Vec::new(),
        }
    }
}

/// What became of one object (§4.3.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusDetail {
    /// The STIX id; of an object that shows none, its place in the request.
    pub id: String,
    /// The version: `modified`, else `created`, else the time of the request.
    #[serde(default)]
    pub version: String,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// One line of a manifest (§5.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ManifestRecord<'a> {
    pub(crate) id: &'a str,
    pub(crate) date_added: String,
    pub(crate) version: &'a str,
    pub(crate) media_type: &'static str,
}

impl<'a> ManifestRecord<'a> {
    pub(crate) fn of(record: &'a Record) -> Self {
        Self {
            id: &record.id,
            date_added: Timestamp::from_micros(record.date_added_us).to_string(),
            version: &record.version,
            media_type: STIX_MEDIA_TYPE,
        }
    }
}

/// The manifest resource (§5.3), with `next` as the other lists have it: a client that gets
/// `more` without it asks for the first page for ever.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Manifest<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) more: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) objects: Vec<ManifestRecord<'a>>,
}

/// The versions resource (§5.8).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Versions<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) more: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) versions: Vec<&'a str>,
}

/// The error message (§3.6.1): body of every answer that is no success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorMessage {
    /// What went wrong, in a few words.
    pub title: String,
    /// What was expected and what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Stable code, `taxii.…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// The HTTP status, a string by the standard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_status: Option<String>,
}
