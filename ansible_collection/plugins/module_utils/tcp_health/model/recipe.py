# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""How a target is checked: the recipe, its TLS plan, and the probe, which is a target with its recipe."""

from __future__ import annotations

from .causes import CAUSES
from .target import check_port
from .value import FieldError, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable

    from .dialogue import Secret, Step
    from .target import Target


# Attempts of a check: each takes 0.7 KiB until the report is made, so a check needs less than 64 MiB.
MOST_ATTEMPTS = 50_000


class TlsPlan(Value, kw_only=True):
    """The parameters of a TLS handshake. Plans with the same ``context`` share one OpenSSL context.

    verify          whether the chain and the name are verified
    lax             whether any version and cipher is accepted, and no server name is sent unless sni is set, as with check_tcp's -S
    sni             server name to send instead of the target's, or None
    verify_name     name that the certificate must be valid for instead of the one sent, or None
    any_name        whether the chain is verified without a name
    ca_file, ca_path   trusted certificates instead of the system's, or None
    alpn            protocols to offer, in order
    minimum, maximum   TLS versions, such as 1.2, or None for OpenSSL's own limits
    ciphers         OpenSSL's cipher list for TLS 1.2 and older, or None
    client_cert, client_key, client_key_password   paths, or None; the last is the path of a file with the password
    withheld        whether the client certificate is only read, and not presented
    fingerprints    SHA-256 digests of the certificate's DER in lower-case hex, any of which must match, or ()
    """

    verify: bool = True
    lax: bool = False
    sni: str | None = None
    verify_name: str | None = None
    any_name: bool = False
    ca_file: str | None = None
    ca_path: str | None = None
    alpn: tuple[str, ...] = ()
    minimum: str | None = None
    maximum: str | None = None
    ciphers: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    client_key_password: str | None = None
    withheld: bool = False
    fingerprints: tuple[str, ...] = ()

    def _validate(self) -> None:
        if self.lax and self.verify:
            raise FieldError("lax", "verify and lax exclude each other")
        self._complete(sni=_certified(self.sni), verify_name=_certified(self.verify_name))

    @property
    def context(self) -> TlsPlan:
        """The plan without the fields that concern a single connection."""
        return self.replace(sni=None, verify_name="" if self.checks_other_name else None, fingerprints=())

    @property
    def lowers_security(self) -> bool:
        """Whether the plan accepts TLS versions that OpenSSL allows only at its security level 0."""
        old = ("1.0", "1.1")
        return self.minimum in old or (self.minimum is None and self.maximum in old)

    @property
    def checks_other_name(self) -> bool:
        """Whether the name to verify differs from the server name to send. OpenSSL has one name for both."""
        return self.verify_name is not None and self.sni is not None and self.verify_name != self.sni

    @property
    def checks_itself(self) -> bool:
        """Whether the check has checks of its own, which come after the handshake and not within it, as OpenSSL's do."""
        return bool(self.fingerprints) or (self.verify and (self.checks_other_name or self.lowers_security))

    def asked_name(self, host: str | None) -> str | None:
        """Return the server name to send to ``host`` (RFC 6066, 3), or None."""
        if self.sni is not None or self.lax:
            return self.sni
        return self.verify_name or _certified(host)

    def expected_name(self, host: str | None) -> str | None:
        """Return the name that the certificate must be valid for, or None."""
        return self.verify_name or self.sni or _certified(host) if self.verify and not self.any_name else None


def _certified(host: str | None) -> str | None:
    """Return a host in the form of certificates: a name without the final dot, an address without its zone."""
    if host is None:
        return None
    return host.partition("%")[0] if ":" in host else host.rstrip(".") or host


