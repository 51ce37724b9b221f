"""Runs inside the student's kernel: many training steps in one call, bit for bit as keras's own.

:class:`Steps` stands in for a keras model's train function during one ``fit``. Everything else
stays keras's: data and its order, epochs, callbacks, validation, and ``train_step`` itself.

- One call of a TensorFlow function takes many steps: Python is visited once for all of them.
- The optimizer's update, and only that, is compiled (:mod:`grader.evidence.xla`).

Before the first step keras's function and this one take a few steps each from the same state. Only
if then all weights, optimizer variables and metrics agree in every bit, this one is used: without
the compiled update if that alone makes a difference, and not at all if anything fails. In that case
keras's function takes every step, from the untouched start.

Like :mod:`grader.evidence.probe` the source of this file is sent to the kernel, so it imports
nothing else of the grader and takes TensorFlow from its caller.
"""

import contextlib
import functools
import logging
import warnings
from typing import Any

import numpy as np

if __name__ != "probe":  # type-checked and tested here, beside us in the kernel
    from grader.evidence.xla import apart, compiled_update, compiles_exactly

__all__ = ["Steps"]

_TRIAL_STEPS = 4
# Some optimizers depend on the number of the step: the trial also looks at late ones.
_LATER = 9973


class Steps:
    """One ``fit`` of ``model`` that takes ``per_call`` steps per call.

    Parameters
    ----------
    tensorflow : module
    model : keras Model
    data : tuple of ndarray
        ``x`` and ``y`` of the fit.
    batch_size, per_call : int
    elementwise : bool
        Whether the optimizer's update treats each weight by itself, so that it may be compiled.

    Attributes
    ----------
    done : int
        Steps that were taken; ``accelerated`` tells how.
    """

    def __init__(self, tensorflow, model, data, batch_size, per_call, elementwise):
        self.tensorflow = tensorflow
        self.model = model
        self.data = data
        self.batch_size = batch_size
        self.per_call = per_call
        self.elementwise = elementwise
        self.done = 0
        self.many: Any = None
        self.compiled_update = False
        self._plain: Any = None
        self._prepared = False
        self._single = False
        self._counter: Any = None
        self._restore: Any = None
        self._steps_per_epoch = 0
        self._position = 0

    @property
    def accelerated(self):
        """Whether many steps per call were taken."""
        return self.many is not None and self.done > 0

    # ---------------------------------------------------------------- around fit

    def begin(self):
        """Let keras's loop go from call to call, and ask us for the function that it calls."""
        # Past the models' own __setattr__, which would track what is set.
        attributes = vars(self.model)
        name = "_steps_per_execution"
        if name in attributes:  # Keras 2: a variable, with which the loop counts
            self._counter = self.model._create_counter_variable(self.per_call)
            value = self._counter
        else:
            name = "steps_per_execution"
            value = self.per_call
        self._restore = functools.partial(attributes.__setitem__, name, attributes[name])
        attributes[name] = value
        attributes["make_train_function"] = self._make

    def _make(self, force=False):
        """Instead of ``model.make_train_function``; ``fit`` calls it before the first callback."""
        if self._plain is not None:
            # ``train_on_batch`` in a callback: the next call takes a single step.
            self._single = True
            return self
        # Validation, and what callbacks do with the model, must not go from call to call.
        self._restore()
        type(self.model).make_train_function(self.model)
        self._plain = self.model.train_function
        self._steps_per_epoch = int(self.model.history.params["steps"])
        self.model.train_function = self
        return self

    def end(self):
        """Leave the model as a plain ``fit`` leaves it."""
        if self._restore is not None:
            self._restore()
        vars(self.model).pop("make_train_function", None)
        if self.model.train_function is self:
            self.model.train_function = self._plain

    def beside(self, fit):
        """Run another, plain ``fit`` of the same model, which a callback of this one started."""
        self.end()
        try:
            return fit()
        finally:
            vars(self.model)["make_train_function"] = self._make
            self.model.train_function = self

    # ---------------------------------------------------------------- a call

    def __call__(self, iterator):
        """Take the next steps; return the metrics after the last of them."""
        if self._single or not hasattr(iterator, "element_spec"):
            self._single = False
            return self._plain(iterator)
        if not self._prepared:
            self._prepared = True
            self._prepare(iterator.element_spec)
        count = self._count()
        if self.many is None:
            for _ in range(count):
                logs = self._plain(iterator)
        else:
            logs = self.many(iterator, self.tensorflow.constant(count, "int64"))
        self.done += count
        return logs

    def _count(self):
        if self._counter is not None:
            return int(self._counter.numpy())
        count = min(self.per_call, self._steps_per_epoch - self._position)
        self._position = (self._position + count) % self._steps_per_epoch
        return count

    # ---------------------------------------------------------------- before the first call

    def _prepare(self, spec):
        """Find a function that agrees with keras's; a later ``fit`` finds it at keras's."""
        known = getattr(self._plain, "_grader_many", None)
        if known is not None:
            self.many, self.compiled_update = known
            return
        for compiled in (True, False):
            try:
                with apart():
                    many = None if compiled and not self._compiles() else self._function(compiled)
                    alike = many is not None and self._alike(many, spec)
            except Exception:
                alike = False
            if alike:
                self.many, self.compiled_update = many, compiled
                vars(self._plain)["_grader_many"] = (many, compiled)
                return

    def _compiles(self):
        return self.elementwise and compiles_exactly(self.tensorflow)

    def _function(self, compiled):
        """Make the function that takes ``count`` steps."""
        tensorflow, model = self.tensorflow, self.model
        no_change = contextlib.nullcontext()

        def step(iterator):
            logs = model.train_step(iterator.get_next())
            if self._counter is not None:
                model._train_counter.assign_add(1)
            return logs

        def body(iterator, i):
            step(iterator)
            return (i + 1,)

        def many(iterator, count):
            with compiled_update(tensorflow, model.optimizer) if compiled else no_change:
                tensorflow.while_loop(
                    lambda i: i < count - 1,
                    functools.partial(body, iterator),
                    (tensorflow.constant(0, "int64"),),
                )
                return step(iterator)

        return tensorflow.function(many, autograph=False)

    def _alike(self, many, spec):
        """Whether keras's function and ours do the same to the same state, to the last bit."""
        tensorflow = self.tensorflow
        rows = _TRIAL_STEPS * self.batch_size
        sample = [tensorflow.cast(d[:rows], s.dtype) for d, s in zip(self.data, spec, strict=True)]
        batches = tensorflow.data.Dataset.from_tensor_slices(tuple(sample))
        full = spec[0].shape[0] is not None
        batches = batches.batch(self.batch_size, drop_remainder=full).repeat()
        if batches.element_spec != spec:
            return False
        count = tensorflow.constant(_TRIAL_STEPS, "int64")
        # Tracing makes the variables that a fresh model or optimizer lacks, at their start values.
        with _silent():
            many.get_concrete_function(iter(batches), count)
        start = self._state()
        iterations = self.model.optimizer.iterations
        first = iterations.numpy()
        try:
            for later in (0, _LATER):
                results = []
                for function, calls in ((self._plain, _TRIAL_STEPS), (many, 1)):
                    self._reset(start)
                    iterations.assign(first + later)
                    iterator = iter(batches)
                    for _ in range(calls):
                        logs = function(iterator, count) if function is many else function(iterator)
                    results.append([*(value for _, value in self._state()), *_arrays(logs)])
                if not _same(*results):
                    return False
        finally:
            self._reset(start)
        return True

    def _state(self):
        """All variables that a step changes, except metrics, which each epoch resets."""
        optimizer = self.model.optimizer.variables
        variables = [*self.model.variables, *(optimizer() if callable(optimizer) else optimizer)]
        if self._counter is not None:
            variables.append(self.model._train_counter)
        return [(v, np.array(v.numpy())) for v in {id(v): v for v in variables}.values()]

    def _reset(self, state):
        for variable, value in state:
            variable.assign(value)
        self.model.reset_metrics()


@contextlib.contextmanager
def _silent():
    """Keep back warnings: keras's own function will give them when it is traced."""
    disabled = logging.root.manager.disable
    try:
        logging.disable(logging.CRITICAL)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)


def _arrays(logs):
    return [np.array(value) for _, value in sorted(logs.items())]


def _same(first, second):
    return len(first) == len(second) and all(
        a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
        for a, b in zip(first, second, strict=True)
    )
