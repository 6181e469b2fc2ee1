# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TLS for the listener: a context from the files of a certificate, and sockets whose handshake does not block."""

from __future__ import annotations

import errno
import os
import ssl
from contextlib import contextmanager
from select import POLLIN, POLLOUT

from tcp_health.text.files import MOST_CERTIFICATES, FileError, name_of, opened, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from typing import Union

    Bytes = Union[bytes, memoryview]

_WAITS = (ssl.SSLWantReadError, ssl.SSLWantWriteError)

_ENDED = "closed by the client"


def secure(certificate: str, key: str | None) -> Callable[[socket.socket], SecuredSocket]:
    """Return what wraps the socket of a client. Raises ValueError with one sentence for files that cannot be used.

    certificate   PEM file with the certificate and the chain, and the key if ``key`` is None
    key           PEM file with the key, not encrypted
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # Nothing resumes a session here, and a client that closes without reading its tickets would send a RST.
    context.num_tickets = 0
    context.options |= getattr(ssl, "OP_NO_RENEGOTIATION", 0)
    with _held(certificate, "CERTIFICATE") as certificate_name, _held(key or certificate, "KEY") as key_name:
        try:
            context.load_cert_chain(certificate_name, key_name, _refuse_password)
        except ssl.SSLError as error:
            wrong = f"--tls-cert {certificate}: OpenSSL does not accept this certificate or its key"
            if "KEY_VALUES_MISMATCH" in str(error):
                wrong = f"--tls-key {key or certificate}: this key does not belong to the certificate in {certificate}"
            raise ValueError(wrong) from None
        except _EncryptedError:
            raise ValueError(f"--tls-key {key or certificate}: the key must not be encrypted") from None
    return lambda sock: SecuredSocket(sock, context)


class _EncryptedError(Exception):
    """The key is encrypted. Without an exception, OpenSSL would ask for the password at the terminal."""


def _refuse_password() -> bytes:
    raise _EncryptedError


@contextmanager
def _held(path: str, what: str) -> Iterator[str]:
    """Open a PEM file that must contain ``what``; yield the name by which OpenSSL opens it. Raises ValueError."""
    option = "--tls-cert" if what == "CERTIFICATE" else "--tls-key"
    try:
        descriptor = opened(path, MOST_CERTIFICATES)
    except FileError as error:
        raise ValueError(f"{option} {error}") from None
    try:
        try:
            content = read(path, descriptor, MOST_CERTIFICATES)
        except FileError as error:
            raise ValueError(f"{option} {error}") from None
        if f"{what}-----".encode() not in content:
            hint = "" if what == "CERTIFICATE" else "; give its file with --tls-key"
            raise ValueError(f"{option} {path}: no PEM {what.lower()} in this file{hint}")
        yield name_of(descriptor, path)
    finally:
        os.close(descriptor)


class SecuredSocket:
    """A client's socket with TLS, with the methods that a Connection uses. None of them blocks."""

    def __init__(self, sock: socket.socket, context: ssl.SSLContext) -> None:
        """Wrap an accepted socket that does not block. Raises OSError if the client has gone."""
        self._sock = context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        self.fileno = self._sock.fileno
        self.setsockopt = self._sock.setsockopt
        self.close = self._sock.close

    def handshake(self) -> int:
        """Continue the handshake; return the event to wait for, or 0 when it is done. Raises OSError."""
        try:
            self._sock.do_handshake()
        except ssl.SSLWantReadError:
            return POLLIN
        except ssl.SSLWantWriteError:
            return POLLOUT
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            raise OSError(errno.EPROTO, _ENDED) from None
        except ssl.SSLError as error:
            raise OSError(errno.EPROTO, _words(error)) from None
        return 0

    def send(self, data: Bytes) -> int:
        """Encrypt and send data as far as the kernel accepts it; return the number of its bytes. Raises OSError."""
        try:
            return self._sock.send(data)
        except _WAITS:
            raise BlockingIOError from None
        except ssl.SSLEOFError:
            raise BrokenPipeError from None

    def recv(self, size: int) -> bytes:
        """Return decrypted bytes, b"" at the end of file or of the session; after `shutdown`, any bytes. Raises OSError."""
        try:
            return self._sock.recv(size)
        except _WAITS:
            raise BlockingIOError from None
        except ssl.SSLError as error:
            raise OSError(errno.EPROTO, _words(error)) from None

    def shutdown(self, how: int) -> None:
        """End the session with an alert (close_notify) and send a FIN. Raises OSError."""
        try:
            self._sock.unwrap()
        except (OSError, ValueError):  # the handshake is not complete, or the client's alert has not come yet
            pass
        self._sock.shutdown(how)


def _words(error: ssl.SSLError) -> str:
    """Return OpenSSL's reason, such as `no shared cipher`: words of OpenSSL, never data of the client."""
    return (error.reason or "unknown reason").lower().replace("_", " ")
