"""What no recording can say: names that 4.44 and 4.53 lack, the layers of newer caches, and what must not change."""

from __future__ import annotations

import copy
import importlib
import json
from importlib.metadata import version

import pytest
import torch
import transformers
from cache_scenarios import FLOAT, dynamic, encoder_decoder, gemma2_config, llama_config, raised, states, static
from packaging.version import Version
from transformers import cache_utils

import hfcompat

RUNTIME = Version(version("transformers"))


def since(minimum, why):
    return pytest.mark.skipif(Version(f"{minimum}.dev0") > RUNTIME, reason=f"before {minimum} {why}")


@pytest.fixture
def applied():
    with hfcompat.applied() as report:
        yield report


@since("4.54.0", "no limit is None, as recorded")
def test_a_limit_that_is_missing_is_minus_one_as_it_was_when_the_name_was_removed(applied):
    assert [dynamic().get_max_cache_shape(), static(tokens=6).get_max_cache_shape()] == [-1, 6]
    assert encoder_decoder().get_max_cache_shape() == -1
    assert [dynamic().layers[0].get_max_cache_shape(), static(tokens=6).layers[1].get_max_cache_shape()] == [-1, 6]


def test_a_static_cache_has_no_tuple_form(applied):
    assert static().to_legacy_cache() is None


def test_a_number_of_layers_means_nothing(applied):
    caches = [transformers.DynamicCache(4), transformers.DynamicCache(num_hidden_layers=4)]
    for cache in caches:
        cache.update(states(2), states(2), 0)
    assert [len(cache) for cache in caches] == [1, 1]


def test_a_config_makes_a_dynamic_cache_on_every_runtime(applied):
    cache = transformers.DynamicCache(config=llama_config())
    cache.update(states(2), states(2), 0)
    assert cache.get_seq_length() == 2
    assert len(cache.key_cache) == 1


def test_device_of_a_static_cache(applied):
    cache = static()
    cache.update(states(2), states(2), 0, {"cache_position": torch.arange(2)})
    assert torch.device(cache.device) == torch.device("cpu")


@pytest.mark.skipif(
    Version(transformers.__version__) < Version("4.56.0.dev0"), reason="up to 4.55 a static cache asks for these itself"
)
def test_a_static_cache_of_layers_with_heads_of_their_own(applied):
    config = transformers.SwinConfig(depths=[1, 1], num_heads=[2, 4])
    cache = cache_utils.StaticCache(config=config, max_cache_len=4, max_batch_size=2, dtype=torch.float32)
    assert [layer.keys for layer in cache.layers] == [None, None]


@since("4.51.0", "batch_size is the argument's own name")
def test_batch_size_is_another_name_of_max_batch_size(applied):
    cache = transformers.StaticCache(config=llama_config(), batch_size=3, max_cache_len=5, device="cpu", dtype=FLOAT)
    assert cache.max_batch_size == 3
    assert cache.key_cache[0].shape == (3, 2, 5, 2)


# Layers that no v4 cache had


def sliding():
    """A dynamic cache with one layer that slides over 4 tokens and one that keeps all; 6 tokens seen."""
    cache = transformers.DynamicCache(config=gemma2_config())
    for layer in range(2):
        cache.update(states(6), states(6), layer)
    return cache


@since("4.56.0", "a dynamic cache keeps every token")
def test_usable_length_of_a_layer_that_slides_is_what_update_hands_out(applied):
    cache = sliding()
    assert [cache.get_usable_length(1, 0), cache.get_usable_length(1, 1)] == [3, 6]
    keys, _ = cache.update(states(1), states(1), 0)
    assert keys.shape[2] == 3 + 1


@since("4.56.0", "a dynamic cache keeps every token")
def test_states_of_a_layer_that_slides_keep_its_count(applied):
    cache = sliding()
    cache.key_cache[0] = cache.key_cache[0][:, :, :-1]
    cache.value_cache[0] = cache.value_cache[0][:, :, :-1]
    assert [cache.get_seq_length(0), cache.key_cache[0].shape[2]] == [5, 2]
    cache.key_cache[0] = cache.key_cache[0] * 2
    assert cache.get_seq_length(0) == 5


