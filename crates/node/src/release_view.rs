//! Releases as pages show them: side by side, as a list, and as they were when they left.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use enlace_policy::roles::Action;
use enlace_policy::{Clause, Origin};
use enlace_release::{Line, ObjectPlan, Outcome, Verdict};
use enlace_stix::Object;
use enlace_stix::marking::Effective;
use enlace_stix::types::definition_id;

use crate::as_sent::AsSent;
use crate::facts::{Marked, NAMING, ObjectName, join, readable, relate};
use crate::ledger_log::Act;
use crate::release::{Release, Stage, counts, digest, lines_of};
use crate::release_set::Planned;
use crate::view::View;
use crate::{Actor, DryLine, DryObject, DryRun, Node, NodeError, ReleaseLine};

/// A release for its page.
#[derive(Debug, Clone)]
pub struct ReleaseView {
    /// Where it stands.
    pub line: ReleaseLine,
    /// As it would leave now; `None` where that cannot be said of a release that was sent.
    pub dry: Option<DryRun>,
    /// It would leave differently from what was drafted: what was not sent has to be drafted
    /// again, of what was sent `stored` says what left.
    pub changed: bool,
    /// Objects of a sent release that are held as they were when it was sent.
    pub unaltered: BTreeSet<String>,
    /// What was decided when it was drafted, without values.
    pub stored: Vec<StoredObject>,
    /// The values of a release that was sent, as they were then.
    pub as_sent: Option<AsSent>,
}

/// What was decided on one object.
#[derive(Debug, Clone)]
pub struct StoredObject {
    /// What it is called here.
    pub name: ObjectName,
    /// On the whole object.
    pub verdict: Verdict,
    /// On the whole object, the decisive one first.
    pub clauses: Vec<Clause>,
    /// Each property.
    pub fields: Vec<StoredField>,
}

/// What was decided on one property.
#[derive(Debug, Clone)]
pub struct StoredField {
    /// Path.
    pub path: String,
    /// Kept, changed or withheld.
    pub verdict: Verdict,
    /// The decisive one first.
    pub clauses: Vec<Clause>,
}

/// A release in the list.
#[derive(Debug, Clone)]
pub struct ReleaseRow {
    /// Where it stands.
    pub line: ReleaseLine,
    /// Label of the first picked object.
    pub label: String,
    /// Marking of that label.
    pub marking: Effective,
}

impl Node {
    /// A release, side by side.
    pub async fn release_view(&self, actor: &Actor, id: &str) -> Result<ReleaseView, NodeError> {
        actor.require(Action::ReleaseView)?;
        actor.require(Action::DryRun)?;
        let (_, release, view) = self.release_for(actor, id).await?;
        let seen = self.view_of(actor).await?;
        let act = Act::new("consultation").by(actor).field("kind", "release");
        self.log_act(act.field("release", id).field("objects", release.ids.clone())).await?;
        let line = self.release_line(id, &release).await?;
        let stored = self.stored(&seen, &release).await?;
        let sent = release.stage == Stage::Sent;
        let planned = match self.planned(&view, &release.request()).await {
            Ok(planned) => Some(planned),
            // What left is known, whatever became of agreement and objects since.
            Err(_) if sent => None,
            Err(error) => return Err(error),
        };
        let changed = planned.as_ref().is_none_or(|p| digest(p) != release.digest);
        let dry = match planned {
            Some(planned) => Some(self.shown(actor, planned, &release.ids).await?),
            None => None,
        };
        let unaltered = self.unaltered(&release).await?;
        let as_sent = match sent {
            true => Some(self.as_sent(&seen, &release, &stored).await?),
            false => None,
        };
        Ok(ReleaseView { line, dry, changed, unaltered, stored, as_sent })
    }

    /// Objects of which no version came in since the release was sent.
    async fn unaltered(&self, release: &Release) -> Result<BTreeSet<String>, NodeError> {
        let mut found = BTreeSet::new();
        let Some(sent) = &release.sent else { return Ok(found) };
        for line in release.lines.iter().filter(|line| line.path.is_empty()) {
            let row = self.store.object(&line.object, None).await?;
            if row.is_some_and(|row| row.received_us < sent.at_us) {
                found.insert(line.object.clone());
            }
        }
        Ok(found)
    }

