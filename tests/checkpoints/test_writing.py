"""A draft becomes a folder: what is written, what is linked, and that nothing is left where it cannot be."""

import contextlib
import errno
import json
import os
import resource
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from safetensors.numpy import load_file
from small_checkpoints import contents, load, make, raw, tensors, write_json

from hfcompat.checkpoints import documents, moving, shards, writing
from hfcompat.checkpoints.draft import Draft
from hfcompat.checkpoints.errors import CheckpointError
from hfcompat.checkpoints.folder import Folder
from hfcompat.checkpoints.writing import write

INDEX = "model.safetensors.index.json"


@pytest.fixture
def linked(monkeypatch):
    """Small files are linked too."""
    monkeypatch.setattr(writing, "_COPIED", 0)


def draft_of(path):
    return Draft(Folder(path))


def renamed(path):
    draft = draft_of(path)
    draft.rename(lambda name: f"model.{name}")
    return draft


def same_file(one, other):
    return os.path.samefile(one, other)


def only(tmp_path, *names):
    """Whether the folder holds these, and nothing that a writer left."""
    return sorted(path.name for path in tmp_path.iterdir()) == sorted(names)


def test_files_that_do_not_change_are_linked(tmp_path, linked):
    path = make(tmp_path / "source", files=2)
    (path / "original").mkdir()
    (path / "original" / "params.json").write_text("{ }")
    draft = draft_of(path)
    draft.config["rope_parameters"] = {"rope_theta": 1.0}
    before = contents(path)
    assert write(draft, tmp_path / "new") == tmp_path / "new"
    assert contents(path) == before
    after = contents(tmp_path / "new")
    assert {name for name in after if after[name] != before.get(name)} == {"config.json"}
    assert after.keys() == before.keys()
    assert documents.read(tmp_path / "new" / "config.json") == draft.config
    for name in after:
        assert same_file(path / name, tmp_path / "new" / name) == (name != "config.json")
    assert only(tmp_path, "source", "new")


def test_small_files_are_copied_since_people_edit_them(tmp_path):
    path = make(tmp_path / "source", size=400)
    write(draft_of(path), tmp_path / "new")
    assert contents(path) == contents(tmp_path / "new")
    assert same_file(path / "model.safetensors", tmp_path / "new" / "model.safetensors")
    assert not same_file(path / "config.json", tmp_path / "new" / "config.json")


@pytest.mark.parametrize("fault", [errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP])
def test_what_cannot_be_linked_is_copied(tmp_path, linked, monkeypatch, fault):
    def refuse(*_args, **_more):
        raise OSError(fault, os.strerror(fault))

    path = make(tmp_path / "source", files=2)
    monkeypatch.setattr(os, "link", refuse)
    write(draft_of(path), tmp_path / "new")
    assert contents(path) == contents(tmp_path / "new")
    assert not any(same_file(path / name, tmp_path / "new" / name) for name in contents(path))


def test_blobs_of_the_cache_of_huggingface_hub_are_copied(tmp_path, linked):
    made = make(tmp_path / "made")
    snapshot = tmp_path / "hub" / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    (tmp_path / "hub" / "blobs").mkdir()
    for name in ("config.json", "model.safetensors"):
        (made / name).rename(tmp_path / "hub" / "blobs" / name)
        (snapshot / name).symlink_to(f"../../blobs/{name}")
    write(draft_of(snapshot), tmp_path / "new")
    for name in ("config.json", "model.safetensors"):
        assert not (tmp_path / "new" / name).is_symlink()
        assert not same_file(snapshot / name, tmp_path / "new" / name)
    assert contents(snapshot) == contents(tmp_path / "new")


@pytest.mark.parametrize("text", ['{"a": 1, "b": 1.0}', '{\n\n"a":1,"b":1.0}'])
def test_a_document_that_was_only_read_stays_as_it_is_spelled(tmp_path, text):
    path = make(tmp_path / "source")
    (path / "generation_config.json").write_text(text)
    draft = draft_of(path)
    assert draft.document("generation_config.json") == {"a": 1, "b": 1.0}
    write(draft, tmp_path / "new")
    assert (tmp_path / "new" / "generation_config.json").read_text() == text


