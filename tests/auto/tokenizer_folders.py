"""Small tokenizers of several kinds, trained where a test asks for them; no file of transformers is needed for that."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

TEXTS = [
    "Hello world, this is a test of tokenizers.",
    "The quick brown fox jumps over the lazy dog; it doesn't stop!",
    "I'm here, we're there, they've gone: isn't that nice?",
    "Numbers such as 1, 22 and 333 are cut into pieces.",
    "  two spaces, a line\n\nand wörld 你好 in other letters",
]
PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
    r"|\s+(?!\S)|\s+"
)
CORPUS = [text * 3 for text in TEXTS] + ["hello there world test low lower lowest new newest wide widest"] * 5


def byte_level(special: list[str]) -> Tokenizer:
    """Byte pairs, the special tokens first."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


def _write(folder: Path, **documents: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    if "tokenizer_config" in documents:  # what the generations have other defaults for
        said = {"padding_side": "right", "model_input_names": ["input_ids", "attention_mask"]}
        documents["tokenizer_config"] = said | documents["tokenizer_config"]
    for name, document in documents.items():
        (folder / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
    return folder


def llama(folder: Path) -> Path:
    """SentencePiece, with BOS."""
    words = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<unk>"}
    _write(folder, tokenizer_config={"tokenizer_class": "LlamaTokenizer", "legacy": True, **words})
    (folder / "tokenizer.model").write_bytes(sentencepiece_model())
    return folder


def llama3(folder: Path) -> Path:
    """tokenizer.json with a template for BOS."""
    bos, eos = "<|begin_of_text|>", "<|end_of_text|>"
    tokenizer = byte_level([bos, eos])
    template = processors.TemplateProcessing(
        single=f"{bos}:0 $A:0",
        pair=f"{bos}:0 $A:0 {bos}:1 $B:1",
        special_tokens=[(bos, tokenizer.token_to_id(bos))],
    )
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), template])
    words = {"bos_token": bos, "eos_token": eos, "pad_token": eos}
    _write(folder, tokenizer_config={"tokenizer_class": "PreTrainedTokenizerFast", **words})
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def gpt2(folder: Path) -> Path:
    """vocab.json and merges.txt, without special tokens around a text."""
    _write(folder, tokenizer_config={"tokenizer_class": "GPT2Tokenizer", "pad_token": "<|endoftext|>"})
    byte_level(["<|endoftext|>"]).model.save(str(folder))
    return folder


def qwen2(folder: Path) -> Path:
    """tokenizer.json, without a BOS."""
    tokenizer = byte_level(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    split = pre_tokenizers.Split(Regex(PATTERN.replace("{1,3}", "")), "isolated")
    letters = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, letters])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    words = {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>", "bos_token": None}
    _write(folder, tokenizer_config={"tokenizer_class": "Qwen2Tokenizer", **words})
    tokenizer.model.save(str(folder))
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def roberta(folder: Path) -> Path:
    """vocab.json and merges.txt, BOS and EOS, two EOS in a pair."""
    _write(folder, tokenizer_config={"tokenizer_class": "RobertaTokenizer"})
    byte_level(["<s>", "<pad>", "</s>", "<unk>", "<mask>"]).model.save(str(folder))
    return folder


def bert(folder: Path) -> Path:
    """vocab.txt, CLS and SEP; neither BOS nor EOS."""
    words = sorted({letter for text in TEXTS for word in text.lower().split() for letter in word})
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "hello", "world", "this", "##s", *words]
    tokens += [f"##{word}" for word in words if f"##{word}" not in tokens]
    _write(folder, tokenizer_config={"tokenizer_class": "BertTokenizer", "do_lower_case": True})
    (folder / "vocab.txt").write_text("\n".join(tokens) + "\n", encoding="utf-8")
    return folder


FAMILIES: dict[str, Callable[[Path], Path]] = {
    "bert": bert,
    "gpt2": gpt2,
    "llama": llama,
    "llama3": llama3,
    "qwen2": qwen2,
    "roberta": roberta,
}

# ---- Mistral's

