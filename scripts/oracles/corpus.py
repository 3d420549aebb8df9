"""Compares verdicts over files of STIX: every object of bundles, lists and single objects."""

import json
import multiprocessing
import os
import pathlib

from .entries import entry_for
from .judge import findings, must
from .verdicts import LIBRARY, VALIDATOR, both


def texts(paths):
    """Every object under the paths, with its file, as its JSON text."""
    for given in map(pathlib.Path, paths):
        files = sorted(given.rglob("*.json")) if given.is_dir() else [given]
        for file in files:
            try:
                value = json.loads(file.read_text(encoding="utf-8"))
            except ValueError as error:
                print(f"{file}: not read: {error}")
                continue
            bundle = isinstance(value, dict) and value.get("type") == "bundle"
            items = value.get("objects", []) if bundle else value
            for item in items if isinstance(items, list) else [items]:
                yield file.name, json.dumps(item, ensure_ascii=False)


def run(paths, binary):
    """Prints the figures and every disagreement that no entry decides; 1 if there is one."""
    found = list(texts(paths))
    ours = findings(binary, [text for _, text in found])
    with multiprocessing.Pool(os.cpu_count()) as pool:
        theirs = pool.map(both, [text for _, text in found], chunksize=50)
    counts = {VALIDATOR: [0, 0, 0], LIBRARY: [0, 0, 0]}
    failed = 0
    for (file, text), mine, complaints in zip(found, ours, theirs):
        broken = must(mine)
        for oracle, said in zip((VALIDATOR, LIBRARY), complaints):
            agreed, decided, open_ = counts[oracle]
            if bool(broken) == bool(said):
                counts[oracle] = [agreed + 1, decided, open_]
                continue
            entries = [
                entry_for(rule, oracle, bool(broken), said[0] if said else "")
                for rule in broken or [""]
            ]
            if all(entries) and not (oracle == LIBRARY and not entries):
                counts[oracle] = [agreed, decided + 1, open_]
                continue
            counts[oracle] = [agreed, decided, open_ + 1]
            failed += 1
            name = json.loads(text).get("id", "?")
            places = [f"{f['rule']} `{f['path']}` {f['found']}" for f in mine
                      if f["level"] == "must"][:3]
            print(f"UNEXPLAINED {file} {name}: ours {places or 'sound'}; {oracle}: "
                  f"{said[0][:300] if said else 'sound'}")
    for oracle, (agreed, decided, open_) in counts.items():
        print(f"{oracle}: {len(found)} objects, {agreed} agreed, {decided} decided by the "
              f"standard, {open_} unexplained")
    invalid = sum(bool(must(mine)) for mine in ours)
    print(f"ours: {len(found) - invalid} sound, {invalid} not")
    print(f"{len(found) * 2 - failed} passed, {failed} failed")
    return 1 if failed or not found else 0
