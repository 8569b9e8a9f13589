"""Every row that torch.compile can meet acts in a compiled function as it does in eager mode, and is what makes it work."""

from __future__ import annotations

import importlib
from importlib.metadata import version
from types import SimpleNamespace

import pytest
import torch
from cache_scenarios import FLOAT, _model, llama_config, plain, states, static
from hfcompat_plugins.cache import PATCHES
from packaging.version import Version

import hfcompat
from hfcompat.patch import as_range

RUNTIME = version("transformers")
ROWS = {
    row.id: row
    for row in PATCHES
    if row.traced and as_range(row.when["transformers"]).contains(RUNTIME, prereleases=True)
}


def updated(cache, key):
    cache.update(key, -key, 0)
    cache.update(key, -key, 1)
    return cache


def new(key):
    from transformers import DynamicCache

    return updated(DynamicCache(), key)


def both(key):
    from transformers import EncoderDecoderCache

    return EncoderDecoderCache(new(key), new(key + 1))


def own_class():
    """A cache class of somebody's own, which sets an attribute in its constructor."""
    from transformers.cache_utils import Cache

    class Own(Cache):
        def __init__(self, name, value):
            super().__init__()
            setattr(self, name, value)

    return Own


def assigned(name):
    def call(key):
        return key * getattr(MADE["own"](name, 4), name)

    return call


def filled_static(key):
    cache = static(tokens=8)
    cache.update(key, -key, 0, {"cache_position": torch.arange(key.shape[-2])})
    return cache


def static_layer():
    """A layer of a cache that is made as since 4.56, and learns its sizes from the first update."""
    if Version(RUNTIME) < Version("4.56"):
        return None
    from transformers import StaticCache

    cache = StaticCache(config=llama_config(), max_cache_len=8)
    cache.update(states(3), states(3), 0, {"cache_position": torch.arange(3)})
    return cache.layers[0]


def view_assigned(name):
    def call(key):
        cache = new(key)
        setattr(cache, name, [key + 1, key + 2])
        return getattr(cache, name)[1] + key

    return call


def appended(key):
    from transformers import DynamicCache

    cache = DynamicCache()
    cache.key_cache.append(key)
    cache.value_cache.append(key)
    return cache.key_cache[0] * 2


def cut(name):
    def call(key):
        cache = new(key)
        kept = getattr(cache, name)
        kept[1] = kept[1][:, :, 1:]
        kept.append(key)
        return kept[1], kept[-1] * len(kept), sum(state.sum() for state in kept), cache.layers[1].keys

    return call


def from_data(key):
    from transformers import DynamicCache

    return DynamicCache(_distributed_cache_data=[(key, -key)]).key_cache[0] * 2


def split(cache):
    return [part[0] for part in cache.batch_split(2, 1)]


def joined(key):
    from transformers import DynamicCache

    parts = []
    for half in (key[:1], key[1:]):
        parts.append(new(half))
    return DynamicCache.from_batch_splits(parts)[1]


def joined_both(key):
    from transformers import EncoderDecoderCache

    return EncoderDecoderCache.from_batch_splits([both(key[:1]), both(key[1:])])[1]


def from_legacy(name, width):
    def call(key):
        return getattr(_utils(), name).from_legacy_cache([tuple(key + n for n in range(width))])[0]

    return call


def from_tensors(key):
    from transformers.cache_utils import DynamicLayer

    return DynamicLayer.from_tensors(key, -key).update(key, key)


def cropped(key):
    cache = new(key)
    cache.crop(max_length=3)
    cache.crop(2)
    cache.crop(-1)
    return cache.layers[1].keys


def cropped_both(key):
    cache = both(key)
    cache.crop(maximum_length=2)
    return cache.self_attention_cache.layers[0].keys, cache.cross_attention_cache.layers[0].keys


def cropped_layer(key):
    layer = new(key).layers[0]
    layer.crop(max_length=2)
    return layer.keys, layer.values


