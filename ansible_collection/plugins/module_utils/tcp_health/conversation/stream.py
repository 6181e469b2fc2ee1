# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""TLS records over a connection: sends what the TLS session produces, and gives it what is received."""

from __future__ import annotations

from ..model.causes import Cause
from ..model.outcome import Failure
from .wants import AskPeer, Pause, Receive, Secured, Send

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .attempt import AttemptBuilder
    from .doors import Connection, TlsSession
    from .packets import Packets
    from .wants import Answer, Steps

# Record types (RFC 8446, 5.1), and the handshake message in which a client answers a CertificateRequest (B.3).
_CHANGE_CIPHER_SPEC, _HANDSHAKE, _APPLICATION_DATA = 20, 22, 23
_CERTIFICATE = 11
_HEADER = 5

# Decrypted bytes that one read returns at most, about the data of one read of the socket.
ENOUGH = 16384

# Alerts (RFC 8446, 6.2, by OpenSSL's names) of a server that got no client certificate that it accepts. Only the first
# is definite. The others mean this only if the server has requested a certificate.
_WANTED = "certificate required"
_NOT_ACCEPTED = frozenset(
    (
        "handshake failure", "bad certificate", "unsupported certificate", "certificate revoked", "certificate expired",
        "certificate unknown", "unknown ca", "access denied",
    )
)  # fmt: skip


class TlsStream:
    """A TLS session over a connection.

    sent   bytes of records that were sent, which is what the peer's kernel acknowledges
    asked  whether the server requested a client certificate
    begun  whether a part of the server's answer has arrived
    """

    __slots__ = ("_packets", "_pending", "asked", "begun", "connection", "sent", "session")

    def __init__(self, connection: Connection, session: TlsSession, packets: str = "") -> None:
        self.connection = connection
        self.session = session
        self.sent = 0
        self.asked = False
        self.begun = False
        self._packets: Packets | None = None  # what carries the records of the handshake
        if packets:
            from .packets import Packets  # for one protocol only

            self._packets = Packets()
        self._pending: bytes | Failure | None = None  # an end that was found after the bytes of the last read

    def _send_records(self, records: bytes, deadline: float) -> Steps[Answer]:
        self.sent += len(records)
        answer = yield Send(self.connection, records, deadline)
        return answer

    def handshake(
        self,
        attempt: AttemptBuilder,
        deadline: float,
        first_look: float,
        look: Callable[[float, float, bytes, int], Steps[Answer]] | None = None,
    ) -> Steps[tuple[float, Failure | None]]:
        """Do the handshake; returns the time of its end, and why it failed.

        After ``first_look`` seconds of silence another handshake may begin in place of this one, and ``look`` sends
        keepalive probes and collects evidence: it is given the time, the deadline, a ClientHello that may be sent again
        or b"", and how many bytes were received.
        """
        now = attempt.last
        silent = False
        hello: bytes | None = None
        got = 0
        while True:
            done = self.session.handshake()
            outgoing = self.session.outgoing()
            if outgoing:
                # The first flight is the ClientHello; the second one contains the answer to a CertificateRequest.
                self.asked = self.asked or (self.begun and _answers_request(outgoing))
                hello = outgoing if hello is None and attempt.step == 1 else b""
                if self._packets is not None:
                    outgoing = self._packets.wrap(outgoing)
                now, _value, failure = yield from self._send_records(outgoing, deadline)
                # If our alert cannot be sent, the reason for the alert is the better explanation.
                if failure is not None and done is None:
                    return now, failure
            if done is True:
                return now, None
            if done is not None:
                return now, self._interpreted(done)
            until = deadline if silent else min(deadline, now + first_look)
            now, data, failure = yield Receive(self.connection, until)
            if failure is not None and failure.cause == Cause.TIMED_OUT and now < deadline:
                silent = True
                # A silent handshake needs no CPU. If it kept its place, a few silent servers could occupy all places,
                # and all other checks would time out.
                yield Secured(self.connection)
                if attempt.keepalive_since is not None:
                    continue
                if look is None:
                    attempt.keepalive_since = now
                    yield AskPeer(self.connection)
                    continue
                now, data, failure = yield from look(now, deadline, hello or b"", got)
                if failure is not None and failure.cause == Cause.TIMED_OUT and now < deadline:
                    continue
            if failure is not None:
                return now, failure
            if data and now >= deadline:  # endless data never let a read time out
                return now, Failure(Cause.TIMED_OUT)
            if data and self._packets is not None:
                data = self._packets.unwrap(data)
                if not data:
                    continue
            if not self.begun and data and not _is_record(data):
                attempt.received = data
                return now, Failure(Cause.NOT_TLS)
            self.begun = self.begun or bool(data)
            got += len(data)
            self.session.incoming(data)

    def _interpreted(self, failure: Failure) -> Failure:
        """Return the failure for an alert or an end, given whether the server requested a client certificate."""
        if failure.cause == Cause.CLOSED_EARLY and self.asked:
            return Failure(
                Cause.CLOSED_EARLY, f"{failure.error}; the server had requested a client certificate"
            )
        if failure.cause != Cause.TLS_ALERT:
            return failure
        if failure.error == _WANTED or (self.asked and failure.error in _NOT_ACCEPTED):
            return Failure(Cause.CLIENT_CERTIFICATE_REQUIRED, f"alert {failure.error}")
        return failure

    def send(self, data: bytes, deadline: float) -> Steps[Answer]:
        """Encrypt and send data: the same answer as that of Send."""
        failure = self.session.write(data)
        if failure is not None:
            answer = yield Pause(0.0)
            return answer[0], None, failure
        return (yield from self._send_records(self.session.outgoing(), deadline))

    def receive(self, deadline: float) -> Steps[Answer]:
        """Receive decrypted bytes: the same answer as that of Receive."""
        now = None
        while True:
            data = self._read()
            if data is not None:
                if now is None:
                    now, _value, _failure = yield Pause(0.0)
                if isinstance(data, bytes):
                    return now, data, None
                return now, None, self._interpreted(_after_handshake(data))
            outgoing = self.session.outgoing()
            if outgoing:  # an answer to a new handshake or key update
                now, _value, failure = yield from self._send_records(outgoing, deadline)
                if failure is not None:
                    return now, None, failure
            now, raw, failure = yield Receive(self.connection, deadline)
            if failure is not None:
                return now, None, failure
            self.session.incoming(raw)
            if raw and now >= deadline:  # endless empty records never let a read time out
                data = self._read()
                if isinstance(data, bytes):
                    return now, data, None
                return (
                    now,
                    None,
                    Failure(Cause.TIMED_OUT) if data is None else self._interpreted(_after_handshake(data)),
                )

    def _read(self) -> bytes | Failure | None:
        """Read all that can be decrypted now: a peer may send a record for each byte."""
        if self._pending is not None:
            found, self._pending = self._pending, None
            return found
        parts: list[bytes] = []
        size = 0
        while size < ENOUGH:
            data = self.session.read()
            if not isinstance(data, bytes) or not data:
                if not parts:
                    return data
                self._pending = data
                break
            parts.append(data)
            size += len(data)
        return b"".join(parts)

    def finish(self, deadline: float) -> Steps[None]:
        """Send close_notify."""
        self.session.finish()
        outgoing = self.session.outgoing()
        if outgoing:
            yield Send(self.connection, outgoing, deadline)


