"""What is refused, and that a refusal tells nothing of what there is."""

import base64

import requests

from . import made

MEDIA_TYPE = "application/taxii+json;version=2.1"
NOBODYS = "5f0c6f1e-7f3b-4c53-9e0a-2f6f2d6b8f01"


def run(place, checks):
    """All checks without a client library."""
    checks.part("tokens", lambda: tokens(place, checks))
    checks.part("rights", lambda: rights(place, checks))
    checks.part("status", lambda: status(place, checks))


def ask(place, method, path, authorization=None, body=None):
    """One request below the API root."""
    headers = {"Accept": MEDIA_TYPE}
    if authorization:
        headers["Authorization"] = authorization
    if body is not None:
        headers["Content-Type"] = MEDIA_TYPE
    url = f"{place.url}{place.root}{path}"
    return requests.request(method, url, headers=headers, json=body, timeout=30)


def refused(answer, wanted):
    """Whether this is that refusal, as TAXII's error message."""
    return (answer.status_code == wanted and answer.headers["Content-Type"] == MEDIA_TYPE
            and isinstance(answer.json().get("title"), str))


def told(answer):
    """All that an answer tells but the clock."""
    headers = {k.lower(): v for k, v in answer.headers.items() if k.lower() != "date"}
    return answer.status_code, headers, answer.content


def tokens(place, checks):
    path = f"collections/{place.main}/objects/"
    wrong = base64.b64encode(b"writer:not the password").decode()
    for what, shown in (("no token", None), ("a wrong token", "Bearer 0123456789abcdef"),
                        ("an unknown scheme", "Digest x"), ("a wrong password", f"Basic {wrong}")):
        answer = ask(place, "GET", path, shown)
        checks.that(f"{what} is 401 and says how to ask",
                    refused(answer, 401) and "WWW-Authenticate" in answer.headers, told(answer))
    right = ask(place, "GET", path, f"Token {place.tokens['writer']}")
    checks.that("the right token opens it", right.status_code == 200, told(right))


def rights(place, checks):
    outsider, writer = (f"Bearer {place.tokens[name]}" for name in ("outsider", "writer"))
    listed = ask(place, "GET", "collections/", outsider).json().get("collections", [])
    checks.equal("who was granted nothing sees no collection", listed, [])
    envelope = {"objects": [made.identity("Refused Cargo")]}
    for method, rest, body in (("GET", "", None), ("GET", "objects/", None), ("GET", "manifest/", None),
                               ("POST", "objects/", envelope)):
        answer = ask(place, method, f"collections/{place.main}/{rest}", outsider, body)
        unknown = ask(place, method, f"collections/{NOBODYS}/{rest}", outsider, body)
        checks.that(f"{method} …/{rest} of what was not granted is 404, as if it did not exist",
                    refused(answer, 404) and told(answer) == told(unknown),
                    (told(answer), told(unknown)))
    checks.that("POST to what is only read is 403",
                refused(answer := ask(place, "POST", f"collections/{place.shown}/objects/", writer,
                                      envelope), 403), told(answer))
    for rest in ("objects/", "manifest/"):
        answer = ask(place, "GET", f"collections/{place.box}/{rest}", writer)
        checks.that(f"GET …/{rest} of what is only written is 403", refused(answer, 403),
                    told(answer))
    place.node.grant(place.main, "outsider", "r")
    opened = ask(place, "GET", f"collections/{place.main}/objects/", outsider)
    checks.that("a grant opens it at once, while the node runs", opened.status_code == 200,
                told(opened))


def status(place, checks):
    writer, second = (f"Bearer {place.tokens[name]}" for name in ("writer", "second"))
    added = ask(place, "POST", f"collections/{place.main}/objects/", writer,
                {"objects": [made.identity("Accounted Cargo")]})
    name = added.json()["id"]
    own = ask(place, "GET", f"status/{name}/", writer)
    bare = ask(place, "GET", f"status/{name}", writer)
    checks.equal("who added objects reads the status, with and without the last slash",
                 (own.status_code, bare.status_code, bare.content), (200, 200, own.content))
    # It may read and write that very collection, and still it is another's status.
    others = ask(place, "GET", f"status/{name}/", second)
    unknown = ask(place, "GET", f"status/{NOBODYS}/", second)
    checks.that("another account's status is 404, as if it did not exist",
                refused(others, 404) and told(others) == told(unknown), (told(others), told(unknown)))