def cropped_by_helper(module):
    def call(key):
        crop = MADE[module]._crop_past_key_values
        return crop(DECODER, ((key, -key),), 2)[0], crop(DECODER, new(key), 1).layers[1].keys

    return call


def numbered(key):
    from transformers import DynamicCache

    return updated(DynamicCache(num_hidden_layers=2), key).key_cache[1] * 2


def with_config(key):
    from transformers import DynamicCache

    return updated(DynamicCache(config=CONFIG), key).key_cache[1] * 2


def named_both(key):
    from transformers import EncoderDecoderCache

    return (
        EncoderDecoderCache(self_attention_cache=new(key), cross_attention_cache=new(key))
        .cross_attention_cache.layers[0]
        .keys
    )


def made_static(*args, **kwargs):
    def call(key):
        from transformers import StaticCache

        cache = StaticCache(CONFIG, *args, **kwargs)
        return key * cache.get_max_length() if hasattr(cache, "get_max_length") else key * cache.max_cache_len

    return call


def layered(read):
    def call(key):
        return key * read(filled_static_outside(key))

    return call


CONFIG = llama_config()
DECODER = SimpleNamespace(config=SimpleNamespace(is_encoder_decoder=False, architectures=None))
MADE = {}


def filled_static_outside(key):
    """Static caches are made before compiling: their tensors are static addresses."""
    return MADE["cache"]


def layer(read):
    def call(key):
        return key * read(MADE["layer"])

    return call


def iterated(cache):
    total = 0
    for keys, _ in cache:
        total = total + (0 if keys is None else keys.sum())
    return total


def tuples(key):
    model, ids, past = MADE["model"]
    output = model(ids, past_key_values=past, use_cache=True)
    return output.logits, output.past_key_values


def positioned(key):
    cache = MADE["cache"]
    one = key[:, :, :1] * 7
    keys, _ = cache.update(one, one, 1, {"cache_position": torch.tensor([3])})
    return keys * 2


