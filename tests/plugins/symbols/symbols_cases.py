"""What the names of the plugin `symbols` do, as functions that give JSON: run by record.py on a version of transformers
that had the names, and by the tests on every runtime that has lost them.

Weights and inputs are sines of their position: no random numbers, which differ between versions of torch.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
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
    """

    id: str
    names: tuple[str, ...]
    recorded_on: str
    run: Callable[[Get, Callable[[Any], Any]], Any]
    traced: bool = False
    needs: str | None = None


CASES: list[Case] = []


def case(names: str, recorded_on: str, traced: bool = False, needs: str | None = None) -> Any:
    def register(run: Any) -> Any:
        CASES.append(Case(run.__name__, tuple(names.split()), recorded_on, run, traced, needs))
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


# -------------------------------------------------------------------------------- optimization


@case("AdamW", "4.49.0")
def adamw(get: Get, compiled: Any) -> Any:
    AdamW = get("AdamW")
    answers = {}
    for name, options in {
        "defaults": {},
        "decay": {"weight_decay": 0.3, "lr": 0.05},
        "bert": {"correct_bias": False, "eps": 1e-8, "weight_decay": 0.1, "lr": 0.02},
        "betas": {"betas": (0.5, 0.7), "lr": 0.1},
    }.items():
        weights = nn.Parameter(wave(6))
        unused = nn.Parameter(wave(2))
        optimizer = AdamW([{"params": [weights, unused]}], no_deprecation_warning=True, **options)
        for step in range(5):
            optimizer.zero_grad()
            loss = optimizer.step(lambda step=step, w=weights: _closure(w, step)).detach()
        answers[name] = [plain(weights), plain(unused), float(loss), plain(optimizer.state[weights]["exp_avg_sq"])]
        answers[name].append({k: plain(v) for k, v in optimizer.defaults.items()})
    for name, options in {"lr": {"lr": -1.0}, "eps": {"eps": -1.0}, "beta": {"betas": (1.0, 0.9)}}.items():
        answers[f"bad {name}"] = error_of(lambda o=options: AdamW([nn.Parameter(wave(2))], **o), ValueError)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        AdamW([nn.Parameter(wave(2))])
    answers["warning"] = [w.category.__name__ for w in caught]
    sparse = nn.Parameter(wave(3, 2))
    sparse.grad = torch.sparse_coo_tensor([[0]], [[1.0, 1.0]], (3, 2))
    answers["sparse"] = error_of(AdamW([sparse], no_deprecation_warning=True).step, RuntimeError)
    return answers


def _closure(weights: torch.Tensor, step: int) -> torch.Tensor:
    with torch.enable_grad():
        loss = ((weights - wave(6, shift=step)) ** 2).sum()
    loss.backward()
    return loss


# -------------------------------------------------------------------------------- beam search

_VOCABULARY, _END, _PAD = 9, 2, 0


def _continuations(tokens: torch.Tensor, step: int) -> torch.Tensor:
    """Log probabilities (rows, vocabulary) of a model that looks at the last two tokens and at the length."""
    table = wave(_VOCABULARY, _VOCABULARY, _VOCABULARY) * 3
    before = tokens[:, -2] if tokens.shape[1] > 1 else tokens[:, -1]
    return torch.log_softmax(table[before, tokens[:, -1]] + wave(_VOCABULARY, shift=step), dim=-1)


