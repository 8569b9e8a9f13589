"""CLIP's two towers under the names that they had as parts of a model, with the call of transformers 4."""

from __future__ import annotations

from typing import Any

import torch
from transformers.models.clip.modeling_clip import CLIPTextModel, CLIPVisionModel

__all__ = ["CLIPTextTransformer", "CLIPVisionTransformer"]


class CLIPVisionTransformer(CLIPVisionModel):
    """The vision tower; parameters have no prefix, as in `CLIPVisionModel` since 5.6."""

    def forward(  # type: ignore[override]
        self,
        pixel_values: torch.Tensor | None = None,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        return_dict: bool | None = None,
        interpolate_pos_encoding: bool | None = False,
    ) -> Any:
        """`BaseModelOutputWithPooling`, or a tuple, of pictures (batch, channels, height, width)."""
        wishes = _said(output_attentions, output_hidden_states, return_dict)
        return super().forward(pixel_values, interpolate_pos_encoding=interpolate_pos_encoding, **wishes)


class CLIPTextTransformer(CLIPTextModel):
    """The text tower; parameters have no prefix, as in `CLIPTextModel` since 5.6."""

    def forward(  # type: ignore[override]
        self,
        input_ids: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        position_ids: torch.Tensor | None = None,
        output_attentions: bool | None = None,
        output_hidden_states: bool | None = None,
        return_dict: bool | None = None,
    ) -> Any:
        """`BaseModelOutputWithPooling`, or a tuple, of tokens (batch, length); the mask is 0 for padding."""
        wishes = _said(output_attentions, output_hidden_states, return_dict)
        return super().forward(input_ids, attention_mask=attention_mask, position_ids=position_ids, **wishes)


def _said(attentions: bool | None, hidden_states: bool | None, return_dict: bool | None) -> dict[str, bool]:
    wishes = {"output_attentions": attentions, "output_hidden_states": hidden_states, "return_dict": return_dict}
    return {name: wish for name, wish in wishes.items() if wish is not None}
