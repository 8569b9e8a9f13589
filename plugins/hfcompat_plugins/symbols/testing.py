"""Decorators of `transformers.testing_utils` for tests that need something that may be missing."""

from __future__ import annotations

import functools
import importlib.util
import os
import unittest
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import torch
from hfcompat_plugins.symbols.availability import is_bitsandbytes_multi_backend_available, is_ipex_available

Decorator = Callable[[Any], Any]

jax_device = None  # no Flax, no device


def _requires(name: str, *modules: str) -> Decorator:
    """A decorator called `name` that skips a test, or the tests of a class, unless one of `modules` is installed."""

    def decorator(test_case: Any) -> Any:
        there = any(importlib.util.find_spec(module) for module in modules)
        return unittest.skipUnless(there, f"test requires {' or '.join(modules)}")(test_case)

    decorator.__name__ = decorator.__qualname__ = name
    decorator.__doc__ = f"Skips a test, or the tests of a class, unless {' or '.join(modules)} is installed."
    return decorator


def _never(name: str, what: str) -> Decorator:
    """A decorator called `name` that always skips: transformers has nothing left to test."""

    def decorator(test_case: Any) -> Any:
        return unittest.skip(f"transformers no longer has {what}")(test_case)

    decorator.__name__ = decorator.__qualname__ = name
    decorator.__doc__ = f"Skips a test, or the tests of a class: transformers no longer has {what}."
    return decorator


require_auto_awq = _requires("require_auto_awq", "awq")
require_auto_gptq = _requires("require_auto_gptq", "auto_gptq")
require_eetq = _requires("require_eetq", "eetq")
require_ftfy = _requires("require_ftfy", "ftfy")
require_gptq = _requires("require_gptq", "gptqmodel", "auto_gptq")
require_jieba = _requires("require_jieba", "jieba")
require_quanto = _requires("require_quanto", "quanto")
require_safetensors = _requires("require_safetensors", "safetensors")
require_soundfile = _requires("require_soundfile", "soundfile")
require_torch_or_tf = _requires("require_torch_or_tf", "torch")
require_torch_sdpa = _requires("require_torch_sdpa", "torch")
require_torchdynamo = _requires("require_torchdynamo", "torch")
require_torch_bf16_cpu = _requires("require_torch_bf16_cpu", "torch")

require_flax = _never("require_flax", "Flax models")
require_keras_nlp = _never("require_keras_nlp", "TensorFlow tokenizers")
require_sigopt = _never("require_sigopt", "a SigOpt backend")
require_tensorflow_probability = _never("require_tensorflow_probability", "TensorFlow models")
require_tensorflow_text = _never("require_tensorflow_text", "TensorFlow tokenizers")
require_tf = _never("require_tf", "TensorFlow models")
require_tf2onnx = _never("require_tf2onnx", "an exporter of TensorFlow models")
is_pt_tf_cross_test = _never("is_pt_tf_cross_test", "TensorFlow models")
is_pt_flax_cross_test = _never("is_pt_flax_cross_test", "Flax models")


def require_intel_extension_for_pytorch(test_case: Any) -> Any:
    """Skips a test, or the tests of a class, unless Intel's extension is installed and fits the installed torch."""
    reason = "test requires Intel's extension of the installed torch's version"
    return unittest.skipUnless(is_ipex_available(), reason)(test_case)


def require_torch_bf16_gpu(test_case: Any) -> Any:
    """Skips a test, or the tests of a class, unless there is a GPU that computes in bfloat16."""
    there = torch.cuda.is_available() and torch.cuda.is_bf16_supported()
    return unittest.skipUnless(there, "test requires a GPU with bfloat16")(test_case)


def require_torch_gpu_if_bnb_not_multi_backend_enabled(test_case: Any) -> Any:
    """Skips a test, or the tests of a class, unless there is a GPU, or a bitsandbytes for other devices."""
    if is_bitsandbytes_multi_backend_available():
        return test_case
    from transformers.testing_utils import require_torch_gpu

    return require_torch_gpu(test_case)


def require_read_token(test_case: Any) -> Any:
    """Runs a test, or the tests and other methods of a class, with the token of HF_HUB_READ_TOKEN, if that is set."""
    if isinstance(test_case, type):
        for name, value in list(vars(test_case).items()):
            if callable(value) and not isinstance(value, type):
                setattr(test_case, name, require_read_token(value))
        return test_case

    @functools.wraps(test_case)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        token = os.getenv("HF_HUB_READ_TOKEN")
        if token is None:
            return test_case(*args, **kwargs)
        with patch("huggingface_hub.utils._headers.get_token", return_value=token):
            return test_case(*args, **kwargs)

    return wrapper


def get_device_count() -> int:
    """Number of GPUs (of XPUs, where there are some)."""
    xpu = getattr(torch, "xpu", None)
    return xpu.device_count() if xpu is not None and xpu.is_available() else torch.cuda.device_count()


def set_model_tester_for_less_flaky_test(test_case: Any) -> None:
    """Make the model of `test_case.model_tester` one layer deep, where its tests allow that."""
    tester = test_case.model_tester
    needs_depth = (
        "ZambaModelTester", "Zamba2ModelTester", "RwkvModelTester", "AriaVisionText2TextModelTester",
        "GPTNeoModelTester", "DPTModelTester",
    )  # fmt: skip
    staged = hasattr(tester, "out_features") or hasattr(tester, "out_indices")
    if not staged and type(tester).__name__ not in needs_depth:
        if hasattr(tester, "num_hidden_layers"):
            tester.num_hidden_layers = 1
        for part in ("vision_config", "text_config"):
            sizes = getattr(tester, part, {})
            if "num_hidden_layers" in sizes:
                setattr(tester, part, {**sizes, "num_hidden_layers": 1})
    if hasattr(tester, "num_hidden_groups"):
        tester.num_hidden_groups = tester.num_hidden_layers
