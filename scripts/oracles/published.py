"""The objects of stix2-validator's own tests, with what each test expects, and our verdicts."""

import json
import pathlib
import subprocess
import sys

from stix2validator import ValidationOptions

from .entries import PUBLISHED, entry_for
from .judge import findings, must
from .verdicts import VALIDATOR, validator

# Options that ask for more, or for other things, than the standard does.
_BEYOND = ("strict_types", "strict_properties", "enforce_refs", "interop", "schema_dir")


def expectations(folder):
    """What the tests expect: object, verdict, options."""
    script = pathlib.Path(__file__).with_name("published_dump.py")
    done = subprocess.run(
        [sys.executable, script, folder], capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def _should(found):
    return sorted({f["rule"] for f in found if f["level"] == "should"})


def run(folder, binary):
    """Prints the figures and every open disagreement; 1 if there is one."""
    cases = expectations(folder)
    judged = [c for c in cases if not any(c["options"].get(name) for name in _BEYOND)]
    judged = [c for c in judged if c["options"].get("version") in (None, "2.1")]
    ours = findings(binary, [c["object"] for c in judged])
    agreed = decided = 0
    open_ = []
    for case, found in zip(judged, ours):
        broken, advised = must(found), _should(found)
        strict = case["options"].get("strict")
        if case["valid"]:
            right = not broken
        else:
            right = bool(broken) or bool(strict and advised)
        if right:
            agreed += 1
        elif _decided(case, broken):
            decided += 1
        else:
            open_.append((case, broken, advised))
    for case, broken, advised in open_:
        said = "valid" if case["valid"] else "invalid"
        print(f"UNEXPLAINED {case['test']}: expects {said}; ours {broken or advised or 'sound'}; "
              f"{_complaint(case)[:200]}\n    {case['object'][:600]}")
    print(f"{len(cases)} expectations, {len(cases) - len(judged)} with options beyond the "
          f"standard; {agreed} agreed, {decided} decided by the standard, {len(open_)} open")
    print(f"{agreed + decided} passed, {len(open_)} failed")
    return 1 if open_ or not judged else 0


def _complaint(case):
    options = ValidationOptions(version="2.1", strict=bool(case["options"].get("strict")),
                                disabled=case["options"].get("disabled") or "",
                                enabled=case["options"].get("enabled") or "")
    said = validator(json.loads(case["object"]), options)
    return " | ".join(said) if said else "sound"


def _decided(case, broken):
    """Whether an entry decides: by the rules we name, or by what the validator complains of."""
    if broken:
        return all(entry_for(rule, VALIDATOR, True, "") for rule in broken)
    said = _complaint(case)
    return any(entry.covers(said) for entry in PUBLISHED) or bool(
        said != "sound" and entry_for("", VALIDATOR, False, said)
    )