@since("4.57.0", "a dynamic cache has no layers before its first update")
def test_layers_that_are_not_filled_yet_are_no_states(applied):
    cache = transformers.DynamicCache(config=llama_config())
    assert [len(cache.key_cache), bool(cache.value_cache), cache.get_usable_length(3)] == [0, False, 0]
    cache.key_cache.append(states(2))
    cache.value_cache.append(states(2))
    keys, _ = cache.update(states(1), states(1), 0)
    assert keys.shape[2] == 3
    assert len(cache.layers) == 2


@since("4.56.0", "a dynamic cache keeps every token")
def test_crop_of_a_cache_with_layers_that_slide(applied):
    cache = transformers.DynamicCache(config=gemma2_config())
    for layer in range(2):
        cache.update(states(3), states(3), layer)
    cache.crop(2)
    assert [cache.get_seq_length(0), cache.get_seq_length(1)] == [2, 2]
    full = sliding()
    assert raised(lambda: full.crop(2)) in ("ValueError", "RuntimeError"), (
        "what slid out of the window cannot come back"
    )


# What must not change


@since("5.0.0", "a cache yields pairs by itself")
def test_what_a_cache_yields_is_what_it_was():
    cache = dynamic()
    native = [[None if state is None else state.clone() for state in layer] for layer in cache]
    with hfcompat.applied():
        layers = list(cache)
        assert [len(layer) for layer in layers] == [3, 3]
        assert all(
            torch.equal(ours[0], theirs[0]) and ours[2] is theirs[2]
            for ours, theirs in zip(layers, native, strict=True)
        )
        triples = [(key, value, window) for key, value, window in cache]
        assert [len(triple) for triple in triples] == [3, 3]
        doubled = torch.utils._pytree.tree_map_only(torch.Tensor, lambda t: t * 2, layers)
        assert torch.equal(doubled[1][0], native[1][0] * 2)
        assert [len(layer) for layer in encoder_decoder()] == [6, 6]
        assert [a.sum() for a, _, _, _ in encoder_decoder()] == [layer[0].sum() for layer in native]


@since("5.0.0", "a cache yields pairs by itself")
def test_compiled_code_still_gets_three_states(applied):
    @torch.compile(backend="eager", fullgraph=True)
    def total(key):
        cache = transformers.DynamicCache()
        cache.update(key, key, 0)
        return sum(keys.sum() + values.sum() for keys, values, _ in cache)

    assert total(states(2)) == 2 * states(2).sum()


@since("5.0.0", "a cache yields pairs by itself")
def test_data_parallel_gathers_what_a_cache_yields(applied):
    """torch.nn.parallel rebuilds a cache by zipping replicas and calling the items' own type."""
    replicas = [dynamic(), dynamic()]
    gathered = [
        type(items[0])(torch.cat(part) for part in zip(*(item[:2] for item in items), strict=True))
        for items in zip(*replicas, strict=True)
    ]
    cache = transformers.DynamicCache(gathered)
    assert cache.layers[1].keys.shape == (4, 2, 3, 2)


def test_states_are_copied_as_lists(applied):
    keys = dynamic().key_cache
    assert type(copy.copy(keys)) is list
    assert type(copy.deepcopy(keys)) is list
    assert torch.equal(copy.deepcopy(keys)[1], keys[1])


def test_a_cache_survives_deepcopy_and_revert():
    with hfcompat.applied():
        cache = copy.deepcopy(dynamic())
        cache.key_cache[0] = cache.key_cache[0][:, :, :2]
        cache.value_cache[0] = cache.value_cache[0][:, :, :2]
    keys, _ = cache.update(states(1), states(1), 0)
    assert keys.shape[2] == 3


def test_generate_makes_the_same_tokens():
    from cache_families import IDS, model

    settings = dict(max_new_tokens=4, do_sample=False, pad_token_id=0)
    tokens = {}
    for family, more in (
        ("llama", {}),
        ("mistral", {}),
        ("llama", {"cache_implementation": "static"}),
        ("gpt2", {"num_beams": 2}),
    ):
        native = model(family).generate(IDS, **settings, **more)
        with hfcompat.applied():
            tokens[family] = torch.equal(model(family).generate(IDS, **settings, **more), native)
    assert all(tokens.values()), tokens


# Classes


