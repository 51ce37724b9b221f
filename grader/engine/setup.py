"""The code that a kernel runs before a student's first cell: imports, seeds, the probe."""

from __future__ import annotations

import json
from pathlib import Path

from grader.engine.base import Job
from grader.evidence import probe, rows, steps, training, xla

__all__ = ["setup_code"]

# Builtins are copied, so that replacing them later does not reach the probe.
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
    shell = get_ipython()
    if "matplotlib.pyplot" in sys.modules:
        shell.enable_matplotlib("inline")
    seed = options["seed"]
    random.seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(seed)
    if "tensorflow" in sys.modules:
        sys.modules["tensorflow"].keras.utils.set_random_seed(seed)
    module.probe = module.Probe(shell.user_ns, shell.user_ns_hidden, options)
    if options["compile_training"]:
        module.Training(module.probe.note_fit).install()
    module.probe.watch_libraries()
    sys.modules[options["token"]] = module
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
    modules = (rows, probe, xla, steps, training)
    limits = {
        "RLIMIT_DATA": job.limits.memory_mb * 2**20,
        "RLIMIT_FSIZE": job.limits.files_mb * 2**20,
        "RLIMIT_CORE": 0,
    }
    options = {
        "sources": [Path(str(m.__file__)).read_text("utf-8") for m in modules],
        "imports": list(job.imports),
        "limits": limits if bare else {},
        "array_bytes": job.limits.array_bytes,
        "seed": job.seed,
        "samples": job.probe_samples,
        "folders": [".", "../data"],
        "compile_training": job.compile_training,
        "token": token,
    }
    return _SETUP.format(options=json.dumps(json.dumps(options)))
