"""nbclient, hardened: what a kernel sends is counted, and nothing is waited for in vain."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import Mapping
from queue import Empty
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

from grader.lab import Limits

__all__ = ["BareSpecs", "Client", "code_cell"]


def _node(**fields: Any) -> Any:
    return nbformat.NotebookNode(**fields)  # type: ignore[no-untyped-call]


def code_cell(source: str) -> Any:
    """A code cell as nbclient takes it."""
    return _node(cell_type="code", source=source, metadata=_node(), outputs=[])


class BareSpecs(KernelSpecManager):
    """This interpreter's ipykernel without walls, whatever kernelspecs the machine has."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        argv = [sys.executable, "-m", "ipykernel_launcher"]
        argv += ["-f", "{connection_file}", "--HistoryManager.enabled=False"]
        return KernelSpec(argv=argv, display_name="grader", language="python")


class Client(NotebookClient):
    """nbclient that counts what comes in and drops what is over the limit."""

    def __init__(self, km: AsyncKernelManager, limits: Limits) -> None:
        super().__init__(
            _node(cells=[], metadata=_node()),
            km=km,
            allow_errors=True,
            timeout=None,
            startup_timeout=int(limits.start_seconds),
            iopub_timeout=30,
            raise_on_iopub_timeout=True,
            record_timing=False,
            # nbclient's own merging takes quadratic time on one long line; outputs.py merges.
            coalesce_streams=False,
            store_widget_state=False,
            shutdown_kernel="immediate",
        )
        self.output_limit = limits.output_bytes
        self.output_bytes = 0
        self.overflow = asyncio.Event()
        self.reply: Mapping[str, Any] = {}
        self.on_cell_executed = self._heard

    def _heard(self, cell: Any, cell_index: int, execute_reply: Mapping[str, Any]) -> None:
        content = execute_reply.get("content")
        self.reply = content if isinstance(content, Mapping) else {}

    async def run_cell(self, cell: Any) -> None:
        """Run a cell as if it were the only one; its outputs gather in it, whatever happens.

        Raises
        ------
        DeadKernelError
            If the kernel ended.
        Exception
            Whatever a forged or malformed message makes nbclient raise.
        """
        self.nb["cells"] = [cell]
        self.reply = {}
        self.output_bytes = 0
        self.overflow = asyncio.Event()
        await self.async_execute_cell(cell, 0)

    async def async_start_new_kernel_client(self) -> Any:
        """Connect as soon as the kernel answers on both channels.

        jupyter_client's own waiting spends a fifth of a second listening for what may still come.
        """
        manager: Any = self.km
        client: Any = manager.client()
        self.kc = client
        client.start_channels()
        client.allow_stdin = False
        deadline = time.monotonic() + (self.startup_timeout or 60)
        answered = subscribed = False
        while not (answered and subscribed):
            if time.monotonic() > deadline or not await manager.is_alive():
                raise DeadKernelError("Kernel did not answer")
            client.kernel_info()
            with contextlib.suppress(Empty):
                await client.get_shell_msg(timeout=1)
                answered = True
                # Any message shows that what the cells print will not be missed.
                await client.get_iopub_msg(timeout=1)
                subscribed = True
        return client

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        if msg["msg_type"] in ("stream", "display_data", "execute_result", "update_display_data"):
            self.output_bytes += _size(msg["content"])
            if self.output_bytes > self.output_limit:
                self.overflow.set()
                return None
        return super().process_message(msg, cell, cell_index)


def _size(content: Mapping[str, Any]) -> int:
    data = content.get("data")
    if isinstance(data, Mapping):
        # Pictures are heavier than text and welcome; they count a tenth.
        return sum(
            len(str(v)) // (10 if str(k).startswith("image/") else 1) for k, v in data.items()
        )
    return len(str(content.get("text", "")))
