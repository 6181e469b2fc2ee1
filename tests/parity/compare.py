# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Plays one case with one plugin, and lists the differences between two plugins."""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

from parity.cases import INI, Case
from parity.certificates import mint_all
from parity.servers import Server

ROOT = pathlib.Path(__file__).resolve().parents[2]
OURS = ROOT / "plugins" / "check_tcp_health"
C_PLUGIN = pathlib.Path(os.environ.get("CHECK_TCP", "/usr/lib/nagios/plugins/check_tcp"))
RECORD = pathlib.Path(__file__).with_name("recorded.tsv")
STATES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
STOPPED = 99
SLOWER = 2.0  # seconds that ours may take longer on a busy machine, including the start of the interpreter
FIRST_LOOK = 0.5  # seconds without an answer after which ours makes other connections
LIMIT = 20.0  # seconds after which a plugin is stopped

TIME = re.compile(r"\d+\.\d{3} second response time")
DATE = re.compile(r"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4} \+0000")
LEFT = re.compile(r"expires in \d+ (hours|minutes)")
PERFDATA = re.compile(r"\|(time=[^|]*)$")
OPENSSL = re.compile(r"^[0-9A-F]+:error:")
PREFIX = re.compile(r"^(\w* ?)(OK|WARNING|CRITICAL|UNKNOWN) - ")
BANNER = re.compile(r" \[|host/socket|Certificate '")  # followed by text of the server
UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f|<>&]|\ufffd")
SHOWN = 24  # characters of a banner that are compared; longer banners may be shortened


Record = dict[str, tuple[int, list[str]]]


class Seen(NamedTuple):
    """The result of one run of one plugin."""

    exit: int
    out: str
    error: str
    seconds: float
    received: tuple[bytes, ...]
    names: tuple[str | None, ...]
    variables: tuple[tuple[str, str], ...]
    recorded: list[str] | None = None

    @property
    def first(self) -> str:
        """The first line."""
        return self.out.split("\n", 1)[0]

    @property
    def perfdata(self) -> str:
        """The items after the last `|` of the last line that has them, or nothing."""
        for line in reversed(self.out.split("\n")):
            found = PERFDATA.search(line)
            if found:
                return found.group(1)
        return ""

    @property
    def time(self) -> float:
        """The reported time in seconds."""
        found = re.match(r"time=(\d+(\.\d+)?)s", self.perfdata)
        return float(found.group(1)) if found else 0.0

    def phrases(self) -> list[str]:
        """The texts that a user searches for: each line without prefix, times, perfdata and the end of a long banner."""
        if self.recorded is not None:
            return self.recorded
        if self.exit == 3 or self.exit < 0:
            return []
        text = PERFDATA.sub("", self.out.rstrip("\n"))
        lines = text.split("\n")
        # With -v check_tcp prints the result last, and the other lines have no prefix.
        lines = [line for line in lines if PREFIX.match(line)] or lines[
            -1 if lines[0].startswith("Using service") else 0 :
        ][:1]
        kept = []
        for line in lines:
            if OPENSSL.match(line):
                continue
            phrase = TIME.sub("# second response time", PREFIX.sub("", line))
            head, mark, banner = phrase.partition("host/socket: ")
            if not mark:
                head, mark, banner = phrase.partition(" [")
            safe = UNSAFE.split(banner)[0][:SHOWN].rstrip("] ")
            kept.append(UNSAFE.split(head)[0] + mark.rstrip() + (f" {safe}" if mark != " [" else safe))
        return [phrase.rstrip() for phrase in kept if phrase.strip()]

    def neutral(self, text: str) -> str:
        """The text with this run's port, paths and dates replaced by their names."""
        text = LEFT.sub(r"expires in # \1", DATE.sub("{date}", text))
        for name, value in self.variables:
            if value and value != "0":
                text = re.sub(rf"(?<![\w.]){re.escape(value)}(?![\w.])", "{" + name + "}", text)
        return text


