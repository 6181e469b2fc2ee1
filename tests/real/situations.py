# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The required result for each real server: healthy, of another protocol, stopped, killed, and faulty."""

from __future__ import annotations

from typing import NamedTuple

OK, WARNING, CRITICAL = 0, 1, 2

UNEXPECTED = "Unexpected response from host/socket"
CLOSED = "No data received from host"
TIMEOUT = "Socket timeout after"
NO_TLS = "Cannot make SSL connection."

TRUST = ("--ca-file", "{authority}")
"""Verifies the chain and the name; the script that runs a check inserts the files."""

CERTIFICATE = ("--client-cert", "{certificate}", "--client-key", "{key}")


class Check(NamedTuple):
    """A server from Debian or a stub, its port, the arguments of the check, and the required result."""

    server: str
    port: str
    words: tuple[str, ...]
    code: int = OK
    phrase: str = " OK - "


def named(server: str, port: str, service: str = "", *words: str) -> Check:
    """Return a check of PORT, healthy, by the name of the service, by default the name of the port."""
    return Check(server, port, ("--service", service or port, *words))


def starttls(server: str, port: str, protocol: str, service: str = "") -> Check:
    """Return a check of PORT, healthy, through STARTTLS of PROTOCOL."""
    return named(server, port, service, "--starttls", protocol, *TRUST)


def bad(check: Check, code: int, phrase: str) -> Check:
    """Return CHECK with another required result."""
    return check._replace(code=code, phrase=phrase)


HEALTHY = (
    named("nginx", "http"),
    named("nginx", "http_404", "http"),
    named("nginx", "http_401", "http"),
    named("nginx", "https", "https", *TRUST),
    named("nginx", "https_tls12", "https", *TRUST),
    named("nginx", "https_tls13", "https", *TRUST, "--tls-min", "1.3"),
    named("nginx", "https_h2", "tcp", *TRUST, "--alpn", "h2"),
    named("nginx", "https_client", "https", *TRUST, *CERTIFICATE),
    named("nginx", "https_client_optional", "https", *TRUST),
    named("nginx", "http_proxied", "http", "--proxy-protocol", "v1"),
    named("nginx", "http_proxied", "http", "--proxy-protocol", "v2"),
    named("sshd", "ssh"),
    named("redis", "redis"),
    named("redis", "rediss", "rediss", *TRUST),
    named("memcached", "memcached"),
    named("postfix", "smtp"),
    named("postfix", "ssmtp"),
    named("postfix", "ssmtp", "ssmtp", "--tls", *TRUST),
    named("postfix", "ssmtp_client", "ssmtp", "--tls", *TRUST, *CERTIFICATE),
    named("postfix", "submission"),
    named("postfix", "smtp_proxied", "smtp", "--proxy-protocol", "v1"),
    named("postfix", "smtp_proxied", "smtp", "--proxy-protocol", "v2"),
    starttls("postfix", "smtp", "smtp"),
    starttls("postfix", "submission", "smtp"),
    *(named("dovecot", port) for port in ("imap", "simap", "pop", "spop", "sieve", "lmtp")),
    named("dovecot", "simap", "imaps", *TRUST),
    named("dovecot", "spop", "pop3s", *TRUST),
    starttls("dovecot", "imap", "imap"),
    starttls("dovecot", "pop", "pop3"),
    starttls("dovecot", "sieve", "sieve"),
    named("vsftpd", "ftp"),
    starttls("vsftpd", "ftp", "ftp"),
    named("slapd", "ldap"),
    named("slapd", "ldaps", "ldaps", *TRUST),
    starttls("slapd", "ldap", "ldap"),
    named("postgres", "postgres"),
    starttls("postgres", "postgres", "postgres"),
    named("mariadb", "mysql"),
    starttls("mariadb", "mysql", "mysql"),
    named("mosquitto", "mqtt"),
    named("mosquitto", "mqtts", "mqtts", *TRUST),
    named("mosquitto", "mqtts_client", "mqtts", *TRUST, *CERTIFICATE),
    named("mosquitto", "mqtt_locked", "mqtt"),
    named("prosody", "jabber"),
    named("prosody", "jabber", "xmpp"),
    named("prosody", "jabbers", "xmpps", *TRUST),
    starttls("prosody", "jabber", "xmpp", "xmpp"),
    starttls("prosody", "jabber_server", "xmpp-server", "tcp"),
    starttls("dovecot", "lmtp", "lmtp"),
    named("inspircd", "irc"),
    named("inspircd", "ircs", "ircs", *TRUST),
    starttls("inspircd", "irc", "irc"),
    named("xrdp", "rdp"),
    starttls("xrdp", "rdp", "rdp"),
    named("clamd", "clamd"),
    named("nntp", "nntp"),
    named("nntps", "nntps"),
    starttls("nntp", "nntp", "nntp"),
    named("amqp", "amqp"),
    named("amqps", "amqps", "amqps", *TRUST),
    *(named(name, name) for name in ("rtsp", "sip", "rdp", "vnc", "ident", "time", "finger")),
)
"""Healthy servers."""

