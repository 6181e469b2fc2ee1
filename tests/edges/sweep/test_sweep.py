# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""check_tcp_sweep as users run it: rows, pace, judgement, outputs and ends."""

from __future__ import annotations

import contextlib
import csv
import fcntl
import io
import json
import os
import pty
import re
import signal
import stat
import struct
import subprocess
import termios
import time
from typing import TYPE_CHECKING

import jsonschema
import pytest

from support.listener_process import listening
from support.sweeping import ROOT, closed_port, rows_file, started, swept, unanswered
from tcp_health_plugins.common.terminal import columns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.listener_process import ListenerProcess


@pytest.fixture(scope="module")
def listener() -> Iterator[ListenerProcess]:
    with listening("--quiet") as each:
        yield each


@pytest.fixture
def mixed(tmp_path: Path, listener: ListenerProcess) -> Path:
    """Three healthy rows, a refused one, an invalid one."""
    good = f"127.0.0.1:{listener.port}"
    return rows_file(tmp_path, good, f"{good} name=second labels=site=fra", f"localhost:{listener.port}",
                     f"127.0.0.1:{closed_port()} host_name=db1", "127.0.0.1:99999")  # fmt: skip


# Rows


def test_the_plugin_output_has_one_result_for_all(mixed: Path) -> None:
    done = swept(mixed)
    first, *rest = done.out.splitlines()[:3]  # a note on the load of the machine may follow
    assert done.code == 2
    assert first.startswith("SWEEP CRITICAL - 1 of 4 targets failed, 1 invalid row|failed=1;;;0;4 ok=3;;;0 ")
    assert rest == [
        rest[0],
        f"invalid row: {mixed}:5: port: invalid port 99999: must be a number from 1 to 65535",
    ]
    assert rest[0].startswith("CRITICAL db1, tcp ")
    assert done.err == ""


def test_the_json_lines_have_every_row_and_a_closing_record(mixed: Path) -> None:
    done = swept("--output", "jsonl", mixed)
    by_place = {each.get("place"): each for each in done.lines}
    assert len(done.lines) == 5
    assert by_place[f"{mixed}:2"]["name"] == "second"
    assert by_place[f"{mixed}:2"]["labels"] == {"site": "fra"}
    assert [by_place[f"{mixed}:{number}"]["state"] for number in (1, 2, 3)] == ["OK"] * 3
    failed = by_place[f"{mixed}:4"]
    assert (failed["state"], failed["cause"], failed["provisional"]) == ("CRITICAL", "refused", True)
    assert by_place[None]["invalid"].startswith(f"{mixed}:5: port: ")
    assert done.summary["counts"] == {
        "rows": 5, "ok": 3, "warning": 0, "critical": 1, "unknown": 0, "not_reached": 0, "excluded": 0, "invalid": 1,
    }  # fmt: skip
    assert done.summary["exit_code"] == done.code == 2


def test_strict_checks_nothing_when_a_row_is_invalid(mixed: Path, listener: ListenerProcess) -> None:
    done = swept("--strict", "--output", "jsonl", mixed)
    assert done.code == 3
    assert done.summary["counts"]["not_reached"] == 4
    assert not [each for each in done.lines if "state" in each]
    assert swept("--strict", "-", text=f"127.0.0.1:{listener.port}\n").code == 0