def _search(
    scorer: Any,
    batch: int,
    beams: int,
    groups: int = 1,
    steps: int = 6,
    end: Any = _END,
    ways: bool = False,
    **more: Any,
) -> Any:
    """A decoding loop as in transformers 4: `scorer` decides, this carries out."""
    size = beams // groups
    tokens = (torch.arange(batch * beams)[:, None] // beams) % 3 + 3
    tokens = torch.cat((tokens, (tokens + 1) % _VOCABULARY), dim=1)
    scores = torch.full((batch, beams), -1e9)
    scores[:, ::size] = 0.0
    prompt = tokens.shape[1]
    beam_indices = tuple(() for _ in range(batch * beams)) if ways else None
    trace = []
    for step in range(steps):
        new = tokens.new_zeros(batch * beams)
        origin = tokens.new_zeros(batch * beams)
        for group in range(groups):
            rows = torch.tensor([b * beams + group * size + i for b in range(batch) for i in range(size)])
            candidates = _continuations(tokens[rows], step) + scores.view(-1)[rows][:, None]
            top, flat = candidates.view(batch, -1).topk(2 * size, dim=1)
            extra = {"group_index": group} if groups > 1 else {}
            if more.get("constrained"):
                extra["scores_for_all_vocab"] = candidates
            out = scorer.process(
                tokens[rows], top, flat % _VOCABULARY, flat // _VOCABULARY,
                pad_token_id=_PAD, eos_token_id=end, beam_indices=beam_indices,
                decoder_prompt_len=prompt if more.get("prompt") else 0, **extra,
            )  # fmt: skip
            scores.view(-1)[rows] = out["next_beam_scores"]
            new[rows], origin[rows] = out["next_beam_tokens"], rows[out["next_beam_indices"]]
        trace.append([plain(new), plain(origin), bool(scorer.is_done)])
        tokens = torch.cat((tokens[origin], new[:, None]), dim=1)
        if beam_indices is not None:
            beam_indices = tuple((*beam_indices[row], int(row)) for row in origin)
        if scorer.is_done:
            break
    final = scorer.finalize(
        tokens, scores.view(-1), new, origin, max_length=prompt + steps + more.get("room", 1),
        pad_token_id=_PAD, eos_token_id=end, beam_indices=beam_indices,
        decoder_prompt_len=prompt if more.get("prompt") else 0,
    )  # fmt: skip
    return {"trace": trace, "final": plain(dict(final))}


@case("BeamSearchScorer BeamScorer", "4.57.6")
def beam_search(get: Get, compiled: Any) -> Any:
    Scorer, Base = get("BeamSearchScorer"), get("BeamScorer")
    cpu = torch.device("cpu")
    answers = {
        "plain": _search(Scorer(2, 3, cpu), 2, 3),
        "early": _search(Scorer(2, 3, cpu, do_early_stopping=True, num_beam_hyps_to_keep=2), 2, 3),
        "never": _search(
            Scorer(1, 4, cpu, do_early_stopping="never", max_length=8, length_penalty=2.0), 1, 4, prompt=True
        ),
        "short": _search(Scorer(2, 2, cpu, length_penalty=-0.5), 2, 2, end=[_END, 5], steps=8),
        "ways": _search(Scorer(2, 3, cpu, length_penalty=0.7, num_beam_hyps_to_keep=3), 2, 3, ways=True, prompt=True),
        "groups": _search(Scorer(2, 4, cpu, num_beam_groups=2, num_beam_hyps_to_keep=2), 2, 4, groups=2),
        "no room": _search(Scorer(2, 3, cpu), 2, 3, end=torch.tensor([_END]), room=0, steps=3),
        "no end": _search(Scorer(1, 2, cpu), 1, 2, steps=3, room=0, end=None),
    }
    answers["bad"] = [
        error_of(lambda: Scorer(1, 1, cpu), ValueError),
        error_of(lambda: Scorer(1, 4, cpu, num_beam_groups=3), ValueError),
        error_of(lambda: Scorer(1, 2, cpu, do_early_stopping="never"), ValueError),
        error_of(lambda: _search(Scorer(2, 3, cpu), 1, 3), ValueError),
        error_of(Base, TypeError),
    ]
    answers["base"] = [isinstance(Scorer(1, 2, cpu), Base), issubclass(Scorer, Base)]
    return answers


@case("BeamHypotheses", "4.57.6")
def beam_hypotheses(get: Get, compiled: Any) -> Any:
    Hypotheses = get("BeamHypotheses")
    answers = []
    for early, penalty in ((False, 1.0), (True, 1.0), ("never", 1.0), ("never", -1.0), (False, 0.0)):
        kept = Hypotheses(num_beams=2, length_penalty=penalty, early_stopping=early, max_length=10)
        log = []
        for number, score in enumerate((-5.0, -1.0, -3.0, -9.0, -0.5)):
            kept.add(torch.arange(number + 1), score, generated_len=number + 1 if number % 2 else None)
            log.append([len(kept), kept.worst_score, kept.is_done(-4.0, 6), kept.is_done(-0.1, 6, 2)])
        answers.append([log, [[score, plain(tokens), way] for score, tokens, way in kept.beams]])
    answers.append(error_of(lambda: Hypotheses(2, 1.0, "never"), ValueError))
    return answers


@case("ConstrainedBeamSearchScorer", "4.57.6")
def constrained_beam_search(get: Get, compiled: Any) -> Any:
    Scorer, Phrase, Either = get("ConstrainedBeamSearchScorer"), get("PhrasalConstraint"), get("DisjunctiveConstraint")
    cpu = torch.device("cpu")
    answers = {}
    for name, constraints in {
        "phrase": [Phrase([7, 4, 8])],
        "either": [Either([[6, 1], [7], [8, 8, 3]])],
        "both": [Phrase([5, 7]), Either([[4, 4], [8, 1]])],
        "too much": [Phrase([1, 3, 5, 7, 8, 6, 4, 3])],
    }.items():
        for keep in (1, 2):
            scorer = Scorer(2, 4, constraints, cpu, num_beam_hyps_to_keep=keep)
            answers[f"{name} {keep}"] = _search(scorer, 2, 4, constrained=True, ways=name == "phrase")
    scorer = Scorer(1, 3, [Phrase([4, 5])], cpu, do_early_stopping=True)
    answers["early"] = _search(scorer, 1, 3, constrained=True, prompt=True)
    answers["check"] = [scorer.check_completes_constraints(s) for s in ([1, 4, 5], [4, 1, 5], [4, 4, 5])]
    tokens = torch.tensor([[3, 4, 5], [3, 4, 4], [4, 5, 6]])
    for push in (False, True):
        step = scorer.step_sentence_constraint(
            0,
            tokens,
            wave(3, _VOCABULARY),
            wave(3),
            torch.tensor([1, 1, 2]),
            torch.tensor([0, 1, 1]),
            push_progress=push,
        )
        answers[f"push {push}"] = plain(step)
    answers["bad"] = error_of(lambda: Scorer(1, 1, [Phrase([1])], cpu), ValueError)
    return answers


@case("Constraint PhrasalConstraint DisjunctiveConstraint ConstraintListState", "4.57.6")
def constraints(get: Get, compiled: Any) -> Any:
    Base, Phrase = get("Constraint"), get("PhrasalConstraint")
    Either, States = get("DisjunctiveConstraint"), get("ConstraintListState")
    answers: dict[str, Any] = {}

    def log(constraint: Any, tokens: list[int]) -> list[Any]:
        lines = []
        for token in tokens:
            advance = constraint.advance()
            line = [advance, constraint.does_advance(token), list(constraint.update(token)), constraint.remaining()]
            lines.append([*line, constraint.completed])
        return lines

    answers["phrase"] = log(Phrase([3, 1, 4]), [3, 1, 4]) + log(Phrase([3, 1, 4]), [3, 9, 1, 4])
    answers["either"] = log(Either([[1, 2, 3], [1, 4], [5]]), [1, 2, 9, 5]) + log(
        Either([[1, 2], [1, 3, 4]]), [1, 3, 4]
    )
    phrase, either = Phrase([3, 1, 4]), Either([[1, 2, 3], [4]])
    phrase.update(3), either.update(1)
    answers["copies"] = [
        [copied.advance(), copied.remaining(), copied.completed, copied.seqlen]
        for original in (phrase, either)
        for copied in (original.copy(), original.copy(stateful=True))
    ]
    state = States([Phrase([3, 1, 4]), Either([[5, 6], [7]]), Phrase([8])])
    lines = []
    for token in (9, 3, 1, 2, 5, 6, 8, 3, 1, 4, 4):
        lines.append([plain(state.advance()), list(state.add(token)), state.get_bank(), state.completed])
        copied = state.copy()
        lines.append([plain(copied.advance()), copied.get_bank(), copied.completed, len(copied.pending_constraints)])
    answers["states"] = lines
    state = States([Phrase([3, 1]), Phrase([2])])
    for sequence in ([3, 3, 1], [2, 3, 1, 5], None):
        state.reset(sequence)
        answers[f"reset {sequence}"] = [plain(state.advance()), state.get_bank(), state.completed]

    class Wrong(Base):
        seqlen = 1

        def advance(self):
            return 1

        def does_advance(self, token_id):
            return False

        def update(self, token_id):
            return True, True, False

        def reset(self):
            pass

        def remaining(self):
            return 0

        def copy(self, stateful=False):
            return self

    class Right(Wrong):
        def does_advance(self, token_id):
            return token_id == 1

    answers["self-test"] = [error_of(Wrong), error_of(Right), error_of(Base, TypeError)]
    answers["bad"] = [
        error_of(lambda: Phrase([]), ValueError),
        error_of(lambda: Phrase([-1]), ValueError),
        error_of(lambda: Phrase((1, 2)), ValueError),
        error_of(lambda: Either([]), ValueError),
        error_of(lambda: Either([1]), ValueError),
        error_of(lambda: Either([[1], [1, 2]]), ValueError),
        error_of(lambda: Phrase([1]).update("1"), TypeError),
        error_of(lambda: Either([[1]]).does_advance("1"), TypeError),
        error_of(lambda: States([Phrase([1])]).add("1"), TypeError),
    ]
    answers["base"] = [isinstance(Phrase([1]), Base), isinstance(Either([[1]]), Base)]
    return answers


# -------------------------------------------------------------------------------- generation helpers


def _cache(batch: int = 2, layers: int = 2, length: int = 5) -> Any:
    from transformers import DynamicCache

    cache = DynamicCache()
    for layer in range(layers):
        cache.update(wave(batch, 2, length, 3, shift=layer), wave(batch, 2, length, 3, shift=layer + 10), layer)
    return cache


def _states(cache: Any) -> Any:
    if hasattr(cache, "layers"):
        return [[plain(layer.keys), plain(layer.values)] for layer in cache.layers]
    return [[plain(key), plain(value)] for key, value in zip(cache.key_cache, cache.value_cache, strict=True)]


@case("_split_model_inputs _split stack_model_outputs", "4.53.3")
def split_and_stack(get: Get, compiled: Any) -> Any:
    from transformers.modeling_outputs import BaseModelOutput, CausalLMOutputWithPast

    split_inputs, split, stack = get("_split_model_inputs"), get("_split"), get("stack_model_outputs")

    class Config:
        def get_text_config(self):
            return self

    def shown(part: Any) -> Any:
        return {k: _states(v) if hasattr(v, "get_seq_length") else shown(v) if hasattr(v, "items") else plain(v)
                for k, v in part.items()}  # fmt: skip

    inputs = {
        "input_ids": torch.arange(8).view(4, 2),
        "use_cache": True,
        "cache_position": torch.arange(3),
        "logits_to_keep": 1,
        "past_key_values": _cache(batch=4, layers=1, length=2),
        "encoder_outputs": BaseModelOutput(last_hidden_state=wave(4, 2, 2), attentions=(wave(4, 1), wave(4, 2))),
        "nothing": None,
        "nested": ((wave(4, 1), wave(4, 1)), (wave(4, 1), wave(4, 1))),
    }
    parts = split_inputs(inputs, 2, 4, Config())
    answers: dict[str, Any] = {"dict": [shown(part) for part in parts]}
    output = CausalLMOutputWithPast(
        logits=wave(4, 2, 3),
        past_key_values=_cache(batch=4, layers=2, length=2),
        hidden_states=(wave(4, 2), wave(4, 3)),
    )
    parts = split_inputs(output, 1, 4, Config())
    answers["output"] = [[type(part).__name__, shown(part)] for part in parts]
    stacked = stack(parts, Config())
    answers["stacked"] = [type(stacked).__name__, shown(stacked)]
    answers["original"] = shown(output)  # the parts share no state with what they were split from
    answers["none"] = split_inputs(None, 2, 4, Config())
    answers["split"] = [plain(split(None, 4, 2)), plain(split(wave(4, 1), 4, 2))]
    answers["bad"] = [
        error_of(lambda: split_inputs(inputs, 3, 4, Config()), ValueError),
        error_of(lambda: split("text", 4, 2), TypeError),
        error_of(lambda: stack([], Config()), ValueError),
        error_of(lambda: stack([output, BaseModelOutput()], Config()), ValueError),
    ]
    return answers


@case("LogitsWarper", "4.44.2")
def logits_warper(get: Get, compiled: Any) -> Any:
    from transformers import LogitsProcessorList, TemperatureLogitsWarper, TopKLogitsWarper

    Warper = get("LogitsWarper")

    class Halved(Warper):
        def __init__(self):
            self.made = True

        def __call__(self, input_ids, scores):
            return scores / 2

    scores = LogitsProcessorList([Halved(), TemperatureLogitsWarper(0.5)])(torch.zeros(1, 1).long(), wave(1, 4))
    return [plain(scores), [isinstance(warper, Warper) for warper in (Halved(), TopKLogitsWarper(2), len)]]


# -------------------------------------------------------------------------------- layers


@case("SequenceSummary", "4.49.0", traced=True)
def sequence_summary(get: Get, compiled: Any) -> Any:
    Summary = get("SequenceSummary")
    answers = []
    for fields in (
        {},
        {"summary_type": "first", "summary_use_proj": True, "summary_activation": "tanh"},
        {
            "summary_type": "mean",
            "summary_use_proj": True,
            "summary_proj_to_labels": True,
            "summary_first_dropout": 0.5,
        },
        {"summary_type": "cls_index", "summary_last_dropout": 0.5},
    ):
        config = SimpleNamespace(hidden_size=4, num_labels=3, **fields)
        summary = filled(Summary(config))
        with torch.no_grad():
            answers.append([plain(compiled(summary)(wave(2, 5, 4))), sorted(summary.state_dict())])
    with torch.no_grad():
        answers.append(plain(compiled(summary)(wave(2, 5, 4), torch.tensor([1, 3]))))
        answers.append(plain(compiled(summary)(wave(2, 3, 5, 4), torch.tensor([[1, 3, 0], [2, 2, 4]]))))
    answers.append(error_of(lambda: Summary(SimpleNamespace(summary_type="attn")), NotImplementedError))
    return answers


# -------------------------------------------------------------------------------- modeling_utils


@case("dtype_byte_size", "4.49.0")
def dtype_bytes(get: Get, compiled: Any) -> Any:
    names = ("float32", "float16", "bfloat16", "int8", "int64", "uint8", "bool", "float8_e4m3fn", "complex64")
    return [[name, get("dtype_byte_size")(getattr(torch, name))] for name in names] + [
        error_of(lambda: get("dtype_byte_size")("text"), ValueError)
    ]


@case("get_parameter_dtype get_parameter_device", "4.57.6")
def parameter_facts(get: Get, compiled: Any) -> Any:
    dtype, device = get("get_parameter_dtype"), get("get_parameter_device")
    whole, mixed, replica, buffers = nn.Module(), nn.Linear(2, 2), nn.Module(), nn.BatchNorm1d(2, affine=False)
    whole.count = nn.Parameter(torch.zeros(2, dtype=torch.int32), requires_grad=False)
    mixed.weight = nn.Parameter(torch.zeros(2, 2, dtype=torch.int8), requires_grad=False)
    replica.tensor = torch.zeros(2, dtype=torch.float16)
    replica.inner = nn.Module()
    buffers.double()
    return [
        [str(dtype(module)) for module in (nn.Linear(2, 2).half(), whole, mixed, replica, buffers)],
        [str(device(module)) for module in (nn.Linear(2, 2), nn.Linear(2, 2, device="meta"), replica)],
        dtype(nn.Module()),
        error_of(lambda: device(nn.Module()), StopIteration),
    ]


@case("no_init_weights _init_weights", "4.49.0")
def initialization(get: Get, compiled: Any) -> Any:
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(n_embd=8, n_layer=1, n_head=2, vocab_size=7, n_positions=8)
    no_init_weights = get("no_init_weights")

    def facts() -> list[Any]:
        ones = torch.ones(3)
        torch.nn.init.normal_(ones)
        marked = GPT2LMHeadModel(config)
        marked.transformer.h[0].ln_1.weight.data.fill_(5.0)
        marked.init_weights()
        return [
            get("_init_weights"),
            bool((ones == 1).all()),
            float(marked.transformer.h[0].ln_1.weight.data[0]),
            marked.lm_head.weight is marked.transformer.wte.weight,
        ]

    answers = [facts()[:2]]
    before = torch.nn.init.normal_, torch.nn.init.kaiming_uniform_
    with no_init_weights():
        inside = facts()
        with no_init_weights(_enable=False):
            nested = facts()[:2]
    answers += [inside, nested, facts()[:2]]
    with no_init_weights(_enable=True):
        answers.append(facts()[:2])
    with no_init_weights(_enable=False):
        answers.append(facts()[:2])
    with contextlib.suppress(KeyError), no_init_weights():
        raise KeyError
    answers.append([facts()[:2], before == (torch.nn.init.normal_, torch.nn.init.kaiming_uniform_)])
    return answers


@case("find_pruneable_heads_and_indices prune_layer prune_conv1d_layer", "4.57.6")
def pruning(get: Get, compiled: Any) -> Any:
    from transformers.pytorch_utils import Conv1D

    find, prune, prune_conv = (
        get(n) for n in ("find_pruneable_heads_and_indices", "prune_layer", "prune_conv1d_layer")
    )
    found = []
    for heads, count, size, gone in (([1], 4, 3, set()), ([0, 2], 3, 2, {1}), ({3}, 3, 2, {0, 3}), ([], 2, 2, set())):
        left, index = find(heads, count, size, gone)
        found.append([sorted(left), plain(index), str(index.dtype)])
    conv, linear, index = filled(Conv1D(6, 4)), filled(nn.Linear(4, 6)), torch.tensor([0, 2, 3])

    def shown(layer: Any) -> Any:
        return [type(layer).__name__, plain(layer.weight), plain(layer.bias), layer.weight.requires_grad]

    layers = [prune(conv, index), prune(conv, index, 0), prune(linear, index), prune(linear, index, dim=1)]
    layers += [prune_conv(conv, index), prune_conv(conv, index, dim=0)]
    return [found, [shown(layer) for layer in layers], error_of(lambda: prune(nn.Identity(), index), ValueError)]


@case("Conv1D apply_chunking_to_forward prune_linear_layer", "4.53.3", traced=True)
def moved_layers(get: Get, compiled: Any) -> Any:
    conv, chunked = filled(get("Conv1D")(6, 4)), get("apply_chunking_to_forward")

    class Layer(nn.Module):
        def forward(self, states):
            return chunked(self.part, 2, 1, states)

        def part(self, states):
            return conv(states.contiguous()).cumsum(dim=1)

    call = compiled(Layer())
    pruned = get("prune_linear_layer")(filled(nn.Linear(4, 6)), torch.tensor([1, 4]))
    return [plain(compiled(conv)(wave(2, 3, 4))), plain(call(wave(2, 4, 4))), plain(pruned.weight), plain(pruned.bias)]


@case("load_sharded_checkpoint", "4.57.6")
def sharded(get: Get, compiled: Any) -> Any:
    from safetensors.torch import save_file

    model = filled(nn.Linear(3, 2))
    with tempfile.TemporaryDirectory() as folder:
        shards = {"weight": "model-00001-of-00002.safetensors", "bias": "model-00002-of-00002.safetensors"}
        for name, file in shards.items():
            save_file({name: getattr(model, name).data.contiguous()}, f"{folder}/{file}", metadata={"format": "pt"})
        with open(f"{folder}/model.safetensors.index.json", "w") as file:
            json.dump({"metadata": {}, "weight_map": shards}, file)
        other = nn.Linear(3, 2)
        get("load_sharded_checkpoint")(other, folder)
        return [plain(other.weight), plain(other.bias)]


# -------------------------------------------------------------------------------- utilities


@case("is_remote_url download_url", "4.57.6")
def downloads(get: Get, compiled: Any) -> Any:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/there" else 404)
            self.end_headers()
            if self.path == "/there":
                self.wfile.write(b"weights" * 1000)

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    try:
        with warnings.catch_warnings(), _offline(True):
            warnings.simplefilter("ignore")
            offline = error_of(lambda: get("download_url")(f"{address}/there"), OSError)
        with warnings.catch_warnings(record=True) as caught, _offline(False):
            warnings.simplefilter("always")
            path = get("download_url")(f"{address}/there")
        with open(path, "rb") as file:
            content = file.read()
        os.unlink(path)
        with warnings.catch_warnings(), _offline(False):
            warnings.simplefilter("ignore")
            missing = error_of(lambda: get("download_url")(f"{address}/missing"), OSError)
    finally:
        server.shutdown()
        server.server_close()
    urls = ("http://a", "https://a/b", "ftp://a", "/a/b", "a", "httpx://a", "", "C:\\x")
    return [
        len(content), content[:7].decode(), missing, offline,
        sorted({w.category.__name__ for w in caught if w.category is FutureWarning}),
        [get("is_remote_url")(url) for url in urls],
    ]  # fmt: skip


@contextlib.contextmanager
def _offline(wanted: bool) -> Any:
    from huggingface_hub import constants
    from huggingface_hub.utils import _http

    before, forget = constants.HF_HUB_OFFLINE, getattr(_http, "reset_sessions", lambda: None)
    constants.HF_HUB_OFFLINE = wanted
    forget()
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before
        forget()


@case("TRANSFORMERS_CACHE PYTORCH_TRANSFORMERS_CACHE PYTORCH_PRETRAINED_BERT_CACHE", "4.57.6")
def cache_folders(get: Get, compiled: Any) -> Any:
    names = ("TRANSFORMERS_CACHE", "PYTORCH_TRANSFORMERS_CACHE", "PYTORCH_PRETRAINED_BERT_CACHE")
    script = f"import hfcompat; hfcompat.apply(); from transformers.utils import {', '.join(names)}\n" + (
        f"print([{', '.join(names)}])"
    )
    answers = []
    for variables in (
        {"HF_HUB_CACHE": "/hub", "PYTORCH_TRANSFORMERS_CACHE": "/middle"},
        {"TRANSFORMERS_CACHE": "/new", "PYTORCH_PRETRAINED_BERT_CACHE": "/old"},
    ):
        kept = {k: v for k, v in os.environ.items() if k not in (*names, "HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME")}
        run = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", script], env={**kept, **variables}, capture_output=True, text=True
        )
        assert run.returncode == 0, run.stderr
        answers.append(run.stdout.strip().splitlines()[-1])
    return answers


