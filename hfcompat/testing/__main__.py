"""`python -m hfcompat.testing ORDERING DIALECT|- [PLUGIN...]`: play one ordering, print what is wrong."""

import sys

from hfcompat.testing.orderings import play

name, dialect, *plugins = sys.argv[1:]
wrong = play(name, None if dialect == "-" else dialect, plugins)
print(*wrong[:40], *([f"... and {len(wrong) - 40} more"] if len(wrong) > 40 else []), sep="\n")
sys.exit(1 if wrong else 0)
