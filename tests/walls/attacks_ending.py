"""Ending, stopping or blocking the kernel, alone or with everything within reach."""

from __future__ import annotations

from tests.walls.attack import ALL, INNER, OUTER, Ending, Notebook

__all__ = ["ENDING"]

_DEAD = ("kernel_died",)
# Where only the trusted side has to hold, the layers make no difference: tried with all of them.
_EVERYWHERE = (ALL, OUTER, INNER)

ENDING = (
    Notebook(
        name="three_sudden_deaths",
        cells=(
            Ending(code="import os; os._exit(0)", statuses=_DEAD),
            Ending(code="import ctypes; ctypes.string_at(0)", statuses=_DEAD),
            Ending(code="import os; os.kill(os.getpid(), 9)", statuses=_DEAD),
        ),
        problems=("kernel_died", "restarted"),
        holds=_EVERYWHERE,
    ),
    Notebook(
        name="abort_and_exit",
        cells=(
            Ending(code="import os; os.abort()", statuses=_DEAD),
            Ending(code="raise SystemExit(0)", statuses=("ok", "error", "kernel_died")),
            Ending(code="exit()", statuses=("ok", "error", "kernel_died")),
        ),
        # A kernel that was told to exit may take one more cell along.
        works_after=False,
        holds=(ALL,),
    ),
    Notebook(
        name="stopped_kernel",
        cells=(Ending(code="import os; os.kill(os.getpid(), 19)", statuses=("timeout",)),),
        problems=("timeout",),
        seconds=1.0,
        holds=(ALL,),
    ),
    Notebook(
        name="kill_everything_in_sight",
        cells=(
            Ending(
                code="""
import os, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.kill(-1, 15)
os.kill(-1, 9)
""",
                # There may be nobody else.
                statuses=("ok", "error", "kernel_died"),
            ),
            # A group may reach beyond a namespace.
            Ending(code="import os; os.killpg(0, 9)", statuses=_DEAD),
            Ending(
                code="""
import os
for pid in sorted((int(p) for p in os.listdir("/proc") if p.isdigit()), reverse=True):
    try:
        os.kill(pid, 9)
    except OSError:
        pass
""",
                statuses=("ok", "kernel_died"),
            ),
        ),
        holds=_EVERYWHERE,
    ),
    Notebook(
        name="kill_by_number",
        cells=(
            Ending(
                code="""
import os
for pid in [os.getppid(), *range(2, 5000), scene.victim, scene.tester]:
    try:
        if pid != os.getpid():
            os.kill(pid, 9)
    except OSError:
        pass
""",
                statuses=("ok", "kernel_died"),
            ),
        ),
        holds=_EVERYWHERE,
    ),
    Notebook(
        name="kill_by_inherited_handles",
        cells=(
            Ending(
                code="""
for number in range(3, 1024):
    try:
        if "pidfd" in os.readlink(f"/proc/self/fd/{number}"):
            syscall("pidfd_send_signal", number, 9, 0, 0)
    except OSError:
        pass
""",
            ),
        ),
        holds=_EVERYWHERE,
    ),
    Notebook(
        name="stop_everything_in_sight",
        cells=(
            Ending(
                code="""
import os
for pid in [os.getppid(), *range(1, 5000)]:
    try:
        if pid != os.getpid():
            os.kill(pid, 19)
    except OSError:
        pass
""",
                statuses=("ok", "kernel_died", "timeout"),
            ),
        ),
        # Behind bubblewrap alone its own first process may be stopped: the notebook hangs alone.
        works_after=False,
        seconds=1.0,
        holds=_EVERYWHERE,
    ),
    Notebook(
        name="close_all_descriptors",
        cells=(
            Ending(
                code="import os; os.closerange(0, 4096)",
                statuses=("ok", "error", "timeout", "kernel_died", "output_limit"),
            ),
        ),
        works_after=False,
        seconds=1.0,
        holds=(ALL,),
    ),
    Notebook(
        name="write_into_all_descriptors",
        cells=(
            Ending(
                code="""
import os
for number in range(3, 256):
    try:
        os.set_blocking(number, False)
        os.write(number, b'{"end": true}\\n' + bytes(4000))
    except OSError:
        pass
""",
                statuses=("ok", "error", "timeout", "kernel_died", "output_limit"),
            ),
        ),
        works_after=False,
        slow=True,
        seconds=1.0,
        holds=(ALL,),
    ),
    Notebook(
        name="endless_loops",
        cells=(
            Ending(code="while True: pass", statuses=("timeout",)),
            Ending(code="import asyncio\nawait asyncio.sleep(1e9)", statuses=("timeout",)),
            Ending(
                code="import time, threading\n"
                "threading.Thread(target=lambda: time.sleep(1e9)).start()",
            ),
        ),
        problems=("timeout",),
        slow=True,
        seconds=1.0,
        holds=(ALL,),
    ),
    Notebook(
        name="loop_that_ignores_signals",
        cells=(
            Ending(
                code="""
import signal
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
while True:
    pass
""",
                statuses=("timeout",),
            ),
        ),
        problems=("timeout", "restarted"),
        seconds=1.0,
        holds=_EVERYWHERE,
    ),
    Notebook(
        name="loop_that_swallows_interrupts",
        cells=(
            Ending(
                code="""
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
""",
                statuses=("timeout",),
            ),
        ),
        problems=("timeout", "restarted"),
        seconds=1.0,
        holds=(ALL,),
    ),
    Notebook(
        name="loop_without_a_bytecode",
        cells=(Ending(code="sum(range(10 ** 14))", statuses=("timeout",)),),
        problems=("timeout", "restarted"),
        seconds=1.0,
        holds=(ALL,),
    ),
    Notebook(
        name="input_and_interrupts",
        cells=(
            Ending(code="input('Name?')", statuses=("error",)),
            Ending(code="import getpass; getpass.getpass()", statuses=("error",)),
            Ending(code="raise KeyboardInterrupt", statuses=("error",)),
            Ending(code="import sys; sys.stdin.read()", statuses=("ok", "error")),
        ),
        problems=("cell_error",),
        holds=(ALL,),
    ),
    Notebook(
        name="threads_that_go_on",
        cells=(
            Ending(
                code="""
import os, threading, time
def busy(number):
    end = time.time() + 60
    while time.time() < end:
        print("Faden", number)
        time.sleep(0.001)
for number in range(20):
    threading.Thread(target=busy, args=(number,), daemon=number % 2 == 0).start()
""",
                statuses=("ok", "output_limit"),
            ),
            Ending(code="import time; time.sleep(0.5)", statuses=("ok", "output_limit")),
        ),
        works_after=False,
        holds=(ALL,),
    ),
    Notebook(
        name="daemons",
        cells=(
            Ending(
                code="""
import os, signal, subprocess, time
def daemon(work):
    if os.fork():
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    for number in (1, 2, 15):
        signal.signal(number, signal.SIG_IGN)
    os.closerange(0, 4096)
    work()
    os._exit(0)
def flee():
    # Never long enough under one number to be killed by it.
    end = time.time() + 60
    while time.time() < end:
        if os.fork():
            os._exit(0)
        time.sleep(0.002)
daemon(flee)
daemon(lambda: time.sleep(60))
daemon(lambda: os.execv("/usr/bin/sleep", ["sleep", scene.straggler]))
subprocess.Popen(["setsid", "sleep", scene.straggler])
subprocess.Popen(["nohup", "sleep", scene.straggler], stdout=subprocess.DEVNULL,
                 stderr=subprocess.DEVNULL, start_new_session=True)
time.sleep(0.3)
""",
            ),
        ),
        holds=_EVERYWHERE,
    ),
)
