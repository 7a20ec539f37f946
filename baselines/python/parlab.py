#!/usr/bin/env python3
"""parlab's CPython twin: the experiments of the source documents as their authors ran them.

    python3 parlab.py NAME [options]    run an experiment or a workload; --help shows the options
    python3 parlab.py --serve           carry runs out for `parlab run NAME --platform python`

Standard library only. This file alone has to be readable by any Python, so that an old one can say that it is old.
"""

import os
import sys

OLDEST = (3, 9)

if sys.version_info < OLDEST:
    VERSION = ".".join(str(part) for part in sys.version_info[:3])
    sys.stderr.write("Python %d.%d or newer is needed, and this is %s (%s)\n" % (OLDEST + (VERSION, sys.executable)))
    sys.exit(2)

# Beside this file lies the package, and nobody else's: neither a safe path (-P, -I, PYTHONSAFEPATH), which leaves its folder
# out, nor a module of the same name elsewhere comes between.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from twin.cli import main

# Where processes are spawned instead of forked, each of them imports this file.
if __name__ == "__main__":
    sys.exit(main())
