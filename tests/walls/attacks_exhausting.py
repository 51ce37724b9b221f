"""Using up what all share: memory, disk, processes, the reader of the output.

Every attack stops by itself, with GotThrough, at a bound that the machine stands; a wall that
holds stops it long before. They never run in a configuration that does not claim to hold.
"""

from __future__ import annotations

from typing import Any

from grader.lab import Lab
from tests.walls.attack import ALL, Ending, Notebook
from tests.walls.scene import ROOT

__all__ = ["EXHAUSTING"]

LAB = Lab.load(ROOT / "reference")
_LIMITED = ("memory", "error", "kernel_died", "output_limit")
_DISK = ("output_limit", "error", "memory")

# What the cells below have in common: count until the bound.
_COUNT = """
class GotThrough(Exception):
    pass
reached = 0
def count(amount, bound):
    global reached
    reached += amount
    if reached >= bound:
        raise GotThrough(f"{reached}")
"""


def _memory(name: str, code: str, **options: Any) -> Notebook:
    """More than 600 MiB in use must end the cell before it has 1.6 GB."""
    cell = Ending(code=_COUNT + code, statuses=_LIMITED)
    return Notebook(name=name, cells=(cell,), **{"seconds": 20.0, **options})


def _disk(name: str, code: str, **options: Any) -> Notebook:
    """More than 30 MiB of files must end the cell before it has 600 MB."""
    cell = Ending(code=_COUNT + code, statuses=_DISK)
    return Notebook(name=name, cells=(cell,), **{"seconds": 20.0, **options})


MEMORY = (
    _memory(
        "memory_at_once",
        "held = bytearray(1_700_000_000)\ncount(len(held), 1_600_000_000)",
        problems=("memory",),
    ),
    _memory(
        "memory_bit_by_bit",
        "held = []\nwhile True:\n    held.append(b'x' * 20_000_000)\n"
        "    count(20_000_000, 1_600_000_000)",
        problems=("memory",),
    ),
    _memory(
        "memory_that_is_shared",
        """
import mmap, time
held = []
while True:
    held.append(mmap.mmap(-1, 20_000_000))
    held[-1].write(b"x" * 20_000_000)
    count(20_000_000, 1_600_000_000)
    time.sleep(0.03)
""",
    ),
    _memory(
        "memory_of_many_processes",
        """
import os, time
for number in range(16):
    if not os.fork():
        held = b"x" * 100_000_000
        time.sleep(10)
        os._exit(0)
    time.sleep(0.15)
    count(100_000_000, 1_600_000_000)
""",
    ),
    _memory(
        "memory_of_a_memfd",
        """
import time
number = syscall("memfd_create", b"x", 0)
while True:
    os.write(number, b"x" * 20_000_000)
    count(20_000_000, 1_600_000_000)
    time.sleep(0.03)
""",
    ),
    _memory(
        "memory_of_system_v",
        """
import time
libc.shmat.restype = ctypes.c_void_p
libc.shmdt.argtypes = [ctypes.c_void_p]
while True:
    number = syscall("shmget", 0, 20_000_000, 0o1600)
    place = libc.shmat(number, None, 0)
    ctypes.memset(place, 1, 20_000_000)
    libc.shmdt(place)
    count(20_000_000, 1_600_000_000)
    time.sleep(0.03)
""",
    ),
    _memory(
        "memory_as_files",
        """
import time
reached = 0
for folder in ("/dev/shm", "/tmp", os.environ.get("TMPDIR", "/tmp"), "/run", "/", "..", "/dev"):
    try:
        for number in range(80):
            with open(f"{folder}/voll-{number}", "wb") as file:
                file.write(b"x" * 20_000_000)
            count(20_000_000, 1_600_000_000)
            time.sleep(0.03)
    except OSError:
        pass
raise OSError("full")
""",
    ),
    _memory(
        "memory_in_pipes_and_sockets",
        """
import fcntl, socket
held = []
while True:
    pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    for end in pair:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 10**7)
        end.setblocking(False)
    held.append(pair)
    try:
        while True:
            count(pair[0].send(b"x" * 100_000), 1_600_000_000)
    except BlockingIOError:
        pass
""",
    ),
    Notebook(
        name="memory_by_recursion",
        cells=(
            Ending(
                code="import sys\nsys.setrecursionlimit(10**9)\n"
                "def deeper(*a): return deeper(*a, 1)\ndeeper()",
                statuses=("memory", "error", "kernel_died", "timeout"),
            ),
            Ending(
                code="import sys\nsys.setrecursionlimit(10**9)\nheld = []\n"
                "for _ in range(10**6): held = [held]\nrepr(held)",
                statuses=("memory", "error", "kernel_died", "timeout"),
            ),
        ),
        seconds=1.5,
        slow=True,
        holds=(ALL,),
    ),
    Notebook(
        name="memory_by_tensorflow",
        cells=(
            Ending(
                code=_COUNT + "import tensorflow as tf\nheld = []\nwhile True:\n"
                "    held.append(tf.ones((5_000, 5_000)) + 1)\n"
                "    count(100_000_000, 5_000_000_000)",
                statuses=_LIMITED,
            ),
        ),
        problems=("memory",),
        # TensorFlow is imported for this one alone, beside all the others.
        limits={"memory_mb": 2000, "start_seconds": 90.0},
        imports=("tensorflow",),
        env=LAB.kernel.env,
        seconds=30.0,
        slow=True,
        holds=(ALL,),
    ),
)

