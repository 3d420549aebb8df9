"""The servers that are measured: ours on both stores, OpenTAXII 0.9.3, medallion 3.0.0, and the bare
route. Each is a context; inside, it runs and can make collections.
"""

import base64
import contextlib
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import tempfile
import time
import urllib.parse
import uuid

from own_node import ROOT, Failed, Node, free_port
from process import cpu_seconds, peak_mib
from wire import Wire

PEERS = ROOT / "target/python-servers/bin"
POSTGRES = ROOT / "scripts/postgres.sh"
UP_S = 60


class Server:
    """What every server has: a process, a port, what to say to it, an API root."""

    name = root = authorization = None
    port = process = None
    # More processes whose CPU seconds are the server's: the database.
    others = ()

    def wire(self):
        """A new connection."""
        return Wire(self.port, self.authorization)

    def cpu(self):
        """CPU seconds so far, of the whole tree."""
        return cpu_seconds([self.process.pid, *self.others])

    def peak(self):
        """The most memory of the server's own tree in MiB."""
        return peak_mib(self.process.pid)

    def objects(self, collection):
        """Path of a collection's objects."""
        return f"{self.root}collections/{collection}/objects/"

    def manifest(self, collection):
        """Path of a collection's manifest."""
        return f"{self.root}collections/{collection}/manifest/"

    def disk(self):
        """MiB of the store on disk, where that is known."""
        return float("nan")

    def used(self):
        """Told now and then while the server is used."""


class Ours(Server):
    """A node of our own; its store is `sqlite` or `postgres`."""

    root = "/taxii2/node/"

    def __init__(self, store):
        self.store, self.name = store, {"sqlite": "ours, SQLite", "postgres": "ours, PostgreSQL"}[store]

    def __enter__(self):
        settings, self.data = {}, None
        if self.store == "postgres":
            self.url = url = postgres("fresh")
            settings["ENLACE_STORE_URL"] = url
            self.data, process = postmaster(url)
            self.others = [process]
        self.node = Node(ROOT / "target/release/enlace", settings)
        self.node.__enter__()
        self.port, self.process = self.node.pages, self.node.process
        token, _ = self.node.account("figures")
        self.authorization = f"Bearer {token}"
        return self

    def collection(self):
        """A new collection that the account may read and write."""
        return self.node.collection(f"Figures {uuid.uuid4()}", figures="rw")

    def disk(self):
        folder = self.data or self.node.dir
        sizes = [f.stat().st_size for f in folder.rglob("*") if f.is_file()]
        return sum(sizes) / (1 << 20)

    def used(self):
        if self.store == "postgres":  # it stops by itself when nobody says so for ten minutes
            os.utime(self.data.parent / "used")

    def __exit__(self, *_):
        self.node.__exit__()
        if self.store == "postgres":
            postgres("stop")


def postgres(what):
    """A PostgreSQL server of its own whose commits are on disk when they are answered, with memory as
    its manual advises for a machine of its own (a quarter; the default is 128 MB)."""
    options = {"ENLACE_PG_OPTIONS": "-c fsync=on -c full_page_writes=on -c shared_buffers=1GB"}
    done = subprocess.run(["bash", POSTGRES, what, "figures"], env=os.environ | options,
                          stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


def postmaster(url):
    """The folder of the data of such a server, and its first process."""
    socket = urllib.parse.unquote(url.split("@")[1].split("/")[0])
    data = pathlib.Path(socket).parent / "data"
    return data, int((data / "postmaster.pid").read_text().split()[0])


class Peer(Server):
    """A peer in a folder of its own; `prepare` writes what it needs, `command` runs it."""

    def __enter__(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="enlace-peer-"))
        self.port = free_port()
        self.prepare()
        log = open(self.home / "log", "wb")
        self.process = subprocess.Popen(self.command(), env=self.environment(), cwd=self.home,
                                        stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until = time.monotonic() + UP_S
        while time.monotonic() < until and self.process.poll() is None:
            with contextlib.suppress(OSError, EOFError):
                if self.wire().get("/taxii2/").status == 200:
                    return self
            time.sleep(0.1)
        log = (self.home / "log").read_text()[-2000:]
        self.__exit__()
        raise Failed(f"{self.name} is not up\n{log}")

    def environment(self):
        """Variables of its process."""
        return dict(os.environ)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)


