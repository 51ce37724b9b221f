"""Reads a theme from its folder; what is wrong with it becomes a German sentence."""

from __future__ import annotations

import re
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import typst
from PIL import Image as PilImage

from grader.errors import UsageError
from grader.protocol.document import Picture
from grader.protocol.theme import DEFAULT, LISTS, PARTS, THEME_FILES, Theme, families, fonts
from grader.templating import german_number, template_folder

__all__ = ["bundled_themes", "load_theme"]

_SETTINGS, _CSS = "theme.toml", "stil.css"
_LOGO_KINDS = {".svg": "svg", ".png": "png", ".jpg": "jpg", ".jpeg": "jpg"}
_LOGO_BYTES = 2_000_000
_CONTRAST = 4.5
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\Z")


def bundled_themes() -> tuple[str, ...]:
    """Return the names of the themes that are installed."""
    found = (template_folder() / "themes").glob(f"*/{_SETTINGS}")
    return tuple(sorted(path.parent.name for path in found))


def load_theme(place: Path | str | None) -> Theme:
    """Read the theme in a folder, or the installed one of that name; None is the default.

    Raises
    ------
    UsageError
        If it is none, with a German sentence that says what to change.
    """
    if place is None:
        return DEFAULT
    folder = Path(place)
    if not folder.is_dir():
        folder = template_folder() / "themes" / str(place)
        if str(place) not in bundled_themes():
            known = ", ".join(bundled_themes())
            raise UsageError(
                f"Die Vorlage {place} gibt es nicht: weder ein Ordner noch eine der mitgelieferten "
                f"({known})."
            )
    if not any((folder / name).is_file() for name in THEME_FILES):
        raise UsageError(f"Im Ordner {folder} liegt keine Vorlage (theme.toml fehlt).")
    return _theme(folder.resolve())


def _theme(folder: Path) -> Theme:
    settings = _settings(folder)
    simple = {f.name for f in fields(Theme)} - {"logo", "css", "folder"}
    unknown = sorted(settings.keys() - simple - {"logo", "logo_alt"})
    if unknown:
        known = ", ".join(sorted(simple | {"logo", "logo_alt"}))
        raise UsageError(f"{_SETTINGS}: {unknown[0]!r} ist unbekannt. Erlaubt sind: {known}.")
    values: dict[str, Any] = {"name": folder.name}
    for key in settings.keys() & simple:
        values[key] = _value(key, settings[key])
    logo = _logo(folder, settings)
    css = _text(folder / _CSS) if (folder / _CSS).is_file() else ""
    if "</" in css or "url(" in css or "@import" in css:
        raise UsageError(f"{_CSS}: Stile dürfen nichts nachladen und kein HTML enthalten.")
    theme = Theme(logo=logo, css=css, folder=folder, **values)
    known_fonts = families(folder)
    for family in (theme.font, theme.heading_font):
        if family.casefold() not in {name.casefold() for name in known_fonts}:
            raise UsageError(
                f"{_SETTINGS}: Die Schrift {family!r} gibt es nicht. Vorhanden sind: "
                f"{', '.join(known_fonts)}; weitere gehören in den Ordner fonts der Vorlage."
            )
    return theme


def _settings(folder: Path) -> Mapping[str, Any]:
    path = folder / _SETTINGS
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} ist kein gültiges TOML: {error}") from error


def _text(path: Path) -> str:
    try:
        return path.read_bytes()[:200_000].decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} ist nicht in UTF-8 geschrieben.") from error
    except OSError as error:
        raise UsageError(f"{path} ist nicht lesbar: {error.strerror}.") from error


# --------------------------------------------------------------------------- values


