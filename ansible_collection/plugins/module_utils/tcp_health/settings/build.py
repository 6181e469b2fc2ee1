# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Every setting once: its word, kind, default and help; builds the Probe and the Policy from given values."""

from __future__ import annotations

from ..judgement.measures import BY_NAME, MEASURES, applicable, needs
from ..model.causes import Cause
from ..model.ranges import Range
from ..model.recipe import Probe, Recipe
from ..model.result import Check, Options
from ..model.target import Target, parse_port, split_port
from ..model.value import Value
from ..model.verdict import CRITICAL, OK, PORT_STATES, STATES, UNKNOWN, WARNING, Policy
from ..text.clean import clean
from ..text.escapes import unescape
from ..text.units import number, seconds
from .error import SettingError
from .plan import dialogue, own_steps, tls_plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from typing import Any

    from ..model.dialogue import Step
    from ..model.recipe import TlsPlan
    from ..services.service import Service

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

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})


def read(setting: Setting, text: str, *, escape: bool = False) -> Any:
    """The value that ``text`` is for a setting: str, bytes, int, float, bool, Range, or a tuple of two.

    escape: whether a text of kind "bytes" has check_tcp's escapes. Raises SettingError.
    """
    try:
        return _READERS[setting.kind](setting, text, escape)
    except ValueError as problem:
        raise SettingError(setting.name, str(problem)) from None


def _read_text(setting: Setting, text: str, escape: bool) -> str:
    if "\0" in text:
        raise ValueError("a text cannot hold a NUL character")
    # An empty macro must not switch off what it was to name; check_tcp takes an empty --sni.
    named = (setting.group == TLS and setting.name != "sni") or setting.name == "dialogue"
    if named and not text.strip():
        raise ValueError(f"takes a {setting.metavar.lower()}, unlike {text!r}")
    return text


def _read_bytes(setting: Setting, text: str, escape: bool) -> bytes:
    raw = text.encode("utf-8", "surrogateescape")
    return unescape(raw) if escape else raw


def _read_words(setting: Setting, text: str, escape: bool) -> tuple[str, ...]:
    words = tuple(word.strip() for word in text.split(","))
    # RFC 7301, 3.1: a protocol's name has 1 to 255 bytes.
    if not all(1 <= len(word) <= 255 and word.isascii() and word.isprintable() for word in words):
        raise ValueError(f"takes names parted by commas, as in h2,http/1.1, unlike {text[:40]!r}")
    return words


def _read_fingerprint(setting: Setting, text: str, escape: bool) -> str:
    # As openssl prints it: sha256 Fingerprint=AB:CD:…
    digits = text.rpartition("=")[2].replace(":", "").replace(" ", "").lower()
    if len(digits) != 64 or not set(digits) <= set("0123456789abcdef"):
        raise ValueError(f"takes the 64 hexadecimal digits of a SHA-256, unlike {text[:80]!r}")
    return digits


def _read_integer(setting: Setting, text: str, escape: bool) -> int:
    digits = text.strip(" ")
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"takes a whole number, unlike {text[:40]!r}")
    if len(digits) > 9:
        raise ValueError(f"takes a whole number of at most 9 digits, unlike {text[:40]!r}")
    value = int(digits)
    if value < setting.least:
        raise ValueError(f"takes a whole number from {setting.least:g}, unlike {text[:40]!r}")
    return value


def _read_port(setting: Setting, text: str, escape: bool) -> int:
    return parse_port(text.strip(" "))


def _read_ports(setting: Setting, text: str, escape: bool) -> tuple[int, ...]:
    return tuple(parse_port(word.strip()) for word in text.split(","))


def _read_seconds(setting: Setting, text: str, escape: bool) -> float:
    return _not_below(setting, seconds(text), text)


def _read_number(setting: Setting, text: str, escape: bool) -> float:
    return _not_below(setting, number(text), text)


def _not_below(setting: Setting, value: float, text: str) -> float:
    # A least of 0 that is not meant to be reached is written as the smallest step above it.
    if value < setting.least:
        raise ValueError(f"takes a number above 0, unlike {text[:40]!r}")
    return value


