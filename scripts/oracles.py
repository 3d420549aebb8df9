"""Reads the project's own STIX with python-stix2 and stix2-validator: other people's opinion.

Checks every example of schemas/ and every bundle of scenario/ (the broken one apart). Ends with
`N passed, N failed`.
"""

import json
import pathlib
import sys

import stix2
from stix2validator import ValidationOptions, validate_instance

ROOT = pathlib.Path(__file__).resolve().parent.parent
OPTIONS = ValidationOptions(version="2.1")


def problems(item):
    """What the two oracles say against one object."""
    found = []
    try:
        stix2.parse(item, allow_custom=True, version="2.1")
    except Exception as error:  # the library raises many kinds
        found.append(f"python-stix2: {error}")
    result = validate_instance(item, OPTIONS)
    if not result.is_valid:
        found.extend(f"stix2-validator: {error}" for error in result.errors)
    return found


def objects():
    """Every object to check, with a name."""
    for path in sorted((ROOT / "schemas").glob("*.json")):
        for number, example in enumerate(json.loads(path.read_text())["examples"]):
            yield f"{path.name} example {number + 1}", example
    for path in sorted((ROOT / "scenario").glob("*/case-*.json")):
        for item in json.loads(path.read_text())["objects"]:
            yield f"{path.parent.name}/{path.name} {item['id']}", item


def main():
    passed = failed = 0
    for name, item in objects():
        found = problems(item)
        passed += not found
        failed += bool(found)
        for problem in found:
            print(f"{name}: {problem}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


sys.exit(main())
