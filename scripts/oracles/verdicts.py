"""The two oracles, asked about one object. An empty list of complaints is an approval.

An oracle that breaks down over an object has refused it: nobody gets a good verdict out of it.
"""

import json

import stix2
from stix2validator import ValidationOptions, validate_instance

VALIDATOR = "stix2-validator 3.2.0"
LIBRARY = "python-stix2 3.0.2"


def read(text):
    """The JSON value of a text as Python reads it, or what is wrong with it."""
    try:
        return json.loads(text), None
    except (ValueError, RecursionError) as error:
        return None, f"unreadable: {error}"


def validator(item, options=None):
    """Errors of stix2-validator: schemas and MUST checks; warnings are left out."""
    options = options or ValidationOptions(version="2.1")
    try:
        result = validate_instance(item, options)
    except Exception as error:  # it breaks down in many ways
        return [f"broke down: {type(error).__name__}: {error}"]
    return [str(error) for error in result.errors] if not result.is_valid else []


def library(item, custom=True):
    """What python-stix2 says when it parses an object (with custom content, if asked)."""
    try:
        stix2.parse(item, allow_custom=custom, version="2.1")
    except RecursionError as error:
        return [f"broke down: {error}"]
    except Exception as error:  # the library raises many kinds
        return [f"{type(error).__name__}: {error}"]
    return []


def both(text):
    """Complaints of both over a text: `(validator, library)`."""
    item, problem = read(text)
    if problem:
        return [problem], [problem]
    return validator(item), library(item)
