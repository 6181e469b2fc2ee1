# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The help texts: a short one that fits a terminal, and the full one, made from the table of settings."""

from __future__ import annotations

from tcp_health import __version__
from tcp_health.settings.table import SETTINGS

TYPE_CHECKING = False  # mypy reads it as true; importing typing costs 7 ms at every start
if TYPE_CHECKING:
    from tcp_health.settings.table import Setting

SHORT = """Usage: check_tcp_health -H HOST -p PORT [OPTION...]
Checks a TCP service: connects, runs a dialogue, compares times with thresholds.
  -H HOST         name, address, host:port, URL, or /path of a Unix socket;
                  HOST PORT without options is the same as -H HOST -p PORT
  -p PORT         port               -4, -6        address family
  -t SEC[:STATE]  timeout of the whole check (10), and the state on timeout
  -w, -c RANGE    warning and critical response time, as in 0.5, 500ms, 0.1:2
  --warning-MEASURE, --critical-MEASURE RANGE   rtt, connect, loss, ...
  --retries N     further attempts   --retry-delay SEC   pause before them (1)
  --count N       probes             --interval SEC      from start to start (1)
  --wait SEC      repeat until OK    --read none|data|eof
  -s, -q TEXT     send, quit         -E   allow \\n \\r \\t in later -s and -q
  -e TEXT         expect (repeatable: any of them)   -A     all of them
  -M, -r STATE    state of a mismatch (warn), of a refused connection (crit)
  -m BYTES  -d SEC   read at most, wait before reading     -j   hide the answer
  --tls           TLS, chain and name verified     --starttls smtp, imap, ...
  -S  -D W[,C]  --sni NAME     TLS as in check_tcp: nothing is verified
  --service NAME  http, redis, ... (--list-services)   -v, -vv, -vvv more output
  --output json   one JSON document    --color always, never      -V  version
Exit codes: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN (wrong arguments included)
Example: check_tcp_health db1 5432 -w 0.2 -c 1 --retries 2
All options and more examples: check_tcp_health --help-all"""

EXAMPLES = """Examples:
  check_tcp_health db1 5432 -w 0.2 -c 1 --retries 2
      connect; WARNING above 0.2 s, CRITICAL above 1 s or after three failures
  check_tcp_health -H mail -p 25 -e 220 -q QUIT
      the greeting must contain 220
  check_tcp_health -H web -p 80 -E -s 'HEAD / HTTP/1.0\\r\\n\\r\\n' -e '200 OK'
      send a request, expect an answer
  check_tcp_health https://web --warning-certificate-days 33%
      TLS, chain and name verified; WARNING in the last third of the lifetime of
      the certificate that expires first
  check_tcp_health -H mail --starttls smtp
      the same, after STARTTLS
  check_tcp_health -H api -p 443 --expect-state client-certificate-required
      OK when the server requires a client certificate
  check_tcp_health -H cache --service redis
      a named service: the server answers its protocol; prints its role
  check_tcp_health -H mail --starttls pop3 \\
    --step 'line USER me' --step 'expect +OK' \\
    --step 'line PASS {file:/etc/me}' --step 'reject -ERR' --step 'expect +OK'
      a dialogue; the password is the first line of a file and is never printed
  check_tcp_health '[2001:db8::1]:22' --count 20 --warning-loss 5%
      20 probes; WARNING above 5 % lost SYNs
  check_tcp_health -H app -p 8080 --wait 60 --consecutive 3
      wait until three checks in a row are OK, for scripts and containers
  check_tcp_health --watch db1:5432 www:443 --on-change /usr/local/bin/alert
      probe both every second until Ctrl-C; run the command when a state changes"""

WIDTH = 80
COLUMN = 30


def text_for(action: str, columns: int | None = None) -> str:
    """Return the text that -h, --help-all, --list-services or -V prints; columns: the width of a terminal, for the list."""
    if action == "version":
        return f"check_tcp_health v{__version__} (tcp-health {__version__})"
    if action == "help":
        return SHORT
    if action == "list_services":
        return "\n".join(_all_services(columns))
    return "\n".join((SHORT.partition("\n")[0], "", *_all_settings(), EXAMPLES))


def _all_settings() -> list[str]:
    lines = []
    for group in dict.fromkeys(setting.group for setting in SETTINGS):
        lines.append(f"{group}:")
        for setting in SETTINGS:
            if setting.group == group and "plugin" in setting.edges:
                lines.extend(_entry(setting))
        lines.append("")
    from tcp_health.services.table import SERVICES

    lines += ["Services, for --service:", *_wrapped(" ".join(SERVICES)), ""]
    return lines


def _all_services(columns: int | None) -> list[str]:
    """Return a line for each service, or several on a terminal: its name, port and TLS, and what OK means."""
    from tcp_health.services.table import SERVICES

    width = max(map(len, SERVICES))
    lines = [
        f"{name.ljust(width)} {each.port or '':>5} {'TLS' if each.tls else '':3} {each.means}".rstrip()
        for name, each in SERVICES.items()
    ]
    if columns is None:
        return lines
    from tcp_health_plugins.common.terminal import wrapped

    indent = " " * (width + len(" 65535 TLS "))
    return [part for line in lines for part in wrapped(line, columns, indent)]


def _entry(setting: Setting) -> list[str]:
    constants = dict(setting.constants)
    flags = [flag for flag in setting.flags if flag not in constants]
    words = ", ".join(flags) + (f" {setting.metavar}" if setting.takes_value else "")
    if constants:
        words += f", or {', '.join(constants)}"
    text = setting.help
    if setting.default not in (None, False, ()) and setting.kind not in ("state", "counter"):
        default = f"{setting.default:g}" if isinstance(setting.default, float) else setting.default
        text += f" ({default})"
    if len(words) + 4 > COLUMN:
        return [f"  {words}", *_wrapped(text)]
    first, *rest = _wrapped(text)
    return [f"  {words}".ljust(COLUMN) + first[COLUMN:], *rest]


def _wrapped(text: str) -> list[str]:
    import textwrap

    indent = " " * COLUMN
    # A word such as client-certificate-required must stay on one line, to be found and copied.
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
