"""The complete v4 cache API, for every runtime from 4.49 to 5.23, with the meaning that each name had.

Where a name is missing, its caller gets what it meant when it last existed; where it exists it is left alone, unless
`apply(dialect=...)` says what the code was written for.
"""

from __future__ import annotations

from hfcompat import Kind, Patch, hookimpl

_HERE = "hfcompat_plugins.cache"
_TESTED = "<5.24"

_PULL = "https://github.com/huggingface/transformers/pull/"
_TREE = "https://github.com/huggingface/transformers/blob/"
_LAYERS = _PULL + "39106"  # 4.54: a cache is a list of layers
_SIMPLER = _PULL + "39797"  # 4.56: layers are made by the first update
_CLEANUP = _PULL + "38838"  # 4.54: deprecated attributes go
_CONFIGS = _PULL + "40035"  # 4.56: cache configs and the key_cache view go
_TUPLES = _PULL + "41378"  # 5.0: tuples go
_CLASSES = _PULL + "43168"  # 5.0: deprecated classes go
_POSITIONS = _PULL + "44181"  # 5.4: cache_position goes
_GETTERS = _PULL + "46862"  # 5.13: get_max_length; 5.20: the names before it go
_CROP = _PULL + "47720"  # 5.15: crop counts tokens to remove


def _row(
    kind: Kind,
    id: str,
    target: str,
    impl: str,
    since: str,
    reason: str,
    upstream: str,
    *,
    until: str | None = None,
    dialect: str | None = None,
    traced: bool = True,
    after: tuple[str, ...] = (),
) -> Patch:
    """A row whose target lies in `transformers.cache_utils` and whose code lies here, unless they say otherwise."""
    span = f">={since}.dev0" + (f",<{until}.dev0" if until else "" if kind is Kind.ADD else f",{_TESTED}")
    when = {"transformers": span} | ({"dialect": f"<{dialect}.dev0"} if dialect else {})
    return Patch(
        id=id,
        target=target if ":" in target else f"transformers.cache_utils:{target}",
        kind=kind,
        impl=impl if impl.startswith("transformers") else f"{_HERE}.{impl}",
        when=when,
        reason=reason,
        upstream=upstream,
        traced=traced,
        behavioural=dialect is not None,
        after=after,
    )


def _add(id: str, target: str, impl: str, since: str, reason: str, upstream: str, **more: object) -> Patch:
    return _row(Kind.ADD, id, target, impl, since, reason, upstream, **more)  # type: ignore[arg-type]


def _wrap(id: str, target: str, impl: str, since: str, reason: str, upstream: str, **more: object) -> Patch:
    return _row(Kind.WRAP, id, target, impl, since, reason, upstream, **more)  # type: ignore[arg-type]


_DEPRECATED = (
    "HybridCache",
    "HybridChunkedCache",
    "SlidingWindowCache",
    "OffloadedStaticCache",
    "OffloadedHybridCache",
)

