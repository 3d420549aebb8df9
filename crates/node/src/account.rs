//! Accounts of our own people and tools: passwords, sessions, one-time links, tokens.

use enlace_keys::Token;
use enlace_policy::roles::{Action, Role};
use enlace_store::{Batch, Guard, RecordQuery, Write};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError};

const SESSION_US: i64 = 12 * 3600 * 1_000_000;
const LINK_US: i64 = 24 * 3600 * 1_000_000;
const DAY_US: i64 = 86_400 * 1_000_000;
/// Longest life of a token, in days; the one it gets where nobody says another.
const TOKEN_DAYS: u32 = 365;
/// Beginning of a token that is kept to name it: 36 of its 256 bits.
const TOKEN_NAME: usize = 10;

/// Longest name of an account in bytes.
pub(crate) const LONGEST_NAME: usize = 64;

/// Names under which no person acts: who had one could act as the node itself.
const NOBODYS: [&str; 3] = ["console", "agreement", crate::flow::NODE];

/// An account as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Account {
    role: String,
    pub(crate) password_hash: String,
    created_us: i64,
    /// Nobody signs in with it, and nothing that it was given works.
    #[serde(default)]
    pub(crate) is_disabled: bool,
}

impl Account {
    /// The role; a name that this version does not know may do nothing.
    pub(crate) fn role(&self) -> Result<Role, NodeError> {
        Role::from_name(&self.role).ok_or(NodeError::Internal("unknown role"))
    }

    /// The same, with which nobody signs in.
    pub(crate) fn disabled(self) -> Self {
        Self { is_disabled: true, ..self }
    }
}

