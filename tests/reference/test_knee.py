"""Notebook 3: output, heatmaps and colormaps as groups leave them."""

from __future__ import annotations

from functools import cache

import matplotlib
import numpy as np
import pytest
from scipy import ndimage

from grader.checks import Outcome, Side
from grader.checks.heatmaps import compare_maps
from grader.errors import NotJudged
from tests.checks.build import axes, call, cell, context, figure, lab_check, side

OUTPUT = np.array([[0.07, 0.93], [0.81, 0.19]], dtype=np.float32)
CALLS = (
    "Map1 = visualize_class_activation_map(model, im_array, img_num=0, klasse=1)\n"
    "Map2 = visualize_class_activation_map(model, im_array, img_num=1, klasse=0)\n"
)


@cache
def _knee(number: int) -> np.ndarray:
    generator = np.random.default_rng(number)
    blobs = ndimage.gaussian_filter(generator.random((256, 256)), 12 + number)
    blobs = (blobs - blobs.min()) / np.ptp(blobs)
    return (1000 * (blobs + 0.02 * generator.random((256, 256))))[:, :, None].astype(np.float32)


def _warm(row: float, column: float, width: float = 40.0) -> np.ndarray:
    y, x = np.mgrid[:256, :256]
    return np.exp(-((y - row) ** 2 + (x - column) ** 2) / (2 * width**2))


MAP1, MAP2 = _warm(220, 40), _warm(130, 120, 55)


def _load(**changes):
    knees = {"bild1": _knee(1), "bild2": _knee(2), "im_array": np.array([_knee(1), _knee(2)])}
    return cell("3a-load", variables=knees | changes)


def _over(knee, heat, alpha=0.4, **settings):
    return axes(images=[(knee[:, :, 0], {"cmap": "gray"}), (heat, {"cmap": "jet", "alpha": alpha})])


def _maps_side(variables=None, overlays=None, source=CALLS) -> Side:
    made = {"Map1": MAP1, "Map2": MAP2} if variables is None else variables
    parts = [_over(_knee(1), MAP1), _over(_knee(2), MAP2)] if overlays is None else overlays
    figures = [figure(*parts)] if parts else []
    return side(
        {
            "notebook3": [
                _load(),
                cell("3b-heatmaps", variables=made, figures=figures, source=source),
            ]
        }
    )


def _colours_side(pairs, *more) -> Side:
    parts = [axes(images=[(array, {"cmap": name})]) for array, name in pairs]
    figures = [figure(*parts), *more]
    return side({"notebook3": [_load(), cell("3c-colormaps", figures=figures)]})


def _reference() -> Side:
    return side(
        {
            "notebook3": [
                _load(),
                cell("3a-predict", variables={"result": OUTPUT}, printed="1 0"),
                cell("3b-heatmaps", variables={"Map1": MAP1, "Map2": MAP2}, source=CALLS),
            ]
        }
    )


def _judge(check_id: str, student: Side) -> Outcome:
    return lab_check("knee", check_id)(context(student, _reference()))


# ------------------------------------------------------------------ 3a.prediction


def _predicted(printed="Bild 1: 1\nBild 2: 0", calls=(), **variables) -> Side:
    made = cell("3a-predict", variables=variables, printed=printed, calls=calls)
    return side({"notebook3": [_load(), made]})


@pytest.mark.parametrize(
    ("student", "fraction"),
    [
        (lambda: _predicted(result=OUTPUT), 1),
        (lambda: _predicted(vorhersage=OUTPUT.tolist()), 1),
        (lambda: _predicted(calls=[call("predict", result=OUTPUT)]), 1),
        (lambda: _predicted("krankhaft, gesund", result=OUTPUT), 1),
        (lambda: _predicted("Bild 1: krank\nBild 2: gesund", result=OUTPUT), 1),
        (lambda: _predicted("abnormal / normal", result=OUTPUT), 1),
        (lambda: _predicted("gesund, krank", result=OUTPUT), 0.75),
        (lambda: _predicted("", result=OUTPUT), 0.75),
        (
            lambda: _predicted("1/1 ━━ 0s 83ms/step\n[[0.1 0.9]\n [0.8 0.2]]", result=OUTPUT),
            0.75,
        ),
        (lambda: _predicted("[[0. 1.]\n [1. 0.]]", result=OUTPUT), 0.75),
        (lambda: _predicted("1/1 ━━━━━━ 0s 83ms/step\n[1 0]", result=OUTPUT), 1),
        (lambda: _predicted(result=OUTPUT[::-1]), 0.5),
        (lambda: _predicted(result=OUTPUT[[0, 0]]), 0.375),
        (lambda: _predicted(result=np.array([[0.4, 0.6], [0.6, 0.4]])), 0.5),
        (lambda: _predicted(result=np.array([[0.9, 0.1], [0.1, 0.9]])), 0),
        (lambda: _predicted(""), 0),
    ],
)
def test_output_for_both_knees(student, fraction):
    assert _judge("3a.prediction", student()).fraction == pytest.approx(fraction)


