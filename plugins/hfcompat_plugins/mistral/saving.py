"""A folder that every transformers reads, with mistral-common or without it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

from hfcompat_plugins.artifacts import tokenizer_rules

from hfcompat.checkpoints.draft import Draft

CONFIG, FILE = "tokenizer_config.json", "tokenizer.json"


def original(file: str, folder: str | Path) -> str:
    """Copy the file that a tokenizer was made of, unless it is there; its new path."""
    source, path = Path(file), Path(folder, Path(file).name)
    _there(source)
    if not (path.exists() and os.path.samefile(source, path)):
        shutil.copyfile(source, path)
    return str(path)


def _there(source: Path) -> None:
    if not source.is_file():
        raise FileNotFoundError(f"the tokenizer's file {source} is no longer there, so it cannot be saved")


def portable(tokenizer: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """tokenizer.json and tokenizer_config.json, in words of 4.x and of 5.x alike, with the same ids for texts."""
    _there(Path(tokenizer.vocab_file))
    document = _of_tekken(tokenizer) if tokenizer.is_tekken else _of_sentencepiece(tokenizer)
    start, end = tokenizer._ends()
    document["post_processor"] = _template(tokenizer, start, end)
    kept = ("model_max_length", "padding_side", "truncation_side", "clean_up_tokenization_spaces")
    words = {key: getattr(tokenizer, key) for key in kept}
    words |= {f"{name}_token": str(getattr(tokenizer, f"{name}_token")) for name in ("bos", "eos", "unk", "pad")}
    words |= {
        "add_bos_token": tokenizer.add_bos_token,
        "add_eos_token": tokenizer.add_eos_token,
        "hfcompat_backend": "mistral:" + _row_of(Path(tokenizer.vocab_file).name),
        "mode": tokenizer.mode,
        "model_input_names": list(tokenizer.model_input_names),
        "tokenizer_class": "PreTrainedTokenizerFast",
    }
    template = _chat_template(tokenizer)
    return document, words | ({"chat_template": template} if template else {})


def write(documents: tuple[dict[str, Any], dict[str, Any]], folder: Path) -> str:
    """Write both; of what transformers has written there, the class of the processor stays. The path of the first."""
    document, words = documents
    said = json.loads((folder / CONFIG).read_text("utf-8"))
    words = {**words, **{key: said[key] for key in ("processor_class",) if key in said}}
    (folder / FILE).write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    (folder / CONFIG).write_text(json.dumps(words, indent=2, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")
    return str(folder / FILE)


def _row_of(name: str) -> str:
    return {"tekken.json": "tekken", "tokenizer.model": "sentencepiece-v1"}.get(name, "sentencepiece")


def _chat_template(tokenizer: Any) -> str | None:
    """mistral-common's own Jinja template for such a file, with which transformers gives the ids of mistral-common.

    None where mistral-common has none: the file is of a version without a template.
    """
    instruct = tokenizer._mistral.instruct_tokenizer
    try:
        from mistral_common.integrations.chat_templates import chat_templates

        if tokenizer.is_tekken:
            return str(chat_templates.convert_tokenizer_to_chat_template(tokenizer.vocab_file))
        version = tokenizer._mistral.version
        first = version.value == "v1"  # there [INST] is text like any other
        template = chat_templates.generate_chat_template(
            spm=first,  # elsewhere a space before each piece comes from the normalizer, as in SentencePiece
            tokenizer_version=version,
            image_support=instruct.image_encoder is not None,
            audio_support=False,
            thinking_support=False,
            default_system_prompt=None,
            plain_thinking_support=False,
            use_special_token_variables=True,
            model_settings_fields=None,
            reasoning_effort_values=None,
            reasoning_effort_default=None,
        )
    except Exception:  # what is saved goes without
        return None
    return template.replace("' [INST] '", "'[INST] '") if first else template


def _template(tokenizer: Any, start: list[int], end: list[int]) -> dict[str, Any] | None:
    if not start and not end:
        return None
    names = {number: tokenizer._convert_id_to_token(number) for number in (*start, *end)}

    def around(sequence: str, type_id: int) -> list[dict[str, Any]]:
        special = [[{"SpecialToken": {"id": names[n], "type_id": type_id}} for n in ids] for ids in (start, end)]
        return [*special[0], {"Sequence": {"id": sequence, "type_id": type_id}}, *special[1]]

    tokens = {name: {"id": name, "ids": [number], "tokens": [name]} for number, name in names.items()}
    pair = around("A", 0) + around("B", 1)
    return {"type": "TemplateProcessing", "single": around("A", 0), "pair": pair, "special_tokens": tokens}


def _of_tekken(tokenizer: Any) -> dict[str, Any]:
    """By the rule that converts folders; it is told the special tokens that old files leave to mistral-common."""
    source = json.loads(Path(tokenizer.vocab_file).read_text("utf-8"))
    base = tokenizer._base
    source["special_tokens"] = [{"token_str": base.id_to_piece(rank)} for rank in range(base.num_special_tokens)]
    draft = Draft(_Alone(source))  # type: ignore[arg-type]
    tokenizer_rules.tekken(draft)
    return dict(draft.documents[FILE])


class _Alone:
    """A folder with nothing but tekken.json."""

    files = (tokenizer_rules.TEKKEN,)

    def __init__(self, tekken: dict[str, Any]) -> None:
        self.tekken = tekken

    def document(self, name: str) -> dict[str, Any] | None:
        return self.tekken if name == tokenizer_rules.TEKKEN else None


def _of_sentencepiece(tokenizer: Any) -> dict[str, Any]:
    """Byte pairs with bytes to fall back on, in the order of their scores."""
    from sentencepiece import sentencepiece_model_pb2

    model = sentencepiece_model_pb2.ModelProto()
    model.ParseFromString(Path(tokenizer.vocab_file).read_bytes())
    if model.trainer_spec.model_type != model.trainer_spec.BPE:
        raise ValueError(f"{tokenizer.vocab_file} is no byte-pair model, as Mistral's are; it cannot be saved")
    pieces = model.pieces
    vocabulary = {piece.piece: number for number, piece in enumerate(pieces)}
    plain = {piece.piece: piece.score for piece in pieces if piece.type == piece.NORMAL}
    ways = [
        (-score, vocabulary[word[:cut]], vocabulary[word[cut:]], word[:cut], word[cut:])
        for word, score in plain.items()
        for cut in range(1, len(word))
        if word[:cut] in plain and word[cut:] in plain
    ]
    special = [number for number, piece in enumerate(pieces) if piece.type in (piece.CONTROL, piece.UNKNOWN)]
    normalizer: list[dict[str, Any]] = [{"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]
    if model.normalizer_spec.add_dummy_prefix:
        normalizer.insert(0, {"type": "Prepend", "prepend": "▁"})
    strip = {"type": "Strip", "content": " ", "start": int(model.normalizer_spec.add_dummy_prefix), "stop": 0}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            dict(id=n, content=pieces[n].piece, single_word=False, lstrip=False, rstrip=False, normalized=False,
                 special=True)
            for n in special
        ],
        "normalizer": {"type": "Sequence", "normalizers": normalizer},
        "pre_tokenizer": None,
        "post_processor": None,
        "decoder": {
            "type": "Sequence",
            "decoders": [
                {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
                {"type": "ByteFallback"},
                {"type": "Fuse"},
                strip,
            ],
        },
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": pieces[model.trainer_spec.unk_id].piece,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": True,
            "byte_fallback": True,
            "ignore_merges": False,
            "vocab": vocabulary,
            "merges": [[one, other] for *_, one, other in sorted(ways)],
        },
    }  # fmt: skip
