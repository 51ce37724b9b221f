"""Which submissions resemble each other beyond what the lab gave and what many share."""

from grader.similar.pairs import Pair, Passage, rank, read_pairs, write_pairs
from grader.similar.texts import OwnText, Part, own_text

__all__ = ["OwnText", "Pair", "Part", "Passage", "own_text", "rank", "read_pairs", "write_pairs"]
