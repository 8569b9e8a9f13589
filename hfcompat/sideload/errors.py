"""What stands in the way of side-loading, said once: the thing, the version and the way out."""

from __future__ import annotations

__all__ = ["SideloadError"]


class SideloadError(ImportError):
    """A family cannot be side-loaded here.

    It is an ImportError, since it can come out of an import of `hfcompat.sideload.v5`.
    """
