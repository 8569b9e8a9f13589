"""`key_cache` and `value_cache`: the layers' states as the lists that they were up to 4.53.

They are live: what is written goes to the layers, and what the layers do is seen. Each is a `list`, filled as it is
handed out, because `torch.stack` and its like look into a list without asking it anything.
"""

from __future__ import annotations

from typing import Any

import torch
from hfcompat_plugins.cache.layers import keeps_own_states, states_of, write_state, write_states


class LayerStates(list):  # type: ignore[type-arg]
    """Keys or values of a cache by layer, tensors of shape [batch, heads, tokens, head size]."""

    _cache: Any
    _name: str

    @classmethod
    def of(cls, cache: Any, name: str) -> LayerStates:
        # torch.compile follows an instance that is filled by the constructor, not a list.__init__ of ours.
        self = cls(states_of(cache, name))
        self._cache, self._name = cache, name
        return self

    def _now(self) -> list[Any]:
        return states_of(self._cache, self._name)

    def _write(self, states: list[Any]) -> None:
        write_states(self._cache, self._name, states)
        self._refill()

    def _refill(self) -> None:
        if not torch.compiler.is_compiling():
            list.__init__(self, self._now())

    def __getitem__(self, index: Any) -> Any:
        return self._now()[index]

    def __setitem__(self, index: Any, state: Any) -> None:
        states = self._now()
        states[index] = state
        if isinstance(index, slice):
            self._write(states)
        else:
            write_state(self._cache, index if index >= 0 else index + len(states), self._name, state)
            self._refill()

    def __len__(self) -> int:
        return len(self._now())

    def __iter__(self) -> Any:
        return iter(self._now())

    def append(self, state: Any) -> None:
        write_state(self._cache, len(self._now()), self._name, state)
        self._refill()

    def __reduce_ex__(self, protocol: Any) -> Any:
        return list, (self._now(),)

    def __iadd__(self, more: Any) -> Any:
        self.extend(more)
        return self


def _reader(name: str) -> Any:
    def read(self: LayerStates, *args: Any) -> Any:
        return getattr(self._now(), name)(*args)

    read.__name__ = name
    return read


def _writer(name: str) -> Any:
    def write(self: LayerStates, *args: Any, **kwargs: Any) -> Any:
        states = self._now()
        result = getattr(states, name)(*args, **kwargs)
        self._write(states)
        return result

    write.__name__ = name
    return write


for _name in ("__add__", "__mul__", "__rmul__", "__contains__", "__reversed__", "__eq__", "__ne__", "__repr__"):
    setattr(LayerStates, _name, _reader(_name))
for _name in ("copy", "count", "index"):
    setattr(LayerStates, _name, _reader(_name))
for _name in ("__delitem__", "clear", "extend", "insert", "pop", "remove", "reverse"):
    setattr(LayerStates, _name, _writer(_name))


def _states(name: str, states: str) -> property:
    def get(self: Any) -> Any:
        own = self.__dict__.get(name)
        return LayerStates.of(self, states) if own is None else own

    def assign(self: Any, value: Any) -> None:
        if keeps_own_states(self):
            self.__dict__[name] = value
        else:
            write_states(self, states, list(value))

    get.__name__ = assign.__name__ = name
    return property(get, assign, doc=f"`{states}` of every layer, as a live list.")


key_cache = _states("key_cache", "keys")
value_cache = _states("value_cache", "values")


def list_key_cache(original: property) -> property:
    """The same as a list, for code that was written for one."""
    return key_cache


def list_value_cache(original: property) -> property:
    return value_cache


def assignable_key_cache(original: property) -> property:
    """4.54 and 4.55 hand out a live view of their own, which cannot be assigned."""
    return property(original.fget, key_cache.fset, doc=original.__doc__)


def assignable_value_cache(original: property) -> property:
    return property(original.fget, value_cache.fset, doc=original.__doc__)


def append(self: Any, state: Any) -> None:
    """`append` of the view that 4.54 and 4.55 hand out: it knows the layers, not the cache."""
    index = next((i for i, layer in enumerate(self.layers) if getattr(layer, self.cache_type) is None), None)
    if index is None:
        from transformers.cache_utils import DynamicLayer

        index = len(self.layers)
        self.layers.append(DynamicLayer())
    setattr(self.layers[index], self.cache_type, state)
