"""The evidence store: runs under the hash of what produced them, arrays under their own hash.

Layout of the folder::

    runs/ab/<key>.json          one notebook's evidence
    blobs/ab/<digest>.npy       one array, shared by all runs

Everything is written to a temporary name first and renamed, so that a killed run leaves either
a whole entry or none.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from grader.errors import StoreError
from grader.evidence.codec import decode_evidence, encode_evidence
from grader.files import write_atomically
from grader.model import Array, NotebookEvidence

__all__ = ["EvidenceStore", "hash_files", "run_key"]

_NAME = re.compile(r"[0-9a-f]{8,64}\Z")
_DIGEST = re.compile(r"[0-9a-f]{8,64}")


class EvidenceStore:
    """Evidence of notebook runs in a folder.

    Parameters
    ----------
    folder : Path
        Made when the first entry is put.
    since : float
        Entries last written before this (seconds, the file system's clock) count as missing.
    """

    def __init__(self, folder: Path, since: float = 0.0) -> None:
        self.folder = folder
        self.since = since
        self.blobs = _Blobs(folder / "blobs")

    def get(self, key: str) -> NotebookEvidence | None:
        """Return the run stored under ``key``; None if there is none or it is damaged."""
        path = self._path(key)
        try:
            if path.stat().st_mtime < self.since:
                return None
            return decode_evidence(path.read_bytes(), self.blobs)
        except (OSError, StoreError):
            # A damaged entry is as good as none: the notebook runs again.
            return None

    def put(self, key: str, evidence: NotebookEvidence) -> NotebookEvidence:
        """Store a run; return it with its arrays read from the store on demand."""
        for digest, array in evidence.blobs.items():
            self.blobs.put(digest, array)
        write_atomically(self._path(key), lambda file: file.write(encode_evidence(evidence)))
        stored = self.get(key)
        if stored is None:
            raise StoreError(f"Beleg {key} ließ sich nicht ablegen ({self.folder}).")
        return stored

    def digest(self, key: str) -> str:
        """Hash of what is stored under ``key``, without decoding it; ``""`` if there is nothing.

        It covers the arrays too: their names are hashes of their content.
        """
        try:
            return hashlib.sha256(self._path(key).read_bytes()).hexdigest()
        except OSError:
            return ""

    def keys(self) -> set[str]:
        """Keys of all that is stored."""
        return {path.stem for path in (self.folder / "runs").glob("*/*.json")}

    def keep_only(self, keys: Iterable[str]) -> tuple[int, int]:
        """Remove all runs but these, and arrays that none of them names.

        Returns
        -------
        runs, arrays : int
            How many were removed.
        """
        gone = self.keys() - set(keys)
        for key in gone:
            self._path(key).unlink(missing_ok=True)
        named: set[str] = set()
        for key in self.keys():
            named |= set(_DIGEST.findall(self._path(key).read_bytes().decode("utf-8", "replace")))
        loose = [digest for digest in self.blobs if digest not in named]
        for digest in loose:
            self.blobs.remove(digest)
        return len(gone), len(loose)

    def _path(self, key: str) -> Path:
        if not _NAME.match(key):
            raise StoreError(f"Unzulässiger Schlüssel {key!r}.")
        return self.folder / "runs" / key[:2] / f"{key}.json"


class _Blobs(Mapping[str, Array]):
    """Arrays of the store by digest, read when asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _path(self, digest: str) -> Path:
        if not _NAME.match(digest):
            raise KeyError(digest)
        return self.folder / digest[:2] / f"{digest}.npy"

    def remove(self, digest: str) -> None:
        self._path(digest).unlink(missing_ok=True)

    def put(self, digest: str, array: Array) -> None:
        if digest not in self:
            path = self._path(digest)
            write_atomically(path, lambda file: np.save(file, array, allow_pickle=False))

    def __getitem__(self, digest: str) -> Array:
        try:
            found: Array = np.load(self._path(digest), allow_pickle=False)
        except FileNotFoundError as error:
            raise KeyError(digest) from error
        except (OSError, ValueError) as error:
            raise StoreError(f"Feld {digest} ist beschädigt ({self.folder}).") from error
        return found

    def __contains__(self, digest: object) -> bool:
        if not isinstance(digest, str) or not _NAME.match(digest):
            return False
        try:
            # A power failure may leave a file of which only the name reached the disk.
            return self._path(digest).stat().st_size > 0
        except OSError:
            return False

    def __iter__(self) -> Iterator[str]:
        return (path.stem for path in sorted(self.folder.glob("*/*.npy")))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def run_key(sources: Iterable[str], **conditions: Any) -> str:
    """Key of a run: the code in order and the conditions (data hash, versions, limits, profile).

    Markdown and stored outputs do not count: they change nothing that runs.
    """
    text = json.dumps({"sources": list(sources), **conditions}, sort_keys=True, default=str)
    # Lone surrogates occur in hostile notebooks and still must give a key.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def hash_files(folder: Path, files: Iterable[Path]) -> str:
    """Hash of files' relative names and contents."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:40]
