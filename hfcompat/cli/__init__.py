"""`hfcompat` on the command line; needs the extra `cli`."""

import sys

__all__ = ["main"]


def main() -> None:
    """The console script."""
    try:
        from hfcompat.cli.app import app
    except ModuleNotFoundError as error:
        if error.name not in ("typer", "rich", "click"):
            raise
        sys.exit(f"hfcompat: the command line needs {error.name}; run: pip install 'hfcompat[cli]'")
    app()
