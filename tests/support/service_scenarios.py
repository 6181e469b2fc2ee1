# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table of servers' answers to the dialogue of each named service and STARTTLS protocol, with the outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.scripted import END, hear

if TYPE_CHECKING:
    from support.scripted import Step


class Talk:
    """A row.

    name      the service or the STARTTLS protocol
    title     the condition of the server
    steps     what it waits for and sends
    words     None: healthy; else the words of the check's message, "" for an unexpected answer
    captured  what is captured
    blocked   whether the server blocks this host
    """

    blocked = False

    def __init__(
        self, name: str, title: str, steps: tuple[Step, ...], words: str | None, captured: dict[str, str]
    ) -> None:
        self.name = name
        self.title = title
        self.steps = steps
        self.words = words
        self.captured = captured

    def __repr__(self) -> str:
        return f"{self.name}: {self.title}"


def _ok(name: str, title: str, *steps: Step, **captured: str) -> Talk:
    return Talk(name, title, steps, None, captured)


def _bad(name: str, title: str, *steps: Step, words: str = "") -> Talk:
    return Talk(name, title, steps, words, {})


def _blocked(name: str, title: str, *steps: Step, words: str) -> Talk:
    talk = _bad(name, title, *steps, words=words)
    talk.blocked = True
    return talk


def _mysql(number: int, body: bytes) -> bytes:
    return len(body).to_bytes(3, "little") + bytes((number,)) + body


def _mysql_greeting(version: bytes, low: int = 0xFFFE, high: int = 0x81BF) -> bytes:
    """Return the greeting of a server with these capabilities, the lower and the upper 16."""
    plugin = b"mysql_native_password\x00" if high & 0x08 else b""
    body = (
        b"\x0a" + version + b"\x00" + b"\x2a\x00\x00\x00" + b"AAAAAAAA" + b"\x00" + low.to_bytes(2, "little")
    )
    body += b"\x2d" + b"\x02\x00" + high.to_bytes(2, "little") + (b"\x15" if plugin else b"\x00") + bytes(10)
    return _mysql(0, body + b"BBBBBBBBBBBB\x00" + plugin)


def _mysql_error(code: int, words: bytes, number: int = 0) -> bytes:
    return _mysql(number, b"\xff" + code.to_bytes(2, "little") + words)


def _postgres_error(code: bytes, words: bytes) -> bytes:
    fields = b"SFATAL\x00VFATAL\x00C" + code + b"\x00M" + words + b"\x00Fpostmaster.c\x00L1\x00Rx\x00\x00"
    return b"E" + (len(fields) + 4).to_bytes(4, "big") + fields


def _ber(tag: int, body: bytes, long: bool = False) -> bytes:
    """Return an element; LONG is the form of the length that Active Directory writes."""
    if long:
        return bytes((tag, 0x84)) + len(body).to_bytes(4, "big") + body
    if len(body) < 128:
        return bytes((tag, len(body))) + body
    return bytes((tag, 0x81, len(body))) + body


def _ldap(
    operation: int, code: int, words: bytes = b"", rest: bytes = b"", message: int = 1, long: bool = False
) -> bytes:
    result = b"\x0a\x01" + bytes((code,)) + b"\x04\x00" + _ber(0x04, words) + rest
    return _ber(0x30, b"\x02\x01" + bytes((message,)) + _ber(operation, result, long), long)


def _ldap_entry(long: bool = False) -> bytes:
    values = _ber(0x31, b"\x04\x013\x04\x012", long)
    attributes = _ber(0x30, _ber(0x30, b"\x04\x14supportedLDAPVersion" + values, long), long)
    return _ber(0x30, b"\x02\x01\x01" + _ber(0x64, b"\x04\x00" + attributes, long), long)


def _amqp_start(*, version: bytes = b"", locale: bytes = b"en_US") -> bytes:
    table = b"\x07productS\x00\x00\x00\x08RabbitMQ"
    table += (
        b"\x07versionS\x00\x00\x00" + bytes((len(version),)) + version + b"\x08platformS\x00\x00\x00\x03OTP"
    )
    if not version:
        table = b""
    body = b"\x00\x0a\x00\x0a\x00\x09" + len(table).to_bytes(4, "big") + table
    body += b"\x00\x00\x00\x05PLAIN" + len(locale).to_bytes(4, "big") + locale
    return b"\x01\x00\x00" + len(body).to_bytes(4, "big") + body + b"\xce"


def _mongodb(fields: bytes, ok: bytes = b"\x00\x00\x00\x00\x00\x00\xf0\x3f") -> bytes:
    document = fields + b"\x01ok\x00" + ok + b"\x00"
    message = b"\x09\x00\x00\x00\x01\x00\x00\x00\xdd\x07\x00\x00" + bytes(4) + b"\x00"
    message += (len(document) + 4).to_bytes(4, "little") + document
    return (len(message) + 4).to_bytes(4, "little") + message


def _redis_info(text: bytes) -> bytes:
    return b"$%d\r\n%s\r\n" % (len(text), text)


def _sentinel_info(masters: bytes, number: bytes = b"1", tilt: bytes = b"0") -> bytes:
    """Return the section of Redis Sentinel 7, with these masters."""
    return _redis_info(
        b"# Sentinel\r\nsentinel_masters:%s\r\nsentinel_tilt:%s\r\nsentinel_tilt_since_seconds:-1\r\n" % (number, tilt)
        + b"sentinel_running_scripts:0\r\nsentinel_scripts_queue_length:0\r\n" + masters
    )  # fmt: skip


def _rpc(state: bytes) -> bytes:
    body = b"tcph" + b"\x00\x00\x00\x01" + state
    return b"\x80\x00\x00" + bytes((len(body),)) + body


def _cassandra(code: int, body: bytes) -> bytes:
    return b"\x84\x00\x00\x00" + bytes((code,)) + len(body).to_bytes(4, "big") + body


def _smb(status: bytes) -> bytes:
    message = b"\xfeSMB\x40\x00\x01\x00" + status + b"\x00\x00\x01\x00" + bytes(48) + b"\x41\x00" + bytes(63)
    return len(message).to_bytes(4, "big") + message


def _rdp(kind: int, value: int) -> bytes:
    return b"\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00" + bytes((kind, 0, 8, 0, value, 0, 0, 0))


def _tds(content: bytes) -> bytes:
    return b"\x04\x01" + (8 + len(content)).to_bytes(2, "big") + b"\x00\x00\x01\x00" + content


def _prelogin(encryption: int) -> bytes:
    """Return the answer of SQL Server 2019: version, encryption, instance, thread (without data), several result sets."""
    options = b"\x00\x00\x1a\x00\x06\x01\x00\x20\x00\x01\x02\x00\x21\x00\x01\x03\x00\x22\x00\x00\x04\x00\x22\x00\x01\xff"
    return _tds(options + b"\x0f\x00\x07\xd0\x00\x00" + bytes((encryption,)) + b"\x00" + b"\x00")


