"""Reads a partner's collection with taxii2-client and parses what came with stix2.

usage: taxii_client.py QUESTION.json   (url, token, certificate, collection)
"""

import json
import sys

import stix2
from taxii2client.common import TokenAuth
from taxii2client.v21 import Collection, Server, as_pages

question = json.load(open(sys.argv[1], encoding="utf-8"))
auth = TokenAuth(question["token"])
server = Server(question["url"], auth=auth, verify=question["certificate"])
collections = [c for root in server.api_roots for c in root.collections]
collection = next(c for c in collections if c.id == question["collection"])
assert isinstance(collection, Collection) and collection.can_read and not collection.can_write

objects = collection.get_objects().get("objects", [])
paged = [o for page in as_pages(collection.get_objects, per_request=5) for o in page["objects"]]
manifest = collection.get_manifest().get("objects", [])

unparsed = []
for item in objects:
    try:
        stix2.parse(item, allow_custom=False, version="2.1")
    except Exception as strict:  # our own types are custom to python-stix2
        try:
            stix2.parse(item, allow_custom=True, version="2.1")
        except Exception as error:
            unparsed.append([item["id"], str(strict)[:200], str(error)[:200]])

json.dump(
    {"objects": objects, "paged": paged, "manifest": len(manifest), "unparsed": unparsed},
    sys.stdout,
)
