"""Calls of the v4 cache API, as programs make them, each giving a small answer that can be written down as JSON.

The same calls are recorded on 4.44.2 and 4.53.3 (`record.py`) and replayed on every runtime with hfcompat applied.
`follows` says which recording a scenario is held to: "both" where the two agree, else one, and `why` not the other.
`dialect` is given where the name still exists on some runtime with another meaning, so that code must say its version.
`native_below`: older runtimes have ways of their own that work, and are left alone; those are recorded on 4.49.0.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import torch

FLOAT = torch.float32


@dataclasses.dataclass(frozen=True)
class Scenario:
    name: str
    call: Callable[[], Any]
    follows: str
    why: str
    dialect: str | None
    native_below: str | None


SCENARIOS: dict[str, Scenario] = {}


def scenario(follows: str = "both", why: str = "", dialect: str | None = None, native_below: str | None = None) -> Any:
    def register(call: Callable[[], Any]) -> Callable[[], Any]:
        SCENARIOS[call.__name__] = Scenario(call.__name__, call, follows, why, dialect, native_below)
        return call

    return register


def states(tokens: int, start: int = 1, batch: int = 2, heads: int = 2, width: int = 2) -> torch.Tensor:
    """[batch, heads, tokens, width], never zero: up to 5.3 a static cache takes zeros for free places."""
    count = batch * heads * tokens * width
    return torch.arange(start, start + count, dtype=FLOAT).reshape(batch, heads, tokens, width)


def plain(value: Any) -> Any:
    """`value` in JSON's terms."""
    if isinstance(value, torch.Tensor):
        return value.item() if value.dim() == 0 else {"shape": list(value.shape), "values": value.flatten().tolist()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return value if isinstance(value, (int, float, str, bool, type(None))) else str(value)


def answer(scenario: Scenario) -> Any:
    try:
        return plain(scenario.call())
    except Exception as error:
        return {"raises": type(error).__name__}


def raised(call: Callable[[], Any]) -> str:
    try:
        call()
    except Exception as error:
        return type(error).__name__
    return "nothing"


def dynamic(layers: int = 2, tokens: int = 3) -> Any:
    from transformers import DynamicCache

    cache = DynamicCache()
    for layer in range(layers):
        cache.update(states(tokens, 1 + 100 * layer), -states(tokens, 1 + 100 * layer), layer)
    return cache


def encoder_decoder(layers: int = 2) -> Any:
    from transformers import EncoderDecoderCache

    return EncoderDecoderCache(dynamic(layers, 3), dynamic(layers, 5))


def llama_config(**more: Any) -> Any:
    from transformers import LlamaConfig

    return LlamaConfig(
        hidden_size=4, num_attention_heads=2, num_key_value_heads=2, num_hidden_layers=2, intermediate_size=8,
        vocab_size=16, max_position_embeddings=12, **more,
    )  # fmt: skip


def gemma2_config() -> Any:
    from transformers import Gemma2Config

    return Gemma2Config(
        hidden_size=4, num_attention_heads=2, num_key_value_heads=2, head_dim=2, num_hidden_layers=2,
        intermediate_size=8, vocab_size=16, max_position_embeddings=12, sliding_window=4,
    )  # fmt: skip


def static(batch: int = 2, tokens: int = 6) -> Any:
    from transformers import StaticCache

    return StaticCache(config=llama_config(), max_batch_size=batch, max_cache_len=tokens, device="cpu", dtype=FLOAT)


def at(*positions: int, **more: Any) -> dict[str, Any]:
    return {"cache_position": torch.tensor(positions), **more}


# Lengths


@scenario()
def usable_length_of_a_dynamic_cache():
    from transformers import DynamicCache

    cache = DynamicCache()
    empty = [cache.get_usable_length(4), cache.get_usable_length(4, 1)]
    cache = dynamic()
    cache.update(states(2, 50), states(2, 50), 1)
    return [
        empty,
        cache.get_usable_length(1),
        cache.get_usable_length(1000, 1),
        cache.get_usable_length(1, layer_idx=0),
    ]


@scenario()
def usable_length_of_a_static_cache():
    cache = static()
    cache.update(states(4), states(4), 0, at(0, 1, 2, 3))
    return [int(cache.get_usable_length(n)) for n in (1, 2, 3, 6)]


@scenario("4.53", "4.44 has no get_max_cache_shape, and so no usable length, on an encoder-decoder cache")
def usable_length_of_an_encoder_decoder_cache():
    return encoder_decoder().get_usable_length(2)


@scenario("4.44", "the name was removed in 4.49, and came back in 5.13 with -1 for no limit", dialect="4.44")
def max_length():
    return [dynamic().get_max_length(), static().get_max_length()]


@scenario("4.53", "4.44 has no get_max_cache_shape; since 4.54 no limit is -1", dialect="4.53")
def max_cache_shape():
    return [dynamic().get_max_cache_shape(), static().get_max_cache_shape(), encoder_decoder().get_max_cache_shape()]


@scenario()
def seen_tokens():
    cache = dynamic()
    seen = [cache.seen_tokens, cache._seen_tokens]
    cache.update(states(2), states(2), 0)
    seen.append(cache.seen_tokens)
    cache.key_cache[0] = cache.key_cache[0][:, :, :1]
    cache.value_cache[0] = cache.value_cache[0][:, :, :1]
    seen += [cache.seen_tokens, cache.get_seq_length()]
    cache._seen_tokens = 7
    cache.update(states(2), states(2), 0)
    cache.update(states(2), states(2), 1)
    return [*seen, cache.seen_tokens, cache._seen_tokens, static().seen_tokens]


@scenario()
def sizes_of_a_static_cache():
    cache = static(2, 6)
    sizes = [cache.max_cache_len, cache.max_batch_size, cache.num_key_value_heads, cache.head_dim]
    cache.update(states(4), states(4), 0, at(0, 1, 2, 3))
    return [*sizes, cache.max_cache_len, cache.max_batch_size, int(cache.get_seq_length()), static(1, 9).max_cache_len]


@scenario()
def a_dynamic_cache_has_no_sizes():
    return [hasattr(dynamic(), name) for name in ("max_cache_len", "max_batch_size", "dtype", "device", "head_dim")]


@scenario("4.44", "4.53 keeps the dtype as _dtype")
def dtype_of_a_static_cache():
    return str(static().dtype)


# key_cache and value_cache


@scenario()
def states_are_read_as_lists():
    cache = dynamic(3)
    keys = cache.key_cache
    return [
        len(keys), keys[0], keys[-1], cache.value_cache[1], keys[1:], [key.shape[-2] for key in keys],
        isinstance(keys, list), bool(keys), torch.stack(keys), torch.cat(cache.value_cache), [*keys][2] is keys[2],
        next(reversed(keys)), max(key.sum() for key in keys), raised(lambda: keys[3]), keys[0] is cache.key_cache[0],
    ]  # fmt: skip


@scenario()
def states_are_live():
    cache = dynamic()
    keys = cache.key_cache
    cache.update(states(1), states(1), 0)
    cache.update(states(1), states(1), 2)
    return [len(keys), keys[0].shape[-2], len(cache.value_cache)]


@scenario()
def states_are_written():
    cache = dynamic()
    for layer in range(len(cache)):
        cache.key_cache[layer] = cache.key_cache[layer][:, :, -2:]
        cache.value_cache[layer] = cache.value_cache[layer][:, :, -2:]
    lengths = [cache.get_seq_length(), cache.get_seq_length(1)]
    keys, values = cache.update(states(1, 500), states(1, 600), 1)
    cache.key_cache[0][:, :, 0] = 0
    cache.key_cache[-1] *= 2
    return [lengths, keys, values, cache[0], cache[1], cache.get_seq_length(1)]


@scenario()
def states_are_appended():
    from transformers import DynamicCache

    cache = DynamicCache()
    for layer in range(2):
        cache.key_cache.append(states(3, 10 * layer))
        cache.value_cache.append(states(3, 20 * layer))
    keys, values = cache.update(states(1), states(1), 1)
    return [len(cache), cache.get_seq_length(), keys, values, cache.to_legacy_cache()[0]]


@scenario()
def states_are_lists_in_every_way():
    cache = dynamic(3)
    popped = [cache.key_cache.pop(), cache.value_cache.pop()]
    cache.key_cache.insert(0, states(3, 7))
    cache.value_cache.insert(0, states(3, 8))
    del cache.key_cache[2:]
    del cache.value_cache[2:]
    cache.key_cache.extend([states(3, 70)])
    cache.value_cache += [states(3, 80)]
    cache.key_cache[0:2] = [states(3, 1), states(3, 2)]
    total = len(cache.key_cache + cache.value_cache)
    before = cache.to_legacy_cache()
    cache.key_cache.reverse()
    after = cache.key_cache[0]
    cache.key_cache.clear()
    cache.value_cache.clear()
    return [popped, total, before, after, len(cache), cache.get_seq_length()]


@scenario()
def states_are_assigned():
    from transformers import DynamicCache

    cache = DynamicCache()
    cache.key_cache = [states(2), states(2, 50)]
    cache.value_cache = [states(2, 3), states(2, 53)]
    keys, _ = cache.update(states(1), states(1), 0)
    length = cache.get_seq_length()
    cache.key_cache, cache.value_cache = [], []
    return [length, keys, len(cache), cache.get_seq_length()]


@scenario("4.53", "a skipped layer is an empty list up to 4.49, an empty tensor since", native_below="4.50")
def skipped_layers():
    from transformers import DynamicCache

    cache = DynamicCache()
    cache.update(states(2), states(2), 2)
    return [len(cache), cache.key_cache[0], cache.value_cache[1], cache.get_seq_length(), cache.get_seq_length(2)]


@scenario()
def states_of_a_static_cache():
    cache = static()
    before = [len(cache.key_cache), cache.key_cache[1].shape, cache.value_cache[0].dtype, cache.key_cache[0].sum()]
    cache.update(states(2), states(2, 9), 0, at(0, 1))
    cache.key_cache[0][:, :, 3] = 5.0
    copied = static()
    for layer in range(2):
        copied.key_cache[layer].copy_(cache.key_cache[layer])
        copied.value_cache[layer].copy_(cache.value_cache[layer])
    return [before, cache.key_cache[0], cache.value_cache[0], copied.key_cache[0]]


# Layers as pairs, tuples of tuples


@scenario()
def layers_by_index():
    cache = dynamic()
    keys, values = cache[1]
    return [
        keys,
        values,
        len(cache[0]),
        cache[0][0].shape[2],
        cache[-1][1],
        raised(lambda: cache[2]),
        type(cache[0]).__name__,
    ]


@scenario()
def layers_by_iteration():
    cache = dynamic()
    rows = [[key, value] for key, value in cache]
    for index, (key, value) in enumerate(cache):
        rows.append([index, key.sum(), value.sum()])
    rows += [[key.shape[-2], length] for (key, _), length in zip(cache, cache.key_cache, strict=True)]
    return [rows, {index: value for index, (_, value) in enumerate(cache)}, [layer[0].sum() for layer in cache]]


@scenario(dialect="4.53")
def layers_by_iteration_taken_whole():
    cache = dynamic()
    return [[len(layer) for layer in cache], [torch.stack(layer).shape for layer in cache], tuple(cache)]


@scenario()
def to_and_from_tuples():
    from transformers import DynamicCache

    legacy = dynamic().to_legacy_cache()
    cache = DynamicCache.from_legacy_cache(legacy)
    cache.update(states(1), states(1), 0)
    lists = DynamicCache.from_legacy_cache([list(layer) for layer in legacy])
    nothing = [DynamicCache.from_legacy_cache(), DynamicCache.from_legacy_cache(None)]
    return [
        type(legacy).__name__, type(legacy[0]).__name__, legacy, cache.get_seq_length(), len(cache), legacy[0][0].shape,
        lists.to_legacy_cache()[1], [len(cache) for cache in nothing], type(cache).__name__,
    ]  # fmt: skip


@scenario()
def encoder_decoder_caches():
    from transformers import EncoderDecoderCache

    cache = encoder_decoder()
    named = EncoderDecoderCache(self_attention_cache=dynamic(), cross_attention_cache=dynamic())
    legacy = cache.to_legacy_cache()
    again = EncoderDecoderCache.from_legacy_cache(legacy)
    pairs = EncoderDecoderCache.from_legacy_cache(dynamic().to_legacy_cache())
    return [
        len(cache), cache[1], len(cache[0]), raised(lambda: cache[2]), int(cache.get_seq_length()), legacy, again.is_updated,
        again.to_legacy_cache()[0], pairs.is_updated, len(pairs.to_legacy_cache()[0]), named.is_updated, len(named),
        raised(lambda: pairs[0]), len(EncoderDecoderCache.from_legacy_cache()),
    ]  # fmt: skip


# Cropping


@scenario()
def crop_keeps_so_many():
    lengths = []
    for count in (2, 1, 3, 9, -1, -2):
        cache = dynamic()
        cache.crop(count)
        lengths.append([cache.get_seq_length(), cache[1]])
    named = dynamic()
    named.crop(max_length=1)
    both = encoder_decoder()
    both.crop(2)
    also = encoder_decoder()
    also.crop(maximum_length=1)
    return [lengths, named[0], both[0], int(also.get_seq_length()), also[1][2].shape]


@scenario(dialect="4.53")
def crop_to_nothing():
    cache, both = dynamic(), encoder_decoder()
    cache.crop(0)
    both.crop(0)
    return [cache.get_seq_length(), cache.key_cache[0].shape, both[0][0].shape, both[0][2].shape]


@scenario()
def crop_by_the_generators_helper():
    from types import SimpleNamespace

    from transformers.generation.candidate_generator import _crop_past_key_values
    from transformers.generation.utils import _crop_past_key_values as same

    decoder = SimpleNamespace(config=SimpleNamespace(is_encoder_decoder=False, architectures=None))
    both = SimpleNamespace(config=SimpleNamespace(is_encoder_decoder=True, architectures=None))
    cache = dynamic()
    cropped = _crop_past_key_values(decoder, cache, 2)
    return [
        same is _crop_past_key_values, cropped is cache, cache.get_seq_length(),
        _crop_past_key_values(decoder, dynamic().to_legacy_cache(), 1), _crop_past_key_values(decoder, None, 1),
        _crop_past_key_values(both, encoder_decoder().to_legacy_cache(), 2),
        _crop_past_key_values(decoder, dynamic(), 9).get_seq_length(),
        _crop_past_key_values(decoder, dynamic(), -1).get_seq_length(),
    ]  # fmt: skip


@scenario("4.53", "4.44 makes tuples of an encoder-decoder cache", native_below="4.53")
def crop_of_an_encoder_decoder_cache_by_the_generators_helper():
    from types import SimpleNamespace

    from transformers.generation.candidate_generator import _crop_past_key_values

    both = SimpleNamespace(config=SimpleNamespace(is_encoder_decoder=True, architectures=None))
    cache = _crop_past_key_values(both, encoder_decoder(), 2)
    return [type(cache).__name__, cache[0]]


# Batches


@scenario()
def batches():
    from transformers import DynamicCache, EncoderDecoderCache

    parts = dynamic().batch_split(2, 1)
    joined = DynamicCache.from_batch_splits(parts)
    halves = encoder_decoder().batch_split(2, 1)
    whole = EncoderDecoderCache.from_batch_splits(halves)
    repeated, chosen, reordered = dynamic(), dynamic(), dynamic()
    repeated.batch_repeat_interleave(2)
    chosen.batch_select_indices(torch.tensor([1]))
    reordered.reorder_cache(torch.tensor([1, 0]))
    return [
        len(parts), [type(part).__name__ for part in (parts[0], joined, halves[0], whole)], parts[1][0], joined.to_legacy_cache(),
        halves[1][0], whole.to_legacy_cache(), repeated[0], chosen[1], reordered[0], parts[0].seen_tokens,
    ]  # fmt: skip


# Constructors


@scenario()
def static_caches_by_position():
    from transformers import StaticCache

    config = llama_config()
    cache = StaticCache(config, 2, 6, "cpu", FLOAT)
    half = StaticCache(config, 1, 5, "cpu", torch.float16)
    whole = StaticCache(config, 1, None, "cpu")
    keys, _ = cache.update(states(3), states(3), 0, at(0, 1, 2))
    return [
        keys, cache.max_cache_len, cache.max_batch_size, half.key_cache[0].dtype, half.value_cache[1].shape,
        whole.max_cache_len, whole.key_cache[0].dtype,
    ]  # fmt: skip


@scenario("4.53", "4.44 wants every argument")
def static_caches_with_defaults():
    from transformers import StaticCache

    cache = StaticCache(config=llama_config(), max_batch_size=2, device="cpu")
    return [cache.max_cache_len, cache.key_cache[0].shape, cache.key_cache[0].dtype, cache.key_cache[0].device]


@scenario("4.53", "the argument came in 4.50")
def a_dynamic_cache_of_gathered_states():
    from transformers import DynamicCache

    cache = DynamicCache(_distributed_cache_data=dynamic().to_legacy_cache())
    cache.update(states(1), states(1), 0)
    return [cache.to_legacy_cache(), cache.get_seq_length()]


@scenario("4.53", "up to 4.52 a window loses its oldest token one step early", dialect="4.53", native_below="4.53")
def hybrid_caches():
    from transformers import HybridCache

    cache = HybridCache(gemma2_config(), 2, 6, "cpu", FLOAT)
    shapes = [key.shape for key in cache.key_cache]
    rows = []
    for step, positions in enumerate([(0, 1, 2), (3,), (4,)]):
        for layer, window in enumerate((4, None)):
            new = states(len(positions), 1 + 50 * step)
            rows.append(plain(cache.update(new, -new, layer, at(*positions, sliding_window=window))))
    named = HybridCache(config=gemma2_config(), max_batch_size=1, max_cache_len=5, device="cpu", dtype=FLOAT)
    sizes = [cache.max_cache_len, cache.max_batch_size, named.max_cache_len, named.max_batch_size]
    return [shapes, rows, sizes, [key.shape for key in named.key_cache], list(cache.is_sliding)]


@scenario("4.53", "up to 4.52 a window loses its oldest token one step early", dialect="4.53", native_below="4.53")
def sliding_window_caches():
    from transformers import MistralConfig, SlidingWindowCache

    config = MistralConfig(
        hidden_size=4, num_attention_heads=2, num_key_value_heads=2, num_hidden_layers=1, intermediate_size=8,
        vocab_size=16, max_position_embeddings=12, sliding_window=4,
    )  # fmt: skip
    cache = SlidingWindowCache(config, 2, 9, "cpu", FLOAT)
    rows = [plain(cache.update(states(3), states(3), 0, at(0, 1, 2)))]
    rows += [plain(cache.update(states(1, 60 + n), states(1, 60 + n), 0, at(n))) for n in (3, 4, 5)]
    return [cache.key_cache[0].shape, rows, cache.max_batch_size, cache.max_cache_len]


@scenario()
def updates_of_a_static_cache():
    cache = static()
    rows = [cache.update(states(3), states(3, 9), 0, at(0, 1, 2))]
    rows.append(cache.update(states(1, 70), states(1, 80), 0, cache_kwargs=at(3)))
    rows = plain(rows)
    length = int(cache.get_seq_length())
    cache.reset()
    return [rows, length, int(cache.get_seq_length()), cache.key_cache[0].sum()]


@scenario(dialect="4.53")
def updates_of_a_static_cache_in_any_order():
    cache = static()
    cache.update(states(4), states(4), 0, at(0, 1, 2, 3))
    keys, _ = cache.update(states(1, 70), states(1, 80), 0, at(1))
    return [keys, int(cache.get_seq_length()), cache.update(states(2, 7), states(2, 8), 0, at(4, 5))]


@scenario("4.53", "up to 4.52 nobody asks a cache for its mask's size", dialect="4.53", native_below="4.53")
def mask_sizes_by_position():
    return [
        [int(n) for n in dynamic().get_mask_sizes(torch.tensor([3, 4]), 0)],
        [int(n) for n in static().get_mask_sizes(torch.tensor([0]), 1)],
        [int(n) for n in encoder_decoder().get_mask_sizes(torch.tensor([3]), 0)],
    ]


@scenario()
def a_cache_class_of_ones_own():
    from transformers.cache_utils import Cache

    class Own(Cache):
        def __init__(self):
            super().__init__()
            self.key_cache, self.value_cache, self._seen_tokens = [], [], 0
            self.max_cache_len, self.max_batch_size, self.batch_size, self.is_sliding = 4, 2, 2, [True, False]

        def update(self, key_states, value_states, layer_idx, cache_kwargs=None):
            self._seen_tokens += key_states.shape[-2] if layer_idx == 0 else 0
            if layer_idx == len(self.key_cache):
                self.key_cache.append(key_states)
                self.value_cache.append(value_states)
            else:
                self.key_cache[layer_idx] = torch.cat([self.key_cache[layer_idx], key_states], dim=-2)
                self.value_cache[layer_idx] = torch.cat([self.value_cache[layer_idx], value_states], dim=-2)
            return self.key_cache[layer_idx], self.value_cache[layer_idx]

        def get_seq_length(self, layer_idx=0):
            return self.key_cache[layer_idx].shape[-2] if layer_idx < len(self.key_cache) else 0

        def get_max_length(self):
            return self.max_cache_len

        def get_max_cache_shape(self):
            return self.max_cache_len

    cache = Own()
    cache.update(states(3), states(3), 0)
    cache.update(states(3), states(3), 1)
    keys, _ = cache.update(states(2), states(2), 0)
    return [
        keys, cache.get_usable_length(1), cache.get_usable_length(1, 1), cache.seen_tokens, type(cache.key_cache).__name__,
        len(cache.key_cache), cache.max_cache_len, cache.get_max_length(), cache.batch_size, cache.is_sliding,
    ]  # fmt: skip


# Classes


@scenario()
def quantized_cache_configs():
    from transformers import QuantizedCacheConfig
    from transformers.cache_utils import CacheConfig

    config = QuantizedCacheConfig(nbits=2, axis_key=1)
    config.validate()
    rest = config.update(nbits=8, colour="red")
    wrong = [dict(nbits=5), dict(q_group_size=0), dict(residual_length=-1), dict(axis_key=3), dict(axis_value=3)]
    return [
        config.to_dict(), dict(config), rest, isinstance(config, CacheConfig), config.nbits, config.backend,
        [raised(QuantizedCacheConfig(**kwargs).validate) for kwargs in wrong],
        QuantizedCacheConfig.from_dict({"backend": "HQQ"}, residual_length=3).to_dict(), str(config.compute_dtype),
    ]  # fmt: skip


@scenario("4.53", "the class came in 4.45")
def static_cache_configs():
    from transformers.cache_utils import StaticCacheConfig

    config = StaticCacheConfig(batch_size=2, max_cache_len=6)
    config.validate()
    return [
        config.to_dict(), config.cache_implementation, config.to_json_string(), config.batch_size,
        raised(StaticCacheConfig(0, 6).validate), raised(StaticCacheConfig(1, -1).validate),
    ]  # fmt: skip


@scenario("4.44", "a stub since 4.53")
def sink_caches():
    from transformers import SinkCache

    angles = torch.outer(torch.arange(16, dtype=FLOAT), torch.tensor([1.0, 0.1])).repeat(1, 2)
    cos, sin = angles.cos(), angles.sin()
    answers = []
    for part, batch in ((None, True), (4, False)):
        cache = SinkCache(window_length=5, num_sink_tokens=2)
        start = 0
        for count in (3, 1, 1, 1, 2):
            new = states(count, 1 + 10 * start, batch=1, width=4 if part is None else 6)
            table = [t[None, start : start + count] for t in (cos, sin)] if batch else [cos[:8], sin[:8]]
            kwargs = {"cos": table[0], "sin": table[1], "partial_rotation_size": part}
            for layer in range(2):
                answers.append(cache.update(new, -new, layer, kwargs)[layer])
            start += count
        answers += [cache.get_seq_length(), cache.get_seq_length(1), cache.seen_tokens, cache.get_usable_length(2)]
    plainly = SinkCache(4, 1)
    for step in range(6):
        plainly.update(states(1, 1 + step), states(1, 1 + step), 0, {})
    plainly.reorder_cache(torch.tensor([1, 0]))
    return [answers, plainly.key_cache[0], raised(lambda: plainly.get_seq_length(3)), plainly.get_seq_length(3)]


@scenario()
def mamba_caches():
    from transformers import MambaCache, MambaConfig

    config = MambaConfig(hidden_size=2, state_size=3, num_hidden_layers=2, conv_kernel=4, vocab_size=8)
    cache = MambaCache(config, 2, dtype=FLOAT, device="cpu")
    shapes = [cache.conv_states[0].shape, cache.ssm_states[1].shape]
    cache.update_conv_state(0, torch.arange(8.0).reshape(2, 4)[:, :, None].expand(2, 4, 4), torch.arange(4))
    conv = cache.update_conv_state(0, torch.ones(2, 4, 1), torch.tensor([5])).clone()
    ssm = cache.update_ssm_state(1, torch.full((2, 4, 3), 2.0)).clone()
    cache.reset()
    return [
        shapes,
        conv,
        ssm,
        cache.conv_states[0].sum(),
        cache.ssm_states[1].sum(),
        cache.max_batch_size,
        cache.conv_kernel_size,
    ]


@scenario()
def tables_of_cache_classes():
    from transformers.generation.utils import NEED_SETUP_CACHE_CLASSES_MAPPING, QUANT_BACKEND_CLASSES_MAPPING

    names = ("static", "sliding_window", "hybrid", "mamba")
    classes = {name: NEED_SETUP_CACHE_CLASSES_MAPPING[name].__name__ for name in names}
    # From 5.5 the runtime's own SlidingWindowCache is another name of StaticCache.
    classes["sliding_window"] = classes["sliding_window"].replace("StaticCache", "SlidingWindowCache")
    cache = NEED_SETUP_CACHE_CLASSES_MAPPING["static"](
        config=llama_config(), max_batch_size=2, max_cache_len=6, device="cpu", dtype=FLOAT
    )
    quantized = {name: quantized.__name__ for name, quantized in QUANT_BACKEND_CLASSES_MAPPING.items()}
    return [classes, quantized, cache.max_cache_len, cache.max_batch_size]


# Models


def _model(config: Any, name: str) -> Any:
    import transformers

    model = getattr(transformers, name)(config).eval()
    with torch.no_grad():
        for index, parameter in enumerate(model.parameters()):
            count = torch.arange(parameter.numel(), dtype=FLOAT).reshape(parameter.shape)
            parameter.copy_(torch.sin(count + index) / 2)
    return model


@scenario("4.44", "4.53 refuses tuples in Llama")
def tuples_in_and_out_of_a_model():
    model = _model(llama_config(), "LlamaForCausalLM")
    ids = torch.tensor([[3, 5, 7, 9, 11]])
    with torch.no_grad():
        first = model(ids[:, :3], use_cache=True)
        past = tuple((key, value) for key, value in first.past_key_values)
        second = model(ids[:, 3:], past_key_values=past, use_cache=True)
        third = model(ids[:, 3:], past_key_values=[[key, value] for key, value in past], use_cache=True)
        bare = model(ids[:, 3:], past_key_values=past, use_cache=True, return_dict=False)
    given = [past[0][0].shape, type(second.past_key_values).__name__, type(second.past_key_values[0]).__name__]
    return [
        given, second.past_key_values[1][0].shape, second.logits[0, -1], third.logits[0, -1], bare[0][0, -1],
        second.past_key_values[0][1], type(bare[1]).__name__,
    ]  # fmt: skip
