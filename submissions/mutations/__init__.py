"""Structural mutations: what happens to notebooks that mean the same (``benchmarks.mutations``)."""

from submissions.mutations import code, layout, texts
from submissions.mutations.apply import Mutant, gained_slots, lost_slots, marks_of, mutant_of
from submissions.mutations.base import Marks, Mutation

__all__ = [
    "MUTATIONS",
    "Marks",
    "Mutant",
    "Mutation",
    "gained_slots",
    "lost_slots",
    "marks_of",
    "mutant_of",
]

MUTATIONS = (
    Mutation("strip", "no metadata, no ids", layout.same),
    Mutation("colab", "metadata of Google Colab", layout.colab),
    Mutation("rename", "every variable renamed", code.rename_variables),
    Mutation("reformat", "written by another formatter", code.reformat),
    Mutation("functions", "code wrapped in functions", code.wrap_functions),
    Mutation("merge_pairs", "every two code cells of a task merged", layout.merge_pairs),
    Mutation("merge_task", "all code of a task in one cell", layout.merge_task),
    Mutation("merge_two", "all code of two tasks in one cell", layout.merge_two_tasks),
    Mutation("split", "two statements to a cell", layout.split),
    Mutation("debug", "a scratch cell below every code cell", layout.debug_cells),
    Mutation("markdown", "empty and short Markdown cells added", layout.insert_markdown),
    Mutation("duplicate", "cells run twice", layout.duplicate),
    Mutation("definitions", "imports and functions moved to the top", layout.move_definitions),
    Mutation("reorder", "an independent task moved to the front", layout.reorder),
    Mutation("drop_texts", "headings and task texts deleted", texts.drop_texts),
    Mutation("earlier", "an earlier German wording", texts.earlier_wording),
    Mutation("english", "an English wording", texts.english_wording),
    Mutation("comments", "answers as comments in code", texts.answers_as_comments),
    Mutation("below", "a task's answers in one cell", texts.answers_below_task),
    Mutation("delete", "the last task's code deleted", texts.delete_code, keeps=False),
)
