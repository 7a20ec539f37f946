"""`write`: a text of lowercase letters."""

import functools
import itertools
import string
from typing import NamedTuple

from . import draw
from .checksum import Body

# What is written at a time. A longer text repeats it.
BLOCK_BYTES = 1 << 20

# Twelve letters from each draw, three at a time: 26 to the 12th is less than 2 to the 64th.
_DRAWN = 12
_TRIPLES = ["".join(reversed(letters)) for letters in itertools.product(string.ascii_lowercase, repeat=3)]


class Text(NamedTuple):
    """A text, made before the clock starts."""

    # Its first block, as long as the text if that is shorter.
    block: str = ""
    checksum: int = 0


@functools.lru_cache(maxsize=1)
def text(seed, length):
    """A text of letters drawn by chance."""
    block = _block(seed, min(length, BLOCK_BYTES))
    body = Body()
    body.take(block.encode())
    return Text(block, body.checksum())


def whole(seed, length):
    """The same text in one piece."""
    block = text(seed, length).block
    return (block * -(-length // len(block)))[:length] if block else ""


def _block(seed, length):
    triples = []
    for index in range(-(-length // _DRAWN)):
        bits = draw.bits(seed, index)
        for _ in range(_DRAWN // 3):
            bits, triple = divmod(bits, len(_TRIPLES))
            triples.append(_TRIPLES[triple])
    return "".join(triples)[:length]
