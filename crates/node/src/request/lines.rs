//! Requests for people: where each stands, and its thread step by step.

use enlace_policy::roles::Action;
use enlace_request::clock::Standing;
use enlace_request::state::{Side, Step};
use enlace_stix::Object;
use enlace_store::Batch;
use serde::Serialize;
use serde_json::Value;

use super::{Held, Reading, RequestDraft, RequestObject};
use crate::ledger_log::Act;
use crate::{Actor, Node, NodeError, clock};

/// A request in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RequestLine {
    /// Its id.
    pub id: String,
    /// `out` (we ask) or `in` (we are asked).
    pub direction: &'static str,
    /// Name of the partner.
    pub partner: String,
    /// `information`, `trace`…
    pub kind: String,
    /// For what.
    pub purpose: String,
    /// Number of the asking side.
    pub number: Option<String>,
    /// Whether the short limits are claimed.
    pub urgent: bool,
    /// Where the thread stands; empty while its first step is on the way.
    pub state: &'static str,
    /// `no-limit`, `not-started`, `running`, `paused`, `overdue`, `kept`, `missed`.
    pub limit: &'static str,
    /// End of the limit, by the clock of the asked side.
    pub due: Option<String>,
    /// By when the asking side wants its answer, whether that is agreed to or not.
    pub wanted: Option<String>,
    /// Seconds that are left, or by which it passed.
    pub seconds: Option<i64>,
    /// When it was sent, by the clock of the asking side.
    pub sent: Option<String>,
    /// When it was received, by the clock of the asked side.
    pub received: Option<String>,
    /// Whether it is our turn.
    pub ours: bool,
    /// Whether something of the thread was left out: the two nodes do not hold the same.
    pub diverges: bool,
    /// When *nothing* will be said outward.
    pub nothing_at: Option<String>,
}

/// One step of a thread.
#[derive(Debug, Clone, Serialize)]
pub struct StepLine {
    /// Its object.
    pub id: String,
    /// `asking` or `asked`.
    pub side: &'static str,
    /// What it is.
    pub state: &'static str,
    /// When, by the clock of its side.
    pub at: String,
    /// When it arrived or was written here, by our clock.
    pub here: Option<String>,
    /// Whether it crossed with a step of the other side and moves nothing.
    pub crossed: bool,
    /// What it says beside its links.
    pub said: serde_json::Map<String, Value>,
}

/// A request with its thread.
#[derive(Debug, Clone, Serialize)]
pub struct RequestView {
    /// Where it stands.
    #[serde(flatten)]
    pub line: RequestLine,
    /// The request.
    pub request: serde_json::Map<String, Value>,
    /// The steps, in the order that both nodes reckon.
    pub steps: Vec<StepLine>,
    /// Documents and objects that came or went with it.
    pub objects: Vec<RequestObject>,
    /// Steps that were left out, here or by the partner, with the rule that each breaks.
    pub faults: Vec<(String, String)>,
    /// Steps that wait for others on the way.
    pub waiting: usize,
    /// Events whose stated limit is another than the one that follows from the thread.
    pub misstated: Vec<String>,
    /// What we could do now.
    pub possible: Vec<&'static str>,
}

impl Node {
    /// Requests in and out, those with the nearest end first; what has not left besides. What is about
    /// something that the actor may not see is not listed.
    pub async fn request_list(
        &self,
        actor: &Actor,
    ) -> Result<(Vec<RequestDraft>, Vec<RequestLine>), NodeError> {
        actor.require(Action::RequestView)?;
        let view = self.view_of(actor).await?;
        let (reading, all) = self.requests_seen(&view).await?;
        let mut lines: Vec<_> = all.iter().map(|held| self.request_line(&reading, held)).collect();
        let open = |line: &RequestLine| !matches!(line.limit, "overdue" | "running" | "paused");
        lines.sort_by(|a, b| {
            let key = |l: &RequestLine| (open(l), l.due.is_none(), l.due.clone());
            key(a).cmp(&key(b)).then_with(|| b.sent.cmp(&a.sent)).then_with(|| a.id.cmp(&b.id))
        });
        Ok((self.drafts(&view).await?, lines))
    }

