//! Sending objects to somebody else's collection, in envelopes that the server takes.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

use serde_json::value::RawValue;

use crate::backoff::Backoff;
use crate::client::{Client, escape};
use crate::client_error::ClientError;
use crate::fingerprint::{Fingerprint, Named};
use crate::transport::Transport;
use crate::types::{Status, StatusDetail};

/// Most objects of an envelope.
const MOST: usize = 500;
/// Longest envelope in bytes where the server names no limit.
const LONGEST: usize = 10 << 20;
/// Bytes of an envelope around its objects.
const FRAME: usize = 16;
/// Times that a pending status is looked at.
const LOOKS: u32 = 8;
/// Objects in a row, each sent alone, on which a server may fail before it is left in peace.
const FAULTS: usize = 3;
/// Objects that one question looks up.
const LOOKED_UP: usize = 20;

/// What became of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The server took it.
    Taken,
    /// The server has it already, the same in every property.
    Known,
    /// The server refused it, with this reason.
    Refused(String),
    /// Alone it is longer than the server takes; its bytes.
    TooLarge(usize),
    /// The server had not finished with it when we stopped asking.
    Pending,
    /// The server answered and did not say.
    Unsaid,
    /// It was not sent, or the answer was lost.
    NotSent,
}

/// What became of all objects.
#[derive(Debug)]
pub struct Pushed {
    /// One for each object, in their order.
    pub outcomes: Vec<Outcome>,
    /// Why the rest was not sent.
    pub stopped: Option<ClientError>,
}

/// Sends objects to a collection. To send one again is safe: a server knows it by id and version,
/// and what it has already is [`Outcome::Known`], not a failure.
#[derive(Debug)]
pub struct Push<'a, T> {
    client: &'a Client<T>,
    root: &'a str,
    collection: &'a str,
    longest: usize,
    /// Objects in a row on which the server failed.
    faults: usize,
    /// Whether a server that fails is asked again with the same.
    patient: bool,
}

/// What became of an envelope.
enum Sent {
    Judged(Vec<Outcome>),
    /// The server takes no envelope so long.
    TooLarge,
    /// The server refused the envelope as a whole.
    Refused(ClientError),
    /// Nothing more can be sent.
    Stop(ClientError),
}

impl<'a, T: Transport> Push<'a, T> {
    /// To a collection of an API root; `max_content_length` is what that says, 0 if nothing.
    pub fn new(
        client: &'a Client<T>,
        root: &'a str,
        collection: &'a str,
        max_content_length: u64,
    ) -> Self {
        let said = usize::try_from(max_content_length).unwrap_or(usize::MAX);
        let longest = if said == 0 { LONGEST } else { said.min(LONGEST) };
        Self { client, root, collection, longest, faults: 0, patient: true }
    }

    /// Sends objects in their order. One that is refused does not stop the others.
    pub async fn send(&mut self, objects: &[Box<RawValue>]) -> Pushed {
        let mut outcomes = vec![Outcome::NotSent; objects.len()];
        let mut queue = VecDeque::new();
        queue.push_back(0..objects.len());
        self.patient = true;
        while let Some(range) = queue.pop_front() {
            let (range, rest) = self.fitting(objects, range);
            if let Some(rest) = rest {
                queue.push_front(rest);
            }
            let Some(envelope) = objects.get(range.clone()).filter(|e| !e.is_empty()) else {
                continue;
            };
            let alone = envelope.len() == 1;
            let sent = self.envelope(envelope).await;
            let found = match sent {
                Sent::Judged(found) => found,
                Sent::Stop(error) => return Pushed { outcomes, stopped: Some(error) },
                Sent::TooLarge if alone => vec![Outcome::TooLarge(bytes(envelope))],
                Sent::TooLarge => {
                    self.longest = (bytes(envelope) / 2).max(1);
                    queue.push_front(range);
                    continue;
                }
                Sent::Refused(error) if alone => {
                    if self.gives_up(&error) {
                        return Pushed { outcomes, stopped: Some(error) };
                    }
                    vec![Outcome::Refused(error.to_string())]
                }
                Sent::Refused(error) => {
                    // Some servers refuse all for the sake of one, or fail on it: the halves tell
                    // which.
                    self.patient &= !error.passes();
                    let half = range.start + envelope.len() / 2;
                    queue.push_front(half..range.end);
                    queue.push_front(range.start..half);
                    continue;
                }
            };
            for (place, outcome) in outcomes.iter_mut().skip(range.start).zip(found) {
                *place = outcome;
            }
        }
        Pushed { outcomes, stopped: None }
    }

