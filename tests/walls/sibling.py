"""The notebook of another group that runs while attacks do, and must not notice."""

from __future__ import annotations

from grader.engine.base import Job
from grader.model import NotebookEvidence
from tests.walls.attack import make_job
from tests.walls.scene import UNTOUCHED, Scene

__all__ = ["noticed", "sibling_job"]

_START = """
import hashlib, os, socket, threading, time
SECRET, NAME = {secret!r}, "sibling-{token}.txt"
with open(NAME, "w") as file:
    file.write(SECRET)
contacts, processes = [], {{os.getpid()}}
def welcome(listener):
    while True:
        contact = listener.accept()[0]
        contact.sendall(SECRET.encode())
        contacts.append(1)
def listen(family, address):
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError:
        return
    listener.listen()
    threading.Thread(target=welcome, args=(listener,), daemon=True).start()
listen(socket.AF_INET, ("127.0.0.1", {port}))
listen(socket.AF_UNIX, {abstract!r})
total = 0
"""
_WORK = """
for _ in range({rounds}):
    time.sleep(0.1)
    total += sum(range(1000))
"""
_END = """
noticed = []
with open(NAME) as file:
    if file.read() != SECRET:
        noticed.append("file")
if open("../data/werte.txt").read() != {untouched!r}:
    noticed.append("data")
if sorted(n for n in os.listdir(".") if not n.startswith(".")) != [NAME]:
    noticed.append("folder " + " ".join(os.listdir(".")))
if contacts:
    noticed.append("contacts")
noticed = ", ".join(noticed)
"""
_CELLS = 4


def sibling_job(scene: Scene, seconds: float) -> Job:
    """A quiet notebook that takes about this long."""
    start = _START.format(
        secret=scene.secret,
        token=scene.token,
        port=scene.known["sibling_port"],
        abstract=scene.known["sibling_abstract"],
    )
    work = _WORK.format(rounds=round(seconds * 10 / _CELLS))
    cells = [start, *[work] * _CELLS, _END.format(untouched=UNTOUCHED)]
    # Attacks need not be waited for; who has done nothing has time, however busy the machine is.
    limits = {"capture_seconds": 60.0, "notebook_seconds": 300.0}
    return make_job(cells, scene.data, label="sibling", seconds=60.0, limits=limits)


def noticed(job: Job, evidence: NotebookEvidence) -> str:
    """What went wrong in a sibling's run; ``""`` if it is as it would be alone."""
    statuses = [c.status for c in evidence.cells]
    if set(statuses) != {"ok"} or evidence.problems:
        return f"{statuses} {[p.message for p in evidence.problems]}"
    total = evidence.cells[-2].variables["total"].scalar
    rounds = [int(c.source.split("range(")[1].split(")")[0]) for c in job.cells[1:-1]]
    if total != 499500 * sum(rounds):
        return f"total {total}"
    return str(evidence.cells[-1].variables["noticed"].scalar)
