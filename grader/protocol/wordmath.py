"""Mends formulas that pandoc wrote for Word: brackets that belong together become one object.

pandoc writes the brackets of ``\\sigma(z)_i`` as letters, and hangs the index on the second one
alone. Word shows that with brackets that never grow; LibreOffice takes the single bracket for a
fault and shows an upside-down question mark instead of the formula.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

__all__ = ["with_brackets"]

_M = "http://schemas.openxmlformats.org/officeDocument/2006/math"
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_FORMULA = re.compile(r"<m:oMath>.*?</m:oMath>", re.S)
_PAIRS = {"(": ")", "[": "]"}
_SCRIPTS = tuple(f"{{{_M}}}{name}" for name in ("sSub", "sSup", "sSubSup"))


def with_brackets(document: str) -> str:
    """Return a Word document's XML with the brackets of its formulas as delimiters."""
    return _FORMULA.sub(lambda found: _mended(found[0]), document)


def _mended(formula: str) -> str:
    ElementTree.register_namespace("m", _M)
    ElementTree.register_namespace("w", _W)
    outer = f'<m:x xmlns:m="{_M}" xmlns:w="{_W}">{formula}</m:x>'
    tree = ElementTree.fromstring(outer)  # noqa: S314 - pandoc wrote it, without entities
    for parent in list(tree.iter()):
        _pair(parent)
    # Names of spaces are declared at the top of the document already.
    made = ElementTree.tostring(tree[0], encoding="unicode")
    return re.sub(r' xmlns:[mw]="[^"]*"', "", made, count=2)


def _pair(parent: ElementTree.Element) -> None:
    """Put each pair of brackets among the children into one object, with what is between."""
    children: list[ElementTree.Element] = []
    opened: list[int] = []
    for child in list(parent):
        script = child.tag in _SCRIPTS
        base = child.find(f"{{{_M}}}e") if script else None
        sign = _sign(base[0]) if base is not None and len(base) == 1 else _sign(child)
        if not script and sign in _PAIRS:
            opened.append(len(children))
        elif opened and sign == _PAIRS[_sign(children[opened[-1]])]:
            start = opened.pop()
            pair = _delimited(_sign(children[start]), sign, children[start + 1 :])
            del children[start:]
            if base is not None:
                base[:] = [pair]
                pair = child
            children.append(pair)
            continue
        children.append(child)
    parent[:] = children


def _sign(run: ElementTree.Element) -> str:
    return "".join(run.itertext()) if run.tag == f"{{{_M}}}r" else ""


def _delimited(begin: str, end: str, inside: list[ElementTree.Element]) -> ElementTree.Element:
    made = ElementTree.Element(f"{{{_M}}}d")
    look = ElementTree.SubElement(made, f"{{{_M}}}dPr")
    for name, sign in (("begChr", begin), ("endChr", end)):
        ElementTree.SubElement(look, f"{{{_M}}}{name}", {f"{{{_M}}}val": sign})
    ElementTree.SubElement(made, f"{{{_M}}}e").extend(inside)
    return made
