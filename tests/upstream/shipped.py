#!/usr/bin/env python3
"""The tests in a source distribution of Transformers, with apply() and without, on that same version: do no harm.

    python tests/upstream/shipped.py SDIST --python PYTHON [FAMILIES...] [--page docs/upstream.md] [-j 2]

SDIST is the unpacked archive (`pip download transformers==5.23.0 --no-binary :all: --no-deps`). It ships the tests that all
families share, without the families and some helpers: those of `tests/harm` are put in the families' place, and stand-ins in the
helpers'. Each outcome, and the first line of each error, has to be the same with and without; what differs is printed.
"""

from __future__ import annotations

import argparse
import collections
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import run

HERE = pathlib.Path(__file__).resolve().parent
STAND_INS = {
    "tests/__init__.py": "",
    "tests/utils/__init__.py": "",
    "tests/utils/test_configuration_utils.py": "config_common_kwargs = {'output_attentions': True, 'return_dict': False}\n",
    "tests/exporters/__init__.py": "",
    "tests/exporters/test_export.py": "class ExportTesterMixin: pass\n",
    "tests/generation/__init__.py": "",
    "tests/generation/test_utils.py": "class GenerationTesterMixin: pass\n",
    "tests/distributed_testing_utils.py": "def __getattr__(name): return None\n",
    "utils/fetch_hub_objects_for_ci.py": "def url_to_local_path(url, *args, **kwargs): return url\n",
}
FAMILY = """
import unittest

import shipped_families
from tests.test_configuration_common import ConfigTester
from tests.test_modeling_common import ModelTesterMixin


class FamilyTest(ModelTesterMixin, unittest.TestCase):
    def setUp(self):
        self.model_tester = shipped_families.Tester({family!r})
        self.all_model_classes = self.model_tester.classes
        self.has_attentions = {family!r} not in ("mamba", "convnext")
        self.is_encoder_decoder = self.model_tester.is_encoder_decoder
        self.config_tester = ConfigTester(self, config_class=type(self.model_tester.get_config()), has_text_modality=False)

    def test_config(self):
        self.config_tester.run_common_tests()
"""
ADDRESS = re.compile(rf"0x[0-9a-f]+|{re.escape(tempfile.gettempdir())}/\S+|\d+\.\d+ ?m?s\b")


def prepared(sdist: pathlib.Path, work: pathlib.Path, python: str, families: list[str]) -> pathlib.Path:
    folder = run.work_folder(sdist, work, python)
    for name, text in STAND_INS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text(text)
    shutil.copy(HERE / "shipped_families.py", folder)
    shutil.copy(HERE.parent / "harm" / "families.py", folder)
    (folder / "conftest.py").write_text(
        "import sys\n\nsys.path[:0] = ['.', 'utils']\n" + (folder / "conftest.py").read_text()
    )
    for family in families:
        name = family.replace("-", "_")
        (folder / "tests" / f"test_family_{name}.py").write_text(FAMILY.format(family=family))
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sdist", type=pathlib.Path)
    parser.add_argument("families", nargs="*", help="of tests/harm/families.py; all of them without")
    parser.add_argument("--python", required=True, help="python with hfcompat and the transformers of that version")
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path(".cache/shipped"))
    parser.add_argument("--page", type=pathlib.Path, help="page whose section on do no harm is written")
    parser.add_argument("-j", "--jobs", type=int, default=2)
    options = parser.parse_intermixed_args()
    sys.path.insert(0, str(HERE.parent / "harm"))
    from families import FAMILIES

    sdist, work = options.sdist.resolve(), options.work.resolve()
    families = options.families or list(FAMILIES)
    sides = []
    for mode in ("stock", "additive"):
        folder = prepared(sdist, work / mode, options.python, families)
        tests = [f"tests/test_family_{family.replace('-', '_')}.py" for family in families]
        tests += sorted(str(path.relative_to(sdist)) for path in (sdist / "tests").glob("test_*.py"))
        sides.append(run.run(folder, options.python, mode, tests, options.jobs))
    without, with_us = ({test: (o, ADDRESS.sub("", line)) for test, (o, line) in side.items()} for side in sides)
    differing = sorted(test for test in without.keys() | with_us.keys() if without.get(test) != with_us.get(test))
    for test in differing:
        print(f"{test}\n    without: {without.get(test)}\n    with:    {with_us.get(test)}")
    count = collections.Counter(outcome for outcome, _ in without.values())
    version = subprocess.check_output(
        [options.python, "-c", "import importlib.metadata as m; print(m.version('transformers'))"], text=True
    ).strip()
    summary = (
        f"The shared tests in the source distribution of {version}, given {len(families)} families of `tests/harm`: "
        f"{len(without)} tests, of which {run.summary(without)} on stock {version}; with `hfcompat.apply()` and no dialect, "
        f"**{len(without) - len(differing)} of {len(without)}** end the same. What fails on both sides wants a network, "
        "or what the family's own tester would say."
    )
    print(summary)
    if options.page:
        head = f"## Do no harm: {version}"
        text = options.page.read_text().split(f"\n{head}\n")[0].rstrip("\n")
        options.page.write_text(
            f"{text}\n\n{head}\n\n{summary} This section is written by `tests/upstream/shipped.py`.\n"
        )
    sys.exit(bool(differing) or not count["passed"])


if __name__ == "__main__":
    main()
