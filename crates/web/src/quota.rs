//! How much partners and strangers may ask of the partners' listener (docs/design/quota.md).
//!
//! A request counts against its partner, whatever key or token it shows, or against its address,
//! where nobody known sends it. Both are told from the connection and the headers: who asks too
//! much is refused before anything is looked up, and the refusal says nothing but when to come
//! again. The clock comes in as an argument.

use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;
use enlace_node::{Peer, credentials};

/// Most askers that are remembered at once; of more strangers all share one limit.
const MOST: usize = 10_000;

/// The address that a request came from; put into each request by the listener.
#[derive(Debug, Clone, Copy)]
pub struct CameFrom(pub IpAddr);

/// The limits of one listener and who has used how much of them.
#[derive(Debug)]
pub struct Quota {
    began: Instant,
    partner: Pace,
    stranger: Pace,
    known: RwLock<HashMap<String, Arc<str>>>,
    asked: Mutex<Asked>,
}

/// A rate and how many may come at once.
#[derive(Debug, Clone, Copy)]
struct Pace {
    /// Time that one request is worth.
    each: Duration,
    /// Time that all that may come at once are worth.
    burst: Duration,
}

/// Whose limit a request counts against.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Asker {
    Partner(Arc<str>),
    /// An IPv4 address or an IPv6 network; `None` = strangers beyond those remembered.
    Stranger(Option<IpAddr>),
}

/// For each asker the time at which its limit is whole again.
#[derive(Debug, Default)]
struct Asked(HashMap<Asker, Duration>);

impl Pace {
    fn new(rate: NonZeroU32, burst: NonZeroU32) -> Self {
        let each = Duration::from_secs(1) / rate.get();
        Self { each, burst: each.saturating_mul(burst.get()) }
    }

    /// Takes one request at `now` from a limit that is whole at `whole`; how long to wait where
    /// nothing is left. What is refused costs nothing: who waits as told gets through.
    fn take(self, whole: &mut Duration, now: Duration) -> Result<(), Duration> {
        let next = (*whole).max(now).saturating_add(self.each);
        match next.saturating_sub(now).checked_sub(self.burst) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => {
                *whole = next;
                Ok(())
            }
        }
    }
}

impl Asked {
    fn take(&mut self, asker: Asker, pace: Pace, now: Duration) -> Result<(), Duration> {
        if self.0.len() >= MOST && !self.0.contains_key(&asker) {
            // Who has not asked for a while is as one that never did.
            self.0.retain(|_, whole| *whole > now);
        }
        let full = self.0.len() >= MOST && !self.0.contains_key(&asker);
        let asker = match asker {
            Asker::Stranger(_) if full => Asker::Stranger(None),
            asker => asker,
        };
        pace.take(self.0.entry(asker).or_default(), now)
    }
}

impl Quota {
    /// Limits by the configuration; everybody is a stranger until [`Quota::know`].
    pub fn new(limits: &enlace_node::Quota) -> Self {
        Self {
            began: Instant::now(),
            partner: Pace::new(limits.partner_rate, limits.partner_burst),
            stranger: Pace::new(limits.stranger_rate, limits.stranger_burst),
            known: RwLock::default(),
            asked: Mutex::default(),
        }
    }

    /// Who the partners are: `Node::known_credentials`. To be said again every second; a
    /// partner that is not known yet is limited as a stranger, one that was cut off is refused by
    /// what looks it up.
    pub fn know(&self, known: HashMap<String, String>) {
        let known = known.into_iter().map(|(shown, partner)| (shown, partner.into())).collect();
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
    }

    /// Counts a request; how long its sender is to wait, if that is too many.
    fn count(
        &self,
        peer: &Peer,
        headers: &http::HeaderMap,
        from: Option<IpAddr>,
        now: Duration,
    ) -> Result<(), Duration> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let partner = credentials(peer, headers).iter().find_map(|shown| known.get(shown).cloned());
        drop(known);
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        match partner {
            Some(partner) => asked.take(Asker::Partner(partner), self.partner, now),
            None => asked.take(Asker::Stranger(from.map(network)), self.stranger, now),
        }
    }
}

/// The address, or of IPv6 its /64: one household has as many addresses as it wants.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => IpAddr::V6((six.to_bits() & !u128::from(u64::MAX)).into()),
        four => four,
    }
}

/// The routes, behind the limits. To be wrapped by [`crate::in_step`]: a refusal leaves in step too.
pub fn in_bounds(routes: Router, quota: Arc<Quota>) -> Router {
    routes.layer(middleware::from_fn(move |request: Request, next: Next| {
        let peer = request.extensions().get::<Peer>().cloned().unwrap_or_default();
        let from = request.extensions().get::<CameFrom>().map(|from| from.0);
        let counted = quota.count(&peer, request.headers(), from, quota.began.elapsed());
        async move {
            match counted {
                Ok(()) => next.run(request).await,
                Err(wait) => refused(wait),
            }
        }
    }))
}

