# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""TLS without sockets: an OpenSSL context for each distinct plan, a session for each connection, causes of errors."""

from __future__ import annotations

import errno
import os
import ssl
import stat
from contextlib import contextmanager

from ..model.causes import Cause
from ..model.outcome import VERSION_ALERT, Failure, TlsFacts
from ..text.files import LACKS, MOST_CERTIFICATES, FileError, name_of, opened, read, waiting
from ..wire.certificate import presented

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from ..model.dialogue import Secret
    from ..model.recipe import TlsPlan

# Decrypted bytes that are read at once: the maximum of a TLS record (RFC 8446, 5.1).
CHUNK = 16384

_VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}

# openssl/x509_vfy.h; the ssl module has the name from Python 3.10 on.
_PARTIAL_CHAIN = 0x80000

# The environment variables of OpenSSL for a file of trusted certificates, and for folders of them.
CERTIFICATES, FOLDERS = "SSL_CERT_FILE", "SSL_CERT_DIR"

# X509_V_ERR_… of openssl/x509_vfy.h. All other codes are CERTIFICATE_REJECTED, with OpenSSL's message.
_VERIFY_CAUSES = {
    2: Cause.CERTIFICATE_UNKNOWN_ISSUER,  # unable to get issuer certificate
    9: Cause.CERTIFICATE_NOT_YET_VALID,
    10: Cause.CERTIFICATE_EXPIRED,
    18: Cause.CERTIFICATE_UNKNOWN_ISSUER,  # self-signed
    19: Cause.CERTIFICATE_UNKNOWN_ISSUER,  # self-signed in the chain
    20: Cause.CERTIFICATE_UNKNOWN_ISSUER,  # unable to get local issuer certificate
    21: Cause.CERTIFICATE_UNKNOWN_ISSUER,  # unable to verify the first certificate
    62: Cause.CERTIFICATE_NAME_MISMATCH,  # host name
    64: Cause.CERTIFICATE_NAME_MISMATCH,  # IP address
}

# Reasons of OpenSSL that are not alerts.
_REASONS = {
    "WRONG_VERSION_NUMBER": Cause.NOT_TLS,
    "HTTP_REQUEST": Cause.NOT_TLS,
    "UNKNOWN_PROTOCOL": Cause.NOT_TLS,
    "PACKET_LENGTH_TOO_LONG": Cause.NOT_TLS,
    "UNSUPPORTED_PROTOCOL": Cause.TLS_PROTOCOL,
    "WRONG_SSL_VERSION": Cause.TLS_PROTOCOL,
    "VERSION_TOO_LOW": Cause.TLS_PROTOCOL,
    "NO_PROTOCOLS_AVAILABLE": Cause.TLS_UNUSABLE,
    "NO_CIPHERS_AVAILABLE": Cause.TLS_UNUSABLE,
}

# Alerts whose reason does not contain ALERT (openssl/sslerr.h), with their names (RFC 6066, RFC 7301).
_OTHER_ALERTS = {
    "TLSV1_UNRECOGNIZED_NAME": "unrecognized name",
    "TLSV1_UNSUPPORTED_EXTENSION": "unsupported extension",
    "TLSV1_CERTIFICATE_UNOBTAINABLE": "certificate unobtainable",
    "TLSV1_BAD_CERTIFICATE_STATUS_RESPONSE": "bad certificate status response",
    "TLSV1_BAD_CERTIFICATE_HASH_VALUE": "bad certificate hash value",
}

# A record with one unencrypted fatal alert (RFC 8446, 5.1 and 6): the type, any version, length 2, the level.
_ALERT_BEGIN, _ALERT_MIDDLE, _ALERT_SIZE = b"\x15\x03", b"\x00\x02\x02", 7


class Contexts:
    """The OpenSSL contexts by plan. Targets that differ only in their names share a context."""

    def __init__(self) -> None:
        self._made: dict[TlsPlan, ssl.SSLContext | Failure] = {}

    def __len__(self) -> int:
        return len(self._made)

    def session(self, plan: TlsPlan, name: str | None) -> TlsSession | Failure:
        """Return a session for one connection that sends the server name ``name``, or the reason for its failure."""
        key = plan.context
        context = self._made.get(key)
        if context is None:
            context = _context(key)
            if not isinstance(context, Failure) or context.cause == Cause.TLS_UNUSABLE:
                # An unusable file is unusable for every target, so it is not read again.
                self._made[key] = context
        if isinstance(context, Failure):
            return context
        try:
            return TlsSession(context, name, _folders(plan))
        except UnicodeError:
            return Failure(Cause.TLS_UNUSABLE, f"invalid server name {str(name)[:80]!r} for TLS")
        except (OSError, ValueError) as problem:
            return Failure(Cause.TLS_UNUSABLE, f"server name {name!r}: {_words(problem)}")


