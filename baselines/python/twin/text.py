"""`write`: a text of lowercase letters."""

import functools
import itertools
import string

from . import draw

# What is written at a time. A longer text repeats it.
BLOCK_BYTES = 1 << 20

# Twelve letters from each draw, three at a time: 26 to the 12th is less than 2 to the 64th.
_DRAWN = 12
_TRIPLES = ["".join(reversed(letters)) for letters in itertools.product(string.ascii_lowercase, repeat=3)]


@functools.lru_cache(maxsize=1)
def block(seed, length):
    """The first block of a text: letters drawn by chance, as long as the text if that is shorter."""
    length = min(length, BLOCK_BYTES)
    triples = []
    for index in range(-(-length // _DRAWN)):
        bits = draw.bits(seed, index)
        for _ in range(_DRAWN // 3):
            bits, triple = divmod(bits, len(_TRIPLES))
            triples.append(_TRIPLES[triple])
    return "".join(triples)[:length]