CLASSES = [
    "DynamicCache", "EncoderDecoderCache", "HQQQuantizedCache", "HybridCache", "HybridChunkedCache", "MambaCache",
    "OffloadedCache", "OffloadedStaticCache", "QuantizedCache", "QuantizedCacheConfig", "CacheConfig",
    "QuantoQuantizedCache", "SinkCache", "SlidingWindowCache", "StaticCache",
]  # fmt: skip


@pytest.mark.parametrize("name", CLASSES)
def test_the_top_level_has_the_same_class(name, applied):
    if name == "HybridChunkedCache" and Version("4.54.0.dev0") > RUNTIME:
        pytest.skip("before 4.54 HybridChunkedCache is not at the top level")
    top = importlib.import_module("transformers")  # which is another module than before a first model was imported
    assert getattr(top, name) is getattr(cache_utils, name)


@since("5.0.0", "the classes are the runtime's own")
@pytest.mark.parametrize("name", ["HybridCache", "HybridChunkedCache", "SlidingWindowCache"])
def test_static_classes_take_the_arguments_of_every_v4(name, applied):
    cls, config = getattr(cache_utils, name), gemma2_config()
    v453 = [
        cls(config, 2, 6, "cpu", FLOAT),
        cls(config=config, max_batch_size=2, max_cache_len=6, device="cpu"),
        cls(config, 2, max_cache_len=6),
    ]
    v457 = [cls(config, 6), cls(config=config, max_cache_len=6)]
    assert [cache.max_batch_size for cache in v453] == [2, 2, 2]
    assert [cache.max_cache_len for cache in v453 + v457] == [6] * 5
    assert [list(cache.is_sliding) for cache in v453 + v457] == [[True, False]] * 5
    assert all(isinstance(cache, transformers.StaticCache) for cache in v453 + v457)
    assert [key.shape for key in v453[0].key_cache] == [(2, 2, 4, 2), (2, 2, 6, 2)]


@since("5.0.0", "the classes are the runtime's own")
@pytest.mark.parametrize("name", ["OffloadedStaticCache", "OffloadedHybridCache"])
def test_offloaded_static_classes_offload(name, applied):
    cls, config = getattr(cache_utils, name), llama_config()
    by_position = cls(config, 2, 6, "cpu", FLOAT)
    by_name = cls(config=config, max_batch_size=2, max_cache_len=6, device="cpu", dtype=FLOAT, offload_device="cpu")
    for cache in (by_position, by_name):
        assert [cache.offloading, cache.max_cache_len, cache.max_batch_size] == [True, 6, 2]


@since("5.0.0", "the class is the runtime's own")
def test_an_offloaded_cache_wants_an_accelerator(applied):
    if not torch.cuda.is_available():
        assert raised(cache_utils.OffloadedCache) == "RuntimeError"
        return
    cache = cache_utils.OffloadedCache()
    for layer in range(3):
        cache.update(states(2).cuda(), states(2).cuda(), layer)
    keys, _ = cache.update(states(1).cuda(), states(1).cuda(), 0)
    assert torch.equal(keys.cpu(), torch.cat([states(2), states(1)], dim=2))


@pytest.fixture
def exact_quantizers(monkeypatch):
    """Quantized layers that lose nothing, so that neither quanto nor hqq need be there."""
    made = []
    for name in ("QuantoQuantizedLayer", "HQQQuantizedLayer"):

        class Exact(cache_utils.QuantizedLayer):
            backend = name

            def __init__(self, *args, **settings):
                names = ("nbits", "axis_key", "axis_value", "q_group_size", "residual_length")
                settings = {**dict(zip(names, args, strict=False)), **settings}
                super().__init__(**settings)
                made.append((self.backend, settings))

            def _quantize(self, tensor, axis):
                return tensor.clone()

            def _dequantize(self, tensor):
                return tensor

        monkeypatch.setattr(cache_utils, name, Exact)
    return made


