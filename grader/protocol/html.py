"""The protocol as one self-contained HTML file."""

from __future__ import annotations

import base64
from functools import cache, lru_cache

from jinja2 import TemplateError
from markupsafe import Markup as SafeHtml
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from grader.protocol import messages
from grader.protocol.document import Document, Picture
from grader.protocol.markup import to_html
from grader.protocol.pdf import template_fault
from grader.protocol.theme import DEFAULT, Theme
from grader.templating import render

__all__ = ["code_lines", "code_styles", "picture_source", "render_html"]


def render_html(document: Document, theme: Theme = DEFAULT) -> str:
    """Return the document as HTML: styles and pictures inside, no script, nothing loaded.

    Raises
    ------
    UsageError
        If the theme's title page is what Jinja2 refuses.
    """
    document = theme.arranged(document)
    texts = to_html(document.prose)
    try:
        return render(
            "protocol/protokoll.html",
            theme_folder=theme.folder,
            document=document,
            title=document.title,
            gaps=document.gaps,
            review=document.review,
            theme=theme,
            theme_css=SafeHtml(theme.css),  # noqa: S704 - holds no "</", see themefile
            messages=messages,
            prose=lambda markdown: SafeHtml(texts[markdown]),  # noqa: S704 - sanitised
            code_lines=code_lines,
            text_lines=lambda text: text.split("\n"),
            source=picture_source,
            highlighting=SafeHtml(code_styles()),  # noqa: S704 - Pygments' own style sheet
        )
    except TemplateError as error:
        raise template_fault(theme, error) from error


@lru_cache(maxsize=2000)
def code_lines(source: str) -> tuple[SafeHtml, ...]:
    """Return highlighted lines; Pygments closes its spans at every line's end.

    Cells that the lab gave stand in every protocol.
    """
    formatter: HtmlFormatter[str] = HtmlFormatter(nowrap=True)
    made = highlight(source, PythonLexer(stripnl=False, ensurenl=False), formatter)
    return tuple(SafeHtml(line) for line in made.rstrip("\n").split("\n"))  # noqa: S704 - escaped by Pygments


def picture_source(picture: Picture) -> str:
    """Return a picture as a ``data:`` address."""
    return f"data:{picture.media_type};base64,{base64.b64encode(picture.data).decode('ascii')}"


@cache
def code_styles() -> str:
    """Return the style sheet of highlighted code, light and dark."""
    light = HtmlFormatter(style="default", nobackground=True).get_style_defs(".code")  # type: ignore[no-untyped-call]
    dark = HtmlFormatter(style="github-dark", nobackground=True).get_style_defs(".code")  # type: ignore[no-untyped-call]
    return f"{light}\n@media screen and (prefers-color-scheme: dark) {{\n{dark}\n}}"
