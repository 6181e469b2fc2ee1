# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""check_tcp_health as a process: its output to stdout and stderr, also if they are closed or full."""

from __future__ import annotations

import os
import pty
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.loopback import Stage
from support.scripted import accepts

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
PLUGIN = str(ROOT / "plugins" / "check_tcp_health")
A = "127.0.0.2"


@pytest.fixture(scope="module")
def dead() -> Iterator[str]:
    """A target that refuses: its port is bound and not listened on."""
    with socket.socket() as taken:
        taken.bind((A, 0))
        yield f"-H {A} -p {taken.getsockname()[1]}"


def ran(words: str, *interpreter: str, **settings: Any) -> subprocess.CompletedProcess[str]:
    settings = {"capture_output": True, **settings}
    command = [sys.executable, *interpreter, PLUGIN, *words.split()]
    return subprocess.run(command, text=True, check=False, timeout=30, **settings)


def on_a_terminal(words: str) -> tuple[str, str]:
    """The output of a check to stdout, and to a stderr that is a terminal."""
    ours, theirs = pty.openpty()
    done = ran(words, stdout=subprocess.PIPE, stderr=theirs, capture_output=False)
    os.close(theirs)
    seen = b""
    try:
        while data := os.read(ours, 4096):
            seen += data
    except OSError:  # EIO: the other end has closed
        pass
    os.close(ours)
    return done.stdout, seen.decode()


def test_on_a_terminal_the_attempts_stream_to_stderr(dead: str) -> None:
    output, errors = on_a_terminal(f"{dead} --retries 2 --retry-delay 0.01")
    assert [line.partition(":")[0] for line in errors.splitlines()] == ["attempt 1", "attempt 2", "attempt 3"]
    assert all(re.search(r" after [\d.]+ (us|ms), connect$", line) for line in errors.splitlines())
    assert output.count("TCP CRITICAL") == 1


def test_the_attempts_appear_while_the_check_runs(dead: str) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, PLUGIN, *dead.split(), "--retries", "1", "--retry-delay", "20", "-t", "60"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        assert os.read(ours, 4096).startswith(b"attempt 1: ")
        assert process.poll() is None
        process.kill()
    os.close(ours)


def test_a_check_of_one_attempt_streams_nothing(dead: str) -> None:
    assert on_a_terminal(dead)[1] == ""


def test_stderr_stays_empty_in_a_file(dead: str) -> None:
    assert not ran(f"{dead} --retries 1 --retry-delay 0.01").stderr


def test_an_interrupted_check_is_reported(dead: str) -> None:
    command = [sys.executable, PLUGIN, *dead.split(), "--retries", "1", "--retry-delay", "20", "-t", "60"]
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, text=True) as process:
        os.close(theirs)
        os.read(ours, 4096)  # the first attempt has ended
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=10)
    os.close(ours)
    assert output.splitlines() == ["TCP UNKNOWN - interrupted before the check ended"]
    assert process.returncode == 3


