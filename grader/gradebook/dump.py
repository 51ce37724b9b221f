"""A whole gradebook as plain data, and back: every row of every table, with its number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import DateTime, Table, func, insert, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from grader.errors import UsageError
from grader.gradebook.schema import VERSION, Base, UtcDateTime

__all__ = ["dump_tables", "load_tables"]

_AT_ONCE = 500


def dump_tables(session: Session) -> dict[str, Any]:
    """Return all rows as values that JSON knows; moments are ISO 8601 in UTC."""
    tables = {}
    for table in Base.metadata.sorted_tables:
        rows = session.execute(select(table).order_by(table.c.id)).mappings()
        tables[table.name] = [{k: _plain(v) for k, v in row.items()} for row in rows]
    return {"format": "grader-gradebook", "version": VERSION, "tables": tables}


def load_tables(session: Session, dumped: Mapping[str, Any]) -> dict[str, int]:
    """Fill an empty gradebook with what :func:`dump_tables` returned.

    Returns
    -------
    dict of str to int
        Number of rows by table.

    Raises
    ------
    UsageError
        If the gradebook is not empty, or the data are of another version or contradict themselves.
    """
    if dumped.get("format") != "grader-gradebook" or not isinstance(dumped.get("tables"), dict):
        raise UsageError("Das ist kein Notenbuch, das »grader export json« geschrieben hat.")
    if dumped.get("version") != VERSION:
        raise UsageError(
            f"Das Notenbuch wurde in der Fassung {dumped.get('version')} geschrieben, dieses "
            f"Programm liest {VERSION}."
        )
    tables = Base.metadata.sorted_tables
    if any(session.scalar(select(func.count()).select_from(t)) for t in tables):
        raise UsageError("Das Notenbuch ist nicht leer. Bitte ein neues angeben (--gradebook).")
    counts = {}
    try:
        for table in tables:
            rows = [_row(table, row) for row in dumped["tables"].get(table.name, [])]
            for start in range(0, len(rows), _AT_ONCE):
                session.execute(insert(table), rows[start : start + _AT_ONCE])
            counts[table.name] = len(rows)
            _continue_numbers(session, table)
    except (SQLAlchemyError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError("Das Notenbuch in dieser Datei widerspricht sich selbst.") from error
    return counts


def _plain(value: Any) -> Any:
    return value.astimezone(dt.UTC).isoformat() if isinstance(value, dt.datetime) else value


def _row(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for column in table.columns:
        value = row[column.name]
        if value is not None and isinstance(column.type, (UtcDateTime, DateTime)):
            value = dt.datetime.fromisoformat(value)
        found[column.name] = value
    return found


def _continue_numbers(session: Session, table: Table) -> None:
    """A server counts by itself, also past rows that brought their numbers."""
    if session.get_bind().dialect.name != "postgresql":
        return
    most = session.scalar(select(func.max(table.c.id)))
    if most is not None:
        session.execute(
            text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :most)"),
            {"name": table.name, "most": most},
        )
