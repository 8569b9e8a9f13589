"""`_rope_scaling_validation` and kin, which classes derived from Llama's and Phi-3's call."""

from __future__ import annotations

from typing import Any


def linear_or_dynamic(self: Any) -> None:
    """Raises ValueError unless `rope_scaling` is None, or of type linear or dynamic with a factor above 1."""
    scaling = self.rope_scaling
    if scaling is None:
        return
    kind, factor = (scaling.get("type"), scaling.get("factor")) if isinstance(scaling, dict) else (None, None)
    if kind not in ("linear", "dynamic"):
        raise ValueError(f"`rope_scaling` should have the type linear or dynamic, not {scaling!r}")
    if not isinstance(factor, float) or factor <= 1.0:
        raise ValueError(f"the factor of `rope_scaling` should be a float above 1, not {factor!r}")


def longrope(self: Any) -> None:
    """Raises ValueError unless `rope_scaling` is None, or longrope with two lists of numbers, one a frequency."""
    scaling = self.rope_scaling
    if scaling is None:
        return
    if not isinstance(scaling, dict) or scaling.get("type") != "longrope":
        raise ValueError(f"`rope_scaling` should have the type longrope, not {scaling!r}")
    share = getattr(self, "partial_rotary_factor", 1.0)
    length = int(self.hidden_size // self.num_attention_heads * share) // 2
    for name in ("short_factor", "long_factor"):
        values = scaling.get(name)
        if not isinstance(values, list) or not all(isinstance(value, (int, float)) for value in values):
            raise ValueError(f"{name} of `rope_scaling` should be a list of numbers, not {values!r}")
        if len(values) != length:
            raise ValueError(f"{name} of `rope_scaling` should have {length} numbers, not {len(values)}")


def longrope_by_older_names(self: Any) -> None:
    """Call the types "su" and "yarn" of the first Phi-3 files "longrope"."""
    if self.rope_scaling is not None and self.rope_scaling.get("type") in ("su", "yarn"):
        self.rope_scaling["type"] = "longrope"


def called_longrope(original: Any) -> Any:
    """`Phi3Config.convert_rope_params_to_dict` up to 5.3, which renames "su" and "yarn" too late."""

    def convert_rope_params_to_dict(self: Any, *args: Any, **kwargs: Any) -> Any:
        parameters = kwargs.get("rope_scaling") or self.rope_parameters or {}
        if parameters.get("rope_type", parameters.get("type")) in ("su", "yarn"):
            parameters["rope_type"] = "longrope"
        return original(self, *args, **kwargs)

    return convert_rope_params_to_dict
