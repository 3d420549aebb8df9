//! Vocabularies and enumerations of chapter 10, as STIX 2.1 with errata 01 prints them.
//!
//! An open vocabulary (`-ov`) suggests (§2.14): its terms are sorted, as every value is looked up.
//! An enumeration (`-enum`) is closed (§2.4) and keeps the order of the standard.

use super::report::{Path, Report};
use super::rules;
use super::syntax::named;

/// A suggested vocabulary.
pub(super) struct Vocabulary {
    /// `identity-class-ov`; empty for one that stands in a schema.
    name: &'static str,
    section: &'static str,
    /// Sorted by bytes if it has a name; one of a schema is short and in the order of its words.
    terms: &'static [&'static str],
}

impl Vocabulary {
    /// The suggestions of one property (`x-vocabulary`).
    pub(super) const fn of_schema(terms: &'static [&'static str]) -> Self {
        Self { name: "", section: "7.3", terms }
    }

    fn has(&self, value: &str) -> bool {
        match self.name {
            "" => self.terms.contains(&value),
            _ => self.terms.binary_search(&value).is_ok(),
        }
    }

    fn expected(&self) -> String {
        match self.name {
            "" => format!("one of {}", self.terms.join(", ")),
            name => format!("a value of the vocabulary {name} (§{})", self.section),
        }
    }
}

impl Report {
    /// A value that SHOULD be a term of `vocabulary`; any other at least in its form (§2.14).
    pub(super) fn term(&mut self, vocabulary: &Vocabulary, value: &str, path: &Path<'_>) {
        if vocabulary.has(value) {
            return;
        }
        self.expect_of_type(rules::VOCABULARY_VALUE, path, named(value), vocabulary.expected());
        if value.is_empty() || value.contains([' ', '_']) || value.contains(char::is_uppercase) {
            self.add(rules::VOCABULARY_FORM, path, named(value));
        }
    }
}

/// `NAME = "name-ov" "section" [terms];`
macro_rules! open {
    ($($name:ident = $text:literal $section:literal [$($term:literal),* $(,)?];)*) => {
        $(pub(super) const $name: Vocabulary =
            Vocabulary { name: $text, section: $section, terms: &[$($term),*] };)*

        #[cfg(test)]
        const ALL: &[Vocabulary] = &[$($name),*];
    };
}

/// `NAME = "name-enum" "section" [terms];`
macro_rules! closed {
    ($($name:ident = $text:literal $section:literal [$($term:literal),* $(,)?];)*) => {
        $(#[doc = concat!("`", $text, "`, §", $section, ".")]
        pub(super) const $name: &[&str] = &[$($term),*];)*
    };
}

