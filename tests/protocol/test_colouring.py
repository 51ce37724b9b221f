"""Code with its colours: nothing of the text is lost, and the usual words have their colour."""

from __future__ import annotations

import pytest

from grader.protocol.colouring import coloured_lines, coloured_typst
from grader.protocol.text import with_breaks

SOURCES = [
    "",
    "\n",
    "x = 1\n\n\n",
    "  if x:\n\treturn",
    "%matplotlib inline\n!ls -l",
    'text = """zwei\nZeilen"""\ny',
    "print('offen",
    "ä = ´`ß\u200b€ 😀 عربى",
    "wert_" * 30 + ".lang(" + "a" * 70 + ")[" + "0" * 40 + "]",
    "a\u200b" * 50 + "b" * 31,
    "def f(x):\n    return lambda *a, **k: a @ k  # Ende",
]


@pytest.mark.parametrize("source", SOURCES)
def test_no_sign_is_lost(source: str) -> None:
    lines = coloured_lines(source, 30)
    texts = ["".join(text for _, text in line) for line in lines]
    assert "\n".join(texts) == with_breaks(source, 30)


def test_words_have_their_colour() -> None:
    source = "for i in range(3):  # drei\n    model.fit(x, 'a', None)\n"
    colours = {text: kind for line in coloured_lines(source, 30) for kind, text in line}
    assert colours["for"] == colours["in"] == colours["None"] == "k"
    assert colours["range"] == colours["fit"] == "f"
    assert (colours["3"], colours["'a'"], colours["# drei"]) == ("n", "s", "c")
    assert colours[" i "] == colours["    model."] == ""


def test_code_cannot_leave_its_string() -> None:
    made = coloured_typst('x = "\\")#read("\n#eval(y)', 30)
    assert made.count("(") - made.count(")") == 0
    assert '\\"' in made and made.startswith("((") and made.endswith(",),)")
