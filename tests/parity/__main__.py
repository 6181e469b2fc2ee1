# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs the comparison: every case through both plugins, many at a time.

PYTHONPATH=tests python3 -m parity [--brief] [TEXT …]     both plugins; only cases that hold a TEXT, or all
                                   --quarter[=N]          every fourth of these cases, from N (0 to 3, default random)
                                   --record               write anew what check_tcp does
                                   --document             write anew the tables of docs/check_tcp.md
"""

from __future__ import annotations

import concurrent.futures
import pathlib
import random
import sys
import tempfile

from parity.cases import Case, all_cases
from parity.compare import C_PLUGIN, Record, Seen, Stage, complaints, read_record, write_record
from parity.differences import DIFFERENCES, write_document

WIDTH = 16
ALONE = 3  # repetitions alone of a case that failed: the load of the other cases may have made it slow
say = print  # the only output to the user


def compare(stage: Stage, case: Case, record: Record) -> tuple[list[str], Seen, Seen]:
    """Run both plugins, one after the other, and compare the record with check_tcp."""
    theirs = stage.run("c", case)
    ours = stage.run("ours", case)
    found = complaints(case, theirs, ours)
    seen = theirs.exit, [theirs.neutral(phrase) for phrase in theirs.phrases()]
    if record.get(case.label) != seen:
        found.append(f"recorded of check_tcp is {record.get(case.label)}, seen {seen}")
    return found, theirs, ours


def record(stage: Stage, cases: list[Case]) -> None:
    """Run the C plugin alone, and write the record."""
    with concurrent.futures.ThreadPoolExecutor(WIDTH) as pool:
        seen = list(pool.map(lambda case: stage.run("c", case), cases))
    write_record(list(zip(cases, seen)))
    say(f"{len(cases)} cases recorded")


def main(words: list[str]) -> int:
    """`[--record] [TEXT …]`: the cases whose section or label contains one of the texts; without texts all cases."""
    if "--document" in words:
        write_document()
        return 0
    if not C_PLUGIN.exists():
        say(f"FAIL: no C plugin at {C_PLUGIN} (Debian: monitoring-plugins-basic)")
        return 1
    texts = [word for word in words if not word.startswith("--")]
    cases = [
        case
        for case in all_cases()
        if not texts or any(text == case.section or text in case.label for text in texts)
    ]
    shown = ""
    for word in words:
        if word.startswith("--quarter"):
            first = int(word.partition("=")[2] or random.SystemRandom().randrange(4))
            cases, shown = cases[first::4], f" (--quarter={first})"
    with tempfile.TemporaryDirectory(prefix="parity") as folder:
        stage = Stage(pathlib.Path(folder))
        if "--record" in words:
            record(stage, all_cases())
            return 0
        known = read_record()
        with concurrent.futures.ThreadPoolExecutor(WIDTH) as pool:
            results = list(pool.map(lambda case: (case, compare(stage, case, known)), cases))
        failed, again = [], 0
        for case, outcome in results:
            if not outcome[0]:
                continue
            again += 1
            for _ in range(ALONE):
                found, theirs, ours = compare(stage, case, known)
                if not found:
                    break
            if found:
                failed.append(case)
                report(case, found, theirs, ours, brief="--brief" in words)
    unused = set(DIFFERENCES) - {case.wanted for case in all_cases()}
    wanted = sum(1 for case in cases if case.wanted)
    kinds = len({case.wanted for case in cases if case.wanted})
    say(
        f"{'FAIL' if failed or unused else 'PASS'} {len(cases)} command lines{shown} compared with check_tcp 2.3.3: "
        f"{len(cases) - wanted - len(failed)} the same, {wanted} wanted differences of {kinds} kinds, "
        f"{len(failed)} failed, {again} repeated alone{f', without a case: {unused}' if unused else ''}"
    )
    return 1 if failed or unused else 0


def report(case: Case, found: list[str], theirs: Seen, ours: Seen, *, brief: bool) -> None:
    """Print a difference: a line on stderr, since an acceptance script prints one line, or both outputs."""
    if brief:
        say(f"- {case.label}: {'; '.join(found)}", file=sys.stderr)
        return
    say(f"- {case.label}", *found, sep="\n    ")
    say(f"    C    {theirs.exit} {theirs.out[:200]!r}\n    ours {ours.exit} {ours.out[:300]!r}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
