# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The runner: which benchmarks there are, the machine they run on, and the exit code."""

from __future__ import annotations

import os
import platform
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from . import diagnosis, hung_resolver, judged, many_tls, oneshot, sweep, tls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .figure import Figure

BENCHMARKS: dict[str, Callable[[], Iterable[Figure]]] = {
    "oneshot": oneshot.figures,
    "sweep": sweep.figures,
    "judged": judged.figures,
    "grown": lambda: judged.grown(10_000, 100_000),
    "grown-full": lambda: judged.grown(10_000, 1_000_000),
    "hung-resolver": hung_resolver.figures,
    "diagnosis": diagnosis.figures,
    "tls": tls.figures,
    "many-tls": many_tls.figures,
}

# Many systems allow 1,024 by default; a thousand connections at both ends need a few more.
ON_REQUEST = ("grown-full",)
"""The benchmarks that take minutes: make bench-full."""

DESCRIPTORS = 4096


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all; 0 when every goal was met, 1 when one was missed, 2 for an unknown name."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"There is no benchmark {unknown[0]!r}; there are {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 2
    raise_descriptors()
    print(machine(), flush=True)
    missed = 0
    began = time.monotonic()
    for name in names or [name for name in BENCHMARKS if name not in ON_REQUEST]:
        missed += report(BENCHMARKS[name]())
    print(f"{time.monotonic() - began:.0f} s; {f'{missed} goals missed' if missed else 'every goal met'}")
    return 1 if missed else 0


def report(figures: Iterable[Figure]) -> int:
    """Print figures as they come; return how many miss their goal."""
    missed = 0
    for figure in figures:
        print(figure, flush=True)
        missed += not figure.is_met
    return missed


def raise_descriptors() -> None:
    """Raise the limit of open files of this process and its children as far as allowed and needed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def machine() -> str:
    """The machine of the measurement, in one line."""
    system = f"{platform.system()} {platform.release()} on {os.cpu_count()} × {processor()}"
    return f"{platform.python_implementation()} {platform.python_version()}, {system}, load {os.getloadavg()[0]:.1f}"


def processor() -> str:
    """The processor's name from the kernel, else its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
