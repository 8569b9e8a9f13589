"""A tuple that knows how it is being unpacked. Needs neither torch nor transformers."""

from __future__ import annotations

import dis
import sys
from typing import Any

_UNPACK = dis.opmap["UNPACK_SEQUENCE"]
_LEGACY = {3: (0, 1), 6: (0, 1, 3, 4)}


class LayerItem(tuple):  # type: ignore[type-arg]
    """States of a layer as the runtime yields them; keys and values alone where only these are unpacked.

    It is a tuple of three (six for an encoder-decoder cache) in every way but one: an assignment to exactly two
    names (four) takes keys and values and leaves out the windows. The instruction that unpacks says how many names
    there are, so nothing that works today is changed.
    """

    __slots__ = ()

    def __iter__(self) -> Any:
        legacy = _LEGACY.get(len(self), ())
        frame = sys._getframe(1)
        code, at = frame.f_code.co_code, frame.f_lasti
        if legacy and at >= 0 and code[at] == _UNPACK and code[at + 1] == len(legacy):
            return iter([self[index] for index in legacy])
        return tuple.__iter__(self)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return tuple, (tuple(tuple.__iter__(self)),)
