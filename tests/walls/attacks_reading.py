"""Reading what is none of a notebook's business."""

from __future__ import annotations

from tests.walls.attack import ALL, INNER, Probe

__all__ = ["READING"]

READING = (
    Probe(name="etc_shadow", code="got = open('/etc/shadow').read(1)"),
    Probe(
        name="etc_passwd",
        code="got = [line for line in open('/etc/passwd') if line.startswith('root:')]",
        control=True,
    ),
    Probe(name="host_keys", code="got = each(lambda p: open(p).read(1), glob.glob('/etc/ss*/*'))"),
    Probe(name="home_of_the_account", code="got = read(scene.home_file)", control=True),
    Probe(
        name="list_of_the_home",
        code="got = [n for n in os.listdir(os.path.dirname(scene.home_file)) if 'canary' in n]",
        control=True,
    ),
    Probe(
        name="reference_solution",
        code="got = each(lambda p: open(p).read(20), glob.glob(scene.checkout + '/reference/*/*'))",
        control=True,
    ),
    Probe(
        name="reference_by_its_name",
        code="got = open(scene.checkout + '/reference/lab.toml').read(20)",
        control=True,
    ),
    Probe(
        name="source_of_the_grader",
        code="got = open(scene.checkout + '/grader/grading.py').read(20)",
        control=True,
    ),
    Probe(name="other_submission", code="got = read(scene.submission_file)", control=True),
    Probe(
        name="submissions_of_the_checkout",
        code="got = os.listdir(scene.checkout + '/submissions')",
        control=True,
    ),
    Probe(name="results", code="got = read(scene.results_file)", control=True),
    Probe(
        name="traversal",
        code="got = read('../' * 20 + scene.results_file.lstrip('/'))",
        control=True,
    ),
    Probe(
        name="symlink_to_results",
        code="os.symlink(scene.results_file, 'link'); got = read('link')",
        control=True,
    ),
    Probe(
        name="hard_link_to_results",
        code="os.link(scene.results_file, 'name'); got = read('name')",
        control=True,
    ),
    Probe(
        name="lab_data_that_is_hidden",
        code="got = each(read, glob.glob('../data/**/*', recursive=True))",
    ),
    Probe(name="shared_memory_file", code="got = read(scene.shm_file)", control=True),
    Probe(
        name="shared_memory_of_system_v",
        code="""
number = syscall("shmget", scene.shm_key, 4096, 0o666)
libc.shmat.restype = ctypes.c_void_p
got = secret(ctypes.string_at(libc.shmat(number, None, 0), 100))
""",
        control=True,
    ),
    Probe(
        name="environment_of_outer_processes",
        code="got = each(lambda p: read(f'/proc/{p}/environ'), [scene.victim, *others()])",
        control=True,
    ),
    Probe(
        name="own_environment",
        code="got = secret(dict(os.environ)) or read('/proc/self/environ')",
    ),
    Probe(
        name="arguments_of_outer_processes",
        code="got = each(lambda p: read(f'/proc/{p}/cmdline'), [scene.victim, *others()])",
        control=True,
    ),
    # The interpreter's folder must be seen; where submissions and results lie need not.
    Probe(
        name="paths_in_arguments_and_mounts",
        code="""
def told(path):
    text = open(path).read()
    return [w for w in (scene.folder, "/submissions", "/results", "job.json") if w in text]
names = [f"/proc/{p}/{n}" for p in ["self", *others()] for n in ("cmdline", "mountinfo")]
got = each(told, names)
""",
    ),
    Probe(
        name="through_another_root",
        code="""
processes = ["self", 1, os.getppid(), scene.victim, *others()]
got = each(lambda p: read(f"/proc/{p}/root{scene.results_file}"), processes)
""",
        control=True,
    ),
    Probe(
        name="through_another_working_folder",
        code="""
up = "../" * 20 + scene.results_file.lstrip("/")
got = each(lambda p: read(f"/proc/{p}/cwd/{up}"), [1, os.getppid(), scene.victim, *others()])
""",
        control=True,
    ),
    Probe(
        name="through_an_inherited_folder",
        code="""
def climbed(number):
    if stat.S_ISDIR(os.fstat(number).st_mode):
        up = "../" * 20 + scene.results_file.lstrip("/")
        return secret(os.read(os.open(up, os.O_RDONLY, dir_fd=number), 1000))
got = each(climbed, inherited)
""",
    ),
    Probe(
        name="through_a_file_handle",
        code="""
class Handle(ctypes.Structure):
    _fields_ = [("size", ctypes.c_uint), ("kind", ctypes.c_int), ("body", ctypes.c_char * 128)]
place = os.open("/usr", os.O_RDONLY)
root = Handle(8, 1, (2).to_bytes(4, "little") + bytes(4))
got = allowed("open_by_handle_at", place, ctypes.byref(root), os.O_RDONLY, beyond=116)
""",
    ),
    Probe(
        name="memory_of_outer_processes",
        code="got = each(memory, [scene.victim, os.getppid(), 1, *others()])",
        control=True,
    ),
    # A forked kernel is a copy of the warm process: nothing of other notebooks may be in it.
    Probe(name="memory_inherited_by_the_fork", code="got = memory('self')"),
    Probe(
        name="objects_inherited_by_the_fork",
        code="""
import gc
held = [o for o in gc.get_objects() if isinstance(o, dict) and len(o) < 1000]
got = each(secret, [v for o in held for v in list(o.values()) if isinstance(v, (str, bytes))])
""",
    ),
    Probe(
        name="process_vm_readv",
        code="""
class Span(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
buffer = ctypes.create_string_buffer(64)
mine, other = Span(ctypes.addressof(buffer), 64), Span(scene.victim_address, 48)
syscall("process_vm_readv", scene.victim, ctypes.byref(mine), 1, ctypes.byref(other), 1, 0)
got = secret(buffer.raw)
""",
        control=True,
    ),
    Probe(
        name="descriptors_of_outer_processes",
        code="""
handle = syscall("pidfd_open", scene.victim, 0)
got = 1 + syscall("pidfd_getfd", handle, 0, 0)
""",
        control=True,
    ),
    # Behind bubblewrap alone the parent is its own first process: nothing in it is a secret.
    Probe(
        name="descriptors_of_the_parent",
        code="""
def taken(pid):
    handle = syscall("pidfd_open", pid, 0)
    return [n for n in range(40) if each(lambda n: 1 + syscall("pidfd_getfd", handle, n, 0), [n])]
got = each(taken, {1, os.getppid()})
""",
        holds=(ALL, INNER),
    ),
    Probe(
        name="files_of_outer_processes",
        code="got = each(lambda p: os.listdir(f'/proc/{p}/fd'), [scene.victim, scene.tester])",
        control=True,
    ),
    Probe(
        name="box_of_a_sibling",
        code="""
name = f"sibling-{scene.token}.txt"
got = each(read, [e.path for e in entries() if e.name == name])
""",
        control=True,
    ),
    Probe(
        name="what_the_trusted_side_keeps",
        code="""
names = ("job.json", "driver.log", "warm.log", "plan.json", "runs.json")
got = [e.path for e in entries() if e.name in names or e.name.startswith("grader-")]
""",
        control=True,
    ),
    Probe(
        name="memory_of_the_machine",
        code="""
names = ["/proc/kcore", "/dev/mem", "/dev/kmem", "/dev/port"]
got = each(lambda p: open(p, "rb").read(8), names)
""",
    ),
    Probe(
        name="log_of_the_kernel",
        code="""
def head(path):
    return os.read(os.open(path, os.O_RDONLY | os.O_NONBLOCK), 99)
got = each(head, ["/dev/kmsg", "/proc/kmsg"])
got = got or syscall("syslog", 3, ctypes.create_string_buffer(999), 999)
""",
    ),
    Probe(
        name="disks",
        code="""
kinds = ("[sv]d*", "nvme*", "loop*", "dm-*", "mapper/*", "mmcblk*")
got = each(lambda p: open(p, "rb").read(1), [p for k in kinds for p in glob.glob(f"/dev/{k}")])
""",
    ),
    Probe(
        name="device_of_one_s_own",
        code="""
os.mknod("disk", 0o600 | stat.S_IFBLK, os.makedev(254, 0))
got = open("disk", "rb").read(1)
""",
    ),
)