LENGTHS = [
    _add("get-usable-length", "Cache.get_usable_length", "members:get_usable_length", "4.54.0",
         "Remote models of 2023 and 2024 ask for the usable length in every attention layer, and stop with AttributeError.", _CLEANUP),
    _add("get-max-length", "Cache.get_max_length", "members:get_max_length", "4.49.0",
         "Remote models call cache.get_max_length() to prepare inputs and masks, and stop with AttributeError.", _PULL + "35677", until="5.13.0"),
    _add("get-max-cache-shape", "Cache.get_max_cache_shape", "members:get_max_cache_shape", "5.20.0",
         "Code of 4.46 to 5.19 asks a cache for its limit by this name; it is get_max_length now.", _GETTERS),
    _wrap("encoder-decoder.get-max-cache-shape", "EncoderDecoderCache.get_max_cache_shape", "members:of_self_attention", "4.49.0",
          "An encoder-decoder cache raises NotImplementedError when it is asked for its limit, or for its usable length.",
          _TREE + "v4.53.3/src/transformers/cache_utils.py", until="4.53.0"),
    _add("layer.get-max-cache-shape", "CacheLayerMixin.get_max_cache_shape", "members:layer_get_max_cache_shape", "5.20.0",
         "Code of 4.54 to 5.19 asks a layer for its limit by this name; it is get_max_length now.", _GETTERS),
    _add("max-cache-len", "Cache.max_cache_len", "members:max_cache_len", "5.20.0",
         "Code that sizes masks by a static cache's max_cache_len stops with AttributeError.", _GETTERS),
    _add("max-batch-size", "Cache.max_batch_size", "members:max_batch_size", "5.20.0",
         "Code that checks a static cache's max_batch_size before using it again stops with AttributeError.", _GETTERS),
    _add("static-layer.max-batch-size", "StaticLayer.max_batch_size", "members:static_layer_max_batch_size", "5.13.0",
         "Code of 4.54 to 5.12 reads a static layer's max_batch_size; it is batch_size now.", _GETTERS),
    _add("static-layer.head-dim", "StaticLayer.head_dim", "members:static_layer_head_dim", "5.0.0",
         "Code of 4.54 to 4.57 reads a static layer's head_dim; keys and values have one each now.", _TREE + "v4.57.6/src/transformers/cache_utils.py"),
    _add("seen-tokens", "Cache.seen_tokens", "members:seen_tokens", "4.54.0",
         "Remote models such as Phi-3's first files read cache.seen_tokens to find where they are, and stop with AttributeError.", _CLEANUP),
    _add("seen-tokens-counter", "DynamicCache._seen_tokens", "members:_seen_tokens", "4.54.0",
         "Packages that cut the states of a cache read and correct its _seen_tokens, and stop with AttributeError.", _CLEANUP),
    _add("static.dtype", "StaticCache.dtype", "members:static_dtype", "4.50.0",
         "Code that makes tensors to go with a static cache reads its dtype.", _TREE + "v4.49.0/src/transformers/cache_utils.py"),
    _add("static.device", "StaticCache.device", "members:static_device", "4.50.0",
         "Code that makes tensors to go with a static cache reads its device.", _TREE + "v4.49.0/src/transformers/cache_utils.py"),
    _add("static.num-key-value-heads", "StaticCache.num_key_value_heads", "members:static_num_key_value_heads", "4.54.0",
         "Code that makes tensors to go with a static cache reads its number of heads.", _LAYERS),
    _add("static.head-dim", "StaticCache.head_dim", "members:static_head_dim", "4.54.0",
         "Code that makes tensors to go with a static cache reads its head size.", _LAYERS),
]  # fmt: skip

# Caches of somebody's own set these in their constructors, as transformers' own did up to 4.53.
ASSIGNED = [
    _wrap(f"{name.replace('_', '-')}-assigned", f"Cache.{name}", "layers:assignable", since,
          f"A cache class that sets self.{name} in its constructor stops with AttributeError: it is a property now.", upstream, until=until)
    for name, since, until, upstream in (
        ("max_cache_len", "4.54.0", "5.20.0", _LAYERS),
        ("max_batch_size", "4.54.0", "5.20.0", _LAYERS),
        ("batch_size", "5.13.0", None, _GETTERS),
        ("is_sliding", "4.54.0", None, _LAYERS),
        ("is_compileable", "4.54.0", None, _LAYERS),
    )
]  # fmt: skip

