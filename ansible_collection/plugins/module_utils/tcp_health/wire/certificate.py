# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Parse X.509 certificates, and match them with host names. No signature is verified."""

from __future__ import annotations

from datetime import datetime, timezone
from time import gmtime

from ..model.certificate import Certificate, Presented

TYPE_CHECKING = False  # mypy reads it as true; importing typing costs 7 ms at every start
if TYPE_CHECKING:
    from typing import NoReturn

_SECONDS_A_DAY = 86400

# X.690 identifier octets, and the OIDs' content octets.
_BOOLEAN, _INTEGER, _BIT_STRING, _OCTET_STRING, _OID = 0x01, 0x02, 0x03, 0x04, 0x06
_SEQUENCE, _SET = 0x30, 0x31
_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18
_VERSION, _EXTENSIONS = 0xA0, 0xA3
_PSS_DIGEST = 0xA0
_DNS_NAME, _IP_ADDRESS = 0x82, 0x87
_IPV4_OCTETS, _IPV6_OCTETS = 4, 16
_LONG_TAG = 0x1F  # all low bits set: further octets follow, which no certificate needs
_LONG_LENGTH, _LONGEST_LENGTH = 0x80, 4  # the form's bit, and the octets that count to 4 GiB
_COMMON_NAME = b"\x55\x04\x03"
_SUBJECT_ALT_NAME = b"\x55\x1d\x11"

# The types that are text (as in OpenSSL, octet strings too), and the encodings of those that are not UTF-8 or ASCII.
_STRINGS = frozenset({0x04, 0x0C, 0x12, 0x13, 0x14, 0x16, 0x1A, 0x1B, 0x1C, 0x1E})
_CHARSETS = {0x14: "latin-1", 0x1C: "utf-32-be", 0x1E: "utf-16-be"}

# RFC 4514, 2.4: the characters that must be escaped in a name. Control characters too, as in OpenSSL.
_ESCAPES = {code: f"\\{code:02X}" for code in (*range(0x20), 0x7F)}
_ESCAPES.update({ord(letter): f"\\{letter}" for letter in '"+,;<>\\'})

# The attribute types of a name by OpenSSL's short names: RFC 4519, RFC 2985, and those of the CA/Browser Forum.
_ATTRIBUTES = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "street",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "title",
    "2.5.4.13": "description",
    "2.5.4.15": "businessCategory",
    "2.5.4.16": "postalAddress",
    "2.5.4.17": "postalCode",
    "2.5.4.41": "name",
    "2.5.4.42": "GN",
    "2.5.4.43": "initials",
    "2.5.4.44": "generationQualifier",
    "2.5.4.46": "dnQualifier",
    "2.5.4.65": "pseudonym",
    "2.5.4.97": "organizationIdentifier",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
    "1.2.840.113549.1.9.2": "unstructuredName",
    "1.3.6.1.4.1.311.60.2.1.1": "jurisdictionL",
    "1.3.6.1.4.1.311.60.2.1.2": "jurisdictionST",
    "1.3.6.1.4.1.311.60.2.1.3": "jurisdictionC",
}

# Keys whose type determines the size in bits: RFC 8410; and ML-DSA of RFC 9881, which has no size in bits.
_FIXED_KEYS = {
    "1.3.101.112": ("Ed25519", 256),
    "1.3.101.113": ("Ed448", 456),
    "2.16.840.1.101.3.4.3.17": ("ML-DSA-44", None),
    "2.16.840.1.101.3.4.3.18": ("ML-DSA-65", None),
    "2.16.840.1.101.3.4.3.19": ("ML-DSA-87", None),
}
# RFC 3279 and RFC 4055: keys that begin with the modulus. DSA has it as a parameter, EC has the curve.
_RSA_KEYS = {"1.2.840.113549.1.1.1": "RSA", "1.2.840.113549.1.1.10": "RSA-PSS"}
_DSA_KEY, _EC_KEY = "1.2.840.10040.4.1", "1.2.840.10045.2.1"

