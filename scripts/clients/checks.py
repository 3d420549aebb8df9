"""What holds is said in one line and counted; what does not, with its evidence."""

import traceback


class Checks:
    """Counts of what held and what did not."""

    def __init__(self):
        self.passed = self.failed = 0

    def that(self, rule, holds, evidence=None):
        """A rule that must hold."""
        if holds:
            self.passed += 1
            print(f"ok      {rule}", flush=True)
        else:
            self.failed += 1
            print(f"FAILED  {rule}: {str(evidence)[:1500]}", flush=True)

    def equal(self, rule, found, expected):
        """Two values that must be the same."""
        self.that(rule, found == expected, f"expected {expected!r}\n        found {found!r}")

    def raises(self, rule, kind, does, holds=lambda error: True):
        """A call that must end in an error of a kind for which `holds`."""
        try:
            found = does()
        except kind as error:
            self.that(rule, holds(error), repr(error))
        else:
            self.that(rule, False, f"no error, but {found!r}")

    def part(self, name, run):
        """A group of checks; an exception in it is one that failed."""
        try:
            run()
        except Exception:
            self.that(f"{name} runs to its end", False, traceback.format_exc()[-1500:])

    def end(self):
        """Prints the counts; whether all held and there was anything at all."""
        print(f"{self.passed} passed, {self.failed} failed")
        return self.failed == 0 and self.passed > 0
