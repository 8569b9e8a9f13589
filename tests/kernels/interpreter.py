"""What Triton's interpreter lacks for Liger's kernels: two functions of libdevice, and float arguments that are tensors.

On a CPU, `tl.extra.libdevice` has stubs alone, which return None.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy
import triton
import triton.language as tl
from triton.runtime import interpreter

__all__ = ["complete"]


@triton.jit
def rsqrt(x):
    return 1 / tl.sqrt(x)


@triton.jit
def tanh(x):
    return 1 - 2 / (tl.exp(2 * x) + 1)


def complete() -> None:
    """Make up the difference in this process; call it before Liger is imported."""
    for name in ("triton.language.extra.libdevice", "triton.language.extra.cuda.libdevice"):
        module = importlib.import_module(name)
        module.rsqrt, module.tanh = rsqrt, tanh

    convert = interpreter._implicit_cvt

    def converted(argument: Any) -> Any:
        """A compiled kernel gets floats as tensors, and Liger casts them with `.to`; the interpreter leaves them be."""
        if type(argument) is float:
            return tl.tensor(interpreter.TensorHandle(numpy.array([argument], numpy.float32), tl.float32), tl.float32)
        return convert(argument)

    interpreter._implicit_cvt = converted
