"""What the names of the plugin `models` do, as functions that give JSON: run by record.py on a version of transformers
that had the names, and by the tests on every runtime that has lost them.

Weights and inputs are sines of their position: no random numbers, which differ between versions of torch.
"""

from __future__ import annotations

import importlib
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any
from zlib import crc32

import torch
from torch import nn

Get = Callable[[str], Any]


@dataclass(frozen=True)
class Case:
    """One behaviour, of one or several names.

    Attributes:
        names: whose behaviour it is.
        recorded_on: the version of transformers that gives the answer, the last that had the names where nothing else
            is said.
        run: takes a function that gets a name, and one that compiles a callable (or leaves it alone).
        traced: whether it is run compiled, too.
        needs: a module without which it cannot be run.
        since: what it is about is a call on a class that is still there, which broke in this version.
    """

    id: str
    names: tuple[str, ...]
    recorded_on: str
    run: Callable[[Get, Callable[[Any], Any]], Any]
    traced: bool = False
    needs: str | None = None
    since: str | None = None


CASES: list[Case] = []


def case(names: str, recorded_on: str, traced: bool = False, needs: str | None = None, since: str | None = None) -> Any:
    def register(run: Any) -> Any:
        CASES.append(Case(run.__name__, tuple(names.split()), recorded_on, run, traced, needs, since))
        return run

    return register


def wave(*shape: int, shift: float = 0.0) -> torch.Tensor:
    count = torch.arange(torch.Size(shape).numel(), dtype=torch.float64)
    return torch.sin(count * 0.37 + shift).float().view(shape)


def filled(module: nn.Module, scale: float = 1.0) -> Any:
    """The module in eval mode, with sines for parameters."""
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            # T5's embeddings are one parameter, or three of the same content, depending on the version.
            shift = crc32(re.sub(r"^(en|de)coder\.embed_tokens", "shared", name).encode()) % 1000 / 100
            parameter.copy_(wave(*parameter.shape, shift=shift) * scale)
    return module.eval()


def plain(value: Any) -> Any:
    """JSON of tensors, tuples, mappings and errors."""
    if isinstance(value, torch.Tensor):
        return value.detach().float().tolist() if value.is_floating_point() else value.tolist()
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if hasattr(value, "items"):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (torch.dtype, torch.device)):
        return str(value)
    return value


def error_of(call: Callable[[], Any], *kinds: type[BaseException]) -> str:
    """The name of the first of `kinds` that what `call` raises is an instance of."""
    try:
        call()
    except Exception as error:
        return next((kind.__name__ for kind in kinds if isinstance(error, kind)), type(error).__name__)
    return "no error"


# -------------------------------------------------------------------------------- rotary embeddings and attention


def _rotary_config() -> Any:
    from transformers import LlamaConfig

    scaling = {"rope_type": "linear", "factor": 4.0}
    return LlamaConfig(hidden_size=32, num_attention_heads=4, rope_theta=500.0, rope_scaling=scaling)


@case("LlamaLinearScalingRotaryEmbedding", "4.47.1", traced=True)
def linear_rotary(get: Get, compiled: Any) -> Any:
    Rotary = get("LlamaLinearScalingRotaryEmbedding")
    positions = torch.tensor([[0, 1, 2, 3], [5, 90, 4000, 7]])
    answers = []
    for options in (
        {"dim": 8, "scaling_factor": 2.0},
        {"dim": 6, "max_position_embeddings": 16, "base": 500, "scaling_factor": 8.0},
        {"config": _rotary_config()},
    ):
        rotary = Rotary(**options)
        answers.append([plain(compiled(rotary)(wave(2, 4, 8).to(dtype), positions)) for dtype in _DTYPES])
        answers.append([list(rotary.state_dict()), plain(rotary.inv_freq)])
    answers.append([str(t.dtype) for t in rotary(wave(1, 1).half(), positions)])
    return answers


_DTYPES = (torch.float32, torch.bfloat16)


@case("LlamaDynamicNTKScalingRotaryEmbedding", "4.47.1")
def dynamic_rotary(get: Get, compiled: Any) -> Any:
    rotary = get("LlamaDynamicNTKScalingRotaryEmbedding")(8, max_position_embeddings=16, base=100, scaling_factor=3.0)
    lengths = (4, 16, 40, 24, 8)  # within, at and beyond what it was made for, shrinking, and back within
    return [[length, plain([t[0, -1] for t in rotary(wave(1, 1), torch.arange(length)[None])])] for length in lengths]


@case("LlamaLinearScalingRotaryEmbedding LlamaDynamicNTKScalingRotaryEmbedding", "4.36.2")
def rotary_by_length(get: Get, compiled: Any) -> Any:
    answers = []
    for name in ("LlamaLinearScalingRotaryEmbedding", "LlamaDynamicNTKScalingRotaryEmbedding"):
        rotary = get(name)(8, max_position_embeddings=16, base=100, scaling_factor=3.0)
        answers.append([plain(rotary(wave(1, 1, 4, 8), seq_len=length)) for length in (4, 16)])
        answers.append(plain(rotary(wave(1, 1, 4, 8), 6)))
    return answers


def _states(cache: Any) -> Any:
    if hasattr(cache, "layers"):
        return [[plain(layer.keys), plain(layer.values)] for layer in cache.layers]
    return [[plain(key), plain(value)] for key, value in zip(cache.key_cache, cache.value_cache, strict=True)]


def _attention(Attention: Any, config: Any, compiled: Any, rotary: Any) -> Any:
    from transformers import DynamicCache

    layer = filled(Attention(config, layer_idx=0), scale=0.3)
    forward = compiled(layer)
    states = wave(2, 5, 16)
    positions = torch.arange(5)[None].expand(2, -1)
    mask = torch.full((5, 5), torch.finfo(torch.float32).min).triu(1)[None, None].expand(2, 1, -1, -1).clone()
    mask[1, :, :, 0] = torch.finfo(torch.float32).min
    mask[1, :, 0, 0] = 0.0
    embeddings = rotary(config)(states, positions + 3) if rotary else None
    with torch.no_grad():
        answers = {
            "causal": plain(forward(states, position_ids=positions)),
            "mask": plain(layer(states, attention_mask=mask, position_ids=positions)),
            "weights": plain(layer(states, attention_mask=mask, position_ids=positions, output_attentions=True)),
            "long mask": plain(layer(states, attention_mask=torch.cat((mask, mask), -1), position_ids=positions)),
        }
        if embeddings is not None:
            answers["embeddings"] = plain(layer(states, attention_mask=mask, position_embeddings=embeddings))
        cache = DynamicCache()
        steps = []
        for start, stop in ((0, 3), (3, 4), (4, 5)):
            output, weights, back = forward(
                states[:, start:stop],
                position_ids=positions[:, start:stop],
                past_key_value=cache,
                use_cache=True,
                cache_position=torch.arange(start, stop),
            )
            steps.append([plain(output), weights, back is cache, cache.get_seq_length()])
        answers["cache"] = [steps, _states(cache)]
    answers["facts"] = [
        layer.num_heads, layer.num_key_value_heads, layer.head_dim, layer.hidden_size, layer.num_key_value_groups,
        layer.max_position_embeddings, layer.rope_theta, layer.is_causal, layer.layer_idx,
        {name: list(tensor.shape) for name, tensor in sorted(layer.state_dict().items())},
    ]  # fmt: skip
    return answers


