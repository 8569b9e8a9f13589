"""What the files of a tokenizer say to readers of 4.x and of 5.x.

A folder of 4.x has the pipeline in tokenizer.json and what else counts in its class; since 5.0 the class makes the
pipeline anew. So whatever either takes from its classes is written into the files, where both read it.
"""

from __future__ import annotations

import base64
import json
from functools import cache
from pathlib import Path
from typing import Any

from hfcompat.checkpoints.draft import Draft

CONFIG, FILE, MAP, TEKKEN = "tokenizer_config.json", "tokenizer.json", "special_tokens_map.json", "tekken.json"
TEMPLATES = "additional_chat_templates/"
PLAIN = "PreTrainedTokenizerFast"  # both read it, and take everything from the files
BACKEND = "TokenizersBackend"
INPUTS = ("input_ids", "token_type_ids", "attention_mask")  # of PreTrainedTokenizerFast, before 5.0
STANDARD = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")
PIPELINE = ("normalizer", "pre_tokenizer", "decoder", "model")
OF_KEYS = ("lowercase", "strip_accents", "handle_chinese_chars", "clean_text", "add_prefix_space", "trim_offsets")
"""Of a pipeline, what tokenizer_config.json says too, and classes therefore build as they should."""

WITH_METHODS = {
    "CodeLlamaTokenizer", "DPRReaderTokenizer", "LayoutLMv2Tokenizer", "LayoutLMv3Tokenizer", "LayoutXLMTokenizer",
    "LukeTokenizer", "MBart50Tokenizer", "MBartTokenizer", "MLukeTokenizer", "MarkupLMTokenizer", "NllbTokenizer",
    "NougatTokenizer", "SeamlessM4TTokenizer", "SplinterTokenizer", "UdopTokenizer", "WhisperTokenizer",
    "XLNetTokenizer",
}  # fmt: skip
"""Classes that do more than their files say: another class in their place would lose it."""


@cache
def classes() -> dict[str, dict[str, Any]]:
    """Facts on tokenizer classes of 4.57 and of 5.x, by the name without `Fast`."""
    return json.loads(Path(__file__).with_name("tokenizer_classes.json").read_text())  # type: ignore[no-any-return]


def class_of(config: dict[str, Any]) -> str:
    """The name of the class, without `Fast`; 4.49 leaves it away from PreTrainedTokenizerFast too."""
    name = str(config.get("tokenizer_class") or "").removesuffix("Fast")
    return PLAIN if f"{name}Fast" == PLAIN else name


def by_v5(config: dict[str, Any]) -> bool:
    """Whether 5.x has written a tokenizer_config.json."""
    return "backend" in config


def additional_tokens(draft: Draft) -> None:
    """`extra_special_tokens`, where it is a list, by the name that both understand."""
    config = draft.document(CONFIG)
    if config is not None and isinstance(config.get("extra_special_tokens"), list):
        tokens = config.pop("extra_special_tokens")
        if tokens:
            known = config.get("additional_special_tokens") or []
            config["additional_special_tokens"] = [*known, *(token for token in tokens if token not in known)]


def named_tokens(draft: Draft) -> None:
    """Tokens with a name of the model's own, such as image_token, also where 4.x looks for them."""
    config, file = draft.document(CONFIG), _file_of_v5(draft)
    if config is None or file is None:
        return
    special = {token["content"] for token in file.get("added_tokens", ()) if token.get("special")}
    named = {
        name: value
        for name, value in config.items()
        if name.endswith("_token") and name not in STANDARD and content(value) in special
    }
    if named:
        config["extra_special_tokens"] = {**named, **(config.get("extra_special_tokens") or {})}


def plain_class(draft: Draft) -> None:
    """A class that 4.x has, for one that it has not."""
    config = draft.document(CONFIG)
    if config is None or not by_v5(config):
        return
    name = class_of(config)
    facts = classes().get(name, {})
    if name == BACKEND or (facts.get("v5") and not facts["v4"] and FILE in draft.folder.files):
        config["tokenizer_class"] = PLAIN
        config.setdefault("model_input_names", facts.get("inputs of v5", ["input_ids", "attention_mask"]))
        config.setdefault("padding_side", facts.get("padding", "right"))
        _say_tokens(config, facts)


