//! The end of what an account has: its password, its tokens, the account itself. Who leaves is locked
//! out at once; what they did stays under their name, and nobody else gets it.

use enlace_policy::roles::{Action, Role};
use enlace_store::{Batch, Guard, Record, RecordQuery, Write};
use secrecy::SecretString;

use crate::account::{Account, Link, Session};
use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError};

/// Fewest characters that name a token.
const LEAST: usize = 8;
const MOST: usize = 1_000_000;

impl Node {
    /// Gives an account a new password. Who is signed in with it is signed out; its tokens stay.
    pub async fn account_password(
        &self,
        actor: &Actor,
        name: &str,
        password: &SecretString,
    ) -> Result<(), NodeError> {
        actor.require(Action::AccountManage)?;
        let (kept, mut account) = self.account_kept(name).await?;
        account.password_hash = self.passwords.hash(password).await?;
        let mut writes = self.entries_of(name).await?;
        writes.push(record::put(Bucket::ACCOUNT, name, &account, None)?);
        let act = Act::new("password-changed").by(actor).field("account", name);
        writes.push(self.node_leaf(act)?);
        let guards = vec![record::unchanged(Bucket::ACCOUNT, &kept)];
        self.store.commit(Batch { guards, writes }).await?;
        Ok(())
    }

    /// Disables an account: nobody signs in with it, and its sessions, links and tokens are dead.
    /// Answers how many tokens that were.
    ///
    /// # Errors
    /// For the last administrator: nobody could make another.
    pub async fn account_disable(&self, actor: &Actor, name: &str) -> Result<usize, NodeError> {
        actor.require(Action::AccountManage)?;
        let (kept, account) = self.account_kept(name).await?;
        if account.is_disabled {
            let expected = "one that is not: `enlace account list`";
            return Err(NodeError::state(name, "disabled already", expected));
        }
        let mut guards = vec![record::unchanged(Bucket::ACCOUNT, &kept)];
        if account.role()? == Role::Administrator {
            guards.push(self.another_administrator(name).await?);
        }
        let mut writes = self.entries_of(name).await?;
        let tokens = self.own_tokens(name).await?;
        let count = tokens.len();
        let delete = |key| Write::Delete { bucket: Bucket::TOKEN, key };
        writes.extend(tokens.into_iter().map(|(key, _)| delete(key)));
        writes.push(record::put(Bucket::ACCOUNT, name, &account.disabled(), None)?);
        let act = Act::new("account-disabled").by(actor).field("account", name);
        writes.push(self.node_leaf(act.field("tokens", count))?);
        self.store.commit(Batch { guards, writes }).await?;
        Ok(count)
    }

    /// Lets an account sign in again, with its password; tokens and links have to be made anew.
    pub async fn account_enable(&self, actor: &Actor, name: &str) -> Result<(), NodeError> {
        actor.require(Action::AccountManage)?;
        let (kept, mut account) = self.account_kept(name).await?;
        if !account.is_disabled {
            let expected = "one that is disabled: `enlace account list`";
            return Err(NodeError::state(name, "not disabled", expected));
        }
        account.is_disabled = false;
        let act = Act::new("account-enabled").by(actor).field("account", name);
        let writes =
            vec![record::put(Bucket::ACCOUNT, name, &account, None)?, self.node_leaf(act)?];
        let guards = vec![record::unchanged(Bucket::ACCOUNT, &kept)];
        self.store.commit(Batch { guards, writes }).await?;
        Ok(())
    }

    /// Ends one token of an account, named by how it begins (at least 8 characters), or `all`.
    /// Answers how many that were.
    pub async fn account_token_revoke(
        &self,
        actor: &Actor,
        name: &str,
        begins: &str,
    ) -> Result<usize, NodeError> {
        actor.require(Action::AccountManage)?;
        self.account_kept(name).await?;
        let whole = crate::account::hash(begins).unwrap_or_default();
        let mut tokens = self.own_tokens(name).await?;
        if begins != "all" {
            tokens.retain(|(key, kept)| {
                *key == whole || (begins.len() >= LEAST && kept.starts_with(begins))
            });
            if tokens.len() != 1 {
                let expected = "the first 8 to 10 characters of one token of this account, the whole \
                                token, or `all`";
                let problem = format!("no single token of {name} begins so");
                return Err(NodeError::input("token.unknown", problem, "--revoke", expected));
            }
        }
        let mut writes = Vec::new();
        for (key, begins) in &tokens {
            let act = Act::new("token-revoked").by(actor).field("account", name);
            writes.push(self.node_leaf(act.field("begins", begins.as_str()))?);
            writes.push(Write::Delete { bucket: Bucket::TOKEN, key: key.clone() });
        }
        self.store.commit(Batch { guards: vec![], writes }).await?;
        Ok(tokens.len())
    }

