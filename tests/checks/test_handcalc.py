import time

import pytest

from grader.checks.formulas import numbers_in, plain_formulas, table_blocks, value_of
from grader.checks.handcalc import claimed_outputs
from grader.checks.handsteps import shows_steps, sums_inputs

INPUTS = (-1.0, 1.0, 2.0)
RIGHT = {-1.0: 0.0, 1.0: 6.0, 2.0: 7.0}


def first(text):
    return {x: v[0] for x, v in claimed_outputs(text, INPUTS).outputs.items()}


RIGHT_TEXTS = {
    "list": "Ausgaben: 0, 6, 7",
    "activation f": r"$$x=-1: N_1=f(-3)=0, N_3=f(-5)=0, y=f(0)=0$$" "\n"
    r"$$x=1: N_1=f(3)=3, N_2=f(6)=6, N_3=f(-2)=0, y=f(6)=6$$" "\n"
    r"$$x=2: N_1=f(6)=6, N_2=f(12)=12, N_3=f(1)=1, y=f(12-5)=f(7)=7$$",
    "plus signs": "| Eingabe | 1. Schicht | 2. Schicht | Ausgabe |\n|---|---|---|---|\n"
    "| -1 | 0 | 0 und 0 | 0 |\n| +1 | 3 | 6 und 0 | 6 |\n| +2 | 6 | 12 und 1 | 12 - 5 = 7 |",
    "prose": "Für die Eingaben -1, 1, 2 ergeben sich die Ausgaben 0, 6 und 7.",
    "sentence": "Für x=-1 ist die Ausgabe 0, für x=1 ist sie 6 und für x=2 ist sie 7.",
    "spoken": "Bei -1 kommt 0 raus, bei 1 kommt 6 raus, bei 2 kommt 7 raus",
    "arrows": "-1 → 0, 1 → 6, 2 → 7",
    "lines": "x=-1: 0\nx=1: 6\nx=2: 7",
    "numbered": "1. x = -1 -> 0\n2. x = 1 -> 6\n3. x = 2 -> 7",
    "decimals": "x=-1: 0,0\nx=1: 6,0\nx=2: 7.0",
    "function": "f(-1) = 0\nf(1) = 6, f(2)=7",
    "result before the way": "$f(-1)=0$: $N_1=0, N_2=0, N_3=0$\n\n"
    "$f(1)=6$: $N_1=3, N_2=6, N_3=0$\n\n$f(2)=7$: $N_1=6, N_2=12, N_3=1$",
    "indices": "$x_1 = -1$: $y_1 = 0$\n\n$x_2 = 1$: $y_2 = 6$\n\n$x_3 = 2$: $y_3 = 7$",
    "latex": r"$x=-1: \max(0, -3)=0 \Rightarrow y = 0$" "\n\n"
    r"$x=1$: $h_{1}=3, h_{2}=6, h_{3}=\max(0,-2)=0$, $y=6$" "\n\n"
    r"$x = 2$: $h_1 = 6$; $h_2=12$; $h_3=1$; $y=12\cdot 1+1\cdot(-5)=7$",
    "calls": "y(x=-1) = ReLU(0) = 0\ny(x=1) = ReLU(6·1 + 0·(−5)) = 6\n"
    "y(x=2) = ReLU(12·1 + 1·(−5)) = 7",
    "matrix": r"$$y = \begin{pmatrix} 0 \\ 6 \\ 7 \end{pmatrix}$$",
    "row": r"$$y = \begin{bmatrix} 0 & 6 & 7 \end{bmatrix}^T$$",
    "numpy": "[[0.]\n [6.]\n [7.]]",
    "exponents": "[[0.000e+00], [6.000e+00], [7.000e+00]]",
    "by step": "x = -1: ReLU(-3) = 0 -> ReLU(0) = 0, ReLU(-5) = 0 -> ReLU(0) = 0\n"
    "x = 1: ReLU(3) = 3 -> ReLU(6) = 6, ReLU(-2) = 0 -> ReLU(6) = 6\n"
    "x = 2: 6 -> 12, 1 -> ReLU(12-5) = 7",
    "bars": "x=-1: 0 | 0, 0 | 0\nx=1: 3 | 6, 0 | 6\nx=2: 6 | 12, 1 | 7",
    "by layer": "Schicht 1: x=-1: 0; x=1: 3; x=2: 6\n"
    "Schicht 2: x=-1: (0, 0); x=1: (6, 0); x=2: (12, 1)\nAusgabe: x=-1: 0; x=1: 6; x=2: 7",
    "by neuron": "Eingabe: -1, 1, 2\nNeuron 1: 0, 3, 6\nNeuron 2: 0, 6, 12\n"
    "Neuron 3: 0, 0, 1\nAusgabe: 0, 6, 7",
    "aside": "x=-1: y = 0\nx=1: y = 6 (weil Neuron 3 nur 0 liefert)\nx=2: y = 7 (12 minus 5)",
    "table": "| x | N1 | N2 | N3 | y |\n|---|---|---|---|---|\n| −1 | 0 | 0 | 0 | **0** |\n"
    "| 1 | 3 | 6 | 0 | **6** |\n| 2 | 6 | 12 | 1 | **7** |",
    "lying table": "| x | -1 | 1 | 2 |\n|:--|--:|--:|--:|\n| N1 | 0 | 3 | 6 |\n| y | 0 | 6 | 7 |",
    "labelled table": "|Eingabe|Ausgabe|\n|--|--|\n| x = -1 | 0 |\n| x = 1 | 6 |\n| x = 2 | 7 |",
    "with keras": "| x | Hand | keras |\n|--|--|--|\n| -1 | 0 | 9 |\n| 1 | 6 | 9 |\n| 2 | 7 | 9|",
    "html": "<table><tr><td>x=-1</td><td>0</td></tr><tr><td>x=1</td><td>6</td></tr>"
    "<tr><td>x=2</td><td>7</td></tr></table>",
    "steps": "**x = -1**\n- N1 = relu(3*(-1)+0) = 0\n- N2 = relu(0*2) = 0\n"
    "- N3 = relu(0*1-5) = relu(-5) = 0\n- N4 = relu(0) = 0\n\n**x = 1**\n- N1 = relu(3*1) = 3\n"
    "- N2 = 6\n- N3 = relu(3-5) = 0\n- N4 = relu(6*1+0*(-5)) = 6\n\n**x=2**\n- N1=6\n- N2 = 12\n"
    "- N3= 1\n- N4 = 12 - 5 = 7\n\nDas Ergebnis stimmt mit keras aus Abschnitt 2 überein.",
    "blocks": "**x = -1**\n\n$N_1 = \\max(0; 3 \\cdot (-1) + 0) = 0$\n\n"
    "$y = \\max(0; 1 \\cdot 0 - 5 \\cdot 0) = 0$\n\n### x = 1\n\n$N_3 = \\max(0; 3 - 5) = 0$\n\n"
    "$y = \\max(0; 1 \\cdot 6 - 5 \\cdot 0) = 6$\n\nFür x = 2:\n\n"
    "$N_2 = \\max(0, 2 \\cdot 6) = 12$\n\n"
    "$y = \\max(0, 1 \\cdot 12 - 5 \\cdot 1) = 7$",
    "blocks without names": "Für x = -1:\nmax(0; -3) = 0\nmax(0; 0 - 0) = 0\n\nFür x = 1:\n"
    "max(0; -2) = 0\nmax(0; 6 - 0) = 6\n\nFür x = 2:\nmax(0; 1) = 1\nmax(0; 12 - 5) = 7",
    "a column per input": "| | x = -1 | x = 1 | x = 2 |\n|---|---|---|---|\n"
    "| N1 = ReLU(3x) | 0 | 3 | 6 |\n| N2 = ReLU(2 N1) | 0 | 6 | 12 |\n"
    "| N3 = ReLU(N1 - 5) | 0 | 0 | 1 |\n| y = ReLU(N2 - 5 N3) | **0** | **6** | **7** |",
    "a column per input, keras below": "| Eingabe | -1 | 1 | 2 |\n|--|--|--|--|\n"
    "| Schicht 2 | (0, 0) | (6, 0) | (12, 1) |\n| Schicht 3 | 0 | 6 | 12-5=7 |\n"
    "| Keras | 0 | 5 | 5 |",
    "not worked out": "x = -1: y = ReLU(1*0 - 5*0)\nx = 1: y = relu(6)\n"
    "x = 2: y = max(0, 12 + 1*(-5))",
    "told": "Für x = -1 ergibt das erste Neuron 0 und damit ergibt sich insgesamt 0. "
    "Für x = 1 ergibt sich 3·1 = 3, also ergibt sich 6, da N3 = 0 ist. "
    "Für x = 2 ergibt sich am Ende 7 (12 - 5).",
    "aligned": r"$$\begin{align} x=-1: y &= \max(0, 0 - 5\cdot 0) \\ &= 0 \\ "
    r"x=1: y &= \max(0, 6-0)"
    r" \\ &= 6 \\ x=2: y &= \max(0, 12-5) \\ &= 7\end{align}$$",
    "bare arrows": "-1 → 0 → 0, 0 → 0\n1 → 3 → 6, 0 → 6\n2 → 6 → 12, 1 → 7",
    "counted": "Eingabe 1: 0, Ausgabe: 0\nEingabe 2: 3, 6, Ausgabe: 6\n"
    "Eingabe 3: 6, 12, 1, Ausgabe: 7",
    "counted with x": "Eingabe 1 (x=-1): N4 = 0\nEingabe 2 (x=1): N1 = 3, N4 = 6\n"
    "Eingabe 3 (x=2): N4 = 7",
    "inputs not named": "N1 = 0, N2 = 0, y = 0\n\nN1 = 3, N2 = 6, y = 6\n\nN1 = 6, N3 = 1, y = 7",
    "commas": "x = -1: N1 = 0,0; Ausgabe = 0,0\nx = 1: N1 = 3,0; Ausgabe = 6,0\n"
    "x = 2: N1 = 6,0; Ausgabe = 7,0 mV",
    "general formula first": "f(x) = relu(2 relu(3x) - 5 relu(relu(3x)-5))\n"
    "f(-1) = relu(0 - 0) = 0\n"
    "f(1) = max(0; 6 - 5*0) = 6\nf(2) = relu(12 - 5*1) = 7",
}  # fmt: skip


