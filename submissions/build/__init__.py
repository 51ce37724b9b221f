"""Generator of the example cohort: invented groups, made from the lab's released notebooks.

``python -m submissions.build`` writes ``submissions/gruppe*`` and ``submissions/labels.json``;
``--check`` compares instead of writing. Building twice gives the same bytes.

A group is put together from *parts*: what somebody wrote into one cell, together with what an
experienced instructor would say about it (its labels) and the trap that it falls into, if any.
"""
