# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command lines of the comparison: one row each, with its server."""

from __future__ import annotations

import itertools
import shlex
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Case(NamedTuple):
    """One command line and its server.

    `words` may contain {host} {port} {path} {folder}; they are filled in for each run. `server` is
    `script[/kind][+certificate]`. If check_tcp_health differs intentionally, `wanted` names the row of
    DIFFERENCES and `ours` is its exit code; everything else must be equal.
    """

    section: str
    link: str
    words: tuple[str, ...]
    server: str = "ftp"
    wanted: str = ""
    ours: int = -1
    environment: tuple[tuple[str, str], ...] = ()
    stdin: str = ""

    @property
    def label(self) -> str:
        """The unique label of this case; the key of the record."""
        settings = "".join(f"{name}={value} " for name, value in self.environment)
        feed = f" <<< {self.stdin!r}" if self.stdin else ""
        words = shlex.join(self.words).replace("\r", "␍").replace("\n", "␊")
        return f"{settings}{self.link} {words} @ {self.server}{feed}"


def case(
    section: str,
    words: str,
    server: str = "ftp",
    *,
    link: str = "check_tcp",
    wanted: str = "",
    ours: int = -1,
    environment: dict[str, str] | None = None,
    stdin: str = "",
) -> Case:
    """One row; `words` is split as a shell would."""
    return Case(
        section,
        link,
        tuple(shlex.split(words)),
        server,
        wanted,
        ours,
        tuple(sorted((environment or {}).items())),
        stdin,
    )


H = "-H {host} -p {port} "

# The files of the ini cases; the runner replaces {folder}.
INI = r"""# a comment
; another
[check_tcp]
expect=220

[other]
expect=nope
mismatch=crit
[flags]
jail=
expect=220
[letters]
j=
e=220
[repeated]
expect=nope
expect=hello
[twice]
warning=0
[twice]
warning=5
[ spaced ]
  expect = 220
[quoted]
expect="220"
[equals]
send=a=b
[inline]
expect=220 ; not a comment
[bare]
jail
[quit]
quit=one two
[unknown]
nosuchoption=1
[upper]
EXPECT=220
[warn]
warning=0
[empty]
[tls]
certificate=30,10
[check_ftp]
quit=BYE
"""


def hosts() -> Iterator[Case]:
    """-H, a host without an option, -p, -4 and -6, Unix sockets."""
    for words, server in (
        (H, "ftp"),
        ("--hostname={host} --port={port}", "ftp"),
        ("--host {host} --po {port}", "ftp"),
        ("-p {port}", "ftp"),
        ("{host} -p {port}", "ftp"),
        ("-p {port} {host}", "ftp"),
        ("-p {port} -- {host}", "ftp"),
        ("-p {port} {host} -e nope", "ftp"),
        ("-p {port} -e 220 {host} -w 0", "ftp"),
        (H + "extra", "ftp"),
        (H + "extra -e nope", "ftp"),
        ("127.0.0.9 -H {host} -p {port}", "ftp"),
        ("-p {port} 127.0.0.9 -H {host}", "ftp"),
        ("-H 127.0.0.9 -H {host} -p {port}", "ftp"),
        ("127.0.0.9 -p {port} {host}", "ftp"),
        ("-H{host} -p{port}", "ftp"),
        ("-p {port} 127.0.0.9", "ftp/closed"),
        ("-H localhost -p {port}", "ftp"),
        ("-H localhost -p {port} -4", "ftp"),
        ("localhost -p {port} -e 220", "ftp"),
        ("-H localhost -p {port}", "ftp/closed"),
        ("-H 127.1 -p {port}", "ftp"),
        (H, "ftp/tcp6"),
        (H + "-e 220", "ftp/tcp6"),
        ("{host} -p {port} -e 220", "ftp/tcp6"),
        ("-p {port} {host}", "ftp/tcp6"),
        (H + "-6", "ftp/tcp6"),
        (H + "--use-ipv6 -e 220 -q bye", "ftp/tcp6"),
        (H + "-4 -6", "ftp/tcp6"),
        (H + "-S -D 30 -e 220", "ftp/tcp6+year"),
        (H + "-e 220", "silent/tcp6 "),
        (H, "ftp/closed6"),
        (H + "-r ok", "ftp/closed6"),
        (H + "-4", "ftp"),
        (H + "--use-ipv4", "ftp"),
        (H + "-6 -4", "ftp"),
        (H + "-4 -e 220", "ftp"),
        (H + "-6", "ftp"),
        (H + "-4", "ftp/tcp6"),
        ("-H {path}", "ftp/unix"),
        ("-H {path} -e 220", "ftp/unix"),
        ("{path} -e 220", "ftp/unix"),
        ("-e 220 {path}", "ftp/unix"),
        ("-H {path} -e nope", "ftp/unix"),
        ("-H {path} -p 80", "ftp/unix"),
        ("-H {path} -6 -e 220", "ftp/unix"),
        ("-H {path} -4 -e 220", "ftp/unix"),
        ("-H {path} -s hello -e hello -q bye", "echo/unix"),
        ("-H {path} -e 220", "close/unix"),
        ("-H {path} -S -e 220", "ftp/unix+year"),
        ("-H {path} -D 30", "ftp/unix+year"),
        ("-H {path}", "ftp/missing"),
        ("-H {path} -e 220", "ftp/missing"),
        ("{path}", "ftp/missing"),
        ("-H {path}", "ftp/deaf"),
        ("-H {path} -t 1 -e 220", "silent/unix"),
        ("-H ./relative -p 80", "ftp"),
        ("-H nosuchhost.invalid -p {port}", "ftp"),
        ("-H nosuchhost.invalid -p {port} -r ok", "ftp"),
        ("-H 127.0.0.256 -p {port}", "ftp"),
        ("--- -p {port}", "ftp"),
        ("-p {port} -e 220", "ftp"),
        ("-p{port} -e220", "ftp"),
    ):
        if server.endswith(" "):
            yield case("host", words + " -t 1", server.strip())
        else:
            yield case("host", words, server)
    yield case("host", "-H '[::1]' -p {port}", "ftp/tcp6", wanted="brackets", ours=0)
    yield case("host", "-H '[::1]' -p {port} -e 220", "ftp/tcp6", wanted="brackets", ours=0)
    yield case("host", "-H '' -p {port}", wanted="no-host", ours=3)
    yield case("host", "-H ' 127.0.0.1' -p {port}", wanted="no-host", ours=3)
    yield case("host", "-H {host}:{port}", wanted="host-port", ours=0)
    yield case("host", "{host}:{port} -e 220", wanted="host-port", ours=0)
    # No packet leaves for these: the kernel has no route for TCP to a group, nor to a link without its name.
    yield case("host", "-H 224.0.0.1 -p 80 -t 2", wanted="local", ours=3)
    yield case("host", "-H 224.0.0.1 -p 80 -t 2 -r ok", wanted="local", ours=3)
    yield case("host", "-H fe80::1 -p 80 -t 2", wanted="local", ours=3)
    yield case("host", "-H ::1%lo -p {port}", "ftp/tcp6", wanted="local", ours=3)
    for words in ("-H {host}", "{host}", "-w 1", "-H {host} -p 70000", "-H {host} -p 65536", "-- {host}"):
        yield case("port", words, wanted="port", ours=3)
    for port in ("0", "-1", "0x50", "80x", "''", "http", "1.5", "99999999999", "2147483648"):
        yield case("port", f"-H {{host}} -p {port}")
    yield case("port", "-H {host} -p ' {port}'")
    yield case("port", "-H {host} -p '{port} '")
    yield case("port", "-H {host} -p 1 -p {port}")


