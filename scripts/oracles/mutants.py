"""Compares our verdicts over mutants and near misses with those of the oracles, rule by rule."""

import collections
import json
import multiprocessing
import os

from .entries import entry_for
from .verdicts import LIBRARY, VALIDATOR, both

# What every rule of level MUST must reach on average (cases that nobody decides count against it).
BAR = 0.99


def _judged(line):
    case = json.loads(line)
    case["validator"], case["library"] = both(case["object"])
    return case


def read(path):
    """The rules of the table, and the cases with the verdicts of both oracles."""
    with open(path, encoding="utf-8") as lines:
        rules = {rule["code"]: rule for rule in json.loads(next(lines))["rules"]}
        rest = list(lines)
    with multiprocessing.Pool(os.cpu_count()) as pool:
        return rules, pool.map(_judged, rest, chunksize=50)


class Tally:
    """Counts of one rule."""

    def __init__(self):
        self.mutants = self.nears = self.validator = self.library = self.decided = 0
        self.unexplained = []

    @property
    def cases(self):
        return self.mutants + self.nears

    @property
    def agreement(self):
        """Share of the cases that agree or that a sentence decides."""
        return 1 - len(self.unexplained) / self.cases if self.cases else 1.0


def _disagreement(case, oracle):
    """`(accepts, text)` if the oracle says otherwise than we do."""
    complaints = case["validator" if oracle == VALIDATOR else "library"]
    if bool(case["ours"]) == bool(complaints):
        return None
    return (True, case["note"]) if case["ours"] else (False, complaints[0])


def compare(cases):
    """Tallies by rule, and how often each entry decided."""
    tallies = collections.defaultdict(Tally)
    used = collections.Counter()
    examples = {}
    for case in cases:
        tally = tallies[case["rule"]]
        tally.mutants += case["kind"] == "mutant"
        tally.nears += case["kind"] != "mutant"
        for oracle in (VALIDATOR, LIBRARY):
            found = _disagreement(case, oracle)
            if found is None:
                if oracle == VALIDATOR:
                    tally.validator += 1
                else:
                    tally.library += 1
                continue
            entry = entry_for(case["rule"], oracle, *found)
            if entry is None:
                tally.unexplained.append((oracle, case, found))
                continue
            tally.decided += oracle == VALIDATOR
            used[(case["rule"], entry)] += 1
            examples.setdefault((case["rule"], entry), case["note"])
    return tallies, used, examples


def average(rules, tallies, of, level="must"):
    """The mean over the rules of a level."""
    values = [of(tallies[code]) for code, rule in rules.items() if rule["level"] == level]
    return sum(values) / len(values) if values else 1.0


def show(rules, tallies):
    """The table: one row a rule."""
    head = ("rule", "level", "mutants", "near", "validator", "stix2", "by spec", "unexplained")
    print("{:42} {:6} {:>7} {:>5} {:>9} {:>6} {:>8} {:>11}".format(*head))
    for code in ["", *rules]:
        tally = tallies[code]
        level = rules[code]["level"] if code else "must"
        row = (
            code or "(sound objects)", level, tally.mutants, tally.nears, tally.validator,
            tally.library, tally.decided, len(tally.unexplained),
        )
        print("{:42} {:6} {:7} {:5} {:9} {:6} {:8} {:11}".format(*row))
    for level in ("must", "should"):
        agreed = average(rules, tallies, lambda t: t.agreement, level)
        plain = average(rules, tallies, lambda t: t.validator / max(t.cases, 1), level)
        library = average(rules, tallies, lambda t: t.library / max(t.cases, 1), level)
        print(
            f"{level.upper()}: {agreed:.2%} agreed or decided by the standard, averaged over the "
            f"rules; bare agreement {plain:.2%} with {VALIDATOR}, {library:.2%} with {LIBRARY}"
        )


def run(path, document=None):
    """Prints the table, writes the document if asked; 1 if a disagreement is unexplained."""
    rules, cases = read(path)
    tallies, used, examples = compare(cases)
    show(rules, tallies)
    unexplained = [found for tally in tallies.values() for found in tally.unexplained]
    for oracle, case, (accepts, text) in unexplained[:40]:
        verdict = "approves" if accepts else "refuses"
        print(f"UNEXPLAINED {case['rule']} {case['kind']} [{case['note'][:120]}]: {oracle} "
              f"{verdict}: {text[:200]}")
    if document:
        with open(document, "w", encoding="utf-8") as out:
            out.write(written(rules, tallies, used, examples))
    agreed = average(rules, tallies, lambda t: t.agreement)
    silent = [code for code in rules if not tallies[code].cases]
    for code in silent:
        print(f"NO CASES {code}")
    passed = sum(t.cases for t in tallies.values()) - len(unexplained)
    print(f"{passed} passed, {len(unexplained) + len(silent)} failed")
    return 1 if unexplained or silent or agreed < BAR else 0


def written(rules, tallies, used, examples):
    """`docs/stix/disagreements.md`."""
    lines = [
        "# Where public checkers and the standard part",
        "",
        "Generated by `scripts/oracles.py mutants FILE --write`; the entries stand in "
        "`scripts/oracles/entries.py`.",
        "",
        f"Our verdict over every mutant and near miss is compared with {VALIDATOR} (schemas and "
        f"MUST checks, as it comes) and {LIBRARY} (`parse`, custom content allowed). Where one of "
        "them says otherwise, the sentence of STIX 2.1 with errata 01 decides. The bar is 99 % on "
        "average over the rules of level MUST.",
        "",
    ]
    for level in ("must", "should"):
        agreed = average(rules, tallies, lambda t: t.agreement, level)
        plain = average(rules, tallies, lambda t: t.validator / max(t.cases, 1), level)
        library = average(rules, tallies, lambda t: t.library / max(t.cases, 1), level)
        lines.append(
            f"- {level.upper()}: {agreed:.1%} agreed or decided by a sentence; bare agreement "
            f"{plain:.1%} with stix2-validator, {library:.1%} with python-stix2"
        )
    lines += [
        "",
        "| rule | level | mutants | near | validator agrees | stix2 agrees | by the standard |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for code, rule in rules.items():
        t = tallies[code]
        lines.append(
            f"| `{code}` | {rule['level']} | {t.mutants} | {t.nears} | {t.validator} | "
            f"{t.library} | {t.decided} |"
        )
    for oracle in (VALIDATOR, LIBRARY):
        lines += ["", f"## {oracle}", ""]
        for (code, entry), count in used.items():
            if entry.oracle != oracle:
                continue
            rule = rules.get(code, {"section": "", "says": ""})
            section, says = entry.section or rule["section"], entry.sentence or rule["says"]
            verb = "approves" if entry.accepts else "refuses"
            example = examples[(code, entry)].replace("|", "\\|").replace("`", "'")[:80]
            lines.append(f"- `{code or 'sound objects'}`: {verb} {count}: {entry.why}. "
                         f"§{section}: “{says}” Example: `{example}`")
    return "\n".join(lines) + "\n"
