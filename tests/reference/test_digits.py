from dataclasses import replace

import numpy as np
import pytest

from grader.errors import LabError, NotJudged
from grader.model import Output, Value
from tests.checks.build import (
    axes,
    call,
    cell,
    context,
    dense,
    figure,
    lab_check,
    layer,
    net,
    reference_lab,
    side,
    text,
)  # fmt: skip

architecture = lab_check("digits", "1c.architecture")
no_leak = lab_check("leak", "1c.no_leak")
accuracy = lab_check("recognition", "1c.accuracy")
prediction = lab_check("recognition", "1c.prediction")
ALL = (architecture, no_leak, accuracy, prediction)

RNG = np.random.default_rng(7)
X_TRAIN = RNG.integers(0, 256, (300, 28, 28), dtype=np.uint8)
X_TEST = RNG.integers(0, 256, (120, 28, 28), dtype=np.uint8)
Y_TEST = np.array([4, 9, 1, 7] + [3] * 116)
RISING = {"loss": [1.0, 0.2], "accuracy": [0.6, 0.95]}
FLAT_SOFTMAX = (layer("Flatten"), dense(64, "relu"), dense(10, "softmax"))


def one_hot(classes, count=10):
    sharp = np.full((len(classes), count), 0.02)
    sharp[np.arange(len(classes)), classes] = 1 - 0.02 * (count - 1)
    return sharp.astype(np.float32)


def classifier(*layers, loss="categorical_crossentropy", shape=(None, 28, 28)):
    return net(*(layers or FLAT_SOFTMAX), input_shape=shape, loss=loss, optimizer="adam")


COMPILE = call("compile", loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])


def fit(x=X_TRAIN, history=RISING, **rest):
    return call("fit", x=x, y=np.zeros((len(x), 10)), history=history, **rest)


def predict(x=X_TEST[:4] / 255.0, classes=Y_TEST[:4]):
    return call("predict", x=x, result=one_hot(classes))


def model_cell(made=None, compiled=(COMPILE,)):
    return cell("1c-model", variables={"model": made or classifier()}, calls=compiled)


def training_cell(*calls, slots="1c-training", **variables):
    # The released cell ends by resetting the model.
    calls = calls or (fit(), predict())
    printed = "4 9 1 7 2 1"  # holds what the tests' networks say, in their order
    return cell(slots, variables={"model": net(), **variables}, calls=calls, printed=printed)


@pytest.fixture
def lab(tmp_path):
    np.savez(tmp_path / "mnist.npz", x_test=X_TEST, y_test=Y_TEST)
    return replace(reference_lab(), data=tmp_path)


@pytest.fixture
def judged(lab):
    def judge(check, *cells, **rest):
        reference = side({"notebook1": [model_cell(), training_cell()]}, lab=lab)
        notebooks = {"notebook1": list(cells)} if cells else {}
        return check(context(side(notebooks, lab=lab, **rest), reference))

    return judge


@pytest.mark.parametrize("check", ALL, ids=lambda c: c.id)
def test_right_missing_and_broken(judged, check):
    assert judged(check, model_cell(), training_cell()).status == "passed"
    with pytest.raises(NotJudged, match="fehlt"):
        judged(check)
    with pytest.raises(NotJudged, match="nicht gefunden"):
        judged(check, cell("1a-model"))
    with pytest.raises(NotJudged, match="abgestürzt"):
        judged(check, cell("1c-model", status="kernel_died"),
               cell("1c-training", status="kernel_died"))  # fmt: skip


# ------------------------------------------------------------------ 1c.architecture


@pytest.mark.parametrize(
    "made",
    [
        classifier(layer("Rescaling", scale=1 / 255), *FLAT_SOFTMAX),
        classifier(layer("Reshape", target_shape=[784]), dense(2, "relu"), dense(10, "softmax")),
        classifier(dense(64, "relu"), dense(10, "softmax"), shape=(None, 784)),
        classifier(layer("Flatten"), dense(32, "linear"), layer("ReLU"), layer("Dropout"),
                   dense(10, "linear"), layer("Softmax")),
        classifier(layer("Reshape"), layer("Conv2D", activation="relu"), layer("Flatten"),
                   dense(10, "softmax")),
        classifier(loss="CategoricalCrossentropy"),
    ],
)  # fmt: skip
def test_other_ways_to_a_classifier(judged, made):
    assert judged(architecture, model_cell(made)).status == "passed"


