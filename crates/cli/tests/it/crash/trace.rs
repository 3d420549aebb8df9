//! System calls of a process as `strace` tells them.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

/// Calls that bring bytes or names to disk.
pub const DISK: &str = "openat,mkdir,write,pwrite64,fsync,fdatasync,rename,renameat,link,linkat";

/// One call. `from` and `to` are the lines where it began and where its result stands.
#[derive(Debug)]
pub struct Event {
    pub thread: u32,
    pub call: String,
    pub args: String,
    pub result: String,
    pub from: usize,
    pub to: usize,
}

impl Event {
    /// The file or socket: of the first argument if that is a descriptor, else of the first text.
    pub fn path(&self) -> String {
        match self.args.split_once('<') {
            Some((number, rest))
                if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) =>
            {
                rest.split('>').next().unwrap_or_default().to_owned()
            }
            _ => String::from_utf8(self.text(0)).unwrap(),
        }
    }

    /// The n-th text among the arguments, unescaped.
    pub fn text(&self, nth: usize) -> Vec<u8> {
        let mut rest = self.args.bytes().peekable();
        let mut found = Vec::new();
        for _ in 0..=nth {
            found.clear();
            if !rest.any(|b| b == b'"') {
                break;
            }
            while let Some(byte) = rest.next() {
                match byte {
                    b'"' => break,
                    b'\\' => found.push(escaped(&mut rest)),
                    other => found.push(other),
                }
            }
        }
        found
    }

    pub fn worked(&self) -> bool {
        !self.result.starts_with('-') && self.result != "?"
    }

    pub fn is_sync_of(&self, path: &str) -> bool {
        matches!(self.call.as_str(), "fsync" | "fdatasync") && self.worked() && self.path() == path
    }
}

fn escaped(rest: &mut std::iter::Peekable<std::str::Bytes<'_>>) -> u8 {
    let first = rest.next().unwrap();
    match first {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'v' => 11,
        b'f' => 12,
        b'0'..=b'7' => {
            let mut value = u32::from(first - b'0');
            for _ in 0..2 {
                match rest.peek() {
                    Some(digit @ b'0'..=b'7') => value = value * 8 + u32::from(digit - b'0'),
                    _ => break,
                }
                rest.next();
            }
            u8::try_from(value).unwrap()
        }
        other => other,
    }
}

/// `strace` of all threads, paths beside descriptors, written to a file.
pub fn strace(out: &Path, calls: &str, options: &[&str]) -> Command {
    let version = Command::new("strace").arg("--version").output();
    assert!(
        version.is_ok_and(|v| v.status.success()),
        "strace is needed for the crash tests: `apt-get install strace` (./test does it)"
    );
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-qq", "-e", "signal=none", "-e"]);
    command.arg(format!("trace={calls}")).arg("-o").arg(out).args(options);
    for name in ["ENLACE_NODE", "ENLACE_AS", "ENLACE_TOKEN"] {
        command.env_remove(name);
    }
    command
}

/// The calls of a trace, in the order in which they began.
pub fn read(text: &str) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    let mut open: HashMap<u32, usize> = HashMap::new();
    for (line, content) in text.lines().enumerate() {
        let Some((thread, rest)) = content.split_once(' ') else { continue };
        let Ok(thread) = thread.parse() else { continue };
        let rest = rest.trim_start();
        if let Some((_, resumed)) =
            rest.strip_prefix("<... ").and_then(|r| r.split_once(" resumed>"))
        {
            let event = &mut events[open.remove(&thread).expect("a call that began")];
            event.to = line;
            finish(event, resumed);
        } else if let Some((call, args)) = rest.split_once('(') {
            let call = call.to_owned();
            let mut event = Event {
                thread,
                call,
                args: String::new(),
                result: "?".into(),
                from: line,
                to: line,
            };
            match args.strip_suffix(" <unfinished ...>") {
                Some(args) => {
                    event.args = args.to_owned();
                    event.to = usize::MAX;
                    open.insert(thread, events.len());
                }
                None => finish(&mut event, args),
            }
            events.push(event);
        }
    }
    events
}

fn finish(event: &mut Event, rest: &str) {
    let (args, result) = rest.rsplit_once(" = ").unwrap_or((rest, "?"));
    event.args.push_str(args.trim_end().trim_end_matches(')'));
    event.result = result.to_owned();
}
