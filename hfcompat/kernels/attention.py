"""The ladder of attention implementations: a model is built with the first that works; why not the others is kept."""

from __future__ import annotations

import importlib
import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from packaging.version import Version

from hfcompat.environment import Environment
from hfcompat.kernels.books import Attempt
from hfcompat.kernels.swap import Situation, Slot, Swap
from hfcompat.kernels.taking import weigh

__all__ = ["LAST", "Wish", "build", "is_refusal", "rungs"]

Wish = str | Mapping[str, str | None] | Sequence[str] | None
"""A name, names to try in order, "auto", or one name for each sub-configuration. None leaves it to the runtime."""

LAST = ("sdpa", "eager")
"""Where every ladder ends; torch has the first itself, and every model the second."""

# How versions from 4.49 to 5.23 say, while a model is built, that it cannot have an attention implementation.
_REFUSALS = tuple(
    re.compile(text)
    for text in (
        r"`attn_implementation=.*is not supported",  # a name that is not registered, 4.49; hrm_text, 5.12
        r"does not support (the specified )?[Ff]lash [Aa]ttention",  # the class, 4.49; gpt_oss, 5.0
        r"does not support an attention implementation through torch",  # the class: sdpa and flex, 4.49
        r"flash attention does not support|not supported when `use_flash_attn`",  # parts of esm and falcon, 4.49
        r"has been toggled on, but it cannot be used",  # package, its version or the device, 4.49
        r"attempting to use Flash Attention [\d.]+ with a model (dispatched|not initialized)",  # device, 4.49
        r"PyTorch (SDPA requirements|Flex Attention)",  # torch, 4.49
        r"Could not find (any|the currently requested) flash att",  # a kernel without its function, 4.56
        r"`?kernels`? is (either )?not installed",  # a kernel of the Hub: ValueError in 4.53, then ImportError
        r"An error occurred while trying to load from '",  # a kernel of the Hub, 4.54
        r"specify `allow_all_kernels=True`",  # a kernel of somebody else, 5.4
        r"(?s)flash_attn.*(undefined symbol|cannot open shared object|DLL load failed)",  # built for another torch
        r"Invalid version: 'N/A'",  # some folder on sys.path is called kernels, 5.0 to 5.11
    )
)


_MODEL_ITSELF_SINCE = Version("4.54.0.dev0")
"""Before it, `""` in a dictionary is passed over in silence."""


class _Unusable(ValueError):
    """The runtime built a model whose attention cannot run."""


def is_refusal(error: BaseException, name: Any = None) -> bool:
    """Whether the runtime says that it has no such attention, or the model none; anything else is the user's to see.

    Args:
        name: what was asked for. Up to 4.57 some models look it up in a table of their own: KeyError.
    """
    if isinstance(error, KeyError):
        return isinstance(name, str) and error.args == (name,)
    if isinstance(error, _Unusable):
        return True
    return isinstance(error, (ValueError, ImportError)) and any(text.search(str(error)) for text in _REFUSALS)


def rungs(wish: Wish, situation: Situation, swaps: Iterable[Swap] | None = None) -> tuple[list[Any], list[Attempt]]:
    """What to try in order, and what need not be tried.

    Raises:
        TypeError: something that is no name; says of which part.
    """
    if wish is None:
        return [], []
    if isinstance(wish, Mapping):
        wish = {part: name for part, name in wish.items() if name is not None}  # None leaves a part to the runtime
        for part, name in wish.items():
            if not isinstance(name, str):
                of = part or "the model"
                raise TypeError(f"attn_implementation: {name!r}, for {of}, is no name of an attention implementation")
        safe = {part: name if name in LAST else LAST[0] for part, name in wish.items()}
        return [wish, *([] if safe == wish else [safe]), *LAST], []
    names = list(wish) if isinstance(wish, Sequence) and not isinstance(wish, (str, bytes)) else [wish]
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"attn_implementation: {name!r} is no name of an attention implementation")
    refused: list[Attempt] = []
    if "auto" in names:
        known = list(weigh(Slot.ATTENTION, situation, swaps))
        at = names.index("auto")
        names[at : at + 1] = [swap.id for swap, why in known if not why]
        refused = [Attempt(Slot.ATTENTION, swap.id, False, why) for swap, why in known if why]
    return list(dict.fromkeys([*names, *LAST])), refused


