"""Alembic's environment: migrations run on the connection that the gradebook opened."""

from alembic import context

from grader.gradebook.schema import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
# The transaction is the gradebook's: all migrations and what they move, or nothing.
context.run_migrations()