_SMALL = {
    "hidden_size": 16, "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 8,
    "num_hidden_layers": 1, "vocab_size": 11, "max_position_embeddings": 64, "rope_theta": 1000.0,
}  # fmt: skip


@case("LlamaSdpaAttention", "4.47.1", traced=True)
def llama_sdpa(get: Get, compiled: Any) -> Any:
    from transformers import LlamaConfig
    from transformers.models.llama.modeling_llama import LlamaAttention, LlamaRotaryEmbedding

    Attention = get("LlamaSdpaAttention")
    biased = LlamaConfig(**{**_SMALL, "attention_bias": True, "num_key_value_heads": 4})
    rotary = lambda config: LlamaRotaryEmbedding(config=config)  # noqa: E731
    return [
        _attention(Attention, LlamaConfig(**_SMALL), compiled, rotary),
        _attention(Attention, biased, lambda call: call, rotary),
        issubclass(Attention, LlamaAttention),
    ]


@case("MistralSdpaAttention", "4.47.1", traced=True)
def mistral_sdpa(get: Get, compiled: Any) -> Any:
    from transformers import MistralConfig
    from transformers.models.mistral.modeling_mistral import MistralAttention

    Attention = get("MistralSdpaAttention")
    config = MistralConfig(**_SMALL, head_dim=4, sliding_window=2)
    answer = _attention(Attention, config, compiled, None)  # 4.47 did not take position_embeddings here
    return [answer, issubclass(Attention, MistralAttention)]


def _vit(implementation: str) -> Any:
    from transformers import ViTConfig

    config = ViTConfig(hidden_size=12, num_attention_heads=3, attention_probs_dropout_prob=0.0)
    config._attn_implementation = implementation
    return config


# -------------------------------------------------------------------------------- decoders

_SIZES = {
    "hidden_size": 8, "num_attention_heads": 2, "num_key_value_heads": 1, "intermediate_size": 8, "head_dim": 4,
    "num_hidden_layers": 1, "vocab_size": 11, "max_position_embeddings": 64, "rope_theta": 1000.0,
    "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
}  # fmt: skip

_DECODERS: dict[str, tuple[str, dict[str, Any]]] = {
    "cohere": ("Cohere", {"use_qk_norm": True}),
    "gemma": ("Gemma", {}),
    "gemma2": ("Gemma2", {"query_pre_attn_scalar": 9, "attn_logit_softcapping": 0.7}),
    "glm": ("Glm", {}),
    "granite": ("Granite", {"attention_multiplier": 0.3}),
    "granitemoe": ("GraniteMoe", {"attention_multiplier": 0.3, "num_local_experts": 2, "num_experts_per_tok": 1}),
    "granitemoeshared": ("GraniteMoeShared", {"num_local_experts": 2, "num_experts_per_tok": 1}),
    "mixtral": ("Mixtral", {"num_local_experts": 2}),
    "olmo": ("Olmo", {"clip_qkv": 0.4}),
    "olmo2": ("Olmo2", {}),
    "olmoe": ("Olmoe", {"clip_qkv": 0.4}),
    "phi": ("Phi", {"partial_rotary_factor": 0.5}),
    "phi3": ("Phi3", {}),
    "qwen2": ("Qwen2", {}),
    "qwen2_moe": ("Qwen2Moe", {}),
    "stablelm": ("StableLm", {"partial_rotary_factor": 0.5}),
    "starcoder2": ("Starcoder2", {}),
}
"""By family: how its classes begin, and what of its config its attention looks at. Llama and Mistral are above."""


def decoder_config(family: str) -> Any:
    prefix, options = _DECODERS[family]
    module = importlib.import_module(f"transformers.models.{family}.configuration_{family}")
    return getattr(module, f"{prefix}Config")(**_SIZES, **options)


def _decoder(family: str, get: Get, compiled: Any) -> Any:
    from transformers import DynamicCache

    config = decoder_config(family)
    layer = filled(get(f"{_DECODERS[family][0]}SdpaAttention")(config, layer_idx=0), scale=0.3)
    states, positions = wave(2, 4, 8), torch.tensor([[0, 1, 2, 3], [0, 0, 1, 2]])
    mask = torch.full((4, 4), torch.finfo(torch.float32).min).triu(1).expand(2, 1, -1, -1).clone()
    mask[1, :, 1:, 0] = torch.finfo(torch.float32).min
    embeddings = _angles(positions, _WITH_ANGLES[family]) if family in _WITH_ANGLES else None
    cache = DynamicCache()
    with torch.no_grad():

        def call(run: Any, start: int, stop: int, **options: Any) -> Any:
            angles = None if embeddings is None else tuple(part[:, start:stop] for part in embeddings)
            more = {} if angles is None else {"position_embeddings": angles}
            return run(states[:, start:stop], position_ids=positions[:, start:stop], **more, **options)

        answers = [plain(call(compiled(layer), 0, 4))]
        answers.append(plain(call(layer, 0, 4, attention_mask=torch.cat((mask, mask), -1), output_attentions=True)))
        for start, stop in ((0, 3), (3, 4)):
            output, weights, back = call(
                layer, start, stop, past_key_value=cache, use_cache=True, cache_position=torch.arange(start, stop)
            )
            answers.append([plain(output), weights, back is cache, cache.get_seq_length()])
    shapes = {name: list(tensor.shape) for name, tensor in sorted(layer.state_dict().items())}
    return [answers, _states(cache), shapes, layer.num_heads, layer.num_key_value_heads, layer.hidden_size]


# Those whose attention took no positions, and of how many features it took the angles.
_WITH_ANGLES = {"glm": 2, "granite": 4, "granitemoe": 4, "granitemoeshared": 4, "olmoe": 4}


