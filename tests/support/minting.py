# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An authority that creates certificates for the tests, valid ones or ones with a given defect."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
import time
from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    Key = Any  # the private keys of cryptography have no common type with a method to sign

DAY = 86400.0

TODAY = time.time()
"""The default time for which certificates are valid: the real one, since OpenSSL uses the machine's clock."""

PASSWORD = b"correct horse"
"""The password of the encrypted key files."""

_USAGES = {"server": ExtendedKeyUsageOID.SERVER_AUTH, "client": ExtendedKeyUsageOID.CLIENT_AUTH}
_CURVES: dict[str, type[ec.EllipticCurve]] = {
    "ec": ec.SECP256R1,
    "ec384": ec.SECP384R1,
    "ec521": ec.SECP521R1,
    "ec192": ec.SECP192R1,
}


class Files(NamedTuple):
    """The files of a certificate, all PEM.

    ca        the root that it leads to
    folder    a folder with that root under OpenSSL's name for it, as --ca-path wants it
    chain     the certificate, followed by the intermediates
    both      the chain and the key in one file, mode 0600
    key       the key alone, mode 0600
    locked    the key encrypted, mode 0600
    password  the password of that file, and a line feed, mode 0600
    """

    ca: Path
    folder: Path
    chain: Path
    both: Path
    key: Path
    locked: Path
    password: Path


