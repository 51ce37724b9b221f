"""Check 1b.training: the network fitted to the QRS complexes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from grader.checks import Context, Outcome, Side, check, failed, partial, passed, review
from grader.checks.arrays import Floats, numbers
from grader.checks.models import find_model, models_in
from grader.checks.networks import Network, network
from grader.errors import LabError
from grader.model import Call

from .small_net import error_hint

_PLACE = "1b-training"
_CLASSES = ("crossentropy", "hinge", "categorical", "kl_div", "kldiv", "poisson", "focal")
_REGRESSION = ("squared", "mse", "absolute", "mae", "huber", "cosh", "msle", "mape")


@dataclass
class _Fit:
    """One training: its data, loss over the epochs, and how much of y the network explains."""

    x: Floats | None
    y: Floats | None
    loss: Floats
    loss_name: str
    explained: float | None = None
    faults: list[str] = field(default_factory=list)


@check("1b.training")
def training(ctx: Context) -> Outcome:
    """Ist das Netz auf die QRS-Komplexe trainiert, und sinkt dabei der Fehler?"""
    ctx.student.require(_PLACE)
    expected = _fits(ctx.reference)
    if not expected or expected[-1].x is None or expected[-1].y is None:
        raise LabError("Die Referenz trainiert in Aufgabe 1b nicht.")
    fits = _fits(ctx.student)
    if not fits and trains_by_hand(ctx.student.source(_PLACE)):
        return _by_hand(ctx.student, expected[-1])
    if not fits:
        return failed(
            "Es wurde kein Training (fit) gefunden." + error_hint(ctx, _PLACE), confidence=0.95
        )
    judged = [(_points(fit, expected[-1]), fit) for fit in fits]
    fraction, best = max(judged, key=lambda pair: pair[0])
    details: dict[str, Any] = {
        "trainings": len(fits),
        "epochs": best.loss.size,
        "loss": best.loss_name,
        "first_loss": best.loss[0] if best.loss.size else None,
        "last_loss": best.loss[-1] if best.loss.size else None,
        "explained_variance": best.explained,
    }
    if fraction >= 1:
        return passed("Das Netz ist auf die QRS-Komplexe trainiert, der Fehler sinkt.", **details)
    return partial(fraction, " ".join(best.faults), **details)


def trains_by_hand(source: str) -> bool:
    """Tell whether code takes its training steps itself, without ``fit``."""
    code = re.sub(r"(?m)#.*$", "", source)
    return re.search(r"\.train_on_batch\(|GradientTape\(|\.apply_gradients\(", code) is not None


def _by_hand(side: Side, expected: _Fit) -> Outcome:
    """A loop of one's own leaves no record; the network that it trained can be asked."""
    shares = [
        explained
        for model in models_in(side, _PLACE)
        if (net := network(side, _PLACE, model)) is not None
        and (explained := _share_explained(net, expected)) is not None
    ]
    best = max(shares, default=None)
    details: dict[str, Any] = {"trainings": 0, "explained_variance": best}
    if best is not None and best >= _good(expected):
        return passed(
            "Das Netz ist in einer eigenen Schleife trainiert und folgt den QRS-Komplexen.",
            confidence=0.8,
            **details,
        )
    return review(
        0.5,
        "Trainiert wurde in einer eigenen Schleife; die Betreuung sieht nach, wie gut das Netz den "
        "QRS-Komplexen folgt.",
        confidence=0.3,
        **details,
    )


def _points(fit: _Fit, expected: _Fit) -> float:
    """Quarter points for data, loss function, falling error and fit; notes the faults."""
    parts = [_same_data(fit, expected), _regression(fit), _falls(fit), _fits_well(fit, expected)]
    return sum(parts) / len(parts)


def _fits(side: Side) -> list[_Fit]:
    names = [
        str(c.args["loss"].scalar)
        for c in side.calls(_PLACE, "compile")
        if "loss" in c.args and c.args["loss"].scalar
    ]
    names += [m.loss for m in models_in(side, _PLACE) if m.loss]
    name = names[-1] if names else ""
    made = [_fit(side, call, name) for call in side.calls(_PLACE, "fit")]
    if len(made) > 1 and all(f.loss.size == 1 for f in made) and _one_training(made):
        # A loop around fit, one epoch each, is one training.
        made = [replace(made[-1], loss=np.concatenate([f.loss for f in made]))]
    if made:
        made[-1].explained = _explained(side, made[-1])
    return made