def _angles(positions: torch.Tensor, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    angles = positions[..., None] / (1.0 + torch.arange(size) % (size // 2))
    return angles.cos(), angles.sin()


for _family, (_prefix, _) in _DECODERS.items():
    CASES.append(
        Case(
            f"decoder_{_family}",
            (f"{_prefix}SdpaAttention",),
            # In 4.47 Gemma 2 gave no weights, but the logarithms of their sums.
            {"gemma2": "4.44.2", "granitemoeshared": "4.49.0"}.get(_family, "4.47.1"),
            partial(_decoder, _family),
            traced=True,
        )
    )

# -------------------------------------------------------------------------------- encoders, and decoders without rotary

_SEQ2SEQ = {
    "bart": "Bart", "biogpt": "BioGpt", "data2vec_audio": "Data2VecAudio", "hubert": "Hubert", "m2m_100": "M2M100",
    "mbart": "MBart", "musicgen": "Musicgen", "musicgen_melody": "MusicgenMelody", "sew": "SEW",
    "unispeech": "UniSpeech", "unispeech_sat": "UniSpeechSat", "wav2vec2": "Wav2Vec2",
}  # fmt: skip


def _seq2seq(family: str, get: Get, compiled: Any) -> Any:
    Attention = get(f"{_SEQ2SEQ[family]}SdpaAttention")
    encoder = filled(Attention(embed_dim=8, num_heads=2, dropout=0.3), scale=0.3)
    states, mask = wave(2, 3, 8), -wave(2, 1, 3, 3).abs()
    with torch.no_grad():
        answers = [
            plain(compiled(encoder)(states, attention_mask=mask)),
            plain(encoder(states, attention_mask=mask, output_attentions=True)),
            plain(encoder(states, layer_head_mask=torch.tensor([1.0, 0.5]))),
        ]
        if family in ("bart", "musicgen"):
            answers += _seq2seq_decoder(Attention, states)
    return [answers, {name: list(tensor.shape) for name, tensor in sorted(encoder.state_dict().items())}]


def _seq2seq_decoder(Attention: Any, states: torch.Tensor) -> Any:
    decoder = filled(Attention(8, 2, 0.0, True, bias=False, is_causal=True), scale=0.3)
    first = decoder(states)
    second = decoder(states[:, :1], past_key_value=first[2])
    across = decoder(states, key_value_states=wave(2, 5, 8))
    again = decoder(states, wave(2, 5, 8), across[2])
    return [plain(answer) for answer in (first, second, across, again)]


for _family, _prefix in _SEQ2SEQ.items():
    CASES.append(
        Case(f"seq2seq_{_family}", (f"{_prefix}SdpaAttention",), "4.49.0", partial(_seq2seq, _family), traced=True)
    )


@case("WhisperSdpaAttention", "4.49.0", traced=True)
def whisper(get: Get, compiled: Any) -> Any:
    from transformers import DynamicCache, EncoderDecoderCache

    layer = filled(get("WhisperSdpaAttention")(8, 2, is_decoder=True, layer_idx=0), scale=0.3)
    run, states, heard = compiled(layer), wave(2, 3, 8), wave(2, 5, 8)
    cache, answers = EncoderDecoderCache(DynamicCache(), DynamicCache()), []
    with torch.no_grad():
        for start, stop in ((0, 2), (2, 3)):
            positions = torch.arange(start, stop)
            own = run(states[:, start:stop], past_key_value=cache, cache_position=positions)
            other = run(states[:, start:stop], heard, cache)
            answers.append([plain(own[:2]), own[2] is cache.self_attention_cache])
            answers.append(
                [plain(other[:2]), other[2] is cache.cross_attention_cache, dict(cache.is_updated) == {0: True}]
            )
        answers.append(plain(layer(states, attention_mask=-wave(2, 1, 3, 4).abs(), output_attentions=True)[:2]))
    return [answers, _states(cache.self_attention_cache), _states(cache.cross_attention_cache)]


# -------------------------------------------------------------------------------- BERT and its kin

_BERTS = {
    "BertSdpaSelfAttention": "Bert", "CamembertSdpaSelfAttention": "Camembert", "RobertaSdpaSelfAttention": "Roberta",
    "XLMRobertaSdpaSelfAttention": "XLMRoberta", "XLMRobertaXLSdpaSelfAttention": "XLMRobertaXL",
}  # fmt: skip

_BERT_SIZES = {
    "hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 8, "num_hidden_layers": 1, "vocab_size": 11,
    "max_position_embeddings": 16, "attention_probs_dropout_prob": 0.2, "hidden_dropout_prob": 0.2,
}  # fmt: skip


def _bert(name: str, get: Get, compiled: Any) -> Any:
    import transformers

    Config, Attention = getattr(transformers, f"{_BERTS[name]}Config"), get(name)
    states, mask = wave(2, 4, 8), -wave(2, 1, 1, 4).abs()
    encoder = filled(Attention(Config(**_BERT_SIZES)), scale=0.3)
    decoder = filled(Attention(Config(**_BERT_SIZES, is_decoder=True)), scale=0.3)
    with torch.no_grad():
        answers = [
            plain(compiled(encoder)(states, mask)),
            plain(encoder(states, mask, torch.tensor([1.0, 0.0])[None, :, None, None], output_attentions=True)),
            plain(decoder(states[:, :3])),
            plain(decoder(states[:, 3:], past_key_value=decoder(states[:, :3])[1])),
            plain(decoder(states, None, None, wave(2, 2, 8), -wave(2, 1, 1, 2).abs(), output_attentions=True)),
        ]
        for kind in ("relative_key", "relative_key_query"):
            relative = filled(Attention(Config(**_BERT_SIZES, position_embedding_type=kind)), scale=0.3)
            answers.append([plain(relative(states, mask)), sorted(relative.state_dict())])
        relative = filled(Attention(Config(**_BERT_SIZES, is_decoder=True), position_embedding_type=kind), scale=0.3)
        answers.append(plain(relative(states[:, 3:], past_key_value=relative(states[:, :3])[1])))
    bad = Config(**{**_BERT_SIZES, "num_attention_heads": 3})
    return [answers, plain(encoder.transpose_for_scores(states)), error_of(lambda: Attention(bad), ValueError)]


for _name in _BERTS:
    CASES.append(Case(_name, (_name,), "4.49.0", partial(_bert, _name), traced=True))


@case("AlbertSdpaAttention", "4.49.0", traced=True)
def albert(get: Get, compiled: Any) -> Any:
    from transformers import AlbertConfig

    layer = filled(get("AlbertSdpaAttention")(AlbertConfig(**_BERT_SIZES)), scale=0.3)
    states, mask = wave(2, 4, 8), -wave(2, 1, 1, 4).abs()
    with torch.no_grad():
        return [
            plain(compiled(layer)(states, mask)),
            plain(layer(states, mask, torch.tensor([1.0, 0.0])[None, :, None, None], True)),
            sorted(layer.state_dict()),
        ]


@case("MultiHeadSelfAttention DistilBertSdpaAttention", "4.49.0", traced=True)
def distilbert(get: Get, compiled: Any) -> Any:
    from transformers import DistilBertConfig

    config = DistilBertConfig(dim=8, n_heads=2, hidden_dim=8, n_layers=1, vocab_size=11, attention_dropout=0.2)
    eager, sdpa = (filled(get(n)(config), 0.3) for n in ("MultiHeadSelfAttention", "DistilBertSdpaAttention"))
    states, mask, heads = wave(2, 4, 8), torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]]), torch.tensor([1.0, 0.5])
    with torch.no_grad():
        answers = [
            plain(compiled(eager)(query=states, key=states, value=states, mask=mask)),
            plain(eager(states, states + 1, states, mask, heads[:, None, None], output_attentions=True)),
            plain(compiled(sdpa)(states, states, states, -wave(2, 1, 4, 4).abs())),
            plain(sdpa(states, states, states, mask, heads[:, None, None])),
            sorted(eager.state_dict()),
        ]
        eager.prune_heads([0])
        answers.append(plain(eager(states, states, states, mask, output_attentions=True)))
        answers.append([eager.n_heads, eager.dim, sorted(eager.pruned_heads), list(eager.out_lin.weight.shape)])
    config.n_heads = 3
    return [answers, error_of(lambda: get("MultiHeadSelfAttention")(config), ValueError)]


@case("CLIPSdpaAttention", "4.49.0", traced=True)
def clip_attention(get: Get, compiled: Any) -> Any:
    from transformers import CLIPTextConfig

    config = CLIPTextConfig(hidden_size=8, num_attention_heads=2, intermediate_size=8, attention_dropout=0.2)
    layer = filled(get("CLIPSdpaAttention")(config), 0.3)
    states, mask = wave(2, 4, 8), -wave(2, 1, 4, 4).abs()
    causal = torch.full((4, 4), torch.finfo(torch.float32).min).triu(1).expand(2, 1, -1, -1)
    with torch.no_grad():
        return [
            plain(compiled(layer)(states)),
            plain(layer(states, mask)),
            plain(layer(states, None, causal)),
            plain(layer(states, mask, causal)),
            plain(layer(states, mask, causal, output_attentions=True)),
        ]


