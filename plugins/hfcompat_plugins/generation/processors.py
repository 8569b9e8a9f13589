"""`_get_logits_warper`, which up to 4.44 gave what `_get_logits_processor` gives since."""

from __future__ import annotations

import copy
import weakref
from typing import Any

from hfcompat_plugins.generation.contract import Takes, foreign

from hfcompat.origin import native_caller

_WARPER = "_get_logits_warper"

_WARPING = (
    "temperature",
    "top_k",
    "top_p",
    "min_p",
    "typical_p",
    "epsilon_cutoff",
    "eta_cutoff",
    "renormalize_logits",
    "num_beams",
)

_GIVEN: dict[int, weakref.ref[Any]] = {}
"""Configs for which a caller from elsewhere has got processors with the warpers among them."""


def remembering_warpers(original: Any) -> Any:
    """`GenerationMixin._get_logits_processor`: notes for whom it has given warpers already.

    `generate` is given the warpers of a class or a model that has a `_get_logits_warper` of its own.
    """

    def _get_logits_processor(self: Any, generation_config: Any, *args: Any, **kwargs: Any) -> Any:
        if not generation_config.do_sample:
            return original(self, generation_config, *args, **kwargs)
        if not native_caller():
            key = id(generation_config)
            _GIVEN[key] = weakref.ref(generation_config, lambda _: _GIVEN.pop(key, None))
        elif _WARPER in vars(self) or foreign(type(self), _WARPER):
            return _with_own_warpers(original, self, generation_config, *args, **kwargs)
        return original(self, generation_config, *args, **kwargs)

    return _get_logits_processor


def _with_own_warpers(original: Any, model: Any, generation_config: Any, *args: Any, **kwargs: Any) -> Any:
    greedy = copy.copy(generation_config)
    greedy.do_sample = False
    given = original(model, greedy, *args, **kwargs)
    own = getattr(model, _WARPER)
    device = {"device": kwargs.get("device")} if "device" in Takes.of(own) else {}
    given.extend(own(generation_config, **device))
    return given


def _get_logits_warper(self: Any, generation_config: Any, device: Any = None) -> Any:
    """The processors (a LogitsProcessorList) that only sampling needs.

    None, when the caller has them already: since 4.45 they are among those of `_get_logits_processor`, and applied
    twice they would square the temperature.
    """
    from transformers.generation.configuration_utils import GenerationConfig
    from transformers.generation.logits_process import LogitsProcessorList

    given = _GIVEN.get(id(generation_config))
    if given is not None and given() is generation_config:
        return LogitsProcessorList()
    config = GenerationConfig(do_sample=True)
    defaults = getattr(config, "_get_default_generation_params", None)
    if defaults is not None:
        config.update(**defaults(), defaults_only=True)
    for name in _WARPING:
        value = getattr(generation_config, name, None)
        if value is not None or defaults is None:
            setattr(config, name, value)
    config._eos_token_tensor = getattr(generation_config, "_eos_token_tensor", generation_config.eos_token_id)
    return self._get_logits_processor(
        config,
        input_ids_seq_length=1,
        encoder_input_ids=None,
        prefix_allowed_tokens_fn=None,
        logits_processor=LogitsProcessorList(),
        device=device,
    )
