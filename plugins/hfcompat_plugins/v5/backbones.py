"""`transformers.backbone_utils`: the parts of `utils.backbone_utils`, and decorators of backbones' forwards."""

from __future__ import annotations

from functools import wraps
from typing import Any

from hfcompat_plugins.v5.capturing import (
    maybe_install_capturing_hooks,
    resolve_hidden_states_indices,
    selected_hidden_states,
)
from transformers.utils import backbone_utils as runtime
from transformers.utils.backbone_utils import BackboneType

__all__ = [
    "BackboneConfigMixin",
    "BackboneMixin",
    "BackboneType",
    "consolidate_backbone_kwargs_to_config",
    "filter_output_hidden_states",
    "load_backbone",
]


class BackboneConfigMixin(runtime.BackboneConfigMixin):
    """Which stages of a backbone are given out, by name or by index."""

    def set_output_features_output_indices(self, out_features: Any, out_indices: Any) -> None:
        """Settle the stages, the last one where nothing is said.

        Raises:
            ValueError: they are unknown, doubled or out of order, or the two do not name the same.
        """
        indices = list(out_indices) if isinstance(out_indices, tuple) else out_indices
        runtime.verify_out_features_out_indices(out_features, indices, self.stage_names)
        names = self.stage_names
        if indices is None and out_features is None:
            out_features, indices = [names[-1]], [len(names) - 1]
        elif indices is None:
            indices = [names.index(name) for name in out_features]
        elif out_features is None:
            out_features = [names[index] for index in indices]
        self._out_features, self._out_indices = out_features, indices
        self.verify_out_features_out_indices()

    def verify_out_features_out_indices(self) -> None:
        """Raises ValueError, as above."""
        runtime.verify_out_features_out_indices(self._out_features, self._out_indices, self.stage_names)

    def to_dict(self) -> dict[str, Any]:
        output = super(runtime.BackboneConfigMixin, self).to_dict()  # which wants both to be there
        for name in ("out_features", "out_indices"):
            output[name] = output.pop(f"_{name}", None)
        return output  # type: ignore[no-any-return]

    @property
    def out_features(self) -> Any:
        return self._out_features

    @out_features.setter
    def out_features(self, out_features: list[str]) -> None:
        self.set_output_features_output_indices(out_features, None)

    @property
    def out_indices(self) -> Any:
        return self._out_indices

    @out_indices.setter
    def out_indices(self, out_indices: Any) -> None:
        self.set_output_features_output_indices(None, None if out_indices is None else list(out_indices))


class BackboneMixin(runtime.BackboneMixin):
    """A backbone that makes itself ready in its `__init__`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        timm = kwargs.pop("timm_backbone", None)
        self.backbone_type = BackboneType.TRANSFORMERS if timm is None else BackboneType.TIMM
        if timm is not None:
            self._init_timm_backbone(timm)
        else:
            self._init_transformers_backbone()

    def _init_timm_backbone(self, backbone: Any) -> None:
        info = backbone.feature_info
        self.stage_names = [stage["module"] for stage in info.info]
        self.num_features = [stage["num_chs"] for stage in info.info]
        for name, found in (("out_features", info.module_name()), ("stage_names", self.stage_names)):
            said = getattr(self.config, name, None)
            if said is not None and said != found:
                raise ValueError(f"Config has `{name}` set to {said}, and the backbone has {found}")
        self.config.stage_names = self.stage_names
        self.config.set_output_features_output_indices(info.module_name(), list(info.out_indices))

    def _init_transformers_backbone(self) -> None:
        self.stage_names = self.config.stage_names
        self.config.verify_out_features_out_indices()
        self.num_features = None

    def post_init(self) -> None:
        super().post_init()
        maybe_install_capturing_hooks(self)

    @property
    def out_features(self) -> Any:
        return self.config._out_features

    @out_features.setter
    def out_features(self, out_features: list[str]) -> None:
        self.config.out_features = out_features

    @property
    def out_indices(self) -> Any:
        return self.config._out_indices

    @out_indices.setter
    def out_indices(self, out_indices: Any) -> None:
        self.config.out_indices = out_indices


def filter_output_hidden_states(forward_function: Any) -> Any:
    """Decorator of a backbone's forward, which needs all hidden states: the caller gets those that were asked for."""

    @wraps(forward_function)
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        wanted = kwargs.get("output_hidden_states", getattr(self.config, "output_hidden_states", False))
        output = forward_function(self, *args, **{**kwargs, "output_hidden_states": True})
        if not wanted:
            return type(output)(**{name: value for name, value in output.items() if name != "hidden_states"})
        if (selected := selected_hidden_states(wanted)) is not None:
            states = output["hidden_states"]
            kept = resolve_hidden_states_indices(self, selected, num_hidden_states=len(states))
            output["hidden_states"] = [state if place in kept else None for place, state in enumerate(states)]
        return output

    return wrapper


def consolidate_backbone_kwargs_to_config(
    backbone_config: Any,
    default_backbone: str | None = None,
    default_config_type: str | None = None,
    default_config_kwargs: dict[str, Any] | None = None,
    timm_default_kwargs: dict[str, Any] | None = None,
    **kwargs: Any,
) -> tuple[Any, dict[str, Any]]:
    """The configuration of a backbone, from the ways in which older files say it; and the arguments that are left."""
    from transformers import AutoConfig
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    by_timm, more = kwargs.pop("use_timm_backbone", True), kwargs.pop("backbone_kwargs", None) or {}
    named = kwargs.pop("backbone", None)
    named = default_backbone if named is None else named
    kwargs.pop("use_pretrained_backbone", None)
    if isinstance(backbone_config, dict):
        return CONFIG_MAPPING[backbone_config.get("model_type")].from_dict(backbone_config), kwargs
    if backbone_config is not None:
        return backbone_config, kwargs
    if named is not None:
        if timm_default_kwargs is not None and by_timm and not more:
            return CONFIG_MAPPING["timm_backbone"](backbone=named, **timm_default_kwargs), kwargs
        if "/" in named:
            return AutoConfig.from_pretrained(named, **more), kwargs
        return CONFIG_MAPPING["timm_backbone"](backbone=named, **more), kwargs
    if default_config_type is not None:
        return CONFIG_MAPPING[default_config_type](**(default_config_kwargs or {})), kwargs
    return None, kwargs


def load_backbone(config: Any) -> Any:
    """The backbone of a model, without weights; `config` has a `backbone_config`, or is one."""
    from transformers import AutoBackbone

    part = getattr(config, "backbone_config", None)
    return AutoBackbone.from_config(config if part is None else part)
