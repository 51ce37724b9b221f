import numpy as np
import pytest

from grader.errors import NotJudged
from grader.model import Output
from tests.checks.build import axes, call, cell, context, dense, figure, lab_check, net, side
from tests.reference.nets import X50, says, small, task_1a

curve = lab_check("curve", "1b.curve")
plot = lab_check("curve", "1b.plot")
training = lab_check("training", "1b.training")
Y50 = says(small(), X50)
QRS_X = np.linspace(0, 1, 200)
QRS_Y = np.exp(-(((QRS_X - 0.5) / 0.1) ** 2))
# A tent over the peak: explains most of it, as a trained network would.
TRAINED = net(
    dense(3, "relu", [[1, 1, 1]], [-0.35, -0.5, -0.65]),
    dense(1, "linear", [[6], [-12], [6]], [0]),
)
FALLING = {"loss": list(np.geomspace(1, 0.01, 50))}


def shown(*lines, **settings):
    return [figure(axes(list(lines), xlabel="x", ylabel="y", **settings))]


def curve_cell(x=X50, y=Y50, figures=None, **variables):
    calls = [call("predict", x=x, result=y)]
    figures = shown((np.ravel(x), np.ravel(y))) if figures is None else figures
    return cell("1b-curve", variables={"result": y, **variables}, calls=calls, figures=figures)


def training_cell(
    x=QRS_X, y=QRS_Y, loss="mean_squared_error", history=FALLING, model3=TRAINED, **rest
):
    return cell(
        "1b-training",
        variables={"model3": model3},
        calls=[call("compile", loss=loss), call("fit", x=x, y=y, epochs=100, history=history)],
        **rest,
    )


REFERENCE = side({"notebook1": [*task_1a(), curve_cell(), training_cell()]})


def judged(check, *cells, made=None):
    return check(context(side({"notebook1": [*task_1a(made), *cells]}), REFERENCE))


@pytest.mark.parametrize("check", [curve, plot, training], ids=lambda c: c.id)
def test_what_is_missing_is_not_judged(check):
    with pytest.raises(NotJudged, match="fehlt"):
        check(context(side(), REFERENCE))
    with pytest.raises(NotJudged, match="nicht gefunden"):
        judged(check)
    with pytest.raises(NotJudged, match="Zeitüberschreitung"):
        judged(check, cell("1b-curve", status="timeout"), cell("1b-training", status="timeout"))


# ------------------------------------------------------------------ 1b.curve


@pytest.mark.parametrize(
    "made",
    [
        curve_cell(),
        curve_cell(x=X50.reshape(-1, 1)),
        curve_cell(y=Y50.reshape(1, 50)),
        cell("1b-curve", variables={"result": Y50}),
        cell("1b-curve", variables={"eingaben": X50, "kurve": Y50.astype(np.float64)}),
        cell("1b-curve", figures=shown((X50, Y50.ravel()))),
        cell("1b-curve", calls=[call("predict", x=X50, result=Y50)], status="error", error="E"),
    ],
    ids=["plain", "column", "row", "result", "names", "figure", "error after"],
)
def test_the_curve_is_found(made):
    assert judged(curve, made).status == "passed"


def test_merged_cells():
    merged = cell(
        ("1a-predict", "1b-curve"),
        variables={"model": small(), "result": Y50},
        calls=[call("predict", x=[-1, 1, 2], result=says(small(), [-1, 1, 2])),
               call("predict", x=X50, result=Y50)],
    )  # fmt: skip
    assert judged(curve, merged).status == "passed"


def test_other_sampling_points():
    x = np.linspace(-5, 5, 101)
    outcome = judged(curve, curve_cell(x, says(small(), x)))
    assert (outcome.status, outcome.fraction) == ("partial", 0.8)
    x = np.linspace(0, 3, 50)
    outcome = judged(curve, curve_cell(x, says(small(), x)))
    assert outcome.fraction == 0.5 and "Bereich" in outcome.message


def test_a_wrong_net_applied_consistently_gives_half():
    made = small(w22=-4)
    for x in (X50, np.linspace(-5, 5, 80)):
        outcome = judged(curve, curve_cell(x, says(made, x)), made=made)
        assert (outcome.status, outcome.fraction) == ("partial", 0.5)
        assert "Folgefehler" in outcome.message


