"""Finishes the file that pandoc wrote: pages, properties, colours, the proofing language."""

from __future__ import annotations

import io
import re
import zipfile
from xml.sax.saxutils import escape

from grader.protocol.wordmath import with_brackets

__all__ = ["finished"]

# Twentieths of a point: 210 x 297 mm with margins of 25 mm.
_A4 = (
    b'<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1417" w:right="1417" w:bottom="1417" '
    b'w:left="1417" w:header="708" w:footer="708" w:gutter="0"/>'
)
# Lists' numbers have 16 bits in LibreOffice; pandoc's own begin at 990.
_LIST, _LEVELS = 901, 3
_HEADING = re.compile(
    r'<w:style [^>]*w:styleId="(?:Heading\d|Title|TOCHeading)".*?</w:style>', re.S
)
# Styles that pandoc names, but leaves without a look of their own; and the contents'.
_TYPED = (
    '<w:style w:type="paragraph" w:customStyle="1" w:styleId="{id}"><w:name w:val="{name}"/>'
    '<w:basedOn w:val="Normal"/><w:qFormat/><w:pPr><w:pBdr>{border}</w:pBdr>{ground}'
    '<w:spacing w:before="120" w:after="120"/><w:ind w:left="140" w:right="140"/></w:pPr>'
    '<w:rPr><w:noProof/><w:sz w:val="17"/><w:szCs w:val="17"/></w:rPr></w:style>'
)
_CONTENTS = (
    '<w:style w:type="paragraph" w:styleId="TOC{level}"><w:name w:val="toc {level}"/>'
    '<w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:uiPriority w:val="39"/>'
    '<w:unhideWhenUsed/><w:pPr><w:tabs><w:tab w:val="right" w:leader="dot" w:pos="9070"/></w:tabs>'
    '<w:spacing w:after="60"/><w:ind w:left="{indent}"/></w:pPr></w:style>'
)
_CODE = re.compile(r'(<w:style [^>]*w:styleId="(?:SourceCode|VerbatimChar)".*?)(</w:style>)', re.S)


def finished(docx: bytes, *, title: str, author: str, accent: str, heading: str) -> bytes:
    """Return the file with A4 pages, title and author, and headings in the theme's colour."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(docx)) as old, zipfile.ZipFile(made, "w") as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename == "word/document.xml":
                # Without a copy of every picture as its own description.
                data = re.sub(rb'descr="data:[^"]*"', b'descr=""', data)
                # The page's size comes after the notes' settings: the schema's order.
                data = data.replace(b"</w:sectPr>", _A4 + b"</w:sectPr>")
                data = with_brackets(data.decode("utf-8")).encode("utf-8")
            elif entry.filename == "word/styles.xml":
                data = _styles(data.decode("utf-8"), accent, heading).encode("utf-8")
            elif entry.filename == "word/numbering.xml":
                data = _numbering(data.decode("utf-8")).encode("utf-8")
            elif entry.filename == "docProps/core.xml":
                data = _properties(data.decode("utf-8"), title, author).encode("utf-8")
            # The same document gives the same bytes.
            new.writestr(zipfile.ZipInfo(entry.filename), data, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _styles(xml: str, accent: str, heading: str) -> str:
    def coloured(style: re.Match[str]) -> str:
        colour = f'<w:color w:val="{heading[1:].upper()}"/>'
        return re.sub(r"<w:color [^>]*/>", colour, style[0])

    xml = _HEADING.sub(coloured, xml)
    xml = re.sub(
        r'(<w:style [^>]*w:styleId="Hyperlink".*?)<w:color [^>]*/>',
        rf'\1<w:color w:val="{accent[1:].upper()}"/>',
        xml,
        count=1,
        flags=re.S,
    )
    for level in range(1, _LEVELS + 1):
        xml = _numbered(xml, level)
    # Based on a heading, but the contents are no chapter.
    contents = r'(<w:style [^>]*w:styleId="TOCHeading".*?<w:pPr>)'
    uncounted = r'\1<w:numPr><w:numId w:val="0"/></w:numPr>'
    xml = re.sub(contents, uncounted, xml, count=1, flags=re.S)
    for name, style in _added(accent[1:].upper()).items():
        xml = re.sub(rf'<w:style [^>]*w:styleId="{name}".*?</w:style>', "", xml, flags=re.S)
        xml = xml.replace("</w:styles>", f"{style}</w:styles>")
    # Code is no German: no red lines below it.
    return _CODE.sub(_unproofed, xml)


def _added(accent: str) -> dict[str, str]:
    """Return the styles of code, output and contents by their names."""
    beside = f'<w:left w:val="single" w:sz="12" w:space="6" w:color="{accent}"/>'
    around = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="{space}" w:color="BFC6CE"/>'
        for side, space in (("top", 3), ("left", 6), ("bottom", 3), ("right", 6))
    )
    shade = '<w:shd w:val="clear" w:color="auto" w:fill="F4F6F8"/>'
    made = {
        "SourceCode": _TYPED.format(
            id="SourceCode", name="Source Code", border=beside, ground=shade
        ),
        "Output": _TYPED.format(id="Output", name="Output", border=around, ground=""),
    }
    return made | {
        f"TOC{level}": _CONTENTS.format(level=level, indent=240 * (level - 1))
        for level in range(1, _LEVELS + 1)
    }


def _numbered(xml: str, level: int) -> str:
    """Let Word count a level's headings, but not those in the style ``Heading Plain``."""
    style = rf'<w:style [^>]*w:styleId="HeadingPlain{level}".*?<w:basedOn w:val="'
    plain = rf'({style})\w+("\s*/>\s*<w:qFormat ?/>)'
    without = '<w:pPr><w:numPr><w:numId w:val="0"/></w:numPr></w:pPr>'
    xml = re.sub(plain, rf"\1Heading{level}\2{without}", xml, count=1, flags=re.S)
    number = f'<w:numPr><w:ilvl w:val="{level - 1}"/><w:numId w:val="{_LIST}"/></w:numPr>'
    heading = rf'(<w:style [^>]*w:styleId="Heading{level}".*?<w:keepLines ?/>)'
    return re.sub(heading, rf"\1{number}", xml, count=1, flags=re.S)