@pytest.mark.parametrize(("old", "new"), [("1", 1.0), ("1.0", 1), ("1", True), ("0", False), ("Infinity", 1e300)])
def test_a_value_of_another_type_is_a_change(tmp_path, old, new):
    path = make(tmp_path / "source")
    (path / "generation_config.json").write_text(f'{{"a": {old}}}')
    draft = draft_of(path)
    draft.document("generation_config.json")["a"] = new
    write(draft, tmp_path / "new")
    found = documents.read(tmp_path / "new" / "generation_config.json")["a"]
    assert (found, type(found)) == (new, type(new))


def test_new_documents_and_texts(tmp_path):
    path = make(tmp_path / "source")
    draft = draft_of(path)
    draft.documents["preprocessor_config.json"] = {"size": {"height": 2}, "ü": "\ud800"}
    draft.texts["more/merges.txt"] = "a b\nü c\n"
    write(draft, tmp_path / "new")
    assert documents.read(tmp_path / "new" / "preprocessor_config.json") == draft.documents["preprocessor_config.json"]
    assert (tmp_path / "new" / "more" / "merges.txt").read_bytes() == "a b\nü c\n".encode()


def test_a_text_out_of_the_folder_is_refused(tmp_path):
    draft = draft_of(make(tmp_path / "source"))
    draft.texts["../stolen"] = ""
    with pytest.raises(CheckpointError, match="leads out of the folder"):
        write(draft, tmp_path / "new")
    assert only(tmp_path, "source")


@pytest.mark.parametrize("files", [1, 3])
def test_names(tmp_path, files):
    path = make(tmp_path / "source", files=files)
    before, old = contents(path), load(path)
    write(renamed(path), tmp_path / "new")
    new = load(tmp_path / "new")
    assert new.keys() == {f"model.{name}" for name in old}
    for name, held in old.items():
        np.testing.assert_array_equal(new[f"model.{name}"], held)
    assert {file.name for file in path.iterdir()} == {file.name for file in (tmp_path / "new").iterdir()}
    assert shards.read(next((tmp_path / "new").glob("*.safetensors"))).metadata == {"format": "pt"}
    assert contents(path) == before
    assert len(Folder(tmp_path / "new").shards) == files


def test_the_index_says_where_the_tensors_are(tmp_path):
    path = make(tmp_path / "source", files=3)
    index = json.loads((path / INDEX).read_text())
    write_json(path / INDEX, {"metadata": {"total_size": 1, "total_parameters": 7}, "weight_map": index["weight_map"]})
    draft = renamed(path)
    draft.copy("model.layers.1.w0", "lm_head.weight")
    write(draft, tmp_path / "new")
    found = json.loads((tmp_path / "new" / INDEX).read_text())
    assert found["metadata"] == {
        "total_size": sum(held.nbytes for held in load(tmp_path / "new").values()),
        "total_parameters": 7,
    }
    assert found["weight_map"] == {f"model.{name}": file for name, file in index["weight_map"].items()} | {
        "lm_head.weight": index["weight_map"]["layers.1.w0"]
    }
    np.testing.assert_array_equal(load(tmp_path / "new")["lm_head.weight"], load(path)["layers.1.w0"])


@pytest.mark.parametrize("metadata", [None, [1], "text"])
def test_an_index_that_says_nothing_of_itself(tmp_path, metadata):
    path = make(tmp_path / "source", files=2)
    index = json.loads((path / INDEX).read_text())
    write_json(path / INDEX, {"metadata": metadata, "weight_map": index["weight_map"]})
    write(renamed(path), tmp_path / "new")
    found = json.loads((tmp_path / "new" / INDEX).read_text())
    assert found["metadata"] == {"total_size": sum(held.nbytes for held in load(tmp_path / "new").values())}


def test_only_shards_with_changes_are_written(tmp_path, linked):
    path = make(tmp_path / "source", files=3)
    draft = draft_of(path)
    draft.swap("layers.1.w1", 1, 2)
    write(draft, tmp_path / "new")
    same = [
        same_file(path / name, tmp_path / "new" / name) for name in sorted(contents(path)) if name.startswith("model-")
    ]
    assert same == [True, False, True]
    assert same_file(path / INDEX, tmp_path / "new" / INDEX)
    old, new = load(path), load(tmp_path / "new")
    np.testing.assert_array_equal(new.pop("layers.1.w1"), old.pop("layers.1.w1").swapaxes(1, 2))
    for name in old:
        np.testing.assert_array_equal(new[name], old[name])