def test_right_values_without_the_network_behind_them_are_for_a_human():
    outcome = judged(curve, curve_cell(), made=small(w22=-4))
    assert outcome.status == "needs_review" and outcome.confidence < 0.5


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (np.zeros((50, 1)), "überall gleich"),
        (np.linspace(0, 1, 50) ** 2, "weder dem gezeichneten"),
        (np.full((50, 1), np.nan), "keine endlichen Zahlen"),
        (np.ones(33) * np.arange(33) ** 2, "33 Werte"),
    ],
)
def test_a_wrong_curve_says_why(y, words):
    outcome = judged(curve, cell("1b-curve", variables={"result": y}))
    assert outcome.status == "failed" and words in outcome.message


@pytest.mark.parametrize(
    "variables",
    [{}, {"result": np.zeros((0, 1))}, {"result": "x"}, {"x": X50}, {"result": [[0.0], [6.0]]},
     {"result": np.array(["a"] * 50, dtype=object)}],
)  # fmt: skip
def test_no_curve_fails(variables):
    outcome = judged(curve, cell("1b-curve", variables=variables, status="error", error="KeyError"))
    assert outcome.status == "failed" and "keine Ausgabekurve" in outcome.message
    assert "KeyError" in outcome.message


# ------------------------------------------------------------------ 1b.plot


def test_the_plot_over_x_passes_and_labels_count():
    assert judged(plot, curve_cell()).message == "Die Kurve ist über x gezeichnet."
    for settings, fraction, words in (
        ({}, 0.75, "beide Achsen"),
        ({"xlabel": "x"}, 0.875, "y-Achse"),
        ({"ylabel": "Ausgabe"}, 0.875, "x-Achse"),
        ({"title": "y über x"}, 0.875, "beide Achsen"),
        ({"xlabel": " ", "ylabel": ""}, 0.75, "beide Achsen"),
    ):
        bare = [figure(axes([(X50, Y50.ravel())], **settings))]
        outcome = judged(plot, curve_cell(figures=bare))
        assert (outcome.status, outcome.fraction) == ("partial", fraction)
        assert words in outcome.message


def test_from_right_to_left_is_the_same_curve():
    backwards = curve_cell(x=X50[::-1], y=Y50[::-1])
    assert judged(curve, backwards).status == judged(plot, backwards).status == "passed"


def test_the_groups_own_curve_is_a_curve():
    y = says(small(w22=-4), X50)
    assert judged(plot, curve_cell(y=y), made=small(w22=-4)).status == "passed"
    assert judged(plot, curve_cell(y=y)).status == "passed"


@pytest.mark.parametrize(
    ("line", "fraction", "words"),
    [
        ((np.arange(50), Y50.ravel()), 0.5, "laufenden Nummer"),
        ((Y50.ravel(), X50), 0.5, "vertauscht"),
        ((X50 * 3, Y50.ravel()), 0.5, "nicht über den x-Werten"),
        ((X50, X50), 0.0, "nicht die Ausgabe"),
        ((X50[20:], Y50.ravel()[20:]), 0.5, "ganzen verlangten Bereich"),
        ((X50, np.full(50, np.nan)), 0.0, "nicht die Ausgabe"),
    ],
)
def test_a_fault_of_the_plot_is_named(line, fraction, words):
    outcome = judged(plot, curve_cell(figures=shown(line)))
    assert outcome.fraction == fraction and words in outcome.message


def test_the_best_line_counts():
    lines = shown((X50, X50), (X50, Y50.ravel()))
    assert judged(plot, curve_cell(figures=lines)).status == "passed"


def test_no_figure_points_and_empty_figures():
    assert "keine Abbildung" in judged(plot, curve_cell(figures=[])).message
    assert judged(plot, curve_cell(figures=[figure(axes(others=1))])).status == "partial"
    assert "leer" in judged(plot, curve_cell(figures=[figure(axes())])).message
    assert judged(plot, curve_cell(figures=shown(([], [])))).status == "failed"


# ------------------------------------------------------------------ 1b.training


def test_the_training_passes():
    outcome = judged(training, training_cell())
    assert outcome.status == "passed" and outcome.details["explained_variance"] > 0.6
    order = np.random.default_rng(0).permutation(200)
    shuffled = training_cell(QRS_X[order].reshape(-1, 1), QRS_Y[order].reshape(-1, 1))
    assert judged(training, shuffled).status == "passed"
    assert judged(training, training_cell(loss="mae", model3=net())).status == "passed"


FLAT = net(dense(1, "linear", [[0]], [0]))


