"""Markup and scripts in everything that a notebook shows: text for the grader, never more."""

from __future__ import annotations

from tests.walls.attack import ALL, Ending, Notebook

__all__ = ["MARKUP"]

_EVIL = """
EVIL = ('<script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)>'
        '<script>alert(2)</script></svg><iframe src="https://example.org"></iframe>'
        '<a href="javascript:alert(3)">x</a><style>*{display:none}</style></pre></td></html>'
        '<form action="https://example.org"><input name=x></form><base href="https://example.org">')
"""

MARKUP = (
    Notebook(
        name="markup_and_scripts",
        cells=(
            Ending(
                code=_EVIL
                + "from IPython.display import HTML, SVG, IFrame, Javascript, Latex, Markdown, "
                "display\n"
                "display(HTML(EVIL), Markdown(EVIL), Latex(EVIL), Javascript('alert(1)'))\n"
                "display(IFrame('https://example.org', 300, 200))\n"
                'display(SVG(\'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">'
                "<script>alert(1)</script></svg>'))",
            ),
            Ending(
                code="kinds = ('text/html', 'text/plain', 'text/markdown', 'text/latex', "
                "'image/svg+xml', 'application/javascript', 'application/json', "
                "'application/pdf', 'application/vnd.jupyter.widget-view+json')\n"
                "display({kind: EVIL for kind in kinds}, raw=True)\n"
                "display({'image/png': EVIL, 'image/jpeg': 'PHN2Zz48L3N2Zz4='}, raw=True)\nEVIL",
            ),
            Ending(
                code="import sys\nprint(EVIL)\nprint(EVIL, file=sys.stderr)\n"
                "class Shown:\n    def _repr_html_(self): return EVIL\n"
                "    def __repr__(self): return EVIL\nShown()",
            ),
            Ending(code="raise ValueError(EVIL)", statuses=("error",)),
            Ending(
                code="raise type('<script>alert(4)</script>', (Exception,), {})(EVIL)",
                statuses=("error",),
            ),
            Ending(
                code="""
import numpy, matplotlib.image
name = "<img src=x onerror=alert(1)>.png"
matplotlib.image.imsave(name, numpy.eye(8))
with open(name, "ab") as file:
    file.write(EVIL.encode())
""",
            ),
        ),
        problems=("cell_error",),
        holds=(ALL,),
    ),
)
