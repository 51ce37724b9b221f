"""Task 2c: which transformations groups apply, how strongly, and what they leave behind."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from grader.checks import Outcome, Side
from grader.errors import NotJudged
from tests.checks.build import ROOT, axes, call, cell, context, figure, lab_check, side, text

REASONS = (
    "Speckle und Gauß-Rauschen kommen in OCT-Aufnahmen ohnehin vor, schwach sind sie vertretbar."
)


@cache
def _scan() -> np.ndarray:
    with Image.open(ROOT / "data" / "oct_drusen.jpeg") as picture:
        return np.asarray(picture.convert("L"), dtype=np.float32)[:, :, None]


def _turned(angle: float) -> np.ndarray:
    return ndimage.rotate(_scan()[:, :, 0], angle, reshape=False, order=1, mode="nearest")[
        :, :, None
    ]


def _bright(factor: float) -> np.ndarray:
    return np.clip(_scan() * factor, 0, 255).astype(np.uint8).astype(np.float32)


@cache
def _gauss(sigma: float) -> np.ndarray:
    return _scan()[:, :, 0] + np.random.default_rng(1).normal(0, sigma, (224, 224))


@cache
def _speckle(sigma: float) -> np.ndarray:
    scan = _scan()[:, :, 0]
    return scan + scan * np.random.default_rng(2).normal(0, sigma, (224, 224))


@cache
def _salt() -> np.ndarray:
    drawn = np.random.default_rng(3).random((224, 224))
    return np.where(drawn < 0.01, 0, np.where(drawn > 0.99, 255, _scan()[:, :, 0]))


def _three() -> dict[str, np.ndarray]:
    return {
        "img_trans1": np.fliplr(_scan()),
        "img_trans2": _turned(5),
        "img_trans3": _bright(1.3),
    }


def _side(
    made, *, show=None, files=None, calls=(), reasons="", source="", load=None, figures=None
) -> Side:
    """A group's task 2c; everything made is shown and saved unless said otherwise."""
    show = made if show is None else show
    shown = [axes(images=[(np.squeeze(a), {"cmap": "gray"})]) for a in show.values()]
    if files is None:
        files = [(f"{name}.png", _uint8(a)) for name, a in made.items()]
    return side(
        {
            "notebook2": [
                cell("2c-load", variables={"img": _scan()} if load is None else load),
                cell(
                    "2c-apply",
                    variables=made,
                    figures=[figure(*shown)] if figures is None else figures,
                    files=files,
                    calls=calls,
                    source=source or "np.fliplr apply_affine_transform brightness gauss speckle",
                ),
                text("2c-reasons", reasons),
            ]
        }
    )


def _uint8(array):
    return np.clip(np.squeeze(array), 0, 255).astype(np.uint8)


@cache
def _reference() -> Side:
    return _side(_three())


def _judge(check_id: str, student: Side) -> Outcome:
    return lab_check("augmentation", check_id)(context(student, _reference()))


ALL = ("2c.count", "2c.choice", "2c.applied")

