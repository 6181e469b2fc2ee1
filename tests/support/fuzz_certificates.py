# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The certificate reader compared with the cryptography library, and a fuzzer for malformed certificates.

PYTHONPATH=tests:plugins python3 -m support.fuzz_certificates [--certificates N] [--inputs N] [--seed N] [--jobs N]
"""

from __future__ import annotations

import argparse
import datetime as dt
import ipaddress
import random
import re
import sys
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa

from support import der
from tcp_health.wire.certificate import covers, fingerprint, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tcp_health.model.certificate import Certificate

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
FIRST, LAST_UTC_TIME, LAST = -631152000, 2524608000, 253402300799  # 1950, 2050, the end of 9999
SLOWEST = 0.05  # seconds of processor time for an input of up to LONGEST octets
LONGEST = 65536
CHUNK = 10_000  # inputs from one random seed, so that the result does not depend on how the work is shared
BESIDE_CHUNK = 500

# Certificates that the library rejects because of its own limits.
REFUSALS = (ValueError, TypeError, UnsupportedAlgorithm, x509.UnsupportedGeneralNameType)

SHORT_NAMES = {
    "1.2.840.113549.1.9.1": "emailAddress",
    "1.2.840.113549.1.9.2": "unstructuredName",
    "1.3.6.1.4.1.311.60.2.1.1": "jurisdictionL",
    "1.3.6.1.4.1.311.60.2.1.2": "jurisdictionST",
    "1.3.6.1.4.1.311.60.2.1.3": "jurisdictionC",
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.9": "street",
    "2.5.4.12": "title",
    "2.5.4.15": "businessCategory",
    "2.5.4.16": "postalAddress",
    "2.5.4.17": "postalCode",
    "2.5.4.42": "GN",
    "2.5.4.43": "initials",
    "2.5.4.44": "generationQualifier",
    "2.5.4.46": "dnQualifier",
    "2.5.4.65": "pseudonym",
    "2.5.4.97": "organizationIdentifier",
}
OVERRIDES = {x509.ObjectIdentifier(oid): short for oid, short in SHORT_NAMES.items()}
KINDS = [
    *(getattr(x509.NameOID, each) for each in ("COMMON_NAME", "ORGANIZATION_NAME", "LOCALITY_NAME", "COMMON_NAME")),
    *(getattr(x509.NameOID, each) for each in ("ORGANIZATIONAL_UNIT_NAME", "DOMAIN_COMPONENT", "USER_ID")),
    *OVERRIDES,
    x509.ObjectIdentifier("1.2.3.4.5"),
    x509.ObjectIdentifier("2.999.1234567890123456789"),
]  # fmt: skip
STRINGS = (0x0C, 0x12, 0x13, 0x14, 0x16, 0x1A, 0x1B, 0x1C, 0x1E)


# Certificates that the library signs.


@lru_cache(maxsize=1)
def signers() -> list[tuple[Any, list[tuple[Any, Any]]]]:
    """Private keys, each with the hashes and paddings that it signs with."""
    sha2 = [hashes.SHA224(), hashes.SHA256(), hashes.SHA384(), hashes.SHA512()]
    sha3 = [hashes.SHA3_224(), hashes.SHA3_256(), hashes.SHA3_384(), hashes.SHA3_512()]
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    plain = [(each, None) for each in (*sha2, *sha3)]
    old = dsa.generate_private_key(1024)  # noqa: S505 - larger ones take seconds to make
    return [
        (rsa.generate_private_key(65537, 2048), [*plain, (hashes.SHA256(), pss), (hashes.SHA384(), pss)]),
        (ec.generate_private_key(ec.SECP256R1()), plain),
        (ec.generate_private_key(ec.SECP384R1()), plain),
        (old, [(each, None) for each in sha2]),
        (ed25519.Ed25519PrivateKey.generate(), [(None, None)]),
        (ed448.Ed448PrivateKey.generate(), [(None, None)]),
    ]


@lru_cache(maxsize=1)
def curve_keys() -> list[Any]:
    """A public key on each curve that the library has."""
    curves = [
        each for each in vars(ec).values() if isinstance(each, type) and issubclass(each, ec.EllipticCurve)
    ]
    keys: list[Any] = []
    for curve in curves:
        if curve is not ec.EllipticCurve:
            try:
                keys.append(ec.generate_private_key(curve()).public_key())
            except UnsupportedAlgorithm:
                continue
    return keys


def public_key(chance: random.Random) -> Any:
    """A key to be certified; an RSA modulus has any size, since no test needs its factors."""
    way = chance.randrange(5)
    if way == 0:
        bits = chance.choice((512, 1024, 1025, 2047, 2048, 3072, 4096, 8192, chance.randint(600, 9000)))
        return rsa.RSAPublicNumbers(65537, 1 << bits - 1 | chance.getrandbits(bits - 1) | 1).public_key()
    if way in (1, 2):
        return chance.choice(curve_keys())
    return chance.choice(signers())[0].public_key()


def words(chance: random.Random, longest: int) -> str:
    letters = 'abcXYZ 019.-*,+"\\<>;#=\n\x00\x7f\u00e9\u4e2d\U0001f512'
    return "".join(chance.choice(letters) for _ in range(chance.randint(1, longest)))


def attribute(chance: random.Random) -> Any:
    kind = chance.choice(KINDS)
    value = words(chance, 16)  # the library takes up to 64 octets
    types = [x509.name._ASN1Type.UTF8String]  # noqa: SLF001 - there is no public way to a string's type
    if all(ord(each) < 0x10000 for each in value):
        types.append(x509.name._ASN1Type.BMPString)  # noqa: SLF001 - the same
    types.append(x509.name._ASN1Type.UniversalString)  # noqa: SLF001 - the same
    if value.isascii():
        types += [x509.name._ASN1Type.IA5String, x509.name._ASN1Type.T61String]  # noqa: SLF001 - the same
    if kind.dotted_string.startswith("1.3.6.1.4.1.311.60.2.1.3"):
        value, types = "DE", [x509.name._ASN1Type.PrintableString]  # noqa: SLF001 - the same
    return x509.NameAttribute(kind, value, chance.choice(types))


def some_name(chance: random.Random) -> x509.Name:
    sets = []
    for _ in range(chance.choice((0, 1, 1, 2, 3, 6, 12))):
        pairs = dict.fromkeys(attribute(chance) for _ in range(chance.choice((1, 1, 1, 2, 3))))
        sets.append(x509.RelativeDistinguishedName(list(pairs)))
    return x509.Name(sets)


def general_name(chance: random.Random) -> x509.GeneralName:
    way = chance.randrange(10)
    if way < 4:
        return x509.DNSName(f"{chance.choice(('', '*.', 'xn--', 'UP-'))}h{chance.randrange(999)}.example")
    if way == 4:
        return x509.IPAddress(ipaddress.IPv4Address(chance.getrandbits(32)))
    if way == 5:
        zeros = chance.choice((0, 16, 64, 96, 128))
        return x509.IPAddress(ipaddress.IPv6Address(chance.getrandbits(128) >> zeros))
    if way == 6:
        return x509.RFC822Name("a@example")
    if way == 7:
        return x509.DirectoryName(some_name(chance))
    if way == 8:
        return x509.OtherName(x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3"), der.element(der.UTF8, b"x"))
    return chance.choice(
        (
            x509.UniformResourceIdentifier("http://x.example"),
            x509.RegisteredID(x509.ObjectIdentifier("1.2.3")),
        )
    )


def extensions(chance: random.Random) -> Iterator[tuple[x509.ExtensionType, bool]]:
    often = chance.random() < 0.5
    if chance.random() < 0.7:
        names = [general_name(chance) for _ in range(chance.choice((0, 1, 2, 5, 20, 20, 300)))]
        yield x509.SubjectAlternativeName(names), chance.random() < 0.3
    if often:
        yield x509.BasicConstraints(ca=chance.random() < 0.5, path_length=None), True
        yield x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]), False
        yield x509.IssuerAlternativeName([x509.DNSName("issuer.example")]), False
        yield x509.SubjectKeyIdentifier(chance.randbytes(20)), False
        yield x509.NameConstraints([x509.DNSName("example")], None), True
    for number in range(chance.choice((0, 0, 1, 9, 40))):
        kind = x509.ObjectIdentifier(f"1.3.6.1.4.1.99999.{number}")
        octets = chance.randbytes(chance.choice((0, 1, 30, 300)))
        yield x509.UnrecognizedExtension(kind, octets), chance.random() < 0.5


def generated(chance: random.Random) -> bytes:
    """An unusual certificate that the library signs."""
    first, last = sorted(chance.sample(range(FIRST, chance.choice((LAST_UTC_TIME, LAST))), 2))
    key, ways = chance.choice(signers())
    digest, pad = chance.choice(ways)
    subject = some_name(chance)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if chance.random() < 0.3 else some_name(chance))
        .public_key(public_key(chance))
        .serial_number(chance.getrandbits(chance.randint(1, 159)) or 1)
        .not_valid_before(moment(first))
        .not_valid_after(moment(chance.choice((last, LAST))))
    )
    for extension, critical in extensions(chance):
        builder = builder.add_extension(extension, critical=critical)
    signed = builder.sign(key, digest, rsa_padding=pad) if pad else builder.sign(key, digest)
    return signed.public_bytes(serialization.Encoding.DER)


# Certificates that no library signs.


def odd(chance: random.Random) -> bytes:
    """A strange certificate from raw bytes, most of the time a valid one."""
    oids = ["2.5.4.3", "2.5.4.3", "2.5.4.10", "1.2.3.4", "2.999.77", "0.9.2342.19200300.100.1.25"]

    def pair() -> bytes:
        text = words(chance, 9)
        tag = chance.choice((*STRINGS, 0x03, 0x04, 0x02))
        charset = {0x1C: "utf-32-be", 0x1E: "utf-16-be", 0x14: "latin-1"}.get(tag, "utf-8")
        octets = text.encode(charset, "replace")
        if tag != 0x14 and chance.random() < 0.2:  # T61, which the library takes for UTF-8 where it can
            octets = chance.randbytes(6)
        kind = der.element(der.OID, der.dotted(chance.choice(oids)))
        return der.element(der.SEQUENCE, kind, der.element(tag, octets))

    def a_name() -> bytes:
        sets = [[pair() for _ in range(chance.choice((1, 1, 2)))] for _ in range(chance.randint(0, 4))]
        return der.element(der.SEQUENCE, *(der.element(der.SET, *each) for each in sets))

    def names() -> bytes:
        tags = [0x82, 0x82, 0x87, 0x81, 0x86, 0x82]
        sizes = {0x87: (0, 4, 4, 4, 8, 16, 16, 32)}
        each = [
            der.element(
                tag,
                chance.randbytes(chance.choice(sizes[tag])) if tag in sizes else words(chance, 9).encode(),
            )
            for tag in chance.sample(tags, chance.randint(0, len(tags)))
        ]
        return der.alternative_names(*each)

    subject = a_name()
    return der.certificate(
        version=chance.choice((b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x02", b"")),
        serial=chance.choice(
            (b"\x00", b"\xff", b"\x80\x01", b"\x00\xff", chance.randbytes(20), b"\x7f" * 21)
        ),
        subject=subject,
        issuer=chance.choice((subject, a_name())),
        algorithm=der.element(der.SEQUENCE, der.element(der.OID, chance.choice(ODD_ALGORITHMS))),
        key=chance.choice(ODD_KEYS),
        not_after=chance.choice(
            (b"", der.generalized("99991231235959Z"), der.generalized("20490101000000Z"))
        ),
        extensions=b"".join(names() for _ in range(chance.choice((0, 1, 1, 1, 2)))),
    )


def spki(oid: str, parameters: bytes, key: bytes) -> bytes:
    algorithm = der.element(der.SEQUENCE, der.element(der.OID, der.dotted(oid)), parameters)
    return der.element(der.SEQUENCE, algorithm, der.element(der.BITS, b"\x00" + key))


ODD_ALGORITHMS = [
    der.dotted(each) for each in ("1.2.840.113549.1.1.4", "1.2.3", "1.3.101.112", "1.2.840.10040.4.3")
]
RSA_KEY = der.element(
    der.SEQUENCE,
    der.element(der.INTEGER, b"\x00\xc1" + bytes(126) + b"\x01"),
    der.element(der.INTEGER, b"\x03"),
)
NULL = b"\x05\x00"
ODD_KEYS = [
    spki("1.2.840.113549.1.1.1", NULL, RSA_KEY),
    spki("1.2.840.113549.1.1.1", b"", RSA_KEY),
    spki("1.2.840.113549.1.1.10", b"", RSA_KEY),
    spki("1.2.840.113549.1.1.1", NULL, b"\x30\x00"),
    spki("1.2.840.113549.1.1.1", NULL, b"no key"),
    spki("1.2.840.10045.2.1", der.element(der.SEQUENCE, der.element(der.INTEGER, b"\x01")), b"\x04" * 65),
    spki("1.2.840.10045.2.1", der.element(der.OID, der.dotted("1.2.3.4")), b"\x04" * 65),
    spki("1.2.840.10045.2.1", NULL, b"\x04" * 65),
    spki("1.2.840.10040.4.1", b"", der.element(der.INTEGER, b"\x05")),
    spki("1.3.101.110", b"", bytes(32)),
    spki("1.2.3.4.5", NULL, b"what"),
]


# The comparison


def differences(octets: bytes) -> list[str]:
    """The differences between the reader and the library; what the library refuses is no difference."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of negative serial numbers, and of values that are too long
        try:
            theirs = x509.load_der_x509_certificate(octets)
        except REFUSALS:
            return []
        try:
            ours = read(octets)
        except ValueError as error:
            return [f"the library reads it, the reader does not: {error}"]
        return [each for compare in COMPARISONS for each in compare(ours, theirs)]