@pytest.mark.parametrize("text", RIGHT_TEXTS.values(), ids=RIGHT_TEXTS)
def test_a_right_calculation_is_read(text):
    assert first(text) == RIGHT
    assert not sums_inputs(text, INPUTS)


def test_wrong_and_missing_values_are_read_as_they_are():
    assert first("x=-1: y = -3*2 = -6\nx=1: y = 6\nx=2: y=7") == {**RIGHT, -1.0: -6.0}
    assert first("x=1: y=6") == {1.0: 6.0}
    assert first("x = 2: 6 | 12, 1 | 7, also y = 8") == {2.0: 8.0}
    table = RIGHT_TEXTS["a column per input"].replace("**7**", "12")
    assert first(table) == {**RIGHT, 2.0: 12.0}
    assert first(RIGHT_TEXTS["blocks"].replace("= 7$", "= 5$")) == {**RIGHT, 2.0: 5.0}
    assert first("x = -1: y = 34\nx = 1: N3 = -2, y = 6+10 = 16\nx = 2: y = 12 - 5 = 7") == {
        -1.0: 34.0, 1.0: 16.0, 2.0: 7.0,
    }  # fmt: skip
    assert first("Ausgaben: 0, 6, 12 - 5 = 7") == {}
    assert first("keine Ahnung") == {} and first("") == {}


