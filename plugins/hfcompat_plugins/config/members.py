"""Methods and class attributes that `PretrainedConfig` no longer has."""

from __future__ import annotations

from typing import Any

is_composition = False
has_no_defaults_at_init = False


def create_id_label_maps(self: Any, num_labels: int) -> None:
    """Name `num_labels` labels LABEL_0, LABEL_1 and so on, both ways."""
    self.id2label = {index: f"LABEL_{index}" for index in range(num_labels)}
    self.label2id = {label: index for index, label in self.id2label.items()}


def dict_torch_dtype_to_str(self: Any, d: dict[str, Any]) -> None:
    """Write the dtypes in `d`, and in the dictionaries in it, as strings such as "float32"."""
    for key in ("dtype", "torch_dtype"):
        value = d.get(key)
        if isinstance(value, dict):
            d[key] = {name: str(dtype).rpartition(".")[2] for name, dtype in value.items()}
        elif value is not None and not isinstance(value, (str, int)):
            d[key] = str(value).rpartition(".")[2]
    for value in d.values():
        if isinstance(value, dict):
            dict_torch_dtype_to_str(self, value)


@staticmethod
def set_token_in_kwargs(kwargs: dict[str, Any], token: Any = None) -> None:
    """Put `token`, or what `kwargs` has under its old name use_auth_token, into `kwargs`. ValueError: both."""
    old, new = kwargs.pop("use_auth_token", None), kwargs.pop("token", None) if token is None else token
    if old is not None and new is not None:
        raise ValueError("`token` and `use_auth_token` are both given; they mean the same")
    chosen = new if new is not None else old
    if chosen is not None:
        kwargs["token"] = chosen


@classmethod
def from_text_vision_configs(cls: Any, text_config: Any, vision_config: Any, **kwargs: Any) -> Any:
    """A composite configuration of the two."""
    return cls(text_config=text_config.to_dict(), vision_config=vision_config.to_dict(), **kwargs)


@classmethod
def from_text_audio_configs(cls: Any, text_config: Any, audio_config: Any, **kwargs: Any) -> Any:
    """A composite configuration of the two."""
    return cls(text_config=text_config.to_dict(), audio_config=audio_config.to_dict(), **kwargs)
