"""Calls that 4.x answers otherwise than 5.x: for those who say `dialect="5..."`."""

from __future__ import annotations

from hfcompat_plugins.rows import GUIDE
from hfcompat_plugins.v5.tables import OURS
from hfcompat_plugins.v5.tables.calls import LOADING

from hfcompat import Kind, Patch

_TOKENIZER = "tokenization_utils_base:PreTrainedTokenizerBase"
_MODEL = "modeling_utils:PreTrainedModel"
_PULL = "https://github.com/huggingface/transformers/pull/"


def _row(
    id: str,
    target: str,
    impl: str,
    reason: str,
    upstream: str = GUIDE,
    *,
    since: str = "4.49.0",
    dialect: str = "5.0.0",
    after: tuple[str, ...] = (),
) -> Patch:
    return Patch(
        id=f"dialect.{id}",
        target=f"transformers.{target}",
        kind=Kind.WRAP,
        impl=f"{OURS}behaviours:{impl}",
        when={"transformers": f">={since}.dev0,<5.0.0.dev0", "dialect": f">={dialect}.dev0"},
        reason=reason,
        upstream=upstream,
        traced=False,
        behavioural=True,
        after=after,
    )


_LOADING = (*LOADING, "dtype.model")
BEHAVIOURS: list[Patch] = [
    _row("chat-template", f"{_TOKENIZER}.apply_chat_template", "chat_as_batch", "apply_chat_template(messages) gives ids, and ['input_ids'] of them raises TypeError.", _PULL + "42567"),
    _row("decode", f"{_TOKENIZER}.decode", "of_several", "decode of a list of sequences raises TypeError."),
    _row("batch-decode", f"{_TOKENIZER}.batch_decode", "of_one", "batch_decode of a flat list of ids gives a text for each id."),
    _row("default-dtype", f"{_MODEL}.from_pretrained", "as_the_checkpoint", "from_pretrained without a dtype loads in float32, whatever the checkpoint has: twice the memory, other numbers.", after=_LOADING),
    _row("sets-of-keys", f"{_MODEL}.from_pretrained", "keys_in_sets", "output_loading_info gives lists of keys, and missing_keys - known raises TypeError.", after=(*_LOADING, "dialect.default-dtype")),
    _row("shards", f"{_MODEL}.save_pretrained", "in_large_shards", "save_pretrained writes shards of 5GB, so that a folder that is written over keeps files of both.", after=("artifacts:save.checkpointer",)),
    _row("crop-zero", "cache_utils:Cache.crop", "left_by_zero", "cache.crop(0) empties the cache.", _PULL + "47720", since="4.56.0", dialect="5.14.0"),
    _row("report-to", "training_args:TrainingArguments.__init__", "reporting_to_none", "A Trainer that nobody told so reports to every tracker that is installed.", after=("trainer:arguments",)),
]  # fmt: skip