FALSIFIED = (
    bad(named("nginx", "http_503", "http"), WARNING, "a server error"),
    bad(named("nginx", "https", "http"), WARNING, "the port may expect TLS"),
    bad(named("nginx", "https_client", "https", *TRUST), WARNING, "HTTP/1.1 400 Bad Request"),
    bad(named("nginx", "http_proxied", "http"), CRITICAL, CLOSED),
    bad(named("nginx", "https_tls12", "https", *TRUST, "--tls-min", "1.3"), CRITICAL, NO_TLS),
    bad(named("nginx", "https_tls10", "https", *TRUST), CRITICAL, NO_TLS),
    bad(named("nginx", "https_tls13", "https", *TRUST, "--tls-max", "1.2"), CRITICAL, NO_TLS),
    bad(named("crowded_sshd", "ssh"), WARNING, "MaxStartups"),
    named("locked_redis", "redis"),
    bad(named("loading_redis", "redis"), WARNING, "it is loading its dataset"),
    bad(named("replica_redis", "redis"), WARNING, "its link with the master is down"),
    named("forbidden_redis", "redis"),
    named("forbidden_redis", "redis_renamed", "redis"),
    named("twemproxy", "redis"),
    named("sentinel", "sentinel"),
    named("sentinel", "sentinel", "redis")._replace(phrase="role sentinel"),
    bad(named("lonely_sentinel", "sentinel"), WARNING, "the master cart is down"),
    named("locked_memcached", "memcached"),
    bad(named("binary_memcached", "memcached"), CRITICAL, "memcached-binary"),
    named("binary_memcached", "memcached", "memcached-binary"),
    bad(named("crowded_memcached", "memcached"), WARNING, "too many connections"),
    bad(named("crowded_postfix", "smtp_crowded", "smtp"), WARNING, "[421 4.7.0"),
    bad(named("crowded_postfix", "smtp_crowded", "submission"), WARNING, "[421 4.7.0"),
    bad(starttls("postfix", "smtp_keyless", "smtp", "smtp"), CRITICAL, "no STARTTLS"),
    bad(starttls("postfix", "smtp_plain", "smtp", "smtp"), CRITICAL, "no STARTTLS"),
    # Like nginx, it completes the handshake without a certificate, and then refuses.
    bad(named("postfix", "ssmtp_client", "ssmtp", "--tls", *TRUST), WARNING, "[421 4.7.1"),
    bad(starttls("plain_dovecot", "imap", "imap"), CRITICAL, "no STARTTLS"),
    bad(starttls("plain_dovecot", "pop", "pop3"), CRITICAL, "no STARTTLS"),
    bad(starttls("plain_dovecot", "sieve", "sieve"), CRITICAL, "no STARTTLS"),
    bad(named("stuck_dovecot", "imap"), CRITICAL, TIMEOUT),
    bad(named("stuck_dovecot", "pop"), CRITICAL, TIMEOUT),
    bad(starttls("plain_vsftpd", "ftp", "ftp"), CRITICAL, "no STARTTLS"),
    bad(named("crowded_vsftpd", "ftp"), WARNING, "[421"),
    bad(named("unwilling_slapd", "ldap"), WARNING, "operation restricted"),
    named("locked_slapd", "ldap"),
    bad(starttls("plain_slapd", "ldap", "ldap"), CRITICAL, "no STARTTLS"),
    # It closes without an alert.
    bad(named("strict_slapd", "ldaps", "ldaps", *TRUST), CRITICAL, "closed after the handshake"),
    named("strict_slapd", "ldaps", "ldaps", *TRUST, *CERTIFICATE),
    bad(starttls("plain_postgres", "postgres", "postgres"), CRITICAL, "no STARTTLS"),
    bad(named("starting_postgres", "postgres"), WARNING, "it accepts no connections: it is starting up"),
    bad(named("standby_postgres", "postgres"), WARNING, "it accepts no connections: it is starting up"),
    bad(named("crowded_postgres", "postgres"), WARNING, "too many connections"),
    named("pgbouncer", "pgbouncer", "postgres"),
    bad(named("crowded_pgbouncer", "pgbouncer", "postgres"), WARNING, "too many connections"),
    bad(starttls("plain_mariadb", "mysql", "mysql"), CRITICAL, "no STARTTLS"),
    bad(named("crowded_mariadb", "mysql"), WARNING, "too many connections"),
    bad(named("mosquitto", "mqtts_client", "mqtts", *TRUST), CRITICAL, "client certificate required"),
    bad(named("crowded_mosquitto", "mqtt_crowded", "mqtt"), CRITICAL, CLOSED),
    bad(starttls("plain_prosody", "jabber", "xmpp", "xmpp"), CRITICAL, "no STARTTLS"),
    bad(starttls("plain_prosody", "jabber_server", "xmpp-server", "tcp"), CRITICAL, "no STARTTLS"),
    bad(named("other_prosody", "jabber", "xmpp"), WARNING, UNEXPECTED),
    bad(starttls("other_prosody", "jabber_server", "xmpp-server", "tcp"), CRITICAL, "no STARTTLS"),
    bad(starttls("plain_dovecot", "lmtp", "lmtp"), CRITICAL, "no STARTTLS"),
    # It does not answer a command that it does not know.
    bad(starttls("plain_inspircd", "irc", "irc"), CRITICAL, TIMEOUT),
    named("plain_inspircd", "irc"),
    bad(starttls("plain_xrdp", "rdp", "rdp"), CRITICAL, "no STARTTLS"),
    named("plain_xrdp", "rdp"),
    bad(named("loading_clamd", "clamd"), CRITICAL, TIMEOUT),
    bad(named("nntp_unavailable", "nntp_unavailable", "nntp"), WARNING, "[400"),
    bad(starttls("nntp_plain", "nntp_plain", "nntp", "nntp"), CRITICAL, "no STARTTLS"),
    bad(starttls("nntp_injected", "nntp_injected", "nntp", "nntp"), CRITICAL, "injection before TLS"),
    # It names the version that it supports: it is alive.
    named("amqp_other", "amqp_other", "amqp"),
    bad(named("rtsp_503", "rtsp_503", "rtsp"), WARNING, "a server error"),
    bad(named("sip_503", "sip_503", "sip"), WARNING, "a server error"),
    bad(named("rdp_failure", "rdp_failure", "rdp"), WARNING, "it has no certificate"),
    bad(named("vnc_full", "vnc_full", "vnc"), WARNING, "too many connections"),
)
"""Servers with a fault or a requirement; a server that requires authentication counts as alive."""

