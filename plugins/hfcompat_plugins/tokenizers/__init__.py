"""Tokenizers of v4 on every runtime from 4.49 to 5.23: slow remote tokenizers, and methods that the backend dropped.

A tokenizer class of somebody's own gets the contract that it was written against; tokenizers of transformers keep what
they do today, and answer what they answered by the names that are gone. Defaults that changed need a dialect.
"""

from __future__ import annotations

from hfcompat import Kind, Patch, hookimpl
from hfcompat.auto.tokenizer_backends import TokenizerBackend

_HERE = "hfcompat_plugins.tokenizers"
_TESTED = "<5.24"

_PULL = "https://github.com/huggingface/transformers/pull/"
_TREE = "https://github.com/huggingface/transformers/blob/"
_GUIDE = "https://github.com/huggingface/transformers/blob/main/MIGRATION_GUIDE_V5.md#tokenization"
_BASE_457 = _TREE + "v4.57.6/src/transformers/tokenization_utils_base.py"
_SLOW_457 = _TREE + "v4.57.6/src/transformers/tokenization_utils.py"
_BASE_449 = _TREE + "v4.49.0/src/transformers/tokenization_utils_base.py"

_BASE = "tokenization_utils_base:PreTrainedTokenizerBase"
_PYTHON = "tokenization_python:PythonBackend"
_RUST = "tokenization_utils_tokenizers:TokenizersBackend"


def _row(
    kind: Kind,
    id: str,
    target: str,
    impl: str,
    since: str,
    reason: str,
    upstream: str,
    *,
    until: str | None = None,
    dialect: str | None = None,
    after: tuple[str, ...] = (),
) -> Patch:
    """A row whose code lies here, unless it says otherwise. torch.compile never meets a tokenizer."""
    span = f">={since}.dev0" + (f",<{until}.dev0" if until else "" if kind is Kind.ADD else f",{_TESTED}")
    return Patch(
        id=id,
        target=f"transformers.{target}",
        kind=kind,
        impl=impl if impl.startswith("transformers") else f"{_HERE}.{impl}",
        when={"transformers": span} | ({"dialect": f"<{dialect}.dev0"} if dialect else {}),
        reason=reason,
        upstream=upstream,
        traced=False,
        behavioural=dialect is not None,
        after=after,
    )


def _add(id: str, target: str, impl: str, since: str, reason: str, upstream: str, **more: object) -> Patch:
    return _row(Kind.ADD, id, target, impl, since, reason, upstream, **more)  # type: ignore[arg-type]


def _wrap(id: str, target: str, impl: str, since: str, reason: str, upstream: str, **more: object) -> Patch:
    return _row(Kind.WRAP, id, target, impl, since, reason, upstream, **more)  # type: ignore[arg-type]


ENCODING = [
    _add("encode-plus", f"{_BASE}.encode_plus", "encoding:encode_plus", "5.0.0",
         "tokenizer.encode_plus(...) raises AttributeError.", _GUIDE),
    _add("batch-encode-plus", f"{_BASE}.batch_encode_plus", "encoding:batch_encode_plus", "5.0.0",
         "tokenizer.batch_encode_plus([...]) raises AttributeError.", _GUIDE),
    _add("rust.batch-encode-plus-hook", f"{_RUST}._batch_encode_plus", "encoding:batch_of_the_backend", "5.0.0",
         "A fast tokenizer of somebody's own that calls super()._batch_encode_plus stops with AttributeError.", _BASE_457),
    _add("python.batch-encode-plus-hook", f"{_PYTHON}._batch_encode_plus", "python_backend:batch_encode_plus", "5.0.0",
         "A slow tokenizer of somebody's own that calls super()._batch_encode_plus stops with AttributeError.", _SLOW_457),
    _add("python.batch-prepare-for-model", f"{_PYTHON}._batch_prepare_for_model", "python_backend:batch_prepare_for_model", "5.0.0",
         "A slow tokenizer of somebody's own that calls self._batch_prepare_for_model stops with AttributeError.", _SLOW_457),
    _add("call-one", f"{_BASE}._call_one", "encoding:call_one", "5.0.0",
         "A tokenizer of somebody's own that calls super()._call_one stops with AttributeError.", _BASE_457),
    _wrap("call", f"{_BASE}.__call__", "encoding:along_v4s_way", "5.0.0",
          "Somebody's encode_plus, batch_encode_plus and _batch_encode_plus are no longer called, without a word.", _BASE_457),
    _wrap("encode", f"{_BASE}.encode", "encoding:encode_along_v4s_way", "5.0.0",
          "Somebody's encode_plus is no longer asked by encode, without a word.", _BASE_457),
    _wrap("old-padding-and-truncation", f"{_BASE}._get_padding_truncation_strategies", "padding:with_old_arguments", "4.51.0",
          "pad_to_max_length and truncation_strategy are swallowed: nothing is padded, and nothing says so.", _BASE_449),
    _wrap("old-pad-override", f"{_BASE}.pad", "padding:with_old_override", "4.49.0",
          "A tokenizer whose own _pad was written before 4.45 raises TypeError: unexpected keyword 'padding_side'.", _PULL + "33385"),
    _add("as-target-tokenizer", f"{_BASE}.as_target_tokenizer", "encoding:as_target_tokenizer", "5.0.0",
         "`with tokenizer.as_target_tokenizer():` raises AttributeError.", _GUIDE),
    _add("switch-to-input-mode", f"{_BASE}._switch_to_input_mode", "encoding:switch_mode", "5.0.0",
         "A tokenizer of somebody's own that switches modes stops with AttributeError.", _BASE_457),
    _add("switch-to-target-mode", f"{_BASE}._switch_to_target_mode", "encoding:switch_mode", "5.0.0",
         "A tokenizer of somebody's own that switches modes stops with AttributeError.", _BASE_457),
    _add("prepare-seq2seq-batch", f"{_BASE}.prepare_seq2seq_batch", "encoding:prepare_seq2seq_batch", "5.0.0",
         "tokenizer.prepare_seq2seq_batch(...) raises AttributeError.", _GUIDE),
]  # fmt: skip

