"""The code that a kernel runs before a student's first cell: imports, seeds, the probe."""

from __future__ import annotations

import json
from pathlib import Path

from grader.engine.base import Job
from grader.evidence import (
    calls,
    cuts,
    figures,
    files,
    guard,
    layers,
    networks,
    objects,
    probe,
    rows,
    steps,
    training,
    values,
    xla,
)

__all__ = ["SENT", "setup_code"]

# What the kernel gets, each after those that it uses.
SENT = (
    rows, objects, values, layers, networks, calls, figures, files, cuts, guard, probe, xla, steps,
    training,
)  # fmt: skip

_FROZEN = (
    "ast", "builtins", "hashlib", "inspect", "itertools", "json", "math", "np", "os", "stat",
    "struct", "types", "weakref",
)  # fmt: skip

# Builtins and the modules that the probe computes with are copied, so that replacing functions in
# them later does not reach the probe. What is found under the token leads to it only through gc.
_SETUP = """
def _grader_setup():
    import builtins, importlib, json, random, sys, types
    options = json.loads({options})
    if options["limits"]:
        try:
            import resource
            for kind, value in options["limits"].items():
                resource.setrlimit(getattr(resource, kind), (value, value))
        except (ImportError, ValueError, OSError):
            pass
    for name in options["imports"]:
        importlib.import_module(name)
    module = types.ModuleType("probe")
    module.__dict__["__builtins__"] = dict(vars(builtins))
    for source in options["sources"]:
        exec(compile(source, "<probe>", "exec"), module.__dict__)
    for name in {frozen}:
        copy = types.ModuleType(vars(module)[name].__name__)
        vars(copy).update(vars(vars(module)[name]))
        vars(module)[name] = copy
    shell = get_ipython()
    if "matplotlib.pyplot" in sys.modules:
        shell.enable_matplotlib("inline")
    seed = options["seed"]
    random.seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(seed)
    if "tensorflow" in sys.modules:
        sys.modules["tensorflow"].keras.utils.set_random_seed(seed)
    def system(command):
        # IPython's own wants a pseudo terminal, and there is none behind the wall.
        # A shell is what the student asks for; it stands behind the same walls as the cell. What
        # it prints is passed on at once, so that the limit on outputs meets it.
        import subprocess
        with subprocess.Popen(
            shell.var_expand(command, depth=1), shell=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        ) as process:
            try:
                for text in iter(lambda: process.stdout.read(8192), ""):
                    print(text, end="")
                shell.user_ns["_exit_code"] = process.wait()
            except BaseException:
                process.kill()
                raise
    shell.system = system
    # The self-check in a notebook (%load_ext grader, %check) has nothing to say here.
    silent = types.ModuleType("grader")
    silent.load_ipython_extension = silent.unload_ipython_extension = lambda shell: None
    sys.modules["grader"] = silent
    shell.register_magic_function(lambda line: None, "line", "check")
    probe = module.Probe(shell.user_ns, shell.user_ns_hidden, options, shell)
    if options["compile_training"]:
        module.Training(probe.note_fit).install()
    probe.watch_libraries()
    probe.guard.install()
    door = types.ModuleType("probe")
    door.capture = lambda path: probe.capture(path)
    door.arm = lambda cuts, statements: probe.arm(options["token"], cuts, statements)
    door.mark = lambda: probe.mark()
    sys.modules[options["token"]] = door
_grader_setup()
del _grader_setup
"""


def setup_code(job: Job, token: str, *, bare: bool) -> str:
    """Code that sets a kernel up for a job.

    Parameters
    ----------
    token : str
        Name of the module that holds the probe.
    bare : bool
        Whether nothing else limits the kernel's memory and files.
    """
    limits = {
        "RLIMIT_DATA": job.limits.memory_mb * 2**20,
        "RLIMIT_FSIZE": job.limits.files_mb * 2**20,
        "RLIMIT_CORE": 0,
    }
    options = {
        "sources": [Path(str(m.__file__)).read_text("utf-8") for m in SENT],
        "imports": list(job.imports),
        "limits": limits if bare else {},
        "array_bytes": job.limits.array_bytes,
        "seed": job.seed,
        "samples": job.probe_samples,
        "folders": [".", "../data"],
        "compile_training": job.compile_training,
        "token": token,
    }
    return _SETUP.format(options=json.dumps(json.dumps(options)), frozen=_FROZEN)
