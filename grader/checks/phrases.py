"""Finds a rubric's phrases in a text: where their words stand together, about which topic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from grader.checks.form import hollow_sentences
from grader.checks.german import Analysis, Token
from grader.checks.rubric import Concept, Misconception, Phrase, Rubric
from grader.checks.sentences import is_negator
from grader.checks.words import How, Pattern, matches_of

__all__ = ["Finding", "Hit", "Reader"]

WINDOW = 15  # words
MAX_ANCHORS = 200
QUOTE_WORDS = 9
TOPIC_WIDTH = 3
_EACH = ("bzw", "beziehungsweise", "resp", "respektive")


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a phrase was found: the tokens, how they matched and whether a negation reaches one."""

    tokens: tuple[int, ...]
    how: How
    negated: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """One concept: how much of it was found, and the words that show it."""

    concept: Concept
    share: float
    quotes: tuple[str, ...] = ()
    how: How | None = None
    negated: bool = False
    tokens: frozenset[int] = frozenset()


@dataclass
class Reader:
    """One text, searched for many phrases: what a pattern matches is looked up once."""

    analysis: Analysis
    rubric: Rubric
    _places: dict[Pattern, dict[int, How]] = field(default_factory=dict)
    _mentions: list[tuple[int, str]] | None = None
    _used: set[int] = field(default_factory=set)
    hollow_hits: int = 0

    def __post_init__(self) -> None:
        self._hollow = hollow_sentences(self.analysis)

    def finding(self, concept: Concept) -> Finding:
        """Look for one concept; what it is found by is used up for concepts that are ``own``."""
        if concept.items or concept.distinct:
            return self._counted(concept)
        hits = [h for p in concept.phrases for h in self._accepted(p, concept)]
        hits = self._saying(hits)
        if concept.own:
            hits = [h for h in hits if not self._used & set(h.tokens)]
        if not hits:
            return Finding(concept, 0.0, negated=self._spoiled(concept.phrases, concept))
        best = min(hits, key=lambda h: (_rank(h.how), h.tokens[-1] - h.tokens[0]))
        self._used.update(best.tokens)
        words = frozenset(i for h in hits for i in h.tokens)
        return Finding(concept, 1.0, (self._quote(best),), best.how, tokens=words)

    def _saying(self, hits: list[Hit]) -> list[Hit]:
        """Leave out what stands in sentences that name terms and say nothing of them."""
        tokens = self.analysis.tokens
        saying = [h for h in hits if not self._hollow & {tokens[i].sentence for i in h.tokens}]
        self.hollow_hits += not saying and bool(hits)
        return saying

    def knows_any_word(self) -> bool:
        """Tell whether any word of the text occurs in the rubric's concepts or errors."""
        phrases = [p for m in self.rubric.misconceptions for p in m.phrases]
        for concept in self.rubric.concepts:
            phrases += [*concept.phrases, *(p for item in concept.items for p in item)]
        patterns = {w for phrase in phrases for place in phrase.places for w in place}
        return any(self._hits(pattern) for pattern in patterns)

    def misconception(self, error: Misconception) -> str:
        """Return the words that show a known error, ``""`` if none do."""
        tokens = self.analysis.tokens
        spared = {
            tokens[i].clause
            for phrase in error.but_not
            for hit in self._accepted(phrase, error)
            for i in hit.tokens
        }
        for phrase in error.phrases:
            for hit in self._accepted(phrase, error):
                if not spared & {tokens[i].clause for i in hit.tokens}:
                    return self._quote(hit)
        return ""

    def beyond_names(self, concept: Concept) -> list[Token]:
        """Return the words that are neither an item of a list nor go ``beside`` one.

        Numbers and single letters always count: they belong to a formula.
        """
        names = {
            i
            for item in concept.items
            for phrase in item
            for hit in self.hits(phrase, concept.within)
            for i in hit.tokens
        }
        names |= {i for pattern in concept.beside for i in self._hits(pattern)}
        return [
            token
            for i, token in enumerate(self.analysis.tokens)
            if i not in names or "#zahl" in token.forms or len(token.text) == 1
        ]

    def _counted(self, concept: Concept) -> Finding:
        quotes: list[str] = []
        hows: list[How] = []
        words: set[int] = set()
        spoiled = False
        for item in concept.items:
            hit = next((h for p in item for h in self._accepted(p, concept)), None)
            if hit is None:
                spoiled = spoiled or self._spoiled(item, concept)
            else:
                quotes.append(self.analysis.quote(hit.tokens[0], hit.tokens[-1]))
                hows.append(hit.how)
                words.update(hit.tokens)
        if concept.distinct is not None:
            seen = self._hits(concept.distinct)
            quotes += dict.fromkeys(self.analysis.tokens[i].text for i in seen)
            hows += list(seen.values())
            words.update(seen)
        share = min(1.0, len(quotes) / concept.count)
        how = max(hows, key=_rank, default=None)
        return Finding(concept, share, tuple(quotes), how, spoiled and share < 1, frozenset(words))

    def _accepted(self, phrase: Phrase, where: Concept | Misconception) -> Iterator[Hit]:
        for hit in self.hits(phrase, where.within):
            if where.topic and self._topic(hit.tokens[0]) != where.topic:
                continue
            if phrase.polarity == "any" or hit.negated == (phrase.polarity == "negated"):
                yield hit

    def _spoiled(self, phrases: Sequence[Phrase], concept: Concept) -> bool:
        return any(
            p.polarity == "plain" and h.negated
            for p in phrases
            for h in self.hits(p, concept.within)
        )

    def hits(self, phrase: Phrase, within: str) -> Iterator[Hit]:
        """Yield where the words of a phrase stand together."""
        places = self._adjacent([self._any(p) for p in phrase.places], phrase.follows)
        if not all(places):
            return
        rarest = min(range(len(places)), key=lambda i: len(places[i]))
        negated = [t.negated for t in self.analysis.tokens]
        for anchor in list(places[rarest])[:MAX_ANCHORS]:
            near = [self._near(anchor, p, within) for p in places]
            if not all(near):
                continue
            # A place may be filled inside and outside a negation: both readings count.
            for wanted in dict.fromkeys((negated[anchor], False, True)):
                chosen: dict[int, How] = {}
                # The choosiest place first: it must not find its only word taken.
                for reach, place in sorted(zip(near, places, strict=True), key=_choice):
                    free = [i for i in reach if i not in chosen or _holds_both(place[i], chosen[i])]
                    if not free:
                        break
                    best = min(free, key=lambda i: (negated[i] != wanted, abs(i - anchor), i))
                    chosen[best] = max(place[best], chosen.get(best, "exact"), key=_rank)
                else:
                    how = max(chosen.values(), key=_rank)
                    yield Hit(tuple(sorted(chosen)), how, any(negated[i] for i in chosen))

    @staticmethod
    def _adjacent(places: list[dict[int, How]], follows: tuple[bool, ...]) -> list[dict[int, How]]:
        """Keep only what stands directly after the place before it, where that is asked for."""
        for k, follow in enumerate(follows):
            if follow:
                places[k] = {i: how for i, how in places[k].items() if i - 1 in places[k - 1]}
        for k in range(len(places) - 1, 0, -1):
            if follows[k]:
                before = places[k - 1]
                places[k - 1] = {i: how for i, how in before.items() if i + 1 in places[k]}
        return places

    def _near(self, anchor: int, place: dict[int, How], within: str) -> list[int]:
        around = range(anchor - WINDOW, anchor + WINDOW + 1)
        reach = place if within == "text" else (i for i in around if i in place)
        return [i for i in reach if self._together(anchor, i, within)]

    def _together(self, a: int, b: int, within: str) -> bool:
        one, other = self.analysis.tokens[a], self.analysis.tokens[b]
        if within == "text":
            return True
        if within == "clause":
            return one.clause == other.clause
        return one.sentence == other.sentence

    def _any(self, patterns: tuple[Pattern, ...]) -> dict[int, How]:
        found: dict[int, How] = {}
        for pattern in patterns:
            for index, how in self._hits(pattern).items():
                if index not in found or _rank(how) < _rank(found[index]):
                    found[index] = how
        return found

    def _hits(self, pattern: Pattern) -> dict[int, How]:
        known = self._places.get(pattern)
        if known is None:
            found: dict[int, How] = {}
            matches = matches_of(pattern)
            for word, indices in self.analysis.vocabulary.items():
                how = matches[word]
                if how:
                    found.update(dict.fromkeys(indices, how))
            known = self._places[pattern] = dict(sorted(found.items()))
        return known

    def _topic(self, index: int) -> str:
        """Return the topic that the word at ``index`` is about."""
        if self._mentions is None:
            self._mentions = sorted(
                (hit.tokens[0], name)
                for name, phrases in self.rubric.topics.items()
                for phrase in phrases
                for hit in self.hits(phrase, "sentence")
                if hit.tokens[-1] - hit.tokens[0] <= TOPIC_WIDTH
            )
        return _governing(self._mentions, self.analysis.tokens, index)

    def _quote(self, hit: Hit) -> str:
        """Quote the hit, with its clauses where they are short: "nicht" belongs to the quote."""
        tokens = self.analysis.tokens
        ends = {tokens[hit.tokens[0]].clause, tokens[hit.tokens[-1]].clause}
        around = [i for i, t in enumerate(tokens) if min(ends) <= t.clause <= max(ends)]
        if len(around) <= QUOTE_WORDS:
            return self.analysis.quote(around[0], around[-1])
        if hit.negated:
            negators = [i for i in around if is_negator(tokens[i].text)] or [hit.tokens[0]]
            nearest = min(negators, key=lambda i: abs(i - hit.tokens[0]))
            return self.analysis.quote(min(nearest, hit.tokens[0]), max(nearest, hit.tokens[-1]))
        return self.analysis.quote(hit.tokens[0], hit.tokens[-1])