def test_exchanged_knees_are_named():
    outcome = _judge("3a.prediction", _predicted(result=OUTPUT[::-1]))
    assert "Reihenfolge" in outcome.message


# ------------------------------------------------------------------ 3b.heatmaps


@pytest.mark.parametrize(
    "variables",
    [
        {"Map1": MAP1, "Map2": MAP2},
        {"Map1": 255 * MAP1[:, :, None], "Map2": MAP2.astype(np.float32)},
        {"Map1": MAP1**2, "Map2": MAP2 * 7 - 3},
        {"Map1": MAP1[::16, ::16], "Map2": MAP2[::16, ::16]},
        {"cam_a": MAP1, "cam_b": MAP2},
        {"karten": [MAP1, MAP2]},
        {"Map1": np.maximum(MAP1 - 0.3, 0), "Map2": np.maximum(MAP2 - 0.5, 0)},
        {"Map1": matplotlib.colormaps["jet"](MAP1), "Map2": matplotlib.colormaps["jet"](MAP2)},
        {"Map1": (255 * matplotlib.colormaps["hot"](MAP1)[..., :3]).astype(np.uint8),
         "Map2": (255 * matplotlib.colormaps["viridis"](MAP2)[..., :3]).astype(np.uint8)},
        {"karten": np.array([MAP1, MAP2])},
        {},
    ],
)  # fmt: skip
def test_right_maps_in_every_style(variables):
    outcome = _judge("3b.heatmaps", _maps_side(variables))
    assert outcome.status == "passed", outcome.message


MIRRORED = MAP1.max() - MAP1


@pytest.mark.parametrize(
    ("variables", "source", "fraction", "words"),
    [
        ({"Map1": MIRRORED, "Map2": MAP2}, "", 0.375, "klasse"),
        (
            {"Map1": _warm(60, 200), "Map2": MAP2},
            CALLS.replace("klasse=1", "klasse=0"),
            0.375,
            "klasse",
        ),
        ({"Map1": _warm(60, 200), "Map2": MAP2}, CALLS.replace("num=0", "num=1"), 0.375, "img_num"),
        ({"Map1": MAP2, "Map2": MAP2}, CALLS, 0.375, "anderen Bild"),
        ({"Map1": MAP2, "Map2": MAP1}, CALLS, 0.375, "vertauscht"),
        ({"Map1": _warm(230, 230), "Map2": MAP2}, "", 0.375, "nicht die Heatmap"),
        ({"Map1": MAP1}, CALLS, 0.375, "Map2 fehlt"),
        ({"Map1": np.zeros((256, 256)), "Map2": MAP2}, CALLS, 0.375, "Map1"),
    ],
)
def test_wrong_maps_say_what_to_look_at(variables, source, fraction, words):
    outcome = _judge("3b.heatmaps", _maps_side(variables, [], source or "pass"))
    assert outcome.fraction == pytest.approx(fraction) and words in outcome.message


@pytest.mark.parametrize(
    ("overlays", "fraction", "words"),
    [
        ([], 0.75, "nicht halb durchsichtig"),
        ([_over(_knee(1), MAP1)], 0.875, "Nur eine"),
        ([_over(_knee(2), MAP1), _over(_knee(1), MAP2)], 0.75, "nicht halb"),
        ([_over(_knee(1), MAP1, None), _over(_knee(2), MAP2, None)], 0.875, "alpha"),
        ([axes(images=[(MAP1, {"cmap": "jet"})]), axes(images=[(MAP2, {})])], 0.75, "nicht halb"),
        ([axes(images=[(_knee(1)[:, :, 0], {"cmap": "gray"})])], 0.75, "nicht halb"),
    ],
)
def test_maps_must_lie_over_the_knees(overlays, fraction, words):
    outcome = _judge("3b.heatmaps", _maps_side(None, overlays))
    assert outcome.fraction == pytest.approx(fraction) and words in outcome.message


def test_a_heatmap_under_the_knee_is_not_shown():
    def under(knee, heat):
        heatmap = (heat, {"cmap": "jet", "alpha": 0.4, "hidden": True})
        return axes(images=[heatmap, (knee[:, :, 0], {"cmap": "gray"})])

    overlays = [under(_knee(1), MAP1), under(_knee(2), MAP2)]
    outcome = _judge("3b.heatmaps", _maps_side(None, overlays))
    assert outcome.fraction == pytest.approx(0.75) and "nicht halb" in outcome.message


