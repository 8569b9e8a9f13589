"""What tokenizer classes are, on one runtime: their defaults, and the pipeline that they build without a file.

    python tests/interop/record_tokenizer_classes.py FACTS.json       in each environment
    python tests/interop/record_tokenizer_classes.py --merge V4.json V5.json [V5.json ...]

The second writes plugins/hfcompat_plugins/artifacts/tokenizer_classes.json.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ["TRANSFORMERS_VERBOSITY"] = "error"

TABLE = Path(__file__).parents[2] / "plugins/hfcompat_plugins/artifacts/tokenizer_classes.json"
ALL = ["input_ids", "token_type_ids", "attention_mask"]


def classes() -> dict[str, type]:
    import transformers
    from transformers.tokenization_utils_base import PreTrainedTokenizerBase

    found = {}
    for path in sorted((Path(transformers.__file__).parent / "models").glob("*/tokenization_*.py")):
        try:
            module = importlib.import_module(f"transformers.models.{path.parent.name}.{path.stem}")
        except (ImportError, NameError):  # needs a package that is not here
            continue
        for name, value in vars(module).items():
            if (
                isinstance(value, type)
                and issubclass(value, PreTrainedTokenizerBase)
                and value.__module__ == module.__name__
            ):
                found[value.__name__ if value.__name__ != name and name.endswith("Fast") else name] = value
    return found


def facts(cls: Any) -> dict[str, Any]:
    parameters = inspect.signature(cls.__init__).parameters
    return {
        "python": not any(base.__name__ in ("TokenizersBackend", "PreTrainedTokenizerFast") for base in cls.__mro__),
        "inputs": list(cls.model_input_names),
        "padding": cls.padding_side,
        "parameters": list(parameters),
        "tokens": {
            name: None if value.default is None else str(value.default)
            for name, value in parameters.items()
            if name.endswith("_token") and not name.startswith("add_") and value.default is not inspect.Parameter.empty
        },
        "pipeline": pipeline(cls),
    }


def pipeline(cls: Any) -> Any:
    """None where it cannot be built from nothing, or is what the file says."""
    from hfcompat_plugins.artifacts.tokenizer_rules import pipeline_of

    if not any("__init__" in vars(base) for base in cls.__mro__ if "models" in base.__module__):
        return "of the file"
    try:
        return pipeline_of(json.loads(cls().backend_tokenizer.to_str()))
    except Exception:
        return None


def merged(old: dict[str, Any], new: list[dict[str, Any]]) -> dict[str, Any]:
    """By the name that v5 has, what rules need to know."""
    found: dict[str, Any] = {}
    newest = new[-1]
    for name in sorted({name.removesuffix("Fast") for name in [*old, *newest]}):
        before = old.get(name + "Fast") or old.get(name)
        after = newest.get(name)
        row: dict[str, Any] = {"v4": name + "Fast" in old or name in old, "v5": after is not None}
        if before:
            row |= {"inputs of v4": before["inputs"], "padding": before["padding"], "tokens": before["tokens"]}
            if "add_bos_token" in before["parameters"] and not before["python"]:
                row["bos and eos by flags"] = True
        if after:
            row["inputs of v5"] = after["inputs"]
            row.setdefault("padding", after["padding"])
            row.setdefault("tokens", after["tokens"])
            row["tokens of v5 alone"] = [
                token
                for token, value in after["tokens"].items()
                if before and value is not None and before["tokens"].get(token) is None
            ]
            pipelines = [table[name]["pipeline"] for table in new if name in table]
            row["pipeline"] = pipelines[0] if all(found == pipelines[0] for found in pipelines) else None
        found[name] = row
    return found


if __name__ == "__main__":
    if sys.argv[1] == "--merge":
        old, *new = (json.loads(Path(path).read_text()) for path in sys.argv[2:])
        rows = (f"{json.dumps(name)}: {json.dumps(row, sort_keys=True)}" for name, row in merged(old, new).items())
        TABLE.write_text("{\n" + ",\n".join(rows) + "\n}\n")
    else:
        Path(sys.argv[1]).write_text(json.dumps({name: facts(cls) for name, cls in classes().items()}))