_ENDED = "the connection ended in the middle of the handshake"


def _context(plan: TlsPlan) -> ssl.SSLContext | Failure:
    try:
        context = _lax_context() if plan.lax else _sound_context(plan)
        _set_common(context, plan)
    except _UnusableError as problem:
        return Failure(Cause.TLS_UNUSABLE, str(problem))
    except (OSError, ValueError, MemoryError, AttributeError, NotImplementedError) as problem:
        # An SSLError is an OSError too, but its errno is OpenSSL's code.
        lacks = type(problem) in (OSError, FileError) and getattr(problem, "errno", 0) in LACKS
        return Failure(Cause.LOCAL_LIMIT if lacks else Cause.TLS_UNUSABLE, _words(problem))
    return context


class _UnusableError(Exception):
    """A file or setting that OpenSSL cannot use; the text is one clause."""


def _sound_context(plan: TlsPlan) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if plan.minimum is None:
        # RFC 8996 deprecates older versions. This is the default from Python 3.10 on.
        context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not plan.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    # Python can verify the SNI name only. Another name is compared after the handshake.
    context.check_hostname = plan.verify_name != "" and not plan.any_name
    # RFC 9525, 6.3: the common name is not a host name. Python 3.9 has another default.
    if getattr(ssl, "HAS_NEVER_CHECK_COMMON_NAME", False):  # LibreSSL has no such setting
        context.hostname_checks_common_name = False
    if plan.ca_file is None and plan.ca_path is None:
        _load_system(context)
        return context
    # An intermediate certificate in the file is trusted as well.
    context.verify_flags |= _PARTIAL_CHAIN
    if plan.ca_file is not None:
        _load_authorities(context, plan.ca_file)
    if plan.ca_path is not None:
        if not _usable(plan.ca_path):
            raise _UnusableError(
                f"{plan.ca_path}: no certificates with OpenSSL's hashed names in this folder; openssl rehash creates these names"
            )
        context.load_verify_locations(capath=plan.ca_path)
    return context


def _load_system(context: ssl.SSLContext) -> None:
    """Load the system's certificates, or those that the environment names, as OpenSSL would.

    OpenSSL would wait for a FIFO, so what the environment names is checked. It ignores what is missing and an empty
    folder, which are a way to trust no authority.
    """
    file, folders = os.environ.get(CERTIFICATES), os.environ.get(FOLDERS)
    if file is None and folders is None:
        context.load_default_certs()
        return
    usual = ssl.get_default_verify_paths()
    try:
        for folder in (folders or "").split(":"):
            if not _is_missing(folder):
                _usable(folder)
    except _UnusableError as problem:
        raise _UnusableError(f"{FOLDERS}: {problem}") from None
    context.load_verify_locations(
        capath=usual.openssl_capath if folders is None else folders or "/nonexistent"
    )
    try:
        _load_authorities(context, usual.openssl_cafile if file is None else file)
    except (_UnusableError, FileError) as problem:
        if getattr(problem, "errno", 0) == errno.ENOENT:
            return
        raise _UnusableError(f"{CERTIFICATES}: {problem}") from None


def _is_missing(path: str) -> bool:
    try:
        os.stat(path)  # noqa: PTH116 - pathlib costs 4 ms
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        pass
    return False


def _load_authorities(context: ssl.SSLContext, path: str) -> None:
    with _held(path) as (_unused0, name), _unusable(path, "no PEM certificate in this file"):
        context.load_verify_locations(cafile=name)


