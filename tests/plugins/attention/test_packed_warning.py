"""Where the runtime does not tell packed sequences apart, it is said; everywhere else nothing is."""

from __future__ import annotations

import warnings
from importlib.metadata import version
from typing import Any

import pytest
import torch
import transformers
from packaging.version import Version

import hfcompat
from hfcompat.kernels import packed_mask

pytestmark = pytest.mark.skipif(
    Version(version("transformers")).release < (4, 53), reason="before 4.53 each model makes its mask itself"
)
IDS = torch.arange(3, 15)[None]
PACKED, ALONE = torch.tensor([[0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5, 6]]), torch.arange(12)[None]
ONES, ZEROS = torch.ones_like(IDS), torch.zeros_like(IDS)


@pytest.fixture
def model(monkeypatch):
    from hfcompat_plugins.attention import packing

    monkeypatch.setattr(packing, "_left", 16)
    config = transformers.LlamaConfig(
        vocab_size=32, hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, pad_token_id=0
    )
    torch.manual_seed(0)
    with hfcompat.applied():
        yield transformers.LlamaForCausalLM(config).eval()


def heard(call: Any) -> int:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        call()
    return sum("Positions begin again within a row" in str(w.message) for w in seen)


@pytest.mark.parametrize(
    "given",
    [{"attention_mask": ONES, "use_cache": False}, {"use_cache": True}, {"attention_mask": ONES, "use_cache": True}],
    ids=["mask", "cache", "both"],
)
def test_it_is_said_once(model: Any, given: dict[str, Any]) -> None:
    assert heard(lambda: model(IDS, position_ids=PACKED, **given)) == 1
    assert heard(lambda: model(IDS, position_ids=PACKED, **given)) == 0


@pytest.mark.parametrize(
    "given",
    [
        {"position_ids": PACKED, "use_cache": False},
        {"position_ids": PACKED, "attention_mask": packed_mask(PACKED)},
        {"position_ids": ALONE, "attention_mask": ONES},
        {"attention_mask": ONES},
        {"position_ids": torch.tensor([[1, 1, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8]]), "attention_mask": torch.tensor([[0] * 3 + [1] * 9])},
        {"position_ids": torch.tensor([[0, 1, 2, 3, 4, 5, 6, 7, 1, 1, 1, 1]]), "attention_mask": torch.tensor([[1] * 8 + [0] * 4])},
    ],
    ids=["the runtime sees it", "packed_mask", "one sequence", "no positions", "padding before", "padding behind"],
)  # fmt: skip
def test_nothing_is_said_where_nothing_is_wrong(model: Any, given: dict[str, Any]) -> None:
    assert heard(lambda: model(IDS, **given)) == 0


def test_generating_says_nothing(model: Any) -> None:
    mask = torch.cat([ZEROS[:, :3], ONES[:, :9]], 1)
    assert heard(lambda: model.generate(IDS, attention_mask=mask, max_new_tokens=4, do_sample=False)) == 0


def test_the_numbers_are_those_of_the_runtime_and_looking_ends(model: Any) -> None:
    from hfcompat_plugins.attention import packing

    with torch.no_grad():
        for positions in (ALONE, PACKED):
            mine = model(IDS, position_ids=positions, attention_mask=ONES).logits
            hfcompat.revert()
            assert torch.equal(mine, model(IDS, position_ids=positions, attention_mask=ONES).logits)
            hfcompat.apply()
        packing._left = 16
        for _ in range(20):
            model(IDS, position_ids=ALONE, attention_mask=ONES)
        assert packing._left == 0


def test_what_is_traced_is_not_looked_at(model: Any) -> None:
    torch._dynamo.reset()
    compiled = torch.compile(model, backend="eager", fullgraph=True)
    assert heard(lambda: compiled(IDS, position_ids=PACKED, attention_mask=ONES)) == 0
    from hfcompat_plugins.attention.packing import _look

    assert heard(lambda: _look(model.config, ONES.to("meta"), None, PACKED.to("meta"))) == 0
    looked = torch.func.vmap(lambda mask, positions: _look(model.config, mask, None, positions) or positions)
    assert heard(lambda: looked(ONES[None], PACKED[None])) == 0


def test_positions_of_three_dimensions_and_masks_by_kind_of_layer_pass(model: Any) -> None:
    from hfcompat_plugins.attention.packing import _look
    from transformers import masking_utils

    _look(model.config, ONES, object(), torch.stack([PACKED] * 3))
    _look(model.config, {"full_attention": ONES}, object(), PACKED)
    assert heard(lambda: _look(model.config, ONES, None, PACKED)) == 1
    assert masking_utils._preprocess_mask_arguments.__name__ == "_preprocess_mask_arguments"


PADS = Version("5.0.dev0") > Version(version("transformers")) or Version(version("transformers")) >= Version(
    "5.13.dev0"
)
"""A mask that is shorter than the text; versions of the matrix between, 5.0.0 to 5.12.1, raise RuntimeError."""


def test_a_mask_that_is_shorter_than_the_text(model: Any) -> None:
    """transformers pads it, or says that it does not fit; nothing is said here."""
    short = {"attention_mask": ONES[:, :7], "position_ids": PACKED, "use_cache": False}
    if PADS:
        with hfcompat.applied(disable="attention:packed-sequences"):
            expected = model(IDS, **short).logits
        assert heard(lambda: torch.testing.assert_close(model(IDS, **short).logits, expected, rtol=0, atol=0)) == 0
    else:
        with pytest.raises(RuntimeError, match="must match") as stock:
            model(IDS, **short)
        assert "packing" not in str(stock.traceback[-1].path)
    two = {"attention_mask": ONES, "position_ids": PACKED.expand(3, -1), "inputs_embeds": torch.ones(2, 12, 16)}
    with pytest.raises(RuntimeError) as ours:
        model(**{**two, "attention_mask": ONES.expand(2, -1)})
    assert "packing" not in str(ours.traceback[-1].path)
