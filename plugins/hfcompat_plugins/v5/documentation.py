"""`auto_docstring`, which 4.x has for models and image processors only."""

from __future__ import annotations

import types
from typing import Any, Union, get_args


def of_any_class(original: Any) -> Any:
    """`auto_class_docstring`: a class that it knows nothing of, a configuration say, keeps its documentation."""

    def auto_class_docstring(cls: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(cls, *args, **kwargs)
        except ValueError:
            return cls

    return auto_class_docstring


def of_any_method(original: Any) -> Any:
    """`auto_method_docstring`: a method that returns a class without documentation keeps what it has."""

    def auto_method_docstring(func: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(func, *args, **kwargs)
        except ValueError:
            return func

    return auto_method_docstring


def of_unions(original: Any) -> Any:
    """`_process_parameter_type`, which stops at an annotation `X | Y`."""

    def _process_parameter_type(param: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(param.annotation, types.UnionType):
            param = param.replace(annotation=Union[get_args(param.annotation)])  # noqa: UP007
        return original(param, *args, **kwargs)

    return _process_parameter_type
