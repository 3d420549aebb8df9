//! Passwords: Argon2id, one at a time and in one piece of memory. Nineteen MiB for each of those who
//! sign in at once would let anybody fill the machine.

use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::{Output, PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use crate::{NodeError, clock};

/// A hash that no password has, so that unknown names cost what known ones cost.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5\
    $6gE2JYVoJSyT0hEXuW1Lw3hC0z8JYy2EJ0PpG9N7yQo";
/// Characters that a password has at least.
const SHORTEST: usize = 8;

/// Hashes passwords and compares them.
#[derive(Clone)]
pub(crate) struct Passwords {
    turn: Arc<Semaphore>,
    /// Overwritten after each use.
    memory: Arc<Mutex<Vec<Block>>>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { turn: Arc::new(Semaphore::new(1)), memory: Arc::default() }
    }
}

impl Passwords {
    /// Whether a password has this hash; `None` (no such account) takes as long and says no.
    pub(crate) async fn fits(
        &self,
        hash: Option<String>,
        password: &SecretString,
    ) -> Result<bool, NodeError> {
        let (known, hash) = (hash.is_some(), hash.unwrap_or_else(|| NOBODY.to_owned()));
        let password = password.clone();
        let fits = self.in_turn(move |memory| {
            let verifier = InPlace(Mutex::new(memory));
            PasswordHash::new(&hash)
                .is_ok_and(|hash| verifier.verify_password(bytes(&password), &hash).is_ok())
        });
        Ok(fits.await? && known)
    }

    /// The hash of a new password.
    pub(crate) async fn hash(&self, password: &SecretString) -> Result<String, NodeError> {
        if password.expose_secret().chars().count() < SHORTEST {
            let expected = "at least 8 characters";
            return Err(NodeError::input("account.password", "too short", "password", expected));
        }
        let salt = SaltString::encode_b64(&clock::random::<16>()?)
            .map_err(|_| NodeError::Internal("password salt"))?;
        let password = password.clone();
        let made = self.in_turn(move |memory| {
            let hasher = InPlace(Mutex::new(memory));
            hasher.hash_password(bytes(&password), &salt).map(|hash| hash.to_string())
        });
        made.await?.map_err(|_| NodeError::Internal("password hash"))
    }

    /// Runs `work` on a thread that may block, once those who came before are done.
    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static,
    ) -> Result<T, NodeError> {
        let stopped = || NodeError::Internal("password check");
        let turn = Arc::clone(&self.turn).acquire_owned().await.map_err(|_| stopped())?;
        let memory = Arc::clone(&self.memory);
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
            let done = work(&mut memory);
            memory.fill(Block::default());
            done
        });
        done.await.map_err(|_| stopped())
    }
}

fn bytes(password: &SecretString) -> &[u8] {
    password.expose_secret().as_bytes()
}

/// Argon2id in memory that is there already.
struct InPlace<'a>(Mutex<&'a mut Vec<Block>>);

impl PasswordHasher for InPlace<'_> {
    type Params = Params;

    fn hash_password_customized<'a>(
        &self,
        password: &[u8],
        algorithm: Option<argon2::password_hash::Ident<'a>>,
        version: Option<argon2::password_hash::Decimal>,
        params: Params,
        salt: impl Into<argon2::password_hash::Salt<'a>>,
    ) -> argon2::password_hash::Result<PasswordHash<'a>> {
        let algorithm = algorithm.map(Algorithm::try_from).transpose()?.unwrap_or_default();
        let version = version.map(Version::try_from).transpose()?.unwrap_or_default();
        let salt = salt.into();
        let mut decoded = [0; argon2::password_hash::Salt::MAX_LENGTH];
        let salt_bytes = salt.decode_b64(&mut decoded)?;
        let length = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        let argon = Argon2::new(algorithm, version, params.clone());
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.len() < params.block_count() {
            memory.resize(params.block_count(), Block::default());
        }
        let output = Output::init_with(length, |out| {
            Ok(argon.hash_password_into_with_memory(password, salt_bytes, out, &mut memory[..])?)
        })?;
        Ok(PasswordHash {
            algorithm: algorithm.ident(),
            version: Some(version.into()),
            params: (&params).try_into()?,
            salt: Some(salt),
            hash: Some(output),
        })
    }

    fn hash_password<'a>(
        &self,
        password: &[u8],
        salt: impl Into<argon2::password_hash::Salt<'a>>,
    ) -> argon2::password_hash::Result<PasswordHash<'a>> {
        self.hash_password_customized(password, None, None, Params::default(), salt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SecretString {
        SecretString::from(text.to_owned())
    }

    #[test]
    fn an_unknown_name_costs_a_whole_hash() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        assert!(Argon2::default().verify_password(b"", &nobody).is_err());
        let own = Argon2::default().params().clone();
        assert_eq!(Params::try_from(&nobody).unwrap().m_cost(), own.m_cost());
        assert_eq!(Params::try_from(&nobody).unwrap().t_cost(), own.t_cost());
    }

    #[tokio::test]
    async fn hashes_are_those_of_the_library_and_leave_nothing_in_the_memory() {
        let passwords = Passwords::default();
        let ours = passwords.hash(&secret("correct horse")).await.unwrap();
        let parsed = PasswordHash::new(&ours).unwrap();
        assert!(Argon2::default().verify_password(b"correct horse", &parsed).is_ok());
        let salt = SaltString::from_b64("bm9ib2R5bm9ib2R5").unwrap();
        let theirs = Argon2::default().hash_password(b"battery staple", &salt).unwrap().to_string();
        for (hash, password, fits) in [
            (&theirs, "battery staple", true),
            (&theirs, "battery stable", false),
            (&ours, "correct horse", true),
            (&ours, "battery staple", false),
        ] {
            let found = passwords.fits(Some(hash.clone()), &secret(password)).await.unwrap();
            assert_eq!(found, fits, "{password}");
        }
        assert!(!passwords.fits(None, &secret("battery staple")).await.unwrap());
        assert!(!passwords.fits(Some("damaged".to_owned()), &secret("x")).await.unwrap());
        let memory = passwords.memory.lock().unwrap();
        assert_eq!(memory.len(), Argon2::default().params().block_count());
        assert!(memory.iter().all(|block| block.as_ref().iter().all(|word| *word == 0)));
    }

    #[tokio::test]
    async fn many_at_once_take_turns_in_the_same_memory() {
        let passwords = Passwords::default();
        let hash = passwords.hash(&secret("correct horse")).await.unwrap();
        let all: Vec<_> = (0..8)
            .map(|n| {
                let (passwords, hash) = (passwords.clone(), hash.clone());
                let given = if n % 2 == 0 { "correct horse" } else { "another one" };
                tokio::spawn(async move { passwords.fits(Some(hash), &secret(given)).await })
            })
            .collect();
        for (n, one) in all.into_iter().enumerate() {
            assert_eq!(one.await.unwrap().unwrap(), n % 2 == 0);
        }
        let blocks = passwords.memory.lock().unwrap().len();
        assert_eq!(blocks, Argon2::default().params().block_count());
    }
}