def test_tensors_that_go(tmp_path):
    path = make(tmp_path / "source", files=2)
    draft = draft_of(path)
    for name in ("layers.0.w1", *(f"layers.1.w{n}" for n in range(3))):
        del draft.tensors[name]
    write(draft, tmp_path / "new")
    assert load(tmp_path / "new").keys() == {"layers.0.w0", "layers.0.w2"}
    assert sorted(file.name for file in (tmp_path / "new").glob("*.safetensors")) == [
        "model-00001-of-00002.safetensors"
    ]
    assert len(Folder(tmp_path / "new").shards) == 1


KINDS = {"F8_E4M3": 1, "BOOL": 1, "BF16": 2, "F32": 4, "C64": 8}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((3, 4, 5), (1, 2)),
        ((3, 4, 5), (2, 1)),
        ((3, 4, 5), (-1, -2)),
        ((3, 4, 5), (0, 2)),
        ((2, 3, 4, 5), (0, 1)),
        ((2, 3, 4, 5), (1, 3)),
        ((300, 1100), (0, 1)),
        ((1100, 20), (0, 1)),
        ((1, 257, 516), (1, 2)),
        ((7, 1), (0, 1)),
        ((2, 0, 3), (1, 2)),
        ((2, 3), (1, 1)),
    ],
)
def test_dimensions_are_exchanged_for_every_size_of_elements(tmp_path, monkeypatch, kind, shape, axes):
    monkeypatch.setattr(moving, "_CHUNK", 50_000)  # so that a matrix comes in strips
    path = make(tmp_path / "source")
    data = np.random.default_rng(0).integers(0, 256, (*shape, KINDS[kind]), np.uint8)
    other = ("I32", (3,), np.arange(3, dtype=np.int32).tobytes())
    raw(path / "model.safetensors", {"before": other, "w": (kind, shape, data.tobytes()), "z": ("U8", (1,), b"!")})
    draft = draft_of(path)
    draft.swap("w", *axes)
    write(draft, tmp_path / "new")
    shard = shards.read(tmp_path / "new" / "model.safetensors")
    found = shard.tensors["w"]
    wanted = data.swapaxes(axes[0] % len(shape), axes[1] % len(shape))
    written = (tmp_path / "new" / "model.safetensors").read_bytes()
    assert (found.dtype, found.shape) == (kind, wanted.shape[:-1])
    assert written[found.start : found.start + found.size] == wanted.tobytes()
    assert [written[t.start : t.start + t.size] for t in (shard.tensors["before"], shard.tensors["z"])] == [
        other[2],
        b"!",
    ]


@pytest.mark.parametrize("kind", ["F64", "F32", "F16", "BF16"])
def test_numbers_are_multiplied_and_rounded_to_the_nearest(tmp_path, kind):
    torch = pytest.importorskip("torch")
    from safetensors.torch import load_file, save_file

    path = make(tmp_path / "source")
    dtype = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}[kind]
    stored = {"before": torch.arange(3), "w": torch.randn(5, 7).to(dtype), "z": torch.arange(2)}
    save_file(stored, path / "model.safetensors", {"format": "pt"})
    draft = draft_of(path)
    draft.scale("w", 32**-0.5)
    write(draft, tmp_path / "new")
    found = load_file(tmp_path / "new" / "model.safetensors")
    assert torch.equal(found.pop("w"), stored.pop("w") * 32**-0.5)
    assert all(torch.equal(found[name], stored[name]) for name in stored)


def test_what_are_no_numbers_are_not_multiplied(tmp_path):
    path = make(tmp_path / "source")
    raw(path / "model.safetensors", {"w": ("F8_E4M3", (2, 2), b"abcd")})
    with pytest.raises(ValueError, match="w cannot be multiplied: it is F8_E4M3"):
        draft_of(path).scale("w", 2.0)


