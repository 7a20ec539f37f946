"""Numbers drawn by chance, the same on every platform: a pure function of a seed and an index."""

_MASK = (1 << 64) - 1
_GAMMA = 0x9E3779B97F4A7C15


def bits(seed, index):
    """The `index`-th draw of `seed`: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014)."""
    z = (seed + (index + 1) * _GAMMA) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


def uniform(seed, index):
    """The `index`-th draw of `seed`, uniform in 0..1: its upper 53 bits."""
    return (bits(seed, index) >> 11) / (1 << 53)


def shuffle(seed, values):
    """Puts a list into an order drawn by chance (Fisher-Yates)."""
    for i in range(len(values) - 1, 0, -1):
        j = int(uniform(seed, i) * (i + 1))
        values[i], values[j] = values[j], values[i]
