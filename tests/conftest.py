"""A world of fake modules: a lazy `transformers` and plugin distributions, written to a folder on sys.path.

The engine's own tests need neither torch nor transformers, and run on every Python that is supported.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
import wrapt.importer
from own_plugins import OURS

import hfcompat
from hfcompat.environment import Environment

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # read when huggingface_hub is imported

# pytest puts this folder on sys.path, where transformers would take tests/kernels for the package kernels.
if (kernels := importlib.util.find_spec("kernels")) is not None and kernels.origin is None:
    sys.modules["kernels"] = None  # type: ignore[assignment]

TRANSFORMERS = {
    "__init__.py": """
        import importlib, sys
        from types import ModuleType

        class _LazyModule(ModuleType):
            # as transformers does it: replaces the package in sys.modules, imports on first use
            _homes = {"Cache": "cache_utils", "Model": "modeling", "late": "late_mod"}

            def __init__(self, name, old):
                super().__init__(name)
                self.__file__, self.__spec__, self.__path__ = old["__file__"], old["__spec__"], old["__path__"]

            def __dir__(self):
                return [*super().__dir__(), *self._homes]

            def __getattr__(self, name):
                if name not in self._homes:
                    raise AttributeError(f"module {self.__name__} has no attribute {name}")
                value = getattr(importlib.import_module("." + self._homes[name], self.__name__), name)
                setattr(self, name, value)
                return value

        sys.modules[__name__] = _LazyModule(__name__, globals())
    """,
    "cache_utils.py": """
        class Base:
            def inherited(self):
                return "inherited"

        class Cache(Base):
            limit = 7

            def length(self):
                return 3

            @classmethod
            def make(cls):
                return cls.__name__

            @staticmethod
            def double(n):
                return 2 * n

            @property
            def size(self):
                return 5

        REGISTRY = {"eager": len}

        def helper(x):
            return x + 1
    """,
    "modeling.py": """
        from .cache_utils import Cache, helper

        class Model:
            def forward(self, x):
                return helper(x)
    """,
    "late_mod.py": "late = 1\n",
    "processing_utils.py": """
        # as transformers does it: runs its own __init__ again, and replaces the module in sys.modules
        import importlib.util, os, sys

        _folder = os.path.dirname(__file__)
        _spec = importlib.util.spec_from_file_location(
            "transformers", os.path.join(_folder, "__init__.py"), submodule_search_locations=[_folder]
        )
        _spec.loader.exec_module(importlib.util.module_from_spec(_spec))
        transformers_module = sys.modules["transformers"]
    """,
    "circular.py": """
        import hfcompat
        hfcompat.apply()  # in the middle of its own import

        class Half:
            pass
    """,
    "broken.py": """
        raise RuntimeError("broken on purpose")
    """,
}

PLUGIN = """
    from hfcompat import Kind, Patch, hookimpl

    LINK = "https://example.org/pull/1"

    def row(id, target, kind, impl, **more):
        more = {"when": {"transformers": ">=5.0.0.dev0"}, "reason": "because", "upstream": LINK, **more}
        return Patch(id, target, kind, impl, **more)

    @hookimpl
    def hfcompat_patches():
        return [
            %s
        ]
"""


class World:
    """A folder on sys.path that tests fill with packages and distributions."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.transformers("5.23.0")

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))
        importlib.invalidate_caches()

    def distribution(self, name: str, version: str, entry_points: dict[str, str] | None = None) -> None:
        self.uninstall(name)
        info = f"{name}-{version}.dist-info"
        self.write(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        if entry_points:
            lines = "\n".join(f"{key} = {value}" for key, value in entry_points.items())
            self.write(f"{info}/entry_points.txt", f"[hfcompat]\n{lines}\n")
        Environment().forget()

    def uninstall(self, name: str) -> None:
        for info in self.root.glob(f"{name}-*.dist-info"):
            shutil.rmtree(info)
        Environment().forget()

    def transformers(self, version: str | None) -> None:
        """Install the fake runtime at `version`; None takes it away."""
        if version is None:
            self.uninstall("transformers")
            return
        self.distribution("transformers", version)
        for name, text in TRANSFORMERS.items():
            self.write(f"transformers/{name}", text)

    def plugin(self, name: str, *rows: str, source: str | None = None, code: str = "") -> None:
        """A distribution with one plugin. `rows` are calls of `row(id, target, kind, impl, **more)`; `code` is its `impl` module."""
        rows_text = ",\n            ".join(rows)
        self.write(f"{name}_plugin/__init__.py", source if source is not None else PLUGIN % rows_text)
        self.write(f"{name}_plugin/impl.py", code)
        self.distribution(f"dist_{name}", "1.0", {name: f"{name}_plugin"})

    def run(self, script: str, **env: str) -> str:
        """Run `script` in a process of its own, in this world; returns what it printed."""
        result = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script)],
            env={**os.environ, "PYTHONPATH": str(self.root), **env},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert result.returncode == 0, result.stderr
        return result.stdout


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for variable in ("DIALECT", "ENABLE", "DISABLE", "STRICT", "DISABLE_PLUGIN_AUTOLOAD", "TRACE"):
        monkeypatch.delenv(f"HFCOMPAT_{variable}", raising=False)
    monkeypatch.setenv("HFCOMPAT_DISABLE", OURS)  # our own plugins, unless a test asks for them
    hidden = {name: sys.modules.pop(name) for name in list(sys.modules) if name.partition(".")[0] == "transformers"}
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    made = World(tmp_path)
    yield made
    hfcompat.revert()
    for name in set(sys.modules) - before:
        if not name.startswith("hfcompat"):
            del sys.modules[name]
    sys.modules.update(hidden)
    Environment().forget()


@pytest.fixture
def import_state():
    """What revert() must restore: sys.meta_path, wrapt's hooks and finder."""

    def state() -> tuple[object, ...]:
        table = {k: list(v) for k, v in wrapt.importer._post_import_hooks.items()}
        return (list(sys.meta_path), table, wrapt.importer._post_import_hooks_init)

    return state
