# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What all tests share: the engines that may be missing, and the list of skipped tests."""

from __future__ import annotations

import errno
import os
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

# A failing assert in a support module shows its values, too.
pytest.register_assert_rewrite("support")

# A shell's background job ignores SIGINT, and so do the programs that it starts: tests of Ctrl-C would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Daemons that run as another user read the files of the tests.
os.umask(0o022)

# make acceptance searches longer for a counterexample than make test.
hypothesis.settings.register_profile("thorough", max_examples=1000, deadline=None)

# Daemons are in folders outside of an ordinary user's PATH, the C plugins in a folder outside of every PATH.
PROGRAM_FOLDERS = os.pathsep.join(
    [os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/lib/nagios/plugins"],
)


def find_program(name: str) -> str | None:
    """Return the absolute path of a program, a daemon, a C plugin or, by its path, a data file, or None."""
    if name.startswith("/") and Path(name).is_file():
        return name
    return shutil.which(name, path=PROGRAM_FOLDERS)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--skips", metavar="FILE", help="write a line for each skipped test: its place, a tab, its reason"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        # The processes that share the tests compare the names of tests, and an address differs in each.
        if " object at 0x" in item.nodeid:
            raise pytest.UsageError(f"{item.nodeid}: its name holds an address; give that object a __repr__")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("engine"):
        program, package = mark.args
        if find_program(program) is None:
            pytest.skip(f"{program} is missing: make engines installs {package}")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    """Skip a test that binds to ::1 where there is no IPv6; rows of several tables do."""
    outcome: Any = yield
    error = outcome.excinfo[1] if outcome.excinfo else None
    from support.ipv6 import MISSING, has_ipv6  # after its asserts have been registered for rewriting

    if isinstance(error, OSError) and error.errno == errno.EADDRNOTAVAIL and not has_ipv6():
        outcome.force_exception(pytest.skip.Exception(MISSING))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    target = config.getoption("skips")
    if target is None:
        return
    lines = sorted(
        f"{report.nodeid}\t{reason(report)}" for report in terminalreporter.stats.get("skipped", [])
    )
    Path(target).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Return why a test was skipped, on one line."""
    words = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return " ".join(words.removeprefix("Skipped: ").split())


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the caller's settings of the plugins from the environment."""
    for name in ("MP_CONFIG_FILE", "NAGIOS_CONFIG_PATH"):
        monkeypatch.delenv(name, raising=False)