# Curves by the names of SEC 2, RFC 5639 and GM/T 0003, each with the size of its field in bits.
_CURVES = {
    "1.2.840.10045.3.1.1": ("secp192r1", 192),
    "1.2.840.10045.3.1.7": ("secp256r1", 256),
    "1.3.132.0.1": ("sect163k1", 163),
    "1.3.132.0.10": ("secp256k1", 256),
    "1.3.132.0.15": ("sect163r2", 163),
    "1.3.132.0.16": ("sect283k1", 283),
    "1.3.132.0.17": ("sect283r1", 283),
    "1.3.132.0.26": ("sect233k1", 233),
    "1.3.132.0.27": ("sect233r1", 233),
    "1.3.132.0.33": ("secp224r1", 224),
    "1.3.132.0.34": ("secp384r1", 384),
    "1.3.132.0.35": ("secp521r1", 521),
    "1.3.132.0.36": ("sect409k1", 409),
    "1.3.132.0.37": ("sect409r1", 409),
    "1.3.132.0.38": ("sect571k1", 571),
    "1.3.132.0.39": ("sect571r1", 571),
    "1.3.36.3.3.2.8.1.1.5": ("brainpoolP224r1", 224),
    "1.3.36.3.3.2.8.1.1.7": ("brainpoolP256r1", 256),
    "1.3.36.3.3.2.8.1.1.8": ("brainpoolP256t1", 256),
    "1.3.36.3.3.2.8.1.1.9": ("brainpoolP320r1", 320),
    "1.3.36.3.3.2.8.1.1.11": ("brainpoolP384r1", 384),
    "1.3.36.3.3.2.8.1.1.12": ("brainpoolP384t1", 384),
    "1.3.36.3.3.2.8.1.1.13": ("brainpoolP512r1", 512),
    "1.3.36.3.3.2.8.1.1.14": ("brainpoolP512t1", 512),
    "1.2.156.10197.1.301": ("sm2p256v1", 256),
}

# Signature algorithms by the names of RFC 3279, 4055, 5758, 8692, 8410 and 9881, without their "id-".
_SIGNATURES = {
    "1.2.840.113549.1.1.2": "md2WithRSAEncryption",
    "1.2.840.113549.1.1.4": "md5WithRSAEncryption",
    "1.2.840.113549.1.1.5": "sha1WithRSAEncryption",
    "1.2.840.113549.1.1.10": "RSASSA-PSS",
    "1.2.840.113549.1.1.11": "sha256WithRSAEncryption",
    "1.2.840.113549.1.1.12": "sha384WithRSAEncryption",
    "1.2.840.113549.1.1.13": "sha512WithRSAEncryption",
    "1.2.840.113549.1.1.14": "sha224WithRSAEncryption",
    "2.16.840.1.101.3.4.3.13": "sha3-224WithRSAEncryption",
    "2.16.840.1.101.3.4.3.14": "sha3-256WithRSAEncryption",
    "2.16.840.1.101.3.4.3.15": "sha3-384WithRSAEncryption",
    "2.16.840.1.101.3.4.3.16": "sha3-512WithRSAEncryption",
    "1.2.840.10045.4.1": "ecdsa-with-SHA1",
    "1.2.840.10045.4.3.1": "ecdsa-with-SHA224",
    "1.2.840.10045.4.3.2": "ecdsa-with-SHA256",
    "1.2.840.10045.4.3.3": "ecdsa-with-SHA384",
    "1.2.840.10045.4.3.4": "ecdsa-with-SHA512",
    "2.16.840.1.101.3.4.3.9": "ecdsa-with-SHA3-224",
    "2.16.840.1.101.3.4.3.10": "ecdsa-with-SHA3-256",
    "2.16.840.1.101.3.4.3.11": "ecdsa-with-SHA3-384",
    "2.16.840.1.101.3.4.3.12": "ecdsa-with-SHA3-512",
    "1.2.840.10040.4.3": "dsa-with-SHA1",
    "2.16.840.1.101.3.4.3.1": "dsa-with-SHA224",
    "2.16.840.1.101.3.4.3.2": "dsa-with-SHA256",
    "2.16.840.1.101.3.4.3.3": "dsa-with-SHA384",
    "2.16.840.1.101.3.4.3.4": "dsa-with-SHA512",
    "1.2.156.10197.1.501": "SM2-with-SM3",
    **{oid: kind for oid, (kind, _unused1) in _FIXED_KEYS.items()},
}

