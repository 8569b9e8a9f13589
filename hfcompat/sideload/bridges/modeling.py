"""Models under the runtime's defaults, its Trainer and its registry of attention functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hfcompat.origin import is_native
from hfcompat.sideload.bridges.identity import both, of_runtime

__all__ = ["attention", "base"]


def base(theirs: Any) -> Any:
    """`PreTrainedModel`."""

    def from_pretrained(cls: Any, pretrained_model_name_or_path: Any, *model_args: Any, **kwargs: Any) -> Any:
        import torch

        if kwargs.get("dtype") is None and kwargs.get("torch_dtype") is None:
            kwargs["dtype"] = torch.get_default_dtype()  # the runtime's default; the wheel's is "auto"
        return super(made, cls).from_pretrained(pretrained_model_name_or_path, *model_args, **kwargs)

    def load_state_dict(self: Any, state_dict: Mapping[str, Any], *args: Any, **kwargs: Any) -> Any:
        """As of `nn.Module`. What save_pretrained wrote is understood too: Trainer resumes from that."""
        own = self.state_dict()
        if any(name not in own for name in state_dict):
            state_dict = _converted(self, state_dict)
        return super(made, self).load_state_dict(state_dict, *args, **kwargs)

    from_pretrained.__doc__ = theirs.from_pretrained.__doc__
    body = {"from_pretrained": classmethod(from_pretrained), "load_state_dict": load_state_dict}
    made = both(theirs, of_runtime("modeling_utils", "PreTrainedModel"), body)
    return made


def _converted(model: Any, state_dict: Mapping[str, Any]) -> dict[str, Any]:
    """Tensors in the layout of the Hub in the layout of the model; names that stay unknown are left for it to judge."""
    loaded, told = type(model).from_pretrained(
        None, config=model.config, state_dict=dict(state_dict), dtype=model.dtype, output_loading_info=True
    )
    converted = {name: value for name, value in loaded.state_dict().items() if name not in told["missing_keys"]}
    return converted | {name: state_dict[name] for name in told["unexpected_keys"] if name in state_dict}


def attention(theirs: Any) -> Any:
    """`AttentionInterface`: what somebody registered with the runtime is found too.

    The class stays, since the registry is made in the module that defines it. Masks are not shared: the functions that
    make them take other arguments.
    """
    names, runtime = theirs.__iter__, of_runtime("modeling_utils", "ALL_ATTENTION_FUNCTIONS")

    class Registered(dict[str, Any]):
        """Looked into last, so that a lookup costs what it costs on 5.x."""

        def __missing__(self, key: str) -> Any:
            return runtime[key]

    def __iter__(self: Any) -> Iterator[str]:
        yield from names(self)
        yield from (key for key in runtime if key not in set(names(self)) and not is_native(runtime[key]))

    theirs._global_mapping, theirs.__iter__ = Registered(theirs._global_mapping), __iter__
    return theirs
