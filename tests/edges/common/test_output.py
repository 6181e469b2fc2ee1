# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Output of the programs to streams that are closed or full, in UTF-8 whatever the encoding of the locale is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tcp_health_plugins.common.output import write_output

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"

# Writes to both streams; the exit code is the return value of write_output.
WRITE = """
import sys
sys.path.insert(0, sys.argv[1])
from tcp_health_plugins.common.output import CLOSED, READER_GONE, write_error, write_output
write_error("first", "sec\\x1bond\\n")
sys.exit([None, CLOSED, READER_GONE, "No space left on device"].index(write_output("gr\\xfc\\xdfe\\n")))
"""


def written(redirections: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", f'exec "$0" -c "$1" "$2" {redirections}', sys.executable, WRITE, PLUGINS],
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=30,
    )


def test_output_is_written_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert write_output("one\ntwo\n") is None
    assert capsys.readouterr().out == "one\ntwo\n"


def test_unprintable_characters_in_errors_are_escaped() -> None:
    done = written()
    assert (done.returncode, done.stdout) == (0, "grüße\n")
    assert done.stderr == "first\nsec\\x1bond\\n\n"


@pytest.mark.field(49)
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-16"])
def test_the_output_is_utf_8_whatever_the_encoding_of_the_locale_is(encoding: str) -> None:
    done = written(LC_ALL="C", PYTHONUTF8="0", PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stdout) == (0, "grüße\n")


@pytest.mark.field(49)
def test_a_byte_of_an_argument_that_is_not_utf_8_is_replaced_or_escaped(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    assert write_output("one \udce9 two\n", "replace") is None
    assert write_output("one \udce9 two\n") is None
    assert capfdbinary.readouterr().out == b"one ? two\none \\udce9 two\n"


def test_a_closed_output_is_reported() -> None:
    assert written(">&-").returncode == 1


def test_a_reader_that_has_gone_is_reported_and_python_adds_nothing() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-c", WRITE, PLUGINS],
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=30,
    )
    os.close(writing)
    assert (done.returncode, done.stderr.splitlines()) == (2, ["first", "sec\\x1bond\\n"])


def test_a_full_disk_is_reported_and_python_adds_nothing() -> None:
    done = written(">/dev/full")
    assert (done.returncode, done.stderr.splitlines()) == (3, ["first", "sec\\x1bond\\n"])


@pytest.mark.parametrize("redirections", ["2>&-", "2>/dev/full"])
def test_an_error_that_cannot_be_written_changes_nothing(redirections: str) -> None:
    done = written(redirections)
    assert (done.returncode, done.stdout) == (0, "grüße\n")