def test_a_full_disk_is_reported(dead: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = ran(dead, stdout=full, stderr=subprocess.PIPE, capture_output=False)
    assert done.returncode == 3
    assert done.stderr == (
        "check_tcp_health: cannot write the result to standard output: No space left on device\n"
    )


def test_a_closed_stdout_is_reported(dead: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" "$1" {dead} >&-', sys.executable, PLUGIN],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 3
    assert done.stderr.startswith("check_tcp_health: cannot write the result to standard output")
    assert len(done.stderr.splitlines()) == 1


def test_a_reader_that_closes_the_pipe_causes_no_error(dead: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = ran(f"{dead} -vvv", stdout=writing, stderr=subprocess.PIPE, capture_output=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (2, "")


def test_closed_standard_files_change_nothing(dead: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" "$1" {dead} --retries 1 --retry-delay 0 <&- 2>&-', sys.executable, PLUGIN],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 2
    assert done.stdout.startswith("TCP CRITICAL - connect to address")


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8", "de_DE.UTF-8", "nonsense"])
def test_no_locale_changes_the_output(locale: str) -> None:
    with Stage({A: accepts("220 grüße | <b>\r\n".encode())}) as stage:
        done = ran(f"-H {A} -p {stage.port} -e 220", env={**os.environ, "LC_ALL": locale, "PYTHONUTF8": "0"})
    assert done.returncode == 0
    first, _, items = done.stdout.partition("|")
    assert (
        first.startswith(f"TCP OK - 0.00{first[12]} second response time") or "second response time" in first
    )
    assert items.startswith("time=0.")
    assert "," not in items
    assert "[220 gr" in first


@pytest.mark.parametrize(
    "words", ["", "-S -D 30", "-e 220 -vvv", "--count 3 --interval 0.01", "--output json"]
)
def test_python_prints_no_warning(words: str) -> None:
    with Stage({A: accepts(b"220 x\r\n", certificate=90 if "-S" in words else None)}) as stage:
        done = ran(f"-H {A} -p {stage.port} {words}", "-X", "dev", "-W", "error")
    assert (done.returncode, done.stderr) == (0, "")


BROKEN = """
import sys
sys.path.insert(0, sys.argv.pop(1))
from tcp_health_plugins.check import nagios
def broken(*arguments, **named):
    raise KeyError("what nobody thought of\\n|second line")
nagios.evaluate = broken
from tcp_health_plugins.check.main import main
sys.exit(main(sys.argv[1:], "check_tcp_health"))
"""


def test_an_internal_error_is_one_line_and_its_details_need_vvv() -> None:
    command = [sys.executable, "-c", BROKEN, str(ROOT / "plugins"), "-H", "h", "-p", "80"]
    for words, lines in ((["-vv"], 1), (["-vvv"], None)):
        done = subprocess.run([*command, *words], capture_output=True, text=True, check=False, timeout=30)
        assert (done.returncode, done.stderr) == (3, "")
        first, *below = done.stdout.splitlines()
        assert first.startswith("TCP UNKNOWN - internal error: KeyError: ")
        assert "|" not in done.stdout
        assert (len(below) == 0) is (lines == 1)
    assert any("in broken" in line for line in below)


def test_a_python_without_nagiosplugin_gets_a_message_with_the_package() -> None:
    missing = "import sys; sys.modules['nagiosplugin'] = None; sys.path.insert(0, sys.argv.pop(1));"
    command = (
        f"{missing} from tcp_health_plugins.check.main import main; sys.exit(main(sys.argv[1:], 'check_tcp'))"
    )
    words = [sys.executable, "-c", command, str(ROOT / "plugins"), "-H", A, "-p", "80"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stderr) == (3, "")
    assert done.stdout.startswith("TCP UNKNOWN - the Python package nagiosplugin is missing for ")


def test_a_mismatch_under_all_names_every_text_that_was_wanted() -> None:
    with Stage({A: accepts(b"220 x\r\n")}) as stage:
        done = ran(f"-H {A} -p {stage.port} -A -e 220 -e ready")
    assert done.returncode == 1
    assert "expected '220' and 'ready'" in done.stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--critical-certificate-days", "9"), "--critical-certificate-days: requires a check with TLS"),
        (("--warning-first-byte", "1"), "--warning-first-byte: requires a check that reads"),
        (
            ("--warning-rtt", "1", "--network", "udp", "-s", "x", "-e", "x"),
            "--warning-rtt: requires a TCP check",
        ),
    ],
)
def test_a_threshold_that_could_never_alert_is_refused(words: tuple[str, ...], sentence: str) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "plugins" / "check_tcp_health", "-H", "127.0.0.1", "-p", "1", *words],
        capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert sentence in done.stdout.splitlines()[0]


def test_ignored_words_are_named_when_an_option_is_missing() -> None:
    code, output = called("check_tcp", "127.0.0.1", "foo", "-p", "42101")
    assert code == 3
    assert "; ignored after the first non-option argument: -p 42101" in output


@pytest.mark.field(23)
@pytest.mark.parametrize("words", [("",), ("", "")])
def test_an_empty_last_argument_is_nothing(words: tuple[str, ...], dead: str) -> None:
    """Debian's commands end in '$ARG2$'."""
    for program in ("check_tcp", "check_tcp_health"):
        plain, output = called(program, *dead.split()), called(program, *dead.split(), *words)
        assert output[0] == plain[0] == 2
        assert "ignored" not in output[1]
        assert len(output[1].splitlines()) == len(plain[1].splitlines())


def called(program: str, *words: str) -> tuple[int, str]:
    """The exit code and the output of the plugin under a name."""
    text = f"import sys; sys.path.insert(0, {str(ROOT / 'plugins')!r}); from tcp_health_plugins.check.main import main"
    done = subprocess.run(
        [sys.executable, "-c", f"{text}; sys.exit(main(sys.argv[1:], {program!r}))", *words],
        capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout
