"""ROPE_INIT_FUNCTIONS of 4.x, for code of 4.x: what it was."""

from __future__ import annotations

import copy
import pickle

import pytest
import torch
from packaging.version import Version

import hfcompat
from hfcompat.environment import Environment

RUNTIME = Environment().transformers
pytestmark = pytest.mark.skipif(Version("5.0.0.dev0") <= RUNTIME, reason="5.x has functions of kinds of layers itself")


@pytest.fixture(autouse=True)
def _applied():
    with hfcompat.applied():
        yield


def test_the_table_of_rope_functions_is_a_dict():
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS as functions

    assert isinstance(functions, dict)
    assert [*reversed(functions)] == [*functions][::-1]
    copies = [functions.copy(), copy.copy(functions), copy.deepcopy(functions), pickle.loads(pickle.dumps(functions))]
    assert all(one.keys() == functions.keys() and "more" not in one for one in copies)
    assert (functions | {"more": 1}).keys() == ({"more": 1} | functions).keys() == {*functions, "more"}
    copies[0]["more"] = 1
    assert "more" not in functions
    functions |= {"more": len}
    assert functions.pop("more") is len
    assert repr(functions).startswith("{'default': <function")


@pytest.mark.skipif(Version("4.54.0.dev0") <= RUNTIME, reason="up to 4.53 they needed no configuration")
def test_rope_functions_that_need_no_configuration():
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    frequencies, _ = ROPE_INIT_FUNCTIONS["linear"](device="cpu", base=100.0, dim=4, factor=2.0)
    assert torch.allclose(frequencies, torch.tensor([0.5, 0.05]))
