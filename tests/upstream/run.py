#!/usr/bin/env python3
"""Transformers' own tests of an older version, run on a newer one through hfcompat.

    python tests/upstream/run.py CHECKOUT --reference PYTHON --python PYTHON [--mode 4.57 | additive | stock] [TESTS...]

CHECKOUT is a checkout of the tag whose tests are run (`git clone --branch v4.57.1 …`), or an unpacked source distribution; its
`tests/` and `utils/` are used, copied into the work folder, where `src/transformers` is the installed one. `--reference` is an
interpreter with stock transformers of that version: what passes there is what has to pass. `--python` has the transformers and the
hfcompat under test. Both need torch, accelerate, pytest, pytest-timeout, parameterized, psutil, requests and datasets; no network is used. Outcomes are kept in the work folder, so the reference runs once.

The other way round, `--mode additive` with both interpreters on one version, and that version's own tests, shows that apply()
does no harm.

Exit status 0 when at least `--least` of the reference's passes pass. Whatever does not is printed, and must be in `remaining.json`
(a pattern of test ids, and the reason).
"""

import argparse
import collections
import fnmatch
import json
import os
import pathlib
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).resolve().parent
FAMILIES = "llama mistral qwen2 bert gpt2 opt t5 clip whisper gemma2 mixtral phi3 auto".split()
TESTS = [
    *(f"tests/models/{family}" for family in FAMILIES),
    "tests/generation",
    "tests/trainer",
    "tests/test_training_args.py",
    "tests/utils",
]
CONFTEST = """
def pytest_configure(config):
    for name in ("flash_attn_3_test", "flash_attn_test", "bitsandbytes", "generate", "torch_compile_test", "torch_export_test", "not_device_test", "accelerate_tests"):
        config.addinivalue_line("markers", f"{name}: of transformers' own")
"""


def work_folder(checkout: pathlib.Path, work: pathlib.Path, python: str) -> pathlib.Path:
    """The checkout's tests beside the *installed* transformers: what the tests read under `src/` is what they import."""
    if not (checkout / "tests" / "test_modeling_common.py").is_file():
        sys.exit(f"{checkout} is no checkout of transformers: it has no tests/test_modeling_common.py")
    if not (work / "tests").is_dir():
        work.mkdir(parents=True, exist_ok=True)
        if (checkout / "utils").is_dir():  # a source distribution has none
            shutil.copytree(checkout / "utils", work / "utils", dirs_exist_ok=True)
        shutil.copytree(checkout / "tests", work / "tests.part", dirs_exist_ok=True)
        (work / "tests.part").rename(work / "tests")
    where = "import importlib.util as u; print(u.find_spec('transformers').submodule_search_locations[0])"
    installed = subprocess.run([python, "-c", where], check=True, capture_output=True, text=True).stdout.strip()
    (work / "src").mkdir(exist_ok=True)
    (work / "src" / "transformers").unlink(missing_ok=True)
    (work / "src" / "transformers").symlink_to(installed)
    (work / "conftest.py").write_text(CONFTEST)
    (work / "pytest.ini").write_text("[pytest]\n")
    return work


def files(work: pathlib.Path, tests: list[str]) -> list[str]:
    """One process a file: what a test leaves behind in the process stays with its own file."""
    found = []
    for test in tests:
        path = work / test.partition("::")[0]
        if not path.exists():
            sys.exit(f"{test}: no such test in the checkout")
        found += [test] if path.is_file() else sorted(str(p.relative_to(work)) for p in path.rglob("test_*.py"))
    return found


def run(work: pathlib.Path, python: str, mode: str, tests: list[str], jobs: int) -> dict[str, tuple[str, str]]:
    """`{test id: (outcome, first line of the error)}` under one interpreter; kept in the work folder by file."""
    store = work / "outcomes"
    store.mkdir(parents=True, exist_ok=True)
    environment = dict(
        os.environ,
        HF_HUB_OFFLINE="1",
        HF_HOME=str(work / "empty-cache"),
        TOKENIZERS_PARALLELISM="false",
        OMP_NUM_THREADS="1",
        CUDA_VISIBLE_DEVICES="",
    )

    def one(test: str) -> dict[str, tuple[str, str]]:
        kept = store / (test.replace("/", "+") + ".json")
        if not kept.exists():
            report = kept.with_suffix(".xml")
            report.unlink(missing_ok=True)
            command = [
                python,
                *with_hfcompat(mode),
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:cacheprovider",
                "--timeout=120",
                "-o",
                "junit_family=xunit1",
                f"--junitxml={report}",
                test,
            ]
            said = ended(command, work, environment)
            outcomes = read(report) if report.exists() else {test: ("error", said[-300:])}
            kept.write_text(json.dumps(outcomes, indent=0))
            print(f"  {work.name:12s} {test:64s} {summary(outcomes)}", flush=True)
        return json.loads(kept.read_text())

    result: dict[str, tuple[str, str]] = {}
    with ThreadPoolExecutor(jobs) as pool:
        for outcomes in pool.map(one, tests):
            result.update(outcomes)
    return result


def with_hfcompat(mode: str) -> list[str]:
    """For a python's command line: `hfcompat run` reaches the processes that a test starts as well."""
    dialect = [] if mode == "additive" else ["--dialect", mode]
    return [] if mode == "stock" else ["-m", "hfcompat", "run", *dialect]


