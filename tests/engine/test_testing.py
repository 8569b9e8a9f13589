"""The conformance suite finds what it is there to find."""

import pytest

from hfcompat import Kind, Patch
from hfcompat.testing import ORDERINGS, Snapshot, lint, run_ordering
from hfcompat.testing.lint import lint_patches

CODE = """
    def answer(self):
        return 42

    def around(original):
        def length(self):
            return original(self) + 1
        return length
"""
ROWS = [
    'row("add", "transformers.cache_utils:Cache.answer", Kind.ADD, "p_plugin.impl:answer")',
    'row("serve", "transformers.modeling:answer", Kind.ADD, "p_plugin.impl:answer")',
    'row("top", "transformers:answer", Kind.ADD, "p_plugin.impl:answer")',
    'row("wrap", "transformers.cache_utils:Cache.length", Kind.WRAP, "p_plugin.impl:around", when={"transformers": ">=5.0.0.dev0,<5.24"})',
    'row("redirect", "transformers.gone", Kind.REDIRECT, "p_plugin.impl")',
    'row("register", "transformers.cache_utils:REGISTRY[x]", Kind.REGISTER, "p_plugin.impl:answer")',
]


@pytest.fixture
def in_world(world, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(world.root))
    return world


def test_there_are_orderings_enough():
    assert len(ORDERINGS) >= 17
    assert len({tuple(steps.split()) for steps in ORDERINGS.values()}) == len(ORDERINGS)


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_every_kind_of_patch_survives_every_ordering(in_world, ordering):
    in_world.plugin("p", *ROWS, code=CODE)
    run_ordering(ordering, plugins=["p"])


def test_an_ordering_tells_of_a_patch_that_fails(in_world):
    in_world.plugin("p", 'row("x", "transformers.cache_utils:Cache.x", Kind.ADD, "p_plugin.impl:nothing")', code=CODE)
    with pytest.raises(AssertionError, match="p:x is FAILED: impl p_plugin.impl:nothing is missing"):
        run_ordering("import-apply", plugins=["p"])


@pytest.mark.parametrize("source", [None, "1 / 0"])
def test_an_ordering_tells_of_a_plugin_that_is_not_there_or_does_not_load(in_world, source):
    if source:
        in_world.plugin("ghost", source=source)
    with pytest.raises(AssertionError, match="plugin ghost has no patches to play, or did not load"):
        run_ordering("import-apply", plugins=["ghost"])


def test_an_ordering_tells_of_a_registry_entry_that_is_left(in_world):
    in_world.plugin("p", *ROWS, code=CODE)
    in_world.write("sitecustomize.py", "import hfcompat.edits\nhfcompat.edits._Entry.undo = lambda self: None\n")
    with pytest.raises(AssertionError, match=r"REGISTRY\[x\] is still registered"):
        run_ordering("apply-import-revert", plugins=["p"])


def test_an_ordering_tells_of_a_trace_that_is_left(in_world):
    code = (
        CODE
        + "\n    def leak(original):\n        import transformers.cache_utils as m\n        m.leaked = answer\n        return original\n"
    )
    in_world.plugin(
        "p",
        'row("x", "transformers.cache_utils:helper", Kind.WRAP, "p_plugin.impl:leak", traced=False, when={"transformers": ">=5.0.0.dev0,<5.24"})',
        code=code,
    )
    with pytest.raises(AssertionError, match=r"transformers.cache_utils.leaked is still <function answer"):
        run_ordering("apply-import-revert", plugins=["p"])


def test_a_snapshot_sees_what_changed():
    import json

    before = Snapshot("json")
    json.brand_new, old = 1, json.dumps
    json.dumps = len
    try:
        differences = before.differences(Snapshot("json"))
    finally:
        del json.brand_new
        json.dumps = old
    assert sorted(differences) == ["json.brand_new is new: 1", "json.dumps is another object"]
    assert before.differences(Snapshot("json")) == []


def row(**change):
    good = {
        "id": "a",
        "target": "m:x",
        "kind": Kind.ADD,
        "impl": "p:f",
        "when": {"transformers": ">=5.0.0.dev0"},
        "reason": "It is gone.",
        "upstream": "https://example.org",
    }
    return Patch(**{**good, **change})


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([row(reason="no sentence")], "a: reason is no sentence"),
        ([row(upstream="PR 3")], "a: upstream 'PR 3' is no link"),
        ([row(when={"python": ">=3.0.dev0"})], "a: when says nothing of transformers"),
        ([row(kind=Kind.WRAP)], "a: a wrap needs an upper bound"),
        ([row(when={"transformers": ">=5.0"})], "a: the floor >=5.0 shuts out development builds"),
        ([row(after=("ghost",))], "a: after names 'ghost'"),
        ([row(), row(target="m:y")], "a: two rows have this id"),
        ([row(), row(id="b", when={"transformers": ">=5.3.dev0"})], "a and b: both patch m:x in ranges that meet"),
        ([row(impl="nonsense")], "a: impl 'nonsense'"),
    ],
)
def test_lint_finds(rows, says):
    found = lint_patches(rows)
    assert any(line.startswith(says) for line in found), found


def test_lint_is_content_with_rows_that_are_right():
    rows = [
        row(),
        row(id="b", target="m:y", when={"transformers": ">=4.54.dev0,<5.0"}),
        row(id="c", target="m:y", when={"transformers": ">=5.0.dev0"}),
        row(id="d", target="m:z", kind=Kind.REPLACE, when={"transformers": "<5.24"}),
        row(id="e", target="m:z", kind=Kind.WRAP, when={"transformers": "<5.24"}, after=("d",)),
    ]
    assert lint_patches(rows) == []


def test_lint_of_an_installed_plugin_sees_heavy_imports(in_world):
    source = "import transformers\nfrom hfcompat import hookimpl\n@hookimpl\ndef hfcompat_patches():\n    return []\n"
    in_world.plugin("p", source=source)
    assert lint("p") == ["p: its declarations import transformers"]
    with pytest.raises(LookupError, match="no plugin is called 'ghost'"):
        lint("ghost")
