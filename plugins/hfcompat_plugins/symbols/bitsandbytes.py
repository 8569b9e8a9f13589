"""Of `transformers.integrations.bitsandbytes`: which modules stay in full precision, and replacing the others."""

from __future__ import annotations

import copy
from collections.abc import Collection
from typing import Any

from hfcompat_plugins.symbols.empty_weights import find_tied_parameters, init_empty_weights
from torch import nn

__all__ = ["_replace_with_bnb_linear", "get_keys_to_not_convert"]


def get_keys_to_not_convert(model: Any) -> list[str]:
    """Modules to leave alone: the output embeddings where no weights are tied; otherwise the tied ones, and whatever
    holds the last parameter. transformers 5 leaves all of these, and the order is not defined in either case."""
    tied_model = copy.deepcopy(model)
    tied_model.tie_weights()
    tied = {name for group in find_tied_parameters(tied_model) for name in group}
    if not tied and (head := model.get_output_embeddings()) is not None:
        return [name for name, module in model.named_modules() if module is head]
    last = [name for name, _ in model.named_parameters()][-1]
    return [name.replace(".weight", "").replace(".bias", "") for name in (*tied, *({last} - tied))]


def _replace_with_bnb_linear(
    model: nn.Module,
    modules_to_not_convert: Collection[str] | None = None,
    current_key_name: list[str] | None = None,
    quantization_config: Any = None,
    has_been_replaced: bool = False,
) -> tuple[nn.Module, bool]:
    """Put empty layers of bitsandbytes into the place of `nn.Linear` and `Conv1D`.

    Args:
        modules_to_not_convert: names, or beginnings or other parts of dotted paths, that are left alone.
        current_key_name: the path of `model` in a larger one.
        quantization_config: a `BitsAndBytesConfig`.

    Returns:
        The model, changed in place, and whether anything was replaced (or `has_been_replaced`).

    Raises:
        ImportError: when bitsandbytes is not installed.
    """
    from transformers.pytorch_utils import Conv1D

    keep = modules_to_not_convert or ()
    path = current_key_name or []
    for name, module in model.named_children():
        here = ".".join([*path, name])
        kept = name in keep or any(key == here or key + "." in here for key in keep)
        if isinstance(module, (nn.Linear, Conv1D)) and not kept:
            made = _layer(module, name, quantization_config)
            if made is not None:
                model._modules[name] = made
                has_been_replaced = True
            replacement: Any = model._modules[name]
            replacement.source_cls = type(module)  # the weights of Conv1D are transposed when they are loaded
            replacement.requires_grad_(False)
        if next(module.children(), None) is not None:
            _, has_been_replaced = _replace_with_bnb_linear(
                module, keep, [*path, name], quantization_config, has_been_replaced
            )
    return model, has_been_replaced


def _layer(module: Any, name: str, config: Any) -> Any:
    import bitsandbytes as bnb  # type: ignore[import-not-found]

    sizes = (module.in_features, module.out_features) if isinstance(module, nn.Linear) else tuple(module.weight.shape)
    with init_empty_weights():
        if config.quantization_method() == "llm_int8":
            return bnb.nn.Linear8bitLt(
                *sizes,
                module.bias is not None,
                has_fp16_weights=config.llm_int8_has_fp16_weight,
                threshold=config.llm_int8_threshold,
            )
        if config.llm_int8_skip_modules is not None and name in config.llm_int8_skip_modules:
            return None
        return bnb.nn.Linear4bit(
            *sizes,
            module.bias is not None,
            config.bnb_4bit_compute_dtype,
            compress_statistics=config.bnb_4bit_use_double_quant,
            quant_type=config.bnb_4bit_quant_type,
            quant_storage=config.bnb_4bit_quant_storage,
        )
