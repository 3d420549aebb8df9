"""python-stix2's TAXII source, sink and store. The sink sends bundles, not envelopes."""

import json

import stix2
from stix2.datastore import DataSourceError
from taxii2client.v21 import Collection

from . import made


def run(place, checks):
    """All checks of this library."""
    checks.part("python-stix2", lambda: everything(place, checks))


def everything(place, checks):
    def collection(name):
        return Collection(f"{place.url}{place.root}collections/{name}/",
                          auth=place.auth("writer"))

    sink = stix2.TAXIICollectionSink(collection(place.other))
    source = stix2.TAXIICollectionSource(collection(place.other), items_per_page=2)
    firm, first = made.identity("Invented Freight"), made.indicator(40)
    second = made.again(first, "Indicator 40, later")
    sink.add(stix2.parse(firm))
    sink.add([first, second])
    third = made.identity("Bundled Cargo")
    sink.add(stix2.Bundle(stix2.parse(third)))
    checks.equal("python-stix2: what the sink added, the source gets", as_dict(source.get(firm["id"])),
                 firm)
    checks.equal("python-stix2: a bundle is added too", as_dict(source.get(third["id"])), third)
    checks.equal("python-stix2: get gives the last version", source.get(first["id"]).name,
                 second["name"])
    checks.equal("python-stix2: all_versions gives both",
                 sorted(o.name for o in source.all_versions(first["id"])),
                 sorted([first["name"], second["name"]]))
    checks.equal("python-stix2: an unknown id is None", source.get(made.identity("Nobody")["id"]), None)
    found = source.query([stix2.Filter("type", "=", "identity"),
                          stix2.Filter("name", "=", "Invented Freight")])
    checks.equal("python-stix2: query with a filter for the server and one for the client",
                 [o.id for o in found], [firm["id"]])
    everything_held = {o.id for o in source.query()}
    checks.that("python-stix2: query without filters pages through the collection",
                {firm["id"], first["id"], third["id"]} <= everything_held, everything_held)
    store = stix2.TAXIICollectionStore(collection(place.other))
    added = stix2.parse(made.identity("Stored Goods"))
    store.add(added)
    checks.equal("python-stix2: the store gets what it added", store.get(added.id), added)
    checks.raises("python-stix2: no sink on what is only read", DataSourceError,
                  lambda: stix2.TAXIICollectionSink(collection(place.shown)))
    checks.raises("python-stix2: no source on what is only written", DataSourceError,
                  lambda: stix2.TAXIICollectionSource(collection(place.box)))


def as_dict(item):
    """An object of the library as what was sent."""
    return item and json.loads(item.serialize())