def test_elements_without_whole_bytes_are_not_exchanged_but_may_be_renamed(tmp_path):
    path = make(tmp_path / "source")
    raw(path / "model.safetensors", {"w": ("F4", (2, 4), b"abcd")})
    draft = draft_of(path)
    draft.swap("w", 0, 1)
    with pytest.raises(CheckpointError, match=r"model\.safetensors: dimensions of w cannot be exchanged: it is F4"):
        write(draft, tmp_path / "new")
    assert only(tmp_path, "source")
    write(renamed(path), tmp_path / "new")
    assert (tmp_path / "new" / "model.safetensors").read_bytes().endswith(b"abcd")


def test_each_tensor_begins_at_a_multiple_of_its_elements(tmp_path):
    path = make(tmp_path / "source")
    raw(path / "model.safetensors", {"f": ("F32", (2,), bytes(range(8))), "b": ("U8", (3,), b"abc")})
    draft = draft_of(path)
    draft.copy("f", "again")
    draft.copy("b", "b2")
    write(draft, tmp_path / "new")
    found = shards.read(tmp_path / "new" / "model.safetensors").tensors
    assert all(tensor.start % shards.ITEMSIZE[tensor.dtype] == 0 for tensor in found.values())
    held = load_file(tmp_path / "new" / "model.safetensors")
    assert {name: held[name].tobytes() for name in held} == {
        "f": bytes(range(8)),
        "again": bytes(range(8)),
        "b": b"abc",
        "b2": b"abc",
    }


@pytest.mark.parametrize("names", [1, 5, 400])
def test_bytes_keep_their_place_in_pages_since_that_is_twice_as_fast(tmp_path, names):
    path = make(tmp_path / "source", names=names)
    write(renamed(path), tmp_path / "new")
    starts = [
        min(t.start for t in shards.read(where / "model.safetensors").tensors.values())
        for where in (path, tmp_path / "new")
    ]
    assert (starts[0] - starts[1]) % 4096 == 0
    assert len(load(tmp_path / "new")) == names


@pytest.mark.parametrize("fault", [errno.EXDEV, errno.ENOSYS, errno.EINVAL, None])
def test_without_copying_in_the_kernel(tmp_path, monkeypatch, fault):
    def refuse(*_):
        if fault:
            raise OSError(fault, os.strerror(fault))
        return 0  # as some file systems that are no disks answer

    monkeypatch.setattr(os, "copy_file_range", refuse)
    path = make(tmp_path / "source", size=300)
    write(renamed(path), tmp_path / "new")
    old, new = load(path), load(tmp_path / "new")
    for name in old:
        np.testing.assert_array_equal(new[f"model.{name}"], old[name])


def test_progress_goes_up_to_the_whole(tmp_path):
    path = make(tmp_path / "source", files=3)
    told = []
    write(renamed(path), tmp_path / "new", progress=lambda *numbers: told.append(numbers))
    totals = {total for _, total in told}
    assert len(totals) == 1
    assert told[-1][0] == totals.pop()
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_private_files_stay_private(tmp_path):
    path = make(tmp_path / "source")
    for name, mode in ((".", 0o700), ("config.json", 0o600), ("model.safetensors", 0o400)):
        (path / name).chmod(mode)
    draft = renamed(path)
    draft.config["a"] = 1
    write(draft, tmp_path / "new")
    modes = {
        name: (tmp_path / "new" / name).stat().st_mode & 0o777 for name in (".", "config.json", "model.safetensors")
    }
    assert modes == {".": 0o700, "config.json": 0o600, "model.safetensors": 0o600}


@pytest.mark.parametrize("kind", ["folder", "empty", "file", "link"])
def test_a_destination_that_exists_is_not_touched(tmp_path, kind):
    draft = draft_of(make(tmp_path / "source"))
    goal = tmp_path / "new"
    if kind == "folder":
        make(goal, rope_theta=2)
    elif kind == "empty":
        goal.mkdir()
    elif kind == "file":
        goal.write_text("mine")
    else:
        goal.symlink_to("nothing")
    before = contents(tmp_path)
    with pytest.raises(CheckpointError, match="new: it exists already"):
        write(draft, goal)
    assert contents(tmp_path) == before
    assert only(tmp_path, "source", "new")


