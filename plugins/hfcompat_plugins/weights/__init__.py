"""Weights: ties, initialisation and buffers of models that load under another contract."""

from __future__ import annotations

from hfcompat import Kind, Patch, hookimpl

_HERE = "hfcompat_plugins.weights"
_V5 = ">=5.0.0.dev0"
_GUIDE = "https://github.com/huggingface/transformers/blob/main/MIGRATION_GUIDE_V5.md"
_TREE = "https://github.com/huggingface/transformers/blob/"
_PULL = "https://github.com/huggingface/transformers/pull/"


def _row(
    kind: Kind,
    id: str,
    name: str,
    impl: str,
    reason: str,
    upstream: str,
    span: str = _V5,
    dialect: str | None = None,
    after: tuple[str, ...] = (),
) -> Patch:
    """A row on `transformers.modeling_utils`, unless it says otherwise; nothing here is ever traced."""
    bound = "" if kind is Kind.ADD or "<" in span else ",<5.24"
    return Patch(
        id=id,
        target=name if ":" in name else f"transformers.modeling_utils:{name}",
        kind=kind,
        impl=f"{_HERE}.{impl}",
        when={"transformers": span + bound} | ({"dialect": f"<{dialect}.dev0"} if dialect else {}),
        reason=reason,
        upstream=upstream,
        traced=False,
        behavioural=dialect is not None,
        after=after,
    )


# A foreign class is one that is not defined in transformers itself: remote code, packages, scripts.
CONSTRUCTION = [
    _row(Kind.WRAP, "real-construction", "PreTrainedModel.get_init_context", "construction:get_init_context",
         "Foreign classes are built on the meta device: rotary tables, masks and position ids that they compute in __init__ are lost, and .item() raises.", _GUIDE),
    _row(Kind.WRAP, "real-construction.4-51", "PreTrainedModel.get_init_context", "construction:get_init_context_4",
         "Parameters of foreign classes are built on the meta device: constants that checkpoints do not have are lost, and .item() raises.",
         _TREE + "v4.51.3/src/transformers/modeling_utils.py", ">=4.51.0.dev0,<5.0.0.dev0"),
    _row(Kind.WRAP, "nested-from-pretrained", "PreTrainedModel.from_pretrained", "construction:from_pretrained",
         "A model that loads another one in its __init__ stops with RuntimeError.", _GUIDE),
    _row(Kind.WRAP, "computed-in-init", "PreTrainedModel._move_missing_keys_from_meta_to_device", "loading:move_missing_keys",
         "Non-persistent buffers of foreign modules are replaced by uninitialised memory when a checkpoint is loaded.", "https://github.com/huggingface/transformers/issues/45902"),
    _row(Kind.WRAP, "initialize-weights-overrides", "PreTrainedModel.initialize_weights", "overrides:initialize_weights",
         "An override _initialize_weights(self, module) stops with TypeError: it is called with a second argument.",
         _TREE + "v5.3.0/src/transformers/modeling_utils.py", ">=5.3.0.dev0"),
    _row(Kind.WRAP, "names-of-its-own", "transformers.core_model_loading:rename_source_key", "loading:rename_source_key",
         "A foreign model that is called like a family of transformers is loaded under that family's names: a remote DeepSeek-V2 keeps random experts.",
         _TREE + "v5.13.0/src/transformers/conversion_mapping.py", ">=5.0.0.dev0,<5.13.0.dev0"),
    _row(Kind.WRAP, "loaded-stays-loaded", "PreTrainedModel._initialize_missing_keys", "loading:initialize_missing_keys",
         "An _init_weights that writes through .data overwrites loaded weights, and is not asked for missing ones inside a module.", _GUIDE),
]  # fmt: skip