open! {
    ACCOUNT_TYPE = "account-type-ov" "10.1" [
        "facebook", "ldap", "nis", "openid", "radius", "skype", "tacacs", "twitter", "unix",
        "windows-domain", "windows-local",
    ];
    ATTACK_MOTIVATION = "attack-motivation-ov" "10.2" [
        "accidental", "coercion", "dominance", "ideology", "notoriety", "organizational-gain",
        "personal-gain", "personal-satisfaction", "revenge", "unpredictable",
    ];
    ATTACK_RESOURCE_LEVEL = "attack-resource-level-ov" "10.3" [
        "club", "contest", "government", "individual", "organization", "team",
    ];
    GROUPING_CONTEXT = "grouping-context-ov" "10.6" [
        "malware-analysis", "suspicious-activity", "unspecified",
    ];
    IDENTITY_CLASS = "identity-class-ov" "10.8" [
        "class", "group", "individual", "organization", "system", "unknown",
    ];
    IMPLEMENTATION_LANGUAGE = "implementation-language-ov" "10.9" [
        "applescript", "bash", "c", "c#", "c++", "go", "java", "javascript", "lua", "objective-c",
        "perl", "php", "powershell", "python", "ruby", "rust", "scala", "swift", "typescript",
        "visual-basic", "x86-32", "x86-64",
    ];
    INDICATOR_TYPE = "indicator-type-ov" "10.10" [
        "anomalous-activity", "anonymization", "attribution", "benign", "compromised",
        "malicious-activity", "unknown",
    ];
    INDUSTRY_SECTOR = "industry-sector-ov" "10.11" [
        "aerospace", "agriculture", "automotive", "chemical", "commercial", "communications",
        "construction", "dams", "defense", "education", "emergency-services", "energy",
        "entertainment", "financial-services", "government", "government-local",
        "government-national", "government-public-services", "government-regional", "healthcare",
        "hospitality-leisure", "infrastructure", "insurance", "legal", "manufacturing", "mining",
        "non-profit", "nuclear", "pharmaceuticals", "retail", "technology", "telecommunications",
        "transportation", "utilities", "water",
    ];
    INFRASTRUCTURE_TYPE = "infrastructure-type-ov" "10.12" [
        "amplification", "anonymization", "botnet", "command-and-control", "control-system",
        "exfiltration", "firewall", "hosting-malware", "hosting-target-lists", "phishing",
        "reconnaissance", "routers-switches", "staging", "unknown", "workstation",
    ];
    MALWARE_CAPABILITIES = "malware-capabilities-ov" "10.13" [
        "accesses-remote-machines", "anti-debugging", "anti-disassembly", "anti-emulation",
        "anti-memory-forensics", "anti-sandbox", "anti-vm", "captures-input-peripherals",
        "captures-output-peripherals", "captures-system-state-data", "cleans-traces-of-infection",
        "commits-fraud", "communicates-with-c2", "compromises-data-availability",
        "compromises-data-integrity", "compromises-system-availability", "controls-local-machine",
        "degrades-security-software", "degrades-system-updates", "determines-c2-server",
        "emails-spam", "escalates-privileges", "evades-av", "exfiltrates-data",
        "fingerprints-host", "hides-artifacts", "hides-executing-code", "infects-files",
        "infects-remote-machines", "installs-other-components", "persists-after-system-reboot",
        "prevents-artifact-access", "prevents-artifact-deletion", "probes-network-environment",
        "self-modifies", "steals-authentication-credentials",
        "violates-system-operational-integrity",
    ];
    MALWARE_RESULT = "malware-result-ov" "10.14" [
        "benign", "malicious", "suspicious", "unknown",
    ];
    MALWARE_TYPE = "malware-type-ov" "10.15" [
        "adware", "backdoor", "bootkit", "bot", "ddos", "downloader", "dropper", "exploit-kit",
        "keylogger", "ransomware", "remote-access-trojan", "resource-exploitation",
        "rogue-security-software", "rootkit", "screen-capture", "spyware", "trojan", "unknown",
        "virus", "webshell", "wiper", "worm",
    ];
    PATTERN_TYPE = "pattern-type-ov" "10.19" [
        "pcre", "sigma", "snort", "stix", "suricata", "yara",
    ];
    PROCESSOR_ARCHITECTURE = "processor-architecture-ov" "10.20" [
        "alpha", "arm", "ia-64", "mips", "powerpc", "sparc", "x86", "x86-64",
    ];
    REGION = "region-ov" "10.21" [
        "africa", "americas", "antarctica", "asia", "australia-new-zealand", "caribbean",
        "central-america", "central-asia", "eastern-africa", "eastern-asia", "eastern-europe",
        "europe", "latin-america-caribbean", "melanesia", "micronesia", "middle-africa",
        "northern-africa", "northern-america", "northern-europe", "oceania", "polynesia",
        "south-america", "south-eastern-asia", "southern-africa", "southern-asia",
        "southern-europe", "western-africa", "western-asia", "western-europe",
    ];
    REPORT_TYPE = "report-type-ov" "10.22" [
        "attack-pattern", "campaign", "identity", "incident", "indicator", "intrusion-set",
        "malware", "observed-data", "threat-actor", "threat-report", "tool", "vulnerability",
    ];
    THREAT_ACTOR_TYPE = "threat-actor-type-ov" "10.23" [
        "activist", "competitor", "crime-syndicate", "criminal", "hacker", "insider-accidental",
        "insider-disgruntled", "nation-state", "private-sector", "sensationalist", "spy",
        "terrorist", "unknown",
    ];
    THREAT_ACTOR_ROLE = "threat-actor-role-ov" "10.24" [
        "agent", "director", "independent", "infrastructure-architect", "infrastructure-operator",
        "malware-author", "sponsor",
    ];
    THREAT_ACTOR_SOPHISTICATION = "threat-actor-sophistication-ov" "10.25" [
        "advanced", "expert", "innovator", "intermediate", "minimal", "none", "strategic",
    ];
    TOOL_TYPE = "tool-type-ov" "10.26" [
        "credential-exploitation", "denial-of-service", "exploitation", "information-gathering",
        "network-capture", "remote-access", "unknown", "vulnerability-scanning",
    ];
    WINDOWS_PEBINARY_TYPE = "windows-pebinary-type-ov" "10.28" [
        "dll", "exe", "sys",
    ];
}

