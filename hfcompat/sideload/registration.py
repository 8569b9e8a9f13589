"""A family of the wheel, made known to the Auto classes of the runtime."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

from hfcompat.sideload.relocation import ALIAS
from hfcompat.sideload.support import families

__all__ = ["register"]

STAND_INS = {"AutoModelForMultimodalLM": "AutoModelForImageTextToText"}
"""Auto classes that the runtime lacks, and those of its own that take their place."""


def register(family: str) -> list[str]:
    """Configurations and models of a family, under every model type of it that the runtime does not have.

    Returns:
        Those model types.
    """
    transformers = importlib.import_module("transformers")
    known = importlib.import_module("transformers.models.auto.configuration_auto").CONFIG_MAPPING
    theirs = importlib.import_module(f"{ALIAS}.models.auto.configuration_auto").CONFIG_MAPPING
    kinds = [kind for kind, home in families().items() if home == family and kind not in known]
    configs = {kind: theirs[kind] for kind in kinds}
    for kind, config in configs.items():
        transformers.AutoConfig.register(kind, config)
    modeling = importlib.import_module(f"{ALIAS}.models.auto.modeling_auto")
    for auto, mapping in _mappings(modeling):
        ours = getattr(transformers, auto, None) or getattr(transformers, STAND_INS.get(auto, ""), None)
        for config in configs.values():
            if ours is not None and config in mapping and config not in ours._model_mapping:
                model = mapping[config]
                # Not by `ours.register`, which refuses a configuration whose text part alone is the model's.
                ours._model_mapping.register(config, model[0] if isinstance(model, tuple) else model)
    return kinds


def _mappings(modeling: Any) -> Iterator[tuple[str, Any]]:
    for name, auto in vars(modeling).items():
        if name.startswith("AutoModel") and hasattr(auto, "_model_mapping"):
            yield name, auto._model_mapping
