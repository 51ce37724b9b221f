"""Judges a free text by a rubric: a suggestion with its evidence, never a verdict.

:func:`judge` looks for the rubric's concepts in the text. It knows words, not meaning: what it
finds is quoted in the writer's own words, what speaks against trusting it becomes a *flag*, and
an answer that is long but hardly recognised gets a low confidence instead of a confident low mark.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from grader.checks.api import Outcome, failed, review
from grader.checks.flags import FLAGS, REMARKS, confidence
from grader.checks.form import GLUE, LISTING, is_keyword_list
from grader.checks.german import Analysis, analyse
from grader.checks.phrases import Finding, Reader
from grader.checks.rubric import Misconception, Rubric

__all__ = ["ANSWER", "NO_ANSWER", "Suggestion", "judge", "message", "misplaced", "outcome"]

NO_ANSWER = "Keine Antwort gefunden."
ANSWER = "answer"
"""The detail that holds the text itself, for whoever looks it through."""
_LONGEST = 20_000
_QUOTES = 3
_CONTENT_WORDS = 3
"""A sentence of fewer words is not counted among those in which nothing was recognised."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a rubric makes of a text.

    Attributes
    ----------
    fraction : float
        Suggested share of the points in [0, 1].
    confidence : float
        In [0, 1]: how far a human may rely on the suggestion.
    unread : tuple of str
        Sentences in which nothing was recognised.
    aside : tuple of str
        What did not count: hidden from view or addressed to a grader.
    elsewhere : str
        The question that the answer fits better, ``""`` if none was asked or none does.
    text : str
        What was judged.
    """

    fraction: float
    confidence: float
    findings: tuple[Finding, ...]
    misconceptions: tuple[tuple[Misconception, str], ...] = ()
    flags: tuple[str, ...] = ()
    words: int = 0
    unread: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()
    elsewhere: str = ""
    text: str = ""

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
            "missing": [f.concept.label for f in self.missing],
            "flags": [{"id": flag, "label": FLAGS[flag]} for flag in self.flags],
            "unread": list(self.unread),
            "words": self.words,
            **({"aside": list(self.aside)} if self.aside else {}),
            **({"elsewhere": self.elsewhere} if self.elsewhere else {}),
            ANSWER: self.text[:_LONGEST],
        }


def judge(rubric: Rubric, text: str) -> Suggestion:
    """Look for the rubric's concepts in ``text`` and suggest a share of the points."""
    analysis = analyse(text, rubric.lexicon)
    aside = (*analysis.unseen, *analysis.addressed)
    if not analysis.tokens:
        nothing = tuple(Finding(c, 0.0) for c in rubric.concepts)
        flags = ("empty", *_aside_flags(analysis))
        return Suggestion(0.0, confidence(0.0, flags), nothing, (), flags, aside=aside, text=text)
    reader = Reader(analysis, rubric)
    findings = tuple(reader.finding(c) for c in rubric.concepts)
    bare = {f.concept.id for f in findings if _only_named(reader, f)}
    fraction = _earned(rubric, findings, bare)
    present = {f.concept.id for f in findings if f.share > 0}
    errors = tuple(
        (m, quote)
        for m in rubric.misconceptions
        if not present & set(m.unless) and (quote := reader.misconception(m))
    )
    fraction = min([fraction, *(m.cap for m, _ in errors)])
    flags = _flags(reader, findings, fraction, bool(errors))
    if bare:
        flags = (*flags, "names_only")
    if "keyword_list" in flags or ("one_word" in flags and not rubric.list_ok):
        fraction = min(fraction, rubric.list_cap)
    unread, share = _unread(analysis, findings, errors)
    trust = confidence(fraction, flags, share)
    return Suggestion(
        fraction, trust, findings, errors, flags, analysis.words, unread, aside, text=text
    )


def misplaced(suggestion: Suggestion, question: str) -> Suggestion:
    """Note that the answer fits another question better; the suggested points stay."""
    flags = (*suggestion.flags, "other_question")
    trust = min(suggestion.confidence, confidence(suggestion.fraction, flags))
    return replace(suggestion, flags=flags, confidence=trust, elsewhere=question)


def _earned(rubric: Rubric, findings: tuple[Finding, ...], bare: set[str]) -> float:
    earned = sum(
        f.share * f.concept.weight * (f.concept.only_named if f.concept.id in bare else 1.0)
        for f in findings
    )
    caps = [f.concept.cap_without for f in findings if f.share == 0]
    return min([1.0, earned / rubric.full, *(c for c in caps if c is not None)])


# ------------------------------------------------------------------ what the student reads


def outcome(suggestion: Suggestion) -> Outcome:
    """Make the check's outcome of a suggestion: no answer has failed, else a human decides."""
    if "empty" in suggestion.flags:
        details = suggestion.details()
        shown = {k: details[k] for k in ("flags", "aside") if k in details}
        remarks = [REMARKS[flag] for flag in suggestion.flags if flag in REMARKS]
        return failed(" ".join([NO_ANSWER, *remarks]), **shown)
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
    parts += [REMARKS[flag] for flag in suggestion.flags if flag in REMARKS]
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


# ------------------------------------------------------------------ what speaks against it


def _aside_flags(analysis: Analysis) -> tuple[str, ...]:
    unseen = ("hidden_text",) if analysis.unseen else ()
    return (*unseen, "addressed") if analysis.addressed else unseen


def _flags(
    reader: Reader, findings: tuple[Finding, ...], fraction: float, wrong: bool
) -> tuple[str, ...]:
    rubric, analysis = reader.rubric, reader.analysis
    found = [f for f in findings if f.share > 0]
    words = analysis.words
    raised = {
        "one_word": words == 1,
        "very_short": 1 < words < 5 and not rubric.list_ok,
        "keyword_list": not rubric.list_ok and is_keyword_list(analysis),
        "hollow": reader.hollow_hits > 0 and fraction < 1,
        "negated": any(f.negated for f in findings),
        "fuzzy_only": bool(found) and all(f.how == "fuzzy" for f in found),
        "little_recognised": words >= rubric.long and fraction < 0.5 and not wrong,
        "misconception": wrong,
        "off_topic": words >= 5 and not found and not wrong and not reader.knows_any_word(),
    }
    return (*(flag for flag, is_raised in raised.items() if is_raised), *_aside_flags(analysis))


def _unread(
    analysis: Analysis,
    findings: tuple[Finding, ...],
    errors: tuple[tuple[Misconception, str], ...],
) -> tuple[tuple[str, ...], float]:
    """Return the sentences in which nothing was recognised, and their share of all."""
    read = {analysis.tokens[i].sentence for f in findings for i in f.tokens}
    sentences: dict[int, list[int]] = {}
    for i, token in enumerate(analysis.tokens):
        sentences.setdefault(token.sentence, []).append(i)
    counted = {n: where for n, where in sentences.items() if len(where) >= _CONTENT_WORDS}
    quoted = [quote for _, quote in errors]
    written = [analysis.quote(w[0], w[-1]) for n, w in counted.items() if n not in read]
    left = [sentence for sentence in written if not any(q in sentence for q in quoted)]
    return tuple(left), len(left) / len(counted) if counted else 0.0


def _only_named(reader: Reader, finding: Finding) -> bool:
    """Tell whether a list that should say something of each item has hardly a word beside them."""
    concept = finding.concept
    if concept.only_named == 1 or finding.share == 0:
        return False
    beyond = reader.beyond_names(concept)
    said = [t for t in beyond if t.text.lower() not in GLUE | LISTING]
    return len(said) < concept.count