@case("TF_WEIGHTS_NAME TF2_WEIGHTS_NAME TF2_WEIGHTS_INDEX_NAME FLAX_WEIGHTS_NAME FLAX_WEIGHTS_INDEX_NAME", "4.57.6")
def weights_names(get: Get, compiled: Any) -> Any:
    names = ("TF_WEIGHTS_NAME", "TF2_WEIGHTS_NAME", "TF2_WEIGHTS_INDEX_NAME", "FLAX_WEIGHTS_NAME")
    return [get(name) for name in (*names, "FLAX_WEIGHTS_INDEX_NAME")]


@case("is_safetensors_available is_torch_fx_available is_torch_sdpa_available is_offline_mode", "4.57.6")
def availability(get: Get, compiled: Any) -> Any:
    names = ("is_safetensors_available", "is_torch_fx_available", "is_torch_sdpa_available", "is_offline_mode")
    return [bool(get(name)()) for name in names]


@case("EvaluationStrategy default_logdir", "4.57.6")
def small_moves(get: Get, compiled: Any) -> Any:
    strategy, directory = get("EvaluationStrategy"), get("default_logdir")()
    return [
        [strategy(name).value for name in ("no", "steps", "epoch")],
        [member.name for member in strategy],
        error_of(lambda: strategy("sometimes"), ValueError),
        directory.split(os.sep)[0],
        len(directory.split(os.sep)[1].split("_")) >= 3,
    ]