def inputs_of_v5(draft: Draft) -> None:
    """What a class of 5.x returns, where that of 4.x by its name returns something else."""
    config = draft.document(CONFIG)
    facts = classes().get(class_of(config), {}) if config else {}
    if config and by_v5(config) and set(facts.get("inputs of v5", ())) != set(facts.get("inputs of v4", ())):
        config.setdefault("model_input_names", facts.get("inputs of v5") or facts["inputs of v4"])


def inputs_of_v4(draft: Draft) -> None:
    """What a class of 4.x returns, where that of 5.x by its name returns something else."""
    config = draft.document(CONFIG)
    if config is None or by_v5(config):
        return
    facts = classes().get(class_of(config), {})
    if class_of(config) == PLAIN:
        config.setdefault("model_input_names", list(INPUTS))
    elif facts.get("v4") and set(facts["inputs of v4"]) != set(facts.get("inputs of v5", ())):
        config.setdefault("model_input_names", facts["inputs of v4"])


def padding_side(draft: Draft) -> None:
    """Say that a tokenizer pads on the left, where its class does so without being told."""
    config = draft.document(CONFIG)
    if config and classes().get(class_of(config), {}).get("padding") == "left":
        config.setdefault("padding_side", "left")


def no_empty_names(draft: Draft) -> None:
    """No `extra_special_tokens` where there are none."""
    config = draft.document(CONFIG)
    if config is not None and config.get("extra_special_tokens", True) in ({}, []):
        del config["extra_special_tokens"]


def templates_in_config(draft: Draft) -> None:
    """Chat templates of files of their own, in tokenizer_config.json too."""
    config = draft.document(CONFIG)
    files = {
        Path(name).stem: name for name in draft.folder.files if name.startswith(TEMPLATES) and name.endswith(".jinja")
    }
    if config is None or "chat_template.jinja" not in draft.folder.files or "chat_template" in config:
        return
    files = {"default": "chat_template.jinja", **files}
    texts = {name: draft.folder.locate(file).read_text(encoding="utf-8") for name, file in files.items()}
    plain = texts["default"] if len(texts) == 1 else None
    config["chat_template"] = plain or [{"name": name, "template": text} for name, text in texts.items()]


def tokens_of_v5_alone(draft: Draft) -> None:
    """Say that there is no such token, where a class of 5.x would add one that 4.x has not."""
    config = draft.document(CONFIG)
    if config is None or by_v5(config):
        return
    said = {*config, *(draft.document(MAP) or ())}
    for token in classes().get(class_of(config), {}).get("tokens of v5 alone", ()):
        if token not in said:
            config[token] = None


def flags(draft: Draft) -> None:
    """`add_bos_token` and `add_eos_token` as the post-processor of tokenizer.json has them: 4.x goes by the flags."""
    config, file = draft.document(CONFIG), _file_of_v5(draft)
    if config is None or file is None or not classes().get(class_of(config), {}).get("bos and eos by flags"):
        return
    template = json.dumps((file.get("post_processor") or {}), ensure_ascii=False)
    for token in ("bos_token", "eos_token"):
        text = content(config.get(token))
        config.setdefault(f"add_{token}", text is not None and json.dumps(text, ensure_ascii=False) in template)


def no_dead_path(draft: Draft) -> None:
    """A `vocab_file` on the machine of whoever saved it."""
    config = draft.document(CONFIG)
    if config is not None and "vocab_file" in config and config["vocab_file"] not in draft.folder.files:
        del config["vocab_file"]


def no_clean_up_of_pairs(draft: Draft) -> None:
    """5.7 and later leave the spaces of byte-pair tokenizers alone, whatever the file asks for."""
    config, file = draft.document(CONFIG), _file_of_v5(draft)
    if config and file and _cleaned(config, file) and not _cleans_pairs(draft) and CLEAN_UP_OF_PAIRS not in config:
        config["clean_up_tokenization_spaces"] = False


def clean_up_of_pairs(draft: Draft) -> None:
    """Ask 5.7 and later to clean up as earlier versions do."""
    config, file = draft.document(CONFIG), draft.document(FILE)
    if config and file and _cleans_pairs(draft) and _cleaned(config, file):
        config[CLEAN_UP_OF_PAIRS] = True


