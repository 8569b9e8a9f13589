"""Everything that can be wrong: one clear line that names plugin, patch and way out, and everybody else works."""

import importlib
import json
import logging

import pytest

import hfcompat
from hfcompat import HfcompatError, Status

GOOD = 'row("good", "transformers.cache_utils:Cache.answer", Kind.ADD, "good_plugin.impl:answer")'
CODE = "def answer(self):\n    return 42\n"


@pytest.fixture
def good(world):
    """A plugin that works, and must go on working whatever its neighbour does."""
    world.plugin("good", GOOD, code=CODE)
    yield world
    cache = importlib.import_module("transformers.cache_utils").Cache
    assert cache().answer() == 42
    assert hfcompat.report()["good:good"].status is Status.INSTALLED


def says(*fragments):
    """The one line of the report that holds all `fragments`."""
    lines = [line for line in hfcompat.report().failures if all(fragment in line for fragment in fragments)]
    assert len(lines) == 1, hfcompat.report().failures
    return lines[0]


@pytest.mark.parametrize(
    ("source", "fragments"),
    [
        ("1 / 0", ["raised on import: ZeroDivisionError"]),
        ("import nowhere_to_be_found", ["raised on import: ModuleNotFoundError"]),
        ("def (", ["raised on import: SyntaxError"]),
        (
            "from hfcompat import hookimpl\n@hookimpl\ndef hfcompat_patches():\n    raise OSError('disk')",
            ["raised in its hook: OSError: disk"],
        ),
        (
            "from hfcompat import hookimpl\n@hookimpl\ndef hfcompat_patches():\n    yield 1\n    raise OSError('late')",
            ["raised in its hook: OSError: late"],
        ),
        (
            "from hfcompat import hookimpl\n@hookimpl\ndef hfcompat_patches():\n    return ['rubbish', 3]",
            ["yielded 'rubbish', which is no Patch (2 of 2)"],
        ),
        (
            "from hfcompat import hookimpl\n@hookimpl\ndef hfcompat_patches():\n    return None",
            ["raised in its hook: TypeError"],
        ),
        ("raise SystemExit(3)", ["raised on import: SystemExit: 3"]),
        ("def hfcompat_patches():\n    return []", ["raised in its hook: LookupError", "was @hookimpl forgotten?"]),
        (
            "from hfcompat import hookimpl\nclass Odd:\n    def __repr__(self):\n        1 / 0\n"
            "@hookimpl\ndef hfcompat_patches():\n    return [Odd()]",
            ["yielded a Odd, which is no Patch (1 of 1)"],
        ),
        (
            "from hfcompat import hookimpl\n@hookimpl\ndef hfcompat_patches(unknown):\n    return []",
            ["raised on registration: PluginValidationError"],
        ),
        (
            "from hfcompat import hookimpl\n@hookimpl\ndef hfcompat_no_such_hook():\n    return []",
            ["raised on registration: PluginValidationError"],
        ),
    ],
)
def test_a_plugin_that_fails(good, source, fragments):
    good.plugin("bad", source=source)
    hfcompat.apply()
    says("plugin bad (dist_bad 1.0)", "mend dist_bad 1.0 or block it with disable='bad'", *fragments)
    assert importlib.import_module("transformers.cache_utils").Cache().answer() == 42
    assert hfcompat.report()["good:good"].status is Status.INSTALLED
    hfcompat.revert()
    hfcompat.apply(disable="bad")
    assert hfcompat.report().ok
    assert [p.state.value for p in hfcompat.report().plugins if p.name == "bad"] == ["blocked"]


def test_a_blocked_plugin_is_not_even_imported(good):
    good.plugin("bad", source="import builtins\nbuiltins.was_imported = True")
    hfcompat.apply(disable=["bad:*"])
    import builtins

    assert not hasattr(builtins, "was_imported")


def test_two_distributions_with_one_plugin_name(good):
    good.plugin("bad", source="")
    good.distribution("dist_other", "2.0", {"bad": "bad_plugin"})
    hfcompat.apply()
    says("plugin bad (dist_other 2.0)", "another distribution offers a plugin of the same name")


