# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The output on a terminal: every fact of the output for an engine, wrapped at the width."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import socket
import struct
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scenarios import SCENARIOS
from support.fake_network import FakeNetwork
from support.playing import check_of
from support.reported import bad, good, judged
from tcp_health.model.causes import Cause
from tcp_health.model.verdict import STATES
from tcp_health.report.details import long_output
from tcp_health.report.layout import Row, rows
from tcp_health.report.sentence import output
from tcp_health.runs.repeat import evaluate
from tcp_health.text.units import duration
from tcp_health_plugins.check.screen import screen
from tcp_health_plugins.common.terminal import columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.scenario import Scenario
    from tcp_health.model.result import Result

PLUGIN = str(Path(__file__).parents[3] / "plugins" / "check_tcp_health")
FOLDER = "/run/test"

ESCAPE = re.compile("\033\\[[0-9;]*m")


def shown(result: Result, width: int = 80, *, colour: bool = False) -> str:
    return screen(result, (), (), columns=width, colour=colour)


def without_spaces(text: str) -> str:
    return "".join(text.split())


def values(result: Result) -> Iterator[str]:
    """The value of each measure as the terminal shows it."""
    for metric in result.verdict.metrics:
        name, value = metric.measure.name, metric.value
        if name == "certificate_days":
            yield str(int(abs(value))) if abs(value) >= 1 else "hour"
        elif name.startswith(("connect_", "rtt_")) and metric.warning is None and metric.critical is None:
            yield f"{value * 1e3:.3f}"
        elif metric.measure.unit == "s":
            yield duration(value)
        elif metric.measure.unit == "%":
            yield f"{value:.3g} %"
        else:
            yield f"{value:.0f}"
        for level, threshold in (("warning", metric.warning), ("critical", metric.critical)):
            if threshold is not None:
                yield f"{level} {threshold.text}"


def played(scenario: Scenario, words: str = "") -> Result:
    servers = {text.format(folder=FOLDER): each for text, each in scenario.servers.items()}
    check = check_of(f"{scenario.words} {words}", folder=FOLDER)
    return evaluate(check, network=FakeNetwork(servers, scenario.names))


@pytest.mark.field(25)
@pytest.mark.parametrize("words", ["", "-v", "--explain"])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_no_fact_is_lost_and_no_line_is_too_long(scenario: Scenario, words: str) -> None:
    result = played(scenario, words)
    time = next((each.value for each in result.verdict.metrics if each.measure.name == "time"), 0.0)
    for width in (40, 80, 200):
        lines = shown(result, width).split("\n")
        # A command to try next is not cut, so that it can be copied.
        assert all(columns(line) <= width or re.match(" *next(:|  )", line) for line in lines), width
        assert all(line == line.rstrip() for line in lines)
        found = without_spaces("".join(lines))
        for line in (*output(result), *long_output(result)):
            words_of_line = line.replace(f" {time:.3f} second response", f" {duration(time)} response")
            assert without_spaces(words_of_line) in found, (width, line)
        for each in values(result):
            assert without_spaces(each) in found, (width, each)
        assert "|" not in found


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_colour_adds_nothing_but_colour(scenario: Scenario) -> None:
    result = played(scenario)
    coloured = shown(result, colour=True)
    assert ESCAPE.sub("", coloured) == shown(result)
    [first] = [line for line in coloured.split("\n") if STATES[result.state] in line][:1]
    assert re.match(rf"\S+ \033\[[0-9;]+m{STATES[result.state]}\033\[0m - ", first)


def test_a_healthy_check_has_its_phases_below_each_other() -> None:
    result = judged("-e 220", good(first_byte=0.0123, received=b"220 hi", size=6))
    assert shown(result).split("\n") == [
        "TCP OK - 0.8 ms response time on db port 80 [220 hi]",
        "  resolve         0 us",
        "  connect       0.5 ms",
        "  first byte   12.3 ms",
        "  time          0.8 ms",
        "  rtt           0.4 ms",
        "  retransmits        0",
    ]


