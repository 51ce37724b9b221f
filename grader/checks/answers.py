"""Judges a free text by a rubric: a suggestion with its evidence, never a verdict.

:func:`judge` looks for the rubric's concepts in the text. It knows words, not meaning: what it
finds is quoted in the writer's own words, what speaks against trusting it becomes a *flag*, and
an answer that is long but hardly recognised gets a low confidence instead of a confident low mark.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from grader.checks.api import Outcome, failed, review
from grader.checks.german import Analysis, Token, analyse
from grader.checks.phrases import Finding, Reader
from grader.checks.rubric import Misconception, Rubric
from grader.checks.words import fold

__all__ = ["FLAGS", "Suggestion", "judge", "message", "outcome"]

STUFFING_CAP = 0.25
NOTHING_RECOGNISED = 0.2

FLAGS: dict[str, str] = {
    "empty": "keine Antwort",
    "one_word": "Antwort aus einem Wort",
    "very_short": "sehr kurze Antwort",
    "keyword_list": "Stichwörter ohne Satz",
    "names_only": "Begriffe aufgezählt, nichts dazu gesagt",
    "negated": "passende Wörter, aber verneint",
    "fuzzy_only": "nur über Schreibfehler hinweg erkannt",
    "little_recognised": "lange Antwort, wenig erkannt",
    "misconception": "bekannter Denkfehler",
}
# Words that only introduce a list.
_LISTING = frozenset(
    "gibt es zum beispiel beispielsweise bsp etwa z b u a etc usw sowie unter anderem anderen"
    " verschiedene folgende gebräuchliche häufige bekannte typische gängige wichtige nennen genannt"
    " zählen dazu gehören erstens zweitens drittens drei".split()
)
# What a sentence has and a list of key words has not.
_GLUE = frozenset(
    "der die das den dem des ein eine einen einem einer eines ist sind war wird werden wurde kann"
    " können hat haben man es sie er wir ich sich nicht kein keine mit von zu zum zur bei in im auf"
    " aus für durch als wie dass weil wenn und aber oder auch nur nach um an am über dann so"
    " muss soll sollte würde wäre damit daher sonst also dadurch".split()
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a rubric makes of a text.

    Attributes
    ----------
    fraction : float
        Suggested share of the points in [0, 1].
    confidence : float
        In [0, 1]: how far a human may rely on the suggestion.
    """

    fraction: float
    confidence: float
    findings: tuple[Finding, ...]
    misconceptions: tuple[tuple[Misconception, str], ...] = ()
    flags: tuple[str, ...] = ()
    words: int = 0

    @property
    def found(self) -> tuple[Finding, ...]:
        """Concepts that were found at least in part."""
        return tuple(f for f in self.findings if f.share > 0)

    @property
    def missing(self) -> tuple[Finding, ...]:
        """Concepts that were not, or not completely, found."""
        return tuple(f for f in self.findings if f.share < 1)

    def details(self) -> dict[str, Any]:
        """Plain JSON for the one who grades."""
        return {
            "concepts": [
                {
                    "id": f.concept.id,
                    "label": f.concept.label,
                    "share": round(f.share, 2),
                    "quotes": list(f.quotes),
                    "match": f.how or "none",
                }
                for f in self.findings
            ],
            "misconceptions": [
                {"id": m.id, "label": m.label, "quote": quote} for m, quote in self.misconceptions
            ],
            "flags": [{"id": flag, "label": FLAGS[flag]} for flag in self.flags],
            "words": self.words,
        }


def judge(rubric: Rubric, text: str) -> Suggestion:
    """Look for the rubric's concepts in ``text`` and suggest a share of the points."""
    analysis = analyse(text)
    if not analysis.tokens:
        return Suggestion(0.0, 1.0, tuple(Finding(c, 0.0) for c in rubric.concepts), (), ("empty",))
    reader = Reader(analysis, rubric)
    findings = tuple(reader.finding(c) for c in rubric.concepts)
    bare = {f.concept.id for f in findings if _only_named(reader, f)}
    earned = sum(
        f.share * f.concept.weight * (f.concept.only_named if f.concept.id in bare else 1.0)
        for f in findings
    )
    fraction = min(1.0, earned / rubric.full)
    for finding in findings:
        if finding.concept.cap_without is not None and finding.share == 0:
            fraction = min(fraction, finding.concept.cap_without)
    present = {f.concept.id for f in findings if f.share > 0}
    errors = tuple(
        (m, quote)
        for m in rubric.misconceptions
        if not present & set(m.unless) and (quote := reader.misconception(m))
    )
    fraction = min([fraction, *(m.cap for m, _ in errors)])
    flags = _flags(rubric, analysis, findings, fraction, bool(errors))
    if bare:
        flags = (*flags, "names_only")
    if "keyword_list" in flags:
        fraction = min(fraction, STUFFING_CAP)
    return Suggestion(
        fraction, _confidence(fraction, flags), findings, errors, flags, analysis.words
    )


# ------------------------------------------------------------------ what the student reads

