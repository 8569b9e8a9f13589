"""Applies hfcompat in every interpreter that `hfcompat run` starts, children included, before the program begins.

`hfcompat run` puts this folder first on PYTHONPATH; what the user wants travels in HFCOMPAT_* variables. Another
sitecustomize that this one hides is run first, as if this one were not there.
"""

import os
import sys
import types

_GUARD = "HFCOMPAT_BOOTSTRAPPING"  # set while apply() runs: what it starts must not apply again


def _run_hidden() -> None:
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    ours = os.path.join("hfcompat", "_bootstrap")  # of any copy of hfcompat
    path = [entry for entry in sys.path if not os.path.abspath(entry or os.curdir).endswith(ours)]
    spec = PathFinder.find_spec("sitecustomize", path)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(module_from_spec(spec))


def _apply() -> None:
    if os.environ.get(_GUARD):
        return
    os.environ[_GUARD] = "1"
    try:
        import hfcompat
    except ImportError as error:
        sys.stderr.write(f"hfcompat: {sys.executable} goes on without it: {error}\n")
    else:
        _apply_or_exit(hfcompat)
    finally:
        os.environ.pop(_GUARD, None)


def _apply_or_exit(hfcompat: types.ModuleType) -> None:
    try:
        hfcompat.apply()
    except hfcompat.HfcompatError as error:  # strict; Python would print any exception and go on
        sys.stderr.write(f"{error}\n")
        sys.stderr.flush()
        os._exit(1)


try:
    _run_hidden()
finally:
    _apply()