def test_a_destination_that_comes_meanwhile_is_not_touched(tmp_path):
    path = make(tmp_path / "source")
    goal = tmp_path / "new"

    def interfere(done, total):
        if done == total:
            make(goal, rope_theta=2)

    with pytest.raises(CheckpointError, match="new: it cannot be written"):
        write(draft_of(path), goal, progress=interfere)
    assert documents.read(goal / "config.json")["rope_theta"] == 2


def test_the_source_is_no_place_for_the_destination(tmp_path):
    path = make(tmp_path / "source")
    before = contents(path)
    (tmp_path / "link").symlink_to("source")
    for goal in (path / "new", path / "more" / "new", tmp_path / "link" / "new"):
        with pytest.raises(CheckpointError, match="in the source"):
            write(draft_of(path), goal)
    assert contents(path) == before


def test_folders_above_the_destination_are_made(tmp_path):
    write(draft_of(make(tmp_path / "source")), tmp_path / "a" / "b" / "new")
    assert contents(tmp_path / "a" / "b" / "new") == contents(tmp_path / "source")


def test_a_source_that_changes_meanwhile(tmp_path):
    path = make(tmp_path / "source")

    def interfere(done, total):
        if done == total:
            (path / "config.json").write_text("{}")

    with pytest.raises(CheckpointError, match="source: it changed while it was read"):
        write(draft_of(path), tmp_path / "new", progress=interfere)
    assert not (tmp_path / "new").exists()


def test_a_shard_that_became_shorter_since(tmp_path):
    path = make(tmp_path / "source", size=50)
    draft = renamed(path)
    os.truncate(path / "model.safetensors", 20_000)
    with pytest.raises(CheckpointError, match=r"model\.safetensors: it became shorter"):
        write(draft, tmp_path / "new")
    assert not (tmp_path / "new").exists()


# -- in place ----------------------------------------------------------------------------------------------------------


def test_in_place(tmp_path):
    path = make(tmp_path / "source", files=2)
    before = contents(path)
    assert write(renamed(path), path, in_place=True, backup=tmp_path / "old" / "backup") == path
    assert contents(tmp_path / "old" / "backup") == before
    assert all(name.startswith("model.") for name in load(path))
    assert only(tmp_path, "source", "old")


def test_in_place_through_a_link_to_the_folder(tmp_path):
    real = make(tmp_path / "real")
    (tmp_path / "link").symlink_to("real")
    before = contents(real)
    write(renamed(tmp_path / "link"), tmp_path / "link", in_place=True, backup=tmp_path / "backup")
    assert contents(tmp_path / "backup") == before
    assert all(name.startswith("model.") for name in load(tmp_path / "link"))


@pytest.mark.parametrize(
    ("wish", "fault"),
    [
        ({"in_place": True}, "only with a backup"),
        ({"in_place": True, "backup": "there"}, "there: it exists already"),
        ({"in_place": True, "backup": "source/backup"}, "in the folder"),
        ({"in_place": True, "backup": "backup", "destination": "elsewhere"}, "and nowhere else"),
        ({"backup": "backup", "destination": "elsewhere"}, "a backup is made only"),
        ({}, "source: it exists already"),
    ],
)
def test_in_place_only_with_a_new_backup(tmp_path, wish, fault):
    path = make(tmp_path / "source")
    (tmp_path / "there").mkdir()
    before = contents(tmp_path)
    wish = {name: tmp_path / value if isinstance(value, str) else value for name, value in wish.items()}
    with pytest.raises(CheckpointError, match=fault):
        write(renamed(path), **{"destination": path, **wish})
    assert contents(tmp_path) == before
    assert only(tmp_path, "source", "there")


def test_in_place_not_where_files_are_links(tmp_path):
    path = make(tmp_path / "source")
    (path / "copy.json").symlink_to("config.json")
    with pytest.raises(CheckpointError, match="its files are links"):
        write(renamed(path), path, in_place=True, backup=tmp_path / "backup")
    assert only(tmp_path, "source")


