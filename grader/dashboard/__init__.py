"""The instructor's desk in the browser: cohort, submissions, review, statistics, exports."""

from grader.dashboard.app import create_app
from grader.dashboard.server import serve
from grader.dashboard.settings import Settings

__all__ = ["Settings", "create_app", "serve"]
