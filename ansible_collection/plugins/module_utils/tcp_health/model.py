# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The nouns: what is checked, how, and what was seen; frozen, and valid from birth."""

from __future__ import annotations

TYPE_CHECKING = False  # mypy reads it as true; importing typing costs 7 ms at every start
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable
    from typing import Any, NoReturn

    from .dialogue import Step
    from .evidence import Evidence

_set = object.__setattr__


class Value:
    """A frozen noun: its slots are set once, by its own ``__init__``; equal by type and value."""

    __slots__: tuple[str, ...] = ()

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be removed")

    def replace(self, **changes: object) -> Any:
        """The same but for the given fields, validated anew."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        fields.update(changes)
        return type(self)(**fields)

    def _fields(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return self._fields() == other._fields()

    def __hash__(self) -> int:
        return hash((type(self), self._fields()))

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__name__}({inside})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _revive, (type(self), self._fields())


def _revive(kind: type[Value], fields: tuple[object, ...]) -> Value:
    value = object.__new__(kind)
    for name, field in zip(kind.__slots__, fields):
        _set(value, name, field)
    return value


class Cause:
    """Why an attempt failed: one closed list of words, the same in JSON, Ansible and the documentation."""

    NAME_UNKNOWN = "name_unknown"
    NO_ADDRESS = "no_address"
    RESOLVER_FAILED = "resolver_failed"
    RESOLVER_SILENT = "resolver_silent"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    PROHIBITED = "prohibited"
    PORT_UNREACHABLE = "port_unreachable"
    TIMED_OUT = "timed_out"
    RESET = "reset"
    CLOSED_EARLY = "closed_early"
    MISMATCH = "mismatch"
    TLS_FAILED = "tls_failed"
    TLS_ALERT = "tls_alert"
    TLS_PROTOCOL = "tls_protocol"
    NOT_TLS = "not_tls"
    CERTIFICATE_UNKNOWN_ISSUER = "certificate_unknown_issuer"
    CERTIFICATE_NAME_MISMATCH = "certificate_name_mismatch"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_NOT_YET_VALID = "certificate_not_yet_valid"
    CERTIFICATE_REJECTED = "certificate_rejected"
    FINGERPRINT_MISMATCH = "fingerprint_mismatch"
    CLIENT_CERTIFICATE_REQUIRED = "client_certificate_required"
    STARTTLS_REFUSED = "starttls_refused"
    TLS_INJECTION = "tls_injection"
    TLS_UNUSABLE = "tls_unusable"
    EXPRESSION_STOPPED = "expression_stopped"
    SOCKET_MISSING = "socket_missing"
    ACCESS_DENIED = "access_denied"
    LOCAL_LIMIT = "local_limit"
    NO_ROUTE = "no_route"
    SOURCE_UNUSABLE = "source_unusable"
    OTHER = "other"


CAUSES = {
    Cause.NAME_UNKNOWN: "the name service knows no such name",
    Cause.NO_ADDRESS: "the name has no address of the wanted family",
    Cause.RESOLVER_FAILED: "the name service answered with a failure, or could not be asked",
    Cause.RESOLVER_SILENT: "the name service did not answer in time",
    Cause.REFUSED: "the connection was refused, by the host or in its name",
    Cause.UNREACHABLE: "an ICMP message said that the network or host cannot be reached",
    Cause.PROHIBITED: "an ICMP message said that the traffic is prohibited",
    Cause.PORT_UNREACHABLE: "an ICMP message said that the UDP port is closed",
    Cause.TIMED_OUT: "no answer within the time limit",
    Cause.RESET: "the connection was reset",
    Cause.CLOSED_EARLY: "the connection ended before any data came, or in the middle of the TLS handshake",
    Cause.MISMATCH: "the answer is not what was expected",
    Cause.TLS_FAILED: "the TLS handshake or its session failed, for none of the reasons below",
    Cause.TLS_ALERT: "the other side ended the TLS handshake by an alert",
    Cause.TLS_PROTOCOL: "the two sides have no TLS version in common",
    Cause.NOT_TLS: "what answers speaks no TLS",
    Cause.CERTIFICATE_UNKNOWN_ISSUER: "the certificate's issuer is not among the trusted ones, or the chain has a gap",
    Cause.CERTIFICATE_NAME_MISMATCH: "the certificate is for other names",
    Cause.CERTIFICATE_EXPIRED: "a certificate of the chain has expired",
    Cause.CERTIFICATE_NOT_YET_VALID: "a certificate of the chain is not valid yet",
    Cause.CERTIFICATE_REJECTED: "the certificate's verification failed for another reason",
    Cause.FINGERPRINT_MISMATCH: "the certificate has none of the wanted fingerprints",
    Cause.CLIENT_CERTIFICATE_REQUIRED: "the server wants a client certificate, and one that it accepts was not given",
    Cause.STARTTLS_REFUSED: "the service does not begin TLS when it is asked to",
    Cause.TLS_INJECTION: "something stood between the go-ahead and the TLS handshake that nobody had asked for",
    Cause.TLS_UNUSABLE: "the prober's own certificates, keys or TLS settings cannot be used",
    Cause.EXPRESSION_STOPPED: "a regular expression was not matched in bounded time",
    Cause.SOCKET_MISSING: "there is no socket at this path",
    Cause.ACCESS_DENIED: "the system denies access to the target",
    Cause.LOCAL_LIMIT: "the prober is out of descriptors, ports, buffers or memory",
    Cause.NO_ROUTE: "the prober has no route to the address",
    Cause.SOURCE_UNUSABLE: "the prober cannot send from the wanted source",
    Cause.OTHER: "the system reported an error that is in no other row",
}
"""Every cause and what it means; nothing else is ever reported."""

LOCAL_CAUSES = frozenset(
    {
        Cause.LOCAL_LIMIT,
        Cause.NO_ROUTE,
        Cause.SOURCE_UNUSABLE,
        Cause.TLS_UNUSABLE,
        Cause.EXPRESSION_STOPPED,
    }
)
"""Causes that say something of the prober and nothing of the target."""

CERTIFICATE_CAUSES = frozenset(
    {
        Cause.CERTIFICATE_UNKNOWN_ISSUER,
        Cause.CERTIFICATE_NAME_MISMATCH,
        Cause.CERTIFICATE_EXPIRED,
        Cause.CERTIFICATE_NOT_YET_VALID,
        Cause.CERTIFICATE_REJECTED,
        Cause.FINGERPRINT_MISMATCH,
    }
)
"""Causes with which a certificate was presented and not accepted."""

TLS_CAUSES = CERTIFICATE_CAUSES | {
    Cause.TLS_FAILED,
    Cause.TLS_ALERT,
    Cause.TLS_PROTOCOL,
    Cause.NOT_TLS,
    Cause.CLIENT_CERTIFICATE_REQUIRED,
    Cause.STARTTLS_REFUSED,
    Cause.TLS_INJECTION,
}
"""Causes that speak of TLS."""


class Phase:
    """The steps of an attempt, in their order; a failure names the one that it ended."""

    RESOLVE = "resolve"
    CONNECT = "connect"
    TLS = "tls"
    SEND = "send"
    RECEIVE = "receive"


class Target(Value):
    """What is checked: a service at a host and port, or behind a unix socket.

    host      name or literal address, without brackets; None for a unix socket
    port      1 to 65535; None for a unix socket
    path      absolute path of a unix socket, or None
    address   where to connect when that is not what the host's name resolves to, or None
    """

    __slots__ = ("address", "host", "path", "port")
    host: str | None
    port: int | None
    path: str | None
    address: str | None

    def __init__(
        self, host: str | None, port: int | None = None, path: str | None = None, address: str | None = None
    ) -> None:
        if path is not None:
            if not path.startswith("/") or "\0" in path:
                raise ValueError(f"a socket's path begins with / and holds no NUL, unlike {path!r}")
            # struct sockaddr_un of Linux holds 107 bytes and a NUL, that of the BSDs 103.
            if len(path.encode("utf-8", "surrogateescape")) > 107:
                raise ValueError(f"a socket's path has at most 107 bytes, unlike {path[:40]}…")
            if host is not None or port is not None or address is not None:
                raise ValueError("a unix socket has neither host, port nor address")
        else:
            _check_host(host)
            if port is None:
                raise ValueError(f"no port given for {host}")
            _check_port(port)
            if address is not None and not is_literal(address):
                raise ValueError(f"address is an IP address to connect to, unlike {address[:60]!r}")
        _set(self, "host", host)
        _set(self, "port", port)
        _set(self, "path", path)
        _set(self, "address", address)

    @property
    def text(self) -> str:
        """The target in the form that ``parse`` reads."""
        if self.path is not None:
            return self.path
        host = f"[{self.host}]" if ":" in str(self.host) else self.host
        return f"{host}:{self.port}"

    @classmethod
    def parse(cls, text: str, port: int | None = None, address: str | None = None) -> Target:
        """Read ``host``, ``host:port``, ``[v6]:port``, a bare IPv6 address or ``/path``.

        A port inside the text and a port beside it may both be given when they agree.
        Raises ValueError with one sentence.
        """
        if text.startswith("/"):
            return cls(None, path=text)
        host, inner = split_port(text)
        if inner is not None and port is not None and inner != port:
            raise ValueError(f"{text!r} names port {inner}, and port {port} is given beside it")
        return cls(host, inner if inner is not None else port, address=address)


def split_port(text: str) -> tuple[str, int | None]:
    """Split ``host:port`` and ``[v6]:port``; more than one bare colon is an IPv6 address without a port."""
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError(f"{text!r} is no address in brackets; [::1]:80 is one")
        if ":" not in host:
            raise ValueError(f"{text!r}: only an IPv6 address stands in brackets")
        return host, parse_port(rest[1:]) if rest else None
    if text.count(":") == 1:
        host, _, rest = text.partition(":")
        return host, parse_port(rest)
    return text, None


def parse_port(text: str) -> int:
    """Read a port number; raises ValueError with one sentence."""
    if not text.isascii() or not text.isdigit() or len(text) > 5:
        raise ValueError(f"a port is a number from 1 to 65535, unlike {text!r}")
    return _check_port(int(text))


def is_literal(text: str) -> bool:
    """Whether a text is written as an IP address; whether it is one is for the system to say."""
    if ":" in text:
        digits = text.partition("%")[0]
        return all(each in "0123456789abcdefABCDEF:." for each in digits)
    parts = text.split(".")
    return len(parts) == 4 and all(part.isascii() and part.isdigit() and int(part) < 256 for part in parts)


def _check_port(port: int) -> int:
    if not 1 <= port <= 65535:
        raise ValueError(f"a port is a number from 1 to 65535, unlike {port}")
    return port


def _check_host(host: str | None) -> None:
    if not host:
        raise ValueError("no host given")
    # A DNS name has at most 253 characters; a longer one can be nobody's, and would only fill the output.
    if len(host) > 253 or not host.isprintable() or " " in host:
        raise ValueError(f"no host can have the name {host[:80]!r}")


class TlsPlan(Value):
    """How the TLS handshake is made. Two plans with the same ``context`` share one OpenSSL context.

    verify          whether the chain and the name are verified
    lax             any version and cipher, no server name unless sni has one: check_tcp's -S
    sni             server name to ask for instead of the target's, or None
    verify_name     name that the certificate has to cover instead of the one asked for, or None
    ca_file, ca_path   trusted certificates, instead of the system's; None: those
    alpn            protocols to offer, in order
    minimum, maximum   TLS versions, as in 1.2, or None for the library's
    ciphers         OpenSSL's cipher list for TLS 1.2 and below, or None
    client_cert, client_key, client_key_password   paths, or None; the last is the path of a file with the password
    fingerprints    SHA-256 digests of the certificate's DER in lower-case hex, any of which it must have; () for none
    """

    __slots__ = (
        "alpn", "ca_file", "ca_path", "ciphers", "client_cert", "client_key", "client_key_password", "fingerprints",
        "lax", "maximum", "minimum", "sni", "verify", "verify_name",
    )  # fmt: skip
    verify: bool
    lax: bool
    sni: str | None
    verify_name: str | None
    ca_file: str | None
    ca_path: str | None
    alpn: tuple[str, ...]
    minimum: str | None
    maximum: str | None
    ciphers: str | None
    client_cert: str | None
    client_key: str | None
    client_key_password: str | None
    fingerprints: tuple[str, ...]

    def __init__(
        self,
        *,
        verify: bool = True,
        lax: bool = False,
        sni: str | None = None,
        verify_name: str | None = None,
        ca_file: str | None = None,
        ca_path: str | None = None,
        alpn: Iterable[str] = (),
        minimum: str | None = None,
        maximum: str | None = None,
        ciphers: str | None = None,
        client_cert: str | None = None,
        client_key: str | None = None,
        client_key_password: str | None = None,
        fingerprints: Iterable[str] = (),
    ) -> None:
        if lax and verify:
            raise ValueError("verify and lax exclude each other")
        _set(self, "verify", verify)
        _set(self, "lax", lax)
        _set(self, "sni", _certified(sni))
        _set(self, "verify_name", _certified(verify_name))
        _set(self, "ca_file", ca_file)
        _set(self, "ca_path", ca_path)
        _set(self, "alpn", tuple(alpn))
        _set(self, "minimum", minimum)
        _set(self, "maximum", maximum)
        _set(self, "ciphers", ciphers)
        _set(self, "client_cert", client_cert)
        _set(self, "client_key", client_key)
        _set(self, "client_key_password", client_key_password)
        _set(self, "fingerprints", tuple(fingerprints))

    @property
    def context(self) -> TlsPlan:
        """The plan without what concerns a single connection."""
        return self.replace(  # type: ignore[no-any-return]
            sni=None, verify_name="" if self.checks_other_name else None, fingerprints=()
        )

    @property
    def lowers_security(self) -> bool:
        """Whether TLS versions are accepted that OpenSSL has at its security level 0 alone."""
        old = ("1.0", "1.1")
        return self.minimum in old or (self.minimum is None and self.maximum in old)

    @property
    def checks_other_name(self) -> bool:
        """Whether the name to verify is not the one that the server is asked for: OpenSSL cannot tell them apart."""
        return self.verify_name is not None and self.sni is not None and self.verify_name != self.sni

    def asked_name(self, host: str | None) -> str | None:
        """The server name that a connection to ``host`` asks for (RFC 6066, 3), or None."""
        if self.sni is not None or self.lax:
            return self.sni
        return self.verify_name or _certified(host)

    def expected_name(self, host: str | None) -> str | None:
        """The name that the certificate has to cover, or None."""
        return self.verify_name or self.sni or _certified(host) if self.verify else None


def _certified(host: str | None) -> str | None:
    """A host as certificates name it: without the root's dot, an address without its zone."""
    if host is None:
        return None
    return host.partition("%")[0] if ":" in host else host.rstrip(".") or host


