"""Protocols as PDF against the usual way: ``nbconvert --to html``, printed by headless Chromium.

``python -m benchmarks.documents --results results`` takes a graded cohort's evidence (no kernel
runs). Both sides make the same submissions' documents, in turns of five: ours from evidence to PDF
in one process, one after the other, as in a cohort run; the peer from the same notebooks with their
outputs, one nbconvert for each submission and one print for each notebook. The figures are times on
the clock and on the processor, children included. Beside them stands what a plain loop takes: on a
busy or slow machine a second of the processor does less.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import nbformat
from pypdf import PdfReader

from benchmarks.common import LAB, SUBMISSIONS, report, show
from grader.checks import Side
from grader.evidence.store import EvidenceStore
from grader.grading import Bench
from grader.intake.files import find_sources
from grader.intake.reader import read_submission
from grader.judging import RESULT
from grader.model import CellRun, NotebookEvidence
from grader.protocol import build_document, render_pdf
from grader.references import EVIDENCE

__all__ = ["executed", "main", "sides"]

TARGET_SECONDS, TARGET_RATIO = 0.3, 6.0
_TURN = 5
QUIET = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --no-pdf-header-footer "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()


def sides(results: Path, submissions: Path, limit: int) -> dict[str, Side]:
    """Graded submissions with all their evidence, by name.

    Which evidence it was stands in ``result.json``: it serves as well after a change of the engine.
    """
    bench, store = Bench.open(LAB), EvidenceStore(results / EVIDENCE)
    found: dict[str, Side] = {}
    for source in find_sources(submissions):
        result = results / source.id / RESULT
        if not result.is_file():
            continue
        keys = json.loads(result.read_bytes())["provenance"].get("hashes", {}).get("runs", {})
        plan = bench.plan(read_submission(source, bench.lab, bench.released))
        runs = {name: store.get(key) for name, key in keys.items()}
        if len(found) < limit and len(runs) == len(bench.lab.notebooks) and all(runs.values()):
            found[source.id] = bench.side(plan, runs)
    return found


def executed(side: Side, folder: Path) -> list[Path]:
    """Write the submission's notebooks with the outputs that the evidence holds."""
    written = []
    for name, notebook in side.submission.notebooks.items():
        run = side.run_of(name)
        made = nbformat.v4.new_notebook()
        runs = {cell.index: cell for cell in run.cells} if run else {}
        for cell in notebook.cells:
            if cell.kind == "code":
                new = nbformat.v4.new_code_cell(cell.source)
                if run is not None and cell.index in runs:
                    new.outputs = _outputs(runs[cell.index], run)
            else:
                new = nbformat.v4.new_markdown_cell(cell.source)
            made.cells.append(new)
        path = folder / f"{name}.ipynb"
        nbformat.write(made, path)
        written.append(path)
    return written


def _outputs(cell: CellRun, run: NotebookEvidence) -> list[nbformat.NotebookNode]:
    made = []
    for output in cell.outputs:
        if output.kind == "stream":
            made.append(nbformat.v4.new_output("stream", name=output.name, text=output.text))
        elif output.kind in ("result", "display"):
            data = {"text/plain": output.text}
            if output.html:
                data["text/html"] = output.html
            if output.image in run.blobs:
                raw = run.blobs[output.image].tobytes()
                kind = "image/png" if raw.startswith(b"\x89PNG") else "image/jpeg"
                data[kind] = base64.b64encode(raw).decode("ascii")
            made.append(nbformat.v4.new_output("display_data", data=data))
    return made


def _ours(side: Side) -> list[bytes]:
    return [render_pdf(build_document(side))]


def _peer(notebooks: Sequence[Path], chromium: str) -> list[bytes]:
    convert = [sys.executable, "-m", "nbconvert", "--to", "html", "--log-level", "ERROR"]
    subprocess.run([*convert, *map(str, notebooks)], check=True, stderr=subprocess.DEVNULL)
    made = []
    for notebook in notebooks:
        target = notebook.with_suffix(".pdf")
        page = notebook.with_suffix(".html").as_uri()
        command = [chromium, *QUIET, f"--print-to-pdf={target}", page]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        made.append(target.read_bytes())
    return made


def _measured(make: Callable[[], list[bytes]]) -> tuple[float, float, int]:
    """Seconds on the clock and on the processor (children included), and pages."""
    before, clock = os.times(), time.perf_counter()
    made = make()
    seconds, after = time.perf_counter() - clock, os.times()
    pages = sum(len(PdfReader(io.BytesIO(raw)).pages) for raw in made)
    return seconds, sum(after[:4]) - sum(before[:4]), pages


def _loop() -> float:
    """Seconds of the processor for 20 million additions."""
    before, total = time.process_time(), 0
    for number in range(20_000_000):
        total += number
    return time.process_time() - before


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if a target is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--results", type=Path, default=Path("results"), help="a graded cohort")
    parser.add_argument("--submissions", type=Path, default=SUBMISSIONS, help="the cohort itself")
    parser.add_argument("--limit", type=int, default=10, help="submissions (default: 10)")
    parser.add_argument("--json", type=Path, help="also write the figures into this file")
    options = parser.parse_args(arguments)
    chromium = shutil.which("chromium")
    if chromium is None:
        parser.error("chromium is missing")
    found = sides(options.results, options.submissions, options.limit + 1)
    if len(found) < 2:
        parser.error(f"{options.results} holds no graded cohort; run: grader grade")
    # The first document loads libraries and fonts: a cohort has that once, not for each of them.
    first, *names = found
    _ours(found[first])
    clock: dict[str, list[float]] = {"ours": [], "peer": []}
    processor: dict[str, list[float]] = {"ours": [], "peer": []}
    with tempfile.TemporaryDirectory() as folder:
        for start in range(0, len(names), _TURN):
            turn = {name: found[name] for name in names[start : start + _TURN]}
            written = {}
            for name, side in turn.items():
                (Path(folder) / name).mkdir()
                written[name] = executed(side, Path(folder) / name)
            jobs = [("ours", name, partial(_ours, side)) for name, side in turn.items()]
            jobs += [("peer", n, partial(_peer, books, chromium)) for n, books in written.items()]
            for who, name, make in jobs:
                seconds, busy, pages = _measured(make)
                clock[who].append(seconds)
                processor[who].append(busy)
                print(f"  {name}: {who} {seconds:.2f} s, processor {busy:.2f} s, {pages} pages")
    loop = _loop()
    figures = {"clock": show(clock), "processor": show(processor)}
    ratios = {
        kind: statistics.median(p / o for p, o in zip(times["peer"], times["ours"], strict=True))
        for kind, times in (("clock", clock), ("processor", processor))
    }
    ours = figures["processor"]["ours"]["median"]
    print(f"per document {ours:.2f} s on the processor (wanted: at most {TARGET_SECONDS})")
    print(f"faster than nbconvert and Chromium: {ratios['clock']:.1f} times on the clock, ")
    print(f"{ratios['processor']:.1f} times on the processor (wanted: at least {TARGET_RATIO})")
    print(f"20 million additions in a plain loop: {loop:.2f} s on the processor")
    report(options.json, "documents", {**figures, "ratios": ratios, "loop": loop})
    return int(ours > TARGET_SECONDS or ratios["clock"] < TARGET_RATIO)


if __name__ == "__main__":
    sys.exit(main())
