//! A PostgreSQL server of a drill's own, which it may stop and kill.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use percent_encoding::percent_decode_str;

use crate::crash::kill::signal;

pub struct Server {
    /// Address of an empty store on it.
    pub url: String,
    name: String,
    data: PathBuf,
}

impl Server {
    /// One that keeps what a loss of power would leave.
    pub fn start(drill: &str) -> Self {
        // Servers of several checkouts on one machine are told apart.
        let mut checkout = DefaultHasher::new();
        env!("CARGO_MANIFEST_DIR").hash(&mut checkout);
        let name = format!("{drill}-{:08x}", checkout.finish() & 0xffff_ffff);
        let url = script(&["fresh", &name]);
        let (_, rest) = url.split_once('@').unwrap();
        let (socket, _) = rest.split_once('/').unwrap();
        let socket = percent_decode_str(socket).decode_utf8().unwrap().into_owned();
        let data = Path::new(&socket).with_file_name("data");
        Self { url, name, data }
    }

    /// Ends it as an operator does (`fast`) or as a loss of power does (`immediate`).
    pub fn halt(&self, mode: &str) {
        script(&["halt", &self.name, mode]);
    }

    /// Starts it again on what is there.
    pub fn resume(&self) {
        script(&["resume", &self.name]);
    }

    /// Kills a process that works for the node; the server ends all others and recovers. Whether
    /// there was one.
    pub fn kill_backend(&self) -> bool {
        let postmaster = fs::read_to_string(self.data.join("postmaster.pid")).unwrap();
        let postmaster = postmaster.lines().next().unwrap().to_owned();
        let backend = processes().find(|process| {
            let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
            let parent = stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1));
            let title = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
            let title = String::from_utf8_lossy(&title).into_owned();
            let works = ["INSERT", "SELECT", "COMMIT", "UPDATE", "BIND", "in transaction"];
            parent == Some(&postmaster)
                && title.contains("enlace enlace")
                && works.iter().any(|word| title.contains(word))
        });
        if let Some(backend) = backend {
            signal("KILL", backend);
        }
        backend.is_some()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        script(&["stop", &self.name]);
    }
}

fn processes() -> impl Iterator<Item = u32> {
    fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

fn script(args: &[&str]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/postgres.sh");
    let mut command = Command::new("bash");
    command.arg(script).args(args).env("ENLACE_PG_OPTIONS", "-c fsync=on -c full_page_writes=on");
    let made = command.output().unwrap();
    let errors = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success() || std::thread::panicking(), "{args:?}: {errors}");
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}