def test_set_is_the_default_of_every_row(tmp_path: Path, listener: ListenerProcess) -> None:
    good = f"127.0.0.1:{listener.port}"
    done = swept(
        "--set", "expect=nothing", "--output", "jsonl", rows_file(tmp_path, good, f"{good} expect=Hello")
    )
    assert {each["place"][-1]: each["state"] for each in done.lines} == {"1": "WARNING", "2": "OK"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "missing FILE: a list of targets, or - for standard input"),
        (("-", "-"), "standard input is given twice"),
        (("/nowhere/targets",), "cannot read /nowhere/targets: No such file or directory"),
        (("--set", "timeout", "-"), "--set: invalid setting 'timeout': must be NAME=VALUE, such as timeout=2s"),
        (("--set", "timeout=x", "-"), "--set timeout: invalid number: must be a decimal number"),
        (("--set", "tiemout=1", "-"), "--set: unknown setting: did you mean timeout?"),
        (("--limit", "0", "-"), "--limit: invalid number '0': must be from 1 to 9999999"),
        (("--rate", "0", "-"), "--rate: invalid rate '0': must be a number from 0.001 to 1000000"),
        (("--rate", "1", "--spread", "1", "-"), "--rate and --spread exclude each other"),
        (("--deadline", "0", "-"), "--deadline: invalid time '0': must be more than 0"),
        (("--critical-failed", "x", "-"), "--critical-failed: invalid number of targets 'x'"),
        (("--critical-failed", "101%", "-"), "--critical-failed: invalid number of targets '101%'"),
        (("--output", "xml", "-"), "--output: invalid format 'xml': must be one of plugin, jsonl"),
        (("--output", "json:", "-"), "--output: invalid path in 'json:': must not be empty"),
        (("--output", "jsonl", "--output", "jsonl:/x", "-"), "--output: jsonl is given twice"),
        (("--output", "csv:/x", "--output", "json:/x", "-"), "--output: '/x' is given twice"),
        (("--full", "-"), "--full requires --output jsonl or json"),
        (("--witness", "db1", "-"), "--witness: no port given for db1"),
        (("--input-format", "xml", "-"), "--input-format: invalid format 'xml': must be one of lines"),
        (("--limitt", "3", "-"), "unrecognized arguments: --limitt: did you mean --limit?"),
        (("--output", "json:/nowhere/x", "-"), "cannot write to /nowhere/x: No such file or directory"),
        (("--output", "json:/dev/null", "-"), "cannot write to /dev/null: it is not a regular file"),
        (("--exclude", "/nowhere/x", "-"), "--exclude: cannot read /nowhere/x: No such file or directory"),
    ],
)  # fmt: skip
def test_an_invalid_command_line_is_unknown_with_one_sentence(words: tuple[str, ...], sentence: str) -> None:
    done = swept(*words, text="")
    assert done.code == 3
    assert f"check_tcp_sweep: {sentence}" in done.err
    if "--output" not in words:
        assert done.out.startswith(f"SWEEP UNKNOWN - {sentence}")


def test_no_row_at_all_is_unknown() -> None:
    done = swept("-", text="# nothing\n")
    assert (done.code, done.out.partition("|")[0]) == (3, "SWEEP UNKNOWN - 0 targets OK")


def test_excluded_targets_are_reported_and_not_checked(tmp_path: Path, listener: ListenerProcess) -> None:
    port, closed = listener.port, closed_port()
    exclude = tmp_path / "exclude"
    exclude.write_text(f"# planned work\n127.0.0.1:{closed}  # this port\n127.0.9.0/24\nLOCALHOST\n::1\n")
    rows = rows_file(tmp_path, f"127.0.0.1:{port}", f"127.0.0.1:{closed}", "127.0.9.7:1", f"localhost:{closed}",
                     f"[0::1]:{closed}")  # fmt: skip
    done = swept("--output", "jsonl", "--exclude", exclude, rows)
    assert [each["place"][-1] for each in done.lines if each.get("excluded")] == ["2", "3", "4", "5"]
    assert (done.code, done.summary["counts"]["ok"], done.summary["counts"]["excluded"]) == (0, 1, 4)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("10.0.0.0/99", "invalid network '10.0.0.0/99': must be as 192.0.2.0/24 or 2001:db8::/32"),
        ("*.example.org", "invalid host '*.example.org': patterns are not supported"),
        ("10.0.0.?", "invalid host '10.0.0.?': patterns are not supported"),
        ("db1:ssh", "invalid port 'ssh': must be a number from 1 to 65535"),
    ],
)
def test_an_invalid_exclusion_is_named_by_its_line(tmp_path: Path, line: str, reason: str) -> None:
    exclude = tmp_path / "exclude"
    exclude.write_text(f"db1\n{line}\n")
    done = swept("--exclude", exclude, "-", text="")
    assert done.code == 3
    assert f"--exclude: {exclude}:2: {reason}\n" in done.err


