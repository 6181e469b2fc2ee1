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


class SettingError(ValueError):
    """A setting is invalid: the setting's name ("" for no single setting), and one sentence without it."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(name, sentence)
        self.name = name
        self.sentence = sentence

    def __str__(self) -> str:
        return f"{self.name}: {self.sentence}"


class Setting(Value):
    """A setting.

    name         canonical name, with underscores; the long option is the same with dashes
    kind         kind of value: a key of KINDS
    help         meaning, in lower case and without a full stop
    old          options that check_tcp also has; their abbreviations work as in check_tcp
    flags        all options including the canonical one, old ones first
    constants    options without a value, each with the text that it sets
    default      the value if it is not given; None if that depends on other settings
    least        lowest number that is valid
    unit         unit of a number: s, %, days or ""
    choices      valid words, for the kind "choice"
    repeatable   whether all given values count, and not only the last one
    secret       whether the value must not be shown
    edges        the interfaces that accept it: plugin, rows, ansible
    since        the version that introduced it
    group        its heading in the documentation
    metavar      placeholder of the value in help texts
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
            raise ValueError(f"setting {self.name}: unknown kind {self.kind!r}")
        own = "--" + self.name.replace("_", "-")
        words = self.old + self.flags
        if own not in words and self.kind != "ignored":
            words += (own,)
        self._complete(flags=words, metavar=self.metavar or KINDS[self.kind])

    @property
    def takes_value(self) -> bool:
        """Whether its options have a value; those in constants do not."""
        return self.kind not in ("flag", "counter")