def _one_training(fits: list[_Fit]) -> bool:
    """Tell whether all trainings got the same data."""
    keys = {
        tuple(None if a is None else (a.size, float(np.nansum(a))) for a in (f.x, f.y))
        for f in fits
    }
    return len(keys) == 1


def _fit(side: Side, call: Call, loss_name: str) -> _Fit:
    given = call.args
    if "x" not in given or given["x"].kind == "other":
        # A stream is not recorded; it is made of what the notebook calls x and y.
        given = side.state(_PLACE)
    x, y = (numbers(side, _PLACE, given.get(name)) for name in ("x", "y"))
    history = call.history.get("loss", ())
    loss = np.array([np.nan if n is None else n for n in history], dtype=np.float64)
    return _Fit(
        None if x is None else x.reshape(-1), None if y is None else y.reshape(-1), loss, loss_name
    )


def _explained(side: Side, fit: _Fit) -> float | None:
    """Share of y's variance that the trained network explains: 1 is perfect."""
    found = find_model(side, _PLACE, name="model3")
    net = network(side, *found) if found else None
    return _share_explained(net, fit) if net is not None else None


def _share_explained(net: Network, fit: _Fit) -> float | None:
    if fit.x is None or fit.y is None or fit.x.size != fit.y.size:
        return None
    said = net(fit.x)
    spread = float(np.var(fit.y))
    if said is None or said.size != fit.y.size or spread == 0:
        return None
    return 1.0 - float(np.mean((said.reshape(-1) - fit.y) ** 2)) / spread


def _same_data(fit: _Fit, expected: _Fit) -> float:
    if fit.x is None or fit.y is None:
        fit.faults.append("Die Trainingsdaten x und y waren nicht lesbar.")
        return 0.5
    if _as_set(fit.x, fit.y, expected):
        return 1.0
    if _as_set(fit.y, fit.x, expected):
        fit.faults.append("Beim Training sind Eingabe x und Zielwert y vertauscht.")
        return 0.0
    fit.faults.append(
        "Trainiert wurde nicht mit den vorverarbeiteten QRS-Komplexen x und y aus dem Notebook."
    )
    return 0.0


def _as_set(x: Floats, y: Floats, expected: _Fit) -> bool:
    """Compare the pairs in any order; a part of them (validation held out) counts as well."""
    if expected.x is None or expected.y is None or x.size != y.size or not x.size:
        return False
    wanted, held = _pairs(expected.x, expected.y), _pairs(x, y)
    return len(held & wanted) >= 0.9 * len(held) and len(held) >= 0.5 * len(wanted)


def _pairs(x: Floats, y: Floats) -> set[tuple[float, float]]:
    return {(round(float(a), 4), round(float(b), 4)) for a, b in zip(x, y, strict=True)}


def _regression(fit: _Fit) -> float:
    name = fit.loss_name.lower()
    bare = name.replace("_", "")
    classes = any(part.replace("_", "") in bare for part in _CLASSES)
    # A loss of the group's own is judged by what it led to.
    if any(part in name for part in _REGRESSION) or (name and not classes):
        return 1.0
    fit.faults.append(
        f"Die Fehlerfunktion {name} ist für Klassen gemacht; hier wird eine Kurve angenähert."
        if name
        else "Es wurde keine Fehlerfunktion gefunden."
    )
    return 0.0


def _falls(fit: _Fit) -> float:
    loss = fit.loss
    if loss.size and not np.isfinite(loss).all():
        fit.faults.append("Der Fehler wird im Training zu NaN oder unendlich.")
        return 0.0
    if loss.size >= 2 and loss[-1] < 0.9 * loss[0]:
        return 1.0
    fit.faults.append(
        "Der Fehler sinkt im Training kaum." if loss.size >= 2 else "Das Training ist zu kurz."
    )
    return 0.0


def _good(expected: _Fit) -> float:
    """Share of the variance that a trained network has to explain."""
    return min(0.6, 0.7 * expected.explained) if expected.explained is not None else 0.4


def _fits_well(fit: _Fit, expected: _Fit) -> float:
    if fit.explained is not None:
        if fit.explained >= _good(expected):
            return 1.0
    elif fit.loss.size and expected.loss.size and np.isfinite(fit.loss[-1]):
        # Only losses of one kind can be compared; otherwise its fall has to do.
        if fit.loss_name != expected.loss_name or fit.loss[-1] <= 3 * expected.loss[-1]:
            return 1.0
    fit.faults.append(
        "Die trainierte Kurve folgt den QRS-Komplexen noch nicht; trainieren Sie länger."
    )
    return 0.0