def test_the_name_of_a_certificate_is_not_coloured_as_a_state(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "WARNING.example.org, expires in 5 days, on 2026-12-03 WARNING (warning 30:)"
    row = Row("certificate", text=text, state="WARNING")
    monkeypatch.setattr("tcp_health_plugins.check.screen.rows", lambda _result: [row])
    table = shown(judged("", good()), colour=True).partition("\n")[2]
    assert table.count("\033[30;43mWARNING\033[0m") == 1
    assert "WARNING.example.org" in table


@pytest.mark.field(25)
def test_the_statistics_of_a_count_are_those_of_ping() -> None:
    result = judged(
        "--count 3 --warning-failed 10", good(), good(probe=1, connect=0.0015), bad(Cause.REFUSED, probe=2)
    )
    lines = shown(result, 120).split("\n")
    assert "  probes       3 sent, 2 ok, 1 failed (33.3 %) WARNING (warning 10)" in lines
    place = lines.index("  connect      min/avg/max/mdev = 0.500/1.000/1.500/0.500 ms")
    assert lines[place + 1] == "               median 1.000 ms, p95 1.500 ms"


def test_a_breached_threshold_is_beside_its_value() -> None:
    assert any(
        (row.label, row.number, row.text, row.state) == ("time", "0.8 ms", "WARNING (warning 0.0001, critical 2)", "WARNING")
        for row in rows(judged("-w 0.0001 -c 2", good()))
    )  # fmt: skip


# The program on a real terminal.


class Terminal:
    """A check on a pseudo-terminal of a given width; ``read`` returns its whole output."""

    def __init__(self, words: str, width: int = 80, program: str = PLUGIN, **environ: str) -> None:
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
        known = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
        self.process = subprocess.Popen(
            [sys.executable, program, *words.split()], stdin=theirs, stdout=theirs, stderr=subprocess.PIPE,
            env={**known, "TERM": "xterm", "LC_ALL": "C.UTF-8", **environ},
        )  # fmt: skip
        os.close(theirs)

    def read(self) -> str:
        """Return its whole output to standard output, when it has ended."""
        seen = b""
        with suppress(OSError):  # EIO: the other end has closed
            while data := os.read(self.ours, 4096):
                seen += data
        os.close(self.ours)
        assert self.process.communicate(timeout=30)[1] == b""
        return seen.decode().replace("\r\n", "\n")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.2", 0)) as server:
        yield server.getsockname()[1]


def piped(*words: str, program: str = PLUGIN, **settings: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, program, *words], capture_output=True, text=True, check=False, timeout=30, **settings
    )


@pytest.mark.field(25)
def test_a_terminal_gets_the_layout_and_a_pipe_the_line(port: int) -> None:
    words = f"-H 127.0.0.2 -p {port}"
    seen = Terminal(words).read()
    assert re.match(
        rf"TCP \033\[30;42mOK\033\[0m - \S+ [um]?s response time on 127.0.0.2 port {port}\n", seen
    )
    assert "\n  connect " in seen
    assert "|" not in seen
    line = piped(*words.split()).stdout
    assert line.startswith("TCP OK - 0.0")
    assert "|time=0.0" in line
    assert len(line.splitlines()) == 1


@pytest.mark.parametrize("environ", ["NO_COLOR=1", "TERM=dumb"])
def test_no_color_and_a_dumb_terminal_are_respected(port: int, environ: str) -> None:
    name, _, value = environ.partition("=")
    assert "\033" not in Terminal(f"-H 127.0.0.2 -p {port}", 80, PLUGIN, **{name: value}).read()
    assert "\033" in Terminal(f"-H 127.0.0.2 -p {port} --color always", 80, PLUGIN, **{name: value}).read()


def test_color_never_has_none_and_always_reaches_a_pipe(port: int) -> None:
    assert "\033" not in Terminal(f"-H 127.0.0.2 -p {port} --color never").read()
    done = piped("-H", "127.0.0.2", "-p", str(port), "--color", "always")
    assert done.stdout.startswith("TCP \033[30;42mOK\033[0m - ")
    assert "|" not in done.stdout


@pytest.mark.parametrize("words", ["", " --color always"])
def test_under_a_name_of_check_tcp_a_terminal_changes_nothing(tmp_path: Path, port: int, words: str) -> None:
    (tmp_path / "check_tcp").symlink_to(PLUGIN)
    seen = Terminal(f"-H 127.0.0.2 -p {port}{words}", program=str(tmp_path / "check_tcp")).read()
    assert re.fullmatch(r"TCP OK - \S+ second response time on 127\.0\.0\.2 port \d+\|time=\S+\n", seen)


