# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""More scenarios: TLS that verifies, STARTTLS and dialogues, with real OpenSSL at both ends."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path
from typing import Any

from support.scenario import CRITICAL, GREETING, OK, RECEIVE, TLS, TO_A, UNKNOWN, WARNING, A, Scenario
from support.scripted import END, accepts, hear
from support.starttls_peers import HEALTHY, INJECTS, INJECTS_LATER, REFUSES, WITHHOLDS, starttls
from support.tls_peers import CLIENTS, MIDDLE, PEERS
from tcp_health.model.causes import Cause
from tcp_health.settings.table import STARTTLS_NAMES

_FOLDER = Path(tempfile.mkdtemp(prefix="tcp-health-"))
atexit.register(shutil.rmtree, _FOLDER, ignore_errors=True)


def _files(name: str, minted: Any) -> Any:
    folder = _FOLDER / name
    folder.mkdir()
    return minted.write(folder)


_ROOT = _files("root", MIDDLE.leaf())
_CLIENT = _files("client", CLIENTS.leaf(("client",), usage="client"))
CA = f"--ca-file {_ROOT.ca} "
MINE = f"--client-cert {_CLIENT.chain} --client-key {_CLIENT.key} "
FINGERPRINT = "--fingerprint " + "ab" * 32 + " "


def _row(
    name: str, words: str, peer: Any, state: str = OK, cause: str = "", phase: str = "", **rest: Any
) -> Scenario:
    server = peer if isinstance(peer, (list, tuple)) or hasattr(peer, "kind") else accepts(peer)
    return Scenario(name, TO_A + words, {A: server}, state=state, cause=cause, phase=phase or None, **rest)


def _peer(name: str) -> Any:
    return PEERS[name]()


def _twice(name: str) -> list[Any]:
    """A server that expects two connections."""
    peer = _peer(name)
    return [accepts(peer), accepts(peer)]


NAMED = CA + "--verify-name tls.test "
SECOND = ("seen on a second connection",)
STEPS = "--step 'expect 220' --step 'line EHLO me' --step 'expect-regex ^250.(?P<name>\\w+)\\r\\n' "

VERIFIED = [
    _row("a verified handshake", NAMED + "--tls -e 220 -v", _peer("healthy"), says=("TLSv1.3",)),
    _row("a certificate for the address", CA.replace("--ca-file", "--tls --ca-file"), _peer("healthy"), CRITICAL,
         Cause.CERTIFICATE_NAME_MISMATCH, TLS, says=("tls: name mismatch",)),
    _row("a self-signed certificate", NAMED, _twice("self-signed"), CRITICAL, Cause.CERTIFICATE_UNKNOWN_ISSUER, TLS,
         says=("tls: unknown issuer", *SECOND), connects={A: 2}),
    _row("a missing intermediate", NAMED, _twice("missing intermediate"), CRITICAL, Cause.CERTIFICATE_UNKNOWN_ISSUER, TLS,
         says=SECOND),
    _row("another name", NAMED, _twice("name mismatch"), CRITICAL, Cause.CERTIFICATE_NAME_MISMATCH, TLS,
         says=("tls: name mismatch", "it is for other.test, 192.0.2.1", *SECOND)),
    _row("another name than the one that is asked for", CA + "--sni localhost --verify-name nobody.test",
         _peer("healthy"), CRITICAL, Cause.CERTIFICATE_NAME_MISMATCH, TLS, connects={A: 1}),
    _row("an expired certificate", NAMED, _twice("expired"), CRITICAL, Cause.CERTIFICATE_EXPIRED, TLS,
         says=("tls: certificate expired", *SECOND)),
    _row("a certificate of tomorrow", NAMED, _twice("not yet valid"), CRITICAL, Cause.CERTIFICATE_NOT_YET_VALID, TLS,
         says=("certificate not yet valid", *SECOND)),
    _row("a certificate that is none for servers", NAMED, _twice("a client's certificate"), CRITICAL,
         Cause.CERTIFICATE_REJECTED, TLS, says=("tls: certificate rejected",)),
    _row("another fingerprint", NAMED + FINGERPRINT, _peer("healthy"), CRITICAL, Cause.FINGERPRINT_MISMATCH, TLS,
         says=("tls: fingerprint mismatch",), connects={A: 1}),
    _row("unverified on purpose", "--no-verify -e 220", _peer("self-signed")),
    _row("lax as check_tcp", "-S -e 220", _peer("expired and another name")),
    _row("the dialogue is not held with whom nobody trusts", "--tls -s SECRET -e 220", _twice("self-signed"), CRITICAL,
         Cause.CERTIFICATE_UNKNOWN_ISSUER, TLS),
]  # fmt: skip

