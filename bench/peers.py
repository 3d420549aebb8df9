"""Runs the peers over the files whose figures come in, one JSON line each, and prints the table.

Peers: stix2-validator (validate_instance, one call an object, schemas loaded before the clock
starts) and python-stix2 (parse with allow_custom). CPU seconds of this process, bytes already
parsed from JSON for both: to their advantage.
"""

import json
import pathlib
import statistics
import sys
import time

import stix2
from stix2validator import ValidationOptions, validate_instance

OPTIONS = ValidationOptions(version="2.1")
RUNS = 3


def cpu(run):
    """The median of CPU seconds."""
    seconds = []
    for _ in range(RUNS):
        before = time.process_time()
        run()
        seconds.append(time.process_time() - before)
    return statistics.median(seconds)


def parse(item):
    try:
        stix2.parse(item, allow_custom=True, version="2.1")
    except Exception:  # what it refuses costs time too
        pass


def main():
    rows = []
    for line in sys.stdin:
        ours = json.loads(line)
        document = json.loads(pathlib.Path(ours["file"]).read_text())
        items = document["objects"]
        validate_instance(items[0], OPTIONS)
        validator = cpu(lambda: [validate_instance(item, OPTIONS) for item in items])
        library = cpu(lambda: [parse(item) for item in items])
        rate = ours["objects_per_cpu_s"]
        rows.append(
            (
                pathlib.Path(ours["file"]).name,
                len(items),
                rate,
                ours["share_of_value_parse_rate"],
                len(items) / validator,
                rate * validator / len(items),
                len(items) / library,
                rate * library / len(items),
            )
        )
    print("| file | objects | ours, objects/CPU s | of the rate of `Value` parsing "
          "| stix2-validator | ours ÷ it | python-stix2 | ours ÷ it |")
    print("|---|---|---|---|---|---|---|---|")
    for name, count, rate, share, validator, times, library, times_library in rows:
        print(f"| {name} | {count:,} | {rate:,.0f} | {share:.0%} | {validator:,.0f} | {times:,.0f} × "
              f"| {library:,.0f} | {times_library:,.0f} × |")


main()