# Judgement


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), 2),
        (("--critical-failed", "2"), 0),
        (("--critical-failed", "1"), 2),
        (("--critical-failed", "50%"), 0),
        (("--critical-failed", "49%"), 2),
        (("--warning-failed", "0"), 1),
        (("--warning-failed", "0", "--critical-failed", "1"), 2),
        (("--warning-failed", "2", "--critical-failed", "2"), 0),
    ],
)
def test_thresholds_on_failed_targets(
    tmp_path: Path, listener: ListenerProcess, words: tuple[str, ...], code: int
) -> None:
    bad = f"127.0.0.1:{closed_port()}"
    rows = rows_file(tmp_path, bad, bad, *[f"127.0.0.1:{listener.port}"] * 2)
    done = swept(*words, rows)
    assert done.code == code
    assert "2 of 4 targets failed" in done.out


def test_the_perfdata_has_the_thresholds_as_numbers_of_targets(
    tmp_path: Path, listener: ListenerProcess
) -> None:
    rows = rows_file(tmp_path, *[f"127.0.0.1:{listener.port}"] * 10)
    assert (
        "|failed=0;1;2.5;0;10 ok=10" in swept("--warning-failed", "1", "--critical-failed", "25%", rows).out
    )


def test_when_every_witness_fails_no_target_is_reported_down(tmp_path: Path) -> None:
    bad = f"127.0.0.1:{closed_port()}"
    done = swept("--witness", bad, "--output", "jsonl", rows_file(tmp_path, bad, bad))
    assert done.code == 3
    assert "the monitoring host is suspected: the witness fails" in done.summary["suspicion"]
    assert (done.summary["counts"]["critical"], done.summary["counts"]["unknown"]) == (0, 2)
    words = swept("--witness", bad, "--output", "table", "--output", "csv", rows_file(tmp_path, bad, bad)).out
    assert "CRITICAL" not in words.replace("TCP CRITICAL", "")


def test_a_witness_that_answers_takes_the_suspicion_away(tmp_path: Path, listener: ListenerProcess) -> None:
    bad = f"127.0.0.1:{closed_port()}"
    done = swept(
        "--witness", f"127.0.0.1:{listener.port}", "--output", "jsonl", rows_file(tmp_path, bad, bad)
    )
    assert (done.code, done.summary["suspicion"]) == (2, None)


# Pace and ends


def test_the_deadline_leaves_targets_not_reached_and_none_down(
    tmp_path: Path, listener: ListenerProcess
) -> None:
    with unanswered() as silent:
        rows = rows_file(
            tmp_path, *[f"127.0.0.1:{listener.port}"] * 5, *[f"127.0.0.1:{silent} timeout=30"] * 20
        )
        began = time.monotonic()
        done = swept("--deadline", "1s", "--limit", "10", "--output", "jsonl", rows)
    assert time.monotonic() - began < 6
    counts = done.summary["counts"]
    assert (counts["ok"], counts["not_reached"], counts["critical"], counts["rows"]) == (5, 20, 0, 25)
    assert (done.code, done.summary["ended"]) == (3, "stopped at the deadline")
    assert sum(each.get("not_reached", False) for each in done.lines) == 20


def test_a_long_run_spreads_its_checks(tmp_path: Path, listener: ListenerProcess) -> None:
    rows = rows_file(tmp_path, *[f"127.0.0.1:{listener.port}"] * 20)
    done = swept("--spread", "1s", "--output", "jsonl", rows)
    begun = sorted(each["at"] for each in done.lines)
    assert begun[-1] - begun[0] == pytest.approx(0.95, abs=0.15)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_with_what_is_known(
    tmp_path: Path, listener: ListenerProcess, number: signal.Signals
) -> None:
    with unanswered() as silent:
        rows = rows_file(
            tmp_path, *[f"127.0.0.1:{listener.port}"] * 5, *[f"127.0.0.1:{silent} timeout=30"] * 5
        )
        out = tmp_path / "rows.jsonl"
        process = started(["--output", f"jsonl:{out}", "--output", "plugin", rows], stdout=subprocess.PIPE)
        until = time.monotonic() + 20
        while (not out.exists() or out.read_text().count("\n") < 5) and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(number)
        text, _ = process.communicate(timeout=20)
    assert process.returncode == 3
    assert text.startswith(b"SWEEP UNKNOWN - 5 targets OK, 5 not reached, interrupted|")
    *_, last = map(json.loads, out.read_text().splitlines())
    assert last["summary"]["counts"]["not_reached"] == 5


