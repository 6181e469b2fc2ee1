# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The benchmarks run, and report missed goals; `make bench` measures the real figures, at full size."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench import diagnosis, hung_resolver, judged, many_tls, oneshot, sweep, tls
from bench.figure import Figure
from bench.runner import report

BENCH = Path(__file__).parent


def test_a_figure_beyond_its_goal_is_a_miss(capsys: pytest.CaptureFixture[str]) -> None:
    figures = [
        Figure("fast", 1.35, "times", most=1.35),
        Figure("slow", 1.36, "times", most=1.35, notes=("a note",)),
        Figure("between", 0.4, "times", least=0.5, most=2),
        Figure("nothing measured", float("nan"), "s", most=1),
    ]
    assert report(figures) == 3
    assert capsys.readouterr().out.splitlines() == [
        "fast: 1.35 times (goal ≤ 1.35) ok",
        "slow: 1.36 times (goal ≤ 1.35) MISS",
        "  a note",
        "between: 0.40 times (goal 0.5 to 2) MISS",
        "nothing measured: nan s (goal ≤ 1) MISS",
    ]


def test_an_unknown_benchmark_is_named_with_the_known_ones() -> None:
    done = subprocess.run([sys.executable, BENCH, "twoshot"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert (
        done.stderr == "There is no benchmark 'twoshot';"
        " there are oneshot, sweep, judged, grown, grown-full, hung-resolver, diagnosis, tls, many-tls.\n"
    )


def test_a_whole_check_is_measured() -> None:
    (figure,) = oneshot.figures(pairs=1)
    assert 0.1 < figure.value < 10
    assert "check_tcp_health" in figure.notes[0]


def test_a_sweep_is_measured() -> None:
    cpu, memory, round_trip = sweep.figures(checks=64, limit=20, rounds=1, processes=1)
    assert cpu.value > 0
    assert 5 < memory.value < 64
    assert round_trip.words == "times that of 16 in flight with 20 in flight"


def test_rows_with_verdicts_are_measured() -> None:
    """The benchmark itself raises an exception for a row that is not OK."""
    cost, *beside, time, cpu = judged.figures(checks=64, limit=20, rounds=1, processes=1, silent=40)
    assert cost.value > 0
    assert cost.notes[0].endswith("medians of 1")
    assert all(figure.value > 0 for figure in beside)
    assert 0.5 < time.value < 20
    assert cpu.value < 5


def test_the_growth_of_a_sweep_is_measured() -> None:
    healthy, memory, failing, more = judged.grown(20, 40, limit=10)
    assert healthy.value > 0 < failing.value
    assert 5 < memory.value < 64 > more.value


def test_a_hung_resolver_is_measured() -> None:
    (figure,) = hung_resolver.figures(runs=1)
    assert 1 < figure.value < 2


def test_the_cost_of_diagnosis_is_measured() -> None:
    (figure,) = diagnosis.figures(pairs=1, rounds=1)
    assert 0.1 < figure.value < 10
    assert "--trace never" in figure.words


@pytest.mark.engine("openssl", "openssl")
def test_a_handshake_is_measured() -> None:
    handshake, process = tls.figures(pairs=1, rsa_pairs=1)
    assert 0.1 < handshake.value < 10
    assert 0.1 < process.value < 10
    assert all("ms" in note for note in (*handshake.notes, *process.notes))


def test_many_tls_targets_are_measured() -> None:
    """The benchmark itself raises an exception for a wrong outcome."""
    memory, in_flight, contexts, cpu = many_tls.figures(targets=40, limit=20, tls_limit=5, rounds=1)
    assert 5 < memory.value < 64
    assert memory.words.startswith("MiB at its peak, 40 targets, 20 sessions open at once")
    assert memory.notes[0].endswith("0 sessions left at the end")
    assert in_flight.value == in_flight.most == 5
    assert contexts.value == 2
    assert cpu.value > 0
