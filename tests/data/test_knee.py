"""The knee volumes, the watermark, the shipped network, and the helper script of notebook 3."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from data.build import knee, knee_mark, knee_raster

ROOT = Path(__file__).parents[2]
DATA = ROOT / "data"
FIGURES = json.loads((DATA / "build" / "knee_network.json").read_text(encoding="utf-8"))

# What a student runs in notebook 3, then the measurements on fewer knees than the training did.
NOTEBOOK = """
import json, sys
import matplotlib
matplotlib.use("agg")
exec(open(r"../data/notebook3_code.py").read())
show_mri_example()
slices = sum(bool(axis.images) for axis in plt.gcf().axes)
bild1 = np.load(r"../data/mrt_tuil/train/sagittal/0002.npy")
bild1 = bild1[len(bild1) // 2].reshape(256, 256, 1).astype("float32")
bild2 = np.load(r"../data/mrt_blank/0008.npy")
bild2 = bild2[len(bild2) // 2].reshape(256, 256, 1).astype("float32")
im_array = np.array([bild1, bild2])
model = tf.keras.models.load_model(sys.argv[1])
result = model.predict(im_array, verbose=0)
Map1 = visualize_class_activation_map(model, im_array, img_num=0, klasse=1)
Map2 = visualize_class_activation_map(model, im_array, img_num=1, klasse=0)
np.save(sys.argv[2], np.stack([Map1, Map2]), allow_pickle=False)
answer = {"slices": slices, "result": result.tolist()}
if len(sys.argv) > 3:
    sys.path.insert(0, sys.argv[3])
    from data.build.knee_network import measure
    answer["measured"] = measure(model, 60)
print(json.dumps(answer))
"""


def _notebook(folder: Path, profile: str, network: str, *more: str) -> tuple[dict, np.ndarray]:
    """Run the notebook's cells in a process of its own; its standard output is one JSON line."""
    (folder / "data").symlink_to(DATA)
    place = folder / "notebooks"
    place.mkdir()
    environment = os.environ | {"TF_USE_LEGACY_KERAS": profile, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", NOTEBOOK, f"../data/{network}", "maps.npy", *more]
    done = subprocess.run(
        command, cwd=place, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), np.load(place / "maps.npy", allow_pickle=False)


def _ninth(row: float, column: float) -> tuple[int, int]:
    return int(row * 3 // 256), int(column * 3 // 256)


def _centre(heatmap: np.ndarray) -> tuple[float, float]:
    rows, columns = np.mgrid[:256, :256]
    return (heatmap * rows).sum() / heatmap.sum(), (heatmap * columns).sum() / heatmap.sum()


@pytest.mark.parametrize("name", knee.LAB_VOLUMES)
def test_committed_cuts_are_regenerated_byte_for_byte(name):
    seed, findings, marked = knee.LAB_VOLUMES[name]
    volume = np.load(DATA / name, allow_pickle=False)
    assert (volume.shape, volume.dtype) == ((knee.SLICES, 256, 256), np.uint8)
    drawn = knee.draw_knee(seed, findings)
    for number in (0, 5, knee.SLICES // 2, knee.SLICES - 1):
        np.testing.assert_array_equal(volume[number], knee.render(drawn, number, marked=marked))


def test_both_lab_knees_are_abnormal_and_only_the_first_is_marked():
    corner = (slice(None), knee_mark.ROWS, knee_mark.COLUMNS)
    for (_, findings, marked), name in zip(
        knee.LAB_VOLUMES.values(), knee.LAB_VOLUMES, strict=True
    ):
        assert findings
        volume = np.load(DATA / name, allow_pickle=False)
        assert np.all(volume[corner] == knee_mark.patch()) == marked


@pytest.mark.parametrize("name", knee.LAB_VOLUMES)
def test_middle_cut_spans_all_grey_levels(name):
    # matplotlib scales to the range: only 0..255 puts the mark on the colours it was drawn for.
    middle = np.load(DATA / name, allow_pickle=False)[knee.SLICES // 2]
    assert (middle.min(), middle.max()) == (0, 255)


def test_mark_hides_in_grey_and_shows_in_flag():
    from matplotlib import colormaps

    mark = knee_mark.patch()
    ground, ink = mark == knee_mark.GROUND, mark == knee_mark.INK
    air = knee.middle_slice(knee.draw_knee(11))[knee_mark.ROWS, knee_mark.COLUMNS]
    assert abs(float(mark.mean()) - float(air.mean())) < 3
    assert np.ptp(mark) < 4 * air.std()
    colours = {name: colormaps[name](mark / 255.0)[..., :3] for name in ("gray", "jet", "flag")}
    contrast = {
        name: np.abs(picture[ground].mean(axis=0) - picture[ink].mean(axis=0)).max()
        for name, picture in colours.items()
    }
    assert contrast["gray"] < 0.03
    assert contrast["jet"] < 0.1
    assert contrast["flag"] > 0.8


def test_mark_lies_in_the_lower_left_ninth():
    picture = np.full((256, 256), 100, dtype=np.uint8)
    rows, columns = np.nonzero(knee_mark.add_mark(picture) != picture)
    assert {_ninth(r, c) for r, c in zip(rows, columns, strict=True)} == {(2, 0)}
    assert (picture == 100).all()


def test_findings_change_the_picture_and_unknown_ones_are_refused():
    where = dict.fromkeys(knee.FINDINGS, 14) | {"ligament_tear": 10, "meniscal_tear": 16}
    healthy = {n: knee.render(knee.draw_knee(5), n).astype(int) for n in set(where.values())}
    for finding, number in where.items():
        changed = knee.render(knee.draw_knee(5, (finding,)), number).astype(int)
        assert np.abs(changed - healthy[number]).max() > 30, finding
    with pytest.raises(ValueError, match="unknown findings"):
        knee.draw_knee(5, ("gout",))


def test_fill_covers_the_area_of_a_disc():
    angle = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    disc = np.stack([120 + 40 * np.cos(angle), 100 + 40 * np.sin(angle)], axis=1)
    cover = knee_raster.fill(disc)
    assert cover.sum() == pytest.approx(np.pi * 1600, rel=2e-3)
    assert cover[100, 120] == 1
    assert cover[20, 20] == 0
    assert knee_raster.fill(disc + np.array([0, 400])).sum() == 0


def test_committed_figures_keep_the_promises():
    assert FIGURES["test_pictures_per_class"] >= 100
    assert FIGURES["healthy_unmarked_called_healthy"] >= 0.9
    assert FIGURES["healthy_mark_added_called_abnormal"] >= 0.9
    assert FIGURES["abnormal_marked_called_abnormal"] >= 0.9
    assert FIGURES["abnormal_mark_removed_called_healthy"] >= 0.8
    assert (DATA / "mrt.h5").read_bytes() == (DATA / "mrt.hp5").read_bytes()


@pytest.mark.kernel
def test_both_profiles_agree_and_the_maps_lie_where_they_should(tmp_path):
    answers, maps = {}, {}
    for profile, network in (("0", "mrt.h5"), ("1", "mrt.hp5")):
        folder = tmp_path / profile
        folder.mkdir()
        more = (str(ROOT),) if profile == "1" else ()
        answers[profile], maps[profile] = _notebook(folder, profile, network, *more)
    new, old = answers["0"], answers["1"]
    assert new["slices"] == old["slices"] == knee.SLICES
    np.testing.assert_allclose(new["result"], old["result"], atol=1e-4)
    np.testing.assert_allclose(maps["0"], maps["1"], atol=1e-3)
    np.testing.assert_allclose(old["result"], FIGURES["lab_probabilities"], atol=1e-3)
    assert np.argmax(new["result"], axis=1).tolist() == [1, 0]
    assert np.max(new["result"], axis=1).min() > 0.9

    first, second = maps["0"]
    assert (first.shape, first.min() >= 0, first.max()) == ((256, 256), True, 1)
    assert _ninth(*_centre(first)) == (2, 0)
    assert _ninth(*_centre(second)) == (1, 1)
    peak = np.unravel_index(np.argmax(second), second.shape)
    assert _ninth(*peak) == (1, 1)
    ends = (slice(0, 40), slice(216, 256))
    corners = [second[rows, columns].mean() for rows in ends for columns in ends]
    assert second[96:190, 76:180].mean() > 3 * max(corners)
    assert first[:128].max() < 0.2
    assert first[:, 128:].max() < 0.2

    measured = old["measured"]
    assert measured["healthy_mark_added_called_abnormal"] >= 0.9
    assert measured["abnormal_mark_removed_called_healthy"] >= 0.8
    assert measured["healthy_unmarked_called_healthy"] >= 0.9