def compared(field: str, seen: object, ask: Callable[[], object]) -> Iterator[str]:
    try:
        expected = ask()
    except REFUSALS:
        return
    if seen != expected:
        yield f"{field}: {seen!r}, the library says {expected!r}"


def compare_names(ours: Certificate, theirs: x509.Certificate) -> Iterator[str]:
    # Read only for the comparison: the library may refuse it.
    subject, issuer = partial(getattr, theirs, "subject"), partial(getattr, theirs, "issuer")
    yield from compared("subject", ours.subject, lambda: printed(subject()))
    yield from compared("issuer", ours.issuer, lambda: printed(issuer()))
    yield from compared("common_name", ours.common_name, lambda: first_common_name(subject()))
    yield from compared("issuer_common_name", ours.issuer_common_name, lambda: first_common_name(issuer()))


def printed(name: x509.Name) -> str:
    """The library's text of a name, in our order, with control characters escaped."""
    sets = (" + ".join(each.rfc4514_string(OVERRIDES) for each in pairs) for pairs in name.rdns)
    return re.sub(r"[\x00-\x1f\x7f]", lambda found: f"\\{ord(found[0]):02X}", ", ".join(sets))


def first_common_name(name: x509.Name) -> object:
    found = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return found[0].value if found else None


def compare_numbers(ours: Certificate, theirs: x509.Certificate) -> Iterator[str]:
    yield from compared("serial", ours.serial, lambda: theirs.serial_number)
    yield from compared("not_before", moment(ours.not_before), lambda: theirs.not_valid_before_utc)
    yield from compared("not_after", moment(ours.not_after), lambda: theirs.not_valid_after_utc)
    yield from compared("lifetime", dt.timedelta(seconds=ours.lifetime), lambda: lifetime(theirs))
    yield from compared("self_signed", ours.self_signed, lambda: is_self_signed(theirs))
    octets = theirs.public_bytes(serialization.Encoding.DER)
    yield from compared("fingerprint", fingerprint(octets), lambda: theirs.fingerprint(hashes.SHA256()).hex())


