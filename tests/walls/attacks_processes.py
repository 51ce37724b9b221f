"""Harming or steering processes that are not the notebook's own."""

from __future__ import annotations

from tests.walls.attack import ALL, INNER, Probe

__all__ = ["PROCESSES"]

PROCESSES = (
    Probe(
        name="see_outer_processes",
        code="got = [p for p in (scene.victim, scene.tester) if os.path.exists(f'/proc/{p}')]",
        control=True,
    ),
    Probe(name="signal_0", code="os.kill(scene.victim, 0); got = 'there'", control=True),
    Probe(name="stop_signal", code="os.kill(scene.victim, 19); got = 'stopped'"),
    Probe(name="term_signal", code="os.kill(scene.victim, 15); got = 'ended'"),
    Probe(name="kill_the_tester", code="os.kill(scene.tester, 15); got = 'ended'"),
    # May "work": the first process of a namespace ignores it. The sibling tells.
    Probe(name="kill_process_1", code="os.kill(1, 9)"),
    Probe(name="term_process_1", code="os.kill(1, 15)"),
    Probe(
        name="pidfd_signal",
        code="""
handle = syscall("pidfd_open", scene.victim, 0)
syscall("pidfd_send_signal", handle, 0, 0, 0)
got = "there"
""",
        control=True,
    ),
    Probe(
        name="ptrace",
        code="""
syscall("ptrace", 0x4206, scene.victim, 0, 0)
got = "seized"
""",
    ),
    # Whoever holds a handle of a process may signal it, whatever its number is here.
    Probe(
        name="inherited_handles_of_processes",
        code="got = [number for number, name in inherited.items() if 'pidfd' in name]",
    ),
    # Behind bubblewrap alone the parent is its own first process.
    Probe(
        name="ptrace_of_the_parent",
        code="syscall('ptrace', 0x4206, os.getppid(), 0, 0); got = 'seized'",
        holds=(ALL, INNER),
    ),
    Probe(
        name="priority_of_others",
        code="os.setpriority(os.PRIO_PROCESS, scene.victim, 19); got = 'changed'",
    ),
    Probe(name="own_priority", code="os.setpriority(os.PRIO_PROCESS, 0, -20); got = 'raised'"),
    Probe(
        name="real_time_scheduling",
        code="os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50)); got = 'real time'",
    ),
    Probe(
        name="limits_of_others",
        code="""
import resource
resource.prlimit(scene.victim, resource.RLIMIT_NOFILE, (64, 64))
got = "set"
""",
    ),
    Probe(
        name="own_limits",
        code="""
import resource
def raised(name):
    try:
        resource.setrlimit(getattr(resource, name), (-1, -1))
    except ValueError:
        return ""
    return name
got = [n for n in ("RLIMIT_DATA", "RLIMIT_FSIZE", "RLIMIT_CORE") if raised(n)]
""",
        holds=(ALL, INNER),
    ),
    Probe(
        name="own_limit_of_processes",
        code="""
import resource
try:
    resource.setrlimit(resource.RLIMIT_NPROC, (-1, -1))
    got = "raised"
except ValueError:
    pass
""",
        holds=(ALL, INNER),
    ),
    Probe(
        name="sparing_oneself_when_memory_ends",
        code="put('/proc/self/oom_score_adj', '-1000'); got = 'spared'",
    ),
    Probe(
        name="typing_into_the_terminal",
        code="""
import fcntl
def typed(name):
    number = os.open(name, os.O_RDWR) if isinstance(name, str) else name
    fcntl.ioctl(number, 0x5412, b"x")
    return f"typed {name}"
got = each(typed, ["/dev/tty", "/dev/console", "/dev/tty1", 0, 1, 2])
""",
    ),
    Probe(
        name="namespaces_of_others",
        code="""
def entered(pid):
    for kind in ("user", "mnt", "net", "pid", "ipc"):
        syscall("setns", os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY), 0)
        return kind
got = each(entered, [scene.victim, 1, os.getppid()])
""",
    ),
)