@case("GPT2SdpaAttention", "4.47.1", traced=True)
def gpt2(get: Get, compiled: Any) -> Any:
    from transformers import GPT2Config

    answers = []
    states, mask, heads = wave(2, 4, 8), -wave(2, 1, 1, 4).abs(), torch.tensor([1.0, 0.5])[None, :, None, None]
    for options in ({}, {"scale_attn_by_inverse_layer_idx": True}, {"reorder_and_upcast_attn": True}):
        config = GPT2Config(n_embd=8, n_head=2, n_positions=16, n_layer=2, vocab_size=11, **options)
        layer = filled(get("GPT2SdpaAttention")(config, layer_idx=1), 0.3)
        with torch.no_grad():
            first = (compiled(layer) if not options else layer)(states[:, :3].contiguous(), use_cache=True)
            answers.append(
                [plain(first), plain(layer(states[:, 3:].contiguous(), layer_past=first[1], use_cache=True))]
            )
            answers.append(plain(layer(states, None, mask, heads, output_attentions=True)))
            answers.append([len(layer(states, head_mask=heads)), plain(layer(states, attention_mask=mask)[0])])
            past = layer(states[:, 3:].contiguous(), layer_past=first[1], attention_mask=mask, output_attentions=True)
            answers.append(plain(past))
    across = filled(get("GPT2SdpaAttention")(config, is_cross_attention=True, layer_idx=0), 0.3)
    with torch.no_grad():
        seen = {"encoder_hidden_states": wave(2, 5, 8), "encoder_attention_mask": -wave(2, 1, 1, 5).abs()}
        answers += [plain(across(states, **seen)), plain(across(states, **seen, output_attentions=True))]
    return [answers, error_of(lambda: layer(states, encoder_hidden_states=states), ValueError)]


@case("GPTBigCodeSdpaAttention", "4.49.0", traced=True)
def gpt_bigcode(get: Get, compiled: Any) -> Any:
    from transformers import GPTBigCodeConfig

    answers = []
    for multi in (True, False):
        config = GPTBigCodeConfig(n_embd=8, n_head=2, n_positions=16, n_layer=2, multi_query=multi)
        layer = filled(get("GPTBigCodeSdpaAttention")(config, layer_idx=0), 0.3)
        states = wave(2, 4, 8)
        with torch.no_grad():
            first = compiled(layer)(states[:, :3], use_cache=True)
            # Without a mask, and with a key for every head, 4.53 let the last token see the first alone.
            every = torch.ones(2, 1, 1, 4, dtype=torch.bool)
            second = layer(states[:, 3:], layer_past=first[1], attention_mask=every, use_cache=True)
            answers.append([plain(first), plain(second)])
            seen = torch.ones(4, 4, dtype=torch.bool).tril()[None, None].expand(2, 1, -1, -1)
            answers.append(plain(layer(states, attention_mask=seen)[0]))
    return answers


@case("MllamaVisionSdpaAttention", "4.49.0", traced=True)
def mllama(get: Get, compiled: Any) -> Any:
    from transformers.models.mllama.configuration_mllama import MllamaVisionConfig

    layer = filled(get("MllamaVisionSdpaAttention")(MllamaVisionConfig(hidden_size=8, attention_heads=2)), 0.3)
    states, mask = wave(2, 4, 8), -wave(2, 1, 4, 4).abs()
    with torch.no_grad():
        return [
            plain(compiled(layer)(hidden_state=states, attention_mask=mask)),
            plain(layer(states)),
            plain(layer(states, mask, output_attentions=True)),
        ]


@case("ViTSelfAttention", "5.5.4", traced=True)
def vit(get: Get, compiled: Any) -> Any:
    answers = []
    for implementation in ("eager", "sdpa"):
        layer = filled(get("ViTSelfAttention")(_vit(implementation)))
        with torch.no_grad():
            answers.append(plain(compiled(layer)(wave(2, 5, 12))))
        answers.append(sorted(layer.state_dict()))
    answers.append([layer.num_attention_heads, layer.attention_head_size, layer.all_head_size])
    config = _vit("eager")
    config.num_attention_heads = 5
    answers.append(error_of(lambda: get("ViTSelfAttention")(config), ValueError))
    return answers


@case("ViTSelfAttention", "4.49.0", traced=True)
def vit_with_weights(get: Get, compiled: Any) -> Any:
    layer = filled(get("ViTSelfAttention")(_vit("eager")))
    forward = compiled(layer)
    states, mask = wave(2, 5, 12), torch.tensor([1.0, 0.0, 1.0])[None, :, None, None]
    with torch.no_grad():
        return [
            plain(forward(states, output_attentions=True)),
            plain(forward(states, output_attentions=False)),
            plain(forward(states, mask, output_attentions=True)),
            plain(layer.transpose_for_scores(states)),
        ]


@case("ViTSdpaSelfAttention ViTSdpaAttention", "4.49.0", traced=True)
def vit_sdpa(get: Get, compiled: Any) -> Any:
    layer, whole = (filled(get(name)(_vit("eager"))) for name in ("ViTSdpaSelfAttention", "ViTSdpaAttention"))
    states, mask = wave(2, 5, 12), torch.tensor([1.0, 0.0, 1.0])[None, :, None, None]
    with torch.no_grad():
        return [
            plain(compiled(layer)(states)),
            plain(layer(states, output_attentions=True)),
            plain(layer(states, mask)),
            plain(compiled(whole)(states)),
            plain(whole(states, mask, output_attentions=True)),
            sorted(whole.state_dict()),
        ]


@case("ViTSelfOutput ViTIntermediate ViTOutput", "5.5.4", traced=True)
def vit_parts(get: Get, compiled: Any) -> Any:
    answers = []
    for activation in ("gelu", torch.nn.functional.silu):
        config = SimpleNamespace(hidden_size=12, intermediate_size=6, hidden_dropout_prob=0.1, hidden_act=activation)
        projected, wide, narrow = (filled(get(n)(config)) for n in ("ViTSelfOutput", "ViTIntermediate", "ViTOutput"))
        states = wave(2, 3, 12)
        with torch.no_grad():
            answers.append(plain(compiled(projected)(states, states + 1)))
            answers.append(plain(compiled(narrow)(compiled(wide)(states), states)))
    return [answers, [sorted(layer.state_dict()) for layer in (projected, wide, narrow)]]


@case("BeitSelfAttention BeitSdpaSelfAttention", "4.49.0", traced=True)
def beit(get: Get, compiled: Any) -> Any:
    from transformers import BeitConfig

    config = BeitConfig(
        hidden_size=8, num_attention_heads=2, image_size=8, patch_size=4, attention_probs_dropout_prob=0.2
    )
    states, shared, heads = wave(2, 5, 8), wave(1, 2, 5, 5), torch.tensor([1.0, 0.5])[None, :, None, None]
    answers = []
    for name in ("BeitSelfAttention", "BeitSdpaSelfAttention"):
        bare, windowed = (filled(get(name)(config, window)) for window in (None, (2, 2)))
        with torch.no_grad():
            answers += [
                plain(compiled(bare)(states, relative_position_bias=shared)),
                plain(bare(states, heads, output_attentions=True)),
                plain(windowed(states, resolution=(8, 8))),
                plain(windowed(states, None, True, shared, True, (8, 8))),
                sorted(windowed.state_dict()),
            ]
    config.num_attention_heads = 3
    return [answers, error_of(lambda: get("BeitSelfAttention")(config), ValueError)]