# -------------------------------------------------------------------------------- auto classes


@case("AutoModelWithLMHead MODEL_WITH_LM_HEAD_MAPPING MODEL_WITH_LM_HEAD_MAPPING_NAMES", "4.57.6")
def lm_head(get: Get, compiled: Any) -> Any:
    from transformers import BertConfig, GPT2Config, T5Config, ViTConfig
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

    Auto, mapping, names = (get(name) for name in lm_head_names)
    tiny = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "vocab_size": 13}
    configs = (
        BertConfig(**tiny, intermediate_size=8),
        GPT2Config(**tiny, n_positions=8),
        T5Config(d_model=8, num_layers=1, num_heads=2, d_kv=4, d_ff=8, vocab_size=13),
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        made = [Auto.from_config(config) for config in configs]
        with tempfile.TemporaryDirectory() as folder:
            made[0].save_pretrained(folder)
            loaded = Auto.from_pretrained(folder)
    same = bool((loaded.cls.predictions.bias == made[0].cls.predictions.bias).all())
    return {
        "classes": [type(model).__name__ for model in made],
        "loaded": [type(loaded).__name__, same],
        "warned": any(w.category is FutureWarning for w in caught),
        "bad": error_of(lambda: Auto.from_config(ViTConfig()), ValueError),
        "mapping": [mapping[type(config)].__name__ for config in configs],
        "names": {key: value for key, value in names.items() if key in CONFIG_MAPPING_NAMES},
    }


lm_head_names = ("AutoModelWithLMHead", "MODEL_WITH_LM_HEAD_MAPPING", "MODEL_WITH_LM_HEAD_MAPPING_NAMES")


@case("MODEL_FOR_VISION_2_SEQ_MAPPING_NAMES AutoModelForVision2Seq MODEL_FOR_VISION_2_SEQ_MAPPING", "4.57.6")
def vision_2_seq(get: Get, compiled: Any) -> Any:
    from transformers import GPT2Config, VisionEncoderDecoderConfig, ViTConfig

    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2}
    vit = ViTConfig(**sizes, intermediate_size=8, image_size=4, patch_size=2)
    config = VisionEncoderDecoderConfig.from_encoder_decoder_configs(vit, GPT2Config(**sizes, vocab_size=13))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = get("AutoModelForVision2Seq").from_config(config)
    mapping = get("MODEL_FOR_VISION_2_SEQ_MAPPING")
    names = dict(get("MODEL_FOR_VISION_2_SEQ_MAPPING_NAMES"))
    return {"class": type(model).__name__, "mapping": mapping[type(config)].__name__, "names": names}


