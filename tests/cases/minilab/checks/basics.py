"""Checks of the tiny lab."""

from grader.checks import Context, Outcome, check, failed, passed, review


@check("q1")
def question(context: Context) -> Outcome:
    """Die Antwort auf Frage 1."""
    answer = context.student.submission.answers.get(1, "")
    return review(float("Summe" in answer), "Wird durchgesehen.", confidence=0.5, answer=answer)


@check("1a.mean")
def mean(context: Context) -> Outcome:
    """Der Mittelwert der Messwerte."""
    return _compare(context, "a-mean", "mittelwert")


@check("1b.sum")
def total(context: Context) -> Outcome:
    """Die Summe der Messwerte."""
    return _compare(context, "b-sum", "summe")


def _compare(context: Context, slot: str, name: str) -> Outcome:
    context.student.require(slot)
    found = context.student.state(slot).get(name)
    expected = context.reference.state(slot)[name]
    if found is not None and found.scalar == expected.scalar:
        return passed("Richtig.")
    return failed("Der Wert stimmt nicht.", expected=expected.scalar)
