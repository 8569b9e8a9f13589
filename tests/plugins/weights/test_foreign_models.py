"""Foreign models, loaded: the numbers of 4.x, whatever they compute, tie or initialise by themselves."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import foreign_cases as cases
import pytest
import torch
from foreign_cases import CASES, Case
from packaging.version import Version
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import LlamaConfig, LlamaForCausalLM, __version__
from weights_cases import IDS

import hfcompat

HERE = Path(__file__).parent
ANSWERS = {
    name: answer
    for minor in ("4.49", "4.57")
    for name, answer in json.loads((HERE / f"answers-{minor}.json").read_text())["answers"].items()
}
RUNTIME = Version(__version__)
since_v5 = pytest.mark.skipif(RUNTIME.major < 5, reason=f"the meta device takes buffers since 5.0; this is {RUNTIME}")


@pytest.fixture(autouse=True, scope="module")
def applied() -> Iterator[None]:
    with hfcompat.applied():
        yield


@contextmanager
def without_hfcompat() -> Iterator[None]:
    hfcompat.revert()
    try:
        yield
    finally:
        hfcompat.apply()


def is_right(model: nn.Module, answer: dict[str, Any]) -> None:
    assert cases.answer(model) == pytest.approx(answer["logits"], abs=3e-3)
    assert cases.frozen(model) == answer["frozen"]
    assert cases.shared(model) == answer["shared"]


@pytest.mark.parametrize("name", CASES)
def test_loaded_they_answer_as_they_did(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    if case.recorded == "4.57" and Version("4.57.0.dev0") > RUNTIME:
        pytest.skip(f"4.57 was the first to do this; this is {RUNTIME}")
    with case.around():
        model = cases.loaded(case, cases.checkpoint(case, tmp_path / "old"))
        is_right(model, ANSWERS[name])
        assert not [tensor for tensor in (*model.parameters(), *model.buffers()) if tensor.is_meta]


def test_compiled_they_answer_the_same(tmp_path: Path) -> None:
    model = cases.loaded(CASES["computes"], cases.checkpoint(CASES["computes"], tmp_path / "old"))
    torch._dynamo.reset()
    with torch.no_grad():
        compiled = torch.compile(model, backend="eager", fullgraph=True)(IDS)
    assert cases.digest(compiled) == pytest.approx(ANSWERS["computes"]["logits"], abs=3e-3)


@pytest.mark.parametrize("name", [name for name in CASES if "nested" not in name and "missing" not in name])
def test_saved_and_loaded_again_they_answer_the_same(name: str, tmp_path: Path) -> None:
    if name == "unlisted" and RUNTIME.major < 5:
        pytest.skip(f"4.x saves nothing that is shared and not listed; this is {RUNTIME}")
    case = CASES[name]
    with case.around():
        model = cases.loaded(case, cases.checkpoint(case, tmp_path / "old"))
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(1.25)
        before = cases.answer(copy.deepcopy(model))
        model.save_pretrained(tmp_path / "new")
        again, info = case.cls.from_pretrained(tmp_path / "new", output_loading_info=True, **case.load)
    assert cases.answer(again) == pytest.approx(before, abs=3e-3)
    assert cases.shared(again) == cases.shared(model)
    assert not info["missing_keys"]
    assert not info["unexpected_keys"]


@pytest.mark.skipif(Version("4.51.0.dev0") > RUNTIME, reason=f"4.50 gives it a random head; this is {RUNTIME}")
@pytest.mark.parametrize("lacks", ["lm_head.weight", "wte.weight"])
def test_what_a_class_shares_when_it_is_built_is_shared_when_it_is_loaded(lacks: str, tmp_path: Path) -> None:
    name = "listed" if lacks == "lm_head.weight" else "listed, head only"
    model = cases.loaded(Case(cases.Shares), cases.checkpoint(Case(cases.Shares, (lacks,)), tmp_path / "old"))
    is_right(model, ANSWERS[name])


@pytest.mark.parametrize(
    "cls", [cases.Listed, cases.Unlisted, cases.Overrides, cases.Shares, cases.TwoHalves, cases.BertHead]
)
def test_built_from_a_config_they_are_tied(cls: Any) -> None:
    model = cls(cases.ForeignConfig())
    names = {"TwoHalves": "two halves", "BertHead": "native head"}
    assert cases.shared(model) == ANSWERS[names.get(cls.__name__, "listed")]["shared"]


@pytest.mark.parametrize("cls", [cases.Listed, cases.Overrides, cases.TwoHalves])
def test_resized_they_stay_tied(cls: Any, tmp_path: Path) -> None:
    model = cls(cases.ForeignConfig(vocab_size=cases.VOCAB))
    before = cases.shared(model)
    model.resize_token_embeddings(13)
    assert cases.shared(model) == before
    assert model(IDS).shape == (1, 5, 13)


@pytest.mark.parametrize("cls", [cases.Listed, cases.Overrides, cases.TwoHalves])
def test_untied_by_hand_tie_weights_ties_them_again(cls: Any) -> None:
    model = cls(cases.ForeignConfig())
    before = cases.shared(model)
    model.lm_head.weight = nn.Parameter(torch.zeros(cases.VOCAB, cases.WIDTH))
    model.tie_weights()
    assert cases.shared(model) == before


def test_what_is_missing_is_initialised_by_the_class(tmp_path: Path) -> None:
    """Of a block in which one bias is missing the rest stays; the bias gets what `_init_weights` gives."""
    case = CASES["scaled, parts missing"]
    model = cases.loaded(case, cases.checkpoint(case, tmp_path / "old"))
    assert torch.equal(model.h[1].c_fc.bias, torch.full((cases.WIDTH,), 9.0))
    assert torch.equal(model.score.bias, torch.full((2,), 9.0))
    assert model.h[0].masked_bias == -1e4
    assert float(model.score.weight.detach().std()) > 1  # the class says 7


def test_a_projection_that_is_missing_is_initialised_from_above(tmp_path: Path) -> None:
    case = Case(cases.Scaled, ("h.1.c_proj.weight",))
    model = cases.loaded(case, cases.checkpoint(case, tmp_path / "old"))
    assert torch.equal(model.h[1].c_proj.weight, torch.full((cases.WIDTH, cases.WIDTH), 5.0))
    assert float(model.h[0].c_proj.weight.detach().std()) < 1


class FillsLater(cases.Foreign):
    """Written for 5.x: its buffer is empty until `_init_weights` fills it."""

    _tied_weights_keys: Any = {}  # noqa: RUF012

    def __init__(self, config: cases.ForeignConfig) -> None:
        super().__init__(config)
        self.mix = nn.Linear(2, 2)
        self.register_buffer("table", torch.empty(4), persistent=False)
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        if isinstance(module, FillsLater):
            with torch.no_grad():
                module.table.copy_(torch.arange(4.0))


@since_v5
def test_buffers_that_init_weights_fills_are_filled(tmp_path: Path) -> None:
    model = cases.loaded(Case(FillsLater), cases.checkpoint(Case(FillsLater), tmp_path / "old"))
    assert model.table.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("cls", [cases.Experts, cases.ExpertsAndHead])
def test_a_checkpoint_of_the_body_alone_is_loaded_into_the_whole(cls: Any, tmp_path: Path) -> None:
    body = cases.loaded(Case(cases.Experts), cases.checkpoint(Case(cases.Experts), tmp_path / "old"))
    model, info = cls.from_pretrained(tmp_path / "old", output_loading_info=True)
    assert set(info["missing_keys"]) == {name for name in model.state_dict() if name.startswith("lm_head.")}
    assert not info["unexpected_keys"]
    loaded = getattr(model, "model", model).state_dict()
    assert all(torch.equal(tensor, loaded[name]) for name, tensor in body.state_dict().items())


class Untied(cases.Listed):
    """Written for 5.x: says that nothing is tied."""

    _tied_weights_keys: Any = {}  # noqa: RUF012


class Mapped(cases.Listed):
    """Written for 5.x: says what is tied, where the config says that it is."""

    _tied_weights_keys: Any = {"lm_head.weight": "wte.weight"}  # noqa: RUF012


@since_v5
def test_a_class_that_declares_a_mapping_is_taken_at_its_word() -> None:
    assert cases.shared(Untied(cases.ForeignConfig(tie_word_embeddings=True))) == []
    assert cases.shared(Mapped(cases.ForeignConfig(tie_word_embeddings=True))) == [["lm_head.weight", "wte.weight"]]
    with without_hfcompat():
        stock = cases.shared(Mapped(cases.ForeignConfig()))
    assert cases.shared(Mapped(cases.ForeignConfig())) == stock


@since_v5
def test_a_head_that_was_trained_apart_is_kept(tmp_path: Path) -> None:
    """A class that declares nothing, written for 5.x: no silence is tied there, and the checkpoint has two weights."""
    case = Case(cases.Unlisted, config={"tie_word_embeddings": False})
    folder = cases.checkpoint(case, tmp_path / "old")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({k: v for k, v in config.items() if k != "tie_word_embeddings"}))
    model = case.cls.from_pretrained(folder)
    assert torch.equal(model.lm_head.weight, load_file(folder / "model.safetensors")["lm_head.weight"])
    assert not torch.equal(model.lm_head.weight, model.wte.weight)
    model.resize_token_embeddings(13)
    assert cases.shared(model) == cases.shared(copy.deepcopy(model)) == []


def test_a_shared_weight_of_another_size_is_initialised_by_the_class(tmp_path: Path) -> None:
    folder = cases.checkpoint(CASES["listed"], tmp_path / "old")
    save_file({"wte.weight": torch.zeros(13, cases.WIDTH)}, folder / "model.safetensors", metadata={"format": "pt"})
    torch.use_deterministic_algorithms(True)  # what nobody initialises is nan
    try:
        model = cases.Listed.from_pretrained(folder, ignore_mismatched_sizes=True)
    finally:
        torch.use_deterministic_algorithms(False)
    assert cases.shared(model) == ANSWERS["listed"]["shared"]
    assert 5 < float(model.wte.weight.detach().std()) < 9  # the class says 7


@since_v5
def test_without_hfcompat_the_numbers_are_others(tmp_path: Path) -> None:
    """Silent: nothing raises, and the head is random."""
    for name in ("listed", "two halves", "mirror", "native head"):
        folder = cases.checkpoint(CASES[name], tmp_path / name)
        with without_hfcompat():
            model = cases.loaded(CASES[name], folder)
        assert cases.answer(model) != pytest.approx(ANSWERS[name]["logits"], abs=3e-3), name


def test_a_native_model_is_built_and_loaded_as_without_us(tmp_path: Path) -> None:
    LlamaForCausalLM(LlamaConfig(**cases.LLAMA)).save_pretrained(tmp_path)

    def state() -> dict[str, Any]:
        torch.manual_seed(0)
        model = LlamaForCausalLM.from_pretrained(tmp_path)
        tensors = {**dict(model.named_parameters()), **dict(model.named_buffers())}
        return {name: (tensor.tolist(), tensor.dtype, tensor.requires_grad) for name, tensor in tensors.items()}

    with_us = state()
    with without_hfcompat():
        assert state() == with_us
