"""Mistral's files: ids and chats as mistral-common has them, on every runtime; what is saved, every reader reads."""

from __future__ import annotations

import copy
import hashlib
import json
import logging
import multiprocessing
import pickle
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from tokenizer_folders import MISTRAL, TEXTS, mistral, tekken

pytest.importorskip("mistral_common", reason="mistral-common is not installed: pip install 'hfcompat[mistral]'")

import mistral_common
import torch
import transformers
from mistral_common.protocol.instruct.request import ChatCompletionRequest
from mistral_common.protocol.instruct.validator import ValidationMode
from mistral_common.tokens.tokenizers.mistral import MistralTokenizer as Reference
from packaging.version import Version

import hfcompat
from hfcompat import AutoTokenizer
from hfcompat.auto import tokenizer_backends
from hfcompat.auto.tokenizer_backends import explain
from hfcompat.environment import Environment

V5 = Version(transformers.__version__) >= Version("5.0.0.dev0")
DATA = Path(mistral_common.__file__).parent / "data"
PUBLISHED = {
    "tokenizer.model": "tokenizer.model.v1",
    "tokenizer.model.v2": "mistral_instruct_tokenizer_240216.model.v2",
    "tokenizer.model.v3": "mistral_instruct_tokenizer_240323.model.v3",
    "tokenizer.mm.model.v7m1": "mistral_instruct_tokenizer_241114.model.v7m1",
    "tekken.json": "tekken_240718.json",
}
"""What Mistral has published, as mistral-common brings it, by the name that it has in a model's folder."""

TALK = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Hello  world"},
    {"role": "assistant", "content": "It's a test."},
    {"role": "user", "content": "1, 22 and 333?\n\nwörld 你好"},
]


def look_up(word: str, times: int = 1) -> str:
    """Look a word up.

    Args:
        word: The word.
        times: How often.
    """
    return word * times


TOOLS = [transformers.utils.get_json_schema(look_up)]
CALLED = [
    {"role": "user", "content": "this"},
    {
        "role": "assistant",
        "tool_calls": [
            {"id": "abcdefghi", "type": "function", "function": {"name": "look_up", "arguments": '{"word": "this"}'}}
        ],
    },
    {"role": "tool", "tool_call_id": "abcdefghi", "name": "look_up", "content": "that"},
]


@pytest.fixture(autouse=True)
def _reverted():
    yield
    hfcompat.revert()
    tokenizer_backends._said.clear()


@pytest.fixture(scope="module", params=[*MISTRAL, *(f"published {file}" for file in PUBLISHED)])
def model(request, tmp_path_factory):
    """A folder, mistral-common's own tokenizer for its file, and ours."""
    published, _, file = request.param.rpartition(" ")
    content = (DATA / PUBLISHED[file]).read_bytes() if published else None
    folder = mistral(tmp_path_factory.mktemp("mistral"), file, content)
    return folder, Reference.from_file(str(folder / file)), AutoTokenizer.from_pretrained(folder)


def rendered(reference, messages, **kwargs):
    return reference.encode_chat_completion(ChatCompletionRequest.from_openai(messages=messages, **kwargs))


# ---- ids


def test_ids_are_those_of_mistral_common(model):
    _, reference, tokenizer = model
    base = reference.instruct_tokenizer.tokenizer
    assert explain(tokenizer).backend.startswith("mistral:")
    assert isinstance(tokenizer, transformers.PreTrainedTokenizerBase)
    for text in [*TEXTS, "", " ", "<s>[INST] not read as such [/INST]</s>"]:
        want = base.encode(text, bos=True, eos=False)
        assert tokenizer(text)["input_ids"] == tokenizer.encode(text) == want
        assert tokenizer.encode(text, add_special_tokens=False) == want[1:]
        assert tokenizer(text, return_tensors="pt")["input_ids"].tolist() == [want]
        assert tokenizer.tokenize(text) == tokenizer.convert_ids_to_tokens(want[1:])
        assert tokenizer.decode(want, skip_special_tokens=True) == base.decode(want)
    assert tokenizer.batch_decode(tokenizer(TEXTS)["input_ids"], skip_special_tokens=True) == TEXTS
    assert (tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.unk_token_id) == (1, 2, base.unk_id)
    assert len(tokenizer) == tokenizer.vocab_size == base.n_words
    vocabulary = tokenizer.get_vocab()
    assert vocabulary["<s>"] == tokenizer.convert_tokens_to_ids("<s>") == 1
    assert max(vocabulary.values()) < len(tokenizer)


