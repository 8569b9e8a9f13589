"""Questions about what is installed that transformers no longer answers."""

from __future__ import annotations

import importlib.util
from importlib import metadata
from typing import Any

from hfcompat.origin import native_caller

__all__ = [
    "is_auto_awq_available",
    "is_auto_gptq_available",
    "is_bitsandbytes_multi_backend_available",
    "is_ccl_available",
    "is_eetq_available",
    "is_flax_available",
    "is_ftfy_available",
    "is_ipex_available",
    "is_jieba_available",
    "is_keras_nlp_available",
    "is_quanto_available",
    "is_safetensors_available",
    "is_tensorflow_probability_available",
    "is_tensorflow_text_available",
    "is_tf2onnx_available",
    "is_tf_available",
    "is_torch_tpu_available",
    "true_or_false",
]


class _Answer(tuple[bool, "str | None"]):
    """(whether a package is there, its version), and as true as the first of them."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return self[0]


def true_or_false(original: Any) -> Any:
    """`_is_package_available`, whose pair is a bool as well to code from elsewhere."""

    def _is_package_available(*args: Any, **kwargs: Any) -> Any:
        found = original(*args, **kwargs)
        return _Answer(found) if isinstance(found, tuple) and not native_caller() else found

    return _is_package_available


def is_safetensors_available() -> bool:
    """True: transformers 5 cannot be installed without safetensors."""
    return True


def is_tf_available() -> bool:
    """False: whatever is installed beside it, transformers 5 has no TensorFlow models."""
    return False


def is_flax_available() -> bool:
    """False: whatever is installed beside it, transformers 5 has no Flax models."""
    return False


def is_keras_nlp_available() -> bool:
    """False: transformers 5 has no TensorFlow tokenizers."""
    return False


def is_tensorflow_text_available() -> bool:
    """False: transformers 5 has no TensorFlow tokenizers."""
    return False


def is_tensorflow_probability_available() -> bool:
    """False: transformers 5 has no TensorFlow models."""
    return False


def is_tf2onnx_available() -> bool:
    """False: transformers 5 exports no TensorFlow models."""
    return False


def is_eetq_available() -> bool:
    return _installed("eetq")


def is_ftfy_available() -> bool:
    return _installed("ftfy")


def is_bitsandbytes_multi_backend_available() -> bool:
    """Whether bitsandbytes is there, and says that it works on other devices than NVIDIA's."""
    if not _installed("bitsandbytes"):
        return False
    import bitsandbytes  # type: ignore[import-not-found]

    return "multi_backend" in getattr(bitsandbytes, "features", ())


def is_jieba_available() -> bool:
    return _installed("jieba")


def is_quanto_available() -> bool:
    """Whether the package `quanto` is there, which became optimum.quanto (`is_optimum_quanto_available`)."""
    return _installed("quanto")


def is_auto_awq_available() -> bool:
    return _installed("awq")


def is_auto_gptq_available() -> bool:
    return _installed("auto_gptq")


def is_ccl_available() -> bool:
    return _installed("torch_ccl") or _installed("oneccl_bindings_for_pytorch")


def is_ipex_available(min_version: str = "") -> bool:
    """Whether Intel's extension is there, was built for this torch (same major and minor), and is new enough."""
    if not _installed("intel_extension_for_pytorch"):
        return False
    from packaging.version import Version

    try:
        ours = Version(metadata.version("intel_extension_for_pytorch"))
    except metadata.PackageNotFoundError:
        return False
    if ours.release[:2] != Version(metadata.version("torch")).release[:2]:
        return False
    return not min_version or ours >= Version(min_version)


def is_torch_tpu_available(check_device: bool = True) -> bool:
    """Whether torch_xla is there and, with `check_device`, finds a device."""
    if not _installed("torch_xla"):
        return False
    if check_device:
        from torch_xla.core import xla_model  # type: ignore[import-not-found]

        try:
            xla_model.xla_device()
        except RuntimeError:
            return False
    return True


def _installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None