CASES = {
    "get-usable-length": lambda key: key * new(key).get_usable_length(3) + both(key).get_usable_length(1),
    "get-max-length": lambda key: (key, new(key).get_max_length()),
    "get-max-cache-shape": lambda key: key * new(key).get_max_cache_shape(),
    "encoder-decoder.get-max-cache-shape": lambda key: (key, both(key).get_max_cache_shape()),
    "layer.get-max-cache-shape": lambda key: key * new(key).layers[0].get_max_cache_shape(),
    "max-cache-len": layered(lambda cache: cache.max_cache_len),
    "max-batch-size": layered(lambda cache: cache.max_batch_size),
    "static-layer.max-batch-size": layer(lambda layer: layer.max_batch_size),
    "static-layer.head-dim": layer(lambda layer: layer.head_dim),
    "seen-tokens": lambda key: key * new(key).seen_tokens,
    "seen-tokens-counter": lambda key: key * new(key)._seen_tokens,
    "static.dtype": layered(lambda cache: 2 if cache.dtype == FLOAT else 3),
    "static.device": layered(lambda cache: 2 if cache.device.type == "cpu" else 3),
    "static.num-key-value-heads": layered(lambda cache: cache.num_key_value_heads),
    "static.head-dim": layered(lambda cache: cache.head_dim),
    "max-cache-len-assigned": assigned("max_cache_len"),
    "max-batch-size-assigned": assigned("max_batch_size"),
    "batch-size-assigned": assigned("batch_size"),
    "is-sliding-assigned": assigned("is_sliding"),
    "is-compileable-assigned": assigned("is_compileable"),
    "key-cache": cut("key_cache"),
    "value-cache": cut("value_cache"),
    "key-cache-assigned": view_assigned("key_cache"),
    "value-cache-assigned": view_assigned("value_cache"),
    "key-cache-append": appended,
    "getitem": layered(lambda cache: cache[0][0].sum() + cache[0][1].shape[2]),
    "encoder-decoder.getitem": lambda key: both(key)[1],
    "iterate": layered(iterated),
    "encoder-decoder.iterate": lambda key: [a + d for a, _, _, d in both(key)],
    "to-legacy-cache": lambda key: new(key).to_legacy_cache(),
    "from-legacy-cache": from_legacy("DynamicCache", 2),
    "encoder-decoder.to-legacy-cache": lambda key: both(key).to_legacy_cache(),
    "encoder-decoder.from-legacy-cache": from_legacy("EncoderDecoderCache", 4),
    "static.to-legacy-cache": layered(lambda cache: 2 if cache.to_legacy_cache() is None else 3),
    "from-legacy-cache-optional": lambda key: _utils().DynamicCache.from_legacy_cache([(key, key)], num_hidden_layers=2)[0],
    "encoder-decoder.from-legacy-cache-optional": lambda key: (
        key, len(_utils().EncoderDecoderCache.from_legacy_cache())
    ),
    "batch-split": lambda key: split(new(key)),
    "from-batch-splits": joined,
    "encoder-decoder.batch-split": lambda key: split(both(key)),
    "encoder-decoder.from-batch-splits": joined_both,
    "layer.from-tensors": from_tensors,
    "crop": cropped,
    "encoder-decoder.crop": cropped_both,
    "layer.crop": cropped_layer,
    "crop-past-key-values": cropped_by_helper("candidate_generator"),
    "crop-past-key-values-in-utils": cropped_by_helper("utils"),
    "dynamic-init": numbered,
    "dynamic-init-4.50": with_config,
    "dynamic-init-4.49": from_data,
    "encoder-decoder-init": named_both,
    "cache-init": assigned("colour"),
    "static-init": made_static(2, 6, "cpu", FLOAT),
    "tuples-to-models": tuples,
    "tuples-to-models-4": tuples,
    "tuples-to-models-4.56": tuples,
    "static-position": positioned,
    "mask-sizes-by-position": lambda key: key * new(key).get_mask_sizes(torch.arange(2), 0)[0],
}  # fmt: skip


def _utils():
    import transformers.cache_utils as utils

    return utils


def model_and_tuples():
    model = _model(llama_config(), "LlamaForCausalLM")
    ids = torch.tensor([[3, 5, 7, 9]])
    past = model(ids[:, :2], use_cache=True).past_key_values
    return model, ids[:, 2:], tuple(zip(past.key_cache, past.value_cache, strict=True))


def run(call, id):
    """The answer of a call on things made anew, so that compiled and eager runs begin alike."""
    with torch.no_grad():
        MADE.update(cache=filled_static(states(3)), own=own_class(), layer=static_layer())
        if id.startswith("tuples"):
            MADE["model"] = model_and_tuples()
        for module in ("utils", "candidate_generator"):
            MADE[module] = importlib.import_module(f"transformers.generation.{module}")
        return plain(call(states(4)))


@pytest.mark.parametrize("id", ROWS)
def test_a_row_acts_in_compiled_code(id):
    assert id in CASES, f"the traced row {id} has no compiled case"
    row = ROWS[id]
    dialect = "4.36" if row.behavioural else None
    with hfcompat.applied(dialect=dialect):
        eager = run(CASES[id], id)
        torch._dynamo.reset()
        compiled = run(torch.compile(CASES[id], backend="eager", fullgraph=True), id)
        assert compiled == eager
        status = next(record.status for record in hfcompat.report() if record.key == f"cache:{id}")
    if status is hfcompat.Status.NATIVE:
        return
    assert status is hfcompat.Status.INSTALLED
    with hfcompat.applied(dialect=dialect, disable=[f"cache:{id}"]):
        try:
            without = run(CASES[id], id)
        except Exception:
            return
    assert without != eager, f"{id} changes nothing here: the case does not need it"
