"""Which files of a folder are followed, and what an index may say."""

import os
import pickle

import pytest
from safetensors.numpy import save_file
from small_checkpoints import make, tensors, write_json

from hfcompat.checkpoints.draft import Draft
from hfcompat.checkpoints.errors import CheckpointError
from hfcompat.checkpoints.folder import Folder

INDEX = "model.safetensors.index.json"


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret.json"
    path.write_text('{"password": 1}')
    return path


def hub(tmp_path, subfolder="."):
    """As huggingface_hub has it: snapshots/<commit>/file -> ../../blobs/<digest>."""
    made = make(tmp_path / "made", files=2)
    root = tmp_path / "hub" / "models--a--b"
    inside = root / "snapshots" / "0123abcd" / subfolder
    inside.mkdir(parents=True)
    (root / "blobs").mkdir()
    for number, file in enumerate(sorted(made.iterdir())):
        file.rename(root / "blobs" / f"{number:040x}")
        (inside / file.name).symlink_to(os.path.relpath(root / "blobs" / f"{number:040x}", inside))
    return inside


@pytest.mark.parametrize("subfolder", [".", "text_encoder"])
def test_the_cache_of_huggingface_hub_is_followed(tmp_path, subfolder):
    folder = Folder(hub(tmp_path, subfolder))
    assert folder.document("config.json")["model_type"] == "llama"
    assert len(folder.shards) == 2
    assert len(Draft(folder).tensors) == 6


def test_the_folder_may_be_a_link(tmp_path):
    make(tmp_path / "real")
    (tmp_path / "link").symlink_to("real")
    assert len(Folder(tmp_path / "link").shards) == 1


@pytest.mark.parametrize("absolute", [True, False])
def test_a_link_out_of_the_folder_is_not_followed(tmp_path, secret, absolute):
    path = make(tmp_path / "source")
    (path / "tokenizer.json").symlink_to(secret if absolute else "../secret.json")
    with pytest.raises(
        CheckpointError, match=r"tokenizer\.json: it is a link to .*secret\.json, outside of the folder"
    ):
        Folder(path)


def test_a_link_out_of_the_cache_is_not_followed(tmp_path, secret):
    path = hub(tmp_path)
    (path / "tokenizer.json").symlink_to(secret)
    with pytest.raises(CheckpointError, match="outside of the folder"):
        Folder(path)


def test_links_to_themselves_to_nothing_and_to_folders_are_refused(tmp_path):
    for name, target in (("loop", "loop"), ("lost", "nothing"), ("up", ".."), ("inside", "more")):
        path = make(tmp_path / f"source-{name}")
        (path / "more").mkdir()
        (path / name).symlink_to(target)
        with pytest.raises(CheckpointError, match=name):
            Folder(path)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    path = make(tmp_path / "source")
    os.mkfifo(path / "generation_config.json")
    with pytest.raises(CheckpointError, match=r"generation_config\.json: it is no regular file"):
        Folder(path)


def test_no_folder(tmp_path):
    (tmp_path / "file").touch()
    for name, fault in (("absent", "there is no such folder"), ("file", "it is no folder")):
        with pytest.raises(CheckpointError, match=f"{name}: {fault}"):
            Folder(tmp_path / name)


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        ("../../../../../../etc/passwd", "leads out of the folder"),
        ("/etc/passwd", "leads out of the folder"),
        ("..", "leads out of the folder"),
        ("model-00009-of-00009.safetensors", "which is not there"),
        ("", "which is not there"),
        (".", "which is not there"),
        ("a\0b", "cannot be followed"),
        ("a" * 5000, "a{5000}"),
        ("config.json", "no safetensors file"),
        (3, "weight_map"),
        (None, "weight_map"),
        (["model.safetensors"], "weight_map"),
    ],
)
def test_an_index_that_names_no_shard_is_refused(tmp_path, file, fault):
    path = make(tmp_path / "source", files=2)
    weights = dict(Folder(path).index)
    write_json(path / INDEX, {"weight_map": {**weights, "layers.0.w0": file}})
    with pytest.raises(CheckpointError, match=fault):
        Folder(path).shards  # noqa: B018


@pytest.mark.parametrize("document", [{}, {"weight_map": []}, {"weight_map": None}])
def test_an_index_without_a_map_is_refused(tmp_path, document):
    path = make(tmp_path / "source", files=2)
    write_json(path / INDEX, document)
    with pytest.raises(CheckpointError, match="weight_map"):
        Folder(path).shards  # noqa: B018


def test_an_index_that_contradicts_the_shards_is_refused(tmp_path):
    path = make(tmp_path / "source", files=2)
    weights = dict(Folder(path).index)
    one, other = sorted(set(weights.values()))
    write_json(path / INDEX, {"weight_map": {**weights, "layers.0.w0": other}})
    with pytest.raises(CheckpointError, match=r"index\.json: it says that layers\.0\.w0 is in .*00002"):
        Folder(path).shards  # noqa: B018
    write_json(path / INDEX, {"weight_map": {**weights, "absent": one}})
    with pytest.raises(CheckpointError, match="it says that absent is in"):
        Folder(path).shards  # noqa: B018


def test_shards_of_one_name_in_two_folders_are_told_apart(tmp_path):
    path = make(tmp_path / "source")
    (path / "model.safetensors").unlink()
    where = {}
    for name in ("a", "b"):
        (path / name).mkdir()
        save_file(tensors(name), path / name / "x.safetensors")
        where[name] = f"{'b' if name == 'a' else 'a'}/x.safetensors"
    write_json(path / INDEX, {"weight_map": where})
    with pytest.raises(CheckpointError, match="it says that a is in b/x.safetensors"):
        Folder(path).shards  # noqa: B018


def test_one_tensor_in_two_files_is_refused(tmp_path):
    path = make(tmp_path / "source", files=2)
    other = max(Folder(path).index.values())
    save_file(tensors("layers.0.w0", "layers.1.w0", "layers.1.w1", "layers.1.w2"), path / other)
    with pytest.raises(CheckpointError, match="two of its files have a tensor of the same name"):
        Folder(path).shards  # noqa: B018


def test_a_single_file_is_read_and_not_the_index_beside_it(tmp_path):
    path = make(tmp_path / "source", files=2)
    save_file(tensors("all"), path / "model.safetensors")
    assert list(Draft(Folder(path)).tensors) == ["all"]


def test_a_cut_shard_is_named(tmp_path):
    path = make(tmp_path / "source", files=3)
    shard = sorted(path.glob("*.safetensors"))[1]
    shard.write_bytes(shard.read_bytes()[:-1])
    with pytest.raises(CheckpointError, match="00002-of-00003.*cut off"):
        Folder(path).shards  # noqa: B018


class Boom:
    def __reduce__(self):
        return (os.system, ("touch exploded",))


@pytest.mark.parametrize("name", ["pytorch_model.bin", "adapter_model.bin"])
def test_a_pickle_is_not_read(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    path = make(tmp_path / "source")
    (path / "model.safetensors").unlink()
    (path / name).write_bytes(pickle.dumps(Boom()))
    folder = Folder(path)
    assert folder.document("config.json")["model_type"] == "llama"
    with pytest.raises(CheckpointError, match=f"{name}: it is a pickle.*safetensors"):
        folder.shards  # noqa: B018
    assert not (tmp_path / "exploded").exists()


def test_a_pickle_beside_safetensors_does_not_matter(tmp_path):
    path = make(tmp_path / "source")
    (path / "pytorch_model.bin").write_bytes(b"anything")
    assert len(Folder(path).shards) == 1
