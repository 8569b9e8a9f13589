"""Tokenizers of the Mistral family on mistral-common, which is what its models were trained with.

One class on every runtime. Measured on the files that come with mistral-common: 4.49 to 4.55 cannot read them; the class
of 4.56 and 4.57 puts EOS after every text, refuses `add_generation_prompt` and, with SentencePiece files, has no pad
token; 5.x at its end reads SentencePiece files of v2 and later not at all, and v1 without BOS; none of them writes a
folder that AutoTokenizer can read again.
"""

from __future__ import annotations

from hfcompat import hookimpl
from hfcompat.auto.tokenizer_backends import TokenizerBackend

_IMPL = "hfcompat_plugins.mistral.loading:load"
_HOME = "https://github.com/mistralai/mistral-common"
_NEEDS = {"mistral-common": ">=1.13"}
_WHEN = {"transformers": ">=4.49.0.dev0", "python": ">=3.11"}  # as mistral-common says

FAMILY = (
    "ministral",
    "ministral3",
    "mistral",
    "mistral3",
    "mistral4",
    "mistral_large4",
    "mixtral",
    "pixtral",
    "voxtral",
    "voxtral_realtime",
)
OF_TRANSFORMERS = ("tokenizer.json", "tokenizer_config.json", "chat_template.json", "chat_template.jinja")
"""Files by which somebody has said how transformers is to read the folder."""

BACKENDS = [
    TokenizerBackend("tekken", (*FAMILY, ""), ("tekken.json",), _IMPL, when=_WHEN, needs=_NEEDS,
                     reason="Reads tekken.json and renders chats as Mistral does; 5.x does so too where it can.", upstream=_HOME),
    TokenizerBackend("sentencepiece", (*FAMILY, ""), ("tokenizer.model.v*", "tokenizer.mm.model.v*"), _IMPL, when=_WHEN, needs=_NEEDS, unless=OF_TRANSFORMERS,
                     reason="Reads tokenizer.model.v1 to v7 and renders chats as Mistral does.", upstream=_HOME),
    TokenizerBackend("sentencepiece-v1", FAMILY, ("tokenizer.model",), _IMPL, when=_WHEN, needs=_NEEDS, unless=OF_TRANSFORMERS,
                     reason="A folder as Mistral published it, without a word to transformers: v1, with its chats.", upstream=_HOME),
]  # fmt: skip


@hookimpl
def hfcompat_tokenizers() -> list[TokenizerBackend]:
    return BACKENDS