AGREED = [
    _row("a protocol that is too old", NAMED, _peer("only TLS 1.1"), CRITICAL, Cause.TLS_PROTOCOL, TLS,
         says=("tls: protocol too old",)),
    _row("a protocol that is too new", NAMED + "--tls-max 1.2", _peer("only TLS 1.3"), CRITICAL, Cause.TLS_PROTOCOL, TLS),
    _row("an old protocol that is asked for", NAMED + "--tls-min 1.0 --tls-max 1.1 -v", _peer("only TLS 1.1"),
         says=("TLSv1.1",)),
    _row("an alert", NAMED, _peer("alert internal_error"), CRITICAL, Cause.TLS_ALERT, TLS,
         says=("tls: alert internal error",)),
    _row("ALPN", NAMED + "--alpn h2 -v", _peer("ALPN h2 and http/1.1"), says=("ALPN h2",)),
    _row("a handshake that makes no sense", NAMED,
         accepts(hear(b"\x16"), b"\x16\x03\x03\x00\x04\x02\x00\x00\x00", END), CRITICAL, Cause.TLS_FAILED, TLS,
         says=("tls: handshake failed",)),
    _row("every byte of a handshake by itself", NAMED + "--tls -e 220", _peer("byte by byte")),
    _row("an end without close_notify", NAMED + "--tls --read eof", _peer("end without close_notify")),
    _row("SMTP where TLS was expected", NAMED, _peer("SMTP"), CRITICAL, Cause.NOT_TLS, TLS,
         says=("tls: not TLS", "received: 220 tls.test ESMTP")),
    _row("no file of authorities", "--ca-file /nowhere/ca.pem --verify-name x", _peer("healthy"), UNKNOWN, Cause.TLS_UNUSABLE, TLS,
         says=("/nowhere/ca.pem: No such file or directory", "local: invalid TLS settings")),
]  # fmt: skip

CLIENT = [
    *(
        _row(f"a client certificate is required under TLS {version}", NAMED + "-e 220",
             _peer(f"client certificate required, {version}"), CRITICAL, Cause.CLIENT_CERTIFICATE_REQUIRED, TLS,
             says=("tls: client certificate required",))
        for version in ("1.2", "1.3")
    ),
    *(
        _row(f"that one is required is proven under TLS {version}", NAMED + "--expect-state client-certificate-required",
             _peer(f"client certificate required, {version}"), OK, Cause.CLIENT_CERTIFICATE_REQUIRED, TLS,
             says=("client-certificate-required, as expected",))
        for version in ("1.2", "1.3")
    ),
    _row("none is required", NAMED + "--expect-state client-certificate-required", _peer("healthy"), CRITICAL,
         says=("open, client-certificate-required expected",)),
    _row("one that is optional is waited for at most 0.2 s", NAMED, _peer("client certificate optional, 1.3")),
    _row("the right client certificate", NAMED + MINE + "-e 220", _peer("client certificate required, 1.3")),
]  # fmt: skip