def test_when_the_second_renaming_fails_the_first_is_undone(tmp_path, monkeypatch):
    path = make(tmp_path / "source")
    before = contents(path)
    real = os.rename

    def rename(one, other, **more):
        if os.path.basename(one) == "files":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(one, other, **more)

    monkeypatch.setattr(os, "rename", rename)
    with pytest.raises(CheckpointError, match="Input/output error"):
        write(renamed(path), path, in_place=True, backup=tmp_path / "backup")
    assert contents(path) == before
    assert not (tmp_path / "backup").exists()


# -- faults of the system ----------------------------------------------------------------------------------------------


def test_no_space_is_left(tmp_path, monkeypatch):
    path = make(tmp_path / "source", files=3)
    before = contents(path)
    real, calls = moving.move, []

    def full(*arguments):
        if len(calls) == 2:  # config.json and a shard
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        calls.append(arguments)
        real(*arguments)

    monkeypatch.setattr(moving, "move", full)
    monkeypatch.setattr(writing, "_THREADS", 1)
    with pytest.raises(CheckpointError, match=r"new/model-00002-of-00003\.safetensors: .*No space left.*run it again"):
        write(renamed(path), tmp_path / "new")
    assert not (tmp_path / "new").exists()
    assert contents(path) == before
    calls.clear()
    calls += [None] * 3
    write(renamed(path), tmp_path / "new")
    assert len(calls) == 3 + 2  # one shard was there already
    assert len(load(tmp_path / "new")) == 9
    assert only(tmp_path, "source", "new")


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of this kind")
@pytest.mark.parametrize("in_kernel", [True, False])
def test_a_file_may_not_be_so_large(tmp_path, monkeypatch, in_kernel):
    path = make(tmp_path / "source", size=200)
    if not in_kernel:
        monkeypatch.delattr(os, "copy_file_range")
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, old[1]))
    try:
        with pytest.raises(CheckpointError, match=r"new/model\.safetensors: .*File too large.*ulimit"):
            write(renamed(path), tmp_path / "new")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
    assert not (tmp_path / "new").exists()
    write(renamed(path), tmp_path / "new")
    assert len(load(tmp_path / "new")) == 3


@pytest.mark.parametrize("fault", [errno.EROFS, errno.EACCES])
def test_a_destination_that_cannot_be_written(tmp_path, monkeypatch, fault):
    path = make(tmp_path / "source")
    real = os.open

    def refuse(name, flags, *more, **others):
        if flags & os.O_CREAT:
            raise OSError(fault, os.strerror(fault), str(name))
        return real(name, flags, *more, **others)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(CheckpointError, match=rf"new: .*{os.strerror(fault)}.*Name another destination"):
        write(draft_of(path), tmp_path / "new")
    assert only(tmp_path, "source")


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_without_the_permission_to_write(tmp_path):
    path = make(tmp_path / "source")
    (tmp_path / "closed").mkdir(mode=0o555)
    with pytest.raises(CheckpointError, match=r"closed/new: .*Permission denied.*Name another destination"):
        write(draft_of(path), tmp_path / "closed" / "new")


# -- two at once, and again --------------------------------------------------------------------------------------------


