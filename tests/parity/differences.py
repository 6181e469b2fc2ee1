# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The wanted differences from check_tcp 2.3.3, each with what C does, what we do, and why."""

from __future__ import annotations

import pathlib

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "check_tcp.md"

# name → (what check_tcp does, what check_tcp_health does, why).
# Those of the first table change an exit code or a state; each is shown by at least one case that names it.
DIFFERENCES: dict[str, tuple[str, str, str]] = {
    "port": (
        "A missing port is port 0, and 65536 and above wrap around (70000 becomes 4464).",
        "Both are wrong arguments: exit 3 with a sentence.",
        "A check of a port that nobody meant says nothing about the service.",
    ),
    "threshold-word": (
        "In `-w` and `-c` text is 0 (`abc`), what trails is dropped (`0.5x`), `1e1`, `0x10`, `nan`, `-1` are taken.",
        "Exit 3 with a sentence that names the option; numbers are digits with a point and perhaps a unit.",
        "A mistyped threshold alerts always or never.",
    ),
    "range": (
        "`-w 1:` and `-w ~:5` are read as the number in front (or 0).",
        "Thresholds are ranges of the plugin guidelines; a plain number means the same in both.",
        "The guidelines' range syntax, which every other plugin takes.",
    ),
    "unit": (
        "`-w 10ms` is 10 seconds.",
        "It is 10 milliseconds.",
        "The unit that was written is the unit that was meant.",
    ),
    "first-chunk": (
        "The piece of the answer that reaches `-m` is not matched: the first is OK whatever it says, a later one not.",
        "The answer is matched up to that many bytes.",
        "A false OK or a false alert, as the network happens to cut the answer into pieces.",
    ),
    "expect-wait": (
        "The two seconds that a mismatch waits for more count as response time.",
        "They do not; `-c 1` with a fast wrong answer gives the mismatch's state.",
        "The time is the server's, not our patience.",
    ),
    "refuse": (
        "`-r ok` also covers a missing unix socket, one that nobody listens on, and a network without route.",
        "`-r` covers a refused TCP connection and nothing else.",
        "A service that was removed, or a broken route, is not a refused connection.",
    ),
    "signal": (
        "A reset while it writes kills it by SIGPIPE: no output, and the exit code is the shell's.",
        "The state is the one the check had reached, or CRITICAL with a sentence.",
        "A plugin that prints nothing is UNKNOWN in Nagios, with no hint why.",
    ),
    "nul": (
        "A NUL byte ends the answer for matching and display.",
        "What stands behind it is matched as well.",
        "The bytes arrived.",
    ),
    "fraction": (
        "`-t 1.5` and `-d 0.5` are usage errors.",
        "Fractions of a second are taken.",
        "Half a second is a sensible limit inside a data centre.",
    ),
    "no-host": (
        "An empty or impossible host is CRITICAL (`-H ''`, `-H ' 127.0.0.1'`).",
        "It is a wrong argument: exit 3.",
        "The definition is at fault, not a service; a name that does not resolve stays CRITICAL.",
    ),
    "host-port": (
        "`HOST:PORT` is an invalid host name.",
        "It is a host and a port.",
        "It is how targets are written.",
    ),
    "local": (
        "What the prober itself lacks (a route, a scope) is CRITICAL, or what `-r` says.",
        "UNKNOWN; `--on-local STATE` changes it.",
        "It says nothing about the target.",
    ),
    "more-words": (
        "States are `ok`, `warn`, `crit` in small letters, and `-t` ends at 2147483647; all else is a usage error.",
        "States may be abbreviated, in any case, and given as numbers; seconds have no such end.",
        "One way to write a state, as in `-t 5:WARNING`.",
    ),
    "abbreviation": (
        "`--crit`, `--warn` and `--p` are ambiguous, because of `--critical-codes`, `--warning-codes`, `--protocol`.",
        "They are `--critical`, `--warning` and `--port`.",
        "The other three do nothing, in both.",
    ),
    "nntp-expect": (
        "`check_nntp` and `check_nntps` add `-e TEXT` to their 200 and 201: any one will do, or with `-A` all three.",
        "TEXT takes their place, as with every other service.",
        "`-e TEXT` was OK whatever TEXT was.",
    ),
    "half-escape": (
        "A backslash at the end of an escaped text is dropped, and so is an unfinished `\\x4`'s.",
        "Exit 3 with a sentence.",
        "What is sent would not be what was meant.",
    ),
    "certificate-stops": (
        "When `-D` is not satisfied, it stops: neither the answer nor the time is looked at.",
        "All of it is looked at, and the worst state holds.",
        "A certificate that ends next month must not hide a service that is down now.",
    ),
    "brackets": (
        "`[::1]` is an invalid host name.",
        "It is the address ::1.",
        "It is how addresses are written beside ports.",
    ),
    "tls-pending": (
        "Over TLS, what was decrypted but did not fit the first read is not seen: a false mismatch.",
        "The whole answer is matched.",
        "The bytes arrived.",
    ),
    "one-letter-key": (
        "The ini line `p=80` becomes the argument `-p=80`, whose value is `=80`.",
        "One-letter keys get one dash and their value.",
        "It is what the line says; `p=80` in the file is `-p 80` on the command line.",
    ),
    "config-file": (
        "With `MP_CONFIG_FILE` set to a readable file it aborts (`free(): invalid pointer`).",
        "The file is read.",
        "A crash.",
    ),
    "extra-opts-host": (
        "With `--extra-opts`, a host as the first word ends the options: the rest is ignored.",
        "The first word is the host, with and without `--extra-opts`.",
        "The settings of the ini file are read before the rest, so they cannot make a word stop being the first.",
    ),
}

