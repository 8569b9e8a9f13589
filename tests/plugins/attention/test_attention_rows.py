"""The table of attention implementations: true to the runtime, and in the order in which "auto" goes through it."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import pytest
from hfcompat_plugins.attention import ATTENTION
from packaging.version import Version

from hfcompat.environment import Environment
from hfcompat.kernels.attention import rungs
from hfcompat.kernels.swap import Situation, Slot
from hfcompat.kernels.taking import all_swaps, forecast
from hfcompat.patch import as_range

RUNTIME = Version(version("transformers"))


def test_the_rows_are_well_declared_and_found() -> None:
    assert [row.problems() for row in ATTENTION] == [[]] * len(ATTENTION)
    assert all(row in all_swaps() for row in ATTENTION)
    assert [attempt.swap for attempt in forecast(Situation.here()) if attempt.slot is Slot.ATTENTION and attempt.taken] == ["sdpa", "eager"]  # fmt: skip


@pytest.mark.parametrize("name", sorted({row.id for row in ATTENTION} - {"eager"}))
def test_a_row_is_for_the_versions_that_know_the_name(name: str) -> None:
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    spans = [as_range(row.when["transformers"]) for row in ATTENTION if row.id == name]
    assert (name in ALL_ATTENTION_FUNCTIONS) == any(span.contains(RUNTIME, prereleases=True) for span in spans)


def place(transformers: str, device: str = "cuda", capability: Any = (9, 0), dtype: str = "bfloat16", **more: str) -> Situation:  # fmt: skip
    return Situation(
        Environment.of(transformers=transformers, torch="2.13.0", **more), "llama", device, capability, dtype
    )


ALL = {"flash_attn": "2.8.3", "flash_attn_3": "3.0.0b1", "flash_attn_4": "4.0.0b4"}


@pytest.mark.parametrize(
    ("where", "first", "why"),
    [
        (place("5.23.0", **ALL), "flash_attention_4", {}),
        (place("5.0.0", **ALL), "flash_attention_3", {"flash_attention_4": "needs transformers>=5.4.0.dev0; 5.0.0 is installed"}),
        (place("4.49.0", **ALL), "flash_attention_2", {"flash_attention_3": "needs transformers>=4.53.0.dev0; 4.49.0 is installed"}),
        (place("5.23.0", capability=(8, 0), **ALL), "flash_attention_3", {"flash_attention_4": "needs compute capability 9.0; this device has 8.0"}),
        (place("5.23.0", capability=(7, 5), **ALL), "sdpa", {"flash_attention_2": "needs compute capability 8.0; this device has 7.5"}),
        (place("5.23.0", flash_attn="2.8.3"), "flash_attention_2", {"flash_attention_3": "flash-attn-3 is not installed; run: pip install 'flash-attn-3>=3.0.0b1'"}),
        (place("5.23.0", flash_attn="2.2.0"), "sdpa", {"flash_attention_2": "needs flash-attn>=2.3.3; 2.2.0 is installed"}),
        (place("4.57.6", flash_attn="2.2.0"), "flash_attention_2", {}),
        (place("5.23.0", dtype="float32", **ALL), "sdpa", {"flash_attention_4": "needs float16 or bfloat16; the weights are float32"}),
        (place("5.23.0", "cpu", None, **ALL), "sdpa", {"flash_attention_2": "needs a cuda device; there is cpu alone", "flex_attention": "needs a cuda device; there is cpu alone"}),
    ],
)  # fmt: skip
def test_auto(where: Situation, first: str, why: dict[str, str]) -> None:
    names, refused = rungs("auto", where, ATTENTION)
    assert names[0] == first
    assert "sdpa" in names
    assert names[-1] == "eager"
    assert {attempt.swap: attempt.why for attempt in refused if attempt.swap in why} == why
    assert not {attempt.swap for attempt in refused} & set(names)


def test_auto_among_names_and_what_has_its_own_order() -> None:
    where = place("5.23.0", **ALL)
    assert rungs(["mine", "auto"], where, ATTENTION)[0][:3] == ["mine", "flash_attention_4", "flash_attention_3"]
    assert rungs(["eager"], where, ATTENTION) == (["eager", "sdpa"], [])
    assert rungs({"text_config": "flash_attention_2", "vision_config": "eager"}, where, ATTENTION)[0] == [
        {"text_config": "flash_attention_2", "vision_config": "eager"},
        {"text_config": "sdpa", "vision_config": "eager"},
        "sdpa",
        "eager",
    ]
    assert rungs(None, where, ATTENTION) == ([], [])
