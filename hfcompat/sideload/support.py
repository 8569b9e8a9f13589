"""Which families there are, on which runtimes, and how one is brought."""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from hfcompat.checkpoints.families import knows
from hfcompat.environment import Environment
from hfcompat.sideload import policy, registration, wheel
from hfcompat.sideload.errors import SideloadError
from hfcompat.sideload.relocation import ALIAS

__all__ = ["bring", "brought", "families", "processor", "supported"]

_BROUGHT: set[str] = set()
_WITH_PROCESSORS: set[str] = set()
_LOCK = threading.Lock()


def supported(environment: Environment | None = None) -> None:
    """Nothing, where families can be side-loaded.

    Raises:
        SideloadError: the runtime is another than those that the wheel is bridged to.
    """
    runtime = (environment or Environment()).transformers
    if runtime is None or not SpecifierSet(policy.RUNTIMES).contains(runtime, prereleases=True):
        raise SideloadError(
            f"families of {wheel.VERSION} are side-loaded on transformers 4.56 and 4.57, not on {runtime}"
        )


def families() -> dict[str, str]:
    """Model types of the wheel and the families that they belong to, read from its mappings without importing them.

    Raises:
        SideloadError: the wheel has not been fetched.
    """
    return _families(wheel.located())


@functools.cache
def _families(root: Path) -> dict[str, str]:
    tree = ast.parse(root.joinpath("models", "auto", "auto_mappings.py").read_text("utf-8"))
    tables = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.targets[0], ast.Name):
            tables[node.targets[0].id] = dict(ast.literal_eval(node.value.args[0]))
    homes = tables["SPECIAL_MODEL_TYPE_TO_MODULE_NAME"]
    return {kind: homes.get(kind, kind.replace("-", "_")) for kind in tables["CONFIG_MAPPING_NAMES"]}


def bring(model_type: str) -> bool:
    """Register the family of a model type with the Auto classes of the runtime. False: no version has it.

    Raises:
        SideloadError: a newer version has it, and it cannot be had here; says what to do.
    """
    try:
        supported()
        there = families()
    except SideloadError as error:
        if not knows(Version(wheel.VERSION), model_type):
            return False
        runtime = Environment().transformers
        raise SideloadError(f"transformers {runtime} does not have {model_type!r}: {error}{_otherwise()}") from None
    if model_type not in there:
        return False
    with _LOCK, _parts_named(model_type):
        if model_type not in _BROUGHT:
            kinds = _kinds(model_type)
            registration.register(kinds)
            _BROUGHT.update(kinds)
    return True


def processor(model_type: str, *args: Any, **kwargs: Any) -> Any:
    """`AutoProcessor.from_pretrained` of the wheel, for a family that has been brought.

    The runtime may have a processor with the name that the checkpoint gives, which makes other inputs. For its own Auto
    classes those of the family are registered on the way.

    Raises:
        SideloadError: a package that they need is missing.
    """
    with _parts_named(model_type):
        with _LOCK:
            if model_type not in _WITH_PROCESSORS:
                kinds = _kinds(model_type)
                registration.register_processors(kinds)
                _WITH_PROCESSORS.update(kinds)
        auto = importlib.import_module(f"{ALIAS}.models.auto.processing_auto").AutoProcessor
        return auto.from_pretrained(*args, **kwargs)


def _kinds(model_type: str) -> list[str]:
    """The model types of its family that the runtime itself does not have."""
    mapping = importlib.import_module("transformers.models.auto.configuration_auto").CONFIG_MAPPING
    family = families()[model_type]
    return [kind for kind, home in families().items() if home == family and kind not in mapping._mapping]


@contextlib.contextmanager
def _parts_named(model_type: str) -> Iterator[None]:
    """A package that a family needs and that is missing is named."""
    try:
        yield
    except ModuleNotFoundError as error:
        cause: BaseException | None = error
        while cause is not None and getattr(cause, "name", None) is None:
            cause = cause.__cause__
        name = getattr(cause, "name", None)
        if name is None or name.startswith("hfcompat"):
            raise
        raise SideloadError(f"{model_type!r} needs {name}, which is not installed; run: pip install {name}") from error


def brought(model_type: object) -> bool:
    """Whether configurations of this model type are the wheel's in this process."""
    return model_type in _BROUGHT


def _otherwise() -> str:
    """What works without the wheel."""
    from hfcompat.auto.families import all_backports

    there = sorted(all_backports(Environment()))
    return f"; without it, these new families work here: {', '.join(there)}" if there else ""
