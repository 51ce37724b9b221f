"""ECG: ten QRS complexes from a published dynamical model.

Source: P. E. McSharry, G. D. Clifford, L. Tarassenko, L. A. Smith: A dynamical model for
generating synthetic electrocardiogram signals. IEEE Transactions on Biomedical Engineering 50(3),
289-294, 2003. Equations (1)-(2), the parameters of Table I and the RR process of Section III.

The heart's phase runs along a limit cycle in the (x, y) plane; five events on it (P, Q, R, S, T)
pull z up or down; z is the ECG. The lab's file holds complexes cut out around the R peak. It is
simulated without the P and T events, so that the line before and after the complex is flat.

Axis of the file: the small network of task 1a is 0 up to x = 0, peaks at (5/3, 10) and is 0 again
from x = 25/9. Time is therefore in units of 25 ms with the R peak near 5/3, voltage in 0.1 mV.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

__all__ = ["WAVES", "build", "qrs_complexes", "rr_intervals", "simulate"]

# Table I: angle (rad), amplitude a, width b (rad) of each event.
WAVES = {
    "P": (-np.pi / 3, 1.2, 0.25),
    "Q": (-np.pi / 12, -5.0, 0.1),
    "R": (0.0, 30.0, 0.1),
    "S": (np.pi / 12, -7.5, 0.1),
    "T": (np.pi / 2, 0.75, 0.4),
}
RESPIRATION_HZ = 0.25
BASELINE = 0.005  # amplitude of the baseline wander before scaling
SAMPLING_HZ = 1000
UNIT_S = 0.025  # one unit of the file's x axis
R_PEAK_X = 5 / 3
R_PEAK_Y = 10.0
NOISE = 0.08  # measurement noise, in 0.1 mV
COMPLEXES = 10
SEED = 2003


def build(out: Path) -> list[Path]:
    """Write `data_ekg.csv`: a column ``x`` and one column per complex, ``qrs1`` to ``qrs10``."""
    x, complexes = qrs_complexes(np.random.default_rng(SEED))
    columns = {"x": x} | {f"qrs{i + 1}": wave for i, wave in enumerate(complexes)}
    path = out / "data_ekg.csv"
    table = pd.DataFrame(columns).map(lambda value: f"{value + 0.0:.3f}")
    table.to_csv(path, index=False, lineterminator="\n")
    return [path]


def qrs_complexes(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Cut QRS complexes out of a simulated ECG.

    Parameters
    ----------
    rng : numpy.random.Generator
        Decides over the RR intervals, the electrodes' drift and the noise.

    Returns
    -------
    x : ndarray of shape (201,)
        Time in units of 25 ms from -5 to 5.
    complexes : ndarray of shape (10, 201)
        Voltage in 0.1 mV; the mean R peak is 10 high.
    """
    rr = rr_intervals(COMPLEXES + 2, rng)
    phase, z = simulate(rr, waves="QRS")
    # The first beat starts at the phase -pi and settles; its R peak is not used.
    peaks = np.flatnonzero((phase[:-1] < 0) & (phase[1:] >= 0))[1 : COMPLEXES + 1]
    x = np.round(np.linspace(-5, 5, 201), 3)
    step = UNIT_S * SAMPLING_HZ
    jitter = rng.normal(0, 0.06, COMPLEXES)
    cut = np.stack(
        [
            np.interp((x - R_PEAK_X + shift) * step + peak, np.arange(len(z)), z)
            for peak, shift in zip(peaks, jitter, strict=True)
        ]
    )
    cut -= cut[:, x < -2].mean(axis=1, keepdims=True)
    cut *= R_PEAK_Y / cut.max(axis=1).mean() * rng.normal(1, 0.02, (COMPLEXES, 1))
    return x, cut + rng.normal(0, NOISE, cut.shape)


def rr_intervals(
    count: int, rng: np.random.Generator, *, mean: float = 1.0, std: float = 0.04
) -> np.ndarray:
    """RR intervals with the model's bimodal spectrum (Mayer waves 0.1 Hz, respiration 0.25 Hz).

    Parameters
    ----------
    count : int
        Number of beats.
    rng : numpy.random.Generator
        Draws the phases of the spectrum.
    mean, std : float
        Mean and standard deviation of the intervals in seconds.

    Returns
    -------
    ndarray of shape (count,)
        Intervals in seconds.
    """
    length = max(256, 2 * count)
    frequency = np.fft.rfftfreq(length, d=mean)
    low = 0.5 * np.exp(-0.5 * ((frequency - 0.1) / 0.01) ** 2)
    high = np.exp(-0.5 * ((frequency - RESPIRATION_HZ) / 0.01) ** 2)
    phases = np.exp(2j * np.pi * rng.random(len(frequency)))
    series = np.fft.irfft(np.sqrt(low + high) * phases, n=length)
    return mean + std * (series / series.std())[:count]


def simulate(rr: np.ndarray, *, waves: str = "PQRST") -> tuple[np.ndarray, np.ndarray]:
    """Integrate the model's three coupled differential equations (Runge-Kutta, fourth order).

    Parameters
    ----------
    rr : ndarray of shape (n_beats,)
        RR intervals in seconds; each is one turn of the limit cycle.
    waves : str
        The events that act, letters out of `WAVES`.

    Returns
    -------
    phase : ndarray of shape (n_samples,)
        Angle on the limit cycle in rad, 0 at the R peak.
    z : ndarray of shape (n_samples,)
        The ECG in the model's unit (0.05 corresponds to about 1 mV), sampled at `SAMPLING_HZ`.
    """
    events = np.array([WAVES[letter] for letter in waves]).T
    step = 1 / SAMPLING_HZ
    state = np.array([-1.0, 0.0, 0.0])  # phase -pi: between two beats
    states = [state]
    for beat, interval in enumerate(rr):
        omega = 2 * np.pi / interval
        for sample in range(round(interval * SAMPLING_HZ)):
            time = sample * step + float(rr[:beat].sum())
            state = _runge_kutta(state, time, step, omega, events)
            states.append(state)
    x, y, z = np.array(states).T
    return np.arctan2(y, x), z


def _runge_kutta(
    state: np.ndarray, time: float, step: float, omega: float, events: np.ndarray
) -> np.ndarray:
    k1 = _derivative(state, time, omega, events)
    k2 = _derivative(state + step / 2 * k1, time + step / 2, omega, events)
    k3 = _derivative(state + step / 2 * k2, time + step / 2, omega, events)
    k4 = _derivative(state + step * k3, time + step, omega, events)
    return state + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def _derivative(state: np.ndarray, time: float, omega: float, events: np.ndarray) -> np.ndarray:
    x, y, z = state
    angles, amplitudes, widths = events
    alpha = 1 - np.hypot(x, y)
    distance = np.remainder(np.arctan2(y, x) - angles + np.pi, 2 * np.pi) - np.pi
    pull = np.sum(amplitudes * distance * np.exp(-0.5 * (distance / widths) ** 2))
    baseline = BASELINE * np.sin(2 * np.pi * RESPIRATION_HZ * time)
    return np.array([alpha * x - omega * y, alpha * y + omega * x, -pull - (z - baseline)])
