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
"$VENV/bin/python" -m pip install --quiet --disable-pip-version-check \
    --constraint constraints.txt --editable '.[lab,dev,dashboard,postgres]'
