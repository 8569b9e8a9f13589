"""`PreTrainedConfig` of 5.x: a configuration whose class is a dataclass, with its RoPE in one dictionary.

It derives from the runtime's `PretrainedConfig`, so that Auto classes, models and Trainer take it; what the runtime
asks of every configuration (`rope_theta`, `rope_scaling`, `is_decoder`) is answered from what 5.x keeps.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from typing import Any, ClassVar, Literal

from hfcompat_plugins.v5.rope import RopeInConfig
from huggingface_hub.dataclasses import strict
from transformers.configuration_utils import PretrainedConfig
from transformers.generation import GenerationConfig

__all__ = ["PreTrainedConfig", "SubConfigSpec", "remap_legacy_layer_types", "strict"]

_RENAMED = {
    "attention": "full_attention",
    "deepseek_sparse_attention": "indexed_attention",
    "mamba": "linear_attention",
    "qwen_sparse_attention": "indexed_attention",
}
_MIXERS = frozenset(
    """chunked_attention compressed_sparse_attention conv full_attention heavily_compressed_attention hybrid
    hybrid_sliding indexed_attention linear_attention minimax_m3_sparse moe reference_sliding_attention
    sliding_attention window_attention""".split()
)
_MLPS = frozenset(("dense", "sparse"))

_ASSIGNED = frozenset(inspect.signature(PretrainedConfig.__init__).parameters) - {"self", "kwargs"}
_OF_GENERATION = frozenset(PretrainedConfig._get_global_generation_defaults())
_DROPPED = _OF_GENERATION | (frozenset(GenerationConfig().to_dict()) & frozenset(
    """assistant_confidence_threshold assistant_lookbehind encoder_repetition_penalty epsilon_cutoff eta_cutoff
    num_assistant_tokens num_assistant_tokens_schedule target_lookbehind use_cache""".split()
))  # fmt: skip


def remap_legacy_layer_types(layer_types: list[str] | None = None, config: Any = None) -> list[str] | None:
    """Layer types by their present names; of a list, or in place of a configuration.

    Raises:
        ValueError: unless exactly one of the two is given.
    """
    if (layer_types is None) is (config is None):
        raise ValueError("give either `layer_types` or `config`")
    if layer_types is not None:
        return [_RENAMED.get(kind, kind) for kind in layer_types]
    for name in ("layer_types", "mtp_layer_types"):
        found = getattr(config, name, None)
        if found is not None and remap_legacy_layer_types(found) != found:
            setattr(config, name, remap_legacy_layer_types(found))
    return None


class SubConfigSpec:
    """How a part of a composite configuration is made.

    Args:
        config_class: the class of the part, or AutoConfig where the part says by itself what it is.
        model_type: what it is when it does not say so.
        init_kwargs: arguments where nothing is given.
        optional: whether the part may be None.

    Raises:
        ValueError: neither `config_class` nor `model_type` says what it is.
    """

    def __init__(
        self,
        config_class: Any,
        model_type: str | None = None,
        init_kwargs: dict[str, Any] | None = None,
        optional: bool = False,
    ) -> None:
        if model_type is None and not hasattr(config_class, "model_type"):
            raise ValueError(f"{config_class!r} has no model_type, so that `model_type` must be given")
        self.config_class = config_class
        self.model_type = config_class.model_type if model_type is None else model_type
        self.init_kwargs = init_kwargs or {}
        self.optional = optional

    def get_config_class(self, model_type: str | None = None) -> Any:
        """The class of a model type; ValueError where the runtime does not know it."""
        from transformers.models.auto.configuration_auto import CONFIG_MAPPING

        if model_type not in CONFIG_MAPPING:
            raise ValueError(f"model type {model_type!r} of a sub-configuration is not known")
        return CONFIG_MAPPING[model_type]

    def create_subconfig(self, key: str, subconfig: Any = None, **kwargs: Any) -> tuple[Any, dict[str, Any]]:
        """The part, from a configuration, a dictionary or nothing; and the arguments that are left."""
        if isinstance(subconfig, PretrainedConfig):
            return subconfig, kwargs
        if key == "backbone_config":
            from hfcompat_plugins.v5.backbones import consolidate_backbone_kwargs_to_config

            return consolidate_backbone_kwargs_to_config(
                subconfig, default_config_type=self.model_type, default_config_kwargs=self.init_kwargs, **kwargs
            )
        if subconfig is not None and not isinstance(subconfig, dict):
            raise TypeError(f"`{key}` must be a dict, a configuration or None, not {type(subconfig).__name__}")
        cls = self.config_class
        if not issubclass(cls, PretrainedConfig):
            cls = self.get_config_class((subconfig or {}).get("model_type", self.model_type))
        return cls(**(self.init_kwargs if subconfig is None else subconfig)), kwargs

    @property
    def default_config(self) -> Any:
        return self.get_config_class(self.model_type)(**self.init_kwargs)

    def default_config_fields(self) -> dict[str, Any]:
        """The defaults of the class of the part, with `init_kwargs`."""
        cls = self.config_class
        cls = cls if issubclass(cls, PretrainedConfig) else self.get_config_class(self.model_type)
        return {**cls.default_config_fields(), **self.init_kwargs}


class _EveryConfig(type):
    """On 5.x every configuration is a PreTrainedConfig; here those of the runtime are one to whoever asks."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, PretrainedConfig) if _is_the_base(cls) else super().__instancecheck__(instance)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, PretrainedConfig) if _is_the_base(cls) else super().__subclasscheck__(subclass)


