"""The self-check runs where students are: any system, Python 3.11 to 3.13, nothing heavy."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.selfcheck.kit import done, mini_kit
from tests.selfcheck.work import ROOT

HEAVY = (
    "tensorflow", "keras", "pandas", "nbclient", "jupyter_client", "scipy", "matplotlib",
    "sqlalchemy", "IPython", "nbformat", "jupytext", "zmq",
)  # fmt: skip

# What Python and its console libraries take from a system is loaded first; from then on this system
# is another one: no module and no function of Linux is left for the grader to find.
ELSEWHERE = """
import asyncio, concurrent.futures.process, ctypes, multiprocessing.connection, os, selectors
import shutil, signal, socket, ssl, subprocess, sys, tempfile, threading
import typer, rich.console, rich.live, rich.progress
import psutil, numpy, msgspec, jinja2, click
{more}
BLOCKED = {{"fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "landlock", "pyseccomp",
           "seccomp", "prctl"}}
class Elsewhere:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in BLOCKED:
            raise ImportError(f"{{name}} does not exist on this system")
sys.meta_path.insert(0, Elsewhere())
for name in BLOCKED:
    sys.modules.pop(name, None)
for name in ("fork", "forkpty", "killpg", "getuid", "geteuid", "setsid", "getpgid", "setuid",
             "sched_getaffinity", "sched_setaffinity", "memfd_create", "pidfd_open", "chown",
             "mkfifo", "O_NOFOLLOW", "O_NONBLOCK", "getloadavg", "register_at_fork"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("SIGKILL", "SIGALRM", "SIGCHLD", "SIGHUP", "setitimer", "pthread_sigmask"):
    if hasattr(signal, name):
        delattr(signal, name)
sys.platform = {platform!r}
"""


def python(code: str, cwd: Path, executable: str = sys.executable) -> str:
    """Run code in another process; return what it printed."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "120"}
    ended = subprocess.run(
        [executable, "-c", code], cwd=cwd, env=env, capture_output=True, text=True, timeout=240
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    return ended.stdout


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_nothing_of_linux_is_needed(tmp_path: Path, platform: str) -> None:
    """Check, page, hand-in, receipt and the engine's modules, with Linux taken away."""
    work = done(mini_kit(tmp_path / "kit"))
    code = ELSEWHERE.format(
        more="import jupyter_client.manager, nbclient, zmq.asyncio", platform=platform
    )
    code += """
from pathlib import Path
from grader import pipeline
from grader.exchange.handin import examine_handin
from grader.selfcheck.page import page_html
from tests.pocket import PocketEngine
found = pipeline.self_check([Path()], engine=PocketEngine())
print([t.state for t in found.report.tasks], len(page_html(found.report)) > 2000)
handed = pipeline.submit(Path(), Path("abgabe.zip"), run=False)
print(examine_handin(Path("abgabe.zip")).faults)
import grader.cli, grader.engine.choose, grader.engine.drive, grader.engine.fresh
import grader.selfcheck.magic, grader.selfcheck.live
from grader.engine.box import Box
Path("inner/abgabe").mkdir(parents=True); Path("inner/abgabe/datei").write_text("x")
print(Box(Path("inner"), Path("outer")).written()[0] > 0)
"""
    printed = python(code, work).splitlines()
    assert printed[-3:] == ["['passed', 'passed', 'passed'] True", "()", "True"]


def test_what_is_written_into_a_file_is_utf8_whatever_the_system_says(tmp_path: Path) -> None:
    work = done(mini_kit(tmp_path / "kit"))
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "grader", "check", "--task", "fragen"]
    ended = subprocess.run(command, cwd=work, env=env, capture_output=True, timeout=240)
    assert ended.returncode == 0, ended.stderr
    assert "✓ 1 von 1 Fragen" in ended.stdout.decode("utf-8")


def test_checking_the_questions_is_light(tmp_path: Path) -> None:
    work = done(mini_kit(tmp_path / "kit"))
    code = f"""
import sys, time
from grader.cli import app
start = time.process_time()
try:
    app(["check", "--task", "fragen"], standalone_mode=False)
except SystemExit as end:
    assert not end.code
print(time.process_time() - start)
print([m for m in {HEAVY!r} if m in sys.modules])
"""
    printed = python(code, work).splitlines()
    assert "1 von 1 Fragen sind beantwortet." in "\n".join(printed)
    assert printed[-1] == "[]"
    # Processor time: on a busy machine the clock says little.
    assert float(printed[-2]) < 0.5


def test_loading_the_magic_imports_next_to_nothing(tmp_path: Path) -> None:
    code = f"""
import sys
class Shell:
    class events:
        @staticmethod
        def register(name, function): pass
    def register_magic_function(self, function, kind, name): self.check = function
import grader
shell = Shell()
grader.load_ipython_extension(shell)
print([m for m in (*{HEAVY!r}, "numpy", "typer", "jinja2", "msgspec") if m in sys.modules])
shell.check("fragen")
print([m for m in {HEAVY!r} if m in sys.modules])
"""
    printed = python(code, mini_kit(tmp_path / "kit")).splitlines()
    assert printed == ["[]", "[]"]


# --------------------------------------------------------------------------- other Pythons


@cache
def path_of_students() -> list[Path]:
    """The modules that a self-check and a hand-in may import."""
    code = """
import sys
import grader.cli, grader.handin, grader.selfcheck.live, grader.selfcheck.magic
import grader.selfcheck.page, grader.engine.choose, grader.engine.fresh, grader.engine.drive
print("\\n".join(m.__file__ for n, m in sys.modules.items()
                 if n.split(".")[0] == "grader" and getattr(m, "__file__", None)))
"""
    return [Path(line) for line in python(code, ROOT).splitlines()]


def test_the_path_is_python_3_11() -> None:
    paths = path_of_students()
    assert len(paths) > 60
    for path in paths:
        ast.parse(path.read_text("utf-8"), filename=str(path), feature_version=(3, 11))


def others() -> list[str]:
    """Other Pythons of this machine between 3.11 and 3.13."""
    found = {}
    for folder in (Path.home() / ".pyenv" / "versions").glob("3.*"):
        name = ".".join(folder.name.split(".")[:2])
        executable = folder / "bin" / "python"
        if name in ("3.11", "3.12", "3.13") and executable.exists():
            found[name] = str(executable)
    return [found[n] for n in sorted(found)]


@pytest.mark.parametrize("executable", others() or [sys.executable])
def test_other_pythons_compile_the_path(executable: str, tmp_path: Path) -> None:
    listed = [str(p) for p in path_of_students()]
    code = f"""
import sys, warnings
warnings.simplefilter("error")
for path in {listed!r}:
    compile(open(path, encoding="utf-8").read(), path, "exec")
print("ok", sys.version_info[:2] >= (3, 11))
"""
    assert python(code, tmp_path, executable).split() == ["ok", "True"]
