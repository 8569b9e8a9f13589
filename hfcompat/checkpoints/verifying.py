"""Whether two checkpoints are one model: both loaded by the transformers that is installed, and compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import hfcompat
from hfcompat.checkpoints.errors import CheckpointError

__all__ = ["differences"]


def differences(source: Path | str, destination: Path | str) -> list[str]:
    """What differs between two checkpoints once they are loaded, a sentence each; empty where nothing does.

    hfcompat is applied, so that both are read right, and each model is loaded in the dtype of its file, on the CPU. All
    parameters and buffers are compared, and for a model of text the output too.

    Raises:
        CheckpointError: one of them has no model, or cannot be loaded.
    """
    hfcompat.apply()
    one, other = _load(Path(source)), _load(Path(destination))
    found = _differing(_state(one), _state(other))
    if found:
        return found
    left, right = _output(one), _output(other)
    if left is None or right is None or bool((left == right).all()):
        return []
    return [f"the outputs differ by up to {float((left - right).abs().max()):g}"]


def _load(path: Path) -> Any:
    import transformers  # type: ignore[import-not-found, unused-ignore]

    if not (path / "config.json").is_file():
        kind = "it is an adapter" if (path / "adapter_config.json").is_file() else "it has no config.json"
        raise CheckpointError(path, f"it cannot be loaded: {kind}, and models alone are compared")
    try:
        config = transformers.AutoConfig.from_pretrained(path)
        name = (getattr(config, "architectures", None) or ["AutoModel"])[0]
        kind = getattr(transformers, name, transformers.AutoModel)
        return kind.from_pretrained(path, torch_dtype="auto").eval()
    except Exception as error:  # what loading raises is the model's own affair
        raise CheckpointError(path, f"it cannot be loaded: {type(error).__name__}: {error}") from error


def _state(model: Any) -> dict[str, Any]:
    return {**dict(model.named_parameters()), **dict(model.named_buffers())}


def _differing(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    import torch  # type: ignore[import-not-found, unused-ignore]

    found = [f"{name} is in one of both alone" for name in sorted(one.keys() ^ other.keys())]
    for name in one.keys() & other.keys():
        if one[name].shape != other[name].shape or one[name].dtype != other[name].dtype:
            found.append(
                f"{name} is {list(one[name].shape)} in the source, and {list(other[name].shape)} in the result"
            )
        elif not torch.equal(one[name].contiguous().view(torch.uint8), other[name].contiguous().view(torch.uint8)):
            found.append(f"{name} has other values")
    return sorted(found)


def _output(model: Any) -> Any:
    """Logits or states for a few tokens; None where the model wants more than tokens."""
    import torch  # type: ignore[import-not-found, unused-ignore]

    words = getattr(model.get_input_embeddings(), "num_embeddings", None) if model.main_input_name == "input_ids" else 0
    if not words:
        return None
    tokens = torch.arange(8)[None] % words
    more = {"decoder_input_ids": tokens} if getattr(model.config, "is_encoder_decoder", False) else {}
    with torch.no_grad():
        return model(input_ids=tokens, **more)[0].float()