@pytest.mark.parametrize(
    ("made", "points", "words"),
    [
        (classifier(layer("Flatten"), dense(64, "relu"), dense(10, "linear")), 2.5,
         "keine Wahrscheinlichkeiten"),
        (classifier(layer("Flatten"), dense(64, "relu"), dense(10, "sigmoid")), 2.5,
         "keine Wahrscheinlichkeiten"),
        (classifier(layer("Flatten"), dense(64, "relu"), dense(11, "softmax")), 2.0,
         "hat 11 Neuronen"),
        (classifier(layer("Flatten"), dense(10, "softmax")), 2.0, "fehlt eine verborgene"),
        (classifier(layer("Flatten"), dense(64, "linear"), dense(10, "softmax")), 2.5,
         "keine Aktivierung"),
        (classifier(layer("Flatten"), dense(64, "tanh"), dense(10, "softmax")), 2.75, "tanh"),
        (classifier(dense(64, "relu"), dense(10, "softmax")), 2.75, "nicht zu einem Vektor"),
        (classifier(loss="mean_squared_error"), 2.7, "passt nicht zu zehn Klassen"),
    ],
)  # fmt: skip
def test_a_fault_of_the_architecture_is_named(judged, made, points, words):
    outcome = judged(architecture, model_cell(made))
    assert outcome.status == "partial" and words in outcome.message
    assert 3 * outcome.fraction == pytest.approx(points)
    assert "softmax" not in outcome.message


def test_compile_is_looked_at(judged):
    outcome = judged(architecture, model_cell(classifier(loss=""), compiled=()))
    assert 3 * outcome.fraction == pytest.approx(2.5) and "nicht mit model" in outcome.message
    bare = call("compile", loss="categorical_crossentropy")
    outcome = judged(architecture, model_cell(compiled=[bare]))
    assert "fehlt die Genauigkeit" in outcome.message


def test_a_linear_output_with_logits_is_right(judged):
    made = classifier(layer("Flatten"), dense(64, "relu"), dense(10, "linear"))
    source = "model.compile(loss=CategoricalCrossentropy(from_logits=True))"
    cells = cell("1c-model", source=source, variables={"model": made}, calls=[COMPILE])
    assert judged(architecture, cells).status == "passed"


def test_the_model_of_another_task_is_not_taken(judged):
    small = net((1, "relu", [[3]], [0]))
    cells = [cell("1a-model", variables={"model": small}),
             cell("1c-model", status="error", error="NameError"), cell("1c-training")]  # fmt: skip
    outcome = judged(architecture, *cells)
    assert outcome.status == "failed" and "NameError" in outcome.message


def test_a_model_that_was_reset_in_its_own_cell_is_known_by_its_calls(judged):
    def trained(made):
        calls = [COMPILE, fit(network=made), predict()]
        return cell(("1c-model", "1c-training"), variables={"model": net()}, calls=calls)

    outcome = judged(architecture, trained(classifier()))
    assert outcome.status == "passed" and outcome.confidence == 1
    flat = classifier(layer("Flatten"), dense(64, "linear"), dense(10, "softmax"))
    outcome = judged(architecture, trained(flat))
    assert outcome.status == "partial" and "keine Aktivierung" in outcome.message
    outcome = judged(architecture, trained(net()))
    assert outcome.status == "failed" and "kein Netz" in outcome.message


def test_a_network_whose_layers_nobody_sees_is_for_a_person(judged):
    made = cell(("1c-model", "1c-training"), calls=[COMPILE, fit(), predict()])
    outcome = judged(architecture, made)
    assert (outcome.status, outcome.fraction) == ("needs_review", 0.5)


def test_of_two_configurations_the_better_counts(judged):
    bad = classifier(layer("Flatten"), dense(2, "linear"), dense(10, "linear"))
    both = cell("1c-model", variables={"model": classifier(), "klein": bad}, calls=[COMPILE])
    assert judged(architecture, both).status == "passed"


# ------------------------------------------------------------------ 1c.no_leak


@pytest.mark.parametrize(
    "x",
    [
        X_TRAIN,
        X_TRAIN.reshape(300, 784) / 255.0,
        X_TRAIN[:50].astype(np.float32)[..., None],
        X_TRAIN[::-1] * 2.0 - 1.0,
    ],
)
def test_training_images_in_any_dress_are_no_leak(judged, x):
    outcome = judged(no_leak, training_cell(fit(x)))
    assert outcome.status == "passed" and outcome.confidence == 1.0