@pytest.mark.parametrize(
    ("row", "fragments"),
    [
        (
            'row("b", "transformers.cache_utils:Cache.x", Kind.ADD, "bad_plugin.impl:nothing")',
            ["impl bad_plugin.impl:nothing is missing"],
        ),
        (
            'row("b", "transformers.cache_utils:Cache.x", Kind.ADD, "no_module.here:f")',
            ["impl no_module.here:f cannot be imported"],
        ),
        ('row("b", "transformers.cache_utils:Cache.x", Kind.ADD, "bad_plugin.raises:f")', ["raised ZeroDivisionError"]),
        (
            'row("b", "transformers.cache_utils:Nobody.x", Kind.ADD, "bad_plugin.impl:f")',
            ["has no Nobody", "narrow the patch's `when`"],
        ),
        (
            'row("b", "transformers.cache_utils:Cache.nope", Kind.REPLACE, "bad_plugin.impl:f")',
            ["does not exist", "or ADD it"],
        ),
        ('row("b", "transformers.cache_utils:NOREG[x]", Kind.REGISTER, "bad_plugin.impl:f")', ["does not exist"]),
        (
            'row("b", "transformers.cache_utils:Cache.length", Kind.WRAP, "bad_plugin.impl:factory")',
            ["raised KeyError: 'factory'"],
        ),
        (
            'row("b", "transformers.cache_utils:Cache.length", Kind.WRAP, "bad_plugin.impl:none")',
            ["the wrapper that was made is None, which cannot be called"],
        ),
        (
            'row("b", "transformers.cache_utils:Cache.length", Kind.WRAP, "bad_plugin.impl:proxy")',
            ["torch.compile would drop", "traced=False"],
        ),
        (
            'row("b", "transformers.cache_utils:Cache.x", Kind.ADD, "bad_plugin.impl:f", probe="bad_plugin.impl:probe")',
            ["raised OSError: probe"],
        ),
        (
            'row("b", "transformers.cache_utils:Cache.x", Kind.ADD, "bad_plugin.impl:f", when={"transformers": "five"})',
            ["range 'five'", "its author must mend it"],
        ),
        ('row("b", "transformers.cache_utils:Cache.x", Kind.ADD, "bad_plugin.impl:f", reason="")', ["reason is empty"]),
        ('row("b", "transformers.cache_utils:Cache.x", "add", "bad_plugin.impl:f")', ["kind 'add'"]),
        (
            'row("b", "transformers.cache_utils:Cache.x", Kind.ADD, "bad_plugin.impl:f", after=("b",))',
            ["cyclic after: bad:b -> bad:b"],
        ),
    ],
)
@pytest.mark.parametrize("imported_first", [False, True])
def test_a_patch_that_fails(good, row, fragments, imported_first):
    code = """
        import wrapt

        def f(self):
            return 1

        def factory(original):
            raise KeyError("factory")

        def none(original):
            return None

        def proxy(original):
            return wrapt.FunctionWrapper(original, lambda wrapped, instance, args, kwargs: wrapped(*args, **kwargs))

        def probe(owner):
            raise OSError("probe")
    """
    good.plugin("bad", row, code=code)
    good.write("bad_plugin/raises.py", "1 / 0\n")
    if imported_first:
        importlib.import_module("transformers.cache_utils")
    hfcompat.apply()
    importlib.import_module("transformers.cache_utils")
    line = says("FAILED", "bad:b", *fragments)
    assert "disable='bad:b' turns it off" in line or "author" in line


def test_an_untraced_wrap_may_be_a_wrapt_proxy(world):
    code = """
        import wrapt

        def proxy(original):
            return wrapt.FunctionWrapper(original, lambda wrapped, instance, args, kwargs: wrapped(*args, **kwargs) + 1)
    """
    world.plugin(
        "p",
        'row("w", "transformers.cache_utils:Cache.length", Kind.WRAP, "p_plugin.impl:proxy", traced=False)',
        code=code,
    )
    hfcompat.apply()
    assert importlib.import_module("transformers.cache_utils").Cache().length() == 4


def test_a_lazy_name_whose_impl_is_missing_fails_when_it_is_asked_for(good):
    good.plugin("bad", 'row("b", "transformers.cache_utils:Gone", Kind.ADD, "bad_plugin.impl:Gone")')
    hfcompat.apply()
    cache_utils = importlib.import_module("transformers.cache_utils")
    assert hfcompat.report().ok
    assert not hasattr(cache_utils, "Gone")
    with pytest.raises(ImportError, match="cannot import name 'Gone'"):
        from transformers.cache_utils import Gone  # noqa: F401
    says("FAILED", "bad:b", "impl bad_plugin.impl:Gone is missing", "disable='bad:b'")


