#!/bin/sh
# Makes the virtual environment $VENV with everything the grader, its lab and its tests need.
set -eu
PYTHON=${PYTHON:-python3}
VENV=${VENV:-.venv}
if ! "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "grader braucht Python 3.11 oder neuer. Bitte installieren oder angeben:" >&2
    echo "    make setup PYTHON=/pfad/zu/python3.11" >&2
    exit 2
fi
if ! "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "Diesem Python fehlt das Modul venv (Debian, Ubuntu: apt-get install python3-venv)." >&2
    exit 2
fi
[ -x "$VENV/bin/python" ] || "$PYTHON" -m venv "$VENV"
pip() { "$VENV/bin/python" -m pip "$@" --quiet --disable-pip-version-check --constraint constraints.txt; }

# uv does this several times as fast, from the index that pip is set to. Where it does not get on
# (an index that only pip knows, a platform without it), pip does the work.
index=$("$VENV/bin/python" -m pip config list 2>/dev/null |
    sed -n "s/^[a-z:]*\.index.url='\(.*\)'$/\1/p" | tail -n 1)
[ -z "$index" ] || export UV_DEFAULT_INDEX="$index"
# Wheels are linked from uv's cache; compiled files must be there before walls forbid writing them.
if pip install uv 2>/dev/null && UV_SYSTEM_CERTS=1 "$VENV/bin/python" -m uv pip install --quiet \
    --python "$VENV/bin/python" --compile-bytecode --constraint constraints.txt \
    --editable '.[lab,dev,dashboard,postgres]' 2>/dev/null; then
    exit 0
fi
pip install --editable '.[lab,dev,dashboard,postgres]'
