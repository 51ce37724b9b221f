"""Runs inside the student's kernel: tells which files a cell wrote, and keeps small pictures.

Like :mod:`grader.evidence.probe` the source of this file is sent to the kernel, after that of
:mod:`grader.evidence.values`.
"""

import builtins
import os
import stat

import numpy as np

if __name__ != "probe":  # type-checked and tested here, beside us in the kernel
    from grader.evidence.values import clean

__all__ = ["Files"]

_MAX_FILES = 500
_MAX_FOLDERS = 2000


class Files:
    """Compares the files in some folders with those that were there before.

    Parameters
    ----------
    values : Values
        Its options name the ``folders``.
    """

    def __init__(self, values):
        self.values = values

    def listed(self):
        """Return size and time of change of every file, by path."""
        # os.walk calls itself for each level, and a folder may be thousands of levels deep.
        found = {}
        waiting = list(self.values.options.get("folders", ["."]))
        seen = 0
        while waiting and seen < _MAX_FOLDERS:
            seen += 1
            try:
                entries = list(os.scandir(waiting.pop()))
            except OSError:
                continue
            for entry in entries:
                try:
                    if entry.is_dir():
                        if not (entry.is_symlink() or entry.name.startswith((".", "__"))):
                            waiting.append(entry.path)
                        continue
                    status = entry.stat(follow_symlinks=False)
                except OSError:
                    continue
                found[entry.path] = (status.st_size, status.st_mtime_ns)
                if len(found) > 5000:
                    return found
        return found

    def changed(self, before, now):
        """Describe the files that are new or other than ``before``."""
        new = [p for p, mark in now.items() if before.get(p) != mark]
        return [
            {"path": clean(os.path.relpath(p)), "size": now[p][0], "image": self._picture(p)}
            for p in sorted(new)[:_MAX_FILES]
        ]

    def _picture(self, path):
        """Keep a small saved picture as it is; return its blob."""
        if not path.lower().endswith((".png", ".jpg", ".jpeg")):
            return ""
        try:
            status = os.lstat(path)
            # A pipe would wait for its writer; a device or a link leads elsewhere.
            if (
                not stat.S_ISREG(status.st_mode)
                or status.st_size > self.values.options["array_bytes"]
            ):
                return ""
            with builtins.open(path, "rb") as file:
                return self.values.blob(np.frombuffer(file.read(), dtype=np.uint8))
        except OSError:
            return ""
