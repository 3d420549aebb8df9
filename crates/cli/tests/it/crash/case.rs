//! Folders of EC and US at the moment before an operation; each drill plays on a copy.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;

use crate::support::{BINARY, Done, run, scenario, scenario_json};

pub const PASSWORD: &str = "only-for-tests-0417";
/// More objects than `import` writes in one transaction.
const CROWD: usize = 2_300;

/// Two nodes, not running.
pub struct Case {
    home: TempDir,
    pub ec: Folder,
    pub us: Folder,
    /// The agreement of both, where there is one.
    agreement: String,
}

/// The folder of a node.
pub struct Folder {
    pub dir: PathBuf,
}

impl Case {
    /// EC and US, nothing held; the files that EC will import lie beside them.
    pub fn fresh() -> Self {
        let home = tempfile::tempdir().unwrap();
        let made = |key: &str| Folder { dir: home.path().join(key) };
        let case = Self { ec: made("ec"), us: made("us"), home, agreement: String::new() };
        case.ec.init("Unidad Nacional de Enlace (UNE)", "EC", 0);
        case.us.init("Interagency Liaison Cell (ILC)", "US", 1);
        fs::write(case.home.path().join("crowd.json"), crowd()).unwrap();
        case
    }

    /// EC holds the files of the case; the agreement between EC and US is in force.
    pub fn agreed() -> Self {
        let mut case = Self::fresh();
        let (ec, us) = (&case.ec, &case.us);
        for (node, other) in [(ec, us), (us, ec)] {
            let card = other.dir.with_extension("card.json");
            fs::write(&card, other.must(None, &["card"]).text).unwrap();
            let added = node.must(None, &["partner", "add", card.to_str().unwrap()]);
            let name = added.lines[0]["key_id"].as_str().unwrap();
            let vet = ["partner", "vet", name, "--by", "Vetting office", "--until", "2099-12-31"];
            node.must(None, &vet);
            for role in ["liaison-officer", "approver"] {
                let password = ["--role", role, "--password", PASSWORD];
                node.must(None, &[&["account", "create", role][..], &password].concat());
            }
        }
        for name in ["case-calamares.json", "firearms.csv", "press.html"] {
            let file = scenario(&format!("ec/{name}"));
            // Two rows of the table are broken: 1 is a good end.
            let done = ec.cli(None, &["import", "--marking", "amber", file.to_str().unwrap()]);
            assert!(done.code < 2, "{name}: {}", done.errors);
        }
        let servers = [ec.serve(), us.serve()];
        let draft = case.home.path().join("draft.toml");
        let (draft, terms) = (draft.to_str().unwrap(), scenario("agreements/ec-us.toml"));
        let new = ["agreement", "new", "--with", "US", "--terms", terms.to_str().unwrap()];
        ec.must(Some("liaison-officer"), &[&new[..], &["--out", draft]].concat());
        let signed = ec.must(Some("approver"), &["agreement", "sign", draft]);
        let id = signed.summary()["id"].as_str().unwrap().to_owned();
        ec.must(None, &["partner", "sync", "US"]);
        us.must(Some("approver"), &["agreement", "sign", &id]);
        us.must(None, &["partner", "sync", "EC"]);
        servers.into_iter().for_each(Server::stop);
        case.agreement = id;
        case
    }

    /// As [`Case::agreed`], and EC has sent the report of the case.
    pub fn sent() -> Self {
        let case = Self::agreed();
        for step in ["draft", "approve", "send"] {
            let (role, args) = case.release_step(step);
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            case.ec.must(Some(role), &args);
        }
        case
    }

    /// The files that EC imports, good and bad.
    pub fn files(&self) -> Vec<String> {
        let names = ["case-calamares.json", "press.html", "broken.json", "firearms.csv"];
        let mut files: Vec<PathBuf> = names.iter().map(|n| scenario(&format!("ec/{n}"))).collect();
        files.insert(2, self.home.path().join("crowd.json"));
        files.iter().map(|f| f.display().to_string()).collect()
    }

    /// Role and arguments of a step of the release.
    pub fn release_step(&self, step: &str) -> (&'static str, Vec<String>) {
        let report = scenario_json("expected.json")["release"]["report"].clone();
        let report = report.as_str().unwrap().to_owned();
        let (role, args) = match step {
            "draft" => {
                let ask = ["release", "--agreement", &self.agreement, "--purpose"];
                ("liaison-officer", [&ask[..], &["firearms-tracing", &report]].concat())
            }
            "approve" => ("approver", vec!["release", "approve"]),
            _ => ("liaison-officer", vec!["release", "send"]),
        };
        let mut args: Vec<String> = args.into_iter().map(str::to_owned).collect();
        if step != "draft" {
            args.push(self.release().expect("a release that was drafted").0);
        }
        (role, args)
    }