STRANGERS = (("sshd", "ssh"), ("nginx", "http"), ("nginx", "https"))
"""Servers of other protocols, checked with every service's name: one that greets, one that waits, one with TLS."""

MISTAKEN = (UNEXPECTED, CLOSED, TIMEOUT, NO_TLS)
"""The allowed results on a port of another protocol."""

INTERRUPTED = (
    ("nginx", "https", "https", *TRUST),
    ("sshd", "ssh", "ssh"),
    ("redis", "redis", "redis"),
    ("memcached", "memcached", "memcached"),
    ("postfix", "smtp", "smtp"),
    ("dovecot", "imap", "imap"),
    ("vsftpd", "ftp", "ftp"),
    ("slapd", "ldap", "ldap"),
    ("postgres", "postgres", "postgres"),
    ("mariadb", "mysql", "mysql"),
    ("mosquitto", "mqtt", "mqtt"),
    ("prosody", "jabber", "xmpp"),
    ("clamd", "clamd", "clamd"),
    ("nntp", "nntp", "nntp"),
    ("amqp", "amqp", "amqp"),
)
"""Server, port and service. Each server is stopped after it accepts a connection; later it is killed while it answers."""

STOPPED = tuple(bad(named(*each), CRITICAL, TIMEOUT) for each in INTERRUPTED)

KILLED = tuple(
    bad(named(*each), CRITICAL, NO_TLS) if "--ca-file" in each else bad(named(*each), WARNING, UNEXPECTED)
    for each in INTERRUPTED
)
"""The received part of the answer, its first byte, is not the expected text."""


def mistaken() -> list[Check]:
    """Return the healthy checks, each kind once, on the ports of other protocols."""
    seen: dict[tuple[str, ...], Check] = {}
    for each in HEALTHY:
        seen.setdefault(each.words, each)
    return [
        each._replace(server=server, port=port)
        for each in seen.values()
        for server, port in STRANGERS
        if port not in each.words and "h2" not in each.words and "--proxy-protocol" not in each.words
    ]