    /// As much of the range as fits into an envelope, and the rest.
    fn fitting(
        &self,
        objects: &[Box<RawValue>],
        range: Range<usize>,
    ) -> (Range<usize>, Option<Range<usize>>) {
        let mut size = FRAME;
        let mut end = range.start;
        for object in objects.iter().take(range.end).skip(range.start) {
            size += object.get().len() + 1;
            let full = end - range.start >= MOST || size > self.longest;
            if full && end > range.start {
                break;
            }
            end += 1;
        }
        let rest = (end < range.end).then_some(end..range.end);
        (range.start..end, rest)
    }

    async fn envelope(&mut self, objects: &[Box<RawValue>]) -> Sent {
        let mut backoff = Backoff::default();
        loop {
            let asked = self.client.post_objects(self.root, self.collection, objects).await;
            let error = match asked {
                Ok(status) => {
                    self.faults = 0;
                    return self.finished(objects, status).await;
                }
                Err(error) => error,
            };
            if error.refusal() == Some(500)
                && let Some(taken) = self.taken_after_all(objects).await
            {
                return Sent::Judged(taken);
            }
            let again = self.patient || error.refusal() != Some(500);
            if again && self.client.waits(&mut backoff, &error).await {
                continue;
            }
            return match error {
                // It was taken in; the objects themselves tell what came of it.
                ClientError::Malformed { .. } => {
                    let all = vec![Outcome::Unsaid; objects.len()];
                    Sent::Judged(self.looked_up(objects, all).await)
                }
                ClientError::Status { status: 413, .. } => Sent::TooLarge,
                ClientError::Status { status: 400 | 409 | 422 | 500, .. } => Sent::Refused(error),
                other => Sent::Stop(other),
            };
        }
    }

    /// [`Outcome::Known`] for each, if the server has them all although it failed: OpenTAXII 0.9.3
    /// keeps what it gets and fails when it writes its answer.
    async fn taken_after_all(&mut self, objects: &[Box<RawValue>]) -> Option<Vec<Outcome>> {
        let unsaid = vec![Outcome::Unsaid; objects.len()];
        let found = self.looked_up(objects, unsaid).await;
        let all = found.iter().all(|outcome| *outcome == Outcome::Known);
        self.faults = if all { 0 } else { self.faults };
        all.then_some(found)
    }

    /// Whether the server fails on everything.
    fn gives_up(&mut self, error: &ClientError) -> bool {
        let its_own = error.refusal().is_some_and(|status| status >= 500);
        self.faults = if its_own { self.faults + 1 } else { 0 };
        self.faults >= FAULTS
    }

    /// Waits until the server has looked at every object.
    async fn finished(&self, objects: &[Box<RawValue>], mut status: Status) -> Sent {
        let mut pause = Duration::from_secs(1);
        for _ in 0..LOOKS {
            let waits = status.pending_count > 0 || status.status == "pending";
            if !waits || !self.client.pauses(pause).await {
                break;
            }
            pause = (pause * 2).min(Duration::from_secs(30));
            match self.client.status(self.root, &status.id).await {
                Ok(found) => status = found,
                Err(error) if error.passes() => {}
                // A status that is gone or hidden: the objects themselves tell.
                Err(_) => break,
            }
        }
        Sent::Judged(self.looked_up(objects, judge(objects, &status)).await)
    }

