# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The intended differences from check_tcp 2.3.3: what check_tcp does, what check_tcp_health does, and why."""

from __future__ import annotations

import pathlib

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "check_tcp.md"

# name → (what check_tcp does, what check_tcp_health does, why).
# Those of the first table change an exit code or a state; at least one case names each of them.
DIFFERENCES: dict[str, tuple[str, str, str]] = {
    "port": (
        "A missing port is port 0, and 65536 and above wrap around (70000 becomes 4464).",
        "Both are invalid arguments: exit 3 and an error message.",
        "The check of a wrong port gives no information about the service.",
    ),
    "threshold-word": (
        "`-w` and `-c` read text as 0 (`abc`), drop trailing characters (`0.5x`), accept `1e1`, `0x10`, `nan`, `-1`.",
        "Exit 3 and a message that names the option. A number is digits, a decimal point and an optional unit.",
        "A mistyped threshold would alert always or never.",
    ),
    "range": (
        "`-w 1:` and `-w ~:5` are read as the leading number, or as 0.",
        "Thresholds are ranges of the plugin guidelines. A plain number means the same in both.",
        "Other plugins use the range syntax of the guidelines, too.",
    ),
    "unit": (
        "`-w 10ms` is 10 seconds.",
        "It is 10 milliseconds.",
        "The user wrote this unit.",
    ),
    "first-chunk": (
        "The segment of the answer that reaches `-m` is not matched. If it is the first, the check is OK, else not.",
        "The answer is matched up to that many bytes.",
        "The result would depend on how the network splits the answer into segments.",
    ),
    "expect-wait": (
        "After a mismatch it waits two seconds for more data, and counts them as response time.",
        "They are not counted. `-c 1` with a fast wrong answer gives the state of the mismatch.",
        "The response time should measure the server, not a timeout of the check.",
    ),
    "refuse": (
        "`-r ok` also covers a missing Unix socket, one without a listener, and a missing route.",
        "`-r` covers a refused TCP connection only.",
        "A removed service or a broken route is not a refused connection.",
    ),
    "signal": (
        "A reset while it writes kills it with SIGPIPE: no output, and the exit code comes from the shell.",
        "The state is the one that the check had reached, or CRITICAL with a message.",
        "A plugin without output is UNKNOWN in Nagios, without a reason.",
    ),
    "nul": (
        "A NUL byte ends the answer, for matching and for display.",
        "The data after it is matched as well.",
        "The server sent this data.",
    ),
    "fraction": (
        "`-t 1.5` and `-d 0.5` are usage errors.",
        "Fractions of a second are accepted.",
        "Half a second is a reasonable limit inside a data centre.",
    ),
    "no-host": (
        "An empty or invalid host is CRITICAL (`-H ''`, `-H ' 127.0.0.1'`).",
        "It is an invalid argument: exit 3.",
        "The service definition is wrong, not the service. A name that does not resolve is still CRITICAL.",
    ),
    "host-port": (
        "`HOST:PORT` is an invalid host name.",
        "It is a host and a port.",
        "Targets are commonly written like this.",
    ),
    "local": (
        "A local problem (no route, no scope) is CRITICAL, or the state that `-r` sets.",
        "It is UNKNOWN. `--on-local STATE` changes that.",
        "A local problem gives no information about the target.",
    ),
    "more-words": (
        "States are `ok`, `warn`, `crit` in lower case, `-t` is at most 2147483647; other values are usage errors.",
        "States can be abbreviated, in any case, or numbers. Seconds have no such limit.",
        "States are written in the same way everywhere, as in `-t 5:WARNING`.",
    ),
    "abbreviation": (
        "`--crit`, `--warn` and `--p` are ambiguous, because of `--critical-codes`, `--warning-codes`, `--protocol`.",
        "They mean `--critical`, `--warning` and `--port`.",
        "The other three options have no effect, in both.",
    ),
    "nntp-expect": (
        "`check_nntp` and `check_nntps` add `-e TEXT` to 200 and 201. Any of them matches; with `-A` all must match.",
        "TEXT replaces 200 and 201, as with every other service.",
        "With check_tcp, `-e TEXT` was OK for every TEXT.",
    ),
    "half-escape": (
        "A backslash at the end of an escaped text is dropped, and so is the one of an incomplete `\\x4`.",
        "Exit 3 and an error message.",
        "The check would send something else than intended.",
    ),
    "certificate-stops": (
        "After a certificate alert (`-D`), it stops. It checks neither the answer nor the time.",
        "Everything is checked, and the worst state counts.",
        "A certificate that expires next month must not hide a service that is down now.",
    ),
    "brackets": (
        "`[::1]` is an invalid host name.",
        "It is the address ::1.",
        "IPv6 addresses with ports are written like this.",
    ),
    "tls-pending": (
        "Over TLS, decrypted data that does not fit into the first read is ignored: a false mismatch.",
        "The whole answer is matched.",
        "The server sent this data.",
    ),
    "one-letter-key": (
        "The ini line `p=80` becomes the argument `-p=80`, whose value is `=80`.",
        "One-letter keys get one dash and their value.",
        "`p=80` in the file should mean `-p 80` on the command line.",
    ),
    "config-file": (
        "With `MP_CONFIG_FILE` set to a readable file it aborts (`free(): invalid pointer`).",
        "The file is read.",
        "check_tcp crashes here.",
    ),
    "extra-opts-host": (
        "With `--extra-opts`, a host as the first argument ends the options. The rest is ignored.",
        "The first argument is the host, with and without `--extra-opts`.",
        "Settings from the ini file are read first. They should not change the position of an argument.",
    ),
}

