"""Calls in the form of 5.x, which 4.x refuses or takes wrongly, and members that its classes lack."""

from __future__ import annotations

from hfcompat_plugins.v5.tables import OURS, V5

from hfcompat import Kind, Patch

LOADING = ("artifacts:weights.4-49", "weights:state-dict", "weights:state-dict-and-flash-attention")
"""Patches of other plugins that stand around `PreTrainedModel.from_pretrained` too."""


def _row(
    kind: Kind,
    id: str,
    target: str,
    impl: str,
    since: str,
    reason: str,
    upstream: str,
    *,
    before: str = "5.0.0",
    hub: str | None = None,
    traced: bool = True,
    after: tuple[str, ...] = (),
) -> Patch:
    return Patch(
        id=id,
        target=target if target.startswith("huggingface_hub") else f"transformers.{target}",
        kind=kind,
        impl=OURS + impl,
        when={"transformers": f">={since}.dev0,<{before}.dev0"} | ({"huggingface_hub": hub} if hub else {}),
        reason=reason,
        upstream=V5 + upstream,
        traced=traced,
        after=after,
    )


CALLS: list[Patch] = [
    _row(Kind.ADD, "attention-get-interface", "modeling_utils:AttentionInterface.get_interface", "models:get_interface", "4.53.0",
         "Attention layers of 5.x ask ALL_ATTENTION_FUNCTIONS.get_interface(...), and stop with AttributeError.", "modeling_utils.py"),
    _row(Kind.WRAP, "ties", "modeling_utils:PreTrainedModel.tie_embeddings_and_encoder_decoder", "models:tying_what_is_declared", "4.56.0",
         "A class that declares {target: source} gets its output embeddings tied and nothing else, or tied though it declares nothing.", "modeling_utils.py", traced=False),
    _row(Kind.WRAP, "loaded-stays-loaded", "modeling_utils:PreTrainedModel._initialize_missing_keys", "models:leaving_what_is_loaded", "4.56.0",
         "An _init_weights that leaves to transformers.initialization what is loaded overwrites it: nothing says that it is.", "modeling_utils.py", traced=False),
    *(
        _row(Kind.WRAP, f"masks.{name.replace('_', '-')}", f"masking_utils:{name}", f"mask_calls:{impl}", "4.53.0",
             f"{name}(config, inputs_embeds=..., past_key_values=...) raises TypeError: it wants input_embeds and cache_position.", "masking_utils.py")
        for name, impl in (
            ("create_causal_mask", "called_as_on_5"),
            ("create_sliding_window_causal_mask", "sliding_called_as_on_5"),
            ("create_chunked_causal_mask", "chunked_called_as_on_5"),
            ("create_masks_for_generate", "masks_called_as_on_5"),
        )
    ),
    *(
        _row(Kind.WRAP, f"static-caches{suffix}", f"cache_utils:{cls}.update", "caches:writing_on", since,
             "Attention layers of 5.x call past_key_values.update(key, value, layer), and a static cache writes each token over the first.", "cache_utils.py", before=before)
        for suffix, cls, since, before in (
            ("", "StaticLayer", "4.54.0", "5.0.0"),
            (".sliding", "StaticSlidingWindowLayer", "4.57.0", "5.0.0"),
            (".sliding-4-54", "SlidingWindowLayer", "4.54.0", "4.57.0"),
        )
    ),
    _row(Kind.ADD, "caches.query-offset", "cache_utils:Cache.get_query_offset", "caches:get_query_offset", "4.56.0",
         "Masks of 5.x ask a cache for get_query_offset, so that a side-loaded model stops at DynamicCache() of the runtime.", "cache_utils.py"),
    _row(Kind.WRAP, "caches.mask-sizes", "cache_utils:Cache.get_mask_sizes", "caches:sized_by_length", "4.56.0",
         "get_mask_sizes(length, layer), as 5.x calls it, raises AttributeError: 'int' object has no attribute 'shape'.", "cache_utils.py"),
    _row(Kind.REPLACE, "rope.functions", "modeling_rope_utils:ROPE_INIT_FUNCTIONS", "rope:ROPE_INIT_FUNCTIONS", "4.49.0",
         "ROPE_INIT_FUNCTIONS[...](config, layer_type=...) raises TypeError.", "modeling_rope_utils.py"),
    _row(Kind.WRAP, "rope.update", "modeling_rope_utils:dynamic_rope_update", "rope:of_any_form", "4.53.0",
         "A rotary embedding of 5.x stops with AttributeError (rope_init_fn) or TypeError (layer_type) in dynamic_rope_update.", "modeling_rope_utils.py"),
    _row(Kind.WRAP, "documentation", "utils.auto_docstring:auto_class_docstring", "documentation:of_any_class", "4.56.0",
         "Configuration classes that are decorated with auto_docstring raise ValueError.", "utils/auto_docstring.py", traced=False),
    _row(Kind.WRAP, "documentation.methods", "utils.auto_docstring:auto_method_docstring", "documentation:of_any_method", "4.56.0",
         "Forwards that are decorated with auto_docstring and return an output without documentation raise ValueError when they are defined.", "utils/auto_docstring.py", traced=False),
    _row(Kind.WRAP, "documentation.unions", "utils.auto_docstring:_process_parameter_type", "documentation:of_unions", "4.56.0",
         "Forwards that are decorated with auto_docstring and annotated with X | Y stop with AttributeError when they are defined.", "utils/auto_docstring.py", traced=False),
    _row(Kind.WRAP, "strict-annotations", "huggingface_hub.dataclasses:type_validator", "strictness:of_any_annotation", "4.49.0",
         "Strict configurations with fields `int | None` are refused by huggingface_hub 0.x.", "configuration_utils.py", hub=">=0.31.0.dev0,<1.0.0.dev0", traced=False),
    *(
        _row(Kind.WRAP, f"dtype.{id}", target, "behaviours:dtype_by_its_new_name", "4.49.0",
             f"{call}(..., dtype=...) is refused, or loads in float32 all the same: the keyword is torch_dtype.", "modeling_utils.py", before="4.56.0", traced=False, after=LOADING if id == "model" else ())
        for id, call, target in (
            ("model", "from_pretrained", "modeling_utils:PreTrainedModel.from_pretrained"),
            ("model-from-config", "_from_config", "modeling_utils:PreTrainedModel._from_config"),
            ("pipeline", "pipeline", "pipelines:pipeline"),
        )
    ),
    _row(Kind.WRAP, "dtype.config", "configuration_utils:PretrainedConfig.from_dict", "behaviours:dtype_for_the_model", "4.49.0",
         "AutoModel.from_pretrained(..., dtype=...) takes the dtype for an attribute of the configuration, and loads in float32.", "configuration_utils.py", before="4.56.0", traced=False),
]  # fmt: skip