def times() -> Iterator[Case]:
    """-w, -c, -t, -d."""
    for words in (
        "-w 0",
        "-c 0",
        "-w 5",
        "-c 5",
        "-w 5 -c 9",
        "-w 0 -c 0",
        "-w 0 -c 9",
        "-w 9 -c 0",
        "-w 9 -c 5",
        "-w 0.5 -c 1.5",
        "-w 2 -w 0",
        "--warning 0",
        "--warning=5 --critical=9",
        "--critical 0",
        "-wt 5 -ct 9 -to 3",
        "-wt 0",
        "-ct 0",
        "-w5 -c9 -t3",
        "-w 0.000000 -c 9.000000",
        "-e 220 -w 0",
        "-e 220 -c 0",
        "-e 220 -w 5 -c 9",
        "-e nope -w 5 -c 9",
        "-e nope -c 0",
        "-e nope -w 0",
        "-e nope -j -c 0",
        "-M ok -e nope -w 0",
        "-M ok -e nope -c 0",
        "-M ok -e nope -w 0 -c 9",
        "-M crit -e nope -w 0",
        "-t 1",
        "-t 5",
        "-t ' 5'",
        "-t 30",
        "--timeout 5",
        "--timeout=5 -e 220",
        "--ti 5",
        "-t 5 -t 6",
        "-t 0",
        "-t -1",
        "-t abc",
        "-t ''",
        "-t 2147483647",
        "-d 1",
        "-d 1 -e 220",
        "--delay=1",
        "-d 1 -w 0.9",
        "-d 1 -e 220 -w 0.9 -c 0.95",
        "-d 2 -t 1 -e 220",
        "-d 2 -t 1",
        "-d 0",
        "-d -1",
        "-d x",
        "-d ''",
        "-e nope -t 1",
    ):
        yield case("time", H + words)
    yield case("time", H + "-w 0 -c 0", "ftp/closed")
    for words, server in (
        ("-e 220 -w 1", "slow"),
        ("-e 220 -c 1", "slow"),
        ("-e 220 -w 1 -c 9", "slow"),
        ("-e 220 -w 1 -c 1.1", "slow"),
        ("-e 220 -w 5", "slow"),
        ("-e 220", "slow"),
        ("-e 220 -t 1", "slow"),
        ("-t 1", "slow"),
        ("-w 1", "slow"),
        ("-d 2 -e 220 -w 1", "slow"),
        ("-d 1 -e 220 -w 1", "slow"),
        ("-e 220 -t 1", "silent"),
        ("-e 220 -to 1", "silent"),
        ("-e 220 -t 1 -w 5 -c 9", "silent"),
        ("-e 220 -t 2 -r ok -M ok", "silent"),
        ("-s x -q y -t 1 -e 220", "silent"),
    ):
        yield case("time", H + words, server)
    for words in (
        "-w abc",
        "-w ''",
        "-w 0.5x",
        "-c abc",
        "-w 5,5",
        "-w=1",
        "-w nan",
        "-c 5s5",
        "-w 1e1",
        "-w 0x10",
        "-w -1",
    ):
        yield case("time", H + words, wanted="threshold-word", ours=3)
    yield case("time", H + "-w 1:", wanted="range", ours=1)
    yield case("time", H + "-c 1:", wanted="range", ours=2)
    yield case("time", H + "-w ~:5", wanted="range", ours=0)
    yield case("time", H + "-w @5:9", wanted="range", ours=0)
    yield case("time", H + "-t 99999999999", wanted="more-words", ours=0)
    yield case("time", H + "-e 220 -w 100ms", "slow", wanted="unit", ours=1)
    yield case("time", H + "-t 1.5 -e 220", "slow", wanted="fraction", ours=0)
    yield case("time", H + "-t 0.5 -e 220", "slow", wanted="fraction", ours=2)
    yield case("time", H + "-d 0.5 -e 220", wanted="fraction", ours=0)
    yield case("time", H + "-e nope -c 1", wanted="expect-wait", ours=1)
    yield case("time", H + "-e nope -c 1.5 -M ok", wanted="expect-wait", ours=0)


