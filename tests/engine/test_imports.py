"""Any order with imports: before, after, in the middle, from several threads; and no trace afterwards."""

import importlib
import sys
import threading
import types

import pytest

import hfcompat
from hfcompat import Status
from hfcompat.imports import Watch

CODE = "def answer(self):\n    return 42\n"
HALF = 'row("half", "transformers.circular:Half.answer", Kind.ADD, "p_plugin.impl:answer")'
ROW = 'row("a", "transformers.cache_utils:Cache.answer", Kind.ADD, "p_plugin.impl:answer")'


def test_apply_in_the_middle_of_the_import_of_its_own_target(world):
    world.plugin("p", HALF, code=CODE)
    half = importlib.import_module("transformers.circular").Half
    assert half().answer() == 42, "patched by the time the import statement is over"
    spec = sys.modules["transformers.circular"].__spec__
    assert type(spec).__name__ == "ModuleSpec"


def test_apply_while_another_thread_imports(world):
    world.write(
        "transformers/slow.py",
        """
        import threading
        started, go_on = threading.Event(), threading.Event()
        import builtins
        builtins.slow_events = (started, go_on)
        started.set()
        go_on.wait(10)

        class Slow:
            pass
        """,
    )
    world.write("gate.py", "import threading\n")
    world.plugin("p", 'row("s", "transformers.slow:Slow.answer", Kind.ADD, "p_plugin.impl:answer")', code=CODE)
    seen = []

    def importer():
        seen.append(importlib.import_module("transformers.slow").Slow().answer())

    thread = threading.Thread(target=importer)
    thread.start()
    while not hasattr(__import__("builtins"), "slow_events"):
        pass
    started, go_on = __import__("builtins").slow_events
    started.wait(10)
    assert hfcompat.apply()["p:s"].status is Status.PENDING
    go_on.set()
    thread.join(10)
    assert seen == [42]
    del __import__("builtins").slow_events


def test_an_import_that_fails_is_waited_for_again(world):
    world.write("transformers/flaky.py", "import hfcompat\nhfcompat.apply()\nraise RuntimeError('first attempt')\n")
    world.plugin("p", 'row("f", "transformers.flaky:Flaky.answer", Kind.ADD, "p_plugin.impl:answer")', code=CODE)
    try:
        importlib.import_module("transformers.flaky")
    except RuntimeError:
        pass
    assert hfcompat.report()["p:f"].status is Status.PENDING
    world.write("transformers/flaky.py", "class Flaky:\n    pass\n# another size, so that no stale bytecode is taken\n")
    assert importlib.import_module("transformers.flaky").Flaky().answer() == 42


def test_a_module_imported_anew_is_patched_anew(world):
    world.plugin("p", ROW, code=CODE)
    hfcompat.apply()
    old = importlib.import_module("transformers.cache_utils").Cache
    for name in [n for n in sys.modules if n.partition(".")[0] == "transformers"]:
        del sys.modules[name]
    new = importlib.import_module("transformers.cache_utils").Cache
    assert new is not old
    hfcompat.apply()
    assert new().answer() == 42
    hfcompat.revert()
    assert not hasattr(new, "answer")


@pytest.mark.parametrize("before", [False, True])
def test_transformers_executes_itself_a_second_time(world, before):
    world.plugin("p", 'row("top", "transformers:answer", Kind.ADD, "p_plugin.impl:answer")', code=CODE)
    if before:
        importlib.import_module("transformers.processing_utils")
    hfcompat.apply()
    import transformers as first

    importlib.import_module("transformers.processing_utils")
    second = sys.modules["transformers"]
    assert (first is second) is before
    for module in (first, second):
        assert module.answer(None) == 42
    hfcompat.revert()
    for module in (first, second):
        assert not hasattr(module, "answer")
        assert "__getattr__" not in vars(module)


def test_the_import_system_is_left_as_it_was_found(world, import_state):
    world.plugin("p", ROW, HALF, 'row("r", "transformers.gone", Kind.REDIRECT, "p_plugin.impl")', code=CODE)
    before = import_state()
    hfcompat.apply()
    assert import_state() != before
    importlib.import_module("transformers.cache_utils")
    hfcompat.revert()
    assert import_state() == before


def test_the_hooks_of_others_are_left_alone(world, import_state):
    import wrapt

    calls = []
    wrapt.register_post_import_hook(lambda module: calls.append(module.__name__), "transformers.cache_utils")
    before = import_state()
    world.plugin("p", ROW, code=CODE)
    hfcompat.apply()
    hfcompat.revert()
    assert import_state() == before
    importlib.import_module("transformers.cache_utils")
    assert calls == ["transformers.cache_utils"]


def test_a_dispatcher_hears_of_a_module_once():
    heard = []
    watch = Watch(heard.append)
    sys.modules["watched_fake"] = types.ModuleType("watched_fake")
    try:
        watch.add("watched_fake")
        assert heard == ["watched_fake"]
        watch.add("json")
        assert heard == ["watched_fake", "json"]
    finally:
        del sys.modules["watched_fake"]
        watch.clear()