    /// A request with its thread; the look is logged.
    pub async fn request_show(&self, actor: &Actor, id: &str) -> Result<RequestView, NodeError> {
        actor.require(Action::RequestView)?;
        let (reading, held) = self.request_read(id).await?;
        let view = self.view_of(actor).await?;
        self.request_seen(&view, &held).await?;
        let act = Act::new("consultation").by(actor).field("kind", "request");
        self.log_act(act.field("objects", vec![held.object.id().to_string()])).await?;
        let thread = &held.thread;
        let steps = thread.steps().map(|(event, crossed)| {
            let object = held.steps.iter().find(|(object, _)| object.id().as_str() == event.id);
            StepLine {
                id: event.id.clone(),
                side: event.side.name(),
                state: event.step.name(),
                at: clock::text(event.occurred_us),
                here: held.at_us(&event.id).map(clock::text),
                crossed,
                said: object.map(|(object, _)| said(object)).unwrap_or_default(),
            }
        });
        Ok(RequestView {
            steps: steps.collect(),
            objects: self.objects_with(&view, &held).await?,
            faults: faults(&held),
            waiting: thread.waiting.len(),
            misstated: thread.clock.misstated.clone(),
            possible: match actor.may(Action::RequestHandle) {
                true => thread.possible(held.side).into_iter().map(Step::name).collect(),
                false => Vec::new(),
            },
            request: said(&held.object),
            line: self.request_line(&reading, &held),
        })
    }

    /// Ends of limits that run or have passed, as an iCalendar file (RFC 5545), and how many. It names
    /// partners, kinds and numbers, nothing of the content.
    pub async fn request_calendar(&self, actor: &Actor) -> Result<(String, usize), NodeError> {
        let (_, lines) = self.request_list(actor).await?;
        let stamp = compact(&clock::text(self.now_us()));
        let mut text =
            String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Enlace//Requests//EN\r\n");
        let mut count = 0;
        for line in lines.iter().filter(|l| matches!(l.limit, "running" | "overdue" | "paused")) {
            let Some(due) = &line.due else { continue };
            let number = line.number.as_deref().unwrap_or(&line.id);
            let way = if line.direction == "in" { "from" } else { "to" };
            let title = format!("{number}: {} {way} {}", line.kind, line.partner);
            let uid = &line.id;
            for item in [
                "BEGIN:VEVENT".to_owned(),
                format!("UID:{uid}"),
                format!("DTSTAMP:{stamp}"),
                format!("DTSTART:{}", compact(due)),
                format!("SUMMARY:{}", escaped(&title)),
                format!(
                    "STATUS:{}",
                    if line.limit == "paused" { "TENTATIVE" } else { "CONFIRMED" }
                ),
                "END:VEVENT".to_owned(),
            ] {
                folded(&item, &mut text);
            }
            count += 1;
        }
        text.push_str("END:VCALENDAR\r\n");
        let act = Act::new("request-calendar").by(actor).field("limits", count);
        let writes = vec![self.node_leaf(act)?];
        self.store.commit(Batch { guards: vec![], writes }).await?;
        Ok((text, count))
    }

