"""Drives our feeds against the servers of others: medallion 3.0.0, OpenTAXII 0.9.3 and another Enlace
node. All run on the loopback, with invented indicators.

    taxii_servers.py      ENLACE_BINARY is the binary, else target/debug/enlace

One line a rule; ends with `N passed, N failed`.
"""

import contextlib
import re
import sys
import time
import uuid

from clients.checks import Checks
from feeds.desk import PAGE, Desk
from feeds.relay import Old, Relay
from own_node import ROOT, Node

sys.path.insert(0, str(ROOT / "bench/taxii"))
from servers import Medallion, OpenTaxii  # noqa: E402

COUNT = 57
# The run of a killed process is over when it has given no sign of life for so long.
SILENCE_S = 46
# The page before which a run is killed.
KILLED_AT = 4
NOTHING = {"new": 0, "known": 0, "conflict": 0, "rejected": 0}


def indicator(number, version=0):
    """An invented indicator; its versions are a second apart."""
    when = f"2026-01-02T03:04:{version:02}.000Z"
    return {
        "type": "indicator", "spec_version": "2.1", "created": "2026-01-02T03:04:00.000Z",
        "id": f"indicator--{uuid.UUID(int=number + (4 << 76) + (8 << 60))}", "modified": when,
        "pattern": f"[ipv4-addr:value = '198.51.100.{number}']", "pattern_type": "stix",
        "valid_from": "2026-01-02T03:04:00.000Z",
    }


FIRST = [indicator(number) for number in range(1, COUNT)]
LATER = [indicator(3, 1), indicator(COUNT), indicator(3, 2)]


def keys(objects):
    """What makes each version of an object one, in one order."""
    return sorted((one["id"], one["modified"]) for one in objects)


def counts(report):
    """What a run did, without its pages."""
    return {name: report[name] for name in NOTHING}


def new(count):
    """A run that brought or gave so many, and met nothing else."""
    return NOTHING | {"new": count}


class Peer:
    """A server of another's, with one of its collections and our feeds to it. What is read of it goes
    through `mend` where it cannot be believed as it is.
    """

    def __init__(self, stack, desk, name, port, path, login, mend=None):
        self.stack, self.desk, self.name = stack, desk, name
        self.port, self.path, self.login, self.mend = port, path, login, mend
        self.reads = stack.enter_context(Relay(port, mend=mend)).port if mend else port
        self.short = name.split()[0].lower()
        self.out, self.into, self.torn = (f"{self.short} {use}" for use in ("out", "in", "torn"))
        for shelf in (self.out, self.into, self.torn):
            desk.shelf(shelf)

    def url(self, port=None):
        return f"http://127.0.0.1:{port or self.port}{self.path}"

    def feed(self, use):
        return f"{self.short}-{use}"

    def add_feeds(self):
        desk, url, login = self.desk, self.url(self.reads), self.login
        desk.giving(self.feed("give"), self.url(), login, self.out)
        desk.feed(self.feed("take"), url, login)
        desk.taking(self.feed("into"), url, login, self.into)


def is_given(report, count):
    """Whether the server has every object; OpenTAXII fails after it took them, so they are known."""
    return report["new"] + report["known"] == count and report["conflict"] == report["rejected"] == 0


