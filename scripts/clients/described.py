"""schemathesis: what docs/taxii/openapi.json describes, asked in thousands of ways. No answer is a
500, and each is one that the description has for it.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

import requests
from own_node import ROOT

from . import made

DESCRIPTION = ROOT / "docs/taxii/openapi.json"
SEED = 20_260_301
CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance",
          "response_headers_conformance", "response_schema_conformance", "unsupported_method")
METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
UNKNOWN = "5f0c6f1e-7f3b-4c53-9e0a-2f6f2d6b8f01"


def run(place, checks, seconds):
    """One check an operation of the description."""
    checks.part("schemathesis", lambda: fuzz(place, checks, seconds))


def held(place):
    """Something to find: ids of objects and of a status."""
    objects = [made.indicator(1), made.identity("Described Cargo"), made.address(9)]
    answer = requests.post(
        f"{place.url}{place.root}collections/{place.checked}/objects/",
        data=json.dumps({"objects": objects}), timeout=30,
        headers={"Authorization": f"Bearer {place.tokens['writer']}",
                 "Accept": "application/taxii+json;version=2.1",
                 "Content-Type": "application/taxii+json;version=2.1"},
    )
    return [item["id"] for item in objects], answer.json()["id"]


def about(description, place):
    """The description with what there is in its paths; by themselves invented ids find nothing."""
    objects, status = held(place)
    known = {"collections": [place.checked, UNKNOWN], "objects": [*objects, made.indicator(2)["id"]],
             "status": [status, UNKNOWN]}
    described = json.loads(description.read_text())
    shared = described.get("components", {}).get("parameters", {})
    for path, item in described["paths"].items():
        names = {}
        for kind, name in zip(path.split("/"), path.split("/")[1:]):
            if name.startswith("{"):
                names[name.strip("{}")] = known[kind]
        for asked in [item, *(o for o in item.values() if isinstance(o, dict))]:
            for place_of, given in enumerate(asked.get("parameters", [])):
                given = shared[given["$ref"].split("/")[-1]] if "$ref" in given else given
                if given["in"] == "path":
                    own = given | {"schema": {"type": "string", "enum": names[given["name"]]}}
                    own.pop("example", None)
                    asked["parameters"][place_of] = own
    return described


def fuzz(place, checks, seconds):
    described = about(DESCRIPTION, place)
    operations = sum(name in METHODS for item in described["paths"].values() for name in item)
    with tempfile.TemporaryDirectory(prefix="enlace-described-") as home:
        home = pathlib.Path(home)
        (home / "openapi.json").write_text(json.dumps(described))
        done = subprocess.run(
            [pathlib.Path(sys.executable).parent / "schemathesis", "run", "openapi.json",
             "--url", place.url, "--header", f"Authorization: Bearer {place.tokens['writer']}",
             "--header", "Accept: application/taxii+json;version=2.1",
             "--phases", "examples,coverage,fuzzing", "--checks", ",".join(CHECKS),
             "--seed", str(SEED), "--max-time", str(seconds), "--no-shrink", "--continue-on-failure",
             "--warnings", "off", "--request-timeout", "20",
             "--report", "junit", "--report-junit-path", "report.xml"],
            cwd=home, capture_output=True, text=True, timeout=seconds + 60,
            env=os.environ | {"NO_COLOR": "1"},
        )
        report = home / "report.xml"
        cases = list(ElementTree.parse(report).iter("testcase")) if report.exists() else []
        checks.equal("schemathesis: every operation that is described was asked", len(cases),
                     operations)
        for case in cases:
            said = [child.get("message") or "" for child in case if child.tag in ("failure", "error")]
            checks.that(f"schemathesis: {case.get('name')}: no 500, every answer as described",
                        not said, "\n".join(said))
        checks.that("schemathesis: nothing else failed", done.returncode == 0,
                    done.stdout[-3000:] + done.stderr[-1000:])
