"""Compares our reading of STIX with python-stix2 and stix2-validator: other people's opinion.

    oracles.py                                   examples of schemas/, bundles of scenario/
    oracles.py mutants FILE [--write]            mutants and near misses, rule by rule
    oracles.py corpus PATH... --enlace BIN       files of STIX, object by object
    oracles.py published --validator-tests DIR --enlace BIN
                                                 the objects of stix2-validator's own tests

Each ends with `N passed, N failed`. `ENLACE_MUTANTS_OUT=FILE cargo nextest run -p enlace-stix
cases_are_written` writes the file of the mutants.
"""

import argparse
import pathlib
import sys

from oracles import corpus, mutants, own, published

DOCUMENT = pathlib.Path(__file__).resolve().parent.parent / "docs/stix/disagreements.md"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(dest="verb")
    verb = verbs.add_parser("mutants")
    verb.add_argument("file")
    verb.add_argument("--write", action="store_true", help=f"write {DOCUMENT.name}")
    verb = verbs.add_parser("corpus")
    verb.add_argument("paths", nargs="+")
    verb.add_argument("--enlace", required=True)
    verb = verbs.add_parser("published")
    verb.add_argument("--validator-tests", required=True)
    verb.add_argument("--enlace", required=True)
    args = parser.parse_args()
    if args.verb == "mutants":
        return mutants.run(args.file, DOCUMENT if args.write else None)
    if args.verb == "corpus":
        return corpus.run(args.paths, args.enlace)
    if args.verb == "published":
        return published.run(args.validator_tests, args.enlace)
    return own.run()


if __name__ == "__main__":
    sys.exit(main())