def lifetime(theirs: x509.Certificate) -> dt.timedelta:
    return theirs.not_valid_after_utc - theirs.not_valid_before_utc


def is_self_signed(theirs: x509.Certificate) -> bool:
    return theirs.subject.public_bytes() == theirs.issuer.public_bytes()


def compare_alternative_names(ours: Certificate, theirs: x509.Certificate) -> Iterator[str]:
    def names() -> tuple[list[str], list[str]]:
        try:
            found = theirs.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (x509.ExtensionNotFound, x509.DuplicateExtension):
            return [], []
        return found.get_values_for_type(x509.DNSName), list(
            map(str, found.get_values_for_type(x509.IPAddress))
        )

    yield from compared("alternative names", (list(ours.dns_names), list(ours.ip_addresses)), names)


def compare_key(ours: Certificate, theirs: x509.Certificate) -> Iterator[str]:
    def facts() -> tuple[str, int | None, str | None]:
        key: Any = theirs.public_key()
        if isinstance(key, rsa.RSAPublicKey):
            pss = theirs.public_key_algorithm_oid.dotted_string == "1.2.840.113549.1.1.10"
            return "RSA-PSS" if pss else "RSA", key.key_size, None
        if isinstance(key, ec.EllipticCurvePublicKey):
            return "EC", key.key_size, key.curve.name
        if isinstance(key, dsa.DSAPublicKey):
            return "DSA", key.key_size, None
        sizes = {ed25519.Ed25519PublicKey: ("Ed25519", 256), ed448.Ed448PublicKey: ("Ed448", 456)}
        for kind, (word, size) in sizes.items():
            if isinstance(key, kind):
                return word, size, None
        return theirs.public_key_algorithm_oid.dotted_string, None, None

    yield from compared("key", (ours.key_type, ours.key_size, ours.curve), facts)


