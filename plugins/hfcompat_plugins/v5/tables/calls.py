"""Calls in the form of 5.x, which 4.x refuses or takes wrongly, and members that its classes lack."""

from __future__ import annotations

from hfcompat_plugins.v5.tables import OURS, V5

from hfcompat import Kind, Patch


def _row(
    kind: Kind,
    id: str,
    target: str,
    impl: str,
    since: str,
    reason: str,
    upstream: str,
    *,
    before: str = "5.0.0",
    traced: bool = True,
) -> Patch:
    return Patch(
        id=id,
        target=target if target.startswith("huggingface_hub") else f"transformers.{target}",
        kind=kind,
        impl=OURS + impl,
        when={"transformers": f">={since}.dev0,<{before}.dev0"},
        reason=reason,
        upstream=V5 + upstream,
        traced=traced,
    )


CALLS: list[Patch] = [
    _row(Kind.ADD, "attention-get-interface", "modeling_utils:AttentionInterface.get_interface", "forwards:get_interface", "4.50.0",
         "Attention layers of 5.x ask ALL_ATTENTION_FUNCTIONS.get_interface(...), and stop with AttributeError.", "modeling_utils.py"),
    *(
        _row(Kind.WRAP, f"masks.{name.replace('_', '-')}", f"masking_utils:{name}", f"masks:{impl}", "4.53.0",
             f"{name}(config, inputs_embeds=..., past_key_values=...) raises TypeError: it wants input_embeds and cache_position.", "masking_utils.py")
        for name, impl in (
            ("create_causal_mask", "called_as_on_5"),
            ("create_sliding_window_causal_mask", "sliding_called_as_on_5"),
            ("create_chunked_causal_mask", "chunked_called_as_on_5"),
            ("create_masks_for_generate", "masks_called_as_on_5"),
        )
    ),
]  # fmt: skip