@case("TransfoXLConfig", "4.57.6")
def transfo_xl(get: Get, compiled: Any) -> Any:
    Config = get("TransfoXLConfig")
    fields = """
        vocab_size cutoffs tie_projs d_model d_embed d_head d_inner div_val pre_lnorm n_layer n_head mem_len same_length
        attn_type clamp_len sample_softmax adaptive dropout dropatt untie_r init init_range proj_init_std init_std
        layer_norm_epsilon eos_token_id hidden_size n_token num_attention_heads num_hidden_layers model_type
        max_position_embeddings keys_to_ignore_at_inference
    """.split()
    default, other = (
        Config(),
        Config(cutoffs=[2, 5], proj_share_all_but_first=False, d_model=16, n_layer=2, eos_token_id=3),
    )
    with tempfile.TemporaryDirectory() as folder:
        other.save_pretrained(folder)
        loaded = Config.from_pretrained(folder)
    other.hidden_size = 32
    return [
        [[name, getattr(config, name)] for name in fields for config in (default, other, loaded)],
        error_of(lambda: setattr(default, "max_position_embeddings", 3), NotImplementedError),
        other.d_model,
    ]


# -------------------------------------------------------------------------------- pipelines

_WORDS = """
    <pad> </s> [UNK] [CLS] [SEP] the cat sat on a mat while dogs ran in parks and birds sang who where
""".split()