STATES = [
    _add("key-cache", "Cache.key_cache", "states:key_cache", "4.56.0",
         "Packages that read, cut or replace cached keys do it through cache.key_cache[i], and stop with AttributeError.", _CONFIGS),
    _add("value-cache", "Cache.value_cache", "states:value_cache", "4.56.0",
         "Packages that read, cut or replace cached values do it through cache.value_cache[i], and stop with AttributeError.", _CONFIGS),
    _wrap("key-cache-assigned", "Cache.key_cache", "states:assignable_key_cache", "4.54.0",
          "`cache.key_cache = [...]` raises AttributeError: the property has no setter.", _LAYERS, until="4.56.0"),
    _wrap("value-cache-assigned", "Cache.value_cache", "states:assignable_value_cache", "4.54.0",
          "`cache.value_cache = [...]` raises AttributeError: the property has no setter.", _LAYERS, until="4.56.0"),
    _add("key-cache-append", "KeyValuesWrapper.append", "states:append", "4.54.0",
         "A cache that is filled by key_cache.append(...) and value_cache.append(...) stops with AttributeError.", _LAYERS, until="4.56.0"),
    _add("getitem", "Cache.__getitem__", "members:getitem", "4.49.0",
         "`past_key_values[0][0].shape[2]`, the oldest way to a cache's length, raises TypeError: not subscriptable.", _TUPLES),
    _add("encoder-decoder.getitem", "EncoderDecoderCache.__getitem__", "members:encoder_decoder_getitem", "5.0.0",
         "`past_key_values[0][0].shape[2]`, the oldest way to a cache's length, raises TypeError: not subscriptable.", _TUPLES),
    _add("iterate", "Cache.__iter__", "members:iterate", "4.49.0",
         "`for keys, values in cache` raises TypeError: a static cache is not iterable.", _TUPLES),
    _add("encoder-decoder.iterate", "EncoderDecoderCache.__iter__", "members:encoder_decoder_iterate", "4.49.0",
         "Iterating an encoder-decoder cache ends in KeyError: it has an index and no iterator.", _LAYERS, until="4.54.0"),
    # Not traced: it reads the bytecode of the caller, which torch.compile does not show. Compiled, it steps aside.
    _wrap("iterate-in-pairs", "DynamicCache.__iter__", "iteration:unpackable", "5.0.0",
          "`for keys, values in cache` raises ValueError: a layer yields three values.", _PULL + "41569", traced=False),
    _wrap("iterate-in-fours", "EncoderDecoderCache.__iter__", "iteration:unpackable", "5.0.0",
          "Taking four states a layer from an encoder-decoder cache raises ValueError: a layer yields six.", _PULL + "41569", traced=False),
    _add("to-legacy-cache", "DynamicCache.to_legacy_cache", "members:to_legacy_cache", "5.0.0",
         "Models and packages that hand tuples on convert a cache with to_legacy_cache, and stop with AttributeError.", _TUPLES),
    _add("from-legacy-cache", "DynamicCache.from_legacy_cache", "members:from_legacy_cache", "5.0.0",
         "Models and packages that are given tuples make a cache with from_legacy_cache, and stop with AttributeError.", _TUPLES),
    _add("encoder-decoder.to-legacy-cache", "EncoderDecoderCache.to_legacy_cache", "members:encoder_decoder_to_legacy_cache", "5.0.0",
         "Models and packages that hand tuples on convert a cache with to_legacy_cache, and stop with AttributeError.", _TUPLES),
    _add("encoder-decoder.from-legacy-cache", "EncoderDecoderCache.from_legacy_cache", "members:encoder_decoder_from_legacy_cache", "5.0.0",
         "Models and packages that are given tuples make a cache with from_legacy_cache, and stop with AttributeError.", _TUPLES),
    _add("static.to-legacy-cache", "StaticCache.to_legacy_cache", "members:static_to_legacy_cache", "4.49.0",
         "Models of 4.38 to 4.42 call to_legacy_cache() on whatever cache they have; a static one answered None.", _TREE + "v4.40.2/src/transformers/cache_utils.py"),
    _wrap("from-legacy-cache-optional", "DynamicCache.from_legacy_cache", "members:optional_from_legacy_cache", "4.50.0",
          "from_legacy_cache(), and its num_hidden_layers of 4.45 to 4.49, raise TypeError.", _PULL + "36373", until="5.0.0"),
    _wrap("encoder-decoder.from-legacy-cache-optional", "EncoderDecoderCache.from_legacy_cache", "members:optional_from_legacy_cache", "4.54.0",
          "from_legacy_cache() without an argument raises TypeError.", _LAYERS, until="5.0.0"),
    _add("batch-split", "DynamicCache.batch_split", "members:batch_split", "4.54.0",
         "Contrastive search and other code that works through a batch in parts stops with AttributeError.", _LAYERS),
    _add("from-batch-splits", "DynamicCache.from_batch_splits", "members:from_batch_splits", "4.54.0",
         "Contrastive search and other code that works through a batch in parts stops with AttributeError.", _LAYERS),
    _add("encoder-decoder.batch-split", "EncoderDecoderCache.batch_split", "members:encoder_decoder_batch_split", "5.2.0",
         "Contrastive search and other code that works through a batch in parts stops with AttributeError.", _TREE + "v5.1.0/src/transformers/cache_utils.py"),
    _add("encoder-decoder.from-batch-splits", "EncoderDecoderCache.from_batch_splits", "members:encoder_decoder_from_batch_splits", "4.54.0",
         "Contrastive search and other code that works through a batch in parts stops with AttributeError.", _LAYERS),
    _add("layer.from-tensors", "DynamicLayer.from_tensors", "members:from_tensors", "4.56.0",
         "Code of 4.54 and 4.55 makes a layer of given states with from_tensors.", _SIMPLER),
]  # fmt: skip