# RFC 5280, 4.1.2.2 allows 20 octets, and some authorities use a few more. The limit keeps the number short to print.
_LONGEST_SERIAL = 64

# X.690, 8.19: seven bits an octet; the eighth bit means that more octets follow. The limit keeps the numbers short.
_OID_MORE, _OID_BITS, _LONGEST_OID = 0x80, 7, 64
# The first two numbers are encoded as one: 40 times a root of 0 to 2, plus the second.
_ARCS, _LAST_ROOT = 40, 2

# RFC 1035, 2.3.4, and the letters of a host name. The underscore is not allowed there, but is in use.
_LONGEST_NAME, _LONGEST_LABEL = 253, 63
_LABELS_AFTER_WILDCARD = 2
_LETTERS_AND_FIGURES = "abcdefghijklmnopqrstuvwxyz0123456789"
_LABEL = _LETTERS_AND_FIGURES + "-_"


# RSASSA-PSS has the digest in its parameters: RFC 4055, 2.1, and the object identifiers of FIPS 180-4 and FIPS 202.
_RSASSA_PSS = "1.2.840.113549.1.1.10"
_DIGESTS = {
    "1.2.840.113549.2.5": "MD5",
    "1.3.14.3.2.26": "SHA1",
    "2.16.840.1.101.3.4.2.1": "SHA256",
    "2.16.840.1.101.3.4.2.2": "SHA384",
    "2.16.840.1.101.3.4.2.3": "SHA512",
    "2.16.840.1.101.3.4.2.4": "SHA224",
    "2.16.840.1.101.3.4.2.5": "SHA512-224",
    "2.16.840.1.101.3.4.2.6": "SHA512-256",
    "2.16.840.1.101.3.4.2.7": "SHA3-224",
    "2.16.840.1.101.3.4.2.8": "SHA3-256",
    "2.16.840.1.101.3.4.2.9": "SHA3-384",
    "2.16.840.1.101.3.4.2.10": "SHA3-512",
}


def read(der: bytes) -> Certificate:
    """Parse a certificate (RFC 5280, 4.1). Raises ValueError with one sentence for anything else.

    Each byte is read a few times at most, and the depth is fixed, so hostile data are as cheap as valid data. An unknown
    or malformed key has its type only.
    """
    outer = _Reader(der, 0, len(der))
    signed = outer.enter(_SEQUENCE, "the certificate")
    if outer.tag() is not None:
        outer.fail("has data after its end")
    body = signed.enter(_SEQUENCE, "its signed part")
    if body.tag() == _VERSION:
        body.skip()
    serial = _serial(body.enter(_INTEGER, "its serial number"))
    algorithm = body.enter(_SEQUENCE, "its signature algorithm")
    signature = _signature(algorithm)
    issuer_octets, issuer, issuer_common_name = _name(body.enter(_SEQUENCE, "its issuer"))
    validity = body.enter(_SEQUENCE, "its validity")
    not_before, not_after = _time(validity), _time(validity)
    subject_octets, subject, common_name = _name(body.enter(_SEQUENCE, "its subject"))
    key_type, key_size, curve = _key(body.enter(_SEQUENCE, "its public key"))
    dns_names, ip_addresses = _alternative_names(body)
    signed.enter(_SEQUENCE, "its signature's algorithm")
    signed.enter(_BIT_STRING, "its signature")
    if signed.tag() is not None:
        signed.fail("has data after its signature")
    return Certificate(
        subject=subject,
        issuer=issuer,
        common_name=common_name,
        issuer_common_name=issuer_common_name,
        self_signed=subject_octets == issuer_octets,
        not_before=not_before,
        not_after=not_after,
        serial=serial,
        dns_names=dns_names,
        ip_addresses=ip_addresses,
        key_type=key_type,
        key_size=key_size,
        curve=curve,
        signature_algorithm=signature,
    )