PREPARING = [
    _add("prepare-for-model", f"{_RUST}.prepare_for_model", "preparing:prepare_for_model", "5.0.0",
         "Rerankers and retrievers that join token ids with prepare_for_model stop with AttributeError.", _GUIDE),
    _add("build-inputs", f"{_RUST}.build_inputs_with_special_tokens", "preparing:build_inputs_with_special_tokens", "5.0.0",
         "tokenizer.build_inputs_with_special_tokens(ids) raises AttributeError.", _GUIDE),
    _add("token-type-ids", f"{_RUST}.create_token_type_ids_from_sequences", "preparing:create_token_type_ids_from_sequences", "5.0.0",
         "tokenizer.create_token_type_ids_from_sequences(ids) raises AttributeError.", _GUIDE),
    _wrap("types-in-prepare-for-model", f"{_BASE}.create_token_type_ids_from_sequences", "preparing:types_of_what_is_built", "4.53.0",
          "prepare_for_model of a bare PreTrainedTokenizerFast gives more token_type_ids than input_ids, and the model raises.", _PULL + "37681", until="5.0.0"),
    _add("truncate-sequences", f"{_RUST}.truncate_sequences", "preparing:truncate_sequences", "5.0.0",
         "tokenizer.truncate_sequences(ids, ...) raises AttributeError.", _BASE_457),
    _wrap("special-tokens-mask", f"{_BASE}.get_special_tokens_mask", "preparing:special_tokens_mask_of_sequences", "5.0.0",
          "tokenizer.get_special_tokens_mask(ids) raises NotImplementedError for what were slow tokenizers.", _BASE_457),
    _wrap("python.prepare-for-model", f"{_PYTHON}.prepare_for_model", "preparing:of_somebodys_tokenizer", "5.0.0",
          "A slow tokenizer of somebody's own gives no overflowing_tokens with tensors, or when nothing was cut off.", _SLOW_457),
    _wrap("python.token-type-ids", f"{_PYTHON}.create_token_type_ids_from_sequences", "preparing:types_of_somebodys_tokenizer", "5.0.0",
          "Type ids of a slow tokenizer of somebody's own that adds a BOS no longer have the length that they had.", _SLOW_457),
    _wrap("python.truncate-sequences", f"{_PYTHON}.truncate_sequences", "preparing:truncation_of_somebodys_tokenizer", "5.0.0",
          "A slow tokenizer of somebody's own cuts a sequence to nothing where it left it whole, with an error in the log.", _SLOW_457),
]  # fmt: skip