@pytest.mark.parametrize("strict", [False, True])
def test_strict_never_raises_inside_an_import(world, strict):
    world.plugin("bad", 'row("b", "transformers.cache_utils:Cache.x", Kind.ADD, "bad_plugin.impl:nothing")')
    hfcompat.apply(strict=strict)  # nothing has failed yet: its module is not imported
    importlib.import_module("transformers.cache_utils")
    assert not hfcompat.report().ok
    if strict:
        with pytest.raises(HfcompatError, match="impl bad_plugin.impl:nothing is missing"):
            hfcompat.verify()
        with pytest.raises(HfcompatError):
            hfcompat.apply()
    else:
        assert not hfcompat.verify().ok


def test_strict_raises_from_apply_and_leaves_nothing_behind(world):
    world.plugin(
        "bad",
        'row("fine", "transformers.cache_utils:Cache.answer", Kind.ADD, "bad_plugin.impl:answer")',
        'row("not", "transformers.cache_utils:Cache.x", Kind.ADD, "bad_plugin.impl:nothing")',
        code=CODE,
    )
    cache = importlib.import_module("transformers.cache_utils").Cache
    with pytest.raises(HfcompatError, match="bad:not") as caught:
        hfcompat.apply(strict=True)
    assert caught.value.report["bad:fine"].status is Status.INSTALLED
    assert not hasattr(cache, "answer")
    assert hfcompat.report()["bad:fine"].status is Status.REVERTED


def test_two_plugins_on_one_target(good):
    for name in ("p", "q"):
        good.plugin(
            name,
            f'row("x", "transformers.cache_utils:Cache.x", Kind.ADD, "{name}_plugin.impl:x")',
            code=f"def x(self):\n    return {name!r}\n",
        )
    cache = importlib.import_module("transformers.cache_utils").Cache
    hfcompat.apply()
    says("CONFLICT", "p:x", "is also the target of q:x; keep one with enable= or disable=")
    assert not hasattr(cache, "x")
    hfcompat.apply(enable="q:x")
    assert cache().x() == "q"


@pytest.mark.parametrize("kind", ["ADD", "REPLACE", "WRAP"])
def test_a_target_that_somebody_else_has_already_patched(good, kind):
    name = "answer2" if kind == "ADD" else "length"
    code = (
        "def impl(self_or_original):\n    return lambda self: 'ours'\n"
        if kind == "WRAP"
        else "def impl(self):\n    return 'ours'\n"
    )
    code = code.replace(
        "return lambda self: 'ours'", "\n    def length(self):\n        return 'ours'\n    return length"
    )
    good.plugin("p", f'row("x", "transformers.cache_utils:Cache.{name}", Kind.{kind}, "p_plugin.impl:impl")', code=code)
    good.write("stranger.py", f"def theirs(self):\n    return 'theirs'\n\ndef patch(cls):\n    cls.{name} = theirs\n")
    cache = importlib.import_module("transformers.cache_utils").Cache
    importlib.import_module("stranger").patch(cache)
    hfcompat.apply()
    says("CONFLICT", "p:x", "was already patched by stranger and is left alone; enable='p:x' patches over it")
    assert getattr(cache(), name)() == "theirs"
    hfcompat.revert()
    hfcompat.apply(enable="p:x")
    assert getattr(cache(), name)() == "ours"
    hfcompat.revert()
    assert getattr(cache(), name)() == "theirs"
    hfcompat.apply()


def test_a_target_that_somebody_else_patches_later(good):
    good.plugin(
        "p",
        'row("x", "transformers.cache_utils:Cache.length", Kind.REPLACE, "p_plugin.impl:impl")',
        code="def impl(self):\n    return 'ours'\n",
    )
    good.write("stranger.py", "def theirs(self):\n    return 'theirs'\n")
    cache = importlib.import_module("transformers.cache_utils").Cache
    native = cache.length
    hfcompat.apply()
    ours, cache.length = cache.length, importlib.import_module("stranger").theirs
    says("DISPLACED", "p:x", "was patched over by stranger")
    hfcompat.revert()
    assert cache().length() == "theirs"
    says("DISPLACED", "p:x", "not reverted")
    cache.length = ours  # the stranger takes his patch back: what is left of ours goes at the next chance
    hfcompat.apply()
    assert hfcompat.report()["p:x"].status is Status.INSTALLED
    hfcompat.revert()
    assert cache.length is native
    hfcompat.apply()


