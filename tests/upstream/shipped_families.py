"""What the tests in a source distribution want of a family, made of those of `tests/harm`; `shipped.py` copies it beside them."""

from __future__ import annotations

from typing import Any

import torch
import transformers
from families import FAMILIES, PIXELS, SEQ2SEQ


class Tester:
    """The `model_tester` of a family."""

    batch_size = 2
    seq_length = encoder_seq_length = decoder_seq_length = key_length = 6
    num_masks = 2
    is_training = True

    def __init__(self, family: str) -> None:
        self.family = family
        self.auto, self.shape = FAMILIES[family]
        self.is_encoder_decoder = self.auto == SEQ2SEQ
        if self.auto == PIXELS:
            self.seq_length = self.encoder_seq_length = self.key_length = 5  # four patches, and the token before them
        config = self.get_config()
        self.hidden_size = getattr(config, "hidden_size", 32)
        self.num_hidden_layers = getattr(config, "num_hidden_layers", 2)
        self.num_attention_heads = getattr(config, "num_attention_heads", 4)
        factories = {transformers.AutoModel, getattr(transformers, self.auto)}
        self.classes = tuple(factory._model_mapping[type(config)] for factory in factories)
        self.classes = tuple(sorted(self.classes, key=lambda cls: str(cls.__name__)))

    def get_config(self) -> Any:
        return transformers.AutoConfig.for_model(self.family, **self.shape)

    def prepare_config_and_inputs_for_common(self) -> tuple[Any, dict[str, torch.Tensor]]:
        if self.auto == PIXELS:
            return self.get_config(), {"pixel_values": torch.linspace(-1, 1, 2 * 3 * 16 * 16).reshape(2, 3, 16, 16)}
        ids = torch.tensor([[5, 6, 7, 8, 9, 10], [11, 12, 13, 14, 15, 16]])
        inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
        if self.is_encoder_decoder:
            inputs |= {"decoder_input_ids": ids, "decoder_attention_mask": torch.ones_like(ids)}
        return self.get_config(), inputs
