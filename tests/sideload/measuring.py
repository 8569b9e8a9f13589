"""What a model says about inputs: the same questions on every runtime."""

from __future__ import annotations

import inspect
from typing import Any

import torch

NEW_TOKENS = 6
NO_OUTPUT = ("past_key_values", "loss", "decoder_past_key_values", "padding_cache", "encoder_past_key_values")
NOT_FOR_GENERATE = ("decoder_input_ids", "labels", "return_loss")


def outputs(model: Any, inputs: dict[str, Any]) -> dict[str, torch.Tensor]:
    """Every tensor that comes back, by its name."""
    torch.manual_seed(0)
    with torch.no_grad():
        said = model(**inputs)
    found: dict[str, torch.Tensor] = {}
    _collect(said, "", found)
    return found


def _collect(said: Any, name: str, found: dict[str, torch.Tensor]) -> None:
    if isinstance(said, torch.Tensor):
        found[name or "output"] = said.detach().clone()
    elif hasattr(said, "items"):
        for key, value in said.items():
            if key not in NO_OUTPUT:
                _collect(value, f"{name}.{key}" if name else key, found)
    elif isinstance(said, (tuple, list)) and "Cache" not in type(said).__name__:
        for at, value in enumerate(said):
            _collect(value, f"{name}.{at}" if name else str(at), found)


def generated(model: Any, inputs: dict[str, Any]) -> torch.Tensor:
    """Greedy: prompt and six tokens."""
    torch.manual_seed(0)
    kept = {key: value for key, value in inputs.items() if key not in NOT_FOR_GENERATE}
    with torch.no_grad():
        said = model.generate(
            **kept, max_new_tokens=NEW_TOKENS, min_new_tokens=NEW_TOKENS, do_sample=False, pad_token_id=0
        )
    return said if isinstance(said, torch.Tensor) else said.sequences


def gradient(model: Any, inputs: dict[str, Any]) -> dict[str, torch.Tensor]:
    """The loss, the model's own where it takes labels of text, and the norm of all gradients."""
    torch.manual_seed(0)
    ids, mask = inputs.get("input_ids"), inputs.get("attention_mask")
    language = type(model).__name__.endswith(("ForCausalLM", "ForConditionalGeneration", "ForMaskedLM"))
    if language and ids is not None and "labels" in inspect.signature(model.forward).parameters:
        labels = inputs.get("decoder_input_ids", ids)
        if mask is not None and mask.shape == labels.shape:
            labels = labels.masked_fill(mask == 0, -100)
        loss = model(**inputs, labels=labels).loss
    else:
        found: dict[str, torch.Tensor] = {}
        _collect_live(model(**inputs), found)
        loss = sum(value.float().pow(2).mean() for value in found.values())
    loss.backward()
    norms = [p.grad.float().norm() for p in model.parameters() if p.grad is not None]
    model.zero_grad(set_to_none=True)
    return {"loss": loss.detach(), "norm": torch.stack(norms).norm()}


def _collect_live(said: Any, found: dict[str, torch.Tensor]) -> None:
    if isinstance(said, torch.Tensor):
        if said.requires_grad:
            found[str(len(found))] = said
    elif hasattr(said, "values"):
        for key, value in said.items():
            if key not in NO_OUTPUT:
                _collect_live(value, found)
    elif isinstance(said, (tuple, list)):
        for value in said:
            _collect_live(value, found)


def in_dtype(inputs: Any, dtype: torch.dtype) -> Any:
    """Numbers in the dtype of the model; ids and masks as they are."""
    if isinstance(inputs, dict):
        return {name: in_dtype(value, dtype) for name, value in inputs.items()}
    return inputs.to(dtype) if isinstance(inputs, torch.Tensor) and inputs.is_floating_point() else inputs


def answers(
    model: Any, cases: dict[str, dict[str, Any]], asked: tuple[str, ...]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Everything that was asked, by `question/case/name`, and what failed."""
    found: dict[str, Any] = {}
    failed: dict[str, str] = {}
    for case, inputs in cases.items():
        for question in asked:
            try:
                if question == "generate":
                    if not hasattr(model, "generate") or not model.can_generate():
                        continue
                    got = {"sequences": generated(model, inputs)}
                else:
                    got = (gradient if question == "gradient" else outputs)(model, inputs)
            except Exception as error:
                failed[f"{question}/{case}"] = f"{type(error).__name__}: {error}"[:300]
                continue
            found |= {f"{question}/{case}/{name}": value for name, value in got.items()}
    return found, failed