SPECIAL_TOKENS = [
    _wrap("attributes", f"{_BASE}.__getattr__", "attributes:answering", "5.0.0",
          "additional_special_tokens, byte_encoder, bpe_ranks, sp_model, wordpiece_tokenizer and kin raise AttributeError.", _GUIDE),
    _wrap("assignments", f"{_BASE}.__setattr__", "attributes:assigning", "5.0.0",
          "tokenizer.additional_special_tokens = [...] sets an attribute that nothing reads; no token becomes special.", _GUIDE),
    _add("special-tokens-map-extended", f"{_BASE}.special_tokens_map_extended", "special_tokens:special_tokens_map_extended", "5.0.0",
         "tokenizer.special_tokens_map_extended raises AttributeError.", _GUIDE),
    _add("all-special-tokens-extended", f"{_BASE}.all_special_tokens_extended", "special_tokens:all_special_tokens_extended", "5.0.0",
         "tokenizer.all_special_tokens_extended raises AttributeError.", _GUIDE),
    _add("sanitize-special-tokens", f"{_BASE}.sanitize_special_tokens", "special_tokens:sanitize_special_tokens", "5.0.0",
         "tokenizer.sanitize_special_tokens() raises AttributeError.", _GUIDE),
    _wrap("add-special-tokens", f"{_BASE}.add_special_tokens", "special_tokens:with_additional", "5.0.0",
          "add_special_tokens(..., replace_additional_special_tokens=False) raises TypeError.", _BASE_457),
    _add("clean-up-tokenization", f"{_BASE}.clean_up_tokenization", "special_tokens:clean_up_tokenization", "5.0.0",
         "Remote tokenizers that decode for themselves call clean_up_tokenization, and stop with AttributeError.", _BASE_457, until="5.3.0"),
    _wrap("t5.sentinels", "models.t5.tokenization_t5:T5Tokenizer.get_sentinel_tokens", "special_tokens:sentinels", "5.0.0",
          "tokenizer.get_sentinel_tokens() of T5 raises AttributeError: it asks for additional_special_tokens.",
          _TREE + "v5.12.1/src/transformers/models/t5/tokenization_t5.py"),
    _add("encoding-words", "tokenization_utils_base:BatchEncoding.words", "special_tokens:words", "5.0.0",
         "encoding.words() raises AttributeError; it is word_ids now.", _BASE_457),
    _wrap("clean-up-without-self", f"{_BASE}.clean_up_tokenization", "special_tokens:cleaning_without_self", "5.3.0",
          "PreTrainedTokenizerBase.clean_up_tokenization(text) raises TypeError: it was a static method.", _BASE_457),
]  # fmt: skip

PYTHON_TOKENIZERS = [
    _wrap("python.init", f"{_PYTHON}.__init__", "python_backend:initialized_as_in_v4", "5.0.0",
          "A slow tokenizer of somebody's own that adds no special tokens gets [CLS] and [SEP], or None, around its ids.", _SLOW_457, until="5.2.0"),
    _wrap("python.count", f"{_PYTHON}._update_total_vocab_size", "python_backend:counted_once_there", "5.0.0",
          "A slow tokenizer that calls super().__init__ first stops with AttributeError: its vocabulary is counted before it is there.", _SLOW_457, until="5.1.0"),
    _wrap("python.add-tokens", f"{_PYTHON}._add_tokens", "python_backend:keeping_properties", "5.0.0",
          "A special token that was declared with lstrip or rstrip, such as a mask token, loses it when it is added.", _SLOW_457),
    _wrap("python.tokenize", f"{_PYTHON}.tokenize", "python_backend:tokenize_as_in_v4", "5.0.0",
          "A slow tokenizer of somebody's own with do_lower_case no longer lowers its text, and answers unknown tokens.", _SLOW_457),
    _wrap("python.decode", f"{_PYTHON}._decode", "python_backend:decode_as_in_v4", "5.0.0",
          "Added tokens go through somebody's convert_tokens_to_string: KeyError, or lost spaces, for byte-level ones.", _SLOW_457),
    _wrap("python.encode-plus", f"{_PYTHON}._encode_plus", "python_backend:encode_as_in_v4", "5.0.0",
          "Somebody's tokenize is no longer told is_split_into_words, so words lose the space before them.", _SLOW_457),
    _wrap("python.save", f"{_PYTHON}._save_pretrained", "saving:with_special_tokens_map", "5.0.0",
          "special_tokens_map.json is no longer written next to a slow tokenizer's vocabulary, for programs that read it.", _SLOW_457),
    _wrap("none-for-none", f"{_BASE}.convert_tokens_to_ids", "python_backend:none_for_none", "5.0.0",
          "convert_tokens_to_ids(None), such as for a token that is not set, raises TypeError.", _SLOW_457),
]  # fmt: skip