closed! {
    ENCRYPTION_ALGORITHM = "encryption-algorithm-enum" "10.4" [
        "AES-256-GCM", "ChaCha20-Poly1305", "mime-type-indicated",
    ];
    NETWORK_SOCKET_ADDRESS_FAMILY = "network-socket-address-family-enum" "10.16" [
        "AF_UNSPEC", "AF_INET", "AF_IPX", "AF_APPLETALK", "AF_NETBIOS", "AF_INET6", "AF_IRDA",
        "AF_BTH",
    ];
    NETWORK_SOCKET_TYPE = "network-socket-type-enum" "10.17" [
        "SOCK_STREAM", "SOCK_DGRAM", "SOCK_RAW", "SOCK_RDM", "SOCK_SEQPACKET",
    ];
    OPINION = "opinion-enum" "10.18" [
        "strongly-disagree", "disagree", "neutral", "agree", "strongly-agree",
    ];
    WINDOWS_INTEGRITY_LEVEL = "windows-integrity-level-enum" "10.27" [
        "low", "medium", "high", "system",
    ];
    WINDOWS_REGISTRY_DATATYPE = "windows-registry-datatype-enum" "10.29" [
        "REG_NONE", "REG_SZ", "REG_EXPAND_SZ", "REG_BINARY", "REG_DWORD", "REG_DWORD_BIG_ENDIAN",
        "REG_DWORD_LITTLE_ENDIAN", "REG_LINK", "REG_MULTI_SZ", "REG_RESOURCE_LIST",
        "REG_FULL_RESOURCE_DESCRIPTION", "REG_RESOURCE_REQUIREMENTS_LIST", "REG_QWORD",
        "REG_INVALID_TYPE",
    ];
    WINDOWS_SERVICE_START_TYPE = "windows-service-start-type-enum" "10.30" [
        "SERVICE_AUTO_START", "SERVICE_BOOT_START", "SERVICE_DEMAND_START", "SERVICE_DISABLED",
        "SERVICE_SYSTEM_ALERT",
    ];
    WINDOWS_SERVICE_TYPE = "windows-service-type-enum" "10.31" [
        "SERVICE_KERNEL_DRIVER", "SERVICE_FILE_SYSTEM_DRIVER", "SERVICE_WIN32_OWN_PROCESS",
        "SERVICE_WIN32_SHARE_PROCESS",
    ];
    WINDOWS_SERVICE_STATUS = "windows-service-status-enum" "10.32" [
        "SERVICE_CONTINUE_PENDING", "SERVICE_PAUSE_PENDING", "SERVICE_PAUSED", "SERVICE_RUNNING",
        "SERVICE_START_PENDING", "SERVICE_STOP_PENDING", "SERVICE_STOPPED",
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_open_vocabulary_is_sorted_so_that_its_terms_are_found() {
        for vocabulary in ALL {
            let Vocabulary { name, section, terms } = vocabulary;
            assert!(terms.is_sorted_by(|a, b| a < b), "{name}");
            assert!(name.ends_with("-ov") && section.starts_with("10."), "{name}");
        }
    }

    #[test]
    fn chapter_10_has_21_open_vocabularies_and_9_enumerations_beside_hashes_and_extensions() {
        assert_eq!(ALL.len(), 21);
        assert_eq!(ALL.iter().map(|v| v.terms.len()).sum::<usize>(), 271);
    }
}