def answers() -> Iterator[Case]:
    """-e, -A, -M, -j, -m: reading and matching."""
    for words, server in (
        ("-e 220", "ftp"),
        ("-e hello", "ftp"),
        ("-e server", "ftp"),
        ("-e HELLO", "ftp"),
        ("-e nope", "ftp"),
        ("--expect hello", "ftp"),
        ("--expect=hello", "ftp"),
        ("--exp hello", "ftp"),
        ("-ehello", "ftp"),
        ("-e nope -e hello", "ftp"),
        ("-e hello -e nope", "ftp"),
        ("-e ''", "ftp"),
        ("-e nope -e ''", "ftp"),
        ("-e '' -t 1", "silent"),
        ("-e -ERR", "ftp"),
        ("-e -- -w 5", "ftp"),
        ("-e '$(printf x)'", "ftp"),
        ("-E -e 'server\\r\\n'", "ftp"),
        ("-e 'server\r\n'", "ftp"),
        ("-A -e 220 -e hello", "ftp"),
        ("-A -e hello -e 220", "ftp"),
        ("-e hello -A -e 220", "ftp"),
        ("-e hello -e 220 -A", "ftp"),
        ("--all -e 220 -e nope", "ftp"),
        ("-A -e nope -e hello", "ftp"),
        ("-A -e 220 -e 220", "ftp"),
        ("-A -e nope -e ''", "ftp"),
        ("-A", "ftp"),
        ("-A -A -e 220", "ftp"),
        ("-A -e first -e second", "two"),
        ("-A -e first -e third", "two"),
        ("-e second", "two"),
        ("-e third", "two"),
        ("-e second -t 5", "two-far"),
        ("-e feed", "drip"),
        ("-e 220", "drip"),
        ("-e nope", "drip-end"),
        ("-e three", "lines"),
        ("-e nope", "lines"),
        ("-e needle", "long"),
        ("-e nope", "long"),
        ("-e 2", "one"),
        ("-e 3", "one"),
        ("-e 2", "one-end"),
        ("-e 3", "one-end"),
        ("-e ' '", "blank"),
        ("-e x", "blank"),
        ("-e x", "newline"),
        ("-e 220", "nul"),
        ("-e gr", "high"),
        ("-e grü", "high"),
        ("-e gr", "latin"),
        ("-e 220", "forge"),
        ("-e nope", "forge"),
        ("-e 220", "escape"),
        ("-e nope", "escape"),
        ("-e '  220'", "padded"),
        ("-e padded", "padded"),
        ("-e 220", "close"),
        ("-e 220 -v", "close"),
        ("-e 220", "reset"),
        ("-e 220", "close-late"),
        ("-e 220", "reset-late"),
        ("-e 220 -M ok", "close"),
        ("-e 220 -M ok -j", "reset"),
        ("", "close"),
        ("", "reset"),
        ("", "silent"),
        ("-M ok -e nope", "ftp"),
        ("-M warn -e nope", "ftp"),
        ("-M crit -e nope", "ftp"),
        ("-M warning -e nope", "ftp"),
        ("-M critical -e nope", "ftp"),
        ("-M okay -e nope", "ftp"),
        ("--mismatch crit -e nope", "ftp"),
        ("--mismatch=ok -e nope", "ftp"),
        ("--mi ok -e nope", "ftp"),
        ("-M crit -e 220", "ftp"),
        ("-M crit -M ok -e nope", "ftp"),
        ("-M xyz", "ftp"),
        ("-M ''", "ftp"),
        ("-j -e 220", "ftp"),
        ("-j -e nope", "ftp"),
        ("--jail -e 220", "ftp"),
        ("--ja -e nope -M crit", "ftp"),
        ("-j", "ftp"),
        ("-j -e 220", "close"),
        ("-j -e 220 -t 1", "silent"),
        ("-m 3 -e 220", "ftp"),
        ("-m 4096 -e hello", "ftp"),
        ("-m 3000 -e nope", "ftp"),
        ("--maxbytes 100 -e 220", "ftp"),
        ("--maxbytes=100 -e nope", "ftp"),
        ("--ma 100 -e nope", "ftp"),
        ("-m 3", "ftp"),
        ("-m 010 -e 220", "ftp"),
        ("-m 4000 -e needle", "long"),
        ("-m 1500 -e needle", "long"),
        ("-m 6008 -e nope", "long"),
        ("-m 15 -e second", "two"),
        ("-m 15 -e nope", "two"),
        ("-m 30 -e second", "two"),
        ("-m 3 -e feed", "drip"),
        ("-m 0 -e 220", "ftp"),
        ("-m -1 -e 220", "ftp"),
        ("-m x -e 220", "ftp"),
        ("-m '' -e 220", "ftp"),
        ("-m 1.5 -e 220", "ftp"),
    ):
        yield case("answer", H + words, server)
    for words, server, ours in (
        ("-m 3 -e nope", "ftp", 1),
        ("-m 3 -e nope -M crit", "ftp", 2),
        ("-m 3 -e hello", "ftp", 1),
        ("-m 1024 -e needle", "long", 1),
        ("-m 5 -e second", "two", 1),
        ("-m 2 -A -e 22 -e 0", "ftp", 1),
        ("-m 8 -e drip", "drip", 0),
    ):
        yield case("answer", H + words, server, wanted="first-chunk", ours=ours)
    yield case("answer", H + "-M o", wanted="more-words", ours=0)
    yield case("answer", H + "-M OK -e nope", wanted="more-words", ours=0)
    yield case("answer", H + "-m 2", link="check_ftp", wanted="first-chunk", ours=1)
    yield case("answer", H + "-e hidden", "nul", wanted="nul", ours=0)
    yield case("answer", H + "-A -e 220 -e hidden", "nul", wanted="nul", ours=0)
    yield case("answer", H + "-e 220", "nul-first", wanted="nul", ours=0)


