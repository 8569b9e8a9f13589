"""Patches of the reading side: a checkpoint of the other generation loads right as it is."""

from __future__ import annotations

from hfcompat_plugins.artifacts.tables import GUIDE, HERE, TREE

from hfcompat import Kind, Patch

_TESTED = "<5.24"
_MODEL = "transformers.modeling_utils:"


def _read(
    id: str, target: str, impl: str, span: str, reason: str, upstream: str = GUIDE, *, after: tuple[str, ...] = ()
) -> Patch:
    """A row; what it changes loads wrongly, or raises, without it."""
    return Patch(
        id=id,
        target=target,
        kind=Kind.WRAP,
        impl=f"{HERE}{impl}",
        when={"transformers": span},
        reason=reason,
        upstream=upstream,
        traced=False,
        after=after,
    )


READING = [
    _read("config", "transformers.configuration_utils:PretrainedConfig._get_config_dict", "reading:config_in_own_words", f">=4.49.0.dev0,{_TESTED}",
          "A config.json of the other generation is read in silence: its theta, scaling and ties are those of the class."),
    _read("weights", _MODEL + "_get_resolved_checkpoint_files", "reading:files_in_own_layout", f">=4.50.0.dev0,{_TESTED}",
          "Vision towers and experts of a checkpoint of 5.x are made at random, with a line in the log.",
          TREE + "v4.57.6/src/transformers/modeling_utils.py"),
    _read("weights.4-49", _MODEL + "PreTrainedModel.from_pretrained", "reading:folder_in_own_layout", ">=4.49.0.dev0,<4.50.0.dev0",
          "Vision towers of a checkpoint of 5.x are made at random, with a line in the log.",
          TREE + "v4.49.0/src/transformers/modeling_utils.py", after=("weights:nested-from-pretrained", "weights:keywords")),
]  # fmt: skip
