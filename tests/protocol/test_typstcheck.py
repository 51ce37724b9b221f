"""The second look at what pandoc writes for Typst."""

from __future__ import annotations

import pytest

from grader.protocol.markup import to_html, to_typst
from grader.protocol.typstcheck import is_plain_math, is_plain_text

FORMULAS = [
    r"\frac{\partial E}{\partial w_{ij}} = \delta_j\, a_i",
    r"a^{(l)} = f\left(W^{(l)} a^{(l-1)} + b^{(l)}\right)",
    r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}",
    r"\begin{cases} x & x > 0 \\ 0 & \text{sonst} \end{cases}",
    r"\hat{y} = \operatorname{softmax}(z)_k = \frac{e^{z_k}}{\sum_j e^{z_j}}",
    r"\mathbf{x} \in \mathbb{R}^n, \quad \|x\|_2 \le 1, \qquad \sqrt[3]{x} \to \infty",
    r"\underbrace{a+b}_{c} \overline{AB} \vec{v} \dot{x} \boxed{E = mc^2}",
    r"\max(0, z) \cdot \sigma'(z) = \begin{bmatrix} a \\ b \end{bmatrix}",
    r"p = 0{,}51 \;\mathrm{mmol/l} \approx 3{,}2\,\%",
    r"\hat{xy} \vec{a+b} \overleftarrow{x} \ddot x \lVert x \rVert \mathring{x} \cancel{x}",
    r"\binom{n}{k} \lim_{x \to 0} \int_a^b f(x)\,dx \phantom{x}",
    r"\begin{aligned} a &= b \\ c &= d \end{aligned}",
]


@pytest.mark.parametrize("tex", FORMULAS)
def test_usual_formulas_pass(tex: str) -> None:
    (made,) = to_typst([f"Text ${tex}$ Text"]).values()
    assert made.pieces[1].startswith("#formula("), made.pieces[1]
    (written,) = to_html([f"Text ${tex}$ Text"]).values()
    assert "<math" in written


@pytest.mark.parametrize(
    "source",
    [
        '$upright("a\\\\" #panic() "")$',
        '$"a" std.read("x")$',
        "$read(x)$",
        "$#panic()$",
        "$x // y$",
        "$x /* y $",
        '$"offen$',
        "$#(1+1)$",
        "$std$",
    ],
)
def test_code_in_a_formula_is_seen(source: str) -> None:
    assert not is_plain_math(source)


@pytest.mark.parametrize("source", ["#panic()", "#{1}", "a #import x", '#link("x")[#eval("1")]'])
def test_code_in_a_text_is_seen(source: str) -> None:
    assert not is_plain_text(source)


@pytest.mark.parametrize(
    "source", [r"\#panic()", "`#panic()`", "#strong[a] #emph[b]", "```\n#x\n```"]
)
def test_text_passes(source: str) -> None:
    assert is_plain_text(source)
