"""The OCT scans, the shipped network, and the helper script of notebook 2."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data.build import differences, oct_anatomy
from data.build import oct as oct_scans

ROOT = Path(__file__).parents[2]
DATA = ROOT / "data"
REPORT = json.loads(oct_scans.REPORT.read_text(encoding="utf-8"))

PREDICT = """
import json, sys
exec(open(r"../data/notebook2_code.py", encoding="utf-8").read())
model = tf.keras.models.load_model(sys.argv[1])
print(json.dumps(model.predict(load_oct()[0:4], verbose=0).tolist()))
"""

MEASURE = """
import json, sys
sys.path.insert(0, sys.argv[1])
import tensorflow as tf
from data.build.oct_network import measure
print(json.dumps(measure(tf.keras.models.load_model("../data/oct.h5"))))
"""

HELPERS = """
import json
import matplotlib
matplotlib.use("agg")
exec(open(r"../data/notebook2_code.py", encoding="cp1252").read())
show_oct()
titles = [ax.get_title() for ax in plt.gcf().axes]
grey = np.full((224, 224), 0.5)
spread = {kind: float(np.std(add_noise(kind, grey) - grey)) for kind in ("gauss", "speckle")}
spread["gauss255"] = float(np.std(add_noise("gauss", 255 * grey) - 255 * grey))
spread["gauss_strong"] = float(np.std(add_noise("gauss", grey, 0.04) - grey))
img = plt.imread("../data/oct_drusen.jpeg").astype("float32")[:, :, np.newaxis]
poisson = add_noise("poisson", img[:, :, 0] / 255)
salted = add_noise("s&p", img[:, :, 0], 0.1)
changed = img[:, :, 0] != salted
messages = []
good = pd.Series(np.arange(1.0, 25.0))
for bad in (good.astype(str), good[:-1], good.where(good != 22), ["a"] * 24):
    try:
        test_training(bad)
    except ValueError as error:
        messages.append(str(error))
try:
    add_noise("gaus", grey)
except ValueError as error:
    messages.append(str(error))
test_training(good)
test_training(list(range(24)))
turned = tf.keras.preprocessing.image.apply_affine_transform(img, theta=5)
from scipy import ndimage
def likeness(angle):
    other = ndimage.rotate(img[:, :, 0], angle, reshape=False)
    inner = (slice(20, -20), slice(20, -20))
    return float(np.corrcoef(turned[:, :, 0][inner].ravel(), other[inner].ravel())[0, 1])
alike = [likeness(angle) for angle in (-5, 5, 0)]
brighter = tf.keras.preprocessing.image.apply_brightness_shift(img, 1.3)
print(json.dumps({
    "titles": titles, "spread": spread, "messages": messages,
    "salt": sorted(set(salted[changed].tolist())), "share": float(changed.mean()),
    "poisson": float(np.std(poisson - img[:, :, 0] / 255)),
    "alike": alike,
    "shapes": [turned.shape, brighter.shape, load_oct().shape],
}))
"""


def run(script: str, folder: Path, *arguments: str, legacy: bool = False) -> list[str]:
    """Run a script in a folder beside `data`, as a student's notebook; returns its lines."""
    work = folder / "notebooks"
    work.mkdir(exist_ok=True)
    if not (folder / "data").exists():
        (folder / "data").symlink_to(DATA)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1"}
    environment["TF_USE_LEGACY_KERAS"] = "1" if legacy else "0"
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=work,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()


def test_scan_is_reproducible_and_varies() -> None:
    first = oct_scans.scan("CNV", 5)
    assert first.shape == (224, 224)
    assert first.dtype == np.uint8
    assert np.array_equal(first, oct_scans.scan("CNV", 5))
    assert not np.array_equal(first, oct_scans.scan("CNV", 6))


@pytest.mark.parametrize("seed", range(8))
def test_bands_have_their_typical_brightness(seed: int) -> None:
    rng = np.random.default_rng(seed)
    eye = oct_anatomy.healthy_eye(rng)
    picture = oct_scans.photograph(eye, borders=False).astype(float)

    def brightness(upper: np.ndarray, lower: np.ndarray) -> float:
        columns = range(20, 204)
        rows = [
            picture[max(int(upper[c]), 0) : max(int(lower[c]), int(upper[c]) + 1), c]
            for c in columns
        ]
        return float(np.mean(np.concatenate(rows)))

    rpe = brightness(eye.top("rpe"), eye.bruch)
    fibres = brightness(eye.top("ilm"), eye.top("gcl"))
    nuclear = brightness(eye.top("onl") + 1, eye.top("elm") - 1)
    plexiform = brightness(eye.top("ipl"), eye.top("inl"))
    inner_nuclear = brightness(eye.top("inl"), eye.top("opl"))
    choroid = brightness(eye.bruch + 3, eye.bruch + 15)
    vitreous = brightness(0 * eye.bruch, eye.top("ilm") - 5)
    assert min(fibres, plexiform) > inner_nuclear > nuclear > vitreous
    assert rpe > 1.5 * max(fibres, plexiform, choroid)
    assert choroid > nuclear
    thickness = eye.bruch - eye.top("ilm")
    fovea = np.argmin(np.abs(eye.r))
    assert thickness[fovea] < 0.85 * thickness.max()


