"""Where sentences and clauses begin in a German text that students typed."""

from __future__ import annotations

import re

__all__ = ["NEGATORS", "clause_numbers", "is_negator", "sentence_ends"]

_ITEM = re.compile(r"^[ \t]*(?:[-*+•|#>]|\d{1,2}[.)]|[a-h]\))", re.M)
_SHORT = {
    "z", "b", "bzw", "ca", "d", "h", "u", "a", "o", "usw", "etc", "evtl", "ggf", "sog", "vgl", "nr",
    "def", "inkl", "max", "min", "abb", "bsp", "mind", "s", "i", "e", "v", "r", "allg", "ggü", "dh",
}  # fmt: skip
_CLAUSE = re.compile(r"[,;:()–—→]|\s-\s|->|=>")
_OPENERS = {
    "und", "aber", "sondern", "denn", "doch", "jedoch", "weil", "dass", "sodass", "wenn", "falls",
    "während", "obwohl", "da", "damit", "dagegen", "hingegen", "wohingegen", "sonst", "bzw",
    "ob", "resp",
}  # fmt: skip
NEGATORS = {
    "nicht", "nichts", "nie", "niemals", "weder", "keinesfalls", "keineswegs", "kaum", "not",
    "nirgends", "niemand", "never", "cannot", "nothing", "neither",
}  # fmt: skip
_ENGLISH_OPENERS = {
    "and", "but", "because", "since", "so", "therefore", "if", "when", "while", "whereas",
    "although", "that", "which", "otherwise", "then", "whether",
}  # fmt: skip
_NUMBERED = {"bild", "map", "karte", "aufgabe", "klasse", "neuron", "knie", "netz", "heatmap"}
_STARTERS = {
    "der", "die", "das", "es", "er", "sie", "man", "wir", "weil", "wenn", "damit", "dann",
    "dadurch", "deshalb", "daher", "dies", "diese", "dieser", "dort", "hier", "im", "in", "bei",
    "beim", "ein", "eine", "auch", "für", "mit", "so", "da", "also", "aber", "ist", "zu",
}  # fmt: skip


def sentence_ends(text: str, bare: str) -> list[int]:
    """Offsets at which a new sentence begins."""
    ends = []
    for match in re.finditer(r"[.!?…;]+[\"'“”»)]*(?=\s|$)", bare):
        before = re.search(r"([^\W_]+)$", bare[max(0, match.start() - 20) : match.start()])
        word = before.group(1).lower() if before else ""
        if match.group().startswith(".") and _no_end(word, bare, match):
            continue
        ends.append(match.end())
    start = 0
    for line in text.splitlines(keepends=True):
        end = start + len(line)
        following = text[end : end + 200]
        wrapped = len(line) >= 60 and following.strip() and not following.startswith("\n")
        if not wrapped or _ITEM.match(following):
            ends.append(end)
        start = end
    return sorted(set(ends))


def _no_end(word: str, bare: str, dot: re.Match[str]) -> bool:
    """Tell whether the dot after ``word`` belongs to an abbreviation or an ordinal ("3. Bild")."""
    if not word.isdigit() or len(word) > 2:
        return word in _SHORT
    before = re.search(r"([^\W\d_]+)\s*\d+$", bare[max(0, dot.start() - 30) : dot.start()])
    after = re.match(r"\s+([^\W\d_]+)", bare[dot.end() :])
    counted = before is not None and before.group(1).lower() in _NUMBERED
    return not counted and not (after is not None and after.group(1).lower() in _STARTERS)


def clause_numbers(
    bare: str, found: list[re.Match[str]], sentences: list[int], *, english: bool = False
) -> list[int]:
    """Number the clauses through the whole text: for each word the clause that it stands in."""
    openers = _OPENERS | _ENGLISH_OPENERS if english else _OPENERS
    clauses: list[int] = []
    current, size = -1, 0
    for i, match in enumerate(found):
        between = bare[found[i - 1].end() : match.start()] if i else ""
        new = i == 0 or sentences[i] != sentences[i - 1]
        if not new and _CLAUSE.search(between):
            # "nicht: vertikal spiegeln" is one clause
            new = not (":" in between and size <= 3 and is_negator(found[i - 1].group()))
        if not new and match.group().lower() in openers and size > 0:
            new = found[i - 1].group()[-1] != "-"
        current, size = (current + 1, 1) if new else (current, size + 1)
        clauses.append(current)
    return clauses


def is_negator(word: str) -> bool:
    """Tell whether a word negates: "nicht", "kein" and their like."""
    lower = word.lower()
    return lower in NEGATORS or bool(re.fullmatch(r"kein(e|en|em|er|es|s)?|no|\w+n['’]t", lower))
