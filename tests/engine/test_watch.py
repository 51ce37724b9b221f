"""What a cell's watch makes of a connection that breaks."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import zmq
import zmq.asyncio

from grader.engine.watch import Watch

_LARGEST = 1_000_000
_spawn = multiprocessing.get_context("spawn")


def ends(address: str) -> None:
    """A kernel that dies once somebody listens."""
    _publisher(address)
    os._exit(0)


def floods(address: str) -> None:
    """A kernel that prints more in one message than is taken."""
    _publisher(address).send(b"x" * 10 * _LARGEST)
    time.sleep(20)


def _publisher(address: str) -> zmq.Socket[bytes]:
    socket = zmq.Context().socket(zmq.XPUB)
    socket.bind(address)
    socket.recv()
    return socket


async def _overflows(kernel: Callable[[str], None], address: str) -> bool:
    process = _spawn.Process(target=kernel, args=(address,))
    context = zmq.asyncio.Context()
    socket = context.socket(zmq.SUB)
    socket.setsockopt(zmq.MAXMSGSIZE, _LARGEST)
    socket.subscribe(b"")
    socket.connect(address)
    channel = SimpleNamespace(socket=socket)
    client: Any = SimpleNamespace(
        kc=SimpleNamespace(iopub_channel=channel), overflow=asyncio.Event()
    )
    manager: Any = SimpleNamespace(is_alive=_alive)
    watch = Watch(manager, client, box=None, limits=None)  # type: ignore[arg-type]
    watching = asyncio.create_task(watch._refusals())
    await asyncio.sleep(0)
    process.start()
    try:
        for _ in range(600):
            await asyncio.sleep(0.1)
            if client.overflow.is_set():
                return True
            if not process.is_alive():
                # What a death may be mistaken for shows soon.
                await asyncio.sleep(1)
                return client.overflow.is_set()
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        context.destroy(linger=0)
        process.kill()
        process.join()
    return False


async def _alive() -> bool:
    """The system may still be clearing up after a process whose connections are closed."""
    return True


@pytest.mark.parametrize(("kernel", "overflows"), [(floods, True), (ends, False)])
def test_only_a_refused_message_counts_as_too_much_output(
    tmp_path: Path, kernel: Callable[[str], None], overflows: bool
) -> None:
    address = f"ipc://{tmp_path}/s"
    assert asyncio.run(_overflows(kernel, address)) is overflows
