"""What runs on the student's side of the outer wall, before the student's code does.

Nothing here imports the rest of the grader: behind the wall only this package is there (under the
name ``inside``), beside the interpreter and the lab's libraries.
"""
