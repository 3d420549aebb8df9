"""The objects of stix2-validator's own tests, with what each test expects, and our verdicts."""

import json
import pathlib
import subprocess
import sys

from stix2validator import ValidationOptions

from .entries import LATER, OF_VERSION_2_0, PUBLISHED, entry_for
from .judge import findings, must
from .verdicts import VALIDATOR, validator

# Options that ask for more, or for other things, than the standard does.
_BEYOND = ("strict_types", "strict_properties", "enforce_refs", "interop", "schema_dir")


# Blemishes of fixtures that the tests are not about and that stix2-validator does not see: mended,
# or half of the tests of their types would be right for the wrong reason.
_MENDED = {
    "source--f431f809-377b-45e0-aa1c-6a4751cae5ff": "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff",
    "22c398f78fb\"": "22c398f78fb0\"",
}


def mended(text):
    """The text of an object without the known blemishes."""
    for blemish, right in _MENDED.items():
        text = text.replace(blemish, right)
    return text


def expectations(folder):
    """What the tests expect: object, verdict, options."""
    script = pathlib.Path(__file__).with_name("published_dump.py")
    done = subprocess.run(
        [sys.executable, script, folder], capture_output=True, text=True, check=True
    )
    cases = [json.loads(line) for line in done.stdout.splitlines()]
    return [case | {"object": mended(case["object"])} for case in cases]


def _should(found):
    return sorted({f["rule"] for f in found if f["level"] == "should"})


def run(folder, binary):
    """Prints the figures and every open disagreement; 1 if there is one."""
    cases = expectations(folder)
    judged = [c for c in cases if not any(c["options"].get(name) for name in _BEYOND)]
    judged = [c for c in judged if c["options"].get("version") in (None, "2.1")]
    ours = findings(binary, [c["object"] for c in judged])
    agreed = decided = later = 0
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
        elif not broken and any(entry.covers(_complaint(case)) for entry in LATER):
            later += 1
        else:
            open_.append((case, broken, advised))
    for case, broken, advised in open_:
        said = "valid" if case["valid"] else "invalid"
        print(f"UNEXPLAINED {case['test']}: expects {said}; ours {broken or advised or 'sound'}; "
              f"{_complaint(case)[:200]}\n    {case['object'][:600]}")
    print(f"{len(cases)} expectations, {len(cases) - len(judged)} with options beyond the "
          f"standard; {agreed} agreed, {decided} decided by the standard, {later} about what is "
          f"not read yet, {len(open_)} open")
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
        return ".spec_version_tests." in case["test"] and set(broken) <= OF_VERSION_2_0 or all(entry_for(rule, VALIDATOR, True, "") for rule in broken)
    said = _complaint(case)
    return any(entry.covers(said) for entry in PUBLISHED) or bool(
        said != "sound" and entry_for("", VALIDATOR, False, said)
    )
