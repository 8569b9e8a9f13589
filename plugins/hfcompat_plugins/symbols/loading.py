"""How pipelines loaded a model when there was more than one framework."""

from __future__ import annotations

from typing import Any

from transformers import AutoModel
from transformers.pipelines.base import load_model

__all__ = ["infer_framework_load_model"]


def infer_framework_load_model(
    model: Any,
    config: Any,
    model_classes: dict[str, tuple[type, ...]] | None = None,
    task: str | None = None,
    framework: str | None = None,
    **model_kwargs: Any,
) -> tuple[str, Any]:
    """Load `model`, a name or a path, with the first class that can; a model is returned as it is.

    Args:
        config: its architectures are tried after `model_classes["pt"]`.
        framework: "pt" or None.

    Returns:
        "pt", and the model.

    Raises:
        RuntimeError: for another framework.
        ValueError: when no class can load it.
    """
    if framework not in (None, "pt"):
        raise RuntimeError(f"framework={framework!r}: transformers 5 has PyTorch models only; use framework='pt'.")
    classes = model_classes.get("pt", (AutoModel,)) if model_classes else None
    return "pt", load_model(model, config, model_classes=classes, task=task, **model_kwargs)
