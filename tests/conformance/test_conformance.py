"""What every plugin of ours keeps, on the runtime that is installed."""

import subprocess
import sys

import pytest

import hfcompat
from hfcompat.testing import ORDERINGS, lint, run_ordering

PLUGINS = (
    "artifacts",
    "attention",
    "cache",
    "config",
    "exaone_moe",
    "families",
    "generation",
    "glm4_moe_lite",
    "lfm2_moe",
    "liger",
    "losses",
    "minimax_m2",
    "ministral3",
    "mistral",
    "modeling",
    "models",
    "solar_open",
    "symbols",
    "tokenizers",
    "trainer",
    "v5",
    "weights",
    "youtu",
)


def test_these_are_all_of_our_plugins():
    ours = {p.name for p in hfcompat.report().plugins or hfcompat.apply().plugins if p.distribution == "hfcompat"}
    hfcompat.revert()
    assert ours == set(PLUGINS)


@pytest.mark.parametrize("plugin", PLUGINS)
def test_declarations(plugin):
    assert lint(plugin) == []


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_ordering(ordering):
    run_ordering(ordering, dialect="4.49")


def test_apply_imports_neither_torch_nor_transformers():
    script = (
        "import sys, hfcompat; r = hfcompat.apply(dialect='4.49'); assert r.ok and r.records, r\n"
        "print([n for n in ('torch', 'transformers', 'numpy') if n in sys.modules])"
    )
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"


def test_nothing_fails_once_every_target_is_imported():
    script = """
import importlib, hfcompat
for record in hfcompat.apply(dialect="4.49"):
    if record.status is hfcompat.Status.PENDING:
        importlib.import_module(record.target.module)
report = hfcompat.report()
assert report.ok, "\\n".join(report.failures)
assert report.counts.get(hfcompat.Status.PENDING, 0) == 0, report.text()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_32_threads_apply_and_revert_while_others_import():
    script = """
import importlib, random, sys, threading
import hfcompat
from hfcompat.testing import Snapshot

modules = ["transformers", "transformers.cache_utils", "transformers.modeling_utils", "transformers.utils",
           "transformers.generation.utils", "transformers.optimization", "transformers.training_args",
           "transformers.models.llama.modeling_llama", "transformers.models.clip.modeling_clip"]
errors = []

def load(name):
    # Threads that import transformers at the same time see one another's half-imported modules, with or without us;
    # and importlib takes a package out of sys.modules for a moment when it is done with it, whence the KeyError.
    for attempt in range(8):
        try:
            return importlib.import_module(name)
        except (ImportError, KeyError) as error:
            last = error
    raise last

def work(seed):
    rng = random.Random(seed)
    try:
        for _ in range(4):
            what = rng.choice(["apply", "revert", "import", "import"])
            if what == "apply": hfcompat.apply()
            elif what == "revert": hfcompat.revert()
            else: load(rng.choice(modules))
    except BaseException as error:
        errors.append(repr(error))

threads = [threading.Thread(target=work, args=(n,)) for n in range(32)]
for t in threads: t.start()
for t in threads: t.join(200)
assert not any(t.is_alive() for t in threads), "deadlock"
assert not errors, errors
for m in modules: importlib.import_module(m)
hfcompat.apply()
assert hfcompat.report().ok, hfcompat.report()
from transformers.cache_utils import Cache
assert callable(Cache.get_usable_length)
hfcompat.revert()
left = Snapshot().traces({"hfcompat", "hfcompat_plugins"})
assert not left, left
assert not [f for f in sys.meta_path if type(f).__module__.split(".")[0] in ("hfcompat", "wrapt")], sys.meta_path
print("in order")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300)
    assert done.stdout.strip() == "in order", done.stderr