/// An account for lists.
#[derive(Debug, Clone, Serialize)]
pub struct AccountLine {
    /// Name to sign in with.
    pub name: String,
    /// Role.
    pub role: &'static str,
    /// When it was made.
    pub created: String,
    /// Whether it is disabled.
    pub disabled: bool,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) account: String,
    csrf: String,
    expires_us: i64,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Link {
    pub(crate) account: String,
    expires_us: i64,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct TokenRecord {
    /// Name of an account, or key id of a partner.
    pub(crate) holder: String,
    /// Lineage of the agreement that a partner's token is bound to.
    pub(crate) lineage: Option<String>,
    pub(crate) expires_us: i64,
    /// How the token begins, to tell it from others; tokens of before have none.
    #[serde(default)]
    pub(crate) begins: String,
}

/// A signed-in person: the session's secret goes into the cookie.
#[derive(Debug)]
pub struct SignedIn {
    /// Who.
    pub actor: Actor,
    /// Value for the cookie.
    pub session: Token,
}

/// A session that was looked up.
#[derive(Debug)]
pub struct SessionView {
    /// Who.
    pub actor: Actor,
    /// Value that every form of this session carries.
    pub csrf: String,
}

impl Node {
    /// Creates an account. The password is kept as Argon2id hash only.
    pub async fn account_create(
        &self,
        actor: &Actor,
        name: &str,
        role: Role,
        password: &SecretString,
    ) -> Result<(), NodeError> {
        actor.require(Action::AccountManage)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '@');
        let taken = NOBODYS.iter().any(|own| name.eq_ignore_ascii_case(own));
        if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(plain) || taken {
            let expected = "1 to 64 letters, digits, `.`, `-`, `_` or `@`, and none of the names \
                            under which no person acts";
            return Err(NodeError::input("account.name", "unusable name", "NAME", expected));
        }
        if role == Role::Console {
            let expected = "the role of an account";
            return Err(NodeError::input("account.role", "no account's role", "ROLE", expected));
        }
        let account = Account {
            role: role.name().to_owned(),
            password_hash: self.passwords.hash(password).await?,
            created_us: self.now_us(),
            is_disabled: false,
        };
        let act = Act::new("account-created").by(actor).field("account", name);
        let batch = Batch {
            guards: vec![Guard::Absent { bucket: Bucket::ACCOUNT, key: name.to_owned() }],
            writes: vec![
                record::put(Bucket::ACCOUNT, name, &account, None)?,
                self.node_leaf(act.field("role", role.name()))?,
            ],
        };
        self.store.commit(batch).await?;
        Ok(())
    }

    /// All accounts by name.
    pub async fn account_list(&self, actor: &Actor) -> Result<Vec<AccountLine>, NodeError> {
        actor.require(Action::AccountManage)?;
        let query =
            RecordQuery { bucket: Bucket::ACCOUNT, limit: 10_000, ..RecordQuery::default() };
        let mut lines = Vec::new();
        for record in self.store.records(query).await? {
            let account: Account = record::read(&record)?;
            lines.push(AccountLine {
                name: record.key,
                role: account.role()?.name(),
                created: crate::clock::text(account.created_us),
                disabled: account.is_disabled,
            });
        }
        Ok(lines)
    }

    /// Signs in with name and password; takes the same time for a name that does not exist.
    pub async fn sign_in(
        &self,
        name: &str,
        password: &SecretString,
    ) -> Result<SignedIn, NodeError> {
        let actor = self.check_password(name, password).await?;
        self.open_session(actor).await
    }

    /// The actor of a name and password (command line, Basic).
    pub async fn check_password(
        &self,
        name: &str,
        password: &SecretString,
    ) -> Result<Actor, NodeError> {
        // No account has such a name: nothing is hashed for it.
        if name.len() > LONGEST_NAME {
            return Err(NodeError::SignIn);
        }
        let account = self.account(name).await?;
        let hash = account.as_ref().map(|account| account.password_hash.clone());
        let fits = self.passwords.fits(hash, password).await?;
        match account {
            Some(account) if fits => Ok(Actor::of(name, account.role()?)),
            _ => Err(NodeError::SignIn),
        }
    }

    /// A link that signs in once, within a day: the path to append to the pages' address.
    pub async fn account_link(&self, actor: &Actor, name: &str) -> Result<String, NodeError> {
        actor.require(Action::AccountManage)?;
        let account = self.account(name).await?;
        let account = account.ok_or_else(|| NodeError::not_found("account", name))?;
        if account.role()? == Role::Tool {
            let expected = "the account of a person: a tool has a token, not the pages";
            return Err(NodeError::state("the account", "a tool's", expected));
        }
        let token = Token::generate()?;
        let link = Link { account: name.to_owned(), expires_us: self.now_us() + LINK_US };
        let act = Act::new("link-created").by(actor).field("account", name);
        let writes = vec![
            record::put(Bucket::LINK, &token.sha256_hex(), &link, Some(link.expires_us))?,
            self.node_leaf(act)?,
        ];
        self.store.commit(Batch { guards: vec![], writes }).await?;
        Ok(format!("/login/{}", token.expose()))
    }

    /// Signs in with a one-time link; the link is spent by it.
    pub async fn sign_in_by_link(&self, text: &str) -> Result<SignedIn, NodeError> {
        let hash = hash(text)?;
        let record = self.store.record(Bucket::LINK, &hash).await?.ok_or(NodeError::SignIn)?;
        let link: Link = record::read(&record)?;
        let spend = Batch {
            guards: vec![record::unchanged(Bucket::LINK, &record)],
            writes: vec![Write::Delete { bucket: Bucket::LINK, key: hash }],
        };
        self.store.commit(spend).await.map_err(|_| NodeError::SignIn)?;
        if link.expires_us < self.now_us() {
            return Err(NodeError::SignIn);
        }
        let account = self.account(&link.account).await?.ok_or(NodeError::SignIn)?;
        self.open_session(Actor::of(&link.account, account.role()?)).await
    }

    /// A token for a tool that acts as this account; valid a year.
    pub async fn account_token(&self, actor: &Actor, name: &str) -> Result<Token, NodeError> {
        actor.require(Action::AccountManage)?;
        self.account(name).await?.ok_or_else(|| NodeError::not_found("account", name))?;
        let act = Act::new("token-created").by(actor).field("account", name);
        self.issue_token(name, None, None, vec![self.node_leaf(act)?]).await
    }

    /// A token of a holder, for so many days.
    pub(crate) async fn issue_token(
        &self,
        holder: &str,
        lineage: Option<String>,
        days: Option<u32>,
        mut writes: Vec<Write>,
    ) -> Result<Token, NodeError> {
        let days = days.unwrap_or(TOKEN_DAYS);
        if !(1..=TOKEN_DAYS).contains(&days) {
            let (found, expected) = (format!("{days} days"), format!("1 to {TOKEN_DAYS} days"));
            return Err(NodeError::input("token.days", found, "--days", expected));
        }
        let token = Token::generate()?;
        let expires_us = self.now_us() + i64::from(days) * DAY_US;
        let begins = token.expose().chars().take(TOKEN_NAME).collect();
        let kept = TokenRecord { holder: holder.to_owned(), lineage, expires_us, begins };
        writes.push(record::put(Bucket::TOKEN, &token.sha256_hex(), &kept, None)?);
        self.store.commit(Batch { guards: vec![], writes }).await?;
        Ok(token)
    }

    /// The tokens of a holder by their keys.
    pub(crate) async fn tokens_of(
        &self,
        holder: &str,
    ) -> Result<Vec<(String, TokenRecord)>, NodeError> {
        let query = RecordQuery { bucket: Bucket::TOKEN, limit: 100_000, ..RecordQuery::default() };
        let mut tokens = Vec::new();
        for found in self.store.records(query).await? {
            let token: TokenRecord = record::read(&found)?;
            if token.holder == holder {
                tokens.push((found.key, token));
            }
        }
        Ok(tokens)
    }

    /// The unexpired token of this text.
    pub(crate) async fn token(&self, text: &str) -> Result<Option<TokenRecord>, NodeError> {
        let Ok(key) = hash(text) else { return Ok(None) };
        let found = self.store.record(Bucket::TOKEN, &key).await?;
        let token: Option<TokenRecord> = found.map(|r| record::read(&r)).transpose()?;
        Ok(token.filter(|t| t.expires_us >= self.now_us()))
    }

    /// The actor of an account's token.
    pub async fn actor_by_token(&self, text: &str) -> Result<Actor, NodeError> {
        let token = self.token(text).await?.filter(|t| t.lineage.is_none());
        let token = token.ok_or(NodeError::SignIn)?;
        let account = self.account(&token.holder).await?.ok_or(NodeError::SignIn)?;
        Ok(Actor::of(&token.holder, account.role()?))
    }

    /// The session behind a cookie, if it is alive.
    pub async fn session(&self, cookie: &str) -> Result<Option<SessionView>, NodeError> {
        let Ok(key) = hash(cookie) else { return Ok(None) };
        let Some(found) = self.store.record(Bucket::SESSION, &key).await? else {
            return Ok(None);
        };
        let session: Session = record::read(&found)?;
        if session.expires_us < self.now_us() {
            // What has ended does not begin again when the clock is set back.
            self.sign_out(cookie).await?;
            return Ok(None);
        }
        let Some(account) = self.account(&session.account).await? else { return Ok(None) };
        let actor = Actor::of(&session.account, account.role()?);
        Ok(Some(SessionView { actor, csrf: session.csrf }))
    }

    /// Ends a session.
    pub async fn sign_out(&self, cookie: &str) -> Result<(), NodeError> {
        let key = hash(cookie)?;
        let writes = vec![Write::Delete { bucket: Bucket::SESSION, key }];
        self.store.commit(Batch { guards: vec![], writes }).await?;
        Ok(())
    }

    /// Forgets sessions, links and statuses of tools that have expired, and blobs of what was erased,
    /// and jobs that were over long ago.
    pub async fn tidy(&self) -> Result<(), NodeError> {
        for bucket in [
            Bucket::SESSION,
            Bucket::LINK,
            Bucket::PAPER_COUNT,
            Bucket::PLAIN_STATUS,
            Bucket::MATCH_QUOTA,
            Bucket::MATCH_ASKED,
            Bucket::REQUEST_OWNER,
        ] {
            let query = RecordQuery {
                bucket,
                due_before_us: Some(self.now_us()),
                limit: 10_000,
                ..RecordQuery::default()
            };
            let expired = self.store.records(query).await?;
            let writes: Vec<Write> =
                expired.into_iter().map(|r| Write::Delete { bucket, key: r.key }).collect();
            if !writes.is_empty() {
                self.store.commit(Batch { guards: vec![], writes }).await?;
            }
        }
        self.tidy_jobs().await?;
        self.sweep_queued().await
    }

    /// The account of this name; a disabled one is like none.
    pub(crate) async fn account(&self, name: &str) -> Result<Option<Account>, NodeError> {
        let found = self.store.record(Bucket::ACCOUNT, name).await?;
        let account: Option<Account> = found.map(|r| record::read(&r)).transpose()?;
        Ok(account.filter(|account| !account.is_disabled))
    }

    async fn open_session(&self, actor: Actor) -> Result<SignedIn, NodeError> {
        // There is no page for a tool.
        if actor.role() == Role::Tool {
            return Err(NodeError::SignIn);
        }
        let token = Token::generate()?;
        let csrf = Token::generate()?.expose().to_owned();
        let expires_us = self.now_us() + SESSION_US;
        let session = Session { account: actor.account().to_owned(), csrf, expires_us };
        let act = Act::new("login").by(&actor);
        let writes = vec![
            record::put(Bucket::SESSION, &token.sha256_hex(), &session, Some(expires_us))?,
            self.node_leaf(act)?,
        ];
        self.store.commit(Batch { guards: vec![], writes }).await?;
        Ok(SignedIn { actor, session: token })
    }
}

/// What is stored of a secret that somebody shows; a text of another form is nobody's.
pub(crate) fn hash(text: &str) -> Result<String, NodeError> {
    text.parse::<Token>().map(|t| t.sha256_hex()).map_err(|_| NodeError::SignIn)
}