def test_json_on_a_terminal_is_json(port: int) -> None:
    assert Terminal(f"-H 127.0.0.2 -p {port} --output json").read().startswith("{\n")


def test_an_invalid_command_line_is_wrapped_and_exits_unknown(port: int) -> None:
    terminal = Terminal(f"-H 127.0.0.2 -p {port} --wornnig-conect {'9' * 60}", width=50)
    lines = ESCAPE.sub("", terminal.read()).splitlines()
    assert terminal.process.returncode == 3
    assert lines[0].startswith("TCP UNKNOWN - unknown option --wornnig-conect")
    assert max(map(len, lines)) <= 50


def test_the_width_of_the_terminal_is_used(port: int) -> None:
    words = f"-H 127.0.0.2 -p {port} -v"
    narrow, wide = (Terminal(words, width, NO_COLOR="1").read().splitlines() for width in (50, 200))
    assert max(map(len, narrow)) <= 50
    assert max(map(len, wide)) > 50


# Ctrl-C


def interrupted(words: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """A check that gets SIGINT when it has printed two attempts to a terminal on standard error."""
    ours, theirs = pty.openpty()
    with (tmp_path / "output").open("w+") as file:
        process = subprocess.Popen([sys.executable, PLUGIN, *words.split()], stdout=file, stderr=theirs)
        os.close(theirs)
        seen = b""
        while b"probe 2, " not in seen:
            seen += os.read(ours, 4096)
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=30)
        with suppress(OSError):
            while os.read(ours, 4096):
                pass
        os.close(ours)
        file.seek(0)
        return subprocess.CompletedProcess(words, code, file.read())


@pytest.mark.field(26)
def test_ctrl_c_prints_the_statistics_so_far(port: int, tmp_path: Path) -> None:
    done = interrupted(f"-H 127.0.0.2 -p {port} --count 50 --interval 0.4", tmp_path)
    assert done.returncode == 0
    assert re.search(r" - interrupted after [2-5] of 50 probes", done.stdout)
    assert re.search(r"[|]time=\S+ failed=0%\S+ loss=0%\S+ .*connect_mean=", done.stdout)


@pytest.mark.field(26)
def test_ctrl_c_keeps_the_state_of_what_was_measured(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.2", 0))  # and does not listen
        words = f"-H 127.0.0.2 -p {taken.getsockname()[1]} --count 50 --interval 0.4"
        done = interrupted(words, tmp_path)
    assert done.returncode == 2
    assert done.stdout.startswith("TCP CRITICAL - ")
    assert re.search(r"interrupted after [2-5] of 50 probes", done.stdout)


@pytest.mark.field(26)
def test_ctrl_c_in_json(port: int, tmp_path: Path) -> None:
    done = interrupted(f"-H 127.0.0.2 -p {port} --count 50 --interval 0.4 --output json", tmp_path)
    assert done.returncode == 0
    assert re.search(r'"count": 50,\n  "sent": [2-5],', done.stdout)


@pytest.mark.field(26)
def test_the_key_ctrl_c_on_a_terminal_prints_the_layout(port: int) -> None:
    terminal = Terminal(f"-H 127.0.0.2 -p {port} --count 50 --interval 0.2 --color never")
    # Standard error is a pipe here, so no attempt shows how far it is.
    with suppress(subprocess.TimeoutExpired):
        terminal.process.wait(timeout=2.5)
    terminal.process.send_signal(signal.SIGINT)
    seen = terminal.read()
    assert terminal.process.returncode == 0
    assert re.match(r"\nTCP OK - \S+ [um]?s response time on ", seen)
    assert re.search(r"\n  probes +\d+ sent, \d+ ok, 0 failed \(0 %\)\n", seen)


@pytest.mark.field(26)
def test_ctrl_c_before_anything_was_measured_is_laid_out_too(port: int) -> None:
    terminal = Terminal(f"-H 127.0.0.2 -p {port} --wait 60 --consecutive 1000 --wait-interval 0.2")
    with suppress(subprocess.TimeoutExpired):
        terminal.process.wait(timeout=2.5)
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.read() == "\nTCP \033[97;45mUNKNOWN\033[0m - interrupted before the check ended\n"
    assert terminal.process.returncode == 3
