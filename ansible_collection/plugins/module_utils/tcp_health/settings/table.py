# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The table of all settings: name, options, kind, default and help of each."""

from __future__ import annotations

from ..judgement.measures import MEASURES
from ..model.value import Value
from ..model.verdict import CRITICAL, PORT_STATES, UNKNOWN, WARNING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

EVERYWHERE = ("plugin", "rows", "ansible")
PLUGIN = ("plugin",)


class Setting(Value):
    """A row of the table.

    name         canonical, with underscores; its long flag is the same with dashes
    kind         how its text is read: a key of KINDS
    unit         of a number: s, %, days or none
    least        the smallest number it takes
    default      what holds when it is not given; None where that follows from the others
    flags        every word on the command line, the canonical one included; "" name-only settings have none
    old          those of the flags that check_tcp has: they win when an abbreviation fits several
    constants    flags that take no value, each with the text it stands for
    choices      the words it takes, for the kind "choice"
    edges        where it may be given
    group        its heading in the documentation
    """

    name: str
    kind: str
    help: str
    old: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    constants: tuple[tuple[str, str], ...] = ()
    default: Any = None
    least: float = 0
    unit: str = ""
    choices: tuple[str, ...] = ()
    repeatable: bool = False
    secret: bool = False
    edges: tuple[str, ...] = EVERYWHERE
    since: str = "0.1.0"
    group: str = ""
    metavar: str = ""

    def _validate(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"setting {self.name}: there is no kind {self.kind!r}")
        own = "--" + self.name.replace("_", "-")
        words = self.old + self.flags
        if own not in words and self.kind != "ignored":
            words += (own,)
        self._complete(flags=words, metavar=self.metavar or KINDS[self.kind])

    @property
    def takes_value(self) -> bool:
        """Whether its flags are followed by a value (those in constants never are)."""
        return self.kind not in ("flag", "counter")


KINDS = {
    "text": "TEXT",
    "bytes": "TEXT",
    "words": "NAME,NAME",
    "fingerprint": "HEX",
    "integer": "N",
    "port": "PORT",
    "ports": "PORT,PORT",
    "seconds": "SECONDS",
    "number": "N",
    "timeout": "SECONDS[:STATE]",
    "choice": "WORD",
    "state": "STATE",
    "range": "RANGE",
    "days": "WARN[,CRIT]",
    "flag": "",
    "counter": "",
    "ignored": "TEXT",
}
"""Every kind, with the word that stands for its value in help texts."""

# The smallest time that is told apart from none: a microsecond, as in the perfdata.
ABOVE_ZERO = 1e-6

TARGET, TIME, DIAGNOSIS, DIALOGUE, TLS, VERDICT, OUTPUT = (
    "Target", "Time and repetition", "Diagnosis", "Dialogue", "TLS", "Thresholds and states", "Output",
)  # fmt: skip


def _thresholds() -> tuple[Setting, ...]:
    rows = []
    for measure in MEASURES:
        for level, short in (("warning", "-w"), ("critical", "-c")):
            unit = f" in {measure.unit}" if measure.unit else ""
            rows.append(
                Setting(
                    f"{level}_{measure.name}",
                    "range",
                    f"{level} threshold for the {measure.help}{unit}"
                    if measure.name != "time"
                    else f"{level} threshold for the response time",
                    old=(short, f"--{level}") if measure.name == "time" else (),
                    unit=measure.unit,
                    group=VERDICT,
                )
            )
    return tuple(rows)


# What --starttls takes; the rows themselves are in starttls.py, which most checks do not need.
STARTTLS_NAMES = ("smtp", "imap", "pop3", "ftp", "ldap", "xmpp", "postgres", "mysql", "sieve", "nntp")

TLS_VERSIONS = ("1.0", "1.1", "1.2", "1.3")