def _value(key: str, value: Any) -> Any:
    default = getattr(DEFAULT, key)
    if isinstance(default, bool):
        _require(isinstance(value, bool), key, value, "true oder false")
        return value
    if isinstance(default, float):
        fits = isinstance(value, int | float) and not isinstance(value, bool) and 3 <= value <= 80
        _require(fits, key, value, "eine Zahl von 3 bis 80 (Millimeter)")
        return float(value)
    if isinstance(default, tuple):
        return _names(key, value)
    _require(isinstance(value, str) and 0 < len(value) < 100, key, value, "ein kurzer Text")
    if default.startswith("#"):
        _require(_COLOUR.match(value) is not None, key, value, "eine Farbe wie #00497a")
        ground = "#14181d" if key == "accent_dark" else "#ffffff"
        if key != "rule" and (found := _contrast(value, ground)) < _CONTRAST:
            raise UsageError(
                f"{_SETTINGS}: Die Farbe {key} = {value} ist auf {ground} schlecht zu lesen "
                f"(Kontrast {german_number(found, 1)}, nötig sind {german_number(_CONTRAST)})."
            )
    return value


def _names(key: str, value: Any) -> tuple[str, ...]:
    allowed = {"parts": PARTS, "lists": LISTS}.get(key)
    fits = isinstance(value, list) and all(isinstance(v, str) for v in value)
    if allowed is None:
        _require(fits, key, value, "eine Liste von Texten")
        return tuple(value)
    fits = fits and len(set(value)) == len(value) and set(value) <= set(allowed)
    if key == "parts":
        fits = fits and len(value) == len(allowed)
    what = "in der gewünschten Reihenfolge" if key == "parts" else "eine Auswahl"
    _require(fits, key, value, f"eine Liste aus {', '.join(allowed)} ({what})")
    return tuple(value)


def _require(fits: bool, key: str, value: Any, wanted: str) -> None:
    if not fits:
        shown = repr(value)[:80]
        raise UsageError(f"{_SETTINGS}: {key} = {shown} ist nicht möglich; erwartet wird {wanted}.")


def _contrast(first: str, second: str) -> float:
    """Contrast of two colours, from 1 to 21 (WCAG 2.1, relative luminance)."""

    def luminance(colour: str) -> float:
        shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


# --------------------------------------------------------------------------- files


def _logo(folder: Path, settings: Mapping[str, Any]) -> Picture | None:
    name = settings.get("logo")
    if name is None:
        return None
    alt = settings.get("logo_alt", "")
    _require(isinstance(alt, str) and bool(alt.strip()), "logo_alt", alt, "ein Text zum Logo")
    _require(isinstance(name, str) and Path(name).name == name, "logo", name, "ein Dateiname")
    path, kind = folder / name, _LOGO_KINDS.get(Path(name).suffix.lower())
    if kind is None:
        raise UsageError(f"{_SETTINGS}: Das Logo {name} muss auf .svg, .png oder .jpg enden.")
    if not path.is_file():
        raise UsageError(f"{_SETTINGS}: Das Logo {name} gibt es im Ordner der Vorlage nicht.")
    data = path.read_bytes()
    if len(data) > _LOGO_BYTES:
        raise UsageError(f"{_SETTINGS}: Das Logo {name} ist größer als 2 MB.")
    try:
        if kind != "svg":
            with PilImage.open(path, formats=("PNG", "JPEG")) as image:
                image.verify()
        height = float(settings.get("logo_height", DEFAULT.logo_height))
        _try_to_draw(f"logo.{kind}", data)
    except (OSError, SyntaxError, ValueError, typst.TypstError) as error:
        raise UsageError(f"{_SETTINGS}: Das Logo {name} ist nicht lesbar.") from error
    return Picture(f"logo.{kind}", data, height, height, alt.strip())


def _try_to_draw(name: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory(prefix="grader-") as folder:
        (Path(folder) / name).write_bytes(data)
        main = Path(folder) / "logo.typ"
        main.write_text(f'#image("{name}", height: 1cm)', encoding="utf-8")
        typst.compile(main, root=Path(folder), format="png", ppi=10, font_paths=fonts(None))
