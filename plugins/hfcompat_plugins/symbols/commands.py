"""What `transformers.commands` offered that `transformers.cli` has: the command line as a function."""

from __future__ import annotations

from abc import ABC, abstractmethod
from argparse import ArgumentParser
from typing import Any

from hfcompat_plugins.symbols.removed import removed_function
from transformers.cli.add_new_model_like import ModelInfos

__all__ = ["BaseTransformersCLICommand", "ModelInfos", "create_new_model_like", "main"]

create_new_model_like = removed_function(
    "create_new_model_like",
    "run `transformers add-new-model-like` in a checkout, or install transformers<5.",
    __name__,
)


class BaseTransformersCLICommand(ABC):
    """A command: adds itself to a parser, and runs."""

    @staticmethod
    @abstractmethod
    def register_subcommand(parser: ArgumentParser) -> Any: ...

    @abstractmethod
    def run(self) -> Any: ...


def main() -> None:
    """Run the command in `sys.argv`, and return when it succeeds.

    Raises:
        SystemExit: when it fails.
    """
    from transformers.cli.transformers import main as run

    try:
        run()
    except SystemExit as end:
        if end.code:
            raise