def compare_signature(ours: Certificate, theirs: x509.Certificate) -> Iterator[str]:
    def word() -> str:
        dotted = theirs.signature_algorithm_oid.dotted_string
        if dotted == "1.2.840.113549.1.1.10" and theirs.signature_hash_algorithm is not None:
            return "rsassapss" + theirs.signature_hash_algorithm.name.replace("-", "")
        return signature_words().get(dotted, dotted)

    seen = ours.signature_algorithm.lower().replace("-", "")
    yield from compared("signature_algorithm", seen, word)


@lru_cache(maxsize=1)
def signature_words() -> dict[str, str]:
    """The library's constants, in lower case and without hyphens: ecdsawithsha256, sha256withrsaencryption."""
    words = {}
    for constant, oid in vars(x509.SignatureAlgorithmOID).items():
        if isinstance(oid, x509.ObjectIdentifier):
            family, _, digest = constant.strip("_").lower().replace("_", "").partition("with")
            word = (
                f"{digest}withrsaencryption"
                if family == "rsa"
                else f"{family}with{digest}"
                if digest
                else family
            )
            words[oid.dotted_string] = word
    return words


COMPARISONS = [
    compare_names,
    compare_numbers,
    compare_alternative_names,
    compare_key,
    compare_signature,
]


def moment(seconds: int) -> dt.datetime:
    return EPOCH + dt.timedelta(seconds=seconds)