def exchange(checks, peer):
    """What must hold with every server."""
    desk, name = peer.desk, peer.name
    desk.put(peer.out, FIRST)
    peer.add_feeds()
    give, take, into = (peer.feed(use) for use in ("give", "take", "into"))
    report = desk.run(give)
    checks.that(f"{name}: every object is taken", is_given(report, len(FIRST)), report)
    checks.equal(f"{name}: and given once", counts(desk.run(give)), NOTHING)
    desk.giving(peer.feed("again"), peer.url(), peer.login, peer.out)
    report = desk.run(peer.feed("again"))
    checks.that(f"{name}: what it has already is no failure", is_given(report, len(FIRST)), report)
    for feed, what in ((take, "held"), (into, "in our collection")):
        report = desk.run(feed)
        checks.equal(f"{name}: all come, once, {what}", counts(report), new(len(FIRST)))
        checks.that(f"{name}: page by page", report["pages"] >= len(FIRST) // PAGE, report)
        checks.equal(f"{name}: a second run brings nothing", counts(desk.run(feed)), NOTHING)
    tear(checks, peer)
    desk.put(peer.out, LATER)
    report = desk.run(give)
    checks.that(f"{name}: what is new is given, every version", is_given(report, len(LATER)), report)
    for feed in (take, into):
        checks.equal(f"{name}: then what is new, every version", counts(desk.run(feed)),
                     new(len(LATER)))
        checks.equal(f"{name}: and nothing again", counts(desk.run(feed)), NOTHING)
    found = desk.kept(peer.into)
    checks.equal(f"{name}: our collection has what the server was given", keys(found),
                 keys(FIRST + LATER))
    line = desk.listed(take)
    told = (line["state"], line["objects"], line["last_error"])
    checks.equal(f"{name}: the list says so", told, ("ok", len(FIRST + LATER), None))


def tear(checks, peer):
    """Kills a run between two of its pages."""
    desk, feed = peer.desk, peer.feed("torn")
    running = []

    def before(page):
        if page == KILLED_AT:
            running[0].kill()

    peer.relay = peer.stack.enter_context(Relay(peer.port, before, peer.mend))
    desk.taking(feed, peer.url(peer.relay.port), peer.login, peer.torn)
    running.append(desk.begin(feed))
    running[0].wait(60)
    peer.killed = time.monotonic()
    line = desk.listed(feed)
    checks.that(f"{peer.name}: a run is killed on its way", 0 < line["objects"] < len(FIRST), line)
    peer.before = line["objects"]


def mend(checks, peer):
    """What came before the kill stays, what follows comes, and nothing twice."""
    time.sleep(max(0, peer.killed + SILENCE_S - time.monotonic()))
    pages = peer.relay.pages
    report = peer.desk.run(peer.feed("torn"))
    every = len(FIRST + LATER)
    # What was kept behind the last position comes again and is known: two pages at most.
    right = report["new"] >= every - peer.before - PAGE and report["known"] <= 2 * PAGE
    right = right and report["conflict"] == report["rejected"] == 0
    checks.that(f"{peer.name}: after a kill a run goes on where it stood", right,
                (peer.before, report, peer.relay.pages - pages))
    found = keys(peer.desk.kept(peer.torn))
    checks.equal(f"{peer.name}: nothing is lost by a kill and nothing doubled", found,
                 keys(FIRST + LATER))


class SmallMedallion(Medallion):
    """medallion with pages so small that its cursors are used."""

    page = PAGE


def medallion(checks, peer):
    """What only this server has."""
    desk, (user, _) = peer.desk, peer.login
    collection = peer.path.rstrip("/").rsplit("/", 1)[1]
    home = f"http://127.0.0.1:{peer.port}/taxii2/"
    desk.shelf("found")
    desk.taking("found", home, peer.login, "found", "--collection", collection)
    checks.equal("medallion: discovery leads to its collection", counts(desk.run("found")),
                 new(len(FIRST + LATER)))
    desk.feed("unnamed", home, peer.login)
    said = desk.fails("feed", "run", "unnamed")
    checks.that("medallion: one of several has to be named", collection in said, said)
    desk.feed("wrong", peer.url(), (user, "canary"))
    said = desk.fails("feed", "run", "wrong") + str(desk.listed("wrong"))
    refused = "401" in said and "canary" not in said and desk.listed("wrong")["state"] == "failing"
    checks.that("medallion: a wrong password is refused and not shown", refused, said)


def spec_version(body):
    """OpenTAXII 0.9.3 gives back an object's type as its `spec_version`."""
    return re.sub(rb'"spec_version": *"indicator"', b'"spec_version":"2.1"', body)


def opentaxii(checks, peer):
    """What only this server does: what it says is no STIX 2.1, and none of it goes by in silence."""
    desk = peer.desk
    desk.shelf("as it is")
    desk.taking("as-it-is", peer.url(), peer.login, "as it is")
    report = desk.run("as-it-is")
    every = NOTHING | {"rejected": len(FIRST + LATER)}
    checks.equal("OpenTAXII: what it spoils is set aside, each", counts(report), every)
    reasons = {reason.split()[0] for _, reason in report["refused"]}
    checks.equal("OpenTAXII: with the reason", reasons, {"stix.spec-version.not-2-1"})


def old(checks, desk):
    """A server of before."""
    with Old() as server:
        desk.feed("old", f"http://127.0.0.1:{server.port}/taxii2/", "token")
        said = desk.fails("feed", "run", "old")
        fault = desk.listed("old")["last_error"]
    checks.equal("a server of TAXII 2.0 is told from one that is not there", fault["code"],
                 "taxii.client.taxii-2.0")
    checks.that("and the error says so", "TAXII 2.0" in said, said)


def peers(stack, desk):
    """All servers, running."""
    for server in (SmallMedallion(), OpenTaxii()):
        stack.enter_context(server)
        path = f"{server.root}collections/{server.collection()}/"
        token = server.authorization.removeprefix("Bearer ")
        login = ("figures", "figures-password") if token.startswith("Basic") else token
        mend = spec_version if isinstance(server, OpenTaxii) else None
        yield Peer(stack, desk, server.name, server.port, path, login, mend)
    node = stack.enter_context(Node())
    token, _ = node.account("feed")
    path = f"/taxii2/node/collections/{node.collection('Feed', feed='rw')}/"
    yield Peer(stack, desk, "Enlace of others", node.pages, path, token)


def main():
    checks = Checks()
    with contextlib.ExitStack() as stack:
        desk = stack.enter_context(Desk())
        met = list(peers(stack, desk))
        for peer in met:
            checks.part(peer.name, lambda: exchange(checks, peer))
        checks.part("medallion alone", lambda: medallion(checks, met[0]))
        checks.part("OpenTAXII alone", lambda: opentaxii(checks, met[1]))
        checks.part("TAXII 2.0", lambda: old(checks, desk))
        for peer in met:
            checks.part(f"{peer.name}, mended", lambda: mend(checks, peer))
        held = [desk.versions(indicator(number)["id"]) for number in (1, 3, COUNT)]
        # Each feed is a channel of its own.
        checks.equal("what came is held, by channel and version", held, [3, 9, 3])
    return 0 if checks.end() else 1


if __name__ == "__main__":
    sys.exit(main())