def _after_handshake(failure: Failure) -> Failure:
    """Return a failure after the handshake: the server speaks TLS, so the cause is not NOT_TLS."""
    return Failure(Cause.TLS_FAILED, failure.error) if failure.cause == Cause.NOT_TLS else failure


def _is_record(data: bytes) -> bool:
    """Whether these bytes can be the beginning of a TLS record: its type, and the first byte of its version.

    A first byte with the highest bit set may begin a record of SSL 2. OpenSSL decides about these.
    """
    if data[0] & 0x80:
        return True
    return _CHANGE_CIPHER_SPEC <= data[0] <= _APPLICATION_DATA and data[1:2] in (b"", b"\x03")


def _answers_request(flight: bytes) -> bool:
    """Whether a client's flight answers a CertificateRequest (RFC 8446, 4.4.2; RFC 5246, 7.4.6).

    The answer is a Certificate message, which may be empty. Until TLS 1.2 its type is readable. In TLS 1.3 records are
    encrypted: with the answer there are at least two of them, without it only that of the Finished message.
    """
    encrypted = place = 0
    clear = True  # until ChangeCipherSpec of TLS 1.2; after it records are encrypted
    while place + _HEADER <= len(flight):
        kind = flight[place]
        if (
            kind == _HANDSHAKE
            and clear
            and flight[place + _HEADER : place + _HEADER + 1] == bytes((_CERTIFICATE,))
        ):
            return True
        clear = clear and kind != _CHANGE_CIPHER_SPEC
        encrypted += kind == _APPLICATION_DATA
        place += _HEADER + int.from_bytes(flight[place + 3 : place + 5], "big")
    return encrypted > 1