CROPPING = [
    _wrap("crop", "Cache.crop", "cropping:keeping", "5.15.0",
          "`cache.crop(n)` kept n tokens; now a positive n raises ValueError, and max_length= is no argument.", _CROP),
    _wrap("encoder-decoder.crop", "EncoderDecoderCache.crop", "cropping:encoder_decoder_keeping", "5.15.0",
          "`cache.crop(maximum_length=n)` raises TypeError: the argument has another name.", _CROP),
    _wrap("layer.crop", "DynamicLayer.crop", "cropping:layer_keeping", "5.19.0",
          "`layer.crop(n)` kept n tokens; now a positive n raises ValueError, and max_length= is no argument.", _CROP),
    _add("crop-past-key-values", "transformers.generation.candidate_generator:_crop_past_key_values", "cropping:crop_past_key_values", "4.54.0",
         "Packages with a decoding loop of their own import _crop_past_key_values from candidate_generator.", _CLEANUP),
    _add("crop-past-key-values-in-utils", "transformers.generation.utils:_crop_past_key_values", "cropping:crop_past_key_values", "4.54.0",
         "Packages with a decoding loop of their own import _crop_past_key_values from generation.utils.", _CLEANUP),
]  # fmt: skip

# Not traced: up to 4.55 making a cache reads signatures, or makes tensors at static addresses, which no graph can do;
# the deprecated classes log when they are made; quantizers are no part of a graph.
CONSTRUCTORS = [
    _wrap("dynamic-init", "DynamicCache.__init__", "constructors:dynamic", "4.56.0",
          "DynamicCache(num_hidden_layers) and DynamicCache(_distributed_cache_data=...) raise TypeError.", _SIMPLER),
    _wrap("dynamic-init-4.54", "DynamicCache.__init__", "constructors:dynamic_filled", "4.54.0",
          "DynamicCache(num_hidden_layers) and DynamicCache(_distributed_cache_data=...) raise TypeError.", _LAYERS, until="4.56.0", traced=False),
    _wrap("dynamic-init-4.50", "DynamicCache.__init__", "constructors:dynamic_without_config", "4.50.0",
          "DynamicCache(num_hidden_layers) raises TypeError; so does DynamicCache(config=...), for code of 4.56 and newer.", _PULL + "36373", until="4.54.0"),
    _wrap("dynamic-init-4.49", "DynamicCache.__init__", "constructors:dynamic_without_data", "4.49.0",
          "DynamicCache(_distributed_cache_data=...) of 4.50 raises TypeError, as DynamicCache(config=...) of 4.56 does.", _PULL + "36373", until="4.50.0"),
    _wrap("encoder-decoder-init", "EncoderDecoderCache.__init__", "constructors:encoder_decoder", "4.56.0",
          "EncoderDecoderCache(self_attention_cache=..., cross_attention_cache=...) raises TypeError.", _PULL + "40008"),
    _wrap("cache-init", "Cache.__init__", "constructors:cache", "4.56.0",
          "A cache class that keeps its states by itself calls super().__init__(), and is told to give layers.", _SIMPLER),
    _wrap("cache-init-4.54", "Cache.__init__", "constructors:cache_4_54", "4.54.0",
          "A cache class that keeps its states by itself calls super().__init__(), and is told to give a class of layers.", _LAYERS, until="4.56.0", traced=False),
    _wrap("static-init", "StaticCache.__init__", "constructors:static", "4.56.0",
          "StaticCache(config, batch_size, max_cache_len, device, dtype) takes the batch size for the length and fails.", _SIMPLER),
    *(
        _wrap(f"{name.lower()}-init", f"{name}.__init__", "constructors:static_remembered", "4.56.0",
              f"{name}(config=..., max_batch_size=...) does not know its max_batch_size, nor its tensors, before the first update.", _SIMPLER, until="5.0.0", traced=False)
        for name in _DEPRECATED
    ),
    _wrap("static-init-4.54", "StaticCache.__init__", "constructors:static_named", "4.54.0",
          "StaticCache(config, ...) with arguments by position raises TypeError.", _LAYERS, until="4.56.0", traced=False),
    _wrap("static-init-4.51", "StaticCache.__init__", "constructors:static_renamed", "4.51.0",
          "StaticCache(batch_size=...) raises TypeError: the argument has another name.", _PULL + "37007", until="4.54.0", traced=False),
    _wrap("sliding-init-4.54", "SlidingWindowCache.__init__", "constructors:static_named", "4.54.0",
          "SlidingWindowCache(config, ...) with arguments by position raises TypeError.", _LAYERS, until="4.56.0", traced=False),
    _wrap("hybrid-init-4.54", "HybridCache.__init__", "constructors:static_named", "4.54.0",
          "HybridCache(config, ...) with arguments by position raises TypeError.", _LAYERS, until="4.56.0", traced=False),
    _wrap("offloaded-static-init-4.54", "OffloadedStaticCache.__init__", "constructors:offloaded_static_named", "4.54.0",
          "OffloadedStaticCache(config, ...) with arguments by position raises TypeError.", _LAYERS, until="4.56.0", traced=False),
    _wrap("offloaded-hybrid-init-4.54", "OffloadedHybridCache.__init__", "constructors:offloaded_static_named", "4.54.0",
          "OffloadedHybridCache(config, ...) with arguments by position raises TypeError.", _LAYERS, until="4.56.0", traced=False),
    _wrap("quantized-init", "QuantizedCache.__init__", "quantized:settings", "4.56.0",
          "A QuantizedCacheConfig's compute_dtype and device, and its backend 'HQQ', are refused.", _SIMPLER, traced=False),
    _wrap("quanto-init", "QuantoQuantizedCache.__init__", "quantized:quanto", "4.56.0",
          "QuantoQuantizedCache(QuantizedCacheConfig(...)) fails: a model's config is wanted.", _SIMPLER, until="5.0.0", traced=False),
    _wrap("hqq-init", "HQQQuantizedCache.__init__", "quantized:hqq", "4.56.0",
          "HQQQuantizedCache(QuantizedCacheConfig(...)) fails: a model's config is wanted.", _SIMPLER, until="5.0.0", traced=False),
    _wrap("quanto-init-4.54", "QuantoQuantizedCache.__init__", "quantized:named", "4.54.0",
          "QuantoQuantizedCache(QuantizedCacheConfig(...)) raises TypeError: settings are wanted by name.", _LAYERS, until="4.56.0", traced=False),
    _wrap("hqq-init-4.54", "HQQQuantizedCache.__init__", "quantized:named", "4.54.0",
          "HQQQuantizedCache(QuantizedCacheConfig(...)) raises TypeError: settings are wanted by name.", _LAYERS, until="4.56.0", traced=False),
    _wrap("sink-init", "SinkCache.__init__", "sink:working", "4.53.0",
          "SinkCache(window_length, num_sink_tokens) raises NotImplementedError: the class is a stub.", _TREE + "v4.52.4/src/transformers/cache_utils.py", until="5.0.0", traced=False),
]  # fmt: skip