TIES = [
    _row(Kind.ADD, "all-tied-weights-keys", "PreTrainedModel.all_tied_weights_keys", "tied_weights:all_tied_weights_keys",
         "init_weights() and from_pretrained() raise AttributeError for a class that never calls post_init().", _PULL + "42191"),
    _row(Kind.WRAP, "tied-weights-keys", "PreTrainedModel.get_expanded_tied_weights_keys", "ties:get_expanded_tied_weights_keys",
         "A class whose _tied_weights_keys is a list stops with AttributeError, or keeps a random head where its config is silent.", _GUIDE),
    _row(Kind.WRAP, "tie-hooks", "PreTrainedModel.tie_weights", "ties:tie_weights",
         "Methods named _tie_weights are not called any more, so that what they tied keeps weights of its own.", _GUIDE),
    _row(Kind.WRAP, "tie-overrides", "PreTrainedModel.init_weights", "ties:init_weights",
         "A class that overrides tie_weights(self) stops with TypeError: it is called with keywords.", _GUIDE),
    _row(Kind.WRAP, "ties-of-the-class", "PreTrainedModel._load_pretrained_model", "loading:load",
         "Weights that a class shares in its own way are loaded one by one and shared no longer; frozen ones are trainable again.", _GUIDE),
    _row(Kind.WRAP, "ties-of-the-class.4-51", "PreTrainedModel._load_pretrained_model", "loading:load_4",
         "A foreign model whose checkpoint has the tied weight under the output's name only is loaded with random weights.",
         _TREE + "v4.51.3/src/transformers/modeling_utils.py", ">=4.51.0.dev0,<5.0.0.dev0"),
    _row(Kind.WRAP, "ties-of-what-is-missing.4-53", "PreTrainedModel._move_missing_keys_from_meta_to_cpu", "loading:part_missing_keys",
         "A missing or mismatched weight of a foreign model that is shared with another is taken for loaded, and keeps uninitialised memory.",
         _TREE + "v4.57.6/src/transformers/modeling_utils.py", ">=4.53.0.dev0,<5.0.0.dev0"),
    _row(Kind.WRAP, "ties-after-loading", "PreTrainedModel._finalize_model_loading", "ties:finalize",
         "A class that overrides tie_weights(self) cannot be loaded: it is called with keywords.", _GUIDE, ">=5.1.0.dev0"),
    _row(Kind.WRAP, "ties-after-loading.5-0", "PreTrainedModel._finalize_load_state_dict", "ties:finalize",
         "A class that overrides tie_weights(self) cannot be loaded: it is called with keywords.", _GUIDE, ">=5.0.0.dev0,<5.1.0.dev0"),
    _row(Kind.WRAP, "names-to-leave-out", "_get_tied_weight_keys", "ties:get_tied_weight_keys",
         "save_pretrained() stops with AttributeError where a part of the model lists its _tied_weights_keys.", _GUIDE),
    _row(Kind.WRAP, "undeclared-ties", "remove_tied_weights_from_state_dict", "ties:remove_tied_weights",
         "save_pretrained() stops with RuntimeError for a foreign model that shares a weight and declares it nowhere.", _GUIDE),
    _row(Kind.ADD, "tie-or-clone-weights", "PreTrainedModel._tie_or_clone_weights", "ties:tie_or_clone_weights",
         "Remote models tie by self._tie_or_clone_weights(...) and stop with AttributeError.", _TREE + "v4.57.6/src/transformers/modeling_utils.py"),
    _row(Kind.ADD, "tie-encoder-decoder-weights", "PreTrainedModel._tie_encoder_decoder_weights", "ties:tie_encoder_decoder_weights",
         "Remote encoder-decoders tie by self._tie_encoder_decoder_weights(...) and stop with AttributeError.", _TREE + "v4.57.6/src/transformers/modeling_utils.py"),
]  # fmt: skip

STATE_DICTS = [
    _row(Kind.WRAP, "state-dicts-of-4", "PreTrainedModel._load_from_state_dict", "state_dicts:load_from_state_dict",
         "load_state_dict() raises RuntimeError for a state dict of 4.x where names or shapes changed: flattened CLIP-like models, experts.", _GUIDE),
]  # fmt: skip

_FROM = "PreTrainedModel.from_pretrained"
KEYWORDS = [
    _row(Kind.WRAP, "keywords", _FROM, "keywords:from_pretrained",
         "from_pretrained(..., load_in_8bit=, load_in_4bit=, use_auth_token=, resume_download=, torchscript=, or state_dict= with a path) raises.", _GUIDE,
         after=("nested-from-pretrained",)),
    _row(Kind.WRAP, "state-dict", _FROM, "keywords:with_state_dict",
         "from_pretrained(path, state_dict=...) raises ValueError.", _TREE + "v4.50.3/src/transformers/modeling_utils.py", ">=4.50.0.dev0,<4.53.0.dev0"),
    _row(Kind.WRAP, "state-dict-and-flash-attention", _FROM, "keywords:with_flash_attention",
         "from_pretrained(path, state_dict=...) raises ValueError, and use_flash_attention_2= TypeError.",
         _TREE + "v4.53.3/src/transformers/modeling_utils.py", ">=4.53.0.dev0,<5.0.0.dev0"),
]  # fmt: skip