# Classes that were slow tokenizers, and run on the tokenizers backend since v5.
_ONCE_SLOW = (
    ("bert.tokenization_bert", "BertTokenizer"),
    ("gpt2.tokenization_gpt2", "GPT2Tokenizer"),
    ("roberta.tokenization_roberta", "RobertaTokenizer"),
    ("qwen2.tokenization_qwen2", "Qwen2Tokenizer"),
    ("clip.tokenization_clip", "CLIPTokenizer"),
    ("llama.tokenization_llama", "LlamaTokenizer"),
    ("t5.tokenization_t5", "T5Tokenizer"),
    ("xlm_roberta.tokenization_xlm_roberta", "XLMRobertaTokenizer"),
    ("albert.tokenization_albert", "AlbertTokenizer"),
    ("xlnet.tokenization_xlnet", "XLNetTokenizer"),
    ("camembert.tokenization_camembert", "CamembertTokenizer"),
    ("gemma.tokenization_gemma", "GemmaTokenizer"),
    ("pegasus.tokenization_pegasus", "PegasusTokenizer"),
)

# The hooks of a slow tokenizer are asked again where somebody's class fills them in.
SLOW_AGAIN = [
    _wrap("from-pretrained", f"{_BASE}.from_pretrained", "subclasses:slow_from_pretrained", "5.0.0",
          "A subclass of BertTokenizer and kin is given a parsed vocabulary where its __init__ takes a file.", _GUIDE),
    *(
        _wrap(f"slow-again.{name.lower()}", f"models.{module}:{name}.__init__", "subclasses:built_as_in_v4", "5.0.0",
              f"Subclasses of {name} have their _tokenize and _convert_token_to_id ignored; {name}(vocab_file=...) knows five tokens.", _GUIDE)
        for module, name in _ONCE_SLOW
    ),
]  # fmt: skip

FAST_TOKENIZERS = [
    _wrap("rust.files", f"{_RUST}.convert_to_native_format", "fast:files_as_they_are", "5.0.0",
          "A fast tokenizer of somebody's own is made from a bare vocabulary: no normalizer, pre-tokenizer or decoder, other ids.", _TREE + "v4.57.6/src/transformers/tokenization_utils_fast.py"),
    _wrap("rust.made-from-slow", f"{_RUST}.__init__", "fast:made_from_slow", "5.0.0",
          "A fast tokenizer with a slow_tokenizer_class and no tokenizer.json is no longer converted from its slow one.", _TREE + "v4.57.6/src/transformers/tokenization_utils_fast.py"),
    _wrap("use-fast", "models.auto.tokenization_auto:AutoTokenizer.from_pretrained", "fast:slow_one_of_somebodys", "5.0.0",
          "use_fast=False is ignored: of two remote tokenizers, the fast one is given.", _GUIDE),
]  # fmt: skip

