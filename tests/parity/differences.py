# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The wanted differences from check_tcp 2.3.3, each with what C does, what we do, and why."""

from __future__ import annotations

# name → (what check_tcp does, what check_tcp_health does, why).
# Those of the first table change an exit code or a state; each is shown by at least one case that names it.
DIFFERENCES: dict[str, tuple[str, str, str]] = {
    "port": (
        "A missing port is port 0, and 65536 and above wrap around (70000 becomes 4464).",
        "Both are wrong arguments: exit 3 with a sentence.",
        "A check of a port that nobody meant says nothing about the service.",
    ),
    "threshold-word": (
        "Text that is no number in `-w` and `-c` is 0, trailing text is dropped (`-w abc`, `-w 0.5x`, `-w ''`).",
        "Exit 3 with a sentence that names the option.",
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
        "When `-m` is reached by the first piece of the answer, nothing is matched: OK whatever the server said.",
        "The answer is matched up to that many bytes.",
        "A false OK; and it depended on how the network cut the answer into pieces.",
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
        "The documentation of extra-opts says that they work.",
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

# Differences in what is printed, which hold in every case.
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