    /// All records of a bucket.
    pub(crate) async fn all_of(&self, bucket: &'static str) -> Result<Vec<Record>, NodeError> {
        let query = RecordQuery { bucket, limit: MOST, ..RecordQuery::default() };
        Ok(self.store.records(query).await?)
    }

    /// Names of the accounts that are disabled.
    pub(crate) async fn disabled_accounts(&self) -> Result<Vec<String>, NodeError> {
        let mut names = Vec::new();
        for kept in self.all_of(Bucket::ACCOUNT).await? {
            if record::read::<Account>(&kept)?.is_disabled {
                names.push(kept.key);
            }
        }
        Ok(names)
    }

    /// An account, disabled or not.
    async fn account_kept(&self, name: &str) -> Result<(Record, Account), NodeError> {
        let kept = self.store.record(Bucket::ACCOUNT, name).await?;
        let kept = kept.ok_or_else(|| NodeError::not_found("account", name))?;
        let account = record::read(&kept)?;
        Ok((kept, account))
    }

    /// Holds for as long as another administrator is as now: of two who disable each other at one
    /// instant one fails.
    async fn another_administrator(&self, name: &str) -> Result<Guard, NodeError> {
        for kept in self.all_of(Bucket::ACCOUNT).await? {
            let account: Account = record::read(&kept)?;
            let other = kept.key != name && !account.is_disabled;
            if other && account.role()? == Role::Administrator {
                return Ok(record::unchanged(Bucket::ACCOUNT, &kept));
            }
        }
        let expected = "another administrator first: `enlace account create`";
        Err(NodeError::state(name, "the last administrator", expected))
    }

    /// Keys and beginnings of an account's tokens; those of a partner are bound to an agreement.
    async fn own_tokens(&self, name: &str) -> Result<Vec<(String, String)>, NodeError> {
        let mut tokens = self.tokens_of(name).await?;
        tokens.retain(|(_, token)| token.lineage.is_none());
        Ok(tokens.into_iter().map(|(key, token)| (key, token.begins)).collect())
    }

    /// The writes that end an account's sessions and links.
    async fn entries_of(&self, name: &str) -> Result<Vec<Write>, NodeError> {
        let mut writes = Vec::new();
        for kept in self.all_of(Bucket::SESSION).await? {
            if record::read::<Session>(&kept)?.account == name {
                writes.push(Write::Delete { bucket: Bucket::SESSION, key: kept.key });
            }
        }
        for kept in self.all_of(Bucket::LINK).await? {
            if record::read::<Link>(&kept)?.account == name {
                writes.push(Write::Delete { bucket: Bucket::LINK, key: kept.key });
            }
        }
        Ok(writes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_is_locked_out_has_nothing_left_and_the_last_administrator_stays() {
        let home = tempfile::tempdir().unwrap();
        let init = crate::Init { name: "UNE".into(), country: "EC".into(), unit: None };
        let node = Node::init(home.path(), &init).await.unwrap();
        let (console, password) = (Actor::console(), "long enough 1".into());
        for (name, role) in
            [("ana", Role::Administrator), ("eva", Role::Administrator), ("luis", Role::Analyst)]
        {
            node.account_create(&console, name, role, &password).await.unwrap();
        }
        let luis = node.sign_in("luis", &password).await.unwrap();
        assert!(node.account_disable(&luis.actor, "ana").await.is_err(), "no administrator");
        let link = node.account_link(&console, "luis").await.unwrap();
        let mut made = Vec::new();
        for _ in 0..2 {
            made.push(node.account_token(&console, "luis").await.unwrap());
        }
        let begins: String = made[0].expose().chars().take(10).collect();
        let seven: String = begins.chars().take(7).collect();
        assert!(node.account_token_revoke(&console, "luis", &seven).await.is_err());
        assert_eq!(node.account_token_revoke(&console, "luis", &begins).await.unwrap(), 1);
        assert!(node.actor_by_token(made[0].expose()).await.is_err());
        assert!(node.actor_by_token(made[1].expose()).await.is_ok());
        assert_eq!(node.account_disable(&console, "luis").await.unwrap(), 1);
        assert!(node.actor_by_token(made[1].expose()).await.is_err());
        assert!(node.session(luis.session.expose()).await.unwrap().is_none());
        assert!(node.sign_in_by_link(link.trim_start_matches("/login/")).await.is_err());
        assert!(node.check_password("luis", &password).await.is_err());
        assert!(node.account_token(&console, "luis").await.is_err(), "it gets no new one");
        node.account_enable(&console, "luis").await.unwrap();
        assert!(node.check_password("luis", &password).await.is_ok());
        let other = "another one 2".into();
        node.account_password(&console, "luis", &other).await.unwrap();
        assert!(node.check_password("luis", &password).await.is_err());
        assert!(node.check_password("luis", &other).await.is_ok());

        node.account_disable(&console, "ana").await.unwrap();
        assert!(node.account_disable(&console, "eva").await.is_err(), "the last administrator");
    }
}
