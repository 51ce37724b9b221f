"""Cohorts, groups with members, versions of submissions, undo, extra points, late days, release.

What was a submission becomes a group with one submission; its marks go to the group.

Revision ID: 0002
"""

import datetime as dt
import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the new tables, move what there is, then drop the old columns."""
    _new_tables()
    _new_columns()
    _move(op.get_bind())
    _old_columns()


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True)


def _owner(name: str, table: str, *, nullable: bool = False) -> sa.Column[int]:
    reference = sa.ForeignKey(f"{table}.id", ondelete="CASCADE")
    return sa.Column(name, sa.Integer, reference, nullable=nullable)


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=nullable)


def _new_tables() -> None:
    op.create_table(
        "cohort",
        _id(),
        _text("lab", 200),
        _text("term", 200),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT),
        sa.Column("released_at", _MOMENT),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.UniqueConstraint("lab", "term", name="uq_cohort_lab"),
    )
    op.create_table(
        "student_group",
        _id(),
        _owner("cohort_id", "cohort"),
        _text("name", 300),
        _text("title", 300),
        _text("moodle_id", 80, nullable=True),
        sa.Column("due_at", _MOMENT),
        sa.Column("worksheet", sa.JSON, nullable=False),
        sa.UniqueConstraint("cohort_id", "name", name="uq_student_group_cohort_id"),
    )
    op.create_table(
        "member",
        _id(),
        _owner("group_id", "student_group"),
        _text("name", 300),
        _text("email", 300),
        _text("moodle_id", 80, nullable=True),
        _text("matriculation", 80, nullable=True),
        sa.Column("worksheet", sa.JSON, nullable=False),
    )
    op.create_table(
        "suggestion",
        _id(),
        _owner("check_result_id", "check_result"),
        _text("kind", 20),
        _text("item", 200),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("share", sa.Float),
    )
    op.create_table(
        "extra_points",
        _id(),
        _owner("group_id", "student_group"),
        sa.Column("points", sa.Float, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        _text("author", 200),
        sa.Column("given_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "event",
        _id(),
        _owner("cohort_id", "cohort"),
        _owner("group_id", "student_group", nullable=True),
        _text("kind", 40),
        sa.Column("reason", sa.Text, nullable=False),
        _text("author", 200),
        sa.Column("happened_at", _MOMENT, nullable=False),
    )
    for table, column in (
        ("member", "group_id"),
        ("suggestion", "check_result_id"),
        ("extra_points", "group_id"),
        ("event", "cohort_id"),
        ("event", "group_id"),
    ):
        op.create_index(f"ix_{table}_{column}", table, [column])


def _new_columns() -> None:
    with op.batch_alter_table("submission") as table:
        table.drop_constraint("uq_submission_lab", type_="unique")
        table.add_column(sa.Column("group_id", sa.Integer))
        table.add_column(sa.Column("number", sa.Integer))
        table.add_column(_text("digest", 64, nullable=True))
        table.add_column(sa.Column("path", sa.Text))
        table.add_column(sa.Column("submitted_at", _MOMENT))
        table.add_column(sa.Column("received_at", _MOMENT))
        table.add_column(sa.Column("late_days", sa.Integer))
    with op.batch_alter_table("grading") as table:
        table.add_column(_text("profile", 80, nullable=True))
        table.add_column(sa.Column("seconds", sa.Float))
    with op.batch_alter_table("check_result") as table:
        table.add_column(_text("digest", 64, nullable=True))
    with op.batch_alter_table("mark") as table:
        table.add_column(sa.Column("group_id", sa.Integer))
        table.add_column(sa.Column("version", sa.Integer))
        table.add_column(_text("kind", 20, nullable=True))
        table.add_column(sa.Column("undoes", sa.Integer))
        table.add_column(sa.Column("automatic_points", sa.Float))
        table.add_column(_text("automatic_status", 40, nullable=True))
        table.add_column(_text("automatic_digest", 64, nullable=True))


# ------------------------------------------------------------------ what there is


def _move(connection: sa.Connection) -> None:
    old = sa.MetaData()
    old.reflect(connection)
    table = old.tables
    now = dt.datetime.now(dt.UTC)
    labs = connection.scalars(sa.select(table["submission"].c.lab).distinct()).all()
    for number, lab in enumerate(sorted(labs), start=1):
        row = {"id": number, "lab": lab, "term": "", "created_at": now, "revision": 0}
        connection.execute(table["cohort"].insert().values(row))
        for found in connection.execute(
            sa.select(table["submission"].c.id, table["submission"].c.name).where(
                table["submission"].c.lab == lab
            )
        ).all():
            group = {"id": found.id, "cohort_id": number, "name": found.name, "title": found.name}
            group_row = {**group, "worksheet": {}}
            connection.execute(table["student_group"].insert().values(group_row))
    _continue_numbers(connection, ("cohort", "student_group"))
    _move_gradings(connection, table, now)
    _move_marks(connection, table)


def _continue_numbers(connection: sa.Connection, names: tuple[str, ...]) -> None:
    """Ids were given by hand: PostgreSQL's own counting goes on behind them."""
    if connection.dialect.name != "postgresql":
        return
    for name in names:
        connection.execute(
            sa.text(
                f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), "  # noqa: S608 - our names
                f"(SELECT COALESCE(MAX(id), 1) FROM {name}), "
                f"(SELECT COUNT(*) > 0 FROM {name}))"
            )
        )