class Recipe(Value, kw_only=True):
    """How a target is checked; shared by all targets with the same settings. Times are seconds.

    The meaning of each field is the help text of the setting with the same name. Further fields:
    network           tcp or udp; ignored for a Unix socket
    dialogue          the steps that send, expect, and begin TLS
    tls               the parameters of the handshake, or None
    final             causes that end the attempts
    repeatable        whether the diagnosis may send the request of the dialogue again: it changes nothing at the server
    broken_counts     the setting by which the server counts connections that end early, and blocks a host that makes many;
                      "": it does not. A check breaks at most one such connection
    farewell          the quit command of the protocol that began TLS: it ends a session whose certificate is not accepted

    Raises FieldError for an invalid field.
    """

    network: str = "tcp"
    family: int = 0
    addresses: str = "any"
    source: str | None = None
    tls: TlsPlan | None = None
    timeout: float = 10.0
    attempt_timeout: float | None = None
    retries: int = 0
    retry_delay: float = 1.0
    retry_backoff: float = 1.0
    retry_jitter: float = 0.0
    count: int = 1
    interval: float = 1.0
    dialogue: tuple[Step, ...] = ()
    expect_timeout: float = 2.0
    quit: bytes = b""
    max_bytes: int = 0
    receive_delay: float = 0.0
    close: str = "polite"
    trace: str = "never"
    control_port: int | None = None
    any_port: tuple[int, ...] = ()
    final: frozenset[str] = frozenset()
    repeatable: bool = False
    broken_counts: str = ""
    farewell: bytes = b""

    def _validate(self) -> None:
        self._check_words()
        self._check_numbers()
        unknown = self.final - CAUSES.keys()
        if unknown:
            raise FieldError("final", f"unknown cause {min(unknown)!r}")
        handshakes = sum(each.begins_tls for each in self.dialogue)
        if handshakes > 1:
            raise FieldError("dialogue", "only one step can begin TLS")
        if (self.tls is None) is not (handshakes == 0):
            raise FieldError("dialogue", "a step must begin TLS if there is a TLS plan, and only then")
        if self.network == "udp" and self.tls is not None:
            raise FieldError("network", "TLS requires TCP: a UDP check cannot use it")

    def _check_words(self) -> None:
        _one_of("network", self.network, ("tcp", "udp"))
        _one_of("family", self.family, (0, 4, 6))
        _one_of("addresses", self.addresses, ("any", "first", "all"))
        _one_of("close", self.close, ("polite", "reset"))
        _one_of("trace", self.trace, ("never", "failure", "always"))
        if self.control_port is not None:
            check_port(self.control_port, "control_port")
        for port in self.any_port:
            check_port(port, "any_port")

    def _check_numbers(self) -> None:
        _above("timeout", self.timeout)
        if self.attempt_timeout is not None:
            _above("attempt_timeout", self.attempt_timeout)
        _above("retry_backoff", self.retry_backoff)
        _at_least("retries", self.retries, 0)
        _at_least("retry_delay", self.retry_delay, 0)
        _at_least("retry_jitter", self.retry_jitter, 0)
        _at_least("count", self.count, 1)
        if self.count * (self.retries + 1) > MOST_ATTEMPTS:
            raise FieldError(
                "count" if self.count > 1 else "retries",
                f"invalid number: count and retries must make at most {MOST_ATTEMPTS} attempts",
            )
        _at_least("interval", self.interval, 0)
        _at_least("expect_timeout", self.expect_timeout, 0)
        _at_least("max_bytes", self.max_bytes, 0)
        _at_least("receive_delay", self.receive_delay, 0)

    def exceeded_limit(self, began: float, time: float) -> float:
        """Return the limit that an attempt with this start and duration exceeded: the check's, or its own, shorter one."""
        # Timers fire late, never early. An attempt that ended less than 50 ms before the check's limit exceeded that one.
        if began + time >= self.timeout - 0.05:
            return self.timeout
        return self.attempt_timeout or round(time, 2)

    def own_step(self, number: int) -> int:
        """Return the number of a step without opening steps, from 1; 0 for an opening step and an unknown number."""
        if not 0 < number <= len(self.dialogue) or self.dialogue[number - 1].opening:
            return 0
        return sum(not step.opening for step in self.dialogue[:number])

    def step(self, number: int) -> Step | None:
        """Return the step of the dialogue with that number, from 1, or None."""
        return self.dialogue[number - 1] if 0 < number <= len(self.dialogue) else None

    @property
    def opens_tls_itself(self) -> bool:
        """Whether no step of the user comes before the TLS handshake: the steps up to it can be repeated."""
        for step in self.dialogue:
            if step.begins_tls:
                return True
            if not step.opening:
                return False
        return False

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The secrets that are sent and must not be shown."""
        return tuple(secret for step in self.dialogue for secret in step.secrets)

    @property
    def reads(self) -> bool:
        """Whether an answer is read."""
        return any(each.reads for each in self.dialogue)


def _one_of(name: str, value: object, choices: tuple[object, ...]) -> None:
    if value not in choices:
        words = ", ".join(map(str, choices))
        raise FieldError(name, f"invalid value {value!r}: must be one of {words}")


# Both functions reject NaN, which compares false with every number, and infinity.
def _above(name: str, value: float) -> None:
    if not 0 < value < float("inf"):
        raise FieldError(name, f"invalid value {value!r}: must be a number above 0")


def _at_least(name: str, value: float, least: int) -> None:
    if not least <= value < float("inf"):
        raise FieldError(name, f"invalid value {value!r}: must be a number of at least {least}")


class SynOptions(Value, kw_only=True):
    """The options of a SYN for the diagnosis; 0 means the system's value.

    ttl         its TTL; ICMP messages of routers are received
    least_ttl   the kernel drops answers that arrive with a smaller TTL (IP_MINTTL, IPV6_MINHOPCOUNT)
    segment     largest segment in bytes (TCP_MAXSEG)
    port        source port
    """

    ttl: int = 0
    least_ttl: int = 0
    segment: int = 0
    port: int = 0


class Probe(Value):
    """A target with its recipe. The key is the caller's own; the Outcome contains it."""

    target: Target
    recipe: Recipe
    key: Hashable = None