@contextlib.contextmanager
def another_process(path, goal):
    """One that writes `path` to `goal`, and waits in the middle; gives the process."""
    script = """
        import sys
        from hfcompat.checkpoints.draft import Draft
        from hfcompat.checkpoints.folder import Folder
        from hfcompat.checkpoints.writing import write

        def wait(done, total):
            if done == total:
                print("in the middle", flush=True)
                sys.stdin.readline()

        draft = Draft(Folder(sys.argv[1]))
        draft.rename(lambda name: f"model.{name}")
        write(draft, sys.argv[2], progress=wait)
    """
    arguments = [sys.executable, "-c", textwrap.dedent(script), str(path), str(goal)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "in the middle\n"
        try:
            yield process
        finally:
            process.kill()


def test_two_converters_of_one_destination(tmp_path):
    path = make(tmp_path / "source", files=2)
    with another_process(path, tmp_path / "new") as first:
        with pytest.raises(CheckpointError, match="new: another process is writing it"):
            write(renamed(path), tmp_path / "new")
        write(renamed(path), tmp_path / "other")  # of another destination, at once
        first.stdin.write("\n")
        first.stdin.flush()
        assert first.wait(60) == 0
    assert contents(tmp_path / "new") == contents(tmp_path / "other")
    assert only(tmp_path, "source", "new", "other")


def test_the_lock_ends_with_the_process(tmp_path):
    path = make(tmp_path / "source", files=2)
    with another_process(path, tmp_path / "new") as first:
        first.kill()
        first.wait(60)
    assert not (tmp_path / "new").exists()
    write(renamed(path), tmp_path / "new")
    assert len(load(tmp_path / "new")) == 6
    assert only(tmp_path, "source", "new")


class Halt(Exception):
    pass


def halted(draft, goal, monkeypatch, after=2):
    """A run that ends when `after` files of it are finished; gives their names."""
    number = 0

    def halt(_done, _total):
        nonlocal number
        number += 1
        if number > after:
            raise Halt

    with monkeypatch.context() as patch:
        patch.setattr(writing, "_THREADS", 1)
        with pytest.raises(Halt):
            write(draft, goal, progress=halt)
    assert not goal.exists()
    files = goal.with_name(f".{goal.name}.hfcompat-partial") / "files"
    return {file.name: file.stat().st_ino for file in files.iterdir()}


def test_a_second_run_takes_over_what_is_finished(tmp_path, monkeypatch):
    path = make(tmp_path / "source", files=4)
    finished = halted(renamed(path), tmp_path / "new", monkeypatch, after=3)
    assert any(name.startswith("model-") for name in finished)
    write(renamed(path), tmp_path / "new")
    for name, number in finished.items():
        assert (tmp_path / "new" / name).stat().st_ino == number
    assert len(load(tmp_path / "new")) == 12
    assert only(tmp_path, "source", "new")


@pytest.mark.parametrize("change", ["draft", "names", "source", "journal"])
def test_a_second_run_of_something_else_begins_anew(tmp_path, monkeypatch, change):
    path = make(tmp_path / "source", files=4)
    finished = halted(renamed(path), tmp_path / "new", monkeypatch, after=3)
    if change == "source":
        from safetensors.numpy import save_file

        save_file(tensors("layers.0.w0", "layers.0.w1", "layers.0.w2", seed=9), path / min(load_names(path)))
    if change == "journal":
        (tmp_path / ".new.hfcompat-partial" / "journal").write_text("")
    draft = draft_of(path) if change == "names" else renamed(path)
    if change == "draft":
        draft.config["rope_theta"] = 3
    held = [file.open("rb") for file in (tmp_path / ".new.hfcompat-partial" / "files").iterdir()]  # keeps their inodes
    write(draft, tmp_path / "new")
    for file in held:
        file.close()
    for name, number in finished.items():
        assert (tmp_path / "new" / name).stat().st_ino != number
    old = load(path)
    prefix = "" if change == "names" else "model."
    for name, held in load(tmp_path / "new").items():
        np.testing.assert_array_equal(held, old[name.removeprefix(prefix)])
    assert documents.read(tmp_path / "new" / "config.json") == draft.config


def load_names(path):
    return [file.name for file in path.glob("*.safetensors")]


def test_a_link_in_the_place_of_the_partial_folder_is_not_followed(tmp_path):
    path = make(tmp_path / "source")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").touch()
    (tmp_path / ".new.hfcompat-partial").symlink_to("mine")
    with pytest.raises(CheckpointError, match="new: it cannot be written"):
        write(draft_of(path), tmp_path / "new")
    assert (tmp_path / "mine" / "file").exists()


def test_files_with_pickles_alone_are_kept_when_only_the_config_changes(tmp_path):
    path = make(tmp_path / "source")
    (path / "model.safetensors").rename(path / "pytorch_model.bin")
    draft = draft_of(path)
    draft.config["rope_theta"] = 3
    write(draft, tmp_path / "new")
    assert (tmp_path / "new" / "pytorch_model.bin").read_bytes() == (path / "pytorch_model.bin").read_bytes()
    with pytest.raises(CheckpointError, match=r"pytorch_model\.bin: it is a pickle"):
        draft.rename(str.upper)