def _http(name: str, verb: bytes = b"GET / HTTP/1.1\r\nHost: 127.0.0.2\r\n") -> tuple[Talk, ...]:
    asked = (hear(verb), hear(b"\r\n\r\n"))
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
    return (
        _ok(name, "healthy", *asked, b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n", status="200"),
        _ok(name, "without a reason", *asked, b"HTTP/1.0 204\r\n\r\n", status="204"),
        _ok(name, "redirecting", *asked, b"HTTP/1.1 301 Moved Permanently\r\n", status="301"),
        _ok(name, "behind an interim answer", *asked, early + b"HTTP/1.1 200 OK\r\n", status="200"),
        _ok(name, "wants authentication", *asked, b"HTTP/1.1 401 Unauthorized\r\n", status="401"),
        _ok(name, "has nothing at /", *asked, b"HTTP/1.1 404 Not Found\r\n", status="404"),
        _bad(name, "failing", *asked, b"HTTP/1.1 503 Service Unavailable\r\n", words="a server error"),
        _bad(name, "failing behind an interim answer", *asked, early + b"HTTP/1.1 500 Oops\r\n", words="a server error"),
        _bad(name, "a TLS port", *asked, b"HTTP/1.1 400 Bad Request\r\n", words="the port may expect TLS"),
        _ok(name, "of another protocol", *asked, b"HTTP/1.1 426 Upgrade Required\r\n", status="426"),
        _ok(name, "blocked by law", *asked, b"HTTP/1.1 451 Unavailable For Legal Reasons\r\n", status="451"),
        _bad(name, "of other names", *asked, b"HTTP/1.1 421 Misdirected Request\r\n", words="it does not serve this name"),
        _bad(name, "behind a proxy that asks who we are", *asked, b"HTTP/1.1 407 Proxy\r\n", words="a proxy"),
        _bad(name, "that lost our request", *asked, b"HTTP/1.1 408 Request Timeout\r\n", words="did not arrive whole"),
        _bad(name, "that limits us", *asked, b"HTTP/1.1 429 Too Many Requests\r\n", words="too many requests"),
        _bad(name, "behind a captive portal", *asked, b"HTTP/1.1 511 Network Authentication Required\r\n", words="a captive portal"),
        _bad(name, "of its own numbers", *asked, b"HTTP/1.1 999 Request denied\r\n", words="an invalid status"),
        _bad(name, "a TLS port that alerts", *asked, b"\x15\x03\x01\x00\x02\x02\x46"),
    )  # fmt: skip


def _greets(name: str, verb: bytes) -> tuple[Talk, ...]:
    """The greeting and the extensions of SMTP and LMTP."""
    offers = b"250-mx.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
    return (
        _ok(name, "healthy", b"220 mx.example ESMTP\r\n", hear(verb), offers),
        _ok(
            name,
            "with a greeting of several lines",
            b"220-mx.example\r\n220-hello\r\n220 bye\r\n",
            hear(verb),
            b"250\r\n",
        ),
        _bad(name, "overloaded", b"421 mx.example too busy\r\n", END, words="not available at the moment"),
        _bad(name, "not in service", b"554 no service here\r\n", words="it refuses"),
        _bad(
            name,
            "refusing the name we give",
            b"220 mx.example\r\n",
            hear(verb),
            b"550-no\r\n550 no\r\n",
            words="refuses",
        ),
        _bad(name, "a web server", b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    )


_INFO = hear(b"*2\r\n$4\r\nINFO\r\n$11\r\nreplication\r\n*2\r\n$4\r\nINFO\r\n$8\r\nsentinel\r\n")
_PING = hear(b"*1\r\n$4\r\nPING\r\n")
_NOAUTH = b"-NOAUTH Authentication required.\r\n"
_SENTINEL = hear(b"*2\r\n$4\r\nINFO\r\n$8\r\nsentinel\r\n")
_UP = b"master0:name=mymaster,status=ok,address=10.0.0.1:6379,slaves=0,sentinels=1\r\n"
_BINARY = hear(b"\x80\x0b" + bytes(22))
_LOGIN = hear(b"tcp_health\x00\x00")
_START = hear(b"user\x00tcp_health\x00")
_SEARCH = hear(b"supportedLDAPVersion")
_CONNECT = hear(b"\x00\x04MQTT\x04\x02\x00\x3c\x00\x00")
_AMQP = hear(b"AMQP\x00\x00\x09\x01")
_RDP = hear(b"\x03\x00\x00\x13\x0e\xe0")
_NATS_PING = hear(b"PING\r\n")
_NATS_INFO = b'INFO {"server_id":"N","version":"2.10.4","max_payload":1048576,"auth_required":false} \r\n'
_HELLO = hear(b"\x10hello\x00")
_STREAM = hear(b"to='127.0.0.2' version='1.0'")
_HEADER = (
    b"<?xml version='1.0'?><stream:stream id='1' xml:lang='en' from='127.0.0.2' version='1.0'"
    b" xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
)
_OFFER = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"
_SASL = b"<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>"
_HOST_UNKNOWN = b"<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>"
_SHUTDOWN = b"<stream:error><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
_QUERY = hear(b"\x00\x00\x02\x00\x01")
_NULL = hear(b"tcph")
_CLUSTER = hear(b"GET /_cluster/health?filter_path=status HTTP/1.1\r\n")
_JSON = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 18\r\n\r\n"
_CAPABILITIES = b'"IMPLEMENTATION" "Dovecot Pigeonhole"\r\n"SIEVE" "fileinto"\r\n"SASL" "PLAIN"\r\n'

SERVICE_TALKS = (
    _ok("ssh", "healthy", b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", protocol="2.0", software="OpenSSH_9.2p1"),
    _ok("ssh", "with lines before it", b"hello\r\nthere\r\nSSH-1.99-x\n", protocol="1.99", software="x"),
    _bad("ssh", "full", b"Exceeded MaxStartups\r\n", END, words="MaxStartups"),
    _blocked("ssh", "penalising us", b"Not allowed at this time\r\n", END, words="PerSourcePenalties"),
    _bad("ssh", "of version 1", b"SSH-1.5-old\n", words="SSH version 1 only"),
    _bad("ssh", "a mail server", b"220 mx.example ESMTP\r\n", words="another protocol"),
    *_greets("submission", b"EHLO localhost\r\n"),
    *_greets("lmtp", b"LHLO localhost\r\n"),
    _ok("imaps", "healthy", b"* OK [CAPABILITY IMAP4rev1] ready\r\n"),
    _ok("imaps", "content with who we are", b"* PREAUTH hello\r\n"),
    _bad("imaps", "overloaded", b"* BYE too many connections\r\n", END, words="it rejects the connection"),
    _bad("imaps", "a POP server", b"+OK ready\r\n"),
    _ok("pop3s", "healthy", b"+OK ready\r\n"),
    _bad("pop3s", "locked", b"-ERR [SYS/TEMP] try later\r\n", words="it rejects the connection"),
    _bad("pop3s", "an IMAP server", b"* OK ready\r\n"),
    _ok("ftps", "healthy", b"220 ready\r\n"),
    _ok("ftps", "with a greeting of several lines", b"220-Welcome\r\n to all\r\n221 of you\r\n220 ready\r\n"),
    _ok("ftps", "late", b"120 in 1 minute\r\n220 ready\r\n"),
    _bad("ftps", "overloaded", b"421 too many users\r\n", END, words="not available at the moment"),
    _bad("ftps", "refusing", b"530 no\r\n", words="it refuses"),
    _ok("sieve", "healthy", _CAPABILITIES + b'OK "ready"\r\n', software="Dovecot Pigeonhole"),
    _ok("sieve", "with its name last", b'"SIEVE" "x"\r\n"IMPLEMENTATION" "y"\r\nok\r\n', software="y"),
    _bad("sieve", "overloaded", b'BYE "too many connections"\r\n', END, words="it rejects the connection"),
    _bad("sieve", "refusing behind its capabilities", _CAPABILITIES + b"NO\r\n", words="it rejects the connection"),
    _bad("sieve", "an IMAP server", b"* OK ready\r\n"),
    _ok("spamd", "healthy", hear(b"PING SPAMC/1.2\r\n\r\n"), b"SPAMD/1.5 0 PONG\r\n"),
    _bad("spamd", "failing", hear(b"PING"), b"SPAMD/1.5 75 EX_TEMPFAIL\r\n", words="it answers with an error"),
    _bad("spamd", "a web server", hear(b"PING"), b"HTTP/1.1 400 Bad Request\r\n\r\n", END),
    *_http("http"),
    _ok("elasticsearch", "healthy", _CLUSTER, _JSON + b'{"status":"green"}', health="green"),
    _ok("elasticsearch", "without some replicas", _CLUSTER, _JSON + b'{"status":"yellow"}', health="yellow"),
    _ok("elasticsearch", "wants authentication", _CLUSTER, b"HTTP/1.1 401 Unauthorized\r\n\r\n", access="401"),
    _bad("elasticsearch", "without some data", _CLUSTER, _JSON + b'{"status":"red"}', words="status is red"),
    _bad("elasticsearch", "without a master", _CLUSTER, b"HTTP/1.1 503 Service Unavailable\r\n\r\n", words="cannot report"),
    _bad("elasticsearch", "another web server", _CLUSTER, b"HTTP/1.1 200 OK\r\n\r\n<html></html>", END),
    _ok("redis", "a master", _PING, b"+PONG\r\n", _INFO,
        _redis_info(b"# Replication\r\nrole:master\r\nconnected_slaves:0\r\n"), role="master"),
    _ok("redis", "a replica", _PING, b"+PONG\r\n", _INFO,
        _redis_info(b"# Replication\r\nrole:slave\r\nmaster_host:x\r\nmaster_link_status:up\r\nslave_prio:1\r\n"),
        role="slave", master_link_status="up"),
    _ok("redis", "a sentinel", _PING, b"+PONG\r\n", _INFO, b"$0\r\n\r\n" + _sentinel_info(_UP), role="sentinel"),
    _ok("redis", "without sections", _PING, b"+PONG\r\n", _INFO, b"$0\r\n\r\n$0\r\n\r\n"),
    _ok("redis", "without the section of a sentinel", _PING, b"+PONG\r\n", _INFO, b"$0\r\n\r\n-ERR no\r\n"),
    _ok("redis", "with INFO renamed", _PING, b"+PONG\r\n", _INFO, b"-ERR unknown command 'INFO'\r\n"),
    _ok("redis", "behind Envoy", _PING, b"+PONG\r\n", _INFO, b"-invalid request\r\n"),
    _ok("redis", "behind twemproxy", _PING, b"+PONG\r\n", _INFO, END),
    _ok("redis", "old, wants authentication", _PING, b"-ERR operation not permitted\r\n", _INFO,
        b"-ERR operation not permitted\r\n", access="ERR operation not permitted"),
    _bad("redis", "loading after PONG", _PING, b"+PONG\r\n", _INFO, b"-LOADING Redis is loading\r\n", words="loading"),
    _ok("redis", "wants authentication", _PING, _NOAUTH, _INFO, _NOAUTH, access="NOAUTH"),
    _ok("redis", "allows us PING alone", _PING, b"+PONG\r\n", _INFO, b"-NOPERM no\r\n", access="NOPERM"),
    _bad("redis", "loading", _PING, b"-LOADING Redis is loading the dataset in memory\r\n", words="loading its dataset"),
    _bad("redis", "a replica that lost its master", _PING, b"+PONG\r\n", _INFO,
         _redis_info(b"# Replication\r\nrole:slave\r\nmaster_host:x\r\nmaster_link_status:down\r\nslave_prio:1\r\n"),
         words="link with the master is down"),
    _bad("redis", "serving nothing stale", _PING, b"-MASTERDOWN Link with MASTER is down\r\n", words="the master is down"),
    _bad("redis", "in a script", _PING, b"-BUSY Redis is busy running a script.\r\n", words="it is busy with a script"),
    _bad("redis", "full", b"-ERR max number of clients reached\r\n", END, words="too many connections"),
    _bad("redis", "protected", b"-DENIED Redis is running in protected mode\r\n", END, words="protected mode"),
    _bad("redis", "a memcached", _PING, b"ERROR\r\n"),
    _ok("sentinel", "healthy", _PING, b"+PONG\r\n", _SENTINEL, _sentinel_info(_UP), masters="1"),
    _ok("sentinel", "with two masters", _PING, b"+PONG\r\n", _SENTINEL,
        _sentinel_info(_UP + b"master1:name=b,status=ok,address=10.0.0.2:6379,slaves=1,sentinels=3\r\n", b"2"), masters="2"),
    _ok("sentinel", "wants authentication", _PING, _NOAUTH, _SENTINEL, _NOAUTH, access="NOAUTH"),
    _bad("sentinel", "whose master is down", _PING, b"+PONG\r\n", _SENTINEL,
         _sentinel_info(_UP + b"master1:name=cart,status=odown,address=10.0.0.2:6379,slaves=1,sentinels=3\r\n", b"2"),
         words="the master cart is down (odown)"),
    _bad("sentinel", "that alone misses its master", _PING, b"+PONG\r\n", _SENTINEL, _sentinel_info(_UP.replace(b"ok", b"sdown")),
         words="the master mymaster is down (sdown)"),
    _bad("sentinel", "without a master", _PING, b"+PONG\r\n", _SENTINEL, _sentinel_info(b"", b"0"), words="it monitors no master"),
    _bad("sentinel", "in TILT mode", _PING, b"+PONG\r\n", _SENTINEL, _sentinel_info(_UP, tilt=b"1"), words="TILT mode"),
    _bad("sentinel", "a plain Redis", _PING, b"+PONG\r\n", _SENTINEL, b"$0\r\n\r\n", words="not a Sentinel"),
    _bad("sentinel", "refusing INFO", _PING, b"+PONG\r\n", _SENTINEL, b"-ERR unknown command\r\n", words="an error"),
    _bad("sentinel", "a memcached", _PING, b"ERROR\r\n"),
    _ok("memcached-binary", "healthy", _BINARY, b"\x81\x0b" + bytes(9) + b"\x06" + bytes(12) + b"1.6.18"),
    _ok("memcached-binary", "wants authentication", _BINARY, b"\x81\x0b" + bytes(5) + b"\x20" + bytes(16)),
    _bad("memcached-binary", "failing", _BINARY, b"\x81\x0b" + bytes(5) + b"\x81" + bytes(16), words="an error"),
    _bad("memcached-binary", "full", b"ERROR Too many open connections\r\n", END, words="too many connections"),
    _bad("memcached-binary", "a web server", _BINARY, b"HTTP/1.1 400 Bad Request\r\n\r\n", END),
    _ok("memcached", "healthy", hear(b"version\r\n"), b"VERSION 1.6.18\r\n", version="1.6.18"),
    _ok("memcached", "wants authentication", hear(b"version\r\n"), b"CLIENT_ERROR unauthenticated\r\n",
        access="unauthenticated"),
    _bad("memcached", "full", b"ERROR Too many open connections\r\n", END, words="too many connections"),
    _bad("memcached", "a redis", hear(b"version\r\n"), b"-ERR unknown command\r\n"),
    _ok("postgres", "wants a password", _START, b"R\x00\x00\x00\x0c\x00\x00\x00\x05salt"),
    _ok("postgres", "wants SASL", _START, b"R\x00\x00\x00\x17\x00\x00\x00\x0aSCRAM-SHA-256\x00\x00"),
    _ok("postgres", "trusting", _START, b"R\x00\x00\x00\x08\x00\x00\x00\x00S\x00"),
    _ok("postgres", "without us in its rules", _START, _postgres_error(b"28000", b"no pg_hba.conf entry"), access="28000"),
    _ok("postgres", "without that database", _START, _postgres_error(b"3D000", b"no database"), access="3D000"),
    _bad("postgres", "starting up", _START, _postgres_error(b"57P03", b"the database system is starting up"),
         words="starting up, shutting down or in recovery"),
    _bad("postgres", "full", _START, _postgres_error(b"53300", b"sorry, too many clients already"),
         words="too many connections"),
    _bad("postgres", "ended by its administrator", _START, _postgres_error(b"57P01", b"bye"), words="shutting down"),
    _ok("postgres", "PgBouncer without us", _START, _postgres_error(b"08P01", b'"trust" authentication failed'), access="08P01"),
    _ok("postgres", "PgBouncer without that database", _START, _postgres_error(b"08P01", b"no such database: postgres"),
        access="08P01"),
    _ok("postgres", "Supavisor without us", _START, _postgres_error(b"XX000", b"Tenant or user not found"), access="XX000"),
    _bad("postgres", "PgBouncer, full", _START, _postgres_error(b"08P01", b"no more connections allowed (max_client_conn)"),
         words="too many connections"),
    _bad("postgres", "PgBouncer without a server", _START, _postgres_error(b"08P01", b"pgbouncer cannot connect to server"),
         words="no connection to its database server"),
    _bad("postgres", "PgBouncer, refused by its server", _START, _postgres_error(b"08P01", b"server login has been failing"),
         words="no connection to its database server"),
    _bad("postgres", "without a disk", _START, _postgres_error(b"58030", b"disk"), words="answers with an error"),
    _bad("postgres", "broken", _START, _postgres_error(b"XX000", b"internal"), words="answers with an error"),
    _bad("postgres", "a web server", _START, b"HTTP/1.1 400 Bad Request\r\n\r\n", END),
    _ok("mysql", "refusing the login", _mysql_greeting(b"8.0.36"), _LOGIN, _mysql_error(1045, b"#28000no", 2),
        version="8.0.36"),
    _ok("mysql", "a MariaDB", _mysql_greeting(b"5.5.5-10.11.6-MariaDB"), _LOGIN, _mysql_error(1698, b"no", 2),
        version="10.11.6-MariaDB"),
    _ok("mysql", "taking anybody", _mysql_greeting(b"5.1.73", high=0), _LOGIN, _mysql(2, b"\x00\x00\x00\x02\x00\x00\x00"),
        version="5.1.73"),
    _ok("mysql", "wanting another method", _mysql_greeting(b"9.1.0"), _LOGIN, _mysql(2, b"\xfesha256\x00salt\x00"),
        version="9.1.0"),
    _ok("mysql", "wanting TLS", _mysql_greeting(b"8.4.0"), _LOGIN, _mysql_error(3159, b"#HY000TLS", 2), version="8.4.0"),
    _bad("mysql", "full", _mysql_error(1040, b"Too many connections"), END, words="too many connections"),
    _bad("mysql", "full at the login", _mysql_greeting(b"8"), _LOGIN, _mysql_error(1040, b"full", 2), words="too many"),
    _blocked("mysql", "blocking us", _mysql_error(1129, b"Host is blocked"), END, words="max_connect_errors"),
    _bad("mysql", "not for us", _mysql_error(1130, b"Host is not allowed"), END, words="does not accept this host"),
    _bad("mysql", "shutting down", _mysql_greeting(b"8"), _LOGIN, _mysql_error(1053, b"bye", 2), words="shutting down"),
    _bad("mysql", "an SSH server", b"SSH-2.0-OpenSSH_9.2p1\r\n"),
    _ok("mssql", "healthy", hear(b"\xff" + bytes(6) + b"\x02"),
        b"\x04\x01\x00\x2b\x00\x00\x01\x00\x00\x00\x1a\x00\x06\x01\x00\x20\x00\x01\xff\x10\x00\x03\xe8\x00\x00\x00"),
    _bad("mssql", "another", hear(b"\xff"), b"HTTP/1.1 400 Bad Request\r\n\r\n", END),
    _ok("mongodb", "a primary", _HELLO, _mongodb(b"\x08isWritablePrimary\x00\x01\x10maxWireVersion\x00\x15\x00\x00\x00"),
        role="isWritablePrimary"),
    _ok("mongodb", "a secondary", _HELLO, _mongodb(b"\x08isWritablePrimary\x00\x00\x08secondary\x00\x01"),
        role="secondary"),
    _ok("mongodb", "an arbiter", _HELLO,
        _mongodb(b"\x08isWritablePrimary\x00\x00\x08secondary\x00\x00\x08arbiterOnly\x00\x01"), role="arbiterOnly"),
    _bad("mongodb", "recovering", _HELLO, _mongodb(b"\x08isWritablePrimary\x00\x00\x08secondary\x00\x00"),
         words="neither primary nor secondary"),
    _bad("mongodb", "too old", _HELLO, _mongodb(b"\x02errmsg\x00\x03\x00\x00\x00no\x00", bytes(8)), words="rejects hello"),
    _bad("mongodb", "a web server", _HELLO, b"HTTP/1.0 200 OK\r\n\r\nIt looks like", END),
    _ok("cassandra", "healthy", hear(b"\x04\x00\x00\x00\x05"), _cassandra(6, b"\x00\x01\x00\x0bCQL_VERSION")),
    _bad("cassandra", "overloaded", hear(b"\x05"), _cassandra(0, b"\x00\x00\x10\x01\x00\x00"), words="overloaded"),
    _bad("cassandra", "bootstrapping", hear(b"\x05"), _cassandra(0, b"\x00\x00\x10\x02\x00\x00"), words="bootstrapping"),
    _bad("cassandra", "of another version", hear(b"\x05"), _cassandra(0, b"\x00\x00\x00\x0a\x00\x00"), words="an error"),
    _bad("cassandra", "an SSH server", b"SSH-2.0-OpenSSH_9.2p1\r\n"),
    _ok("ldap", "healthy", _SEARCH, _ldap_entry() + _ldap(0x65, 0)),
    _ok("ldap", "an Active Directory", _SEARCH, _ldap_entry(long=True) + _ldap(0x65, 0, long=True)),
    _ok("ldap", "showing nothing", _SEARCH, _ldap(0x65, 32)),
    _ok("ldap", "wants authentication", _SEARCH, _ldap(0x65, 48, b"anonymous bind disallowed")),
    _ok("ldap", "wants confidentiality", _SEARCH, _ldap(0x65, 13)),
    _ok("ldap", "unwilling without authentication", _SEARCH, _ldap(0x65, 53, b"authentication required"),
        access="authentication required"),
    _bad("ldap", "unwilling in as many letters", _SEARCH, _ldap(0x65, 53, b"x" * 23), words="it is unwilling"),
    _bad("ldap", "unwilling for a while", _SEARCH, _ldap(0x65, 53, b"operation restricted"), words="it is unwilling"),
    _bad("ldap", "busy", _SEARCH, _ldap(0x65, 51), words="it is busy"),
    _bad("ldap", "unavailable", _SEARCH, _ldap(0x65, 52, b"going down"), words="it is unavailable"),
    _bad("ldap", "unwilling", _SEARCH, _ldap(0x65, 53), words="it is unwilling"),
    _bad("ldap", "broken", _SEARCH, _ldap(0x65, 80), words="internal error"),
    _bad("ldap", "disconnecting", _SEARCH, _ldap(0x78, 52, message=0), END, words="it rejects the connection"),
    _bad("ldap", "a mail server", b"220 mx.example ESMTP\r\n"),
    _ok("mqtt", "healthy", _CONNECT, b"\x20\x02\x00\x00"),
    _ok("mqtt", "wants a name", _CONNECT, b"\x20\x02\x00\x02"),
    _ok("mqtt", "wants a password", _CONNECT, b"\x20\x02\x00\x04"),
    _ok("mqtt", "wants authorisation", _CONNECT, b"\x20\x02\x00\x05"),
    _bad("mqtt", "unavailable", _CONNECT, b"\x20\x02\x00\x03", END, words="it is unavailable"),
    _bad("mqtt", "of another version", _CONNECT, b"\x20\x02\x00\x01", END, words="does not speak MQTT 3.1.1"),
    _bad("mqtt", "of version 5 alone", _CONNECT, b"\x20\x03\x00\x84\x00", END, words="does not speak MQTT 3.1.1"),
    _bad("mqtt", "a web server", _CONNECT, b"HTTP/1.1 400 Bad Request\r\n\r\n", END),
    _ok("amqp", "healthy", _AMQP, _amqp_start(version=b"3.10.8"), version="3.10.8"),
    _ok("amqp", "without properties", _AMQP, _amqp_start()),
    _ok("amqp", "of version 1.0", _AMQP, b"AMQP\x00\x01\x00\x00", END),
    _bad("amqp", "an SSH server", b"SSH-2.0-OpenSSH_9.2p1\r\n"),
    _ok("kafka", "healthy", hear(b"tcph\xff\xff"), b"\x00\x00\x00\x10tcph\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
    _ok("kafka", "of another version", hear(b"tcph"), b"\x00\x00\x00\x0atcph\x00\x23\x00\x00\x00\x00"),
    _bad("kafka", "another", hear(b"tcph"), b"HTTP/1.1 400 Bad Request\r\n\r\n", END),
    _ok("nats", "healthy", _NATS_INFO, _NATS_PING, b"PONG\r\n", version="2.10.4"),
    _ok("nats", "telling more", _NATS_INFO, _NATS_PING, _NATS_INFO + b"PONG\r\n", version="2.10.4"),
    _ok("nats", "wants authentication", _NATS_INFO, _NATS_PING, b"-ERR 'Authorization Violation'\r\n",
        version="2.10.4", access="Authorization Violation"),
    _ok("nats", "wants TLS", _NATS_INFO, _NATS_PING, b"-ERR 'Secure Connection - TLS Required'\r\n",
        version="2.10.4", access="Secure Connection - TLS Required"),
    _bad("nats", "full", _NATS_INFO, _NATS_PING, b"-ERR 'maximum connections exceeded'\r\n", END, words="an error"),
    _bad("nats", "full from the start", b"-ERR 'maximum connections exceeded'\r\n", END, words="it rejects the connection"),
    _bad("nats", "an SSH server", b"SSH-2.0-OpenSSH_9.2p1\r\n"),
    _ok("zookeeper", "healthy", hear(b"srvr"),
        b"Zookeeper version: 3.8.0-5a02, built on 2022\nLatency min/avg/max: 0/0/0\nMode: follower\nNode count: 5\n",
        version="3.8.0-5a02", role="follower"),
    _ok("zookeeper", "not allowing it", hear(b"srvr"), b"srvr is not executed because it is not in the whitelist.\n", END,
        access="not executed because it is not in the whitelist"),
    _bad("zookeeper", "without a quorum", hear(b"srvr"),
         b"This ZooKeeper instance is not currently serving requests\n", END, words="no quorum"),
    _bad("zookeeper", "another", hear(b"srvr"), b"-ERR unknown command\r\n"),
    _ok("xmpp", "healthy", _STREAM, _HEADER + b"<stream:features>" + _OFFER + _SASL + b"</stream:features>"),
    _ok("xmpp", "offering nothing", _STREAM, _HEADER + b"<stream:features/>"),
    _bad("xmpp", "of another domain", _STREAM, _HEADER + _HOST_UNKNOWN, END, words="does not serve this domain"),
    _bad("xmpp", "shutting down", _STREAM, _HEADER + _SHUTDOWN, END, words="ends the stream with an error"),
    _bad("xmpp", "a web server", _STREAM, b"HTTP/1.1 400 Bad Request\r\n\r\n", END),
    _ok("irc", "healthy", hear(b"CAP LS 302\r\n"), b":irc.example CAP * LS :multi-prefix\r\n", server="irc.example"),
    _ok("irc", "old", hear(b"CAP LS"), b":irc.example 421 * CAP :Unknown command\r\n", server="irc.example"),
    _ok("irc", "without capabilities", hear(b"PING tcp_health\r\n"), b":irc.example 451 * PING :You have not registered.\r\n",
        server="irc.example"),
    _ok("irc", "answering the ping", hear(b"PING"), b":irc.example PONG irc.example :tcp_health\r\n", server="irc.example"),
    _ok("irc", "looking up our name", b"NOTICE AUTH :*** Looking up your hostname\r\n"),
    _bad("irc", "full", b"ERROR :Closing Link: 127.0.0.1 (Too many connections)\r\n", END, words="it rejects the connection"),
    _bad("irc", "a web server", hear(b"CAP LS"), b"HTTP/1.1 400 Bad Request\r\n\r\n", END),
    _ok("rtsp", "healthy", hear(b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n"), b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n", status="200"),
    _ok("rtsp", "wants authentication", hear(b"OPTIONS"), b"RTSP/1.0 401 Unauthorized\r\n", status="401"),
    _bad("rtsp", "failing", hear(b"OPTIONS"), b"RTSP/1.0 503 Service Unavailable\r\n", words="a server error"),
    _bad("rtsp", "a web server", hear(b"OPTIONS"), b"HTTP/1.1 200 OK\r\n\r\n", END),
    _ok("sip", "healthy", hear(b"OPTIONS sip:127.0.0.2 SIP/2.0\r\n"), b"SIP/2.0 200 OK\r\n", status="200"),
    _ok("sip", "thinking first", hear(b"OPTIONS"), b"SIP/2.0 100 Trying\r\nVia: x\r\n\r\nSIP/2.0 404 Not Found\r\n",
        status="404"),
    _ok("sip", "wants authentication", hear(b"OPTIONS"), b"SIP/2.0 401 Unauthorized\r\n", status="401"),
    _ok("sip", "declining", hear(b"OPTIONS"), b"SIP/2.0 603 Decline\r\n", status="603"),
    _bad("sip", "failing", hear(b"OPTIONS"), b"SIP/2.0 503 Service Unavailable\r\n", words="a server error"),
    _bad("sip", "a web server", hear(b"OPTIONS"), b"HTTP/1.1 400 Bad Request\r\n\r\n", END),
    _ok("rdp", "wants CredSSP", _RDP, b"\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x02\x1f\x08\x00\x02\x00\x00\x00"),
    _ok("rdp", "old", _RDP, b"\x03\x00\x00\x0b\x06\xd0\x00\x00\x12\x34\x00"),
    _ok("rdp", "wants neither", _RDP, b"\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x03\x00\x08\x00\x02\x00\x00\x00"),
    _bad("rdp", "without a certificate", _RDP,
         b"\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00\x03\x00\x08\x00\x03\x00\x00\x00", words="no certificate"),
    _bad("rdp", "disconnecting", _RDP, b"\x03\x00\x00\x0b\x06\x80\x00\x00\x12\x34\x00", words="it disconnects"),
    _bad("rdp", "a web server", _RDP, b"HTTP/1.1 400 Bad Request\r\n\r\n", END),
    _ok("vnc", "healthy", b"RFB 003.008\n", hear(b"RFB 003.008\n"), b"\x02\x02\x10", version="003.008"),
    _ok("vnc", "old", b"RFB 003.003\n", hear(b"RFB 003.003\n"), b"\x00\x00\x00\x02", version="003.003"),
    _blocked("vnc", "blocking us", b"RFB 003.003\n", hear(b"RFB"), b"\x00\x00\x00\x00\x00\x00\x00\x1aToo many security failures",
         END, words="it blocks this host"),
    _blocked("vnc", "blocking us in version 3.8", b"RFB 003.008\n", hear(b"RFB"),
         b"\x00\x00\x00\x00\x20Too many authentication failures", END, words="it blocks this host"),
    _bad("vnc", "unable", b"RFB 003.008\n", hear(b"RFB"), b"\x00\x00\x00\x00\x08No types", END),
    _bad("vnc", "an SSH server", b"SSH-2.0-OpenSSH_9.2p1\r\n"),
    _ok("telnet", "healthy", b"\xff\xfd\x18\xff\xfd\x20"),
    _ok("telnet", "with a banner", b"Welcome\r\n\xff\xfb\x01"),
    _bad("telnet", "an SSH server", b"SSH-2.0-OpenSSH_9.2p1\r\n", words="another protocol"),
    _ok("dns", "a resolver", _QUERY, b"\x00\x1ctc\x81\x80\x00\x01\x00\x0d"),
    _ok("dns", "not for us", _QUERY, b"\x00\x11tc\x81\x05\x00\x01\x00\x00"),
    _bad("dns", "cut off", _QUERY, b"\x00\x11tc\x81\x82\x00\x01\x00\x00", words="SERVFAIL"),
    _bad("dns", "confused", _QUERY, b"\x00\x0ctc\x80\x01\x00\x00\x00\x00", words="FORMERR"),
    _bad("dns", "a mail server", b"220 mx.example ESMTP\r\n"),
    _ok("socks5", "healthy", hear(b"\x05\x02\x00\x02"), b"\x05\x00"),
    _ok("socks5", "wants a password", hear(b"\x05\x02\x00\x02"), b"\x05\x02"),
    _ok("socks5", "wants something else", hear(b"\x05\x02\x00\x02"), b"\x05\xff", END),
    _bad("socks5", "a web server", hear(b"\x05"), b"HTTP/1.1 400 Bad Request\r\n\r\n", END),
    _ok("rpcbind", "healthy", _NULL, _rpc(bytes(16))),
    _ok("rpcbind", "of another version", _NULL, _rpc(bytes(15) + b"\x02" + b"\x00\x00\x00\x03\x00\x00\x00\x04")),
    _bad("rpcbind", "without the program", _NULL, _rpc(bytes(15) + b"\x01"), words="the program is not available"),
    _bad("rpcbind", "failing", _NULL, _rpc(bytes(15) + b"\x05"), words="it answers with an error"),
    _bad("rpcbind", "a mail server", b"220 mx.example ESMTP\r\n"),
    _ok("nfs", "healthy", hear(b"\x00\x01\x86\xa3\x00\x00\x00\x04"), _rpc(bytes(16))),
    _ok("nfs", "wants authentication", _NULL, _rpc(b"\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x05")),
    _bad("nfs", "without the program", _NULL, _rpc(bytes(15) + b"\x01"), words="the program is not available"),
    _ok("smb", "healthy", hear(b"\xfeSMB"), _smb(bytes(4))),
    _ok("smb", "of other dialects", hear(b"\xfeSMB"), _smb(b"\xbb\x00\x00\xc0")),
    _bad("smb", "out of resources", hear(b"\xfeSMB"), _smb(b"\x9a\x00\x00\xc0"), words="it answers with an error"),
    _bad("smb", "a web server", hear(b"\xfeSMB"), b"HTTP/1.1 400 Bad Request\r\n\r\n", END),
    _ok("rsync", "healthy", b"@RSYNCD: 31.0 sha512 sha256\n", protocol="31.0"),
    _bad("rsync", "failing", b"@ERROR: max connections (4) reached -- try again later\n", words="an error"),
    _bad("rsync", "an SSH server", b"SSH-2.0-OpenSSH_9.2p1\r\n"),
    _ok("svn", "healthy", b"( success ( 2 2 ( ) ( edit-pipeline svndiff1 list ) ) ) ", protocol="2"),
    _bad("svn", "failing", b"( failure ( ( 210003 3:bad 0: 0 ) ) ) ", words="a failure"),
    _bad("svn", "a web server", b"HTTP/1.1 400 Bad Request\r\n\r\n", END),
    _ok("ajp", "healthy", hear(b"\x12\x34\x00\x01\x0a"), b"AB\x00\x01\x09"),
    _bad("ajp", "a web server", hear(b"\x12\x34"), b"HTTP/1.1 400 Bad Request\r\n\r\n", END),
    _ok("fastcgi", "healthy", hear(b"FCGI_MPXS_CONNS"), b"\x01\x0a\x00\x00\x00\x12\x06\x00\x0f\x01FCGI_MPXS_CONNS0"),
    _bad("fastcgi", "a web server", hear(b"FCGI"), b"HTTP/1.1 400 Bad Request\r\n\r\n", END),
    _ok("mpd", "healthy", b"OK MPD 0.23.5\n", version="0.23.5"),
    _bad("mpd", "refusing", b"ACK [4@0] {} no permission\n", words="it rejects the connection"),
    _bad("mpd", "a POP server", b"+OK ready\r\n"),
    _ok("dict", "healthy", b"220 d.example dictd 1.12 <auth.mime> <1.2.3@d.example>\r\n", capabilities="auth.mime"),
    _ok("dict", "not for us", b"530 Access denied\r\n", access="530"),
    _bad("dict", "overloaded", b"420 Server temporarily unavailable\r\n", words="not available at the moment"),
    _bad("dict", "shutting down", b"421 Server shutting down\r\n", words="shutting down"),
    _bad("dict", "a mail server", b"220 mx.example ESMTP\r\n"),
    _ok("gopher", "healthy", hear(b"\r\n"), b"iWelcome\tfake\t(NULL)\t0\r\n.\r\n"),
    _bad("gopher", "failing", hear(b"\r\n"), b"3not found\t\terror.host\t1\r\n", words="it answers with an error"),
    _bad("gopher", "a web server", hear(b"\r\n"), b"HTTP/1.1 400 Bad Request\r\n\r\n", END),
    _ok("ident", "healthy", hear(b" , "), b"4000 , 4000 : ERROR : NO-USER\r\n", answer="ERROR"),
    _ok("ident", "knowing us", hear(b" , "), b"4000,4000:USERID:UNIX:root\r\n", answer="USERID"),
    _bad("ident", "a web server", hear(b" , "), b"HTTP/1.1 400 Bad Request\r\n\r\n", END),
    _ok("finger", "healthy", hear(b"\r\n"), b"Login     Name\r\nroot      root\r\n", END),
    _ok("finger", "discreet", hear(b"\r\n"), b"No one logged on.\r\n", END),
    _bad("finger", "a web server", hear(b"\r\n"), b"HTTP/1.1 400 Bad Request\r\n\r\n", END, words="another protocol"),
    _ok("time", "healthy", b"\xec\xd0\x00\x00", END),
    _bad("time", "in 1990", b"\xa9\x4f\x00\x00", END),
    _bad("time", "a telnet server", b"\xff\xfd\x18\xff\xfd\x20"),
    _ok("daytime", "healthy", b"Sun Nov 23 09:44:00 2025\r\n", END),
    _ok("daytime", "of the NIST", b"\n60637 24-11-23 09:44:00 00 0 0 50.0 UTC(NIST) * \n", END),
    _bad("daytime", "a mail server", b"220 mx.example ESMTP Sun, 23 Nov 2025 09:44:00 +0000\r\n"),
    _ok("echo", "healthy", hear(b"tcp-health\r\n"), b"tcp-health\r\n"),
    _bad("echo", "another", hear(b"tcp-health\r\n"), b"500 What?\r\n"),
)  # fmt: skip
"""The outcome of each service of our own. Those of check_tcp are compared with check_tcp, in parity/cases.py."""

SAME = {
    "submissions": "submission", "https": "http", "rediss": "redis", "ldaps": "ldap", "mqtts": "mqtt", "amqps": "amqp",
    "xmpps": "xmpp", "ircs": "irc", "sips": "sip", "dot": "dns",
}  # fmt: skip
"""Services that are other services over TLS: they have the same rows."""

_EHLO = hear(b"EHLO localhost\r\n")
_TLS_LINE = hear(b"STARTTLS\r\n")
_SERVER_STREAM = hear(b"xmlns='jabber:server'")
_IRC_NOTICE = b":irc.example NOTICE * :*** Looking up your hostname...\r\n"
_TDS_ASKS = hear(b"\xff" + bytes(6) + b"\x01")
_LDAP_ASKS = hear(b"1.3.6.1.4.1.1466.20037")
_NAMED = b"\x8a\x161.3.6.1.4.1.1466.20037"
_STARTS = hear(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
_PROCEED = b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
_FEATURES = _HEADER + b"<stream:features>" + _OFFER + _SASL + b"</stream:features>"
_SSL_REQUEST = hear(b"\x00\x00\x00\x01\x21" + bytes(23))
_POSTGRES_ASKS = hear(b"\x00\x00\x00\x08\x04\xd2\x16\x2f")
_GREETING = b"220 mx.example ESMTP\r\n"
_OFFERS = b"250-mx.example\r\n250-STARTTLS\r\n250-SIZE\r\n250 8BITMIME\r\n"

OPENING_TALKS = (
    _ok("smtp", "healthy", _GREETING, _EHLO, _OFFERS, _TLS_LINE, b"220 2.0.0 Ready\r\n"),
    _ok("smtp", "with the offer last", b"220-a\r\n220 b\r\n", _EHLO, b"250-a\r\n250 STARTTLS\r\n", _TLS_LINE, b"220\r\n"),
    _ok("smtp", "with bare line ends", b"220 a\n", _EHLO, b"250-a\n250-starttls\n250 b\n", _TLS_LINE, b"220-a\n220 b\n"),
    _bad("smtp", "without an offer", _GREETING, _EHLO, b"250-a\r\n250 STARTTLSX\r\n", words="does not offer TLS"),
    _bad("smtp", "old", _GREETING, _EHLO, b"502 what?\r\n", words="it refuses"),
    _bad("smtp", "overloaded", b"421-too\r\n421 busy\r\n", END, words="not available at the moment"),
    _bad("smtp", "unable", _GREETING, _EHLO, _OFFERS, _TLS_LINE, b"454 4.7.0 TLS not available\r\n", words="refuses to start"),
    _bad("smtp", "a POP server", b"+OK ready\r\n"),
    _ok("imap", "healthy", b"* OK ready\r\n", hear(b"a1 STARTTLS\r\n"), b"a1 OK Begin TLS negotiation now.\r\n"),
    _ok("imap", "telling more", b"* OK\r\n", hear(b"a1 STARTTLS\r\n"), b"* CAPABILITY IMAP4rev1\r\na1 OK go\r\n"),
    _bad("imap", "refusing", b"* OK ready\r\n", hear(b"a1"), b"a1 NO not now\r\n", words="refuses to start TLS"),
    _bad("imap", "without an offer", b"* OK ready\r\n", hear(b"a1"), b"a1 BAD unknown\r\n", words="refuses to start TLS"),
    _bad("imap", "leaving", b"* OK ready\r\n", hear(b"a1"), b"* BYE shutdown\r\n", END, words="rejects the connection"),
    _bad("imap", "greeting as if we were known", b"* PREAUTH hello\r\n", words="after which TLS cannot start"),
    _bad("imap", "overloaded", b"* BYE busy\r\n", END, words="rejects the connection"),
    _bad("imap", "an FTP server", b"220 ready\r\n"),
    _ok("pop3", "healthy", b"+OK ready\r\n", hear(b"STLS\r\n"), b"+OK Begin TLS negotiation now.\r\n"),
    _bad("pop3", "without an offer", b"+OK ready\r\n", hear(b"STLS\r\n"), b"-ERR Unknown command.\r\n", words="refuses to start"),
    _bad("pop3", "overloaded", b"-ERR busy\r\n", END, words="rejects the connection"),
    _bad("pop3", "an IMAP server", b"* OK ready\r\n"),
    _ok("ftp", "healthy", b"220 (vsFTPd 3.0.3)\r\n", hear(b"AUTH TLS\r\n"), b"234 Proceed with negotiation.\r\n"),
    _ok("ftp", "talkative", b"220-a\r\n 220 b\r\n220 c\r\n", hear(b"AUTH TLS\r\n"), b"234-go\r\non\r\n234 then\r\n"),
    _bad("ftp", "without an offer", b"220 ready\r\n", hear(b"AUTH"), b"530 Please login.\r\n", words="refuses to start"),
    _bad("ftp", "wanting Kerberos", b"220 ready\r\n", hear(b"AUTH"), b"334 ADAT=\r\n", words="refuses to start"),
    _bad("ftp", "overloaded", b"421 busy\r\n", END, words="not available at the moment"),
    _bad("ftp", "refusing us", b"530-no\r\n530 no\r\n", END, words="it refuses"),
    _bad("ftp", "an SSH server", b"SSH-2.0-OpenSSH_9.2p1\r\n"),
    _ok("ldap", "healthy", _LDAP_ASKS, _ldap(0x78, 0)),
    _ok("ldap", "an Active Directory", _LDAP_ASKS, _ldap(0x78, 0, rest=_NAMED, long=True)),
    _ok("ldap", "talkative", _LDAP_ASKS,
        _ldap(0x78, 0, b"Start TLS request accepted.Server willing to negotiate SSL.", _NAMED)),
    _ok("ldap", "very talkative", _LDAP_ASKS, _ldap(0x78, 0, b"x" * 180)),
    _bad("ldap", "without an offer", _LDAP_ASKS, _ldap(0x78, 2, b"unsupported extended operation"),
         words="does not support StartTLS"),
    _bad("ldap", "unable", _LDAP_ASKS, _ldap(0x78, 52, b"no"), words="cannot start TLS at the moment"),
    _bad("ldap", "refusing", _LDAP_ASKS, _ldap(0x78, 1, b"no"), words="refuses to start"),
    _bad("ldap", "leaving", _LDAP_ASKS, _ldap(0x78, 52, message=0), END, words="rejects the connection"),
    _bad("ldap", "a mail server", b"220 mx.example ESMTP\r\n"),
    _ok("xmpp", "healthy", _STREAM, _FEATURES, _STARTS, _PROCEED),
    _ok("xmpp", "with blanks and two quotes", _STREAM, _FEATURES.replace(b"'", b'"'), _STARTS,
        b'<proceed xmlns="urn:ietf:params:xml:ns:xmpp-tls"></proceed>'),
    _bad("xmpp", "without an offer", _STREAM, _HEADER + b"<stream:features>" + _SASL + b"</stream:features>",
         words="does not offer TLS"),
    _bad("xmpp", "offering nothing", _STREAM, _HEADER + b"<stream:features/>", words="does not offer TLS"),
    _bad("xmpp", "refusing", _STREAM, _FEATURES, _STARTS, b"<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
         words="refuses to start"),
    _bad("xmpp", "of another domain", _STREAM, _HEADER + _HOST_UNKNOWN, END, words="does not serve this domain"),
    _bad("xmpp", "shutting down", _STREAM, _HEADER + _SHUTDOWN, END, words="ends the stream"),
    _bad("xmpp", "a web server", _STREAM, b"HTTP/1.1 400 Bad Request\r\n\r\n", END),
    _ok("postgres", "healthy", _POSTGRES_ASKS, b"S"),
    _bad("postgres", "without an offer", _POSTGRES_ASKS, b"N", words="does not offer TLS"),
    _bad("postgres", "full", _POSTGRES_ASKS, _postgres_error(b"53300", b"too many clients"), END, words="with an error"),
    _bad("postgres", "a web server", _POSTGRES_ASKS, b"HTTP/1.1 400 Bad Request\r\n\r\n", END),
    _ok("mysql", "healthy", _mysql_greeting(b"8.0.36"), _SSL_REQUEST, version="8.0.36"),
    _ok("mysql", "a MariaDB", _mysql_greeting(b"5.5.5-10.11.6-MariaDB"), _SSL_REQUEST, version="10.11.6-MariaDB"),
    _ok("mysql", "old", _mysql_greeting(b"5.1.73", high=0), _SSL_REQUEST, version="5.1.73"),
    _blocked("mysql", "blocking us", _mysql_error(1129, b"Host is blocked"), END, words="max_connect_errors"),
    _bad("mysql", "without an offer", _mysql_greeting(b"8.0.36", low=0xF7FE), words="does not offer TLS"),
    _bad("mysql", "full", _mysql_error(1040, b"Too many connections"), END, words="too many connections"),
    _bad("mysql", "not for us", _mysql_error(1130, b"Host is not allowed"), END, words="does not accept this host"),
    _bad("mysql", "an SSH server", b"SSH-2.0-OpenSSH_9.2p1\r\n"),
    _ok("sieve", "healthy", _CAPABILITIES + b'"STARTTLS"\r\n"VERSION" "1.0"\r\nOK "ready"\r\n', _TLS_LINE, b'OK "Begin"\r\n'),
    _bad("sieve", "without an offer", _CAPABILITIES + b"OK\r\n", words="does not offer TLS"),
    _bad("sieve", "refusing", b'"STARTTLS"\r\nOK\r\n', _TLS_LINE, b'NO "not now"\r\n', words="refuses to start"),
    _bad("sieve", "overloaded", _CAPABILITIES + b"BYE\r\n", END, words="rejects the connection"),
    _bad("sieve", "an IMAP server", b"* OK ready\r\n"),
    _ok("nntp", "healthy", b"200 ready\r\n", _TLS_LINE, b"382 Continue with TLS negotiation\r\n"),
    _ok("nntp", "for readers", b"201 ready\r\n", _TLS_LINE, b"382 go\r\n"),
    _bad("nntp", "without an offer", b"200 ready\r\n", _TLS_LINE, b"500 What?\r\n", words="refuses to start"),
    _bad("nntp", "unable", b"200 ready\r\n", _TLS_LINE, b"580 Cannot\r\n", words="refuses to start"),
    _bad("nntp", "overloaded", b"400 busy\r\n", END, words="not available at the moment"),
    _bad("nntp", "not for us", b"502 no\r\n", END, words="it refuses"),
    _bad("nntp", "a mail server", b"220 mx.example ESMTP\r\n"),
    _ok("xmpp-server", "healthy", _SERVER_STREAM, _FEATURES.replace(b":client", b":server"), _STARTS, _PROCEED),
    _bad("xmpp-server", "without an offer", _SERVER_STREAM, _HEADER + b"<stream:features/>", words="does not offer TLS"),
    _bad("xmpp-server", "of another domain", _SERVER_STREAM, _HEADER + _HOST_UNKNOWN, END, words="does not serve this domain"),
    _bad("xmpp-server", "refusing", _SERVER_STREAM, _FEATURES, _STARTS, b"<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
         words="refuses to start"),
    _bad("xmpp-server", "a web server", _SERVER_STREAM, b"HTTP/1.1 400 Bad Request\r\n\r\n", END),
    _ok("lmtp", "healthy", b"220 mx LMTP\r\n", hear(b"LHLO localhost\r\n"), _OFFERS, _TLS_LINE, b"220 2.0.0 Begin\r\n"),
    _bad("lmtp", "without an offer", b"220 mx LMTP\r\n", hear(b"LHLO"), b"250-mx\r\n250 CHUNKING\r\n", words="does not offer TLS"),
    _bad("lmtp", "unable", b"220 mx LMTP\r\n", hear(b"LHLO"), _OFFERS, _TLS_LINE, b"454 4.7.0 no\r\n", words="refuses to start"),
    _bad("lmtp", "a POP server", b"+OK ready\r\n"),
    _ok("irc", "healthy", _TLS_LINE, b":irc.example 670 * :STARTTLS successful\r\n"),
    _ok("irc", "looking us up", _IRC_NOTICE, _TLS_LINE, b":irc.example NOTICE * :no name\r\n:irc.example 670 x :go\r\n"),
    _ok("irc", "old", b"NOTICE AUTH :*** Checking Ident\r\n", _TLS_LINE, b"670 * :go\n"),
    _bad("irc", "without an offer", _IRC_NOTICE, _TLS_LINE, b":irc.example 421 * STARTTLS :Unknown command\r\n",
         words="does not offer TLS"),
    _bad("irc", "old, without an offer", _TLS_LINE, b":irc.example 451 * :You have not registered\r\n", words="does not offer TLS"),
    _bad("irc", "refusing", _TLS_LINE, b":irc.example 691 x :STARTTLS failure\r\n", words="refuses to start"),
    _bad("irc", "full", _IRC_NOTICE, b"ERROR :Closing link: (unknown@192.0.2.1) [Too many connections]\r\n", END,
         words="rejects the connection"),
    _bad("irc", "a web server", _TLS_LINE, b"HTTP/1.1 400 Bad Request\r\n\r\n", END),
    _ok("rdp", "healthy", _RDP, _rdp(2, 1)),
    _ok("rdp", "with network level authentication", _RDP, _rdp(2, 2)),
    _ok("rdp", "with its later version", _RDP, _rdp(2, 8)),
    _bad("rdp", "old", _RDP, b"\x03\x00\x00\x0b\x06\xd0\x00\x00\x12\x34\x00", words="does not offer TLS"),
    _bad("rdp", "with its own encryption", _RDP, _rdp(2, 0), words="does not offer TLS"),
    _bad("rdp", "without an offer", _RDP, _rdp(3, 2), words="does not offer TLS"),
    _bad("rdp", "without a certificate", _RDP, _rdp(3, 3), words="has no certificate"),
    _bad("rdp", "refusing", _RDP, _rdp(3, 6), words="refuses to start"),
    _bad("rdp", "leaving", _RDP, b"\x03\x00\x00\x0b\x06\x80\x00\x00\x00\x00\x00", END, words="disconnects"),
    _bad("rdp", "a VNC server", b"RFB 003.008\n"),
    _ok("mssql", "healthy", _TDS_ASKS, _prelogin(1)),
    _ok("mssql", "requiring TLS", _TDS_ASKS, _prelogin(3)),
    _ok("mssql", "terse", _TDS_ASKS, _tds(b"\x01\x00\x06\x00\x01\xff\x01")),
    _ok("mssql", "with a long answer", _TDS_ASKS, _tds(_prelogin(1)[8:] + bytes(180))),
    _bad("mssql", "without an offer", _TDS_ASKS, _prelogin(2), words="does not offer TLS"),
    _bad("mssql", "answering with an error", _TDS_ASKS, _tds(b"\xaa\x10\x00" + bytes(16)), END, words="with an error"),
    _bad("mssql", "a web server", _TDS_ASKS, b"HTTP/1.1 400 Bad Request\r\n\r\n", END),
)  # fmt: skip
"""The outcome of each STARTTLS dialogue. Healthy: TLS can begin, and no bytes are unread."""

STRANGERS = {
    "SSH": b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
    "SMTP": b"220 mx.example ESMTP Postfix\r\n",
    "NNTP": b"200 news.example ready\r\n",
    "POP": b"+OK ready\r\n",
    "IMAP": b"* OK [CAPABILITY IMAP4rev1] ready\r\n",
    "HTTP": b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Length: 0\r\n\r\n",
    "a TLS alert": b"\x15\x03\x01\x00\x02\x02\x46",
    "VNC": b"RFB 003.008\n",
    "MySQL": _mysql_greeting(b"8.0.36"),
    "telnet": b"\xff\xfd\x18\xff\xfd\x20\xff\xfd\x23\xff\xfd\x27",
    "redis": b"-ERR unknown command\r\n",
    "zeros": bytes(64),
    "ones": b"\xff" * 64,
    "a name": b"tcp\r\n",
}
"""The greetings of other protocols, and their answers to unknown commands."""