def _governing(mentions: list[tuple[int, str]], tokens: tuple[Token, ...], index: int) -> str:
    """Tell which mention governs a word: in its clause, before it, after it, earlier."""
    word = tokens[index]
    paired = _respective(mentions, tokens, index)
    if paired:
        return paired
    before = [(i, n) for i, n in mentions if i <= index]
    after = [(i, n) for i, n in mentions if i > index and tokens[i].sentence == word.sentence]
    same = [n for i, n in before if tokens[i].clause == word.clause]
    if same:
        return same[-1]
    # "Es springt, wenn sie zu hoch ist. Es dauert, wenn …": the statement comes first.
    first = next((i for i, _ in mentions if tokens[i].sentence == word.sentence), None)
    here = [n for i, n in before if tokens[i].sentence == word.sentence]
    if here and not _statement_first(tokens, first):
        return here[-1]
    if after and (not here or _statement_first(tokens, first)):
        return after[0][1]
    return (here or [n for _, n in before] or [""])[-1]


def _respective(mentions: list[tuple[int, str]], tokens: tuple[Token, ...], index: int) -> str:
    """Read "zu hoch bzw. zu niedrig führt zu A bzw. B": the topic of A or B, else ``""``."""
    sentence = tokens[index].sentence
    here = dict.fromkeys((i, n) for i, n in mentions if tokens[i].sentence == sentence)
    each = [i for i, t in enumerate(tokens) if t.sentence == sentence and t.text.lower() in _EACH]
    (first, one), (second, other) = [*here, (0, ""), (0, "")][:2]
    if one == other or not other or second - first > 2 * TOPIC_WIDTH or index <= second:
        return ""
    if not each or not first < each[0] < second or each[-1] <= second:
        return ""
    return one if index < each[-1] else other


def _statement_first(tokens: tuple[Token, ...], first: int | None) -> bool:
    """Tell whether the sentence's first topic stands in a later clause that begins with "wenn"."""
    if first is None:
        return False
    clause = [t for t in tokens if t.clause == tokens[first].clause]
    opening = next(t for t in tokens if t.sentence == tokens[first].sentence)
    return opening.clause != clause[0].clause and clause[0].text.lower() in ("wenn", "falls", "bei")


def _choice(place: tuple[list[int], dict[int, How]]) -> int:
    return len(place[0])


def _holds_both(a: How, b: How) -> bool:
    """Tell whether one word may fill two places of a phrase: only a compound holds two words."""
    return "compound" in (a, b)


def _rank(how: How) -> int:
    return ("exact", "compound", "fuzzy").index(how)