/// The one answer to whoever asks too much, of any route.
pub(crate) fn refused(wait: Duration) -> Response {
    let seconds = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)).max(1);
    enlace_taxii::throttled(u32::try_from(seconds).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn quota(rate: u32, burst: u32) -> Quota {
        let many = |n| NonZeroU32::new(n).unwrap();
        Quota::new(&enlace_node::Quota {
            partner_rate: many(rate * 10),
            partner_burst: many(burst * 10),
            stranger_rate: many(rate),
            stranger_burst: many(burst),
            ..enlace_node::Quota::default()
        })
    }

    fn address(last: u8) -> Option<IpAddr> {
        Some(IpAddr::from([192, 0, 2, last]))
    }

    /// How many of `tries` requests of this peer get through at an instant.
    fn through(quota: &Quota, peer: &Peer, from: Option<IpAddr>, now: Duration) -> usize {
        let headers = http::HeaderMap::new();
        (0..1_000).filter(|_| quota.count(peer, &headers, from, now).is_ok()).count()
    }

    #[test]
    fn a_burst_gets_through_and_then_the_rate_and_who_waits_as_told_gets_through() {
        let (quota, peer, now) = (quota(5, 20), Peer::none(), 100 * SECOND);
        assert_eq!(through(&quota, &peer, address(1), now), 20);
        let wait = quota.count(&peer, &http::HeaderMap::new(), address(1), now).unwrap_err();
        assert!(wait <= SECOND / 5, "{wait:?}");
        assert_eq!(through(&quota, &peer, address(1), now + wait), 1);
        assert_eq!(through(&quota, &peer, address(1), now + wait + 2 * SECOND), 10);
        assert_eq!(through(&quota, &peer, address(1), now + 1_000 * SECOND), 20, "never more");
    }

    #[test]
    fn strangers_share_the_limit_of_their_address_whatever_keys_they_show() {
        let (quota, now) = (quota(5, 20), SECOND);
        assert_eq!(through(&quota, &Peer::of(Some([1; 32])), address(1), now), 20);
        assert_eq!(through(&quota, &Peer::of(Some([2; 32])), address(1), now), 0);
        assert_eq!(through(&quota, &Peer::none(), address(2), now), 20, "of another address");
        let six = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        assert_eq!(through(&quota, &Peer::none(), six("2001:db8::1"), now), 20);
        assert_eq!(through(&quota, &Peer::none(), six("2001:db8::ffff:1"), now), 0, "same /64");
        assert_eq!(through(&quota, &Peer::none(), six("2001:db8:0:1::1"), now), 20);
        assert_eq!(through(&quota, &Peer::none(), six("::ffff:192.0.2.1"), now), 0, "the same");
    }

    #[test]
    fn a_partner_has_a_limit_of_its_own_that_no_stranger_at_its_address_uses_up() {
        let (quota, now) = (quota(5, 20), SECOND);
        let key = |byte: u8| Peer::of(Some([byte; 32]));
        let shown = |peer: &Peer| credentials(peer, &http::HeaderMap::new()).swap_remove(0);
        quota.know(HashMap::from([
            (shown(&key(1)), "one".to_owned()),
            (shown(&key(2)), "one".to_owned()),
            (shown(&key(3)), "two".to_owned()),
        ]));
        assert_eq!(through(&quota, &Peer::none(), address(1), now), 20);
        assert_eq!(through(&quota, &key(1), address(1), now), 200);
        assert_eq!(through(&quota, &key(2), address(9), now), 0, "another key of the same partner");
        assert_eq!(through(&quota, &key(3), address(1), now), 200, "another partner");
    }

    #[test]
    fn strangers_without_number_are_remembered_up_to_a_bound_and_then_share_one_limit() {
        let (quota, peer, now) = (quota(5, 20), Peer::none(), SECOND);
        let headers = http::HeaderMap::new();
        let at = |i: usize| Some(IpAddr::V4((0x0a00_0000 + i as u32).into()));
        for i in 0..MOST {
            assert!(quota.count(&peer, &headers, at(i), now).is_ok());
        }
        let beyond = (MOST..2 * MOST).filter(|i| quota.count(&peer, &headers, at(*i), now).is_ok());
        assert_eq!(beyond.count(), 20);
        assert!(quota.asked.lock().unwrap().0.len() <= MOST + 1);
        // Those of before are forgotten once their limits are whole again.
        assert!(quota.count(&peer, &headers, at(2 * MOST), now + 10 * SECOND).is_ok());
        assert!(quota.asked.lock().unwrap().0.len() <= 2);
    }
}
