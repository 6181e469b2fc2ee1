# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Databases, directories and message queues, as data."""

from __future__ import annotations

from ..dialogue.steps import hear, say
from ..model.service import Service, secured
from .protocols import (
    BER_LENGTH,
    MSSQL_ENCRYPT_NOT_SUP,
    MYSQL_BLOCKED,
    MYSQL_COUNTER,
    MYSQL_QUIT,
    MYSQL_TLS,
    MYSQL_UNHEALTHY,
    OVERLOADED,
    mssql_prelogin,
    mysql_error,
    mysql_greeting,
    mysql_login,
)


def _redis(*words: str) -> str:
    """Return a command as an array of bulk strings: twemproxy and Envoy do not read inline commands (RESP)."""
    return f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)


# A whole line of an INFO section, and the errors that are requests for authentication.
_INFO_LINE = r"[^\r\n]+\r\n"
_REDIS_ACCESS = r"^-(?P<access>NOAUTH|NOPERM|ERR operation not permitted)[^\r\n]*\r\n"
_REDIS_LOADING = {
    r"^-LOADING[^\r\n]*\r\n": "it is loading its dataset",
    r"^-BUSY[^\r\n]*\r\n": "it is busy with a script",
}

_REDIS_PING = (
    say(_redis("PING"), comment="PING"),
    hear(
        r"^\+PONG\r\n",
        _REDIS_ACCESS,
        reject={
            **_REDIS_LOADING,
            r"^-MASTERDOWN[^\r\n]*\r\n": "its link with the master is down",
            r"^-DENIED[^\r\n]*\r\n": "it is in protected mode, and accepts no connections from other hosts",
            r"^-ERR max number of clients[^\r\n]*\r\n": OVERLOADED,
        },
        comment="PONG, or a request for authentication",
    ),
)

_REDIS = Service(
    "redis",
    6379,
    steps=(
        *_REDIS_PING,
        # Only a Sentinel has the second section, and it has no replication section.
        say(_redis("INFO", "replication") + _redis("INFO", "sentinel")),
        # A bulk string of lines "name:value". The role of a replica is called slave. A proxy refuses INFO or ends the
        # connection, and INFO may be renamed or forbidden: after PONG, both are accepted.
        hear(
            r"^\$[0-9]{1,6}\r\n(?:#[^\r\n]*\r\n)?role:(?P<role>(?!slave)[a-z-]{1,32})\r\n(?:[^\r\n]+\r\n)*\r\n",
            r"^\$[0-9]{1,6}\r\n(?:#[^\r\n]*\r\n)?role:(?P<role>slave)\r\n(?:(?!master_link_status)[^\r\n]+\r\n)*"
            r"master_link_status:(?P<master_link_status>up)\r\n(?:[^\r\n]+\r\n)*\r\n",
            rf"^\$0\r\n\r\n\$[0-9]{{1,6}}\r\n# Sentinel\r\n(?P<role>sentinel)_masters:(?:{_INFO_LINE})*\r\n",
            r"^\$0\r\n\r\n(?:\$0\r\n\r\n|-[^\r\n]*\r\n)",
            _REDIS_ACCESS,
            r"^-(?!NOAUTH|NOPERM|ERR operation not permitted|LOADING|BUSY)[^\r\n]*\r\n",
            reject={
                **_REDIS_LOADING,
                r"^\$[0-9]{1,6}\r\n(?:#[^\r\n]*\r\n)?role:slave\r\n(?:(?!master_link_status)[^\r\n]+\r\n)*"
                r"master_link_status:down\r\n(?:[^\r\n]+\r\n)*\r\n": "its link with the master is down",
            },
            comment="its replication role",
            required=False,
        ),
    ),
    quit=_redis("QUIT"),
    idempotent=True,
    means="it answered and is not loading data, and the link of a replica to its master is up where INFO is permitted; or it requested authentication (RESP)",
)