def silent_rows(folder: Path, port: int) -> Path:
    """Targets of which no trace ends before its time."""
    return rows_file(folder, *[f"127.0.0.1:{port} timeout=3"] * 20)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_traces(tmp_path: Path, number: signal.Signals) -> None:
    """All targets have their results: only the explanation is shorter, and the result names that."""
    out = tmp_path / "rows.jsonl"
    with unanswered() as silent:
        process = started(["--output", f"jsonl:{out}", silent_rows(tmp_path, silent)])
        until = time.monotonic() + 20
        while (not out.exists() or out.read_text().count("\n") < 20) and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.2)  # the traces have begun
        began = time.monotonic()
        process.send_signal(number)
        process.communicate(timeout=20)
    assert time.monotonic() - began < 1.5
    *rows, last = map(json.loads, out.read_text().splitlines())
    assert (process.returncode, last["summary"]["ended"]) == (2, "complete")
    assert last["summary"]["counts"]["critical"] == len(rows) == 20
    assert last["summary"]["notes"] == ["0 of 3 traces were made: interrupted"]


def test_the_deadline_ends_the_traces(tmp_path: Path) -> None:
    with unanswered() as silent:
        began = time.monotonic()
        done = swept("--deadline", "3.3s", "--output", "jsonl", silent_rows(tmp_path, silent))
    assert time.monotonic() - began < 5
    assert (done.code, done.summary["ended"]) == (2, "complete")
    assert done.summary["notes"] == ["0 of 3 traces were made: stopped at the deadline"]


def test_few_descriptors_lower_the_limit(tmp_path: Path, listener: ListenerProcess) -> None:
    rows = rows_file(tmp_path, *[f"127.0.0.1:{listener.port} read=eof"] * 300)
    command = f"ulimit -n 140; exec {' '.join(started.__globals__['PROGRAM'])} --output jsonl {rows}"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False, timeout=60)
    last = json.loads(done.stdout.splitlines()[-1])["summary"]
    assert (done.returncode, last["limit"], last["counts"]["ok"]) == (0, 12, 300)
    assert last["notes"][:1] == [
        "at most 12 connections in flight instead of 1000: the limit of open files (ulimit -n)"
    ]


# Outputs


def test_the_json_document_has_the_final_rows(tmp_path: Path, mixed: Path) -> None:
    out = tmp_path / "out.json"
    assert swept("--output", f"json:{out}", mixed).code == 2
    document = json.loads(out.read_text())
    assert stat.S_IMODE(out.stat().st_mode) == 0o644
    assert len(document["rows"]) == document["counts"]["rows"] == 5
    assert not any("provisional" in each for each in document["rows"])
    assert document["command"] == ["check_tcp_sweep", "--output", f"json:{out}", str(mixed)]


SCHEMA = json.loads((ROOT / "docs" / "check_tcp_sweep.schema.json").read_text(encoding="utf-8"))


def test_every_line_and_the_document_satisfy_the_schema(tmp_path: Path, mixed: Path) -> None:
    exclude = tmp_path / "exclude"
    exclude.write_text("10.9.9.9\n")
    with mixed.open("a") as more:
        more.write("10.9.9.9:1\n" + f"127.0.0.1:{closed_port()}\n" * 3)
    out = tmp_path / "out.json"
    for words in ((), ("--strict",), ("--full",)):
        done = swept("--exclude", exclude, *words, "--output", "jsonl", "--output", f"json:{out}", mixed)
        lines = done.out.splitlines()
        assert len(lines) == 10
        for line in lines:
            jsonschema.validate(json.loads(line), SCHEMA)
        document = json.loads(out.read_text())
        jsonschema.validate(document, {**SCHEMA["$defs"]["document"], "$defs": SCHEMA["$defs"]})
        assert len(document["rows"]) == 9


def test_full_rows_have_the_whole_document(mixed: Path) -> None:
    schema = json.loads((ROOT / "docs" / "check_tcp_health.schema.json").read_text())
    done = swept("--full", "--output", "jsonl", mixed)
    documents = [each["result"] for each in done.lines if "state" in each]
    assert len(documents) == 4
    for each in documents:
        jsonschema.validate(each, schema)


