# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""An X.509 certificate as the server presented it."""

from __future__ import annotations

from .value import Value


class Certificate(Value, kw_only=True):
    """The contents of an X.509 certificate.

    subject, issuer                   complete names, as "C=DE, O=Example, CN=a.example", in the order of the certificate
                                      and with OpenSSL's short names; values are escaped as in RFC 4514, 2.4
    common_name, issuer_common_name   the first common name, as OpenSSL picks it, or None
    self_signed                       subject and issuer are the same bytes; the signature itself is not checked
    not_before, not_after             seconds since the epoch, UTC
    serial                            a signed integer
    dns_names, ip_addresses           of the subject alternative name, in its order
    key_type                          "RSA", "RSA-PSS", "EC", "Ed25519", "Ed448", "DSA", "ML-DSA-44", …, or a dotted OID
    key_size                          bits of the modulus, of the curve's field, or of the Ed key; None where unknown
    curve                             "secp256r1", …, or a dotted OID; None for other keys and for explicit curves
    signature_algorithm               "ecdsa-with-SHA256", …, or a dotted OID

    Names are untrusted text. Control characters are escaped in subject and issuer only.
    """

    subject: str
    issuer: str
    common_name: str | None
    issuer_common_name: str | None
    self_signed: bool
    not_before: int
    not_after: int
    serial: int
    dns_names: tuple[str, ...] = ()
    ip_addresses: tuple[str, ...] = ()
    key_type: str
    key_size: int | None = None
    curve: str | None = None
    signature_algorithm: str

    @property
    def alternative(self) -> str:
        """The first common name, else the first alternative name, else ""."""
        return self.common_name or next(iter((*self.dns_names, *self.ip_addresses)), "")

    @property
    def name(self) -> str:
        """A name for people: as ``alternative``, else the whole subject, which may be empty."""
        return self.alternative or self.subject

    @property
    def lifetime(self) -> int:
        """Seconds from not_before to not_after; 0 or less where they are in the wrong order."""
        return self.not_after - self.not_before


class Presented(Value):
    """A certificate of the chain that a server presented.

    der           its bytes
    certificate   its contents, or None where the bytes cannot be read
    problem       why they cannot be read, in one sentence, or ""
    """

    der: bytes
    certificate: Certificate | None
    problem: str = ""