# The section of a Sentinel: its own lines, and one for each monitored master (redis.io, Sentinel, INFO).
_SENTINEL_INFO = r"^\$[0-9]{1,6}\r\n# Sentinel\r\n"
_SENTINEL_GOOD = (
    r"(?:(?!sentinel_tilt:1|sentinel_masters:|master[0-9]{1,6}:name=[^,\r\n]*,status=[so]down)[^\r\n]+\r\n)*"
)
_SENTINEL_MASTERS = (
    rf"{_SENTINEL_INFO}{_SENTINEL_GOOD}sentinel_masters:(?P<masters>[1-9][0-9]{{0,5}})\r\n{_SENTINEL_GOOD}"
)

_SENTINEL = Service(
    "sentinel",
    26379,
    steps=(
        *_REDIS_PING,
        say(_redis("INFO", "sentinel")),
        hear(
            rf"{_SENTINEL_MASTERS}\r\n",
            _REDIS_ACCESS,
            reject={
                rf"{_SENTINEL_MASTERS}master[0-9]{{1,6}}:name=(?P<master>[^,\r\n]{{1,64}}),status=(?P<condition>[so]down)"
                rf"[^\r\n]*\r\n(?:{_INFO_LINE})*\r\n": "the master {master} is down ({condition})",
                rf"{_SENTINEL_MASTERS}sentinel_tilt:1\r\n(?:{_INFO_LINE})*\r\n": (
                    "it is in TILT mode: it does not fail over, because its clock or its own pauses are not reliable"
                ),
                rf"{_SENTINEL_INFO}{_SENTINEL_GOOD}sentinel_masters:0\r\n(?:{_INFO_LINE})*\r\n": "it monitors no master",
                r"^\$0\r\n\r\n": "it is not a Sentinel",
                r"^-(?!NOAUTH|NOPERM|ERR operation not permitted)[^\r\n]*\r\n": "it answers with an error",
            },
            comment="the state of its masters",
        ),
    ),
    idempotent=True,
    means="it monitors at least one master, sees all of them up, and is not in TILT mode; or it requested authentication (Redis Sentinel)",
)

_BINARY_ONLY = "it may accept the binary protocol only (service memcached-binary)"

_MEMCACHED = Service(
    "memcached",
    11211,
    steps=(
        # A server of the binary protocol waits for a header of 24 bytes. With fewer it is silent, with more it closes.
        say(3 * "version\r\n"),
        hear(
            r"^VERSION (?P<version>[^\r\n]{1,60})\r\n",
            r"^CLIENT_ERROR (?P<access>unauthenticated)[^\r\n]*\r\n",
            reject={r"^ERROR Too many open connections\r\n": OVERLOADED},
            comment="its version",
            closed=_BINARY_ONLY,
        ),
    ),
    quit="quit\r\n",
    idempotent=True,
    means="it returned its version, and accepts connections; or it requested authentication (memcached, doc/protocol.txt)",
)

# A version of up to 60 bytes, and its length before the 12 bytes of the identifier and of the CAS value.
_BINARY_VERSION = "|".join(rf"\x{size:02x}.{{12}}.{{{size}}}" for size in range(1, 61))

_MEMCACHED_BINARY = Service(
    "memcached-binary",
    11211,
    steps=(
        # Magic of a request, the operation version (0x0b), and zeros: no key, no extras, no body.
        say(b"\x80\x0b" + bytes(22), comment="version"),
        # Magic of a response, no key, no extras, status 0, and the version as the body; or an authentication error (0x20).
        hear(
            rf"(?s)^\x81\x0b\x00\x00\x00\x00\x00\x00\x00\x00\x00(?:{_BINARY_VERSION})",
            r"(?s)^\x81\x0b\x00\x00\x00\x00\x00\x20.{16}",
            reject={
                r"^ERROR Too many open connections\r\n": OVERLOADED,
                r"(?s)^\x81\x0b....(?!\x00[\x00\x20])..": "it answers with an error",
            },
            comment="its version",
        ),
    ),
    quit="\x80\x07" + 22 * "\x00",
    idempotent=True,
    means="it returned its version, or requested authentication (memcached, binary protocol)",
)

