"""Patches of the writing side."""

from __future__ import annotations

from hfcompat_plugins.artifacts.tables import HERE

from hfcompat import Kind, Patch

# fmt: off
SAVING = [
    Patch(
        id="save.checkpointer",
        target="transformers.modeling_utils:PreTrainedModel.save_pretrained",
        kind=Kind.WRAP,
        impl=f"{HERE}saving:with_checkpointer",
        when={"transformers": ">=4.49.0.dev0,<5.24"},
        reason="save_pretrained(path, checkpointer=...) takes no notice of it, and writes what the other generation misreads.",
        upstream="https://docs.pytorch.org/docs/stable/distributed.checkpoint.html",
        traced=False,
        after=("weights:dialect.save-pretrained",),
    ),
]
