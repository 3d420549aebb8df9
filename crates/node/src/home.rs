//! What somebody finds in the morning: what waits for him, the nearest end first.

use enlace_policy::approval_allowed;
use enlace_policy::roles::Action;
use enlace_store::{ObjectQuery, ObjectState};

use crate::facts::ObjectName;
use crate::release::Stage;
use crate::{
    Actor, AskedLine, Node, NodeError, ReleaseLine, RequestAlert, RequestDraft, RequestLine,
    RestrictedMatch,
};

/// Most releases that are looked at for who may approve them.
const MOST: usize = 100;

/// Most deliveries of a partner that are counted.
const MOST_PENDING: usize = 10_000;

/// The first page.
#[derive(Debug, Clone)]
pub struct Home {
    /// What came and was not marked read.
    pub alerts: Vec<RequestAlert>,
    /// Asked of us, and our turn: overdue first, then the nearest end.
    pub to_answer: Vec<RequestLine>,
    /// Asked by us, and our turn: a question back, or an outcome to be looked at.
    pub answers: Vec<RequestLine>,
    /// The partner's turn, while a limit runs.
    pub awaited: Vec<RequestLine>,
    /// Requests that this account may approve.
    pub drafts: Vec<RequestDraft>,
    /// Releases that this account may approve.
    pub releases: Vec<ReleaseLine>,
    /// What partners sent that waits for a verdict of this account.
    pub deliveries: usize,
    /// Hits of the last week about objects that this account sees, the newest first.
    pub hits: Vec<(ObjectName, AskedLine)>,
    /// Requests that may be about restricted records of this account's compartments.
    pub restricted: Vec<RestrictedMatch>,
}

impl Node {
    /// What waits for an account, as far as its role and its view go: each part is what the list of
    /// its own shows.
    pub async fn home(&self, actor: &Actor) -> Result<Home, NodeError> {
        let (mut drafts, lines) = self.request_list(actor).await?;
        let mine = |d: &RequestDraft| d.approved.is_none() && d.by != actor.account();
        drafts.retain(|draft| actor.may(Action::RequestApprove) && mine(draft));
        let alerts = self.request_alerts(actor, &lines).await?;
        let of = |direction: &str, ours: bool| {
            let fits = |l: &&RequestLine| l.direction == direction && l.ours == ours;
            lines.iter().filter(fits).cloned().collect::<Vec<_>>()
        };
        let mut awaited = of("out", false);
        awaited.extend(of("in", false));
        awaited.retain(|line| matches!(line.limit, "running" | "overdue" | "paused"));
        awaited.sort_by(|a, b| a.due.cmp(&b.due));
        let mut to_answer = of("in", true);
        // A time that is wanted binds nobody, and stands beside one that does.
        let end = |l: &RequestLine| l.due.clone().or_else(|| l.wanted.clone());
        to_answer.sort_by(|a, b| {
            let key = |l: &RequestLine| (l.limit != "overdue", end(l).is_none(), end(l));
            key(a).cmp(&key(b)).then_with(|| a.sent.cmp(&b.sent))
        });
        Ok(Home {
            alerts,
            to_answer,
            answers: of("out", true),
            awaited,
            drafts,
            releases: self.approvable(actor).await?,
            deliveries: self.unjudged(actor).await?,
            hits: self.recent_hits(actor).await?,
            restricted: self.restricted_matches(actor).await?,
        })
    }

    /// Drafted releases that the account may approve, the oldest first.
    async fn approvable(&self, actor: &Actor) -> Result<Vec<ReleaseLine>, NodeError> {
        if !actor.may(Action::ReleaseApprove) || !actor.may(Action::ReleaseView) {
            return Ok(Vec::new());
        }
        let mut all = self.releases_for(actor).await?;
        all.retain(|(_, release)| release.stage == Stage::Drafted);
        all.sort_by_key(|(_, release)| release.drafted.at_us);
        let mut lines = Vec::new();
        for (id, release) in all.into_iter().take(MOST) {
            let own = release.drafted.by == actor.account();
            if own && !self.by_its_drafter(actor, &id).await? {
                continue;
            }
            lines.push(self.release_line(&id, &release).await?);
        }
        Ok(lines)
    }

    /// Whether the agreement lets who drafted a release approve it.
    async fn by_its_drafter(&self, actor: &Actor, id: &str) -> Result<bool, NodeError> {
        let (_, release, view) = self.release_for(actor, id).await?;
        match self.planned(&view, &release.request()).await {
            Ok(planned) => {
                let (rule, _) = planned.approval(self.now_us());
                Ok(approval_allowed(rule, actor.account(), actor.account()))
            }
            // It cannot leave as it stands: nobody can approve it now.
            Err(NodeError::Input { .. } | NodeError::State { .. } | NodeError::NotFound { .. }) => {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    async fn unjudged(&self, actor: &Actor) -> Result<usize, NodeError> {
        if !actor.may(Action::InboxJudge) {
            return Ok(0);
        }
        let mut count = 0;
        for (key_id, _) in self.partners().await? {
            let query = ObjectQuery {
                kinds: vec!["release-record".to_owned(), "agreement".to_owned()],
                channel: Some(key_id),
                state: Some(ObjectState::Pending),
                limit: MOST_PENDING,
                ..ObjectQuery::default()
            };
            count += self.store.objects(query).await?.len();
        }
        Ok(count)
    }
}
