"""`python -m hfcompat` is `hfcompat`."""

from hfcompat.cli import main

main()