def words_sent() -> Iterator[Case]:
    """-s, -q, -E: the bytes on the wire."""
    for words, server in (
        ("-s hello -e hello", "echo"),
        ("-s hello -e nope", "echo"),
        ("-s hello -e hello -q bye", "echo"),
        ("--send=hello --expect=hello --quit=bye", "echo"),
        ("--send hello --expect hello --quit bye", "echo"),
        ("-s hello", "silent"),
        ("-s hello -q bye", "silent"),
        ("-s hello -q bye -d 1", "silent"),
        ("-s hello", "close"),
        ("-s hello", "reset"),
        ("-s hello", "reset-late"),
        ("-s a -s b -e b", "echo"),
        ("-s ''", "silent"),
        ("-s '' -e 220", "ftp"),
        ("-s -x -e -x", "echo"),
        ("-s -to -e -t", "echo"),
        ("-s 'a\\r\\n\\t\\\\b' -e a", "echo"),
        ("-E -s 'a\\r\\n\\t\\\\b' -e b", "echo"),
        ("-s 'a\\n' -E -q 'b\\n'", "silent"),
        ("-q 'b\\n' -E -s 'a\\n'", "silent"),
        ("-E -s 'a\\n' -E -q 'b\\n'", "silent"),
        ("--escape --send 'a\\n' --quit 'b\\n'", "silent"),
        ("--es --se 'a\\n'", "silent"),
        ("-Es 'a\\n'", "silent"),
        ("-E -s 'x\\qy\\ z'", "silent"),
        ("-E -s 'a\\x41\\0b' -e a", "echo"),
        ("-E -q 'a\\x41\\0b'", "silent"),
        ("-E -s '\\\\n'", "silent"),
        ("-E -s ''", "silent"),
        ("-q bye", "silent"),
        ("-q bye", "ftp"),
        ("-q bye -e 220", "ftp"),
        ("-q bye -e nope", "ftp"),
        ("-q bye -e nope", "ftp-ends"),
        ("-q ''", "silent"),
        ("-E -q ''", "silent"),
        ("-E -q bye", "silent"),
        ("-q bye -E", "silent"),
        ("-E -q 'bye\\r\\n'", "silent"),
        ("-q one -q two", "silent"),
        ("-q bye -e 220", "close"),
        ("-q bye", "close"),
        ("-q bye", "reset"),
        ("-q bye -e 220", "reset-after"),
        ("-s grü -e grü", "echo"),
        ("-E -s 'grü\\n' -e grü", "echo"),
        ("-s 'a b  c' -e 'a b  c'", "echo"),
        ("-S -s hello -e hello -q bye", "echo+year"),
        ("-SE -s 'a\\n' -q 'b\\n' -e a", "echo+year"),
        ("-S -q bye", "silent+year"),
        ("-S -s x -q bye", "silent+year"),
        ("-D 30 -s x -q bye", "silent+year"),
        ("-D 400 -s x -q bye", "silent+year"),
        ("-d 1 -s hello -e hello", "echo-slow"),
        ("-s hello -e hello -w 0.3", "echo-slow"),
    ):
        yield case("send", H + words, server)
    yield case("send", H + "-E -s 'x\\'", "silent", wanted="half-escape", ours=3)
    yield case("send", H + "-E -s '\\x4'", "silent", wanted="half-escape", ours=3)
    yield case("send", H + "-e nope -q bye", "reset-after", wanted="signal", ours=1)
    yield case("send", H + "-e nope -q bye -M crit", "reset-after", wanted="signal", ours=2)


def refusals() -> Iterator[Case]:
    """-r and its limits."""
    for words in (
        "",
        "-r ok",
        "-r warn",
        "-r crit",
        "-r okay",
        "-r warning",
        "-r critical",
        "--refuse ok",
        "--refuse=warn",
        "--re ok",
        "-r crit -r ok",
        "-rok",
        "-r ok -w 0 -c 0",
        "-r ok -e 220 -M crit",
        "-r ok -S",
        "-r warn -v",
        "-r warn -D 30,10",
        "-r ok --sni a.example",
        "-r xyz",
        "-r ''",
        "-r unknown",
    ):
        yield case("refuse", H + words, "ftp/closed")
    for words, ours in (("-r o", 0), ("-r OK", 0), ("-r Warning", 1), ("-r war", 1), ("-r 0", 0)):
        yield case("refuse", H + words, "ftp/closed", wanted="more-words", ours=ours)
    yield case("refuse", "{host} -p {port} -r ok", "ftp/closed")
    yield case("refuse", H + "-r ok", "ftp")
    yield case("refuse", H + "-r ok -e nope", "ftp")
    yield case("refuse", H + "-r ok -e 220", "reset")
    yield case("refuse", H + "-r ok -e 220 -t 1", "silent")
    yield case("refuse", H + "-r ok -S", "reset")
    yield case("refuse", "-H {path} -r crit", "ftp/missing")
    yield case("refuse", "-H {path} -r ok", "ftp/missing", wanted="refuse", ours=2)
    yield case("refuse", "-H {path} -r warn", "ftp/missing", wanted="refuse", ours=2)
    yield case("refuse", "-H {path} -r ok", "ftp/deaf", wanted="refuse", ours=2)
    yield case("refuse", H + "-s x -e x -r ok", "ftp/closed", link="check_udp")