    /// The newest releases with the label of what was picked, and how many there are beyond.
    pub async fn release_rows(
        &self,
        actor: &Actor,
        limit: usize,
    ) -> Result<(Vec<ReleaseRow>, usize), NodeError> {
        actor.require(Action::ReleaseView)?;
        let view = self.view_of(actor).await?;
        let mut all = self.releases_for(actor).await?;
        all.sort_by_key(|(_, r)| std::cmp::Reverse(r.drafted.at_us));
        let beyond = all.len().saturating_sub(limit);
        all.truncate(limit);
        self.log_act(Act::new("consultation").by(actor).field("kind", "releases")).await?;
        let mut rows = Vec::with_capacity(all.len());
        for (id, release) in &all {
            let first = release.ids.first().map(String::as_str).unwrap_or_default();
            let name = self.named(&view, first).await?;
            let (label, marking) = name.map_or_else(
                || (first.to_owned(), Effective::default()),
                |name| (name.label, name.marking),
            );
            rows.push(ReleaseRow { line: self.release_line(id, release).await?, label, marking });
        }
        Ok((rows, beyond))
    }

    /// A plan as pages and the command line show it.
    pub(crate) async fn shown(
        &self,
        actor: &Actor,
        planned: Planned,
        picked: &[String],
    ) -> Result<DryRun, NodeError> {
        let protected = self.protected_in(actor, &planned.plan).await?;
        let partner = self.channel_name(&planned.partner).await?;
        let country = self.country_of(&planned.partner).await?;
        let lines = lines_of(&planned.plan);
        let counts = counts(&planned.plan);
        let picked: BTreeSet<String> = picked.iter().map(|id| id.to_lowercase()).collect();
        let definitions: Arc<Vec<Object>> = Arc::new(planned.definitions.into_values().collect());
        let held: BTreeMap<String, Marked> = planned
            .candidates
            .into_iter()
            .map(|c| (c.object.id().to_string(), Marked::new(c.object, Arc::clone(&definitions))))
            .collect();
        let own = Marked::new(self.identity.clone(), definitions);
        let paths = paths(&held, &picked);
        let plain: BTreeMap<&str, ObjectName> =
            held.iter().map(|(id, marked)| (id.as_str(), marked.name())).collect();
        let tear_line = format!("extensions.{}", definition_id("tear-line"));
        let mut objects = Vec::with_capacity(planned.plan.objects.len());
        let mut names = BTreeMap::new();
        for plan in planned.plan.objects {
            let original = plan.original.to_string();
            let marked = held.get(&original).unwrap_or(&own);
            let markings = marked.markings();
            let mut name = plain.get(original.as_str()).cloned().unwrap_or_else(|| marked.name());
            relate(&mut name, marked, |id| plain.get(id));
            names.insert(original.clone(), name.clone());
            if let Outcome::Released { twin } | Outcome::Unchanged { twin } = &plan.outcome {
                names.insert(twin.to_string(), ObjectName { label: seen(&plan), ..name.clone() });
            }
            join(&mut name.marking, markings.object());
            let fields = plan.lines.iter().filter(|line| !line.path.is_empty());
            let markings = fields
                .map(|line| {
                    let mut marking = marked.of_path(&markings, &line.path);
                    if line.clause.code == "clause-tear-line" {
                        join(&mut marking, &markings.property(&tear_line));
                    }
                    (line.path.clone(), marking)
                })
                .collect();
            let through = paths.get(&original).cloned();
            objects.push(DryObject { name, markings, through, plan });
        }
        let agreement = planned.standing.agreement.title().to_owned();
        let purpose = planned.purpose;
        Ok(DryRun {
            agreement,
            partner,
            country,
            purpose,
            lines,
            counts,
            objects,
            names,
            protected,
            documents: planned.documents,
        })
    }

    /// What was decided, with the names of the objects as they are now.
    pub(crate) async fn stored(
        &self,
        view: &View,
        release: &Release,
    ) -> Result<Vec<StoredObject>, NodeError> {
        let mut objects: Vec<StoredObject> = Vec::new();
        for line in &release.lines {
            let (verdict, clauses) = (verdict_of(line), line.clauses());
            if line.path.is_empty() {
                let name = self.named(view, &line.object).await?.unwrap_or_else(|| ObjectName {
                    id: line.object.clone(),
                    kind: line.kind.clone(),
                    label: line.object.clone(),
                    marking: Effective::default(),
                });
                objects.push(StoredObject { name, verdict, clauses, fields: Vec::new() });
            } else if let Some(last) = objects.last_mut().filter(|o| o.name.id == line.object) {
                last.fields.push(StoredField { path: line.path.clone(), verdict, clauses });
            }
        }
        Ok(objects)
    }
}