@pytest.mark.parametrize(
    "x",
    [
        X_TEST[:4],
        X_TEST.astype(np.float32) / 255,
        X_TEST.reshape(120, 784)[::-1],
        np.concatenate([X_TRAIN, X_TEST]),
        np.concatenate([X_TRAIN, X_TEST[:4]]) / 255,
    ],
    ids=["four", "scaled", "flat", "concatenated", "the four hidden among many"],
)
def test_training_on_test_images_fails_whatever_the_variables_are_called(judged, x):
    outcome = judged(no_leak, training_cell(fit(x)))
    assert outcome.status == "failed" and outcome.details["test_share"] > 0


def test_a_few_test_images_are_named_with_their_share(judged):
    x = np.concatenate([X_TRAIN, X_TEST[50:56]])
    outcome = judged(no_leak, training_cell(fit(x)))
    assert (outcome.status, outcome.fraction) == ("partial", pytest.approx(1 / 3))
    assert "2 % Testbilder" in outcome.message


def test_validation_on_test_images_is_no_leak(judged):
    assert judged(no_leak, training_cell(fit(validation_data=X_TEST))).status == "passed"


def test_training_images_with_the_labels_of_test_images_are_half_the_repair(judged):
    outcome = judged(no_leak, training_cell(call("fit", x=X_TRAIN, y=np.zeros((120, 10)))))
    assert outcome.status == "partial" and "auch die Beschriftungen (y)" in outcome.message


def test_images_that_both_sets_hold_are_no_leak(judged, lab):
    shared = np.zeros((3, 28, 28), np.uint8)
    np.savez(lab.data / "mnist.npz", x_test=np.concatenate([shared, X_TEST]),
             y_test=np.concatenate([[0, 0, 0], Y_TEST]))  # fmt: skip
    x = np.concatenate([X_TRAIN, shared])
    reference = side({"notebook1": [model_cell(), training_cell(fit(x))]}, lab=lab)
    student = side({"notebook1": [model_cell(), training_cell(fit(x))]}, lab=lab)
    assert no_leak(context(student, reference)).status == "passed"


def test_several_trainings(judged):
    second = cell("1c-second", calls=[fit()])
    leaking = cell("1c-second", calls=[fit(X_TEST[:4])])
    assert judged(no_leak, training_cell(fit(X_TEST)), second).status == "failed"
    outcome = judged(no_leak, training_cell(), leaking)
    assert (outcome.status, outcome.fraction) == ("partial", 0.5)
    duplicated = [training_cell(fit(X_TEST[:4])), training_cell(fit())]
    assert judged(no_leak, *duplicated).fraction == 0.5
    assert judged(no_leak, training_cell(fit(), fit())).status == "passed"


def test_the_training_of_task_1b_is_another_one(judged):
    with pytest.raises(NotJudged, match="kein Training"):
        judged(no_leak, cell("1b-training", calls=[fit()]), cell("1c-training"))


@pytest.mark.parametrize("x", [Value("other", "Dataset"), [1, 2], np.zeros((0, 28, 28))])
def test_unreadable_training_data_are_for_a_human(judged, x):
    made = training_cell(call("fit", x=x, history=RISING))
    assert judged(no_leak, made).status == "needs_review"


STREAM = "daten = tf.data.Dataset.from_tensor_slices(({}, y_train)).batch(32)\nmodel.fit(daten)"


def streamed(source, x_train=X_TRAIN, **variables):
    held = {"x_train": x_train, "y_train": np.zeros((300, 10)), "x_test": X_TEST, **variables}
    return training_cell_of(source, **held)


def training_cell_of(source, **held):
    return cell("1c-training", source=source, variables=held,
                calls=[call("fit", epochs=3, history=RISING), predict()])  # fmt: skip