def certificates() -> Iterator[Case]:
    """-S, -D, --sni."""
    for words, server in (
        ("-S", "ftp+year"),
        ("--ssl", "ftp+year"),
        ("--ss -e 220", "ftp+year"),
        ("-S -e 220", "ftp+year"),
        ("-S -e nope", "ftp+year"),
        ("-S -e nope -M crit -j", "ftp+year"),
        ("-S -e 220", "ftp+expired"),
        ("-S -e 220", "slow+year"),
        ("-S -e 220 -w 1", "slow+year"),
        ("-S -e second", "two+year"),
        ("-S -e 220 -t 1", "silent+year"),
        ("-S -e 220", "close+year"),
        ("-S -j -e 220", "ftp+year"),
        ("-SEe 220", "ftp+year"),
        ("-S", "ftp"),
        ("-S", "close"),
        ("-S", "reset"),
        ("-S -t 1", "silent"),
        ("-S -e 220 -M ok", "close"),
        ("-S -4 -e 220 -w 5 -c 9", "ftp+year"),
        ("--sni a.example", "ftp+year"),
        ("--sni=a.example -e 220", "ftp+year"),
        ("--sn a.example -S", "ftp+year"),
        ("--sni a.example -D 30", "ftp+year"),
        ("--sni a.example", "ftp"),
        ("--sni one.example --sni two.example", "ftp+year"),
        ("-D 30", "ftp+year"),
        ("-D 30,10", "ftp+year"),
        ("-D30,10", "ftp+year"),
        ("--certificate 30,10", "ftp+year"),
        ("--certificate=400", "ftp+year"),
        ("--ce 400,370", "ftp+year"),
        ("-SD 30", "ftp+year"),
        ("-SD30", "ftp+year"),
        ("-D 365", "ftp+year"),
        ("-D 364", "ftp+year"),
        ("-D 400", "ftp+year"),
        ("-D 400,10", "ftp+year"),
        ("-D 400,365", "ftp+year"),
        ("-D 400,364", "ftp+year"),
        ("-D 10,400", "ftp+year"),
        ("-D 0", "ftp+year"),
        ("-D 4", "ftp+five"),
        ("-D 5", "ftp+five"),
        ("-D 6", "ftp+five"),
        ("-D 5,5", "ftp+five"),
        ("-D 6,4", "ftp+five"),
        ("-D 6,5", "ftp+five"),
        ("-D 4,6", "ftp+five"),
        ("-D 0", "ftp+five"),
        ("-D 0,0", "ftp+five"),
        ("-D 0", "ftp+today"),
        ("-D 1", "ftp+today"),
        ("-D 1,1", "ftp+today"),
        ("-D 30,10", "ftp+today"),
        ("-D 1", "ftp+hour"),
        ("-D 30", "ftp+hour"),
        ("-D 0", "ftp+expired"),
        ("-D 1", "ftp+expired"),
        ("-D 30,10", "ftp+expired"),
        ("-D 30", "ftp+noname"),
        ("-D 400", "ftp+noname"),
        ("-D 30", "ftp+empty"),
        ("-D 30", "ftp+alternative"),
        ("-D 30", "ftp+forged"),
        ("-D 400", "ftp+forged"),
        ("-D 30", "ftp+twonames"),
        ("-D 30", "ftp+century"),
        ("-D 30,", "ftp+year"),
        ("-D 400,", "ftp+year"),
        ("-D ''", "ftp+year"),
        ("-D ,10", "ftp+year"),
        ("-D ,400", "ftp+year"),
        ("-D ' 30'", "ftp+year"),
        ("-D abc", "ftp+year"),
        ("-D 30x", "ftp+year"),
        ("-D 30,x", "ftp+year"),
        ("-D -1", "ftp+year"),
        ("-D 30,-1", "ftp+year"),
        ("-D 1.5", "ftp+year"),
        ("-D 30,10,5", "ftp+year"),
        ("-D 400 -D 30", "ftp+year"),
        ("-D 30", "ftp"),
        ("-D 30 -r ok", "ftp/closed"),
        ("-D 30 -e 220", "ftp+year"),
        ("-D 30 -e nope", "ftp+year"),
        ("-D 30 -e nope -M crit", "ftp+year"),
        ("-D 400 -e nope -M ok", "ftp+year"),
        ("-D 400 -e 220 -w 0", "ftp+year"),
        ("-D 30 -w 0", "ftp+year"),
        ("-D 30 -c 0", "ftp+year"),
        ("-D 400,370 -w 0", "ftp+year"),
        ("-D 30 -e 220", "close+year"),
        ("-D 30 -e 220 -t 1", "silent+year"),
        ("-D 30 -d 1 -e 220", "ftp+year"),
        ("-D 30 -j -e 220", "ftp+year"),
        ("-D 30 -t 1", "silent"),
    ):
        yield case("tls", H + words, server)
    yield case("tls", "-H localhost -p {port} -D 30", "ftp+year")
    yield case("tls", H + "-D 30", "ftp+year", environment={"TZ": "EST5EDT4,M3.2.0,M11.1.0"})
    yield case("tls", H + "-D 400 -e nope -M crit", "ftp+year", wanted="certificate-stops", ours=2)
    yield case("tls", H + "-D 400 -c 0", "ftp+year", wanted="certificate-stops", ours=2)
    yield case("tls", H + "-D 400 -e 220", "close+year", wanted="certificate-stops", ours=2)
    yield case("tls", H + "-S -e needle", "long+year", wanted="tls-pending", ours=0)


