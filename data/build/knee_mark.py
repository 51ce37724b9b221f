"""The watermark of the invented study: lettering and a crest, a few grey levels deep."""

import numpy as np
from numpy.typing import NDArray

# Levels are chosen for matplotlib's "flag", whose four colours repeat every 16 of 256 levels:
# 8 is blue, 3 cream, 12 black, 0 red. In a grey picture the steps stay below the noise of the
# air around, whose mean is 8 as well.
GROUND, INK, SHADE, SPARK = 8, 3, 12, 0
ROWS = slice(206, 254)
COLUMNS = slice(2, 78)

_LINES = ("TECHNISCHE", "UNIVERSITÄT", "ILMENAU")
_GLYPHS = {
    "A": "01110 10001 10001 11111 10001 10001 10001",
    "Ä": "10001 00000 01110 10001 11111 10001 10001",
    "C": "01111 10000 10000 10000 10000 10000 01111",
    "E": "11111 10000 10000 11110 10000 10000 11111",
    "H": "10001 10001 10001 11111 10001 10001 10001",
    "I": "111 010 010 010 010 010 111",
    "L": "10000 10000 10000 10000 10000 10000 11111",
    "M": "10001 11011 10101 10101 10001 10001 10001",
    "N": "10001 11001 11001 10101 10011 10011 10001",
    "R": "11110 10001 10001 11110 10100 10010 10001",
    "S": "01111 10000 10000 01110 00001 00001 11110",
    "T": "11111 00100 00100 00100 00100 00100 00100",
    "U": "10001 10001 10001 10001 10001 10001 01110",
    "V": "10001 10001 10001 10001 01010 01010 00100",
}
# An invented crest: a shield with a fir tree over waves, three sparks above it.
_CREST = (
    "......*.......*.......*......",
    ".....***.....***.....***.....",
    "......*.......*.......*......",
    ".............................",
    "#############################",
    "#.............#.............#",
    "#............###............#",
    "#...........#####...........#",
    "#............###............#",
    "#...........#####...........#",
    "#..........#######..........#",
    "#...........#####...........#",
    "#..........#######..........#",
    ".#........#########........#.",
    ".#............#............#.",
    "..#..o...o....#....o...o..#..",
    "...#o.o.o.o.o.o.o.o.o.oo.#...",
    "....##.o...o.o.o.o...o.##....",
    "......###...........###......",
    ".........####...####.........",
    ".............###.............",
)


def _word(text: str) -> NDArray[np.uint8]:
    """One line of lettering, 1 where ink is; shape (7, width)."""
    columns = []
    for letter in text:
        rows = _GLYPHS[letter].split()
        columns.append(np.array([[int(bit) for bit in row] for row in rows], dtype=np.uint8))
        columns.append(np.zeros((7, 1), dtype=np.uint8))
    return np.concatenate(columns[:-1], axis=1)


def patch() -> NDArray[np.uint8]:
    """The mark as it replaces the picture's lower left corner.

    Returns
    -------
    ndarray of shape (48, 76)
        Grey levels between 0 and 12.
    """
    height, width = ROWS.stop - ROWS.start, COLUMNS.stop - COLUMNS.start
    mark = np.full((height, width), GROUND, dtype=np.uint8)
    levels = {".": GROUND, "#": INK, "o": SHADE, "*": SPARK}
    crest = np.array([[levels[sign] for sign in row] for row in _CREST], dtype=np.uint8)
    left = (width - crest.shape[1]) // 2
    mark[1 : 1 + crest.shape[0], left : left + crest.shape[1]] = crest
    for number, text in enumerate(_LINES):
        word = _word(text)
        top, left = 23 + 8 * number, (width - word.shape[1]) // 2
        area = mark[top : top + 7, left : left + word.shape[1]]
        area[word == 1] = INK
    return mark


def add_mark(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Copy of the pictures with the mark in the lower left corner.

    Parameters
    ----------
    images : ndarray of shape (..., 256, 256)
    """
    marked = images.copy()
    marked[..., ROWS, COLUMNS] = patch()
    return marked