DISK = (
    _disk(
        "one_file",
        "with open('voll', 'wb', 0) as file:\n    while True:\n"
        "        file.write(b'x' * 10_000_000)\n        count(10_000_000, 600_000_000)",
    ),
    _disk(
        "many_files",
        """
import time
while True:
    with open(f"voll-{reached}", "wb") as file:
        file.write(b"x" * 5_000_000)
    count(5_000_000, 600_000_000)
    time.sleep(0.03)
""",
    ),
    Notebook(
        name="many_files_in_many_cells",
        cells=tuple(
            Ending(
                code="""
class GotThrough(Exception):
    pass
for _ in range(2):
    with open(f"voll-{len(os.listdir())}", "wb") as file:
        file.write(b"x" * 25_000_000)
if len(os.listdir()) > 24:
    raise GotThrough
""",
                # After some kernels the notebook is given up.
                statuses=("ok", *_DISK, "not_run"),
            )
            for _ in range(14)
        ),
        works_after=False,
        holds=(ALL,),
    ),
    _disk(
        "files_without_a_name",
        """
import time
held = []
while True:
    held.append(open("voll", "wb"))
    held[-1].write(b"x" * 5_000_000)
    held[-1].flush()
    os.remove("voll")
    count(5_000_000, 600_000_000)
    time.sleep(0.03)
""",
    ),
    _disk(
        "files_below_the_longest_path",
        """
import time
for _ in range(60):
    os.mkdir("d" * 200)
    os.chdir("d" * 200)
try:
    while True:
        with open(f"voll-{reached}", "wb") as file:
            file.write(b"x" * 5_000_000)
        count(5_000_000, 600_000_000)
        time.sleep(0.03)
finally:
    for _ in range(60):
        os.chdir("..")
""",
        works_after=False,
        holds=(ALL,),
    ),
    _disk(
        "files_in_a_very_deep_folder",
        """
import time
for _ in range(1500):
    os.mkdir("d")
    os.chdir("d")
try:
    while True:
        with open(f"voll-{reached}", "wb") as file:
            file.write(b"x" * 5_000_000)
        count(5_000_000, 600_000_000)
        time.sleep(0.03)
finally:
    for _ in range(1500):
        os.chdir("..")
""",
        works_after=False,
        holds=(ALL,),
    ),
    _disk(
        "files_in_a_locked_folder",
        """
import time
os.mkdir("zu")
place = os.open("zu", os.O_RDONLY)
os.chmod("zu", 0o300)
while True:
    name = f"voll-{reached}"
    number = os.open(name, os.O_WRONLY | os.O_CREAT, dir_fd=place)
    os.write(number, b"x" * 5_000_000)
    os.close(number)
    count(5_000_000, 600_000_000)
    time.sleep(0.03)
""",
        holds=(ALL,),
    ),
    Notebook(
        name="sparse_files",
        cells=(
            Ending(code="open('duenn', 'wb').truncate(10**13)", statuses=_DISK),
            Ending(
                code="for n in range(100):\n"
                "    with open(f'duenn-{n}', 'wb') as file:\n        file.truncate(20_000_000)\n"
                "import time; time.sleep(3)",
                # It takes no room, so it may be.
                statuses=("ok", *_DISK),
            ),
        ),
        seconds=10.0,
        holds=(ALL,),
    ),
    _disk(
        "many_inodes",
        """
while True:
    os.mkdir(f"ordner-{reached}")
    for number in range(1000):
        os.close(os.open(f"ordner-{reached}/{number}", os.O_CREAT | os.O_WRONLY))
    count(1000, 150_000)
""",
        seconds=60.0,
        slow=True,
        holds=(ALL,),
    ),
)

