"""Runs inside the student's kernel: XLA, tamed for :mod:`grader.evidence.steps`.

An optimizer's update treats every weight by itself, so that XLA can fuse its dozen passes over the
memory into one without changing the order of any sum, unlike in the rest of a training step. The
one liberty that XLA takes in an update, fused multiply-add, is switched off by ``_FLAG``;
:func:`compiles_exactly` checks that this worked.

Like :mod:`grader.evidence.probe` the source of this file is sent to the kernel, so it imports
nothing of the grader and takes TensorFlow from its caller.
"""

import contextlib
import os
import threading
from typing import Any

import numpy as np

__all__ = ["apart", "compiled_update", "compiles_exactly"]

# XLA reads it when it compiles for the first time: no instructions after AVX, FMA being the next.
_FLAG = "--xla_cpu_max_isa=AVX"
# What XLA takes when it starts; it ends the whole process where it does not get it.
_THREADS = 32
_BYTES = 400_000_000


@contextlib.contextmanager
def compiled_update(tensorflow, optimizer):
    """While a function is traced: the optimizer's update becomes a compiled function."""
    apply = optimizer.apply_gradients

    def apply_compiled(grads_and_vars, *args, **kwargs):
        gradients, variables = zip(*grads_and_vars, strict=True)

        def update(parts):
            products = [p[0] if len(p) == 1 else tensorflow.transpose(p[0]) * p[1] for p in parts]
            apply(list(zip(products, variables, strict=True)), *args, **kwargs)

        compiled = tensorflow.function(update, jit_compile=True, autograph=False)
        compiled([_factors(g) for g in gradients])
        return optimizer.iterations

    # Past keras's own __setattr__, which would track it.
    vars(optimizer)["apply_gradients"] = apply_compiled
    try:
        yield
    finally:
        vars(optimizer).pop("apply_gradients", None)


def _factors(gradient):
    """Take apart what one sample gives a matrix: a column times a row, no sum to keep in order.

    The compiled update multiplies where it needs a product, and no such matrix goes through memory.
    """
    operation: Any = getattr(gradient, "op", None)
    if operation is not None and operation.type == "MatMul" and gradient.shape.rank == 2:
        column, row = operation.inputs
        transposed = operation.get_attr("transpose_a") and not operation.get_attr("transpose_b")
        if transposed and column.shape[0] == 1 and row.shape[0] == 1:
            return column, row
    return (gradient,)


@contextlib.contextmanager
def apart():
    """Give XLA its flag; what its library says on standard error is not the student's."""
    before = os.environ.get("XLA_FLAGS")
    saved = os.dup(2)
    try:
        os.environ["XLA_FLAGS"] = " ".join(filter(None, (before, _FLAG)))
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        if before is None:
            os.environ.pop("XLA_FLAGS", None)
        else:
            os.environ["XLA_FLAGS"] = before


def compiles_exactly(tensorflow):
    """Whether XLA can start, and rounds a product before it adds to it, as numpy does."""
    if not _room():
        return False
    a, b, c = np.random.Generator(np.random.PCG64(0)).normal(size=(3, 4096)).astype(np.float32)
    compiled = tensorflow.function(lambda a, b, c: a * b + c, jit_compile=True, autograph=False)
    with _one_processor():
        result = compiled(a, b, c).numpy()
    return result.tobytes() == (a * b + c).tobytes()


def _room():
    """Whether there are threads and memory left for XLA."""
    enough = threading.Event()
    threads = []
    try:
        np.empty(_BYTES, dtype=np.uint8)
        for _ in range(_THREADS):
            thread = threading.Thread(target=enough.wait, daemon=True)
            thread.start()
            threads.append(thread)
    except (MemoryError, RuntimeError):
        return False
    finally:
        enough.set()
        for thread in threads:
            thread.join()
    return True


@contextlib.contextmanager
def _one_processor():
    """While XLA starts: it makes as many threads as it sees processors, several times."""
    before = None
    with contextlib.suppress(AttributeError, OSError):
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        if before is not None:
            with contextlib.suppress(OSError):
                os.sched_setaffinity(0, before)