# StartupMessage: length, version 3.0, user and database, a NUL (PostgreSQL, message formats).
_POSTGRES_STARTUP = b"\x00\x03\x00\x00user\x00tcp_health\x00database\x00postgres\x00\x00"


def _postgres_error(code: str, message: str = "") -> str:
    """Return the expression for a whole ErrorResponse: its fields are a letter, a text and a NUL; C is the SQLSTATE.

    MESSAGE is for the beginning of the text M, which every server sends after the SQLSTATE; with it, M is the next field.
    """
    text = f"M{message}[^\\x00]*\\x00" if message else ""
    return rf"(?s)^E.{{4}}(?:[ABD-Za-z][^\x00]*\x00)*C{code}\x00{text}(?:[A-Za-z][^\x00]*\x00)*\x00"


# PgBouncer has 08P01 (protocol violation) for all its errors: these are about its health, and the others about our user
# or database. Supavisor has XX000 for a user or database that it does not know.
_POOLER_FULL = "no more connections allowed"
_POOLER_WITHOUT_SERVER = (
    "(?:pgbouncer cannot connect to server|server login |query_wait_timeout|pgbouncer is shutting down)"
)
_UNKNOWN_TENANT = "Tenant or user not found"


_POSTGRES = Service(
    "postgres",
    5432,
    steps=(
        say((len(_POSTGRES_STARTUP) + 4).to_bytes(4, "big") + _POSTGRES_STARTUP, comment="StartupMessage"),
        hear(
            r"(?s)^R\x00\x00.{6}",  # an Authentication message: a request, or AuthenticationOk
            _postgres_error("(?P<access>28[0-9A-Z]{3}|3D000)"),
            _postgres_error("(?P<access>08P01)", rf"(?!{_POOLER_FULL}|{_POOLER_WITHOUT_SERVER})"),
            _postgres_error("(?P<access>XX000)", _UNKNOWN_TENANT),
            reject={
                _postgres_error(
                    "57P03"
                ): "it accepts no connections: it is starting up, shutting down or in recovery",
                _postgres_error("57P0[12]"): "it is shutting down",
                _postgres_error("53[0-9A-Z]{3}"): "too many connections, or another resource is exhausted",
                _postgres_error("08P01", _POOLER_FULL): OVERLOADED,
                _postgres_error(
                    "08P01", _POOLER_WITHOUT_SERVER
                ): "it has no connection to its database server",
                _postgres_error("XX000", rf"(?!{_UNKNOWN_TENANT})"): "it answers with an error",
                _postgres_error(
                    "(?!28|3D000|57P0[123]|53|08P01|XX000)[0-9A-Z]{5}"
                ): "it answers with an error",
            },
            comment="a request for authentication",
        ),
    ),
    means="it requested authentication: it is not starting up, shutting down, in recovery or at its connection limit",
)

# CLIENT_SECURE_CONNECTION (0x8000), CLIENT_PROTOCOL_41 (0x200), CLIENT_LONG_PASSWORD (1).
_MYSQL_PLAIN = b"\x01\x82\x00\x00"
_MYSQL_ANSWER = r"(?s)^...[\x01-\x0f]"

# OK, another authentication method, more authentication data, or an error that is unrelated to its health.
_MYSQL_THINKS = hear(
    _MYSQL_ANSWER + r"[\x00\x01\xfe]",
    _MYSQL_ANSWER + r"\xff(?!\x10\x04|\xb3\x04|\x69\x04|\x1d\x04|\x11\x04|\x6f\x04)..",
    reject=MYSQL_UNHEALTHY,
    blocks=MYSQL_BLOCKED,
    comment="an answer to the login",
)
_MYSQL_COMMENT = "a login, so that the server does not count a connection error"

_MYSQL = Service(
    "mysql",
    3306,
    steps=(
        hear(
            mysql_greeting(),
            reject={**MYSQL_UNHEALTHY, mysql_error(1130): "it does not accept this host"},
            blocks=MYSQL_BLOCKED,
            comment="the greeting",
        ),
        say(mysql_login(1, _MYSQL_PLAIN), comment=_MYSQL_COMMENT),
        _MYSQL_THINKS,
    ),
    # The SSLRequest was packet 1.
    after_starttls=(say(mysql_login(2, MYSQL_TLS), comment=_MYSQL_COMMENT), _MYSQL_THINKS),
    quit=MYSQL_QUIT.decode("latin-1"),
    broken_counts=MYSQL_COUNTER,
    means="it sent a greeting and answered a login: it is not at its limit or shutting down, and does not block this host (MySQL, connection phase)",
)

