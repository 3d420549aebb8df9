"""Validates a made file of so many GB: large.py ENLACE GB. Prints one JSON line."""

import json
import pathlib
import resource
import subprocess
import sys

import made

binary, gigabytes = sys.argv[1], float(sys.argv[2])
path = pathlib.Path("target/tmp/large.json")
count = made.write(int(gigabytes * 1e9), path)
done = subprocess.run([binary, "--json", "validate", path], capture_output=True, text=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
summary = json.loads(done.stdout.splitlines()[-1])["summary"]
cpu = used.ru_utime + used.ru_stime
print(json.dumps({
    "bytes": path.stat().st_size,
    "objects": summary["objects"],
    "made": count,
    "exit": done.returncode,
    "cpu_s": round(cpu, 1),
    "mb_per_cpu_s": round(path.stat().st_size / 1e6 / cpu),
    "most_memory_mib": round(used.ru_maxrss / 1024, 1),
}))
path.unlink()