@since("4.56.0", "quantized caches are the runtime's own, and quantize in the cache")
@pytest.mark.parametrize(
    ("name", "layer"), [("QuantoQuantizedCache", "QuantoQuantizedLayer"), ("HQQQuantizedCache", "HQQQuantizedLayer")]
)
def test_quantized_caches_take_a_quantized_cache_config(name, layer, applied, exact_quantizers):
    settings = cache_utils.QuantizedCacheConfig(nbits=2, residual_length=2, axis_key=1)
    for cache in (getattr(cache_utils, name)(settings), getattr(cache_utils, name)(cache_config=settings)):
        exact_quantizers.clear()
        expected = states(3)
        cache.update(expected, -expected, 0)
        cache.update(expected, -expected, 1)
        for step in range(4):
            expected = torch.cat([expected, states(1, 50 + step)], dim=2)
            keys, values = cache.update(states(1, 50 + step), -states(1, 50 + step), 0)
            assert torch.equal(keys, expected)
            assert torch.equal(values, -expected)
        assert [made[0] for made in exact_quantizers] == [layer, layer]
        assert exact_quantizers[0][1]["nbits"] == 2
        assert cache.get_seq_length() == 7


@since("4.56.0", "quantized caches are the runtime's own, and quantize in the cache")
def test_a_quantized_cache_config_is_a_dictionary_too(applied, exact_quantizers):
    settings = cache_utils.QuantizedCacheConfig(backend="HQQ", nbits=4, q_group_size=32)
    assert {**settings} == settings.to_dict()
    assert json.loads(json.dumps({**settings, "compute_dtype": None}))["q_group_size"] == 32
    given = copy.deepcopy(settings)
    given.setdefault("config", llama_config())
    cache = cache_utils.QuantizedCache(backend=given.pop("backend"), **given)  # as generate makes it
    assert [made[0] for made in exact_quantizers] == ["HQQQuantizedLayer", "HQQQuantizedLayer"]
    assert len(cache.layers) == 2
    assert settings.backend == "HQQ"


@since("4.56.0", "the tables are the runtime's own")
def test_the_tables_are_the_same_in_both_modules(applied):
    configuration = importlib.import_module("transformers.generation.configuration_utils")
    utils = importlib.import_module("transformers.generation.utils")
    for name in ("NEED_SETUP_CACHE_CLASSES_MAPPING", "QUANT_BACKEND_CLASSES_MAPPING"):
        assert getattr(configuration, name) is getattr(utils, name)
    assert utils.NEED_SETUP_CACHE_CLASSES_MAPPING["hybrid"] is cache_utils.HybridCache


@since("5.0.0", "the names are the runtime's own")
@pytest.mark.parametrize("name", ["SlidingWindowLayer", "ChunkedSlidingLayer"])
def test_layers_that_slide_have_their_old_names(name, applied):
    layer = getattr(cache_utils, name)(max_cache_len=9, sliding_window=4)
    assert [layer.max_cache_len, layer.is_sliding] == [4, True]


@since("4.56.0", "it is the layer's own method")
def test_a_layer_of_given_states(applied):
    layer = cache_utils.DynamicLayer.from_tensors(states(2), -states(2))
    keys, values = layer.update(states(1), states(1))
    assert [keys.shape[2], values.shape[2], layer.get_seq_length()] == [3, 3, 3]


@since("4.53.0", "a SinkCache is the runtime's own")
def test_a_sink_cache_refuses_to_be_wrong(applied):
    cache = cache_utils.SinkCache(window_length=4, num_sink_tokens=1)
    with pytest.raises(TypeError, match="cos and sin"):
        cache.update(states(1), states(1), 0)
    assert isinstance(cache, cache_utils.SinkCache)
    assert isinstance(cache, cache_utils.Cache)
    assert cache.get_mask_sizes(torch.arange(2), 0) == (2, 0)
    for step in range(5):
        cache.update(states(1, step + 1), states(1, step + 1), 0, {})
    assert cache.get_mask_sizes(torch.arange(1), 0) == (4, 0)
    assert len(cache) == 1


@since("4.54.0", "a cache class of one's own is not asked for layers")
def test_a_cache_of_ones_own_may_derive_from_a_dynamic_one(applied):
    class Own(transformers.DynamicCache):
        def __init__(self):
            super().__init__()
            self.key_cache, self.value_cache, self.extra = [], [], 3

    cache = Own()
    keys, _ = cache.update(states(2), states(2), 0)
    assert torch.equal(cache.key_cache[0], keys)
    assert cache.seen_tokens == 2
    cache.crop(1)
    assert [cache.get_seq_length(), cache.extra] == [1, 3]