def beside(seed: int, chunk: int, count: int) -> list[str]:
    """Compare `count` certificates, one in four an unusual one; return the differences."""
    chance = random.Random(f"{seed} beside {chunk}")  # noqa: S311 - the same certificates each time, but for their keys
    wrong = []
    for number in range(count):
        octets = odd(chance) if number % 4 == 3 else generated(chance)
        wrong += [f"{each} in {octets.hex()}" for each in differences(octets)]
    return wrong


# Malformed inputs


@lru_cache(maxsize=1)
def grains(seed: int) -> list[tuple[bytes, list[int]]]:
    """Certificates to be mutated, all of them short, each with the places of its elements."""
    chance = random.Random(f"{seed} grains")  # noqa: S311 - the same certificates each time, but for their keys
    found: list[bytes] = []
    while len(found) < 60:
        octets = odd(chance) if len(found) % 3 else generated(chance)
        if len(octets) < 1500:
            found.append(octets)
    return [(each, places(each)) for each in found]


def places(octets: bytes) -> list[int]:
    """The offsets of the elements, including those inside octet strings and bit strings."""
    found: list[int] = []
    waiting = [(0, len(octets))]
    while waiting:
        at, stop = waiting.pop()
        while at + 2 <= stop:
            size, start = octets[at + 1], at + 2
            if size > 0x80:
                size, start = int.from_bytes(octets[start : start + size - 0x80], "big"), start + size - 0x80
            if start + size > stop:
                break
            found.append(at)
            if octets[at] & 0x20 or octets[at] in (der.OCTETS, der.BITS):
                waiting.append((start + (octets[at] == der.BITS), start + size))
            at = start + size
    return found


def scattered(octets: bytes, chance: random.Random) -> bytes:
    """Make one to three small changes at random places."""
    changed = bytearray(octets)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(changed))
        way = chance.randrange(5)
        if way == 0:
            changed[at] ^= 1 << chance.randrange(8)
        elif way == 1:
            changed[at] = chance.choice((0x00, 0x1F, 0x30, 0x7F, 0x80, 0x81, 0x84, 0xFF))
        elif way == 2:
            del changed[at : at + chance.randint(1, 8)]
        elif way == 3:
            changed[at:at] = chance.randbytes(chance.randint(1, 8))
        else:
            other = chance.randrange(len(changed))
            changed[at : at + 16] = changed[other : other + 16]
        if not changed:
            break
    return bytes(changed)


