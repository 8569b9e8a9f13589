"""Models as people published them for 4.x, which compute in `__init__`, tie in ways of their own, and initialise by hand.

Each case saves a checkpoint as 4.x would have, loads it and gives numbers that depend on everything that was loaded.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import torch
from safetensors.torch import save_file
from torch import nn
from transformers import (
    AutoModel,
    BertConfig,
    LlamaConfig,
    LlamaForCausalLM,
    LlamaModel,
    PretrainedConfig,
    PreTrainedModel,
)
from transformers.modeling_outputs import BaseModelOutputWithPast
from transformers.models.bert.modeling_bert import BertOnlyMLMHead
from weights_cases import IDS, digest, numbers

VOCAB, WIDTH = 11, 8
LLAMA = {
    "vocab_size": VOCAB,
    "hidden_size": WIDTH,
    "intermediate_size": 12,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "max_position_embeddings": 16,
    "pad_token_id": 0,
}


class ForeignConfig(PretrainedConfig):
    """Says nothing about tying, which meant yes."""

    model_type = "foreign"

    def __init__(self, inner: str | None = None, is_encoder_decoder: bool = False, **kwargs: Any) -> None:
        self.inner = inner
        super().__init__(is_encoder_decoder=is_encoder_decoder, **kwargs)


class Foreign(PreTrainedModel):
    """Initialises through `.data`, as everybody did."""

    config_class = ForeignConfig
    base_model_prefix = "model"

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, (nn.Linear, nn.Embedding)):
            module.weight.data.normal_(mean=0.0, std=7.0)
            if getattr(module, "bias", None) is not None:
                module.bias.data.fill_(9.0)


class Rotary(nn.Module):
    """One buffer that is not saved, a list of tensors and a tensor that are no buffers."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        inv_freq = 1.0 / (100 ** (torch.arange(0, dim, 2).float() / dim))
        self.register_buffer("inv_freq", inv_freq, persistent=False)
        self.register_buffer("scale", torch.linspace(0.1, 2.0, dim), persistent=False)
        angles = torch.outer(torch.arange(16).float(), inv_freq)
        self.cached = [angles.cos(), angles.sin()]
        self.slopes = torch.tensor([2.0 ** (-n) for n in range(dim // 2)])

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        length = hidden.shape[1]
        angles = torch.outer(torch.arange(length).float(), self.inv_freq.float()) * self.slopes
        table = torch.cat([angles.cos() + self.cached[0][:length], angles.sin() * self.cached[1][:length]], -1)
        return hidden * table.to(hidden.dtype) * self.scale


class Computes(Foreign):
    """A mask and positions that are not saved, a schedule of floats, a constant that checkpoints do not have."""

    _keys_to_ignore_on_load_missing: ClassVar[Any] = [r"gain"]

    def __init__(self, config: ForeignConfig) -> None:
        super().__init__(config)
        self.wte = nn.Embedding(VOCAB, WIDTH)
        self.rotary = Rotary(WIDTH)
        self.rates = [x.item() for x in torch.linspace(0, 0.3, 3)]
        self.register_buffer("mask", torch.tril(torch.ones(16, 16)), persistent=False)
        self.register_buffer("position_ids", torch.arange(16).expand(1, -1), persistent=False)
        self.register_buffer("saved", torch.full((WIDTH,), 3.0))
        self.gain = nn.Parameter(torch.full((WIDTH,), 0.5))
        self.mix = nn.Linear(WIDTH, WIDTH)
        self.post_init()

    def forward(self, ids: torch.Tensor, **_: Any) -> torch.Tensor:
        hidden = self.rotary(self.wte(ids)) * self.gain + self.rates[1] + self.saved
        mixed = self.mask[: ids.shape[1], : ids.shape[1]].to(hidden.dtype) @ hidden
        return self.mix(mixed) + self.position_ids[:, : ids.shape[1], None].to(hidden.dtype)


class Buffers(Foreign):
    """Nothing but buffers that are not saved: 5.x loads it without a word, and it answers anything."""

    def __init__(self, config: ForeignConfig) -> None:
        super().__init__(config)
        self.wte = nn.Embedding(VOCAB, WIDTH)
        self.register_buffer("inv_freq", 1.0 / (100 ** (torch.arange(WIDTH).float() / WIDTH)), persistent=False)
        self.register_buffer("mask", torch.tril(torch.ones(16, 16)), persistent=False)
        self.mix = nn.Linear(WIDTH, WIDTH)
        self.post_init()

    def forward(self, ids: torch.Tensor, **_: Any) -> torch.Tensor:
        length = ids.shape[1]
        return self.mix(self.mask[:length, :length] @ (self.wte(ids) * self.inv_freq))


class Around(Foreign):
    """A native model in a foreign one."""

    def __init__(self, config: ForeignConfig) -> None:
        super().__init__(config)
        self.llama = LlamaModel(LlamaConfig(**LLAMA))
        self.out = nn.Linear(WIDTH, 3)
        self.post_init()

    def forward(self, ids: torch.Tensor, **_: Any) -> torch.Tensor:
        return self.out(self.llama(ids).last_hidden_state)


class Nested(Around):
    """Loads the model inside it from a checkpoint of its own; calls no `post_init()`."""

    def __init__(self, config: ForeignConfig) -> None:
        super(Around, self).__init__(config)
        self.llama = AutoModel.from_pretrained(config.inner)
        self.out = nn.Linear(WIDTH, 3)


class NestedHead(Foreign):
    """Loads a tied language model, and declares as 5.x wants it."""

    _tied_weights_keys: Any = {}  # noqa: RUF012

    def __init__(self, config: ForeignConfig) -> None:
        super().__init__(config)
        self.llama = LlamaForCausalLM.from_pretrained(config.inner)
        self.out = nn.Linear(VOCAB, 3)
        self.post_init()

    def forward(self, ids: torch.Tensor, **_: Any) -> torch.Tensor:
        return self.out(self.llama(ids).logits)


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.c_fc = nn.Linear(WIDTH, WIDTH)
        self.c_proj = nn.Linear(WIDTH, WIDTH)
        self.register_buffer("masked_bias", torch.tensor(-1e4))

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        return hidden + self.c_proj(torch.tanh(self.c_fc(hidden)))


class Scaled(Foreign):
    """Initialises a parameter by name, from the module above, as GPT-2 does; its head is new."""

    def __init__(self, config: ForeignConfig) -> None:
        super().__init__(config)
        self.wte = nn.Embedding(VOCAB, WIDTH)
        self.h = nn.ModuleList([Block(), Block()])
        self.score = nn.Linear(WIDTH, 2)
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        for name, parameter in module.named_parameters():
            if name == "c_proj.weight":
                parameter.data.fill_(5.0)

    def forward(self, ids: torch.Tensor, **_: Any) -> torch.Tensor:
        hidden = self.wte(ids)
        for block in self.h:
            hidden = block(hidden)
        return hidden


class Listed(Foreign):
    """A list, and both embeddings; `post_init()` is called."""

    _tied_weights_keys: ClassVar[Any] = ["lm_head.weight"]

    def __init__(self, config: ForeignConfig) -> None:
        super().__init__(config)
        self.wte = nn.Embedding(VOCAB, WIDTH)
        self.lm_head = nn.Linear(WIDTH, VOCAB, bias=False)
        self.complete()

    def complete(self) -> None:
        self.post_init()

    def get_input_embeddings(self) -> nn.Module:
        return self.wte

    def set_input_embeddings(self, value: nn.Module) -> None:
        self.wte = value

    def get_output_embeddings(self) -> nn.Module:
        return self.lm_head

    def set_output_embeddings(self, value: nn.Module) -> None:
        self.lm_head = value

    def forward(self, ids: torch.Tensor, **_: Any) -> torch.Tensor:
        return self.lm_head(torch.tanh(self.wte(ids)))


class Unlisted(Listed):
    _tied_weights_keys = None


class Overrides(Listed):
    """Ties by a method that takes no keywords."""

    _tied_weights_keys: ClassVar[Any] = ["lm_head.weight"]

    def tie_weights(self) -> None:
        self._tie_or_clone_weights(self.lm_head, self.wte)


class Shares(Listed):
    """Ties once and for all when it is built, and says nothing: loaded with a random head by 4.x too."""

    _tied_weights_keys: Any = None

    def complete(self) -> None:
        self.lm_head.weight = self.wte.weight
        self.post_init()

    def get_output_embeddings(self) -> None:
        return None


class Half(nn.Module):
    def __init__(self, embed_tokens: nn.Module) -> None:
        super().__init__()
        self.embed_tokens = embed_tokens
        self.mix = nn.Linear(WIDTH, WIDTH)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.mix(self.embed_tokens(ids))


class TwoHalves(Foreign):
    """Encoder and decoder with one embedding, tied by a hook, as BART does."""

    _tied_weights_keys: ClassVar[Any] = ["encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight"]

    def __init__(self, config: ForeignConfig) -> None:
        super().__init__(config)
        self.shared = nn.Embedding(VOCAB, WIDTH)
        self.encoder = Half(self.embedding())
        self.decoder = Half(self.embedding())
        self.lm_head = nn.Linear(WIDTH, VOCAB, bias=False)
        self.post_init()

    def embedding(self) -> nn.Module:
        return nn.Embedding(VOCAB, WIDTH)

    def _tie_weights(self) -> None:
        if getattr(self.config, "tie_word_embeddings", True):
            self._tie_or_clone_weights(self.encoder.embed_tokens, self.shared)
            self._tie_or_clone_weights(self.decoder.embed_tokens, self.shared)

    def get_input_embeddings(self) -> nn.Module:
        return self.shared

    def set_input_embeddings(self, value: nn.Module) -> None:
        self.shared = value
        self._tie_weights()

    def get_output_embeddings(self) -> nn.Module:
        return self.lm_head

    def set_output_embeddings(self, value: nn.Module) -> None:
        self.lm_head = value

    def forward(self, ids: torch.Tensor, **_: Any) -> torch.Tensor:
        return self.lm_head(torch.tanh(self.decoder(ids) + self.encoder(ids).mean(1, keepdim=True)))


class OneEmbedding(TwoHalves):
    """The same with one module in three places."""

    def embedding(self) -> nn.Module:
        return self.shared

    def _tie_weights(self) -> None:
        pass


class MirrorHalves(TwoHalves):
    """The encoder has the decoder's weights."""

    base_model_prefix = "none"


class BertHead(Foreign):
    """A head of transformers' own, whose decoder's bias was its own bias."""

    _tied_weights_keys: ClassVar[Any] = ["cls.predictions.decoder.weight", "cls.predictions.decoder.bias"]

    def __init__(self, config: ForeignConfig) -> None:
        super().__init__(config)
        self.wte = nn.Embedding(VOCAB, WIDTH)
        self.cls = BertOnlyMLMHead(BertConfig(vocab_size=VOCAB, hidden_size=WIDTH))
        self.post_init()

    def get_input_embeddings(self) -> nn.Module:
        return self.wte

    def get_output_embeddings(self) -> nn.Module:
        return self.cls.predictions.decoder

    def forward(self, ids: torch.Tensor, **_: Any) -> torch.Tensor:
        return self.cls(self.wte(ids))


class Parent(Foreign):
    """Holds a model that ties itself."""

    def __init__(self, config: ForeignConfig) -> None:
        super().__init__(config)
        self.inner = Listed(config)
        self.out = nn.Linear(VOCAB, 3)
        self.post_init()

    def forward(self, ids: torch.Tensor, **_: Any) -> torch.Tensor:
        return self.out(self.inner(ids))


class Frozen(Listed):
    """A part of it is not trained."""

    def complete(self) -> None:
        self.post_init()
        self.wte.weight.requires_grad = False
        self.lm_head.weight.requires_grad = False


class ExpertsConfig(ForeignConfig):
    """Called like a family that transformers has as well."""

    model_type = "deepseek_v2"


class Expert(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(WIDTH, 12, bias=False)
        self.up_proj = nn.Linear(WIDTH, 12, bias=False)
        self.down_proj = nn.Linear(12, WIDTH, bias=False)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        return self.down_proj(nn.functional.silu(self.gate_proj(hidden)) * self.up_proj(hidden))


class Router(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.experts = nn.ModuleList(Expert() for _ in range(3))
        self.gate = nn.Linear(WIDTH, 3, bias=False)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        weights = self.gate(hidden).softmax(-1)
        return sum(weights[..., at, None] * expert(hidden) for at, expert in enumerate(self.experts))


class Experts(Foreign):
    """Experts as modules of their own, where the native family has them in one tensor."""

    config_class = ExpertsConfig

    def __init__(self, config: ExpertsConfig) -> None:
        super().__init__(config)
        self.wte = nn.Embedding(VOCAB, WIDTH)
        self.layers = nn.ModuleList([nn.ModuleDict({"mlp": Router()})])
        self.post_init()

    def forward(self, ids: torch.Tensor, **_: Any) -> torch.Tensor:
        hidden = self.wte(ids)
        for layer in self.layers:
            hidden = hidden + layer["mlp"](hidden)
        return hidden


class ExpertsAndHead(Foreign):
    """The same inside another model, whose checkpoint may be that of the inner one."""

    config_class = ExpertsConfig

    def __init__(self, config: ExpertsConfig) -> None:
        super().__init__(config)
        self.model = Experts(config)
        self.lm_head = nn.Linear(WIDTH, VOCAB)
        self.post_init()

    def forward(self, ids: torch.Tensor, **_: Any) -> torch.Tensor:
        return self.lm_head(self.model(ids))


class ForeignRotary(nn.Module):
    """What a package puts in the place of a native rotary embedding."""

    def __init__(self, config: LlamaConfig, device: Any = None) -> None:
        super().__init__()
        dim = config.hidden_size // config.num_attention_heads
        self.register_buffer("inv_freq", 1.0 / (50 ** (torch.arange(0, dim, 2).float() / dim)), persistent=False)
        self.factor = torch.full((1,), 0.9)

    def forward(self, hidden: torch.Tensor, position_ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        angles = position_ids[..., None].float() * self.inv_freq * self.factor
        angles = torch.cat([angles, angles], -1)
        return angles.cos().to(hidden.dtype), angles.sin().to(hidden.dtype)


class ForeignBody(Foreign):
    """What a package puts in the place of the body of a native model."""

    config_class = LlamaConfig
    _supports_sdpa = True

    def __init__(self, config: LlamaConfig) -> None:
        super().__init__(config)
        self.embed_tokens = nn.Embedding(VOCAB, WIDTH)
        self.mix = nn.Linear(WIDTH, WIDTH)
        self.register_buffer("scale", torch.linspace(0.5, 1.5, WIDTH), persistent=False)
        self.post_init()

    def forward(self, input_ids: torch.Tensor, **_: Any) -> BaseModelOutputWithPast:
        return BaseModelOutputWithPast(last_hidden_state=self.mix(self.embed_tokens(input_ids) * self.scale))


@contextmanager
def replaced(name: str, cls: type) -> Iterator[None]:
    modeling = importlib.import_module("transformers.models.llama.modeling_llama")
    before = getattr(modeling, name)
    setattr(modeling, name, cls)
    try:
        yield
    finally:
        setattr(modeling, name, before)


def rotary_replaced() -> Any:
    return replaced("LlamaRotaryEmbedding", ForeignRotary)


def body_replaced() -> Any:
    return replaced("LlamaModel", ForeignBody)


@dataclass
class Case:
    """A class, the keys that its checkpoint lacks, how it is loaded, and the version whose answer is right."""

    cls: Any
    lacks: tuple[str, ...] = ()
    config: dict[str, Any] = field(default_factory=dict)
    load: dict[str, Any] = field(default_factory=dict)
    around: Callable[[], Any] = nullcontext
    inner: Any = None
    recorded: str = "4.49"


_TIED = ("encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight")
HALF = {"torch_dtype": torch.bfloat16}
CASES = {
    "computes": Case(Computes, ("gain",)),
    "computes in bfloat16": Case(Computes, ("gain",), load=HALF),
    "buffers": Case(Buffers),
    "around a native model": Case(Around),
    "around a native model in bfloat16": Case(Around, load=HALF),
    "nested": Case(Nested, inner=LlamaModel),
    "nested, with weights of its own": Case(Nested, ("llama.",), inner=LlamaModel),
    "nested, tied": Case(NestedHead, ("llama.",), inner=LlamaForCausalLM),
    "scaled": Case(Scaled, ("score.",)),
    "scaled, parts missing": Case(Scaled, ("score.", "h.0.masked_bias", "h.1.c_fc.bias")),
    "listed": Case(Listed, ("lm_head.weight",)),
    "listed, head only": Case(Listed, ("wte.weight",)),
    "listed, untied": Case(Listed, config={"tie_word_embeddings": False}),
    "listed, both saved": Case(Listed),
    "unlisted": Case(Unlisted, ("lm_head.weight",)),
    "overrides": Case(Overrides, ("lm_head.weight",)),
    "two halves": Case(TwoHalves, _TIED),
    "two halves, untied": Case(TwoHalves, config={"tie_word_embeddings": False}),
    "one embedding": Case(OneEmbedding, _TIED),
    "mirror": Case(MirrorHalves, (*_TIED, "encoder."), {"is_encoder_decoder": True, "tie_encoder_decoder": True}),
    "native head": Case(BertHead, ("cls.predictions.decoder.weight", "cls.predictions.decoder.bias")),
    "parent": Case(Parent, ("inner.lm_head.weight",), recorded="4.57"),
    "frozen": Case(Frozen, ("lm_head.weight",)),
    "experts": Case(Experts),
    "experts and head": Case(ExpertsAndHead),
    "native with a foreign part": Case(LlamaForCausalLM, around=rotary_replaced),
    "native with a foreign part in bfloat16": Case(LlamaForCausalLM, load=HALF, around=rotary_replaced),
    "native around a foreign model": Case(LlamaForCausalLM, around=body_replaced),
}


def checkpoint(case: Case, folder: Path) -> Path:
    """The config, and the weights that the case has: each by its name, so that no two are equal. Returns the folder."""
    folder.mkdir()
    native = case.cls in (LlamaModel, LlamaForCausalLM)
    config = LlamaConfig(**LLAMA | case.config) if native else case.cls.config_class(**case.config)
    if case.inner is not None:
        inner = Case(case.inner, ("lm_head.",), {"tie_word_embeddings": case.inner is LlamaForCausalLM})
        config.inner = str(checkpoint(inner, folder / "inner"))
    weights = {name: numbers(name, value) for name, value in case.cls(config).state_dict().items()}
    weights = {name: value for name, value in weights.items() if not name.startswith(case.lacks or ("-",))}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    config.save_pretrained(folder)
    return folder


def loaded(case: Case, folder: Path) -> Any:
    return case.cls.from_pretrained(folder, **case.load)


def answer(model: Any) -> list[float]:
    with torch.no_grad():
        outputs = model(IDS)
    return digest(getattr(outputs, "logits", outputs).float())


def answers(place: Path, recorded: str) -> dict[str, Any]:
    """What each case answers, and which of its weights are frozen and shared."""
    found = {}
    for name, case in CASES.items():
        if case.recorded == recorded:
            with case.around():
                model = loaded(case, checkpoint(case, place / name))
                found[name] = {"logits": answer(model), "frozen": frozen(model), "shared": shared(model)}
    return found


def frozen(model: nn.Module) -> list[str]:
    return sorted(name for name, parameter in model.named_parameters() if not parameter.requires_grad)


def shared(model: nn.Module) -> list[list[str]]:
    groups: dict[int, list[str]] = {}
    for name, parameter in model.named_parameters(remove_duplicate=False):
        groups.setdefault(id(parameter), []).append(name)
    return sorted(sorted(names) for names in groups.values() if len(names) > 1)
