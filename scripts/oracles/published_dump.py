"""Runs the tests of stix2-validator without its validator and prints what each expects.

A script of its own: it imports the package from the sources given, not the installed one.
"""

import importlib
import json
import pathlib
import sys
import unittest


class Probe:
    """Stands for a verdict until the test says what it should be."""

    def __init__(self, instance, options):
        self.instance, self.options = instance, options

    @property
    def is_valid(self):
        return self

    def __getattr__(self, name):
        return []


OUT = []


def record(instance, valid, options, test):
    item = json.loads(instance) if isinstance(instance, str) else instance
    OUT.append({"test": test, "object": json.dumps(item), "valid": valid, "options": options})


def named(options):
    """Options of a ValidationOptions object that matter here."""
    names = ("strict", "disabled", "enabled", "version", "strict_types", "strict_properties",
             "enforce_refs", "interop", "schema_dir")
    return {name: getattr(options, name, None) for name in names}


def patch(package):
    case = package.ValidatorTest
    make = lambda kwargs: package.ValidationOptions(**({"strict": True} | kwargs))
    case.assertTrueWithOptions = lambda self, instance, **kw: record(
        instance, True, named(make(kw)), self.id())
    case.assertFalseWithOptions = lambda self, instance, **kw: record(
        instance, False, named(make(kw)), self.id())
    plain = unittest.TestCase

    def expect(self, value, valid):
        if isinstance(value, Probe):
            record(value.instance, valid, named(value.options), self.id())
            return True
        return False

    case.assertTrue = lambda self, v, m=None: expect(self, v, True) or plain.assertTrue(self, v, m)
    case.assertFalse = lambda self, v, m=None: (
        expect(self, v, False) or plain.assertFalse(self, v, m))
    case.assertEqual = lambda self, a, b, m=None: (
        (isinstance(b, bool) and expect(self, a, b)) or plain.assertEqual(self, a, b, m))


class Absent:
    """Stands for pytest, which some tests import and hardly use."""

    def __getattr__(self, name):
        return self

    def __call__(self, *args, **kwargs):
        return args[0] if len(args) == 1 and callable(args[0]) else self

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return True


def main():
    sys.modules.setdefault("pytest", Absent())
    folder = pathlib.Path(sys.argv[1]).resolve()
    sys.path.insert(0, str(folder.parents[2]))
    base = ".".join(folder.parts[-3:])
    package = importlib.import_module(base)
    patch(package)
    probe = lambda instance, options=None: Probe(instance, options)
    suite = unittest.TestSuite()
    for path in sorted(folder.glob("*_tests.py")):
        module = importlib.import_module(f"{base}.{path.stem}")
        for name in ("validate_parsed_json", "validate_string", "validate_instance"):
            if hasattr(module, name):
                setattr(module, name, probe)
        suite.addTests(unittest.defaultTestLoader.loadTestsFromModule(module))
    with open("/dev/null", "w", encoding="utf-8") as nowhere:
        sys.stdout, out = nowhere, sys.stdout
        unittest.TextTestRunner(stream=nowhere).run(suite)
    for line in OUT:
        print(json.dumps(line), file=out)


main()