@case("CLIPVisionTransformer CLIPTextTransformer", "4.49.0", traced=True)
def clip_towers(get: Get, compiled: Any) -> Any:
    from transformers import CLIPTextConfig, CLIPVisionConfig

    sizes = {"hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 8, "num_hidden_layers": 2}
    see = filled(get("CLIPVisionTransformer")(CLIPVisionConfig(**sizes, image_size=4, patch_size=2)), 0.3)
    read = filled(get("CLIPTextTransformer")(CLIPTextConfig(**sizes, vocab_size=9, max_position_embeddings=6)), 0.3)
    pixels, tokens = wave(2, 3, 4, 4), torch.tensor([[0, 3, 8, 1], [0, 4, 5, 8]])
    mask = torch.tensor([[1, 1, 1, 0], [1, 1, 1, 1]])
    with torch.no_grad():
        answers = [
            plain(dict(compiled(see)(pixels))),
            plain(dict(read(tokens, mask))),
            plain(see(pixels, None, True, False)),
            plain(read(tokens, output_hidden_states=True, return_dict=False)),
        ]
    return [answers, sorted(see.state_dict()), sorted(read.state_dict())]


# -------------------------------------------------------------------------------- other layers


@case("MixtralBlockSparseTop2MLP", "4.57.6", traced=True)
def expert(get: Get, compiled: Any) -> Any:
    from transformers import MixtralConfig

    layer = filled(get("MixtralBlockSparseTop2MLP")(MixtralConfig(hidden_size=4, intermediate_size=6)))
    with torch.no_grad():
        return [plain(compiled(layer)(wave(2, 3, 4))), sorted(layer.state_dict()), layer.ffn_dim, layer.hidden_dim]


@case("DetrConvModel", "5.0.0", traced=True)
def detr(get: Get, compiled: Any) -> Any:
    from transformers.models.detr.modeling_detr import DetrSinePositionEmbedding

    class Encoder(nn.Module):
        def forward(self, pixels: torch.Tensor, mask: torch.Tensor) -> Any:
            return [(pixels[:, :, ::2, ::2], mask[:, ::2, ::2]), (pixels[:, :, :1, :1], mask[:, :1, :1])]

    class Mine(nn.Module):
        def forward(self, features: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            return features.double() * mask[:, None]

    pixels, mask = wave(2, 4, 4, 4), torch.ones(2, 4, 4, dtype=torch.bool)
    mask[1, :, 2:] = False
    both = []
    for positions in (DetrSinePositionEmbedding(4, normalize=True), Mine()):
        out, places = compiled(get("DetrConvModel")(Encoder(), positions))(pixels, mask)
        both.append([plain(out), plain(places), [str(place.dtype) for place in places]])
    return both


@case("PixtralRotaryEmbedding position_ids_in_meshgrid", "4.57.6", traced=True)
def pixtral(get: Get, compiled: Any) -> Any:
    from transformers import PixtralVisionConfig

    config = PixtralVisionConfig(hidden_size=16, num_attention_heads=2, image_size=12, patch_size=4, rope_theta=50.0)
    rotary = get("PixtralRotaryEmbedding")(config)
    positions = compiled(get("position_ids_in_meshgrid"))([torch.zeros(1, 2, 3), torch.zeros(1, 3, 1)], 3)
    answers = [plain(compiled(rotary)(torch.zeros(1, dtype=dtype), positions)) for dtype in _DTYPES]
    return [plain(positions), answers, list(rotary.state_dict()), plain(rotary.inv_freq)]


@case("VisionRotaryEmbedding", "4.57.6", traced=True)
def vision_rotary(get: Get, compiled: Any) -> Any:
    rotary = get("VisionRotaryEmbedding")(8, theta=100.0)
    return [plain(compiled(rotary)(5)), plain(rotary(torch.tensor(3))), list(rotary.state_dict())]


@case("VisionRotaryEmbedding", "5.16.0")
def vision_rotary_of_positions(get: Get, compiled: Any) -> Any:
    return plain(get("VisionRotaryEmbedding")(8)(torch.tensor([[0, 1], [1, 4], [2, 2]])))


@case("Qwen2_5_VisionRotaryEmbedding", "4.57.6", traced=True)
def other_vision_rotary(get: Get, compiled: Any) -> Any:
    return plain(compiled(get("Qwen2_5_VisionRotaryEmbedding")(6))(4))


@case("apply_multimodal_rotary_pos_emb", "4.57.6", traced=True)
def multimodal_rotary(get: Get, compiled: Any) -> Any:
    query, key, angles = wave(2, 3, 4, 8), wave(2, 1, 4, 8, shift=1), wave(3, 2, 4, 8, shift=2)
    apply = compiled(get("apply_multimodal_rotary_pos_emb"))
    late = get("qwen2_5_vl:apply_multimodal_rotary_pos_emb")(
        query.transpose(1, 2), key.transpose(1, 2), angles.cos(), angles.sin(), [2, 1, 1], unsqueeze_dim=2
    )
    return [plain(apply(query, key, angles.cos(), angles.sin(), [1, 1, 2])), plain(late)]


@case("_prepare_4d_causal_attention_mask_with_cache_position", "4.44.2", traced=True)
def causal_mask(get: Get, compiled: Any) -> Any:
    make = get("_prepare_4d_causal_attention_mask_with_cache_position")
    answers, least = [], torch.finfo(torch.float32).min
    padding = torch.tensor([[0, 1, 1], [1, 1, 1]])
    for mask, start, length, target in ((None, 0, 3, 3), (padding, 0, 3, 3), (padding, 2, 1, 5), (padding, 1, 2, 4)):
        options = {
            "sequence_length": length, "target_length": target, "dtype": torch.float32, "device": torch.device("cpu"),
            "min_dtype": least, "cache_position": torch.arange(start, start + length), "batch_size": 2,
        }  # fmt: skip
        made = compiled(make)(mask, **options)
        answers.append([list(made.shape), plain(made == least), str(made.dtype)])
    ready = wave(2, 1, 3, 3)
    return [answers, make(ready, **options) is ready]


# -------------------------------------------------------------------------------- calls on classes that are still there

_DECODERS |= {"llama": ("Llama", {}), "mistral": ("Mistral", {})}
_CALLED = ("cohere", "gemma", "gemma2", "llama", "mistral", "mixtral", "phi3", "qwen2", "starcoder2")


def _eager(family: str) -> Any:
    config = decoder_config(family)
    config._attn_implementation = "eager"
    return config


def _causal(mask_length: int) -> torch.Tensor:
    least = torch.finfo(torch.float32).min
    return torch.full((4, mask_length), least).triu(1).expand(2, 1, -1, -1).contiguous()


def _family(family: str) -> Any:
    return importlib.import_module(f"transformers.models.{family}.modeling_{family}")


def _attention_calls(family: str, get: Get, compiled: Any) -> Any:
    from transformers import DynamicCache

    config = _eager(family)
    Attention = getattr(_family(family), f"{_DECODERS[family][0]}Attention")
    layer, bare = (
        filled(Attention(config, layer_idx=0), 0.3),
        None if family == "gemma2" else Attention(config).layer_idx,
    )
    states, positions, cache = wave(2, 4, 8), torch.tensor([[0, 1, 2, 3], [0, 0, 1, 2]]), DynamicCache()
    with torch.no_grad():
        answers = [
            plain(layer(states, _causal(4), positions)),
            plain(
                layer(hidden_states=states, attention_mask=_causal(9), position_ids=positions, output_attentions=True)
            ),
        ]
        again = compiled(layer)(states, attention_mask=_causal(4), position_ids=positions)
        answers.append(plain(again))
        for start, stop in ((0, 3), (3, 4)):
            output, weights, back = layer(
                states[:, start:stop],
                attention_mask=_causal(4)[:, :, start:stop, :stop],
                position_ids=positions[:, start:stop],
                past_key_value=cache,
                use_cache=True,
                cache_position=torch.arange(start, stop),
            )
            answers.append([plain(output), weights, back is cache, cache.get_seq_length()])
    facts = [bare, layer.num_heads, layer.num_key_value_heads, layer.hidden_size]
    if family in ("llama", "mistral", "qwen2"):
        facts += [layer.max_position_embeddings, layer.rope_theta]
    return [answers, _states(cache), facts]


def _layer_calls(family: str, get: Get, compiled: Any) -> Any:
    from transformers import DynamicCache

    layer = filled(getattr(_family(family), f"{_DECODERS[family][0]}DecoderLayer")(_eager(family), 0), 0.3)
    states, positions, cache = wave(2, 4, 8), torch.tensor([[0, 1, 2, 3], [0, 0, 1, 2]]), DynamicCache()
    more = {"past_key_value": None, "output_attentions": False, "use_cache": False}
    with torch.no_grad():
        whole = {"attention_mask": _causal(4), "position_ids": positions}
        answers = [plain(layer(states, **whole, **{**more, "output_attentions": True}))]
        answers.append(plain(compiled(layer)(states, **whole, **more)))
        for start, stop in ((0, 3), (3, 4)):
            output = layer(
                states[:, start:stop],
                attention_mask=_causal(4)[:, :, start:stop, :stop],
                position_ids=positions[:, start:stop],
                past_key_value=cache,
                output_attentions=False,
                use_cache=True,
                cache_position=torch.arange(start, stop),
            )
            answers.append([plain(output[0]), len(output), output[1] is cache, cache.get_seq_length()])
    return [answers, _states(cache)]


for _name in _CALLED:
    CASES.append(
        Case(
            f"attention_calls_{_name}",
            (),
            "4.44.2" if _name == "gemma2" else "4.47.1",
            partial(_attention_calls, _name),
            traced=True,
            since="4.48",
        )
    )
    if _name == "mixtral":  # its experts are other parameters now
        continue
    CASES.append(
        Case(
            f"layer_calls_{_name}",
            (),
            "4.44.2" if _name == "gemma2" else "4.47.1",
            partial(_layer_calls, _name),
            traced=True,
            since="5.0" if _name == "gemma2" else "4.56",
        )
    )


_ROTARIES = {
    "falcon": "Falcon", "gemma": "Gemma", "gemma2": "Gemma2", "llama": "Llama",
    "mistral": "Mistral", "mixtral": "Mixtral", "persimmon": "Persimmon", "phi": "Phi", "phi3": "Phi3",
    "qwen2": "Qwen2", "qwen2_moe": "Qwen2Moe", "stablelm": "StableLm", "starcoder2": "Starcoder2",
}  # fmt: skip


@case("", "4.44.2", traced=True, since="4.48")
def rotary_by_size(get: Get, compiled: Any) -> Any:
    answers: dict[str, Any] = {}
    positions = torch.tensor([[0, 1, 2, 3], [5, 40, 17, 7]])
    for family, prefix in _ROTARIES.items():
        Rotary = getattr(_family(family), f"{prefix}RotaryEmbedding")
        rotary = Rotary(8, max_position_embeddings=16, base=500.0)
        x = wave(2, 1, 4, 8)
        if family in (
            "falcon",
            "gpt_neox",
            "mixtral",
            "persimmon",
            "phi",
            "qwen2",
            "qwen2_moe",
            "stablelm",
            "starcoder2",
        ):
            answer = [plain(rotary(x, seq_len=5)), plain(rotary(x.half(), 20)), rotary.max_seq_len_cached]
        else:
            call = compiled(rotary) if family == "llama" else rotary
            answer = [plain(call(x, positions)), plain(rotary(x.bfloat16(), positions))]
        answers[family] = [answer, list(rotary.state_dict()), plain(rotary.inv_freq)]
    Llama = _family("llama").LlamaRotaryEmbedding

    class Mine(Llama):
        def __init__(self, dim: int, device: Any = None) -> None:
            super().__init__(dim, 8, base=100, device=device)
            self.mine = self.inv_freq.sum()

    mine = Mine(4)
    return [answers, plain(mine(x, positions)), float(mine.mine), plain(mine.double().half()(x, positions))]


@case("", "4.36.2", since="4.48")
def rotary_with_a_cache(get: Get, compiled: Any) -> Any:
    Llama = _family("llama").LlamaRotaryEmbedding

    class Halved(Llama):
        def _set_cos_sin_cache(self, seq_len: int, device: Any, dtype: Any) -> None:
            self.max_seq_len_cached = seq_len
            angles = torch.outer(torch.arange(seq_len, device=device) / 2, self.inv_freq)
            self.register_buffer("cos_cached", torch.cat((angles, angles), -1).cos().to(dtype), persistent=False)
            self.register_buffer("sin_cached", torch.cat((angles, angles), -1).sin().to(dtype), persistent=False)

    answers, x = [], wave(1, 1, 4, 8)
    for Rotary in (Llama, Halved):
        rotary = Rotary(8, max_position_embeddings=6, base=100)
        answers.append(
            [plain(rotary.cos_cached), plain(rotary(x, seq_len=4)), plain(rotary(x, 9)), list(rotary.state_dict())]
        )
        answers.append([rotary.max_seq_len_cached, list(rotary.sin_cached.shape)])
    return answers


@case("", "4.57.6", since="5.0")
def shared_embeddings(get: Get, compiled: Any) -> Any:
    import transformers

    sizes = {"vocab_size": 7, "d_model": 4, "d_kv": 2, "num_heads": 2, "d_ff": 6, "num_layers": 1}
    answers: dict[str, Any] = {}
    for family, prefix in {"t5": "T5", "mt5": "MT5", "umt5": "UMT5"}.items():
        shared = filled(nn.Embedding(7, 4))
        stack = getattr(_family(family), f"{prefix}Stack")(getattr(transformers, f"{prefix}Config")(**sizes), shared)
        filled(stack, 0.3)
        with torch.no_grad():
            states = stack(input_ids=torch.tensor([[1, 3, 2]]), use_cache=False).last_hidden_state
        answers[family] = [stack.embed_tokens is shared, plain(states)]
    sizes = {"vocab_size": 7, "d_model": 4, "encoder_layers": 1, "decoder_layers": 1, "max_position_embeddings": 8}
    heads = {"encoder_attention_heads": 2, "decoder_attention_heads": 2, "encoder_ffn_dim": 4, "decoder_ffn_dim": 4}
    for family, prefix in {"bart": "Bart", "mbart": "MBart"}.items():
        config = getattr(transformers, f"{prefix}Config")(**sizes, **heads, scale_embedding=True)
        for kind in ("Encoder", "Decoder"):
            shared = filled(nn.Embedding(7, 4))
            coder = filled(getattr(_family(family), prefix + kind)(config, embed_tokens=shared), 0.3)
            with torch.no_grad():
                states = coder(input_ids=torch.tensor([[1, 3, 2]])).last_hidden_state
            answers[prefix + kind] = [coder.embed_tokens.weight is shared.weight, plain(states)]
    return answers


@case("", "4.49.0", traced=True, since="4.54")
def transposed(get: Get, compiled: Any) -> Any:
    import transformers

    answers = []
    for family, name, prefix in (
        ("albert", "AlbertAttention", "Albert"), ("bert", "BertSelfAttention", "Bert"),
        ("bert_generation", "BertGenerationSelfAttention", "BertGeneration"),
        ("camembert", "CamembertSelfAttention", "Camembert"), ("electra", "ElectraSelfAttention", "Electra"),
        ("roberta", "RobertaSelfAttention", "Roberta"), ("xlm_roberta", "XLMRobertaSelfAttention", "XLMRoberta"),
    ):  # fmt: skip
        layer = getattr(_family(family), name)(getattr(transformers, f"{prefix}Config")(**_BERT_SIZES))
        answers.append(plain(compiled(layer.transpose_for_scores)(wave(2, 3, 8))))
    return answers


@case("", "4.49.0", since="5.0")
def foreign_self_attention(get: Get, compiled: Any) -> Any:
    """A model of transformers whose self-attention somebody replaced by a class with the call of 4.36 to 4.52."""
    import transformers

    answers = []
    tokens, mask = torch.tensor([[1, 5, 2, 0], [1, 4, 3, 2]]), torch.tensor([[1, 1, 1, 0], [1, 1, 1, 1]])
    for family, prefix in (
        ("bert", "Bert"),
        ("roberta", "Roberta"),
        ("xlm_roberta", "XLMRoberta"),
        ("electra", "Electra"),
    ):
        native = getattr(_family(family), f"{prefix}SelfAttention")

        class Mine(native):  # type: ignore[misc, valid-type]
            def forward(
                self, hidden_states, attention_mask=None, head_mask=None, encoder_hidden_states=None,
                encoder_attention_mask=None, past_key_value=None, output_attentions=False,
            ):  # fmt: skip
                assert self.position_embedding_type == "absolute"
                query, key, value = (
                    self.transpose_for_scores(part(hidden_states)) for part in (self.query, self.key, self.value)
                )
                scores = 0.7 * query @ key.transpose(2, 3)
                weights = torch.softmax(scores if attention_mask is None else scores + attention_mask, dim=-1)
                context = (weights @ value).transpose(1, 2).flatten(2)
                return (context, weights) if output_attentions else (context,)

        config = getattr(transformers, f"{prefix}Config")(**_BERT_SIZES, pad_token_id=0)
        model = filled(getattr(transformers, f"{prefix}Model")(config), 0.3)
        for layer in model.encoder.layer:
            layer.attention.self.__class__ = Mine
        with torch.no_grad():
            states = model(tokens, attention_mask=mask).last_hidden_state
            answers.append([plain(states[mask.bool()]), plain(model(tokens[1:]).last_hidden_state)])
    return answers


# -------------------------------------------------------------------------------- outputs


_PLAIN_OUTPUTS = (
    "Glm4vCausalLM Glm4vModel Qwen2_5OmniThinkerCausalLM Qwen2_5_VLCausalLM Qwen2_5_VLModel Qwen2VLCausalLM"
)
_OUTPUTS = [
    f"{name}OutputWithPast"
    for name in f"{_PLAIN_OUTPUTS} Qwen2VLModel Qwen3VLCausalLM Qwen3VLModel Qwen3OmniMoeThinkerCausalLM".split()
]
_NEW_OUTPUTS = [
    f"{name}{ending}OutputWithPast"
    for name in "Glm4vMoe Qwen3VLMoe Cosmos3Edge Cosmos3Omni Glm46V GlmImage GlmOcr PaddleOCRVL Qwen3_5 Qwen3_5Moe"
    " Qwen4Exp".split()
    for ending in ("CausalLM", "Model")
] + ["CohereCompassModelOutputWithPast"]


def _outputs(names: list[str], get: Get, compiled: Any) -> Any:
    import dataclasses

    answers: dict[str, Any] = {}
    for name in names:
        Output = get(name)

        fields = [field.name for field in dataclasses.fields(Output)]
        first = "logits" if "logits" in fields else "last_hidden_state"

        def forward(states: torch.Tensor, Output: Any = Output, first: str = first) -> Any:
            return Output(**{first: states, "rope_deltas": states[:, :1]})

        output = (compiled(forward) if name == names[0] else forward)(wave(2, 3))
        answers[name] = [fields, plain(output.to_tuple()), list(output.keys()), output["rope_deltas"] is output[-1]]
        assert isinstance(output, Output)
    return answers


CASES.append(Case("outputs", tuple(_OUTPUTS), "4.57.6", partial(_outputs, _OUTPUTS), traced=True))
CASES.append(Case("new_outputs", tuple(_NEW_OUTPUTS), "5.22.0", partial(_outputs, _NEW_OUTPUTS), traced=True))


# -------------------------------------------------------------------------------- tables, texts and lists


def _tables(names: list[str], get: Get, compiled: Any) -> Any:
    return {name: {key: cls.__name__ for key, cls in sorted(get(name).items())} for name in names}


_TABLES = {
    "4.47.1": [
        f"{name}_ATTENTION_CLASSES"
        for name in "COHERE GEMMA GLM GPT2 GRANITE LLAMA MISTRAL MIXTRAL OLMO OLMO2 PHI PHI3 QWEN2 STARCODER2".split()
    ],
    "4.49.0": ["VIT_ATTENTION_CLASSES"],
    "4.51.3": [
        f"{name}_ATTENTION_CLASSES"
        for name in "ALBERT BART BEIT_SELF BERT_SELF BIOGPT CAMEMBERT_SELF CLIP DATA2VEC_AUDIO DISTILBERT GPTBIGCODE"
        " GRANITEMOE GRANITEMOESHARED HUBERT M2M100 MBART MLLAMA_VISION MUSICGEN MUSICGEN_MELODY OLMOE QWEN2MOE"
        " ROBERTA_SELF SEW UNISPEECH UNISPEECH_SAT WAV2VEC2 WHISPER XLM_ROBERTA_SELF XLMROBERTAXL_SELF".split()
    ]
    + ["ATTENTION_CLASSES"],
}
for _version, _names in _TABLES.items():
    CASES.append(Case(f"tables_{_version}", tuple(_names), _version, partial(_tables, _names)))


@case("_CONFIG_FOR_DOC", "4.49.0")
def configs_for_documentation(get: Get, compiled: Any) -> Any:
    families = (
        "albert bart beit bert bert_generation camembert canine clip cohere detr distilbert electra falcon gemma gemma2"
        " gpt2 gpt_bigcode gptj granite llama mamba mask2former mbart mistral mixtral mpt mt5 olmo2 paligemma phi3"
        " plbart qwen2 qwen2_5_vl qwen2_vl roberta t5 vit wav2vec2 whisper xlm xlm_roberta xlnet"
    ).split()
    return {family: get(f"{family}:_CONFIG_FOR_DOC") for family in families}


_DOCUMENTED = (
    "ALBERT BART BEIT BERT BERT_GENERATION CAMEMBERT CANINE CLIP COHERE DETR DISTILBERT ELECTRA FALCON GEMMA GEMMA2 GPT2"
    " GPT_BIGCODE GPTJ GRANITE LLAMA MAMBA MASK2FORMER MBART MISTRAL MIXTRAL MLLAMA MPT MT5 OLMO2 PALIGEMMA PHI3 PIXTRAL"
    " PLBART QWEN2 ROBERTA T5 VIT WHISPER XLM XLM_ROBERTA XLNET XMOD"
).split()
_TEXTS = [f"{name}_{kind}_DOCSTRING" for name in _DOCUMENTED for kind in ("START", "INPUTS")] + [
    "QWEN2_5_VL_INPUTS_DOCSTRING", "Qwen2_5_VL_START_DOCSTRING", "QWEN2_VL_INPUTS_DOCSTRING",
    "QWEN2VL_START_DOCSTRING", "PARALLELIZE_DOCSTRING", "DEPARALLELIZE_DOCSTRING",
]  # fmt: skip


def _texts(get: Get, compiled: Any) -> Any:
    """Which of them a shape is put into: that is all that code can see of a text."""
    from transformers.utils import add_start_docstrings, add_start_docstrings_to_model_forward

    answers = {name: "{0}" in get(name) for name in _TEXTS}

    @add_start_docstrings("A model.", get("LLAMA_START_DOCSTRING"))
    class Model:
        @add_start_docstrings_to_model_forward(get("BERT_INPUTS_DOCSTRING").format("batch, length"))
        def forward(self, x: Any) -> Any:
            """What it does."""

    return [
        answers,
        [Model.__doc__.startswith("A model."), "batch, length" in Model.forward.__doc__],
        Model.forward.__doc__.endswith("What it does."),
    ]


CASES.append(Case("texts", tuple(_TEXTS), "4.51.3", _texts))


@case("WAV_2_VEC_2_START_DOCSTRING WAV_2_VEC_2_INPUTS_DOCSTRING", "4.49.0")
def texts_of_wav2vec2(get: Get, compiled: Any) -> Any:
    return ["{0}" in get(f"WAV_2_VEC_2_{kind}_DOCSTRING") for kind in ("START", "INPUTS")]


@case("GEMMA3_START_DOCSTRING GEMMA3_INPUTS_DOCSTRING __HEAD_MASK_WARNING_MSG", "4.51.3")
def more_texts(get: Get, compiled: Any) -> Any:
    names = ("GEMMA3_START_DOCSTRING", "GEMMA3_INPUTS_DOCSTRING", "__HEAD_MASK_WARNING_MSG")
    texts = [get(name) for name in names]
    return [["{0}" in text for text in texts], "decoder_head_mask" in texts[2]]


@case("logger", "4.49.0")
def loggers(get: Get, compiled: Any) -> Any:
    families = "cohere mistral phi3 qwen2 gemma2".split()
    return [[get(f"{family}:logger").name, hasattr(get(f"{family}:logger"), "warning_once")] for family in families]


@case(
    "CAMEMBERT_PRETRAINED_MODEL_ARCHIVE_LIST ROBERTA_PRETRAINED_MODEL_ARCHIVE_LIST"
    " XLM_ROBERTA_PRETRAINED_MODEL_ARCHIVE_LIST",
    "4.36.2",
)
def archives(get: Get, compiled: Any) -> Any:
    return [get(f"{family}_PRETRAINED_MODEL_ARCHIVE_LIST") for family in ("CAMEMBERT", "ROBERTA", "XLM_ROBERTA")]


@case("MMBTConfig MMBTModel MMBTForClassification", "4.49.0")
def mmbt(get: Get, compiled: Any) -> Any:
    import transformers

    answers = []
    tokens, mask = torch.tensor([[1, 5, 2, 0], [1, 4, 3, 2]]), torch.tensor([[1, 1, 1, 0], [1, 1, 1, 1]])
    for labels in (1, 3):
        text = transformers.BertConfig(**_BERT_SIZES, num_labels=5)
        bert = transformers.BertModel(text)
        config = get("MMBTConfig")(text, num_labels=labels, modal_hidden_size=6)
        model = filled(get("MMBTForClassification")(config, bert, nn.Identity()), 0.3)
        ends = {"modal_start_tokens": tokens[:, 0], "modal_end_tokens": tokens[:, 2]}
        with torch.no_grad():
            states = model.mmbt(wave(2, 3, 6), tokens, attention_mask=mask, return_dict=True, **ends)
            truth = torch.tensor([0, 2]) if labels == 3 else torch.tensor([0.5, 0.1])
            judged = model(wave(2, 3, 6), tokens, **ends, labels=truth, attention_mask=mask, return_dict=True)
            bare = model.mmbt(wave(2, 3, 6), inputs_embeds=wave(2, 4, 8), return_dict=False)
        answers.append([plain(states.last_hidden_state), plain(states.pooler_output), plain(bare)])
        answers.append([float(judged.loss), plain(judged.logits), text.num_labels, config.hidden_size])
    answers.append(error_of(lambda: model.mmbt(wave(2, 3, 6), return_dict=True), ValueError))
    return [answers, sorted(model.state_dict())]


# -------------------------------------------------------------------------------- tokenizers and processors


@case("BasicTokenizer WordpieceTokenizer whitespace_tokenize", "4.57.6")
def basic_tokenizer(get: Get, compiled: Any) -> Any:
    text = " H\u00e9llo, W\u00d6RLD!\u4f60\u597d [SEP] don't\tstop\ufffd "
    vocabulary = {"un": 0, "##aff": 1, "##able": 2, "[UNK]": 3}
    return [
        get("BasicTokenizer")().tokenize(text),
        get("BasicTokenizer")(do_lower_case=False, never_split=["[SEP]"]).tokenize(text),
        get("BasicTokenizer")(strip_accents=False, tokenize_chinese_chars=False, do_split_on_punc=False).tokenize(text),
        get("WordpieceTokenizer")(vocabulary, unk_token="[UNK]").tokenize("unaffable xyz un"),
        get("whitespace_tokenize")("  a b\n c "),
    ]


_EXTRACTORS = [
    f"{name}FeatureExtractor"
    for name in "Beit CLIP ChineseCLIP ConditionalDetr ConvNext DPT DeformableDetr DeiT Detr Donut Flava GLPN ImageGPT"
    " LayoutLMv2 LayoutLMv3 Levit MaskFormer MobileNetV1 MobileNetV2 MobileViT OwlViT Perceiver PoolFormer Segformer ViT"
    " VideoMAE Vilt Yolos".split()
]


def _extractors(get: Get, compiled: Any) -> Any:
    """Whose processor each of them is."""
    names = {}
    for name in _EXTRACTORS:
        bases = [cls.__name__ for cls in get(name).__mro__]
        names[name] = next(
            base.removesuffix("Pil") for base in bases if base.removesuffix("Pil").endswith("ImageProcessor")
        )
    return names


CASES.append(Case("feature_extractors", tuple(_EXTRACTORS), "4.57.6", _extractors, needs="PIL"))


@case("CLIPFeatureExtractor", "4.57.6", needs="PIL")
def clip(get: Get, compiled: Any) -> Any:
    from PIL import Image

    image = Image.new("RGB", (9, 6))
    image.putdata([((x * 37) % 256, (x * 91) % 256, (x * 13) % 256) for x in range(54)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        extractor = get("CLIPFeatureExtractor")(size={"shortest_edge": 8}, crop_size={"height": 8, "width": 8})
    pixels = torch.as_tensor(extractor(image, return_tensors="pt")["pixel_values"])
    return [list(pixels.shape), plain(pixels), plain(list(extractor.image_mean))]
