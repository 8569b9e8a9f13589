"""Small things of `transformers.utils` and kin."""

from __future__ import annotations

import functools
import json
import os
import warnings
from collections import UserDict
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any, TypeVar

from packaging.version import Version

T = TypeVar("T")


def deprecate_attr(
    module_name: str, remove: dict[str, tuple[Any, str]] | None = None, rename: dict[str, tuple[Any, str]] | None = None
) -> Callable[[str], Any]:
    """A module's `__getattr__` that gives names of old with a FutureWarning.

    Args:
        remove: names, with what they stand for and the version in which they go.
        rename: the same; what they stand for has a name that is told.

    Raises:
        ValueError: a name is in both.
    """
    gone, moved = remove or {}, rename or {}
    if twice := sorted(gone.keys() & moved.keys()):
        raise ValueError(f"Attributes {twice} are passed in both `remove` and `rename`.")

    def __getattr__(name: str) -> Any:
        if name not in gone and name not in moved:
            raise AttributeError(f"module {module_name!r} has no attribute {name!r}")
        value, when = gone[name] if name in gone else moved[name]
        message = f"`{name}` is deprecated and will be removed in version {when}."
        if name in moved and hasattr(value, "__name__"):
            message += f" Use `{value.__name__}` instead."
        warnings.warn(message, FutureWarning, stacklevel=2)
        return value

    return __getattr__


def no_inherit_decorator(obj: T) -> T:
    """Tells the generator of modular files that decorators stay behind; does nothing."""
    return obj


def safe_load_json_file(json_file: Any) -> Any:
    """What a JSON file says; OSError where it says nothing."""
    with open(json_file, encoding="utf-8") as reader:
        text = reader.read()
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise OSError(f"It looks like the config file at '{json_file}' is not a valid JSON file.") from error


@functools.cache
def hf_api() -> Any:
    """One HfApi for all that transformers asks of the Hub."""
    from huggingface_hub import HfApi
    from transformers import __version__

    return HfApi(library_name="transformers", library_version=__version__)


def resolve_revision(
    path_or_repo_id: Any,
    revision: str | None = None,
    *,
    repo_type: str | None = None,
    token: Any = None,
    local_files_only: bool = False,
    cache_dir: Any = None,
) -> str | None:
    """The commit of a revision of a repository; the revision itself for a folder, and where nobody can be asked."""
    from transformers.utils import is_offline_mode

    if path_or_repo_id is None or os.path.exists(path_or_repo_id) or local_files_only or is_offline_mode():
        return revision
    try:
        found = hf_api().repo_info(str(path_or_repo_id), repo_type=repo_type, revision=revision, token=token).sha
    except Exception:
        return revision
    return found or revision  # type: ignore[no-any-return]


def get_current_accelerator() -> Any:
    """torch's accelerator, None where there is none."""
    import torch

    try:
        return torch.accelerator.current_accelerator()
    except RuntimeError:
        return None


@functools.cache
def is_torchvision_greater_or_equal(library_version: str) -> bool:
    if find_spec("torchvision") is None:
        return False
    try:
        return Version(version("torchvision")) >= Version(library_version)
    except PackageNotFoundError:
        return False


def is_nagisa_available() -> bool:
    return find_spec("nagisa") is not None


def is_soynlp_available() -> bool:
    return find_spec("soynlp") is not None


def is_diffusers_available() -> bool:
    return find_spec("diffusers") is not None


def get_template_variables(chat_template: str | None) -> frozenset[str]:
    """Names that a chat template wants to be given."""
    if chat_template is None:
        return frozenset()
    from jinja2 import meta
    from transformers.utils.chat_template_utils import _compile_jinja_template

    parsed = _compile_jinja_template(chat_template).environment.parse(chat_template)
    return frozenset(meta.find_undeclared_variables(parsed))


def get_prepend_scheme(add_prefix_space: bool, original_tokenizer: Any) -> str:
    """`prepend_scheme` of a Metaspace."""
    if not add_prefix_space:
        return "never"
    return "always" if getattr(original_tokenizer, "legacy", True) else "first"


def get_kernel(
    kernel_name: str, revision: str | None = None, version: int | str | None = None, allow_all_kernels: bool = False
) -> Any:
    """A kernel of the Hub, by the package `kernels`; ImportError without it."""
    from kernels import get_kernel as of_package

    more = {} if version is None else {"version": version}
    return of_package(kernel_name, revision=revision, **more)


class KVSharingDict(UserDict[str, Any]):
    """Keys and values that layers share, by names; moved from device to device as one."""

    def to(self, device: Any, non_blocking: bool = False) -> KVSharingDict:
        for name in list(self):
            self[name] = tuple(state.to(device, non_blocking=non_blocking) for state in self[name])
        return self


def __getattr__(name: str) -> Any:
    if name == "gelu_pytorch_tanh":
        from transformers.activations import get_activation

        return globals().setdefault(name, get_activation(name))
    raise AttributeError(name)