def test_csv_has_a_header_and_a_line_for_each_row(mixed: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(swept("--output", "csv", mixed).out)))
    assert sorted(each["state"] for each in rows) == ["CRITICAL", "INVALID", "OK", "OK", "OK"]
    assert [each["labels"] for each in rows if each["name"] == "second"] == ["site=fra"]
    assert all(float(each["time"]) > 0 for each in rows if each["state"] == "OK")


def test_a_table_has_what_failed_first(mixed: Path) -> None:
    lines = swept("--output", "table", mixed).out.splitlines()
    assert lines[0] == "CRITICAL: 1 of 4 targets failed, 1 invalid row"
    heading = lines.index(next(line for line in lines if line.startswith("STATE")))
    states = [line.split()[0] for line in lines[heading + 1 : heading + 6]]
    assert states[2:] == ["OK", "OK", "OK"]


def test_the_columns_of_a_table_fit_wide_letters(tmp_path: Path, listener: ListenerProcess) -> None:
    rows = rows_file(
        tmp_path, f"127.0.0.1:{listener.port} name=データベース", f"127.0.0.1:{listener.port} name=db"
    )
    lines = swept("--output", "table", rows).out.splitlines()[-2:]
    wide, narrow = (columns(re.split(r"[0-9]+\.[0-9] ms", line)[0]) for line in lines)
    assert wide == narrow


@pytest.mark.engine("promtool", "prometheus")
def test_promtool_accepts_the_textfile(tmp_path: Path, mixed: Path) -> None:
    out = tmp_path / "sweep.prom"
    swept("--output", f"prometheus:{out}", mixed)
    text = out.read_text()
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert 'tcp_health_sweep_targets{result="ok"} 3.0' in text
    assert text.count("tcp_health_state{") == 4
    assert 'site="fra"' in text


def test_the_same_target_twice_has_two_series(tmp_path: Path, listener: ListenerProcess) -> None:
    rows = rows_file(tmp_path, *[f"127.0.0.1:{listener.port}"] * 3)
    text = swept("--output", "prometheus", rows).out
    series = [line.partition("}")[0] for line in text.splitlines() if line.startswith("tcp_health_state{")]
    assert len(set(series)) == len(series) == 3


def test_several_outputs_in_one_run(tmp_path: Path, mixed: Path) -> None:
    done = swept("--output", "plugin", "--output", f"json:{tmp_path / 'a'}", "--output", f"csv:{tmp_path / 'b'}",
                 "--output", f"jsonl:{tmp_path / 'c'}", mixed)  # fmt: skip
    assert done.out.startswith("SWEEP CRITICAL")
    assert len(json.loads((tmp_path / "a").read_text())["rows"]) == 5
    assert (tmp_path / "b").read_text().count("\n") == 6
    assert (tmp_path / "c").read_text().count("\n") == 6
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a", "b", "c", "targets"]


def test_the_texts_of_a_dialogue_are_not_in_the_command(tmp_path: Path, listener: ListenerProcess) -> None:
    rows = rows_file(tmp_path, f"127.0.0.1:{listener.port}")
    words = ("--set", "send=hunter2", "--set=quit=hunter2", "--set", "timeout=5")
    done = swept(*words, "--output", "jsonl", rows)
    assert "hunter2" not in done.out
    assert done.summary["command"][1:6] == ["--set", "send=***", "--set=quit=***", "--set", "timeout=5"]


def test_a_full_standard_output_is_one_sentence(tmp_path: Path, listener: ListenerProcess) -> None:
    rows = rows_file(tmp_path, *[f"127.0.0.1:{listener.port}"] * 200)
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        process = started(["--output", "jsonl", rows], stdout=full, stderr=subprocess.PIPE)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 3
    assert errors == b"check_tcp_sweep: cannot write to standard output: No space left on device\n"