def build(make: Callable[..., Any], wish: Wish, situation: Situation, config: Any = None) -> tuple[Any, list[Attempt]]:
    """Call `make(attn_implementation=...)` with one implementation after another until the runtime takes one.

    Args:
        make: builds the model; called without the keyword where nothing is wished.
        config: the configuration that `make` builds from, if it is an object. From 4.54 the runtime writes into it
            what was asked for before it refuses; after a refusal it is what it was.

    Returns:
        The model (or whatever `make` returns), and what was tried.

    Raises:
        Whatever `make` raises that is no refusal of an attention implementation, and the last refusal of all.
    """
    names, tried = rungs(wish, situation)
    if not names:
        return make(), tried
    unasked = len(tried)
    before, numbers = _contents(config), _random()
    for name in names:
        try:
            made = make(attn_implementation=_spelled(name, config))
            _check(name, made, situation)
        except (ValueError, ImportError, KeyError) as error:
            if name == names[-1] or not is_refusal(error, name):
                raise
            for one, content in before:
                vars(one).clear()
                vars(one).update(content)
            numbers()
            tried.append(Attempt(Slot.ATTENTION, _shown(name), False, _first_sentence(error)))
        else:
            tried.append(Attempt(Slot.ATTENTION, _shown(name), True, _otherwise(name, made)))
            if refused := "; ".join(f"{t.swap}: {t.why}" for t in tried[unasked:-1]):
                warnings.warn(f"{tried[-1].swap} attention is used. {refused}", stacklevel=4)
            return made, tried
    raise AssertionError("the last rung returns or raises")


def _contents(config: Any) -> list[tuple[Any, dict[str, Any]]]:
    """The attributes of a configuration and of those within it."""
    found: dict[int, tuple[Any, dict[str, Any]]] = {}
    waiting = [config]
    while waiting:
        one = waiting.pop()
        if hasattr(one, "to_diff_dict") and id(one) not in found:
            found[id(one)] = (one, dict(vars(one)))
            waiting += vars(one).values()
    return list(found.values())


def _random() -> Callable[[], None]:
    """Sets random numbers back to where they are now: a part of the model may have drawn some before it refused."""
    import torch

    cpu = torch.get_rng_state()
    gpus = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []

    def back() -> None:
        torch.set_rng_state(cpu)
        if gpus:
            torch.cuda.set_rng_state_all(gpus)

    return back


def _spelled(name: Any, config: Any) -> Any:
    """What the runtime is given. Up to 4.53 a model without parts is meant by the bare name instead of by ""."""
    runtime = Environment().transformers
    is_known = runtime is None or runtime >= _MODEL_ITSELF_SINCE
    if not is_known and isinstance(name, dict) and set(name) == {""} and not _has_parts(config):
        return name[""]
    return name


def _has_parts(config: Any) -> bool:
    said = config if isinstance(config, dict) else getattr(config, "__dict__", {})
    return any(
        hasattr(part, "to_diff_dict") or isinstance(part, dict)
        for name, part in said.items()
        if name.endswith("_config") and name != "quantization_config"
    )


def _check(name: Any, made: Any, situation: Situation) -> None:
    """Raises where the runtime took a name that it cannot serve.

    4.49 on a torch for CPUs does not look for a GPU; 5.0 to 5.12 take a kernel that could not be loaded for loaded when
    it is asked for once more.
    """
    asked = [name] if isinstance(name, str) else list(name.values())
    if situation.device == "cpu" and any(one.startswith("flash_attention_") for one in asked):
        raise _Unusable("it cannot be used without a GPU")
    functions = importlib.import_module("transformers.modeling_utils").ALL_ATTENTION_FUNCTIONS
    used = {getattr(one, "_attn_implementation", None) for one, _ in _contents(getattr(_model(made), "config", None))}
    for one in asked:
        if one in used and one not in functions and "eager" not in one:
            raise _Unusable(f"{one} is not loaded; an attempt before this one has failed")


def _model(made: Any) -> Any:
    return made[0] if isinstance(made, tuple) else made


def _shown(name: Any) -> str:
    return name if isinstance(name, str) else ", ".join(f"{part or 'model'}={one}" for part, one in name.items())


def _otherwise(name: Any, made: Any) -> str:
    """What should be known of a model that was built: that the runtime put something else in the place of the name."""
    got = getattr(getattr(_model(made), "config", None), "_attn_implementation", None)
    return f"as {got}" if isinstance(name, str) and isinstance(got, str) and got != name else ""


def _first_sentence(error: BaseException) -> str:
    if isinstance(error, KeyError):
        return f"the model has no attention {error}"
    text = " ".join(str(error).split())
    return re.split(r"(?<=[^.]\.) (?=[A-Z])|\. Please|, Please", text)[0][:300]