class Recipe(Value):
    """How a target is checked; shared by all targets with the same settings. Times are seconds.

    The meaning of each field is the help of the setting of that name, in settings.py; beyond those:
    network           tcp or udp (a unix socket is the target's affair)
    dialogue          what is said and expected once it is connected; where TLS begins is a step of it
    tls               how that handshake is made, or None
    final             causes after which a further attempt is pointless, or not wanted
    """

    __slots__ = (
        "addresses",
        "any_port",
        "attempt_timeout",
        "close",
        "control_port",
        "count",
        "dialogue",
        "expect_timeout",
        "family",
        "final",
        "interval",
        "max_bytes",
        "network",
        "quit",
        "receive_delay",
        "retries",
        "retry_backoff",
        "retry_delay",
        "retry_jitter",
        "source",
        "timeout",
        "tls",
        "trace",
    )  # fmt: skip
    network: str
    family: int
    addresses: str
    source: str | None
    tls: TlsPlan | None
    timeout: float
    attempt_timeout: float | None
    retries: int
    retry_delay: float
    retry_backoff: float
    retry_jitter: float
    count: int
    interval: float
    dialogue: tuple[Step, ...]
    expect_timeout: float
    quit: bytes
    max_bytes: int
    receive_delay: float
    close: str
    trace: str
    control_port: int | None
    any_port: tuple[int, ...]
    final: frozenset[str]

    def __init__(
        self,
        *,
        network: str = "tcp",
        family: int = 0,
        addresses: str = "any",
        source: str | None = None,
        tls: TlsPlan | None = None,
        timeout: float = 10.0,
        attempt_timeout: float | None = None,
        retries: int = 0,
        retry_delay: float = 1.0,
        retry_backoff: float = 1.0,
        retry_jitter: float = 0.0,
        count: int = 1,
        interval: float = 1.0,
        dialogue: Iterable[Step] = (),
        expect_timeout: float = 2.0,
        quit: bytes = b"",
        max_bytes: int = 0,
        receive_delay: float = 0.0,
        close: str = "polite",
        trace: str = "never",
        control_port: int | None = None,
        any_port: tuple[int, ...] = (),
        final: Iterable[str] = (),
    ) -> None:
        _one_of("network", network, ("tcp", "udp"))
        _one_of("family", family, (0, 4, 6))
        _one_of("addresses", addresses, ("any", "first", "all"))
        _one_of("close", close, ("polite", "reset"))
        _one_of("trace", trace, ("never", "failure", "always"))
        if control_port is not None:
            _check_port(control_port)
        for port in any_port:
            _check_port(port)
        _at_least("timeout", timeout, 0.0, open_end=True)
        if attempt_timeout is not None:
            _at_least("attempt_timeout", attempt_timeout, 0.0, open_end=True)
        _at_least("retries", retries, 0)
        _at_least("retry_delay", retry_delay, 0.0)
        _at_least("retry_backoff", retry_backoff, 0.0, open_end=True)
        _at_least("retry_jitter", retry_jitter, 0.0)
        _at_least("count", count, 1)
        _at_least("interval", interval, 0.0)
        _at_least("expect_timeout", expect_timeout, 0.0)
        _at_least("max_bytes", max_bytes, 0)
        _at_least("receive_delay", receive_delay, 0.0)
        given = frozenset(final)
        if not given <= CAUSES.keys():
            raise ValueError(f"final holds an unknown cause: {min(given - CAUSES.keys())!r}")
        steps = tuple(dialogue)
        handshakes = sum(each.begins_tls for each in steps)
        if handshakes > 1:
            raise ValueError("dialogue begins TLS more than once")
        if (tls is None) is not (handshakes == 0):
            raise ValueError("dialogue begins TLS exactly where there is a plan for it")
        if network == "udp" and tls is not None:
            raise ValueError("TLS needs TCP: a UDP check cannot have it")
        _set(self, "network", network)
        _set(self, "family", family)
        _set(self, "addresses", addresses)
        _set(self, "source", source)
        _set(self, "tls", tls)
        _set(self, "timeout", timeout)
        _set(self, "attempt_timeout", attempt_timeout)
        _set(self, "retries", retries)
        _set(self, "retry_delay", retry_delay)
        _set(self, "retry_backoff", retry_backoff)
        _set(self, "retry_jitter", retry_jitter)
        _set(self, "count", count)
        _set(self, "interval", interval)
        _set(self, "dialogue", steps)
        _set(self, "expect_timeout", expect_timeout)
        _set(self, "quit", quit)
        _set(self, "max_bytes", max_bytes)
        _set(self, "receive_delay", receive_delay)
        _set(self, "close", close)
        _set(self, "trace", trace)
        _set(self, "control_port", control_port)
        _set(self, "any_port", tuple(any_port))
        _set(self, "final", given)

    def own_step(self, number: int) -> int:
        """The number of a step among those that are not for TLS alone, from 1; 0 for one that is, or none."""
        if not 0 < number <= len(self.dialogue) or self.dialogue[number - 1].opening:
            return 0
        return sum(not step.opening for step in self.dialogue[:number])

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """What is said and never shown."""
        said = (step for step in self.dialogue if not step.reads and not step.begins_tls)
        return tuple(secret for step in said for secret in step.secrets if secret)  # type: ignore[union-attr]  # all others are Say

    @property
    def reads(self) -> bool:
        """Whether an answer is read."""
        return any(each.reads for each in self.dialogue)


