"""Small language models, and what they answer."""

from __future__ import annotations

import inspect
from typing import Any

import torch
import transformers

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"

TOKENS = {"vocab_size": 96, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
DECODER = {
    **TOKENS,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
    "head_dim": 8,
}
EXPERTS = {"num_local_experts": 4, "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16}
SLIDING = {**DECODER, "sliding_window": 4}


def model_of(family: str, options: dict[str, Any], seed: int = 0, attention: str = "eager") -> Any:
    """The causal language model of a family, all weights random: norms too, which would be ones."""
    config = transformers.AutoConfig.for_model(family, **options)
    config._attn_implementation = attention
    torch.manual_seed(seed)
    model = transformers.AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) * (0.3 if parameter.ndim > 1 else 0.1) + (parameter.ndim == 1))
    return model.eval().to(DEVICE)


def batch() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Ids, mask and labels; the second row is padded on the left, and some labels do not count."""
    generator = torch.Generator().manual_seed(7)
    ids = torch.randint(3, 96, (2, 9), generator=generator)
    mask = torch.ones_like(ids)
    mask[1, :3] = 0
    labels = ids.masked_fill(mask == 0, -100)
    labels[0, 4] = -100
    return ids.to(DEVICE), mask.to(DEVICE), labels.to(DEVICE)


def answers(model: Any, **more: Any) -> dict[str, torch.Tensor]:
    """What a model says: logits, losses, gradients of a training step, and what it generates."""
    ids, mask, labels = batch()
    found = {}
    model.eval()
    with torch.no_grad():
        found["logits"] = model(ids, attention_mask=mask).logits
        said = model(ids, attention_mask=mask, labels=labels, **more)
        found["loss in eval"], found["logits beside it"] = said.loss, said.logits
        found["generated"] = model.generate(ids[:1], max_new_tokens=6, do_sample=False).float()
    model.train()
    model.zero_grad()
    torch.manual_seed(3)  # for dropout
    loss = model(ids, attention_mask=mask, labels=labels, **more).loss
    loss.backward()
    model.eval()
    found["loss"] = loss.detach()
    found |= {f"gradient of {name}": one.grad.clone() for name, one in model.named_parameters() if one.grad is not None}
    model.zero_grad()
    return found


def difference(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> dict[str, float]:
    """The largest of each, relative to the largest value where that is more than one; gradients always relative."""
    assert one.keys() == other.keys(), one.keys() ^ other.keys()
    found = {}
    for name, value in one.items():
        largest = float(other[name].abs().max())
        least = 1e-2 if name.startswith("gradient") else 1.0
        found[name] = float((value - other[name]).abs().max()) / max(least, largest)
    return found


def has_argument(function: Any, name: str) -> bool:
    return name in inspect.signature(function).parameters


class Adapted(torch.nn.Module):
    """A linear layer with an adapter, as PEFT puts it in the place of one: `weight` is that of the layer alone."""

    def __init__(self, layer: torch.nn.Linear) -> None:
        super().__init__()
        self.base_layer = layer
        self.down = torch.nn.Linear(layer.in_features, 2, bias=False, device=layer.weight.device)
        self.up = torch.nn.Linear(2, layer.out_features, bias=False, device=layer.weight.device)

    @property
    def weight(self) -> torch.Tensor:
        return self.base_layer.weight

    @property
    def bias(self) -> torch.Tensor | None:
        return self.base_layer.bias

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.base_layer(x) + self.up(self.down(x))


class PeftLike(torch.nn.Module):
    """A model in a wrapper, as PEFT's."""

    __module__ = "peft.peft_model"

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.base_model = model

    def get_base_model(self) -> Any:
        return self.base_model

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.base_model(*args, **kwargs)


class Dearer(transformers.LlamaForCausalLM):
    """Somebody's subclass, whose loss is another."""

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        output = super().forward(*args, **kwargs)
        if output.loss is not None:
            output.loss = output.loss + 100
        return output


def adapted(model: Any) -> Any:
    """The model with an adapter on its head."""
    torch.manual_seed(5)
    model.set_output_embeddings(Adapted(model.get_output_embeddings()))
    return model
