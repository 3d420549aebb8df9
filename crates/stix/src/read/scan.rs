//! Finds where a JSON value ends without building it: strings, brackets, nothing else.

use memchr::memchr2;

/// Levels whose kind of bracket is remembered.
const KNOWN: usize = 128;

/// Follows one value over any number of pieces of text.
///
/// Brackets are matched by kind: a value that closes the wrong one (`{"a":[1}`) ends where its
/// neighbours begin, so that one broken object does not swallow the next.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scan {
    /// One bit an open bracket, the innermost lowest: 1 = `{`. Deeper than [`KNOWN`] only `depth`
    /// counts.
    open: u128,
    depth: usize,
    deepest: usize,
    members: usize,
    in_text: bool,
    escaped: bool,
}

impl Scan {
    /// Follows a whole text.
    pub(crate) fn of(text: &str) -> Self {
        let mut scan = Self::default();
        let mut rest = text.as_bytes();
        // Behind a mark that ends a value more may follow: what is counted is all of the text.
        while let Some(end) = scan.end(rest) {
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        scan
    }

    /// Deepest nesting met so far.
    pub(crate) fn deepest(&self) -> usize {
        self.deepest
    }

    /// Members of dictionaries met so far: one colon outside strings each.
    pub(crate) fn members(&self) -> usize {
        self.members
    }

    /// The place in `bytes` of the `,`, `]` or `}` that follows the value, or `None` when the value
    /// goes on behind them.
    pub(crate) fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if self.in_text {
                at += self.text(bytes.get(at..).unwrap_or_default());
                continue;
            }
            match byte {
                b'"' => self.in_text = true,
                b':' => self.members += 1,
                b'{' | b'[' => self.push(byte == b'{'),
                b'}' | b']' if !self.pop(byte == b'}') => return Some(at),
                b',' if self.depth == 0 => return Some(at),
                _ => {}
            }
            at += 1;
        }
        None
    }

    /// Passes over the inside of a string; the count of bytes taken.
    fn text(&mut self, bytes: &[u8]) -> usize {
        if self.escaped {
            self.escaped = false;
            return 1;
        }
        match memchr2(b'"', b'\\', bytes) {
            None => bytes.len(),
            Some(at) => {
                self.in_text = false;
                if bytes.get(at) == Some(&b'\\') {
                    (self.in_text, self.escaped) = (true, true);
                }
                at + 1
            }
        }
    }

    fn push(&mut self, brace: bool) {
        if self.depth < KNOWN {
            self.open = self.open << 1 | u128::from(brace);
        }
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
    }

    /// Closes the innermost bracket of this kind and all inside it; `false` if none is open.
    fn pop(&mut self, brace: bool) -> bool {
        if self.depth > KNOWN {
            self.depth -= 1;
            return true;
        }
        while self.depth > 0 {
            let matches = (self.open & 1 == 1) == brace;
            self.open >>= 1;
            self.depth -= 1;
            if matches {
                return true;
            }
        }
        false
    }
}

/// The `id` at the top of an object's text that is broken or cut off, as far as it can be read;
/// at most 200 characters.
pub fn id_in(text: &str) -> Option<String> {
    let mut rest = text.trim_start().strip_prefix('{')?;
    loop {
        let (name, value) = member(rest)?;
        let end = Scan::default().end(value.as_bytes());
        if name == "id" {
            let whole = value.get(..end.unwrap_or(value.len()))?;
            let id: String = serde_json::from_str(whole.trim()).ok()?;
            return Some(id.chars().take(200).collect());
        }
        rest = value.get(end? + 1..)?;
    }
}

/// `"name": rest` as its name and its rest; only names without escapes.
fn member(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.trim_start().strip_prefix('"')?.split_once('"')?;
    Some((name, rest.trim_start().strip_prefix(':')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(text: &str) -> Option<usize> {
        Scan::default().end(text.as_bytes())
    }

    #[test]
    fn a_value_ends_before_the_mark_that_follows_it() {
        assert_eq!(end(r#"{"a":"},\"]"},"#), Some(13));
        assert_eq!(end("12 ]"), Some(3));
        assert_eq!(end("[[1,2],{}]"), None);
        assert_eq!(end("[[1,2],{}]}"), Some(10));
    }

    #[test]
    fn pieces_of_a_text_are_followed_as_if_it_were_whole() {
        let text = r#"{"a\\\"":["b",{"c":"]"}]},{"#;
        for cut in 0..text.len() {
            let (first, second) = text.as_bytes().split_at(cut);
            let mut scan = Scan::default();
            let found = scan.end(first).or_else(|| scan.end(second).map(|at| at + cut));
            assert_eq!(found, Some(25), "cut at {cut}");
        }
    }

    #[test]
    fn a_wrongly_closed_value_leaves_its_neighbour_whole() {
        assert_eq!(end(r#"{"a":[1},{"b":2}]"#), Some(8));
        assert_eq!(end(r#"{"a":{"b":1]"#), Some(11));
    }

    #[test]
    fn the_deepest_level_is_counted() {
        let mut scan = Scan::default();
        let deep = format!("{{{}{}}},", "[".repeat(300), "]".repeat(300));
        assert_eq!(scan.end(deep.as_bytes()), Some(602));
        assert_eq!(scan.deepest(), 301);
    }

    #[test]
    fn the_id_of_a_broken_object_is_found() {
        let id = |text: &str| id_in(text);
        assert_eq!(id(r#"{"type":"x","a":[{"id":"no"}], "id" : "b" , broken"#), Some("b".into()));
        assert_eq!(id(r#"{"id":"b""#), Some("b".into()));
        assert_eq!(id(r#"{"id":7}"#), None);
        assert_eq!(id(r#"{"a":1"#), None);
        assert_eq!(id("[]"), None);
    }
}