@pytest.mark.parametrize("side", ["left", "right"])
def test_batches_are_padded_and_cut_as_transformers_does(model, side):
    _, reference, tokenizer = model
    tokenizer = copy.deepcopy(tokenizer)
    tokenizer.padding_side = side
    want = [reference.instruct_tokenizer.tokenizer.encode(text, bos=True, eos=False) for text in TEXTS]
    longest = max(map(len, want))
    for options, length in (({}, longest), ({"pad_to_multiple_of": 8}, -(-longest // 8) * 8)):
        batch = tokenizer(TEXTS, padding=True, return_tensors="pt", **options)
        empty = [[tokenizer.pad_token_id] * (length - len(ids)) for ids in want]
        rows = [pad + ids if side == "left" else ids + pad for ids, pad in zip(want, empty, strict=True)]
        assert batch["input_ids"].tolist() == rows
        assert batch["attention_mask"].sum(1).tolist() == [len(ids) for ids in want]
    cut = tokenizer(TEXTS, truncation=True, max_length=6)
    assert cut["input_ids"] == [ids[:6] for ids in want]
    tokenizer.truncation_side = "left"
    assert tokenizer(TEXTS, truncation=True, max_length=6)["input_ids"] == [[1, *ids[-5:]] for ids in want]
    padded = tokenizer.pad({"input_ids": want}, padding="max_length", max_length=longest + 3, return_tensors="np")
    assert padded["input_ids"].shape == (len(TEXTS), longest + 3)
    again = tokenizer.batch_decode(padded["input_ids"], skip_special_tokens=True)
    assert again == TEXTS
    masked = tokenizer(TEXTS[0], return_special_tokens_mask=True, return_token_type_ids=True, return_length=True)
    assert masked["special_tokens_mask"] == [1] + [0] * (len(want[0]) - 1)
    assert masked["token_type_ids"] == [0] * len(want[0])


@pytest.mark.parametrize(("bos", "eos"), [(True, True), (False, True), (False, False)])
def test_bos_and_eos_where_they_are_asked_for(model, bos, eos):
    folder, reference, _ = model
    tokenizer = AutoTokenizer.from_pretrained(folder, add_bos_token=bos, add_eos_token=eos)
    want = [reference.instruct_tokenizer.tokenizer.encode(text, bos=bos, eos=eos) for text in TEXTS]
    assert tokenizer(TEXTS)["input_ids"] == want
    assert pickle.loads(pickle.dumps(tokenizer))(TEXTS)["input_ids"] == want
    assert rendered(reference, TALK).tokens == ids_of(tokenizer, TALK), "chats begin and end as mistral-common says"


# ---- chats


def ids_of(tokenizer, messages, **kwargs):
    return tokenizer.apply_chat_template(messages, return_dict=False, **kwargs)


def test_chats_are_those_of_mistral_common(model):
    _, reference, tokenizer = model
    want = rendered(reference, TALK)
    assert ids_of(tokenizer, TALK) == ids_of(tokenizer, TALK, add_generation_prompt=True) == want.tokens
    assert tokenizer.apply_chat_template(TALK, tokenize=False) == want.text
    assert ids_of(tokenizer, TALK, return_tensors="pt").tolist() == [want.tokens]
    batch = tokenizer.apply_chat_template([TALK, TALK[:2]], return_dict=True, return_tensors="pt", padding=True)
    short = rendered(reference, TALK[:2]).tokens
    assert batch["input_ids"][0].tolist() == want.tokens
    assert batch["input_ids"][1].tolist()[-len(short) :] == short
    assert batch["attention_mask"].sum(1).tolist() == [len(want.tokens), len(short)]
    assert ids_of(tokenizer, [TALK, TALK[:2]]) == [want.tokens, short]
    parts = [{"role": "user", "content": [{"type": "text", "text": "Hello"}, {"type": "text", "text": "world"}]}]
    assert ids_of(tokenizer, parts) == rendered(reference, parts).tokens
    assert ids_of(tokenizer, TALK, truncation=True, max_length=5) == want.tokens[:5]


def test_tools_are_those_of_mistral_common(model):
    _, reference, tokenizer = model
    for messages in (TALK, CALLED) if reference.version.value != "v1" else (TALK,):
        want = rendered(reference, messages, tools=TOOLS).tokens
        assert ids_of(tokenizer, messages, tools=TOOLS) == want
        assert ids_of(tokenizer, messages, tools=[look_up]) == want


def test_the_last_message_is_continued_or_closed(model):
    _, reference, tokenizer = model
    if reference.version.value != "v1":
        want = rendered(reference, TALK[:3], continue_final_message=True).tokens
        assert ids_of(tokenizer, TALK[:3], continue_final_message=True) == want
    closed = Reference.from_file(tokenizer.vocab_file, mode=ValidationMode.finetuning)
    assert ids_of(tokenizer, TALK[:3]) == rendered(closed, TALK[:3]).tokens
    assert ids_of(tokenizer, TALK[:3])[-1] == tokenizer.eos_token_id
    with pytest.raises(ValueError, match="say continue_final_message, not add_generation_prompt"):
        ids_of(tokenizer, TALK[:3], add_generation_prompt=True)
    with pytest.raises(ValueError, match="exclude each other"):
        ids_of(tokenizer, TALK[:3], add_generation_prompt=True, continue_final_message=True)


def test_a_chat_comes_as_the_runtime_gives_it(tmp_path):
    tokenizer = AutoTokenizer.from_pretrained(mistral(tmp_path, "tekken.json"))
    assert isinstance(tokenizer.apply_chat_template(TALK), transformers.BatchEncoding if V5 else list)
    with hfcompat.applied(dialect="4.57"):
        assert isinstance(tokenizer.apply_chat_template(TALK), list)


def test_images_are_those_of_mistral_common(tmp_path):
    pytest.importorskip("cv2", reason="opencv-python-headless is not installed: mistral-common needs it for images")
    from PIL import Image

    folder = mistral(tmp_path, "tekken.json", tekken("v7", images=True).encode())
    tokenizer, reference = AutoTokenizer.from_pretrained(folder), Reference.from_file(str(folder / "tekken.json"))
    pictures = []
    for number, size in enumerate(((32, 16), (24, 40))):
        pictures.append(Image.effect_mandelbrot(size, (-2, -1.5, 1, 1.5), 20 + number).convert("RGB"))
        pictures[-1].save(tmp_path / f"{number}.png")
    content = [{"type": "text", "text": "this"}] + [
        {"type": "image_url", "image_url": {"url": (tmp_path / f"{number}.png").as_uri()}} for number in range(2)
    ]
    want = rendered(reference, [{"role": "user", "content": content}])
    assert [image.shape for image in want.images] == [(3, 16, 32), (3, 40, 24)]
    ours = [
        [{"type": "image", "path": str(tmp_path / f"{number}.png")} for number in range(2)],
        [{"type": "image", "url": (tmp_path / f"{number}.png").as_uri()} for number in range(2)],
        [{"type": "image", "image": picture} for picture in pictures],
    ]
    for images in ours:
        said = [{"role": "user", "content": [content[0], *images]}]
        listed = tokenizer.apply_chat_template(said, return_dict=True)
        assert listed["input_ids"] == want.tokens
        assert listed["image_sizes"] == [[16, 32], [40, 24]]
        stacked = tokenizer.apply_chat_template(said, return_dict=True, return_tensors="pt")
        assert stacked["image_sizes"].tolist() == [[16, 32], [40, 24]]
        assert stacked["pixel_values"].shape == (2, 3, 40, 32)
        for mine, padded, theirs in zip(listed["pixel_values"], stacked["pixel_values"], want.images, strict=True):
            assert (mine == theirs).all()
            height, width = theirs.shape[-2:]
            assert torch.equal(padded[:, :height, :width], torch.from_numpy(theirs))
            assert padded.sum().item() == pytest.approx(padded[:, :height, :width].sum().item())
    with pytest.raises(ValueError, match="none of the keys image, url, path, base64"):
        tokenizer.apply_chat_template([{"role": "user", "content": [{"type": "image"}]}])


def test_a_template_of_somebodys_own_is_rendered(tmp_path):
    tokenizer = AutoTokenizer.from_pretrained(mistral(tmp_path, "tekken.json"))
    template = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }};{% endfor %}"
    text = tokenizer.apply_chat_template(TALK[1:2], chat_template=template, tokenize=False)
    assert text == "user: Hello  world;"


# ---- what it cannot do


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda t: t("one", "two"), ValueError, "joins no pairs of texts"),
        (lambda t: t([("one", "two")]), ValueError, "joins no pairs of texts"),
        (lambda t: t(["one", "two"], is_split_into_words=True), ValueError, "knows no is_split_into_words"),
        (lambda t: t("one", return_offsets_mapping=True), NotImplementedError, "does not know return_offsets_mapping"),
        (lambda t: t.add_tokens(["<new>"]), ValueError, "'<new>' is not in the vocabulary, and mistral-common's vocabulary cannot"),
        (lambda t: t.apply_chat_template(TALK, documents=[{}]), ValueError, "does not know documents"),
        (lambda t: t.apply_chat_template(TALK, return_assistant_tokens_mask=True), ValueError, "does not know return_assistant"),
        (lambda t: t.save_pretrained("x", filename_prefix="y"), ValueError, "saved without a prefix"),
    ],
)  # fmt: skip
def test_what_it_cannot_do_is_said(tmp_path, monkeypatch, call, error, says):
    monkeypatch.chdir(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(mistral(tmp_path / "model", "tekken.json"))
    with pytest.raises(error, match=says):
        call(tokenizer)


def test_tokens_of_the_vocabulary_may_be_named(tmp_path):
    tokenizer = AutoTokenizer.from_pretrained(mistral(tmp_path, "tokenizer.model.v3"), pad_token="</s>")
    assert tokenizer.pad_token_id == 2
    tokenizer.pad_token = "[INST]"
    assert tokenizer.pad_token_id == tokenizer.convert_tokens_to_ids("[INST]") == 3
    assert tokenizer.add_special_tokens({"pad_token": "<unk>"}) == 0
    assert tokenizer.pad_token_id == 0


# ---- which folders


def test_what_somebody_has_converted_is_left_to_transformers(tmp_path):
    folder = mistral(tmp_path / "spm", "tokenizer.model.v3")
    (folder / "tokenizer_config.json").write_text("{}")
    _, choice = tokenizer_backends.build(folder, {})
    assert choice.refused == (("mistral:sentencepiece", "tokenizer_config.json is there, and transformers reads it"),)
    assert explain(AutoTokenizer.from_pretrained(folder, backend="mistral")).backend == "mistral:sentencepiece"
    other = mistral(tmp_path / "other", "tokenizer.model")
    (other / "config.json").write_text('{"model_type": "llama"}')
    assert tokenizer_backends.build(other, {})[1].backend == "transformers"


def test_tekken_comes_first_as_in_transformers_5(tmp_path):
    folder = mistral(tmp_path, "tekken.json")
    (folder / "tokenizer.json").write_text("{}")
    assert explain(AutoTokenizer.from_pretrained(folder)).backend == "mistral:tekken"


def test_without_mistral_common_transformers_goes_on(tmp_path, monkeypatch, caplog):
    folder = mistral(tmp_path, "tekken.json")
    (folder / "config.json").unlink()
    monkeypatch.setattr(tokenizer_backends, "Environment", lambda: Environment({"mistral-common": None}))
    with caplog.at_level(logging.WARNING, logger="hfcompat"):
        tokenizer = AutoTokenizer.from_pretrained(folder)
    assert "mistral-common is not installed; run: pip install 'mistral-common" in caplog.text
    assert explain(tokenizer).refused[0][0] == "mistral:tekken"
    base = Reference.from_file(str(folder / "tekken.json")).instruct_tokenizer.tokenizer
    assert tokenizer(TEXTS[0], add_special_tokens=False)["input_ids"] == base.encode(TEXTS[0], bos=False, eos=False)


def test_a_file_that_is_none_of_mistrals_is_refused(tmp_path):
    folder = mistral(tmp_path, "tekken.json", b'{"config": {"version": "v99"}}')
    _, choice = tokenizer_backends.build(folder, {})
    assert choice.refused[0][1].startswith("mistral-common cannot read ")
    with pytest.raises(OSError, match="mistral:tekken does not read .*v99"):
        AutoTokenizer.from_pretrained(folder, backend="mistral")


# ---- saving, copies, processes

READER = """
import json, sys
if sys.argv[2] == "without":
    sys.modules["mistral_common"] = None
from transformers import AutoTokenizer
folders, texts, talk = json.loads(sys.argv[1])
said = {}
for folder in folders:
    t = AutoTokenizer.from_pretrained(folder)
    chat = t.apply_chat_template(talk, return_dict=False, tokenize=True)
    said[folder] = [[t(text)["input_ids"] for text in texts], chat, len(t), t.pad_token_id, t.padding_side,
                    [t.decode(t(text)["input_ids"], skip_special_tokens=True) for text in texts]]
print(json.dumps(said))
"""
PLAIN = [text for text in TEXTS if "<" not in text]


@pytest.mark.parametrize("mistral_common_is", ["there", "without"])
def test_what_is_saved_transformers_reads(tmp_path, mistral_common_is):
    want = {}
    for published, files in ((False, MISTRAL), (True, PUBLISHED)):
        for file in files:
            content = (DATA / PUBLISHED[file]).read_bytes() if published else None
            folder = mistral(tmp_path / f"{published}-{file}", file, content)
            tokenizer = AutoTokenizer.from_pretrained(folder, model_max_length=77)
            saved = tmp_path / f"saved-{published}-{file}"
            written = tokenizer.save_pretrained(saved)
            assert {Path(path).name for path in written} >= {"tokenizer_config.json", "tokenizer.json", file}
            assert (saved / file).read_bytes() == (folder / file).read_bytes()
            want[str(saved)] = [tokenizer(PLAIN)["input_ids"], ids_of(tokenizer, TALK), len(tokenizer),
                                tokenizer.pad_token_id, "left", PLAIN]  # fmt: skip
            again = AutoTokenizer.from_pretrained(saved)
            assert type(again) is type(tokenizer)
            assert again.model_max_length == 77
            assert again(TEXTS)["input_ids"] == tokenizer(TEXTS)["input_ids"]
    command = [sys.executable, "-c", READER, json.dumps([list(want), PLAIN, TALK]), mistral_common_is]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    read = json.loads(done.stdout.splitlines()[-1])
    assert {folder: answer for folder, answer in read.items() if answer != want[folder]} == {}


def test_what_is_saved_is_the_same_on_every_runtime(tmp_path):
    folder = mistral(tmp_path / "model", "tokenizer.model.v3", (DATA / PUBLISHED["tokenizer.model.v3"]).read_bytes())
    AutoTokenizer.from_pretrained(folder).save_pretrained(tmp_path / "saved")
    said = json.loads((tmp_path / "saved" / "tokenizer_config.json").read_text("utf-8"))
    assert said.pop("chat_template").startswith("{#- Default system message")
    assert said == {
        "add_bos_token": True,
        "add_eos_token": False,
        "bos_token": "<s>",
        "clean_up_tokenization_spaces": False,
        "eos_token": "</s>",
        "hfcompat_backend": "mistral:sentencepiece",
        "mode": "test",
        "model_input_names": ["input_ids", "attention_mask"],
        "model_max_length": int(1e30),
        "pad_token": "<unk>",
        "padding_side": "left",
        "tokenizer_class": "PreTrainedTokenizerFast",
        "truncation_side": "right",
        "unk_token": "<unk>",
    }
    digest = hashlib.sha256((tmp_path / "saved" / "tokenizer.json").read_bytes()).hexdigest()
    assert digest == "c8740262efd6e97f213176717e92b307a3d448413fddc54c87bd6fe6d5f497a4"


@pytest.mark.parametrize("file", ["tekken.json", "tokenizer.model.v3"])
def test_ends_are_saved(tmp_path, file):
    tokenizer = AutoTokenizer.from_pretrained(
        mistral(tmp_path / "model", file), add_bos_token=False, add_eos_token=True
    )
    tokenizer.save_pretrained(tmp_path / "saved")
    want = tokenizer(TEXTS)["input_ids"]
    assert want[0][-1] == 2
    assert AutoTokenizer.from_pretrained(tmp_path / "saved")(TEXTS)["input_ids"] == want
    stock = AutoTokenizer.from_pretrained(tmp_path / "saved", force_hf=True)
    assert stock(TEXTS)["input_ids"] == want


def test_copies_are_the_same_and_keep_nothing_of_the_file(model):
    _, _, tokenizer = model
    pickled = pickle.dumps(tokenizer)
    assert len(pickled) < 200_000
    for copied in (pickle.loads(pickled), copy.deepcopy(tokenizer)):
        assert copied(TEXTS, padding=True)["input_ids"] == tokenizer(TEXTS, padding=True)["input_ids"]
        assert ids_of(copied, TALK) == ids_of(tokenizer, TALK)
        assert copied.special_tokens_map == tokenizer.special_tokens_map


def test_a_file_that_is_gone_is_named(tmp_path):
    folder = mistral(tmp_path, "tekken.json")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    pickled = pickle.dumps(tokenizer)
    (folder / "tekken.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"tekken.json is no longer there"):
        pickle.loads(pickled)
    with pytest.raises(FileNotFoundError, match=r"tekken.json is no longer there, so it cannot be saved"):
        tokenizer.save_pretrained(tmp_path / "saved")
    assert not (tmp_path / "saved").exists()


def _in_another_process(tokenizer):
    return tokenizer(TEXTS)["input_ids"], tokenizer.apply_chat_template(TALK, return_dict=False)


class _Texts(torch.utils.data.Dataset):
    def __init__(self, tokenizer):
        self.tokenizer = tokenizer

    def __len__(self):
        return len(TEXTS)

    def __getitem__(self, index):
        return self.tokenizer(TEXTS[index], padding="max_length", max_length=80, return_tensors="pt")["input_ids"][0]


def test_it_works_in_processes_that_are_spawned(tmp_path):
    tokenizer = AutoTokenizer.from_pretrained(mistral(tmp_path, "tekken.json"))
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        assert pool.submit(_in_another_process, tokenizer).result() == _in_another_process(tokenizer)
    data = _Texts(tokenizer)
    loader = torch.utils.data.DataLoader(data, batch_size=len(TEXTS), num_workers=1, multiprocessing_context="spawn")
    (batch,) = list(loader)
    assert torch.equal(batch, torch.stack([data[index] for index in range(len(TEXTS))]))


def test_a_processor_of_a_model_that_has_none_is_its_tokenizer(tmp_path):
    folder = mistral(tmp_path, "tekken.json")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    try:
        stock = transformers.AutoProcessor.from_pretrained(folder)
    except Exception as error:  # of many kinds, up to 4.56
        with pytest.raises(type(error)):
            hfcompat.AutoProcessor.from_pretrained(folder)
        return
    processor = hfcompat.AutoProcessor.from_pretrained(folder)
    assert type(processor) is type(tokenizer)
    assert processor("hello")["input_ids"] == tokenizer("hello")["input_ids"]
    assert type(hfcompat.AutoProcessor.from_pretrained(folder, force_hf=True)) is type(stock)