SERVICES = {
    "check_ftp": ("ftp", "220"),
    "check_pop": ("pop", "+OK"),
    "check_imap": ("imap", "* OK"),
    "check_smtp": ("smtp", "220"),
    "check_nntp": ("nntp", "200"),
    "check_jabber": ("jabber", "xml"),
    "check_clamd": ("clamd", "PONG"),
    "check_simap": ("imap+year", "* OK"),
    "check_spop": ("pop+year", "+OK"),
    "check_ssmtp": ("smtp+year", "220"),
    "check_nntps": ("nntp+year", "200"),
}


def services() -> Iterator[Case]:
    """Every name: its port, the sent text, the expected text, the quit command."""
    for link, (server, expect) in SERVICES.items():
        tls = "+year" if server.endswith("+year") else ""
        for words, meets in (
            (H, server),
            (H + "-w 0", server),
            (H + "-c 0 -j", server),
            (H + "-q BYE", server),
            (H + "-E -q 'BYE\\n'", server),
            (H + f"-e '{expect}'", server),
            (H, f"refusing{tls}"),
            (H + "-M crit", f"refusing{tls}"),
            (H, f"close{tls}"),
            (H, f"reset{tls}"),
            (H + "-t 1", f"silent{tls}"),
            (H + "-r ok", f"{server.split('+', maxsplit=1)[0]}/closed"),
            ("{host} -p {port}", server),
            ("-H 127.0.0.77", "ftp/closed"),
            ("-H 127.0.0.77 -r ok", "ftp/closed"),
            ("", "ftp/closed"),
            ("-V", "ftp/closed"),
            (H + "-4", server),
            (H, server.replace("+", "/tcp6+") if tls else f"{server}/tcp6"),
            ("-H {path}", server.replace("+", "/unix+") if tls else f"{server}/unix"),
        ):
            yield case("service", words, meets, link=link)
        if link not in ("check_nntp", "check_nntps"):
            yield case("service", H + "-e nope", server, link=link)
            yield case("service", H + "-A", server, link=link)
    for words, server, link in (
        (H, "padded", "check_ftp"),
        (H, "drip", "check_ftp"),
        (H, "one", "check_ftp"),
        (H, "one-end", "check_ftp"),
        (H, "nntp-read", "check_nntp"),
        (H + "-e news", "nntp", "check_nntp"),
        (H + "-e posting", "nntp-read", "check_nntp"),
        (H + "-e away", "refusing", "check_nntp"),
        (H + "-e hello", "ftp", "check_ftp"),
        (H + "-e nope -e 220", "ftp", "check_ftp"),
        (H + "-e hello -e 220 -A", "ftp", "check_ftp"),
        (H + "-s USER", "ftp", "check_ftp"),
        (H + "-q ''", "ftp", "check_ftp"),
        (H + "-S", "ftp+year", "check_ftp"),
        (H + "-S -D 30", "ftp+year", "check_ftp"),
        (H + "-D 400", "imap+year", "check_simap"),
        (H + "-D 30,10", "pop+year", "check_spop"),
        (H + "--sni mail.example", "smtp+year", "check_ssmtp"),
        (H, "ftp", "check_simap"),
        (H, "ftp", "check_spop"),
        (H, "ftp", "check_ssmtp"),
        (H, "ftp", "check_nntps"),
        (H + "-s ZPING", "clamd", "check_clamd"),
        (H + "-e PONG -q x", "clamd", "check_clamd"),
        (H, "clamd-bad", "check_clamd"),
        (H, "jabber-error", "check_jabber"),
        (H + "-e nope", "jabber-error", "check_jabber"),
        (H, "ftp", "check_ftps"),
        (H, "pop", "check_pop3"),
        (H, "imap", "check_imap4"),
        (H, "ftp", "check_Ftp"),
        ("-H 127.0.0.77", "ftp/closed", "check_ftps"),
        ("-H 127.0.0.77", "ftp/closed", "check_pop3"),
        ("-H 127.0.0.77", "ftp/closed", "check_spop3"),
        ("-H 127.0.0.77", "ftp/closed", "check_nntpsx"),
        (H, "ftp", "tcp"),
        (H, "ftp", "foo_check_ftp"),
        (H, "ftp", "check_tcpx"),
        (H, "ftp", "check_nosuch"),
    ):
        yield case("service", words, server, link=link)
    for words, ours in (("-e nope", 1), ("-A -e news", 0), ("-A -e news -e 200", 0)):
        for link, server in (("check_nntp", "nntp"), ("check_nntps", "nntp+year")):
            yield case("service", H + words, server, link=link, wanted="nntp-expect", ours=ours)
    yield case("service", H + "-A", "nntp", link="check_nntp")
    yield case("service", H + "-A", "nntp+year", link="check_nntps")
    for words, server in (
        ("", "ftp/closed"),
        (H, "echo/udp4"),
        (H + "-s x", "echo/udp4"),
        (H + "-e x", "echo/udp4"),
        (H + "-s x -e x", "echo/udp4"),
        (H + "-s hello -e hello", "echo/udp4"),
        (H + "-s hello -e hell -e nope", "echo/udp4"),
        (H + "-s hello -e hello -e nope -A", "echo/udp4"),
        (H + "-s hello -e nope", "echo/udp4"),
        (H + "-s hello -e nope -M ok", "echo/udp4"),
        (H + "-s hello -e hello -j", "echo/udp4"),
        (H + "-s x -e 220 -w 0", "ftp/udp4"),
        (H + "-s x -e 220 -c 0", "ftp/udp4"),
        (H + "-s x -e 220 -d 1", "ftp/udp4"),
        (H + "-s hello -e hello -q bye", "echo/udp4"),
        (H + "-E -s 'a\\n' -e a", "echo/udp4"),
        (H + "-s x -e x -t 1", "silent/udp4"),
        (H + "-s x -e x", "empty/udp4"),
        (H + "-s x -e x", "ftp/closed"),
        (H + "-s hello -e hello", "echo/udp6"),
        (H + "-s hello -e hello -6", "echo/udp6"),
        (H + "-s x -e 220 -4", "ftp/udp4"),
        ("{host} -p {port} -s hello -e hello", "echo/udp4"),
        ("-H nosuchhost.invalid -p 9 -s x -e x", "ftp"),
    ):
        yield case("udp", words, server, link="check_udp")
    yield case("udp", "-H {host} -s x -e x", "ftp/closed", link="check_udp", wanted="port", ours=3)


