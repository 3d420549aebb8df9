"""`bench/run psi`: our figures beside their limits and beside openmined-psi 2.0.6 of the same run.

ROUNDS=3 ITEMS=1000000 QUERIES=10000 LIMIT=100000 PEER=100000. CPU seconds of one process on one
core; the peer's set is PEER items, ours ITEMS: its figure an item is not extrapolated but compared
as it is. Fails when a bar is missed.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

import private_set_intersection.python as psi

OWN = pathlib.Path(sys.argv[1])
ROUNDS, ITEMS, QUERIES, LIMIT, PEER = (
    int(os.environ.get(name, usual)) for name, usual in
    (("ROUNDS", 3), ("ITEMS", 1_000_000), ("QUERIES", 10_000), ("LIMIT", 100_000), ("PEER", 100_000)))


def peer():
    """Microseconds an item of the peer's preparation, and a value of its queries."""
    server, client = psi.server.CreateWithNewKey(True), psi.client.CreateWithNewKey(True)
    held = [f"SN{n:09}" for n in range(PEER)]
    asked = [f"SN{n if n % 2 == 0 else PEER + n:09}" for n in range(QUERIES)]
    start = time.process_time()
    setup = server.CreateSetupMessage(1e-9, len(asked), held, psi.DataStructure.GCS)
    prepared = time.process_time() - start
    start = time.process_time()
    request = client.CreateRequest(asked)
    response = server.ProcessRequest(request)
    found = client.GetIntersection(setup, response)
    queried = time.process_time() - start
    expected = sum(1 for n in range(0, QUERIES, 2) if n < PEER)
    if len(found) != expected:
        raise SystemExit(f"peer: {len(found)} found, expected {expected}")
    return prepared * 1e6 / PEER, queried * 1e6 / len(asked)


def main():
    rounds = []
    for _ in range(ROUNDS):
        line = subprocess.run([OWN, str(ITEMS), str(QUERIES), str(LIMIT)], check=True,
                              stdout=subprocess.PIPE).stdout
        ours = json.loads(line)
        ours["peer_prepare_us"], ours["peer_query_us"] = peer()
        ours["times_peer"] = ours["peer_prepare_us"] / ours["prepare_us"]
        print(json.dumps(ours), file=sys.stderr, flush=True)
        rounds.append(ours)
    middle = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
    bars = [
        (f"prepare {ITEMS:,} items, times the limit", "prepare_times_limit", "<=", 1.15),
        (f"prepare, items a CPU second, times the peer with {PEER:,}", "times_peer", ">=", 2),
        (f"{QUERIES:,} queries end to end, times the limit", "query_times_limit", "<=", 2),
    ]
    print(f"openmined-psi 2.0.6, {ROUNDS} rounds, medians, CPU seconds of one core")
    print("| figure | bar | measured | |\n|---|--:|--:|---|")
    missed = 0
    for text, name, way, bar in bars:
        met = middle[name] <= bar if way == "<=" else middle[name] >= bar
        missed += not met
        print(f"| {text} | {way} {bar} | {middle[name]:.2f} | {'met' if met else '**missed**'} |")
    for name, number in middle.items():
        print(f"| {name} | | {number:,.2f} | |")
    sys.exit(1 if missed else 0)


main()
