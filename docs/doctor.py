"""Draws docs/doctor.svg: the head of what `hfcompat doctor` prints, a few rows of each plugin.

python docs/doctor.py        (in an environment with torch and the newest transformers)
"""

import importlib
import io
from dataclasses import replace
from pathlib import Path

from rich.console import Console

import hfcompat

ROWS = (
    "cache:get-usable-length",
    "cache:iterate-in-pairs",
    "cache:crop",
    "cache:key-cache",
    "modeling:clip.text-model",
    "symbols:adamw",
    "symbols:automodelforvision2seq",
    "symbols:training-args.default-logdir",
    "weights:all-tied-weights-keys",
    "cache:crop-zero",
)

for record in hfcompat.apply():
    if record.status is hfcompat.Status.PENDING:
        importlib.import_module(record.target.module)
report = hfcompat.report()
shown = replace(report, records=tuple(record for key in ROWS for record in report if record.key == key))
table = shown.table(everything=True)
table.title = report.summary()
console = Console(record=True, width=128, file=io.StringIO())
torch = (report.torch or "none").partition("+")[0]
console.print(f"transformers {report.transformers}, torch {torch}, python {report.python}", highlight=False)
console.print(table)
console.print("...", style="dim")
Path(__file__).with_name("doctor.svg").write_text(console.export_svg(title="hfcompat doctor"))
