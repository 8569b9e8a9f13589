"""Tokenizers as they lie on the hub, each made from vocabularies that are trained here, and what one is asked.

`CASES` are those that the rules were written with; `UNSEEN` came after them.
"""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import transformers

SINCE_5 = int(transformers.__version__.split(".")[0]) >= 5

CORPUS = [
    "the quick brown fox jumps over the lazy dog",
    "Hello world! How are you doing today?",
    "def main():\n    print('x  y')\n\n    return 12345",
    "naïve café über straße 你好世界 こんにちは 😀",
    "It's don't won't we'll I'm 3.14 1,000 times",
] * 20
TEXTS = [
    "Hello world!",
    " leading space",
    "the  double  space and\nnewline\n\n",
    "naïve café 你好 😀",
    "it 's don 't , ok . <s> </s> <|im_start|> <extra1>",
    "12345 x\t y",
    "Hello<mask> [MASK] tail",
    "<|im_start|>user\nhi<|im_end|>\n",
    "",
]
TEMPLATE = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
CHAT = [{"role": "user", "content": "Hello world"}, {"role": "assistant", "content": "hi"}]
END = "<|endoftext|>"
IDENTITY = dict(normalization_rule_name="identity")
MARKS = ["<|im_start|>", "<|im_end|>"]

Build = Callable[[], Any]


@lru_cache(maxsize=1)
def bases() -> Path:
    """A folder with a vocabulary of each kind: byte-level pairs, word pieces, and four of sentencepiece."""
    import sentencepiece
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    root = Path(mkdtemp(prefix="vocabularies-"))
    for kind in ("bpe", "wp", "llama", "gemma", "t5", "xlmr", "albert"):
        (root / kind).mkdir()
    pairs = Tokenizer(models.BPE())
    pairs.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    pairs.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    pairs.train_from_iterator(
        CORPUS,
        trainers.BpeTrainer(vocab_size=500, special_tokens=[END], initial_alphabet=alphabet, show_progress=False),
    )
    pairs.save(str(root / "bpe/tokenizer.json"))
    pairs.model.save(str(root / "bpe"))
    pieces = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    pieces.normalizer = normalizers.BertNormalizer(lowercase=True)
    pieces.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces.train_from_iterator(
        CORPUS, trainers.WordPieceTrainer(vocab_size=200, special_tokens=special, show_progress=False)
    )
    pieces.model.save(str(root / "wp"))
    (root / "corpus.txt").write_text("\n".join(CORPUS), encoding="utf-8")
    for kind, options in {
        "llama": dict(IDENTITY, model_type="bpe", byte_fallback=True, unk_id=0, bos_id=1, eos_id=2, pad_id=-1, vocab_size=400),
        "gemma": dict(IDENTITY, model_type="bpe", byte_fallback=True, pad_id=0, eos_id=1, bos_id=2, unk_id=3, vocab_size=400,
                      add_dummy_prefix=False, remove_extra_whitespaces=False),
        "t5": dict(model_type="unigram", pad_id=0, eos_id=1, unk_id=2, bos_id=-1, vocab_size=110),
        "xlmr": dict(model_type="unigram", unk_id=0, bos_id=1, eos_id=2, pad_id=-1, vocab_size=110),
        "albert": dict(model_type="unigram", pad_id=0, unk_id=1, bos_id=-1, eos_id=-1, vocab_size=120,
                       control_symbols=["[CLS]", "[SEP]"], user_defined_symbols=["[MASK]"]),
    }.items():  # fmt: skip
        sentencepiece.SentencePieceTrainer.train(
            input=str(root / "corpus.txt"),
            model_prefix=str(root / kind / "spiece"),
            character_coverage=1.0,
            hard_vocab_limit=False,
            minloglevel=2,
            **options,
        )
    return root


PAIRS = {"bpe/vocab.json": "vocab.json", "bpe/merges.txt": "merges.txt"}
PIECES = {"wp/vocab.txt": "vocab.txt"}