def _class(name: str, impl: str, since: str, upstream: str, top: bool = True) -> list[Patch]:
    """A class that is gone from `transformers.cache_utils`, and from the top level if it was there."""
    reason = f"`from transformers.cache_utils import {name}` raises ImportError, at the import of a package or a remote model."
    rows = [_add(name.lower(), name, impl, since, reason, upstream, traced=False)]
    if top:
        reason = f"`from transformers import {name}` raises ImportError, at the import of a package or a remote model."
        rows.append(_add(f"top.{name.lower()}", f"transformers:{name}", impl, since, reason, upstream, traced=False))
    return rows


# Lazily served classes: nothing is built until somebody asks for one. traced=False, for nothing in them is a patch
# that torch.compile meets; their instances are caches of the runtime's own layers.
CLASSES = [
    *_class("HybridCache", "classes:HybridCache", "5.0.0", _CLASSES),
    *_class("HybridChunkedCache", "classes:HybridChunkedCache", "5.0.0", _CLASSES),
    *_class("SlidingWindowCache", "classes:SlidingWindowCache", "5.0.0", _CLASSES, top=False),
    _add("top.slidingwindowcache", "transformers:SlidingWindowCache", "transformers.cache_utils:SlidingWindowCache", "5.0.0",
         "`from transformers import SlidingWindowCache` raises ImportError, at the import of a package or a remote model.", _CLASSES, traced=False),
    *_class("OffloadedCache", "classes:OffloadedCache", "5.0.0", _CLASSES),
    *_class("OffloadedStaticCache", "classes:OffloadedStaticCache", "5.0.0", _CLASSES),
    *_class("OffloadedHybridCache", "classes:OffloadedHybridCache", "5.0.0", _CLASSES, top=False),
    *_class("QuantoQuantizedCache", "classes:QuantoQuantizedCache", "5.0.0", _CLASSES),
    *_class("HQQQuantizedCache", "classes:HQQQuantizedCache", "5.0.0", _CLASSES),
    *_class("SinkCache", "sink_class:SinkCache", "5.0.0", _CLASSES),
    *_class("SlidingWindowLayer", "transformers.cache_utils:StaticSlidingWindowLayer", "5.0.0", _CLASSES, top=False),
    *_class("ChunkedSlidingLayer", "transformers.cache_utils:StaticSlidingWindowLayer", "5.0.0", _CLASSES, top=False),
    *_class("CacheConfig", "configs:CacheConfig", "4.56.0", _CONFIGS),
    *_class("QuantizedCacheConfig", "configs:QuantizedCacheConfig", "4.56.0", _CONFIGS),
    *_class("StaticCacheConfig", "configs:StaticCacheConfig", "4.56.0", _CONFIGS, top=False),
    _add("static-cache-config.validate", "StaticCacheConfig.validate", "configs:StaticCacheConfig.validate", "4.54.0",
         "StaticCacheConfig.validate() raises AttributeError: a method of it was lost.", _LAYERS, until="4.56.0", traced=False),
    _add("mambacache-4.56", "MambaCache", "transformers.models.mamba.modeling_mamba:MambaCache", "4.56.0",
         "`from transformers.cache_utils import MambaCache` raises ImportError: it moved to the model.", _SIMPLER, until="5.5.0", traced=False),
    *_class("MambaCache", "mamba:MambaCache", "5.5.0", _TREE + "v5.4.0/src/transformers/models/mamba/modeling_mamba.py"),
    _add("mamba.mambacache", "transformers.models.mamba.modeling_mamba:MambaCache", "mamba:MambaCache", "5.5.0",
         "`from transformers.models.mamba.modeling_mamba import MambaCache` raises ImportError.", _TREE + "v5.4.0/src/transformers/models/mamba/modeling_mamba.py", traced=False),
    _add("top.mambacache-4.54", "transformers:MambaCache", "transformers.models.mamba.modeling_mamba:MambaCache", "4.54.0",
         "`from transformers import MambaCache` raises ImportError: it moved to the model.", _LAYERS, until="5.5.0", traced=False),
]  # fmt: skip