class Stage:
    """The folder of one comparison: ini files, certificates, and the links that name the services."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.certificates = mint_all(folder)
        for name in ("test.ini", "plugins.ini"):
            (folder / name).write_text(INI)
        (folder / "stray.ini").write_text("expect=220\n[check_tcp]\njail=\n")
        (folder / "bare.ini").write_text("[check_tcp]\nexpect=220\njail\n")
        (folder / "crlf.ini").write_bytes(b"[check_tcp]\r\nexpect=220\r\n")
        (folder / "noend.ini").write_text("[check_tcp]\nexpect=220")
        for side in ("c", "ours"):
            (folder / side).mkdir()

    def link(self, side: str, name: str) -> pathlib.Path:
        """The link through which a plugin is started under a name."""
        path = self.folder / side / name
        if not path.is_symlink():
            with contextlib.suppress(FileExistsError):  # another case created it at the same moment
                path.symlink_to(C_PLUGIN if side == "c" else OURS)
        return path

    def run(self, side: str, case: Case) -> Seen:
        """Play the case with a new server."""
        with tempfile.TemporaryDirectory(dir=self.folder) as own:
            meets, _, certificate = case.server.partition("+")
            script, _, kind = meets.partition("/")
            server = Server(
                script,
                kind or "tcp4",
                self.certificates[certificate] if certificate else None,
                pathlib.Path(own),
            )
            variables = {
                "path": server.path,
                "port": str(server.port),
                "folder": str(self.folder),
                "host": "::1" if server.kind.endswith("6") else "127.0.0.1",
            }
            try:
                return self._start(side, case, server, variables)
            finally:
                server.stop()

    def _start(self, side: str, case: Case, server: Server, variables: dict[str, str]) -> Seen:
        command = [str(self.link(side, case.link)), *(fill(word, variables) for word in case.words)]
        if side == "ours":
            command.insert(0, sys.executable)
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
        environment.update({name: fill(value, variables) for name, value in case.environment})
        started = time.monotonic()
        try:
            done = subprocess.run(
                command,
                input=case.stdin.encode(),
                capture_output=True,
                env=environment,
                timeout=LIMIT,
                check=False,
            )
            code, out, error = done.returncode, done.stdout, done.stderr
        except subprocess.TimeoutExpired:
            code, out, error = STOPPED, b"", b"stopped: it ran too long"
        seconds = time.monotonic() - started
        server.stop()
        return Seen(
            code,
            out.decode(errors="replace"),
            error.decode(errors="replace"),
            seconds,
            same_handshake(server.received),
            tuple(server.names),
            tuple(variables.items()),
        )


def fill(word: str, variables: dict[str, str]) -> str:
    """Replace {names} with the run's values, and keep every other brace."""
    return re.sub(r"\{(\w+)\}", lambda found: variables.get(found.group(1), found.group()), word)


def numbers(perfdata: str) -> list[float | str]:
    """warn, crit, min, max of the first item, as numbers where possible."""
    fields = perfdata.partition(" ")[0].split(";")[1:]
    plain = re.compile(r"-?\d+(\.\d+)?")
    return [float(field) if plain.fullmatch(field) else field for field in [*fields, "", "", "", ""][:4]]


def complaints(case: Case, theirs: Seen, ours: Seen, *, live: bool = True) -> list[str]:
    """The unintended differences of ours from check_tcp; empty if there are no such differences.

    Facts that a record does not contain (bytes sent, perfdata) are compared only with a live run.
    """
    found = form(case, ours)
    if case.wanted:
        if ours.exit != case.ours:
            found.append(f"exit {ours.exit}, wanted {case.ours} ({case.wanted})")
        if theirs.exit == case.ours:
            found.append(f"no difference: check_tcp exits with {theirs.exit} too ({case.wanted})")
        return found
    if ours.exit != theirs.exit:
        found.append(f"exit {ours.exit}, check_tcp {theirs.exit}")
    excused = excuses(case, theirs)
    text = ours.neutral(TIME.sub("# second response time", ours.out))
    phrases = [theirs.neutral(phrase) for phrase in theirs.phrases()]
    if "shown" in excused:
        phrases = [BANNER.split(phrase)[0] for phrase in phrases]
    found += [f"without the phrase {phrase!r}" for phrase in phrases if phrase not in text]
    if not live:
        return found
    # A connection that was opened and never used is not compared: some checks end before its accept.
    sent = [[data for data in each.received if data] for each in (ours, theirs)]
    if "sent" not in excused and sent[0] != sent[1] and not is_second_look(ours.seconds, *sent):
        found.append(f"sent {sent[0]}, check_tcp {sent[1]}")
    if ours.names != theirs.names:
        found.append(f"server names {ours.names}, check_tcp {theirs.names}")
    if excused.get("sent") != "goes-on" and ours.seconds > theirs.seconds + SLOWER:
        found.append(f"took {ours.seconds:.2f} s, check_tcp {theirs.seconds:.2f} s")
    if "shown" not in excused:
        found += measured(theirs, ours)
    return found


def is_second_look(seconds: float, ours: list[bytes], theirs: list[bytes]) -> bool:
    """Whether ours waited, and repeated what it sent first on one more connection: the row second-look of OUTPUT."""
    return (
        seconds >= FIRST_LOOK and len(theirs) > 0 and ours[:-1] == theirs and theirs[0].startswith(ours[-1])
    )


