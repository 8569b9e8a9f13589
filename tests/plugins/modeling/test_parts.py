"""`model.language_model` and kin of models for images and text, and the masks that old models make when compiled."""

import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import torch
import transformers
from hfcompat_plugins.modeling import PARTS
from packaging.version import Version
from torch import nn
from transformers import CLIPVisionConfig, LlamaConfig, LlavaConfig, LlavaForConditionalGeneration
from transformers.modeling_attn_mask_utils import _prepare_4d_causal_attention_mask

import hfcompat

RUNTIME = Version(transformers.__version__)
since_v5 = pytest.mark.skipif(RUNTIME.major < 5, reason=f"the parts moved in 5.0; this is {RUNTIME}")
SMALL = {"hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 1, "num_attention_heads": 2}


def config() -> LlavaConfig:
    return LlavaConfig(
        vision_config=CLIPVisionConfig(**SMALL, image_size=8, patch_size=4),
        text_config=LlamaConfig(**SMALL, vocab_size=11, pad_token_id=0),
        image_token_id=3,
        vision_feature_layer=-1,
    )


@pytest.fixture
def applied() -> Iterator[None]:
    with hfcompat.applied():
        yield


@pytest.fixture(scope="class")
def applied_once() -> Iterator[None]:
    with hfcompat.applied():
        yield


@since_v5
def test_the_parts_are_those_of_the_body(applied: None) -> None:
    model = LlavaForConditionalGeneration(config())
    names = [name for name, _ in model.named_modules()]
    for name in ("language_model", "vision_tower", "multi_modal_projector"):
        assert getattr(model, name) is getattr(model.model, name)
    ids = torch.tensor([[5, 6, 7]])
    with torch.no_grad():
        hidden = model.language_model(input_ids=ids)[0]
        compiled = torch.compile(lambda ids: model.language_model(input_ids=ids)[0], backend="eager", fullgraph=True)
        assert torch.equal(model.lm_head(hidden), model(input_ids=ids).logits)
        assert torch.equal(compiled(ids), hidden)
    assert not [name for name in names if name.startswith(("language_model", "vision_tower"))]


@since_v5
@pytest.mark.usefixtures("applied_once")
class TestRows:
    @pytest.mark.parametrize("row", PARTS, ids=lambda row: row.id)
    def test_every_row(self, row: Any) -> None:
        module, _, path = row.target.partition(":")
        name, _, part = path.partition(".")
        try:
            cls = getattr(__import__(module, fromlist=[name]), name)
        except ImportError as error:  # torchvision, timm: what the family itself needs
            pytest.skip(f"{module} on {RUNTIME}: {error}")
        model, body = cls.__new__(cls), nn.Module()
        nn.Module.__init__(model)
        model.model = body
        body.add_module(part, nn.Linear(1, 1))
        assert getattr(model, part) is getattr(body, part)


@since_v5
def test_transformers_finds_and_exchanges_parts_as_without_us() -> None:
    def found() -> list[Any]:
        torch.manual_seed(0)
        model = LlavaForConditionalGeneration(config())
        parts = [model.get_decoder(), model.get_encoder(), model.get_input_embeddings()]
        names = {part: name for name, part in model.named_modules()}
        model.set_decoder(nn.Identity())
        if Version("5.1.0.dev0") <= RUNTIME:  # 5.0 knows no modality, not even those that it names
            model.set_encoder(nn.Identity(), modality="image")
        return [names[part] for part in parts] + [(name, type(part).__name__) for name, part in model.named_modules()]

    without = found()
    with hfcompat.applied():
        assert found() == without


class Own(LlavaForConditionalGeneration):
    """A subclass of the days in which the parts were the model's own."""

    def __init__(self, config: LlavaConfig) -> None:
        super().__init__(config)
        self.language_model = nn.Linear(2, 3)


@since_v5
def test_what_a_subclass_assigns_stays_its_own(applied: None) -> None:
    model = Own(config())
    assert isinstance(model.language_model, nn.Linear)
    assert model.vision_tower is model.model.vision_tower


@since_v5
def test_gone_after_revert() -> None:
    model = LlavaForConditionalGeneration(config())
    with hfcompat.applied():
        assert model.language_model is model.model.language_model
    with pytest.raises(AttributeError, match="language_model"):
        _ = model.language_model


def mask(states: torch.Tensor) -> torch.Tensor:
    return _prepare_4d_causal_attention_mask(None, (1, 3), states, past_key_values_length=1)


def test_masks_of_old_models_compile_in_one_graph(applied: None) -> None:
    states = torch.zeros(1, 3, 4)
    least = torch.finfo(states.dtype).min
    torch._dynamo.reset()
    compiled = torch.compile(mask, backend="eager", fullgraph=True)(states)
    assert compiled[0, 0].tolist() == [[0, 0, least, least], [0, 0, 0, least], [0, 0, 0, 0]]


def test_in_eager_mode_they_warn_as_without_us() -> None:
    def warned() -> list[tuple[str, str]]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            mask(torch.zeros(1, 3, 4))
        return [(str(one.message), one.filename) for one in caught if issubclass(one.category, FutureWarning)]

    without = warned()
    with hfcompat.applied():
        assert warned() == without
    assert bool(without) == (Version("5.3.0.dev0") <= RUNTIME)
