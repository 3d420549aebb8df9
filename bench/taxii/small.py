"""`bench/run taxii`: the bars of 10,000 and 200,000 objects, ours on both stores beside the peers."""

import math
import os
import statistics

from phases import ENVELOPE, LIMIT, Pages, by_id, post, rate, singles, spread
from process import keep_on
from servers import Bare, Medallion, OpenTaxii, Ours
from table import Bar, Table

ROUNDS = int(os.environ.get("ROUNDS", "3"))
POSTED = int(os.environ.get("POSTED", "10000"))
PAGED = int(os.environ.get("PAGED", "200000"))
GETS = 200

# Quoted, not measured here: a research run on a machine of the same kind, 10,000 objects. The
# unreleased OpenTAXII 0.10 of January 2026, one worker, SQLite, token; darwis-taxii of February
# 2026, release build, token, its PostgreSQL's CPU not counted.
MASTER, DARWIS = "OpenTAXII 0.10, quoted", "darwis-taxii, quoted"
QUOTED = {
    MASTER: {"post": 318, "page": 12_000, "get_ms": 57, "get_cpu_ms": 9, "mib": 141},
    DARWIS: {"page": 62_000, "get_ms": 0.89, "match_ms": 0.84, "mib": 39},
}


def median(rounds, name):
    """The median of a figure over the rounds."""
    return statistics.median(found.get(name, math.nan) for found in rounds)


def round_of(server, posted, bare=None):
    """All phases once, in a collection of its own."""
    collection, found = server.collection(), {}
    cpu, seconds, refused = post(server, collection, 0, posted)
    found["post"] = rate(posted, cpu)
    found["post_ms"] = statistics.median(seconds) * 1e3
    found["refused"] = refused
    objects = Pages(server, server.objects(collection), LIMIT).must_have(server, posted)
    found["page"] = rate(posted, objects.cpu)
    manifest = Pages(server, server.manifest(collection), LIMIT).must_have(server, posted)
    found["manifest"] = rate(manifest.entries, manifest.cpu)
    found["manifest_ends"] = manifest.ends
    paths = by_id(server, collection, spread(0, posted, GETS))
    own, beside, cpu = singles(server, paths, bare)
    found |= {"get_ms": own * 1e3, "bare_ms": beside * 1e3, "times_bare": own / beside,
              "get_cpu_ms": cpu * 1e3}
    matches = [f"{server.objects(collection)}?match%5Bid%5D={path.split('/')[-2]}" for path in paths]
    own, _, _ = singles(server, matches)
    found["match_ms"] = own * 1e3
    found["poll"], found["poll_exact"] = poll(server, collection, posted, objects.last)
    return found


def poll(server, collection, posted, since):
    """One envelope more, then what was added after what was seen: CPU ms, and whether it is just
    that envelope."""
    post(server, collection, posted, ENVELOPE)
    new = Pages(server, server.objects(collection), LIMIT, added_after=since)
    return new.cpu * 1e3, (new.entries, len(new.ids)) == (ENVELOPE, ENVELOPE)


def ours(store):
    """Three rounds of all phases, then the full paging; the most memory over everything."""
    with Ours(store) as server:
        collection = server.collection()
        post(server, collection, POSTED, ENVELOPE)
        body = server.wire().get(by_id(server, collection, [POSTED])[0]).body
        with Bare(body) as bare:
            rounds = [round_of(server, POSTED, bare) for _ in range(ROUNDS)]
            posted = [by_id(server, collection, [POSTED + n])[0] for n in range(ENVELOPE)]
            placed = placements(server, posted, bare)
        found = {name: median(rounds, name) for name in rounds[0]
                 if isinstance(rounds[0][name], float)}
        found |= placed
        found["faults"] = faults(rounds)
        big = server.collection()
        cpu, _, _ = post(server, big, POSTED + ENVELOPE, PAGED)
        found["post_big"] = rate(PAGED, cpu)
        all_pages = [Pages(server, server.objects(big)).must_have(server, PAGED)
                     for _ in range(ROUNDS)]
        found["page_big"] = rate(PAGED, statistics.median(p.cpu for p in all_pages))
        found["page_big_ms"] = statistics.median(s for p in all_pages for s in p.seconds) * 1e3
        found["mib"] = server.peak()
    return found


def placements(server, targets, bare):
    """GET by id beside the bare route where everybody has a place: the client on a CPU of its own and
    the servers on another, as a client on another machine is; and everybody on one CPU, which shows
    how long the way is without what it takes to wake another CPU. With a database, the same of a
    bare route that only asks it for `SELECT 1`."""
    apart, one = ({0}, {1}), ({1}, {1})
    found = {"times_bare_apart": placed(apart, server, targets, bare, server.others),
             "times_bare_one": placed(one, server, targets, bare, server.others)}
    if server.others:
        body = server.wire().get(targets[0]).body
        with Bare(body, server.url) as least:
            found |= {f"times_asking_{name}": placed(cpus, least, ["/"] * len(targets), bare,
                                                     server.others)
                      for name, cpus in (("apart", apart), ("one", one))}
    return found