@pytest.mark.parametrize(
    ("rest", "fraction", "words"),
    [
        ({"loss": "categorical_crossentropy"}, 0.75, "für Klassen gemacht"),
        ({"x": QRS_Y, "y": QRS_X, "model3": net()}, 0.75, "vertauscht"),
        ({"x": np.zeros(5), "y": np.zeros(5), "model3": net()}, 0.75, "nicht mit den"),
        ({"history": {"loss": [1.0, 1.0]}}, 0.75, "sinkt im Training kaum"),
        ({"history": {"loss": [1.0]}}, 0.75, "zu kurz"),
        ({"history": {"loss": [1.0, float("nan")]}, "model3": net()}, 0.5, "NaN"),
        ({"model3": FLAT}, 0.75, "folgt den QRS-Komplexen noch nicht"),
        ({"x": None, "y": None}, 0.875, "nicht lesbar"),
        ({"history": {}, "model3": FLAT}, 0.5, "zu kurz"),
    ],
)
def test_a_fault_of_the_training_is_named(rest, fraction, words):
    outcome = judged(training, training_cell(**rest))
    assert outcome.status == "partial" and words in outcome.message
    assert outcome.fraction == pytest.approx(fraction)


def test_no_training_fails():
    outcome = judged(training, cell("1b-training", status="error", error="NameError"))
    assert outcome.status == "failed" and "NameError" in outcome.message


def test_of_several_trainings_the_best_counts():
    short = call("fit", x=QRS_X, y=QRS_Y, history={"loss": [1.0]})
    made = training_cell()
    both = cell("1b-training", variables=made.variables, calls=[*made.calls, short])
    assert judged(training, both).status == "passed"
    assert judged(training, training_cell(), training_cell()).status == "passed"


# ------------------------------------------------------------------ unusual but right


def test_points_in_any_order_and_one_by_one():
    assert judged(curve, curve_cell(x=X50[::-1], y=Y50[::-1])).status == "passed"
    one_by_one = [call("predict", x=[[v]], result=says(small(), [v])) for v in X50]
    assert judged(curve, cell("1b-curve", calls=one_by_one)).status == "passed"
    assert judged(curve, cell("1b-curve", calls=one_by_one[:30])).status == "partial"


@pytest.mark.parametrize("loss", ["mae", "huber", "log_cosh", "<lambda>", "mein_fehler"])
def test_any_loss_for_curves_and_an_own_one(loss):
    assert judged(training, training_cell(loss=loss)).status == "passed"


@pytest.mark.parametrize("loss", ["binary_crossentropy", "SparseCategoricalCrossentropy", "hinge"])
def test_a_loss_for_classes_is_named(loss):
    outcome = judged(training, training_cell(loss=loss))
    assert outcome.status == "partial" and "für Klassen" in outcome.message


def test_a_loop_around_fit_is_one_training():
    def looped(losses, x=QRS_X):
        fits = [call("fit", x=x, y=QRS_Y, epochs=1, history={"loss": [v]}) for v in losses]
        return cell("1b-training", variables={"model3": TRAINED},
                    calls=[call("compile", loss="mse"), *fits])  # fmt: skip

    assert judged(training, looped(FALLING["loss"])).status == "passed"
    assert judged(training, looped([1.0] * 9)).status == "partial"
    assert judged(training, looped(FALLING["loss"], x=-QRS_X)).status == "partial"


def test_a_stream_made_of_x_and_y():
    def stream(**held):
        return cell("1b-training", variables={"model3": TRAINED, **held},
                    calls=[call("compile", loss="mse"), call("fit", history=FALLING)])  # fmt: skip

    assert judged(training, stream(x=QRS_X, y=QRS_Y)).status == "passed"
    assert judged(training, stream(x=QRS_X + 3, y=QRS_Y)).status == "partial"
    assert judged(training, stream()).status == "partial"


LOOP = "with tf.GradientTape() as tape:\n    loss = f(model3(x), y)\n# fit"


def test_who_trains_in_a_loop_of_ones_own_is_judged_by_the_network():
    made = cell("1b-training", source=LOOP, variables={"netz": TRAINED})
    outcome = judged(training, made)
    assert outcome.status == "passed" and outcome.confidence < 1
    for poor in (FLAT, net()):
        made = cell("1b-training", source=LOOP, variables={"netz": poor})
        assert judged(training, made).status == "needs_review"
    only_said = cell("1b-training", source="# tape = tf.GradientTape()\npass")
    assert judged(training, only_said).status == "failed"


def test_a_figure_that_is_only_seen_as_a_picture_is_for_a_person():
    seen = cell("1b-curve", variables={"result": Y50}, outputs=[Output("display", image="abc")])
    outcome = judged(plot, seen)
    assert outcome.status == "needs_review" and outcome.confidence < 0.5
