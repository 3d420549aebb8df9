"""Drives our TAXII client against the servers of others: medallion 3.0.0, OpenTAXII 0.9.3 and
another Enlace node. All run on the loopback, with invented indicators.

    taxii_servers.py      ENLACE_BINARY and TAXII_CLIENT are the binaries, else those of target/debug

One line a rule; ends with `N passed, N failed`.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import uuid

from clients.checks import Checks
from own_node import ROOT, Node

sys.path.insert(0, str(ROOT / "bench/taxii"))
from servers import Medallion, OpenTaxii  # noqa: E402

CLIENT = os.environ.get("TAXII_CLIENT", ROOT / "target/debug/examples/taxii")
COUNT = 57
PAGE = 7


def indicator(number, version=0):
    """An invented indicator; its versions are a second apart."""
    when = f"2026-01-02T03:04:{version:02}.000Z"
    return {
        "type": "indicator", "spec_version": "2.1", "created": "2026-01-02T03:04:00.000Z",
        "id": f"indicator--{uuid.UUID(int=number + (4 << 76) + (8 << 60))}", "modified": when,
        "pattern": f"[ipv4-addr:value = '198.51.100.{number}']", "pattern_type": "stix",
        "valid_from": "2026-01-02T03:04:00.000Z",
    }


def key(item):
    """What makes a version of an object one."""
    return item["id"], item["modified"]


class Client:
    """Our client with what it needs to know of one server; keeps its position in a folder."""

    def __init__(self, collection, home, **settings):
        self.collection, self.position = collection, pathlib.Path(home) / str(uuid.uuid4())
        self.settings = os.environ | {"TAXII_LIMIT": str(PAGE)} | settings

    def run(self, *args, given=None):
        """Runs the client; its lines. This is the one place that knows how it is called."""
        return subprocess.run([CLIENT, *args], env=self.settings, input=given, text=True,
                              capture_output=True, timeout=60)

    def push(self, items):
        """What became of each object."""
        lines = "".join(json.dumps(item) + "\n" for item in items)
        done = self.run("push", self.collection, given=lines)
        return done.stdout.splitlines() or [done.stderr]

    def poll(self):
        """What is new since the last time."""
        done = self.run("poll", self.collection, self.position)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]


def is_good(outcomes, count):
    """Whether the server has every object; OpenTAXII fails after it took them, so they are known."""
    return len(outcomes) == count and set(outcomes) <= {"Taken", "Known"}


def exchange(checks, name, client):
    """What must hold with every server."""
    sent = [indicator(number) for number in range(1, COUNT)]
    pushed = client.push(sent)
    checks.that(f"{name}: every object is taken", is_good(pushed, len(sent)), pushed)
    pushed = client.push(sent[:5])
    checks.that(f"{name}: what it has already is no failure", is_good(pushed, 5), pushed)
    came = [key(item) for item in client.poll()]
    checks.equal(f"{name}: all come, once", sorted(came), sorted(map(key, sent)))
    checks.equal(f"{name}: a second poll brings nothing", client.poll(), [])
    later = [indicator(3, 1), indicator(COUNT), indicator(3, 2)]
    client.push(later)
    came = [key(item) for item in client.poll()]
    checks.equal(f"{name}: then what is new, every version", sorted(came), sorted(map(key, later)))
    checks.equal(f"{name}: and nothing again", client.poll(), [])


class SmallMedallion(Medallion):
    """medallion with pages so small that its cursors are used."""

    page = PAGE


def medallion(checks, home):
    with SmallMedallion() as server:
        collection = server.collection()
        url = f"http://127.0.0.1:{server.port}{server.root}collections/{collection}/"
        login = {"TAXII_USER": "figures", "TAXII_PASSWORD": "figures-password"}
        client = Client(url, home, **login)
        exchange(checks, server.name, client)
        found = client.run("find", f"http://127.0.0.1:{server.port}")
        listed = found.stdout.count("collection ")
        checks.that("medallion: discovery leads to its collections", listed > 0, found.stderr)
        wrong = Client(url, home, **(login | {"TAXII_PASSWORD": "canary"})).run("find", url)
        refused = wrong.returncode != 0 and "401" in wrong.stderr and "canary" not in wrong.stderr
        checks.that("medallion: a wrong password is refused and not shown", refused, wrong.stderr)


def opentaxii(checks, home):
    with OpenTaxii() as server:
        collection = server.collection()
        url = f"http://127.0.0.1:{server.port}{server.root}collections/{collection}/"
        token = server.authorization.removeprefix("Bearer ")
        exchange(checks, server.name, Client(url, home, TAXII_TOKEN=token))


def enlace(checks, home):
    with Node() as node:
        token, _ = node.account("feed")
        collection = node.collection("Feed", feed="rw")
        url = f"{node.url}/taxii2/node/collections/{collection}/"
        exchange(checks, "another Enlace", Client(url, home, TAXII_TOKEN=token))


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="enlace-client-") as home:
        for name, run in (("medallion", medallion), ("OpenTAXII", opentaxii), ("Enlace", enlace)):
            checks.part(name, lambda run=run: run(checks, home))
    return 0 if checks.end() else 1


if __name__ == "__main__":
    sys.exit(main())