def _read_timeout(setting: Setting, text: str, escape: bool) -> tuple[float | None, int | None]:
    time, colon, state = text.partition(":")
    if not time and not state:
        raise ValueError(f"takes seconds, seconds:state or :state, unlike {text[:40]!r}")
    limit = seconds(time) if time else None
    if limit == 0:
        raise ValueError("a timeout is longer than 0 seconds")
    return limit, read_state(state) if colon else None


def _read_choice(setting: Setting, text: str, escape: bool) -> str:
    if text not in setting.choices:
        raise ValueError(f"takes one of {', '.join(setting.choices)}, unlike {text[:40]!r}")
    return text


def _read_state(setting: Setting, text: str, escape: bool) -> int:
    return read_state(text)


def _read_range(setting: Setting, text: str, escape: bool) -> Range:
    measure = BY_NAME[setting.name.partition("_")[2]]
    # Of the days alone the share of a whole is known: the lifetime.
    share = measure.name == "certificate_days" and "%" in text
    return Range.parse(text, "%" if share else measure.unit, less_is_worse=measure.less_is_worse, share=share)


def _read_days(setting: Setting, text: str, escape: bool) -> tuple[int, int]:
    warning, _, critical = (part.strip() or "0" for part in text.partition(","))
    if not all(part.isascii() and part.isdigit() and len(part) < 7 for part in (warning, critical)):
        raise ValueError(f"takes days, or days for warning and critical as in 30,14, unlike {text[:40]!r}")
    return int(warning), int(critical)


def _read_flag(setting: Setting, text: str, escape: bool) -> bool:
    word = text.lower()
    if word not in TRUE | FALSE:
        raise ValueError(f"takes yes or no, unlike {text[:40]!r}")
    return word in TRUE


_READERS = {
    "text": _read_text,
    "bytes": _read_bytes,
    "words": _read_words,
    "fingerprint": _read_fingerprint,
    "integer": _read_integer,
    "port": _read_port,
    "ports": _read_ports,
    "seconds": _read_seconds,
    "number": _read_number,
    "timeout": _read_timeout,
    "choice": _read_choice,
    "state": _read_state,
    "range": _read_range,
    "days": _read_days,
    "flag": _read_flag,
    "counter": _read_integer,
    "ignored": _read_text,
}


def read_state(text: str) -> int:
    """A state's number from its name in any case, or 0 to 3.

    A beginning of the name will do, and so will any word that begins with ok, warn or crit, as check_tcp has it.
    """
    word = text.upper()
    if len(word) == 1 and word in "0123":
        return int(word)
    if word:
        for state, name in STATES.items():
            if name.startswith(word) or word.startswith(name[:4]):
                return state
    raise ValueError(f"takes ok, warning, critical or unknown, unlike {text[:40]!r}")


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


class Given:
    """Values as they are given one after the other, as words: on a command line, in a row, in a task.

    Order counts for -E, which changes how the send and quit texts after it are read. ``values`` is what
    ``build`` takes.
    """

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def put(self, setting: Setting, text: str) -> None:
        """Take one value. Of a repeatable setting every value counts, of others the last. Raises SettingError."""
        # An expected text is taken as it stands, as in check_tcp: there a backslash is a backslash.
        escape = bool(self.values.get("escape")) and setting.name in ("send", "quit")
        value = read(setting, text, escape=escape)
        if setting.name == "quit" and not escape:
            value += b"\r\n"
        if setting.repeatable:
            value = (*self.values.get(setting.name, ()), value)
        self.values[setting.name] = value

    def switch_on(self, setting: Setting) -> None:
        """Take a flag; a counter goes one up."""
        if setting.kind == "counter":
            self.values[setting.name] = self.values.get(setting.name, 0) + 1
        else:
            self.values[setting.name] = True