def _numbering(xml: str) -> str:
    """Add the list of several levels that headings are counted with: 1, 1.1, 1.1.1."""
    levels = "".join(
        f'<w:lvl w:ilvl="{i}"><w:start w:val="1"/><w:numFmt w:val="decimal"/>'
        f'<w:pStyle w:val="Heading{i + 1}"/><w:suff w:val="space"/>'
        f'<w:lvlText w:val="{".".join(f"%{n}" for n in range(1, i + 2))}"/><w:lvlJc w:val="left"/>'
        '<w:pPr><w:ind w:left="0" w:firstLine="0"/></w:pPr></w:lvl>'
        for i in range(_LEVELS)
    )
    made = (
        f'<w:abstractNum w:abstractNumId="{_LIST}"><w:multiLevelType w:val="multilevel"/>{levels}'
    )
    made += "</w:abstractNum>"
    use = f'<w:num w:numId="{_LIST}"><w:abstractNumId w:val="{_LIST}"/></w:num>'
    # The schema wants all definitions before all uses.
    first = xml.find("<w:num ")
    end = xml.rindex("</w:numbering>")
    place = first if first >= 0 else end
    return xml[:place] + made + xml[place:end] + use + xml[end:]


def _unproofed(style: re.Match[str]) -> str:
    body = style[1]
    if "<w:noProof" in body:
        return style[0]
    if "<w:rPr>" in body:
        return body.replace("<w:rPr>", "<w:rPr><w:noProof/>", 1) + style[2]
    return f"{body}<w:rPr><w:noProof/></w:rPr>{style[2]}"


def _properties(xml: str, title: str, author: str) -> str:
    for name, value in (("dc:title", title), ("dc:creator", author)):
        made = f"<{name}>{escape(value)}</{name}>"
        pattern = rf"<{name}\s*/>|<{name}>.*?</{name}>"
        if re.search(pattern, xml, re.S):
            xml = re.sub(pattern, lambda _, made=made: made, xml, count=1, flags=re.S)  # type: ignore[misc]
        else:
            xml = xml.replace("</cp:coreProperties>", f"{made}</cp:coreProperties>")
    # When it was made says nothing of it.
    return re.sub(r"(<dcterms:\w+ [^>]*>)[^<]*", r"\g<1>2000-01-01T00:00:00Z", xml)
