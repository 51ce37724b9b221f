"""Facts of this lab that several checks share."""

from __future__ import annotations

OCT_CLASSES = ("CNV", "DME", "NORMAL", "DRUSEN")
"""Classes of task 2b in the order of the network's output; the texts number them from 1."""

OCT_TRUTH = (3, 1, 0, 2)
"""Index in :data:`OCT_CLASSES` of the right diagnosis of each of the lab's four images.

A group with a kit of its own has others: those that its reference names.
"""