def test_a_value_that_is_not_clear_has_several_candidates():
    found = claimed_outputs("x=-1: y = 0\nx=1: y = 6\nx=2: y = 9, nein, 7", INPUTS)
    assert found.outputs[2.0] == (9.0, 7.0)


def test_a_number_amid_prose_or_of_a_hidden_neuron_is_a_guess():
    found = claimed_outputs("Bei x=1 steht 6 im Netz, davor war es 3. Bei x=2: y = 7", INPUTS)
    assert found.outputs[1.0] == (3.0,) and found.guessed == {1.0}
    found = claimed_outputs("x = 1\nN1 = 3\nN3 = 0\n\nx = 2\nN1 = 6\nN3 = 1", INPUTS)
    assert found.guessed == {1.0, 2.0}
    assert claimed_outputs("Am Ende: 0\ndann = 6\nzuletzt -> 7", INPUTS).finals == (0, 6, 7)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("y = max(0; 12 - 5*1) = 7", 7.0),
        ("y = max(0, 12 - 5*1)", 7.0),
        ("relu(2 - 5)", 0.0),
        ("y = 7 > 0", 7.0),
        ("-3 < 0 -> 0", 0.0),
        ("y = 6 weil N3 = aus", 6.0),
        ("12 - 5 -> ReLU", 7.0),
        ("3(-1) + 2,5", -0.5),
        ("also 7 mV", 7.0),
        ("[[7.]]", 7.0),
        ("1/0", None),
        ("ReLU(N2 - 5 N3)", None),
        ("y = N2 - 5*N3", None),
        ("2**9**9**9", None),
        ("((((", None),
        ("", None),
    ],
)
def test_the_value_of_a_chain_of_equations(text, value):
    assert value_of(text) == value


