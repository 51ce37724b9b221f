"""Similar submissions: a renamed copy ranks first, independent work low, given code counts not."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from grader.model import Cell, Notebook, ReleasedCell, Submission
from grader.reports.cohort import cohort_html
from grader.similar import OwnText, Part, own_text, rank, read_pairs, write_pairs
from tests.reports.grades import cohort, reference_lab
from tests.reports.pages import Page, assert_self_contained

GIVEN = """exec(open("../data/notebook1_code.py").read())
x_train, y_train, x_test, y_test = load_and_show_data()
plot_EKG_data(dataset)
result = model.predict(x_test)
print(np.argmax(result[0]), np.argmax(result[1]), np.argmax(result[2]), np.argmax(result[3]))"""
RELEASED = {"notebook1": (ReleasedCell("1c-model", "code", GIVEN, "secret = 1", "Aufgabe", "a"),)}
WORK = """# unsere Loesung
weights = [w01, b1, np.array([[w11, w21]]), np.array([b2, b3])]
def sauber(wert):
    if isinstance(wert, str) and ' ' in wert:
        tag, monat = wert.split(' ')
        return float(monate.index(monat) + 1) + int(tag.strip('.')) / 10
    return float(wert)
for zeile in range(1, len(data)):
    data.loc[zeile, 'Unnamed: 4'] = sauber(data.loc[zeile, 'Unnamed: 4'])
data = data.drop(0).reset_index(drop=True)
"""
RENAMED = WORK.replace("wert", "eingabe").replace("sauber", "f").replace("zeile", "i")
RENAMED = RENAMED.replace("# unsere Loesung\n", "\n\n").replace("monat", "m").replace("tag", "t")
OTHER = """model = tf.keras.Sequential()
model.add(tf.keras.layers.Dense(1, activation="relu"))
table = data.iloc[:, 4].tolist()
table[2] = 2.43
table[3] = 5.07
table[22] = 321
data["Unnamed: 4"] = table
"""
PROSE = (
    "Die Stufenfunktion hat überall die Ableitung null, deshalb verschwindet der Gradient und die "
    "Gewichte können mit Backpropagation nicht angepasst werden, das Netz lernt also nichts."
)


def group(name: str, *cells: str, answer: str = "") -> OwnText:
    made = tuple(Cell(i, "code", source) for i, source in enumerate(cells))
    notebook = Notebook("notebook1", "notebook1.ipynb", made)
    answers = {6: answer} if answer else {}
    return own_text(Submission(name, {"notebook1": notebook}, answers), RELEASED, ("Warum?",))


def test_a_renamed_copy_ranks_first() -> None:
    pairs = rank([group("a", GIVEN, WORK), group("b", OTHER), group("c", RENAMED, GIVEN)])
    assert (pairs[0].first, pairs[0].second) == ("a", "c")
    assert pairs[0].code > 0.8 and pairs[0].prose == 0
    passage = max(pairs[0].passages, key=lambda p: len(p.first))
    assert "def sauber(wert)" in passage.first and "def f(eingabe)" in passage.second
    assert (passage.where_first, passage.where_second) == (
        "notebook1, Zelle 2",
        "notebook1, Zelle 1",
    )


def test_independent_solutions_of_a_simple_task_rank_low() -> None:
    first = """model = tf.keras.models.Sequential([
    tf.keras.layers.Dense(1, activation="relu", input_shape=(1,)),
    tf.keras.layers.Dense(2, activation="relu"),
    tf.keras.layers.Dense(1, activation="relu")])
w = [np.array([[3]]), np.array([0]), np.array([[2, 1]]), np.array([0, -5])]
model.set_weights(w + [np.array([[1], [-5]]), np.array([0])])"""
    second = """model = Sequential()
model.add(Dense(units=1, activation='relu', input_dim=1))
model.add(Dense(units=2, activation='relu'))
model.add(Dense(units=1, activation='relu'))
gewichte = []
for matrix in ([[3.0]], [0.0], [[2.0, 1.0]], [0.0, -5.0], [[1.0], [-5.0]], [0.0]):
    gewichte.append(np.asarray(matrix))
model.set_weights(gewichte)"""
    assert all(p.similarity < 0.25 for p in rank([group("a", first), group("b", second)]))


def test_released_code_alone_gives_nothing() -> None:
    assert group("a", GIVEN) == OwnText("a")
    assert rank([group("a", GIVEN), group("b", GIVEN)]) == ()
    assert rank([]) == rank([group("a")]) == ()


def test_long_equal_answers_are_found_and_short_ones_not() -> None:
    second = PROSE.replace(", ", ",\n").replace("Die Stufen", "die  Stufen")
    (pair,) = rank([group("a", answer=PROSE), group("b", answer=f"Nun: {second}")])
    assert pair.prose > 0.7 and pair.code == 0
    assert pair.passages[0].where_first == "Frage 6"
    assert "Gradient" in pair.passages[0].first and "Gradient" in pair.passages[0].second
    assert rank([group("a", answer="ReLU und Sigmoid"), group("b", answer="ReLU, Sigmoid")]) == ()
    assert group("a", answer="Warum?") == OwnText("a")


def test_what_many_share_is_nobody_s() -> None:
    many = [group(f"g{i}", WORK) for i in range(8)]
    assert rank(many) == ()
    assert rank(many[:2])[0].code > 0.8


def test_a_hundred_submissions_and_any_text() -> None:
    draw = random.Random(1)  # noqa: S311 - texts of a test
    words = [f"{a}{b}" for a in "abcdefghij" for b in "klmnopqrst"]
    texts = [
        OwnText(
            f"g{i}",
            (Part("Zelle", " = ".join(draw.choices(words, k=400))),),
            (Part("Frage", " ".join(draw.choices(words, k=400))),),
        )
        for i in range(100)
    ]
    texts[17] = OwnText("kopie", texts[3].code, texts[3].prose)
    pairs = rank(texts)
    assert {pairs[0].first, pairs[0].second} == {"g3", "kopie"}
    odd = [Part("x", t) for t in ("", "\0" * 50, "ß" * 500, "ﬃ" * 200, "def f(:\n" * 50, "'" * 300)]
    assert rank([OwnText("a", tuple(odd), tuple(odd)), OwnText("b", tuple(odd), tuple(odd))])


@pytest.mark.parametrize("broken", [b"", b"{", b'{"pairs": 3}', b"\xff"])
def test_pairs_are_written_and_read(tmp_path: Path, broken: bytes) -> None:
    pairs = rank([group("a", WORK), group("b", RENAMED)])
    write_pairs(pairs, tmp_path / "similar.json")
    assert read_pairs(tmp_path / "similar.json") == pairs
    (tmp_path / "similar.json").write_bytes(broken)
    assert read_pairs(tmp_path / "similar.json") == ()


def test_the_report_shows_them_side_by_side_and_draws_no_conclusion() -> None:
    lab = reference_lab()
    hostile = WORK.replace("# unsere Loesung", "# <script>alert(1)</script>")
    pairs = rank([group("<b>a", hostile), group("b", RENAMED)])
    page = Page(cohort_html(cohort(lab), lab, pairs))
    assert_self_contained(page)
    assert "<script>alert" not in page.source and "<b>a" not in page.source
    assert "Ähnliche Abgaben" in page.source and "kein Urteil" in page.source
    assert page.source.count("<details>") == 1
    assert "def sauber" in page.source and "def f(eingabe)" in page.source
    assert "Ähnliche Abgaben" not in cohort_html(cohort(lab), lab)
