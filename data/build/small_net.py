"""Weights of task 1a's small network for individual kits, and the texts that name them.

Every network is as hard as the lab's: whole numbers, one bias that is not zero; for x = -1 all
neurons are silent, for x = 1 only the upper one speaks, for x = 2 both do; the curve rises to
one peak of an R wave's height and falls back to zero within the plotted range.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import product

__all__ = ["LAB", "SmallNet", "networks"]

INPUTS = (-1, 1, 2)
PEAK = (6, 14)
ZERO = (Fraction(9, 4), 4)
# Smaller results could be mistaken for an input.
LEAST = 3


@dataclass(frozen=True)
class SmallNet:
    """Weights of the four neurons; b1, b2 and b4 are zero."""

    w01: int
    w11: int
    w21: int
    w12: int
    w22: int
    b3: int

    @property
    def weights(self) -> dict[str, int]:
        """All nine numbers under the names of the drawing, in its order."""
        return {
            "w01": self.w01,
            "w11": self.w11,
            "w21": self.w21,
            "w12": self.w12,
            "w22": self.w22,
            "b1": 0,
            "b2": 0,
            "b3": self.b3,
            "b4": 0,
        }

    def steps(self, x: int) -> tuple[int, int, int, int]:
        """Outputs of the neurons N1 to N4."""
        first = max(0, self.w01 * x)
        upper, lower = max(0, self.w11 * first), max(0, self.w21 * first + self.b3)
        return first, upper, lower, max(0, self.w12 * upper + self.w22 * lower)

    @property
    def kink(self) -> Fraction:
        """Where the curve peaks."""
        return Fraction(-self.b3, self.w01 * self.w21)

    @property
    def peak(self) -> Fraction:
        """The curve's greatest value."""
        return self.w01 * self.w11 * self.w12 * self.kink

    @property
    def zero(self) -> Fraction | None:
        """Where the curve is back at zero; None if it does not fall."""
        slope = self.w01 * (self.w11 * self.w12 + self.w21 * self.w22)
        return self.kink - self.peak / slope if slope < 0 else None

    @property
    def outputs(self) -> tuple[int, ...]:
        """Results for the three inputs of the task."""
        return tuple(self.steps(x)[3] for x in INPUTS)

    # ------------------------------------------------------------------ what the sources say

    def passages(self) -> dict[str, str]:
        """Passages of notebook and helper script that name the numbers, by what they are."""
        given = self.weights
        shown = {name: str(value).replace("-", "−") for name, value in given.items()}
        weights = " | ".join(shown[n] for n in given if n.startswith("w"))
        biases = " | ".join(shown[n] for n in given if n.startswith("b"))
        start = [f'"{name}": {float(value)}' for name, value in given.items()]
        typed = {name: f"\n{name} = {float(value)}" for name, value in given.items()}
        return {
            "weights": f"| Wert | {weights} |\n",
            "biases": f"| Wert | {biases} |\n",
            "start_weights": "start = {" + ", ".join(start[:5]) + "}",
            "start_biases": "start.update({" + ", ".join(start[5:]) + "})",
            **typed,
        }

    def hand(self) -> str:
        """The hand calculation, Markdown."""
        w = self.weights
        times = {name: "" if abs(v) == 1 else f"{abs(v)} " for name, v in w.items()}
        text = (
            "Mit $h_1, h_2, h_3$ für die Ausgaben der Neuronen $N_1, N_2, N_3$ gilt\n\n"
            f"$$h_1 = \\max(0,\\ {times['w01']}x), \\qquad "
            f"h_2 = \\max(0,\\ {times['w11']}h_1), \\qquad "
            f"h_3 = \\max(0,\\ {times['w21']}h_1 - {-w['b3']}), \\qquad\n"
            f"y = \\max(0,\\ {times['w12']}h_2 - {times['w22']}h_3).$$\n"
        )
        for x in INPUTS:
            h1, h2, h3, y = self.steps(x)
            text += (
                f"\n**$x = {x}$:** $h_1 = \\max(0, {w['w01'] * x}) = {h1}$, "
                f"$h_2 = \\max(0, {w['w11'] * h1}) = {h2}$, "
                f"$h_3 = \\max(0, {w['w21'] * h1} - {-w['b3']}) = {h3}$,\n"
                f"also $y = \\max(0, {w['w12'] * h2} - {-w['w22']} \\cdot {h3}) = {y}$.\n"
            )
        rows = [(str(x).replace("-", "−"), *self.steps(x)) for x in INPUTS]
        text += "\n| $x$ | $h_1$ | $h_2$ | $h_3$ | $y$ |\n|---|---|---|---|---|\n"
        return text + "\n".join(f"| {x} | {a} | {b} | {c} | **{y}** |" for x, a, b, c, y in rows)

    def compared(self) -> str:
        """What the comparison of hand and keras says, Markdown."""
        first, second, third = self.outputs
        return (
            f"Ja, beide Rechnungen stimmen überein: Von Hand ergeben sich ${first}$, ${second}$ "
            f"und ${third}$, und `model.predict` liefert für\ndieselben drei Eingaben "
            f"`[[{first}.], [{second}.], [{third}.]]`."
        )


LAB = SmallNet(w01=3, w11=2, w21=1, w12=1, w22=-5, b3=-5)


@cache
def networks() -> tuple[SmallNet, ...]:
    """Every network that is as hard as the lab's, the lab's own left out."""
    return tuple(net for net in _candidates() if _as_hard(net) and net != LAB)


def _candidates() -> Iterator[SmallNet]:
    first, hidden, outer = range(2, 8), range(1, 6), range(1, 4)
    lower, bias = range(-9, -1), range(-24, -1)
    for numbers in product(first, hidden, hidden, outer, lower, bias):
        yield SmallNet(*numbers)


def _as_hard(net: SmallNet) -> bool:
    if not 1 < net.kink < 2 or net.w11 == net.w21:
        # Exchanging equal weights would go unseen.
        return False
    zero = net.zero
    if zero is None or not ZERO[0] <= zero <= ZERO[1] or not PEAK[0] <= net.peak <= PEAK[1]:
        return False
    _, middle, last = net.outputs
    return middle != last and min(middle, last) >= LEAST