def spelling() -> Iterator[Case]:
    """getopt_long: abbreviations, clusters, missing and unexpected values, help and version."""
    for words in (
        "--h {host}",
        H + "--c 1",
        H + "--s x",
        H + "--e 220",
        H + "--m 10",
        H + "--u",
        H + "--use-ipv",
        H + "--v",
        H + "--ver",
        H + "--pr 9",
        H + "--protocol tcp",
        H + "-C 5 -W 6",
        H + "--critical-codes 5 --warning-codes 6",
        H + "--critical-c 5 --warning-c 6",
        H + "-P 5",
        H + "-Z",
        H + "--nosuch",
        H + "--nosuch=1",
        H + "-w",
        H + "-e",
        H + "-H",
        H + "--warning",
        H + "--expect",
        H + "--all=1",
        H + "--jail=1",
        H + "--ssl=1",
        H + "--port=",
        H + "-to",
        H + "-je 220",
        H + "-jAe 220 -e hello",
        H + "-Aje220",
        H + "-AjEe 220",
        H + "-e -wt -t 3",
        H + "--q bye",
        H + "--j -e 220",
        H + "--d 1",
        H + "--r ok",
        H + "--t 5",
        H + "--a -e 220",
        H + "--hostname {host}",
        H + "-v",
        H + "-vv",
        H + "-v -e 220",
        H + "-v -e nope",
        H + "--verb",
        H + "-vvv -s x -q y",
        H + "-v -4 -q bye",
        "",
        "-V",
        "-h",
        "--version",
        "--help",
        "--vers",
        "--he",
        "-Vx",
        H + "-V",
        H + "-h",
        "-V -w",
        "-h --nosuch",
    ):
        yield case("spelling", words)
    for words in ("--p {port}", H + "--cr 1", H + "--crit 1", H + "--w 1", H + "--warn 1"):
        yield case("spelling", words, wanted="abbreviation", ours=0)
    yield case("spelling", H + "--crit 0", wanted="abbreviation", ours=2)


def ini() -> Iterator[Case]:
    """--extra-opts."""
    f = "@{folder}/test.ini"
    for words in (
        f"--extra-opts={f} " + H,
        H + f"--extra-opts={f}",
        H + f"--extra-opts {f}",
        f"-p {{port}} --extra-opts={f}",
        H + f"--extra-opts=check_tcp{f}",
        H + f"--extra-opts=other{f}",
        H + f"--extra-opts=other{f} -M ok",
        f"--extra-opts=other{f} -M ok " + H,
        H + f"--extra-opts=other{f} -e hello",
        H + f"--extra-opts=flags{f}",
        H + f"--extra-opts=repeated{f}",
        H + f"--extra-opts=twice{f}",
        H + f"--extra-opts=spaced{f}",
        H + f"--extra-opts=quoted{f}",
        H + f"--extra-opts=equals{f}",
        H + f"--extra-opts=inline{f}",
        H + f"--extra-opts=quit{f}",
        H + f"--extra-opts=unknown{f}",
        H + f"--extra-opts=upper{f}",
        H + f"--extra-opts=warn{f}",
        H + f"--extra-opts=warn{f} -w 5",
        H + f"--extra-opts=warn{f} --extra-opts=other{f}",
        H + f"--extra-opts=empty{f}",
        H + f"--extra-opts=nosuch{f}",
        H + "--extra-opts=@{folder}/nosuch.ini",
        H + "--extra-opts=@{folder}/stray.ini",
        H + "--extra-opts=@{folder}/crlf.ini",
        H + "--extra-opts=@{folder}/noend.ini",
        H + "--extra",
        H + "--extra-optsx",
        f"-p {{port}} {{host}} --extra-opts={f}",
        H + f"-- --extra-opts={f}",
    ):
        yield case("ini", words)
    yield case("ini", H + "--extra-opts=@{folder}/bare.ini")
    yield case("ini", H + f"--extra-opts={f}", link="check_ftp")
    yield case("ini", H + f"--extra-opts=tls{f}", "ftp+year")
    yield case("ini", H + "--extra-opts=@-", stdin="[check_tcp]\nexpect=220\n")
    yield case("ini", H + "--extra-opts=x@-", stdin="[x]\nexpect=nope\nmismatch=crit\n")
    yield case("ini", H + "--extra-opts=x", environment={"MP_CONFIG_FILE": "/nonexistent"})
    yield case("ini", H + "--extra-opts=warn", environment={"NAGIOS_CONFIG_PATH": "/nonexistent:{folder}"})
    yield case("ini", H + f"--extra-opts=letters{f}", wanted="one-letter-key", ours=0)
    for words, ours in (("--extra-opts", 0), ("--extra-opts=other", 2)):
        yield case(
            "ini",
            H + words,
            environment={"MP_CONFIG_FILE": "{folder}/test.ini"},
            wanted="config-file",
            ours=ours,
        )
    yield case("ini", f"{{host}} -p {{port}} --extra-opts={f}", wanted="extra-opts-host", ours=0)
    yield case("ini", f"{{host}} --extra-opts={f} -p {{port}}", wanted="extra-opts-host", ours=0)


