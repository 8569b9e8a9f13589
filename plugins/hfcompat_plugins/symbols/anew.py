"""transformers executed a second time: the module that takes its place has none of the names served."""

from __future__ import annotations

from typing import Any


def followed(original: Any) -> Any:
    """`direct_transformers_import`, after which what is applied moves over to the new module."""

    def direct_transformers_import(*args: Any, **kwargs: Any) -> Any:
        from hfcompat.api import LEDGER

        try:
            return original(*args, **kwargs)
        finally:
            LEDGER.follow()

    return direct_transformers_import
