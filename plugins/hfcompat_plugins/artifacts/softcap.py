"""A default of attention that leaves out what a checkpoint asks for."""

from __future__ import annotations

import logging
from typing import Any

_LOG = logging.getLogger("hfcompat")

_told = False


def saying_when_uncapped(original: Any) -> Any:
    """`Gemma2Model.__init__`, which warns once in a process where scores will not be capped."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        global _told
        original(self, *args, **kwargs)
        config = self.config
        if _told or config._attn_implementation != "sdpa" or config.attn_logit_softcapping is None:
            return
        _told = True
        _LOG.warning(
            "Gemma2: sdpa, which this version of transformers takes by default, leaves out attn_logit_softcapping=%s; "
            "attn_implementation='eager' gives the numbers of 5.21 and later",
            config.attn_logit_softcapping,
        )

    return __init__
