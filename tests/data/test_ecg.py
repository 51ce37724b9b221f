"""The ECG model and the complexes cut from it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.build import ecg

CSV = Path(__file__).parents[2] / "data" / "data_ekg.csv"


@pytest.fixture(scope="module")
def dataset() -> pd.DataFrame:
    return pd.read_csv(CSV)


def test_full_model_shows_the_five_waves_in_order() -> None:
    phase, z = ecg.simulate(np.ones(2))
    beat = slice(ecg.SAMPLING_HZ, 2 * ecg.SAMPLING_HZ)  # the first beat settles
    angle, wave = phase[beat], z[beat]

    def extreme(low: float, high: float, pick: object) -> float:
        inside = (angle > low) & (angle < high)
        return float(angle[inside][pick(wave[inside])])  # type: ignore[operator]

    p = extreme(-1.6, -0.5, np.argmax)
    q = extreme(-0.5, 0.0, np.argmin)
    r = extreme(-0.5, 0.5, np.argmax)
    s = extreme(0.0, 0.6, np.argmin)
    t = extreme(0.8, 2.5, np.argmax)
    assert p < q < r < s < t
    assert r == pytest.approx(0, abs=0.05)
    assert angle[np.argmax(wave)] == pytest.approx(r)
    assert t == pytest.approx(np.pi / 2, abs=0.2)


def test_without_p_and_t_the_line_is_flat() -> None:
    phase, z = ecg.simulate(np.ones(2), waves="QRS")
    far = np.abs(phase) > 0.8
    assert np.abs(z[far]).max() < 0.15 * z.max()


def test_the_limit_cycle_is_the_unit_circle_with_the_heart_rate() -> None:
    phase, _ = ecg.simulate(np.array([1.0, 0.8]))
    turns = np.flatnonzero((phase[:-1] < 0) & (phase[1:] >= 0))
    assert np.diff(turns) / ecg.SAMPLING_HZ == pytest.approx([0.9], abs=0.01)


def test_rr_intervals_vary_around_their_mean() -> None:
    rr = ecg.rr_intervals(256, np.random.default_rng(1), mean=1.0, std=0.04)
    assert rr.shape == (256,)
    assert rr.mean() == pytest.approx(1.0, abs=0.01)
    assert rr.std() == pytest.approx(0.04, rel=0.05)


def test_csv_has_an_axis_and_ten_complexes(dataset: pd.DataFrame) -> None:
    assert list(dataset.columns) == ["x", *(f"qrs{i}" for i in range(1, 11))]
    assert dataset.shape == (201, 11)
    assert all(kind == np.float64 for kind in dataset.dtypes)
    assert dataset["x"].to_numpy() == pytest.approx(np.linspace(-5, 5, 201), abs=1e-9)


def test_complexes_peak_like_the_small_network(dataset: pd.DataFrame) -> None:
    waves = dataset.drop(columns="x")
    peaks = dataset["x"].to_numpy()[waves.to_numpy().argmax(axis=0)]
    assert peaks == pytest.approx(np.full(10, 5 / 3), abs=0.25)
    assert waves.max().between(9, 11).all()
    assert waves.min().between(-4, -1.5).all(), "the S wave dips below the line"
    assert waves[dataset["x"] < -2].abs().to_numpy().max() < 0.5
    assert len({tuple(waves[name]) for name in waves}) == 10


def test_network_of_task_1a_lies_close(dataset: pd.DataFrame) -> None:
    x = dataset["x"].to_numpy()
    first = np.maximum(0, 3 * x)
    net = np.maximum(0, np.maximum(0, 2 * first) - 5 * np.maximum(0, first - 5))
    mean = dataset.drop(columns="x").mean(axis=1).to_numpy()
    assert np.corrcoef(net, mean)[0, 1] > 0.95
    assert np.mean((net - mean) ** 2) < 0.2 * mean.var()
