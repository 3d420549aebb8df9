"""What a server used: CPU seconds of its whole process tree, and the most memory, from /proc."""

import os
import pathlib

TICKS = os.sysconf("SC_CLK_TCK")


def tree(root):
    """A process and all its children that live."""
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        try:
            for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
                waiting += [int(child) for child in task.read_text().split()]
        except OSError:  # it ended meanwhile
            pass
    return found


def keep_on(cpus, roots):
    """Keeps all threads of these trees on some CPUs."""
    for pid in {pid for root in roots for pid in tree(root)}:
        try:
            for task in pathlib.Path(f"/proc/{pid}/task").glob("*"):
                os.sched_setaffinity(int(task.name), cpus)
        except OSError:  # it ended meanwhile
            pass


def cpu_seconds(roots):
    """User and system seconds of these trees. What ended children used stands at their parents."""
    ticks = 0
    for pid in {pid for root in roots for pid in tree(root)}:
        try:
            stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            continue
        ticks += sum(int(field) for field in stat.rsplit(")", 1)[1].split()[11:15])
    return ticks / TICKS


def peak_mib(root):
    """The most memory that was resident (VmHWM), summed over the tree; shared pages count in each."""
    kib = 0
    for pid in tree(root):
        try:
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
        except OSError:
            continue
        kib += sum(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    return kib / 1024