def test_a_reader_that_goes_is_one_sentence(tmp_path: Path, listener: ListenerProcess) -> None:
    rows = rows_file(tmp_path, *[f"127.0.0.1:{listener.port}"] * 2000)
    process = started(["--output", "jsonl", rows], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b"check_tcp_sweep: cannot write to standard output: its reader has gone\n"
    process.stderr.close()
    assert process.wait(timeout=60) == 3


def on_a_terminal(words: list[object], width: int, environment: dict[str, str]) -> tuple[str, str]:
    """Run the sweep with standard error a terminal; return standard output, and what the terminal got."""
    main, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    process = started(words, stdout=subprocess.PIPE, stderr=side, env={**os.environ, **environment})
    os.close(side)
    seen = b""
    with contextlib.suppress(OSError):  # the other side is closed
        while part := os.read(main, 65536):
            seen += part
    os.close(main)
    return process.communicate(timeout=60)[0].decode(), seen.decode()


@pytest.mark.parametrize("width", [80, 200])
def test_a_terminal_gets_a_bar_with_the_failures_and_the_groups_as_they_form(
    tmp_path: Path, listener: ListenerProcess, width: int
) -> None:
    closed = closed_port()
    rows = rows_file(tmp_path, *[f"127.0.0.1:{closed}"] * 20, *[f"127.0.0.1:{listener.port}"] * 180)
    out, bar = on_a_terminal(
        ["--no-traces", "--rate", "200", rows], width, {"TERM": "xterm", "COLUMNS": str(width)}
    )
    assert out.startswith("SWEEP CRITICAL - 20 of 200 targets failed")
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", bar)
    assert re.search(r" [0-9]+/200 [0-9]+/s 20 failed ", plain)
    assert f"refused: 20 targets in 127.0.0.0/24, port {closed}" in plain
    assert max(len(line) for line in re.split(r"[\r\n]+", plain)) <= width


def test_the_bar_is_erased_and_the_cursor_is_shown_at_the_end(
    tmp_path: Path, listener: ListenerProcess
) -> None:
    rows = rows_file(tmp_path, *[f"127.0.0.1:{listener.port}"] * 20)
    out, bar = on_a_terminal([rows], 80, {"TERM": "xterm"})
    assert out.startswith("SWEEP OK - ")
    assert bar.startswith("\x1b[?25l")
    assert bar.endswith("\r\x1b[K\r\n\x1b[J\x1b[1A\r\x1b[?25h")


def test_the_bar_says_that_failures_are_traced(tmp_path: Path) -> None:
    closed = closed_port()
    rows = rows_file(tmp_path, *[f"127.0.0.1:{closed}"] * 20)
    _out, bar = on_a_terminal([rows], 80, {"TERM": "xterm"})
    assert re.search(r" 20/20 .*\r\n\x1b\[K  tracing [0-9] of the failures", bar)


def test_a_dumb_terminal_gets_no_bar(tmp_path: Path, listener: ListenerProcess) -> None:
    rows = rows_file(tmp_path, f"127.0.0.1:{listener.port}")
    out, bar = on_a_terminal([rows], 80, {"TERM": "dumb"})
    assert (out[:11], bar) == ("SWEEP OK - ", "")


def test_json_lines_on_a_terminal_have_no_bar_between_them(tmp_path: Path, listener: ListenerProcess) -> None:
    rows = rows_file(tmp_path, *[f"127.0.0.1:{listener.port}"] * 20)
    main, side = pty.openpty()
    with started(["--output", "jsonl", rows], stdout=side, stderr=side) as process:
        os.close(side)
        seen = b""
        with contextlib.suppress(OSError):  # the other side is closed
            while part := os.read(main, 65536):
                seen += part
    os.close(main)
    assert process.returncode == 0
    assert len([json.loads(line) for line in seen.splitlines()]) == 21


def test_a_terminal_that_is_closed_does_not_end_the_run(tmp_path: Path, listener: ListenerProcess) -> None:
    rows = rows_file(tmp_path, *[f"127.0.0.1:{listener.port}"] * 100)
    main, side = pty.openpty()
    with started(["--rate", "100", rows], stdout=subprocess.PIPE, stderr=side) as process:
        os.close(side)
        os.read(main, 1)
        os.close(main)
        assert process.stdout is not None
        assert process.stdout.read().startswith(b"SWEEP OK - 100 targets")
    assert process.returncode == 0


def test_without_a_terminal_there_is_no_bar(mixed: Path) -> None:
    assert swept(mixed).err == ""


def test_help_and_version() -> None:
    assert swept("--help").out.startswith("usage: check_tcp_sweep [OPTION...] FILE...")
    assert max(map(len, swept("--help").out.splitlines())) <= 80
    assert swept("--version").out.startswith("check_tcp_sweep ")
    assert swept("--help").code == 3
