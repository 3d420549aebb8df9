"""Our node with its plain collections, and its feeds as people add and run them."""

import json
import os
import subprocess
import urllib.request

from own_node import Node

TAXII = "application/taxii+json;version=2.1"
# Feeds run when they are told to: by themselves once a week.
RARELY = "10080"
PAGE = 7


class Desk(Node):
    """It serves only while its collections are asked: what is due would run by itself otherwise."""

    def __enter__(self):
        super().__enter__()
        self.stop()
        self.secret, _ = self.account("tool")
        self.ids = {}
        return self

    def shelf(self, name):
        """Makes a plain collection that the tool may read and write."""
        self.ids[name] = self.collection(name, tool="rw")

    def put(self, name, objects):
        """Adds to a plain collection as a tool does."""
        self.start()
        done = self.ask(name, "objects/", json.dumps({"objects": objects}).encode())
        self.stop()
        if done["failure_count"]:
            raise RuntimeError(done)

    def kept(self, name):
        """Every version in a plain collection."""
        self.start()
        found, more = [], ""
        while more is not None:
            page = self.ask(name, f"objects/?match[version]=all{more}")
            found += page.get("objects", [])
            more = f"&next={page['next']}" if page.get("more") else None
        self.stop()
        return found

    def ask(self, name, rest, body=None):
        url = f"{self.url}/taxii2/node/collections/{self.ids[name]}/{rest}"
        headers = {"Accept": TAXII, "Content-Type": TAXII, "Authorization": f"Bearer {self.secret}"}
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=60) as answer:
            return json.load(answer)

    def feed(self, name, url, login, *more):
        """Adds a feed; `login` is a token, or a user with a password."""
        secret = self.home / "secret"
        if isinstance(login, tuple):
            user, password = login
            secret.write_text(password)
            shown = ("--user", user, "--password-file", secret)
        else:
            secret.write_text(login)
            shown = ("--token-file", secret)
        try:
            self.cli("feed", "add", name, "--url", url, *shown, "--page", str(PAGE), "--every",
                     RARELY, *more)
        finally:
            secret.unlink()

    def taking(self, name, url, login, shelf, *more):
        """Adds a feed that adds what comes to a plain collection."""
        self.feed(name, url, login, "--into-collection", shelf, "--account", "tool", *more)

    def giving(self, name, url, login, shelf):
        """Adds a feed that gives what is in a plain collection."""
        self.feed(name, url, login, "--push", "--from-collection", shelf, "--account", "tool")

    def run(self, name):
        """Runs a feed; what it did."""
        return self.cli("feed", "run", name)[0]

    def fails(self, *args):
        """Runs a command that has to find fault; all that it says."""
        done = subprocess.run(self.command(*args), env=os.environ | self.settings,
                              capture_output=True, text=True, timeout=120)
        if done.returncode == 0:
            raise RuntimeError(f"{args} went through: {done.stdout}")
        return done.stdout + done.stderr

    def begin(self, name):
        """Starts the run of a feed, to be killed."""
        return subprocess.Popen(self.command("feed", "run", name), env=os.environ | self.settings,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def listed(self, name):
        """The line of a feed."""
        return next(line for line in self.cli("feed", "list") if line.get("name") == name)

    def versions(self, of):
        """How many versions the node holds of an object."""
        lines = self.cli("get", of, "--versions")
        return sum(1 for line in lines if line.get("id") == of)