@pytest.mark.parametrize("how", ["argument", "variable"])
def test_an_unknown_dialect(good, monkeypatch, how):
    if how == "variable":
        monkeypatch.setenv("HFCOMPAT_DIALECT", "banana")
    kwargs = {"dialect": "banana"} if how == "argument" else {}
    hfcompat.apply(**kwargs)
    says("dialect 'banana'", "no PEP 440 version", "dialect='4.57'")
    hfcompat.revert()
    with pytest.raises(HfcompatError, match="banana"):
        hfcompat.apply(strict=True, **kwargs)
    hfcompat.revert()
    monkeypatch.delenv("HFCOMPAT_DIALECT", raising=False)
    hfcompat.apply()


def test_a_second_dialect_is_ignored_and_said_so(good):
    hfcompat.apply(dialect="4.57")
    assert hfcompat.apply(dialect="4.40").dialect == "4.57"
    says("dialect 4.40", "4.57 is applied already; revert() first")


def test_a_dialect_older_than_any_known_is_noted(good):
    done = hfcompat.apply(dialect="3.5")
    assert done.ok
    assert "older than 4.36" in str(done)


def test_a_misspelled_pattern(good):
    hfcompat.apply(enable="good:goood")
    says("pattern 'good:goood'", "matches no patch and no plugin")


@pytest.mark.parametrize(
    ("version", "line"),
    [
        (None, "transformers is not installed; run: pip install transformers"),
        ("4.48.3", "transformers 4.48.3 is older than 4.49, the oldest that hfcompat supports; upgrade transformers"),
    ],
)
def test_a_runtime_that_cannot_be_patched(world, version, line):
    world.plugin("good", GOOD, code=CODE)
    world.transformers(version)
    done = hfcompat.apply()
    says(line)
    assert {record.status for record in done} <= {Status.SKIPPED}
    hfcompat.revert()
    with pytest.raises(HfcompatError, match=line.split(";")[0]):
        hfcompat.apply(strict=True)


def test_a_development_build_gets_what_is_open_and_says_so(world):
    world.plugin(
        "p",
        'row("open", "transformers.cache_utils:Cache.a", Kind.ADD, "p_plugin.impl:answer")',
        'row("bounded", "transformers.cache_utils:Cache.length", Kind.REPLACE, "p_plugin.impl:answer", when={"transformers": ">=5.0.0.dev0,<5.24"})',
        code=CODE,
    )
    world.transformers("5.24.0.dev0")
    importlib.import_module("transformers.cache_utils")
    done = hfcompat.apply(strict=True)
    assert done["p:open"].status is Status.INSTALLED
    assert done["p:bounded"].status is Status.SKIPPED
    assert "5.24.0.dev0 is a development build" in str(done)


def test_warnings_are_for_what_went_wrong_only_and_one_line_an_apply(good, caplog):
    good.plugin("bad", 'row("b", "transformers.cache_utils:Cache.x", Kind.ADD, "bad_plugin.impl:nothing")')
    with caplog.at_level(logging.INFO, logger="hfcompat"):
        hfcompat.apply()
        importlib.import_module("transformers.cache_utils")
        hfcompat.apply()
    info = [r for r in caplog.records if r.levelno == logging.INFO]
    warnings = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    assert len(info) == 2
    assert info[0].getMessage().startswith("hfcompat ")
    assert len(warnings) == 1
    assert "bad:b" in warnings[0]


def test_emptying_the_entry_points_leaves_no_patches(world, monkeypatch):
    monkeypatch.setattr("hfcompat.plugins.metadata.entry_points", lambda group: [])
    monkeypatch.delenv("HFCOMPAT_DISABLE")
    assert hfcompat.apply().records == ()


def test_autoload_can_be_turned_off_for_third_parties(world, monkeypatch):
    world.plugin("third", GOOD.replace("good_plugin", "third_plugin"), code=CODE)
    monkeypatch.setenv("HFCOMPAT_DISABLE_PLUGIN_AUTOLOAD", "1")
    done = hfcompat.apply()
    assert [(p.name, p.state.value) for p in done.plugins if p.distribution == "dist_third"] == [("third", "blocked")]
    assert not [record for record in done if record.plugin == "third"]


