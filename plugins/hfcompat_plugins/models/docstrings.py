"""What decorators of model classes were given up to transformers 4.51: texts, and names for the examples in them.

`X_START_DOCSTRING` and `X_INPUTS_DOCSTRING` are served under any name that ends so; the texts are ours.
"""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["configs"]

_START = """
    A PyTorch module, which saves, loads and resizes itself by the methods of `PreTrainedModel`.

    Args:
        config: the model's configuration. It says how the model is built; weights come from `from_pretrained`.
"""

_INPUTS = """
    Args:
        input_ids: tokens{0}, as a tokenizer numbers them.
        attention_mask: 1 for tokens, 0 for padding.
        output_attentions: whether the attention weights of every layer come back.
        output_hidden_states: whether the states behind every layer come back.
        return_dict: whether a `ModelOutput` comes back, or a tuple.
"""

_PARALLEL = """
    Spreads the model's layers over devices. Removed in transformers 5: load the model with a `device_map`.
"""

# These were formatted with a shape: `X_INPUTS_DOCSTRING.format("batch_size, sequence_length")`.
_SHAPED = frozenset(
    f"{family}_INPUTS_DOCSTRING"
    for family in (
        "ALBERT BERT BERT_GENERATION CAMEMBERT CANINE DISTILBERT ELECTRA GPTJ ROBERTA XLM XLM_ROBERTA XLNET XMOD"
    ).split()
)


def __getattr__(name: str) -> str:
    if name.endswith("_START_DOCSTRING"):
        return _START
    if name in _SHAPED:
        return _INPUTS_OF_A_SHAPE
    if name.endswith("_INPUTS_DOCSTRING"):
        return _INPUTS_OF_NONE
    if name in ("PARALLELIZE_DOCSTRING", "DEPARALLELIZE_DOCSTRING"):
        return _PARALLEL
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


_INPUTS_OF_A_SHAPE = _INPUTS.replace("{0}", ", of the shape `({0})`")
_INPUTS_OF_NONE = _INPUTS.replace("{0}", "")


class _Spelled:
    """An attribute is its own name, so that a row says which text it serves."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return sys.intern(name)


configs = _Spelled()