def _usable(path: str) -> bool:
    """Return whether a folder has certificates with OpenSSL's hashed names.

    Raises _UnusableError for what OpenSSL would wait for when it verifies a certificate, and for missing permissions,
    which it ignores silently.
    """
    with _waiting_for(path):
        try:
            names = os.listdir(path)  # noqa: PTH208 - pathlib costs 4 ms
        except OSError as problem:
            raise _UnusableError(f"{path}: {problem.strerror}") from None
        if not os.access(path, os.X_OK):
            raise _UnusableError(f"{path}: {os.strerror(errno.EACCES)}")
        hashed = [name for name in names if name[8:9] == "." and name[9:].isdigit()]
        found = [
            name for name in hashed if _is_certificate(f"{path}/{name}")
        ]  # all of them, not up to the first
        return bool(found)


def _is_certificate(path: str) -> bool:
    """Return whether a file in a folder of certificates exists; a dangling link does not matter: OpenSSL skips it."""
    try:
        found = os.stat(path)  # noqa: PTH116 - pathlib costs 4 ms
    except OSError:
        return False
    if not stat.S_ISREG(found.st_mode):
        raise _UnusableError(f"{path}: not a regular file")
    if found.st_size > MOST_CERTIFICATES:
        raise _UnusableError(f"{path}: longer than {MOST_CERTIFICATES} bytes")
    if not os.access(path, os.R_OK):
        raise _UnusableError(f"{path}: {os.strerror(errno.EACCES)}")
    return True


def _lax_context() -> ssl.SSLContext:
    """Return the context of -S, as in check_tcp: any protocol version and cipher, and no verification."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    _set_version(context, "minimum_version", ssl.TLSVersion.MINIMUM_SUPPORTED)
    _set_ciphers(context, "ALL:@SECLEVEL=0")
    return context


def _set_version(context: ssl.SSLContext, end: str, version: ssl.TLSVersion) -> None:
    """Set minimum_version or maximum_version, without Python's warning about old versions: the user requested them."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        setattr(context, end, version)


def _set_ciphers(context: ssl.SSLContext, ciphers: str) -> None:
    try:
        context.set_ciphers(ciphers)
    except ssl.SSLError:
        pass  # a library without security levels: it offers fewer ciphers


def _set_common(context: ssl.SSLContext, plan: TlsPlan) -> None:
    if plan.lowers_security and plan.ciphers is None:
        # This also allows weak keys, which are checked after the handshake.
        _set_ciphers(context, "DEFAULT:@SECLEVEL=0")
    if plan.minimum is not None:
        _set_version(context, "minimum_version", _VERSIONS[plan.minimum])
    elif plan.lowers_security:
        _set_version(context, "minimum_version", ssl.TLSVersion.MINIMUM_SUPPORTED)
    if plan.maximum is not None:
        _set_version(context, "maximum_version", _VERSIONS[plan.maximum])
    if plan.ciphers is not None:
        try:
            context.set_ciphers(plan.ciphers)
        except ssl.SSLError:
            raise _UnusableError(
                f"invalid cipher list {plan.ciphers[:60]!r}: this OpenSSL has no such cipher"
            ) from None
    if plan.alpn:
        context.set_alpn_protocols(list(plan.alpn))
    if plan.client_cert is not None:
        # A file that cannot be used is reported also where the certificate is withheld.
        _load_client(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plan.withheld else context, plan)


def _load_client(context: ssl.SSLContext, plan: TlsPlan) -> None:
    certificate = plan.client_cert or ""
    key = plan.client_key or certificate
    password = _password(plan.client_key_password) if plan.client_key_password is not None else None
    asked = False

    def give() -> bytes:
        nonlocal asked
        asked = True
        return (
            password.reveal() if password is not None else b""
        )  # without a result OpenSSL would ask at the terminal

    with _held(key) as (descriptor, key_name):
        # This comes first: a file without a key may be world-readable.
        if b"PRIVATE KEY-----" not in read(key, descriptor, MOST_CERTIFICATES):
            hint = "; give the file of the key with --client-key" if key == certificate else ""
            raise _UnusableError(f"{key}: no PEM key in this file{hint}")
        _refuse_public(key, descriptor, "key")
        with (
            _held(certificate) as (_unused0, certificate_name),
            _unusable(certificate, f"no PEM certificate in this file, or no PEM key in {key}"),
        ):
            try:
                context.load_cert_chain(certificate_name, key_name if plan.client_key else None, give)
            except ssl.SSLError as problem:
                if asked and password is None:
                    raise _UnusableError(
                        f"{key}: the key is encrypted; give the file of its password with --client-key-password-file"
                    ) from None
                if asked:
                    raise _UnusableError(f"{key}: the password for the key is wrong") from None
                if "KEY_VALUES_MISMATCH" in str(problem):
                    raise _UnusableError(
                        f"{key}: the key does not match the certificate in {certificate}"
                    ) from None
                raise