def build(
    given: Mapping[str, Any],
    key: Hashable = None,
    *,
    service_shown: str = "",
    host_named: bool = True,
    elsewhere: bool = False,
) -> Check:
    """Build what a check needs from values by their settings' names, as ``read`` returns them.

    elsewhere: the check is made on another machine, so that no file or variable of this one is read for it.

    Names that are absent take their default, then the named service's. Raises SettingError.
    """
    values, target, plan, steps = _settled(given, elsewhere=elsewhere)
    try:
        recipe = _recipe(values, plan, steps)
    except ValueError as problem:
        name, _, rest = str(problem).partition(" ")
        if name not in TABLE:
            name, rest = "service", str(problem)
        raise SettingError(name, rest) from None
    if recipe.any_port and values["expect_state"] != "alive":
        raise SettingError("any_port", "goes with --expect-state alive: which port answers first is chance")
    if recipe.network == "udp" and not _is_exchange(recipe.dialogue):
        raise SettingError("send", "With UDP checks, a send/expect string must be specified.")
    probe = Probe(target, recipe, key)
    policy = _policy(values)
    _refuse_idle_thresholds(probe, policy, given)
    options = Options(
        service=(service_shown or values["service"] or values["starttls"] or values["network"]).upper(),
        host_named=host_named,
        hide_output=values["hide_output"],
        certificate_line=values["certificate"] is not None,
        verbose=values["verbose"],
        explain=values["explain"],
        output=values["output"],
        perfdata=values["perfdata"],
        tls_limit=values["tls_limit"],
        wait=values["wait"],
        wait_interval=values["wait_interval"],
        consecutive=values["consecutive"],
    )
    return Check(probe, policy, options)


def _settled(
    given: Mapping[str, Any], *, elsewhere: bool
) -> tuple[dict[str, Any], Target, TlsPlan | None, tuple[Step, ...]]:
    """Every setting's value (as given, else of the named service or protocol, else the default), and what they make."""
    values: dict[str, Any] = {name: setting.default for name, setting in TABLE.items()}
    values.update(given)
    service = _apply_service(values, given)
    _settle_timeout(values, given)
    if values["starttls"] and values["port"] is None and not _names_port(values["host"]):
        from ..services.starttls import STARTTLS

        values["port"] = STARTTLS[values["starttls"]].port
    target = _target(values)
    _fill_service_texts(values, target)
    own = own_steps(values, given, elsewhere=elsewhere)
    plan = tls_plan(values, service, target, begun=any(step.begins_tls for step in own))
    return values, target, plan, dialogue(values, given, service, plan, own)


def in_force(given: Mapping[str, Any]) -> list[str]:
    """The settings that hold for a check, each as name=value, for a person to read. Raises SettingError."""
    values, *_ = _settled(given, elsewhere=False)
    lines = []
    for name, value in values.items():
        setting = TABLE[name]
        if value is None or value is False or value == () or setting.kind == "ignored":
            continue
        shown = STATES[value].lower() if setting.kind == "state" else _shown(value)
        lines.append(f"{name}={'***' if setting.secret else shown}")
    return lines


def _shown(value: Any) -> str:
    """A setting's value as one word for a person to read."""
    if isinstance(value, bytes):
        return clean(repr(value)[1:])
    if isinstance(value, tuple):
        return ",".join(_shown(each) for each in value)
    text = getattr(value, "text", None)
    return clean(str(text if text is not None else value)).replace(" ", "_")


def _refuse_idle_thresholds(probe: Probe, policy: Policy, given: Mapping[str, Any]) -> None:
    """A threshold on what the check cannot know would never alert, and look as if something were watched."""
    known = {measure.name for measure in applicable(probe, frozenset(policy.thresholds))}
    for name in policy.thresholds:
        if name not in known:
            level = "warning" if given.get(f"warning_{name}") is not None else "critical"
            raise SettingError(f"{level}_{name}", needs(name))


def _is_exchange(steps: tuple[Step, ...]) -> bool:
    """Whether something is sent and something is expected."""
    said = any(not step.reads and not step.begins_tls for step in steps)
    return said and any(step.wanted for step in steps)


def _apply_service(values: dict[str, Any], given: Mapping[str, Any]) -> Service | None:
    """Let the named service stand in for what was not given; returns its row, or None."""
    name = values["service"]
    if not name:
        return None
    from ..services.table import SERVICES  # most checks name no service

    service = SERVICES.get(name)
    if service is None:
        from difflib import get_close_matches  # only a wrong word needs it

        near = get_close_matches(name.lower(), SERVICES, 1, 0.7)
        hint = f"; {near[0]} is one" if near else ", such as ftp or redis; docs/services.md has them all"
        raise SettingError("service", f"there is no service {name[:40]!r}{hint}")
    if values["port"] is None and not _names_port(values["host"]) and not values["starttls"]:
        values["port"] = service.port
    values["network"] = given.get("network", service.network)
    values["hide_output"] = values["hide_output"] or service.hide_output
    if given.get("send") is None:
        values["send"] = service.send.encode() or None
    if not given.get("expect"):
        values["expect"] = tuple(text.encode() for text in service.expect)
    if given.get("quit") is None:
        values["quit"] = service.quit.encode("latin-1")
    return service


