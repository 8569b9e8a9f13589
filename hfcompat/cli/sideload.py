"""`hfcompat sideload`: the copy of a newer transformers from which families are taken."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from hfcompat import sideload
from hfcompat.cli.app import app, err, out
from hfcompat.sideload import wheel

commands = typer.Typer(help="Families of newer versions, from a wheel that is unpacked beside.", no_args_is_help=True)
app.add_typer(commands, name="sideload")


@commands.command()
def fetch(
    version: Annotated[str, typer.Option(help="The version; this release knows one.", metavar="V")] = wheel.VERSION,
    source: Annotated[
        Path | None, typer.Option("--from", help="The wheel, or a folder that has it; pip is not asked then.")
    ] = None,
) -> None:
    """Download the wheel with pip, check it and unpack it into the cache. Installs nothing."""
    with _faults("fetch"):
        folder = sideload.fetch(version, source)
        out.print(f"transformers {version} is in {folder}", soft_wrap=True)


@commands.command()
def families(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Model types of the wheel, and the families that they belong to."""
    import json

    with _faults("families"):
        found = sideload.families()
    if as_json:
        print(json.dumps(found, indent=1))
        return
    for family in sorted(set(found.values())):
        kinds = sorted(kind for kind, home in found.items() if home == family)
        out.print(f"{family}: {', '.join(kinds)}", soft_wrap=True)


@commands.command()
def remove() -> None:
    """Delete the unpacked wheel from the cache."""
    with _faults("remove"):
        out.print(f"deleted {wheel.unpacked()}" if wheel.remove() else "there is nothing to delete", soft_wrap=True)


@contextlib.contextmanager
def _faults(command: str) -> Iterator[None]:
    try:
        yield
    except sideload.SideloadError as error:
        err.print(f"hfcompat sideload {command}: {error}", soft_wrap=True)
        raise typer.Exit(2) from None
