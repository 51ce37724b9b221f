"""What a submission's evidence is worth: observations, and what does not count."""

from grader.integrity.counted import counted, guarded
from grader.integrity.examine import Examined, examine

__all__ = ["Examined", "counted", "examine", "guarded"]
