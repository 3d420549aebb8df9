//! Who asks by TAXII on the pages' listener: an account of our own with a token, or with its
//! password. What it may is read anew for every request: a right that is taken ends at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use enlace_store::{Record, RecordQuery, Unchanged};
use enlace_taxii::Denied;
use http::{HeaderMap, header};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use crate::account::{self, Account, LONGEST_NAME, TokenRecord};
use crate::backend::{basic, told};
use crate::mac::mac;
use crate::plain::{Grant, grant_key, may_be_granted};
use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError, clock};

/// How long a password that was right need not be hashed again.
const REMEMBERED: Duration = Duration::from_secs(300);
/// Passwords remembered at once.
const MOST_REMEMBERED: usize = 1_000;
/// Seconds after which who tried too often may try again.
const AGAIN: u32 = 60;
/// Most grants of one account that are read.
const MOST_GRANTS: usize = 10_000;

/// A recognised account.
#[derive(Debug, Clone)]
pub struct Caller {
    pub(crate) actor: Actor,
    /// By id of the collection.
    pub(crate) grants: HashMap<String, Granted>,
    /// What says that the caller is the account; of one with a token.
    pub(crate) standing: Option<Standing>,
}

/// A grant with the revision of its record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Granted {
    pub(crate) grant: Grant,
    revision: i64,
}

/// A good token and its account, as they were when they were judged.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    /// SHA-256 of the token.
    hash: String,
    token: i64,
    account: i64,
    expires_us: i64,
}

/// That the holder of a token may read a collection, as long as the records that say so are as they
/// were: every request asks for that anew, with the same question that reads.
#[derive(Debug)]
pub(crate) struct Reads {
    pub(crate) caller: Caller,
    pub(crate) unchanged: [Unchanged; 3],
    expires_us: i64,
}

/// Passwords that were right a short while ago, as codes under a key that no other process has.
pub(crate) struct Remembered {
    /// Without randomness no password is taken.
    key: Option<Zeroizing<[u8; 32]>>,
    right: Mutex<HashMap<[u8; 32], (i64, Instant)>>,
    /// Whose token was seen before, by its hash: where to look, so that token, account and grants are
    /// one question. Whether the token is good says its record.
    holders: Mutex<HashMap<String, String>>,
    /// Who was found to may read what, by hash of the token and id of the collection.
    reads: Mutex<HashMap<(String, String), Arc<Reads>>>,
}

impl Remembered {
    pub(crate) fn new() -> Self {
        Self {
            key: clock::random().ok().map(Zeroizing::new),
            right: Mutex::default(),
            holders: Mutex::default(),
            reads: Mutex::default(),
        }
    }

    /// That this request's token was found to open the collection to readers, and has not expired.
    pub(crate) fn reads(
        &self,
        headers: &HeaderMap,
        collection: &str,
        now_us: i64,
    ) -> Option<Arc<Reads>> {
        let Some(Shown::Token { text, name: None }) = shown(headers) else { return None };
        let key = (account::hash(&text).ok()?, collection.to_owned());
        let reads = self.reads.lock().unwrap_or_else(PoisonError::into_inner);
        reads.get(&key).filter(|found| found.expires_us >= now_us).map(Arc::clone)
    }

    /// Remembers that a caller may read a collection, if a token says who it is.
    pub(crate) fn may_read(&self, who: &Caller, collection: &str) {
        let Some((found, standing)) = who.grants.get(collection).zip(who.standing.as_ref()) else {
            return;
        };
        let account = who.actor.account().to_owned();
        let of = |bucket, key, revision| Unchanged { bucket, key, revision };
        let unchanged = [
            of(Bucket::TOKEN, standing.hash.clone(), standing.token),
            of(Bucket::PLAIN_GRANT, grant_key(&account, collection), found.revision),
            of(Bucket::ACCOUNT, account, standing.account),
        ];
        let grants = HashMap::from([(collection.to_owned(), *found)]);
        let caller = Caller { actor: who.actor.clone(), grants, standing: None };
        let one = Reads { caller, unchanged, expires_us: standing.expires_us };
        let mut reads = self.reads.lock().unwrap_or_else(PoisonError::into_inner);
        if reads.len() >= MOST_REMEMBERED {
            reads.clear();
        }
        reads.insert((standing.hash.clone(), collection.to_owned()), Arc::new(one));
    }

    fn holder(&self, hash: &str) -> Option<String> {
        self.holders.lock().unwrap_or_else(PoisonError::into_inner).get(hash).cloned()
    }

    fn seen(&self, hash: String, holder: &str) {
        let mut holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        if holders.len() >= MOST_REMEMBERED {
            holders.clear();
        }
        holders.insert(hash, holder.to_owned());
    }

    fn code(&self, name: &str, password: &SecretString) -> Option<[u8; 32]> {
        mac(self.key.as_deref()?, &[name.as_bytes(), password.expose_secret().as_bytes()])
    }

