"""Themes: what they change, and what is said of broken ones."""

from __future__ import annotations

import io
import re
from dataclasses import fields
from pathlib import Path

import pytest
from pypdf import PdfReader

from grader.checks import Side
from grader.errors import UsageError
from grader.protocol import build_document, bundled_themes, load_theme, render_html, render_pdf
from grader.protocol.document import Picture, TitlePage
from grader.protocol.theme import DEFAULT, Theme
from grader.templating import template_folder
from tests.protocol.test_attacks import ATTACKS, attacked

ROOT = Path(__file__).parents[2]
FIELDS = (ROOT / "docs" / "vorlagen.md").read_text(encoding="utf-8")


def theme(folder: Path, **files: str) -> Path:
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_text(content, encoding="utf-8")
    return folder


def test_none_is_the_default() -> None:
    assert load_theme(None) == DEFAULT
    assert bundled_themes() == ("klinik",)


def test_a_theme_orders_and_colours(group: Side) -> None:
    document, klinik = build_document(group), load_theme("klinik")
    arranged = klinik.arranged(document)
    assert [s.title for s in arranged.sections] == ["Versuchsdurchführung", "Kontrollfragen"]
    assert [row[0] for row in arranged.title.rows][-1] == "Betreuung"
    page = render_html(document, klinik)
    assert "--accent: #0b6b5d" in page and "data:image/svg+xml" in page
    assert "Logo: eine Kurve" in page and 'class="klinik"' in page
    assert klinik.digest != DEFAULT.digest and klinik.digest == load_theme("klinik").digest


def test_a_folder_with_one_colour_is_a_theme(tmp_path: Path, group: Side) -> None:
    found = load_theme(theme(tmp_path, theme__toml='accent = "#7a1f2b"\n'))
    assert (found.accent, found.font) == ("#7a1f2b", DEFAULT.font)
    assert render_pdf(build_document(group), found).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ("accent = ", "kein gültiges TOML"),
        ('colour = "#000000"', "'colour' ist unbekannt"),
        ("accent = 7", "erwartet wird ein kurzer Text"),
        ('accent = "rot"', "eine Farbe wie #00497a"),
        ('accent = "#ffff00"', "schlecht zu lesen (Kontrast 1,1"),
        ('font = "Comic Sans"', "Die Schrift 'Comic Sans' gibt es nicht"),
        ('parts = ["questions"]', "eine Liste aus questions, experiment"),
        ('lists = ["index"]', "eine Liste aus contents, figures, tables"),
        ("rows = [1]", "eine Liste von Texten"),
        ("logo_height = 900", "eine Zahl von 3 bis 80"),
        ("line_numbers = 1", "true oder false"),
        ('logo = "fehlt.svg"', "ein Text zum Logo"),
        ('logo = "fehlt.svg"\nlogo_alt = "x"', "gibt es im Ordner der Vorlage nicht"),
        ('logo = "../x.svg"\nlogo_alt = "x"', "ein Dateiname"),
        ('logo = "x.gif"\nlogo_alt = "x"', "muss auf .svg, .png oder .jpg enden"),
        ('logo = "kaputt.png"\nlogo_alt = "x"', "Das Logo kaputt.png ist nicht lesbar"),
        ('logo = "kaputt.svg"\nlogo_alt = "x"', "Das Logo kaputt.svg ist nicht lesbar"),
    ],
)
def test_broken_settings_get_a_sentence(tmp_path: Path, settings: str, sentence: str) -> None:
    theme(tmp_path, theme__toml=settings, kaputt__png="kein Bild", kaputt__svg="<svg")
    with pytest.raises(UsageError, match=re.escape(sentence)):
        load_theme(tmp_path)


def test_no_theme_at_all_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="weder ein Ordner noch eine der mitgelieferten"):
        load_theme("gibt-es-nicht")
    with pytest.raises(UsageError, match="liegt keine Vorlage"):
        load_theme(tmp_path)
    (tmp_path / "theme.toml").write_bytes(b"name = \xff")
    with pytest.raises(UsageError, match="UTF-8"):
        load_theme(tmp_path)