def sentencepiece_as(kind: str, name: str) -> dict[str, str]:
    return {f"{kind}/spiece.model": name}


def fast(name: str) -> str:
    """The class that runs on the tokenizers backend, as this runtime calls it."""
    return name if SINCE_5 else name + "Fast"


def of_the_hub(cls: str, files: dict[str, str], config: dict[str, Any] | None = None, **arguments: Any) -> Build:
    """A tokenizer of a folder with raw vocabulary files and a short tokenizer_config.json."""

    def build() -> Any:
        folder = Path(mkdtemp(prefix="raw-"))
        for source, name in files.items():
            shutil.copy(bases() / source, folder / name)
        (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": cls, **(config or {})}))
        return getattr(transformers, cls).from_pretrained(folder, **arguments)

    return build


def bare(**arguments: Any) -> Any:
    """A PreTrainedTokenizerFast of a tokenizers object."""
    from tokenizers import Tokenizer

    pairs = Tokenizer.from_file(str(bases() / "bpe/tokenizer.json"))
    return transformers.PreTrainedTokenizerFast(tokenizer_object=pairs, **arguments)


def _bare() -> Any:
    return bare(
        bos_token=END,
        eos_token=END,
        pad_token=END,
        padding_side="left",
        truncation_side="left",
        model_max_length=77,
        clean_up_tokenization_spaces=True,
    )


def _bare_with_added_tokens() -> Any:
    tokenizer = bare(eos_token=END)
    tokenizer.add_special_tokens(
        {("extra" if SINCE_5 else "additional") + "_special_tokens": ["<extra1>", *MARKS], "pad_token": "<pad>"}
    )
    tokenizer.add_tokens(["foo_bar", "tail"])
    tokenizer.chat_template = TEMPLATE
    return tokenizer


def _bare_with_named_tokens() -> Any:
    tokenizer = bare(eos_token=END, extra_special_tokens={"image_token": "<image>", "boi_token": "<boi>"})
    tokenizer.chat_template = TEMPLATE
    return tokenizer


def _bare_with_two_templates() -> Any:
    tokenizer = bare(eos_token=END)
    tokenizer.chat_template = {"default": TEMPLATE, "tool_use": "TOOL" + TEMPLATE}
    return tokenizer


def _bare_with_token_objects() -> Any:
    tokenizer = bare(eos_token=END)
    token = transformers.AddedToken("<extra1>", lstrip=True, rstrip=True, normalized=False)
    tokenizer.add_special_tokens({("extra" if SINCE_5 else "additional") + "_special_tokens": [token, MARKS[0]]})
    return tokenizer


_QWEN = dict(additional_special_tokens=MARKS, eos_token=MARKS[1], pad_token=END, chat_template=TEMPLATE)
_qwen2 = of_the_hub(fast("Qwen2Tokenizer"), PAIRS, _QWEN | dict(model_max_length=512, add_prefix_space=False))


def _qwen2_left() -> Any:
    tokenizer = _qwen2()
    tokenizer.padding_side = "left"
    tokenizer.add_tokens(["foo_bar"], special_tokens=False)
    return tokenizer


class Tekken:
    """A folder with tekken.json and nothing else, as Mistral's repositories have it."""

    control = (
        "<unk> <s> </s> [INST] [/INST] [AVAILABLE_TOOLS] [/AVAILABLE_TOOLS] [TOOL_RESULTS] [/TOOL_RESULTS] [TOOL_CALLS]"
        " [IMG] <pad> [IMG_BREAK] [IMG_END] [PREFIX] [MIDDLE] [SUFFIX] [SYSTEM_PROMPT] [/SYSTEM_PROMPT] [TOOL_CONTENT]"
    ).split()
    pattern = (
        r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    )  # fmt: skip

    def words(self) -> list[bytes]:
        from transformers.convert_slow_tokenizer import bytes_to_unicode

        byte_of = {character: byte for byte, character in bytes_to_unicode().items()}
        vocabulary = json.loads((bases() / "bpe/vocab.json").read_text(encoding="utf-8"))
        words = [bytes([byte]) for byte in range(256)]
        for word in sorted(vocabulary, key=lambda word: vocabulary[word]):
            if len(word) > 1 and set(word) <= set(byte_of):
                words.append(bytes(byte_of[character] for character in word))
        return words

    def answers(self) -> dict[str, Any]:
        """By tiktoken: the ids come after those of the special tokens."""
        import tiktoken

        ranks = {word: rank for rank, word in enumerate(self.words())}
        count, shift = len(ranks), len(self.control)
        special = {token: count + rank for rank, token in enumerate(self.control)}
        encoding = tiktoken.Encoding("tekken", pat_str=self.pattern, mergeable_ranks=ranks, special_tokens=special)
        ids = [encoding.encode(text, allowed_special="all") for text in TEXTS]
        shifted = [[id - count if id >= count else id + shift for id in row] for row in ids]
        return {"bare ids": shifted, "decoded": TEXTS, "size": shift + count}

    def save_pretrained(self, folder: Any) -> None:
        words = self.words()
        document = {
            "config": {
                "pattern": self.pattern,
                "num_vocab_tokens": len(words),
                "default_vocab_size": len(words) + len(self.control),
                "default_num_special_tokens": len(self.control),
                "version": "v7",
            },
            "vocab": [
                {"rank": rank, "token_bytes": base64.b64encode(word).decode(), "token_str": None}
                for rank, word in enumerate(words)
            ],
            "special_tokens": [
                {"rank": rank, "token_str": word, "is_control": True} for rank, word in enumerate(self.control)
            ],
        }
        (Path(folder) / "tekken.json").write_text(json.dumps(document))


CASES: dict[str, Build] = {
    "gpt2": of_the_hub(fast("GPT2Tokenizer"), PAIRS),
    "gpt2_slow": of_the_hub("GPT2Tokenizer", PAIRS),
    "qwen2": _qwen2,
    "qwen2_slow": of_the_hub("Qwen2Tokenizer", PAIRS, _QWEN),
    "qwen2_left": _qwen2_left,
    "roberta": of_the_hub(fast("RobertaTokenizer"), PAIRS),
    "bert": of_the_hub(fast("BertTokenizer"), PIECES, dict(do_lower_case=True, model_max_length=128)),
    "bert_slow": of_the_hub("BertTokenizer", PIECES, dict(do_lower_case=True)),
    "bert_cased_slow": of_the_hub("BertTokenizer", PIECES, dict(do_lower_case=False, tokenize_chinese_chars=False)),
    "distilbert": of_the_hub(fast("DistilBertTokenizer"), PIECES),
    "llama": of_the_hub(
        fast("LlamaTokenizer"),
        sentencepiece_as("llama", "tokenizer.model"),
        dict(add_bos_token=True, add_eos_token=False, legacy=False),
    ),
    "llama_legacy": of_the_hub(fast("LlamaTokenizer"), sentencepiece_as("llama", "tokenizer.model"), dict(legacy=True)),
    "llama_eos": of_the_hub(
        fast("LlamaTokenizer"),
        sentencepiece_as("llama", "tokenizer.model"),
        dict(add_bos_token=False, add_eos_token=True, legacy=False),
    ),
    "llama_slow": of_the_hub(
        "LlamaTokenizer", sentencepiece_as("llama", "tokenizer.model"), dict(legacy=False, add_eos_token=True)
    ),
    "gemma": of_the_hub(
        fast("GemmaTokenizer"),
        sentencepiece_as("gemma", "tokenizer.model"),
        dict(additional_special_tokens=["<start_of_turn>", "<end_of_turn>"]),
    ),
    "t5": of_the_hub(fast("T5Tokenizer"), sentencepiece_as("t5", "spiece.model"), dict(extra_ids=10)),
    "t5_slow": of_the_hub("T5Tokenizer", sentencepiece_as("t5", "spiece.model"), dict(extra_ids=10, legacy=False)),
    "xlmr": of_the_hub(fast("XLMRobertaTokenizer"), sentencepiece_as("xlmr", "sentencepiece.bpe.model")),
    "albert": of_the_hub(fast("AlbertTokenizer"), sentencepiece_as("albert", "spiece.model")),
    "whisper": of_the_hub(
        fast("WhisperTokenizer"),
        PAIRS,
        dict(
            unk_token=END,
            bos_token=END,
            eos_token=END,
            additional_special_tokens=["<|startoftranscript|>", "<|en|>", "<|transcribe|>", "<|notimestamps|>"],
        ),
    ),
    "clip": of_the_hub(fast("CLIPTokenizer"), PAIRS),
    "bare": _bare,
    "bare_added_tokens": _bare_with_added_tokens,
    "bare_named_tokens": _bare_with_named_tokens,
    "bare_two_templates": _bare_with_two_templates,
    "bare_token_objects": _bare_with_token_objects,
    "tekken": Tekken,
}


def observe(tokenizer: Any) -> dict[str, Any]:
    """What counts of a tokenizer: ids, texts, special tokens, padding, chat."""
    found: dict[str, Any] = {}

    def ask(key: str, question: Callable[[], Any]) -> None:
        try:
            found[key] = question()
        except Exception as error:
            found[key] = f"raises {type(error).__name__}"

    ask("ids", lambda: [list(tokenizer(text)["input_ids"]) for text in TEXTS])
    ask("bare ids", lambda: [list(tokenizer(text, add_special_tokens=False)["input_ids"]) for text in TEXTS])
    ask("pair", lambda: list(tokenizer("Hello world", "the fox")["input_ids"]))
    ask("types of a pair", lambda: list(tokenizer("Hello world", "the fox").get("token_type_ids") or []))
    ask("keys", lambda: sorted(tokenizer("Hello").keys()))
    ids, bare_ids = found["ids"], found["bare ids"]
    ask("decoded", lambda: [tokenizer.decode(row) for row in bare_ids])
    ask("decoded without special tokens", lambda: [tokenizer.decode(row, skip_special_tokens=True) for row in ids])
    ask("tokens", lambda: [tokenizer.convert_ids_to_tokens(row) for row in bare_ids[:4]])
    for name in (
        "bos_token eos_token pad_token unk_token cls_token sep_token mask_token image_token padding_side"
        " truncation_side model_max_length"
    ).split():
        value = getattr(tokenizer, name, None)
        found[name] = value if isinstance(value, int | None) else str(value)
    ask("special tokens", lambda: sorted({str(token) for token in tokenizer.all_special_tokens}))
    ask("size", lambda: len(tokenizer))
    ask(
        "padded",
        lambda: {
            key: [list(row) for row in rows]
            for key, rows in tokenizer(["Hello", "the quick brown fox"], padding=True).items()
        },
    )
    ask("chat", lambda: tokenizer.apply_chat_template(CHAT, tokenize=False, add_generation_prompt=True))
    ask("chat with tools", lambda: tokenizer.apply_chat_template(CHAT, tokenize=False, chat_template="tool_use"))
    return found


def _of_object(kind: str) -> Any:
    """A tokenizers object that somebody has put together: by words, by unigrams, or with a template."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    if kind == "words":
        words = sorted({word for line in CORPUS for word in line.lower().split()})
        made = Tokenizer(models.WordLevel({"[UNK]": 0, **{w: i for i, w in enumerate(words, 1)}}, unk_token="[UNK]"))
        made.normalizer = normalizers.Lowercase()
        made.pre_tokenizer = pre_tokenizers.Whitespace()
        return made
    if kind == "unigrams":
        letters = sorted({letter for line in CORPUS for letter in line.replace(" ", "▁")})
        made = Tokenizer(models.Unigram([("<unk>", 0.0), *((letter, -2.0) for letter in letters), ("▁the", -1.0)], 0))
        made.pre_tokenizer, made.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
        return made
    made = Tokenizer.from_file(str(bases() / "bpe/tokenizer.json"))
    if kind == "template":
        made.post_processor = processors.Sequence([
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(f"{END} $A", f"{END} $A {END} $B:1", [(END, 0)]),
        ])  # fmt: skip
    if kind == "limits":
        made.enable_truncation(6)
        made.enable_padding(pad_id=0, pad_token=END, length=8)
    return made


def _plain(kind: str, **arguments: Any) -> Build:
    return lambda: transformers.PreTrainedTokenizerFast(tokenizer_object=_of_object(kind), **arguments)


def of_a_file(cls: str, kind: str, **config: Any) -> Build:
    """A tokenizer of a folder with tokenizer.json and tokenizer_config.json, as most repositories are."""

    def build() -> Any:
        folder = Path(mkdtemp(prefix="raw-"))
        _of_object(kind).save(str(folder / "tokenizer.json"))
        (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": cls, **config}))
        return transformers.AutoTokenizer.from_pretrained(folder)

    return build


def _ctc() -> Any:
    folder = Path(mkdtemp(prefix="raw-"))
    letters = ["<pad>", "<s>", "</s>", "<unk>", "|", *"abcdefghijklmnopqrstuvwxyzHW"]
    (folder / "vocab.json").write_text(json.dumps({letter: rank for rank, letter in enumerate(letters)}))
    return transformers.Wav2Vec2CTCTokenizer.from_pretrained(folder)


_SPIECE, _XLMR = sentencepiece_as("albert", "spiece.model"), sentencepiece_as("xlmr", "sentencepiece.bpe.model")

UNSEEN: dict[str, Build] = {
    "electra": of_the_hub(fast("ElectraTokenizer"), PIECES),
    "mpnet": of_the_hub(fast("MPNetTokenizer"), PIECES),
    "funnel": of_the_hub(fast("FunnelTokenizer"), PIECES),
    "bart": of_the_hub(fast("BartTokenizer"), PAIRS),
    "codegen": of_the_hub(fast("CodeGenTokenizer"), PAIRS),
    "gpt_neox": of_a_file("GPTNeoXTokenizerFast", "pairs", eos_token=END),
    "bloom": of_a_file("BloomTokenizerFast", "pairs", eos_token=END, padding_side="left"),
    "cohere": of_a_file("CohereTokenizerFast", "pairs", bos_token=END, eos_token=END, pad_token=END),
    "llama_of_bytes": of_a_file("LlamaTokenizerFast", "template", bos_token=END, eos_token=END),
    "deberta_v2": of_the_hub(fast("DebertaV2Tokenizer"), sentencepiece_as("albert", "spm.model")),
    "camembert": of_the_hub(fast("CamembertTokenizer"), _XLMR),
    "xlnet": of_the_hub(fast("XLNetTokenizer"), _SPIECE),
    "pegasus": of_the_hub(fast("PegasusTokenizer"), sentencepiece_as("t5", "spiece.model")),
    "mbart50": of_the_hub(fast("MBart50Tokenizer"), _XLMR, dict(src_lang="en_XX", tgt_lang="de_DE")),
    "big_bird": of_the_hub(fast("BigBirdTokenizer"), _SPIECE),
    "byt5": lambda: transformers.ByT5Tokenizer(),
    "canine": lambda: transformers.CanineTokenizer(),
    "wav2vec2_ctc": _ctc,
    "words": _plain("words", unk_token="[UNK]", pad_token="[UNK]"),
    "unigrams": _plain("unigrams", unk_token="<unk>", pad_token="<unk>"),
    "template": _plain("template", bos_token=END, eos_token=END, pad_token=END),
    "limits": _plain("limits", eos_token=END),
    "named_and_additional": lambda: bare(
        eos_token=END, extra_special_tokens={"image_token": "<image>"}, additional_special_tokens=MARKS
    ),
}