@pytest.mark.parametrize(
    ("source", "status", "fraction"),
    [
        (STREAM.format("x_train"), "passed", 1),
        (STREAM.format("x_train[:200] / 255"), "passed", 1),
        ("%%time\n" + STREAM.format("x_train"), "passed", 1),
        ("model.fit(x=tf.data.Dataset.from_tensor_slices((x_train, y_train)).map(lambda a, b: "
         "(a / 255, b)))", "passed", 1),
        ("a = x_train\nd = tf.data.Dataset.from_tensor_slices((a, y_train))\nd2 = d.batch(9)\n"
         "model.fit(d2, validation_data=(x_test, y_test))", "passed", 1),
        (STREAM.format("x_test"), "needs_review", 0),
        (STREAM.format("np.concatenate([x_train, x_test])"), "needs_review", 0),
        ("d = make()\nmodel.fit(d.batch(9))", "needs_review", 1),
        ("d = make(x_test)\nmodel.fit(d.batch(9))", "needs_review", 0),
        ("def f(d):\n    model.fit(d)\nf(make(test_images))", "needs_review", 0),
        ("daten = (", "needs_review", 0),
    ],
)  # fmt: skip
def test_a_stream_is_judged_by_what_it_is_made_of(judged, source, status, fraction):
    outcome = judged(no_leak, streamed(source))
    assert (outcome.status, outcome.fraction) == (status, fraction)
    assert outcome.confidence < 0.8


def test_a_stream_of_renamed_test_images_is_no_pass(judged):
    outcome = judged(no_leak, streamed(STREAM.format("x_train"), x_train=X_TEST))
    assert outcome.status == "needs_review" and outcome.fraction == 0


def test_other_images_pass_with_less_confidence(judged):
    noise = RNG.normal(size=(100, 28, 28))
    outcome = judged(no_leak, training_cell(fit(noise)))
    assert outcome.status == "passed" and outcome.confidence < 0.8


def test_hostile_training_data(judged):
    nan = np.full((5, 28, 28), np.nan)
    assert judged(no_leak, training_cell(fit(nan))).status == "passed"


def test_missing_or_broken_digits_are_our_fault(judged, lab):
    (lab.data / "mnist.npz").write_bytes(b"PK nonsense")
    with pytest.raises(LabError, match="kein Datensatz"):
        judged(no_leak, training_cell())
    (lab.data / "mnist.npz").unlink()
    with pytest.raises(LabError, match="fehlt"):
        judged(no_leak, training_cell())


# ------------------------------------------------------------------ 1c.accuracy


@pytest.mark.parametrize(
    ("history", "status", "words"),
    [
        ({"loss": [1, 0.3], "acc": [0.5, 0.93]}, "passed", "93 %"),
        ({"categorical_accuracy": [0.97]}, "passed", "97 %"),
        ({"accuracy": [0.5, 0.8]}, "partial", "nur 80 %"),
        ({"accuracy": [0.11]}, "failed", "nur 11 %"),
        ({"accuracy": [0.95], "val_accuracy": [0.5]}, "partial", "auswendig"),
        ({"loss": [2.0, 0.2]}, "partial", "nicht mitgemessen"),
        ({"loss": [2.0, 1.9]}, "failed", "nicht mitgemessen"),
        ({}, "failed", "nicht zu Ende"),
        ({"accuracy": [float("nan")], "loss": [float("nan")]}, "failed", "nicht zu Ende"),
    ],
)
def test_the_accuracy_reached(judged, history, status, words):
    outcome = judged(accuracy, training_cell(fit(history=history)))
    assert outcome.status == status and words in outcome.message


def test_the_best_of_two_configurations_counts(judged):
    small = cell("1c-second", calls=[fit(history={"accuracy": [0.4]})])
    assert judged(accuracy, training_cell(), small).status == "passed"


def test_a_leak_is_mentioned(judged):
    outcome = judged(accuracy, training_cell(fit(X_TEST)))
    assert outcome.status == "passed" and "mit Testbildern" in outcome.message


def test_an_accuracy_on_four_images_says_nothing(judged):
    four = fit(X_TEST[:4], {"accuracy": [1.0]})
    outcome = judged(accuracy, training_cell(four))
    assert outcome.fraction == 0.5 and "Handvoll Bilder" in outcome.message
    small = cell("1c-second", calls=[fit(history={"accuracy": [0.4]})])
    assert judged(accuracy, training_cell(four), small).fraction == 0.5
    good = cell("1c-second", calls=[fit()])
    assert judged(accuracy, training_cell(four), good).status == "passed"