    /// Id and state of EC's one release, as an officer sees them who looks after a crash.
    pub fn release(&self) -> Option<(String, String)> {
        let listed = self.ec.must(Some("liaison-officer"), &["release", "list"]);
        let found: Vec<_> = listed.results().collect();
        assert!(found.len() < 2, "one release: {}", listed.text);
        let text = |name: &str| Some(found.first()?[name].as_str()?.to_owned());
        Some((text("id")?, text("state")?))
    }

    /// The same nodes once more, to be killed.
    pub fn copy(&self) -> Self {
        let home = tempfile::tempdir().unwrap();
        copy_folder(self.home.path(), home.path());
        let made = |key: &str| Folder { dir: home.path().join(key) };
        Self { ec: made("ec"), us: made("us"), agreement: self.agreement.clone(), home }
    }
}

impl Folder {
    fn init(&self, name: &str, country: &str, number: u16) {
        self.must(None, &["init", "--name", name, "--country", country]);
        // An address that no other process of this machine has: most of 127/8 is free.
        static NEXT: AtomicU16 = AtomicU16::new(0);
        let process = std::process::id();
        let host =
            format!("127.{}.{}.{}", 64 + (process >> 16) % 64, process >> 8 & 255, process & 255);
        let port = 20_000 + 4 * NEXT.fetch_add(1, Ordering::Relaxed) + number;
        let listen = format!(
            "[listen]\npages = \"{host}:{}\"\npartners = \"{host}:{port}\"\n",
            port + 2_000
        );
        fs::write(self.dir.join("enlace.toml"), listen).unwrap();
    }

    /// All arguments of a command on this node.
    pub fn arguments(&self, role: Option<&str>, args: &[&str]) -> Vec<String> {
        let mut all = vec!["--node", self.dir.to_str().unwrap(), "--json"];
        if let Some(role) = role {
            all.extend(["--as", role]);
        }
        all.extend(args);
        all.into_iter().map(str::to_owned).collect()
    }

    pub fn cli(&self, role: Option<&str>, args: &[&str]) -> Done {
        let all = self.arguments(role, args);
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        run(&all, &[("ENLACE_PASSWORD", PASSWORD)])
    }

    /// A command that has to work.
    pub fn must(&self, role: Option<&str>, args: &[&str]) -> Done {
        let done = self.cli(role, args);
        assert_eq!(done.code, 0, "enlace {}\n{}\n{}", args.join(" "), done.text, done.errors);
        done
    }

    /// Starts `serve`; returns when it listens.
    pub fn serve(&self) -> Server {
        let out = self.dir.with_extension("served");
        let child = Command::new(BINARY)
            .args(self.arguments(None, &["serve"]))
            .env("ENLACE_LOG", "warn")
            .stdout(fs::File::create(&out).unwrap())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Server(child);
        wait_until_up(&out);
        server
    }
}

/// Waits until a `serve` whose output goes to a file says that it listens.
pub fn wait_until_up(out: &Path) {
    let started = Instant::now();
    while !fs::read_to_string(out).unwrap_or_default().contains("partners") {
        assert!(started.elapsed() < Duration::from_secs(30), "serve is not up within 30 s");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A running `serve`; dropped, it is killed.
pub struct Server(Child);

impl Server {
    /// Ends it as a service manager does.
    pub fn stop(mut self) {
        super::kill::signal("TERM", self.0.id());
        self.0.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A bundle that takes several transactions.
fn crowd() -> String {
    let time = "2026-02-03T04:05:06.000Z";
    let object = |n: usize| {
        json!({
            "type": "location", "spec_version": "2.1", "created": time, "modified": time,
            "id": format!("location--00000000-0000-4000-8000-{n:012}"),
            "name": format!("Muelle {n}"), "country": "EC",
        })
    };
    let objects: Vec<_> = (0..CROWD).map(object).collect();
    let id = "bundle--00000000-0000-4000-8000-ffffffffffff";
    json!({ "type": "bundle", "id": id, "objects": objects }).to_string()
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let (path, target) = {
            let entry = entry.unwrap();
            (entry.path(), to.join(entry.file_name()))
        };
        if path.is_dir() {
            fs::create_dir(&target).unwrap();
            let mode = fs::metadata(&path).unwrap().permissions();
            copy_folder(&path, &target);
            fs::set_permissions(&target, mode).unwrap();
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}