_QUOTES = 3
NO_ANSWER = "Keine Antwort gefunden."
_REMARKS = {
    "one_word": "Ein einzelnes Wort genügt nicht, bitte antworten Sie in einem Satz.",
    "keyword_list": "Bitte antworten Sie in ganzen Sätzen statt in Stichwörtern.",
    "names_only": "Die Begriffe sind nur aufgezählt; ergänzen Sie zu jedem, was gefragt ist.",
    "negated": "Passende Begriffe stehen in einer verneinten Aussage; prüfen Sie, ob das so gemeint"
    " ist.",
    "little_recognised": "Ein großer Teil der Antwort ließ sich nicht automatisch zuordnen, hier"
    " entscheidet die Durchsicht von Hand.",
}


def outcome(suggestion: Suggestion) -> Outcome:
    """Make the check's outcome of a suggestion: no answer has failed, else a human decides."""
    if "empty" in suggestion.flags:
        return failed(NO_ANSWER, flags=suggestion.details()["flags"])
    return review(
        suggestion.fraction,
        message(suggestion),
        confidence=suggestion.confidence,
        **suggestion.details(),
    )


def message(suggestion: Suggestion) -> str:
    """German sentences for the student: what was recognised, what kind of aspect is missing."""
    parts = []
    if suggestion.found:
        parts.append("Erkannt: " + "; ".join(_named(f) for f in suggestion.found) + ".")
    hints = [f.concept.hint for f in suggestion.missing]
    if suggestion.fraction < 1 and hints:
        start = "Ein Aspekt fehlt noch: " if len(hints) == 1 else "Es fehlt noch: "
        parts.append(start + "; ".join(hints) + ".")
    parts += dict.fromkeys(m.hint for m, _ in suggestion.misconceptions)
    parts += [_REMARKS[flag] for flag in suggestion.flags if flag in _REMARKS]
    return " ".join(parts)


def _named(finding: Finding) -> str:
    """Name the kind of aspect with the student's own words: the label would say more than they."""
    concept = finding.concept
    quotes = [_short(q) for q in finding.quotes[:_QUOTES]]
    more = ", …" if len(finding.quotes) > _QUOTES else ""
    evidence = ", ".join(f"„{q}“" for q in quotes) + more
    if concept.count > 1 and finding.share < 1:
        evidence += f"; {round(finding.share * concept.count)} von {concept.count}"
    return f"{concept.hint} ({evidence})"


def _short(quote: str, limit: int = 60) -> str:
    quote = re.sub(r"[*`$]+", "", quote)
    return quote if len(quote) <= limit else quote[: limit - 1].rstrip() + "…"


# ------------------------------------------------------------------ how far to trust it


def _flags(
    rubric: Rubric,
    analysis: Analysis,
    findings: tuple[Finding, ...],
    fraction: float,
    wrong: bool,
) -> tuple[str, ...]:
    found = [f for f in findings if f.share > 0]
    words = analysis.words
    flags = []
    if words == 1:
        flags.append("one_word")
    elif words < 5 and not rubric.list_ok:
        flags.append("very_short")
    if not rubric.list_ok and words >= 4 and _is_keyword_list(analysis):
        flags.append("keyword_list")
    if any(f.negated for f in findings):
        flags.append("negated")
    if found and all(f.how == "fuzzy" for f in found):
        flags.append("fuzzy_only")
    if words >= rubric.long and fraction < 0.5 and not wrong:
        flags.append("little_recognised")
    if wrong:
        flags.append("misconception")
    return tuple(flags)


def _only_named(reader: Reader, finding: Finding) -> bool:
    """Tell whether a list that should say something of each item has hardly a word beside them."""
    concept = finding.concept
    if concept.only_named == 1 or finding.share == 0:
        return False
    beyond = reader.beyond_names(concept)
    said = [t for t in beyond if t.text.lower() not in _GLUE | _LISTING]
    return len(said) < concept.count


def _is_keyword_list(analysis: Analysis) -> bool:
    """Tell whether hardly a word of the text holds a sentence together."""
    glue = sum(t.text.lower() in _GLUE for t in analysis.tokens)
    numbers = sum("#zahl" in t.forms or len(t.text) == 1 for t in analysis.tokens)
    words = analysis.words - numbers
    verbs = sum(_looks_like_verb(t) for t in analysis.tokens)
    return words >= 4 and glue + verbs <= words * 0.08


def _looks_like_verb(token: Token) -> bool:
    """Tell whether a word is a verb in a personal form or a participle (an infinitive is not)."""
    forms = {f for f in token.forms if f.endswith(("en", "ern", "eln"))}
    return token.text[:1].islower() and bool(forms - {fold(token.text)})


def _confidence(fraction: float, flags: tuple[str, ...]) -> float:
    if fraction == 0 and "misconception" not in flags and "one_word" not in flags:
        return NOTHING_RECOGNISED  # wrong, or right in words that the rubric does not know
    confidence = 0.85 if fraction >= 0.99 else 0.7 if fraction >= 0.5 else 0.5
    cost = {"fuzzy_only": 0.15, "negated": 0.2, "very_short": 0.1, "one_word": 0.0}
    confidence -= sum(cost.get(flag, 0.0) for flag in flags)
    if "keyword_list" in flags:
        confidence = min(confidence, 0.35)
    if "misconception" in flags:
        confidence = min(confidence, 0.5)
    if "little_recognised" in flags:
        confidence = min(confidence, 0.2)
    return round(max(confidence, 0.1), 2)
