"""Submissions, gradings, check results, problems, human marks.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "submission",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("lab", sa.String(200), nullable=False),
        sa.Column("name", sa.String(300), nullable=False),
        sa.UniqueConstraint("lab", "name", name="uq_submission_lab"),
    )
    op.create_table(
        "grading",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("submission_id", sa.Integer, sa.ForeignKey("submission.id"), nullable=False),
        sa.Column("graded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("points", sa.Float, nullable=False),
        sa.Column("max_points", sa.Float, nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("provenance", sa.JSON, nullable=False),
    )
    op.create_index("ix_grading_submission_id", "grading", ["submission_id"])
    op.create_table(
        "check_result",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("grading_id", sa.Integer, sa.ForeignKey("grading.id"), nullable=False),
        sa.Column("task_id", sa.String(80), nullable=False),
        sa.Column("check_id", sa.String(80), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("points", sa.Float, nullable=False),
        sa.Column("max_points", sa.Float, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
        sa.UniqueConstraint("grading_id", "check_id", name="uq_check_result_grading_id"),
    )
    op.create_index("ix_check_result_grading_id", "check_result", ["grading_id"])
    op.create_table(
        "problem",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("grading_id", sa.Integer, sa.ForeignKey("grading.id"), nullable=False),
        sa.Column("kind", sa.String(80), nullable=False),
        sa.Column("notebook", sa.String(200)),
        sa.Column("cell", sa.Integer),
        sa.Column("message", sa.Text, nullable=False),
    )
    op.create_index("ix_problem_grading_id", "problem", ["grading_id"])
    op.create_table(
        "mark",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("submission_id", sa.Integer, sa.ForeignKey("submission.id"), nullable=False),
        sa.Column("check_id", sa.String(80), nullable=False),
        sa.Column("points", sa.Float),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("author", sa.String(200), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_mark_submission_id", "mark", ["submission_id"])


def downgrade() -> None:
    """Drop them."""
    for name in ("mark", "problem", "check_result", "grading", "submission"):
        op.drop_table(name)
