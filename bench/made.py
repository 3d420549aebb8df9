"""Makes a bundle of invented objects: made.py BYTES FILE. The same bytes every time."""

import json
import pathlib
import sys
import uuid

SPACE = uuid.UUID("6f9d1c0e-30a5-4d0f-9d5e-3c8f0f4b7a11")
TIME = "2026-03-01T10:00:00.000Z"


def v4(number):
    """A UUID with the version and variant of a random one."""
    return str(uuid.UUID(bytes=uuid.uuid5(SPACE, str(number)).bytes, version=4))


def common(kind, number):
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": f"{kind}--{v4(number)}",
        "created": TIME,
        "modified": TIME,
    }


def made(number):
    """The object of this number: persons, indicators, reports, relationships in turn."""
    text = f"Invented text number {number}, as long as what analysts write in a note. " * 6
    match number % 4:
        case 0:
            return common("identity", number) | {
                "name": f"Persona {number}",
                "identity_class": "individual",
                "description": text,
                "labels": ["made", "invented"],
            }
        case 1:
            return common("indicator", number) | {
                "name": f"Address {number}",
                "indicator_types": ["malicious-activity"],
                "pattern": f"[ipv4-addr:value = '198.51.100.{number % 256}']",
                "pattern_type": "stix",
                "valid_from": TIME,
            }
        case 2:
            return common("report", number) | {
                "name": f"Report {number}",
                "description": text,
                "published": TIME,
                "object_refs": [f"identity--{v4(number - 2)}", f"indicator--{v4(number - 1)}"],
                "external_references": [
                    {"source_name": "example", "url": f"https://example.org/{number}"}
                ],
            }
        case _:
            return common("relationship", number) | {
                "relationship_type": "related-to",
                "source_ref": f"identity--{v4(number - 3)}",
                "target_ref": f"report--{v4(number - 1)}",
            }


def write(size, path):
    """Writes a bundle of at least `size` bytes; the count of objects."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number = written = 0
    with path.open("w") as out:
        out.write('{"type":"bundle","id":"bundle--' + v4("bundle") + '","objects":[')
        while written < size:
            text = (",\n" if number else "\n") + json.dumps(made(number))
            written += out.write(text)
            number += 1
        out.write("]}\n")
    return number


if __name__ == "__main__":
    write(int(sys.argv[1]), pathlib.Path(sys.argv[2]))
