"""Models written for transformers 4.57, as people publish them, and what they compute there.

The weights depend on the parameters' names only, so every version builds the same model.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import nn
from transformers import PretrainedConfig, PreTrainedModel

IDS = torch.tensor([[3, 1, 4, 1, 5]])


class OldConfig(PretrainedConfig):
    """Says nothing about tying, which meant yes."""

    model_type = "old"

    def __init__(self, vocab_size: int = 11, hidden_size: int = 8, **kwargs: Any) -> None:
        self.vocab_size = vocab_size
        self.hidden_size = hidden_size
        super().__init__(**kwargs)


class OldModel(PreTrainedModel):
    """A causal language model whose head is tied to the embeddings; never calls `post_init()`."""

    config_class = OldConfig
    _tied_weights_keys: ClassVar[Any] = ["lm_head.weight"]
    _keys_to_ignore_on_load_unexpected: ClassVar[Any] = [r"attn\.masked_bias"]
    _no_split_modules: ClassVar[Any] = ["Linear"]

    def __init__(self, config: OldConfig) -> None:
        super().__init__(config)
        self.wte = nn.Embedding(config.vocab_size, config.hidden_size)
        self.mix = nn.Linear(config.hidden_size, config.hidden_size)
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.complete()

    def complete(self) -> None:
        self.init_weights()

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, std=0.02)

    def get_input_embeddings(self) -> nn.Module:
        return self.wte

    def set_input_embeddings(self, value: nn.Module) -> None:
        self.wte = value

    def get_output_embeddings(self) -> nn.Module:
        return self.lm_head

    def set_output_embeddings(self, value: nn.Module) -> None:
        self.lm_head = value

    def forward(self, input_ids: torch.Tensor, **_: Any) -> torch.Tensor:
        return self.lm_head(torch.tanh(self.mix(self.wte(input_ids))))


class Undeclared(OldModel):
    """Does not list its tied weights."""

    _tied_weights_keys = None


class Bare(OldModel):
    """Does not even call `init_weights()`, so its weights are tied when it is loaded."""

    def complete(self) -> None:
        pass


class InTwoSteps(OldModel):
    """Calls `init_weights()` before the head is there, and again afterwards."""

    def __init__(self, config: OldConfig) -> None:
        super().__init__(config)
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.extra = nn.Linear(config.hidden_size, config.hidden_size)
        self.init_weights()

    def complete(self) -> None:
        self.lm_head = None
        self.init_weights()

    def forward(self, input_ids: torch.Tensor, **_: Any) -> torch.Tensor:
        return self.lm_head(self.extra(self.wte(input_ids)))


LANGUAGE_MODELS = {cls.__name__: cls for cls in (OldModel, Undeclared, Bare, InTwoSteps)}


def numbers(name: str, like: torch.Tensor) -> torch.Tensor:
    """Small random numbers that depend on the name only; what is not called a weight or bias stays as it is."""
    if name.rpartition(".")[2] not in ("weight", "bias", "gain"):
        return like.clone()
    noise = torch.Generator().manual_seed(zlib.crc32(name.encode()))
    return 0.3 * torch.randn(like.shape, generator=noise)


def fill(model: nn.Module) -> nn.Module:
    """Weights by name; a tied weight gets those of the name that comes first. Returns the model, in eval mode."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(numbers(name, parameter))
    return model.eval()


def checkpoint(cls: type[OldModel], folder: Path, **config: Any) -> None:
    """What 4.57 saved for a filled model: one tensor for the two that are tied."""
    from safetensors.torch import save_file

    with torch.no_grad():
        model = cls.__new__(cls)
        nn.Module.__init__(model)
        model.wte = nn.Embedding(11, 8)
        model.mix = nn.Linear(8, 8)
        model.lm_head = nn.Linear(8, 11, bias=False)
        if cls is InTwoSteps:
            model.extra = nn.Linear(8, 8)
        tensors = {name: tensor.contiguous() for name, tensor in fill(model).state_dict().items()}
    if config.get("tie_word_embeddings", True):
        del tensors["lm_head.weight"]
    tensors["attn.masked_bias"] = torch.zeros(1)
    folder.mkdir(exist_ok=True)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    OldConfig(**config).save_pretrained(folder)


def digest(tensor: torch.Tensor) -> list[float]:
    """The first numbers of the last row, rounded."""
    return [round(float(x), 3) for x in tensor.detach().reshape(-1, tensor.shape[-1])[-1][:8]]