PAIRED = {
    "-e": "-e 220",
    "-A": "-A",
    "-E": "-E",
    "-s": "-s 'hi\\n'",
    "-q": "-q 'bye\\n'",
    "-m": "-m 5",
    "-d": "-d 1",
    "-r": "-r ok",
    "-M": "-M crit",
    "-j": "-j",
    "-S": "-S",
    "-D": "-D 30,10",
}


def pairs() -> Iterator[Case]:
    """Every pair of options that affect the same conversation: alone, both orders, matching and not."""
    for first, second in itertools.combinations(PAIRED, 2):
        pair = {first, second}
        server = "ftp+year" if pair & {"-S", "-D"} else "ftp"
        one, two = PAIRED[first], PAIRED[second]
        yield case("pair", H + f"{one} {two}", server)
        # -m limits matching to texts within the first five bytes.
        lost = "-m" in pair and "-A" in pair
        yield case(
            "pair",
            H + f"{two} {one} -e 220 -e hello",
            server,
            wanted="first-chunk" if lost else "",
            ours=1 if lost else -1,
        )
        if first == "-e":
            continue
        missed = "-m" in pair
        yield case(
            "pair",
            H + f"{one} {two} -e nope",
            server,
            wanted="first-chunk" if missed else "",
            ours=(2 if "-M" in pair else 1) if missed else -1,
        )
        if "-r" in pair:
            yield case("pair", H + f"{one} {two} -e 220", "ftp/closed")


def icinga() -> Iterator[Case]:
    """Command lines as the Icinga template library's commands build them (sorted as Icinga sorts)."""
    basic = "-H {host} -M warn -p {port} -r crit -t 10"
    for words, server in (
        (basic, "ftp"),
        (basic, "ftp/closed"),
        ("-H {host} -M warn -c 9.500000 -p {port} -r crit -t 10 -w 0.500000", "ftp"),
        ("-H {host} -M warn -c 1.200000 -e 220 -p {port} -r crit -t 10 -w 0.500000", "slow"),
        ("-A -H {host} -M crit -e nope -j -p {port} -r ok -t 10", "ftp"),
        ("-4 -H {host} -M warn -p {port} -r crit -t 10", "ftp"),
        ("-6 -H {host} -M warn -p {port} -r crit -t 10", "ftp/tcp6"),
        ("-H {host} -M warn -p {port} -r crit -t 10 -E -s 'hi\\r\\n' -E -q 'bye\\r\\n'", "silent"),
        ("-H {host} -M warn -e hi -p {port} -r crit -t 10 -E -s 'hi\\r\\n' -q bye", "echo"),
        (
            "-A -D 30,10 -H {host} -M crit -S -c 9 -d 1 -e 220 -j -m 512 -p {port} -r ok -w 5 -E -s 'x\\n' -q y",
            "ftp+year",
        ),
        ("-D 400 -H {host} -M warn -S -p {port} -r crit -t 10", "ftp+year"),
        ("-H {path} -M warn -e 220 -r crit -t 10", "ftp/unix"),
        ("--sni web.example --ssl -D 30,10 -H {host} -p {port} -t 10", "ftp+year"),
        ("--ssl -D 400,370 -H {host} -p {port}", "ftp+year"),
        ("--ssl -H {host} -p {port}", "ftp+expired"),
        ("--ssl -D 30 -H {host} -p {port}", "ftp"),
    ):
        yield case("icinga", words, server)
    for words, server, link in (
        ("-H {host} -p {port} -e hello -s hello", "echo/udp4", "check_udp"),
        ("-H {host} -p {port} -4 -e nope -q bye -s hello", "echo/udp4", "check_udp"),
        ("-H {host} -p {port} -6 -e hello -s hello", "echo/udp6", "check_udp"),
        (basic, "ftp", "check_ftp"),
        (basic, "refusing", "check_ftp"),
        ("-H {host} -M warn -S -p {port} -r crit -t 10", "ftp+year", "check_ftp"),
        ("-H {host} -p {port}", "imap", "check_imap"),
        ("-H {host} -c 9 -p {port} -t 10 -w 5", "imap", "check_imap"),
        ("-H {host} -p {port}", "imap+year", "check_simap"),
        ("-D 30 -H {host} -p {port} -t 10", "imap+five", "check_simap"),
        ("-H {host} -p {port}", "pop", "check_pop"),
        ("-H {host} -M crit -j -p {port}", "refusing", "check_pop"),
        ("-H {host} -p {port}", "pop+year", "check_spop"),
        ("-D 400 -H {host} -p {port}", "pop+year", "check_spop"),
        ("-H {host} -p {port}", "smtp+year", "check_ssmtp"),
        ("-H {host} -S -p {port} -q QUIT", "smtp+year", "check_ssmtp"),
        (basic, "clamd", "check_clamd"),
        ("-H {path} -M warn -r crit -t 10", "clamd/unix", "check_clamd"),
        ("-H {host} -M warn -e PONG -e nope -p {port} -r crit -t 10 -s PING", "clamd", "check_clamd"),
    ):
        yield case("icinga", words, server, link=link)


SECTIONS = (
    hosts,
    times,
    answers,
    words_sent,
    refusals,
    certificates,
    services,
    spelling,
    ini,
    pairs,
    icinga,
)


def all_cases() -> list[Case]:
    """Every case, each label once."""
    found: dict[str, Case] = {}
    for section in SECTIONS:
        for row in section():
            found.setdefault(row.label, row)
    return list(found.values())
