"""The tokenizers' base modules, and two names of tokenizers."""

from __future__ import annotations

from hfcompat_plugins.rows import GUIDE, TOP, added
from hfcompat_plugins.symbols.tables import OURS

TOKENIZERS = [
    *added(
        "SpecialTokensMixin",
        at=(TOP, "tokenization_utils_base"),
        to=f"{OURS}special_tokens",
        since="5.0",
        reason="{name} is gone since 5.0, so code that asks whether an object is a tokenizer by it fails on import.",
        upstream=f"{GUIDE}#tokenization",
    ),
    *(
        row
        for names, home in (
            (
                "BatchEncoding PreTrainedTokenizerBase ADDED_TOKENS_FILE SPECIAL_TOKENS_MAP_FILE TOKENIZER_CONFIG_FILE "
                "EncodedInput EncodedInputPair PreTokenizedInput PreTokenizedInputPair TextInput TextInputPair "
                "TruncationStrategy",
                "transformers.tokenization_utils_base",
            ),
            (
                "Trie ExtensionsTrie _is_control _is_punctuation _is_whitespace _is_end_of_word _is_start_of_word "
                "_insert_one_token_to_ordered_list",
                "transformers.tokenization_python",
            ),
            ("PaddingStrategy TensorType", "transformers.utils"),
        )
        # Up to 5.20 the alias reads through to that other module; later it is a copy, made when it is imported.
        for module, since, before in (
            ("tokenization_utils_sentencepiece", "5.0", "5.21"),
            ("tokenization_utils", "5.21", ""),
        )
        for row in added(
            names,
            at=(module,),
            to=home,
            since=since,
            before=before,
            reason="tokenization_utils is another module's alias since 5.0, and that one has no {name}.",
            upstream=f"{GUIDE}#tokenization",
        )
    ),
    *added(
        "MT5Tokenizer",
        at=(TOP,),
        to="transformers:T5Tokenizer",
        since="5.0",
        reason="{name} is not importable since 5.0; it was another name of T5Tokenizer.",
        upstream=f"{GUIDE}#tokenization",
    ),
    *added(
        "MT5TokenizerFast",
        at=(TOP,),
        to="transformers:T5TokenizerFast",
        since="5.0",
        reason="{name} is not importable since 5.0; it was another name of T5TokenizerFast.",
        upstream=f"{GUIDE}#tokenization",
    ),
]
