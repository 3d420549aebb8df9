//! STIX 1.x told apart: XML packages, CybOX, TAXII 1 messages, and the JSON of the 1.x library.

use serde::de::IgnoredAny;
use serde_json::Value;

/// What of the first generation was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version1 {
    /// `<stix:STIX_Package …>`.
    Package,
    /// CybOX 2 by itself, or another document of its family.
    Observables,
    /// A TAXII 1 message around it.
    Message,
    /// A package written as JSON by the 1.x library.
    Json,
}

impl std::fmt::Display for Version1 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Package => "a STIX 1.x package in XML",
            Self::Observables => "a CybOX document in XML, which belongs to STIX 1.x",
            Self::Message => "a TAXII 1 message, which carries STIX 1.x",
            Self::Json => "a STIX 1.x package in JSON",
        })
    }
}

impl Version1 {
    /// What to do with it.
    pub const ADVICE: &'static str = "STIX 2.1 or 2.0: convert the file to 2.1 first, for \
        instance with the OASIS stix2-elevator, and check what it reports";
}

/// Bytes looked at.
const LOOKED_AT: usize = 64 << 10;

/// Recognises XML of the first generation by its root element, in UTF-8 or UTF-16, with or without
/// byte order mark.
pub fn version_1(bytes: &[u8]) -> Option<Version1> {
    let head = bytes.get(..LOOKED_AT).unwrap_or(bytes);
    let wide = head.starts_with(b"\xff\xfe")
        || head.starts_with(b"\xfe\xff")
        || head.starts_with(b"<\0")
        || head.starts_with(b"\0<");
    let text: String = if wide {
        // What counts is ASCII: in UTF-16 every other byte of it is zero.
        head.iter().filter(|b| b.is_ascii() && **b != 0).map(|b| char::from(*b)).collect()
    } else {
        String::from_utf8_lossy(head).into_owned()
    };
    let root = root_element(text.trim_start_matches('\u{feff}'))?;
    let name = root.split(|c: char| c.is_whitespace() || c == '/').next()?;
    let local = name.rsplit(':').next()?;
    let speaks = |namespaces: &[&str]| namespaces.iter().any(|n| root.contains(n));
    let message = ["http://taxii.mitre.org/messages/", "docs.oasis-open.org/cti/ns/taxii"];
    let package = ["http://stix.mitre.org/", "docs.oasis-open.org/cti/ns/stix"];
    let cybox = ["http://cybox.mitre.org/", "docs.oasis-open.org/cti/ns/cybox"];
    if local == "STIX_Package" {
        Some(Version1::Package)
    } else if speaks(&message) {
        Some(Version1::Message)
    } else if speaks(&package) {
        Some(Version1::Package)
    } else if speaks(&cybox) {
        Some(Version1::Observables)
    } else {
        None
    }
}

/// Name and attributes of the first element behind declaration, comments and document type.
fn root_element(text: &str) -> Option<&str> {
    let mut rest = text.trim_start();
    loop {
        let (opening, end) = match rest {
            _ if rest.starts_with("<!--") => ("<!--", "-->"),
            _ if rest.starts_with("<?") => ("<?", "?>"),
            _ if rest.starts_with("<!") => ("<!", ">"),
            _ => break,
        };
        let (_, after) = rest.get(opening.len()..)?.split_once(end)?;
        rest = after.trim_start();
    }
    let inner = rest.strip_prefix('<')?;
    let end = inner.find('>').unwrap_or(inner.len());
    inner.get(..end)
}

/// Recognises JSON of the first generation: no `type`, and either an id with a namespace
/// (`example:Package-…`) or the lists of a package.
pub fn version_1_json(text: &str) -> Option<Version1> {
    let package: Package = serde_json::from_str(text).ok()?;
    let named = package.id.as_ref().and_then(Value::as_str).is_some_and(is_qualified_name);
    let found = package.kind.is_none() && (named || package.has_lists());
    found.then_some(Version1::Json)
}

