"""The five verbs: apply, revert, applied, report, verify."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from packaging.version import Version

from hfcompat._version import __version__
from hfcompat.environment import Environment, parse_version
from hfcompat.kernels.books import attempts
from hfcompat.ledger import Ledger
from hfcompat.plan import Policy
from hfcompat.plugins import discover
from hfcompat.report import HfcompatError, Problem, Report

__all__ = ["LEDGER", "applied", "apply", "report", "revert", "verify"]

_LOG = logging.getLogger("hfcompat")  # has no handler: a warning of other numbers is seen where logging is not set up

LEDGER = Ledger()
"""The books of this process."""

_OLDEST_DIALECT = Version("4.36.0.dev0")


def apply(
    *,
    dialect: str | Version | None = None,
    enable: str | Iterable[str] = (),
    disable: str | Iterable[str] = (),
    strict: bool = False,
) -> Report:
    """Make code that was written for another transformers version run on the installed one.

    Additive patches, which only make what raises today work, are on by default. Imports neither torch nor
    transformers: modules that are imported already are patched now, the others when they come. Calling it again
    changes nothing but what is newly asked for; it is safe in any order with imports, and from several threads.

    Args:
        dialect: version that the code was written for, such as "4.57". Selects behavioural patches too, which
            change the result of calls that work today. Default: the environment variable HFCOMPAT_DIALECT.
        enable: globs on `plugin:id` that are wanted whatever the dialect. Adds to HFCOMPAT_ENABLE.
        disable: globs on `plugin:id`, or names of plugins, that are not wanted. Adds to HFCOMPAT_DISABLE.
        strict: raise when anything fails, conflicts or is displaced. Default: HFCOMPAT_STRICT.

    Returns:
        What was done and why.

    Raises:
        HfcompatError: only with `strict`; what this call did is undone first.
    """
    _trace()
    environment = Environment()
    wish, problems = _wish(dialect, enable, disable, strict)
    before, known = LEDGER.policy, LEDGER.problems
    policy = before.merged(wish) if before else wish
    if before and before.dialect and wish.dialect and wish.dialect != before.dialect:
        problems.append(
            Problem(f"dialect {wish.dialect}", f"ignored: {before.dialect} is applied already; revert() first")
        )
    problems += _environment_problems(environment)
    autoload = not _truthy("HFCOMPAT_DISABLE_PLUGIN_AUTOLOAD")
    LEDGER.apply(discover(environment, policy, autoload=autoload), environment, policy, problems)
    done = report()
    _LOG.info("%s", done.summary())
    if policy.strict and not done.ok:
        _restore(before, known)
        raise _error(done)
    return done


def revert() -> Report:
    """Undo everything: what was added is deleted, what was replaced is put back, the same object as before.

    Where somebody else has patched over a patch, nothing is touched and the report says DISPLACED.
    """
    LEDGER.revert()
    return report()


@contextmanager
def applied(
    *,
    dialect: str | Version | None = None,
    enable: str | Iterable[str] = (),
    disable: str | Iterable[str] = (),
    strict: bool = False,
) -> Iterator[Report]:
    """`apply` for the length of a with block; afterwards everything is as it was before it.

    Blocks may nest, in one thread; what is applied is the same for all threads.
    """
    before, known = LEDGER.policy, LEDGER.problems
    done = apply(dialect=dialect, enable=enable, disable=disable, strict=strict)
    try:
        yield done
    finally:
        _restore(before, known)


def report(model: Any = None) -> Report:
    """What is applied now, and why; every target is looked at again.

    Args:
        model: a model, to be told as well which kernel swaps were tried on it, taken or refused, and why.
    """
    LEDGER.verify()
    environment = Environment()
    transformers, torch = environment.transformers, environment.version("torch")
    return LEDGER.report(
        Report(
            hfcompat=__version__,
            transformers=str(transformers) if transformers else None,
            torch=str(torch) if torch else None,
            python=".".join(map(str, sys.version_info[:3])),
            dialect=None,
            swaps=attempts(model) if model is not None else (),
        )
    )


def verify() -> Report:
    """`report`, which raises HfcompatError under `strict` when anything has failed since, inside an import too."""
    done = report()
    policy = LEDGER.policy
    if policy and policy.strict and not done.ok:
        raise _error(done)
    return done


def _restore(policy: Policy | None, problems: list[Problem]) -> None:
    if policy is None:
        LEDGER.revert()
        return
    environment = Environment()
    autoload = not _truthy("HFCOMPAT_DISABLE_PLUGIN_AUTOLOAD")
    LEDGER.apply(discover(environment, policy, autoload=autoload), environment, policy, problems, merge=False)


def _error(done: Report) -> HfcompatError:
    return HfcompatError("\n".join([done.summary(), *done.failures]), done)


def _wish(
    dialect: str | Version | None, enable: str | Iterable[str], disable: str | Iterable[str], strict: bool
) -> tuple[Policy, list[Problem]]:
    """The arguments and the environment variables as one policy, and what is wrong with them."""
    text = str(dialect) if dialect is not None else os.environ.get("HFCOMPAT_DIALECT") or None
    version = parse_version(text) if text else None
    problems = []
    if text and version is None:
        way_out = "it is no PEP 440 version, so no behavioural patch is applied; say dialect='4.57', for example"
        problems.append(Problem(f"dialect {text!r}", way_out))
    elif version and version < _OLDEST_DIALECT:
        problems.append(
            Problem(f"dialect {version}", "older than 4.36, the oldest that is known; taken as it is", failed=False)
        )
    policy = Policy(
        version,
        (*_globs(enable), *_globs(os.environ.get("HFCOMPAT_ENABLE", ""))),
        (*_globs(disable), *_globs(os.environ.get("HFCOMPAT_DISABLE", ""))),
        strict or _truthy("HFCOMPAT_STRICT"),
    )
    return policy, problems


def _environment_problems(environment: Environment) -> list[Problem]:
    why = environment.unsupported()
    if why:
        return [Problem("transformers", why)]
    runtime = environment.transformers
    if runtime and runtime.is_devrelease:
        text = f"{runtime} is a development build; patches that end with the last tested release are not applied"
        return [Problem("transformers", text, failed=False)]
    return []


def _globs(value: str | Iterable[str]) -> list[str]:
    """`"a:*, b:c"` and `["a:*", "b:c"]` mean the same."""
    parts = value.split(",") if isinstance(value, str) else list(value)
    return [part.strip() for part in parts if part.strip()]


def _truthy(variable: str) -> bool:
    return os.environ.get(variable, "").strip().lower() not in ("", "0", "false", "no", "off")


def _trace() -> None:
    """HFCOMPAT_TRACE=1: every step on stderr."""
    if _truthy("HFCOMPAT_TRACE") and not any(isinstance(handler, _Trace) for handler in _LOG.handlers):
        handler = _Trace()
        handler.setFormatter(logging.Formatter("hfcompat: %(message)s"))
        _LOG.addHandler(handler)
        _LOG.setLevel(logging.DEBUG)


class _Trace(logging.StreamHandler):  # type: ignore[type-arg]
    pass