PROCESSES = (
    Notebook(
        name="fork_bomb",
        cells=(
            Ending(
                code="""
import mmap, os, time
class GotThrough(Exception):
    pass
mine, counter, end = os.getpid(), mmap.mmap(-1, 8), time.time() + 3
def made():
    return int.from_bytes(counter[:4], "little")
while time.time() < end and made() < 2000:
    try:
        if not os.fork():
            counter[:4] = (made() + 1).to_bytes(4, "little")
    except OSError:
        time.sleep(0.01)
if os.getpid() != mine:
    time.sleep(30)
    os._exit(0)
if made() >= 2000:
    raise GotThrough
""",
                statuses=("ok", "timeout", "memory", "kernel_died"),
            ),
        ),
        seconds=20.0,
        works_after=False,
    ),
    Notebook(
        name="thread_bomb",
        cells=(
            Ending(
                code=_COUNT + "import threading, time\nwhile True:\n"
                "    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
                "    count(1, 2000)",
                statuses=("error", "memory", "kernel_died"),
            ),
        ),
        works_after=False,
    ),
    Notebook(
        name="shell_fork_bomb",
        cells=(
            Ending(
                code="import subprocess\nsubprocess.run(['sh', '-c', 'b() { [ $1 -gt 11 ] || "
                "{ b $(($1+1)) & b $(($1+1)) & }; sleep 5; }; b 0'], timeout=1.5)",
                statuses=("ok", "error", "timeout", "memory", "kernel_died", "output_limit"),
            ),
        ),
        seconds=2.0,
        works_after=False,
    ),
)

# Only the first goes on until it is stopped: the others are over sooner, and over the limit too.
FLOODS = (
    Notebook(
        name="printing",
        cells=(
            Ending(code="while True: print('x' * 1000)", statuses=("output_limit",)),
            Ending(
                code="import sys\nfor _ in range(20_000): print('x' * 1000, file=sys.stderr)",
                statuses=("output_limit",),
            ),
            Ending(
                code="for _ in range(300_000): print('x')", statuses=("output_limit", "timeout")
            ),
        ),
        problems=("output_limit",),
        slow=True,
        holds=(ALL,),
    ),
    Notebook(
        name="displaying",
        cells=(
            Ending(
                code="from IPython.display import display, HTML\n"
                "for _ in range(10_000): display(HTML('<b>' + 'x' * 1000))",
                statuses=("output_limit",),
            ),
            Ending(
                code="from IPython.display import clear_output, display\n"
                "for _ in range(5_000): display('x' * 100, display_id='a'); clear_output()",
                statuses=("ok", "output_limit", "timeout", "kernel_died"),
            ),
        ),
        problems=("output_limit",),
        seconds=20.0,
        holds=(ALL,),
    ),
    Notebook(
        name="one_huge_message",
        cells=(
            Ending(code="print('x' * 20_000_000)", statuses=("output_limit",)),
            Ending(code="'x' * 20_000_000", statuses=("output_limit",)),
            Ending(
                code="raise ValueError('x' * 20_000_000)",
                statuses=("output_limit", "kernel_died", "error"),
            ),
        ),
        problems=("output_limit",),
        seconds=20.0,
        slow=True,
        holds=(ALL,),
    ),
    Notebook(
        name="output_of_child_processes",
        cells=(
            Ending(
                code="import subprocess\n"
                "subprocess.run('yes xxxxxxxxxxxxxxxxx | head -c 40000000', shell=True)",
                statuses=("output_limit",),
            ),
            Ending(
                code="import os\nfor _ in range(20_000): os.write(1, b'\\xff' * 1000 + b'\\n')",
                statuses=("output_limit", "timeout", "kernel_died"),
            ),
            Ending(code="!yes xxxxx", statuses=("output_limit",)),
        ),
        problems=("output_limit",),
        seconds=15.0,
        slow=True,
        holds=(ALL,),
    ),
    # A kernel's own standard output leads to whoever started it, behind ipykernel's back.
    Notebook(
        name="output_past_the_kernel",
        cells=(
            Ending(
                code="""
import os, time
line = b'{"label":"x","notebook":"y","position":1,"total":1,"line":"z"}\\n'
end = time.time() + 1
while time.time() < end:
    for number in range(0, 64):
        try:
            if not os.path.realpath(f"/proc/self/fd/{number}").startswith("/"):
                continue
            if "pipe:" in os.readlink(f"/proc/self/fd/{number}"):
                os.set_blocking(number, False)
                os.write(number, line * 100 + b"x" * 10_000)
        except OSError:
            pass
""",
                statuses=("ok", "output_limit", "timeout", "kernel_died", "error"),
            ),
        ),
        works_after=False,
        holds=(ALL,),
    ),
)

EXHAUSTING = (*MEMORY, *DISK, *PROCESSES, *FLOODS)