def _tokenizer(bert: bool = False, **more: Any) -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    words = {word: index for index, word in enumerate(_WORDS)}
    core = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    core.pre_tokenizer = pre_tokenizers.Whitespace()
    if bert:
        core.post_processor = processors.BertProcessing(("[SEP]", 4), ("[CLS]", 3))
    else:
        core.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    special = {
        "pad_token": "<pad>",
        "eos_token": "</s>",
        "unk_token": "[UNK]",
        "cls_token": "[CLS]",
        "sep_token": "[SEP]",
    }
    return PreTrainedTokenizerFast(tokenizer_object=core, model_max_length=64, **special, **more)


def _t5(**generation: Any) -> Any:
    from transformers import T5Config, T5ForConditionalGeneration

    config = T5Config(
        vocab_size=len(_WORDS), d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2,
        decoder_start_token_id=0, pad_token_id=0, eos_token_id=1,
    )  # fmt: skip
    model = filled(T5ForConditionalGeneration(config), scale=1.5)
    model.generation_config.update(**generation)
    return model


def _pipeline_answers(Pipeline: Any, task: str) -> Any:
    tokenizer = _tokenizer()
    pipe = Pipeline(model=_t5(), tokenizer=tokenizer, task=task, device=-1)
    texts = ["the cat sat on a mat", "dogs ran"]
    short = {"max_new_tokens": 6}
    answers = {
        "one": pipe(texts[0], **short),
        "list": pipe(texts, **short),
        "batch": pipe(texts, batch_size=2, **short),
        "several": pipe(texts[0], num_return_sequences=2, **short),
        "several of list": pipe(texts, num_return_sequences=2, num_beams=3, **short),
        "greedy": pipe(texts[1], num_beams=1, max_length=5),
        "tensors": [
            {k: plain(v) for k, v in record.items()} for record in pipe(texts[1], return_tensors=True, **short)
        ],
        "text": pipe(texts[1], return_text=True, truncation=True, **short),
    }
    answers["at birth"] = Pipeline(model=_t5(), tokenizer=tokenizer, task=task, max_new_tokens=4, num_beams=1)(texts)
    answers["bad"] = error_of(lambda: pipe(3, **short), TypeError, ValueError)
    return answers


