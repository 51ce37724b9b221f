import numpy as np
import pytest

from grader.checks.context import held, last_name
from grader.checks.models import dense_layers, find_model, models_in
from grader.checks.networks import network, same_function
from grader.model import Value
from tests.checks.build import call, cell, dense, layer, net, side

GRID = np.linspace(-10, 10, 41)
FIRST, HIDDEN, LAST = (1, "relu", [[3]], [0]), ([[2, 1]], [0, -5]), ([[1], [-5]], [0])
RIGHT = net(FIRST, (2, "relu", *HIDDEN), (1, "relu", *LAST))


def rebuilt(made, **rest):
    held = side({"notebook1": [cell("1a-model", variables={"model": made})]})
    info = held.state("1a-model")["model"].model
    return network(held, "1a-model", info, **rest)


def curve(x):
    h = np.maximum(0, 3 * x)
    return np.maximum(0, 2 * h - 5 * np.maximum(0, h - 5))


def test_the_small_net_is_evaluated_from_its_weights():
    found = rebuilt(RIGHT)
    assert found is not None and found.input_shape == (1,)
    np.testing.assert_allclose(found(GRID).reshape(-1), curve(GRID))
    np.testing.assert_allclose(found(np.array([[-1], [1], [2]])), [[0], [6], [7]])


@pytest.mark.parametrize(
    "made",
    [
        net(FIRST, (2, "relu", [[1, 2]], [-5, 0]), (1, "relu", [[-5], [1]], [0])),
        net((1, "relu", [[6]], [0]), (2, "relu", [[1, 0.5]], [0, -5]), (1, "relu", *LAST)),
        net(dense(1, "linear", [[3]]), layer("ReLU"), (2, "relu", *HIDDEN), (1, "relu", *LAST)),
        net(layer("InputLayer"), FIRST, layer("Dropout", rate=0.5), (2, "relu", *HIDDEN),
            dense(1, "linear", *LAST), layer("Activation", activation="relu")),
    ],
    ids=["permuted", "scaled", "no bias, ReLU layer", "Activation layer"],
)  # fmt: skip
def test_another_way_to_the_same_function(made):
    assert same_function(rebuilt(made), rebuilt(RIGHT), GRID)


def test_missing_output_activation_differs_only_where_it_shows():
    linear = rebuilt(net(FIRST, (2, "relu", *HIDDEN), (1, "linear", *LAST)))
    right = rebuilt(RIGHT)
    assert same_function(linear, right, np.array([-1.0, 1.0, 2.0]))
    assert not same_function(linear, right, GRID)
    assert same_function(
        rebuilt(net(FIRST, (2, "relu", *HIDDEN), (1, "linear", *LAST)), activation="relu"),
        right,
        GRID,
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("linear", [-2.0, 3.0]), ("relu", [0.0, 3.0]), ("sigmoid", [0.119203, 0.952574]),
        ("tanh", [-0.964028, 0.995055]), ("elu", [-0.864665, 3.0]), ("leaky_relu", [-0.4, 3.0]),
        ("softplus", [0.126928, 3.048587]), ("swish", [-0.238406, 2.857722]),
        ("selu", [-1.520166, 3.152103]), ("softsign", [-0.666667, 0.75]), (None, [-2.0, 3.0]),
    ],
)  # fmt: skip
def test_activations_as_in_keras(name, expected):
    found = rebuilt(net(dense(1, name, [[1]], [0])))
    np.testing.assert_allclose(found(np.array([-2.0, 3.0])).reshape(-1), expected, atol=1e-5)


def test_layers_around_a_classifier():
    rng = np.random.default_rng(1)
    kernel, bias = rng.normal(size=(6, 4)), rng.normal(size=4)
    made = net(
        layer("Rescaling", scale=0.5, offset=1.0),
        layer("Flatten"),
        layer("BatchNormalization", [2.0] * 6, [1.0] * 6, [0.5] * 6, [4.0] * 6, epsilon=0.0),
        (4, "softmax", kernel, bias),
        input_shape=(None, 2, 3),
    )
    x = rng.normal(size=(5, 2, 3))
    z = ((x.reshape(5, 6) * 0.5 + 1 - 0.5) / 2 * 2 + 1) @ kernel.astype("f4") + bias.astype("f4")
    expected = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(rebuilt(made)(x), expected, rtol=1e-5)