def presented(der: bytes) -> Presented:
    """Parse a certificate of a server's chain. One that cannot be parsed is returned with the reason."""
    try:
        return Presented(der, read(der))
    except ValueError as problem:
        return Presented(der, None, str(problem))


def fingerprint(der: bytes) -> str:
    """Return the SHA-256 of a certificate's DER bytes, in lower-case hex without colons."""
    from hashlib import sha256

    return sha256(der).hexdigest()


# NIST SP 800-57, part 1, 5.6: 112 bits of security, as in OpenSSL's security level 2.
_LEAST_BITS = {"RSA": 2048, "RSA-PSS": 2048, "DSA": 2048, "EC": 224}
_STRONG_KEYS = frozenset(kind for kind, _unused1 in _FIXED_KEYS.values())
_FORGEABLE = ("md2", "md5", "sha1")
_STRONG_SIGNATURES = (
    "sha224",
    "sha256",
    "sha384",
    "sha512",
    "sha3",
    "shake",
    "ed25519",
    "ed448",
    "ml-dsa",
    "sm3",
)


def chain_weakness(chain: tuple[Presented, ...]) -> str:
    """Return why a verified chain is too weak to trust, or "". Its last certificate is the trusted one."""
    last = len(chain) - 1
    return next(filter(None, (weakness(each, place == last) for place, each in enumerate(chain))), "")


def weakness(shown: Presented, trusted: bool | None = None) -> str:
    """Return why a certificate is too weak to trust: its key, its signature, or that it cannot be read; or "".

    What cannot be measured counts as weak. The signature of a trusted certificate is not the reason for trust in it.

    trusted   whether the monitoring host trusts it; None: unknown, then as if it does if it is self-signed
    """
    found = shown.certificate
    if found is None:
        return shown.problem
    if trusted is None:
        trusted = found.self_signed
    whose = found.name or "a certificate without a subject"
    return _key_weakness(found, whose) or ("" if trusted else _signature_weakness(found, whose))


def _key_weakness(found: Certificate, whose: str) -> str:
    least = _LEAST_BITS.get(found.key_type)
    if least is None:
        known = found.key_type in _STRONG_KEYS
        return "" if known else f"the key of {whose} has the unknown type {found.key_type}"
    if found.key_size is None:
        curve = f"the unknown curve {found.curve}" if found.curve else "unknown parameters"
        return f"the {found.key_type} key of {whose} has {curve}"
    if found.key_size < least:
        return f"the {found.key_type} key of {whose} has {found.key_size} bits, the minimum is {least}"
    return ""


def _signature_weakness(found: Certificate, whose: str) -> str:
    algorithm = found.signature_algorithm
    if any(each in algorithm.lower() for each in _FORGEABLE):
        return f"{whose} is signed with {algorithm}, which can be forged"
    if not any(each in algorithm.lower() for each in _STRONG_SIGNATURES):
        return f"{whose} is signed with the unknown algorithm {algorithm}"
    return ""


def covers(certificate: Certificate, name: str) -> bool:
    """Whether the certificate is for this host: a name, in Unicode or as A-labels, or a literal address.

    RFC 9525, 6: only the subject alternative names count. A wildcard is the whole left-most label, and matches one label;
    as in OpenSSL, at least two labels must follow it. One trailing dot of a name is ignored. An address must be one of
    the certificate's addresses. A name whose last label has only digits is not a host name.
    """
    if not name.isascii():
        if len(name) > _LONGEST_NAME:
            return False  # before the codec, which is slow for long names
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            return False
    if ":" in name or name.rpartition(".")[2].isdigit():
        return _address(name) in certificate.ip_addresses
    asked = name.removesuffix(".").lower()
    labels = asked.split(".")
    if len(asked) > _LONGEST_NAME or not all(map(_is_label, labels)) or labels[-1].isdigit():
        return False
    accepted = {asked, _wildcard(labels)}
    # isascii comes first: the lower case of some other letters is an ASCII letter.
    return any(each.isascii() and each.lower() in accepted for each in certificate.dns_names)


