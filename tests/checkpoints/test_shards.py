"""Headers of safetensors files: read as safetensors reads them, and refused where they lie."""

import json
import struct

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from small_checkpoints import raw

from hfcompat.checkpoints import shards
from hfcompat.checkpoints.errors import CheckpointError

TWO = {
    "a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
    "b": {"dtype": "U8", "shape": [4], "data_offsets": [24, 28]},
}


def file_of(path, header, data=bytes(28), length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + data)
    return path


def test_it_reads_what_safetensors_wrote(tmp_path):
    held = {
        "b": np.arange(6, dtype=np.int16).reshape(2, 3),
        "a": np.zeros((0, 4), np.float64),
        "c": np.ones((), np.uint8),
    }
    save_file(held, tmp_path / "x.safetensors", {"format": "pt"})
    shard = shards.read(tmp_path / "x.safetensors")
    assert {name: (found.dtype, found.shape) for name, found in shard.tensors.items()} == {
        "a": ("F64", (0, 4)),
        "b": ("I16", (2, 3)),
        "c": ("U8", ()),
    }
    assert shard.metadata == {"format": "pt"}
    data = (tmp_path / "x.safetensors").read_bytes()
    for name, found in shard.tensors.items():
        assert data[found.start : found.start + found.size] == held[name].tobytes()


def test_safetensors_reads_what_it_writes(tmp_path):
    raw(tmp_path / "x.safetensors", {"ü": ("F32", (2,), np.ones(2, np.float32).tobytes()), "b": ("U8", (3,), b"abc")})
    found = load_file(tmp_path / "x.safetensors")
    assert found["ü"].tolist() == [1, 1]
    assert found["b"].tobytes() == b"abc"


def changed(name, **entry):
    return {**TWO, name: {**TWO[name], **entry}}


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        (b"{ ", "its header cannot be read"),
        (b"{\xff", "its header cannot be read"),
        ([1], "it is no safetensors file"),
        ({"a": 3}, "its header cannot be read"),
        ({"__metadata__": {"a": 1}, **TWO}, "metadata"),
        ({"__metadata__": [], **TWO}, "metadata"),
        (b'{"a": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", "its header cannot be read"),
        (json.dumps(TWO).replace('"b"', '"a"').encode(), "twice"),
        (json.dumps(TWO).replace('"b"', '"\\ud800"').encode(), "its header cannot be read"),
        (changed("a", dtype="F33"), "tensor 'a'"),
        (changed("a", dtype=["F32"]), "its header cannot be read"),
        (changed("a", shape=[2, 4]), "cannot have 24 bytes"),
        (changed("a", shape=[-2, -3]), "tensor 'a'"),
        (changed("a", shape=[2.0, 3]), "tensor 'a'"),
        (changed("a", shape={}), "tensor 'a'"),
        (changed("a", shape=[2, True]), "tensor 'a'"),
        (changed("b", data_offsets=[20, 24]), "overlap before tensor 'b'"),
        (changed("b", data_offsets=[28, 32]), "gap"),
        (changed("b", data_offsets=[28, 24]), "tensor 'b'"),
        (changed("b", data_offsets=[-1, 3]), "tensor 'b'"),
        (changed("b", data_offsets=[24, 28, 30]), "its header cannot be read"),
        (changed("b", shape=[10**30], data_offsets=[24, 24 + 10**30]), "cut off"),
        ({"b": TWO["b"]}, "gap"),
        ({"a": TWO["a"]}, "4 bytes more"),
    ],
)
def test_a_header_that_contradicts_itself_is_refused(tmp_path, header, fault):
    with pytest.raises(CheckpointError, match=r"x\.safetensors: .*" + fault):
        shards.read(file_of(tmp_path / "x.safetensors", header))


@pytest.mark.parametrize("length", [0, 1, 10**8 + 1, 2**63, 2**64 - 1])
def test_a_header_of_an_impossible_length_is_refused(tmp_path, length):
    with pytest.raises(CheckpointError, match="no safetensors file"):
        shards.read(file_of(tmp_path / "x.safetensors", TWO, length=length))


def test_a_file_that_is_cut_off_anywhere_is_refused(tmp_path):
    path = file_of(tmp_path / "x.safetensors", TWO)
    data = path.read_bytes()
    for size in range(len(data)):
        path.write_bytes(data[:size])
        with pytest.raises(CheckpointError, match="x.safetensors"):
            shards.read(path)
    path.write_bytes(data + b"!")
    with pytest.raises(CheckpointError, match="1 bytes more"):
        shards.read(path)


def test_a_pickle_is_refused(tmp_path):
    (tmp_path / "x.safetensors").write_bytes(b"PK\x03\x04" + bytes(200))
    with pytest.raises(CheckpointError, match="no safetensors file"):
        shards.read(tmp_path / "x.safetensors")
