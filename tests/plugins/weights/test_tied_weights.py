"""Models whose class never calls `post_init()`: loaded, initialised and tied as on 4.57."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import torch
import weights_cases as cases
from packaging.version import Version
from transformers import LlamaConfig, LlamaForCausalLM, __version__
from weights_cases import IDS, LANGUAGE_MODELS, Bare, OldConfig, OldModel, digest

import hfcompat

ANSWERS = json.loads(Path(__file__).with_name("answers-4.57.json").read_text())["answers"]
RUNTIME = Version(__version__)
KEY = "weights:all-tied-weights-keys"
since_v5 = pytest.mark.skipif(RUNTIME.major < 5, reason=f"all_tied_weights_keys came with 5.0; this is {RUNTIME}")


@pytest.fixture
def applied():
    with hfcompat.applied() as report:
        yield report


@since_v5
@pytest.mark.parametrize("cls", LANGUAGE_MODELS.values(), ids=LANGUAGE_MODELS)
def test_without_hfcompat_they_cannot_be_loaded(cls: type[OldModel], tmp_path: Path) -> None:
    cases.checkpoint(cls, tmp_path)
    with pytest.raises(AttributeError, match="all_tied_weights_keys"):
        cls.from_pretrained(tmp_path)


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])
@pytest.mark.parametrize("name", LANGUAGE_MODELS)
def test_loaded_logits_are_those_of_4_57(name: str, tied: bool, tmp_path: Path) -> None:
    config = {} if tied else {"tie_word_embeddings": False}
    cases.checkpoint(LANGUAGE_MODELS[name], tmp_path, **config)
    model, info = LANGUAGE_MODELS[name].from_pretrained(tmp_path, output_loading_info=True)
    with torch.no_grad():
        logits = model(IDS)
        torch._dynamo.reset()
        compiled = torch.compile(model, backend="eager", fullgraph=True)(IDS)
    assert digest(logits) == pytest.approx(ANSWERS[f"{name} {'tied' if tied else 'untied'}"], abs=2e-3)
    assert torch.equal(compiled, logits)
    assert (model.lm_head.weight is model.wte.weight) == tied
    assert not info["missing_keys"]
    assert not info["unexpected_keys"]  # the class says what to ignore


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize("name", [name for name in LANGUAGE_MODELS if name != "Bare"])
def test_built_from_a_config_they_are_tied(name: str) -> None:
    model = LANGUAGE_MODELS[name](OldConfig())
    assert model.lm_head.weight is model.wte.weight


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize("name", [name for name in LANGUAGE_MODELS if name != "Undeclared"])  # 4.57 refuses to save it
def test_saved_and_loaded_again(name: str, tmp_path: Path) -> None:
    cases.checkpoint(LANGUAGE_MODELS[name], tmp_path / "a", tie_word_embeddings=True)
    model = LANGUAGE_MODELS[name].from_pretrained(tmp_path / "a")
    with torch.no_grad():
        model.wte.weight.mul_(2)
        logits = copy.deepcopy(model)(IDS)
        model.save_pretrained(tmp_path / "b")
        again = LANGUAGE_MODELS[name].from_pretrained(tmp_path / "b")(IDS)
    assert torch.equal(again, logits)


@pytest.mark.usefixtures("applied")
def test_still_tied_after_resizing(tmp_path: Path) -> None:
    cases.checkpoint(OldModel, tmp_path, tie_word_embeddings=True)
    model = OldModel.from_pretrained(tmp_path)
    model.resize_token_embeddings(13)
    assert model.lm_head.weight is model.wte.weight
    assert model(IDS).shape == (1, 5, 13)


class Parent(OldModel):
    """Calls `post_init()`, around a model that does not."""

    _tied_weights_keys: Any = None

    def __init__(self, config: OldConfig) -> None:
        super().__init__(config)
        self.inner = Bare(config)
        self.post_init()

    def complete(self) -> None:
        pass

    def get_output_embeddings(self) -> None:
        return None


@since_v5
def test_a_parent_that_calls_post_init_is_as_without_us() -> None:
    def tied() -> tuple[bool, dict[str, str]]:
        model = Parent(OldConfig(tie_word_embeddings=True))
        return model.inner.lm_head.weight is model.inner.wte.weight, model.all_tied_weights_keys

    without = tied()
    with hfcompat.applied():
        assert tied() == without == (False, {})


def test_a_model_of_transformers_is_as_without_us(tmp_path: Path) -> None:
    config = LlamaConfig(
        vocab_size=16,
        hidden_size=8,
        intermediate_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        tie_word_embeddings=True,
    )
    cases.fill(LlamaForCausalLM(config)).save_pretrained(tmp_path)

    def loaded() -> tuple[Any, Any, set[str]]:
        model = LlamaForCausalLM.from_pretrained(tmp_path)
        with torch.no_grad():
            return vars(model).get("all_tied_weights_keys"), digest(model(IDS).logits), set(vars(model))

    without = loaded()
    with hfcompat.applied():
        assert loaded() == without


def test_needed_since_5_0(applied: hfcompat.Report) -> None:
    import transformers.modeling_utils  # noqa: F401

    expected = hfcompat.Status.SKIPPED if RUNTIME.major < 5 else hfcompat.Status.INSTALLED
    assert hfcompat.report()[KEY].status is expected