@pytest.mark.parametrize("text", ["3*(-1)", "12 - 5 = 7", "max(0; x)", "$3 \\cdot 2$", "erst 3"])
def test_steps_are_seen(text):
    assert shows_steps(text, {3.0, 12.0})


@pytest.mark.parametrize("text", ["y(-1) = 0, y(1) = 6, y(2) = 7", "0, 6, 7", "x=-1: 0", ""])
def test_results_alone_are_no_steps(text):
    assert not shows_steps(text, {3.0, 12.0})


@pytest.mark.parametrize(
    "text",
    [
        "N1: 3*(-1) + 3*1 + 3*2 = 6",
        "(-1+1+2)*3 = 6",
        "-1 + 1 + 2 = 2",
        r"$3 \cdot (-1) + 3 \cdot 1 + 3 \cdot 2 = 6$",
        r"$w_{01} \cdot (-1) + w_{01} \cdot 1 + w_{01} \cdot 2$",
        "(-1)*3 + 1*3 + 2*3 = 6",
        "-3 + 3 + 6 = 6",
        "Netzeingabe: 1·3 + 2·3 + (−1)·3",
        "relu(-3+3+6)",
    ],
)
def test_the_sum_of_the_inputs_is_recognised(text):
    assert sums_inputs(text, INPUTS)


@pytest.mark.parametrize(
    "text", ["x=-1, x=1, x=2", "3*2 + 1*1", "6*1 + 0*(-5) + 0", "12*1 + 1*(-5) = 7", "-1+1", ""]
)
def test_other_sums_are_not(text):
    assert not sums_inputs(text, INPUTS)


def test_numbers_in_text():
    assert numbers_in("0,6") == (0.6,)
    assert numbers_in("0, 6, 7") == numbers_in("0,6,7") == (0.0, 6.0, 7.0)
    assert numbers_in("3-5 = -2.") == (3.0, 5.0, -2.0)
    assert numbers_in("N1 w_11 x2 3x") == ()
    assert numbers_in(plain_formulas(r"$b_{2} = -5$, $w_1=2{,}5$")) == (-5.0, 2.5)


def test_markup_is_reduced():
    assert plain_formulas("## 1.2 **x = 1**\n2. $y = 6$") == "x = 1\ny = 6"
    assert plain_formulas(r"$\frac{1}{2} \to 3$") == "(1)/(2) -> 3"
    tables, rest = table_blocks("Text\n| a | b |\n|---|---|\n| 1 | 2 |\nEnde")
    assert tables == [[["a", "b"], ["1", "2"]]] and rest == "Text\nEnde"


@pytest.mark.parametrize(
    "text",
    [
        "(" * 30_000, "(a" * 20_000, " \n" * 20_000, "1 " * 20_000, "-1+" * 10_000, "|" * 30_000,
        "x=1" * 10_000, "\\frac{" * 8_000, "[" * 9_000 + "]" * 9_000, "y = " * 9_000,
        "( aaaa " * 6_000, "1,2;" * 9_000, "".join(f"{i}," for i in range(9_000)), "\ud800x=1: 6",
        "9" * 30_000, "x=" + "1" * 400, "1e99" * 5_000, "<a" * 15_000, "w*" * 12_000,
        "x=1 x=2 " + "y = " * 9_000, "x=1: " + "ergibt " * 5_000, "x=1=" + "max(" * 5_000,
        "| x | -1 | 1 | 2 |\n" * 900, "-1 -> 1 -> 2 -> " * 2_000, "x=1: " + "3 = " * 5_000,
    ],
    ids=range(25),
)  # fmt: skip
def test_hostile_text_takes_no_time(text):
    start = time.process_time()
    claimed_outputs(text, INPUTS)
    sums_inputs(text, INPUTS)
    shows_steps(text)
    assert time.process_time() - start < 3
