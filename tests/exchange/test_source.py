"""From one source to two notebooks."""

from __future__ import annotations

import json
from textwrap import dedent

import nbformat
import pytest

from grader.errors import LabError
from grader.exchange.source import build_notebooks, given_text, released_cells, to_bytes

HEAD = """\
# ---
# jupyter:
#   grader:
#     notebook: notebook9
# ---

"""
SOURCE = HEAD + dedent(
    '''\
    # %% [markdown]
    # # Titel
    # Einleitung.
    #
    # ## Aufgabe 9a
    #
    # ```
    # # keine Überschrift
    # ```

    # %% slot="9a-code"
    # %matplotlib inline
    gegeben = 1
    # <student>
    #| summe = ...  # Ihr Code
    #|
    #| if summe:
    #|     print(summe)
    # <solution>
    summe = gegeben + 41
    # <end>
    for i in range(2):
        # <student>
        #| pass
        # <solution>
        print("""
    # kein Kommentar
    """)
        # <end>

    # %% [markdown] slot="9a-text"
    # **Frage**
    # <student>
    # *Hier antworten.*
    # <solution>
    # Die Summe ist $42$.
    # <end>

    # %% [markdown]
    # ## Aufgabe 9b

    # %%
    print("ohne Platz")
    '''
)


def test_student_version_has_gaps_and_given_lines() -> None:
    code = build_notebooks(SOURCE).student.cells[1]
    assert code.source.splitlines() == [
        "%matplotlib inline",
        "gegeben = 1",
        "summe = ...  # Ihr Code",
        "",
        "if summe:",
        "    print(summe)",
        "for i in range(2):",
        "    pass",
    ]


def test_solution_version_has_no_trace_of_gaps_or_markers() -> None:
    versions = build_notebooks(SOURCE)
    code, text = versions.solution.cells[1], versions.solution.cells[2]
    assert "summe = gegeben + 41" in code.source
    assert text.source == "**Frage**\nDie Summe ist $42$."
    for notebook in (versions.solution, versions.student):
        assert not any(m in c.source for c in notebook.cells for m in ("#|", "<end>", "<student>"))
    assert "Hier antworten" not in str(versions.solution)
    assert "41" not in str(versions.student) and "42" not in str(versions.student)


def test_slots_ids_and_metadata_are_stable_and_the_same_in_both_versions() -> None:
    versions = build_notebooks(SOURCE)
    ids = ["notebook9-01", "9a-code", "9a-text", "notebook9-04", "notebook9-05"]
    for notebook in (versions.student, versions.solution):
        nbformat.validate(notebook)
        assert [c.id for c in notebook.cells] == ids
        assert notebook.cells[1].metadata == {"grader": {"slot": "9a-code"}}
        assert notebook.cells[4].metadata == {}
        assert notebook.metadata["kernelspec"]["name"] == "python3"
        assert notebook.metadata["grader"] == {"notebook": "notebook9"}


def test_building_twice_gives_the_same_bytes() -> None:
    first, second = build_notebooks(SOURCE), build_notebooks(SOURCE)
    assert to_bytes(first.student) == to_bytes(second.student)
    assert to_bytes(first.solution) == to_bytes(second.solution)
    assert json.loads(to_bytes(first.student))["nbformat_minor"] == 5


def test_released_cells_know_the_nearest_heading() -> None:
    cells = released_cells(SOURCE)
    assert [c.heading for c in cells] == [
        "Titel",
        "Aufgabe 9a",
        "Aufgabe 9a",
        "Aufgabe 9b",
        "Aufgabe 9b",
    ]
    assert [c.slot for c in cells] == ["", "9a-code", "9a-text", "", ""]
    assert [c.kind for c in cells] == ["markdown", "code", "markdown", "markdown", "code"]
    assert cells[2].source_student != cells[2].source_solution


def test_given_text_reaches_from_slot_to_slot() -> None:
    given = given_text(SOURCE)
    assert set(given) == {"9a-code", "9a-text"}
    assert "Einleitung." in given["9a-code"] and "Aufgabe 9b" not in given["9a-code"]
    assert given["9a-text"].splitlines()[:2] == ["**Frage**", "*Hier antworten.*"]
    assert "Aufgabe 9b" in given["9a-text"] and "ohne Platz" in given["9a-text"]
    assert "42" not in "".join(given.values())


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("# %%\n# <student>\n#| a\n# <end>", "<end>"),
        ("# %%\n# <solution>\na\n# <end>", "<solution>"),
        ("# %%\n# <student>\n#| a\n# <solution>\nb", "fehlt <end>"),
        ("# %%\n# <student>\na = 1\n# <solution>\nb\n# <end>", "ohne '#|'"),
        ('# %% slot="a"\n1\n\n# %% slot="a"\n2', "zweimal"),
    ],
)
def test_a_badly_marked_source_is_refused_with_the_cell(cell: str, says: str) -> None:
    with pytest.raises(LabError, match=says):
        build_notebooks(HEAD + cell + "\n")


def test_a_source_without_its_notebook_is_refused() -> None:
    with pytest.raises(LabError, match="nennt kein Notebook"):
        build_notebooks("# %%\n1\n")
