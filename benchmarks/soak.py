"""Hundreds of notebooks in a row through one engine: nothing may hang, grow or stay behind.

Most notebooks are small and well-behaved; among them are those that fail, crash, never end,
flood or leave processes behind. A table shows memory and open files after every fifty, each time
with no notebook running.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.common import cohort, make_engine, report
from benchmarks.watch import kernels_usage, leftovers, own_usage
from grader.engine.base import CellJob, Engine, Job

__all__ = ["KINDS", "Kind", "jobs_in_a_row", "main"]

_TRAIN = (
    "import numpy as np, tensorflow as tf\n"
    "model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])\n"
    "model.compile('sgd', 'mse')\n"
    "_ = model.fit(np.ones((8, 2)), np.ones((8, 1)), verbose=0)\n"
)
_PLOT = "import matplotlib.pyplot as plt\nplt.plot([1, 2], [3, 4]); plt.show()"
_STUBBORN = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
_DAEMON = "import subprocess\nsubprocess.Popen(['sleep', '3600'], start_new_session=True)"
_THREAD = (
    "import threading, time\nthreading.Thread(target=time.sleep, args=(3600,), daemon=True).start()"
)
_FILES = "for i in range(60):\n    open(f'{i}.bin', 'wb').write(bytes(4_000_000))\n" + (
    "    import time; time.sleep(0.1)"
)


@dataclass(frozen=True)
class Kind:
    """A small notebook: one cell, how often in twenty-five it comes, how it must end."""

    source: str
    share: int
    status: str = "ok"


KINDS = {
    "small": Kind("x = sum(range(100)); print(x)", 9),
    "network": Kind(_TRAIN, 3),
    "picture": Kind(_PLOT, 2),
    "error": Kind("1 / 0", 1, "error"),
    "endless": Kind("while True: pass", 1, "timeout"),
    "stubborn": Kind(_STUBBORN, 1, "timeout"),
    "flood": Kind("while True: print('x' * 1000)", 1, "output_limit"),
    "segfault": Kind("import os; os.kill(os.getpid(), 11)", 1, "kernel_died"),
    "exit": Kind("import os; os._exit(0)", 1, "kernel_died"),
    "memory": Kind("import numpy as np\nx = np.ones(10_000_000_000 // 8)", 1, "memory"),
    "files": Kind(_FILES, 1, "output_limit"),
    "daemon": Kind(_DAEMON, 1),
    "thread": Kind(_THREAD, 1),
}
_REAL = 1  # and one real notebook of the cohort in twenty-five


def jobs_in_a_row(count: int) -> list[tuple[str, Job]]:
    """So many jobs with the kind of each, mixed the same way every time."""
    real = [j for p in cohort(["gruppe01"]).values() for n, j in p.jobs.items() if n != "notebook1"]
    limits = replace(real[0].limits, memory_mb=2500, files_mb=40, output_bytes=500_000)
    small = [
        (name, replace(real[0], cells=(CellJob(0, kind.source, 4.0),), limits=limits))
        for name, kind in KINDS.items()
        for _ in range(kind.share)
    ]
    block = [*small, *(("real", real[0]) for _ in range(_REAL))]
    # A step that shares no factor with the length visits all and keeps equal kinds apart.
    order = [block[7 * i % len(block)] for i in range(len(block))]
    return [
        (name, replace(real[i // len(order) % len(real)] if name == "real" else job, label=str(i)))
        for i in range(count)
        for name, job in (order[i % len(order)],)
    ]


def _run(engine: Engine, name: str, job: Job) -> tuple[str, str, float]:
    started = time.monotonic()
    statuses = {cell.status for cell in engine.run(job).cells}
    expected = {KINDS[name].status} if name in KINDS else {"ok"}
    wrong = "" if statuses == expected else f"{name}: {sorted(statuses)}"
    return name, wrong, time.monotonic() - started


def _state(done: int, started: float) -> dict[str, Any]:
    gc.collect()
    ours, others, left = own_usage(), kernels_usage(), leftovers()
    row: dict[str, Any] = {"notebooks": done, "seconds": time.monotonic() - started}
    for name, usage in (
        ("grader", ours),
        ("warm", others["walled"]),
        ("drivers", others["drivers"]),
    ):
        row[f"{name}_mb"] = round(usage.own, 1)
        row[f"{name}_files"] = usage.files
    return row | left


def _print(row: dict[str, Any], head: bool) -> None:
    if head:
        print("  ".join(f"{name:>{max(8, len(name))}}" for name in row))
    print("  ".join(f"{value:>{max(8, len(name))}.6g}" for name, value in row.items()), flush=True)


def main() -> int:
    """Run the command; returns 1 if a notebook ended otherwise than it must or things are left."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--engine", choices=("warm", "fresh"), default="warm")
    parser.add_argument("--count", type=int, default=300, help="notebooks (default: 300)")
    parser.add_argument("--every", type=int, default=50, help="a row after so many (default: 50)")
    parser.add_argument("--jobs", type=int, default=2, help="notebooks at a time (default: 2)")
    parser.add_argument("--json", type=Path, help="also write the figures into this file")
    options = parser.parse_args()
    todo = jobs_in_a_row(options.count)
    started = time.monotonic()
    rows = [_state(0, started)]
    _print(rows[0], head=True)
    engine = make_engine(options.engine)
    results: list[tuple[str, str, float]] = []
    with ThreadPoolExecutor(options.jobs) as pool:
        for first in range(0, len(todo), options.every):
            batch = todo[first : first + options.every]
            results += pool.map(lambda entry: _run(engine, *entry), batch)
            rows.append(_state(len(results), started))
            _print(rows[-1], head=False)
    engine.close()
    time.sleep(1)
    rows.append(_state(len(results), started))
    _print(rows[-1], head=False)
    wrong = Counter(text for _, text, _ in results if text)
    kinds = Counter(name for name, _, _ in results)
    slowest = {n: max(s for name, _, s in results if name == n) for n in kinds}
    print(
        "kinds (how many, slowest): "
        + ", ".join(f"{n} {kinds[n]} {slowest[n]:.1f} s" for n in kinds)
    )
    print(f"ended otherwise than they must: {sum(wrong.values())} {dict(wrong) or ''}")
    left = [name for name in ("processes", "files", "mounts") if rows[-1][name] > rows[0][name]]
    print(f"left behind: {', '.join(left) or 'nothing'}")
    figures = {"engine": options.engine, "jobs": options.jobs, "rows": rows, "wrong": wrong}
    report(options.json, "soak", {**figures, "kinds": kinds, "slowest": slowest, "left": left})
    return 1 if wrong or left else 0


if __name__ == "__main__":
    sys.exit(main())
