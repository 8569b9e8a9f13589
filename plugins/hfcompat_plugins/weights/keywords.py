"""Keywords that `from_pretrained` took in 4.x and now hands on to the model's `__init__`, which raises TypeError."""

from __future__ import annotations

import inspect
from typing import Any


def from_pretrained(original: Any) -> Any:
    """5.x: what has an equal becomes it, what meant nothing any more goes."""

    def from_pretrained(cls: type, *args: Any, **kwargs: Any) -> Any:
        if not _OLD.isdisjoint(kwargs):
            kwargs = translated(kwargs, inspect.signature(cls.__init__).parameters)  # type: ignore[misc]
        return original(cls, *args, **kwargs)

    return with_state_dict(from_pretrained)


def with_state_dict(original: Any) -> Any:
    """Since 4.50 weights are not taken together with a path, from which only the config was read."""

    def from_pretrained(cls: Any, *args: Any, **kwargs: Any) -> Any:
        path = args[0] if args else kwargs.get(_PATH)
        if kwargs.get("state_dict") is None or path is None or kwargs.get("gguf_file") is not None:
            return original(cls, *args, **kwargs)
        kwargs.pop(_PATH, None)
        config = kwargs.pop("config", None)
        if config is None or isinstance(config, (str, bytes)) or hasattr(config, "__fspath__"):
            own = {name: kwargs.pop(name) for name in ("state_dict", *_OURS) if name in kwargs}
            config, kwargs = cls.config_class.from_pretrained(config or path, return_unused_kwargs=True, **kwargs)
            kwargs = {name: value for name, value in kwargs.items() if name not in _HUB} | own
        model = original(cls, None, *args[1:], config=config, **kwargs)
        (model[0] if isinstance(model, tuple) else model).config.name_or_path = str(path)
        return model

    return from_pretrained


def with_flash_attention(original: Any) -> Any:
    """4.53 to 4.57: `use_flash_attention_2`."""

    def from_pretrained(cls: type, *args: Any, **kwargs: Any) -> Any:
        _choose_attention(kwargs)
        return original(cls, *args, **kwargs)

    return with_state_dict(from_pretrained)


_PATH = "pretrained_model_name_or_path"

# Not for the config to read, but for the loading of weights.
_OURS = ("dtype", "torch_dtype", "device_map", "max_memory", "quantization_config", "output_loading_info")
_HUB = (
    "cache_dir",
    "force_download",
    "local_files_only",
    "proxies",
    "revision",
    "subfolder",
    "token",
    "trust_remote_code",
)


def translated(kwargs: dict[str, Any], taken: Any) -> dict[str, Any]:
    """The keywords as 5.x wants them; `taken` are the parameters of the model's own `__init__`.

    Raises:
        ValueError: there is no such thing any more.
    """
    kwargs, old = dict(kwargs), {name: kwargs[name] for name in _OLD if name in kwargs and name not in taken}
    for name in old:
        del kwargs[name]
    if old.get("use_auth_token") is not None:
        kwargs.setdefault("token", old["use_auth_token"])
    if old.get("torchscript"):
        raise ValueError(
            "torchscript=True: transformers 5 has no such models; export with torch.export, or trace with 4.57"
        )
    if old.get("use_flash_attention_2"):
        kwargs.setdefault("attn_implementation", "flash_attention_2")
    if old.get("load_in_8bit") or old.get("load_in_4bit"):
        kwargs["quantization_config"] = _bits_and_bytes(kwargs, old)
    return kwargs


_OLD = frozenset(
    ("resume_download", "use_auth_token", "torchscript", "use_flash_attention_2", "load_in_8bit", "load_in_4bit")
)


def _bits_and_bytes(kwargs: dict[str, Any], old: dict[str, Any]) -> Any:
    """Takes the options of bitsandbytes out of `kwargs`.

    Raises:
        ValueError: they are given in two ways.
    """
    from transformers import BitsAndBytesConfig

    if kwargs.get("quantization_config") is not None:
        raise ValueError(
            "load_in_8bit and load_in_4bit are part of quantization_config: give them there, or it not at all"
        )
    known = [name for name in inspect.signature(BitsAndBytesConfig).parameters if name in kwargs]
    options = {name: kwargs.pop(name) for name in known}
    return BitsAndBytesConfig(
        load_in_8bit=bool(old.get("load_in_8bit")), load_in_4bit=bool(old.get("load_in_4bit")), **options
    )


def _choose_attention(kwargs: dict[str, Any]) -> None:
    if kwargs.pop("use_flash_attention_2", False):
        kwargs.setdefault("attn_implementation", "flash_attention_2")
