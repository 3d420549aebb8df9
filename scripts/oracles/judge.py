"""Our own verdicts, from the `enlace` binary."""

import json
import pathlib
import subprocess
import tempfile

# So many files in one call: a command line has an end.
_BATCH = 400


def findings(binary, texts):
    """The findings of `enlace validate` over each text, in order."""
    found = [[] for _ in texts]
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, text in enumerate(texts):
            path = pathlib.Path(folder, f"{number}.json")
            path.write_text(text, encoding="utf-8")
            paths.append(path)
        for start in range(0, len(paths), _BATCH):
            batch = [str(path) for path in paths[start : start + _BATCH]]
            done = subprocess.run(
                [binary, "validate", "--json", *batch], capture_output=True, text=True, check=False
            )
            if done.returncode not in (0, 1):
                raise RuntimeError(f"{binary}: {done.stderr[-2000:]}")
            for line in done.stdout.splitlines():
                finding = json.loads(line)
                if "file" in finding:
                    found[int(pathlib.Path(finding["file"]).stem)].append(finding)
    return found


def must(found):
    """The codes of the broken MUSTs among findings."""
    return sorted({f["rule"] for f in found if f["level"] == "must"})
