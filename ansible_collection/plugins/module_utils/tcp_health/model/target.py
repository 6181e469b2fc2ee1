# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The target of a check, and the addresses of connections to it."""

from __future__ import annotations

from .value import FieldError, Value


class Target(Value):
    """A service at a host and port, or at a Unix socket.

    host      name or literal address, without brackets; None for a Unix socket
    port      1 to 65535; None for a Unix socket
    path      absolute path of a Unix socket, or None
    address   address to connect to instead of the addresses of the host name, or None

    Raises FieldError for an invalid field.
    """

    host: str | None
    port: int | None = None
    path: str | None = None
    address: str | None = None

    def _validate(self) -> None:
        path, host, port, address = self.path, self.host, self.port, self.address
        if path is not None:
            if not path.startswith("/") or "\0" in path:
                raise FieldError(
                    "host", f"invalid socket path {path!r}: must begin with / and contain no NUL character"
                )
            # struct sockaddr_un of Linux holds 107 bytes and a NUL, that of the BSDs 103.
            if _length(path) > 107:
                raise FieldError(
                    "host", f"invalid socket path {path[:40]!r}…: must be at most 107 bytes long"
                )
            if host is not None or port is not None or address is not None:
                name = "host" if host is not None else "port" if port is not None else "address"
                raise FieldError(name, "a Unix socket has no host, port or address")
            return
        _check_host(host)
        if port is None:
            raise FieldError("port", f"no port given for {host}")
        if not 1 <= port <= 65535:
            check_port(port)
        if address is not None and not is_literal(address):
            raise FieldError("address", f"invalid address {address[:60]!r}: must be an IP address")

    @property
    def text(self) -> str:
        """The target as a text that ``parse`` can read."""
        if self.path is not None:
            return self.path
        host = f"[{self.host}]" if ":" in str(self.host) else self.host
        return f"{host}:{self.port}"

    @classmethod
    def parse(cls, text: str, port: int | None = None, address: str | None = None) -> Target:
        """Read ``host``, ``host:port``, ``[v6]:port``, a bare IPv6 address or ``/path``.

        The port can be in the text or an argument, or both if they are equal.
        Raises FieldError.
        """
        if text.startswith("/"):
            return cls(None, path=text)
        host, inner = split_port(text)
        if inner is not None and port is not None and inner != port:
            raise FieldError(
                "port", f"conflicting ports: {text!r} has port {inner}, but port {port} is also given"
            )
        return cls(host, inner if inner is not None else port, address=address)


class Address(Value):
    """The address of a connection: an IP literal and a port, or the path of a Unix socket.

    family   4, 6, or 0 for a Unix socket
    text     the literal, or the path
    port     0 for a Unix socket
    scope    interface index of an IPv6 link-local address, or 0
    """

    family: int
    text: str
    port: int
    scope: int = 0


def split_port(text: str) -> tuple[str, int | None]:
    """Split ``host:port`` and ``[v6]:port``. Raises FieldError.

    Text with more than one colon and without brackets is an IPv6 address without a port.
    """
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise FieldError(
                "host", f"invalid host {text!r}: must be an IPv6 address in brackets, as in [::1]:80"
            )
        if ":" not in host or not is_literal(host):
            raise FieldError("host", f"invalid host {text!r}: only an IPv6 address can be in brackets")
        return host, parse_port(rest[1:]) if rest else None
    if "://" in text:  # it may contain a password
        raise FieldError("host", "invalid host: must be a host name or an address, not a URL")
    if text.count(":") == 1:
        host, _sign, rest = text.partition(":")
        return host, parse_port(rest)
    return text, None


def parse_port(text: str) -> int:
    """Read a port number. Raises FieldError."""
    if not text.isascii() or not text.isdigit() or len(text) > 5:
        raise FieldError("port", f"invalid port {text!r}: must be a number from 1 to 65535")
    return check_port(int(text))


def check_port(port: int, field: str = "port") -> int:
    """Return the port. Raises FieldError for ``field`` unless it is 1 to 65535."""
    if not 1 <= port <= 65535:
        raise FieldError(field, f"invalid port {port}: must be a number from 1 to 65535")
    return port


def is_literal(text: str) -> bool:
    """Whether a text has the form of an IP address. Only the system knows whether the address is valid."""
    if ":" in text:
        digits = text.partition("%")[0]
        # db1:5432 has hexadecimal digits only. An address has eight groups, the last two perhaps as IPv4, or a gap.
        complete = "::" in digits or digits.count(":") > 5
        return complete and all(each in "0123456789abcdefABCDEF:." for each in digits)
    # int raises ValueError for thousands of digits. No host is longer than 253 characters.
    parts = text.split(".") if len(text) <= 253 else []
    return len(parts) == 4 and all(part.isascii() and part.isdigit() and int(part) < 256 for part in parts)


def _length(path: str) -> int:
    try:
        return len(path.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:  # a surrogate that represents no byte, as JSON can contain
        raise FieldError("host", f"invalid socket path {path[:107]!r}: must be text") from None


def _check_host(host: str | None) -> None:
    if not host:
        raise FieldError("host", "no host given")
    # A DNS name has at most 253 characters. A longer text would fill the output.
    if len(host) > 253 or not host.isprintable() or " " in host:
        raise FieldError(
            "host",
            f"invalid host name {host[:80]!r}: must be at most 253 printable characters without spaces",
        )
    if ":" in host and not is_literal(host):
        raise FieldError("host", f"invalid host {host[:80]!r}: must be a name, host:port or an IPv6 address")
