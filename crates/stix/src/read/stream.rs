//! Reads objects one after the other from a source of any length, with bounded memory.

use std::io::{self, Read};

use memchr::memchr;

use super::window::{PIECE, Window};
use super::{Form, Item, Scan, SplitError};
use crate::Limits;

/// Longest member of a container, beside its objects, that is kept.
const MEMBER: usize = 1 << 10;

/// The objects of a file, one at a time: the memory held is that of the largest object allowed
/// ([`Limits::object_bytes`]) and one piece of 256 KiB.
///
/// ```
/// use enlace_stix::read::Stream;
/// let file = br#"{"type":"bundle","id":"b","objects":[{"a":1}, {"b":2}]}"#;
/// let mut stream = Stream::new(&file[..]);
/// let mut texts = Vec::new();
/// while let Some(item) = stream.next()? {
///     texts.push(item.text()?.to_owned());
/// }
/// assert_eq!(texts, [r#"{"a":1}"#, r#"{"b":2}"#]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Stream<R> {
    window: Window<R>,
    state: State,
    form: Option<Form>,
    items: u64,
    /// Items before the list that is read.
    before_list: u64,
    container: Option<Container>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// Before a value at the top of the text.
    Top,
    /// In the list of a container.
    List {
        braced: bool,
        first: bool,
    },
    /// In a container, behind its list.
    Members,
    /// Every further line is one item.
    Lines,
    Done,
}

/// The bundle or envelope around the objects.
#[derive(Debug, Default)]
struct Container {
    /// Its members as they stand, the objects cut down to one.
    text: String,
    kind: Option<String>,
}