# Differences in the output or the sent bytes, with the same exit code.
OUTPUT: dict[str, tuple[str, str, str]] = {
    "prefix": (
        "Failures have no prefix (`connect to address …`) or only the state (`CRITICAL - Socket timeout …`).",
        "Every first line begins with `SERVICE STATE - `. The phrase of check_tcp follows.",
        "One format for readers, notifications and searches.",
    ),
    "perfdata": (
        "No perfdata on failures and certificate warnings. After a mismatch, the thresholds are printed as 0.",
        "`time` is always present, with the given thresholds.",
        "Graphs break if items appear and disappear.",
    ),
    "cleaned": (
        "The answer is printed raw, with `|`, line ends and escape sequences.",
        "It is cleaned and shortened.",
        "A server could forge perfdata, output lines and terminal sequences.",
    ),
    "maxbytes": (
        "Received bytes beyond `-m` are shown. A leading zero makes the number of `-m` octal.",
        "At most `-m` bytes are shown. The number is decimal.",
        "This is the meaning of the option.",
    ),
    "goes-on": (
        "After a certificate warning nothing is sent.",
        "`-s` and `-q` are sent, and the second line reports the answer.",
        "The service is still checked, as described in the first table.",
    ),
    "escapes": (
        "After `-E`, `\\xHH` and `\\0` are the characters `x` and `0`.",
        "They are bytes.",
        "Binary protocols need them.",
    ),
    "second-look": (
        "It waits for a silent server on one connection.",
        "`-s`, or the TLS handshake, is also sent on a second connection, in small segments.",
        "An answer there shows that the path loses large packets.",
    ),
    "jabber-to": (
        "`check_jabber` sends `to='host'` for every host.",
        "It sends the name of the host.",
        "A server with several domains evaluates it.",
    ),
    "one-byte": (
        "An answer of one byte is not shown.",
        "It is shown.",
        "It is an off-by-one error in check_tcp.",
    ),
    "openssl-lines": (
        "OpenSSL's error lines follow `Cannot make SSL connection.`",
        "One readable reason follows.",
        "`0A00010B` is not helpful.",
    ),
    "verbose": (
        "`-v` prints its details before the status line.",
        "It prints them after it.",
        "Nagios takes the first line as the status.",
    ),
    "usage": (
        "For an invalid argument it prints getopt's message on stderr, and eight lines of usage on stdout.",
        "It prints one message and two lines of usage on stdout.",
        "Monitoring systems show stdout.",
    ),
}


def table(rows: dict[str, tuple[str, str, str]]) -> str:
    """Return the rows as a table for docs/check_tcp.md."""
    lines = ["| check_tcp 2.3.3 | check_tcp_health | why |", "|---|---|---|"]
    lines += ["| " + " | ".join(text.replace("|", "\\|") for text in row) + " |" for row in rows.values()]
    return "\n".join(lines)


def write_document() -> None:
    """Write both tables below their headings in docs/check_tcp.md."""
    text = DOCUMENT.read_text(encoding="utf-8")
    for heading, rows in (
        ("## Where the exit code differs", DIFFERENCES),
        ("## Where only the output differs", OUTPUT),
    ):
        begin = text.index("| check_tcp 2.3.3 |", text.index(heading))
        text = text[:begin] + table(rows) + text[text.index("\n\n", begin) :]
    DOCUMENT.write_text(text, encoding="utf-8")