def lying(octets: bytes, at: int, chance: random.Random) -> bytes:
    """Change the tag or the length of an element."""
    if chance.random() < 0.25:
        return octets[:at] + chance.randbytes(1) + octets[at + 1 :]
    sizes = [
        b"\x00",
        b"\x01",
        b"\x7f",
        b"\x80",
        b"\x81\xff",
        b"\x82\xff\xff",
        b"\x84\x7f\xff\xff\xff",
        b"\x84\xff\xff\xff\xff",
    ]
    sizes += [
        b"\x85\x01\x00\x00\x00\x00",
        b"\xff",
        bytes([octets[at + 1] ^ 1]),
        bytes([max(octets[at + 1] - 1, 0)]),
    ]
    size = chance.choice(sizes)
    return octets[: at + 1] + size + octets[at + 1 + chance.choice((1, len(size))) :]


def broken(seed: int, chance: random.Random) -> tuple[str, bytes]:
    """Return the next input, and its kind."""
    octets, elements = chance.choice(grains(seed))
    way = chance.randrange(1000)
    if way < 420:
        return "scattered", scattered(octets, chance)
    if way < 720:
        return "lying", lying(octets, chance.choice(elements), chance)
    if way < 820:
        return "cut", octets[: chance.randrange(len(octets))]
    if way < 900:
        other, others = chance.choice(grains(seed))
        return "spliced", octets[: chance.choice(elements)] + other[chance.choice(others) :]
    if way < 995:
        return "random", chance.randbytes(chance.randrange(200))
    if way < 998:
        return "nested", nested(chance)
    return "long", long_one(chance)