def measured(theirs: Seen, ours: Seen) -> list[str]:
    """The differences of the perfdata, if both are comparable."""
    # After a mismatch check_tcp prints the thresholds as 0, and its time includes its own waiting.
    if not theirs.perfdata or not ours.perfdata or "Unexpected response" in theirs.out:
        return []
    found = []
    if abs(ours.time - theirs.time) > SLOWER / 2:
        found.append(f"reports {ours.time:.3f} s, check_tcp {theirs.time:.3f} s")
    if numbers(theirs.perfdata) != numbers(ours.perfdata):
        found.append(f"perfdata {ours.perfdata}, check_tcp {theirs.perfdata}")
    return found


def excuses(case: Case, theirs: Seen) -> dict[str, str]:
    """The part that may differ in a case, `shown` or `sent`, and the row of OUTPUT with the reason."""
    script = case.server.partition("/")[0].partition("+")[0]
    text = " ".join(case.words)
    found = {}
    if any(word.startswith(("-m", "--ma")) for word in case.words):
        found["shown"] = "maxbytes"
    elif script in ("one", "one-end"):
        found["shown"] = "one-byte"
    elif (
        script in ("padded", "forge", "escape")
        or case.server.endswith("+forged")
        or (script.startswith("echo") and ("\\" in text or "  " in text))
    ):
        found["shown"] = "cleaned"
    if re.search(r"^(WARNING|CRITICAL) - Certificate", theirs.out, re.MULTILINE):
        found["sent"] = "goes-on"
    elif case.link == "check_jabber":
        found["sent"] = "jabber-to"
    elif re.search(r"\\[x0]", text):
        found["sent"] = "escapes"
    return found


def form(case: Case, ours: Seen) -> list[str]:
    """Check the rules for our output that do not depend on the C plugin."""
    found = []
    if ours.error:
        found.append(f"stderr: {ours.error.strip()[-200:]}")
    if "Traceback" in ours.out:
        found.append("a traceback")
    if ours.exit not in (0, 1, 2, 3):
        return [*found, f"exit {ours.exit}"]
    bad = re.search(r"[\x00-\x09\x0b-\x1f\x7f]", ours.out)
    if bad:
        found.append(f"control character {bad.group()!r}")
    if ours.exit == 3:
        service = case.link[6:].upper() if case.link.startswith("check_") else "TCP"
        if not ours.first.startswith(
            (f"{service} UNKNOWN - ", "check_tcp_health v", "Usage: ")
        ):  # or the version, the help
            found.append(f"first line {ours.first[:60]!r} has no prefix for exit 3")
        return found
    if not re.match(rf"\S+ {STATES[ours.exit]} - ", ours.first):
        found.append(f"first line {ours.first[:60]!r} has no prefix for exit {ours.exit}")
    items = ours.perfdata.split(" ") if ours.perfdata else []
    if not case.link.startswith("check_"):
        items = items[:1]  # under a name that is not a service all items are printed
    if len(items) != 1 or ours.out.count("|") != 1:
        found.append(f"perfdata is not one item: {ours.out[:300]!r}")
    elif not re.fullmatch(r"time=[0-9.]+s(;[-0-9.:~@]*){0,4}", items[0]):
        found.append(f"perfdata {items[0]!r}")
    return found


def same_handshake(received: list[bytes]) -> tuple[bytes, ...]:
    """Client hellos differ from run to run: only that there was one is compared."""
    return tuple(b"a TLS handshake" if data[:1] == b"\x16" else data for data in received)


def read_record() -> Record:
    """The recorded results of check_tcp 2.3.3: label → exit code and phrases."""
    record = {}
    for line in RECORD.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            label, code, phrases = line.split("\t")
            record[label] = (int(code), phrases.split(" ¶ ") if phrases else [])
    return record


def from_record(entry: tuple[int, list[str]]) -> Seen:
    """A recorded run of check_tcp, for machines without it."""
    code, phrases = entry
    return Seen(code, "", "", 0.0, (), (), (), phrases)


def write_record(results: list[tuple[Case, Seen]]) -> None:
    """Write the record, in the order of the cases."""
    lines = [
        "# What check_tcp 2.3.3 did: case, exit code, phrases. Written by PYTHONPATH=tests python3 -m parity --record"
    ]
    for case, seen in results:
        phrases = " ¶ ".join(seen.neutral(phrase) for phrase in seen.phrases())
        lines.append(f"{case.label}\t{seen.exit}\t{phrases}")
    RECORD.write_text("\n".join(lines) + "\n", encoding="utf-8")