/// Why no further object can be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The source failed.
    #[error("cannot be read: {0}")]
    Source(#[from] io::Error),
    /// The text around the objects is broken.
    #[error(transparent)]
    Split(#[from] SplitError),
}

/// What reading the members of a braced text came to.
enum Step {
    /// The list of objects begins.
    List,
    /// The brace closed.
    End,
}

impl<R: Read> Stream<R> {
    /// Reads from `source` with the default [`Limits`].
    pub fn new(source: R) -> Self {
        Self::within(source, Limits::default())
    }

    /// Reads from `source`; an item longer than the limit is passed over and named.
    pub fn within(source: R, limits: Limits) -> Self {
        Self {
            window: Window::new(source, limits),
            state: State::Top,
            form: None,
            items: 0,
            before_list: 0,
            container: None,
        }
    }

    /// The form of the text, as far as it was read; `None` before the first item.
    pub fn form(&self) -> Option<Form> {
        self.form
    }

    /// The bundle or envelope around the objects, its list cut down to one number: small enough
    /// for [`crate::validate::bundle`], whatever the size of the file. Complete once
    /// [`Stream::next`] gave `None`.
    pub fn container(&self) -> Option<&str> {
        self.container.as_ref().map(|c| c.text.as_str())
    }

    /// The next item, or `None` at the end.
    ///
    /// # Errors
    /// The source fails, or the text around the objects is broken; nothing more can be read then.
    #[expect(clippy::should_implement_trait, reason = "an item borrows from the reader")]
    pub fn next(&mut self) -> Result<Option<Item<'_>>, ReadError> {
        loop {
            self.window.begin_item();
            match self.state {
                State::Top => {
                    if let Some(size) = self.top()? {
                        return Ok(Some(self.item(size, None)));
                    }
                }
                State::List { braced, first } => {
                    if let Some((size, scan)) = self.element(braced, first)? {
                        return Ok(Some(self.item(size, Some(scan))));
                    }
                }
                State::Members => match self.members(false)? {
                    Step::List => self.state = State::List { braced: true, first: true },
                    Step::End => self.close_container(),
                },
                State::Lines => {
                    if let Some(size) = self.a_line()? {
                        return Ok(Some(self.item(size, None)));
                    }
                }
                State::Done => return Ok(None),
            }
        }
    }

    /// The item from `from`, of `size` bytes, of which the buffer may hold only the head.
    fn item(&mut self, size: u64, scan: Option<Scan>) -> Item<'_> {
        self.items += 1;
        let (line, column) = self.window.place;
        let offset = self.window.begin();
        let kept = usize::try_from(size).unwrap_or(usize::MAX);
        let held = self.window.held();
        let bytes = held.get(..kept.min(held.len())).unwrap_or_default();
        Item {
            bytes,
            size,
            limits: self.window.limits,
            number: self.items,
            offset,
            line,
            column,
            scan,
        }
    }

    /// A value at the top of the text: one object, or the beginning of a container.
    fn top(&mut self) -> Result<Option<u64>, ReadError> {
        if self.window.before == 0 && self.window.at == 0 {
            self.window.skip_byte_order_mark()?;
        }
        let Some(byte) = self.window.skip_space()? else {
            if self.form.is_none() {
                return Err(self.window.wrong("expected `{` or `[`"));
            }
            self.state = State::Done;
            return Ok(None);
        };
        self.window.begin_item();
        let first = self.form.is_none();
        match byte {
            b'[' => {
                self.window.at += 1;
                self.form = Some(if first { Form::List } else { Form::Lines });
                self.state = State::List { braced: false, first: true };
                Ok(None)
            }
            b'{' => self.braced(first),
            _ if first => Err(self.window.wrong("expected `{` or `[`")),
            _ => self.a_line(),
        }
    }

    fn braced(&mut self, first: bool) -> Result<Option<u64>, ReadError> {
        self.window.at += 1;
        self.container = None;
        match self.members(true) {
            Ok(Step::List) => {
                self.form = Some(if first { Form::Envelope } else { Form::Lines });
                self.state = State::List { braced: true, first: true };
                Ok(None)
            }
            Ok(Step::End) => self.object_or_empty_bundle(first),
            Err(ReadError::Split(error)) => self.next_line_or(error),
            Err(error) => Err(error),
        }
    }

    /// Behind a closed brace without a list of objects: an object, or a bundle of none.
    fn object_or_empty_bundle(&mut self, first: bool) -> Result<Option<u64>, ReadError> {
        let size = self.window.size();
        self.form = Some(if first { Form::Single } else { Form::Lines });
        self.after_object(size)?;
        let kind = self.container.as_ref().and_then(|c| c.kind.as_deref());
        if kind == Some("bundle") && self.form == Some(Form::Single) {
            self.close_container();
            return Ok(None);
        }
        self.container = None;
        Ok(Some(size))
    }

    /// Behind a single object: when it filled its line, every further line is one item.
    fn after_object(&mut self, size: u64) -> Result<(), ReadError> {
        let held = self.window.held();
        let one_line = memchr(b'\n', held).is_none() && held.len() as u64 == size;
        let mut line_ends = false;
        let mut ahead = self.window.at;
        while let Some(byte) = self.window.byte_at(ahead)? {
            match byte {
                b'\n' => line_ends = true,
                b' ' | b'\t' | b'\r' => {}
                _ => {
                    self.form = Some(Form::Lines);
                    break;
                }
            }
            if ahead - self.window.at > PIECE {
                break;
            }
            ahead += 1;
        }
        self.state = if one_line && line_ends { State::Lines } else { State::Top };
        Ok(())
    }

    /// A broken text at the top: one bad line among lines, or the end of all.
    fn next_line_or(&mut self, error: SplitError) -> Result<Option<u64>, ReadError> {
        if self.window.dropped > 0 {
            return Err(ReadError::Split(error));
        }
        self.window.at = self.window.from;
        let mut ahead = self.window.at;
        let mut lines = 0;
        loop {
            match self.window.byte_at(ahead)? {
                Some(b'\n') => lines += 1,
                Some(b'{') if lines > 0 => break,
                Some(b' ' | b'\t' | b'\r') if lines > 0 => {}
                Some(_) if lines == 0 && ahead - self.window.at < PIECE => {}
                _ => return Err(ReadError::Split(error)),
            }
            ahead += 1;
        }
        self.form = Some(Form::Lines);
        self.state = State::Lines;
        self.a_line()
    }

    /// The members of a braced text from `{` or from behind a list of objects.
    fn members(&mut self, mut first: bool) -> Result<Step, ReadError> {
        loop {
            let Some(byte) = self.window.skip_space()? else {
                return Err(self.window.wrong("the text ends inside an object"));
            };
            match byte {
                b'}' => {
                    self.window.at += 1;
                    return Ok(Step::End);
                }
                b',' if !first => self.window.at += 1,
                b'"' if first => {}
                _ => return Err(self.window.wrong("expected `,` or `}`")),
            }
            first = false;
            if self.window.skip_space()? != Some(b'"') {
                return Err(self.window.wrong("expected a name in quotes"));
            }
            let name = self.name()?;
            if self.window.skip_space()? != Some(b':') {
                return Err(self.window.wrong("expected `:`"));
            }
            self.window.at += 1;
            let begins = self.window.skip_space()?;
            if name == "objects" && begins == Some(b'[') && self.may_hold_objects() {
                self.window.at += 1;
                self.note_member("\"objects\"", "[0]");
                self.before_list = self.items;
                return Ok(Step::List);
            }
            self.member_value(&name)?;
        }
    }

    /// A container is a bundle or says no type: an object's own `objects` is no list of it.
    fn may_hold_objects(&self) -> bool {
        let kind = self.container.as_ref().and_then(|c| c.kind.as_deref());
        kind.is_none_or(|kind| kind == "bundle")
    }

    /// A name in quotes, unescaped; reading stands behind it then.
    fn name(&mut self) -> Result<String, ReadError> {
        let mut ahead = self.window.at + 1;
        let mut escaped = false;
        loop {
            match self.window.byte_at(ahead)? {
                None => return Err(self.window.wrong("the text ends inside a name")),
                Some(_) if ahead - self.window.at > MEMBER => {
                    return Err(self.window.wrong("a name longer than 1024 bytes"));
                }
                Some(_) if escaped => escaped = false,
                Some(b'\\') => escaped = true,
                Some(b'"') => break,
                Some(_) => {}
            }
            ahead += 1;
        }
        let raw = self.window.buffer.get(self.window.at..=ahead).unwrap_or_default();
        let name = serde_json::from_slice::<String>(raw);
        self.window.at = ahead + 1;
        // What cannot be unescaped is no `objects`; the object's own reading reports it.
        Ok(name.unwrap_or_default())
    }

    /// Passes over the value of a member; short ones are kept for the container.
    fn member_value(&mut self, name: &str) -> Result<(), ReadError> {
        let start = self.window.before + self.window.at as u64;
        let mut scan = Scan::default();
        self.window.scan_value(&mut scan)?;
        let size = usize::try_from(self.window.before + self.window.at as u64 - start)
            .unwrap_or(usize::MAX);
        let short = (size <= MEMBER).then(|| {
            let from = self.window.at.saturating_sub(size);
            String::from_utf8_lossy(
                self.window.buffer.get(from..self.window.at).unwrap_or_default(),
            )
            .into_owned()
        });
        let value = short.as_deref().map_or("\"…\"", str::trim);
        if name == "type" && size <= MEMBER {
            let kind = serde_json::from_str(value).ok();
            self.container.get_or_insert_default().kind = kind;
        }
        let quoted = serde_json::to_string(name).unwrap_or_default();
        self.note_member(&quoted, value);
        Ok(())
    }

    fn note_member(&mut self, quoted: &str, value: &str) {
        let container = self.container.get_or_insert_default();
        if container.text.len() < 64 * MEMBER {
            container.text.push(if container.text.is_empty() { '{' } else { ',' });
            container.text.push_str(quoted);
            container.text.push(':');
            container.text.push_str(value);
        }
    }

    fn close_container(&mut self) {
        if let Some(container) = &mut self.container {
            container.text.push('}');
            let is_bundle = container.kind.as_deref() == Some("bundle");
            if self.form != Some(Form::Lines) {
                self.form = Some(if is_bundle { Form::Bundle } else { Form::Envelope });
            }
        }
        self.state = State::Top;
    }

    /// The next item of a list: its size and what was met in it.
    fn element(&mut self, braced: bool, first: bool) -> Result<Option<(u64, Scan)>, ReadError> {
        let begins = self.window.skip_space()?;
        self.window.begin_item();
        match begins {
            None => return Err(self.window.wrong("the text ends inside a list")),
            Some(b']') if first => {
                self.close_list(braced);
                return Ok(None);
            }
            _ => {}
        }
        let mut scan = Scan::default();
        self.window.scan_value(&mut scan)?;
        let size = self.window.size();
        match self.window.byte_at(self.window.at)? {
            Some(b',') => self.state = State::List { braced, first: false },
            Some(b']') => self.state = State::List { braced, first: true },
            Some(_) => return Err(self.window.wrong("expected `,` or `]`")),
            None => return Err(self.window.wrong("the text ends inside a list")),
        }
        let size = self.window.without_trailing_space(size);
        if self.state == (State::List { braced, first: false }) {
            self.window.at += 1;
        }
        Ok(Some((size, scan)))
    }

    fn close_list(&mut self, braced: bool) {
        self.window.at += 1;
        self.state = if braced { State::Members } else { State::Top };
        if let Some(container) = self.container.as_mut().filter(|_| self.items == self.before_list)
        {
            // What was noted when the list began.
            container.text.truncate(container.text.len() - "0]".len());
            container.text.push(']');
        }
    }

    /// One line as an item; empty lines are passed over.
    fn a_line(&mut self) -> Result<Option<u64>, ReadError> {
        if self.window.skip_space()?.is_none() {
            self.state = State::Done;
            return Ok(None);
        }
        self.window.begin_item();
        loop {
            let rest = self.window.rest();
            if let Some(end) = memchr(b'\n', rest) {
                self.window.at += end;
                break;
            }
            self.window.at = self.window.buffer.len();
            self.window.drop_if_too_large();
            if !self.window.fill()? {
                break;
            }
        }
        let size = self.window.size();
        self.form = Some(Form::Lines);
        Ok(Some(self.window.without_trailing_space(size)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ParseError;

    /// Every item as `(line, text or rule)`, then how it ended.
    fn items(text: &[u8], piece: usize, limits: Limits) -> (Vec<(u64, String)>, Option<String>) {
        let mut stream = Stream::within(text, limits);
        stream.window.piece = piece;
        let mut found = Vec::new();
        loop {
            match stream.next() {
                Ok(Some(item)) => {
                    let shown = item.text().map_or_else(|e| e.rule().to_owned(), str::to_owned);
                    found.push((item.line, shown));
                }
                Ok(None) => return (found, None),
                Err(error) => return (found, Some(error.to_string())),
            }
        }
    }

    fn all(text: &str) -> Vec<(u64, String)> {
        let (found, error) = items(text.as_bytes(), PIECE, Limits::default());
        assert_eq!(error, None);
        found
    }

    fn small(object_bytes: usize) -> Limits {
        Limits { object_bytes, ..Limits::default() }
    }

    #[test]
    fn items_know_their_line() {
        let found = all("{\"type\":\"bundle\",\n\"objects\":[\n\n{},\n [1,\n2]\n]}\n");
        assert_eq!(found, [(4, "{}".to_owned()), (5, "[1,\n2]".to_owned())]);
        assert_eq!(
            all("{\"a\":1}\n\n{\"b\":2}"),
            [(1, "{\"a\":1}".into()), (3, "{\"b\":2}".into())]
        );
    }

    #[test]
    fn what_is_too_large_is_named_and_passed_over_in_bounded_memory() {
        let text = format!("[{{\"id\":\"x\",\"a\":\"{}\"}},\n{{}}]", "\n".repeat(1_000_000));
        let mut stream = Stream::within(text.as_bytes(), small(1000));
        stream.window.piece = 4096;
        let item = stream.next().unwrap().unwrap();
        assert_eq!(item.id(), Some("x".to_owned()));
        let error = ParseError::TooLarge { found: 1_000_017, limit: 1000 };
        assert_eq!(item.text(), Err(error));
        let second = stream.next().unwrap().unwrap();
        assert_eq!((second.text(), second.line, second.column), (Ok("{}"), 1_000_002, 1));
        assert!(stream.next().unwrap().is_none());
        assert!(stream.window.buffer.capacity() < 100_000, "{}", stream.window.buffer.capacity());
    }

    #[test]
    fn one_object_that_is_not_utf_8_stands_alone() {
        let (found, error) = items(b"[{\"a\":\"\xff\"},{}]", PIECE, Limits::default());
        assert_eq!(error, None);
        assert_eq!(found, [(1, "stix.object.not-json".to_owned()), (1, "{}".to_owned())]);
    }

    #[test]
    fn a_broken_element_leaves_its_neighbours() {
        let text = r#"{"type":"bundle","objects":[{"a":[1},,{"b":2},]}"#;
        let texts: Vec<_> = all(text).into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts, [r#"{"a":[1}"#, "", r#"{"b":2}"#, ""]);
    }

    #[test]
    fn what_ends_too_early_is_said_after_what_came_before() {
        let (found, error) = items(br#"{"objects":[{},{"a":"#, PIECE, Limits::default());
        assert_eq!(found.len(), 1);
        let expected =
            "not readable as STIX JSON at line 1, column 21: the text ends inside a list";
        assert_eq!(error.as_deref(), Some(expected));
    }

    #[test]
    fn the_container_is_kept_without_its_objects() {
        let text = r#"{ "id" : "bundle--1", "objects":[{},{}], "type":"bundle", "x": [1, 2] }"#;
        let mut stream = Stream::new(text.as_bytes());
        while stream.next().unwrap().is_some() {}
        assert_eq!(stream.form(), Some(Form::Bundle));
        let expected = r#"{"id":"bundle--1","objects":[0],"type":"bundle","x":[1, 2]}"#;
        assert_eq!(stream.container(), Some(expected));
        let mut empty = Stream::new(&br#"{"type":"bundle","objects":[ ],"id":"b"}"#[..]);
        assert!(empty.next().unwrap().is_none());
        assert_eq!(empty.container(), Some(r#"{"type":"bundle","objects":[],"id":"b"}"#));
    }

    proptest! {
        /// Where the source is cut into pieces changes nothing.
        #[test]
        fn pieces_do_not_matter(
            text in r#"(\[|\{"objects":\[|)(\{"a":("[{}\n\\"]"|1|\[1\])\}|[ \n,\]\[{}]){0,12}(\]\}|\]|)"#,
            piece in 1_usize..40,
        ) {
            for limits in [Limits::default(), small(6)] {
                let whole = items(text.as_bytes(), PIECE, limits);
                prop_assert_eq!(items(text.as_bytes(), piece, limits), whole);
            }
        }

        #[test]
        fn no_bytes_make_it_panic(text in prop::collection::vec(any::<u8>(), 0..300), piece in 1_usize..40) {
            items(&text, piece, small(20));
        }
    }
}
