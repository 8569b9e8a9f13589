"""Loading a checkpoint into a model that was built off the meta device: what `__init__` computed stays.

5.x gives every non-persistent buffer and every missing weight fresh memory, and initialises again what a module does
not have from the checkpoint. For foreign classes the memory keeps what was in it, and what was loaded is never
overwritten.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from hfcompat_plugins.weights import ties
from hfcompat_plugins.weights.construction import twin
from hfcompat_plugins.weights.parts import has_foreign, is_foreign, kinds
from torch import nn

from hfcompat.origin import is_native


def load(original: Any) -> Any:
    """`_load_pretrained_model`: ties made by the class itself are declared before, frozen parameters frozen after."""

    def _load_pretrained_model(*args: Any, **kwargs: Any) -> Any:
        model: Any = next(arg for arg in (*args, *kwargs.values()) if isinstance(arg, nn.Module))
        if is_native(type(model)):
            return original(*args, **kwargs)
        ties.declare(model)
        frozen = [name for name, parameter in model.named_parameters() if not parameter.requires_grad]
        found = original(*args, **kwargs)
        for name in frozen:
            model.get_parameter(name).requires_grad_(False)
        return found

    return _load_pretrained_model


def load_4(original: Any) -> Any:
    """The same from 4.51 to 4.57, which loads each name by itself: what was shared is what was loaded."""

    def _load_pretrained_model(cls: type, model: Any, *args: Any, **kwargs: Any) -> Any:
        if is_native(type(model)):
            return original(cls, model, *args, **kwargs)
        shared = [(names, model.get_parameter(names[0])) for names in ties.shared_names(model)]
        found = original(cls, model, *args, **kwargs)
        for names, parameter in shared:
            loaded = [name for name in names if model.get_parameter(name) is not parameter]
            for name in set(names) - set(loaded) if loaded else ():
                holder, leaf = ties.parent(model, name)
                setattr(holder, leaf, model.get_parameter(loaded[0]))
        return found

    return _load_pretrained_model


def part_missing_keys(original: Any) -> Any:
    """`_move_missing_keys_from_meta_to_cpu` of 4.53 to 4.57: what is missing is no longer shared with what is not.

    A parameter on the meta device is exchanged there, and so gets its own. One that was built off it would count as
    loaded by its other name. What was shared is shared again once all is loaded.
    """

    def _move_missing_keys_from_meta_to_cpu(self: Any, missing_keys: Any, *args: Any, **kwargs: Any) -> Any:
        if not is_native(type(self)):
            for names in ties.shared_names(self):
                missing = [name for name in names if name in missing_keys]
                for name in missing if len(missing) < len(names) else ():
                    holder, leaf = ties.parent(self, name)
                    shared = holder._parameters[leaf]
                    holder._parameters[leaf] = nn.Parameter(torch.empty_like(shared), shared.requires_grad)
        return original(self, missing_keys, *args, **kwargs)

    return _move_missing_keys_from_meta_to_cpu


def move_missing_keys(original: Any) -> Any:
    """`_move_missing_keys_from_meta_to_device`, which fills with what `__init__` computed."""

    def _move_missing_keys_from_meta_to_device(
        self: Any, missing_keys: Any, device_map: Any, device_mesh: Any, hf_quantizer: Any
    ) -> None:
        # A quantizer puts modules of its own into native models, and fills them itself.
        computed = _computed(self, missing_keys) if hf_quantizer is None or not is_native(type(self)) else {}
        original(self, missing_keys, device_map, device_mesh, hf_quantizer)
        for name, tensor in computed.items():
            moved = self.get_parameter_or_buffer(name)
            if moved is not tensor:
                with torch.no_grad():
                    moved.copy_(tensor)
                moved.requires_grad_(tensor.requires_grad)
                if getattr(tensor, "_is_hf_initialized", False):
                    moved._is_hf_initialized = True

    return _move_missing_keys_from_meta_to_device


def initialize_missing_keys(original: Any) -> Any:
    """`_initialize_missing_keys`, for models with foreign parts: `_init_weights` may write in any way it likes.

    As in 4.57 a module is initialised unless all that is in it was loaded, children first, each by its own model.
    """

    def _initialize_missing_keys(self: Any, *args: Any, **kwargs: Any) -> None:
        base = sys.modules["transformers.modeling_utils"]
        foreign = any(issubclass(kind, base.PreTrainedModel) and not is_native(kind) for kind in kinds(self))
        if not foreign or base.is_deepspeed_zero3_enabled() or base.is_fsdp_enabled():
            original(self, *args, **kwargs)
            return
        initialization = sys.modules["transformers.initialization"]
        with torch.no_grad(), initialization.guard_torch_init_functions():
            _initialize(self, self, base.PreTrainedModel)

    return _initialize_missing_keys


def rename_source_key(original: Any) -> Any:
    """`rename_source_key`, which leaves a name alone that the model has, where it has not the one it would be given."""

    def rename_source_key(
        source_key: str, weight_renamings: Any, weight_converters: Any, *args: Any, **kwargs: Any
    ) -> Any:
        renamed = original(source_key, weight_renamings, weight_converters, *args, **kwargs)
        names = args[1] if len(args) > 1 else kwargs.get("meta_state_dict")
        if names is None or renamed[0] in names:
            return renamed
        kept = original(source_key, [], [], *args, **kwargs)
        return kept if kept[0] in names else renamed

    return rename_source_key


def _initialize(module: nn.Module, model: Any, base: type) -> bool:
    """Returns whether all weights in the module were loaded."""
    loaded = [_initialize(child, child if isinstance(child, base) else model, base) for child in module.children()]
    own = [
        *module._parameters.values(),
        *(t for n, t in module._buffers.items() if n not in module._non_persistent_buffers_set),
    ]
    whole = all(loaded) and all(_is_loaded(tensor) for tensor in own if tensor is not None)
    if not whole or any(tensor is not None for tensor in map(module._buffers.get, module._non_persistent_buffers_set)):
        with _kept(module, recurse=not isinstance(module, base)):
            model._initialize_weights(module)
    return whole


@contextmanager
def _kept(module: nn.Module, *, recurse: bool) -> Iterator[None]:
    """While this lasts the loaded tensors of the module are out of reach; others stand in for them."""
    tensors = [
        t for t in (*module.parameters(recurse), *module.buffers(recurse)) if _is_loaded(t) and not _is_special(t)
    ]
    kept = [(tensor, tensor.data) for tensor in tensors]
    for tensor in tensors:
        tensor.data = torch.empty_like(tensor)
    try:
        yield
    finally:
        for tensor, data in kept:
            tensor.data = data


def _computed(model: Any, missing_keys: Any) -> dict[str, torch.Tensor]:
    """What the original would empty, by name; of a native model only what a foreign module in it computes."""
    if not is_native(type(model)):
        found = {name: model.get_parameter_or_buffer(name) for name in missing_keys}
        found |= dict(model.named_non_persistent_buffers())
        return {
            name: tensor for name, tensor in found.items() if isinstance(tensor, torch.Tensor) and not tensor.is_meta
        }
    if not has_foreign(model):
        return {}
    foreign = {name: part for name, part in model.named_modules() if is_foreign(type(part))}
    found = {f"{name}.{leaf}": tensor for name, part in foreign.items() for leaf, tensor in _unsaved_buffers(part)}
    lost = [name for name, part in foreign.items() if any(_holds_meta(value) for value in vars(part).values())]
    if lost or any(tensor.is_meta for tensor in found.values()):
        other = twin(model, model.dtype)
        found |= {name: other.get_buffer(name) for name, tensor in found.items() if tensor.is_meta}
        for name in lost:
            computed = vars(other.get_submodule(name))
            values = vars(foreign[name])
            values.update({leaf: computed[leaf] for leaf, value in values.items() if _holds_meta(value)})
    return found


def _unsaved_buffers(module: nn.Module) -> list[tuple[str, torch.Tensor]]:
    buffers = [(name, module._buffers[name]) for name in module._non_persistent_buffers_set]
    return [(name, tensor) for name, tensor in buffers if tensor is not None]


def _holds_meta(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_holds_meta(item) for item in value)
    return isinstance(value, torch.Tensor) and value.is_meta


def _is_loaded(tensor: torch.Tensor) -> bool:
    return getattr(tensor, "_is_hf_initialized", False)


def _is_special(tensor: torch.Tensor) -> bool:
    """Quantised and distributed tensors, and such as lie elsewhere: no plain memory to stand in for."""
    return tensor.is_meta or type(tensor) not in (torch.Tensor, nn.Parameter)