BACKEND = [
    _add("rust.tokenize-hook", f"{_RUST}._tokenize", "backend:tokenize", "5.0.0",
         "tokenizer._tokenize(text) raises AttributeError.", _SLOW_457),
    _add("rust.token-to-id-hook", f"{_RUST}._convert_token_to_id", "backend:convert_token_to_id", "5.0.0",
         "tokenizer._convert_token_to_id(token) raises AttributeError.", _SLOW_457),
    _add("rust.prepare-for-tokenization", f"{_RUST}.prepare_for_tokenization", "backend:prepare_for_tokenization", "5.0.0",
         "tokenizer.prepare_for_tokenization(text) raises AttributeError.", _SLOW_457),
    _wrap("save-vocabulary", f"{_RUST}.save_vocabulary", "backend:vocabulary_by_its_name", "5.0.0",
          "save_vocabulary raises AttributeError, or writes vocab.txt under the name tokenizer.model.", _TREE + "v4.57.6/src/transformers/tokenization_utils_fast.py"),
    _wrap("legacy-format", f"{_RUST}._save_pretrained", "backend:with_old_format", "5.0.0",
          "save_pretrained(legacy_format=True) writes tokenizer.json, and none of the vocabulary files that were asked for.", _TREE + "v4.57.6/src/transformers/tokenization_utils_fast.py"),
    _add("max-model-input-sizes", f"{_BASE}.max_model_input_sizes", "backend:NOTHING", "4.49.0",
         "Tokenizer classes that look up lengths of checkpoints in max_model_input_sizes stop with AttributeError.", _TREE + "v4.36.2/src/transformers/tokenization_utils_base.py"),
    _add("pretrained-init-configuration", f"{_BASE}.pretrained_init_configuration", "backend:NOTHING", "4.49.0",
         "Tokenizer classes that look up checkpoints in pretrained_init_configuration stop with AttributeError.", _TREE + "v4.36.2/src/transformers/tokenization_utils_base.py"),
    _add("pretrained-vocab-files-map", f"{_BASE}.pretrained_vocab_files_map", "backend:NOTHING", "5.0.0",
         "Tokenizer classes that look up checkpoints in pretrained_vocab_files_map stop with AttributeError.", _BASE_457),
    _wrap("extract", "convert_slow_tokenizer:SentencePieceExtractor.extract", "converters:vocabulary_and_merges", "5.0.0",
          "SentencePieceExtractor(path).extract() raises TypeError: it wants a model_type.", _TREE + "v4.57.6/src/transformers/convert_slow_tokenizer.py"),
    _wrap("tiktoken-converter", "convert_slow_tokenizer:TikTokenConverter.__init__", "converters:by_the_old_name", "5.0.0",
          "TikTokenConverter(additional_special_tokens=...) swallows them, and converts a tokenizer without its special tokens.", _TREE + "v4.57.6/src/transformers/convert_slow_tokenizer.py"),
    _add("tiktoken-converter.tokens", "convert_slow_tokenizer:TikTokenConverter.additional_special_tokens", "converters:additional_special_tokens", "5.0.0",
         "Converters that set or read additional_special_tokens have no effect, or stop with AttributeError.", _TREE + "v4.57.6/src/transformers/convert_slow_tokenizer.py"),
    _add("whisper.normalize", "models.whisper.tokenization_whisper:WhisperTokenizer._normalize", "transformers.models.whisper.tokenization_whisper:WhisperTokenizer.normalize", "5.0.0",
         "tokenizer._normalize(text) raises AttributeError.", _TREE + "v4.57.6/src/transformers/models/whisper/tokenization_whisper.py"),
]  # fmt: skip

_BEFORE_SIGNATURE = {
    "BertTokenizer": ("dialect.bert-lower-case",),
    "LlamaTokenizer": ("dialect.llama-bos",),
    "XLMRobertaTokenizer": ("dialect.xlm-roberta-pairs",),
}