class Minted:
    """A certificate with its key, and the certificates that lead from it to the root.

    chain  the certificates that a server presents, its own first, the root left out
    root   the certificate that a client has to trust; its own for one that is self-signed
    """

    def __init__(self, certificate: x509.Certificate, key: Key, issuer: Authority | None) -> None:
        self.certificate = certificate
        self.key = key
        self.chain: tuple[Minted, ...] = (self,)
        self.root: Minted = self
        if issuer is not None:
            self.root = issuer.root
            self.chain += issuer.chain if issuer.root is not issuer else ()

    @property
    def der(self) -> bytes:
        """The certificate alone, DER."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> bytes:
        """The certificate alone, PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def chain_pem(self) -> bytes:
        """The chain, PEM."""
        return b"".join(each.pem for each in self.chain)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the DER, hexadecimal."""
        return hashlib.sha256(self.der).hexdigest()

    @property
    def key_pem(self) -> bytes:
        """The key, PEM, not encrypted."""
        return self._key_pem(serialization.NoEncryption())

    def _key_pem(self, how: serialization.KeySerializationEncryption) -> bytes:
        pem: bytes = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how
        )
        return pem

    def write(self, folder: Path) -> Files:
        """Write all files that a client or a server may need into that folder."""
        files = Files(*(folder / name for name in (
            "ca.pem", "ca", "chain.pem", "both.pem", "key.pem", "locked.pem", "password"
        )))  # fmt: skip
        files.ca.write_bytes(self.root.pem)
        files.folder.mkdir(exist_ok=True)
        (files.folder / f"{_subject_hash(self.root.certificate.subject):08x}.0").write_bytes(self.root.pem)
        files.chain.write_bytes(self.chain_pem)
        _write_secret(files.both, self.chain_pem + self.key_pem)
        _write_secret(files.key, self.key_pem)
        _write_secret(files.locked, self._key_pem(serialization.BestAvailableEncryption(PASSWORD)))
        _write_secret(files.password, PASSWORD + b"\n")
        return files


class Authority(Minted):
    """An authority that issues certificates; created with a name only, it is a self-signed root.

    All days are counted from ``wall``, seconds since the epoch. The same arguments give the
    same certificate.
    """

    def __init__(
        self,
        name: str = "Test CA",
        *,
        issuer: Authority | None = None,
        wall: float = TODAY,
        days: float = 3650.0,
        from_days: float = -3650.0,
        key: str = "ec",
        ca: bool = True,
    ) -> None:
        self.wall = wall
        self._minted: dict[Any, Any] = {}
        private = _new_key(key)
        subject = _name(name)
        builder = _builder(subject, private, wall + from_days * DAY, wall + days * DAY)
        builder = _limited(builder, ca)
        super().__init__(_signed(builder, issuer, subject, private), private, issuer)

    def intermediate(self, name: str, **settings: Any) -> Authority:
        """An authority whose certificate this one signs; the settings are those of Authority."""
        wanted = (name, *sorted(settings.items()))
        if wanted not in self._minted:
            self._minted[wanted] = Authority(name, issuer=self, **{"wall": self.wall, **settings})
        made: Authority = self._minted[wanted]
        return made

    def cross_sign(self, other: Authority, *, from_days: float, days: float) -> Minted:
        """Another certificate for the name and the key of an authority, signed by this one."""
        begin, end = (self.wall + each * DAY for each in (from_days, days))
        builder = _limited(_builder(other.certificate.subject, other.key, begin, end), ca=True)
        return Minted(_signed(builder, self, other.certificate.subject, other.key), other.key, self)

    def literal_leaf(self, name: str) -> Minted:
        """Issue a certificate with this text as its only DNS name, whatever the text is, and no common name."""
        private = _new_key("ec")
        builder = _builder(_name(""), private, self.wall - DAY, self.wall + 90 * DAY)
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=True)
        return Minted(_signed(builder, self, _name(""), private), private, self)

    def leaf(
        self,
        names: Sequence[str] = ("localhost", "127.0.0.1"),
        *,
        days: float = 90.0,
        from_days: float = -1.0,
        key: str = "ec",
        common_name: str | None = None,
        usage: str | None = "server",
        wall: float | None = None,
    ) -> Minted:
        """Issue a certificate for these names and addresses.

        days, from_days  its end and its beginning, from the wall clock
        key          ec, ec384, ec521, ed25519, ed448, or rsa and the bits
        common_name  of the subject; the first name unless given
        usage        server, client, both, or None: without the extension
        """
        settings: dict[str, Any] = {
            "days": days,
            "from_days": from_days,
            "key": key,
            "common_name": common_name,
            "usage": usage,
            "wall": self.wall if wall is None else wall,
        }
        wanted = (tuple(names), *settings.values())
        if wanted not in self._minted:
            self._minted[wanted] = _leaf(self, names, **settings)
        made: Minted = self._minted[wanted]
        return made


def self_signed(names: Sequence[str] = ("localhost", "127.0.0.1"), **settings: Any) -> Minted:
    """A self-signed certificate; the settings are those of Authority.leaf."""
    return _leaf(None, names, **settings)


def _leaf(
    issuer: Authority | None,
    names: Sequence[str],
    *,
    days: float = 90.0,
    from_days: float = -1.0,
    key: str = "ec",
    common_name: str | None = None,
    usage: str | None = "server",
    wall: float = TODAY,
) -> Minted:
    private = _new_key(key)
    subject = _name(names[0] if common_name is None else common_name)
    builder = _limited(_builder(subject, private, wall + from_days * DAY, wall + days * DAY), ca=False)
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_alternative(each) for each in names]), critical=False
        )
    usages = [_USAGES[each] for each in _USAGES if usage in (each, "both")]
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    return Minted(_signed(builder, issuer, subject, private), private, issuer)


def _builder(subject: x509.Name, key: Key, begin: float, end: float) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(dt.datetime.fromtimestamp(begin, dt.timezone.utc))
        .not_valid_after(dt.datetime.fromtimestamp(end, dt.timezone.utc))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _limited(builder: x509.CertificateBuilder, ca: bool) -> x509.CertificateBuilder:
    """Add the extension that limits what the key is used for: OpenSSL requires it with strict verification."""
    never = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only",
         "decipher_only"), False
    )  # fmt: skip
    usage = x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, **never)
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    return builder.add_extension(usage, critical=True)


def _signed(
    builder: x509.CertificateBuilder, issuer: Authority | None, subject: x509.Name, key: Key
) -> x509.Certificate:
    signer = key if issuer is None else issuer.key
    builder = builder.issuer_name(subject if issuer is None else issuer.certificate.subject).add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
    )
    edwards = isinstance(signer, (ed25519.Ed25519PrivateKey, ed448.Ed448PrivateKey))
    return builder.sign(signer, None if edwards else hashes.SHA256())


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else [])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _new_key(kind: str) -> Key:
    """A key; creating an RSA key takes so long that certificates with a key of the same size share it."""
    if kind in _CURVES:
        return ec.generate_private_key(_CURVES[kind]())
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if kind == "ed448":
        return ed448.Ed448PrivateKey.generate()
    return _rsa_key(int(kind[3:] or 2048))


@lru_cache(maxsize=8)
def _rsa_key(bits: int) -> Key:
    if bits >= 1024:
        return rsa.generate_private_key(65537, bits)
    # The package does not create keys as weak as a test needs, but accepts them as numbers.
    while True:
        p, q = _prime(bits // 2), _prime(bits // 2)
        phi = (p - 1) * (q - 1)
        if p != q and phi % 65537:
            break
    d = pow(65537, -1, phi)
    public = rsa.RSAPublicNumbers(65537, p * q)
    return rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public).private_key()


def _prime(bits: int) -> int:
    chance = random.SystemRandom()
    while True:
        # The two highest bits are set, so that a product of two has all its bits.
        number = chance.getrandbits(bits) | 3 << bits - 2 | 1
        if all(pow(base, number - 1, number) == 1 for base in (2, 3, 5, 7)):
            return number


def _subject_hash(name: x509.Name) -> int:
    """OpenSSL's number for a name of common names only (X509_NAME_hash(3)), which --ca-path's files are named by."""
    canonical = b""
    for attribute in name:
        text = " ".join(str(attribute.value).lower().split()).encode()
        pair = b"\x06\x03\x55\x04\x03" + bytes([0x0C, len(text)]) + text
        pair = bytes([0x30, len(pair)]) + pair
        canonical += bytes([0x31, len(pair)]) + pair
    return int.from_bytes(hashlib.sha1(canonical).digest()[:4], "little")  # noqa: S324 - OpenSSL's choice


def _write_secret(path: Path, text: bytes) -> None:
    path.touch(0o600)
    path.chmod(0o600)
    path.write_bytes(text)