@case("Text2TextGenerationPipeline", "4.57.6")
def text2text(get: Get, compiled: Any) -> Any:
    Pipeline = get("Text2TextGenerationPipeline")
    answers = _pipeline_answers(Pipeline, "text2text-generation")
    pipe = Pipeline(model=_t5(), tokenizer=_tokenizer(), task="text2text-generation")
    answers["default length"] = len(pipe("dogs ran", min_new_tokens=200)[0]["generated_text"].split())
    # The pipeline's defaults go before the model's.
    own = Pipeline(model=_t5(max_new_tokens=3, num_beams=2), tokenizer=_tokenizer(), task="text2text-generation")
    answers["own length"] = own("the cat sat on a mat")
    answers["stop"] = pipe("the cat", max_new_tokens=8, stop_sequence="mat")
    return answers


@case("SummarizationPipeline", "4.57.6")
def summarization(get: Get, compiled: Any) -> Any:
    return _pipeline_answers(get("SummarizationPipeline"), "summarization")


@case("TranslationPipeline", "4.57.6")
def translation(get: Get, compiled: Any) -> Any:
    Pipeline = get("TranslationPipeline")
    answers = _pipeline_answers(Pipeline, "translation_en_to_fr")
    tokenizer, asked = _tokenizer(), []

    def build(text: Any, **options: Any) -> Any:
        asked.append([options["src_lang"], options["tgt_lang"], options["return_tensors"]])
        inputs = tokenizer(text, return_tensors="pt")
        inputs.pop("token_type_ids", None)
        return {**inputs, "forced_bos_token_id": 5}

    tokenizer._build_translation_inputs = build
    pipe = Pipeline(model=_t5(), tokenizer=tokenizer, task="translation_en_to_fr")
    answers["languages"] = [
        pipe("the cat", max_new_tokens=4),
        pipe("the cat", max_new_tokens=4, src_lang="de", tgt_lang="it"),
        asked,
    ]
    return answers


