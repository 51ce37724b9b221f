"""German text: words, sentences, clauses, negation, typing errors, opposites."""

from __future__ import annotations

import pytest

from grader.checks.german import analyse
from grader.checks.markup import normalise, plain
from grader.checks.words import Pattern, match_word, word_forms


def how(pattern: str, word: str) -> str | None:
    return match_word(Pattern.parse(pattern), word_forms(word), word)


def negated(text: str) -> set[str]:
    return {t.text for t in analyse(text).tokens if t.negated}


@pytest.mark.parametrize(
    ("pattern", "word", "expected"),
    [
        ("Gewicht", "Gewichte", "exact"),
        ("springen", "springt", "exact"),
        ("anpassen", "angepasst", "exact"),
        ("gut", "besser", "exact"),
        ("Funktion", "Aktivierungsfunktionen", "compound"),
        ("Gewicht", "Gewichtsänderung", "compound"),
        ("Aktivierungsfunktion", "Aktivirungsfunktion", "fuzzy"),
        ("Überanpassung", "Ueberanpassung", "exact"),
        ("Wasserzeichen", "Wasserzeichn", "fuzzy"),
        ("lern*", "lernte", "exact"),
        ("*summe", "Gesamtsumme", "exact"),
        ("=Text", "Kontext", None),
    ],
)
def test_words_are_found_in_their_forms(pattern: str, word: str, expected: str | None) -> None:
    assert how(pattern, word) == expected


@pytest.mark.parametrize(
    ("pattern", "word"),
    [
        ("verändert", "unverändert"),
        ("stetig", "unstetig"),
        ("überwacht", "unüberwacht"),
        ("linear", "nichtlinear"),
        ("klein", "kein"),
        ("Überanpassung", "Unteranpassung"),
        ("Eingangsschicht", "Ausgangsschicht"),
        ("Input", "Output"),
        ("konvergieren", "divergieren"),
        ("Fehler", "fehlerfrei"),
        ("horizontal", "vertikal"),
        ("sicher", "unsicher"),
        ("minimal", "maximal"),
    ],
)
def test_opposites_are_never_the_same_word(pattern: str, word: str) -> None:
    assert how(pattern, word) is None


def test_pattern_without_a_word_is_refused() -> None:
    with pytest.raises(ValueError, match="Wortmuster"):
        Pattern.parse("**")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Die Gewichte ändern sich nicht.", {"Die", "Gewichte", "ändern", "sich", "nicht"}),
        ("Es gibt keine Ableitung.", {"Ableitung"}),
        ("Die Stufe ist flach, aber nicht differenzierbar.", {"aber", "nicht", "differenzierbar"}),
        ("Das Netz nutzt nicht nur die Kanten.", set()),
        ("Eine nicht lineare Funktion hilft.", set()),
        ("Das geht nicht ohne Testdaten.", {"Das", "geht", "nicht", "ohne"}),
        ("Das Lernen findet im Training statt.", set()),
        ("Das Netz lernt das Logo statt der Krankheit.", {"der", "Krankheit"}),
    ],
)
def test_negation_reaches_its_clause(text: str, expected: set[str]) -> None:
    assert negated(text) == expected


@pytest.mark.parametrize("comma", ["", ","])
def test_weder_noch_negates_both_parts(comma: str) -> None:
    text = f"Sie ist weder differenzierbar{comma} noch stetig."
    assert {"differenzierbar", "stetig"} <= negated(text)


def test_sentences_survive_abbreviations_ordinals_and_lists() -> None:
    text = "Das gilt z. B. für das 3. Bild. Danach\nkommt\n- eins\n- zwei; drei"
    sentences: dict[int, list[str]] = {}
    for token in analyse(text).tokens:
        sentences.setdefault(token.sentence, []).append(token.text)
    assert next(iter(sentences.values()))[-1] == "Bild"
    assert ["eins"] in sentences.values()


@pytest.mark.parametrize(
    ("text", "count"),
    [("In Bild 1. Weil es fehlt.", 2), ("Im 1. Bild fehlt es.", 1), ("Es ist 7. Das war es.", 2)],
)  # fmt: skip
def test_a_number_may_end_a_sentence(text: str, count: int) -> None:
    assert analyse(text).sentences == count


def test_marks_are_blanked_and_offsets_stay() -> None:
    text = normalise("**Die** Summe $\\sum_i w_i x_i$ <!-- heimlich --> ![Bild](x.png) endet.")
    assert len(plain(text)) == len(text)
    analysis = analyse(text)
    assert "heimlich" not in {t.text for t in analysis.tokens}
    assert analysis.quote(0, 1) == "Die** Summe"
    assert all(text[t.start : t.end].strip() == t.text for t in analysis.tokens)


def test_text_is_composed_and_freed_of_invisible_characters() -> None:
    assert normalise("Gera\u0308t\u00ad\u200b ﬂach Gewich-\nte") == "Gerät flach Gewichte"


def test_numbers_know_what_they_are() -> None:
    forms = [t.forms for t in analyse("98 % mit 64 Neuronen oder 0,97 mit drei").tokens]
    shares = [("#anteil" in f, "#anzahl" in f) for f in forms]
    assert [s for s in shares if any(s)] == [
        (True, False),
        (False, True),
        (True, False),
        (False, True),
    ]


@pytest.mark.parametrize("text", ["", "   \n", "***", "$$", "\x00\ufeff", "<br><br>"])
def test_nothing_written_has_no_words(text: str) -> None:
    assert analyse(text).words == 0