CLEAN_UP_OF_PAIRS = "clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output"


def _cleans_pairs(draft: Draft) -> bool:
    """Whether its writer cleaned up byte pairs too, as before 5.7; an unnamed one of 5.x is taken for later."""
    writer = str(draft.config.get("transformers_version", ""))
    return not by_v5(draft.document(CONFIG) or {}) or writer.startswith(tuple(f"5.{minor}." for minor in range(7)))


def _cleaned(config: dict[str, Any], file: dict[str, Any]) -> bool:
    return bool(config.get("clean_up_tokenization_spaces")) and file["model"].get("type") == "BPE"


def pipeline_of_the_file(draft: Draft) -> None:
    """A class that takes its pipeline from tokenizer.json, for one that would build another one."""
    config, file = draft.document(CONFIG), draft.document(FILE)
    if config is None or file is None:
        return
    name = class_of(config)
    facts = classes().get(name, {})
    if name in WITH_METHODS or not facts.get("v4") or not facts.get("v5"):
        return
    if facts["pipeline"] in ("of the file", pipeline_of(file)):
        return
    side = "inputs of v5" if by_v5(config) else "inputs of v4"
    config["tokenizer_class"] = PLAIN
    config.setdefault("model_input_names", facts[side])
    config.setdefault("padding_side", facts["padding"])
    _say_tokens(config, facts, but=(draft.document(MAP) or {}))


def _say_tokens(config: dict[str, Any], facts: dict[str, Any], but: Any = ()) -> None:
    """Tokens that a class has without being told."""
    for token, value in facts.get("tokens", {}).items():
        if token in STANDARD and value is not None and token not in but:
            config.setdefault(token, value)


def pipeline_of(file: dict[str, Any]) -> dict[str, Any]:
    """What of a tokenizer.json makes its ids, but the vocabulary and what keys of tokenizer_config.json say."""
    parts = {part: _without(file.get(part), OF_KEYS) for part in PIPELINE}
    model = parts["model"]
    kept = (
        "type",
        "unk_id",
        "continuing_subword_prefix",
        "end_of_word_suffix",
        "fuse_unk",
        "byte_fallback",
        "ignore_merges",
    )
    parts["model"] = {key: model[key] for key in kept if model.get(key)}
    return parts


def _without(part: Any, keys: tuple[str, ...]) -> Any:
    if isinstance(part, list):
        return [_without(item, keys) for item in part]
    if isinstance(part, dict):
        return {key: _without(value, keys) for key, value in part.items() if key not in keys}
    return part


def vocabulary_files(draft: Draft) -> None:
    """vocab.json and merges.txt, or vocab.txt, for the slow tokenizers of 4.x."""
    config, file = draft.document(CONFIG), _file_of_v5(draft)
    if config is None or file is None or not classes().get(class_of(config), {}).get("v4"):
        return
    model = file["model"]
    vocabulary = model.get("vocab")
    if model.get("type") == "BPE" and "ByteLevel" in json.dumps(file.get("decoder")):
        pairs = [pair if isinstance(pair, str) else " ".join(pair) for pair in model["merges"]]
        if "vocab.json" not in draft.folder.files:
            draft.documents["vocab.json"] = dict(vocabulary)
            draft.texts["merges.txt"] = "\n".join(["#version: 0.2", *pairs, ""])
    elif model.get("type") == "WordPiece" and "vocab.txt" not in draft.folder.files:
        draft.texts["vocab.txt"] = "".join(f"{token}\n" for token in sorted(vocabulary, key=vocabulary.__getitem__))


BOS = "<s>"
_NAMED = {"bos": BOS, "eos": "</s>", "unk": "<unk>", "pad": "<pad>"}
TEKKEN_CONTROL = (
    "<unk> <s> </s> [INST] [/INST] [AVAILABLE_TOOLS] [/AVAILABLE_TOOLS] [TOOL_RESULTS] [/TOOL_RESULTS] [TOOL_CALLS] "
    "[IMG] <pad> [IMG_BREAK] [IMG_END] [PREFIX] [MIDDLE] [SUFFIX] [SYSTEM_PROMPT] [/SYSTEM_PROMPT] [TOOL_CONTENT]"
).split()
"""The first special tokens of files that do not name them, those of v3."""


