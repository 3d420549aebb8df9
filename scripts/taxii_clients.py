"""Drives our TAXII server with the clients that others use: taxii2-client, python-stix2, schemathesis.

    taxii_clients.py [--fuzz SECONDS]      ENLACE_BINARY is the binary, else target/debug/enlace

One line a rule; ends with `N passed, N failed`.
"""

import argparse
import sys

from taxii2client.common import TokenAuth

from clients import described, python_stix, refusals, taxii2
from clients.checks import Checks
from own_node import Node


class Place:
    """A running node with its accounts and collections; each part has a collection of its own."""

    root = "/taxii2/node/"

    def __init__(self, node):
        self.node, self.url = node, node.url
        made = {name: node.account(name) for name in ("writer", "second", "outsider")}
        self.tokens = {name: token for name, (token, _) in made.items()}
        self.passwords = {name: password for name, (_, password) in made.items()}
        self.main = node.collection("Main", writer="rw", second="rw")
        self.other = node.collection("Versions", writer="rw")
        self.polled = node.collection("Polled", writer="rw")
        self.checked = node.collection("Described", writer="rw")
        self.shown = node.collection("Shown", writer="r")
        self.box = node.collection("Drop box", writer="w")

    def auth(self, account):
        """How a client shows the account's token."""
        return TokenAuth(self.tokens[account])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fuzz", type=int, default=40, help="seconds for schemathesis")
    args = parser.parse_args()
    checks = Checks()
    with Node() as node:
        place = Place(node)
        taxii2.run(place, checks)
        python_stix.run(place, checks)
        refusals.run(place, checks)
        described.run(place, checks, args.fuzz)
        ended = node.process.poll()
        checks.that("the node still runs", ended is None, (ended, node.log()))
        checks.that("and has complained of nothing", not node.log(), node.log())
    return 0 if checks.end() else 1


if __name__ == "__main__":
    sys.exit(main())
