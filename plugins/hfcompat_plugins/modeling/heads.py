"""Where the attention heads of a model of transformers are: the layers that make them, and the one that joins them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import nn

# What the families call them. All lay their heads side by side, so head h is features h*size to (h+1)*size.
_SEPARATE = (
    ("query", "key", "value"),
    ("q_proj", "k_proj", "v_proj"),
    ("q_lin", "k_lin", "v_lin"),
    ("q", "k", "v"),
)
_FUSED = ("c_attn",)
_JOINING = ("o_proj", "out_proj", "out_lin", "c_proj", "o", "dense")
_COUNTS = ("num_attention_heads", "num_heads", "n_heads", "n_head")
_CROSS = {"crossattention", "cross_attention", "cross_attn", "encoder_attn", "encoder_attention", "EncDecAttention"}


@dataclass(frozen=True)
class Place:
    """An attribute of a module that holds a layer."""

    module: nn.Module
    name: str

    @property
    def layer(self) -> Any:
        return getattr(self.module, self.name)


@dataclass(frozen=True)
class Attention:
    """One attention of a model.

    Attributes:
        module: where the heads are counted.
        outer: the module around it that has the joining layer, often the same one.
        counter: the attribute of `module` that is the number of heads.
        inputs: the layers that make queries, keys and values; one, where they are made at once.
        joining: the layer whose input is the heads side by side.
        cross: whether it attends to another sequence.
    """

    module: Any
    outer: Any
    counter: str
    inputs: tuple[Place, ...]
    joining: Place
    cross: bool

    @property
    def heads(self) -> int:
        return getattr(self.module, self.counter)

    @property
    def size(self) -> int:
        """Features of one head."""
        return features(self.joining.layer) // self.heads


def features(layer: Any) -> int:
    """Input features of a Linear or of a Conv1D, whose weight is transposed."""
    return layer.in_features if isinstance(layer, nn.Linear) else layer.weight.shape[0]


def attentions(model: nn.Module) -> list[Attention]:
    """The attentions of `model`, in the order of its modules."""
    modules = dict(model.named_modules())
    found = [_attention(modules, name) for name in modules]
    return [attention for attention in found if attention is not None]


def _attention(modules: dict[str, nn.Module], name: str) -> Attention | None:
    module = modules[name]
    counter = next((c for c in _COUNTS if isinstance(getattr(module, c, None), int)), None)
    inputs = _inputs(module)
    if counter is None or not inputs:
        return None
    joining = next((Place(module, n) for n in _JOINING if _is_layer(getattr(module, n, None))), None)
    outer: Any = module
    if joining is None:
        outer = modules.get(name.rpartition(".")[0]) if name else None
        dense = getattr(getattr(outer, "output", None), "dense", None)
        if not _is_layer(dense):
            return None
        joining = Place(outer.output, "dense")
    return Attention(module, outer, counter, inputs, joining, not _CROSS.isdisjoint(name.split(".")))


def _inputs(module: nn.Module) -> tuple[Place, ...]:
    for names in (*_SEPARATE, *((name,) for name in _FUSED)):
        if all(_is_layer(getattr(module, name, None)) for name in names):
            return tuple(Place(module, name) for name in names)
    return ()


def _is_layer(thing: object) -> bool:
    return isinstance(thing, nn.Linear) or type(thing).__name__ == "Conv1D"
