"""Similar submissions side by side: observations, never judgements."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from grader.dashboard.messages import not_here
from grader.dashboard.office import Office, office_of
from grader.dashboard.pages import page
from grader.similar import Pair, read_pairs

__all__ = ["router"]

router = APIRouter(prefix="/aehnlich")
_FILE = "similar.json"


@router.get("", response_class=HTMLResponse)
def pairs_page(request: Request) -> Response:
    """List the most similar pairs."""
    office = office_of(request)
    return page(
        request, "similar.html", here="/aehnlich", pairs=_pairs(office), groups=_groups(office)
    )


@router.get("/{number}", response_class=HTMLResponse)
def pair_page(request: Request, number: int) -> Response:
    """Show what a pair shares, side by side."""
    office = office_of(request)
    pairs = _pairs(office)
    if not 1 <= number <= len(pairs):
        raise HTTPException(404, not_here("Dieses Paar"))
    return page(
        request,
        "pair.html",
        here="/aehnlich",
        pair=pairs[number - 1],
        number=number,
        count=len(pairs),
        groups=_groups(office),
    )


def _pairs(office: Office) -> tuple[Pair, ...]:
    return read_pairs(office.settings.out / _FILE)


def _groups(office: Office) -> dict[str, tuple[int, str]]:
    """Id and title of each group by its submission's name."""
    groups = (row.group for row in office.overview().rows)
    return {g.name: (g.id, g.title) for g in groups}
