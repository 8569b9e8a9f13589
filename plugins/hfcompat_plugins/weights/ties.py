"""Tied weights of models that declare them as 4.x wanted it: a list of names, or nothing, or a method that ties.

Since 5.0 a class declares `{target: source}`, and only that is tied. Before, the output embeddings got the weight of
the input embeddings unless the config said no, methods named `_tie_weights` tied the rest, and `_tied_weights_keys` was
a list of patterns to leave out of a checkpoint. Which weights a model of the old kind shares is found by tying it that
way and looking.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import MethodType
from typing import Any

import torch
from hfcompat_plugins.weights.parts import looked_at_once
from torch import nn

from hfcompat.origin import is_native

_APART = "_has_head_of_its_own"
"""Set on a model whose class declares nothing, and whose checkpoint has another head than its embeddings."""


def is_legacy(model: Any) -> bool:
    """Whether the class is foreign and declares no mapping."""
    return not is_native(type(model)) and not isinstance(getattr(model, "_tied_weights_keys", None), dict)


def v4_tied_weights(model: Any) -> dict[str, str]:
    """The embeddings that `tie_weights()` of 4.57 ties in `model` itself, as `{target: source}` in dotted names."""
    if not getattr(model.config.get_text_config(decoder=True), "tie_word_embeddings", True):
        return {}
    if model._tied_weights_keys is None and (_APART in vars(model) or not _says_that_it_ties(model)):
        return {}
    try:
        target, source = model.get_output_embeddings(), model.get_input_embeddings()
    except NotImplementedError:
        return {}
    names = {id(module): name for name, module in model.named_modules()}
    if target is source or not {id(target), id(source)} <= names.keys():
        return {}
    if getattr(target, "weight", None) is None or getattr(source, "weight", None) is None:
        return {}
    return {_weight(names[id(target)]): _weight(names[id(source)])}


def get_expanded_tied_weights_keys(original: Any) -> Any:
    def get_expanded_tied_weights_keys(self: Any, all_submodels: bool = False) -> dict[str, str]:
        if not all_submodels and is_legacy(self):
            return v4_tied_weights(self)
        if not all_submodels and not is_native(type(self)) and not _config_speaks_of_ties(self.config):
            return {}  # a mapping is of 5.x, where a config that says nothing means no
        return original(self, all_submodels)  # type: ignore[no-any-return]

    return get_expanded_tied_weights_keys


def tie_weights(original: Any) -> Any:
    """`tie_weights()` that goes on with what foreign modules tie by methods of their own."""

    def tie_weights(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        if is_native(type(self)):
            return
        if is_legacy(self) and _ties_encoder_to_decoder(self):
            base = getattr(self, self.base_model_prefix, self)
            self._dynamic_tied_weights_keys = self._tie_encoder_decoder_weights(
                base.encoder, base.decoder, self.base_model_prefix, "encoder"
            )
        for module in self.modules():
            if hasattr(type(module), "_tie_weights"):
                module._tie_weights()
            elif is_legacy(self) and is_native(module) and _is_prediction_head(module):
                module.decoder.bias = module.bias

    return tie_weights


def init_weights(original: Any) -> Any:
    """`init_weights()` of a model that overrides `tie_weights(self)` without the keywords of 5.0."""

    def init_weights(self: Any) -> None:
        override = old_override(self)
        if override is None:
            return original(self)  # type: ignore[no-any-return]
        with _instead(self, lambda **_: override()):
            return original(self)  # type: ignore[no-any-return]

    return init_weights


def finalize(original: Any) -> Any:
    """The end of loading: ties by name, as 5.x does, then once more as the class itself does it."""

    def finalize(model: Any, load_config: Any, loading_info: Any) -> Any:
        if is_native(type(model)):
            with looked_at_once(model):
                return original(model, load_config, loading_info)
        # Up to 5.2 a module that has several names counts as missing under all but one of them.
        aliases = loading_info.missing_keys - model.all_tied_weights_keys.keys()
        loading_info.missing_keys.difference_update(name for name in aliases if _is_loaded(model, name))
        if not is_legacy(model):
            return original(model, load_config, loading_info)
        pair = [] if model._tied_weights_keys is not None else [*v4_tied_weights(model).items()]
        both = pair and loading_info.missing_keys.isdisjoint(pair[0])
        with _instead(model, MethodType(_base_method(model), model)):
            info = original(model, load_config, loading_info)
        if both and _differ(model, *pair[0]):
            vars(model)[_APART] = True
        model.tie_weights()
        return info

    return finalize


def old_override(model: Any) -> Callable[[], None] | None:
    """The model's own `tie_weights`, if it takes no keywords."""
    if is_native(type(model).tie_weights):
        return None
    parameters = inspect.signature(type(model).tie_weights).parameters.values()
    new = any(p.name == "recompute_mapping" or p.kind is p.VAR_KEYWORD for p in parameters)
    return None if new else model.tie_weights


