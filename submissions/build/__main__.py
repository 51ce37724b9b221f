"""Write the example cohort, or check that it is as the generator makes it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from grader.lab import Lab
from submissions.build.fresh import FRESH
from submissions.build.groups import GROUPS
from submissions.build.more.groups import MORE
from submissions.build.write import compare, write

_ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m submissions.build", description=__doc__)
    parser.add_argument("--out", type=Path, default=_ROOT / "submissions")
    parser.add_argument("--lab", type=Path, default=_ROOT / "reference")
    parser.add_argument("--check", action="store_true", help="only compare")
    parser.add_argument(
        "--all",
        action="store_true",
        help="also the groups of more.json and fresh.json; needs another --out",
    )
    options = parser.parse_args()
    if options.all and options.out.resolve() == _ROOT / "submissions":
        parser.error("--all writes groups that are not kept here: name a folder with --out")
    groups = GROUPS + MORE + FRESH if options.all else GROUPS
    lab = Lab.load(options.lab)
    act = compare if options.check else write
    changed = act(lab, options.out, groups)
    for name in changed:
        print(f"{'differs' if options.check else 'written'}: {name}")
    print(f"{len(groups)} groups, {len(changed)} files {'differ' if options.check else 'written'}")
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
