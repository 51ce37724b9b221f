#!/bin/sh
# Makes an environment of their own for the peers, beside the project's: plain nbclient, nbgrader
# and otter-grader, with the very TensorFlow, numpy and ipykernel that the grader runs with.
# Inside .venv, so that git, linters and tests leave it alone.
set -eu
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python3}
PEERS=${PEERS:-.venv/peers}
[ -x "$PEERS/bin/python" ] || "$PYTHON" -m venv "$PEERS"
# otter-grader 7.0.0 needs wrapt below 2; everything else agrees with the project's versions.
grep -v '^wrapt==' constraints.txt > "$PEERS/constraints.txt"
"$PEERS/bin/python" - > "$PEERS/lab.txt" <<'PYTHON'
import tomllib
with open("pyproject.toml", "rb") as file:
    print(*tomllib.load(file)["project"]["optional-dependencies"]["lab"], sep="\n")
PYTHON
"$PEERS/bin/python" -m pip install --quiet --disable-pip-version-check \
    --constraint "$PEERS/constraints.txt" --requirement "$PEERS/lab.txt" \
    matplotlib pillow nbclient ipykernel nbgrader==0.9.6 'otter-grader[grading]==7.0.0'
"$PEERS/bin/python" -m pip list --disable-pip-version-check 2>/dev/null |
    grep -E '^(nbclient|nbgrader|otter-grader|ipykernel|tensorflow|keras|numpy|wrapt) '
