"""The Auto classes of transformers, with patches applied, kernels swapped and families brought that the runtime lacks.

What comes back is what transformers builds: `hfcompat.AutoModelForCausalLM` is a door, not a factory.
"""

from __future__ import annotations

import functools
from typing import Any

from hfcompat.auto import arguments, families
from hfcompat.auto.passing import Passing, stock
from hfcompat.kernels import attention, books
from hfcompat.kernels.swap import Situation
from hfcompat.kernels.wishes import Wishes, fulfil

__all__ = [
    "AutoModel",
    "AutoModelForCausalLM",
    "AutoModelForImageTextToText",
    "AutoModelForMultimodalLM",
    "AutoModelForSeq2SeqLM",
    "AutoModelForSequenceClassification",
    "AutoModelForTextToWaveform",
    "AutoModelForTokenClassification",
]


class _AutoModel(metaclass=Passing):
    """See `AutoModelForCausalLM`."""

    stock_names: tuple[str, ...] = ()

    @classmethod
    def from_pretrained(
        cls, pretrained_model_name_or_path: Any, *model_args: Any, force_hf: bool = False, **kwargs: Any
    ) -> Any:
        """`from_pretrained` of transformers, under the keywords of 4.x or 5.x.

        Args:
            pretrained_model_name_or_path: a folder, or a name on the Hub.
            force_hf: the stock path: no patch is applied, no keyword translated, nothing swapped.
            attn_implementation: a name, names to try in order, "auto", or a name for each sub-configuration. One
                that is refused is not the end: the next is tried, sdpa and eager at last, and a warning says why.
            use_liger_kernel, liger_kernel_config, use_sdpa_patching, sdpa_method: see `hfcompat.kernels.swap_kernels`.
            kwargs: as transformers takes them.

        Returns:
            A PreTrainedModel of transformers; with `output_loading_info=True` a pair of it and a dictionary.

        Raises:
            What transformers raises. ValueError: a keyword is given under two names.
        """
        if force_hf:
            return stock(cls).from_pretrained(pretrained_model_name_or_path, *model_args, **kwargs)
        arguments.prepare(kwargs)
        wishes = Wishes.of(kwargs)
        config = families.look(pretrained_model_name_or_path, kwargs)
        make = functools.partial(stock(cls, config).from_pretrained, pretrained_model_name_or_path, *model_args)
        return _built(make, kwargs, wishes, config, loading=True)

    @classmethod
    def from_config(cls, config: Any, *, force_hf: bool = False, **kwargs: Any) -> Any:
        """`from_config` of transformers; the keywords are those of `from_pretrained`."""
        if force_hf:
            return stock(cls).from_config(config, **kwargs)
        arguments.prepare(kwargs)
        wishes = Wishes.of(kwargs)
        make = functools.partial(stock(cls, config).from_config, config)
        return _built(make, kwargs, wishes, config, loading=False)


def _built(make: Any, kwargs: dict[str, Any], wishes: Wishes, config: Any, *, loading: bool) -> Any:
    make = functools.partial(make, **kwargs)
    tried: list[books.Attempt] = []
    if wishes.attn_implementation is None:
        made = make()
    else:
        dtype = arguments.dtype_of(kwargs, config, loading=loading)
        situation = Situation.here(families.model_type(config), dtype)
        made, tried = attention.build(make, wishes.attn_implementation, situation, config)
    model = made[0] if isinstance(made, tuple) and made else made
    books.note(model, *tried)
    fulfil(model, wishes)
    return made


class AutoModel(_AutoModel):
    """`transformers.AutoModel`, see `AutoModelForCausalLM`."""


class AutoModelForCausalLM(_AutoModel):
    """`transformers.AutoModelForCausalLM`: change the import, and nothing else.

    `from_pretrained` and `from_config` first call `hfcompat.apply()`, take the keywords of 4.x and 5.x, bring families
    that a plugin has and the runtime lacks, and swap the kernels that are asked for. What comes back is the runtime's
    own model. Everything else (`register`, ...) is the stock class' own. Upstream:
    https://huggingface.co/docs/transformers/model_doc/auto
    """


class AutoModelForImageTextToText(_AutoModel):
    """`transformers.AutoModelForImageTextToText`, see `AutoModelForCausalLM`."""


class AutoModelForMultimodalLM(_AutoModel):
    """`transformers.AutoModelForMultimodalLM`, which is new in 5.0; before it, whichever Auto class has the family.

    See `AutoModelForCausalLM`. Upstream: https://github.com/huggingface/transformers/pull/42676
    """

    stock_names = (
        "AutoModelForMultimodalLM",
        "AutoModelForImageTextToText",
        "AutoModelForVision2Seq",
        "AutoModelForSpeechSeq2Seq",
        "AutoModelForSeq2SeqLM",
        "AutoModelForTextToWaveform",
        "AutoModelForCausalLM",
    )


class AutoModelForSeq2SeqLM(_AutoModel):
    """`transformers.AutoModelForSeq2SeqLM`, see `AutoModelForCausalLM`."""


class AutoModelForSequenceClassification(_AutoModel):
    """`transformers.AutoModelForSequenceClassification`, see `AutoModelForCausalLM`."""


class AutoModelForTextToWaveform(_AutoModel):
    """`transformers.AutoModelForTextToWaveform`, see `AutoModelForCausalLM`."""


class AutoModelForTokenClassification(_AutoModel):
    """`transformers.AutoModelForTokenClassification`, see `AutoModelForCausalLM`."""
