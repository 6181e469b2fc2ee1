# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The nouns: what is checked, how, and what was seen; frozen, and valid from birth."""

from __future__ import annotations

TYPE_CHECKING = False  # mypy reads it as true; importing typing costs 7 ms at every start
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable
    from typing import Any, NoReturn

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
    Cause.CLOSED_EARLY: "the connection ended before any data came",
    Cause.MISMATCH: "the answer is not what was expected",
    Cause.TLS_FAILED: "the TLS handshake or its session failed",
    Cause.SOCKET_MISSING: "there is no socket at this path",
    Cause.ACCESS_DENIED: "the system denies access to the target",
    Cause.LOCAL_LIMIT: "the prober is out of descriptors, ports, buffers or memory",
    Cause.NO_ROUTE: "the prober has no route to the address",
    Cause.SOURCE_UNUSABLE: "the prober cannot send from the wanted source",
    Cause.OTHER: "the system reported an error that is in no other row",
}
"""Every cause and what it means; nothing else is ever reported."""

LOCAL_CAUSES = frozenset({Cause.LOCAL_LIMIT, Cause.NO_ROUTE, Cause.SOURCE_UNUSABLE})
"""Causes that say something of the prober and nothing of the target."""


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
    """How the TLS handshake is made: server_name is sent as SNI, None sends none; verify checks chain and name."""

    __slots__ = ("server_name", "verify")
    server_name: str | None
    verify: bool

    def __init__(self, server_name: str | None = None, verify: bool = False) -> None:
        _set(self, "server_name", server_name)
        _set(self, "verify", verify)


class Recipe(Value):
    """How a target is checked; shared by all targets with the same settings. Times are seconds.

    The meaning of each field is the help of the setting of that name, in settings.py; beyond those:
    network           tcp or udp (a unix socket is the target's affair)
    expect_anywhere   whether an expected text may stand anywhere in the answer, or begins it
    final             causes after which a further attempt is pointless, or not wanted
    """

    __slots__ = (
        "addresses",
        "any_port",
        "attempt_timeout",
        "close",
        "control_port",
        "count",
        "expect",
        "expect_all",
        "expect_anywhere",
        "expect_timeout",
        "family",
        "final",
        "interval",
        "max_bytes",
        "network",
        "quit",
        "read",
        "receive_delay",
        "retries",
        "retry_backoff",
        "retry_delay",
        "retry_jitter",
        "send",
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
    send: bytes | None
    expect: tuple[bytes, ...]
    expect_all: bool
    expect_anywhere: bool
    expect_timeout: float
    quit: bytes
    max_bytes: int
    receive_delay: float
    read: str
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
        send: bytes | None = None,
        expect: Iterable[bytes] = (),
        expect_all: bool = False,
        expect_anywhere: bool = True,
        expect_timeout: float = 2.0,
        quit: bytes = b"",
        max_bytes: int = 0,
        receive_delay: float = 0.0,
        read: str = "none",
        close: str = "polite",
        trace: str = "never",
        control_port: int | None = None,
        any_port: tuple[int, ...] = (),
        final: Iterable[str] = (),
    ) -> None:
        _one_of("network", network, ("tcp", "udp"))
        _one_of("family", family, (0, 4, 6))
        _one_of("addresses", addresses, ("any", "first", "all"))
        _one_of("read", read, ("none", "data", "eof"))
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
        expected = tuple(expect)
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
        _set(self, "send", send)
        _set(self, "expect", expected)
        _set(self, "expect_all", expect_all)
        _set(self, "expect_anywhere", expect_anywhere)
        _set(self, "expect_timeout", expect_timeout)
        _set(self, "quit", quit)
        _set(self, "max_bytes", max_bytes)
        _set(self, "receive_delay", receive_delay)
        _set(self, "read", read)
        _set(self, "close", close)
        _set(self, "trace", trace)
        _set(self, "control_port", control_port)
        _set(self, "any_port", tuple(any_port))
        _set(self, "final", given)


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
    """What a finished handshake agreed on; certificate is the server's own, as DER, or None."""

    __slots__ = ("certificate", "cipher", "protocol")
    protocol: str
    cipher: str
    certificate: bytes | None

    def __init__(self, protocol: str, cipher: str, certificate: bytes | None) -> None:
        _set(self, "protocol", protocol)
        _set(self, "cipher", cipher)
        _set(self, "certificate", certificate)


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
    failure      None, or why it ended; phase is the step it ended in
    evidence     what was found out beside it, or None
    legs         with several addresses: the attempts at each (all), or at those that failed (any)
    """

    __slots__ = (
        "address", "began", "connect", "evidence", "failure", "first_byte", "legs", "number", "phase", "probe",
        "received", "resolve", "retransmits", "rtt", "secured", "size", "time", "tls",
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
        """How the port showed itself: open, refused (RST), rejected (ICMP), filtered (silence), or None: not at all."""
        failure = self.failure
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
