"""A quantizer with the hooks of 4.55: the numbers of 4.53."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
import quantizer_cases as cases
import torch
from packaging.version import Version
from transformers import LlamaForCausalLM, __version__
from weights_cases import IDS, digest

import hfcompat

ANSWER = json.loads(Path(__file__).with_name("answers-4.53.json").read_text())["answers"]["quantized"]
RUNTIME = Version(__version__)


def test_quantized_while_it_is_loaded_it_answers_as_on_4_53(tmp_path: Path) -> None:
    with hfcompat.applied():
        assert cases.answers(tmp_path) == {**ANSWER, "logits": pytest.approx(ANSWER["logits"], abs=2e-3)}


def test_nothing_is_initialised_over_what_it_made(tmp_path: Path) -> None:
    with hfcompat.applied():
        model = cases.quantized(tmp_path)
        again = copy.deepcopy(model)
    assert not [name for name, tensor in model.state_dict().items() if tensor.is_meta]
    assert {float(tensor) for name, tensor in model.state_dict().items() if name.endswith("steps")} == {16.0}
    with torch.no_grad():
        assert digest(again(IDS).logits) == pytest.approx(ANSWER["logits"], abs=2e-3)


@pytest.mark.skipif(Version("4.56.0.dev0") > RUNTIME, reason=f"{RUNTIME} asks by the old names")
def test_a_quantizer_with_the_new_hooks_is_asked_by_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Both(cases.RoundingQuantizer):
        def update_dtype(self, dtype: torch.dtype) -> torch.dtype:
            return torch.float32

        def param_needs_quantization(self, model: object, param_name: str, **kwargs: object) -> bool:
            return False

    with hfcompat.applied():
        quantizer = Both(cases.RoundingConfig())
        monkeypatch.setitem(cases.auto.AUTO_QUANTIZER_MAPPING, cases.Method.ROUNDING, Both)
        made = cases.auto.AutoHfQuantizer.from_config(cases.RoundingConfig(), pre_quantized=False)
    assert vars(made).keys() == vars(quantizer).keys()
    assert made.update_dtype(torch.float16) is torch.float32
    assert made.param_needs_quantization(LlamaForCausalLM(cases.calls_cases.CONFIG), "lm_head.weight") is False