_QUANTIZERS = _TREE + "v4.55.4/src/transformers/quantizers/base.py"
_QUANTIZER = "transformers.quantizers.base:HfQuantizer"
QUANTIZERS = [
    _row(Kind.WRAP, "quantizers.hooks", "transformers.quantizers.auto:AutoHfQuantizer.from_config", "quantizers:with_hooks_of_4",
         "A quantizer from elsewhere with update_torch_dtype, check_quantized_param and create_quantized_param is never asked, and nothing is quantized.",
         _QUANTIZERS, ">=4.56.0.dev0"),
    _row(Kind.WRAP, "quantizers.dtype", "_get_dtype", "quantizers:with_updated_dtype",
         "The dtype that a quantizer from elsewhere wants by update_torch_dtype is asked for and not used.",
         _TREE + "v5.3.0/src/transformers/modeling_utils.py", ">=5.0.0.dev0,<5.4.0.dev0", after=("dialect.default-dtype",)),
    _row(Kind.ADD, "quantizers.update-torch-dtype", f"{_QUANTIZER}.update_torch_dtype", "quantizers:update_torch_dtype",
         "A quantizer from elsewhere that hands on to super().update_torch_dtype(...) stops with AttributeError.", _QUANTIZERS),
    _row(Kind.ADD, "quantizers.check-quantized-param", f"{_QUANTIZER}.check_quantized_param", "quantizers:check_quantized_param",
         "A quantizer from elsewhere that hands on to super().check_quantized_param(...) stops with AttributeError.", _QUANTIZERS),
    *(_row(Kind.WRAP, f"quantizers.{name.replace('_', '-')}.4-56", f"{_QUANTIZER}.{name}", "quantizers:ending_at_the_base",
           f"super().{name}(...) of a quantizer from elsewhere asks by the new name, and so itself, without end.",
           _TREE + "v4.57.6/src/transformers/quantizers/base.py", ">=4.56.0.dev0,<5.0.0.dev0")
      for name in ("update_torch_dtype", "check_quantized_param")),
]  # fmt: skip

DIALECTS = [
    _row(Kind.WRAP, "dialect.note-missing-dtype", _FROM, "dialects:note_missing_dtype",
         "from_pretrained without a dtype loads in that of the checkpoint, where it was float32.", _GUIDE, dialect="5.0", after=("keywords", "nested-from-pretrained")),
    _row(Kind.WRAP, "dialect.note-dtype", "transformers.models.auto.configuration_auto:AutoConfig.from_pretrained", "dialects:note_dtype",
         "AutoModel.from_pretrained(..., torch_dtype=) puts the dtype into the config, and the class takes it for one that nobody asked for.", _GUIDE, ">=5.0.0.dev0,<5.13.0.dev0", dialect="5.0", after=("config:family-by-name",)),
    _row(Kind.WRAP, "dialect.default-dtype", "_get_dtype", "dialects:default_dtype",
         "from_pretrained without a dtype loads in that of the checkpoint, where it was float32.", _GUIDE, dialect="5.0"),
    _row(Kind.WRAP, "dialect.lists-of-keys", _FROM, "dialects:lists_of_keys",
         "output_loading_info gives sets of keys, where it gave lists.", _GUIDE, dialect="5.0",
         after=("dialect.note-missing-dtype", "keywords", "nested-from-pretrained")),
    _row(Kind.WRAP, "dialect.tie-equal-weights", "PreTrainedModel.tie_weights", "dialects:tie_equal_weights",
         "A checkpoint of torch.save has tied weights under both names, and is loaded untied.",
         _TREE + "v5.0.0/src/transformers/modeling_utils.py", ">=5.0.0.dev0,<5.4.0.dev0", dialect="5.0", after=("tie-hooks",)),
    _row(Kind.WRAP, "dialect.keys-to-ignore-on-save", "PreTrainedModel.post_init", "dialects:no_keys_to_ignore",
         "A model's _keys_to_ignore_on_save is an empty set where the class has none, and code that asks whether it is None takes the other way.",
         _TREE + "v4.57.6/src/transformers/modeling_utils.py", ">=5.9.0.dev0", dialect="5.0"),
    _row(Kind.WRAP, "dialect.mismatched-shapes", "log_state_dict_report", "dialects:naming_mismatched_shapes",
         "The log of from_pretrained(..., ignore_mismatched_sizes=True) has a table, and code that looks in it for the sentence on shapes finds none.",
         _TREE + "v4.57.6/src/transformers/modeling_utils.py", ">=5.1.0.dev0", dialect="5.0"),
    _row(Kind.WRAP, "dialect.save-pretrained", "PreTrainedModel.save_pretrained", "dialects:save_pretrained",
         "save_pretrained writes safetensors whatever safe_serialization and save_function say, in shards of 50GB.", _GUIDE, dialect="5.0"),
]  # fmt: skip

PATCHES = [*CONSTRUCTION, *TIES, *STATE_DICTS, *KEYWORDS, *QUANTIZERS, *DIALECTS]


@hookimpl
def hfcompat_patches() -> list[Patch]:
    return PATCHES