def _is_the_base(cls: type) -> bool:
    return vars(cls).get("__module__") == __name__


def _taking_fields(cls: Any) -> Callable[..., None]:
    """An `__init__` that sets fields, and hands what is no field to `__post_init__`."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        if args:
            raise ValueError(f"{cls.__name__} takes keyword arguments only, not {len(args)} by position")
        for field in fields(cls):
            if field.name in kwargs:
                value = kwargs.pop(field.name)
            elif field.default is not MISSING:
                value = field.default
            elif field.default_factory is not MISSING:
                value = field.default_factory()
            else:
                raise TypeError(f"Missing required field - '{field.name}'")
            setattr(self, field.name, value)
        self.__post_init__(**kwargs)

    return __init__


@dataclass(init=False, repr=False, eq=False, kw_only=True)
class PreTrainedConfig(RopeInConfig, PretrainedConfig, metaclass=_EveryConfig):
    """The base class of configurations that are written for 5.x, as dataclasses or with an `__init__`."""

    base_config_key: ClassVar[str] = ""
    sub_configs_defaults: ClassVar[dict[str, Any]] = {}
    base_model_fsdp_plan: ClassVar[dict[Any, str]] = {
        "embed_tokens": "free_full_weight",
        "layers.*": "free_full_weight",
        "norm": "keep_full_weight",
    }
    extra_files: ClassVar[tuple[str, ...]] = ()
    extra_config_files: ClassVar[tuple[str, ...]] = ()

    transformers_version: str | None = None
    architectures: list[str] | None = None
    output_hidden_states: bool | None = False
    return_dict: bool | None = True
    dtype: Any = None
    chunk_size_feed_forward: int = 0
    is_encoder_decoder: bool = False
    id2label: dict[Any, str] | None = None
    label2id: dict[str, Any] | None = None
    problem_type: Literal["regression", "single_label_classification", "multi_label_classification"] | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = vars(cls)
        if (parts := own.get("sub_configs_defaults")) is not None:
            specs = {
                key: part if isinstance(part, SubConfigSpec) else SubConfigSpec(part) for key, part in parts.items()
            }
            cls.sub_configs_defaults = specs
            if "sub_configs" not in own:
                cls.sub_configs = {key: spec.config_class for key, spec in specs.items()}
        written = "__init__" in own
        dataclass(cls, init=False, repr=False, eq=False, kw_only=True)
        if not written:
            cls.__init__ = _taking_fields(cls)

    def __post_init__(self, **kwargs: Any) -> None:
        if kwargs.pop("per_layer_config", None) is not None:
            raise ValueError(
                f"{type(self).__name__} got `per_layer_config`, and transformers before 5.17 has one configuration for "
                "all layers"
            )
        for key, spec in self.sub_configs_defaults.items():
            part = getattr(self, key)
            if part is not None or not spec.optional:
                part, kwargs = spec.create_subconfig(key, part, **kwargs)
                setattr(self, key, part)
        if hasattr(self, "rope_parameters") or (kwargs.get("rope_scaling") and kwargs.get("rope_theta")):
            kwargs = self.convert_rope_params_to_dict(**kwargs)
        kwargs = {name: value for name, value in kwargs.items() if name not in _DROPPED and name != "_commit_hash"}
        # The runtime assigns all that it knows: what the class has set, or says in its body, is handed to it.
        said = {name: getattr(self, name) for name in _ASSIGNED | _OF_GENERATION if _says(self, name)}
        experts = kwargs.pop("experts_implementation", None)
        PretrainedConfig.__init__(self, **{"tie_word_embeddings": False, **said, **kwargs})
        self._experts_implementation = experts
        remap_legacy_layer_types(config=self)
        self._post_init_done = True

    @classmethod
    def _get_config_dict(cls, *args: Any, **kwargs: Any) -> Any:
        """As it is written: a class of 5.x reads the words of 5.x, which others want translated (plugin artifacts)."""
        return inspect.unwrap(PretrainedConfig._get_config_dict.__func__)(cls, *args, **kwargs)  # type: ignore[attr-defined]

    def to_diff_dict(self) -> dict[str, Any]:
        bare = copy.copy(self)  # the base class knows no part that is None
        for name in self.sub_configs:
            if vars(self).get(name, self) is None:
                del bare.__dict__[name]
        return super(PreTrainedConfig, bare).to_diff_dict()  # type: ignore[no-any-return]

    def _remove_keys_not_serialized(self, d: dict[str, Any]) -> None:
        super()._remove_keys_not_serialized(d)
        for name in ("_experts_implementation", "_post_init_done", "ignore_keys_at_rope_validation"):
            d.pop(name, None)

    @classmethod
    def default_config_fields(cls) -> dict[str, Any]:
        """The defaults of the fields of the class; of the parts of a composite configuration, theirs."""
        found = {}
        for field in fields(cls):
            if field.name in cls.sub_configs_defaults:
                found[field.name] = cls.sub_configs_defaults[field.name].default_config_fields()
            elif field.default is not MISSING:
                found[field.name] = field.default
            elif field.default_factory is not MISSING:
                found[field.name] = field.default_factory()
        return found

    # Called by `strict` once a configuration is made, by their names.

    def validate_architecture(self) -> None:
        """Raises ValueError where the heads do not fill the embedding."""
        names = ("head_dim", "num_heads", "embed_dim")
        if all(hasattr(self, name) for name in names) and self.head_dim * self.num_heads != self.embed_dim:
            raise ValueError(
                f"The embed_dim ({self.embed_dim}) is not a multiple of the number of attention heads "
                f"({self.num_heads})."
            )

    def validate_layer_type(self) -> None:
        """Raises ValueError where `layer_types` or `mlp_layer_types` has names that are unknown, or too few or many."""
        for name, known in (("layer_types", _MIXERS), ("mlp_layer_types", _MLPS)):
            found = getattr(self, name, None)
            if found is None or not hasattr(self, "num_hidden_layers"):
                return
            if not known.issuperset(found):
                raise ValueError(f"The `{name}` entries must be in {sorted(known)} but got {found}")
            if self.num_hidden_layers is not None and self.num_hidden_layers != len(found):
                raise ValueError(
                    f"`num_hidden_layers` ({self.num_hidden_layers}) must be equal to the number of `{name}` "
                    f"({len(found)})"
                )

    def validate_output_attentions(self) -> None:
        """Raises ValueError where attentions are wanted of an implementation that has none."""
        if self.output_attentions and self._attn_implementation not in ("eager", None):
            raise ValueError(
                f"`output_attentions` needs the attention implementation 'eager', not {self._attn_implementation!r}"
            )


PreTrainedConfig.__init__ = _taking_fields(PreTrainedConfig)  # type: ignore[method-assign]


def _says(config: Any, name: str) -> bool:
    """Whether a configuration, or the body of a class between it and the base, has an attribute."""
    if name in vars(config):
        return True
    mro = type(config).__mro__
    return any(name in vars(cls) for cls in mro[: mro.index(PreTrainedConfig)])