MAPPINGS = [
    _add("need-setup-mapping", "transformers.generation.configuration_utils:NEED_SETUP_CACHE_CLASSES_MAPPING", "mappings:NEED_SETUP_CACHE_CLASSES_MAPPING", "4.56.0",
         "Packages with a generate of their own make static caches from this table, and stop at the import.", _SIMPLER, traced=False),
    _add("need-setup-mapping-in-utils", "transformers.generation.utils:NEED_SETUP_CACHE_CLASSES_MAPPING", "mappings:NEED_SETUP_CACHE_CLASSES_MAPPING", "4.56.0",
         "Packages with a generate of their own make static caches from this table, and stop at the import.", _SIMPLER, traced=False),
    _add("quant-backend-mapping", "transformers.generation.configuration_utils:QUANT_BACKEND_CLASSES_MAPPING", "mappings:QUANT_BACKEND_CLASSES_MAPPING", "4.56.0",
         "Packages with a generate of their own make quantized caches from this table, and stop at the import.", _SIMPLER, traced=False),
    _add("quant-backend-mapping-in-utils", "transformers.generation.utils:QUANT_BACKEND_CLASSES_MAPPING", "mappings:QUANT_BACKEND_CLASSES_MAPPING", "4.56.0",
         "Packages with a generate of their own make quantized caches from this table, and stop at the import.", _SIMPLER, traced=False),
]  # fmt: skip

