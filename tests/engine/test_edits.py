"""Each kind of edit on a fake runtime: what it does, and that undoing it leaves the identical objects."""

import importlib
import sys
import types

import pytest

import hfcompat
from hfcompat import Status

CODE = """
    def answer(self):
        return 42

    def replacement(self):
        return "replaced"

    def around(original):
        def length(self):
            return original(self) + 100
        return length

    def around_class(original):
        def make(cls):
            return "wrapped " + original(cls)
        return make

    def around_static(original):
        def double(n):
            return original(n) + 1
        return double

    def around_property(original):
        return property(lambda self: original.fget(self) + 1)

    def around_helper(original):
        def helper(x):
            return original(x) * 10
        return helper

    built = []

    def __getattr__(name):
        if name == "Lazy":
            built.append(name)
            return "lazy"
        raise AttributeError(name)
"""

TOP = 'when={"transformers": ">=5.0.0.dev0,<5.24"}'


def module(name):
    return importlib.import_module(name)


def status(key):
    return hfcompat.report()[key].status


def test_add_on_a_class(world):
    world.plugin("p", 'row("a", "transformers.cache_utils:Cache.answer", Kind.ADD, "p_plugin.impl:answer")', code=CODE)
    cache = module("transformers.cache_utils").Cache
    before = dict(vars(cache))
    hfcompat.apply()
    assert cache().answer() == 42
    assert type(vars(cache)["answer"]) is types.FunctionType
    hfcompat.revert()
    assert dict(vars(cache)) == before


def test_add_on_a_module_builds_nothing_until_it_is_asked_for(world):
    world.plugin("p", 'row("a", "transformers.cache_utils:Lazy", Kind.ADD, "p_plugin.impl:Lazy")', code=CODE)
    hfcompat.apply()
    cache_utils = module("transformers.cache_utils")
    assert "p_plugin.impl" not in sys.modules
    assert status("p:a") is Status.INSTALLED
    from transformers.cache_utils import Lazy

    assert Lazy == "lazy"
    assert "Lazy" not in vars(cache_utils)
    with pytest.raises(AttributeError, match=r"module 'transformers.cache_utils' has no attribute 'nothing'"):
        cache_utils.nothing  # noqa: B018
    hfcompat.revert()
    assert "__getattr__" not in vars(cache_utils)
    assert not hasattr(cache_utils, "Lazy")


def test_add_at_the_lazy_top_level_comes_before_its_own_fallback_and_hides_nothing(world):
    world.plugin(
        "p",
        'row("a", "transformers:Lazy", Kind.ADD, "p_plugin.impl:Lazy")',
        'row("native", "transformers:late", Kind.ADD, "p_plugin.impl:answer")',
        code=CODE,
    )
    hfcompat.apply()
    import transformers

    assert transformers.Lazy == "lazy"
    assert status("p:native") is Status.NATIVE
    assert "transformers.late_mod" not in sys.modules, "asking whether a lazy name exists must not import it"
    assert transformers.late == 1
    assert transformers.Cache is module("transformers.cache_utils").Cache
    hfcompat.revert()
    assert "__getattr__" not in vars(transformers)
    assert not hasattr(transformers, "Lazy")


def test_a_module_that_has_a_getattr_of_its_own_keeps_it(world):
    world.write(
        "transformers/own.py",
        "def __getattr__(name):\n    if name == 'mine':\n        return 1\n    raise AttributeError(name)\n",
    )
    world.plugin("p", 'row("a", "transformers.own:Lazy", Kind.ADD, "p_plugin.impl:Lazy")', code=CODE)
    own = module("transformers.own")
    before = vars(own)["__getattr__"]
    hfcompat.apply()
    assert (own.mine, own.Lazy) == (1, "lazy")
    hfcompat.revert()
    assert vars(own)["__getattr__"] is before