_CONTROL = (
    "[INST] [/INST] [TOOL_CALLS] [AVAILABLE_TOOLS] [/AVAILABLE_TOOLS] [TOOL_RESULTS] [/TOOL_RESULTS] [IMG] <pad>"
    " [IMG_BREAK] [IMG_END] [PREFIX] [MIDDLE] [SUFFIX] [SYSTEM_PROMPT] [/SYSTEM_PROMPT] [TOOL_CONTENT]"
).split()


@cache
def sentencepiece_model(*control: str) -> bytes:
    """Byte pairs with bytes to fall back on, as LLaMA's and Mistral's are."""
    import io

    import sentencepiece

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS * 4),
        model_writer=model,
        model_type="bpe",
        vocab_size=340 + len(control),
        byte_fallback=True,
        control_symbols=list(control),
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        allow_whitespace_only_pieces=True,
        split_digits=True,
        unk_id=0,
        bos_id=1,
        eos_id=2,
        pad_id=-1,
        minloglevel=2,
    )
    return model.getvalue()


@cache
def ranks() -> dict[bytes, int]:
    """Tokens by their ranks, as tiktoken has them: the bytes, then what is made of two."""
    tokenizer = Tokenizer(models.BPE())
    split = pre_tokenizers.Split(Regex(PATTERN), "isolated")
    letters = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, letters])
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        CORPUS, trainers.BpeTrainer(vocab_size=500, initial_alphabet=alphabet, show_progress=False)
    )
    byte_of = {letter: byte for byte, letter in enumerate(_letters())}
    vocabulary = tokenizer.get_vocab()
    words = [word for word in sorted(vocabulary, key=vocabulary.__getitem__) if len(word) > 1]
    tokens = [bytes([byte]) for byte in range(256)] + [bytes(byte_of[letter] for letter in word) for word in words]
    return {token: rank for rank, token in enumerate(tokens)}


def _letters() -> list[str]:
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte if byte in printable else next(others)) for byte in range(256)]


def tekken(version: str = "v3", *, images: bool = False) -> str:
    """tekken.json."""
    special = ["<unk>", "<s>", "</s>", *_CONTROL]
    config = {
        "pattern": PATTERN,
        "num_vocab_tokens": len(ranks()),
        "default_vocab_size": len(ranks()) + 40,
        "default_num_special_tokens": 40,
        "version": version,
    }
    document = {
        "config": config,
        "vocab": [
            {"rank": rank, "token_bytes": base64.b64encode(token).decode(), "token_str": token.decode(errors="ignore")}
            for token, rank in ranks().items()
        ],
        "special_tokens": [
            {"rank": rank, "token_str": token, "is_control": True} for rank, token in enumerate(special)
        ],
        "version": 1,
        "type": "Tekken",
    }
    if images:
        document["image"] = {"image_patch_size": 8, "max_image_size": 64, "spatial_merge_size": 1}
    return json.dumps(document)


MISTRAL: dict[str, Callable[[], bytes]] = {
    "tekken.json": lambda: tekken().encode(),
    "tokenizer.model": sentencepiece_model,
    "tokenizer.model.v1": sentencepiece_model,
    "tokenizer.model.v2": lambda: sentencepiece_model(*_CONTROL),
    "tokenizer.model.v3": lambda: sentencepiece_model(*_CONTROL),
    "tokenizer.mm.model.v7m1": lambda: sentencepiece_model(*_CONTROL),
}
"""By the name of the file, which says to mistral-common what is in it."""


def mistral(folder: Path, file: str, content: bytes | None = None) -> Path:
    """A model's folder as Mistral publishes it."""
    _write(folder, config={"model_type": "mistral", "architectures": ["MistralForCausalLM"]})
    (folder / file).write_bytes(MISTRAL[file]() if content is None else content)
    return folder


def tiktoken(folder: Path, file: str, **documents: Any) -> Path:
    """A vocabulary of tiktoken."""
    _write(folder, **documents)
    lines = (base64.b64encode(token) + f" {rank}".encode() for token, rank in ranks().items())
    (folder / file).write_bytes(b"\n".join(lines) + b"\n")
    return folder
