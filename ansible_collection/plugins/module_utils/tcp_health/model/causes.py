# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The causes of failures and the phases of an attempt: two complete lists of words."""

from __future__ import annotations


class Cause:
    """Why an attempt failed. The words are the same in JSON, Ansible and the documentation."""

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
    HOST_BLOCKED = "host_blocked"
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
    Cause.NAME_UNKNOWN: "the name service reports that the name does not exist",
    Cause.NO_ADDRESS: "the name has no address of the requested family",
    Cause.RESOLVER_FAILED: "the name service reported a failure, or could not be reached",
    Cause.RESOLVER_SILENT: "the name service did not answer in time",
    Cause.REFUSED: "the connection was refused by the host, or by a firewall answering for it",
    Cause.UNREACHABLE: "an ICMP message reported that the network or host is unreachable",
    Cause.PROHIBITED: "an ICMP message reported that the traffic is prohibited",
    Cause.PORT_UNREACHABLE: "an ICMP message reported that the UDP port is closed",
    Cause.TIMED_OUT: "no answer within the time limit",
    Cause.RESET: "the connection was reset",
    Cause.CLOSED_EARLY: "the connection was closed before any data arrived, or during the TLS handshake",
    Cause.MISMATCH: "the answer is not what was expected",
    Cause.HOST_BLOCKED: "the server reports that it blocks the monitoring host, because of earlier connections",
    Cause.TLS_FAILED: "the TLS handshake or session failed for a reason not listed below",
    Cause.TLS_ALERT: "the server ended the TLS handshake with an alert",
    Cause.TLS_PROTOCOL: "client and server have no TLS version in common",
    Cause.NOT_TLS: "the service does not use TLS",
    Cause.CERTIFICATE_UNKNOWN_ISSUER: "the issuer of the certificate is not trusted, or the chain is incomplete",
    Cause.CERTIFICATE_NAME_MISMATCH: "the certificate is valid for other names only",
    Cause.CERTIFICATE_EXPIRED: "a certificate of the chain has expired",
    Cause.CERTIFICATE_NOT_YET_VALID: "a certificate of the chain is not valid yet",
    Cause.CERTIFICATE_REJECTED: "the verification of the certificate failed for another reason",
    Cause.FINGERPRINT_MISMATCH: "the certificate matches none of the given fingerprints",
    Cause.CLIENT_CERTIFICATE_REQUIRED: "the server requires a client certificate, and did not get one that it accepts",
    Cause.STARTTLS_REFUSED: "the service refuses to start TLS",
    Cause.TLS_INJECTION: "unexpected data arrived between the reply to STARTTLS and the TLS handshake",
    Cause.TLS_UNUSABLE: "the given certificates, keys or TLS settings cannot be used",
    Cause.EXPRESSION_STOPPED: "matching a regular expression took too long",
    Cause.SOCKET_MISSING: "no socket exists at this path",
    Cause.ACCESS_DENIED: "the operating system denies access to the target",
    Cause.LOCAL_LIMIT: "the monitoring host is out of descriptors, ports, buffers or memory",
    Cause.NO_ROUTE: "the monitoring host has no route to the address",
    Cause.SOURCE_UNUSABLE: "the monitoring host cannot send from the given source",
    Cause.OTHER: "the operating system reported an error that no other cause describes",
}
"""Every cause with its meaning. No other cause is ever reported."""

LOCAL_CAUSES = frozenset(
    {
        Cause.LOCAL_LIMIT,
        Cause.NO_ROUTE,
        Cause.SOURCE_UNUSABLE,
        Cause.TLS_UNUSABLE,
        Cause.EXPRESSION_STOPPED,
    }
)
"""Causes that concern the monitoring host and say nothing about the target."""

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
"""Causes for which a presented certificate was not accepted."""

TLS_CAUSES = CERTIFICATE_CAUSES | {
    Cause.TLS_FAILED,
    Cause.TLS_ALERT,
    Cause.TLS_PROTOCOL,
    Cause.NOT_TLS,
    Cause.CLIENT_CERTIFICATE_REQUIRED,
    Cause.STARTTLS_REFUSED,
    Cause.TLS_INJECTION,
}
"""Causes that concern TLS."""

TIMEOUTS = (Cause.TIMED_OUT, Cause.RESOLVER_SILENT)
"""Causes of attempts in which nothing came in time."""


class Phase:
    """The phases of an attempt, in order. A failure names the phase in which it happened."""

    RESOLVE = "resolve"
    CONNECT = "connect"
    TLS = "tls"
    SEND = "send"
    RECEIVE = "receive"


ESTABLISHED = (Phase.TLS, Phase.SEND, Phase.RECEIVE)
"""The phases in which there is a connection."""

# The timeout of a receive after some bytes of the answer.
MIDDLE = "middle"

# By phase, or MIDDLE: a few words, and a clause.
TIMEOUT_WORDS: dict[str, tuple[str, str]] = {
    Phase.RESOLVE: ("no answer", "the name lookup had no answer"),
    Phase.CONNECT: ("no answer to the SYN", "no answer to the SYN"),
    Phase.TLS: ("the handshake stops", "the TLS handshake stopped"),
    Phase.SEND: ("does not read", "the server does not read"),
    Phase.RECEIVE: ("no answer", "no answer came"),
    MIDDLE: ("the answer stops", "the answer stopped in the middle"),
}
