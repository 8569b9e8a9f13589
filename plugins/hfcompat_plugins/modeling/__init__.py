"""Model classes: what `PreTrainedModel` and the families' own classes no longer do or have."""

from collections.abc import Iterator

from hfcompat import Kind, Patch, hookimpl

_BASE = "transformers.modeling_utils:PreTrainedModel"
_UTILS = "transformers.modeling_utils:ModuleUtilsMixin"
_TESTED = "<5.24"

_PULL = "https://github.com/huggingface/transformers/pull/"
_TREE = "https://github.com/huggingface/transformers/blob/"
_GUIDE = _TREE + "main/MIGRATION_GUIDE_V5.md"
_HEADS = _PULL + "41076"  # 5.0: head masks go
_MASKS = _PULL + "43924"  # 5.17: the old ways to make a mask go
_DISPATCH = _PULL + "38974"  # 4.54: flags of attention implementations
_V4 = _TREE + "v4.57.6/src/transformers/modeling_utils.py"

_FLATTENED = {"transformers": ">=5.6.0.dev0"}


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
    span = f">={since}.dev0" + (f",<{until}.dev0" if until else "" if kind is Kind.ADD else f",{_TESTED}")
    return Patch(
        id=id,
        target=target,
        kind=kind,
        impl=f"hfcompat_plugins.modeling.{impl}",
        when={"transformers": span} | ({"dialect": dialect} if dialect else {}),
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


def _itself(family: str, cls: str, name: str) -> Patch:
    """`cls.name` was the one submodule of a wrapper, and is the model itself since the wrapper went."""
    return Patch(
        id=f"{family.replace('_', '-')}.{name.replace('_', '-')}",
        target=f"transformers.models.{family}.modeling_{family}:{cls}.{name}",
        kind=Kind.ADD,
        impl=f"hfcompat_plugins.modeling.flattened:{name}",
        when=_FLATTENED,
        reason=f"Code that reaches through {cls}.{name} raises AttributeError: its parts moved up into the model.",
        upstream="https://github.com/huggingface/transformers/pull/44431",
    )


MASKS = [
    _add("get-head-mask", f"{_UTILS}.get_head_mask", "masks:get_head_mask", "5.0.0",
         "Every model in the manner of BERT, GPT-2 or T5 makes its head masks with get_head_mask, and stops with AttributeError.", _HEADS),
    _add("convert-head-mask-to-5d", f"{_UTILS}._convert_head_mask_to_5d", "masks:_convert_head_mask_to_5d", "5.0.0",
         "Models with a get_head_mask of their own call _convert_head_mask_to_5d, and stop with AttributeError.", _HEADS),
    _add("get-extended-attention-mask", f"{_UTILS}.get_extended_attention_mask", "masks:get_extended_attention_mask", "5.17.0",
         "Models in the manner of BERT make their masks with get_extended_attention_mask, and stop with AttributeError.", _MASKS),
    _wrap("get-extended-attention-mask-device", f"{_UTILS}.get_extended_attention_mask", "masks:accepting_device", "5.0.0",
          "get_extended_attention_mask(mask, shape, device) raises TypeError: the third argument is the dtype now.", _V4, until="5.17.0"),
    _add("invert-attention-mask", f"{_UTILS}.invert_attention_mask", "masks:invert_attention_mask", "5.17.0",
         "Decoders in the manner of BERT invert their encoder's mask, and stop with AttributeError.", _MASKS),
    _add("extended-attention-mask-for-decoder", f"{_UTILS}.create_extended_attention_mask_for_decoder",
         "masks:create_extended_attention_mask_for_decoder", "5.17.0",
         "Packages with a decoder of their own call create_extended_attention_mask_for_decoder, and stop with AttributeError.", _MASKS),
    _wrap("extended-attention-mask-for-decoder-device", f"{_UTILS}.create_extended_attention_mask_for_decoder",
          "masks:decoder_accepting_device", "5.0.0",
          "create_extended_attention_mask_for_decoder(shape, mask, device) raises TypeError: it takes no device.", _V4, until="5.17.0"),
    _row(Kind.REPLACE, "warnings-of-masks", "transformers.modeling_attn_mask_utils:warnings", "mask_warnings:warnings", "5.3.0",
         "Models that make masks with _prepare_4d_causal_attention_mask and kin compile no more in one graph: these warn.",
         _TREE + "v5.3.0/src/transformers/modeling_attn_mask_utils.py"),
]  # fmt: skip

_OF_IMAGES = ("language_model", "vision_tower", "multi_modal_projector")
_PARTS = {
    _OF_IMAGES: {
        "aria": "Aria", "aya_vision": "AyaVision", "cohere2_vision": "Cohere2Vision", "florence2": "Florence2",
        "gemma3": "Gemma3", "got_ocr2": "GotOcr2", "internvl": "InternVL", "lfm2_vl": "Lfm2Vl", "llava": "Llava",
        "llava_next": "LlavaNext", "llava_next_video": "LlavaNextVideo", "llava_onevision": "LlavaOnevision",
        "mistral3": "Mistral3", "paligemma": "PaliGemma", "vipllava": "VipLlava",
    },
    ("language_model", "visual"): {
        "glm4v": "Glm4v", "glm4v_moe": "Glm4vMoe", "qwen2_vl": "Qwen2VL", "qwen2_5_vl": "Qwen2_5_VL", "qwen3_vl": "Qwen3VL",
        "qwen3_vl_moe": "Qwen3VLMoe",
    },
    ("language_model", "vision_tower"): {"ovis2": "Ovis2"},
    ("language_model", "vision_tower", "audio_tower"): {"gemma3n": "Gemma3n"},
    ("language_model", "vision_model"): {"mllama": "Mllama"},
    ("language_model", "video_tower", "image_tower", "multi_modal_projector"): {"video_llava": "VideoLlava"},
    ("text_model", "vqmodel"): {"emu3": "Emu3"},
}  # fmt: skip
PARTS = [
    _add(f"parts.{family.replace('_', '-')}.{name.replace('_', '-')}",
         f"transformers.models.{family}.modeling_{family}:{cls}ForConditionalGeneration.{name}", f"parts:{name}", "5.0.0",
         f"Code that takes {cls}ForConditionalGeneration apart by its {name} stops with AttributeError: the parts are in its `model`.",
         f"{_TREE}v4.57.6/src/transformers/models/{family}/modeling_{family}.py")
    for names, families in _PARTS.items()
    for family, cls in families.items()
    for name in names
]  # fmt: skip

# Not traced: bookkeeping between calls.
ACCOUNTING = [
    _add("warnings-issued", f"{_BASE}.warnings_issued", "accounting:warnings_issued", "5.1.0",
         'Trainers silence a warning by model.warnings_issued["estimate_tokens"] = True, and stop with AttributeError.', _V4, traced=False),
    _add("estimate-tokens", f"{_UTILS}.estimate_tokens", "accounting:estimate_tokens", "5.0.0",
         "Code that counts tokens of a batch by the model stops with AttributeError.", _V4, traced=False),
    _add("floating-point-ops", f"{_UTILS}.floating_point_ops", "accounting:floating_point_ops", "5.0.0",
         "Trainers of other packages ask the model for its floating_point_ops, and stop with AttributeError.", _V4, traced=False),
    _add("add-memory-hooks", f"{_UTILS}.add_memory_hooks", "accounting:add_memory_hooks", "5.0.0",
         "Code that traces memory with add_memory_hooks stops with AttributeError.", _V4, traced=False),
    _add("reset-memory-hooks-state", f"{_UTILS}.reset_memory_hooks_state", "accounting:reset_memory_hooks_state", "5.0.0",
         "Code that traces memory with add_memory_hooks stops with AttributeError.", _V4, traced=False),
    _add("hook-rss-memory-pre-forward", f"{_UTILS}._hook_rss_memory_pre_forward", "accounting:hook_rss_memory_pre_forward", "5.0.0",
         "Code that puts the memory hooks on a module of its own stops with AttributeError.", _V4, traced=False),
    _add("hook-rss-memory-post-forward", f"{_UTILS}._hook_rss_memory_post_forward", "accounting:hook_rss_memory_post_forward", "5.0.0",
         "Code that puts the memory hooks on a module of its own stops with AttributeError.", _V4, traced=False),
]  # fmt: skip

# Not traced where they are read when a model is built, moved or saved.
FLAGS = [
    Patch(
        id="supports-flash-attn-declared-as-2",
        target=f"{_BASE}._supports_flash_attn",
        kind=Kind.REPLACE,
        impl="hfcompat_plugins.modeling.flags:supports_flash_attn",
        when={"transformers": f">=4.54.0.dev0,{_TESTED}"},
        reason="A class that declares _supports_flash_attn_2 = True is refused flash attention, since 5.4 altogether.",
        upstream=_DISPATCH,
        traced=False,
    ),
    _add("supports-flash-attn-2", f"{_BASE}._supports_flash_attn_2", "flags:supports_flash_attn_2", "4.54.0",
         "Code that asks a model for _supports_flash_attn_2 stops with AttributeError.", _DISPATCH, traced=False),
    _add("supports-flash-attn-3", f"{_BASE}._supports_flash_attn_3", "flags:supports_flash_attn_3", "4.54.0",
         "Code that asks a model for _supports_flash_attn_3 stops with AttributeError.", _DISPATCH, traced=False),
    _add("supports-cache-class", f"{_BASE}._supports_cache_class", "flags:supports_cache_class", "4.54.0",
         "Code that asks a model whether it takes a Cache stops with AttributeError.", _DISPATCH, traced=False),
    _add("supports-static-cache", f"{_BASE}._supports_static_cache", "flags:supports_static_cache", "4.54.0",
         "Code that asks a model whether it takes a static cache stops with AttributeError.", _DISPATCH, traced=False),
    _add("supports-quantized-cache", f"{_BASE}._supports_quantized_cache", "flags:supports_quantized_cache", "4.54.0",
         "Code that asks a model whether it takes a quantized cache stops with AttributeError.", _DISPATCH, traced=False),
    _add("use-sdpa", f"{_BASE}._use_sdpa", "flags:use_sdpa", "4.49.0",
         "Forwards copied from 4.36 to 4.40 choose their mask by self._use_sdpa, and stop with AttributeError.",
         _TREE + "v4.40.2/src/transformers/models/mixtral/modeling_mixtral.py"),
    _add("use-flash-attention-2", f"{_BASE}._use_flash_attention_2", "flags:use_flash_attention_2", "4.49.0",
         "Forwards copied from 4.36 to 4.40 choose their mask by self._use_flash_attention_2, and stop with AttributeError.",
         _TREE + "v4.40.2/src/transformers/models/mixtral/modeling_mixtral.py"),
    _add("framework", f"{_BASE}.framework", "flags:framework", "5.0.0",
         "Pipelines of other packages ask a model for its framework, and stop with AttributeError.", _GUIDE, traced=False),
    _add("is-parallelizable", f"{_BASE}.is_parallelizable", "flags:is_parallelizable", "5.0.0",
         "Trainers of other packages ask whether a model is_parallelizable, and stop with AttributeError.", _V4, traced=False),
    *(
        _add(f"{family.replace('_', '-')}.model-parallel", f"transformers.models.{family}.modeling_{family}:{cls}.model_parallel", "flags:model_parallel", "5.0.0",
             f"A forward copied from {cls}'s models asks for self.model_parallel, and stops with AttributeError.", _V4)
        for family, cls in (
            ("decision_transformer", "DecisionTransformerPreTrainedModel"),
            ("gpt2", "GPT2PreTrainedModel"),
            ("gptj", "GPTJPreTrainedModel"),
            ("imagegpt", "ImageGPTPreTrainedModel"),
            ("mt5", "MT5PreTrainedModel"),
            ("t5", "T5PreTrainedModel"),
            ("umt5", "UMT5PreTrainedModel"),
        )
    ),
    *(
        _add(f"{family}.{name}.{cls.lower()}", f"transformers.models.{family}.modeling_{family}:{cls}.{name}", f"parallel:{name}", "5.0.0",
             f"Trainers that spread {cls} over devices stop with AttributeError, where they should learn of device_map.", _V4, traced=False)
        for family, classes in (
            ("gpt2", "GPT2Model GPT2LMHeadModel GPT2DoubleHeadsModel"),
            ("gptj", "GPTJModel GPTJForCausalLM"),
            ("mt5", "MT5Stack MT5Model MT5ForConditionalGeneration MT5EncoderModel"),
            ("t5", "T5Stack T5Model T5ForConditionalGeneration T5EncoderModel"),
        )
        for cls in classes.split()
        for name in ("parallelize", "deparallelize")
    ),
    _add("get-no-split-modules", f"{_BASE}._get_no_split_modules", "flags:get_no_split_modules", "5.1.0",
         "Packages that make a device map ask a model for _get_no_split_modules, and stop with AttributeError.",
         _TREE + "v5.0.0/src/transformers/modeling_utils.py", traced=False),
    _add("autoset-attn-implementation", f"{_BASE}._autoset_attn_implementation", "dispatch:autoset_attn_implementation", "4.54.0",
         "Code that settles a config's attention by _autoset_attn_implementation stops with AttributeError.", _DISPATCH, traced=False),
    _add("check-and-enable-sdpa", f"{_BASE}._check_and_enable_sdpa", "dispatch:check_and_enable_sdpa", "4.54.0",
         "Code that settles a config's attention by _check_and_enable_sdpa stops with AttributeError.", _DISPATCH, traced=False),
    _add("check-and-enable-flash-attn-2", f"{_BASE}._check_and_enable_flash_attn_2", "dispatch:check_and_enable_flash_attn_2", "4.54.0",
         "Code that settles a config's attention by _check_and_enable_flash_attn_2 stops with AttributeError.", _DISPATCH, traced=False),
    _add("check-and-enable-flex-attn", f"{_BASE}._check_and_enable_flex_attn", "dispatch:check_and_enable_flex_attn", "4.54.0",
         "Code that settles a config's attention by _check_and_enable_flex_attn stops with AttributeError.", _DISPATCH, traced=False),
]  # fmt: skip

PRUNING = [
    _add("prune-heads", f"{_BASE}.prune_heads", "pruning:prune_heads", "5.0.0",
         "model.prune_heads({layer: heads}) raises AttributeError.", _V4, traced=False),
    _add("prune-base-heads", f"{_BASE}._prune_heads", "pruning:prune_base_heads", "5.0.0",
         "model.base_model._prune_heads({layer: heads}) raises AttributeError.", _V4, traced=False),
    _wrap("pruned-before-loading", f"{_BASE}._backward_compatibility_gradient_checkpointing", "pruning:pruned_before_loading", "5.0.0",
          "The checkpoint of a pruned model cannot be loaded: its layers are smaller than the model's.", _V4, traced=False),
    _wrap("pruned-when-built", f"{_BASE}._backward_compatibility_gradient_checkpointing", "pruning:pruned_when_built", "5.0.0",
          "A model built from a config with pruned_heads has all its heads, in silence.", _V4,
          dialect="<5.0.dev0", after=("pruned-before-loading",), traced=False),
    *(
        _add(f"{family.replace('_', '-')}.{name.replace('_', '-')}", f"transformers.models.{family}.modeling_{family}:{cls}.{name}", f"pruning:{impl}", "5.0.0",
             f"Code that prunes layer by layer asks {cls} for {name}, and stops with AttributeError.", _V4, traced=False)
        for family, cls in (
            ("albert", "AlbertAttention"),
            ("bert", "BertAttention"),
            ("bert_generation", "BertGenerationAttention"),
            ("camembert", "CamembertAttention"),
            ("electra", "ElectraAttention"),
            ("ernie", "ErnieAttention"),
            ("gpt2", "GPT2Attention"),
            ("layoutlm", "LayoutLMAttention"),
            ("megatron_bert", "MegatronBertAttention"),
            ("roberta", "RobertaAttention"),
            ("roberta_prelayernorm", "RobertaPreLayerNormAttention"),
            ("xlm_roberta", "XLMRobertaAttention"),
        )
        for name, impl in (("prune_heads", "prune_attention_heads"), ("pruned_heads", "pruned_heads"))
    ),
]  # fmt: skip

# Around the rows that hand a model its cache, so that they see arguments by name.
_CACHES = ("cache:tuples-to-models",)

CALLING = [
    _wrap("arguments-that-raise", f"{_BASE}.__call__", "calling:forgiving", "5.0.0",
          "BertModel(ids, mask, types, positions, head_mask) raises ValueError, and a head mask given by name has no effect in silence.", _HEADS, after=_CACHES),
    _wrap("arguments-of-4.57", f"{_BASE}.__call__", "calling:as_in_4_57", "5.0.0",
          "Head masks, cache_position and output_attentions are swallowed in silence, and positions mean other arguments.", _HEADS,
          dialect=">=4.52.dev0,<5.0.dev0", after=("arguments-that-raise", *_CACHES)),
    _wrap("arguments-of-4.49", f"{_BASE}.__call__", "calling:as_in_4_49", "5.0.0",
          "Head masks, cache_position and output_attentions are swallowed in silence, and positions mean other arguments.", _HEADS,
          dialect="<4.52.dev0", after=("arguments-that-raise", *_CACHES)),
]  # fmt: skip

_REWRITTEN = _PULL + "37866"  # 4.53: masks are made in one place

SUBCLASSES = [
    _wrap("subclasses.masks", f"{_BASE}.__call__", "subclasses:masking_themselves", "4.53.0",
          "A subclass that overrides _update_causal_mask, to attend both ways say, is causal all the same, in silence.", _REWRITTEN,
          after=("arguments-that-raise", "arguments-of-4.57", "arguments-of-4.49", "cache:tuples-to-models-4", "cache:tuples-to-models-4.56",
                 *_CACHES)),
    _wrap("subclasses.completed", f"{_BASE}.post_init", "subclasses:completed", "4.49.0",
          "A subclass that makes its layers itself, past the __init__ of GemmaModel or MistralModel, lacks rotary_emb, or what else the "
          "inherited forward reads by now.", _PULL + "35235", traced=False, after=("weights:dialect.keys-to-ignore-on-save",)),
]  # fmt: skip

# First version without, kind of mask: the classes that had the methods, by family.
_CAUSAL = {
    ("4.53.0", "causal"): {
        "aria": "AriaTextModel", "bitnet": "BitNetModel", "cohere": "CohereModel", "csm": "CsmBackboneModel CsmDepthDecoderModel",
        "deepseek_v3": "DeepseekV3Model", "diffllama": "DiffLlamaModel", "emu3": "Emu3TextModel", "gemma": "GemmaModel", "glm": "GlmModel",
        "glm4": "Glm4Model", "gpt_neox": "GPTNeoXModel", "granite": "GraniteModel", "helium": "HeliumModel", "llama": "LlamaModel",
        "moonshine": "MoonshineDecoder", "olmo": "OlmoModel", "olmo2": "Olmo2Model", "phi": "PhiModel", "whisper": "WhisperDecoder",
    },
    ("4.53.0", "windowed_causal"): {
        "mimi": "MimiTransformerModel", "mistral": "MistralModel", "mixtral": "MixtralModel", "phi3": "Phi3Model",
        "phi4_multimodal": "Phi4MultimodalModel", "qwen2": "Qwen2Model", "qwen2_5_vl": "Qwen2_5_VLTextModel", "qwen2_vl": "Qwen2VLTextModel",
        "qwen3": "Qwen3Model", "qwen3_moe": "Qwen3MoeModel", "starcoder2": "Starcoder2Model",
    },
    ("4.53.0", "whole_causal"): {"cohere2": "Cohere2Model", "gemma2": "Gemma2Model", "gemma3": "Gemma3TextModel"},
    ("4.54.0", "causal"): {"chameleon": "ChameleonModel", "gpt2": "GPT2Model"},
    ("4.57.0", "causal"): {"idefics": "IdeficsModel"},
    ("5.0.0", "causal"): {
        "bart": "BartPreTrainedModel", "bigbird_pegasus": "BigBirdPegasusPreTrainedModel", "biogpt": "BioGptPreTrainedModel",
        "blenderbot": "BlenderbotPreTrainedModel", "blenderbot_small": "BlenderbotSmallPreTrainedModel", "dbrx": "DbrxModel",
        "granitemoe": "GraniteMoeModel", "granitemoehybrid": "GraniteMoeHybridModel", "granitemoeshared": "GraniteMoeSharedModel",
        "jetmoe": "JetMoeModel", "m2m_100": "M2M100PreTrainedModel", "marian": "MarianPreTrainedModel", "mbart": "MBartPreTrainedModel",
        "mt5": "MT5Stack", "olmoe": "OlmoeModel", "pegasus": "PegasusPreTrainedModel", "pegasus_x": "PegasusXPreTrainedModel",
        "plbart": "PLBartPreTrainedModel", "t5": "T5Stack",
    },
    ("5.0.0", "windowed_causal"): {"phimoe": "PhimoeModel", "qwen2_moe": "Qwen2MoeModel"},
    ("5.2.0", "causal"): {
        "bamba": "BambaModel", "bloom": "BloomModel", "codegen": "CodeGenModel", "falcon_h1": "FalconH1Model", "gpt_neo": "GPTNeoModel",
        "gpt_neox_japanese": "GPTNeoXJapaneseModel", "gptj": "GPTJModel", "kosmos2_5": "Kosmos2_5TextTransformer", "longt5": "LongT5Stack",
        "mllama": "MllamaPreTrainedModel", "nemotron": "NemotronModel", "opt": "OPTDecoder", "persimmon": "PersimmonModel",
        "pix2struct": "Pix2StructTextModel", "pop2piano": "Pop2PianoStack", "stablelm": "StableLmModel",
        "switch_transformers": "SwitchTransformersStack", "udop": "UdopStack", "umt5": "UMT5Stack",
    },
    ("5.2.0", "windowed_causal"): {"kyutai_speech_to_text": "KyutaiSpeechToTextModel", "moshi": "MoshiDepthDecoder MoshiModel"},
}  # fmt: skip


def _causal() -> Iterator[Patch]:
    for (since, kind), families in _CAUSAL.items():
        for family, classes in families.items():
            for cls in classes.split():
                target = f"transformers.models.{family}.modeling_{family}:{cls}"
                name = f"{family}.{cls.lower()}".replace("_", "-")
                yield _add(
                    f"{name}.update-causal-mask",
                    f"{target}._update_causal_mask",
                    f"causal:update_{kind}_mask",
                    since,
                    f"A forward copied from {cls} makes its mask by self._update_causal_mask, and stops with AttributeError.",
                    _REWRITTEN,
                )
                yield _add(f"{name}.prepare-4d-causal-attention-mask", f"{target}._prepare_4d_causal_attention_mask_with_cache_position",
                           "causal:prepare_4d_windowed" if kind.startswith("windowed") else "causal:prepare_4d", since,
                           f"A mask made by {cls}'s _prepare_4d_causal_attention_mask_with_cache_position ends in AttributeError.", _REWRITTEN)  # fmt: skip


# Names of 4.53 to 4.57, kept until 5.8.
MASKING = [
    _wrap(name.replace("_", "-"), f"transformers.masking_utils:{name}", "masking:without_cache_position", since,
          f"{name}(input_embeds=..., cache_position=...) raises TypeError, and by position takes the position for the cache.", _PULL + "43916")
    for name, since in (
        ("create_causal_mask", "5.9.0"),
        ("create_sliding_window_causal_mask", "5.9.0"),
        ("create_chunked_causal_mask", "5.9.0"),
        ("create_masks_for_generate", "5.4.0"),
    )
] + [
    _wrap("experts-of-any-size.5-0", "transformers.integrations.moe:_grouped_linear", "experts:in_a_loop", "5.0.0",
          "MixtralModel and its like raise RuntimeError where a size of an expert is no multiple of 16 bytes.",
          _TREE + "v5.0.0/src/transformers/integrations/moe.py", until="5.3.0", traced=False),
    _wrap("experts-of-any-size", "transformers.integrations.moe:_can_use_grouped_mm", "experts:where_aligned", "5.3.0",
          "MixtralModel and its like raise RuntimeError where a size of an expert is no multiple of 16 bytes.",
          _TREE + "v5.3.0/src/transformers/integrations/moe.py", traced=False),
    _wrap("masks-of-three-dimensions", "transformers.masking_utils:_preprocess_mask_arguments", "masking:with_three_dimensions", "5.0.0",
          "BertModel(ids, attention_mask=...) raises RuntimeError for a mask of shape (batch, queries, keys).",
          _TREE + "v4.57.6/src/transformers/modeling_utils.py"),
]  # fmt: skip

# Layers whose forward took past_key_value up to 4.55, and takes past_key_values, and any other keyword, now. Those of
# llama and its like are in the plugin models, where more of their call is mended.
_LAYERS = {
    "bart": "BartAttention BartDecoderLayer", "bert": "BertAttention BertLayer BertSelfAttention",
    "electra": "ElectraAttention ElectraLayer ElectraSelfAttention", "gemma3": "Gemma3Attention Gemma3DecoderLayer",
    "gpt2": "GPT2Attention GPT2Block", "granite": "GraniteAttention GraniteDecoderLayer", "mbart": "MBartAttention MBartDecoderLayer",
    "olmo": "OlmoAttention OlmoDecoderLayer", "olmo2": "Olmo2Attention Olmo2DecoderLayer", "opt": "OPTAttention OPTDecoderLayer",
    "persimmon": "PersimmonAttention PersimmonDecoderLayer", "phi": "PhiAttention PhiDecoderLayer",
    "qwen2_moe": "Qwen2MoeAttention Qwen2MoeDecoderLayer", "qwen3": "Qwen3Attention Qwen3DecoderLayer",
    "roberta": "RobertaAttention RobertaLayer RobertaSelfAttention", "stablelm": "StableLmAttention StableLmDecoderLayer",
    "t5": "T5Attention T5Block T5LayerCrossAttention T5LayerSelfAttention", "whisper": "WhisperAttention WhisperDecoderLayer",
}  # fmt: skip
_LAYER = _TREE + "v4.55.4/src/transformers/models/bert/modeling_bert.py"


def _layers() -> Iterator[Patch]:
    for family, classes in _LAYERS.items():
        for cls in classes.split():
            target = f"transformers.models.{family}.modeling_{family}:{cls}.forward"
            name = f"{family}.{cls.lower()}".replace("_", "-")
            yield _wrap(
                f"{name}.swallows",
                target,
                "layers:warning_of_old_names",
                "5.0.0",
                f"{cls} swallows past_key_value in silence, and leaves the cache as it was.",
                _LAYER,
            )
            yield _wrap(f"{name}.past-key-value", target, "layers:with_old_cache_names", "5.0.0",
                        f"{cls} swallows past_key_value in silence, and leaves the cache as it was.", _LAYER,
                        dialect="<5.0.dev0", after=(f"{name}.swallows",))  # fmt: skip


ITSELF = [
    _itself("altclip", "AltCLIPVisionModel", "vision_model"),
    _itself("chinese_clip", "ChineseCLIPVisionModel", "vision_model"),
    _itself("clip", "CLIPTextModel", "text_model"),
    _itself("clip", "CLIPVisionModel", "vision_model"),
    _itself("clipseg", "CLIPSegTextModel", "text_model"),
    _itself("clipseg", "CLIPSegVisionModel", "vision_model"),
    _itself("metaclip_2", "MetaClip2TextModel", "text_model"),
    _itself("metaclip_2", "MetaClip2VisionModel", "vision_model"),
    _itself("mlcd", "MLCDVisionModel", "vision_model"),
    _itself("siglip", "SiglipTextModel", "text_model"),
    _itself("siglip", "SiglipVisionModel", "vision_model"),
    _itself("siglip2", "Siglip2TextModel", "text_model"),
    _itself("siglip2", "Siglip2VisionModel", "vision_model"),
    _itself("x_clip", "XCLIPTextModel", "text_model"),
    _itself("x_clip", "XCLIPVisionModel", "vision_model"),
]

PATCHES = [
    *MASKS,
    *PARTS,
    *_causal(),
    *MASKING,
    *ACCOUNTING,
    *FLAGS,
    *PRUNING,
    *CALLING,
    *SUBCLASSES,
    *_layers(),
    *ITSELF,
]


@hookimpl
def hfcompat_patches() -> list[Patch]:
    return PATCHES