def test_a_measured_test_accuracy_counts(judged):
    measured = call("evaluate", x=X_TEST, y=np.zeros((120, 10)), result=[2.0, 0.3])
    outcome = judged(accuracy, training_cell(fit(), measured))
    assert outcome.fraction == 0.5 and outcome.details["held_out"] == 0.3
    four = call("evaluate", x=X_TEST[:4], y=np.zeros((4, 10)), result=[2.0, 0.25])
    assert judged(accuracy, training_cell(fit(), four)).status == "passed"


def test_without_training_nothing_is_judged(judged):
    with pytest.raises(NotJudged, match="NameError"):
        judged(accuracy, cell("1c-training", status="error", error="NameError"))


# ------------------------------------------------------------------ 1c.prediction


@pytest.mark.parametrize(
    "cells",
    [
        [training_cell(fit(), predict(X_TEST, Y_TEST))],
        [training_cell(fit(), predict(X_TEST[3::-1], Y_TEST[3::-1]))],
        [training_cell(fit(), call("predict", x=Value("other"), result=one_hot(Y_TEST[:4])))],
        [training_cell(result=one_hot(Y_TEST[:4]))],
        [training_cell(fit(), result=Y_TEST[:4])],
        [training_cell(fit(), predict(classes=[0, 0, 0, 0]), predict())],
        [training_cell(fit(), *(predict(X_TEST[i : i + 1], Y_TEST[i : i + 1]) for i in range(4)))],
        [training_cell(fit(), replace(predict(), name="predict_on_batch"))],
        [training_cell(fit(), replace(predict(), name="call"))],
        [cell("1c-training", calls=[fit(), predict()], printed="4917", status="error", error="E")],
        [
            cell(
                ("1c-model", "1c-training", "1c-ambiguous"),
                calls=[fit(), predict()],
                printed="[4. 9. 1. 7.]",
            )
        ],
    ],
    ids=[
        "all",
        "order",
        "unknown x",
        "result",
        "classes",
        "two",
        "one by one",
        "on batch",
        "as function",
        "error after",
        "merged",
    ],
)
def test_the_four_digits_are_found(judged, cells):
    assert judged(prediction, *cells).status == "passed"


@pytest.mark.parametrize(
    ("classes", "fraction"), [([4, 9, 1, 2], 0.75), ([4, 9, 2, 2], 0.5), ([4, 0, 0, 0], 0.0)]
)
def test_each_digit_counts(judged, classes, fraction):
    poor = fit(history={"loss": (2.0, 1.0), "accuracy": (0.3, 0.6)})
    outcome = judged(prediction, training_cell(poor, predict(classes=classes)))
    assert outcome.fraction == fraction
    assert "Erkannt wurden 4" in outcome.message and "7" not in outcome.message


def test_a_good_network_may_misread_one_image(judged):
    outcome = judged(prediction, training_cell(fit(), predict(classes=[4, 9, 1, 2])))
    assert (outcome.status, outcome.fraction) == ("passed", 1.0)
    assert "bei Bild 4 irrt sich das Netz" in outcome.message
    two = judged(prediction, training_cell(fit(), predict(classes=[4, 9, 2, 2])))
    assert two.fraction == 0.5


def test_what_the_references_network_misreads_may_be_misread(lab):
    taught = side({"notebook1": [model_cell(), training_cell(predict(classes=[4, 9, 1, 1]))]},
                  lab=lab)  # fmt: skip
    for classes in ([4, 9, 1, 1], [4, 9, 1, 7]):
        student = side({"notebook1": [training_cell(predict(classes=classes))]}, lab=lab)
        assert prediction(context(student, taught)).status == "passed"


@pytest.mark.parametrize(
    "made",
    [
        training_cell(fit()),
        training_cell(fit(), predict(X_TRAIN[:4], [1, 2, 3, 4])),
        training_cell(fit(), call("predict", x=X_TEST[:4], result=np.full((4, 10), np.nan))),
        training_cell(fit(), call("predict", x=X_TEST[:4], result=np.zeros((0, 10)))),
        training_cell(fit(), call("predict", x=X_TEST[:4], result="nichts")),
        training_cell(fit(), result=np.array(["a"], dtype=object)),
        training_cell(fit(), result=np.array([2**62, 1, 2, 3])),
    ],
)
def test_no_prediction_of_the_test_images_fails(judged, made):
    outcome = judged(prediction, made)
    assert outcome.status == "failed" and "keine Vorhersage" in outcome.message


