"""Runs inside the student's kernel: has evidence taken before some of a cell's statements.

Like :mod:`grader.evidence.probe` the source of this file is sent to the kernel, so it imports
nothing else of the grader.
"""

import ast

__all__ = ["Cuts"]


class Cuts:
    """An IPython AST transformer that calls the probe before some of a cell's statements."""

    def __init__(self, token, places, statements):
        self.token = token
        self.places = list(places)
        self.statements = statements
        self.done = False

    def visit(self, tree):
        """Return the cell's syntax tree with the calls in it; what is not that cell stays."""
        if self.done or len(tree.body) != self.statements:
            return tree
        self.done = True
        for place in reversed(self.places):
            call = f"__import__('sys').modules[{self.token!r}].mark()"
            made = ast.parse(f"try:\n    {call}\nexcept Exception:\n    pass")
            ast.increment_lineno(made, tree.body[place].lineno - 1)
            tree.body[place:place] = made.body
        return tree
