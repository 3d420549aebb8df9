"""taxii2-client: what our own tools and OpenCTI's connectors are built on."""

import itertools
import threading

from requests import HTTPError
from taxii2client.v21 import ApiRoot, Server, as_pages

from . import made

ENOUGH = 200  # a pager that asks for more pages than this never ends


def run(place, checks):
    """All checks of this client."""
    server = Server(f"{place.url}/taxii2/", auth=place.auth("writer"))
    root = server.default
    checks.part("discovery", lambda: discovery(place, checks, server))
    checks.part("objects", lambda: objects(place, checks, root))
    checks.part("versions", lambda: versions(place, checks, root))
    checks.part("deletion", lambda: deletion(place, checks, root))
    checks.part("a poller that resumes", lambda: resumes(place, checks, root))
    checks.part("a writer of a collection that is not read", lambda: drop_box(place, checks))


def collection_of(root, wanted):
    """The collection with this id, as the API root lists it."""
    return next(c for c in root.collections if c.id == wanted)


def discovery(place, checks, server):
    checks.equal("taxii2-client: discovery names one API root, also as the default",
                 [r.url for r in server.api_roots], [server.default.url])
    root = server.default
    checks.that("taxii2-client: the API root has a title, TAXII 2.1 and a longest body",
                root.title and root.max_content_length > 0
                and "application/taxii+json;version=2.1" in root.versions,
                (root.title, root.versions, root.max_content_length))
    rights = {c.id: (c.can_read, c.can_write) for c in root.collections}
    checks.equal("taxii2-client: an account is shown what it was granted, as it was granted", rights,
                 {place.main: (True, True), place.other: (True, True), place.polled: (True, True),
                  place.checked: (True, True), place.shown: (True, False),
                  place.box: (False, True)})
    basic = ApiRoot(root.url, user="writer", password=place.passwords["writer"])
    checks.equal("taxii2-client: name and password open the same as the token",
                 {c.id for c in basic.collections}, set(rights))


def pages(ask, **filters):
    """What all pages have, in their order; an endless pager is cut."""
    found = itertools.islice(as_pages(ask, **filters), ENOUGH)
    return [item for page in found for item in page.get("objects", [])]


def objects(place, checks, root):
    collection = collection_of(root, place.main)
    sent = [made.indicator(n) for n in range(55)]
    sent += [made.identity("Invented Shipping"), made.address(7)]
    status = collection.add_objects({"objects": sent}, poll_interval=0.1)
    checks.equal("taxii2-client: an envelope is added whole",
                 (status.status, status.success_count, status.failure_count, status.pending_count),
                 ("complete", len(sent), 0, 0))
    status.refresh()
    kept = root.get_status(status.id)
    checks.equal("taxii2-client: its status can be asked for later",
                 (status.success_count, kept.success_count), (len(sent), len(sent)))
    bad = made.indicator(99, modified="2026-02-01T10:00:00.000Z")
    more = [made.indicator(56), bad, made.indicator(57)]
    status = collection.add_objects({"objects": more}, poll_interval=0.1)
    sent += [more[0], more[2]]
    checks.equal("taxii2-client: an invalid object fails alone",
                 (status.success_count, [f["id"] for f in status.failures]), (2, [bad["id"]]))
    checks.that("taxii2-client: and its failure says why",
                status.failures and all(f.get("message") for f in status.failures), status.failures)
    whole, paged = pages(collection.get_objects), pages(collection.get_objects, per_request=10)
    checks.equal("taxii2-client: as_pages over objects gives each once, as it was sent", paged, sent)
    checks.equal("taxii2-client: as_pages with the server's own page size gives the same", whole,
                 sent)
    manifest = pages(collection.get_manifest, per_request=10)
    checks.equal("taxii2-client: as_pages over the manifest ends and names each once, in that order",
                 [m["id"] for m in manifest], [o["id"] for o in sent])
    added = [m["date_added"] for m in manifest]
    checks.that("taxii2-client: date_added only grows, and no two are the same",
                all(a < b for a, b in itertools.pairwise(added)), added)
    checks.equal("taxii2-client: get_object gives the object",
                 collection.get_object(sent[0]["id"])["objects"], [sent[0]])
    checks.raises("taxii2-client: an object that is not there is 404", HTTPError,
                  lambda: collection.get_object(made.indicator(0)["id"]), is_status(404))
    filters(checks, collection, sent)


def is_status(wanted):
    """Whether an error of requests has this status."""
    return lambda error: error.response.status_code == wanted


def filters(checks, collection, sent):
    two = [sent[3]["id"], sent[9]["id"]]
    for rule, asked, expected in (
        ("type", {"type": "identity"}, [sent[55]]),
        ("a list of types", {"type": ["identity", "ipv4-addr"]}, [sent[55], sent[56]]),
        ("id", {"id": two[0]}, [sent[3]]),
        ("a list of ids", {"id": two}, [sent[3], sent[9]]),
        ("spec_version", {"spec_version": "2.1"}, sent),
        ("a version", {"id": two, "version": made.FIRST}, [sent[3], sent[9]]),
        ("a version that there is not", {"id": two, "version": made.SECOND}, []),
        ("two filters at once", {"id": two, "type": "identity"}, []),
    ):
        checks.equal(f"taxii2-client: filter by {rule}",
                     collection.get_objects(**asked).get("objects", []), expected)
    manifest = collection.get_manifest(type="identity").get("objects", [])
    since = manifest[0]["date_added"]
    later = collection.get_objects(added_after=since).get("objects", [])
    checks.equal("taxii2-client: added_after is strictly after", later, sent[56:])