OPENED = [
    *(
        _row(f"STARTTLS of {name}", NAMED + f"--starttls {name}", starttls(name, HEALTHY))
        for name in STARTTLS_NAMES
    ),
    _row("STARTTLS that is refused", NAMED + "--starttls smtp", starttls("smtp", REFUSES), CRITICAL,
         Cause.STARTTLS_REFUSED, TLS, says=("tls: no STARTTLS",)),
    _row("STARTTLS that is not offered", NAMED + "--starttls imap", starttls("imap", WITHHOLDS), CRITICAL,
         Cause.STARTTLS_REFUSED, TLS, says=("tls: no STARTTLS",)),
    _row("an injection after the STARTTLS reply", NAMED + "--starttls smtp", starttls("smtp", INJECTS), CRITICAL,
         Cause.TLS_INJECTION, TLS, says=("tls: injection before TLS",)),
    _row("an injection in a segment of its own", NAMED + "--starttls pop3", starttls("pop3", INJECTS_LATER, pause=0.05),
         CRITICAL, Cause.TLS_INJECTION, TLS, says=("tls: injection before TLS",)),
    _row("PROXY v1 before TLS", NAMED + "--tls --proxy-protocol v1 -e 220", _peer("PROXY v1")),
    _row("PROXY v2 before TLS", NAMED + "--tls --proxy-protocol v2 -e 220", _peer("PROXY v2")),
    _row("no PROXY header where one is wanted", NAMED + "--tls -t 0.5", _peer("PROXY v1"), CRITICAL, Cause.TIMED_OUT,
         TLS),
]  # fmt: skip

TALKS = [
    _row("the steps of a dialogue", STEPS,
         accepts(GREETING, hear(b"EHLO me\r\n"), b"250 mail\r\n"), says=("name mail",), heard={A: b"EHLO me\r\n"}),
    _row("what came together is heard step by step", "--step 'expect 220' --step 'expect 250'", accepts(b"220 a\r\n250 b\r\n")),
    _row("a step that nothing fulfils", "--step 'expect 220' --step '# is it a relay' --step 'expect 251' --expect-timeout 0.1",
         accepts(b"220 a\r\n250 b\r\n"), WARNING, Cause.MISMATCH, RECEIVE, says=("step 2 (is it a relay): expected '251'",)),
    _row("what must not be said", "--step 'reject fatal' --step 'expect done'", accepts(b"fatal, and done\r\n"), WARNING,
         Cause.MISMATCH, RECEIVE),
    _row("bytes in hex", "--step 'send-hex 00 01' --step 'expect-hex 02:03'", accepts(hear(b"\x00\x01"), b"\x02\x03")),
    _row("what was captured is sent back", "--step 'capture challenge <(.*)>' --step 'line ok {{challenge}}' --step 'expect yes'",
         accepts(b"+OK <abc>\r\n", hear(b"ok abc\r\n"), b"yes\r\n"), says=("challenge abc",)),
    _row("an expression without end", "--step 'expect-regex ^(a+)+$'", accepts(b"a" * 60 + b"!"), UNKNOWN,
         Cause.EXPRESSION_STOPPED, RECEIVE, says=("took longer than 50 ms",)),
    _row("TLS in the middle of one's own dialogue",
         NAMED + "--tls --step 'expect 220' --step 'line EHLO me' --step 'expect-regex ^250 [^\\n]*\\n'"
         " --step 'line STARTTLS' --step 'expect-regex ^220[^\\n]*\\n' --step starttls --step 'line EHLO me' --step 'expect 250'",
         starttls("smtp", HEALTHY)),
    _row("a named service", "--service redis -t 5", accepts(hear(b"PING\r\n"), b"-LOADING Redis is loading the dataset in memory\r\n"),
         WARNING, Cause.MISMATCH, RECEIVE, says=("it is loading its dataset",)),
]  # fmt: skip

TLS_SCENARIOS = [*VERIFIED, *AGREED, *CLIENT, *OPENED, *TALKS]
