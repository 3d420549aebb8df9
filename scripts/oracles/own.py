"""The project's own STIX as others see it: examples of schemas/, bundles of scenario/."""

import json
import pathlib

from .verdicts import library, validator

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def problems(item):
    """What the two oracles say against one object."""
    found = [f"python-stix2: {problem}" for problem in library(item)]
    return found + [f"stix2-validator: {problem}" for problem in validator(item)]


def objects():
    """Every object to check, with a name."""
    for path in sorted((ROOT / "schemas").glob("*.json")):
        for number, example in enumerate(json.loads(path.read_text())["examples"]):
            yield f"{path.name} example {number + 1}", example
    for path in sorted((ROOT / "scenario").glob("*/case-*.json")):
        for item in json.loads(path.read_text())["objects"]:
            yield f"{path.parent.name}/{path.name} {item['id']}", item


def run():
    """Prints every problem; 1 if there is one."""
    passed = failed = 0
    for name, item in objects():
        found = problems(item)
        passed += not found
        failed += bool(found)
        for problem in found:
            print(f"{name}: {problem}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0