/// What the partner can call an object: the name that leaves, else the id of the twin.
fn seen(plan: &ObjectPlan) -> String {
    let named = |line: &&Line| NAMING.contains(&line.path.as_str());
    let mut names =
        plan.lines.iter().filter(named).filter_map(|line| line.after.as_ref()?.as_str());
    let whole = plan.lines.iter().find(|line| line.path.is_empty());
    let twin = whole.and_then(|line| line.after.as_ref()?.as_str());
    names.next().or(twin).unwrap_or_default().to_owned()
}

/// For every object that was not picked: the path of a reference that leads to it, from a picked
/// object if there is one.
pub(crate) fn paths(
    held: &BTreeMap<String, Marked>,
    picked: &BTreeSet<String>,
) -> BTreeMap<String, String> {
    let mut paths = BTreeMap::new();
    let (first, rest): (Vec<_>, Vec<_>) = held.iter().partition(|(id, _)| picked.contains(*id));
    for (_, marked) in first.into_iter().chain(rest) {
        for reference in marked.object.references() {
            let target = reference.target.to_string();
            if !picked.contains(&target) {
                paths.entry(target).or_insert_with(|| readable(&reference.path));
            }
        }
    }
    paths
}

fn verdict_of(line: &DryLine) -> Verdict {
    match line.verdict.as_str() {
        "kept" => Verdict::Kept,
        "changed" => Verdict::Changed,
        _ => Verdict::Withheld,
    }
}

impl DryLine {
    /// The clauses that the line names: its numbers and its reasons, side by side.
    pub fn clauses(&self) -> Vec<Clause> {
        let mut reasons: Vec<String> = Vec::new();
        for part in self.reason.split("; ") {
            // A value may hold the separator; a new reason begins with a code.
            match reasons.last_mut() {
                Some(last) if code_of(part).is_none() => {
                    last.push_str("; ");
                    last.push_str(part);
                }
                _ => reasons.push(part.to_owned()),
            }
        }
        let numbers = self.clause.split(", ");
        numbers.zip(reasons).filter_map(|(number, reason)| clause(number, &reason)).collect()
    }
}

fn clause(number: &str, reason: &str) -> Option<Clause> {
    let code = code_of(reason)?;
    let origin = match () {
        () if number.starts_with("private.") => Origin::Private,
        () if number.starts_with(|c: char| c.is_ascii_digit()) => Origin::Agreement,
        () => Origin::Product,
    };
    let mut args: BTreeMap<String, String> = BTreeMap::new();
    let mut name: Option<String> = None;
    for word in reason.split(' ').skip(1) {
        let begins = word.split_once('=').filter(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        });
        match (begins, &name) {
            (Some((argument, value)), _) => {
                args.insert(argument.to_owned(), value.to_owned());
                name = Some(argument.to_owned());
            }
            (None, Some(name)) => {
                if let Some(value) = args.get_mut(name) {
                    value.push(' ');
                    value.push_str(word);
                }
            }
            (None, None) => {}
        }
    }
    Some(Clause { id: number.to_owned(), code, args, origin })
}

/// The code at the beginning of a reason.
fn code_of(reason: &str) -> Option<&'static str> {
    let first = reason.split(' ').next()?;
    Clause::CODES.iter().find(|code| **code == first).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clauses_of_a_stored_line_are_those_that_decided() {
        let line = DryLine {
            object: String::new(),
            kind: String::new(),
            path: String::new(),
            verdict: "withheld".to_owned(),
            clause: "3.2, private.tlp-red, default.deny".to_owned(),
            reason: "clause-tlp-max found=red max=amber; private-tlp-red; default-deny x=a; b c"
                .to_owned(),
            after: None,
        };
        let found = line.clauses();
        let ids: Vec<&str> = found.iter().map(|c| c.id.as_str()).collect();
        assert_eq!(ids, ["3.2", "private.tlp-red", "default.deny"]);
        let origins: Vec<Origin> = found.iter().map(|c| c.origin).collect();
        assert_eq!(origins, [Origin::Agreement, Origin::Private, Origin::Product]);
        assert_eq!(found[0].args["max"], "amber");
        assert_eq!(found[2].args["x"], "a; b c");
    }
}
