"""A second look with other data: which results follow the data, and which were typed in."""

from grader.variant.compare import compare_results
from grader.variant.folder import variant_folder

__all__ = ["compare_results", "variant_folder"]
