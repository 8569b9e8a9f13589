"""RoPE as configurations of 5.x keep it: one dictionary, or one for each kind of layer."""

from __future__ import annotations

from typing import Any, ClassVar, TypedDict

__all__ = ["RopeInConfig", "RopeParameters"]


class RopeParameters(TypedDict, total=False):
    """`rope_parameters` of a configuration."""

    rope_theta: float | None
    rope_type: str | None
    partial_rotary_factor: float | None
    factor: float | None
    original_max_position_embeddings: int | None
    attention_factor: float | None
    beta_fast: float | None
    beta_slow: float | None
    short_factor: list[float] | None
    long_factor: list[float] | None
    low_freq_factor: float | None
    high_freq_factor: float | None
    mscale: float | None
    mscale_all_dim: float | None
    truncate: bool | None
    mrope_section: list[int] | None


_PRETRAINED_LENGTH = ("llama3", "yarn", "longrope")
_ASKED_FOR = ("rope_theta", "partial_rotary_factor", "original_max_position_embeddings")
"""What RoPE functions of 4.x read beside `rope_scaling`."""


class RopeInConfig:
    """What a configuration of 5.x does with `rope_parameters`, and how it answers the RoPE functions of 4.x."""

    default_theta: ClassVar[float] = 10_000.0
    default_rope_type: ClassVar[str] = "default"
    ignore_keys_at_rope_validation: Any = frozenset()

    def __getattr__(self, name: str) -> Any:
        if name in _ASKED_FOR:
            parameters = vars(self).get("rope_parameters")
            if isinstance(parameters, dict) and parameters.get(name) is not None:
                return parameters[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def rope_scaling(self) -> Any:
        return self.rope_parameters

    @rope_scaling.setter
    def rope_scaling(self, value: Any) -> None:
        self.rope_parameters = value
        if value is not None and getattr(self, "_post_init_done", False):
            self.standardize_rope_params()

    def nested_rope_parameter_keys(self, rope_parameters: Any) -> list[str]:
        """Kinds of layers that have parameters of their own."""
        kinds = getattr(self, "_rope_type_labels", None) or getattr(self, "layer_types", None) or ()
        return [key for key in rope_parameters if key in kinds]

    def convert_rope_params_to_dict(self, **kwargs: Any) -> dict[str, Any]:
        """Take `rope_theta`, `rope_scaling` and `partial_rotary_factor` of older files into `rope_parameters`.

        Returns:
            The arguments that are left.
        """
        parameters = kwargs.pop("rope_scaling", None) or self.rope_parameters or {}
        self.rope_parameters = parameters
        said = {"rope_theta": self._said("rope_theta", self.default_theta)}
        said["partial_rotary_factor"] = self._said("partial_rotary_factor")
        said |= {name: kwargs.pop(name) for name in tuple(said) if name in kwargs}
        for part in self._parts():
            for name, value in said.items():
                if value is not None or name == "rope_theta":
                    part.setdefault(name, value)
        if said["partial_rotary_factor"] is not None:
            self.ignore_keys_at_rope_validation = {*self.ignore_keys_at_rope_validation, "partial_rotary_factor"}
        self.standardize_rope_params()
        return kwargs

    def standardize_rope_params(self) -> None:
        """Fill in what a dictionary of RoPE parameters does not say."""
        theta, share = self._said("rope_theta"), self._said("partial_rotary_factor")
        if not (self.rope_parameters or theta):
            return
        if self.rope_parameters is None:
            self.rope_parameters = {}
        nested = bool(self.nested_rope_parameter_keys(self.rope_parameters))
        for part in self._parts():
            part.setdefault("rope_type", part.get("type", "default"))
            part.setdefault("rope_theta", theta)
            if share is not None:
                part.setdefault("partial_rotary_factor", share)
            if not nested and part["rope_type"] == "default":
                part["rope_type"] = self.default_rope_type
            if part["rope_type"] in _PRETRAINED_LENGTH:
                length = None if nested else self._said("original_max_position_embeddings")
                if length is not None:
                    part["original_max_position_embeddings"] = length
                else:
                    part.setdefault("original_max_position_embeddings", self.max_position_embeddings)
            if nested and part["rope_type"] == "default":
                part["rope_type"] = self.default_rope_type

    def _parts(self) -> list[dict[str, Any]]:
        nested = self.nested_rope_parameter_keys(self.rope_parameters)
        parts = [self.rope_parameters[key] for key in nested] if nested else [self.rope_parameters]
        return [part for part in parts if part is not None]

    def _said(self, name: str, otherwise: Any = None) -> Any:
        """An attribute of the instance or its class, not what `rope_parameters` says."""
        found = vars(self).get(name, getattr(type(self), name, None))
        return otherwise if found is None else found