def test_a_getattr_put_over_ours_is_left_alone_and_ours_does_not_come_twice(world):
    world.plugin("p", 'row("a", "transformers.cache_utils:Lazy", Kind.ADD, "p_plugin.impl:Lazy")', code=CODE)
    cache_utils = module("transformers.cache_utils")
    hfcompat.apply()
    ours = vars(cache_utils)["__getattr__"]
    cache_utils.__getattr__ = lambda name: "theirs" if name == "theirs" else ours(name)
    for _ in range(2):
        hfcompat.revert()
        assert cache_utils.theirs == "theirs"
        assert not hasattr(cache_utils, "Lazy")
        hfcompat.apply()
        assert cache_utils.Lazy == "lazy"


@pytest.mark.parametrize("inherited", [False, True])
def test_replace(world, inherited):
    name = "inherited" if inherited else "length"
    world.plugin(
        "p",
        f'row("r", "transformers.cache_utils:Cache.{name}", Kind.REPLACE, "p_plugin.impl:replacement", {TOP})',
        code=CODE,
    )
    cache = module("transformers.cache_utils").Cache
    before = dict(vars(cache))
    hfcompat.apply()
    assert getattr(cache(), name)() == "replaced"
    hfcompat.revert()
    assert dict(vars(cache)) == before
    assert cache().inherited() == "inherited"


def test_replace_the_name_of_a_class(world):
    world.write("transformers/named.py", "class PreTrained:\n    pass\n\n\nclass Child(PreTrained):\n    pass\n")
    row = 'row("name", "transformers.named:PreTrained.__qualname__", Kind.REPLACE, "p_plugin.impl:NAME", traced=False)'
    world.plugin("p", row, code='NAME = "Pretrained"\n')
    named = importlib.import_module("transformers.named")
    hfcompat.apply()
    assert "Pretrained" in str(named.Child.__mro__)
    assert hfcompat.report().ok
    hfcompat.revert()
    assert named.PreTrained.__qualname__ == "PreTrained"
    assert "__qualname__" not in vars(named.PreTrained)


def test_wrap_every_sort_of_function(world):
    rows = [
        f'row("{name}", "transformers.cache_utils:{path}", Kind.WRAP, "p_plugin.impl:{factory}", {TOP})'
        for name, path, factory in [
            ("method", "Cache.length", "around"),
            ("classmethod", "Cache.make", "around_class"),
            ("staticmethod", "Cache.double", "around_static"),
            ("property", "Cache.size", "around_property"),
            ("function", "helper", "around_helper"),
        ]
    ]
    world.plugin("p", *rows, code=CODE)
    cache_utils = module("transformers.cache_utils")
    cache, before = cache_utils.Cache, dict(vars(cache_utils.Cache))
    helper = cache_utils.helper
    hfcompat.apply()
    assert hfcompat.report().ok, hfcompat.report()
    assert (cache().length(), cache.make(), cache.double(4), cache().size) == (103, "wrapped Cache", 9, 6)
    assert cache_utils.helper(1) == 20
    assert cache_utils.helper.__name__ == "helper"
    assert cache_utils.helper.__wrapped__ is helper
    assert type(cache_utils.helper) is types.FunctionType
    hfcompat.revert()
    assert dict(vars(cache)) == before
    assert cache_utils.helper is helper


def test_wraps_stack_in_the_order_of_after_and_come_off_in_reverse(world):
    code = """
        def add(n):
            def factory(original):
                def length(self):
                    return original(self) * 10 + n
                return length
            return factory
        one, two = add(1), add(2)
    """
    world.plugin(
        "p",
        f'row("b-one", "transformers.cache_utils:Cache.length", Kind.WRAP, "p_plugin.impl:one", {TOP})',
        f'row("a-two", "transformers.cache_utils:Cache.length", Kind.WRAP, "p_plugin.impl:two", after=("b-one",), {TOP})',
        code=code,
    )
    cache = module("transformers.cache_utils").Cache
    before = vars(cache)["length"]
    done = hfcompat.apply()
    assert cache().length() == 312
    assert [done[key].status for key in ("p:b-one", "p:a-two")] == [Status.INSTALLED, Status.INSTALLED]
    assert hfcompat.report().ok
    with hfcompat.applied(disable="p:a-two"):
        assert cache().length() == 31
    with hfcompat.applied(disable="p:b-one"):
        assert cache().length() == 32, "the lower one goes from under the upper one"
    assert cache().length() == 312
    hfcompat.revert()
    assert vars(cache)["length"] is before


