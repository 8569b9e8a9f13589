"""JSON of checkpoints: what is refused, and that the error names the file."""

import copy
import json
import time

import pytest

from hfcompat.checkpoints import documents
from hfcompat.checkpoints.errors import CheckpointError


@pytest.fixture
def read(tmp_path):
    def of(text, **more):
        path = tmp_path / "config.json"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return documents.read(path, **more)

    return of


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"a": 1, "b": 2, "a": 3}', "the key 'a' is there twice"),
        ('{"a": {"b": [{"c": 1, "c": 1}]}}', "the key 'c' is there twice"),
        ('{"a": NaN}', "NaN"),
        ('{"a": [-Infinity, NaN]}', "NaN"),
        ('["a"]', "it holds a list"),
        ("3", "it holds a int"),
        ("", "cannot be read as JSON"),
        ('{"a": 1', "cannot be read as JSON"),
        (b'{"a": "\xff"}', "cannot be read as JSON"),
        (b'\xef\xbb\xbf{"a": 1}', "cannot be read as JSON"),
        ('{"a": ' + "9" * 10_000 + "}", "cannot be read as JSON"),
        ('{"a":' * 10_000 + "1" + "}" * 10_000, "nested deeper than the 200 levels"),
        ('{"a":' + "[" * 10_000 + "]" * 10_000 + "}", "nested deeper than the 200 levels"),
        ('{"a":' + "[" * 200 + "]" * 200 + "}", "nested deeper than the 200 levels"),
    ],
)
def test_it_is_refused(read, text, fault):
    with pytest.raises(CheckpointError, match=r"config\.json: .*" + fault):
        read(text)


def test_what_is_absent_or_a_folder_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "absent.json"):
        with pytest.raises(CheckpointError, match=path.name):
            documents.read(path)


def test_what_is_too_large_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "config.json"
    with path.open("wb") as file:
        file.truncate(2**40)  # a hole: it has the size and no bytes
    start = time.perf_counter()
    with pytest.raises(CheckpointError, match="1,099,511,627,776 bytes are more than"):
        documents.read(path)
    assert time.perf_counter() - start < 1


def test_a_twin_among_many_keys_is_found_at_once(read):
    text = json.dumps({f"key{n}": n for n in range(200_000)})[:-1] + ', "key199999": 0}'
    start = time.perf_counter()
    with pytest.raises(CheckpointError, match="'key199999' is there twice"):
        read(text)
    assert time.perf_counter() - start < 10  # comparing each key with each would take hours


def test_what_is_nested_as_deep_as_allowed_can_be_copied_and_written(read):
    text = '{"a":' + "[" * (documents.DEPTH - 1) + "]" * (documents.DEPTH - 1) + "}"
    found = read(text)
    assert json.loads(documents.text_of(copy.deepcopy(found))) == json.loads(text)


@pytest.mark.parametrize(
    "document",
    [
        {"b": 1, "a": [float("inf"), -float("inf"), 1e-5, None, True]},
        {"text": 'ü \u2028 \U0001f600 "\\'},
        {"half of a pair": "\ud800", "ü": 1},
    ],
)
def test_what_is_written_is_what_is_read(read, document):
    text = documents.text_of(document)
    found = read(text)
    assert found == document
    assert list(found) == list(document)
    assert text.startswith("{\n  ")
    assert text.endswith("}\n")