def near_miss(certificate: Certificate, name: str) -> str:
    """Return why a certificate does not cover a name that it seems to be for, as a clause; "" if it does not seem so."""
    asked = name.removesuffix(".").lower()
    if (certificate.common_name or "").lower() == asked:
        return f"{name} is only its common name, which does not count"
    shown = [each.lower() for each in certificate.dns_names if each.isascii()]
    if asked in shown:  # a name would be covered, so it is an address
        return "an address counts only as an IP address of the certificate, not as a name"
    return next(filter(None, (_wildcard_miss(each, asked) for each in shown)), "")


def _wildcard_miss(shown: str, asked: str) -> str:
    """Return why a name with a wildcard does not cover the name asked for, if they have the same end."""
    first, _sign, others = shown.partition(".")
    if "*" not in first or not f".{asked}".endswith(f".{others}"):
        return ""
    if asked == others:
        return f"{shown} does not match {asked} itself"
    if first != "*":
        return "a wildcard must be a whole label"
    if asked.partition(".")[2] != others:
        return "a wildcard matches one label only"
    if "_" in asked:
        return "in OpenSSL a wildcard matches no name with an underscore"
    return "" if "." in others else "two labels must follow a wildcard"


def _address(literal: str) -> str | None:
    from ipaddress import ip_address

    try:
        return str(ip_address(literal))
    except ValueError:
        return None


def _is_label(label: str) -> bool:
    return 1 <= len(label) <= _LONGEST_LABEL and not label.strip(_LABEL)


def _wildcard(labels: list[str]) -> str | None:
    """Return the wildcard that covers this name, or None. The rules are stricter than for a name without one."""
    others = labels[1:]
    if len(others) < _LABELS_AFTER_WILDCARD or "_" in "".join(labels):
        return None
    if any(label.startswith("-") or label.endswith("-") for label in others):
        return None
    return ".".join(("*", *others))


def days_left(not_after: float, now: float) -> float:
    """Return the days from `now` to `not_after`, both in seconds since the epoch; negative if expired."""
    return (not_after - now) / _SECONDS_A_DAY


def day(epoch: float) -> str:
    """Return a date in UTC, as 2026-01-31; `epoch` is in seconds since the epoch, of any year."""
    when = gmtime(epoch)
    return f"{when.tm_year:04}-{when.tm_mon:02}-{when.tm_mday:02}"


class _Reader:
    """Reads the elements (tag, length, content: X.690, 8.1) between two offsets of `der`."""

    __slots__ = ("_at", "_der", "_stop")

    def __init__(self, der: bytes, at: int, stop: int) -> None:
        self._der = der
        self._at = at
        self._stop = stop

    def tag(self) -> int | None:
        """Return the next element's tag, or None at the end."""
        return self._der[self._at] if self._at < self._stop else None

    def enter(self, tag: int, what: str) -> _Reader:
        """Skip the next element, which must have this tag; return a reader of its content."""
        if self._at >= self._stop or self._der[self._at] != tag:
            self.fail(f"lacks {what}")
        return self.skip()

    def skip(self) -> _Reader:
        """Skip the next element; return a reader of its content."""
        der, at, stop = self._der, self._at, self._stop
        start = at + 2
        if start > stop:
            self.fail("ends too early")
        if der[at] & _LONG_TAG == _LONG_TAG:
            self.fail("has an invalid tag")
        length = der[at + 1]
        if length >= _LONG_LENGTH:
            octets = length - _LONG_LENGTH
            if not 1 <= octets <= _LONGEST_LENGTH:  # 0 is the indefinite form, which DER forbids
                self.fail("has an invalid length")
            length = int.from_bytes(der[start : start + octets], "big")
            start += octets
        end = start + length
        if end > stop:
            self.fail("ends too early")
        self._at = end
        return _Reader(der, start, end)

    def after_unused_bits(self) -> _Reader:
        """Return a reader of the bits of a bit string, without the octet that counts unused bits (X.690, 8.6.2)."""
        return _Reader(self._der, self._at + 1, self._stop)

    def content(self) -> bytes:
        return self._der[self._at : self._stop]

    def fail(self, what: str) -> NoReturn:
        raise ValueError(f"not a readable certificate: it {what} (byte {self._at} of {len(self._der)})")