    /// Whether this password was right for this revision of the account.
    fn knows(&self, code: &[u8; 32], revision: i64, now: Instant) -> bool {
        let right = self.right.lock().unwrap_or_else(PoisonError::into_inner);
        let found = right.get(code);
        found.is_some_and(|(of, at)| {
            *of == revision && now.saturating_duration_since(*at) < REMEMBERED
        })
    }

    fn remember(&self, code: [u8; 32], revision: i64, now: Instant) {
        let mut right = self.right.lock().unwrap_or_else(PoisonError::into_inner);
        right.retain(|_, (_, at)| now.saturating_duration_since(*at) < REMEMBERED);
        if right.len() < MOST_REMEMBERED {
            right.insert(code, (revision, now));
        }
    }
}

/// What a request shows.
enum Shown {
    Token { text: String, name: Option<String> },
    Password { name: String, password: SecretString },
}

fn shown(headers: &HeaderMap) -> Option<Shown> {
    let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = text.split_once(' ')?;
    match scheme.to_ascii_lowercase().as_str() {
        "token" | "bearer" => Some(Shown::Token { text: rest.trim().to_owned(), name: None }),
        "basic" => {
            let (name, secret) = basic(rest)?;
            // No password is taken for a token: an account's own is tried first.
            Some(match secret.parse::<enlace_keys::Token>() {
                Ok(_) => Shown::Token { text: secret, name: Some(name) },
                Err(_) => Shown::Password { name, password: SecretString::from(secret) },
            })
        }
        _ => None,
    }
}

impl Node {
    /// The account behind a request. A partner's token is nobody's here.
    pub(crate) async fn plain_caller(
        &self,
        headers: &HeaderMap,
        remembered: &Remembered,
    ) -> Result<Caller, Denied> {
        match shown(headers).ok_or(Denied::Unauthenticated)? {
            Shown::Token { text, name } => {
                let hash = account::hash(&text).map_err(|_| Denied::Unauthenticated)?;
                let holder = match remembered.holder(&hash) {
                    Some(holder) => holder,
                    None => {
                        let token = self.token(&text).await.map_err(unavailable)?;
                        let token = token.filter(|t| t.lineage.is_none());
                        let holder = token.ok_or(Denied::Unauthenticated)?.holder;
                        remembered.seen(hash.clone(), &holder);
                        holder
                    }
                };
                if name.is_some_and(|name| name != holder) {
                    return Err(Denied::Unauthenticated);
                }
                let Known { account, grants, token } =
                    self.account_with_grants(&holder, Some(&hash)).await?;
                let (account, revision) = account.ok_or(Denied::Unauthenticated)?;
                let standing = token.map(|(token, expires_us)| Standing {
                    hash,
                    token,
                    account: revision,
                    expires_us,
                });
                Ok(Caller { standing, ..caller(&holder, &account, grants)? })
            }
            Shown::Password { name, password } => {
                let Known { account, grants, .. } = self.account_with_grants(&name, None).await?;
                let account = self.with_password(&name, account, &password, remembered).await?;
                caller(&name, &account, grants)
            }
        }
    }

    /// The account, if this is its password. Wrong ones are counted together with those of the
    /// sign-in, and take as long for names that do not exist.
    async fn with_password(
        &self,
        name: &str,
        account: Option<(Account, i64)>,
        password: &SecretString,
        remembered: &Remembered,
    ) -> Result<Account, Denied> {
        // No account has such a name: nothing is hashed for it and nothing counted.
        if name.len() > LONGEST_NAME {
            return Err(Denied::Unauthenticated);
        }
        let code = remembered.code(name, password).ok_or(Denied::Unavailable)?;
        let now = Instant::now();
        let account = match account {
            Some((account, revision)) if remembered.knows(&code, revision, now) => {
                return Ok(account);
            }
            other => other,
        };
        let throttled = Denied::Throttled { retry_after_s: AGAIN };
        let turn = self.tries().turn(name).await.ok_or(throttled)?;
        let hash = account.as_ref().map(|(account, _)| account.password_hash.clone());
        let fits = self.passwords.fits(hash, password).await.map_err(unavailable)?;
        // Counted before the next one has its turn.
        let checked = match account {
            Some((account, revision)) if fits => {
                remembered.remember(code, revision, Instant::now());
                Ok(account)
            }
            _ => {
                self.tries().failed(name, Instant::now());
                Err(Denied::Unauthenticated)
            }
        };
        drop(turn);
        checked
    }

