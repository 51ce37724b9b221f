"""The German lab protocol: a submission and its evidence as PDF, HTML or docx."""

from grader.protocol.build import build_document
from grader.protocol.document import Document
from grader.protocol.docx import write_docx
from grader.protocol.html import render_html
from grader.protocol.pdf import render_pdf
from grader.protocol.theme import Theme
from grader.protocol.themefile import bundled_themes, load_theme
from grader.protocol.write import write_protocol, write_protocols

__all__ = [
    "Document",
    "Theme",
    "build_document",
    "bundled_themes",
    "load_theme",
    "render_html",
    "render_pdf",
    "write_docx",
    "write_protocol",
    "write_protocols",
]