def versions(place, checks, root):
    collection = collection_of(root, place.other)
    first = made.indicator(1)
    second, late = made.again(first, "Second"), made.again(first, "Late", "2026-03-01T11:00:00.000Z")
    for version in (first, second, late):
        collection.add_objects({"objects": [version]}, poll_interval=0.1)
    name = first["id"]

    def names(**asked):
        return [o["name"] for o in collection.get_object(name, **asked)["objects"]]

    checks.equal("taxii2-client: without a version, the last one", names(), ["Second"])
    checks.equal("taxii2-client: first, all and one version",
                 (names(version="first"), sorted(names(version="all")),
                  names(version=late["modified"])),
                 (["Indicator 1"], ["Indicator 1", "Late", "Second"], ["Late"]))
    listed = collection.object_versions(name)["versions"]
    checks.equal("taxii2-client: object_versions names all three", sorted(listed),
                 sorted(v["modified"] for v in (first, second, late)))
    status = collection.add_objects({"objects": [first]}, poll_interval=0.1)
    checks.equal("taxii2-client: the same again is a success and nothing new",
                 (status.success_count, len(names(version="all"))), (1, 3))
    clash = collection.add_objects({"objects": [first | {"name": "Other"}]}, poll_interval=0.1)
    checks.equal("taxii2-client: other content under the same version is a failure and changes nothing",
                 (clash.failure_count, names(version="first")), (1, ["Indicator 1"]))


def deletion(place, checks, root):
    collection = collection_of(root, place.other)
    kept, gone = made.identity("Kept Harbour"), made.identity("Gone Harbour")
    later = made.again(gone, "Gone Harbour Ltd")
    collection.add_objects({"objects": [kept, gone, later]}, poll_interval=0.1)
    collection.delete_object(gone["id"], version=made.FIRST)
    checks.equal("taxii2-client: one version is deleted alone",
                 collection.get_object(gone["id"], version="all")["objects"], [later])
    collection.delete_object(gone["id"], version="all")
    checks.raises("taxii2-client: a deleted object is 404", HTTPError,
                  lambda: collection.get_object(gone["id"]), is_status(404))
    checks.raises("taxii2-client: nothing is deleted twice", HTTPError,
                  lambda: collection.delete_object(gone["id"]), is_status(404))
    held = {m["id"] for m in pages(collection.get_manifest)}
    checks.that("taxii2-client: the manifest lost it and kept the others",
                kept["id"] in held and gone["id"] not in held, held)


class Poller(threading.Thread):
    """Asks again and again for what was added after X-TAXII-Date-Added-Last."""

    def __init__(self, collection, wanted, limit):
        super().__init__(daemon=True)
        self.collection, self.wanted, self.limit = collection, wanted, limit
        self.seen, self.last, self.error = [], None, None
        self.ended = threading.Event()
        collection._conn.session.hooks["response"].append(self.remember)

    def remember(self, response, **_):
        self.last = response.headers.get("X-TAXII-Date-Added-Last", self.last)

    def run(self):
        try:
            while len(self.seen) < self.wanted and not self.ended.is_set():
                page = self.collection.get_objects(limit=self.limit, added_after=self.last)
                self.seen += [item["id"] for item in page.get("objects", [])]
            # One more: what it has seen must not come again.
            page = self.collection.get_objects(limit=self.limit, added_after=self.last)
            self.seen += [item["id"] for item in page.get("objects", [])]
        except Exception as error:
            self.error = error


def resumes(place, checks, root):
    sent = [[made.indicator(n) for n in range(5)] for _ in range(30)]
    expected = [item["id"] for envelope in sent for item in envelope]
    auth = place.auth("writer")
    pollers = [
        Poller(collection_of(ApiRoot(root.url, auth=auth), place.polled), len(expected), limit)
        for limit in (3, 7, 1000)
    ]
    for poller in pollers:
        poller.start()
    collection = collection_of(root, place.polled)
    for envelope in sent:
        collection.add_objects({"objects": envelope}, poll_interval=0.1)
    for poller in pollers:
        poller.join(60)
        poller.ended.set()
        checks.that(f"taxii2-client: a poller with limit={poller.limit} that resumes from "
                    "X-TAXII-Date-Added-Last while others write sees each object once, in order",
                    poller.seen == expected and poller.error is None,
                    (len(poller.seen), len(set(poller.seen)), len(expected), poller.error))


def drop_box(place, checks):
    root = ApiRoot(f"{place.url}{place.root}", auth=place.auth("writer"))
    box = collection_of(root, place.box)
    status = box.add_objects({"objects": [made.identity("Dropped Cargo")]}, poll_interval=0.1)
    checks.equal("taxii2-client: who may only write can write", status.success_count, 1)
