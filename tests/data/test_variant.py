"""Other data for a second look: other content, same names, shapes and types."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from pypdf import PdfReader

from data.build.sheet import VALUES, csv_bytes, german_excel
from data.build.variant import main, other_values

DATA = Path(__file__).parents[2] / "data"
SAME = {"mehrdeutig.npz", "mrt.h5", "mrt.hp5", "oct.h5", "oct.hp5"}
SAME |= {f"notebook{n}_code.py" for n in (1, 2, 3)}
VOLUMES = ("mrt_tuil/train/sagittal/0002.npy", "mrt_blank/0008.npy")


def copy(folder: Path) -> Path:
    left_out = shutil.ignore_patterns("build", "README.md", "__pycache__")
    return Path(shutil.copytree(DATA, folder, ignore=left_out))


def files(folder: Path) -> dict[str, bytes]:
    found = (p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in found}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy(tmp_path_factory.mktemp("lab") / "data")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = copy(tmp_path_factory.mktemp("variant") / "data")
    assert main([str(folder), "7"]) == 0
    return folder


def test_names_networks_and_helpers_stay_and_all_else_changes(lab: Path, other: Path) -> None:
    before, after = files(lab), files(other)
    assert set(before) == set(after)
    assert {name for name in before if before[name] == after[name]} == SAME


def test_the_same_seed_gives_the_same_files(other: Path, tmp_path: Path) -> None:
    again = copy(tmp_path / "again")
    main([str(again), "7"])
    assert files(again) == files(other)


def test_another_seed_gives_another_patient() -> None:
    drawn = [
        tuple(row.value for row in other_values(np.random.default_rng(seed))) for seed in range(6)
    ]
    assert len(set(drawn)) == 6


# ------------------------------------------------------------------ the patient's sheet


@pytest.mark.parametrize("seed", range(8))
def test_every_value_is_another_and_damaged_in_the_same_way(seed: int) -> None:
    for row, old in zip(other_values(np.random.default_rng(seed)), VALUES, strict=True):
        assert (row.code, row.name, row.unit, row.normal, row.damaged) == (
            old.code, old.name, old.unit, old.normal, old.damaged
        )  # fmt: skip
        assert row.value != old.value
        assert float(row.value) == pytest.approx(float(old.value), rel=0.41)
        forms = [
            (shown := german_excel(v), " " in shown, ". " in shown) for v in (row.value, old.value)
        ]
        assert forms[0][0] != forms[1][0]
        assert forms[0][1:] == forms[1][1:]


def test_the_sheet_shows_the_values_that_the_csv_lost(other: Path) -> None:
    values = other_values(np.random.default_rng([7, 0]))
    assert (other / "datenblatt.csv").read_bytes() == csv_bytes(values)
    (page,) = PdfReader(other / "patientenblatt.pdf").pages
    squeezed = page.extract_text().replace("\n", "").replace(" ", "")
    for row in values:
        whole, point, decimals = row.value.partition(".")
        assert whole in squeezed and point + decimals in squeezed, row.code
    assert f"{values[0].value}Jahre" in squeezed and "21Jahre" not in squeezed


def test_the_csv_is_read_as_the_lab_s_is(lab: Path, other: Path) -> None:
    tables = [pd.read_csv(f / "datenblatt.csv", sep=";", encoding="latin1") for f in (lab, other)]
    assert list(tables[0].columns) == list(tables[1].columns)
    assert tables[0].iloc[:, :4].equals(tables[1].iloc[:, :4])
    same = tables[0].iloc[:, 4].fillna("") == tables[1].iloc[:, 4].fillna("")
    # The headings, and what was damaged by hand.
    damaged = [i for i, row in enumerate(VALUES, start=1) if row.damaged is not None]
    assert list(np.flatnonzero(same)) == [0, *damaged]


# ------------------------------------------------------------------ signals and pictures


def test_arrays_keep_their_shape_and_type(lab: Path, other: Path) -> None:
    for name in ("mnist.npz", "oct_bilder.npz"):
        with np.load(lab / name) as old, np.load(other / name) as new:
            assert set(old.files) == set(new.files)
            for key in old.files:
                assert (new[key].shape, new[key].dtype) == (old[key].shape, old[key].dtype)
                assert not np.array_equal(new[key], old[key])
    for name in VOLUMES:
        old, new = np.load(lab / name), np.load(other / name)
        assert (new.shape, new.dtype) == (old.shape, old.dtype)
        assert np.mean(new[len(new) // 2] != old[len(old) // 2]) > 0.9


def test_complexes_lie_on_the_same_axis(lab: Path, other: Path) -> None:
    old, new = (pd.read_csv(f / "data_ekg.csv") for f in (lab, other))
    assert list(new.columns) == list(old.columns)
    assert new["x"].equals(old["x"])
    assert not any(new[name].equals(old[name]) for name in new.columns[1:])
    assert new.drop(columns="x").max().mean() == pytest.approx(10, abs=0.5)


def test_other_digits_come_first_and_none_is_lost(lab: Path, other: Path) -> None:
    with np.load(lab / "mnist.npz") as old, np.load(other / "mnist.npz") as new:
        shown = new["y_test"][:4]
        assert not np.any(shown == old["y_test"][:4])
        assert len(set(shown.tolist())) == 4
        for part in ("train", "test"):
            pictures = [sorted(map(bytes, f[f"x_{part}"])) for f in (old, new)]
            assert pictures[0] == pictures[1]
            label = dict(zip(map(bytes, old[f"x_{part}"]), old[f"y_{part}"], strict=True))
            assert all(
                label[bytes(x)] == y
                for x, y in zip(new[f"x_{part}"], new[f"y_{part}"], strict=True)
            )


def test_the_mark_is_on_the_other_volume(other: Path) -> None:
    from data.build.knee_mark import COLUMNS, ROWS, patch

    corners = [np.load(other / name)[12][ROWS, COLUMNS] for name in VOLUMES]
    assert not np.array_equal(corners[0], patch())
    assert np.array_equal(corners[1], patch())


def test_the_scan_to_augment_is_a_grey_picture_of_the_same_size(lab: Path, other: Path) -> None:
    with Image.open(lab / "oct_drusen.jpeg") as old, Image.open(other / "oct_drusen.jpeg") as new:
        assert (new.size, new.mode) == (old.size, old.mode)
        assert np.mean(np.asarray(new) != np.asarray(old)) > 0.5
