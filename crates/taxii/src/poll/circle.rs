//! Notices that a server goes round in circles, with the memory of one page (Brent's algorithm).

use crate::fingerprint::Fingerprint;

/// The pages of one chain of cursors. Cursors themselves say nothing: some servers give the same
/// one for every page and keep the place on their side.
#[derive(Debug, Default)]
pub(crate) struct Circle {
    first: Option<Fingerprint>,
    marked: Option<Fingerprint>,
    since: u64,
    until: u64,
}

impl Circle {
    /// Whether this page came before. Every circle is found, after three times its length at most.
    pub(crate) fn closes(&mut self, page: Fingerprint) -> bool {
        if self.first == Some(page) || self.marked == Some(page) {
            return true;
        }
        self.first.get_or_insert(page);
        self.since += 1;
        if self.since > self.until {
            self.marked = Some(page);
            self.until = self.since * 2;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_circle_is_found_and_a_way_without_one_is_not_called_one() {
        let page = |n: usize| Fingerprint::of(&serde_json::value::to_raw_value(&n).unwrap());
        for (lead, length) in [(0, 1), (0, 2), (3, 1), (5, 7), (40, 13)] {
            let mut circle = Circle::default();
            let mut pages = (0..lead + length).chain((0..).map(|n| lead + n % length));
            let found = pages.position(|n| circle.closes(page(n)));
            let bound = 3 * (lead + length) + 1;
            assert!(found.is_some_and(|n| n >= lead + length && n <= bound), "{lead} {length}");
        }
        let mut circle = Circle::default();
        assert!(!(0..500).any(|n| circle.closes(page(n))));
    }
}
