"""Tests import the modules beside them by bare names, from one process: two of a name, and the first one wins."""

import ast
from collections import defaultdict
from pathlib import Path

TESTS = Path(__file__).parents[1]


def imported(text: str) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module)
    return names


def test_a_module_that_is_imported_has_its_name_alone():
    ours, homes, wanted = list(TESTS.rglob("*.py")), defaultdict(list), set()
    for file in ours:
        if file.stem != "conftest":
            homes[file.stem].append(str(file.relative_to(TESTS)))
    for file in ours:
        wanted |= imported(file.read_text())
    assert len(wanted & set(homes)) > 20, "none of the helpers was seen"
    assert {name: files for name, files in homes.items() if len(files) > 1 and name in wanted} == {}


def test_no_two_files_of_tests_share_a_name():
    files = [file for file in TESTS.rglob("test_*.py") if "hfcompat-example" not in file.parts]
    assert len({file.stem for file in files}) == len(files)
