"""Notebook 1's helper script in a real kernel, under both profiles."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

DATA = Path(__file__).parents[2] / "data"

CELLS = {
    "start": """exec(open(r"../data/notebook1_code.py").read())
%matplotlib inline
print(tf.keras.__name__.startswith("tf_keras"), plt.__name__, np.__name__, pd.__name__)""",
    "panel": "weight_widget_relu()",
    "slide": """from ipywidgets.widgets.widget import _instances
sliders = {w.description: w for w in _instances.values() if hasattr(w, "readout_format")}
print(sorted(sliders), sliders["w01"].value, sliders["b3"].value, sliders["w22"].value)
sliders["w01"].value = 2.0""",
    "ecg": """dataset = pd.read_csv("../data/data_ekg.csv")
plot_EKG_data(dataset)
x, y = prepare_EKG_data(dataset)
print(x.shape, y.shape, x.dtype, y.dtype)
print(np.array_equal(y[x[:, 0] == x[0, 0], 0], dataset.iloc[0, 1:].to_numpy(np.float32)))""",
    "fit": """tf.keras.utils.set_random_seed(1)
dense = tf.keras.layers.Dense
model3 = tf.keras.models.Sequential([dense(20, "relu"), dense(20, "relu"), dense(1)])
model3.compile(optimizer=tf.keras.optimizers.Adam(0.01), loss="mse")
run = model3.fit(x, y, batch_size=128, epochs=25, callbacks=[QRS()], verbose=0)
print(run.history["loss"][-1] < 0.3 * run.history["loss"][0])""",
    "digits": """x_train, y_train, x_test, y_test = load_and_show_data()
print(x_train.shape[1:], y_train.shape[1:], x_test.dtype, y_test.dtype, x_train.max())
print(len(x_train) == len(y_train), len(x_test) == len(y_test), set(y_test.sum(axis=1)))
print(y_test[:4].argmax(axis=1))""",
    "ambiguous": "show_ambiguous()",
}


def _run(cells: dict[str, str], folder: Path) -> dict[str, list[nbformat.NotebookNode]]:
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells.values()]
    )
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=240, kernel_name="python3", resources=resources).execute()
    return {name: cell.outputs for name, cell in zip(cells, notebook.cells, strict=True)}


def _folder(path: Path, names: tuple[str, ...]) -> Path:
    """A student's folder beside a data folder with only these files."""
    (path / "data").mkdir()
    for name in names:
        shutil.copy(DATA / name, path / "data")
    (path / "abgabe").mkdir()
    return path / "abgabe"


@pytest.fixture(scope="module", params=["keras3", "keras2"])
def outputs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[nbformat.NotebookNode]]:
    files = ("notebook1_code.py", "data_ekg.csv", "mnist.npz", "mehrdeutig.npz")
    folder = _folder(tmp_path_factory.mktemp(request.param), files)
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name == "TF_USE_LEGACY_KERAS":
                patch.delenv(name)
        if request.param == "keras2":
            patch.setenv("TF_USE_LEGACY_KERAS", "1")
        made = _run(CELLS, folder)
    assert made["start"][-1]["text"].startswith(str(request.param == "keras2"))
    return made


def _text(cell: list[nbformat.NotebookNode]) -> str:
    return "".join(output["text"] for output in cell if output["output_type"] == "stream")


def _pictures(cell: list[nbformat.NotebookNode]) -> list[str]:
    return [o["data"]["image/png"] for o in cell if "image/png" in o.get("data", {})]


pytestmark = pytest.mark.kernel


def test_libraries_are_there_and_nothing_is_on_stderr(
    outputs: dict[str, list[nbformat.NotebookNode]],
) -> None:
    assert _text(outputs["start"]).split()[1:] == ["matplotlib.pyplot", "numpy", "pandas"]
    streams = [o["name"] for cell in outputs.values() for o in cell if o["output_type"] == "stream"]
    assert set(streams) == {"stdout"}


def test_panel_shows_sliders_and_a_picture(
    outputs: dict[str, list[nbformat.NotebookNode]],
) -> None:
    kinds = [kind for output in outputs["panel"] for kind in output.get("data", {})]
    assert "application/vnd.jupyter.widget-view+json" in kinds
    assert len(_pictures(outputs["panel"])) == 1
    names = "['b1', 'b2', 'b3', 'b4', 'w01', 'w11', 'w12', 'w21', 'w22']"
    assert _text(outputs["slide"]).strip() == f"{names} 3.0 -5.0 -5.0"


def test_ecg_becomes_columns(outputs: dict[str, list[nbformat.NotebookNode]]) -> None:
    assert len(_pictures(outputs["ecg"])) == 1
    assert _text(outputs["ecg"]).splitlines() == ["(2010, 1) (2010, 1) float32 float32", "True"]


def test_callback_leaves_one_picture_and_the_net_learns(
    outputs: dict[str, list[nbformat.NotebookNode]],
) -> None:
    assert _text(outputs["fit"]).strip() == "True"
    assert len(_pictures(outputs["fit"])) == 1


def test_digits_are_loaded_and_shown(outputs: dict[str, list[nbformat.NotebookNode]]) -> None:
    assert _text(outputs["digits"]).splitlines() == [
        "(28, 28) (10,) float32 float32 1.0",
        "True True {np.float32(1.0)}",
        "[1 5 4 9]",
    ]
    assert len(_pictures(outputs["digits"])) == 2
    assert len(_pictures(outputs["ambiguous"])) == 1