    pub(super) fn request_line(&self, reading: &Reading, held: &Held) -> RequestLine {
        let Held { object, side, partner, thread, .. } = held;
        let text = |name: &str| object.text(name).map(str::to_owned);
        let now = self.now_us();
        let (limit, micros) = match thread.clock.standing(now) {
            Standing::NoLimit => ("no-limit", None),
            Standing::NotStarted => ("not-started", None),
            Standing::Running(left) => ("running", Some(left)),
            Standing::Paused(left) => ("paused", Some(left)),
            Standing::Overdue(by) => ("overdue", Some(by)),
            Standing::Kept => ("kept", None),
            Standing::Missed(by) => ("missed", Some(by)),
        };
        let position = thread.position();
        RequestLine {
            id: object.id().to_string(),
            direction: if *side == Side::Asking { "out" } else { "in" },
            partner: reading.name(partner),
            kind: text("kind").unwrap_or_default(),
            purpose: text("purpose").unwrap_or_default(),
            number: text("request_number").or_else(|| text("case_number")),
            urgent: object.text("urgency") == Some("urgent"),
            state: position.map_or("", |position| position.state.name()),
            limit,
            due: thread.clock.due_us.map(clock::text),
            wanted: object.time("answer_by").map(|time| clock::text(time.micros())),
            seconds: micros.map(|micros| micros.div_euclid(1_000_000)),
            sent: thread.chain(Side::Asking).first().map(|event| clock::text(event.occurred_us)),
            received: thread.clock.started_us.map(clock::text),
            ours: turn(held),
            diverges: !thread.is_whole() || !held.refused.is_empty(),
            nothing_at: reading.nothing_at(object.id().as_str()).map(clock::text),
        }
    }
}

/// Steps that were left out here, and those of ours that the partner left out.
fn faults(held: &Held) -> Vec<(String, String)> {
    let here = held.thread.faults.iter().map(|f| (f.event.clone(), f.kind.rule().to_owned()));
    here.chain(held.refused.iter().cloned()).collect()
}

/// Whether this node's people are to do something next.
fn turn(held: &Held) -> bool {
    let Some(position) = held.thread.position() else { return false };
    match position.interrupted {
        Some((by, _)) => by != held.side,
        None if position.is_open() => held.side == Side::Asked,
        None => held.side == Side::Asking && !position.is_over(),
    }
}

/// What people wrote: neither links nor what every object bears.
fn said(object: &Object) -> serde_json::Map<String, Value> {
    const LINKS: &[&str] = &[
        "type",
        "spec_version",
        "id",
        "created",
        "modified",
        "created_by_ref",
        "extensions",
        "request_ref",
        "state",
        "side",
        "by_ref",
        "occurred_at",
        "received_at",
        "sequence",
        "previous_sha256",
        "seen_sequence",
        "seen_sha256",
    ];
    let kept = object.view().iter().filter(|(name, _)| !LINKS.contains(&name.as_str()));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// `2026-06-01T10:00:00.000Z` as iCalendar writes it: `20260601T100000Z`.
fn compact(time: &str) -> String {
    let digits: String = time.chars().filter(|c| c.is_ascii_digit()).take(14).collect();
    let (day, hour) = digits.split_at_checked(8).unwrap_or((&digits, ""));
    format!("{day}T{hour}Z")
}

/// Text as a value (RFC 5545, section 3.3.11); control characters are left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !c.is_control()) {
        if matches!(c, '\\' | ';' | ',') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A line in pieces of at most 75 bytes (RFC 5545, section 3.1).
fn folded(line: &str, out: &mut String) {
    let mut width = 0;
    for c in line.chars() {
        if width + c.len_utf8() > 75 {
            out.push_str("\r\n ");
            width = 1;
        }
        out.push(c);
        width += c.len_utf8();
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_a_calendar_is_longer_than_75_bytes_and_unfolded_it_is_the_same() {
        let line = format!("SUMMARY:{}", "ñandú, ".repeat(40));
        let mut out = String::new();
        folded(&line, &mut out);
        assert!(out.split("\r\n").all(|piece| piece.len() <= 75));
        assert_eq!(out.replace("\r\n ", ""), format!("{line}\r\n"));
    }

    #[test]
    fn what_a_number_holds_cannot_end_its_line() {
        assert_eq!(escaped("UNE;1,2\\\r\nBEGIN:VEVENT"), "UNE\\;1\\,2\\\\BEGIN:VEVENT");
        assert_eq!(compact("2026-06-01T10:00:00.123Z"), "20260601T100000Z");
    }
}
