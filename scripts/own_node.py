"""A node of our own for tests and figures: made, run on free ports of the loopback, stopped.

ENLACE_BINARY is the binary, else target/debug/enlace.
"""

import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
UP_S = 60
STOP_S = 30


class Failed(Exception):
    """A command or the node did not do what was asked."""


def free_port():
    """A port that was free a moment ago."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Node:
    """One node in a folder of its own; a context in which its process runs."""

    def __init__(self, binary=None, settings=None):
        self.binary = str(binary or os.environ.get("ENLACE_BINARY", ROOT / "target/debug/enlace"))
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="enlace-node-"))
        self.dir = self.home / "node"
        self.pages, self.partners = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.pages}"
        self.process = None
        self.settings = {
            "ENLACE_LISTEN_PAGES": f"127.0.0.1:{self.pages}",
            "ENLACE_LISTEN_PARTNERS": f"127.0.0.1:{self.partners}",
            "ENLACE_LOG": "warn",
        } | (settings or {})

    def command(self, *args):
        """A command of the console."""
        return [self.binary, "--node", self.dir, "--json", *args]

    def cli(self, *args):
        """The JSON lines of a command of the console."""
        done = subprocess.run(self.command(*args), env=os.environ | self.settings,
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise Failed(f"enlace {' '.join(map(str, args))}: exit {done.returncode}\n{done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    def account(self, name, role="tool"):
        """Makes an account; its token and its password."""
        password = f"{name}-has-a-password"
        self.cli("account", "create", name, "--role", role, "--password", password)
        return self.token(name), password

    def token(self, name):
        """A new token of an account."""
        return next(line["token"] for line in self.cli("account", "token", name) if "token" in line)

    def collection(self, name, **rights):
        """Makes a collection; `rights` by account: "rw", "r" or "w". Its id."""
        made = next(line for line in self.cli("collection", "create", name) if "id" in line)["id"]
        for account, allowed in rights.items():
            self.grant(made, account, allowed)
        return made

    def grant(self, collection, account, allowed):
        """Gives an account these rights: "r", "w" or both."""
        flags = [flag for letter, flag in (("r", "--read"), ("w", "--write")) if letter in allowed]
        self.cli("collection", "grant", collection, account, *flags)

    def __enter__(self):
        try:
            self.cli("init", "--name", "Invented Agency", "--country", "ES", "--unit", "Figures")
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start(self):
        """Runs the process and waits until its pages answer."""
        log = open(self.home / "log", "ab")
        self.process = subprocess.Popen(
            [self.binary, "--node", self.dir, "serve"],
            env=os.environ | self.settings, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=log,
        )
        until = time.monotonic() + UP_S
        while time.monotonic() < until and self.process.poll() is None:
            with contextlib.closing(socket.socket()) as probe:
                if probe.connect_ex(("127.0.0.1", self.pages)) == 0:
                    return
            time.sleep(0.02)
        raise Failed(f"the node is not up\n{self.log()}")

    def stop(self):
        """Asks the process to end and waits for it."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def log(self):
        """The end of what the process complained of."""
        path = self.home / "log"
        return path.read_text(errors="replace")[-4000:] if path.exists() else ""

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)
