"""`bench/run store`: import beside a replay of its statements, and a mix of questions, at three sizes.

N=1000000 STORES="sqlite postgres"; fails when a bar is missed.
"""

import json
import math
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from made import write
from own_node import ROOT, Node
from process import cpu_seconds
from servers import postgres, postmaster
from table import Bar, Table

MOST = int(os.environ.get("N", "1000000"))
STORES = os.environ.get("STORES", "sqlite postgres").split()
A_FILE = 50_000
STORE = ROOT / "target/release/store"


class Place:
    """A node that was made and is not served, with the store that is asked for."""

    def __init__(self, store):
        self.store, self.others, settings = store, [], {}
        self.url = None
        if store == "postgres":
            self.url = settings["ENLACE_STORE_URL"] = postgres("fresh")
            self.data, process = postmaster(self.url)
            self.others = [process]
        self.node = Node(ROOT / "target/release/enlace", settings)
        self.node.cli("init", "--name", "Invented Agency", "--country", "ES", "--unit", "Figures")

    def place(self):
        """What the programs of this bench open."""
        return self.url or str(self.node.dir)

    def run(self, *command):
        """CPU seconds of a command with the database's, its lines, the most memory in MiB."""
        self.used()
        before = cpu_seconds(self.others)
        process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE,
                                   env=os.environ | self.node.settings)
        lines = []
        for number, line in enumerate(process.stdout):
            if number % 10_000 == 0:
                self.used()
            if line.startswith(b"{"):
                lines.append(json.loads(line))
        _, status, used = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"{command}: status {status}")
        cpu = used.ru_utime + used.ru_stime + cpu_seconds(self.others) - before
        return cpu, lines, used.ru_maxrss / 1024

    def used(self):
        """A server stops by itself when nobody says for ten minutes that it is used."""
        if self.url:
            os.utime(self.data.parent / "used")

    def close(self):
        self.node.__exit__()
        if self.url:
            postgres("stop")


def replay(place, folder, held):
    """CPU seconds that the database needs for the rows behind the first `held` objects alone."""
    if place.url:
        return copied(place, folder, held)
    _, lines, _ = place.run(STORE, "replay", place.place(), folder / "replay", held)
    shutil.rmtree(folder / "replay")
    return lines[0]["cpu_s"]


def copied(place, folder, held):
    """The same on a server, by COPY, the fastest that it has: tables with the same indexes and
    without checks of references."""
    def sql(text):
        return ["psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", place.url, "-c", text]

    def rows(table, which):
        return folder / f"{table}.{which}"

    by_row = {"object": "row", "object_ref": "row", "object_key": "row", "search": "row"}
    place.run(*sql("DROP SCHEMA IF EXISTS replay CASCADE; CREATE SCHEMA replay"))
    cut = f"(SELECT coalesce(min(row), 0) FROM (SELECT row FROM object ORDER BY row OFFSET {held}) o)"
    tables = [*by_row, "log_entry"]
    for table in tables:
        place.run(*sql(f"CREATE TABLE replay.{table} (LIKE {table} INCLUDING ALL)"))
        key = by_row.get(table)
        for which, term in (("old", "<"), ("new", ">=")):
            where = f"WHERE {key} {term} {cut}" if key else ("" if which == "new" else "WHERE false")
            order = f"ORDER BY {key}" if key else ""
            place.run(*sql(f"\\copy (SELECT * FROM {table} {where} {order}) TO '{rows(table, which)}'"))
    cpu = {}
    for which in ("old", "new"):
        cpu[which] = sum(place.run(*sql(f"\\copy replay.{t} FROM '{rows(t, which)}'"))[0]
                         for t in tables)
    for table in tables:
        for which in ("old", "new"):
            rows(table, which).unlink()
    place.run(*sql("DROP SCHEMA replay CASCADE"))
    return cpu["new"]


def sizes():
    """10,000, 100,000 … up to the wanted size."""
    return [*(size for size in (10_000, 100_000, 1_000_000) if size < MOST), MOST]


def grow(store, folder):
    """Figures by size."""
    place, figures, held = Place(store), {}, 0
    try:
        for size in sizes():
            files = write(folder, held, size - held, A_FILE)
            cpu, lines, mib = place.run(place.node.binary, "--node", place.node.dir, "--json",
                                        "import", *files)
            summary = lines[-1]["summary"]
            if summary["new"] != size - held:
                raise SystemExit(f"{store}: {summary} of {size - held}")
            for file in files:
                file.unlink()
            found = {"import": (size - held) / cpu, "mib": mib}
            found["replay"] = (size - held) / replay(place, folder, held)
            found["share"] = found["import"] / found["replay"]
            if place.url:
                # A server looks at its tables by itself within a minute; here it is asked at once.
                place.run("psql", "-q", "-d", place.url, "-c", "VACUUM ANALYZE object, search")
            _, lines, _ = place.run(STORE, "questions", place.place())
            found["questions"] = {line["question"]: line for line in lines}
            figures[f"{size:,}"], held = found, size
            print(f"{store}: {size:,} measured", flush=True)
    finally:
        place.close()
    return figures


def show(store, figures):
    """Prints the table; how many bars are missed."""
    columns = list(figures)
    table = Table(columns, columns)

    def line(what, find, **more):
        table.line(what, {c: find(figures[c]) for c in columns}, **more)

    line("import up to this size, objects a CPU second", lambda f: f["import"])
    line("replay of its statements, objects a CPU second", lambda f: f["replay"])
    line("import ÷ replay", lambda f: f["share"], bar=Bar(0.5))
    line("most memory of the import, MiB", lambda f: f["mib"])
    for question in next(iter(figures.values()))["questions"]:
        bar = Bar(50, most=True) if question == "all together" else None
        nan = {"p95_ms": math.nan}
        line(f"{question}, p95 ms", lambda f: f["questions"].get(question, nan)["p95_ms"], bar=bar)
    print(f"\n{store}, files of {A_FILE:,} objects\n")
    table.show()
    return table.missed


if __name__ == "__main__":
    missed = 0
    for name in STORES:
        with tempfile.TemporaryDirectory() as made_in:
            missed += show(name, grow(name, pathlib.Path(made_in)))
    sys.exit(1 if missed else 0)