_MSSQL = Service(
    "mssql",
    1433,
    steps=(
        say(mssql_prelogin(MSSQL_ENCRYPT_NOT_SUP), comment="PRELOGIN"),
        # A tabular result (4) that begins with its version.
        hear(r"(?s)^\x04\x01.{6}\x00\x00.\x00\x06", comment="a PRELOGIN response"),
    ),
    after_starttls=(),
    means="it answered PRELOGIN (MS-TDS, 2.2.6.5)",
)

# OP_MSG (2013), request 1: length, number, answer to, operation, flags; a section (0) with the document
# {hello: 1, $db: "admin"} (MongoDB Wire Protocol; BSON: 0x10 int32, 0x02 string, 0x08 boolean, 0x01 double).
_MONGODB_BODY = b"\x10hello\x00\x01\x00\x00\x00\x02$db\x00\x06\x00\x00\x00admin\x00\x00"
_MONGODB_HELLO = b"\x01\x00\x00\x00\x00\x00\x00\x00\xdd\x07\x00\x00" + bytes(4) + b"\x00"
_MONGODB_ANSWER = r"(?s)^.{8}\x01\x00\x00\x00\xdd\x07\x00\x00.{5}"
_MONGODB_SERVES = r"\x08(?:isWritablePrimary|secondary|arbiterOnly)\x00\x01"

_MONGODB = Service(
    "mongodb",
    27017,
    steps=(
        say(
            (len(_MONGODB_HELLO) + len(_MONGODB_BODY) + 8).to_bytes(4, "little")
            + _MONGODB_HELLO
            + (len(_MONGODB_BODY) + 4).to_bytes(4, "little")
            + _MONGODB_BODY,
            comment="hello",
        ),
        hear(
            rf"{_MONGODB_ANSWER}(?:(?!{_MONGODB_SERVES}|\x01ok\x00).)*"
            r"\x08(?P<role>isWritablePrimary|secondary|arbiterOnly)\x00\x01",
            reject={
                rf"{_MONGODB_ANSWER}(?:(?!{_MONGODB_SERVES}|\x01ok\x00).)*\x01ok\x00.{{6}}\xf0\x3f": (
                    "it is neither primary nor secondary nor an arbiter"
                ),
                rf"{_MONGODB_ANSWER}(?:(?!{_MONGODB_SERVES}|\x01ok\x00).)*\x01ok\x00\x00{{8}}": "it rejects hello",
            },
            comment="an answer to hello",
        ),
    ),
    idempotent=True,
    means="it is a primary, a secondary, an arbiter, a router or a standalone server (MongoDB, hello); 4.4.2 and newer",
)

_CASSANDRA = Service(
    "cassandra",
    9042,
    steps=(
        # Version 4, no flags, stream 0, OPTIONS (5), no body.
        say(b"\x04\x00\x00\x00\x05\x00\x00\x00\x00", comment="OPTIONS"),
        # SUPPORTED (6), or an ERROR (0) with its code.
        hear(
            r"(?s)^[\x83-\x85].\x00\x00\x06.{4}",
            reject={
                r"(?s)^[\x83-\x85].\x00\x00\x00.{4}\x00\x00\x10\x01": "it is overloaded",
                r"(?s)^[\x83-\x85].\x00\x00\x00.{4}\x00\x00\x10\x02": "it is bootstrapping",
                r"(?s)^[\x83-\x85].\x00\x00\x00.{4}(?!\x00\x00\x10[\x01\x02]).{4}": "it answers with an error",
            },
            comment="SUPPORTED",
        ),
    ),
    means="it returned its supported options, and is not overloaded or bootstrapping (CQL binary protocol v4, 4.1.3 and 4.2.4)",
)

