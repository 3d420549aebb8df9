//! Room for request bodies: how many bytes of them are held at once, of one partner and of all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Room for the bodies of all partners.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    each: usize,
    all: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_partner: HashMap<String, usize>,
}

/// Room that a body has; free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    room: Room,
    partner: String,
    bytes: usize,
}

impl Room {
    pub(crate) fn new(limits: &enlace_node::Quota) -> Self {
        let (each, all) = (limits.partner_body_bytes, limits.body_bytes);
        Self { each, all, taken: Arc::default() }
    }

    /// The longest body that there is ever room for.
    pub(crate) fn widest(&self) -> usize {
        self.each.min(self.all)
    }

    /// A place for a body that nothing has come of.
    pub(crate) fn place(&self, partner: &str) -> Place {
        Place { room: self.clone(), partner: partner.to_owned(), bytes: 0 }
    }
}

impl Place {
    /// Makes the place so many bytes wide at least; `false` if there is no room, and nothing is
    /// taken then.
    pub(crate) fn widen(&mut self, to: usize) -> bool {
        let more = to.saturating_sub(self.bytes);
        let mut taken = self.room.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let all = taken.all.saturating_add(more);
        let own = taken.by_partner.get(&self.partner).copied().unwrap_or(0).saturating_add(more);
        if all > self.room.all || own > self.room.each {
            return false;
        }
        taken.all = all;
        taken.by_partner.insert(self.partner.clone(), own);
        self.bytes += more;
        true
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.room.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all = taken.all.saturating_sub(self.bytes);
        if let Some(own) = taken.by_partner.get_mut(&self.partner) {
            *own = own.saturating_sub(self.bytes);
            if *own == 0 {
                taken.by_partner.remove(&self.partner);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_have_room_up_to_a_bound_for_each_partner_and_for_all_and_leave_it_behind() {
        let limits = enlace_node::Quota {
            partner_body_bytes: 10,
            body_bytes: 15,
            ..enlace_node::Quota::default()
        };
        let room = Room::new(&limits);
        let (mut a, mut b, mut c) = (room.place("us"), room.place("us"), room.place("nl"));
        assert!(a.widen(6) && a.widen(6) && a.widen(2), "what it has already");
        assert!(!b.widen(5), "of one partner");
        assert!(b.widen(4));
        assert!(!c.widen(6), "of all");
        assert!(c.widen(5));
        drop(b);
        assert!(!a.widen(11) && a.widen(10));
        drop((a, c));
        assert!(room.place("nl").widen(10));
        assert_eq!(room.taken.lock().unwrap().all, 0);
        assert!(room.taken.lock().unwrap().by_partner.is_empty());
    }
}
