"""What a cell printed and showed, as blocks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from grader.model import Output
from grader.protocol import build_document
from grader.protocol.document import Block, Code, DataTable, FigureBlock, Note, TextOutput
from tests.checks.build import CellSpec, axes, cell, figure, side
from tests.protocol.conftest import Pictures, shown, with_pictures


def blocks(made: CellSpec, pictures: Pictures | None = None) -> list[Block]:
    document = build_document(with_pictures(side({"notebook1": [made]}), pictures or Pictures()))
    task = document.sections[1].sections[0].sections[0]
    start = next(i for i, b in enumerate(task.blocks) if isinstance(b, Code))
    return [b for b in task.blocks[start + 1 :] if not (isinstance(b, Note) and b.kind == "gap")]


def printed(text: str) -> Output:
    return Output(kind="stream", name="stdout", text=text)


@pytest.mark.parametrize(
    "text",
    [
        "<Figure size 640x480 with 1 Axes>",
        "[<matplotlib.lines.Line2D at 0x7f2a>]",
        "<matplotlib.image.AxesImage at 0x7f2a>",
        "Text(0.5, 1.0, 'Titel')",
        "<keras.src.callbacks.history.History at 0x7f2a>",
        "(np.float64(-0.5), np.float64(27.5), np.float64(27.5), np.float64(-0.5))",
        "(-0.5, 255.5, 255.5, -0.5)",
    ],
)
def test_what_plotting_returns_is_not_shown(text: str) -> None:
    assert blocks(cell("1a-predict", outputs=[Output(kind="result", text=text)])) == []


@pytest.mark.parametrize(
    "text",
    [
        "(1, 0, 0, 2)",
        "(0.5, 0.2, 0.2, 0.1)",
        "<tf.Tensor: shape=(1,), dtype=float32, numpy=array([1.], dtype=float32)>",
        "array([[0.],\n       [6.]])",
        "[]",
    ],
)
def test_results_are_shown(text: str) -> None:
    assert blocks(cell("1a-predict", outputs=[Output(kind="result", text=text)])) == [
        TextOutput(text)
    ]


def test_progress_bars_leave_their_numbers() -> None:
    keras3 = (
        "\r\x1b[1m79/79\x1b[0m \x1b[32m━━━━━━━━━━\x1b[0m \x1b[1m1s\x1b[0m 9ms/step - loss: 0.5\n"
    )
    keras2 = "1/1 [==============================] - 0s 60ms/step\n79/79 [=====>.....] - loss: 1\n"
    made = cell("1a-predict", printed=f"Epoch 1/5\n{keras3}{keras2}")
    assert blocks(made) == [TextOutput("Epoch 1/5\n79/79 1s 9ms/step - loss: 0.5\n79/79 loss: 1")]


def test_warnings_on_stderr_are_no_result() -> None:
    made = cell("1a-predict", outputs=[Output(kind="stream", name="stderr", text="W0000 TF")])
    assert blocks(made) == []


def test_a_widget_is_a_remark() -> None:
    made = cell("1a-predict", outputs=[Output(kind="display", text="VBox(children=(…))")])
    assert blocks(made) == [Note("Interaktives Bedienfeld, nur im Notebook zu sehen.")]


def test_a_named_frame_without_html_comes_from_the_evidence() -> None:
    frame = pd.DataFrame({"a": [1]})
    output = Output(kind="result", text="   a\n0  1")
    made = cell("1a-predict", source="x = 1\nframe", variables={"frame": frame}, outputs=[output])
    caption = "Ein kleines Netz: Tabelle „frame“"
    table = DataTable(("", "a"), (("0", "1"),), (True, True), number=1, caption=caption)
    assert blocks(made) == [table]


def figures(outputs: Sequence[Output], pictures: Pictures) -> list[Block]:
    return blocks(cell("1a-predict", outputs=outputs), pictures)


def test_short_lines_in_a_loop_label_the_pictures() -> None:
    pictures = Pictures()
    one, two = (shown(pictures.image(np.eye(4) * n)) for n in (1, 2))
    labelled = [printed("Bild 1\n"), one, printed("Bild 2\n"), two]
    (block,) = figures(labelled, pictures)
    assert isinstance(block, FigureBlock)
    assert [p.label for p in block.pictures] == ["Bild 1", "Bild 2"]
    (block,) = figures([one, printed("0.1\n"), two, printed("0.2\n")], pictures)
    assert isinstance(block, FigureBlock)
    assert [p.label for p in block.pictures] == ["0.1", "0.2"]


def test_long_texts_keep_their_place() -> None:
    pictures = Pictures()
    one, two = (shown(pictures.image(np.eye(4) * n)) for n in (1, 2))
    long = printed("x " * 200 + "\n")
    kinds = [type(b) for b in figures([one, long, two], pictures)]
    assert kinds == [FigureBlock, TextOutput, FigureBlock]
    kinds = [type(b) for b in figures([long, one, two, printed("Ende\n")], pictures)]
    assert kinds == [TextOutput, FigureBlock, TextOutput]


@pytest.mark.parametrize(
    ("source", "ending"),
    [
        ("plt.plot(x, y)", "svg"),
        ('plt.plot(x, y)\nplt.xlabel("x")', "svg"),
        ('plt.plot(x, y, "r--")', "png"),
        ("plt.plot(x, y, color='red')", "png"),
        ("plt.semilogy(x, y)", "png"),
        ("plt.plot(x, y, marker='o')", "png"),
    ],
)
def test_only_plain_curves_are_drawn_anew(source: str, ending: str) -> None:
    pictures = Pictures()
    x = np.arange(5.0)
    made = cell(
        "1a-predict",
        source=source,
        figures=[figure(axes([(x, x)]))],
        outputs=[shown(pictures.image(np.eye(4)), 0)],
    )
    (block,) = blocks(made, pictures)
    assert isinstance(block, FigureBlock)
    assert block.pictures[0].name.endswith(ending)


@pytest.mark.parametrize(
    "parts",
    [
        [axes([([1.0, 3.0, 2.0], [1.0, 2.0, 3.0])])],
        [axes([([1.0, 2.0], [1.0, 2.0])], others=1)],
        [axes(images=[np.eye(3)], others=1)],
        [axes([([1.0, 2.0], [1.0, 2.0])]), axes([([1.0, 2.0], [1.0, 2.0])], others=1)],
        [axes([([1.0, 2.0], [1.0, 2.0])], images=[np.eye(3)])],
        [axes(images=[(np.eye(3), {"cmap": "no such map"})])],
        [axes([([1.0, 2.0], [1.0, 2.0, 3.0])])],
        [axes()],
    ],
    ids=["points", "others", "image", "two axes", "both", "colours", "lengths", "empty"],
)
def test_other_figures_stay_pictures(parts: list[object]) -> None:
    pictures = Pictures()
    made = cell(
        "1a-predict",
        figures=[figure(*parts)],  # type: ignore[arg-type]
        outputs=[shown(pictures.image(np.eye(4)), 0)],
    )
    (block,) = blocks(made, pictures)
    assert isinstance(block, FigureBlock)
    assert block.pictures[0].name.endswith("png")


def test_rules_of_a_printed_table_stay() -> None:
    rules = ("┏━━━━━━━━━━┳━━━━━━━━━┓", "┡━━━━━━━━━━╇━━━━━━━━━┩", "└──────────┴─────────┘")
    table = "\n".join((rules[0], "┃ Layer    ┃ Param # ┃", *rules[1:]))
    assert blocks(cell("1a-model", printed=table)) == [TextOutput(table)]


def test_a_network_s_summary_is_a_table() -> None:
    box = [
        'Model: "sequential"',
        "┏━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━┳━━━━━━━━━┓",
        "┃ Layer (type)    ┃ Output Shape ┃ Param # ┃",
        "┡━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━╇━━━━━━━━━┩",
        "│ flatten         │ (None, 784)  │       0 │",
        "│ (Flatten)       │              │         │",
        "├─────────────────┼──────────────┼─────────┤",
        "│ dense (Dense)   │ (None, 128)  │ 100,480 │",
        "└─────────────────┴──────────────┴─────────┘",
        " Total params: 100,480 (392.50 KB)",
        " Trainable params: 100,480 (392.50 KB)",
    ]
    table, rest = blocks(cell("1a-model", printed="\n".join([*box, "fertig"])))
    assert isinstance(table, DataTable) and rest == TextOutput("fertig")
    assert table.rows == (
        ("flatten (Flatten)", "(None, 784)", "0"),
        ("dense (Dense)", "(None, 128)", "100,480"),
    )
    assert table.remark.startswith("Total params: 100,480 (392.50 KB)")


def test_the_summary_of_keras_2_is_a_table() -> None:
    lines = [
        'Model: "sequential"',
        "_" * 60,
        " Layer (type)                Output Shape              Param #   ",
        "=" * 60,
        " dense (Dense)               (None, 1)                 2         ",
        "                                                                 ",
        " dense_1 (Dense)             (None, 2)                 4         ",
        "=" * 60,
        "Total params: 6 (24.00 Byte)",
        "_" * 60,
    ]
    (table,) = blocks(cell("1a-model", printed="\n".join(lines)))
    assert isinstance(table, DataTable)
    assert table.header == ("Layer (type)", "Output Shape", "Param #")
    assert table.rows[1] == ("dense_1 (Dense)", "(None, 2)", "4")


def test_a_training_s_log_is_a_table() -> None:
    step = "9/9 - 1s - loss: {loss:.4f} - val_loss: 1e-05"
    log = "".join(f"Epoch {n}/3\n{step.format(loss=1 / n)}\n" for n in (1, 2, 3))
    first, table, last = blocks(cell("1a-predict", printed=f"Start\n{log}7\n2\n"))
    assert first == TextOutput("Start") and last == TextOutput("7\n2")
    assert isinstance(table, DataTable)
    assert table.header == ("Epoche", "Dauer", "loss", "val_loss")
    assert table.rows[2] == ("3", "1\u202fs", "0,3333", "1 · 10⁻⁵")


def test_a_printed_frame_is_a_table() -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    made = cell("1a-predict", printed=f"vorher\n{frame}\n", variables={"frame": frame})
    first, table = blocks(made)
    assert first == TextOutput("vorher")
    assert isinstance(table, DataTable) and table.rows == (("0", "1", "x"), ("1", "2", "y"))


def test_what_only_looks_like_a_table_stays_text() -> None:
    for printed in ("Epoch 1/5\nnichts", 'Model: "x"\nkeine Schichten', "   a  b\n0  1  x"):
        assert blocks(cell("1a-predict", printed=printed)) == [TextOutput(printed.strip("\n"))]
