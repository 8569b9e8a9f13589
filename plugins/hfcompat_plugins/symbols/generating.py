"""What a pipeline hands to `generate`: what was asked for, then the pipeline's own defaults, then the model's.

That is the order of transformers 4.52 to 5.19, and these pipelines were gone before 5.20 let the model's go first.
"""

from __future__ import annotations

from typing import Any

__all__ = ["assistant_params", "generate_params"]


def generate_params(pipeline: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Keyword arguments for `generate`; `given` are those of the call."""
    if not hasattr(pipeline, "_prepare_generate_kwargs"):
        return {"generation_config": pipeline.generation_config, **given}
    params = pipeline._prepare_generate_kwargs(given)
    asked = params if "generation_config" in given else {**pipeline._generate_kwargs, **given}
    if "generation_config" in asked:
        return params
    defaults = {k: v for k, v in pipeline._generation_defaults.items() if k != "pad_token_id" and k not in asked}
    # A model that says how long its answers are (and does not say 20, once everybody's default) is left to it.
    own_length = asked.get("max_length", pipeline.model.generation_config.max_length)
    if own_length not in (None, 20):
        defaults.pop("max_new_tokens", None)
    return {**params, **defaults}


def assistant_params(pipeline: Any) -> dict[str, Any]:
    """The assistant model for speculative decoding, if the pipeline was given one."""
    params = {}
    if getattr(pipeline, "assistant_model", None) is not None:
        params["assistant_model"] = pipeline.assistant_model
    if getattr(pipeline, "assistant_tokenizer", None) is not None:
        params.update(tokenizer=pipeline.tokenizer, assistant_tokenizer=pipeline.assistant_tokenizer)
    return params