def _move_gradings(connection: sa.Connection, table: dict[str, sa.Table], now: dt.datetime) -> None:
    grading, submission = table["grading"].c, table["submission"]
    first = sa.func.min(grading.graded_at)
    query = sa.select(grading.submission_id, first).group_by(grading.submission_id)
    firsts = {number: graded_at for number, graded_at in connection.execute(query)}
    for number in connection.scalars(sa.select(submission.c.id)).all():
        values = {"group_id": number, "number": 1, "digest": "", "path": ""}
        row = {**values, "received_at": firsts.get(number, now)}
        connection.execute(submission.update().where(submission.c.id == number).values(row))
    for found in connection.execute(sa.select(grading.id, grading.provenance)).all():
        provenance = found.provenance if isinstance(found.provenance, dict) else {}
        seconds = provenance.get("seconds", 0.0)
        row = {
            "profile": str(provenance.get("profile", ""))[:80],
            "seconds": float(seconds) if isinstance(seconds, int | float) else 0.0,
        }
        connection.execute(table["grading"].update().where(grading.id == found.id).values(row))
    _move_checks(connection, table)


def _move_checks(connection: sa.Connection, table: dict[str, sa.Table]) -> None:
    check = table["check_result"]
    for found in connection.execute(sa.select(check)).all():
        # As the gradebook does it; a copy, since its code may change and this must not.
        parts = [found.status, found.points, found.max_points, found.message, found.details]
        raw = json.dumps(parts, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(raw.encode()).hexdigest()
        connection.execute(check.update().where(check.c.id == found.id).values(digest=digest))
        rows = _suggestions(found.details)
        if rows:
            own = [{"check_result_id": found.id, **row} for row in rows]
            connection.execute(table["suggestion"].insert(), own)


def _suggestions(details: object) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    if not isinstance(details, dict):
        return rows
    for key, kind in (
        ("concepts", "concept"),
        ("misconceptions", "misconception"),
        ("flags", "flag"),
    ):
        entries = details.get(key)
        for entry in entries if isinstance(entries, list) else []:
            if isinstance(entry, dict) and entry.get("id"):
                item, label = str(entry["id"])[:200], str(entry.get("label", ""))
                share = entry.get("share")
                share = float(share) if isinstance(share, int | float) else None
                rows.append({"kind": kind, "item": item, "label": label, "share": share})
    return rows


def _move_marks(connection: sa.Connection, table: dict[str, sa.Table]) -> None:
    mark, check, grading = table["mark"], table["check_result"].c, table["grading"].c
    versions: dict[tuple[int, str], int] = {}
    points: dict[tuple[int, str], float] = {}
    for found in connection.execute(sa.select(mark).order_by(mark.c.id)).all():
        key = (found.submission_id, found.check_id)
        versions[key] = versions.get(key, 0) + 1
        # A mark without points was a comment beside the earlier points; now it is the whole state.
        if found.points is not None:
            points[key] = found.points
        automatic = connection.execute(
            sa.select(check.points, check.status, check.digest)
            .join_from(table["check_result"], table["grading"], check.grading_id == grading.id)
            .where(
                grading.submission_id == found.submission_id,
                check.check_id == found.check_id,
                grading.graded_at <= found.marked_at,
            )
            .order_by(grading.id.desc())
            .limit(1)
        ).one_or_none()
        row = {
            "group_id": found.submission_id,
            "version": versions[key],
            "kind": "set",
            "points": points.get(key),
            "automatic_points": automatic.points if automatic else None,
            "automatic_status": automatic.status if automatic else None,
            "automatic_digest": automatic.digest if automatic else "",
        }
        connection.execute(mark.update().where(mark.c.id == found.id).values(row))


# ------------------------------------------------------------------ what is no more


def _old_columns() -> None:
    naming = {"fk": "fk_%(table_name)s_%(column_0_name)s"}
    with op.batch_alter_table("submission") as table:
        table.drop_column("lab")
        table.drop_column("name")
        for column, kind in (
            ("group_id", sa.Integer()),
            ("number", sa.Integer()),
            ("digest", sa.String(64)),
            ("path", sa.Text()),
            ("received_at", _MOMENT),
        ):
            table.alter_column(column, existing_type=kind, nullable=False)
        table.create_foreign_key(
            "fk_submission_group_id", "student_group", ["group_id"], ["id"], ondelete="CASCADE"
        )
        table.create_unique_constraint("uq_submission_group_id", ["group_id", "number"])
        table.create_index("ix_submission_group_id", ["group_id"])
    for name, column, above in (
        ("grading", "submission_id", "submission"),
        ("check_result", "grading_id", "grading"),
        ("problem", "grading_id", "grading"),
    ):
        with op.batch_alter_table(name, naming_convention=naming) as table:
            table.drop_constraint(_foreign_key(name, column), type_="foreignkey")
            table.create_foreign_key(
                f"fk_{name}_{column}", above, [column], ["id"], ondelete="CASCADE"
            )
            if name == "grading":
                table.alter_column("profile", existing_type=sa.String(80), nullable=False)
                table.alter_column("seconds", existing_type=sa.Float(), nullable=False)
            if name == "check_result":
                table.alter_column("digest", existing_type=sa.String(64), nullable=False)
    with op.batch_alter_table("mark", naming_convention=naming) as table:
        table.drop_index("ix_mark_submission_id")
        table.drop_constraint(_foreign_key("mark", "submission_id"), type_="foreignkey")
        table.drop_column("submission_id")
        for column, kind in (
            ("group_id", sa.Integer()),
            ("version", sa.Integer()),
            ("kind", sa.String(20)),
            ("automatic_digest", sa.String(64)),
        ):
            table.alter_column(column, existing_type=kind, nullable=False)
        table.create_foreign_key(
            "fk_mark_group_id", "student_group", ["group_id"], ["id"], ondelete="CASCADE"
        )
        table.create_unique_constraint("uq_mark_group_id", ["group_id", "check_id", "version"])
        table.create_index("ix_mark_group_id", ["group_id"])


def _foreign_key(table: str, column: str) -> str:
    """Name of a foreign key: 0001 gave none; PostgreSQL made one, SQLite's goes by convention."""
    (found,) = [
        key
        for key in sa.inspect(op.get_bind()).get_foreign_keys(table)
        if key["constrained_columns"] == [column]
    ]
    return found["name"] or f"fk_{table}_{column}"


def downgrade() -> None:
    """Refuse: what the new tables hold has no place in the old ones."""
    raise NotImplementedError("Restore the backup that was made before the upgrade.")