/// Members that tell a package; what is in them is passed over.
#[derive(serde::Deserialize)]
struct Package {
    #[serde(rename = "type")]
    kind: Option<IgnoredAny>,
    id: Option<Value>,
    stix_header: Option<IgnoredAny>,
    ttps: Option<IgnoredAny>,
    exploit_targets: Option<IgnoredAny>,
    courses_of_action: Option<IgnoredAny>,
    threat_actors: Option<IgnoredAny>,
    related_packages: Option<IgnoredAny>,
    observables: Option<IgnoredAny>,
    cybox_major_version: Option<IgnoredAny>,
    indicators: Option<IgnoredAny>,
    campaigns: Option<IgnoredAny>,
}

impl Package {
    fn has_lists(&self) -> bool {
        [
            &self.stix_header,
            &self.ttps,
            &self.exploit_targets,
            &self.courses_of_action,
            &self.threat_actors,
            &self.related_packages,
            &self.observables,
            &self.cybox_major_version,
            &self.indicators,
            &self.campaigns,
        ]
        .iter()
        .any(|member| member.is_some())
    }
}

/// `example:Package-8b8ed1c1-…`: a prefix, a name, a hyphen, an identifier.
fn is_qualified_name(id: &str) -> bool {
    let Some((prefix, local)) = id.split_once(':') else { return false };
    let Some((kind, unique)) = local.split_once('-') else { return false };
    !prefix.is_empty()
        && !unique.is_empty()
        && !kind.is_empty()
        && kind.chars().all(|c| c.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const PACKAGE: &str = "<?xml version=\"1.0\"?>\n<!-- of March -->\n<stix:STIX_Package\n \
        xmlns:stix=\"http://stix.mitre.org/stix-1\" version=\"1.2\">\n</stix:STIX_Package>";

    #[test]
    fn a_package_is_told_in_every_encoding() {
        let wide = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
            format!("\u{feff}{PACKAGE}").encode_utf16().flat_map(order).collect()
        };
        let marked = format!("\u{feff} {PACKAGE}");
        let all =
            [PACKAGE.into(), marked.into_bytes(), wide(u16::to_le_bytes), wide(u16::to_be_bytes)];
        for bytes in all {
            assert_eq!(version_1(&bytes), Some(Version1::Package));
        }
    }

    #[test]
    fn its_relatives_are_told_too() {
        let cybox = b"<Observables xmlns=\"http://cybox.mitre.org/cybox-2\" />";
        assert_eq!(version_1(cybox), Some(Version1::Observables));
        let taxii =
            b"<t:Poll_Response xmlns:t=\"http://taxii.mitre.org/messages/taxii_xml_binding-1.1\">";
        assert_eq!(version_1(taxii), Some(Version1::Message));
    }

    #[test]
    fn a_page_about_it_is_none() {
        assert_eq!(
            version_1(b"<html><body>&lt;stix:STIX_Package&gt; http://stix.mitre.org/"),
            None
        );
        assert_eq!(version_1(b"<?xml version=\"1.0\"?><report/>"), None);
        assert_eq!(version_1(b"<!-- never closed"), None);
        assert_eq!(version_1(b""), None);
    }

    #[test]
    fn json_of_the_old_library_is_told() {
        let old = |value: Value| version_1_json(&value.to_string());
        let id = "example:Package-8b8ed1c1-f01d-4393-ac65-97017ed15876";
        assert_eq!(old(json!({"id": id, "version": "1.2"})), Some(Version1::Json));
        assert_eq!(old(json!({"stix_header": {}})), Some(Version1::Json));
        assert_eq!(old(json!({"observables": {"cybox_major_version": "2"}})), Some(Version1::Json));
        assert_eq!(old(json!({"type": "bundle", "id": "x:y-z"})), None);
        assert_eq!(old(json!({"objects": []})), None);
        assert_eq!(old(json!({"id": "urn:uuid:8b8ed1c1"})), None);
    }
}
