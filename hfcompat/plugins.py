"""Discovery over entry points: every plugin is loaded and asked by itself, and none can harm another."""

from __future__ import annotations

import enum
import functools
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib import metadata
from typing import Protocol, TypeVar, cast

import pluggy

from hfcompat import hookspecs
from hfcompat.environment import Environment
from hfcompat.patch import Patch
from hfcompat.plan import Offer, Policy

__all__ = ["GROUP", "Discovery", "Plugin", "PluginState", "discover", "is_harmless", "rows"]

_HOOKS = (
    "hfcompat_patches",
    "hfcompat_rules",
    "hfcompat_families",
    "hfcompat_swaps",
    "hfcompat_backports",
    "hfcompat_tokenizers",
)

GROUP = "hfcompat"
"""The entry-point group; the entry point's name is the plugin's name."""

_OWN = "hfcompat"


def is_harmless(error: BaseException) -> bool:
    """Whether what a plugin's code raised is its own affair: all but what the user or the interpreter sends."""
    return not isinstance(error, (KeyboardInterrupt, GeneratorExit))


class PluginState(enum.Enum):
    """What became of a plugin."""

    LOADED = "loaded"
    BLOCKED = "blocked"
    FAILED = "failed"


@dataclass(slots=True)
class Plugin:
    """One entry point: where it comes from, and what became of it."""

    name: str
    module: str
    distribution: str
    version: str
    state: PluginState = PluginState.LOADED
    why: str = ""
    patches: int = 0
    ask: Callable[[str], list[object]] = lambda hook: []
    """What it answers to another hook; asked when a checkpoint is looked at, since `apply()` needs only patches."""


@dataclass(slots=True)
class Discovery:
    """All plugins, and what those that work have to offer."""

    plugins: list[Plugin] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)


def discover(environment: Environment, policy: Policy, *, autoload: bool = True) -> Discovery:
    """Load the entry points of group `hfcompat` and collect their patches.

    Args:
        autoload: when false, only plugins of hfcompat's own distribution are loaded.
    """
    found = Discovery()
    names: set[str] = set()
    entry_points = sorted(metadata.entry_points(group=GROUP), key=_own_first)
    for entry_point in entry_points:
        dist = entry_point.dist
        owner, version = (dist.name, dist.version) if dist else ("unknown", "unknown")
        plugin = Plugin(entry_point.name, entry_point.value, owner, version)
        found.plugins.append(plugin)
        glob = policy.blocks(plugin.name)
        if glob:
            plugin.state, plugin.why = PluginState.BLOCKED, f"blocked by {glob!r}"
        elif not autoload and plugin.distribution != _OWN:
            plugin.state, plugin.why = PluginState.BLOCKED, "blocked by HFCOMPAT_DISABLE_PLUGIN_AUTOLOAD"
        else:
            found.offers += _offers(entry_point, plugin, environment, taken=plugin.name in names)
        names.add(plugin.name)
    return found


class _Declared(Protocol):
    def problems(self) -> list[str]: ...


Row = TypeVar("Row", bound=_Declared)


def rows(hook: str, kind: type[Row], policy: Policy | None = None) -> list[tuple[str, Row]]:
    """What the plugins answer to a hook other than `hfcompat_patches`, each with the name of its plugin.

    Raises:
        ValueError: something that is no `kind`, or badly declared.
    """
    found: list[tuple[str, Row]] = []
    for plugin in _discovered(policy or Policy(), tuple(sys.path)):
        for row in plugin.ask(hook):
            problems = row.problems() if isinstance(row, kind) else [f"it is no {kind.__name__}"]
            if problems or not isinstance(row, kind):
                name = getattr(row, "id", None) or _shown(row)
                raise ValueError(f"{hook}: {name} of plugin {plugin.name}: {'; '.join(problems)}")
            found.append((plugin.name, row))
    return found


@functools.lru_cache(maxsize=16)
def _discovered(policy: Policy, path: tuple[str, ...]) -> list[Plugin]:
    """Loading the entry points takes 30 ms, too long for each model that is loaded; `path` is what they depend on."""
    return discover(Environment(), policy).plugins


def _own_first(entry_point: metadata.EntryPoint) -> tuple[bool, str, str]:
    owner = entry_point.dist.name if entry_point.dist else ""
    return owner != _OWN, entry_point.name, owner


def _offers(entry_point: metadata.EntryPoint, plugin: Plugin, environment: Environment, *, taken: bool) -> list[Offer]:
    phase = "on import"
    try:
        module = entry_point.load()
        phase = "on registration"
        if taken:
            raise ValueError("another distribution offers a plugin of the same name")
        manager = pluggy.PluginManager(hookspecs.PROJECT)  # of its own: a bad plugin would spoil a common one
        manager.add_hookspecs(hookspecs)
        manager.register(module, plugin.name)
        manager.check_pending()
        phase = "in its hook"
        if not any(getattr(manager.hook, hook).get_hookimpls() for hook in _HOOKS):
            raise LookupError("it implements no hook of hfcompat; was @hookimpl forgotten?")
        patches = _ask(manager, "hfcompat_patches", environment=environment)
        ask = functools.partial(_ask, manager, environment=environment)
    except BaseException as error:  # a plugin may raise anything; the others go on
        if not is_harmless(error):
            raise
        return _failed(plugin, f"raised {phase}: {type(error).__name__}: {error}")
    rubbish = [patch for patch in patches if not isinstance(patch, Patch)]
    if rubbish:
        _failed(plugin, f"yielded {_shown(rubbish[0])}, which is no Patch ({len(rubbish)} of {len(patches)})")
    offers = [(plugin.name, patch) for patch in patches if isinstance(patch, Patch)]
    plugin.patches = len(offers)
    plugin.ask = ask
    return offers


def _ask(manager: pluggy.PluginManager, hook: str, *, environment: Environment) -> list[object]:
    offered: list[object] = []
    for implementation in getattr(manager.hook, hook).get_hookimpls():
        known: dict[str, object] = {"environment": environment}
        answer = implementation.function(*(known[name] for name in implementation.argnames))
        offered += list(cast("Iterable[object]", answer))
    return offered


def _failed(plugin: Plugin, why: str) -> list[Offer]:
    plugin.state = PluginState.FAILED
    plugin.why = f"{why}; mend {plugin.distribution} {plugin.version} or block it with disable={plugin.name!r}"
    return []


def _shown(thing: object) -> str:
    try:
        text = repr(thing)
    except Exception:
        text = f"a {type(thing).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."