@case("QuestionAnsweringPipeline", "4.57.6")
def question_answering(get: Get, compiled: Any) -> Any:
    from transformers import BertConfig, BertForQuestionAnswering

    Pipeline = get("QuestionAnsweringPipeline")
    config = BertConfig(
        vocab_size=len(_WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=64,
    )  # fmt: skip
    model = filled(BertForQuestionAnswering(config), scale=2.0)
    random = torch.Generator().manual_seed(0)  # scores far apart: their order must not depend on the machine
    for _, weight in sorted(model.named_parameters()):
        weight.data = 0.7 * torch.randn(weight.shape, generator=random)
    context = "the cat sat on a mat while dogs ran in parks and birds sang"
    question = "who sat"
    answers: dict[str, Any] = {}
    for side in ("right", "left"):
        tokenizer = _tokenizer(
            bert=True, padding_side=side, model_input_names=["input_ids", "token_type_ids", "attention_mask"]
        )
        pipe = Pipeline(model=model, tokenizer=tokenizer, task="question-answering")
        answers[side] = {
            "one": pipe(question=question, context=context),
            "top": pipe(question=question, context=context, top_k=4),
            "words": pipe(question=question, context=context, top_k=3, align_to_words=False),
            "long": pipe(question=question, context=f"{context} {context}", max_seq_len=16, doc_stride=4, top_k=3),
            "short answer": pipe(question=question, context=context, max_answer_len=1),
            "none": pipe(question=question, context=context, handle_impossible_answer=True, top_k=5),
            "several": pipe(question=[question, "where"], context=context),
            "pairs": pipe(question=[question, "where"], context=[context, "birds sang in parks"]),
            "padded": pipe(question=question, context="dogs ran", padding="max_length", max_seq_len=20),
        }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        answers["dict"] = pipe({"question": question, "context": context})
        answers["dicts"] = pipe([{"question": question, "context": context}, {"question": "where", "context": context}])
    answers["bad"] = [
        error_of(lambda: pipe(question="", context=context), ValueError),
        error_of(lambda: pipe(question=question, context=None), ValueError),
        error_of(lambda: pipe(question=question), ValueError),
        error_of(lambda: pipe(question=[question], context=[context, context]), ValueError),
        error_of(lambda: pipe(question=question, context=context, top_k=0), ValueError),
        error_of(lambda: pipe(question=question, context=context, max_seq_len=8, doc_stride=9), ValueError),
    ]
    return answers


@case("ImageToTextPipeline", "4.57.6", needs="PIL")
def image_to_text(get: Get, compiled: Any) -> Any:
    from PIL import Image
    from transformers import BatchFeature, GPT2Config, VisionEncoderDecoderConfig, VisionEncoderDecoderModel, ViTConfig

    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2}
    vit = ViTConfig(**sizes, intermediate_size=8, image_size=4, patch_size=2)
    gpt2 = GPT2Config(**sizes, vocab_size=len(_WORDS), bos_token_id=5, eos_token_id=1)
    config = VisionEncoderDecoderConfig.from_encoder_decoder_configs(vit, gpt2)
    config.decoder_start_token_id, config.pad_token_id, config.eos_token_id = 5, 0, 1
    model = filled(VisionEncoderDecoderModel(config), scale=2.0)
    model.generation_config.update(decoder_start_token_id=5, pad_token_id=0, eos_token_id=1)

    def processor(images: Any, return_tensors: str) -> Any:
        return BatchFeature({"pixel_values": wave(1, 3, 4, 4, shift=float(images.size[0]))})

    pipe = get("ImageToTextPipeline")(
        model=model, tokenizer=_tokenizer(), image_processor=processor, task="image-to-text"
    )
    images = [Image.new("RGB", (size, 4)) for size in (4, 7)]
    return {
        "one": pipe(images[0], max_new_tokens=5),
        "list": pipe(images, max_new_tokens=5),
        "kwargs": pipe(images[1], generate_kwargs={"max_new_tokens": 3, "num_beams": 2}),
        "bad": [
            error_of(lambda: pipe(None), ValueError),
            error_of(lambda: pipe(images[0], prompt="the"), ValueError),
            error_of(lambda: pipe(images[0], max_new_tokens=2, generate_kwargs={"max_new_tokens": 2}), ValueError),
        ],
    }
