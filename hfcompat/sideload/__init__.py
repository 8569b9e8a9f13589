"""Families of 5.x on 4.56 and 4.57, from the user's own copy of a 5.x wheel, which is unpacked beside.

Nothing of the wheel is in this project, and nothing that is installed is changed. `hfcompat sideload fetch` gets the
wheel; from then on `hfcompat.AutoModelForCausalLM.from_pretrained(folder)` brings a family that the runtime lacks.
Importing this imports neither torch nor transformers.
"""

from __future__ import annotations

from hfcompat.sideload.errors import SideloadError
from hfcompat.sideload.support import bring, brought, families, processor, supported
from hfcompat.sideload.wheel import SHA256, VERSION, fetch, located

__all__ = [
    "SHA256",
    "VERSION",
    "SideloadError",
    "bring",
    "brought",
    "families",
    "fetch",
    "located",
    "processor",
    "supported",
]
