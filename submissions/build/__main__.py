"""Write the example cohort, or check that it is as the generator makes it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from grader.lab import Lab
from submissions.build.groups import GROUPS
from submissions.build.write import compare, write

_ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m submissions.build", description=__doc__)
    parser.add_argument("--out", type=Path, default=_ROOT / "submissions")
    parser.add_argument("--lab", type=Path, default=_ROOT / "reference")
    parser.add_argument("--check", action="store_true", help="only compare")
    options = parser.parse_args()
    lab = Lab.load(options.lab)
    changed = compare(lab, options.out) if options.check else write(lab, options.out)
    for name in changed:
        print(f"{'differs' if options.check else 'written'}: {name}")
    print(f"{len(GROUPS)} groups, {len(changed)} files {'differ' if options.check else 'written'}")
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
