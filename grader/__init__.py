"""Grade notebook-based lab courses: run, compare with the reference, explain, print.

Public names: the functions of :mod:`grader.pipeline` and the data of :mod:`grader.model`.
"""

__version__ = "0.1.0"
