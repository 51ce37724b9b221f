"""Small JSON messages with file descriptors over an inherited SEQPACKET socket pair."""

from __future__ import annotations

import array
import contextlib
import json
import os
import socket
from collections.abc import Sequence
from typing import Any

__all__ = ["Closed", "pair", "receive", "send"]

_MAX_BYTES = 65_536
_MAX_FDS = 4


class Closed(Exception):  # noqa: N818 - an event, not an error
    """The other end is gone."""


def pair() -> tuple[socket.socket, socket.socket]:
    """Two connected ends; each message arrives whole or not at all."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def send(channel: socket.socket, message: dict[str, Any], fds: Sequence[int] = ()) -> None:
    """Send a message and duplicates of open file descriptors.

    Raises
    ------
    Closed
        If nobody is at the other end.
    """
    data = json.dumps(message).encode()
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    try:
        channel.sendmsg([data], rights)
    except (BrokenPipeError, ConnectionResetError) as error:
        raise Closed from error


def receive(channel: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Wait for a message.

    Returns
    -------
    message : dict
    fds : list of int
        The caller closes them.

    Raises
    ------
    Closed
        If the other end is gone, or sends what is no message.
    """
    space = socket.CMSG_SPACE(_MAX_FDS * array.array("i").itemsize)
    try:
        data, ancillary, flags, _ = channel.recvmsg(_MAX_BYTES, space)
    except ConnectionResetError as error:
        raise Closed from error
    fds: list[int] = []
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            received = array.array("i")
            received.frombytes(content[: len(content) - len(content) % received.itemsize])
            fds += received
    try:
        if not data or flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
            raise Closed
        message = json.loads(data)
        if not isinstance(message, dict):
            raise Closed
    except (Closed, ValueError, RecursionError) as error:
        for fd in fds:
            with contextlib.suppress(OSError):
                os.close(fd)
        raise Closed from error
    return message, fds
