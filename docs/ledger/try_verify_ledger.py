#!/usr/bin/env python3
"""Replays changed bytes through verify_ledger.py and compares its verdicts with Enlace's own.

    ENLACE_LEDGER_SAMPLE=DIR cargo test -p enlace-ledger --test it sample_for -- --ignored
    try_verify_ledger.py DIR

DIR then holds export/ and cases.jsonl: one changed byte a line with the place that Enlace names.
Exits 0 if every change is seen in the same file and element.
"""
import json, os, sys
from verify_ledger import Bad, verify_all

folder, files, failed, count = os.path.join(sys.argv[1], "export"), {}, 0, 0
for d, _, names in os.walk(folder):
    for name in names:
        path = os.path.join(d, name)
        with open(path, "rb") as file:
            files[os.path.relpath(path, folder).replace(os.sep, "/")] = file.read()

def place():
    try:
        list(verify_all(lambda path: files.get(path, b""), set(files), []))
        return None
    except Bad as bad: return bad.place

assert place() is None, place()
with open(os.path.join(sys.argv[1], "cases.jsonl")) as cases:
    for case in map(json.loads, cases):
        path, at = case["path"], case["at"]
        sound = files[path]
        files[path] = sound[:at] + bytes([case["to"]]) + sound[at + 1:]
        found, ours = place(), case["bad"]
        files[path] = sound
        keys = ("file",) if path == "log.json" else ("file", "offset", "leaf")
        count += 1
        if found is None or any(found[key] != ours[key] for key in keys):
            failed += 1
            print(path, at, case["to"], "here:", found, "Enlace:", ours)
print(f"{count} changed bytes, {failed} verdicts differ")
sys.exit(1 if failed else 0)
