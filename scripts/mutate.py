"""Breaks the rules in `domain/` one small piece at a time and runs their tests: `make mutate`.

Exit codes: 0 the tests notice at least `ENOUGH` of what was broken, 1 they notice less, or it could
not be found out. docs/mutation.md says of each survivor why it may live.
"""

import json
import os
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import rmtree

ENOUGH = 0.9
MUTANTS = Path("mutants")
NOTHING = ""
"""The name of no mutant."""

SURVIVED = {0, 5, 33, None}
"""mutmut's codes for: all tests passed, none was collected, none reaches it, not looked at."""


def main() -> int:
    """Breaks, tests, counts."""
    processes = int(os.environ.get("PROCESSES") or os.cpu_count() or 1)
    rmtree(MUTANTS, ignore_errors=True)
    run = [sys.executable, "-m", "mutmut", "run", "--max-children", str(processes)]
    if subprocess.run(run, check=False).returncode or _falls(NOTHING):  # noqa: S603  # a fixed command
        _say("mutate: the tests do not run, or fail without anything broken")
        return 1
    names = dict(_verdicts())
    fallen = _fallen_alone([name for name, survived in names.items() if survived], processes)
    return _report({name: survived and name not in fallen for name, survived in names.items()})


def _verdicts() -> Iterator[tuple[str, bool]]:
    """Each mutant by its name, and whether it survived."""
    for path in sorted(MUTANTS.rglob("*.meta")):
        codes = json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
        yield from ((name, code in SURVIVED) for name, code in codes.items())


def _fallen_alone(survivors: list[str], processes: int) -> set[str]:
    """mutmut breaks what is loaded already: what ran while the modules and the tests were loaded
    was whole. So each survivor is tested again, in an interpreter of its own."""
    with ThreadPoolExecutor(processes) as pool:
        fallen = zip(survivors, pool.map(_falls, survivors), strict=True)
        return {name for name, falls in fallen if falls}


def _falls(mutant: str) -> bool:
    with Path("pyproject.toml").open("rb") as file:
        settings = tomllib.load(file)["tool"]["mutmut"]
    tests = settings["pytest_add_cli_args_test_selection"] + settings["pytest_add_cli_args"]
    run = subprocess.run(  # noqa: S603  # a command from our own settings
        [sys.executable, "-m", "pytest", "-x", "-q", "--rootdir=.", *tests],
        cwd=MUTANTS,
        env={**os.environ, "MUTANT_UNDER_TEST": mutant},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return run.returncode != 0


def _report(mutants: dict[str, bool]) -> int:
    total, survived = Counter(map(_file, mutants)), Counter(_file(n) for n in mutants if mutants[n])
    for file in sorted(total):
        _say(f"mutate: {file}: {total[file] - survived[file]} of {total[file]} killed")
    for name in sorted(name for name in mutants if mutants[name]):
        _say(f"mutate: survived: {name}")
    killed = total.total() - survived.total()
    share = killed / total.total() if total else 0.0
    _say(
        f"mutate: killed {killed}, survived {survived.total()}, total {total.total()}: {share:.1%}"
    )
    return 0 if share >= ENOUGH else 1


def _file(mutant: str) -> str:
    """`domain/effects/work.py` for `domain.effects.work.x_to__mutmut_1`."""
    return mutant.rpartition(".")[0].replace(".", "/") + ".py"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