# SearchRequest (0x63) of message 1: no base, baseObject, never dereference, no limits, types and values,
# (objectClass=*), supportedLDAPVersion (RFC 4511, 4.5.1; RFC 4512, 5.1).
_ROOT_DSE = (
    b"\x30\x3b\x02\x01\x01\x63\x36\x04\x00\x0a\x01\x00\x0a\x01\x00\x02\x01\x00\x02\x01\x00\x01\x01\x00"
    b"\x87\x0bobjectClass\x30\x16\x04\x14supportedLDAPVersion"
)

# Any SearchResultEntry (0x64) of message 1, then SearchResultDone (0x65) up to its result code.
_LDAP_DONE = (
    rf"(?s)^(?:\x30{BER_LENGTH}\x02\x01\x01\x64.*?)?\x30{BER_LENGTH}\x02\x01\x01\x65{BER_LENGTH}\x0a\x01"
)

# Code 53, unless the message is OpenLDAP's request for authentication (slapd.conf(5), require authc). After the code come
# a name, which is usually empty, and the message of 23 bytes.
_LDAP_UNWILLING = r"\x35\x04(?:[^\x00]|\x00\x04(?:[^\x17]|\x17(?!authentication required).{23}))"

_LDAP = Service(
    "ldap",
    389,
    steps=(
        say(_ROOT_DSE, comment="a search for the root DSE"),
        hear(
            # Any code but those below: an answer, a request for authentication, or no permission to read.
            _LDAP_DONE + r"[^\x33-\x35\x50]",
            _LDAP_DONE + r"\x35\x04\x00\x04\x17(?P<access>authentication required)",
            reject={
                _LDAP_DONE + r"\x33": "it is busy",
                _LDAP_DONE + r"\x34": "it is unavailable",
                _LDAP_DONE + _LDAP_UNWILLING: "it is unwilling to perform the search",
                _LDAP_DONE + r"\x50": "it has an internal error (other)",
                # Notice of Disconnection is message 0 (section 4.4.1).
                rf"(?s)^\x30{BER_LENGTH}\x02\x01\x00\x78{BER_LENGTH}\x0a\x01.": "it rejects the connection",
            },
            comment="the end of the search",
        ),
    ),
    quit="0\x05\x02\x01\x02\x42\x00",  # UnbindRequest (0x42), message 2
    means="it answered a search for its root DSE, or requested authentication; it is not busy, unavailable or unwilling",
)

