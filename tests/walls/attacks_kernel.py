"""The operating system's interfaces: more rights, more surface."""

from __future__ import annotations

from tests.walls.attack import ALL, INNER, Probe

__all__ = ["KERNEL"]

_STATUS = "status = dict(line.split(':', 1) for line in open('/proc/self/status'))\n"

KERNEL = (
    Probe(
        name="capabilities",
        code=_STATUS + "got = [n for n in ('CapEff', 'CapPrm', 'CapAmb') if int(status[n], 16)]",
    ),
    Probe(
        name="capabilities_to_come",
        code=_STATUS + "got = [n for n in ('CapBnd', 'CapInh') if int(status[n], 16)]",
        holds=(ALL, INNER),
    ),
    Probe(name="new_privileges", code=_STATUS + "got = status['NoNewPrivs'].strip() != '1'"),
    Probe(
        name="setuid_programs",
        code="""
names = [p for top in ("/usr/bin/*", "/bin/*") for p in glob.glob(top)]
programs = [p for p in names if os.stat(p, follow_symlinks=False).st_mode & stat.S_ISUID]
# One that would tell of rights: mount without them refuses what it is asked.
made = [subprocess.run([p, "none", "/mnt"], capture_output=True, stdin=subprocess.DEVNULL)
        for p in programs if p.endswith("/mount")]
got = [m.returncode for m in made if m.returncode == 0]
""",
    ),
    Probe(name="become_root", code="os.setresuid(0, 0, 0); got = os.getuid() == 0"),
    Probe(
        name="nested_user_namespace",
        code="""
child = os.fork()
if not child:
    os._exit(7 if each(lambda f: 1 + syscall("unshare", f), [0x10000000]) else 0)
got = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
""",
        holds=(ALL, INNER),
        control=True,
    ),
    Probe(name="mount", code="syscall('mount', b'x', b'.', b'tmpfs', 0, 0); got = 'mounted'"),
    Probe(
        name="remount_writable",
        code="syscall('mount', b'x', b'/usr', 0, 32 | 4096, 0); got = 'writable'",
    ),
    Probe(name="change_root", code="os.chroot('/'); got = 'changed'"),
    Probe(name="pivot_root", code="got = allowed('pivot_root', b'.', b'.', beyond=22)"),
    Probe(name="host_name", code="socket.sethostname(socket.gethostname()); got = 'set'"),
    # Opened for writing and left alone; as root's uid this really worked behind bubblewrap alone.
    Probe(name="core_pattern", code="got = writable('/proc/sys/kernel/core_pattern')"),
    Probe(
        name="settings_of_the_kernel",
        code="""
names = [*glob.glob("/proc/sys/*/*"), *glob.glob("/proc/sys/*/*/*"), *glob.glob("/proc/irq/*/*")]
names += ["/proc/sysrq-trigger", "/proc/mtrr", "/proc/scsi/scsi", *glob.glob("/proc/acpi/*")]
# Settings of one's own namespaces, and one that anybody may open and nobody write.
free = ("net/", "fs/mqueue/", "kernel/msg", "kernel/shm", "kernel/sem", "kernel/auto_msgmni")
free = tuple(f"/proc/sys/{name}" for name in (*free, "kernel/ns_last_pid"))
got = each(writable, [n for n in names if not n.startswith(free)])
""",
    ),
    Probe(
        name="settings_under_sys",
        code="""
names = ["/sys/power/state", "/sys/kernel/uevent_helper", "/sys/kernel/profiling"]
names += [*glob.glob("/sys/kernel/mm/*/*"), *glob.glob("/sys/module/*/parameters/*")]
got = each(writable, names)
""",
    ),
    Probe(
        name="control_groups",
        code="got = each(writable, glob.glob('/sys/fs/cgroup/**/cgroup.procs', recursive=True))",
    ),
    Probe(
        name="devices",
        code="""
harmless = {"null", "zero", "full", "random", "urandom", "tty", "ptmx", "stdin", "stdout"}
harmless |= {"stderr", "fd", "shm", "pts", "core", "console", "mqueue"}
got = sorted(set(os.listdir("/dev")) - harmless - {scene.planted})
""",
        control=True,
    ),
    Probe(
        name="keyring",
        code="got = syscall('add_key', b'user', b'x', b'y', 1, -3)",
        holds=(ALL, INNER),
        control=True,
    ),
    Probe(
        name="key_control",
        code="syscall('keyctl', 0, -3, 1); got = 'reached'",
        holds=(ALL, INNER),
        control=True,
    ),
    Probe(
        name="io_uring",
        code="got = syscall('io_uring_setup', 4, ctypes.create_string_buffer(256))",
        holds=(ALL, INNER),
    ),
    Probe(
        name="bpf",
        code="""
attributes = (ctypes.c_uint * 32)(2, 4, 4, 1)
got = syscall("bpf", 0, ctypes.byref(attributes), 128)
""",
    ),
    Probe(
        name="perf_events",
        code="""
attributes = (ctypes.c_uint * 32)(1, 128)
got = syscall("perf_event_open", ctypes.byref(attributes), 0, -1, -1, 0)
""",
    ),
    Probe(name="user_faults", code="got = syscall('userfaultfd', 0)"),
    Probe(
        name="user_faults_of_user_mode",
        code="got = syscall('userfaultfd', 1)",
        holds=(ALL, INNER),
        control=True,
    ),
    Probe(
        name="personality",
        code="""
before = syscall("personality", 0xFFFFFFFF)
syscall("personality", before | 0x0040000)
got = "changed"
syscall("personality", before)
""",
        holds=(ALL, INNER),
        control=True,
    ),
    Probe(name="another_kernel", code="got = allowed('kexec_load', 0, 0, 0, 0xFFFF, beyond=22)"),
    Probe(name="swap", code="got = allowed('swapon', b'/nowhere', 0, beyond=2)"),
    Probe(name="clock", code="syscall('settimeofday', 0, 0); got = 'set'"),
    Probe(
        name="own_executable",
        code="""
import shutil
shutil.copy(shutil.which("sleep"), "eigenes")
os.chmod("eigenes", 0o755)
got = subprocess.run(["./eigenes", "0"]).returncode == 0
""",
        holds=(ALL, INNER),
        control=True,
    ),
    Probe(
        name="executable_in_memory",
        code="""
import shutil
number = syscall("memfd_create", b"x", 0)
with open(shutil.which("true"), "rb") as file:
    os.write(number, file.read())
got = subprocess.run([f"/proc/self/fd/{number}"], pass_fds=[number]).returncode == 0
""",
        holds=(ALL, INNER),
        control=True,
    ),
    # Nobody forbids it, since it gains nothing: walls hold for a process, whatever it has loaded.
    Probe(
        name="preloaded_library",
        code="""
environment = {"LD_PRELOAD": "libc.so.6", "PATH": "/usr/bin:/bin"}
made = subprocess.run(["cat", scene.results_file], env=environment, capture_output=True)
got = secret(made.stdout)
""",
        control=True,
    ),
    Probe(
        name="walls_of_a_child",
        code="""
import sys
program = f"print(open({scene.results_file!r}).read())"
got = secret(shell(sys.executable, "-c", program))
""",
        control=True,
    ),
)
