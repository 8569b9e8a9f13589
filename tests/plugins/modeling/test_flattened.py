"""`model.text_model` and `model.vision_model`, where the wrapper was flattened away."""

import json
from pathlib import Path

import modeling_cases as cases
import pytest
import torch
from packaging.version import Version
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel, __version__

import hfcompat

ANSWERS = json.loads(Path(__file__).with_name("answers.json").read_text())["answers"]
RUNTIME = Version(__version__)
needs_flattened = pytest.mark.skipif(
    Version("5.6.0.dev0") > RUNTIME, reason=f"the wrappers were flattened in 5.6; this is {RUNTIME}"
)


@pytest.fixture(autouse=True)
def applied():
    with hfcompat.applied() as report:
        yield report


@pytest.mark.parametrize(("family", "cls", "config", "name"), cases.FLATTENED, ids=lambda value: value)
def test_reaching_through_gives_what_it_gave(family: str, cls: str, config: str, name: str) -> None:
    try:
        model = cases.flattened(family, cls, config)
    except ModuleNotFoundError:
        pytest.skip(f"transformers {RUNTIME} does not have {family} yet")

    def norm(hidden: torch.Tensor) -> torch.Tensor:
        return getattr(model, name).encoder.layers[-1].layer_norm1(hidden)

    with torch.no_grad():
        reached = cases.reach_through(model, name, *cases.inputs(cls))
        torch._dynamo.reset()
        compiled = torch.compile(norm, backend="eager", fullgraph=True)(reached)
    assert cases.digest(reached) == pytest.approx(ANSWERS[f"{cls}.{name}"], abs=2e-3)
    assert torch.equal(compiled, norm(reached))


@needs_flattened
def test_it_is_the_model_and_no_submodule_of_it() -> None:
    model = cases.flattened("clip", "CLIPTextModel", "CLIPTextConfig")
    names = [name for name, _ in model.named_modules()]
    assert model.text_model is model
    assert not [name for name in [*names, *model.state_dict()] if name.startswith("text_model")]
    assert model.base_model is model


class Own(CLIPTextModel):
    """A subclass that has something else under this name."""

    def __init__(self, config: CLIPTextConfig) -> None:
        super().__init__(config)
        self.text_model = nn.Linear(2, 3)
        self.vision_model = "a name"


@needs_flattened
def test_what_a_subclass_assigns_stays_its_own() -> None:
    model = Own(CLIPTextConfig(vocab_size=8, hidden_size=4, num_hidden_layers=1, num_attention_heads=1))
    assert isinstance(model.text_model, nn.Linear)
    assert "text_model.weight" in model.state_dict()
    model.text_model = None
    assert model.text_model is None
    assert model.vision_model == "a name"


@needs_flattened
def test_gone_after_revert() -> None:
    model = cases.flattened("clip", "CLIPTextModel", "CLIPTextConfig")
    hfcompat.revert()
    with pytest.raises(AttributeError, match="text_model"):
        _ = model.text_model