def test_redirect_a_missing_module(world):
    world.plugin(
        "p",
        'row("r", "transformers.gone", Kind.REDIRECT, "transformers.cache_utils")',
        'row("sub", "transformers.gone.deep", Kind.REDIRECT, "p_plugin.impl")',
        code=CODE,
    )
    finders = list(sys.meta_path)
    import transformers

    hfcompat.apply()
    import transformers.gone.deep
    from transformers.gone import Cache

    assert Cache is transformers.cache_utils.Cache
    assert transformers.gone.deep.answer(None) == 42
    assert "Cache" in dir(transformers.gone)
    with pytest.raises(ImportError):
        from transformers.gone import nothing  # noqa: F401
    hfcompat.revert()
    assert [f for f in sys.meta_path if type(f).__module__.startswith("hfcompat")] == []
    assert [f for f in sys.meta_path if f not in finders] == []
    assert not [name for name in sys.modules if name.startswith("transformers.gone")]
    assert not hasattr(transformers, "gone")
    with pytest.raises(ModuleNotFoundError):
        module("transformers.gone")


def test_a_module_that_exists_is_never_redirected(world):
    world.plugin("p", 'row("r", "transformers.modeling", Kind.REDIRECT, "p_plugin.impl")', code=CODE)
    hfcompat.apply()
    assert module("transformers.modeling").Model.__name__ == "Model"
    hfcompat.revert()
    hfcompat.apply()
    assert status("p:r") is Status.NATIVE


def test_register_an_entry(world):
    world.plugin(
        "p",
        'row("new", "transformers.cache_utils:REGISTRY[mine]", Kind.REGISTER, "p_plugin.impl:answer")',
        'row("old", "transformers.cache_utils:REGISTRY[eager]", Kind.REGISTER, "p_plugin.impl:answer")',
        code=CODE,
    )
    registry = module("transformers.cache_utils").REGISTRY
    hfcompat.apply()
    assert registry["mine"](None) == 42
    assert registry["eager"] is len
    assert status("p:old") is Status.NATIVE
    hfcompat.revert()
    assert registry == {"eager": len}


def test_a_probe_can_say_that_nothing_is_needed(world):
    code = CODE + "\n    def probe(owner):\n        return not hasattr(owner, 'length')\n"
    world.plugin(
        "p",
        'row("a", "transformers.cache_utils:Cache.answer", Kind.ADD, "p_plugin.impl:answer", probe="p_plugin.impl:probe")',
        code=code,
    )
    module("transformers.cache_utils")
    record = hfcompat.apply()["p:a"]
    assert record.status is Status.NATIVE
    assert "p_plugin.impl:probe" in record.why


def test_an_older_module_in_somebodys_hands_serves_the_names_too(world, monkeypatch):
    """Importing transformers.processing_utils puts a second module in the place of the package."""
    world.plugin("p", 'row("r", "transformers:Gone", Kind.ADD, "p_plugin.impl:answer")', code=CODE)
    old = module("transformers")
    user = types.ModuleType("user")
    user.transformers = old
    new = types.ModuleType("transformers")
    new.__path__ = old.__path__
    monkeypatch.setitem(sys.modules, "user", user)
    monkeypatch.setitem(sys.modules, "transformers", new)
    monkeypatch.setitem(sys.modules, "transformers.processing_utils", types.ModuleType("transformers.processing_utils"))
    hfcompat.apply()
    assert old.Gone is new.Gone
    hfcompat.revert()
    for module_ in (old, new):
        with pytest.raises(AttributeError):
            module_.Gone  # noqa: B018