MODELS = [
    _wrap("tuples-to-models", "transformers.modeling_utils:PreTrainedModel.__call__", "models:accepting_tuples", "5.0.0",
          "past_key_values given as tuples, as every package before caches does, raise AttributeError in every model.", _TUPLES),
    _wrap("tuples-to-models-4", "transformers.modeling_utils:PreTrainedModel.__call__", "models:accepting_tuples_where_needed", "4.49.0",
          "past_key_values given as tuples raise AttributeError in the models that moved to caches.", _PULL + "31491", until="4.56.0"),
    _wrap("tuples-to-models-4.56", "transformers.modeling_utils:PreTrainedModel.__call__", "models:accepting_tuples_since_4_56", "4.56.0",
          "past_key_values given as tuples raise AttributeError in the models that moved to caches; given as lists, in all.", _PULL + "39765", until="5.0.0"),
    _wrap("tuples-to-generate", "transformers.generation.utils:GenerationMixin._prepare_cache_for_generation", "models:preparing_tuples", "5.0.0",
          "generate(past_key_values=tuples) raises ValueError.", _TUPLES, traced=False),
]  # fmt: skip

# Not traced where they look at who calls: torch.compile shows no callers.
DIALECTS = [
    _wrap("crop-zero", "Cache.crop", "dialects:emptied_by_zero", "5.14.0",
          "`cache.crop(0)` emptied the cache; now it changes nothing.", _CROP, dialect="5.14", traced=False, after=("crop",)),
    _wrap("encoder-decoder.crop-zero", "EncoderDecoderCache.crop", "dialects:emptied_by_zero", "5.14.0",
          "`cache.crop(0)` emptied the cache; now it changes nothing.", _CROP, dialect="5.14", traced=False, after=("encoder-decoder.crop",)),
    _wrap("pairs", "DynamicCache.__iter__", "dialects:in_pairs", "5.0.0",
          "Code that takes what a cache yields as pairs finds a third item, a window or None.", _PULL + "41569", dialect="5.0", traced=False, after=("iterate-in-pairs",)),
    _wrap("fours", "EncoderDecoderCache.__iter__", "dialects:in_fours", "5.0.0",
          "Code that takes what an encoder-decoder cache yields as fours finds six items.", _PULL + "41569", dialect="5.0", traced=False, after=("iterate-in-fours",)),
    _wrap("key-cache-list", "Cache.key_cache", "states:list_key_cache", "4.54.0",
          "cache.key_cache is no list: it has neither append nor pop, and counts layers that are empty.", _LAYERS, until="4.56.0", dialect="4.54", traced=False, after=("key-cache-assigned",)),
    _wrap("value-cache-list", "Cache.value_cache", "states:list_value_cache", "4.54.0",
          "cache.value_cache is no list: it has neither append nor pop, and counts layers that are empty.", _LAYERS, until="4.56.0", dialect="4.54", traced=False, after=("value-cache-assigned",)),
    _wrap("max-batch-size-told", "Cache.max_batch_size", "dialects:batch_size_as_told", "5.13.0",
          "A static cache that was told its max_batch_size says -1 before its first update.", _GETTERS, until="5.20.0", dialect="5.13", traced=False, after=("max-batch-size-assigned",)),
    _wrap("max-length-none", "Cache.get_max_length", "dialects:without_limit_none", "5.13.0",
          "`max_length is not None` is true of a cache without limit, whose -1 then cuts masks to the wrong size.", _GETTERS, dialect="4.49", traced=False),
    _wrap("encoder-decoder.max-length-none", "EncoderDecoderCache.get_max_length", "dialects:without_limit_none", "5.13.0",
          "`max_length is not None` is true of a cache without limit, whose -1 then cuts masks to the wrong size.", _GETTERS, dialect="4.49", traced=False),
    _wrap("encoder-decoder.max-cache-shape-none", "EncoderDecoderCache.get_max_cache_shape", "dialects:without_limit_none", "4.54.0",
          "`max_length is not None` is true of a cache without limit, whose -1 then cuts masks to the wrong size.", _LAYERS, until="5.20.0", dialect="4.54", traced=False),
    _wrap("max-cache-shape-none", "Cache.get_max_cache_shape", "dialects:without_limit_none", "4.54.0",
          "`max_length is not None` is true of a cache without limit, whose -1 then cuts masks to the wrong size.", _LAYERS, dialect="4.54", traced=False, after=("get-max-cache-shape",)),
    _wrap("static-position", "StaticLayer.update", "dialects:at_cache_position", "5.4.0",
          "A static cache ignores the cache_position in cache_kwargs and writes behind what it holds.", _POSITIONS, dialect="5.4"),
    _wrap("mask-sizes-by-position", "Cache.get_mask_sizes", "dialects:by_position", "5.4.0",
          "get_mask_sizes(cache_position, layer) takes the positions for a number and returns a tensor.", _POSITIONS, dialect="5.4"),
    *(
        _wrap(f"{name.lower()}-positional", f"{name}.__init__", "constructors:static_positional", "4.56.0",
              f"{name}(config, batch_size, max_cache_len) takes the batch size for the length, and no notice of the rest.", _PULL + "40276",
              until="5.0.0", dialect="4.56", traced=False, after=(f"{name.lower()}-init",))
        for name in _DEPRECATED
    ),
]  # fmt: skip

PATCHES = [*LENGTHS, *ASSIGNED, *STATES, *CROPPING, *CONSTRUCTORS, *CLASSES, *MAPPINGS, *MODELS, *DIALECTS]


@hookimpl
def hfcompat_patches() -> list[Patch]:
    return PATCHES