def declare(model: Any) -> None:
    """Puts what the model shares into `all_tied_weights_keys`, by which 5.x loads, and parts it for the loading."""
    if is_legacy(model):
        model.tie_weights()
    declared = model.all_tied_weights_keys
    for names in shared_names(model):
        source = next((declared[name] for name in names if declared.get(name) in names), names[0])
        for name in names:
            if name != source:
                declared.setdefault(name, source)
                holder, leaf = parent(model, name)
                shared = holder._parameters[leaf]
                holder._parameters[leaf] = nn.Parameter(torch.empty_like(shared), shared.requires_grad)


def shared_names(model: nn.Module) -> list[list[str]]:
    """The names of each parameter that several modules hold; a module that has several names counts once."""
    seen: set[tuple[int, str]] = set()
    groups: dict[int, list[str]] = defaultdict(list)
    for name, parameter in model.named_parameters(remove_duplicate=False):
        holder, leaf = parent(model, name)
        if (id(holder), leaf) not in seen:
            seen.add((id(holder), leaf))
            groups[id(parameter)].append(name)
    return [names for names in groups.values() if len(names) > 1]


def parent(model: nn.Module, name: str) -> tuple[nn.Module, str]:
    """The module that holds what has this dotted name, and its name there."""
    path, _, leaf = name.rpartition(".")
    return model.get_submodule(path), leaf


def get_tied_weight_keys(original: Any) -> Any:
    """Patterns of the names that a checkpoint leaves out: they may be a list, or be known to the model only."""

    def _get_tied_weight_keys(module: nn.Module) -> list[str]:
        lists = (getattr(part, "_tied_weights_keys", None) for part in module.modules())
        if is_native(module) and not any(isinstance(keys, (list, tuple, set)) for keys in lists):
            return original(module)  # type: ignore[no-any-return]
        found = [f"^{re.escape(name)}$" for name in getattr(module, "all_tied_weights_keys", ())]
        for name, part in module.named_modules():
            for keys in ("_tied_weights_keys", "_dynamic_tied_weights_keys"):
                found += [f"{name}.{key}" if name else key for key in getattr(part, keys, None) or ()]
        return found

    return _get_tied_weight_keys


def remove_tied_weights(original: Any) -> Any:
    """What a foreign model shares and declares nowhere is saved under each of its names, and so loads everywhere."""

    def remove_tied_weights_from_state_dict(state_dict: dict[str, Any], model: Any) -> dict[str, Any]:
        if is_native(model):
            return original(state_dict, model)  # type: ignore[no-any-return]
        left_out = sys.modules["transformers.modeling_utils"]._get_tied_weight_keys(model)
        groups: dict[Any, list[str]] = defaultdict(list)
        for name, tensor in state_dict.items():
            if isinstance(tensor, torch.Tensor) and tensor.device.type != "meta":
                storage = tensor.untyped_storage()
                groups[tensor.device, storage.data_ptr(), storage.nbytes()].append(name)
        for names in groups.values():
            undeclared = [name for name in names if not any(re.search(pattern, name) for pattern in left_out)]
            for name in undeclared[1:]:
                state_dict[name] = state_dict[name].clone()
        return original(state_dict, model)  # type: ignore[no-any-return]

    return remove_tied_weights_from_state_dict