def ended(command: list[str], work: pathlib.Path, environment: dict[str, str]) -> str:
    """The end of what pytest says. A process that a test left waiting for its child is ended after an hour."""
    process = subprocess.Popen(
        command,
        cwd=work,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    try:
        return process.communicate(timeout=3600)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        return process.communicate()[0]


def read(report: pathlib.Path) -> dict[str, tuple[str, str]]:
    outcomes = {}
    for case in ElementTree.parse(report).iter("testcase"):
        bad = next((child for child in case if child.tag in ("failure", "error", "skipped")), None)
        line = "" if bad is None else (bad.get("message") or "").strip().split("\n")[0][:200]
        outcomes[f"{case.get('classname')}::{case.get('name')}"] = ("passed" if bad is None else bad.tag, line)
    return outcomes


def summary(outcomes: dict[str, tuple[str, str]]) -> str:
    count = collections.Counter(outcome for outcome, _ in outcomes.values())
    return ", ".join(f"{n} {outcome}" for outcome, n in sorted(count.items()))


def page(outcomes: dict, got: dict, failing: dict, explained: dict[str, str], tests: list[str]) -> str:
    """docs/upstream.md: how many pass, by folder, and why the others do not."""
    folders: dict[str, list[int]] = collections.defaultdict(lambda: [0, 0])
    for test, (outcome, _) in outcomes.items():
        if outcome == "passed":
            folder = "/".join(test.split("::")[0].split(".")[: 3 if ".models." in test else 2])
            folders[folder][0] += 1
            folders[folder][1] += test not in failing
    wanted = sum(n for n, _ in folders.values())
    lines = [
        "# Transformers' own tests",
        "",
        'The tests of v4.57.1, run on 5.23.0 with `hfcompat.apply(dialect="4.57")`: of those that pass on 4.57.6 without a network and',
        f"without a GPU, **{wanted - len(failing)} of {wanted}** ({(wanted - len(failing)) / wanted:.1%}) pass. This page is written by "
        "`tests/upstream/run.py`.",
        "",
        "| tests | pass on 4.57.6 | pass on 5.23.0 with hfcompat |",
        "|---|---|---|",
        *(f"| {folder} | {n} | {passed} |" for folder, (n, passed) in sorted(folders.items())),
        "",
        "## What does not pass, and why",
        "",
    ]
    reasons: dict[str, list[str]] = collections.defaultdict(list)
    for test in failing:
        reasons[explained.get(test, "not looked into yet")].append(test)
    for reason, names in sorted(reasons.items(), key=lambda item: -len(item[1])):
        lines += [f"**{reason}**", "", *(f"- `{name}`" for name in sorted(names)), ""]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", type=pathlib.Path)
    parser.add_argument("tests", nargs="*", help="files or folders of the checkout; all of the selection without")
    parser.add_argument("--reference", required=True, help="python with stock transformers of the checkout's version")
    parser.add_argument(
        "--python", default=sys.executable, help="python with the transformers and the hfcompat under test"
    )
    parser.add_argument("--mode", default="4.57", help="a dialect, 'additive', or 'stock' (without hfcompat)")
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path(".cache/upstream"))
    parser.add_argument("--again", action="store_true", help="forget the kept outcomes of --python")
    parser.add_argument("--least", type=float, default=0.95)
    parser.add_argument("--page", type=pathlib.Path, help="write docs/upstream.md there")
    parser.add_argument("-j", "--jobs", type=int, default=2)
    options = parser.parse_intermixed_args()

    if options.again:
        shutil.rmtree(options.work / options.mode / "outcomes", ignore_errors=True)
    checkout, work = options.checkout.resolve(), options.work.resolve()
    reference = work_folder(checkout, work / "reference", options.reference)
    tests = files(reference, options.tests or TESTS)
    outcomes = run(reference, options.reference, "stock", tests, options.jobs)
    wanted = [test for test, (outcome, _) in outcomes.items() if outcome == "passed"]
    got = run(
        work_folder(checkout, work / options.mode, options.python), options.python, options.mode, tests, options.jobs
    )

    reasons = json.loads((HERE / "remaining.json").read_text())
    explained = {test: why for test in wanted for pattern, why in reasons.items() if fnmatch.fnmatchcase(test, pattern)}
    failing = {
        test: got.get(test, ("missing", "not collected"))
        for test in wanted
        if got.get(test, ("missing",))[0] != "passed"
    }
    for test, (outcome, line) in failing.items():
        print(f"{outcome:8s} {test}\n         {line}\n         reason: {explained.get(test, 'NOT EXPLAINED')}")
    passed = len(wanted) - len(failing)
    print(f"{passed} of {len(wanted)} ({passed / max(len(wanted), 1):.1%}) pass with {options.mode}")
    if options.page:
        options.page.write_text(page(outcomes, got, failing, explained, tests))
    unexplained = [] if options.mode == "stock" else [test for test in failing if test not in explained]
    if unexplained:
        print(f"{len(unexplained)} of the failing have no reason in remaining.json")
    sys.exit(passed < options.least * len(wanted) or bool(unexplained))


if __name__ == "__main__":
    main()