    /// Looks at what failed or is unsaid: what the server has, it has.
    async fn looked_up(
        &self,
        objects: &[Box<RawValue>],
        mut outcomes: Vec<Outcome>,
    ) -> Vec<Outcome> {
        let open = |outcome: &Outcome| {
            matches!(outcome, Outcome::Refused(_) | Outcome::Unsaid | Outcome::Pending)
        };
        let mut doubtful: Vec<(&RawValue, &mut Outcome)> = objects
            .iter()
            .map(|object| &**object)
            .zip(outcomes.iter_mut())
            .filter(|(_, outcome)| open(outcome))
            .collect();
        for some in doubtful.chunks_mut(LOOKED_UP) {
            let texts: Vec<&RawValue> = some.iter().map(|(object, _)| *object).collect();
            // A collection that may not be read tells nothing: the server's word stands.
            let Ok(there) = self.there(&texts).await else { break };
            for (object, outcome) in some {
                let (print, named) = (Fingerprint::of(object), Named::of(object));
                // Against a refusal only the same content counts. Else the version does: OpenTAXII
                // 0.9.3 gives back another `spec_version` than it got.
                let refused = matches!(outcome, Outcome::Refused(_));
                let is = |other: &(Fingerprint, Named)| {
                    other.0 == print || (!refused && other.1.is_same_version(&named))
                };
                if there.iter().any(is) {
                    **outcome = Outcome::Known;
                }
            }
        }
        outcomes
    }

    /// The objects of the collection that bear the ids of these.
    async fn there(&self, objects: &[&RawValue]) -> Result<Vec<(Fingerprint, Named)>, ClientError> {
        let ids: Vec<String> = objects.iter().map(|object| Named::of(object).id).collect();
        let ids = escape(&ids.join(","));
        let query = format!("match%5Bid%5D={ids}&match%5Bversion%5D=all");
        let page = self.client.page(self.root, self.collection, &query).await?;
        let there = page.objects.iter();
        Ok(there.map(|object| (Fingerprint::of(object), Named::of(object))).collect())
    }
}

/// What a status says of each object.
fn judge(objects: &[Box<RawValue>], status: &Status) -> Vec<Outcome> {
    let named: Vec<Named> = objects.iter().map(|object| Named::of(object)).collect();
    let finds = |details: &[StatusDetail], object: &Named| -> Option<StatusDetail> {
        let twins = named.iter().filter(|other| other.id == object.id).count();
        let mut of_id = details.iter().filter(|detail| detail.id == object.id);
        match twins {
            0 | 1 => of_id.next().cloned(),
            // Servers invent versions; where an id comes twice they have to be the object's own.
            _ => of_id.find(|d| object.version() == Some(&d.version)).cloned(),
        }
    };
    let all = objects.len() as u64;
    let listed = status.failures.len() as u64 == status.failure_count
        && status.pendings.len() as u64 == status.pending_count
        && status.status != "pending";
    let each = named.iter().map(|object| {
        if let Some(failure) = finds(&status.failures, object) {
            let reason = failure.message.unwrap_or_else(|| "no reason given".to_owned());
            let plain = reason.chars().filter(|c| !c.is_control()).take(300);
            Outcome::Refused(plain.collect())
        } else if finds(&status.successes, object).is_some() {
            Outcome::Taken
        } else if finds(&status.pendings, object).is_some() || status.status == "pending" {
            Outcome::Pending
        } else if status.success_count == all
            || (listed && status.success_count + status.failure_count + status.pending_count == all)
        {
            Outcome::Taken
        } else {
            Outcome::Unsaid
        }
    });
    each.collect()
}

fn bytes(objects: &[Box<RawValue>]) -> usize {
    FRAME + objects.iter().map(|object| object.get().len() + 1).sum::<usize>()
}
