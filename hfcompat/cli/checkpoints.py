"""`hfcompat inspect` and `hfcompat convert`: what readers make of a checkpoint, and one that they all read."""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from hfcompat.cli.app import app, err, out


class To(str, enum.Enum):
    """Who is to read the result."""

    FOUR = "4.57"
    FIVE = "5.23"
    DUAL = "dual"


Base = Annotated[
    Path | None, typer.Option("--base", help="Folder of the model that an adapter is for.", metavar="FOLDER")
]


@app.command()
def inspect(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="Folder with a checkpoint.")],
    readers: Annotated[
        str | None, typer.Option("--for", help="Who is to read it, such as 4.57,5.23,vllm-0.11.", metavar="READERS")
    ] = None,
    base: Base = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Who wrote a checkpoint, and which readers load it right, wrongly or not at all. Reads no tensor.

    Exit status 1 when a reader does not load it right, 2 when it is damaged.
    """
    from hfcompat import checkpoints

    names = [name.strip() for name in (readers or "").split(",") if name.strip()]
    with _faults("inspect"):
        found = checkpoints.inspect(path, names, base=base) if names else checkpoints.inspect(path, base=base)
    if as_json:
        print(found.to_json())
    else:
        out.print(found.text(), soft_wrap=True)
    raise typer.Exit(0 if found.ok else 1)


@app.command()
def convert(
    source: Annotated[Path, typer.Argument(metavar="SRC", help="Folder with a checkpoint; it is not changed.")],
    destination: Annotated[
        Path | None, typer.Argument(metavar="[DST]", help="Folder that is made. Not with --in-place.")
    ] = None,
    to: Annotated[To, typer.Option(help="Who is to read it; dual is for all.")] = To.DUAL,
    in_place: Annotated[bool, typer.Option("--in-place", help="Put the result in the place of SRC.")] = False,
    backup: Annotated[
        Path | None, typer.Option(help="Where SRC goes with --in-place; a folder that does not exist.")
    ] = None,
    base: Base = None,
    allow_pickle: Annotated[
        bool, typer.Option("--allow-pickle", help="Open weights in pickles, tensors and nothing else.")
    ] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Load both with transformers, and compare.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print errors alone.")] = False,
) -> None:
    """Write a checkpoint so that other versions load it right. A run that was interrupted goes on where it ended.

    Exit status 1 when --verify finds a difference, 2 when the checkpoint cannot be read or written.
    """
    from hfcompat import checkpoints

    if in_place == (destination is not None) or in_place == (backup is None):
        err.print("hfcompat convert: name either DST, or --in-place --backup FOLDER")
        raise typer.Exit(2)
    with _faults("convert"), _bar(quiet) as progress:
        done = checkpoints.convert(
            source,
            destination or source,
            to=to.value,
            progress=progress,
            in_place=in_place,
            backup=backup,
            base=base,
            allow_pickle=allow_pickle,
        )
    if not quiet:
        out.print(done.text(), soft_wrap=True)
    if verify:
        from hfcompat.checkpoints.verifying import differences

        with _faults("convert"):
            found = differences(backup or source, done.path)
        for line in found:
            err.print(f"hfcompat convert: {line}", soft_wrap=True)
        if not found and not quiet:
            out.print("Loaded both: they are equal.")
        raise typer.Exit(1 if found else 0)


@contextlib.contextmanager
def _faults(command: str) -> Iterator[None]:
    try:
        yield
    except ValueError as error:  # CheckpointError is one; so is a reader that nobody knows
        err.print(f"hfcompat {command}: {error}", soft_wrap=True)
        raise typer.Exit(2) from None


@contextlib.contextmanager
def _bar(quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """A bar of bytes, where somebody looks at it."""
    if quiet or not err.is_terminal:
        yield None
        return
    columns = (TextColumn("writing"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("writing", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