    /// An account with the revision of its record, and what was granted to it: one question. With the
    /// hash of a token, only while that is a good token of this account.
    async fn account_with_grants(&self, name: &str, token: Option<&str>) -> Result<Known, Denied> {
        let account = RecordQuery {
            bucket: Bucket::ACCOUNT,
            prefix: name.to_owned(),
            limit: 1,
            ..RecordQuery::default()
        };
        let grants = RecordQuery {
            bucket: Bucket::PLAIN_GRANT,
            prefix: grant_key(name, ""),
            limit: MOST_GRANTS,
            ..RecordQuery::default()
        };
        let mut asked = vec![account, grants];
        if let Some(hash) = token {
            let (prefix, limit) = (hash.to_owned(), 1);
            let bucket = Bucket::TOKEN;
            asked.push(RecordQuery { bucket, prefix, limit, ..RecordQuery::default() });
        }
        let found = self.store.records_each(asked).await;
        let mut found = found.map_err(|e| unavailable(e.into()))?;
        let token = match token {
            None => None,
            Some(hash) => {
                let kept = found.pop().unwrap_or_default().pop().filter(|kept| kept.key == hash);
                let kept = kept.ok_or(Denied::Unauthenticated)?;
                let token: TokenRecord = record::read(&kept).map_err(unavailable)?;
                let good = token.holder == name && token.lineage.is_none();
                if !good || token.expires_us < self.now_us() {
                    return Err(Denied::Unauthenticated);
                }
                Some((kept.revision, token.expires_us))
            }
        };
        let mut found = found.into_iter();
        let kept = found.next().unwrap_or_default().pop().filter(|kept| kept.key == name);
        let account: Option<Account> =
            kept.as_ref().map(record::read).transpose().map_err(unavailable)?;
        let account = account.filter(|account| !account.is_disabled);
        let account = account.zip(kept.map(|kept| kept.revision));
        Ok(Known { account, grants: found.next().unwrap_or_default(), token })
    }
}

/// What one question tells of who asks.
struct Known {
    /// The account, if it may do anything, with the revision of its record.
    account: Option<(Account, i64)>,
    grants: Vec<Record>,
    /// Revision and end of the token that was shown.
    token: Option<(i64, i64)>,
}

fn caller(name: &str, account: &Account, granted: Vec<Record>) -> Result<Caller, Denied> {
    let role = account.role().map_err(unavailable)?;
    let mut grants = HashMap::with_capacity(granted.len());
    for kept in granted.iter().filter(|_| may_be_granted(role)) {
        let grant: Grant = record::read(kept).map_err(unavailable)?;
        if let Some((_, id)) = kept.key.split_once('/') {
            grants.insert(id.to_owned(), Granted { grant, revision: kept.revision });
        }
    }
    Ok(Caller { actor: Actor::of(name, role), grants, standing: None })
}

fn unavailable(error: NodeError) -> Denied {
    told(&error);
    Denied::Unavailable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_remembered_for_its_account_as_it_was_and_not_for_long() {
        let remembered = Remembered::new();
        let [right, wrong, moved] =
            ["correct horse", "correct house", "dcorrect horse"].map(SecretString::from);
        let code = |name: &str, password: &SecretString| remembered.code(name, password).unwrap();
        let now = Instant::now();
        remembered.remember(code("feed", &right), 7, now);
        assert!(remembered.knows(&code("feed", &right), 7, now));
        assert!(!remembered.knows(&code("feed", &right), 8, now), "the account was changed");
        assert!(!remembered.knows(&code("feed", &wrong), 7, now));
        assert!(!remembered.knows(&code("fee", &moved), 7, now));
        assert!(!remembered.knows(&code("feed", &right), 7, now + REMEMBERED));
        let other = Remembered::new();
        assert_ne!(other.code("feed", &right), remembered.code("feed", &right));
    }

    #[test]
    fn who_may_read_is_remembered_by_token_and_collection_until_the_token_expires() {
        let remembered = Remembered::new();
        let [token, other] = [(); 2].map(|()| enlace_keys::Token::generate().unwrap());
        let headers = |scheme: &str, token: &enlace_keys::Token| {
            let value = format!("{scheme} {}", token.expose()).parse().unwrap();
            HeaderMap::from_iter([(header::AUTHORIZATION, value)])
        };
        let granted = Granted { grant: Grant { read: true, write: false }, revision: 3 };
        let standing =
            Standing { hash: token.sha256_hex(), token: 1, account: 2, expires_us: 1_000 };
        let mut who = Caller {
            actor: Actor::of("feed", enlace_policy::roles::Role::Tool),
            grants: HashMap::from([("c".to_owned(), granted)]),
            standing: None,
        };
        remembered.may_read(&who, "c");
        assert!(remembered.reads(&headers("Bearer", &token), "c", 1_000).is_none(), "no token");
        who.standing = Some(standing);
        remembered.may_read(&who, "c");
        remembered.may_read(&who, "d");
        let found = remembered.reads(&headers("Token", &token), "c", 1_000).unwrap();
        let revisions = found.unchanged.each_ref().map(|one| (one.bucket, one.revision));
        let expected = [(Bucket::TOKEN, 1), (Bucket::PLAIN_GRANT, 3), (Bucket::ACCOUNT, 2)];
        assert_eq!(revisions, expected);
        for (of, collection, now_us) in [(&token, "c", 1_001), (&token, "d", 0), (&other, "c", 0)] {
            assert!(remembered.reads(&headers("Bearer", of), collection, now_us).is_none());
        }
    }
}
