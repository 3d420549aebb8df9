//! `release` and its steps.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use enlace_node::{Counts, Document, DryRun, NodeError, ReleaseRequest, SendWhen};
use serde_json::json;

use super::carried::{Place, said, written};
use super::{Session, file_error};
use crate::args::{Release, ReleaseStep};
use crate::words::{Words, count};

pub(super) async fn run(session: &Session<'_>, verb: Release) -> Result<u8, NodeError> {
    match verb.step {
        Some(step) => self::step(session, step).await,
        None => begin(session, verb).await,
    }
}

async fn begin(session: &Session<'_>, verb: Release) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    let request = ReleaseRequest {
        agreement: verb.agreement.unwrap_or_default(),
        partner: verb.partner,
        purpose: verb.purpose,
        ids: verb.ids,
        offence: verb.offence,
        ground_reason: verb.ground_reason,
        person: verb.person,
        exact: false,
        answers: None,
    };
    if verb.dry_run {
        let dry = node.dry_run(actor, &request).await?;
        show(session, &dry);
        return Ok(0);
    }
    let line = node.release_draft(actor, &request).await?;
    out.summary(&line, || format!("release {} drafted for {}", line.id, line.partner));
    Ok(0)
}

async fn step(session: &Session<'_>, step: ReleaseStep) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    match step {
        ReleaseStep::List | ReleaseStep::Status { id: None } => {
            let lines = node.release_list(actor).await?;
            for line in &lines {
                out.line(line, || {
                    let objects = count(line.kept, "object");
                    format!("{}  {}  {}  {objects}", line.id, line.partner, line.state)
                });
            }
            out.summary(&json!({ "releases": lines.len() }), String::new);
        }
        ReleaseStep::Show { id } => show(session, &node.release_show(actor, &id).await?),
        ReleaseStep::Copy { id, file } => copy(session, &id, &file).await?,
        ReleaseStep::Status { id: Some(id) } => {
            let line = node.release_status(actor, &id).await?;
            out.summary(&line, || {
                let receipt = line.receipt.as_deref().unwrap_or("no receipt yet");
                let fetched = if line.fetched { "fetched" } else { "not fetched" };
                format!("{}: {}, {fetched}, {receipt}", line.id, line.state)
            });
        }
        ReleaseStep::Approve { id, follow, confirm_protected } => {
            let line = match confirm_protected {
                true => node.release_approve_protected(actor, &id, follow).await?,
                false => node.release_approve(actor, &id, follow).await?,
            };
            out.summary(&line, || match &line.approved_by {
                Some(by) => format!("release {} approved by {by}", line.id),
                None => format!(
                    "release {} drafted by {}: somebody else has to approve it (four eyes)",
                    line.id, line.drafted_by
                ),
            });
        }
        ReleaseStep::Send { id, file: Some(file), .. } => {
            return carry(session, &id, &file).await;
        }
        ReleaseStep::Send { id, slot, file: None } => {
            let when = if slot { SendWhen::Slot } else { SendWhen::Now };
            let line = node.release_send(actor, &id, when).await?;
            out.summary(&line, || match &line.slot {
                Some(slot) => format!("release {}: leaves at {slot}", line.id),
                None => format!("release {}: {} sent", line.id, count(line.kept, "object")),
            });
        }
        ReleaseStep::Updates { now } => {
            let done = if now { Some(node.update_run(actor, true).await?) } else { None };
            let lines = node.update_list(actor).await?;
            for line in &lines {
                out.line(line, || {
                    let when = line.slot.as_ref().or(line.release.as_ref());
                    let clauses = line.clauses.join(", ");
                    let what = when.map_or(clauses, String::clone);
                    let reads = match line.reads.as_slice() {
                        [] => String::new(),
                        reads => format!("  (its rule reads {}, which stays)", reads.join(", ")),
                    };
                    format!("{}  {}  {}  {what}{reads}", line.object, line.partner, line.state)
                });
            }
            out.summary(&json!({ "updates": lines.len(), "done": done }), String::new);
        }
    }
    Ok(0)
}

