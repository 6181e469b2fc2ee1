# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The examples of docs/api.md run as they are, and type checkers accept them; its tables list every attribute."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest

import tcp_health
from support.api_page import EXAMPLES, PAGE, PLUGINS, run_example, type_check
from support.listener_process import listening

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Yield the port of a server that greets with 220."""
    with listening("--behaviour", "greet", "--greeting", "220 ready") as listener:
        yield listener.port


def test_the_page_begins_with_the_three_lines() -> None:
    assert EXAMPLES[0].startswith(
        'import tcp_health\n\nresult = tcp_health.check("db1:5432", timeout=30, retries=5, retry_delay=4, '
    )
    assert len(EXAMPLES) >= 6


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_every_example_runs(number: int, port: int, tmp_path: Path) -> None:
    done = run_example(EXAMPLES[number], port, tmp_path, [sys.executable], {"PYTHONPATH": str(PLUGINS)})
    assert done.returncode == 0, done.stderr
    assert not [line for line in done.stderr.splitlines() if not line.startswith("INFO:")]
    for state in ("WARNING", "CRITICAL", "UNKNOWN"):
        assert state not in done.stdout


def test_the_tutorials_program_logs_every_attempt(port: int, tmp_path: Path) -> None:
    [program] = [each for each in EXAMPLES if "check_with_retries" in each]
    assert len(list(filter(None, program.splitlines()))) <= 10
    done = run_example(program, port, tmp_path, [sys.executable], {"PYTHONPATH": str(PLUGINS)})
    assert re.fullmatch(r"healthy \d+\.\d ms\n", done.stdout)
    lines = done.stderr.splitlines()
    assert len(lines) == 3
    for number, line in enumerate(lines, 1):
        attempt = rf"probe {number}, attempt 1: 127\.0\.0\.1 ok in 0\.\d{{6}} s"
        assert re.fullmatch(rf"INFO:root:127\.0\.0\.1:{port}: {attempt}", line)


@pytest.mark.once
def test_mypy_accepts_every_example_in_a_checkout(tmp_path: Path) -> None:
    assert type_check(tmp_path, [sys.executable], {"MYPYPATH": str(PLUGINS)}) == ""


@pytest.mark.once
def test_mypy_finds_what_is_wrong(tmp_path: Path) -> None:
    """The annotations reach the caller: mypy does not treat the API as Any."""
    wrong = 'import tcp_health\nresult = tcp_health.check("a:1")\n'
    lines = [
        "result.stat",
        "result.state + 1",
        "result.attempts[0].tim",
        "tcp_health.check(1)",
        "tcp_health.chekc",
    ]
    said = type_check(
        tmp_path, [sys.executable], {"MYPYPATH": str(PLUGINS)}, *(wrong + line + "\n" for line in lines)
    )
    assert len(re.findall(r": error: ", said)) == len(lines), said


@pytest.mark.parametrize("name", ["Result", "Attempt", "Fault"])
def test_the_tables_of_the_page_have_every_attribute_of_the_class(name: str) -> None:
    section = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    [text] = [each for each in section if each.startswith(f"`{name}`")]
    documented = {each.removesuffix("()") for each in re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)}
    assert documented == {each for each in vars(getattr(tcp_health, name)) if not each.startswith("_")}


def test_the_page_names_everything_that_is_public() -> None:
    public = PAGE.partition("\n## What is public\n")[2]
    for name in tcp_health.__all__:
        assert f"`{name}`" in public


def test_the_stub_and_the_package_have_the_same_names() -> None:
    names: dict[str, object] = {}
    text = (PLUGINS / "tcp_health" / "__init__.pyi").read_text(encoding="utf-8")
    exec(text[text.index("__all__") :], names)  # noqa: S102 - our own file
    assert names["__all__"] == tcp_health.__all__