DEFAULTS = [
    _wrap("dialect.chat-template", f"{_BASE}.apply_chat_template", "dialects:chat_as_ids", "5.0.0",
          "apply_chat_template(messages) gives a BatchEncoding where it gave ids: len() of it counts keys.", _PULL + "42567", dialect="5.0"),
    _wrap("dialect.decode", f"{_BASE}.decode", "dialects:of_one_sequence", "5.0.0",
          "decode of a list of sequences gives a list of texts where it raised TypeError.", _GUIDE, dialect="5.0"),
    _wrap("dialect.batch-decode", f"{_BASE}.batch_decode", "dialects:one_text_each", "5.0.0",
          "batch_decode of a flat list of ids gives one text where it gave one for each id.", _GUIDE, dialect="5.0"),
    _row(Kind.REPLACE, "dialect.model-input-names", f"{_BASE}.model_input_names", "dialects:MODEL_INPUT_NAMES", "5.0.0",
         "A PreTrainedTokenizerFast, or a class that does not say what it returns, returns no token_type_ids.", _GUIDE, dialect="5.0"),
    _wrap("dialect.model-input-names-of-named-classes", f"{_BASE}._from_pretrained", "dialects:named_classes_keep_their_inputs", "5.0.0",
          "Tokenizers that v5 loads with the bare backend had a class that returned no token_type_ids.", _GUIDE, dialect="5.0"),
    _wrap("dialect.clean-up", f"{_BASE}.__init__", "dialects:cleaning_by_default", "4.49.0",
          "Decoding no longer removes the spaces before punctuation unless the tokenizer's files say so.", _PULL + "31938", dialect="4.45"),
    _wrap("dialect.clean-up-of-byte-pairs", f"{_RUST}._decode", "dialects:cleaning_of_byte_pairs", "5.7.0",
          "clean_up_tokenization_spaces=True is ignored for byte-pair tokenizers.", _TREE + "v5.7.0/src/transformers/tokenization_utils_tokenizers.py", dialect="5.0"),
    _wrap("dialect.special-tokens-map", f"{_BASE}.special_tokens_map", "dialects:with_additional", "5.0.0",
          "special_tokens_map lacks additional_special_tokens.", _GUIDE, dialect="5.0"),
    _wrap("dialect.prefix-space-of-a-call", f"{_RUST}._encode_plus", "dialects:beginning_with_a_space", "5.0.0",
          "tokenizer(text, add_prefix_space=True) of GPT-2 and kin puts no space before the text: other ids, in silence.",
          _TREE + "v4.57.6/src/transformers/models/gpt2/tokenization_gpt2.py", dialect="5.0"),
    _wrap("dialect.vocabulary-by-id", f"{_RUST}.get_vocab", "dialects:by_id", "5.0.0",
          "list(BertTokenizer(...).get_vocab()) is in no order; a slow tokenizer's was in the order of the ids.", _SLOW_457, dialect="5.0"),
    _wrap("dialect.use-fast", "models.auto.tokenization_auto:AutoTokenizer.from_pretrained", "dialects:slow_when_asked", "5.0.0",
          "AutoTokenizer.from_pretrained(..., use_fast=False) gives a fast tokenizer.", _GUIDE, dialect="5.0", after=("use-fast",)),
    _wrap("dialect.llama-bos", "models.llama.tokenization_llama:LlamaTokenizer.__init__", "dialects:beginning_with_bos", "5.0.0",
          "A LLaMA tokenizer whose files do not say add_bos_token puts no BOS before its texts.", _TREE + "v4.57.6/src/transformers/models/llama/tokenization_llama.py",
          dialect="5.0", after=("slow-again.llamatokenizer",)),
    _wrap("dialect.bert-lower-case", "models.bert.tokenization_bert:BertTokenizer.__init__", "dialects:lowering_by_default", "5.0.0",
          "A BERT tokenizer whose files do not say do_lower_case keeps capitals, which its vocabulary has not.", _TREE + "v5.0.0/src/transformers/models/bert/tokenization_bert.py",
          until="5.3.0", dialect="5.0", after=("slow-again.berttokenizer",)),
    _wrap("dialect.xlm-roberta-pairs", "models.xlm_roberta.tokenization_xlm_roberta:XLMRobertaTokenizer.__init__", "dialects:with_two_separators", "5.0.0",
          "The texts of a pair have one separator between them where they had two: rerankers score something else.",
          _TREE + "v5.0.0/src/transformers/models/xlm_roberta/tokenization_xlm_roberta.py",
          until="5.3.0", dialect="5.0", after=("slow-again.xlmrobertatokenizer",)),
    *(
        _wrap(f"dialect.signature.{name.lower()}", f"models.{module}:{name}.__init__", "dialects:told_by_files", "5.0.0",
              f"Code that looks into the signature of {name} finds no tokenizer_file, and vocab for vocab_file.", _GUIDE,
              dialect="5.0", after=(f"slow-again.{name.lower()}", *_BEFORE_SIGNATURE.get(name, ())))
        for module, name in _ONCE_SLOW
        if name != "CamembertTokenizer"
    ),
]  # fmt: skip

PATCHES: list[Patch] = [
    *ENCODING,
    *PREPARING,
    *SPECIAL_TOKENS,
    *PYTHON_TOKENIZERS,
    *SLOW_AGAIN,
    *FAST_TOKENIZERS,
    *BACKEND,
    *DEFAULTS,
]


@hookimpl
def hfcompat_patches() -> list[Patch]:
    return PATCHES


_TIKTOKEN = f"{_HERE}.tiktoken_files:load"

BACKENDS = [
    TokenizerBackend("tiktoken", ("*",), ("*.tiktoken",), _TIKTOKEN, when={"transformers": ">=4.49.0.dev0"}, needs={"tiktoken": ">=0.7"}, unless=("tokenizer.json", "vocab.*", "*.model"),
                     reason="Files of tiktoken whose name is not tokenizer.model: no release reads them.", upstream="https://huggingface.co/docs/transformers/tiktoken"),
    TokenizerBackend("tiktoken-model", ("*",), ("tiktoken.model", "tokenizer.model"), _TIKTOKEN, when={"transformers": ">=5.0.0.dev0,<5.3.0.dev0"}, needs={"tiktoken": ">=0.7"}, unless=("tokenizer.json", "vocab.*"),
                     reason="5.0 to 5.2 split texts in another way than the file is for: other ids, in silence.", upstream=_TREE + "v5.3.0/src/transformers/tokenization_utils_tokenizers.py"),
]  # fmt: skip


@hookimpl
def hfcompat_tokenizers() -> list[TokenizerBackend]:
    return BACKENDS