SETTINGS = (
    Setting("host", "text", "host name, address, host:port or /path of a unix socket", old=("-H", "--hostname"),
            default="127.0.0.1", metavar="HOST", group=TARGET),
    Setting("port", "port", "TCP or UDP port", old=("-p", "--port"), group=TARGET),
    Setting("address", "text", "connect here, while HOST stays the name", metavar="IP", group=TARGET),
    Setting("family", "choice", "address family", flags=("--ipv4", "--ipv6"),
            old=("-4", "-6", "--use-ipv4", "--use-ipv6"),
            constants=(("-4", "4"), ("--use-ipv4", "4"), ("--ipv4", "4"),
                       ("-6", "6"), ("--use-ipv6", "6"), ("--ipv6", "6")),
            choices=("any", "4", "6"), default="any", metavar="any|4|6", group=TARGET),
    Setting("addresses", "choice", "which of a name's addresses: any (the first that answers wins), first, or all",
            choices=("any", "first", "all"), default="any", metavar="any|first|all", group=TARGET),
    Setting("source", "text", "send from this address or interface", metavar="ADDRESS|INTERFACE", group=TARGET),
    Setting("network", "choice", "transport", choices=("tcp", "udp"), default="tcp", metavar="tcp|udp", group=TARGET),
    Setting("service", "text", "named service: its port and dialogue", metavar="NAME", group=TARGET),

    Setting("timeout", "timeout", "limit for everything, and the state it leads to", old=("-t", "--timeout"),
            unit="s", default=10.0, group=TIME),
    Setting("attempt_timeout", "seconds", "limit for one attempt; by default what is left, shared out", unit="s",
            least=ABOVE_ZERO, group=TIME),
    Setting("retries", "integer", "further attempts after a failed one", default=0, group=TIME),
    Setting("retry_delay", "seconds", "pause before a further attempt", unit="s", default=1.0, group=TIME),
    Setting("retry_backoff", "number", "factor by which that pause grows each time", default=1.0, least=ABOVE_ZERO,
            group=TIME),
    Setting("retry_jitter", "seconds", "random addition to that pause, up to", unit="s", default=0.0, group=TIME),
    Setting("count", "integer", "probes of the target", default=1, least=1, group=TIME),
    Setting("interval", "seconds", "time from one probe's start to the next", unit="s", default=1.0, group=TIME),
    Setting("wait", "seconds", "repeat until the check is OK, for at most", unit="s", least=ABOVE_ZERO, group=TIME),
    Setting("wait_interval", "seconds", "pause between those rounds", unit="s", default=1.0, group=TIME),
    Setting("consecutive", "integer", "rounds in a row that must be OK", default=1, least=1, group=TIME),

    Setting("trace", "choice", "trace the path by TCP: never, when the check fails, or always",
            choices=("never", "failure", "always"), default="failure", metavar="never|failure|always", since="0.1.0",
            group=DIAGNOSIS),
    Setting("control_port", "port", "another port of the host to ask whether it lives, when the check fails",
            group=DIAGNOSIS),

    Setting("any_port", "ports", "for --expect-state alive: the first of these ports that answers will do",
            metavar="PORT,PORT", group=DIAGNOSIS),
    Setting("expect_state", "choice", f"what the port should be: {', '.join(PORT_STATES)} (any answer of the host itself)",
            choices=tuple(PORT_STATES), default="open", metavar="WORD", group=DIAGNOSIS),
    Setting("explain", "flag", "one page: settings, steps, evidence, verdict", default=False, edges=PLUGIN,
            group=DIAGNOSIS),

    Setting("escape", "flag", r"\n \r \t \\ \0 \xHH count in the --send and --quit that follow", old=("-E", "--escape"),
            default=False, group=DIALOGUE),
    Setting("send", "bytes", "text to send after the connect", old=("-s", "--send"), group=DIALOGUE),
    Setting("expect", "bytes", "text that the answer must hold; several: any of them", old=("-e", "--expect"),
            repeatable=True, group=DIALOGUE),
    Setting("expect_all", "flag", "every expected text must occur", old=("-A", "--all"), default=False, group=DIALOGUE),
    Setting("expect_timeout", "seconds", "how long an answer that began may go on without matching", unit="s",
            default=2.0, group=DIALOGUE),
    Setting("quit", "bytes", "text to send before the end; CR LF is added unless -E came before", old=("-q", "--quit"),
            group=DIALOGUE),
    Setting("max_bytes", "integer", "stop reading at N bytes and match those", old=("-m", "--maxbytes"), least=1,
            group=DIALOGUE),
    Setting("receive_delay", "seconds", "pause between sending and reading, outside the time", old=("-d", "--delay"),
            unit="s", default=0.0, least=ABOVE_ZERO, group=DIALOGUE),
    Setting("read", "choice", "what to read when nothing is expected", choices=("none", "data", "eof"),
            default="none", metavar="none|data|eof", group=DIALOGUE),
    Setting("step", "text", "a step of a dialogue, in order: send, line, expect, expect-regex, reject, capture, starttls",
            repeatable=True, metavar="LINE", group=DIALOGUE),
    Setting("dialogue", "text", "file of such steps, a line each", metavar="FILE", group=DIALOGUE),
    Setting("proxy_protocol", "choice", "announce ourselves by the PROXY protocol before anything else is sent",
            choices=("v1", "v2"), metavar="v1|v2", group=DIALOGUE),
    Setting("close", "choice", "end with FIN and a short drain, or with a reset", choices=("polite", "reset"),
            default="polite", metavar="polite|reset", group=DIALOGUE),

    Setting("ssl", "flag", "TLS from the start, nothing verified, as check_tcp does", old=("-S", "--ssl"),
            default=False, group=TLS),
    Setting("tls", "flag", "TLS from the start; the certificate's chain and name are verified", default=False, group=TLS),
    Setting("starttls", "choice", f"begin TLS as a protocol does: {', '.join(STARTTLS_NAMES)} (implies --tls)",
            choices=STARTTLS_NAMES, metavar="NAME", group=TLS),
    Setting("no_verify", "flag", "TLS without verification", default=False, group=TLS),
    Setting("ca_file", "text", "trust the certificates of this PEM file instead of the system's (implies --tls)",
            metavar="FILE", group=TLS),
    Setting("ca_path", "text", "trust those of this folder, by OpenSSL's hashed names (implies --tls)", metavar="FOLDER",
            group=TLS),
    Setting("sni", "text", "server name to ask for (alone, it implies --ssl)", old=("--sni",), metavar="NAME", group=TLS),
    Setting("verify_name", "text", "name that the certificate must cover, instead of the host's (implies --tls)",
            metavar="NAME", group=TLS),
    Setting("fingerprint", "fingerprint", "SHA-256 that the certificate must have, beside all else; several: any of them",
            repeatable=True, group=TLS),
    Setting("alpn", "words", "protocols to offer, in order", metavar="NAME,NAME", group=TLS),
    Setting("tls_min", "choice", "oldest TLS version", choices=TLS_VERSIONS, metavar="|".join(TLS_VERSIONS), group=TLS),
    Setting("tls_max", "choice", "newest TLS version", choices=TLS_VERSIONS, metavar="|".join(TLS_VERSIONS), group=TLS),
    Setting("ciphers", "text", "OpenSSL's cipher list for TLS 1.2 and older", metavar="LIST", group=TLS),
    Setting("client_cert", "text", "PEM file of our own certificate, with its chain", metavar="FILE", group=TLS),
    Setting("client_key", "text", "PEM file of its key, where that is another; not readable by everybody",
            metavar="FILE", group=TLS),
    Setting("client_key_password_file", "text", "file whose first line is the key's password", metavar="FILE",
            group=TLS),
    Setting("tls_limit", "integer", "handshakes at once, where one check makes several", default=64, least=1, edges=PLUGIN,
            group=TLS),
    Setting("certificate", "days", "warning and critical days before expiry (implies --ssl)",
            old=("-D", "--certificate"), unit="days", group=TLS),

    *_thresholds(),
    Setting("on_refused", "state", "state of a refused connection", old=("-r", "--refuse"), default=CRITICAL,
            group=VERDICT),
    Setting("on_mismatch", "state", "state of an unexpected answer", old=("-M", "--mismatch"), default=WARNING,
            group=VERDICT),
    Setting("on_timeout", "state", "state of a timeout", default=CRITICAL, group=VERDICT),
    Setting("on_local", "state", "state when the prober itself lacks something", default=UNKNOWN, group=VERDICT),

    Setting("hide_output", "flag", "never show what came", old=("-j", "--jail"), default=False, group=OUTPUT),
    Setting("verbose", "counter", "more output; up to three times", old=("-v", "--verbose"), default=0, edges=PLUGIN,
            group=OUTPUT),
    Setting("output", "choice", "form of the output", choices=("text", "json"), default="text", edges=PLUGIN,
            metavar="text|json", group=OUTPUT),
    Setting("perfdata", "choice", "items: all we know, or check_tcp's alone (the default under its names)",
            choices=("full", "time"), edges=PLUGIN, metavar="full|time", group=OUTPUT),
    Setting("extra_opts", "ignored", "read options from an ini file first", old=("--extra-opts",), edges=PLUGIN,
            metavar="[SECTION][@FILE]", group=OUTPUT),
    Setting("critical_codes", "ignored", "accepted and ignored, as check_tcp does", old=("-C", "--critical-codes"),
            edges=PLUGIN, group=OUTPUT),
    Setting("warning_codes", "ignored", "accepted and ignored, as check_tcp does", old=("-W", "--warning-codes"),
            edges=PLUGIN, group=OUTPUT),
    Setting("protocol", "ignored", "accepted and ignored, as check_tcp does", old=("--protocol",),
            edges=PLUGIN, group=OUTPUT),
    Setting("help", "flag", "the short help", old=("-h", "--help"), edges=PLUGIN, group=OUTPUT),
    Setting("help_all", "flag", "everything, with examples", edges=PLUGIN, group=OUTPUT),
    Setting("version", "flag", "the version", old=("-V", "--version"), edges=PLUGIN, group=OUTPUT),
)  # fmt: skip
"""The table. Everything else about settings is made from it."""

TABLE = {setting.name: setting for setting in SETTINGS}