/// Sends a release, if that is still to be done, and writes it to a file.
async fn carry(session: &Session<'_>, id: &str, file: &Path) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    let place = Place::new(file)?;
    let status = node.release_status(actor, id).await?;
    if status.person.is_some() {
        let made = node.release_person_file(actor, id).await?;
        let path = place.keep_as(&made.release, &made.bytes)?;
        let (person, objects) = (made.person.as_str(), made.objects);
        let done = json!({
            "release": id, "person": person, "objects": objects, "file": path,
            "bytes": made.bytes.len(),
        });
        out.summary(&done, || {
            let objects = count(objects, "object");
            format!("release {id}: {}: {objects} for {person}", path.display())
        });
        return Ok(0);
    }
    if status.state != "sent" {
        node.release_send(actor, id, SendWhen::Now).await?;
    }
    let carried = node.release_file(actor, id).await?;
    let path = place.keep(&carried)?;
    let mut done = written(&carried, &path);
    // Handed out now: the times in it are those of now.
    let slot = status.slot.filter(|_| status.state == "scheduled");
    if let Some(done) = done.as_object_mut() {
        done.insert("slot_not_waited_for".to_owned(), json!(slot));
    }
    out.summary(&done, || {
        let said = said(&carried, &path);
        match &slot {
            Some(slot) => format!("release {id}: {said}; sent at once, without waiting for {slot}"),
            None => format!("release {id}: {said}"),
        }
    });
    Ok(0)
}

/// Writes a flattened copy where nothing stands.
async fn copy(session: &Session<'_>, id: &str, file: &Path) -> Result<(), NodeError> {
    let Session { node, actor, out } = session;
    let copy = node.document_copy(actor, id).await?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let mut place = options.open(file).map_err(|e| file_error(file, e))?;
    let written = place.write_all(&copy.bytes).and_then(|()| place.sync_all());
    written.map_err(|e| file_error(file, e))?;
    let (mime, size) = (&copy.mime, copy.bytes.len());
    out.summary(&json!({ "mime": mime, "bytes": size }), || {
        format!("{}: {mime}, {}", file.display(), count(size, "byte"))
    });
    Ok(())
}

/// What becomes of documents, beside the lines.
fn documents(session: &Session<'_>, words: &Words, dry: &DryRun) {
    for (id, document) in &dry.documents {
        session.out.line(&json!({ "document": id, "outcome": document }), || match document {
            Document::Flattened { mime, pages, size, notes } => {
                let note = |(note, times): &(String, u32)| {
                    format!("{} ×{times}", words.word("document-note", note))
                };
                let notes: Vec<String> = notes.iter().map(note).collect();
                let notes = notes.join(", ");
                let (pages, size) = (count(pages, "page"), count(size, "byte"));
                format!("{id}  (flattened copy): {mime}, {pages}, {size}  {notes}")
            }
            Document::Withheld { code, page } => {
                let page = page.map_or_else(String::new, |page| format!(" (page {page})"));
                let why = words.word("document-refusal", code);
                format!("{id}  (no flattened copy): {why}{page}")
            }
        });
    }
}

fn show(session: &Session<'_>, dry: &DryRun) {
    for (id, statuses) in &dry.protected {
        session.out.note(&format!("protected person: {id} ({})", statuses.join(", ")));
    }
    let words = Words::new();
    for line in &dry.lines {
        session.out.line(line, || words.dry(line));
    }
    documents(session, &words, dry);
    session.out.summary(&dry.counts, || counted(&dry.counts));
}

/// What leaves in another form or in part leaves, too.
fn counted(counts: &Counts) -> String {
    let Counts { objects, kept, changed, withheld } = counts;
    let (objects, leave) = (count(objects, "object"), kept + changed);
    format!("{objects}: {leave} leave, {changed} of them in part; {withheld} stay")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_in_part_is_counted_as_leaving() {
        let counts = Counts { objects: 2, kept: 0, changed: 2, withheld: 0 };
        assert_eq!(counted(&counts), "2 objects: 2 leave, 2 of them in part; 0 stay");
    }
}
