"""Seals: what a result was made from, so that an unchanged submission keeps what it has.

A seal is one small file per submission below the evidence. It holds the hash of everything that
enters a result besides the evidence (what was handed in, the lab with its checks and rubrics, the
grader's own code and templates, the installed libraries, the options), the hashes of the evidence
that was looked at, the reference's too, and those of the files that were written. Only if each of
them still is what it was, the result and its documents stay; a missing, damaged or edited file is
reason enough to make all of them anew.
"""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from grader.evidence.store import EvidenceStore, hash_files
from grader.files import write_atomically
from grader.lab import Lab
from grader.templating import template_folder

__all__ = ["Seal", "Seals", "file_digest", "surroundings"]

_FOLDER = "seals"


def surroundings(lab: Lab, data: str) -> str:
    """Hash of what all results of a lab share, except the evidence.

    Parameters
    ----------
    lab : Lab
        All its files count: settings, sources, checks, rubrics.
    data : str
        Hash of the lab's data.
    """
    package = Path(__file__).parent
    parts = [
        data,
        hash_files(lab.folder, _plain_files(lab.folder)),
        hash_files(package, (p for p in _plain_files(package) if p.suffix == ".py")),
        hash_files(template_folder(), _plain_files(template_folder())),
        *_distributions(),
        sys.version,
        platform.machine(),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def file_digest(path: Path) -> str:
    """Hash of a file's content; ``""`` if it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """What a result was made from, and what was written.

    Attributes
    ----------
    origin : str
        Hash of everything that entered, besides the evidence.
    evidence, reference : mapping of str to str
        Hashes of the entries looked at, by their keys in the cohort's and in the lab's store.
    files : mapping of str to str
        Hashes of the files written, by name.
    decided : str
        Hash of what humans had decided and the documents show; ``""`` for nothing.
    """

    origin: str
    evidence: Mapping[str, str]
    reference: Mapping[str, str]
    files: Mapping[str, str]
    decided: str = ""


class Seals:
    """The seals of a cohort's results.

    Parameters
    ----------
    out : Path
        The folder of the results.
    evidence, reference : EvidenceStore
        The cohort's store, below which the seals lie, and the lab's. A seal that is older than what
        counts in the cohort's store holds nothing.
    """

    def __init__(self, out: Path, evidence: EvidenceStore, reference: EvidenceStore) -> None:
        self.out = out
        self.evidence = evidence
        self.reference = reference
        # The same reference stands behind every submission.
        self._known: dict[str, str] = {}

    def holds(self, name: str, origin: str, files: Collection[str]) -> bool:
        """Tell whether a submission's result in ``out`` is what judging it anew would give.

        Parameters
        ----------
        name : str
            The submission; ``""`` for what concerns the whole cohort.
        origin : str
            Hash of everything that enters, besides the evidence.
        files : collection of str
            Files that must be there, in the submission's folder.
        """
        seal = self._read(name)
        if name and not self._is_young(name):
            return False
        if seal is None or seal.origin != origin or not set(files) <= set(seal.files):
            return False
        folder = self.out / name
        return (
            all(file_digest(folder / file) == seal.files[file] for file in files)
            and all(self.evidence.digest(k) == v for k, v in seal.evidence.items())
            and all(self._reference(k) == v for k, v in seal.reference.items())
        )

    def put(
        self,
        name: str,
        origin: str,
        files: Iterable[str],
        *,
        evidence: Iterable[str] = (),
        reference: Iterable[str] = (),
    ) -> None:
        """Seal what was written for a submission; evidence and reference are keys."""
        folder = self.out / name
        seal = Seal(
            origin=origin,
            evidence={key: self.evidence.digest(key) for key in evidence},
            reference={key: self.reference.digest(key) for key in reference},
            files={file: file_digest(folder / file) for file in files},
        )
        self._write(name, seal)

    def decided(self, name: str) -> str | None:
        """Return the hash of the decisions that a submission's documents show; None if unknown."""
        seal = self._read(name)
        return None if seal is None else seal.decided

    def renew(self, name: str, file: str, decided: str) -> None:
        """Note that a file was written again, with what was decided; without a seal do nothing."""
        seal = self._read(name)
        if seal is not None:
            files = {**seal.files, file: file_digest(self.out / name / file)}
            self._write(name, replace(seal, files=files, decided=decided))

    def drop(self, name: str) -> None:
        """Break a submission's seal, before anything of it is written anew."""
        self._path(name).unlink(missing_ok=True)

    def evidence_of_others(self, name: str) -> set[str]:
        """Keys of the runs that results of all submissions but this one were made from."""
        found: set[str] = set()
        for path in (self.evidence.folder / _FOLDER).glob("*.json"):
            seal = self._decoded(path) if path != self._path(name) else None
            found |= set(seal.evidence) if seal else set()
        return found

    def _write(self, name: str, seal: Seal) -> None:
        write_atomically(self._path(name), lambda file: file.write(msgspec.json.encode(seal)))

    def _is_young(self, name: str) -> bool:
        try:
            return self._path(name).stat().st_mtime >= self.evidence.since
        except OSError:
            return False

    def _read(self, name: str) -> Seal | None:
        return self._decoded(self._path(name))

    @staticmethod
    def _decoded(path: Path) -> Seal | None:
        try:
            return msgspec.json.decode(path.read_bytes(), type=Seal)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return None

    def _reference(self, key: str) -> str:
        if key not in self._known:
            self._known[key] = self.reference.digest(key)
        return self._known[key]

    def _path(self, name: str) -> Path:
        # A name may be as long as a file's name can be, and differ from another in case only.
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:40]
        return self.evidence.folder / _FOLDER / f"{digest}.json"


def _plain_files(folder: Path) -> list[Path]:
    """Files in a folder, without hidden ones (evidence) and what Python compiles."""
    return [
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not any(p.startswith(".") or p == "__pycache__" for p in path.relative_to(folder).parts)
    ]


def _distributions() -> list[str]:
    """Names of what is installed, versions in them; our own code counts by its files."""
    folders = {Path(entry) for entry in sys.path}
    found = {p.name for f in folders if f.is_dir() for p in f.glob("*-info")}
    ours = f"{__package__}-", f"{__package__}."
    return sorted(name for name in found if not name.startswith(ours))
