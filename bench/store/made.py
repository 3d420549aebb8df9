"""Invented objects with words as texts have them: some everywhere, most hardly anywhere.

Word r of the vocabulary comes with a frequency of about 1/r (Zipf); the same objects every time.
"""

import itertools
import json
import random
import uuid

SPACE = uuid.UUID("6f9d1c0e-30a5-4d0f-9d5e-3c8f0f4b7a11")
TIME = "2026-03-01T10:00:00.000Z"
HEADS = "ba ce di fo gu la me ni po ru sa te vi zo cra ble dri flo gru pla".split()
ENDS = ["", "s", "ción", "dad", "mente", "ing", "ed", "er", "ado", "ías"]
WORDS = [a + b + c + ENDS[i % len(ENDS)]
         for i, (a, b, c) in enumerate(itertools.product(HEADS, repeat=3))]
WEIGHTS = list(itertools.accumulate(1 / rank for rank in range(1, len(WORDS) + 1)))
# How many words a text of each type has.
LENGTHS = {"identity": 12, "indicator": 8, "report": 60, "relationship": 6}
KINDS = list(LENGTHS)


def v4(number):
    """A UUID with the version and variant of a random one."""
    return str(uuid.UUID(bytes=uuid.uuid5(SPACE, str(number)).bytes, version=4))


def stix_id(number):
    """The id of the object of this number."""
    return f"{KINDS[number % 4]}--{v4(number)}"


def made(number, draw):
    """The object of this number: identity, indicator, report, relationship in turn."""
    kind = KINDS[number % 4]
    text = " ".join(draw.choices(WORDS, cum_weights=WEIGHTS, k=LENGTHS[kind]))
    common = {"type": kind, "spec_version": "2.1", "id": stix_id(number), "created": TIME,
              "modified": TIME, "description": text}
    match kind:
        case "identity":
            return common | {"name": f"Persona {number}", "identity_class": "individual"}
        case "indicator":
            address = f"198.51.{number // 256 % 256}.{number % 256}"
            return common | {"name": f"Address {number}", "pattern_type": "stix",
                             "pattern": f"[ipv4-addr:value = '{address}']", "valid_from": TIME,
                             "indicator_types": ["malicious-activity"]}
        case "report":
            return common | {"name": f"Report {number}", "published": TIME,
                             "object_refs": [stix_id(number - 2), stix_id(number - 1)]}
        case _:
            return common | {"relationship_type": "related-to", "source_ref": stix_id(number - 3),
                             "target_ref": stix_id(number - 1)}


def write(folder, first, count, a_file):
    """Files of so many objects each; their paths."""
    paths = []
    for start in range(first, first + count, a_file):
        numbers = range(start, min(start + a_file, first + count))
        draw = random.Random(start)
        path = folder / f"made-{start:07}.json"
        with path.open("w") as out:
            out.write('{"type":"bundle","id":"bundle--' + v4(f"bundle {start}") + '","objects":[\n')
            out.write(",\n".join(json.dumps(made(n, draw), ensure_ascii=False) for n in numbers))
            out.write("\n]}\n")
        paths.append(path)
    return paths
