"""Configurations as 4.x had them, on every runtime from 5.0 to 5.23.

Nothing is added to what a configuration stores, saves or shows to transformers itself: attributes of 4.x answer callers
from elsewhere, and configurations of classes from elsewhere.
"""

from __future__ import annotations

from hfcompat import Kind, Patch, hookimpl

_HERE = "hfcompat_plugins.config"
_TESTED = "<5.24"
_CONFIG = "transformers.configuration_utils:PretrainedConfig"
_ROPE = "transformers.modeling_rope_utils"

_PULL = "https://github.com/huggingface/transformers/pull/"
_TREE = "https://github.com/huggingface/transformers/blob/"
_V4 = _TREE + "v4.57.6/src/transformers/configuration_utils.py"
_V4_ROPE = _TREE + "v4.57.6/src/transformers/modeling_rope_utils.py"
_BASE = _PULL + "41541"  # 5.0: the base class keeps what every model has
_GENERATION = _PULL + "41695"  # 5.0: settings of generation go
_ROPES = _PULL + "39847"  # 5.0: one dictionary for RoPE
_MIXIN = _PULL + "42255"  # 5.0: it is standardized by the base class
_STRICT = _PULL + "41250"  # 5.4: strict dataclasses


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
    hub: str | None = None,
    traced: bool = True,
    after: tuple[str, ...] = (),
) -> Patch:
    """A row of `PretrainedConfig`, unless the target says otherwise."""
    end = f",<{until}.dev0" if until else "" if kind in (Kind.ADD, Kind.REGISTER) else f",{_TESTED}"
    when = {"transformers": f">={since}.dev0{end}"}
    if dialect:
        when["dialect"] = f"<{dialect}.dev0"
    if hub:
        when["huggingface_hub"] = hub
    return Patch(
        id=id,
        target=target if ":" in target else f"{_CONFIG}.{target}",
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


ATTRIBUTES = [
    _add("attributes", "__getattr__", "attributes:missing", "5.0.0",
         "Code that reads config.rope_theta, pad_token_id, is_decoder, max_length and some 60 more stops with AttributeError.", _BASE),
    _add("dtype", "__getattr__", "attributes:dtype_by_its_new_name", "4.49.0",
         "Code of 4.56 and 4.57 reads config.dtype, which was torch_dtype, and stops with AttributeError.", _PULL + "39782", until="4.56.0"),
    _wrap("use-return-dict", "use_return_dict", "properties:use_return_dict", "5.0.0",
          "Remote models ask config.use_return_dict in forward: it warns, which no compiled graph can hold, and is true for torchscript.", _STRICT),
    _wrap("torch-dtype", "torch_dtype", "properties:torch_dtype", "4.56.0",
          "Remote models ask config.torch_dtype in forward: it warns, which no compiled graph can hold.", _PULL + "39782"),
    _row(Kind.REPLACE, "composition", "has_no_defaults_at_init", "properties:has_no_defaults_at_init", "4.52.0",
         "A configuration made of others, which says is_composition = True and cannot be made of nothing, cannot be saved or printed.",
         _TREE + "v4.51.3/src/transformers/configuration_utils.py", until="5.20.0", traced=False),
]  # fmt: skip

ROPE = [
    _wrap("rope-scaling", "rope_scaling", "rope:property_in_both_forms", "5.0.0",
          "`config.rope_scaling is None` is never true, so plain RoPE is taken for a scaled one, and rope_scaling['type'] raises KeyError.", _ROPES),
    _row(Kind.REGISTER, "default-rope", f"{_ROPE}:ROPE_INIT_FUNCTIONS[default]", "rope_functions:default_rope_parameters", "5.0.0",
         "Rotary embeddings of 4.43 and later look up ROPE_INIT_FUNCTIONS['default'], and stop with KeyError.", _ROPES),
    _add("default-rope-parameters", f"{_ROPE}:_compute_default_rope_parameters", "rope_functions:default_rope_parameters", "5.0.0",
         "Models import _compute_default_rope_parameters, and stop with ImportError.", _V4_ROPE),
    _add("rope-validation.llama", "transformers.models.llama.configuration_llama:LlamaConfig._rope_scaling_validation", "rope_checks:linear_or_dynamic", "4.49.0",
         "Configurations derived from Llama's call _rope_scaling_validation, and stop with AttributeError.", _TREE + "v4.42.4/src/transformers/models/llama/configuration_llama.py", traced=False),
    _add("rope-validation.phi3", "transformers.models.phi3.configuration_phi3:Phi3Config._rope_scaling_validation", "rope_checks:longrope", "5.0.0",
         "Configurations derived from Phi-3's call _rope_scaling_validation, and stop with AttributeError.", _TREE + "v4.57.6/src/transformers/models/phi3/configuration_phi3.py", traced=False),
    _add("rope-adjustment.phi3", "transformers.models.phi3.configuration_phi3:Phi3Config._rope_scaling_adjustment", "rope_checks:longrope_by_older_names", "5.0.0",
         "Configurations derived from Phi-3's call _rope_scaling_adjustment, and stop with AttributeError.", _TREE + "v4.57.6/src/transformers/models/phi3/configuration_phi3.py", traced=False),
    _wrap("rope-names.phi3", "transformers.models.phi3.configuration_phi3:Phi3Config.convert_rope_params_to_dict", "rope_checks:called_longrope", "5.0.0",
          "Phi-3 with a rope_scaling of type su, as its first files have it, is refused with KeyError: original_max_position_embeddings.", _MIXIN, until="5.4.0", traced=False),
    # Not traced: no graph assigns to a configuration.
    _add("rope-assigned", f"{_ROPE}:RotaryEmbeddingConfigMixin.__setattr__", "rope:setattr_in_both_forms", "5.0.0",
         "`config.rope_theta = ...` is stored beside rope_parameters, where no model looks, and has no effect.", _ROPES, traced=False),
]  # fmt: skip

CONSTRUCTION = [
    _wrap("generation-kept", "__post_init__", "construction:of_foreign_classes", "5.4.0",
          "Settings of generation, use_cache among them, that a configuration class from elsewhere hands to the base class are dropped.", _GENERATION, traced=False),
    _wrap("generation-kept-5.0", "__init__", "construction:of_foreign_classes", "5.0.0",
          "Settings of generation, use_cache among them, that a configuration class from elsewhere hands to the base class are dropped.", _GENERATION, until="5.4.0", traced=False),
    _wrap("from-pretrained-arguments", "from_dict", "overrides:with_names_of_4", "5.0.0",
          "from_pretrained(..., rope_theta=..., is_decoder=True, max_length=...) ignores these, or hands them to the model, which raises TypeError.", _BASE, traced=False),
    _wrap("family-by-name", "transformers.models.auto.configuration_auto:AutoConfig.from_pretrained", "family_names:by_the_name", "5.2.0",
          "A config.json without model_type, as many early checkpoints have it, is refused; its family was taken from the checkpoint's name.",
          _TREE + "v5.1.0/src/transformers/models/auto/configuration_auto.py", traced=False),
    _wrap("class-attributes", "__init_subclass__", "subclassing:with_class_attributes", "5.4.0",
          "`attribute_map: dict = {...}` in the body of a configuration class raises ValueError, and configurations of different sizes compare equal.", _STRICT, traced=False),
    _wrap("to-dict", "to_dict", "serialization:in_own_form", "5.0.0",
          "A class from elsewhere is saved with rope_parameters, which it does not take, over the rope_scaling that it does.", _MIXIN, traced=False),
    _wrap("to-diff-dict", "to_diff_dict", "serialization:without_defaults", "5.0.0",
          "A class from elsewhere is saved with pad_token_id, is_decoder and so on, though they have their defaults.", _BASE, traced=False),
]  # fmt: skip

POSITIONS = [
    _wrap(f"by-position.{family}", f"transformers.models.{family}.configuration_{family}:{cls}.__init__", f"positions:{family}", "5.4.0",
          f"{cls}(30000, 256) raises ValueError: it takes keywords only.", _STRICT, traced=False)
    for family, cls in (
        ("bart", "BartConfig"),
        ("bert", "BertConfig"),
        ("distilbert", "DistilBertConfig"),
        ("gpt2", "GPT2Config"),
        ("llama", "LlamaConfig"),
        ("mistral", "MistralConfig"),
        ("opt", "OPTConfig"),
        ("qwen2", "Qwen2Config"),
        ("roberta", "RobertaConfig"),
        ("t5", "T5Config"),
        ("vit", "ViTConfig"),
    )
]  # fmt: skip

GENERATION = [
    _wrap("generation-saved", "_get_generation_parameters", "generation:moved_when_saved", "5.0.0",
          "save_pretrained raises ValueError when config.max_length or the like is set; up to 4.57 it went to the generation config.", _GENERATION, traced=False),
    _add("non-default-generation-parameters", "_get_non_default_generation_parameters", "generation:get_non_default_generation_parameters", "5.0.0",
         "Code that looks for settings of generation in a configuration stops with AttributeError.", _V4, traced=False),
    _add("has-non-default-generation-parameters", "_has_non_default_generation_parameters", "generation:has_non_default_generation_parameters", "4.45.0",
         "Code that looks for settings of generation in a configuration stops with AttributeError.", _TREE + "v4.44.2/src/transformers/configuration_utils.py", traced=False),
    _add("generation-defaults", "_get_generation_defaults", "generation:get_generation_defaults", "4.45.0",
         "Code that asks for the defaults of generation stops with AttributeError.", _TREE + "v4.44.2/src/transformers/configuration_utils.py", traced=False),
    _add("global-generation-defaults", "_get_global_generation_defaults", "generation:get_generation_defaults", "5.0.0",
         "Code that asks for the defaults of generation stops with AttributeError.", _V4, traced=False),
]  # fmt: skip

# Classes that remote code derives its own from.
_DERIVED_FROM = (
    ("bart", "BartConfig"),
    ("bert", "BertConfig"),
    ("clip", "CLIPTextConfig"),
    ("clip", "CLIPVisionConfig"),
    ("gemma", "GemmaConfig"),
    ("gemma2", "Gemma2Config"),
    ("gpt2", "GPT2Config"),
    ("llama", "LlamaConfig"),
    ("llava", "LlavaConfig"),
    ("mistral", "MistralConfig"),
    ("mixtral", "MixtralConfig"),
    ("opt", "OPTConfig"),
    ("phi", "PhiConfig"),
    ("phi3", "Phi3Config"),
    ("qwen2", "Qwen2Config"),
    ("qwen2_moe", "Qwen2MoeConfig"),
    ("qwen3", "Qwen3Config"),
    ("roberta", "RobertaConfig"),
    ("siglip", "SiglipVisionConfig"),
    ("t5", "T5Config"),
    ("vit", "ViTConfig"),
    ("whisper", "WhisperConfig"),
)

VALIDATION = [
    _wrap("kindred-values", "huggingface_hub.dataclasses:type_validator", "validation:taking_kindred_values", "5.4.0",
          "Configurations with an int for a float, None for a number or a tuple for a list, which used to load, are refused.", _STRICT, hub=">=1.0.0.dev0,<3", traced=False),
    _row(Kind.REPLACE, "class-rules", "__class_validators__", "class_rules:RULES", "5.4.0",
         "A configuration class from elsewhere is refused for layer types of its own, or for what head_dim means in it.", _STRICT, traced=False),
    *(
        _row(Kind.REPLACE, f"class-rules.{cls.lower()}", f"transformers.models.{family}.configuration_{family}:{cls}.__class_validators__",
             f"class_rules:{family}_{cls}", "5.4.0",
             f"A class derived from {cls} is refused for layer types of its own, or for sizes that mean something else in it.", _STRICT, traced=False)
        for family, cls in _DERIVED_FROM
    ),
]  # fmt: skip

MEMBERS = [
    *(
        _add(f"id-label-maps{suffix}", "_create_id_label_maps", "members:create_id_label_maps", since,
             "Configuration classes that rename labels call _create_id_label_maps, and stop with AttributeError.", _V4, until=until, traced=False)
        for suffix, since, until in (("", "5.4.0", None), ("-4.49", "4.49.0", "4.54.0"))
    ),
    _add("torch-dtype-to-str", "dict_torch_dtype_to_str", "members:dict_torch_dtype_to_str", "4.56.0",
         "Configuration classes with a to_dict of their own call dict_torch_dtype_to_str, and stop with AttributeError.", _TREE + "v4.55.4/src/transformers/configuration_utils.py", traced=False),
    _add("token-in-kwargs", "_set_token_in_kwargs", "members:set_token_in_kwargs", "5.0.0",
         "Configuration classes with a from_pretrained of their own call _set_token_in_kwargs, and stop with AttributeError.", _V4, traced=False),
    _add("from-text-vision-configs", "from_text_vision_configs", "members:from_text_vision_configs", "5.0.0",
         "Composite configurations are made with from_text_vision_configs, which stops with AttributeError.", _V4, traced=False),
    _add("from-text-audio-configs", "from_text_audio_configs", "members:from_text_audio_configs", "5.0.0",
         "Composite configurations are made with from_text_audio_configs, which stops with AttributeError.", _V4, traced=False),
    _add("is-composition", "is_composition", "members:is_composition", "4.52.0",
         "Code that asks config.is_composition stops with AttributeError.", _TREE + "v4.51.3/src/transformers/configuration_utils.py", traced=False),
    *(
        _add(f"has-no-defaults-at-init{suffix}", "has_no_defaults_at_init", "members:has_no_defaults_at_init", since,
             "Code that asks config.has_no_defaults_at_init stops with AttributeError.", _V4, until=until, traced=False)
        for suffix, since, until in (("", "5.20.0", None), ("-4.49", "4.49.0", "4.52.0"))
    ),
]  # fmt: skip

DIALECTS = [
    _row(Kind.REPLACE, "class-name", "__qualname__", "names:PRETRAINED_CONFIG", "5.0.0",
         "Code that knows a configuration by the name of its base class, in str(cls.__mro__) say, no longer finds PretrainedConfig.",
         _V4, dialect="5.0", traced=False),
    _wrap("eager-unless-said", "_attn_implementation", "properties:eager_unless_said", "4.54.0",
          "ATTENTION_CLASSES[config._attn_implementation] stops with KeyError: None where no implementation was chosen; that was \"eager\".",
          _TREE + "v4.53.3/src/transformers/configuration_utils.py", dialect="4.54"),
    *(
        _wrap(f"own-generation-kept{suffix}", target, "construction:of_own_classes", since,
              "BartConfig(num_beams=4), or a config.json that says so, is as good as without: settings of generation are dropped in silence.", _GENERATION,
              until=until, dialect="5.0", traced=False, after=(f"generation-kept{suffix}",))
        for suffix, target, since, until in (("", "__post_init__", "5.4.0", None), ("-5.0", "__init__", "5.0.0", "5.4.0"))
    ),
]  # fmt: skip

PATCHES = [*ATTRIBUTES, *ROPE, *CONSTRUCTION, *POSITIONS, *GENERATION, *VALIDATION, *MEMBERS, *DIALECTS]


@hookimpl
def hfcompat_patches() -> list[Patch]:
    return PATCHES
