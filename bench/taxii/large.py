"""`bench/run taxii-large`: one collection that grows to a million objects, on both stores."""

import os
import statistics

from indicators import stix_id
from phases import ENVELOPE, LIMIT, Pages, Wrong, by_id, post, rate, singles, spread
from servers import Ours
from table import Bar, Table

MOST = int(os.environ.get("N", "1000000"))
STORES = os.environ.get("STORES", "sqlite postgres").split()
EDGE = 20
TURNS = 5
GETS = 200


def sizes():
    """10,000, 100,000 … up to the wanted size."""
    found = [size for size in (10_000, 100_000, 1_000_000) if size < MOST]
    return [*found, MOST]


def edges(server, target, cursors):
    """Median seconds of the first pages and of the last full ones, asked in turns, so that both meet
    the same load of the machine."""
    wire = server.wire()
    count = min(EDGE, len(cursors) // 2)
    first, last = [], []
    for _ in range(TURNS):
        for found, wanted in ((first, cursors[:count]), (last, cursors[-count:])):
            for cursor in wanted:
                more = {"next": cursor} if cursor else {}
                answer = wire.get(target, limit=LIMIT, **more)
                if answer.status != 200 or len(answer.json()["objects"]) != LIMIT:
                    raise Wrong(f"{server.name}: {answer.status} {answer.body[:300]}")
                found.append(answer.seconds)
    return statistics.median(first), statistics.median(last)


def at(server, collection, size, since):
    """Everything that is asked at one size."""
    target = server.objects(collection)
    objects = Pages(server, target).must_have(server, size)
    server.used()
    manifest = Pages(server, server.manifest(collection)).must_have(server, size)
    server.used()
    # The last page may be short.
    start, end = edges(server, target, objects.cursors[: size // LIMIT])
    get, _, get_cpu = singles(server, by_id(server, collection, spread(0, size, GETS)))
    new = Pages(server, target, added_after=since)
    return {
        "page": rate(size, objects.cpu), "start_ms": start * 1e3, "end_ms": end * 1e3,
        "end_start": end / start, "manifest": rate(size, manifest.cpu), "get_ms": get * 1e3,
        "get_cpu_ms": get_cpu * 1e3, "poll": new.cpu * 1e3, "new": new.entries,
        "mib": server.peak(), "disk": server.disk(),
    }


def grow(store):
    """Figures by size."""
    figures = {}
    with Ours(store) as server:
        collection, held = server.collection(), 0
        for size in sizes():
            # The last envelope apart: it is what the poll finds.
            posted = size - held - ENVELOPE
            cpu, seconds, _ = post(server, collection, held, posted)
            since = added(server, collection, size - ENVELOPE - 1)
            post(server, collection, size - ENVELOPE, ENVELOPE)
            found = at(server, collection, size, since)
            if found["new"] != ENVELOPE:
                raise Wrong(f"{server.name}: a poll of {ENVELOPE} new objects gave {found['new']}")
            last = seconds[-20:]
            found |= {"post": rate(posted, cpu), "post_ms": statistics.median(last) * 1e3}
            figures[f"{size:,}"] = found
            held = size
            print(f"{server.name}: {size:,} measured", flush=True)
    return figures


def added(server, collection, number):
    """When this indicator was added, as its line of the manifest says."""
    asked = {"match[id]": stix_id(number)}
    line = server.wire().get(server.manifest(collection), **asked).json()["objects"][0]
    return line["date_added"]


def run():
    """Measures and prints; whether every bar is met at every size."""
    missed = 0
    for store in STORES:
        figures = grow(store)
        columns = list(figures)
        table = Table(columns, columns)

        def line(what, name, **more):
            table.line(what, {c: figures[c][name] for c in columns}, **more)

        line("POST up to this size, objects a CPU second", "post")
        line("POST, one envelope at the end, ms", "post_ms")
        line("paging, objects a CPU second", "page")
        line("manifest, entries a CPU second", "manifest")
        line("page at the start, median ms", "start_ms")
        line("page at the end, median ms", "end_ms")
        line("end ÷ start", "end_start", unit=" ×", bar=Bar(1.5, most=True, unit=" ×"))
        line("GET by id, median ms", "get_ms")
        line("GET by id, CPU ms", "get_cpu_ms")
        line(f"poll of {ENVELOPE} new, CPU ms (0: under a tick of 10)", "poll")
        line("most memory of the node, MiB", "mib", bar=Bar(300, most=True))
        line("store on disk, MiB", "disk")
        print(f"\n{store}, one collection, envelopes of {ENVELOPE}, pages of {LIMIT}\n")
        table.show()
        missed += table.missed
    return missed == 0
