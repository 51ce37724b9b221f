"""What task 2b's text and solution say of four scans, for the lab's and for individual kits."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from data.build.oct import CLASSES, REPORT

__all__ = ["LAB", "Shown", "diagnosis", "interpretation", "truth_line"]

_SIGNS = {
    "CNV": "Eine große Läsion durchbricht das RPE und hebt die Netzhaut an.",
    "DME": "Die Netzhaut ist verdickt und enthält dunkle, rundliche Zysten.",
    "NORMAL": "Die Schichten sind glatt und gleichmäßig, die Fovea ist gut zu erkennen.",
    "DRUSEN": "Das RPE wirft kleine Hügel auf, die Schichten darüber sind erhalten.",
}


@dataclass(frozen=True)
class Shown:
    """A scan and what the given network says of it.

    Attributes
    ----------
    truth : str
        One of the four classes.
    softmax : tuple of float
        In the order of :data:`data.build.oct.CLASSES`.
    """

    truth: str
    seed: int
    softmax: tuple[float, ...]

    @property
    def said(self) -> str:
        """The class that the network says."""
        return CLASSES[self.softmax.index(max(self.softmax))]


LAB = tuple(
    Shown(row["class"], row["seed"], tuple(row["softmax"]))
    for row in json.loads(REPORT.read_text(encoding="utf-8"))["lab_images"]
)


def truth_line(scans: Sequence[Shown]) -> str:
    """The line of the task that reveals the right diagnoses."""
    named = ", ".join(f"Bild {n} {s.truth}" for n, s in enumerate(scans, 1))
    return f"# Die richtigen Diagnosen lauten: {named}.\n"


def diagnosis(scans: Sequence[Shown]) -> str:
    """A diagnosis by eye of every scan, Markdown."""
    return "\n".join(f"- Bild {n}: {s.truth}. {_SIGNS[s.truth]}" for n, s in enumerate(scans, 1))


def interpretation(scans: Sequence[Shown]) -> str:
    """Which scans the network got right, and what its softmax rows say; Markdown."""
    places = [CLASSES.index(s.said) for s in scans]
    text = (
        f"Die Stelle des größten Eintrags ist {_listed(places)}. Weil Python bei 0 zu zählen "
        f"beginnt, sind das die Klassen {_listed([p + 1 for p in places])}:\n\n"
        "| Bild | CNV | DME | NORMAL | DRUSEN | Netz | richtig wäre | |\n"
        "|---|---|---|---|---|---|---|---|\n"
    )
    for number, scan in enumerate(scans, 1):
        values = [f"{v:.3f}".replace(".", ",") for v in scan.softmax]
        most = scan.softmax.index(max(scan.softmax))
        values[most] = f"**{values[most]}**"
        verdict = "richtig" if scan.said == scan.truth else "falsch"
        text += f"| {number} | {' | '.join(values)} | {scan.said} | {scan.truth} | {verdict} |\n"
    right = [n for n, s in enumerate(scans, 1) if s.said == s.truth]
    wrong = [n for n, s in enumerate(scans, 1) if s.said != s.truth]
    text += (
        f"\nDie Bilder {_listed(right)} erkennt das Netz richtig, die Bilder {_listed(wrong)} "
        "falsch.\n\n"
    )
    for number, scan in enumerate(scans, 1):
        ranked = sorted(zip(scan.softmax, CLASSES, strict=True), reverse=True)
        (first, said), (second, rival) = ranked[:2]
        if said == scan.truth:
            sure = "sehr sicher" if first > 0.85 else "nur mäßig sicher"
            remark = (
                f"Das Netz nennt die richtige Klasse und ist sich mit {_percent(first)} {sure}; "
                f"{_percent(second)} sprechen für {rival}."
            )
        else:
            remark = (
                f"Das Netz nennt {said}, ist mit {_percent(first)} aber unsicher; {rival} hat "
                f"{_percent(second)}. Es verwechselt {scan.truth} mit {said}."
            )
        text += f"- **Bild {number}** ({scan.truth}): {remark}\n"
    return text + (
        "\nBei den falschen Antworten ist der höchste Wert kleiner als bei den richtigen, man "
        "hätte ihnen also misstrauen\nkönnen. Verlassen darf man sich darauf nicht: Auch eine "
        "falsche Antwort kann einen hohen Softmax-Wert haben."
    )


def _listed(numbers: Sequence[int]) -> str:
    words = [str(n) for n in numbers]
    return " und ".join([", ".join(words[:-1]), words[-1]])


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