_MQTT = Service(
    "mqtt",
    1883,
    steps=(
        # CONNECT: 12 bytes; MQTT, level 4 (3.1.1), clean session, keep alive 60 s. It has no client identifier: the server
        # would disconnect another client with the same one (OASIS MQTT 3.1.1, 3.1).
        say(b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00", comment="CONNECT"),
        # CONNACK (3.2): 0 accepted, 2 identifier rejected, 4 and 5 authentication required.
        hear(
            r"^\x20\x02[\x00\x01][\x00\x02\x04\x05]",
            reject={
                r"^\x20\x02[\x00\x01]\x03": "it is unavailable",
                # A server that speaks MQTT 5 only answers 0x84 with one more byte (OASIS MQTT 5.0, 3.2).
                r"^\x20\x02[\x00\x01]\x01|^\x20\x03\x00\x84\x00": "it does not speak MQTT 3.1.1",
            },
            comment="CONNACK",
        ),
    ),
    quit="\xe0\x00",  # DISCONNECT
    means="it accepted a connection, or requested authentication; it did not report that it is unavailable (MQTT 3.1.1, 3.2)",
)

_AMQP_HEADER = b"AMQP\x00\x00\x09\x01"

_AMQP = Service(
    "amqp",
    5672,
    steps=(
        say(_AMQP_HEADER, comment="the protocol header of 0-9-1"),
        # Connection.Start: a method frame (1) of channel 0, class 10, method 10, version 0-9, a table of the server's
        # properties with "version" as a long string, mechanisms, locales, 0xce (AMQP 0-9-1, 2.3.5 and 1.4.2.1).
        hear(
            r"(?s)^\x01\x00\x00.{4}\x00\x0a\x00\x0a\x00\x09.{4}(?:(?!\x07versionS\x00).)*"
            r"\x07versionS\x00\x00\x00.(?P<version>[0-9][0-9.]{0,30})[^0-9.].*?[a-zA-Z0-9_.-]\xce",
            r"(?s)^\x01\x00\x00.{4}\x00\x0a\x00\x0a\x00\x09.{4}(?:(?!\x07versionS\x00).)*?[a-zA-Z0-9_.-]\xce",
            # A server of another AMQP version answers with the header that it supports (AMQP 0-9-1, 4.2.2).
            r"(?s)^AMQP[\x00-\x03]...",
            comment="Connection.Start, or the protocol header of another version",
        ),
    ),
    means="it sent Connection.Start of AMQP 0-9-1, or the protocol header of another version",
)

_KAFKA = Service(
    "kafka",
    9092,
    steps=(
        # Size 10, ApiVersions (18) version 0, correlation "tcph", no client.
        say(b"\x00\x00\x00\x0a\x00\x12\x00\x00tcph\xff\xff", comment="ApiVersions"),
        # Size, correlation, error 0 or 35 (unsupported version of the request).
        hear(r"(?s)^\x00...tcph\x00[\x00\x23]", comment="the supported versions"),
    ),
    idempotent=True,
    means="the broker returned its supported requests (Kafka protocol, ApiVersions)",
)

_NATS = Service(
    "nats",
    4222,
    steps=(
        # The lookahead requires the end of the line, so the search for the version reads the line once.
        hear(
            r"^INFO (?=[^\n]*\n)[^\n]*?\"version\": ?\"(?P<version>[^\"\n]{1,60})\"[^\n]*\n",
            reject={r"^-ERR[^\n]*\n": "it rejects the connection"},
            comment="INFO",
        ),
        say(b'CONNECT {"verbose":false,"pedantic":false}\r\nPING\r\n'),
        hear(
            r"^(?:INFO [^\n]*\n)*PONG\r?\n",
            r"(?i)^(?:INFO [^\n]*\n)*-ERR '(?P<access>Authorization[^'\n]{0,40}|Authentication[^'\n]{0,40}"
            r"|Secure Connection - TLS Required)'\r?\n",
            reject={
                r"(?i)^(?:INFO [^\n]*\n)*-ERR '(?!Authorization|Authentication|Secure Connection)[^\n]*\n": (
                    "it answers with an error"
                ),
            },
            comment="PONG, or a request for authentication",
        ),
    ),
    means="it answered PING, or requested authentication or TLS; it is not at its connection limit (NATS client protocol)",
)

_ZOOKEEPER = Service(
    "zookeeper",
    2181,
    steps=(
        # srvr is the only four-letter word that is allowed by default.
        say("srvr"),
        hear(
            r"^Zookeeper version: (?P<version>[^,\s]{1,60})[^\n]*\n(?:(?!Mode: )[^\n]*\n)*Mode: (?P<role>[a-z-]{1,20})\n",
            r"^srvr is (?P<access>not executed because it is not in the whitelist)\.",
            reject={
                r"^This ZooKeeper instance is not currently serving requests": "it is not serving requests (no quorum?)",
            },
            comment="its version and role",
        ),
    ),
    idempotent=True,
    means="it serves requests, or does not allow srvr (ZooKeeper Administrator's Guide)",
)

ROWS = (
    _REDIS,
    secured(_REDIS, "rediss", 6379),
    _SENTINEL,
    _MEMCACHED,
    _MEMCACHED_BINARY,
    _POSTGRES,
    _MYSQL,
    _MSSQL,
    _MONGODB,
    _CASSANDRA,
    _LDAP,
    secured(_LDAP, "ldaps", 636),
    _MQTT,
    secured(_MQTT, "mqtts", 8883),
    _AMQP,
    secured(_AMQP, "amqps", 5671),
    _KAFKA,
    _NATS,
    _ZOOKEEPER,
)