def tekken(draft: Draft) -> None:
    """tokenizer.json of a tekken.json."""
    source = draft.document(TEKKEN)
    if source is None or {CONFIG, FILE} & {*draft.folder.files, *draft.documents}:
        return
    said = [token["token_str"] for token in source.get("special_tokens") or ()]
    special = said or list(TEKKEN_CONTROL)
    count = source["config"]["default_num_special_tokens"]
    special += [f"<SPECIAL_{rank}>" for rank in range(len(special), count)]
    words = [base64.b64decode(entry["token_bytes"]) for entry in source["vocab"]]
    words = words[: source["config"]["default_vocab_size"] - count]
    spelled = [_spelled(word) for word in words]
    file = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            dict(id=rank, content=token, single_word=False, lstrip=False, rstrip=False, normalized=False, special=True)
            for rank, token in enumerate(special)
        ],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                dict(type="Split", pattern={"Regex": source["config"]["pattern"]}, behavior="Isolated", invert=False),
                dict(type="ByteLevel", add_prefix_space=False, trim_offsets=True, use_regex=False),
            ],
        },
        "post_processor": _after_bos(special.index(BOS)) if BOS in special else None,
        "decoder": dict(type="ByteLevel", add_prefix_space=True, trim_offsets=True, use_regex=True),
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": True,
            "vocab": {**dict(zip(special, range(count), strict=True)), **{w: count + r for r, w in enumerate(spelled)}},
            "merges": _merges(words),
        },
    }
    draft.documents[FILE] = file
    draft.documents[CONFIG] = {
        "tokenizer_class": PLAIN,
        "model_input_names": ["input_ids", "attention_mask"],
        "clean_up_tokenization_spaces": False,
        **{f"{name}_token": token for name, token in _NAMED.items() if token in special},
    }


def only_sentencepiece(draft: Draft) -> bool:
    """Whether it is a model of Mistral's with tokenizer.model, and no tokenizer.json that says how."""
    mistral = draft.model_type in ("ministral", "mistral", "mistral3", "mixtral", "pixtral", "voxtral")
    return mistral and "tokenizer.model" in draft.folder.files and not {FILE, TEKKEN}.intersection(draft.folder.files)


def _after_bos(number: int) -> dict[str, Any]:
    """What puts BOS before a text, and before each of two, as mistral-common does."""
    first, second = ({"Sequence": {"id": text, "type_id": 0}} for text in "AB")
    bos = {"SpecialToken": {"id": BOS, "type_id": 0}}
    return {
        "type": "TemplateProcessing",
        "single": [bos, first],
        "pair": [bos, first, bos, second],
        "special_tokens": {BOS: {"id": BOS, "ids": [number], "tokens": [BOS]}},
    }


def _merges(words: list[bytes]) -> list[list[str]]:
    """Every way to make a word of two, the words in their order, the ways by the ranks of their parts."""
    ranks = {word: rank for rank, word in enumerate(words)}
    found = []
    for word in words:
        parts = ((word[:cut], word[cut:]) for cut in range(1, len(word)))
        ways = [(ranks[one], ranks[other], one, other) for one, other in parts if one in ranks and other in ranks]
        found += [[_spelled(one), _spelled(other)] for _, _, one, other in sorted(ways)]
    return found


@cache
def _letters() -> list[str]:
    """The letter that stands for each byte in byte-level vocabularies."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in printable]
    letters = {byte: chr(byte) for byte in printable} | {byte: chr(256 + rank) for rank, byte in enumerate(rest)}
    return [letters[byte] for byte in range(256)]


def _spelled(word: bytes) -> str:
    return "".join(_letters()[byte] for byte in word)


def content(token: Any) -> str | None:
    """The text of a token, which is one itself or an object."""
    found = token.get("content") if isinstance(token, dict) else token
    return found if isinstance(found, str) else None


def _file_of_v5(draft: Draft) -> dict[str, Any] | None:
    config = draft.document(CONFIG)
    return draft.document(FILE) if config and by_v5(config) else None
