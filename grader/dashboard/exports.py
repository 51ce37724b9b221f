"""Exports: what leaves the desk, as files to load."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from grader.dashboard.office import office_of
from grader.dashboard.pages import page

__all__ = ["router"]

router = APIRouter(prefix="/export")


@router.get("", response_class=HTMLResponse)
def exports_page(request: Request) -> Response:
    """List what can be loaded."""
    office = office_of(request)
    return page(request, "exports.html", here="/export", cohort=office.cohort(), files=[])
