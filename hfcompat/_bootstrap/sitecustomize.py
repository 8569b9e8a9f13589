"""Applies hfcompat in every interpreter that `hfcompat run` starts, children included, before the program begins.

`hfcompat run` puts this folder first on PYTHONPATH; what the user wants travels in HFCOMPAT_* variables. Another
sitecustomize that this one hides is run first, as if this one were not there.
"""

import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
_GUARD = "HFCOMPAT_BOOTSTRAPPING"  # set while apply() runs: what it starts must not apply again


def _run_hidden() -> None:
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    path = [entry for entry in sys.path if os.path.abspath(entry or os.curdir) != _HERE]
    spec = PathFinder.find_spec("sitecustomize", path)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(module_from_spec(spec))


def _apply() -> None:
    if os.environ.get(_GUARD):
        return
    os.environ[_GUARD] = "1"
    try:
        import hfcompat
    except ImportError:
        sys.stderr.write(f"hfcompat: not installed for {sys.executable}, which goes on without it\n")
    else:
        hfcompat.apply()
    finally:
        os.environ.pop(_GUARD, None)


try:
    _run_hidden()
finally:
    _apply()