def _refuse_public(path: str, descriptor: int, what: str) -> None:
    if os.fstat(descriptor).st_mode & 0o004:
        raise _UnusableError(f"{path}: this {what} is world-readable; remove the permission with chmod o-r")


def _password(path: str) -> Secret:
    from ..model import dialogue  # most checks have no client certificate

    with _held(path) as (descriptor, _unused1):
        _refuse_public(path, descriptor, "password")
        return dialogue.Secret(f"file:{path}", read(path, descriptor, 1024).partition(b"\n")[0].rstrip(b"\r"))


@contextmanager
def _waiting_for(what: str) -> Iterator[None]:
    waiting.append(what)
    try:
        yield
    finally:
        waiting.pop()


@contextmanager
def _held(path: str) -> Iterator[tuple[int, str]]:
    """Open a file that a user named; yield its descriptor, and the name by which OpenSSL opens the same file."""
    with _waiting_for(path):
        descriptor = opened(path, MOST_CERTIFICATES)
        try:
            yield descriptor, name_of(descriptor, path)
        finally:
            os.close(descriptor)


@contextmanager
def _unusable(path: str, otherwise: str) -> Iterator[None]:
    """Raise _UnusableError with the path if OpenSSL cannot use a file."""
    try:
        yield
    except ssl.SSLError:
        raise _UnusableError(f"{path}: {otherwise}") from None
    except OSError as problem:
        if problem.errno in LACKS:
            raise
        raise _UnusableError(f"{path}: {problem.strerror or problem}") from None


def _folders(plan: TlsPlan) -> str:
    """Return the folder in which OpenSSL looks for a certificate during the handshake, or ""."""
    if not plan.verify or plan.lax:
        return ""
    return plan.ca_path or os.environ.get(FOLDERS) or ssl.get_default_verify_paths().openssl_capath


