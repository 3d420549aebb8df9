"""Invented objects with ids of their own in each run of a test."""

import json
import uuid

FIRST = "2026-03-01T10:00:00.000Z"
SECOND = "2026-03-02T10:00:00.123456Z"
SPACE = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")


def indicator(number, modified=FIRST):
    """A new indicator."""
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{uuid.uuid4()}",
        "created": FIRST,
        "modified": modified,
        "name": f"Indicator {number}",
        "indicator_types": ["malicious-activity"],
        "pattern": f"[ipv4-addr:value = '198.51.100.{number % 256}']",
        "pattern_type": "stix",
        "valid_from": FIRST,
    }


def identity(name):
    """A new identity of a firm that does not exist."""
    return {
        "type": "identity",
        "spec_version": "2.1",
        "id": f"identity--{uuid.uuid4()}",
        "created": FIRST,
        "modified": FIRST,
        "name": name,
        "identity_class": "organization",
    }


def address(number):
    """An observable, which has neither `spec_version` nor times."""
    value = f"203.0.113.{number}"
    # The id follows from the value (STIX 2.1 §2.9).
    canonical = json.dumps({"value": value}, separators=(",", ":"))
    return {"type": "ipv4-addr", "id": f"ipv4-addr--{uuid.uuid5(SPACE, canonical)}", "value": value}


def again(item, name, modified=SECOND):
    """A later version."""
    return item | {"name": name, "modified": modified}
