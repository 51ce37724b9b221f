"""Serves the dashboard on this machine only, and says where."""

from __future__ import annotations

import contextlib
import logging
import socket
from collections.abc import Callable
from dataclasses import replace

import uvicorn

from grader.dashboard.app import create_app
from grader.dashboard.sessions import Role
from grader.dashboard.settings import Settings
from grader.errors import UsageError

__all__ = ["serve"]

_HOST = "127.0.0.1"


def serve(settings: Settings, announce: Callable[[dict[Role, str]], None]) -> None:
    """Serve until interrupted.

    Parameters
    ----------
    settings : Settings
        A ``port`` of 0 takes any free one.
    announce : callable
        Called once, when connections are taken, with the address for each role.

    Raises
    ------
    UsageError
        If the port is taken.
    """
    with contextlib.closing(_bound(settings.port)) as listening:
        port = listening.getsockname()[1]
        app = create_app(replace(settings, port=port))
        office = app.state.office
        config = uvicorn.Config(
            app,
            # No names, answers or keys in logs: requests are not logged at all.
            access_log=False,
            log_level=logging.ERROR,
            server_header=False,
            lifespan="off",
            # A browser that holds a connection open does not hold up Ctrl-C.
            timeout_graceful_shutdown=3,
        )
        office.materials.prepare()
        announce(
            {
                role: f"http://{_HOST}:{port}/anmelden?token={token}"
                for role, token in office.sessions.tokens.items()
            }
        )
        try:
            # Ctrl-C is how it is meant to end.
            with contextlib.suppress(KeyboardInterrupt):
                uvicorn.Server(config).run(sockets=[listening])
        finally:
            office.close()


def _bound(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((_HOST, port))
        made.listen(128)
    except OSError as error:
        made.close()
        raise UsageError(
            f"Auf Port {port} läuft schon etwas. Mit --port einen anderen wählen (0: irgendeinen)."
        ) from error
    return made