@pytest.mark.parametrize(
    "change",
    [
        "after=None",
        "after=(1,)",
        "after='x'",
        "probe=3",
        "traced=1",
        "when={5: '>=1'}",
        "when={None: '>=1'}",
        "when={'': ''}",
    ],
)
def test_a_declaration_of_wrong_types(good, change):
    good.plugin("bad", f'row("b", "transformers.cache_utils:Cache.x", Kind.ADD, "bad_plugin.impl:f", {change})')
    hfcompat.apply()
    says("FAILED", "bad:b", "bad declaration", "its author must mend it")
    assert json.loads(hfcompat.report().to_json())["ok"] is False


@pytest.mark.parametrize("how", [{"disable": "p"}, {"disable": "p:x"}, None])
def test_a_displaced_patch_outlives_its_plugin(good, how):
    good.plugin(
        "p",
        'row("x", "transformers.cache_utils:Cache.length", Kind.REPLACE, "p_plugin.impl:impl")',
        code="def impl(self):\n    return 'ours'\n",
    )
    cache = importlib.import_module("transformers.cache_utils").Cache
    native = cache.length
    hfcompat.apply()
    ours, cache.length = cache.length, lambda self: "theirs"
    if how is None:
        good.uninstall("dist_p")
    hfcompat.apply(**(how or {}))
    assert hfcompat.report()["p:x"].status is Status.DISPLACED
    cache.length = ours
    hfcompat.apply()
    assert cache.length is native
    assert hfcompat.report().ok


def test_code_that_exits_does_not_leave_the_import(good):
    good.plugin(
        "bad",
        'row("b", "transformers.cache_utils:Cache.x", Kind.ADD, "bad_plugin.impl:f")',
        code="raise SystemExit(1)\n",
    )
    hfcompat.apply()
    importlib.import_module("transformers.cache_utils")
    says("FAILED", "bad:b", "raised SystemExit: 1")


def test_a_log_handler_that_raises_does_not_break_an_import(good):
    class Broken(logging.Handler):
        def emit(self, record):
            raise OSError("disk full")

    handler = Broken()
    good.plugin("bad", 'row("b", "transformers.cache_utils:Cache.x", Kind.ADD, "bad_plugin.impl:nothing")')
    logging.getLogger("hfcompat").addHandler(handler)
    try:
        hfcompat.apply()
        importlib.import_module("transformers.cache_utils")
    finally:
        logging.getLogger("hfcompat").removeHandler(handler)
    says("FAILED", "bad:b")


def test_a_redirect_whose_impl_cannot_be_imported(good):
    good.plugin("bad", 'row("r", "transformers.gone", Kind.REDIRECT, "bad_plugin.raises")')
    good.write("bad_plugin/raises.py", "1 / 0\n")
    hfcompat.apply()
    with pytest.raises(ModuleNotFoundError, match="No module named 'transformers.gone'"):
        importlib.import_module("transformers.gone")
    says("FAILED", "bad:r", "ZeroDivisionError")


def test_a_wrap_that_declines_and_one_of_what_cannot_be_wrapped(good):
    good.write("transformers/odd.py", "class Odd:\n    number = 3\n    def f(self):\n        return 1\n\nodd = Odd()\n")
    rows = [
        f'row("{id}", "transformers.odd:{path}", Kind.WRAP, "p_plugin.impl:decline", when={{"transformers": "<6"}})'
        for id, path in [("declines", "Odd.f"), ("number", "Odd.number"), ("instance", "odd.f")]
    ]
    good.plugin("p", *rows, code="def decline(original):\n    return original\n")
    odd = importlib.import_module("transformers.odd").Odd
    before = dict(vars(odd))
    done = hfcompat.apply()
    assert done["p:declines"].status is Status.NATIVE
    says("p:number", "is a int, which cannot be wrapped")
    says("p:instance", "neither a class nor a module")
    assert dict(vars(odd)) == before
    assert not hasattr(odd.f, "__wrapped__")


def test_problems_of_a_scope_end_with_it(good):
    hfcompat.apply()
    with hfcompat.applied(enable="misspelled") as report:
        assert not report.ok
    assert hfcompat.report().ok
    with pytest.raises(HfcompatError):
        hfcompat.apply(enable="misspelled", strict=True)
    assert hfcompat.apply(strict=True).ok