def _names_port(host: str) -> bool:
    """Whether a host brings its port along, or is none that one could add a port to."""
    try:
        return host.startswith("/") or split_port(host)[1] is not None
    except ValueError:  # what is wrong with it is told where the target is made
        return True


def _settle_timeout(values: dict[str, Any], given: Mapping[str, Any]) -> None:
    limit, state = given.get("timeout") or (None, None)
    if state is not None:
        values["on_timeout"] = state
    if limit is None:
        limit = TABLE["timeout"].default
        if values["count"] > 1:
            # The probes need their intervals, and the last one as long as a single check has.
            limit += values["count"] * values["interval"]
    values["timeout"] = limit


def _target(values: dict[str, Any]) -> Target:
    host = values["host"]
    if values["any_port"] and values["port"] is None and not host.startswith("/"):
        values["port"] = values["any_port"][0]
    try:
        if values["port"] is None and not host.startswith("/"):
            return Target.parse(host, None, values["address"])
        return Target.parse(host, values["port"], values["address"])
    except ValueError as problem:
        words = str(problem)
        name = "address" if words.startswith("address") else "port" if "port" in words else "host"
        raise SettingError(name, str(problem)) from None


def _fill_service_texts(values: dict[str, Any], target: Target) -> None:
    if values["service"] == "jabber" and values["send"]:
        values["send"] = values["send"].replace(
            b"{host}", (target.host or "").encode("utf-8", "surrogateescape")
        )


def _recipe(values: Mapping[str, Any], plan: TlsPlan | None, steps: tuple[Step, ...]) -> Recipe:
    return Recipe(
        network=values["network"],
        family=0 if values["family"] == "any" else int(values["family"]),
        addresses=values["addresses"],
        source=values["source"],
        tls=plan,
        timeout=values["timeout"],
        attempt_timeout=values["attempt_timeout"],
        retries=values["retries"],
        retry_delay=values["retry_delay"],
        retry_backoff=values["retry_backoff"],
        retry_jitter=values["retry_jitter"],
        count=values["count"],
        interval=values["interval"],
        dialogue=steps,
        expect_timeout=values["expect_timeout"],
        quit=values["quit"] or b"",
        max_bytes=values["max_bytes"] or 0,
        receive_delay=values["receive_delay"],
        close=values["close"],
        trace=values["trace"],
        control_port=values["control_port"],
        any_port=values["any_port"] or (),
        final=_final(values),
    )


def _final(values: Mapping[str, Any]) -> frozenset[str]:
    """Causes that the user declared to be fine: a further attempt could only spoil them."""
    fine = {
        Cause.REFUSED: values["on_refused"],
        Cause.MISMATCH: values["on_mismatch"],
        Cause.TIMED_OUT: values["on_timeout"],
    }
    wanted = PORT_STATES[values["expect_state"]]
    expected = {
        cause
        for cause, state in (
            (Cause.REFUSED, "refused"),
            (Cause.TIMED_OUT, "filtered"),
            (Cause.CLIENT_CERTIFICATE_REQUIRED, "client-certificate-required"),
        )
        if state in wanted
    }
    return frozenset(cause for cause, state in fine.items() if state == OK) | expected


def _policy(values: Mapping[str, Any]) -> Policy:
    thresholds: dict[str, tuple[Range | None, Range | None]] = {}
    for measure in MEASURES:
        pair = values[f"warning_{measure.name}"], values[f"critical_{measure.name}"]
        if measure.name == "certificate_days" and values["certificate"] is not None:
            # check_tcp counts whole days and alerts at W and below: that is below W + 1 of real days. It looks
            # at the critical number only where the warning one alerts already.
            warning, critical = values["certificate"]
            days = [Range(each + 1.0, float("inf")) for each in (warning, min(warning, critical))]
            pair = pair[0] or days[0], pair[1] or days[1]
        if pair != (None, None):
            thresholds[measure.name] = pair
    return Policy(
        thresholds,
        on_refused=values["on_refused"],
        on_mismatch=values["on_mismatch"],
        on_timeout=values["on_timeout"],
        on_local=values["on_local"],
        expect_state=values["expect_state"],
    )
