"""The one Jinja2 environment that documents and reports are written with.

Templates live in ``templates/`` and are named by what they make: ``*.html`` and ``*.typ``. Both
escape whatever a template prints: HTML through Jinja2's autoescape, Typst through a *finalize* that
turns every value into a string literal (``#"…";``) unless it is :class:`Typst` already. An unknown
name is an error that names template and line (StrictUndefined).

Filters (German): ``number`` (1.234,5), ``points`` (71,5), ``percent`` (0.69 → 69 %), ``date``
(2026-04-15 → 15. April 2026), ``seconds`` (95 → 1 min 35 s); in Typst also ``code`` (a string
literal for code mode) and ``raw`` (Typst source made by the template itself).
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    Undefined,
)

from grader.errors import LabError

__all__ = [
    "Typst",
    "environment",
    "german_date",
    "german_number",
    "german_percent",
    "german_seconds",
    "render",
    "template_folder",
    "typst_code",
    "typst_escape",
]

_MONTHS = (
    "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()
)
_TYPST_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


class Typst(str):
    """Text that is Typst source on purpose and is printed as it is."""

    __slots__ = ()


def typst_code(value: object) -> Typst:
    r"""Return ``value`` as a Typst string literal for code mode: ``"…"``.

    Control characters and lone surrogates, which Typst refuses, become U+FFFD.
    """
    text = re.sub(r"[\\\"\n\t\r]", lambda m: _TYPST_ESCAPES[m.group()], str(value))
    return Typst('"' + re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", "\ufffd", text) + '"')


def typst_escape(value: object) -> Typst:
    """Return ``value`` for Typst's markup mode: shown as text, never read as markup.

    >>> typst_escape('#read("x") *a*')
    '#"#read(\\\\"x\\\\") *a*";'
    """
    if isinstance(value, Typst):
        return value
    return Typst("#" + typst_code(value) + ";")


def german_number(value: float, digits: int | None = None) -> str:
    """Return a number in German notation; without ``digits`` as short as it is exact to 6 places.

    >>> german_number(1234.5)
    '1.234,5'
    """
    if digits is None:
        text = f"{round(float(value), 6):,.6f}".rstrip("0").rstrip(".")
    else:
        text = f"{float(value):,.{digits}f}"
    return text.translate(str.maketrans(",.", ".,"))


def german_percent(value: float, digits: int = 0) -> str:
    """Return a share in [0, 1] as per cent: 0.69 → ``69 %`` (with a narrow no-break space)."""
    return f"{german_number(100 * value, digits)}\u202f%"


def german_date(value: str | dt.date) -> str:
    """Return an ISO date or time in German words; what is no ISO date comes back unchanged.

    >>> german_date("2026-04-15")
    '15. April 2026'
    """
    if isinstance(value, str):
        try:
            value = dt.date.fromisoformat(value.strip()[:10])
        except ValueError:
            return str(value)
    return f"{value.day}. {_MONTHS[value.month - 1]} {value.year}"


def german_seconds(value: float) -> str:
    """Return a duration: 0.42 → ``0,4 s``, 95 → ``1 min 35 s``."""
    if value < 10:
        return f"{german_number(value, 1)}\u202fs"
    minutes, seconds = divmod(round(value), 60)
    return f"{minutes}\u202fmin {seconds}\u202fs" if minutes else f"{seconds}\u202fs"


def template_folder() -> Path:
    """Return the folder with the templates: in the wheel beside the modules, or the checkout's.

    Raises
    ------
    LabError
        If the installation holds no templates.
    """
    here = Path(__file__).resolve().parent
    for folder in (here / "templates", here.parent / "templates"):
        if folder.is_dir():
            return folder
    raise LabError("Die Vorlagen fehlen (Ordner templates); bitte grader neu installieren.")


@lru_cache(maxsize=8)
def environment(kind: str = "html", theme: Path | None = None) -> Environment:
    """Return the shared environment for ``"html"`` or ``"typ"`` templates.

    Templates in the folder ``theme`` are found below ``theme/``.
    """
    typst = kind == "typ"
    loader: BaseLoader = FileSystemLoader(template_folder())
    if theme is not None:
        loader = ChoiceLoader([loader, PrefixLoader({"theme": FileSystemLoader(theme)})])
    made = Environment(
        loader=loader,
        autoescape=not typst,  # noqa: S701 - Typst escapes through finalize
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize_typst if typst else None,
    )
    made.filters |= {
        "number": german_number,
        "points": german_number,
        "percent": german_percent,
        "date": german_date,
        "seconds": german_seconds,
    }
    if typst:
        made.filters |= {"code": typst_code, "raw": Typst}
    return made


def _finalize_typst(value: Any) -> Any:
    # An Undefined must reach StrictUndefined's own error instead of becoming a string here.
    return value if isinstance(value, Undefined) else typst_escape(value)


def render(template: str, /, *, theme_folder: Path | None = None, **context: object) -> str:
    """Render ``templates/<template>``; its ending decides how values are escaped.

    Templates in ``theme_folder`` may be included as ``theme/<name>``.

    Raises
    ------
    jinja2.TemplateError
        If the template is missing, broken or uses an unknown name.
    """
    kind = "typ" if template.endswith(".typ") else "html"
    return environment(kind, theme_folder).get_template(template).render(**context)