class TlsSession:
    """A TLS session without a socket: ``outgoing`` returns the bytes to send, ``incoming`` accepts the received bytes."""

    __slots__ = ("_ended", "_folders", "_in", "_object", "_out", "_tail")

    def __init__(self, context: ssl.SSLContext, name: str | None, folders: str) -> None:
        self._folders = folders
        self._ended = False
        self._tail = b""
        self._in = ssl.MemoryBIO()
        self._out = ssl.MemoryBIO()
        self._object = context.wrap_bio(self._in, self._out, server_hostname=name or None)

    def incoming(self, data: bytes) -> None:
        """Accept received bytes; b"" is the end of file."""
        if data:
            self._tail = (self._tail + data[-_ALERT_SIZE:])[-_ALERT_SIZE:]
            self._in.write(data)
        else:
            self._ended = True
            self._in.write_eof()

    def outgoing(self) -> bytes:
        """Return the bytes to send now, if any."""
        return self._out.read()

    def handshake(self) -> Literal[True] | Failure | None:
        """Continue the handshake. Return True when it is done, None when it needs more bytes, or why it failed."""
        waiting.append(self._folders)
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return None
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return Failure(Cause.CLOSED_EARLY, _ENDED)
        except (ssl.SSLError, ssl.CertificateError, ValueError) as problem:
            failure = self._why(problem)
            return failure if failure is not None else Failure(Cause.CLOSED_EARLY, _ENDED)
        finally:
            waiting.pop()
        if self._object.context.verify_mode == ssl.CERT_REQUIRED and not self._object.getpeercert(True):
            # A cipher without authentication (aNULL) was offered and selected. OpenSSL does not object to it.
            return Failure(Cause.CERTIFICATE_REJECTED, "the server presented no certificate")
        return True

    def write(self, data: bytes) -> Failure | None:
        """Encrypt data into records to send."""
        try:
            self._object.write(data)
        except ssl.SSLWantReadError:
            return Failure(Cause.TLS_FAILED, "the server requests a new handshake")
        except ssl.SSLError as problem:
            return Failure(Cause.RESET, _words(problem))
        return None

    def read(self) -> bytes | Failure | None:
        """Return decrypted bytes, b"" at the end; None when it needs more bytes first."""
        try:
            return self._object.read(CHUNK)
        except ssl.SSLWantReadError:
            return None
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            # Many servers close without close_notify (required by RFC 8446, 6.1). This counts as an end.
            return b""
        except ssl.SSLError as problem:
            failure = self._why(problem)
            return failure if failure is not None else b""

    def _why(self, problem: Exception) -> Failure | None:
        """Return why OpenSSL ended the session; None if the peer only closed the connection."""
        failure = _failure(problem)
        if failure.cause != Cause.TLS_FAILED:
            return failure
        tail = self._tail
        if len(tail) == _ALERT_SIZE and tail.startswith(_ALERT_BEGIN) and tail[3:6] == _ALERT_MIDDLE:
            # OpenSSL has no name for this alert; IANA has a registry of the numbers.
            return Failure(Cause.TLS_ALERT, f"number {tail[6]}")
        # The error for an end in the middle differs between versions of Python and OpenSSL; _ended does not.
        return None if self._ended else failure

    def finish(self) -> None:
        """Queue close_notify."""
        try:
            self._object.unwrap()
        except ssl.SSLError:
            pass  # it waits for the server's close_notify; ours is in the outgoing bytes

    def facts(self) -> TlsFacts:
        """Return the facts about the handshake. One that has failed has only the certificates, from Python 3.10 on."""
        cipher = self._object.cipher()
        try:
            own = self._object.getpeercert(binary_form=True)
        except ValueError:
            own = None
        shown, chain = map(self._certificates, ("get_unverified_chain", "get_verified_chain"))
        first = shown or ((own,) if own is not None else ())
        parsed = {der: presented(der) for der in dict.fromkeys((*first, *chain))}
        return TlsFacts(
            self._object.version() or "",
            cipher[0] if cipher else "",
            tuple(parsed[der] for der in first),
            chain_known=bool(shown),
            alpn=self._object.selected_alpn_protocol() or "",
            chain=tuple(parsed[der] for der in chain),
        )

    def _certificates(self, name: str) -> tuple[bytes, ...]:
        """Return what a method of that name reports; () before Python 3.10, which has neither of them.

        get_unverified_chain reports the certificates as they were presented, get_verified_chain the chain that OpenSSL built
        from them and from the trusted ones.
        """
        public = getattr(self._object, name, None)
        if public is not None:  # Python 3.13
            return tuple(public() or ())
        hidden = getattr(getattr(self._object, "_sslobj", None), name, None)
        if hidden is None:
            return ()
        encoding = ssl._ssl.ENCODING_DER  # type: ignore[attr-defined]  # noqa: SLF001 - 3.10 to 3.12 have no other way
        return tuple(each.public_bytes(encoding) for each in hidden() or ())


def _failure(problem: Exception) -> Failure:
    """Return the failure for an error of OpenSSL."""
    if isinstance(problem, ssl.SSLCertVerificationError):
        code = getattr(problem, "verify_code", 0)
        words = str(getattr(problem, "verify_message", "") or problem)
        return Failure(_VERIFY_CAUSES.get(code, Cause.CERTIFICATE_REJECTED), words.rstrip("."))
    reason = str(getattr(problem, "reason", None) or "")
    _before, alert, name = reason.partition("_ALERT_")
    if not reason:
        # Python has no reason for some alerts; the message of OpenSSL names them:
        # "[SSL] tlsv1 alert no application protocol (_ssl.c:1006)".
        _before, alert, name = str(problem).partition(" alert ")
        name = name.partition(" (")[0]
    if alert or reason in _OTHER_ALERTS:
        words = _OTHER_ALERTS.get(reason) or name.replace("_", " ").lower()
        if f"alert {words}" == VERSION_ALERT:
            return Failure(Cause.TLS_PROTOCOL, VERSION_ALERT)
        return Failure(Cause.TLS_ALERT, words)
    return Failure(_REASONS.get(reason, Cause.TLS_FAILED), _words(problem))


def _words(problem: Exception) -> str:
    """Return OpenSSL's reason as text: WRONG_VERSION_NUMBER → wrong version number."""
    reason = getattr(problem, "reason", None)
    if isinstance(problem, ssl.SSLError) and reason:
        return str(reason).replace("_", " ").lower()
    return getattr(problem, "strerror", None) or str(problem)
