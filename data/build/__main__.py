"""Command line of the data builder: ``python -m data.build``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from data.build import NETWORKS, PARTS, PartMissingError, build_parts, differences

_VERDICTS = {
    "identical": "gleich",
    "equivalent": "gleichwertig (andere Bytes, gleicher Inhalt)",
    "different": "ANDERS",
    "missing": "FEHLT im Ordner",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command's arguments; by default those of the process.

    Returns
    -------
    int
        0: done; 1: `--check` found a difference; 2: a part is unknown or missing.
    """
    options = _parser().parse_args(arguments)
    names = options.parts or [*PARTS, *(NETWORKS if options.networks else ())]
    try:
        return _check(names, options.out) if options.check else _build(names, options.out)
    except PartMissingError as error:
        print(error, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m data.build", description="Baut die Daten des Praktikums."
    )
    parser.add_argument(
        "parts",
        nargs="*",
        metavar="TEIL",
        help=f"was gebaut wird: {', '.join(PARTS)}; trainiert: {', '.join(NETWORKS)} "
        "(ohne Angabe: alles, was schnell geht)",
    )
    parser.add_argument("--out", type=Path, default=Path("data"), help="Zielordner (data)")
    parser.add_argument("--networks", action="store_true", help="auch die Netze trainieren")
    parser.add_argument(
        "--check",
        action="store_true",
        help="nichts schreiben: neu bauen und mit den Dateien im Ordner vergleichen",
    )
    return parser


def _build(names: Sequence[str], out: Path) -> int:
    for path in build_parts(names, out):
        print(f"{path}  ({path.stat().st_size / 1000:.0f} kB)")
    return 0


def _check(names: Sequence[str], out: Path) -> int:
    verdicts = differences(names, out)
    for file_name, verdict in verdicts.items():
        print(f"{file_name}: {_VERDICTS[verdict]}")
    return int(any(verdict in {"different", "missing"} for verdict in verdicts.values()))


if __name__ == "__main__":
    sys.exit(main())
