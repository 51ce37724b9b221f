"""Students' text never becomes markup, whatever it looks like."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pypdf import PdfReader

from grader.checks import Side
from grader.model import Output, SavedFile
from grader.protocol import build_document, markup, render_html, render_pdf, write_docx
from grader.protocol.document import FigureBlock, Note
from grader.protocol.markup import to_html, to_typst
from tests.checks.build import axes, cell, figure, side, text
from tests.protocol.conftest import Pictures, shown, with_particulars, with_pictures

ATTACKS = {
    "typst import": '#import "@preview/cetz:0.3.0": *\n\n#read("/etc/passwd")',
    "typst math": '$#sys$ $#read("/etc/passwd")$ $"#sys"$',
    "typst text in math": '$\\text{a" #read("/etc/passwd") "}$ $\\mathrm{"#sys.version"}$ $\\#p()$',
    "typst out of a string": '$\\text{\\textbackslash" std.read("protokoll.typ") #panic() "}$ '
    '$\\text{a\\" #panic() "}$ $\\mathrm{\\backslash" #panic() "}$ $\\operatorname{" #x() "b}$',
    "typst in math": '$std.read("protokoll.typ")$ $eval("1")$ $formula("x")[y]$ $\\text{$];} x$ /*',
    "typst raw block": '```{=typst}\n#read("/etc/passwd")\n```\n\n`#panic()`{=typst}',
    "typst brackets": "](]] #] } $ */ // /* <label> @ref \\#panic() #panic()",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)></svg>",
    "html style": '<style>*{display:none}</style><iframe src="https://example.org"></iframe>',
    "html links": "[a](javascript:alert(1)) [b](data:text/html,x) <javascript:alert(1)>",
    "link with quotes": '[x](https://example.org/"onmouseover="alert(1) "t") <https://a.b/%22>',
    "images": "![](file:///etc/passwd) ![x](https://example.org/x.png) ![y](attachment:z.png)",
    "tex bomb": "$\\def\\a{\\a\\a}\\a$ $\\newcommand{\\x}{\\x\\x}\\x$ $\\input{/etc/passwd}$",
    "unbalanced": "Kosten: 5$ und $\\frac{1}{ und ** _ ` ~~~ [ ( $$ \\begin{align}",
    "unclosed fence": "```python\nprint(1)",
    "unclosed comment": "<!-- offen\n\nText",
    "front matter": "---\ntitle: x\nheader-includes: <script>alert(1)</script>\n---\n\nText",
    "jinja": "{{ 7*7 }} {% include 'x' %} {# c #}",
    "control": "a\x00b\x07c\x1b[31mrot\x1b[0m\x1b]0;titel\x07 d\x9be\ud800f\udfffg\ufffeh",
    "direction": "\u202eabc\u202c \u2066x\u2069 שלום عربى",
    "emoji": "😀 👨‍👩‍👧 🇩🇪 漢字 ✓ → ∑",
    "nested quotes": ">" * 300 + " tief",
    "nested lists": "\n".join("  " * n + "- x" for n in range(60)),
    "nested formula": "$"
    + "\\sqrt{" * 400
    + "x"
    + "}" * 400
    + "$ $"
    + "x^{" * 300
    + "}" * 300
    + "$",
    "nested left": "$" + "\\left(" * 60 + "x" + "\\right)" * 60 + "$",
    "nested emphasis": "*a **b " * 300 + "** *" * 300,
    "brackets": "[" * 3000 + "](x)",
    "long": "Ein langer Satz mit $x_1$ und *Betonung*. " * 450,
    "long word": "x" * 20_000,
    "html in table": "| <script>alert(1)</script> | #panic() |\n|---|---|\n| `a|b` | $x$ |",
    "reference": "[x]: javascript:alert(1)\n\n[x] [^1]\n\n[^1]: <b>#panic()</b>",
    "footnote of itself": "a[^1]\n\n[^1]: n [^1]\n",
    "wide formula": "$$" + "+".join(f"x_{{{n}}}" for n in range(120)) + "$$",
    "empty formula": "$$ $$ $ $ $x_$ $^2$ $\\frac{}{}$ $\\left($ $&$ $\\\\$",
}


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {(name, value or "") for name, value in attrs}


def _metadata(pdf: bytes) -> bytes:
    data: bytes = PdfReader(io.BytesIO(pdf)).trailer["/Root"]["/Metadata"].get_data()
    return data


def attacked(written: str) -> Side:
    """A group that writes the same everywhere it can."""
    made = side(
        {
            "notebook1": [
                text("1a-hand", written),
                cell(
                    "1a-predict",
                    source=written,
                    printed=written,
                    outputs=[
                        Output(kind="result", text=written, html=f"<table><tr><td>{written}"),
                        Output(kind="error", text=written),
                    ],
                    status="error",
                    error=written[:50],
                    error_message=written,
                    figures=[
                        figure(
                            axes(
                                [(np.arange(3.0), np.arange(3.0), written)],
                                title=written,
                                xlabel=written,
                                ylabel=written,
                            )
                        )
                    ],
                    files=[(written, np.eye(8))],
                ),
            ]
        },
        answers={4: written},
        name=written[:40] or "x",
    )
    return with_particulars(
        made, participants=(written, "B"), supervisor=written, term=written, group=written
    )


@pytest.mark.parametrize("name", ATTACKS)
def test_every_format_survives(name: str, tmp_path: Path) -> None:
    document = build_document(attacked(ATTACKS[name]))
    assert render_pdf(document).startswith(b"%PDF-")
    page = render_html(document)
    page.encode("utf-8")
    tags = _Tags()
    tags.feed(page)
    assert not tags.tags & {"script", "iframe", "object", "embed", "svg", "link", "form", "base"}
    for attribute, value in tags.attributes:
        assert not attribute.startswith("on")
        if attribute == "src":
            assert value.startswith("data:image/")
        if attribute == "href":
            assert re.match(r"#(s|abb|tab|luecke)[\d.]+\Z|#(offen|text)\Z|https?://|mailto:", value)
    write_docx(document, tmp_path / "a.docx")
    with zipfile.ZipFile(tmp_path / "a.docx") as archive:
        assert b"root:x:0" not in b"".join(archive.read(n) for n in archive.namelist())


def test_what_looks_like_typst_is_shown() -> None:
    document = build_document(attacked(ATTACKS["typst import"]))
    reader = PdfReader(io.BytesIO(render_pdf(document)))
    shown_text = "\n".join(page.extract_text() for page in reader.pages)
    assert shown_text.count('#read("/etc/passwd")') >= 4
    assert "root:x:0" not in shown_text


def test_a_text_cannot_swallow_its_neighbour() -> None:
    texts = ["```\noffen", "<!-- offen", "<div>\noffen", "[x]: https://a.b\n", "letzter *Text* [x]"]
    made = to_html(texts)
    assert "<em>Text</em> [x]" in made[texts[-1]]
    assert all("letzter" not in made[t] for t in texts[:-1])


def test_a_broken_formula_is_shown_as_typed() -> None:
    made = side({"notebook1": [text("1a-hand", "vorher $\\frac{1}{$ $\\foo{x}$ nachher $x^2$")]})
    document = build_document(made)
    reader = PdfReader(io.BytesIO(render_pdf(document)))
    shown_text = "\n".join(page.extract_text() for page in reader.pages)
    assert "vorher" in shown_text and "nachher" in shown_text and "\\foo" in shown_text
    assert render_html(document).count("<math") >= 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 50,
        b"GIF89a" + b"\x00" * 40,
        b"%!PS-Adobe\n",
        b"<svg/>",
    ],
    ids=["empty", "cut png", "gif", "postscript", "svg"],
)
def test_broken_pictures_become_a_note(data: bytes) -> None:
    pictures = Pictures()
    made = side({"notebook1": [cell("1a-predict", outputs=[shown(pictures.add(data))])]})
    document = build_document(with_pictures(made, pictures))
    assert not document.pictures
    assert "Ein Bild dieser Zelle ist nicht lesbar und wurde ausgelassen." in [
        b.text for b in document.blocks if isinstance(b, Note)
    ]


def test_a_picture_with_too_many_pixels_is_not_decoded() -> None:
    pictures = Pictures()
    buffer = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(buffer, "PNG")
    made = side(
        {"notebook1": [cell("1a-predict", outputs=[shown(pictures.add(buffer.getvalue()))])]}
    )
    assert not build_document(with_pictures(made, pictures)).pictures


def test_pictures_are_encoded_anew() -> None:
    pictures = Pictures()
    buffer = io.BytesIO()
    Image.new("RGB", (300, 200), "red").save(buffer, "JPEG", comment=b"<script>geheim</script>")
    blob = pictures.add(buffer.getvalue() + b"angehaengt")
    made = side({"notebook1": [cell("1a-predict", outputs=[shown(blob)])]})
    (picture,) = build_document(with_pictures(made, pictures)).pictures
    assert picture.data.startswith(b"\x89PNG")
    assert b"geheim" not in picture.data and b"angehaengt" not in picture.data


def test_noise_is_stored_as_jpeg() -> None:
    noise = np.random.default_rng(1).normal(120, 25, (600, 600, 3))
    pixels = noise.clip(0, 255).astype(np.uint8)
    made = side({"notebook2": [cell("2c-apply", files=[("rauschen.png", pixels)])]})
    (picture,) = build_document(made).pictures
    assert picture.name.endswith(".jpg") and picture.media_type == "image/jpeg"
    assert len(picture.data) < 700_000
    assert render_pdf(build_document(made)).startswith(b"%PDF-")


def test_a_hundred_pictures_of_one_cell_are_cut() -> None:
    pictures = Pictures()
    blobs = [pictures.image(np.eye(4) * n) for n in range(3)]
    outputs = [shown(blobs[n % 3]) for n in range(100)]
    document = build_document(
        with_pictures(side({"notebook1": [cell("1a-predict", outputs=outputs)]}), pictures)
    )
    (block,) = (b for b in document.blocks if isinstance(b, FigureBlock))
    assert len(block.pictures) == 10
    assert "… 90 weitere Abbildungen dieser Zelle ausgelassen …" in [
        b.text for b in document.blocks if isinstance(b, Note)
    ]


def test_saved_pictures_are_shown_if_nothing_else_is() -> None:
    pixels = np.linspace(0, 1, 64 * 64).reshape(64, 64)
    made = side({"notebook2": [cell("2c-apply", files=[("out/img_trans1.png", pixels)])]})
    (block,) = (b for b in build_document(made).blocks if isinstance(b, FigureBlock))
    assert block.caption == "Augmentierung, gespeicherte Bilder"
    assert block.pictures[0].label == "img_trans1.png"


def test_claims_that_point_nowhere_are_ignored() -> None:
    run_with = cell("1a-predict", outputs=[Output(kind="display", image="fehlt", figure=99)])
    made = side({"notebook1": [run_with]})
    run = made.evidence.notebooks["notebook1"]
    first = replace(run.cells[0], files=(SavedFile("a.png", 5, "fehlt"),))
    evidence = replace(
        made.evidence, notebooks={"notebook1": replace(run, cells=(first, *run.cells[1:]))}
    )
    document = build_document(replace(made, evidence=evidence))
    assert not document.pictures
    assert render_pdf(document).startswith(b"%PDF-")


def test_a_formula_cannot_leave_its_string() -> None:
    texts = [ATTACKS["typst out of a string"], ATTACKS["typst in math"]]
    for made in to_typst(texts).values():
        for formula in made.pieces[1::2]:
            assert formula.startswith(("#formula(", "#raw("))
    for written in texts:
        document = build_document(side({"notebook1": [text("1a-hand", written)]}))
        assert b"pdfuaid" in _metadata(render_pdf(document))


def test_what_pandoc_refuses_can_still_break(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise markup.PandocError("too slow")

    monkeypatch.setattr(markup, "run_pandoc", refuse)
    text = "y" * 500 + " nie gesehen"
    source = to_typst([text])[text].whole
    assert "y" * 40 + "\u200b" in source and "y" * 41 not in source
    assert "y" * 500 in to_html([text])[text]
    for known in (markup._known_trees, markup._known_html, markup._known_typst):
        known.pop(text)
