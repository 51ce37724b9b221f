"""The pure compute of notebooks' cells: forks of one warm process, without Jupyter or walls.

``python -m benchmarks.pure SOCKET JOB.json`` imports what the job's lab names, then serves: each
connection brings a job's folder and cells, a fork runs them with ``exec`` and answers, as JSON,
with each cell's status and printed text. The environment is the kernels' own. As IPython would,
it goes on after an error; figures are drawn as PNG (``"draw": false`` leaves that out).
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import random
import re
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

__all__ = ["run_cells", "serve"]

_MAGIC = re.compile(r"^\s*[%!].*$", re.MULTILINE)


def run_cells(cells: list[tuple[int, str]], seed: int, draw: bool) -> list[dict[str, Any]]:
    """Run cells one after the other in one namespace.

    Parameters
    ----------
    cells : list of (int, str)
        Index and source.
    draw : bool
        Draw figures as the inline backend would: at ``plt.show()`` and at a cell's end.
    """
    import IPython.display
    import matplotlib.pyplot as plt
    import numpy as np
    import tensorflow as tf

    random.seed(seed)
    np.random.seed(seed)
    tf.keras.utils.set_random_seed(seed)
    show = _draw if draw else lambda *_, **__: plt.close("all")
    plt.show = show
    namespace = {"__name__": "__main__", "display": IPython.display.display}
    found = []
    for index, source in cells:
        printed = io.StringIO()
        started = time.perf_counter()
        status = "ok"
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            try:
                exec(compile(_MAGIC.sub("", source), f"cell {index}", "exec"), namespace)  # noqa: S102
            except Exception as error:
                status = f"error: {type(error).__name__}: {error}"[:300]
            show()
        seconds = time.perf_counter() - started
        found.append(
            {"index": index, "status": status, "seconds": seconds, "text": printed.getvalue()}
        )
    return found


def _draw(*_: Any, **__: Any) -> None:
    import matplotlib.pyplot as plt

    for number in plt.get_fignums():
        plt.figure(number).savefig(io.BytesIO(), format="png", bbox_inches="tight")
    plt.close("all")


def serve(path: str, imports: list[str]) -> None:
    """Fork for each connection until the process is ended."""
    for name in imports:
        importlib.import_module(name)
    if len(os.listdir("/proc/self/task")) > 2:
        sys.exit("TensorFlow has started its threads: forks would hang.")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        while True:
            connection, _ = server.accept()
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                with connection.makefile("rw", encoding="utf-8") as stream:
                    job = json.loads(stream.readline())
                    os.chdir(job["folder"])
                    json.dump(run_cells(job["cells"], job["seed"], job["draw"]), stream)
                os._exit(0)
            connection.close()


if __name__ == "__main__":
    serve(sys.argv[1], ["IPython.display", *json.loads(Path(sys.argv[2]).read_text("utf-8"))])