class OpenTaxii(Peer):
    """OpenTAXII with SQLite as it comes, one worker of gunicorn, a token."""

    name = "OpenTAXII 0.9.3"

    def prepare(self):
        store = {"create_tables": True, "db_connection": f"sqlite:///{self.home}/data.db"}
        accounts = store | {"db_connection": f"sqlite:///{self.home}/auth.db", "secret": "figures"}
        settings = {
            "auth_api": {"class": "opentaxii.auth.sqldb.SQLDatabaseAPI", "parameters": accounts},
            "taxii1": None,
            "taxii2": {
                "title": "figures", "max_content_length": 100 << 20, "public_discovery": True,
                "allow_custom_properties": True,
                "persistence_api": {
                    "class": "opentaxii.persistence.sqldb.Taxii2SQLDatabaseAPI", "parameters": store,
                },
            },
            "logging": {"opentaxii": "error", "root": "error"},
        }
        # JSON is YAML.
        (self.home / "settings.yml").write_text(json.dumps(settings))
        made = self.run("opentaxii-create-account", "-u", "figures", "-p", "figures-password")
        self.authorization = "Bearer " + re.search(r"token: (\S+)", made).group(1)
        self.run("opentaxii-add-api-root", "-t", "figures", "--default")
        # The only choice that the command offers is the API root that there is.
        choices = self.run("opentaxii-add-collection", "--help")
        self.api_root = re.search(r"\{([0-9a-f-]{36})\}", choices).group(1)
        self.root = f"/taxii2/{self.api_root}/"

    def run(self, command, *args):
        done = subprocess.run([PEERS / command, *args], env=self.environment(), text=True,
                              capture_output=True, check=True)
        return done.stdout

    def environment(self):
        return os.environ | {"OPENTAXII_CONFIG": str(self.home / "settings.yml")}

    def command(self):
        return [PEERS / "gunicorn", "--workers", "1", "--timeout", "1800", "--bind",
                f"127.0.0.1:{self.port}", "opentaxii.http:app"]

    def collection(self):
        title = str(uuid.uuid4())
        self.run("opentaxii-add-collection", "-r", self.api_root, "-t", title, "--public",
                 "--public-write")
        # Not from its own list, which answers 500: this release cannot write an id as JSON.
        with contextlib.closing(sqlite3.connect(self.home / "data.db")) as store:
            found = "SELECT id FROM opentaxii_collection WHERE title = ?"
            return str(uuid.UUID(store.execute(found, [title]).fetchone()[0]))


class Medallion(Peer):
    """medallion with its store in memory and the server that its own command starts."""

    name = "medallion 3.0.0"
    root = "/figures/"
    # Its largest page.
    page = 1000
    authorization = "Basic " + base64.b64encode(b"figures:figures-password").decode()

    def prepare(self):
        self.free = [str(uuid.uuid4()) for _ in range(10)]
        collection = {"title": "figures", "can_read": True, "can_write": True, "objects": [],
                      "manifest": [], "media_types": ["application/stix+json;version=2.1"]}
        url = f"http://127.0.0.1:{self.port}/figures/"
        data = {
            "/discovery": {"title": "figures", "default": url, "api_roots": [url]},
            "figures": {
                "information": {"title": "figures", "max_content_length": 100 << 20,
                                "versions": ["application/taxii+json;version=2.1"]},
                "status": [],
                "collections": [collection | {"id": made} for made in self.free],
            },
        }
        (self.home / "data.json").write_text(json.dumps(data))
        (self.home / "settings.json").write_text(json.dumps({
            "users": {"figures": "figures-password"}, "taxii": {"max_page_size": self.page},
            "backend": {"module": "medallion.backends.memory_backend",
                        "module_class": "MemoryBackend", "filename": str(self.home / "data.json")},
        }))

    def command(self):
        return [PEERS / "medallion", "--port", str(self.port), "settings.json"]

    def collection(self):
        return self.free.pop()


class Bare(Server):
    """A route of axum that answers with given bytes and does nothing else."""

    name, root, authorization = "bare axum route", "/", "none"

    def __init__(self, body, url=None):
        """With the `url` of a database each answer waits for `SELECT 1` first."""
        self.body, self.asked = body, [url] if url else []

    def __enter__(self):
        with tempfile.NamedTemporaryFile() as file:
            file.write(self.body)
            file.flush()
            self.process = subprocess.Popen([ROOT / "target/release/bare", file.name, *self.asked],
                                            stdout=subprocess.PIPE, text=True)
            self.port = int(self.process.stdout.readline())
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