def nested(chance: random.Random) -> bytes:
    tag = chance.choice((b"\x30", b"\x31", b"\xa0", b"\xa3", b"\x24"))
    if chance.random() < 0.5:
        return (
            tag
            + chance.choice((b"\x80", b"\x84", b"")) * chance.randrange(2)
            + tag * chance.randrange(LONGEST // 2)
        )
    octets = b""
    while len(octets) < 2000:
        octets = der.element(tag[0], octets)
    return chance.choice((octets, der.certificate(extensions=octets), der.certificate(subject=octets)))


def long_one(chance: random.Random) -> bytes:
    """Many small elements where many are allowed, up to the largest size that has a guaranteed time."""
    room = LONGEST - 400
    pair = der.element(
        der.SEQUENCE,
        der.element(der.OID, chance.choice((b"", b"\x2a", b"\x55\x04\x03", b"\xff" * 64))),
        b"\x05\x00",
    )
    value = chance.choice((b"\xff", b"\xd8\x00", b"\x00", b",", b" "))

    def many(each: bytes) -> bytes:
        return each * (room // len(each))

    return chance.choice(
        (
            lambda: der.certificate(subject=der.element(der.SEQUENCE, many(b"\x31\x00"))),
            lambda: der.certificate(subject=der.element(der.SEQUENCE, many(der.element(der.SET, pair)))),
            lambda: der.certificate(subject=der.element(der.SEQUENCE, der.element(der.SET, many(pair)))),
            lambda: der.certificate(issuer=der.name((der.COMMON_NAME, chance.choice(STRINGS), many(value)))),
            lambda: der.certificate(extensions=der.alternative_names(many(b"\x82\x00"))),
            lambda: der.certificate(extensions=der.alternative_names(many(b"\x87\x04abcd"))),
            lambda: der.certificate(
                extensions=der.alternative_names(many(b"\x87\x10" + chance.randbytes(16)))
            ),
            lambda: der.certificate(extensions=many(b"\x30\x04\x06\x00\x04\x00")),
            lambda: der.certificate(extensions=many(der.alternative_names())),
            lambda: der.certificate(serial=many(b"\x7f")),
            lambda: der.certificate(
                key=spki(
                    "1.2.840.113549.1.1.1",
                    NULL,
                    der.element(der.SEQUENCE, der.element(der.INTEGER, many(b"\x7f"))),
                )
            ),
            lambda: der.certificate(key=spki("1.2.840.10045.2.1", der.element(der.OID, many(b"\xff")), b"")),
            lambda: chance.randbytes(LONGEST),
        )
    )()


NAMES = (
    "a.example",
    "h7.example",
    "127.0.0.1",
    "::1",
    "\u00e9.example",
    "",
    "a" * 300,
    "a b",
    "x.y.h7.example.",
)


def fault(octets: bytes, name: str, slowest: float = SLOWEST) -> str | None:
    """What the reader does wrong with an input; None when it reads it, or refuses it as documented."""
    begun = time.process_time()
    try:
        seen = read(octets)
        covers(seen, name)
    except ValueError as error:
        text = str(error)
        if not re.fullmatch(r"not a readable certificate: it [a-z' ]+ \(byte \d+ of \d+\)", text):
            return f"ValueError says {text!r}"
    except Exception as error:  # noqa: BLE001 - whatever comes is the finding
        return f"{type(error).__name__}: {error}"
    else:
        if not sane(seen):
            return f"it gives {seen!r}"
    spent = time.process_time() - begun
    return f"it takes {spent * 1000:.0f} ms" if spent > slowest else None


def sane(seen: Certificate) -> bool:
    size = seen.key_size
    return (
        -62135596800 <= min(seen.not_before, seen.not_after) <= max(seen.not_before, seen.not_after) <= LAST
        and (size is None or 0 <= size <= 8 * LONGEST)
        and seen.key_type.isprintable()
        and (seen.curve is None or seen.curve.isprintable())
        and seen.signature_algorithm.isprintable()
        and not re.search(r"[\x00-\x1f\x7f]", seen.subject + seen.issuer)
    )


def fuzz(seed: int, chunk: int, count: int, slowest: float = SLOWEST) -> list[str]:
    """Give the reader `count` malformed inputs; return the errors. A slow input is tried again, twice."""
    chance = random.Random(f"{seed} fuzz {chunk}")  # noqa: S311 - the same inputs each time, but for the keys
    wrong = []
    for _ in range(count):
        kind, octets = broken(seed, chance)
        name = chance.choice(NAMES)
        found = fault(octets, name, slowest)
        for _again in range(2):
            if found is not None and found.startswith("it takes"):
                found = fault(octets, name, slowest)
        if found is not None:
            wrong.append(f"{kind}: {found} for {octets.hex()}")
    return wrong


# The command line


def shares(count: int, size: int) -> list[tuple[int, int]]:
    """The chunks, by number and size, for `count` inputs."""
    return [(chunk, min(size, count - chunk * size)) for chunk in range(-(-count // size))]


def run(seed: int, certificates: int, inputs: int, jobs: int) -> list[str]:
    """Run everything; return the errors."""
    wrong = []
    for what, work, todo in (
        ("certificates beside the cryptography library", beside, shares(certificates, BESIDE_CHUNK)),
        ("broken inputs", fuzz, shares(inputs, CHUNK)),
    ):
        begun = time.monotonic()
        count = sum(size for _, size in todo)
        found: list[str] = []
        if jobs > 1:
            with ProcessPoolExecutor(jobs) as pool:
                for results in pool.map(partial(_chunk, work, seed), todo):
                    found += results
        else:
            for each in todo:
                found += _chunk(work, seed, each)
        spent = time.monotonic() - begun
        sys.stdout.write(f"{count} {what}: {len(found)} wrong, {spent:.1f} s\n")
        wrong += found
    return wrong


def _chunk(work: Callable[[int, int, int], list[str]], seed: int, chunk: tuple[int, int]) -> list[str]:
    return work(seed, *chunk)


def main(arguments: list[str] | None = None) -> int:
    """Return 0 without errors; print each error with its input in hex."""
    parser = argparse.ArgumentParser(
        description="The certificate reader beside the cryptography library, and fuzzed."
    )
    parser.add_argument(
        "--certificates", type=int, default=4000, metavar="N", help="how many to compare (4000)"
    )
    parser.add_argument(
        "--inputs", type=int, default=100_000, metavar="N", help="how many broken ones (100000)"
    )
    parser.add_argument(
        "--seed", type=int, default=None, metavar="N", help="of chance; drawn when none is given"
    )
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes that share the work (1)")
    given = parser.parse_args(arguments)
    seed = random.SystemRandom().randrange(1_000_000) if given.seed is None else given.seed
    sys.stdout.write(f"seed {seed}\n")
    wrong = run(seed, given.certificates, given.inputs, given.jobs)
    for each in wrong[:20]:
        sys.stdout.write(f"{each}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