def _one_of(name: str, value: object, choices: tuple[object, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{name} is one of {', '.join(map(str, choices))}, unlike {value!r}")


def _at_least(name: str, value: float, least: float, open_end: bool = False) -> None:
    # NaN compares false with everything, infinity would never end: both fail here.
    if not (least < value if open_end else least <= value) or value == float("inf"):
        kind = "above" if open_end else "at least"
        raise ValueError(f"{name} is a number {kind} {least:g}, unlike {value!r}")


class Probe(Value):
    """One check to make: a target, the recipe for it, and a key of the caller's that its Outcome carries."""

    __slots__ = ("key", "recipe", "target")
    target: Target
    recipe: Recipe
    key: Hashable

    def __init__(self, target: Target, recipe: Recipe, key: Hashable = None) -> None:
        _set(self, "target", target)
        _set(self, "recipe", recipe)
        _set(self, "key", key)


class Icmp(Value):
    """An ICMP message that ended a connect: version 4 or 6, type and code (RFC 792, RFC 4443), and its signer.

    The signer is what the message claims; offender is None where the kernel named none. own says that it is signed
    with our own address: our own filter, or our own neighbour lookup.
    """

    __slots__ = ("code", "kind", "offender", "own", "version")
    version: int
    kind: int
    code: int
    offender: str | None
    own: bool

    def __init__(self, version: int, kind: int, code: int, offender: str | None, own: bool = False) -> None:
        _set(self, "version", version)
        _set(self, "kind", kind)
        _set(self, "code", code)
        _set(self, "offender", offender)
        _set(self, "own", own)


class Failure(Value):
    """Why a step failed: a cause, the system's words for it, and what the network said with it.

    error        short words of the system (strerror, a TLS reason), not cleaned, or ""
    icmp         the ICMP message behind it, or None
    retransmits  SYNs repeated by then, where known
    """

    __slots__ = ("cause", "error", "icmp", "retransmits")
    cause: str
    error: str
    icmp: Icmp | None
    retransmits: int | None

    def __init__(
        self, cause: str, error: str = "", icmp: Icmp | None = None, retransmits: int | None = None
    ) -> None:
        if cause not in CAUSES:
            raise ValueError(f"there is no cause {cause!r}")
        _set(self, "cause", cause)
        _set(self, "error", error)
        _set(self, "icmp", icmp)
        _set(self, "retransmits", retransmits)


class Address(Value):
    """Where a connection goes: an IP literal and a port, or a unix socket's path as text with port 0."""

    __slots__ = ("family", "port", "scope", "text")
    family: int
    text: str
    port: int
    scope: int

    def __init__(self, family: int, text: str, port: int, scope: int = 0) -> None:
        """A family is 4, 6, or 0 for a unix socket; scope is IPv6's interface index."""
        _set(self, "family", family)
        _set(self, "text", text)
        _set(self, "port", port)
        _set(self, "scope", scope)


class TlsFacts(Value):
    """What a finished handshake agreed on.

    protocol, cipher   as OpenSSL names them
    alpn          the protocol that was agreed on, or ""
    certificate   the server's own, as DER, or None
    chain         the certificates as the server presented them, its own first; () where the system does not tell
                  (Python 3.9)
    verification  "verified", "not verified", or the cause of CERTIFICATE_CAUSES for which it failed
    second        whether all this comes from a second connection, made without verification after the first one's
                  had failed
    asked         whether the server asked for a client certificate
    """

    __slots__ = (
        "alpn", "asked", "certificate", "chain", "cipher", "protocol", "second", "verification",
    )  # fmt: skip
    protocol: str
    cipher: str
    certificate: bytes | None
    chain: tuple[bytes, ...]
    alpn: str
    verification: str
    second: bool
    asked: bool

    def __init__(
        self,
        protocol: str,
        cipher: str,
        certificate: bytes | None,
        *,
        chain: Iterable[bytes] = (),
        alpn: str = "",
        verification: str = "not verified",
        second: bool = False,
        asked: bool = False,
    ) -> None:
        _set(self, "protocol", protocol)
        _set(self, "cipher", cipher)
        _set(self, "certificate", certificate)
        _set(self, "chain", tuple(chain))
        _set(self, "alpn", alpn)
        _set(self, "verification", verification)
        _set(self, "second", second)
        _set(self, "asked", asked)

    @property
    def presented(self) -> tuple[bytes, ...]:
        """The certificates as far as they are known: the chain, or the server's own."""
        return self.chain or ((self.certificate,) if self.certificate is not None else ())


class Attempt(Value):
    """One try at a target, from the name lookup to the last byte. Times are seconds.

    probe        which probe of a count it belongs to, from 0
    number       which attempt of that probe it is, from 1
    began        start, counted from the start of the whole check
    address      where it connected or last tried to, or None
    resolve, connect, tls, first_byte   durations of the phases it got through, else None
    time         the whole of it, without waiting on purpose and without the polite end
    rtt          the kernel's round trip (RFC 6298 sample), or None
    retransmits  SYNs the kernel repeated, where known
    received     what came, cut to what the check needed; size counts all of it
    secured      TLS facts, or None
    captured     what the dialogue's expressions captured, (name, bytes) in their order
    step         the step of the dialogue that failed, from 1; 0: none, or not in a dialogue
    failure      None, or why it ended; phase is the step it ended in
    evidence     what was found out beside it, or None
    legs         with several addresses: the attempts at each (all), or at those that failed (any)
    """

    __slots__ = (
        "address", "began", "captured", "connect", "evidence", "failure", "first_byte", "legs", "number", "phase",
        "probe", "received", "resolve", "retransmits", "rtt", "secured", "size", "step", "time", "tls",
    )  # fmt: skip
    probe: int
    number: int
    began: float
    address: Address | None
    resolve: float | None
    connect: float | None
    tls: float | None
    first_byte: float | None
    time: float
    rtt: float | None
    retransmits: int | None
    received: bytes
    size: int
    secured: TlsFacts | None
    captured: tuple[tuple[str, bytes], ...]
    step: int
    failure: Failure | None
    phase: str
    evidence: Evidence | None
    legs: tuple[Attempt, ...]

    def __init__(
        self,
        *,
        probe: int = 0,
        number: int = 1,
        began: float = 0.0,
        address: Address | None = None,
        resolve: float | None = None,
        connect: float | None = None,
        tls: float | None = None,
        first_byte: float | None = None,
        time: float = 0.0,
        rtt: float | None = None,
        retransmits: int | None = None,
        received: bytes = b"",
        size: int = 0,
        secured: TlsFacts | None = None,
        captured: tuple[tuple[str, bytes], ...] = (),
        step: int = 0,
        failure: Failure | None = None,
        phase: str = Phase.RECEIVE,
        evidence: Evidence | None = None,
        legs: tuple[Attempt, ...] = (),
    ) -> None:
        _set(self, "probe", probe)
        _set(self, "number", number)
        _set(self, "began", began)
        _set(self, "address", address)
        _set(self, "resolve", resolve)
        _set(self, "connect", connect)
        _set(self, "tls", tls)
        _set(self, "first_byte", first_byte)
        _set(self, "time", time)
        _set(self, "rtt", rtt)
        _set(self, "retransmits", retransmits)
        _set(self, "received", received)
        _set(self, "size", size)
        _set(self, "secured", secured)
        _set(self, "captured", captured)
        _set(self, "step", step)
        _set(self, "failure", failure)
        _set(self, "phase", phase)
        _set(self, "evidence", evidence)
        _set(self, "legs", legs)

    @property
    def cause(self) -> str | None:
        """The cause of its failure, or None."""
        return self.failure.cause if self.failure is not None else None

    @property
    def port_state(self) -> str | None:
        """How the port showed itself: open, refused (RST), rejected (ICMP), filtered (silence), or None: not at all.

        Or client-certificate-required: open to those who have one.
        """
        failure = self.failure
        if failure is not None and failure.cause == Cause.CLIENT_CERTIFICATE_REQUIRED:
            return "client-certificate-required"
        if failure is None or self.phase in (Phase.TLS, Phase.SEND, Phase.RECEIVE):
            return "open"
        if self.phase != Phase.CONNECT:
            return None
        if failure.cause == Cause.REFUSED:
            return "refused" if failure.icmp is None else "rejected"
        if failure.cause == Cause.RESET:
            return "open"
        return {Cause.PROHIBITED: "rejected", Cause.TIMED_OUT: "filtered"}.get(failure.cause)


class Outcome(Value):
    """Everything that was seen of one probe, without a judgement.

    probe      the Probe it belongs to
    attempts   every attempt, in order
    sent       probes of the count that were begun; fewer than the count when time ran out
    at         the wall clock at its start, as seconds since the epoch
    elapsed    seconds from its start to its end
    lag        longest stretch, in seconds, in which the loop could not look at the network meanwhile
    """

    __slots__ = ("at", "attempts", "elapsed", "lag", "probe", "sent")
    probe: Probe
    attempts: tuple[Attempt, ...]
    sent: int
    at: float
    elapsed: float
    lag: float

    def __init__(
        self,
        probe: Probe,
        attempts: tuple[Attempt, ...],
        sent: int = 1,
        at: float = 0.0,
        elapsed: float = 0.0,
        lag: float = 0.0,
    ) -> None:
        _set(self, "probe", probe)
        _set(self, "attempts", attempts)
        _set(self, "sent", sent)
        _set(self, "at", at)
        _set(self, "elapsed", elapsed)
        _set(self, "lag", lag)

    @property
    def finals(self) -> tuple[Attempt, ...]:
        """The last attempt of each probe that was begun: what the probe came to."""
        last: dict[int, Attempt] = {}
        for attempt in self.attempts:
            last[attempt.probe] = attempt
        return tuple(last.values())

    @property
    def key(self) -> Hashable:
        """The key of its Probe."""
        return self.probe.key