def test_predictions_for_the_ambiguous_pictures_do_not_disturb(judged):
    odd = cell("1c-ambiguous", calls=[predict(X_TRAIN[:4], [0, 0, 0, 0])])
    assert judged(prediction, training_cell(), text("1c-compare", "x"), odd).status == "passed"


def test_a_loop_of_ones_own_is_no_failure(judged):
    loop = (
        "for i in range(4):\n    werte = model.train_on_batch(x_train, y_train)\n    print(werte)"
    )
    small = call("fit", x=X_TRAIN, y=np.zeros((len(X_TRAIN), 10)),
                 history={"loss": (2.0, 2.0), "accuracy": (0.1, 0.17)})  # fmt: skip
    second = cell("1c-second", calls=[small])
    good = cell("1c-training", source=loop, printed="1 [0.31, 0.912]\n2 [0.2, 0.951]")
    assert judged(accuracy, good, second).status == "needs_review"
    assert judged(accuracy, good, second).fraction == 1
    poor = cell("1c-training", source=loop, printed="1 [2.31, 0.112]")
    assert judged(accuracy, poor, second).fraction == 0.5
    without = cell("1c-training", source="pass", printed="0.95")
    assert judged(accuracy, without, second).status == "failed"


@pytest.mark.parametrize(
    ("source", "suggested"),
    [
        ("for i in range(4):\n    model.train_on_batch(x_train, y_train)\nmodel(x_test)", 1),
        ("def lerne(m, x, y):\n    m.train_on_batch(x, y)\nlerne(model, x_train, y_train)", 1),
        ("x = x_test\nmodel.train_on_batch(x, y)", 0),
        ("with tf.GradientTape() as t:\n    p = model(x_test)\nmodel.predict(x_test)", 0),
        ("with a" + ".b" * 3000 + " as t:\n    model.train_on_batch(x, y)", 0),
    ],
)
def test_a_loop_is_looked_at_for_test_images_by_a_person(judged, source, suggested):
    outcome = judged(no_leak, cell("1c-training", source=source))
    assert (outcome.status, outcome.fraction) == ("needs_review", suggested)
    without = cell("1c-training", source="pass")
    with pytest.raises(NotJudged):
        judged(no_leak, without)


@pytest.mark.parametrize(("taught", "suggested"), [(X_TRAIN, 1), (X_TEST, 0)])
def test_a_loop_s_first_steps_tell_what_it_learns_from(judged, taught, suggested):
    steps = [call("call", x=taught[i : i + 10]) for i in range(0, 60, 10)]
    loop = "with tf.GradientTape() as t:\n    p = self.model(x)"
    made = cell("1c-model", source=loop), cell("1c-training", source="lies(x_test)", calls=steps)
    outcome = judged(no_leak, *made)
    assert (outcome.status, outcome.fraction) == ("needs_review", suggested)
    assert judged(accuracy, *made).status == "needs_review"


@pytest.mark.parametrize("printed", ["", "7", "accuracy: 0.4917", "Bild 1: 49, Bild 2: 17"])
def test_digits_that_nobody_sees_are_looked_for_by_a_person(judged, printed):
    outcome = judged(prediction, cell("1c-training", calls=[fit(), predict()], printed=printed))
    assert (outcome.status, outcome.fraction) == ("needs_review", 0.75)


@pytest.mark.parametrize(
    "printed", ["4\n9\n1\n7", "{0: 4, 1: 9, 2: 1, 3: 7}", "4,9,1,7", "4.0 9.0 1.0 7.0"]
)
def test_digits_are_found_in_every_form(judged, printed):
    made = cell("1c-training", calls=[fit(), predict()], printed=printed)
    assert judged(prediction, made).status == "passed"
    beside = Output("stream", f"WARNING: 1 of 2\nZiffern: {printed}", "stderr")
    made = cell("1c-training", calls=[fit(), predict()], outputs=[beside])
    assert judged(prediction, made).status == "passed"
    titles = [figure(*(axes(title=f"Ziffer {d}") for d in (4, 9, 1, 7)))]
    assert (
        judged(prediction, cell("1c-training", calls=[predict()], figures=titles)).status
        == "passed"
    )
    kept = cell("1c-training", calls=[predict()], variables={"z": np.array([4, 9, 1, 7])})
    assert judged(prediction, kept).status == "passed"
