"""Invented indicators by number: the same text for the same number, an id that nobody can sort."""

import hashlib
import uuid

MADE = "identity--6ffb4f3c-3b7a-4a0d-8c1b-52a07f0f7d11"
GREEN = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
TEXT = "Invented indicator for figures, with a text as long as an analyst writes. " * 2


def stix_id(number):
    """The id of the indicator with this number."""
    digest = hashlib.sha256(b"indicator %d" % number).digest()
    return f"indicator--{uuid.UUID(bytes=digest[:16], version=4)}"


def indicator(number):
    """The indicator with this number, as JSON text of about 700 bytes."""
    seconds = number % 86_400
    time = (f"2026-{1 + number // 86_400 % 12:02}-03T{seconds // 3600:02}:{seconds // 60 % 60:02}:"
            f"{seconds % 60:02}.{number % 1000:03}Z")
    address = f"198.51.{100 + number // 256 % 100}.{number % 256}"
    return (
        f'{{"type": "indicator", "spec_version": "2.1", "id": "{stix_id(number)}", '
        f'"created_by_ref": "{MADE}", "created": "{time}", "modified": "{time}", '
        f'"name": "Indicator {number}", "description": "{TEXT}", '
        f'"indicator_types": ["malicious-activity"], '
        f'"pattern": "[ipv4-addr:value = \'{address}\']", "pattern_type": "stix", '
        f'"pattern_version": "2.1", "valid_from": "{time}", "labels": ["figures"], '
        f'"object_marking_refs": ["{GREEN}"]}}'
    )


def envelopes(first, count, size):
    """Envelopes of so many indicators each, as bytes."""
    for start in range(first, first + count, size):
        numbers = range(start, min(start + size, first + count))
        yield ('{"objects": [' + ", ".join(map(indicator, numbers)) + "]}").encode()