STYLES = {
    "as the reference": lambda: _three(),
    "other names": lambda: dict(zip("abc", _three().values(), strict=True)),
    "list": lambda: {"bilder": [a[:, :, 0] for a in _three().values()]},
    "dict": lambda: {"bilder": list(_three().items())},
    "stack": lambda: {"bilder": np.stack(list(_three().values()))},
    "0..1": lambda: {n: a / 255 for n, a in _three().items()},
    "uint8 beside": lambda: _three() | {n + "8": _uint8(a) for n, a in _three().items()},
    "colours": lambda: {n: np.repeat(_uint8(a)[..., None], 3, 2) for n, a in _three().items()},
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("check_id", ALL)
def test_three_that_suit_in_every_style(style, check_id):
    made = STYLES[style]()
    files = [(f"{n}.png", _uint8(a)) for n, a in _three().items()]
    outcome = _judge(check_id, _side(made, show=_three(), files=files))
    assert outcome.status == "passed", outcome.message


def test_pictures_that_are_only_shown_or_saved_count():
    for student in (
        _side({}, show=_three(), files=[]),
        _side({}, show={}, files=[(f"{n}.png", _uint8(a)) for n, a in _three().items()]),
    ):
        assert _judge("2c.choice", student).status == "passed"
        assert _judge("2c.count", student).status == "passed"
        assert _judge("2c.applied", student).status == "partial"


def test_original_shown_and_saved_beside_is_no_picture_of_its_own():
    student = _side(
        _three() | {"grau": _scan()[:, :, 0] / 255},
        show=_three() | {"img": _scan()},
        files=[("original.jpg", _uint8(_gauss(3))), *((f"{n}.png", None) for n in "abc")],
    )
    outcome = _judge("2c.count", student)
    assert outcome.status == "passed" and len(outcome.details["pictures"]) == 3


# ------------------------------------------------------------------ 2c.count


@pytest.mark.parametrize(
    ("third", "fraction"),
    [
        ({}, 0.5),
        ({"c": lambda: np.fliplr(_scan())}, 0.5),
        ({"c": lambda: _turned(-8)}, 0.5),
        ({"c": lambda: _scan() / 255}, 0.5),
        ({"c": lambda: _gauss(0.1)}, 1),
        ({"c": lambda: np.flipud(_scan())}, 1),
    ],
)
def test_only_different_methods_count(third, fraction):
    made = {"a": np.fliplr(_scan()), "b": _turned(5)} | {n: f() for n, f in third.items()}
    assert _judge("2c.count", _side(made)).fraction == fraction


def test_one_method_gives_nothing():
    assert _judge("2c.count", _side({"a": np.fliplr(_scan())})).status == "failed"


# ------------------------------------------------------------------ 2c.choice


@pytest.mark.parametrize(
    ("third", "grade", "words"),
    [
        (lambda: np.flipud(_scan()), "wrong", "Oben"),
        (lambda: _turned(45), "wrong", "verkippt"),
        (lambda: np.rot90(_scan()), "wrong", "verkippt"),
        (lambda: _salt(), "wrong", "Pixel"),
        (lambda: _gauss(0.1), "wrong", "nicht zu sehen"),
        (lambda: _gauss(70), "wrong", "stark"),
        (lambda: _bright(4), "wrong", "hell"),
        (lambda: np.zeros((224, 224)), "wrong", "nichts mehr"),
        (lambda: 255 - _scan(), "wrong", "Negativ"),
        (lambda: _gauss(12), "defensible", "Begründung"),
        (lambda: _speckle(0.1), "defensible", "Begründung"),
    ],
)
def test_choices_have_grades(third, grade, words):
    made = {"a": np.fliplr(_scan()), "b": _turned(-3), "c": third()}
    made["b"] = _bright(0.8) if "verkippt" in words else made["b"]
    outcome = _judge("2c.choice", _side(made))
    assert list(outcome.details["grades"].values()) == ["suits", "suits", grade]
    assert outcome.fraction == pytest.approx({"wrong": 2 / 3, "defensible": 2.5 / 3}[grade])
    assert words in outcome.message


@pytest.mark.parametrize("noise", [lambda: _gauss(12), lambda: _speckle(0.1)])
def test_defensible_choice_with_a_reason_counts_in_full(noise):
    made = {"a": np.fliplr(_scan()), "b": _turned(10), "c": noise()}
    assert _judge("2c.choice", _side(made, reasons=REASONS)).status == "passed"


def test_a_reason_for_another_method_is_none():
    made = {"a": np.fliplr(_scan()), "b": _turned(10), "c": _speckle(0.1)}
    other = "Die Spiegelung passt, weil es linke und rechte Augen gibt."
    assert _judge("2c.choice", _side(made, reasons=other)).fraction == pytest.approx(2.5 / 3)


def test_same_method_twice_fills_one_place_only():
    made = {"a": np.fliplr(_scan()), "b": _turned(10), "c": _turned(-5)}
    outcome = _judge("2c.choice", _side(made))
    assert outcome.fraction == pytest.approx(2 / 3) and "drei" not in outcome.message
    assert "3 verschiedene" in outcome.message


def test_all_methods_tried_the_named_three_count():
    others = {"probe1": np.flipud(_scan()), "probe2": _salt(), "probe3": _gauss(12)}
    outcome = _judge("2c.choice", _side(others | _three()))
    assert outcome.status == "passed"
    unnamed = dict(zip("abcdef", (others | _three()).values(), strict=True))
    outcome = _judge("2c.choice", _side(unnamed))
    assert outcome.status == "partial" and outcome.confidence <= 0.6


def test_source_is_only_a_second_witness():
    outcome = _judge("2c.choice", _side(_three(), source="x = magie(img)"))
    assert outcome.status == "passed" and outcome.confidence <= 0.7
    claimed = {"a": np.fliplr(_scan()), "b": _scan().copy(), "c": _scan() * 1.0}
    assert _judge("2c.choice", _side(claimed)).fraction == pytest.approx(1 / 3)


# ------------------------------------------------------------------ 2c.applied


@pytest.mark.parametrize(
    ("changes", "fraction"),
    [
        ({"show": {}}, 2 / 3),
        ({"files": []}, 2 / 3),
        ({"files": [("a.png", None)]}, 7 / 9),
        ({"files": [("a.txt", None), ("b.csv", None), ("c.py", None)]}, 2 / 3),
        ({"files": [(f"{n}.npy", None) for n in "abc"]}, 1),
        ({"show": {}, "files": []}, 1 / 3),
    ],
)
def test_applied_shown_and_saved_each_count_a_third(changes, fraction):
    assert _judge("2c.applied", _side(_three(), **changes)).fraction == pytest.approx(fraction)


def test_the_original_saved_three_times_is_none_of_the_pictures():
    files = [(f"{n}.png", _uint8(_scan())) for n in "abc"]
    calls = [call("imsave", fname=f"{n}.png") for n in "abc"]
    outcome = _judge("2c.applied", _side(_three(), files=files, calls=calls))
    assert outcome.fraction == pytest.approx(2 / 3)
    assert "unveränderte Ausgangsbild" in outcome.message


def test_one_saved_figure_with_all_three_is_enough():
    student = _side(_three(), files=[("alle.png", None)], calls=[call("savefig", fname="alle.png")])
    assert _judge("2c.applied", student).status == "passed"


def test_blank_file_is_called_so():
    blank = np.full((288, 432, 3), 255, dtype=np.uint8)
    student = _side(
        _three(), files=[("alle.png", blank)], calls=[call("savefig", fname="alle.png")]
    )
    outcome = _judge("2c.applied", student)
    assert outcome.fraction == pytest.approx(2 / 3) and "plt.show()" in outcome.message


def test_saving_calls_count_where_no_files_were_seen():
    calls = [call("imsave", fname=f"{n}.png", arr=a[:, :, 0]) for n, a in _three().items()]
    assert _judge("2c.applied", _side(_three(), files=[], calls=calls)).status == "passed"
    same = [call("imsave", fname="bild.png", arr=a[:, :, 0]) for a in _three().values()]
    outcome = _judge("2c.applied", _side(_three(), files=[], calls=same))
    assert outcome.fraction == pytest.approx(7 / 9) and "1 gespeichert" in outcome.message


# ------------------------------------------------------------------ nothing to look at, nonsense


def test_other_pictures_are_told_apart():
    with np.load(ROOT / "data" / "oct_bilder.npz") as file:
        others = {f"bild{i}": b for i, b in enumerate(file["bilder"][:2])}
    outcome = _judge("2c.choice", _side(others, load={}))
    assert outcome.status == "failed" and "stammen aber nicht" in outcome.message


@pytest.mark.parametrize("check_id", ALL)
def test_missing_notebook_or_cells_are_not_judged(check_id):
    for student in (side(), side({"notebook2": [cell("2b-show")]})):
        with pytest.raises(NotJudged):
            _judge(check_id, student)


HOSTILE = {
    "nothing": {},
    "empty": {"a": np.zeros((0, 224))},
    "NaN": {"a": np.full((224, 224), np.nan)},
    "line": {"a": np.zeros(224)},
    "small": {"a": np.zeros((9, 9))},
    "huge values": {"a": np.full((224, 224), 1e300)},
    "text": {"a": "img"},
    "deep list": {"a": [[[[1.0]]]]},
    "empty list": {"a": []},
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("check_id", ALL)
def test_nonsense_is_judged_without_stumbling(check_id, name):
    outcome = _judge(check_id, _side(HOSTILE[name], show={}, files=[]))
    assert outcome.fraction <= 1 / 9
