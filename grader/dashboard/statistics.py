"""Statistics of the cohort; every plot can be taken along as SVG, PNG or table."""

from __future__ import annotations

import threading
from typing import Literal

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from grader.dashboard.figures import (
    FIGURES,
    agreements,
    check_items,
    drawing,
    misconceptions,
)
from grader.dashboard.messages import not_here
from grader.dashboard.office import Office, office_of
from grader.dashboard.pages import page

__all__ = ["router"]

router = APIRouter(prefix="/statistik")
# An image's own styles; matplotlib writes them into the elements.
_IMAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_TYPES = {"svg": "image/svg+xml", "png": "image/png", "csv": "text/csv; charset=utf-8"}
# matplotlib's settings are the process's: one drawing at a time.
_DRAWING = threading.Lock()


@router.get("", response_class=HTMLResponse)
def statistics_page(request: Request) -> Response:
    """Show all plots with their numbers."""
    office = office_of(request)
    rows = [row for row in office.overview().rows if row.status is not None]
    totals = sorted(row.total for row in rows)
    return page(
        request,
        "statistics.html",
        here="/statistik",
        groups=len(rows),
        mean=sum(totals) / len(totals) if totals else 0.0,
        median=_median(totals),
        items=check_items(office),
        checks=office.lab.checks,
        agreements=agreements(office),
        misconceptions=misconceptions(office),
        # Images are loaded anew when the cohort has changed, not each time.
        revision=office.cohort().revision,
    )


def _median(values: list[float]) -> float:
    if not values:
        return 0.0
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


@router.get("/bild/{name}.{kind}")
def picture(
    request: Request, name: str, kind: Literal["svg", "png", "csv"], pruefung: str = ""
) -> Response:
    """Return one plot as a file."""
    office = office_of(request)
    if name not in FIGURES or (pruefung and pruefung not in office.lab.checks):
        raise HTTPException(404, not_here("Dieses Bild"))
    raw = office.kept(
        ("picture", name, kind, pruefung), lambda _: _made(office, name, kind, pruefung)
    )
    shown = f"{name}-{pruefung}" if pruefung else name
    place = "inline" if kind == "svg" and "laden" not in request.query_params else "attachment"
    headers = {
        "content-security-policy": _IMAGE_POLICY,
        "content-disposition": f'{place}; filename="{shown}.{kind}"',
    }
    return Response(raw, media_type=_TYPES[kind], headers=headers)


def _made(office: Office, name: str, kind: str, check: str) -> bytes:
    made = drawing(office, name, check)
    if kind == "csv":
        return made.csv()
    with _DRAWING:
        return made.png() if kind == "png" else made.svg().encode()
