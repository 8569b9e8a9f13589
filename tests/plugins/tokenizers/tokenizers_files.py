"""Small vocabularies, written or trained where a test asks for them."""

from __future__ import annotations

import json
from pathlib import Path

TEXTS = [
    "Hello world, this is a test of tokenizers.",
    "The quick brown fox jumps over the lazy dog; it doesn't stop!",
    "I'm here, we're there, they've gone: isn't that nice?",
    "Numbers such as 1, 22 and 333 are cut into pieces.",
    "Hello hello HELLO, lower and lowest, new and newest, wide and widest.",
]
WORDS = "hello world this is a test of the quick brown fox ##s ##er ##est low new wide it ' i m , . ! ? un ##known Hello".split()


def wordpiece(folder: Path) -> str:
    path = folder / "vocab.txt"
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = list("abcdefghijklmnopqrstuvwxyz")
    tokens = dict.fromkeys([*special, *WORDS, *letters, *(f"##{letter}" for letter in letters)])
    path.write_text("\n".join(tokens) + "\n", encoding="utf-8")
    return str(path)


def _bytes() -> list[str]:
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte if byte in printable else next(others)) for byte in range(256)]


MERGES = [
    "h e",
    "l l",
    "he ll",
    "hell o",
    "Ġ w",
    "o r",
    "Ġw or",
    "l d",
    "Ġwor ld",
    "t h",
    "Ġ t",
    "Ġt h",
    "i s",
    "Ġth is",
    "e s",
    "es t",
    "l o",
    "lo w",
    "e r",
    "Ġ a",
]


def byte_pairs(folder: Path, special: list[str]) -> tuple[str, str]:
    tokens = [*special, *_bytes(), *("".join(merge.split()) for merge in MERGES)]
    vocab, merges = folder / "vocab.json", folder / "merges.txt"
    vocab.write_text(json.dumps({token: index for index, token in enumerate(dict.fromkeys(tokens))}), encoding="utf-8")
    merges.write_text("#version: 0.2\n" + "\n".join(MERGES) + "\n", encoding="utf-8")
    return str(vocab), str(merges)


def clip_pairs(folder: Path) -> tuple[str, str]:
    letters = _bytes()
    merges = [
        "h e",
        "l l",
        "he ll",
        "hell o</w>",
        "w o",
        "wo r",
        "l d</w>",
        "wor ld</w>",
        "i s</w>",
        "t h",
        "th is</w>",
    ]
    made = ["".join(merge.split()) for merge in merges]
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), *made, "<|startoftext|>", "<|endoftext|>"]
    vocab, path = folder / "vocab.json", folder / "merges.txt"
    vocab.write_text(json.dumps({token: index for index, token in enumerate(tokens)}), encoding="utf-8")
    path.write_text("#version: 0.2\n" + "\n".join(merges) + "\n", encoding="utf-8")
    return str(vocab), str(path)


def pieces(folder: Path, kind: str, name: str = "tokenizer.model") -> str:
    """A SentencePiece model of `kind` bpe or unigram."""
    import sentencepiece

    prefix = folder / name.removesuffix(".model")
    if not Path(f"{prefix}.model").exists():
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(TEXTS * 4),
            model_prefix=str(prefix),
            vocab_size=90 if kind == "unigram" else 320,
            model_type=kind,
            byte_fallback=kind == "bpe",
            character_coverage=1.0,
            hard_vocab_limit=False,
            minloglevel=2,
            num_threads=1,
        )
    return f"{prefix}.model"
