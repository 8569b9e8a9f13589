"""Tokenizers and generation: what one generation of readers does not find where the other wrote it."""

from __future__ import annotations

from hfcompat_plugins.artifacts.tables import FIVE, FOUR, GUIDE, HERE, TREE

from hfcompat.checkpoints.rule import Harm, Part, Rule

_TOKENS = GUIDE + "#tokenization"
_BASE_457 = TREE + "v4.57.6/src/transformers/tokenization_utils_base.py"
_BASE_5 = TREE + "v5.23.0/src/transformers/tokenization_utils_base.py"
_RUST_5 = TREE + "v5.23.0/src/transformers/tokenization_utils_tokenizers.py"


def _rule(
    id: str, readers: str, harm: Harm, impl: str, reason: str, upstream: str, part: Part = Part.TOKENIZER
) -> Rule:
    return Rule(id, part, readers, harm, f"{HERE}{impl}", reason, upstream)


TOKENIZER_RULES = [
    # ------------------------------------------------------------------------------------------- for readers of 4.x
    _rule("tekken", ">=4.49.0.dev0,<5.15.0.dev0", Harm.REFUSED, "tokenizer_rules:tekken",
          "A folder with tekken.json alone has no tokenizer; 5.0 to 5.14 count its ids without the special tokens, which come first.",
          TREE + "v5.23.0/src/transformers/integrations/mistral/tokenizer.py"),
    _rule("additional-special-tokens", FOUR, Harm.REFUSED, "tokenizer_rules:additional_tokens",
          "A list of extra_special_tokens raises AttributeError: it is a mapping there.", _TOKENS),
    _rule("named-special-tokens", FOUR, Harm.WRONG, "tokenizer_rules:named_tokens",
          "tokenizer.image_token and kin raise AttributeError: named tokens are looked for in extra_special_tokens.", _TOKENS),
    _rule("backend-class", FOUR, Harm.REFUSED, "tokenizer_rules:plain_class",
          "There is no class TokenizersBackend, nor one of a family that came later.", _TOKENS),
    _rule("inputs-of-v5", FOUR, Harm.WRONG, "tokenizer_rules:inputs_of_v5",
          "ALBERT, XLNet, Funnel and kin return token_type_ids that whoever wrote the folder did not return.", _BASE_457),
    _rule("bos-and-eos-flags", FOUR, Harm.WRONG, "tokenizer_rules:flags",
          "add_bos_token and add_eos_token count, not the post-processor of tokenizer.json: BOS comes, or EOS goes.",
          TREE + "v4.57.6/src/transformers/models/llama/tokenization_llama_fast.py"),
    _rule("no-clean-up-of-pairs", FOUR, Harm.WRONG, "tokenizer_rules:no_clean_up_of_pairs",
          "clean_up_tokenization_spaces takes spaces out of decoded byte pairs, which 5.7 and later leave alone.",
          TREE + "v5.7.0/src/transformers/tokenization_utils_tokenizers.py"),
    _rule("vocabulary-files", FOUR, Harm.REFUSED, "tokenizer_rules:vocabulary_files",
          "Slow tokenizers, such as that of a WhisperProcessor on 4.49, read vocab.json, merges.txt or vocab.txt. A tokenizer.model cannot be made again.",
          _TOKENS),
    _rule("templates-in-config", ">=4.49.0.dev0,<4.52.0.dev0", Harm.WRONG, "tokenizer_rules:templates_in_config",
          "chat_template.jinja and additional_chat_templates are not read; there is no chat template.",
          "https://github.com/huggingface/transformers/pull/37734"),
    # ------------------------------------------------------------------------------------------- for readers of 5.x
    _rule("inputs-of-v4", FIVE, Harm.WRONG, "tokenizer_rules:inputs_of_v4",
          "PreTrainedTokenizerFast, ALBERT, XLNet and kin no longer return token_type_ids.", _BASE_5),
    _rule("padding-side", FIVE, Harm.WRONG, "tokenizer_rules:padding_side",
          "LLaMA is loaded by 5.0 with a class that pads on the right.",
          TREE + "v5.0.0/src/transformers/models/llama/tokenization_llama.py"),
    _rule("tokens-of-v5-alone", FIVE, Harm.WRONG, "tokenizer_rules:tokens_of_v5_alone",
          "Gemma's class adds a <mask>, GPT-NeoX's a <|padding|>: the vocabulary is larger than the embedding.",
          TREE + "v5.23.0/src/transformers/models/gemma/tokenization_gemma.py"),
    _rule("no-empty-names", ">=5.1.0.dev0,<5.18.0.dev0", Harm.WRONG, "tokenizer_rules:no_empty_names",
          "Beside an empty extra_special_tokens, which 4.x always writes, 5.1 to 5.17 do not read additional_special_tokens.",
          TREE + "v5.12.1/src/transformers/tokenization_utils_base.py"),
    _rule("clean-up-of-pairs", ">=5.7.0.dev0", Harm.WRONG, "tokenizer_rules:clean_up_of_pairs",
          "clean_up_tokenization_spaces is ignored for byte-pair tokenizers: \"it 's\" where it was \"it's\".", _RUST_5),
    # ------------------------------------------------- for both: classes build what only tokenizer.json says otherwise
    _rule("pipeline-of-the-file", FIVE, Harm.WRONG, "tokenizer_rules:pipeline_of_the_file",
          "The class builds a pipeline of its own beside that of tokenizer.json, another one in each release: other ids. "
          "One class serves both, so 4.x gets PreTrainedTokenizerFast too, without the methods of the family's class.", _RUST_5),
    _rule("sentencepiece-of-mistral", FIVE, Harm.WRONG, "tokenizer_rules:only_sentencepiece",
          "Without mistral-common, a tokenizer.model alone is read without the space before a text, and on 5.0 as if it had no merges: other ids.",
          TREE + "v5.23.0/src/transformers/models/auto/tokenization_auto.py", Part.CODE),
    _rule("no-dead-path", ">=4.49.0.dev0", Harm.REFUSED, "tokenizer_rules:no_dead_path",
          "vocab_file names a file on the machine of whoever saved it.", _TOKENS),
]  # fmt: skip

GENERATION_RULES: list[Rule] = []
"""None: of sixteen kinds of generation_config.json, 4.57 reads all that 5.23 writes as they are said, and 5.23 all that 4.57
writes but one: a forced_bos_token_id that suppress_tokens has too, which no file can say in other words."""