def placed(cpus, server, targets, bare, others):
    """The median of the rounds, with the client and the servers kept on these of the CPUs."""
    every = os.sched_getaffinity(0)
    order = sorted(every)
    client, servers = ({order[n % len(order)] for n in which} for which in cpus)
    trees = [server.process.pid, *others, bare.process.pid]
    keep_on(servers, trees)
    keep_on(client, [os.getpid()])
    # The client's tree has the servers in it.
    keep_on(servers, trees)
    try:
        rounds = [singles(server, targets, bare)[:2] for _ in range(ROUNDS)]
    finally:
        keep_on(every, [*trees, os.getpid()])
    return statistics.median(own / beside for own, beside in rounds)


def peer(kind, posted):
    """A peer's rounds with fewer objects."""
    with kind() as server:
        rounds = [round_of(server, posted) for _ in range(ROUNDS)]
        found = {name: median(rounds, name) for name in rounds[0]
                 if isinstance(rounds[0][name], float)}
        found["faults"] = faults(rounds)
        found["mib"] = server.peak()
    return found


def faults(rounds):
    """What was wrong beside the time it took, in words."""
    said = []
    for status, times in rounds[0]["refused"].items():
        said.append(f"POST answers {status} ({times} envelopes); counted is what it stored")
    if not rounds[0]["manifest_ends"]:
        said.append("the manifest says `more` without `next`: only its first page counts")
    if not all(found["poll_exact"] for found in rounds):
        said.append("an incremental poll does not give just what is new")
    return said


def run():
    """Measures and prints; whether every bar is met."""
    print(f"{POSTED:,} indicators in envelopes of {ENVELOPE}; full paging of {PAGED:,} with "
          f"limit={LIMIT}; {GETS} GETs; medians of {ROUNDS} rounds; HTTP, token, no gzip, commits "
          "on disk")
    figures = {"ours, SQLite": ours("sqlite"), "ours, PostgreSQL": ours("postgres")}
    own = list(figures)
    # Both get fewer objects, to their advantage: medallion's cost grows with the square, and three
    # rounds of 10,000 would keep OpenTAXII busy for minutes.
    for kind, posted in ((OpenTaxii, 2_000), (Medallion, 1_000)):
        figures[kind.name] = peer(kind, posted)
        figures[kind.name]["posted"] = posted
    open_taxii = figures[OpenTaxii.name]
    for name in own:
        figures[name]["times_post"] = figures[name]["post"] / open_taxii["post"]
        figures[name]["times_page"] = figures[name]["page"] / open_taxii["page"]
    columns = [*figures, MASTER, DARWIS]
    figures |= QUOTED
    table = Table(columns, own)

    def line(what, name, **more):
        table.line(what, {c: figures[c][name] for c in columns if name in figures[c]}, **more)

    line("POST, objects a CPU second", "post", bar=Bar(10_000))
    line("POST, times OpenTAXII 0.9.3", "times_post", unit=" ×", bar=Bar(30, unit=" ×"))
    line("POST, one envelope, ms", "post_ms")
    line(f"POST of {PAGED:,}, objects a CPU second", "post_big")
    line(f"paging of {PAGED:,}, objects a CPU second", "page_big", bar=Bar(100_000))
    line(f"paging of {PAGED:,}, one page, ms", "page_big_ms")
    line("paging of the small collection, objects a CPU second", "page")
    line("the same, times OpenTAXII 0.9.3", "times_page", unit=" ×")
    line("manifest, entries a CPU second", "manifest")
    line("GET by id, median ms", "get_ms")
    line("bare axum route with the same bytes, median ms", "bare_ms")
    line("GET by id, times the bare route, as the machine places them", "times_bare", unit=" ×")
    line("the same, the client on one CPU, the servers on another", "times_bare_apart", unit=" ×",
         bar=Bar(3, most=True, unit=" ×"))
    line("the same with everybody on one CPU", "times_bare_one", unit=" ×",
         bar=Bar(3, most=True, unit=" ×"))
    line("a bare route that asks the server for `SELECT 1` first, times the bare one, apart",
         "times_asking_apart", unit=" ×")
    line("the same with everybody on one CPU", "times_asking_one", unit=" ×")
    line("GET by id, CPU ms", "get_cpu_ms")
    line("match[id], median ms", "match_ms")
    line(f"poll of {ENVELOPE} new among {POSTED:,}, CPU ms (0: under a tick of 10)", "poll")
    line("most memory, MiB", "mib", bar=Bar(60, most=True))
    print()
    table.show()
    print()
    for name, found in figures.items():
        if "posted" in found:
            print(f"{name}: {found['posted']:,} objects, no full paging of {PAGED:,}.")
        for fault in found.get("faults", []):
            print(f"{name}: {fault}.")
    print(f"{MASTER} and {DARWIS} are figures of an earlier research run, not of this one.")
    print("The CPU of PostgreSQL's whole process tree is counted with ours; memory is the node's.")
    # Ours has no faults.
    return table.missed == 0 and not any(figures[name]["faults"] for name in own)