@pytest.mark.parametrize(
    "made",
    [
        net(),
        net(layer("Lambda")),
        net(dense(1, "relu")),
        net((1, "mystery", [[1]], [0])),
        net((2, "relu", [[1, 2]], [0, 0, 0])),
        net((1, "relu", [1, 2], [0])),
        net(layer("Dense", np.array(["a"], dtype=object), activation="relu")),
        net(layer("Dense", np.array([[1j]]), activation="relu")),
        net(layer("BatchNormalization", [1.0], [1.0, 2.0], [1.0], [1.0])),
    ],
)
def test_what_cannot_be_rebuilt_is_none(made):
    assert rebuilt(made) is None


def test_weights_that_do_not_fit_one_another_give_no_output():
    found = rebuilt(net((2, "relu", [[1, 2]], [0, 0]), (1, "relu", [[1], [2], [3]], [0])))
    assert found is not None and found(GRID) is None
    assert not same_function(found, rebuilt(RIGHT), GRID)


def test_nan_weights_are_never_equal():
    found = rebuilt(net((1, "relu", [[np.nan]], [0])))
    assert not same_function(found, rebuilt(RIGHT), GRID)


def test_a_layer_of_a_million_neurons_is_survived():
    wide = np.zeros((1, 250_000), dtype=np.float16)
    found = rebuilt(net(layer("Dense", wide, activation="relu")))
    assert found(np.zeros(2)).shape == (2, 250_000)


def test_dense_layers_carry_the_activation_that_follows():
    made = net(
        layer("Flatten"), dense(8, "linear"), layer("ReLU"), layer("Dropout"),
        dense(10, "linear"), layer("Activation", activation="softmax"),
    )  # fmt: skip
    held = side({"notebook1": [cell("1c-model", variables={"model": made})]})
    found = dense_layers(held.state("1c-model")["model"].model)
    assert [(d.units, d.activation) for d in found] == [(8, "relu"), (10, "softmax")]


def test_a_model_is_found_by_name_then_by_kind():
    held = side(
        {
            "notebook1": [
                cell("1a-model", variables={"model": net(), "netz": RIGHT}),
                cell("1a-predict", variables={"x": 1}),
            ]
        }
    )
    place, info = find_model(held, "1a-predict", "1a-model")
    assert place == "1a-model" and len(info.layers) == 3
    assert len(models_in(held, "1a")) == 1
    assert find_model(held, "1c-model") is None


def test_networks_are_found_by_variable_by_path_and_by_call():
    other, third = net((5, "relu", np.ones((1, 5)), np.zeros(5))), net((7, "tanh"))
    held = side({"notebook1": [
        cell("1a-model", variables={"d": [["a", RIGHT]]}, calls=[call("predict", network=other)]),
        cell("1a-weights", variables={"a.model": third}),
    ]})  # fmt: skip
    units = [[d.units for d in dense_layers(m)] for m in models_in(held, "1a")]
    assert units == [[7], [1, 2, 1], [5]]
    assert [n for n, _ in held.networks("1a")] == ["", "d[0][1]", "a.model"]
    # The name that is asked for, be it at the end of a path, before any other.
    assert find_model(held, "1a-weights")[1].layers[0].config["units"] == 7
    assert find_model(held, "1a-model")[1].layers[0].config["units"] == 1


@pytest.mark.parametrize(
    ("path", "name"),
    [("a", "a"), ("a.b", "b"), ("a['b c']", "a['b c']"), ("a['Map1']", "Map1"), ("a[0].b", "b"),
     ("a[0]", "a[0]"), ("", ""), ("größe.Höhe", "Höhe")],
)  # fmt: skip
def test_the_name_at_the_end_of_a_path(path, name):
    assert last_name(path) == name


def test_lists_and_dicts_are_opened_by_path():
    pair = Value("sequence", "tuple", items=(Value("scalar", "str", scalar="roh"), Value("other")))
    value = Value("sequence", "dict", items=(pair,))
    assert [p for p, _ in held("t", value)] == ["t", "t['roh']"]
    assert [p for p, _ in held("t", Value("sequence", "list", items=(value,)))][1:] == [
        "t[0]",
        "t[0]['roh']",
    ]