@pytest.mark.parametrize("css", ["</style><script>", "p { background: url(x) }", "@import 'x';"])
def test_styles_load_nothing(tmp_path: Path, css: str) -> None:
    with pytest.raises(UsageError, match=r"stil\.css"):
        load_theme(theme(tmp_path, stil__css=css))


@pytest.mark.parametrize(
    ("name", "template"),
    [("titel__html", "{{ nichts }}"), ("titel__typ", "{{ nichts }}"), ("titel__typ", "#kaputt(")],
)
def test_a_broken_title_page_gets_a_sentence(
    tmp_path: Path, group: Side, name: str, template: str
) -> None:
    found = load_theme(theme(tmp_path, **{name: template}))
    with pytest.raises(UsageError, match="Vorlage"):
        if name == "titel__html":
            render_html(build_document(group), found)
        else:
            render_pdf(build_document(group), found)


def test_a_theme_s_title_page_escapes_too(tmp_path: Path) -> None:
    found = load_theme(
        theme(tmp_path, titel__html="<h1>{{ title.group }}</h1>", titel__typ="{{ title.group }}")
    )
    document = build_document(attacked(ATTACKS["html"]))
    assert "<script" not in render_html(document, found)
    assert render_pdf(build_document(attacked(ATTACKS["typst import"])), found)


def named(heading: str) -> set[str]:
    part = re.split(r"^## ", FIELDS, flags=re.M)
    (text,) = [p for p in part if p.startswith(heading)]
    return {
        n for row in re.findall(r"^\| (.+?) \|", text, re.M) for n in re.findall(r"`(\w+)`", row)
    }


def test_every_field_is_documented() -> None:
    own = {f.name for f in fields(Theme)} - {"css", "folder"}
    assert named("theme.toml") == own | {"logo_alt"}
    assert {n.removeprefix("title.") for n in named("Titelblatt: title")} == {
        f.name for f in fields(TitlePage)
    }
    assert named("Titelblatt: theme") == own | {"css", "folder"}
    assert {f.name for f in fields(Picture)} >= {"name", "alt"}


def test_every_part_of_the_title_page_is_documented() -> None:
    parts = named("Titelblatt: Teile")
    for ending, only in (("typ", set()), ("html", {"form"})):
        text = (template_folder() / "protocol" / f"titel.{ending}").read_text("utf-8")
        assert set(re.findall(r"{% block (\w+) %}", text)) == parts - only
        # The example names only what it changes.
        changed = (template_folder() / "themes" / "klinik" / f"titel.{ending}").read_text("utf-8")
        assert changed.startswith("{% extends") and "title.rows" not in changed


def test_a_part_alone_can_be_changed(tmp_path: Path, group: Side) -> None:
    parts = "{% extends 'protocol/titel.typ' %}{% block head %}NEU {{ super()|raw }}{% endblock %}"
    found = load_theme(theme(tmp_path, titel__typ=parts))
    made = PdfReader(io.BytesIO(render_pdf(build_document(group), found)))
    first = made.pages[0].extract_text()
    for text in ("NEU", "Technische Universität Ilmenau", "Protokoll", "Ada Beispiel"):
        assert text in first


def test_every_value_of_the_context_is_documented() -> None:
    import inspect

    from grader.protocol import html, pdf

    for heading, module in (("Titelblatt: weitere", pdf), ("Titelblatt: weitere", html)):
        call = inspect.getsource(module).split("return render(")[1].split("\n        )")[0]
        given = set(re.findall(r"^\s+(\w+)=", call, re.M)) - {"theme_folder", "title", "theme"}
        page_only = {"author", "date", "margin", "width", "prose", "code_lines", "text_lines"}
        page_only |= {"theme_css", "highlighting", "document", "coloured", "flat", "rasters"}
        assert given - page_only <= named(heading)
