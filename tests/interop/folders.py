"""One cell of the matrix: folders that one environment wrote, as another one reads them.

`save` writes OUT/<case>/ and, beside it, what is right (OUT/<case>.answers.json): what was saved, or what the writer itself
reads from it. `convert` writes them anew by the rules, `load` reads them and compares.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

os.environ.update(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false", TRANSFORMERS_VERBOSITY="error")

Read = Callable[[str, Path], Any]
Observe = Callable[[str, Any], dict[str, Any]]
Equal = Callable[[Any, Any], bool]


def save(cases: Mapping[str, Callable[[], Any]], read: Read, observe: Observe, out: Path) -> None:
    """Write each case, and what is right of it: what was saved, and what this very runtime reads from that."""
    import transformers

    for name, build in cases.items():
        folder = out / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            (folder / "config.json").write_text(json.dumps({"transformers_version": transformers.__version__}))
            made = build()
            made.save_pretrained(folder)
            if hasattr(made, "answers"):
                answers = {key: [value] for key, value in plain(made.answers()).items()}
            else:
                before, after = plain(observe(name, made)), plain(observe(name, read(name, folder)))
                answers = {key: [before[key], after[key]] for key in after}
        except Exception as error:
            answers = {"absent": f"{type(error).__name__}: {error}"[:300]}
        print(f"{name:24} {'absent: ' + answers['absent'] if 'absent' in answers else sorted(os.listdir(folder))}")
        answers_of(folder).write_text(json.dumps(answers, ensure_ascii=False), encoding="utf-8")


def load(
    cases: Mapping[str, Any], read: Read, observe: Observe, source: Path, out: Path, equal: Equal = lambda a, b: a == b
) -> None:
    """Read each case that was written, and say of each whether it is right, wrong, or refused."""
    found: dict[str, Any] = {}
    for name in cases:
        folder = source / name
        expected = json.loads(answers_of(folder).read_text(encoding="utf-8")) if answers_of(folder).exists() else None
        if expected is None or "absent" in expected:
            continue
        try:
            answers = plain(observe(name, read(name, folder)))
        except Exception as error:
            found[name] = {"verdict": "refused", "error": f"{type(error).__name__}: {error}"[:400]}
        else:
            wrong = {
                key: [values[-1], answers.get(key)]
                for key, values in expected.items()
                if not any(equal(value, answers.get(key)) for value in values)
            }
            found[name] = {"verdict": "wrong" if wrong else "right", "differs": wrong}
        print(
            f"{name:24} {found[name]['verdict']:8} {found[name].get('error', '')[:160]} {list(found[name].get('differs', ()))}"
        )
    right = sum(record["verdict"] == "right" for record in found.values())
    print(f"{right}/{len(found)} right")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")


def convert(source: Path, out: Path, to: str) -> None:
    """Write every folder of `source` anew, by the rules on tokenizers, processors and generation."""
    from hfcompat_plugins.artifacts.tables import processors, tokenizers

    from hfcompat.checkpoints import writing
    from hfcompat.checkpoints.converting import draft_for
    from hfcompat.checkpoints.folder import Folder

    rules = [*tokenizers.TOKENIZER_RULES, *tokenizers.GENERATION_RULES, *processors.PROCESSOR_RULES]
    out.mkdir(parents=True, exist_ok=True)
    for answers in sorted(source.glob("*.answers.json")):
        name = answers.name.removesuffix(".answers.json")
        shutil.rmtree(out / name, ignore_errors=True)
        shutil.copy(answers, out)
        draft, _ = draft_for(Folder(source / name), to, rules)
        writing.write(draft, out / name)


def answers_of(folder: Path) -> Path:
    return folder.parent / f"{folder.name}.answers.json"


def plain(answers: dict[str, Any]) -> dict[str, Any]:
    """As JSON gives it back."""
    return json.loads(json.dumps(answers, default=str))  # type: ignore[no-any-return]


def main(
    cases: Mapping[str, Mapping[str, Any]], read: Read, observe: Observe, equal: Equal = lambda a, b: a == b
) -> None:
    """`save OUT`, `convert SRC OUT [--to dual]`, `load SRC OUT.json [--apply]`; each takes `--set` and names of cases."""
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=("save", "convert", "load"))
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--to", default="dual")
    parser.add_argument("--set", default="cases", choices=sorted(cases), dest="chosen")
    parser.add_argument("--only", default="", help="names of cases, with commas between them")
    parser.add_argument("--apply", action="store_true")
    given = parser.parse_args()
    if given.apply:
        import hfcompat

        hfcompat.apply()
    chosen = {
        name: case for name, case in cases[given.chosen].items() if not given.only or name in given.only.split(",")
    }
    if given.command == "save":
        save(chosen, read, observe, *given.paths)
    elif given.command == "convert":
        convert(*given.paths, to=given.to)
    else:
        load(chosen, read, observe, *given.paths, equal=equal)
    sys.stdout.flush()