def test_wrong_map_may_still_be_shown_properly():
    wrong = _warm(60, 200)
    overlays = [_over(_knee(1), wrong), _over(_knee(2), MAP2)]
    outcome = _judge("3b.heatmaps", _maps_side({"Map1": wrong, "Map2": MAP2}, overlays))
    assert outcome.fraction == pytest.approx(0.625)


def test_maps_are_compared_by_ranks():
    assert compare_maps(MAP1, MAP1**3).same
    assert not compare_maps(MAP1, MAP2).same
    assert compare_maps(MAP1, -MAP1).opposite
    noisy = MAP1 + np.random.default_rng(0).normal(0, 0.02, MAP1.shape)
    assert compare_maps(noisy, MAP1).same
    assert compare_maps(np.zeros((8, 8)), MAP1).correlation == 0
    down, right = compare_maps(MAP1, MAP1).centre
    assert down > 0.75 and right < 0.25
    clipped = np.clip(MAP1 - 0.3, 0, None)
    assert compare_maps(MAP1, clipped).same


# ------------------------------------------------------------------ 3c.colormaps


def _six(shape=lambda a: a[:, :, 0]):
    return [(shape(_knee(k)), n) for k in (1, 2) for n in ("summer", "flag", "rainbow")]


@pytest.mark.parametrize(
    "pairs",
    [
        _six(),
        _six(lambda a: a),
        _six(lambda a: a / 1000),
        _six(lambda a: a.astype(np.uint16)),
        [(a, n + "_r") for a, n in _six()],
        [*_six(), (_knee(1), "gray"), (_knee(2), "viridis")],
        _six(lambda a: np.flipud(a)[:, :, 0]),
        _six(lambda a: np.rot90(a[:, :, 0])),
        [(np.hstack([_knee(1)[:, :, 0], _knee(2)[:, :, 0]]), n)
         for n in ("summer", "flag", "rainbow")],
    ],
)  # fmt: skip
def test_six_pictures_in_every_style(pairs):
    assert _judge("3c.colormaps", _colours_side(pairs)).status == "passed"


def test_cut_out_and_coloured_by_hand_count():
    pairs = [(a, n) for a, n in _six() if n != "flag"]
    pairs.append((_knee(1)[150:, :100, 0], "flag"))
    grey = _knee(2)[:, :, 0]
    scaled = (grey - grey.min()) / np.ptp(grey)
    coloured = axes(images=[matplotlib.colormaps["flag"](scaled)])
    outcome = _judge("3c.colormaps", _colours_side(pairs, figure(coloured)))
    assert outcome.status == "passed"
    assert any("Ausschnitt" in s for s in outcome.details["seen"])
    assert any("von Hand" in s for s in outcome.details["seen"])


@pytest.mark.parametrize(
    ("pairs", "found", "words"),
    [
        (_six()[:3], 3, "bild2 mit „summer“, „flag“, „rainbow“"),
        (_six()[:1], 1, "bild1 mit „flag“, „rainbow“"),
        ([(a, n) for a, n in _six() if n != "flag"], 4, "bild1 mit „flag“; bild2 mit „flag“"),
        ([(a, "jet") for a, _ in _six()], 0, "0 von 6"),
        ([(_knee(1)[:, :, 0], n) for _, n in _six()], 3, "bild2"),
        ([(_knee(7), n) for _, n in _six()], 0, "andere Bilder"),
        ([(np.full((256, 256), np.nan), "flag"), (np.zeros((256, 256)), "flag")], 0, "0 von 6"),
    ],
)
def test_each_missing_picture_costs_its_share(pairs, found, words):
    outcome = _judge("3c.colormaps", _colours_side(pairs))
    assert outcome.fraction == pytest.approx(found / 6) and words in outcome.message


def test_pictures_under_another_are_not_shown():
    hidden = [(a, {"cmap": n, "hidden": True}) for a, n in _six()[:5]]
    last = (_six()[5][0], {"cmap": "rainbow"})
    student = side(
        {"notebook3": [_load(), cell("3c-colormaps", figures=[figure(axes([], [*hidden, last]))])]}
    )
    outcome = _judge("3c.colormaps", student)
    assert outcome.fraction == pytest.approx(1 / 6)
    assert "5 Bilder sind nicht zu sehen" in outcome.message


@pytest.mark.parametrize("colour", [
    lambda n, g: matplotlib.colormaps[n](g / g.max()),
    lambda n, g: matplotlib.colormaps[n + "_r"]((g - g.min()) / np.ptp(g)),
    lambda n, g: (255 * matplotlib.colormaps[n]((g - g.min()) / np.ptp(g))).astype(np.uint8),
])  # fmt: skip
def test_coloured_by_hand_in_every_style(colour):
    names = ("summer", "flag", "rainbow")
    made = [axes(images=[colour(n, _knee(k)[:, :, 0])]) for k in (1, 2) for n in names]
    assert _judge("3c.colormaps", _colours_side([], figure(*made))).status == "passed"