def test_a_watched_module_is_found_while_another_thread_imports_its_parent(world):
    """The import system asks finders under its global lock: one that waits for the parent there waits for ever."""
    world.write(
        "transformers/pack/__init__.py",
        """
        import builtins
        builtins.pack_started.set()
        builtins.pack_go_on.wait(20)
        import colorsys  # any module that is not there yet: it needs the global lock
        """,
    )
    world.write("transformers/pack/child.py", "class Thing:\n    pass\n")
    world.plugin("p", 'row("c", "transformers.pack.child:Thing.answer", Kind.ADD, "p_plugin.impl:answer")', code=CODE)
    script = """
        import builtins, faulthandler, importlib, threading, time
        import hfcompat
        faulthandler.dump_traceback_later(30, exit=True)
        builtins.pack_started, builtins.pack_go_on = threading.Event(), threading.Event()
        hfcompat.apply()
        answers = []

        def child():
            answers.append(importlib.import_module("transformers.pack.child").Thing().answer())

        parent = threading.Thread(target=importlib.import_module, args=("transformers.pack",))
        parent.start()
        builtins.pack_started.wait()
        other = threading.Thread(target=child)
        other.start()
        time.sleep(0.2)
        builtins.pack_go_on.set()
        parent.join()
        other.join()
        print(answers)
    """
    assert world.run(script).strip() == "[42]"


def test_32_threads_apply_and_revert_while_others_import(world):
    """Chaos must end in order: the last word is apply(), then revert(), and each is obeyed to the letter."""
    rows = [f'row("a{n}", "transformers.mod{n}:Thing.answer", Kind.ADD, "p_plugin.impl:answer")' for n in range(12)]
    for n in range(12):
        world.write(f"transformers/mod{n}.py", "class Thing:\n    pass\n")
    world.plugin("p", *rows, code=CODE)
    script = """
        import importlib, os, random, sys, threading
        import hfcompat
        sys.setswitchinterval(1e-6)
        errors = []

        def work(seed):
            rng = random.Random(seed)
            try:
                for _ in range(12):
                    what = rng.choice(["apply", "revert", "import", "import", "report", "applied"])
                    if what == "apply": hfcompat.apply(disable=os.environ["HFCOMPAT_DISABLE"])
                    elif what == "revert": hfcompat.revert()
                    elif what == "report": hfcompat.report()
                    elif what == "applied":
                        with hfcompat.applied(): pass
                    else: importlib.import_module(f"transformers.mod{rng.randrange(12)}")
            except BaseException as error:
                errors.append(repr(error))

        threads = [threading.Thread(target=work, args=(n,)) for n in range(32)]
        for t in threads: t.start()
        for t in threads: t.join(60)
        assert not any(t.is_alive() for t in threads), "deadlock"
        assert not errors, errors
        things = [importlib.import_module(f"transformers.mod{n}").Thing for n in range(12)]
        hfcompat.apply()
        assert [t().answer() for t in things] == [42] * 12
        assert hfcompat.report().ok, hfcompat.report()
        hfcompat.revert()
        assert not any("answer" in vars(t) for t in things)
        assert not [f for f in sys.meta_path if type(f).__module__.split(".")[0] in ("hfcompat", "wrapt")]
        print("in order")
    """
    for _ in range(3):
        assert world.run(script).strip() == "in order"


def test_a_child_of_fork_inherits_no_lock_that_is_held(world):
    script = """
        import os, signal, threading, time
        import hfcompat

        stop = threading.Event()
        hfcompat.apply(); hfcompat.revert()  # a module that is being imported at the time of a fork is Python's own problem

        def busy():
            while not stop.is_set():
                hfcompat.apply(); hfcompat.revert()

        threads = [threading.Thread(target=busy, daemon=True) for _ in range(4)]
        for thread in threads: thread.start()
        codes = []
        for _ in range(20):
            pid = os.fork()
            if pid == 0:
                signal.alarm(20)  # a child that hangs dies of this
                hfcompat.apply(); hfcompat.report(); hfcompat.revert()
                os._exit(0)
            codes.append(os.waitpid(pid, 0)[1])
        stop.set()
        print(codes == [0] * 20, codes)
    """
    assert world.run(script).startswith("True")


def test_finders_that_go_hide_no_module_from_other_threads(world):
    """sys.meta_path must not shrink under a thread that iterates it: it would skip a finder."""
    for n in range(300):
        world.write(f"tiny/m{n}.py", "")
    world.plugin("p", ROW, 'row("r", "transformers.gone", Kind.REDIRECT, "p_plugin.impl")', code=CODE)
    script = """
        import importlib, sys, threading
        import hfcompat
        sys.setswitchinterval(1e-6)
        stop, errors = threading.Event(), []

        def cycle():
            while not stop.is_set():
                hfcompat.apply(); hfcompat.revert()

        thread = threading.Thread(target=cycle)
        thread.start()
        try:
            for n in range(300):
                try: importlib.import_module(f"tiny.m{n}")
                except ImportError as error: errors.append(str(error))
        finally:
            stop.set(); thread.join()
        print(errors)
    """
    assert world.run(script).strip() == "[]"
