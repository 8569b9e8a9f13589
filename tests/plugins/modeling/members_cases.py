"""A model written for 4.x, outside transformers, and what it gets from its base class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from modeling_cases import fill
from torch import nn
from transformers import PretrainedConfig, PreTrainedModel

IDS = torch.tensor([[3, 1, 4, 1, 5]])
PADDED = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
SQUARE = torch.tensor([[[1, 0], [1, 1]], [[1, 0], [0, 1]]])
HEADS = torch.tensor([1.0, 0.0, 0.5])
EACH = torch.tensor([[1.0, 0.0, 0.5], [0.0, 1.0, 1.0]])


class OldConfig(PretrainedConfig):
    model_type = "old-members"

    def __init__(self, is_decoder: bool = False, **kwargs: Any) -> None:
        self.vocab_size = 11
        self.hidden_size = 6
        super().__init__(is_decoder=is_decoder, **kwargs)


class OldModel(PreTrainedModel):
    """A model in the manner of BERT: masks scores and heads by what its base class makes of the masks."""

    config_class = OldConfig
    base_model_prefix = "old"
    supports_gradient_checkpointing = True

    def __init__(self, config: OldConfig) -> None:
        super().__init__(config)
        self.embeddings = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList([nn.Linear(config.hidden_size, config.hidden_size) for _ in range(2)])
        self.gradient_checkpointing = False
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        pass

    def _set_gradient_checkpointing(self, module: nn.Module, value: bool = False) -> None:
        if isinstance(module, OldModel):
            module.gradient_checkpointing = value

    def get_input_embeddings(self) -> nn.Module:
        return self.embeddings

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, head_mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        hidden = self.embeddings(input_ids)
        mask = self.get_extended_attention_mask(attention_mask, input_ids.shape, input_ids.device)
        heads = self.get_head_mask(head_mask, len(self.layers))
        for layer, of_layer in zip(self.layers, heads, strict=True):
            query = layer(hidden).unflatten(-1, (3, 2)).transpose(1, 2)
            scores = (query @ query.transpose(-1, -2) + mask).softmax(-1)
            if of_layer is not None:
                scores = scores * of_layer
            hidden = hidden + (scores @ query).transpose(1, 2).flatten(-2)
        return hidden


def old(**config: Any) -> OldModel:
    return fill(OldModel(OldConfig(**config)))


def _finite(mask: torch.Tensor) -> torch.Tensor:
    """1 where closed, 0 where open."""
    return (mask < -1e30).float()


# What 4.57 answers, by name.
MEMBERS: dict[str, Callable[[], Any]] = {
    "forward": lambda: old()(PADDED * 3, PADDED),
    "forward of a decoder": lambda: old(is_decoder=True)(PADDED * 3, PADDED),
    "forward with heads": lambda: old()(PADDED * 3, PADDED, HEADS),
    "forward with heads of layers": lambda: old()(PADDED * 3, PADDED, EACH),
    "head mask": lambda: old().get_head_mask(HEADS, 2),
    "head mask of layers": lambda: old().get_head_mask(EACH, 2, is_attention_chunked=True),
    "head mask in half precision": lambda: old().half().get_head_mask(EACH, 2).float(),
    "extended": lambda: _finite(old().get_extended_attention_mask(PADDED, (2, 5))),
    "extended on a device": lambda: _finite(old().get_extended_attention_mask(PADDED, (2, 5), torch.device("cpu"))),
    "extended by device=": lambda: _finite(old().get_extended_attention_mask(PADDED, (2, 5), device="cpu")),
    "extended by dtype=": lambda: (
        old().get_extended_attention_mask(PADDED, (2, 5), dtype=torch.float16).float().clamp(-9)
    ),
    "extended square": lambda: _finite(old().get_extended_attention_mask(SQUARE, (2, 2))),
    "extended of a decoder": lambda: _finite(old(is_decoder=True).get_extended_attention_mask(PADDED, (2, 5))),
    "extended of a decoder with a past": lambda: _finite(
        old(is_decoder=True).get_extended_attention_mask(PADDED, (2, 2), torch.device("cpu"))
    ),
    "for a decoder": lambda: old().create_extended_attention_mask_for_decoder((2, 3), PADDED, torch.device("cpu")),
    "inverted": lambda: _finite(old().invert_attention_mask(PADDED)),
    "inverted square": lambda: _finite(old().invert_attention_mask(SQUARE)),
    "tokens": lambda: old().estimate_tokens({"input_ids": IDS}),
    "tokens of nothing": lambda: old().estimate_tokens({"pixels": IDS}),
    "operations": lambda: old().floating_point_ops({"input_ids": IDS}),
    "operations with embeddings": lambda: old().floating_point_ops({"input_ids": IDS}, exclude_embeddings=False),
    "warnings": lambda: dict(old().warnings_issued),
    "framework": lambda: old().framework,
    "is parallelizable": lambda: old().is_parallelizable,
}


def plain(answer: Any) -> Any:
    return answer.tolist() if isinstance(answer, torch.Tensor) else answer
