"""What is asked of a server, and what it cost: CPU seconds of the server, times of the client."""

import json
import statistics

from indicators import envelopes, stix_id

ENVELOPE = 500
LIMIT = 1000


class Wrong(Exception):
    """A server gave something else than was posted: its figures would mean nothing."""


def rate(count, seconds):
    """So many a CPU second; a clock tick is the least that is seen."""
    return count / max(seconds, 0.01)


def post(server, collection, first, count):
    """Posts so many indicators in envelopes; CPU seconds and the seconds of each envelope. Says
    which answers were no success: (status, how often)."""
    wire, target = server.wire(), server.objects(collection)
    seconds, refused, used, before = [], {}, 0, server.cpu()
    for envelope in envelopes(first, count, ENVELOPE):
        answer = wire.post(target, envelope)
        seconds.append(answer.seconds)
        if answer.status == 202:
            state = answer.json()
            while state["status"] != "complete":
                state = wire.get(f"{server.root}status/{state['id']}/").json()
            if state["failure_count"]:
                raise Wrong(f"{server.name}: {json.dumps(state)[:500]}")
        else:
            refused[answer.status] = refused.get(answer.status, 0) + 1
        used += 1
        if used % 100 == 0:
            server.used()
    return server.cpu() - before, seconds, refused


class Pages:
    """All pages of a path: how many entries, CPU seconds, seconds of each page."""

    def __init__(self, server, target, limit=LIMIT, **query):
        wire, following, before = server.wire(), None, server.cpu()
        self.seconds, self.cursors = [], []
        self.entries, self.ids, self.ends = 0, set(), True
        while True:
            more = {"next": following} if following else {}
            self.cursors.append(following)
            answer = wire.get(target, limit=limit, **query, **more)
            if answer.status != 200:
                raise Wrong(f"{server.name}: {answer.status} {answer.body[:300]}")
            self.seconds.append(answer.seconds)
            page = answer.json()
            self.take(page)
            following = page.get("next")
            if not page.get("more"):
                break
            if not following:
                self.ends = False  # more, it says, and not where: nobody can go on
                break
        self.cpu = server.cpu() - before
        self.last = answer.headers.get("x-taxii-date-added-last")

    def take(self, page):
        found = [entry["id"] for entry in page.get("objects", [])]
        self.entries += len(found)
        self.ids.update(found)

    def must_have(self, server, count):
        """Every object once, or the figure means nothing."""
        if self.ends and (self.entries, len(self.ids)) != (count, count):
            raise Wrong(f"{server.name}: {self.entries} entries, {len(self.ids)} ids of {count}")
        return self


def singles(server, targets, bare=None, size=None):
    """Asks for each path once, and each time the bare route too; median seconds of both and CPU
    seconds of one answer."""
    wire = server.wire()
    beside = bare.wire() if bare else None
    seconds, bare_seconds = [], []
    for target in targets[:20]:  # what a first request costs is not asked here
        wire.get(target)
        if beside:
            beside.get("/")
    before = server.cpu()
    for target in targets:
        answer = wire.get(target)
        if answer.status != 200 or len(answer.json()["objects"]) != 1:
            raise Wrong(f"{server.name}: {target}: {answer.status} {answer.body[:300]}")
        seconds.append(answer.seconds)
        if beside:
            bare_seconds.append(beside.get("/").seconds)
    cpu = (server.cpu() - before) / len(targets)
    return statistics.median(seconds), statistics.median(bare_seconds or [float("nan")]), cpu


def spread(first, count, wanted):
    """Numbers of indicators all over a range."""
    return [first + i * count // wanted for i in range(wanted)]


def by_id(server, collection, numbers):
    """Paths of single objects."""
    return [f"{server.objects(collection)}{stix_id(n)}/" for n in numbers]