def tie_or_clone_weights(self: Any, output_embeddings: nn.Module, input_embeddings: nn.Module) -> None:
    """Gives `output_embeddings` the weight of `input_embeddings`, or a copy of it under `config.torchscript`.

    Its bias, if it has one, is cut or padded with zeros to the number of tokens.
    """
    weight: Any = input_embeddings.weight
    output_embeddings.weight = nn.Parameter(weight.clone()) if getattr(self.config, "torchscript", False) else weight
    bias: Any = getattr(output_embeddings, "bias", None)
    if bias is not None:
        bias.data = nn.functional.pad(bias.data, (0, len(weight) - len(bias)))
    if hasattr(output_embeddings, "out_features") and hasattr(input_embeddings, "num_embeddings"):
        output_embeddings.out_features = input_embeddings.num_embeddings  # type: ignore[assignment]


def _tie_encoder_decoder_weights(
    encoder: nn.Module, decoder: nn.Module, base_model_prefix: str, base_encoder_name: str
) -> list[str]:
    """Gives the encoder the decoder's weights, module by module, where both have one. Returns the encoder's names."""
    tied: list[str] = []
    _tie_modules(encoder, decoder, base_encoder_name, tied)
    return tied


tie_encoder_decoder_weights = staticmethod(_tie_encoder_decoder_weights)


def _tie_modules(encoder: nn.Module, decoder: nn.Module, name: str, tied: list[str]) -> None:
    if hasattr(decoder, "weight"):
        for leaf in ("weight", "bias"):
            if hasattr(decoder, leaf):
                setattr(encoder, leaf, getattr(decoder, leaf))
                tied.append(f"{name}.{leaf}")
        return
    skipped = 0  # layers that only the decoder has, such as cross-attention in a list of sublayers
    for child, module in decoder.named_children():
        theirs = str(int(child) - skipped) if child.isdigit() else child
        other = encoder._modules.get(theirs)
        if child.isdigit() and len(encoder._modules) != len(decoder._modules) and not isinstance(module, type(other)):
            skipped += 1
        elif other is not None:
            _tie_modules(other, module, f"{name}.{theirs}", tied)


def _says_that_it_ties(model: Any) -> bool:
    """Whether config or class says so itself: that a class without keys is tied is no longer a matter of course."""
    config = model.config.get_text_config(decoder=True)
    own_embeddings = not is_native(type(model).get_output_embeddings)
    return own_embeddings or bool(vars(config).get("tie_word_embeddings"))


def _config_speaks_of_ties(config: Any) -> bool:
    """Whether `tie_word_embeddings` is said by a config or its class, and is not the default of 4.x."""
    name = "tie_word_embeddings"
    return name in vars(config) or any(name in vars(base) for base in type(config).__mro__)


def _differ(model: Any, one: str, other: str) -> bool:
    first, second = model.get_parameter(one), model.get_parameter(other)
    if first.is_meta or second.is_meta:
        return False
    return first.shape != second.shape or not torch.equal(first, second.to(first.device))


def _ties_encoder_to_decoder(model: Any) -> bool:
    return bool(
        getattr(model.config, "is_encoder_decoder", False) and getattr(model.config, "tie_encoder_decoder", False)
    )


def _is_prediction_head(module: nn.Module) -> bool:
    """Whether it holds a bias beside its decoder's: up to 4.57 its own `_tie_weights` made one of them."""
    decoder, bias = module._modules.get("decoder"), module._parameters.get("bias")
    theirs = getattr(decoder, "bias", None)
    return isinstance(decoder, nn.Linear) and bias is not None and theirs is not None and bias.shape == theirs.shape


@contextmanager
def _instead(model: Any, tie_weights: Callable[..., None]) -> Iterator[None]:
    """`model.tie_weights` is another one for a while."""
    before = vars(model).get("tie_weights")
    vars(model)["tie_weights"] = tie_weights
    try:
        yield
    finally:
        del vars(model)["tie_weights"]
        if before is not None:
            vars(model)["tie_weights"] = before


def _is_loaded(model: Any, name: str) -> bool:
    return getattr(model.get_parameter_or_buffer(name), "_is_hf_initialized", False)


def _base_method(model: Any) -> Any:
    return next(
        vars(cls)["tie_weights"] for cls in type(model).__mro__ if is_native(cls) and "tie_weights" in vars(cls)
    )


def _weight(module: str) -> str:
    return f"{module}.weight" if module else "weight"
