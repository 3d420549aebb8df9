//! Who may receive, what for, on what ground.

use serde_json::{Map, Value};

use super::Check;
use crate::terms::PURPOSES;

const GROUNDS: &[&str] = &["adequacy", "safeguards", "derogation"];
const AGAINST: &[&str] = &["death-penalty", "torture"];

impl Check {
    pub(super) fn who(&mut self, terms: &Map<String, Value>, parties: &[String]) {
        self.section(terms, "validity", &[], &[]);

        let purposes = self.section(terms, "purposes", &["allowed"], &[]);
        self.list("purposes.allowed", purposes, PURPOSES);

        let units: Vec<&str> = parties.iter().map(String::as_str).collect();
        let recipients = self.section(terms, "recipients", &["units"], &[]);
        self.list("recipients.units", recipients, &units);

        let transfer = self.section(terms, "transfer", &["ground"], &[]);
        self.choice("transfer.ground", transfer, GROUNDS);

        let members = ["purposes", "against", "offences"];
        let assurances = self.section(terms, "assurances", &members, &[]);
        self.list("assurances.purposes", assurances, PURPOSES);
        self.list("assurances.against", assurances, AGAINST);
        self.not_empty("assurances.against", assurances);
        self.slugs("assurances.offences", assurances, "offences");
    }
}