# Differences in what is printed or sent, with the same exit code.
OUTPUT: dict[str, tuple[str, str, str]] = {
    "prefix": (
        "Failures have no prefix (`connect to address …`) or only the state (`CRITICAL - Socket timeout …`).",
        "Every first line begins with `SERVICE STATE - `; C's words follow.",
        "One form for people, notifications and searches.",
    ),
    "perfdata": (
        "No perfdata on failures and certificate warnings; after a mismatch the thresholds are printed as 0.",
        "`time` is always there, with the thresholds that were given.",
        "Graphs break where items come and go.",
    ),
    "cleaned": (
        "What the server said is printed raw: `|`, line ends and escape sequences included.",
        "It is cleaned and shortened.",
        "A server could forge perfdata, output lines and terminal sequences.",
    ),
    "maxbytes": (
        "Bytes beyond `-m` that came along are shown, and a leading zero makes its number octal.",
        "What is shown ends with `-m`; its number is decimal.",
        "It is the option's meaning.",
    ),
    "goes-on": (
        "After a certificate warning nothing is sent.",
        "`-s` and `-q` are sent, and the second line tells of the answer.",
        "It belongs to the difference above: the service is still checked.",
    ),
    "escapes": (
        "Behind `-E`, `\\xHH` and `\\0` are the characters `x` and `0`.",
        "They are the bytes.",
        "Binary protocols need them.",
    ),
    "jabber-to": (
        "`check_jabber` greets with `to='host'`, whatever the host.",
        "With the host's name.",
        "A server that serves several domains looks at it.",
    ),
    "one-byte": (
        "An answer of one byte is not shown.",
        "It is shown.",
        "An off-by-one.",
    ),
    "openssl-lines": (
        "OpenSSL's error lines follow `Cannot make SSL connection.`",
        "One readable reason follows.",
        "`0A00010B` helps nobody.",
    ),
    "verbose": (
        "`-v` prints its details before the status line.",
        "After it.",
        "Nagios takes the first line as the status.",
    ),
    "usage": (
        "A wrong argument prints getopt's sentence on stderr and eight lines of usage on stdout.",
        "One sentence on stdout and two lines of usage.",
        "Monitoring shows stdout.",
    ),
}


def table(rows: dict[str, tuple[str, str, str]]) -> str:
    """The rows as the table of docs/check_tcp.md."""
    lines = ["| check_tcp 2.3.3 | check_tcp_health | why |", "|---|---|---|"]
    lines += ["| " + " | ".join(text.replace("|", "\\|") for text in row) + " |" for row in rows.values()]
    return "\n".join(lines)


def write_document() -> None:
    """Puts both tables anew under their headings in docs/check_tcp.md."""
    text = DOCUMENT.read_text(encoding="utf-8")
    for heading, rows in (
        ("## Where the exit code differs", DIFFERENCES),
        ("## Where only the output differs", OUTPUT),
    ):
        begin = text.index("| check_tcp 2.3.3 |", text.index(heading))
        text = text[:begin] + table(rows) + text[text.index("\n\n", begin) :]
    DOCUMENT.write_text(text, encoding="utf-8")