def test_source_alone_shows_nothing():
    source = 'plt.imshow(bild1, cmap="flag")'
    student = side({"notebook3": [_load(), cell("3c-colormaps", source=source)]})
    outcome = _judge("3c.colormaps", student)
    assert outcome.status == "failed" and "kein Bild" in outcome.message


# ------------------------------------------------------------------ nothing to look at, nonsense


@pytest.mark.parametrize("check_id", ["3a.prediction", "3b.heatmaps", "3c.colormaps"])
def test_missing_notebook_or_cells_are_not_judged(check_id):
    for student in (side(), side({"notebook3": [_load()]})):
        with pytest.raises(NotJudged):
            _judge(check_id, student)


@pytest.mark.parametrize(
    "made",
    [
        np.zeros((0, 0)),
        np.full((256, 256), np.nan),
        np.zeros(5),
        np.zeros((256, 256)),
        "jet",
        [],
        [[1.0], [2.0, 3.0]],
        None,
    ],
)
def test_nonsense_is_judged_without_stumbling(made):
    outcome = _judge("3b.heatmaps", _maps_side({"Map1": made, "Map2": made}, []))
    assert outcome.fraction == 0


def test_each_map_belongs_over_its_own_knee():
    crossed = _maps_side(overlays=[_over(_knee(1), MAP2), _over(_knee(2), MAP1)])
    outcome = _judge("3b.heatmaps", crossed)
    assert outcome.fraction == pytest.approx(0.75)


@pytest.mark.parametrize("name", ["jet", "hot"])
def test_an_overlay_mixed_by_hand_counts(name):
    colours = matplotlib.colormaps[name]

    def mixed(knee, heat):
        grey = matplotlib.colormaps["gray"](knee[:, :, 0] / knee.max())[..., :3]
        return axes(images=[(0.6 * grey + 0.4 * colours(heat)[..., :3], {})])

    right = _maps_side(overlays=[mixed(_knee(1), MAP1), mixed(_knee(2), MAP2)])
    assert _judge("3b.heatmaps", right).fraction == 1
    only_heat = [axes(images=[(colours(m)[..., :3], {})]) for m in (MAP1, MAP2)]
    assert _judge("3b.heatmaps", _maps_side(overlays=only_heat)).fraction == pytest.approx(0.75)


def test_other_colours_than_the_tasks_cost_a_little():
    overlays = [
        axes(images=[(knee[:, :, 0], {"cmap": "gray"}), (heat, {"cmap": "hot", "alpha": 0.4})])
        for knee, heat in ((_knee(1), MAP1), (_knee(2), MAP2))
    ]
    outcome = _judge("3b.heatmaps", _maps_side(None, overlays))
    assert outcome.fraction == pytest.approx(0.875) and "Farbtabelle" in outcome.message


@pytest.mark.parametrize("drawn", ["pcolormesh", "contourf"])
def test_an_overlay_that_is_no_image_is_never_taken_for_missing(drawn):
    overlays = [axes(images=[(k[:, :, 0], {"cmap": "gray"})], others=1) for k in map(_knee, (1, 2))]
    source = f"{CALLS}ax.{drawn}(Map1, cmap='jet', alpha=0.4)"
    outcome = _judge("3b.heatmaps", _maps_side(None, overlays, source))
    assert outcome.status == "passed" and outcome.confidence < 1
    wrong = {"Map1": MAP2, "Map2": MAP2}
    assert _judge("3b.heatmaps", _maps_side(wrong, overlays, source)).status == "needs_review"
    bare = [axes(images=[(_knee(1)[:, :, 0], {"cmap": "gray"})])]
    assert _judge("3b.heatmaps", _maps_side(None, bare, source)).status == "partial"


def test_the_right_colours_on_images_that_were_wrong_before_are_worth_something():
    mine = [_knee(3), _knee(4)]
    parts = [axes(images=[(k[:, :, 0], {"cmap": c})]) for k in mine for c in ("summer", "flag")]
    made = cell("3c-colormaps", figures=[figure(*parts)])
    loaded = _load(bild1=mine[0], bild2=mine[1])
    outcome = _judge("3c.colormaps", side({"notebook3": [loaded, made]}))
    assert outcome.fraction == pytest.approx(0.4) and "4-mal" in outcome.message
    assert _judge("3c.colormaps", side({"notebook3": [_load(), made]})).fraction == 0


def test_an_opacity_for_each_pixel_is_one():
    overlays = [_over(_knee(1), MAP1, None), _over(_knee(2), MAP2, None)]
    source = f"{CALLS}ax.imshow(Map1, cmap='jet', alpha=np.full(Map1.shape, 0.4))"
    assert _judge("3b.heatmaps", _maps_side(None, overlays, source)).status == "passed"