def test_lesions_change_the_layers_as_the_diseases_do() -> None:
    for seed in range(8):
        eyes = {
            kind: oct_anatomy.healthy_eye(np.random.default_rng(seed)) for kind in oct_scans.CLASSES
        }
        for kind, lesion in oct_scans.LESIONS.items():
            lesion(eyes[kind], 0.8)
        thickness = {kind: eye.bruch - eye.top("ilm") for kind, eye in eyes.items()}
        lift = {kind: eye.bruch - eye.top("rpe") for kind, eye in eyes.items()}
        assert lift["DRUSEN"].max() > lift["NORMAL"].max() + 3
        assert np.allclose(lift["DME"], lift["NORMAL"])
        assert (thickness["DME"] - thickness["NORMAL"]).max() > 4
        assert len(eyes["DME"].bodies) > len(eyes["NORMAL"].bodies)
        assert eyes["CNV"].thick["fluid"].max() > 1
        assert eyes["CNV"].level["rpe"].min() < eyes["NORMAL"].level["rpe"].min() - 0.3


def test_committed_files_are_what_the_generator_makes(tmp_path: Path) -> None:
    assert set(differences(["oct"], DATA).values()) <= {"identical", "equivalent"}
    first, second = tmp_path / "1", tmp_path / "2"
    for folder in (first, second):
        folder.mkdir()
        oct_scans.build(folder)
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes()


def test_drusen_picture_shows_a_transformation() -> None:
    with Image.open(DATA / "oct_drusen.jpeg") as picture:
        assert (picture.size, picture.mode) == ((224, 224), "L")
        grey = np.asarray(picture, dtype=float)
    for changed in (grey[:, ::-1], grey[::-1], 1.3 * grey):
        assert np.abs(changed - grey).mean() > 8


def test_report_keeps_the_promises_of_the_lab() -> None:
    assert REPORT["classes"] == ["CNV", "DME", "NORMAL", "DRUSEN"]
    assert REPORT["test"]["n"] >= 400
    assert 0.66 <= REPORT["test"]["accuracy"] <= 0.72
    assert [row["class"] for row in REPORT["lab_images"]] == ["DRUSEN", "DME", "CNV", "NORMAL"]
    rows = np.array([row["softmax"] for row in REPORT["lab_images"]])
    assert rows.argmax(axis=1).tolist() == [1, 0, 0, 2]
    ordered = np.sort(rows, axis=1)
    assert (ordered[:, -1] - ordered[:, -2]).min() > 0.1
    assert rows[:2].max() < rows[2:].max(axis=1).min()  # less sure where it is wrong
    assert (DATA / "oct.h5").read_bytes() == (DATA / "oct.hp5").read_bytes()
    assert (DATA / "oct.h5").stat().st_size < 3_000_000


@pytest.mark.kernel
@pytest.mark.parametrize(
    ("file_name", "legacy"), [("oct.h5", False), ("oct.h5", True), ("oct.hp5", True)]
)
def test_network_says_the_same_under_both_profiles(
    file_name: str, legacy: bool, tmp_path: Path
) -> None:
    (line,) = run(PREDICT, tmp_path, f"../data/{file_name}", legacy=legacy)
    expected = [row["softmax"] for row in REPORT["lab_images"]]
    assert np.abs(np.array(json.loads(line)) - expected).max() < 1e-4


@pytest.mark.kernel
def test_accuracy_is_measured_again(tmp_path: Path) -> None:
    (line,) = run(MEASURE, tmp_path, str(ROOT))
    measured = json.loads(line)
    assert measured["n"] == REPORT["test"]["n"]
    assert abs(measured["accuracy"] - REPORT["test"]["accuracy"]) <= 0.005


@pytest.mark.kernel
@pytest.mark.parametrize("legacy", [False, True])
def test_helpers_of_the_notebook(legacy: bool, tmp_path: Path) -> None:
    *printed, line = run(HELPERS, tmp_path, legacy=legacy)
    assert len(printed) == 2
    assert all(text.startswith("Trainingsschritt erfolgreich") for text in printed)
    seen = json.loads(line)
    assert seen["titles"] == ["Bild 1", "Bild 2", "Bild 3", "Bild 4"]
    spread = seen["spread"]
    assert spread["gauss"] == pytest.approx(0.1, rel=0.05)
    assert spread["gauss255"] == pytest.approx(0.1, rel=0.05)
    assert spread["gauss_strong"] == pytest.approx(0.2, rel=0.05)
    assert spread["speckle"] == pytest.approx(0.1, rel=0.05)
    assert 0.005 < seen["poisson"] < 0.1
    assert seen["salt"] == [0.0, 255.0]
    assert 0.05 < seen["share"] < 0.11
    assert max(seen["alike"][:2]) > 0.95 > 0.8 > seen["alike"][2]  # really turned by 5 degrees
    assert seen["shapes"] == [[224, 224, 1], [224, 224, 1], [4, 224, 224, 1]]
    expected = ("braucht ein Netz Zahlen", "24 Laborwerten", "Zeile 22", "Zahlen", "'gaus'")
    for message, part in zip(seen["messages"], expected, strict=True):
        assert part in message