KINDS = {
    "text": "TEXT",
    "bytes": "TEXT",
    "words": "NAME,NAME",
    "helo": "NAME",
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
"""The kinds of value, each with its placeholder in help texts."""

# The shortest time above 0: a microsecond, the resolution of the perfdata.
ABOVE_ZERO = 1e-6

TARGET, TIME, DIAGNOSIS, DIALOGUE, TLS, VERDICT, OUTPUT = (
    "Target", "Time and repetition", "Diagnosis", "Dialogue", "TLS", "Thresholds and states", "Output",
)  # fmt: skip


def _thresholds() -> tuple[Setting, ...]:
    rows = []
    for measure in MEASURES:
        for level, short in (("warning", "-w"), ("critical", "-c")):
            unit = f", in {measure.unit}" if measure.unit else ""
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


# The protocols of --starttls. Their table is in services/starttls.py, which most checks do not load.
STARTTLS_NAMES = (
    "smtp", "imap", "pop3", "ftp", "ldap", "xmpp", "postgres", "mysql", "sieve", "nntp",
    "xmpp-server", "lmtp", "irc", "rdp", "mssql",
)  # fmt: skip

TLS_VERSIONS = ("1.0", "1.1", "1.2", "1.3")

SETTINGS = (
    Setting("host", "text", "host name, address, host:port, URL or /path of a Unix socket", old=("-H", "--hostname"),
            default="127.0.0.1", metavar="HOST", group=TARGET),
    Setting("port", "port", "TCP or UDP port", old=("-p", "--port"), group=TARGET),
    Setting("address", "text", "connect to this address instead of those of the host name", metavar="IP", group=TARGET),
    Setting("family", "choice", "address family", flags=("--ipv4", "--ipv6"),
            old=("-4", "-6", "--use-ipv4", "--use-ipv6"),
            constants=(("-4", "4"), ("--use-ipv4", "4"), ("--ipv4", "4"),
                       ("-6", "6"), ("--use-ipv6", "6"), ("--ipv6", "6")),
            choices=("any", "4", "6"), default="any", metavar="any|4|6", group=TARGET),
    Setting("addresses", "choice", "which addresses of a name to try: any (until one answers), first, or all",
            choices=("any", "first", "all"), default="any", metavar="any|first|all", group=TARGET),
    Setting("source", "text", "local address or interface to connect from", metavar="ADDRESS|INTERFACE", group=TARGET),
    Setting("network", "choice", "transport protocol", choices=("tcp", "udp"), default="tcp", metavar="tcp|udp", group=TARGET),
    Setting("service", "text", "named service, which sets the port and the dialogue", metavar="NAME", group=TARGET),

    Setting("timeout", "timeout", "timeout of the whole check, and the state after a timeout", old=("-t", "--timeout"),
            unit="s", default=10.0, group=TIME),
    Setting("attempt_timeout", "seconds", "timeout of an attempt; default: the remaining time, divided by the remaining attempts", unit="s",
            least=ABOVE_ZERO, group=TIME),
    Setting("retries", "integer", "further attempts after a failed attempt", default=0, group=TIME),
    Setting("retry_delay", "seconds", "pause before a further attempt", unit="s", default=1.0, group=TIME),
    Setting("retry_backoff", "number", "factor by which the pause grows after each attempt", default=1.0, least=ABOVE_ZERO,
            group=TIME),
    Setting("retry_jitter", "seconds", "maximum of a random time that is added to the pause", unit="s", default=0.0, group=TIME),
    Setting("count", "integer", "number of probes", default=1, least=1, group=TIME),
    Setting("interval", "seconds", "time from the start of a probe to the start of the next", unit="s", default=1.0, group=TIME),
    Setting("wait", "seconds", "repeat the check until it is OK, for at most this time", unit="s", least=ABOVE_ZERO, group=TIME),
    Setting("wait_interval", "seconds", "pause before the check is repeated", unit="s", default=1.0, group=TIME),
    Setting("consecutive", "integer", "number of checks in a row that must be OK", default=1, least=1, group=TIME),

    Setting("trace", "choice", "when to trace the path with TCP: never, failure (if the check fails), or always",
            choices=("never", "failure", "always"), default="failure", metavar="never|failure|always", since="0.1.0",
            group=DIAGNOSIS),
    Setting("control_port", "port", "another port of the host to probe if the check fails; its answer shows that the host is up",
            group=DIAGNOSIS),

    Setting("any_port", "ports", "ports to try for --expect-state alive: one answer is enough",
            metavar="PORT,PORT", group=DIAGNOSIS),
    Setting("expect_state", "choice", f"expected state of the port: {', '.join(PORT_STATES)} (any answer of the host)",
            choices=tuple(PORT_STATES), default="open", metavar="WORD", group=DIAGNOSIS),
    Setting("explain", "flag", "print one page: settings, verdict, steps, evidence", default=False, edges=PLUGIN,
            group=DIAGNOSIS),

    Setting("escape", "flag", r"replace \n \r \t \\ \0 \xHH in the --send and --quit after this option", old=("-E", "--escape"),
            default=False, group=DIALOGUE),
    Setting("send", "bytes", "text to send after connecting", old=("-s", "--send"), group=DIALOGUE),
    Setting("expect", "bytes", "text that the answer must contain; if repeated, any of them", old=("-e", "--expect"),
            repeatable=True, group=DIALOGUE),
    Setting("expect_all", "flag", "the answer must contain every expected text", old=("-A", "--all"), default=False, group=DIALOGUE),
    Setting("expect_timeout", "seconds", "time to wait for the rest of an answer that does not match yet", unit="s",
            default=2.0, group=DIALOGUE),
    Setting("quit", "bytes", "text to send before closing; CR LF is added unless -E comes before this option", old=("-q", "--quit"),
            group=DIALOGUE),
    Setting("max_bytes", "integer", "read at most N bytes, and match these", old=("-m", "--maxbytes"), least=1,
            group=DIALOGUE),
    Setting("receive_delay", "seconds", "pause between sending and reading; not part of the response time", old=("-d", "--delay"),
            unit="s", default=0.0, least=ABOVE_ZERO, group=DIALOGUE),
    Setting("read", "choice", "what to read if no text is expected", choices=("none", "data", "eof"),
            default="none", metavar="none|data|eof", group=DIALOGUE),
    Setting("step", "text", "a step of the dialogue: send, line, expect, expect-regex, reject, capture, keep, starttls",
            repeatable=True, metavar="LINE", group=DIALOGUE),
    Setting("dialogue", "text", "file with the steps of the dialogue, one a line", metavar="FILE", group=DIALOGUE),
    Setting("helo", "helo", "name to send in EHLO, HELO or LHLO; default: the address of this side of the connection, as in [192.0.2.1]",
            metavar="NAME", group=DIALOGUE),
    Setting("proxy_protocol", "choice", "send a PROXY protocol header first",
            choices=("v1", "v2"), metavar="v1|v2", group=DIALOGUE),
    Setting("close", "choice", "how to close: polite (FIN, then read briefly) or reset (RST)", choices=("polite", "reset"),
            default="polite", metavar="polite|reset", group=DIALOGUE),

    Setting("ssl", "flag", "TLS from the start, without verification, like check_tcp", old=("-S", "--ssl"),
            default=False, group=TLS),
    Setting("tls", "flag", "TLS from the start; verify the chain and the name of the certificate", default=False, group=TLS),
    Setting("starttls", "choice", f"begin TLS with the STARTTLS command of a protocol: {', '.join(STARTTLS_NAMES)} (implies --tls)",
            choices=STARTTLS_NAMES, metavar="NAME", group=TLS),
    Setting("no_verify", "flag", "TLS without verification", default=False, group=TLS),
    Setting("ca_file", "text", "PEM file of trusted CA certificates, instead of the system's (implies --tls)",
            metavar="FILE", group=TLS),
    Setting("ca_path", "text", "directory of trusted CA certificates with OpenSSL's hashed names (implies --tls)", metavar="DIRECTORY",
            group=TLS),
    Setting("sni", "text", "server name to send (alone, it implies --ssl)", flags=("-N",), old=("--sni",), metavar="NAME", group=TLS),
    Setting("verify_name", "text", "name that the certificate must be valid for, instead of the host (implies --tls)",
            metavar="NAME", group=TLS),
    Setting("no_verify_name", "flag", "verify the chain of the certificate, but not its names (implies --tls)", default=False,
            group=TLS),
    Setting("fingerprint", "fingerprint", "SHA-256 fingerprint that the certificate must also have; if repeated, any of them",
            repeatable=True, group=TLS),
    Setting("alpn", "words", "ALPN protocols to offer, in order of preference", metavar="NAME,NAME", group=TLS),
    Setting("tls_min", "choice", "oldest TLS version to accept", choices=TLS_VERSIONS, metavar="|".join(TLS_VERSIONS), group=TLS),
    Setting("tls_max", "choice", "newest TLS version to accept", choices=TLS_VERSIONS, metavar="|".join(TLS_VERSIONS), group=TLS),
    Setting("ciphers", "text", "OpenSSL cipher list for TLS 1.2 and older", metavar="LIST", group=TLS),
    Setting("client_cert", "text", "PEM file of the client certificate and its chain", metavar="FILE", group=TLS),
    Setting("client_key", "text", "PEM file of the client key, if it is not in the file of the certificate; must not be readable by all users",
            metavar="FILE", group=TLS),
    Setting("client_key_password_file", "text", "file whose first line is the password of the client key", metavar="FILE",
            group=TLS),
    Setting("tls_limit", "integer", "maximum number of handshakes at the same time", default=64, least=1, edges=PLUGIN,
            group=TLS),
    Setting("certificate", "days", "days before the certificate expires, for warning and critical (implies --ssl)",
            old=("-D", "--certificate"), unit="days", group=TLS),

    *_thresholds(),
    Setting("on_refused", "state", "state if the connection is refused", old=("-r", "--refuse"), default=CRITICAL,
            group=VERDICT),
    Setting("on_mismatch", "state", "state if the answer does not match", old=("-M", "--mismatch"), default=WARNING,
            group=VERDICT),
    Setting("on_timeout", "state", "state after a timeout", default=CRITICAL, group=VERDICT),
    Setting("on_local", "state", "state if the monitoring host itself has a problem", default=UNKNOWN, group=VERDICT),

    Setting("hide_output", "flag", "hide the answer in the output", old=("-j", "--jail"), default=False, group=OUTPUT),
    Setting("verbose", "counter", "print more; can be repeated, up to three times", old=("-v", "--verbose"), default=0, edges=PLUGIN,
            group=OUTPUT),
    Setting("output", "choice", "output format", choices=("text", "json"), default="text", edges=PLUGIN,
            metavar="text|json", group=OUTPUT),
    Setting("perfdata", "choice", "items of perfdata: all, or check_tcp's only (the default under its program names)",
            choices=("full", "time"), edges=PLUGIN, metavar="full|time", group=OUTPUT),
    Setting("log_attempts", "text", "append a line for each attempt to a file as soon as it ends; -: to standard error",
            edges=PLUGIN, metavar="FILE", since="0.2.0", group=OUTPUT),
    Setting("extra_opts", "ignored", "read options from an INI file first", old=("--extra-opts",), edges=PLUGIN,
            metavar="[SECTION][@FILE]", group=OUTPUT),
    Setting("critical_codes", "ignored", "accepted under check_tcp's names, without effect", old=("-C", "--critical-codes"),
            edges=PLUGIN, group=OUTPUT),
    Setting("warning_codes", "ignored", "accepted under check_tcp's names, without effect", old=("-W", "--warning-codes"),
            edges=PLUGIN, group=OUTPUT),
    Setting("protocol", "ignored", "accepted under check_tcp's names, without effect", old=("--protocol",),
            edges=PLUGIN, group=OUTPUT),
    Setting("help", "flag", "print the short help", old=("-h", "--help"), edges=PLUGIN, group=OUTPUT),
    Setting("help_all", "flag", "print all options, with examples", edges=PLUGIN, group=OUTPUT),
    Setting("list_services", "flag", "print the names of the services, with port and what OK means", edges=PLUGIN,
            since="0.2.0", group=OUTPUT),
    Setting("version", "flag", "print the version", old=("-V", "--version"), edges=PLUGIN, group=OUTPUT),
)  # fmt: skip
"""All settings, in the order of the documentation."""

TABLE = {setting.name: setting for setting in SETTINGS}