def _serial(integer: _Reader) -> int:
    octets = integer.content()
    if not 1 <= len(octets) <= _LONGEST_SERIAL:
        integer.fail("has a serial number of an invalid length")
    return int.from_bytes(octets, "big", signed=True)


def _signature(algorithm: _Reader) -> str:
    """Parse a signature algorithm; returns its name, or its dotted OID."""
    dotted = _dotted(algorithm.enter(_OID, "its signature algorithm").content())
    name = _SIGNATURES.get(dotted, dotted)
    return f"{name}-{_pss_digest(algorithm)}" if dotted == _RSASSA_PSS else name


def _pss_digest(algorithm: _Reader) -> str:
    """Parse the digest in the parameters of RSASSA-PSS (RFC 4055, 3.1): SHA-1 unless they name another."""
    try:
        parameters = algorithm.enter(_SEQUENCE, "parameters")
        if parameters.tag() != _PSS_DIGEST:
            return "SHA1"
        named = parameters.skip().enter(_SEQUENCE, "a digest").enter(_OID, "a digest's type")
    except ValueError:  # the rest of the certificate is still usable
        return "unknown"
    dotted = _dotted(named.content())
    return _DIGESTS.get(dotted, dotted)


def _dotted(octets: bytes) -> str:
    """Return an object identifier as numbers and dots; a malformed or too long one as its first octets in hex."""
    arcs = []
    arc, begins = 0, True
    for octet in octets[:_LONGEST_OID]:
        if begins and octet == _OID_MORE:
            break  # a number with a leading zero
        arc = arc << _OID_BITS | octet & ~_OID_MORE
        begins = octet < _OID_MORE
        if begins:
            arcs.append(arc)
            arc = 0
    else:
        if arcs and begins and len(octets) <= _LONGEST_OID:
            root = min(arcs[0] // _ARCS, _LAST_ROOT)
            return ".".join(map(str, (root, arcs[0] - root * _ARCS, *arcs[1:])))
    return f"#{octets[:_LONGEST_OID].hex()}"


def _name(name: _Reader) -> tuple[bytes, str, str | None]:
    """Parse a name; returns its octets, its text, and its first common name."""
    # RFC 5280, 4.1.2.4: a sequence of sets of pairs of a type and a value.
    octets = name.content()
    common_name = None
    types: dict[bytes, str] = {}
    texts = []
    while name.tag() is not None:
        pairs = name.enter(_SET, "a set in a name")
        together = []
        while pairs.tag() is not None:
            pair = pairs.enter(_SEQUENCE, "a pair in a name")
            kind = pair.enter(_OID, "a type in a name").content()
            tag = pair.tag() or 0
            value = pair.skip().content()
            text = value.decode(_CHARSETS.get(tag, "utf-8"), "replace")
            if common_name is None and kind == _COMMON_NAME:
                common_name = text
            if kind not in types:
                dotted = _dotted(kind)
                types[kind] = _ATTRIBUTES.get(dotted, dotted)
            shown = _escaped(text) if tag in _STRINGS else f"#{value.hex()}"
            together.append(f"{types[kind]}={shown}")
        if together:
            texts.append(" + ".join(together))
    return octets, ", ".join(texts), common_name


def _escaped(text: str) -> str:
    """Escape a value so that it cannot look like the rest of a name (RFC 4514, 2.4)."""
    escaped = text.translate(_ESCAPES)
    if text[:1] in ("#", " "):
        escaped = "\\" + escaped
    if len(text) > 1 and text.endswith(" "):
        escaped = escaped[:-1] + "\\ "
    return escaped


def _key(info: _Reader) -> tuple[str, int | None, str | None]:
    """Parse a public key; returns its type, its size in bits, and its curve (RFC 5280, 4.1.2.7)."""
    algorithm = info.enter(_SEQUENCE, "its key's algorithm")
    dotted = _dotted(algorithm.enter(_OID, "its key's type").content())
    key = info.enter(_BIT_STRING, "its key")
    if dotted in _FIXED_KEYS:
        return (*_FIXED_KEYS[dotted], None)
    try:
        if dotted in _RSA_KEYS:
            return _RSA_KEYS[dotted], _modulus(key.after_unused_bits()), None
        if dotted == _DSA_KEY:
            return "DSA", _modulus(algorithm), None
        if dotted == _EC_KEY:
            named = _dotted(algorithm.enter(_OID, "its key's curve").content())
            curve, size = _CURVES.get(named, (named, None))
            return "EC", size, curve
    except ValueError:  # malformed, or with unknown parameters: the rest of the certificate is still usable
        pass
    return _RSA_KEYS.get(dotted) or {_DSA_KEY: "DSA", _EC_KEY: "EC"}.get(dotted, dotted), None, None


def _modulus(place: _Reader) -> int:
    """Return the number of bits of the first integer in the next sequence."""
    octets = place.enter(_SEQUENCE, "a key").enter(_INTEGER, "a modulus").content().lstrip(b"\0")
    return len(octets) * 8 - 8 + octets[0].bit_length() if octets else 0


def _time(validity: _Reader) -> int:
    # RFC 5280, 4.1.2.5: YYMMDDHHMMSSZ with 50 to 99 in the twentieth century, or YYYYMMDDHHMMSSZ.
    tag = validity.tag()
    field = validity.skip()
    text = field.content()
    if tag == _UTC_TIME:
        text = (b"19" if text[:2] >= b"50" else b"20") + text
    figures = text[:-1]
    in_form = tag in (_UTC_TIME, _GENERALIZED_TIME) and len(text) == len("YYYYMMDDHHMMSSZ")
    if not (in_form and figures.isdigit() and text.endswith(b"Z")):
        field.fail("has a date in an unknown format")
    month, day, hour, minute, second = (int(figures[at : at + 2]) for at in range(4, 14, 2))
    try:
        moment = datetime(int(figures[:4]), month, day, hour, minute, second, tzinfo=timezone.utc)
    except ValueError:
        field.fail("has a date that does not exist")
    return int(moment.timestamp())


def _alternative_names(body: _Reader) -> tuple[tuple[str, ...], tuple[str, ...]]:
    found = []
    while body.tag() is not None:
        if body.tag() != _EXTENSIONS:
            body.skip()
            continue
        extensions = body.skip().enter(_SEQUENCE, "its extensions")
        while extensions.tag() is not None:
            extension = extensions.enter(_SEQUENCE, "an extension")
            kind = extension.enter(_OID, "an extension's type").content()
            if extension.tag() == _BOOLEAN:
                extension.skip()
            value = extension.enter(_OCTET_STRING, "an extension's value")
            if kind == _SUBJECT_ALT_NAME:
                found.append(_general_names(value.enter(_SEQUENCE, "its alternative names")))
    # RFC 5280, 4.2 forbids a second extension of the same type. As in OpenSSL, neither is used then.
    return found[0] if len(found) == 1 else ((), ())


def _general_names(names: _Reader) -> tuple[tuple[str, ...], tuple[str, ...]]:
    dns_names: list[str] = []
    ip_addresses: list[str] = []
    while names.tag() is not None:
        tag = names.tag()
        content = names.skip().content()
        if tag == _DNS_NAME:
            dns_names.append(content.decode("utf-8", "replace"))
        elif tag == _IP_ADDRESS and len(content) == _IPV4_OCTETS:
            ip_addresses.append(".".join(map(str, content)))
        elif tag == _IP_ADDRESS and len(content) == _IPV6_OCTETS:
            from ipaddress import IPv6Address

            ip_addresses.append(str(IPv6Address(content)))
    return tuple(dns_names), tuple(ip_addresses)
