# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which names a certificate covers: by a table, and compared with OpenSSL in real handshakes in memory."""

from __future__ import annotations

import ipaddress
import random
import re
import ssl
import tempfile
import time
from functools import lru_cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from support import der
from tcp_health.wire.certificate import covers, read

KEY = Ed25519PrivateKey.generate()
NAME_MISMATCH, ADDRESS_MISMATCH = (
    62,
    64,
)  # OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH


def name(text: str) -> bytes:
    return der.element(0x82, text.encode())


def address(text: str) -> bytes:
    return der.element(0x87, ipaddress.ip_address(text).packed)


@lru_cache(maxsize=1024)
def minted(*names: bytes) -> bytes:
    """A certificate for these general names, signed by itself; its common name is common.example."""
    common = der.name((der.COMMON_NAME, der.UTF8, b"common.example"))
    return der.certificate(
        issuer=common,
        subject=common,
        not_after=der.generalized("20991231235959Z"),
        key=KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        extensions=der.alternative_names(*names) if names else b"",
        sign=KEY.sign,
    )


def ours(octets: bytes, asked: str) -> bool:
    return covers(read(octets), asked)


@lru_cache(maxsize=1024)
def contexts(octets: bytes) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server with this certificate, and a client that trusts it and looks at its alternative names only."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "both.pem")
        key = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(ssl.DER_cert_to_PEM_cert(octets).encode() + key)
        server.load_cert_chain(path)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.hostname_checks_common_name = False
    client.load_verify_locations(cadata=octets)
    return server, client


def openssl(octets: bytes, asked: str) -> bool:
    """Whether a client accepts the certificate for this name; a name that ssl itself refuses is not covered."""
    server_context, client_context = contexts(octets)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_context.wrap_bio(to_server, to_client, server_side=True)
    try:
        client = client_context.wrap_bio(to_client, to_server, server_hostname=asked)
    except (ValueError, TypeError, ssl.SSLError):
        return False
    for _ in range(3):
        try:
            client.do_handshake()
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLCertVerificationError as error:
            if error.verify_code in (NAME_MISMATCH, ADDRESS_MISMATCH):
                return False
            raise
        else:
            return True
        try:
            server.do_handshake()
        except ssl.SSLWantReadError:
            pass
    raise AssertionError("the handshake has no end")


def stricter(asked: str) -> bool:
    """Whether we refuse this name for any certificate, where OpenSSL compares it octet by octet.

    An empty or too long label, a letter that is in no host's name, or an end like an IPv4 address's.
    """
    try:
        ipaddress.ip_address(asked)
    except ValueError:
        pass
    else:
        return False
    try:
        asked = asked.encode("idna").decode()
    except UnicodeError:
        return True
    of_host = re.fullmatch(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*", asked, re.IGNORECASE)
    return not of_host or len(asked) > 253 or asked.rpartition(".")[2].isdigit()


A_LABEL = "xn--bcher-kva"
LONG = ".".join(["a" * 62] + ["a" * 63] * 3)  # 254 octets, one more than the maximum of a name
EXACT = [
    ("a.example", "a.example"),
    ("a.example", "A.Example"),
    ("A.EXAMPLE", "a.example"),
    ("a.example", "a.example."),
    ("localhost", "localhost"),
    ("a_b.example", "a_b.example"),
    ("-a.example", "-a.example"),
    ("1.2.3.example", "1.2.3.example"),
    ("127.0.0.1.example", "127.0.0.1.example"),
    (f"{A_LABEL}.example", f"{A_LABEL}.example"),
    (f"{A_LABEL}.example", "b\u00fccher.example"),
    (f"{A_LABEL}.example", "B\u00dcCHER.Example"),
    (f"{A_LABEL.upper()}.EXAMPLE", "b\u00fccher.example"),
    (f"{A_LABEL}.example", "b\u00fccher\u3002example"),
    ("a.example", "\uff41.example"),
]
WILDCARD = [
    ("*.a.example", "b.a.example"),
    ("*.a.example", "B.A.EXAMPLE"),
    ("*.A.EXAMPLE", "b.a.example."),
    ("*.a.example", f"{A_LABEL}.a.example"),
    ("*.a.example", "b\u00fccher.a.example"),
    (f"*.{A_LABEL}.example", "b.b\u00fccher.example"),
    ("*.a.example", "1.a.example"),
    ("*.a.example", "-b-.a.example"),
]
NEVER = [
    ("a.example", "b.example"),
    ("a.example", "example"),
    ("a.example", "b.a.example"),
    ("a.example", "xa.example"),
    ("a.example", "a.example.org"),
    ("a.example\x00.org", "a.example"),
    ("a.example\x00.org", "a.example\x00.org"),
    ("a.example\x00", "a.example"),
    ("\x00a.example", "a.example"),
    (" a.example", "a.example"),
    ("a.example ", "a.example"),
    ("a.example\n", "a.example"),
    ("a.example.", "a.example"),
    (".example", "a.example"),
    (".a.example", "a.example"),
    ("a..example", "a.example"),
    ("", "a.example"),
    ("", "."),
    (".", "."),
    ("..", "."),
    ("a.example", ".a.example"),
    ("a.example", "a.example.."),
    ("*", "localhost"),
    ("*", "a.example"),
    ("*.", "a.example"),
    ("*.com", "example.com"),
    ("*.example", "a.example"),
    ("*.*.example", "a.b.example"),
    ("**.a.example", "b.a.example"),
    ("*.a.example", "a.example"),
    ("*.a.example", ".a.example"),
    ("*.a.example", "c.b.a.example"),
    ("*.a.example", "*b.a.example"),
    ("*.a.example", "b_c.a.example"),
    ("*.a_b.example", "c.a_b.example"),
    ("*.-a.example", "b.-a.example"),
    ("*.a-.example", "b.a-.example"),
    ("*.a..example", "b.a..example"),
    ("*.a.example.", "b.a.example"),
    ("a*.a.example", "ab.a.example"),
    ("*a.a.example", "ba.a.example"),
    ("b*c.a.example", "bxc.a.example"),
    ("b.*.example", "b.a.example"),
    ("b.a.*", "b.a.example"),
    ("xn--*.a.example", f"{A_LABEL}.a.example"),
    ("xn--b*.a.example", f"{A_LABEL}.a.example"),
    ("b\u00fccher.example", "b\u00fccher.example"),
    ("b\u00fccher.example", f"{A_LABEL}.example"),
    ("\u212aelvin.example", "kelvin.example"),  # its lower case is a k
    ("127.0.0.1", "127.0.0.1"),
    ("127.0.0.1", "127.0.0.1."),
    ("host.1", "host.1."),
    ("*.0.0.1", "127.0.0.1"),
    ("::1", "::1"),
    ("2130706433", "127.0.0.1"),
    ("a.example", ""),
    ("common.example.org", "common.example"),
    ("a" * 64 + ".example", "a" * 64 + ".example"),
]
STRICTER = [
    ("*.a.example", "*.a.example"),
    ("*.com", "*.com"),
    ("a b.example", "a b.example"),
    ("a.example/x", "a.example/x"),
    ("host.1", "host.1"),
    ("*.0.1", "host.0.1"),
    ("12345", "12345"),
    ("127.0.0.1.2", "127.0.0.1.2"),
    (LONG, LONG),
    ("%61.example", "%61.example"),
]


@pytest.mark.parametrize(("given", "asked"), EXACT + WILDCARD)
def test_a_name_that_the_certificate_has_is_covered(given: str, asked: str) -> None:
    octets = minted(name("first.example"), name(given), name("last.example"))
    assert ours(octets, asked)
    assert openssl(octets, asked.rstrip("."))


@pytest.mark.parametrize(("given", "asked"), NEVER)
def test_a_name_that_the_certificate_has_not_is_not_covered(given: str, asked: str) -> None:
    octets = minted(name("first.example"), name(given))
    assert not ours(octets, asked)
    assert not openssl(octets, asked)


@pytest.mark.parametrize(("given", "asked"), STRICTER)
def test_an_impossible_host_name_is_never_covered_though_openssl_compares_it(given: str, asked: str) -> None:
    octets = minted(name(given))
    assert not ours(octets, asked)
    assert openssl(octets, asked)
    assert stricter(asked)


def test_the_common_name_covers_nothing() -> None:
    for octets in (minted(), minted(name("a.example")), minted(address("127.0.0.1"))):
        assert not ours(octets, "common.example")
        assert not openssl(octets, "common.example")


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
        ("::1", "0:0:0:0:0:0:0:1"),
        ("2001:db8::a", "2001:DB8:0::000A"),
        ("::ffff:127.0.0.1", "::ffff:127.0.0.1"),
        ("::ffff:127.0.0.1", "::ffff:7f00:1"),
    ],
)
def test_an_address_is_compared_by_its_octets(given: str, asked: str) -> None:
    octets = minted(name("a.example"), address("192.0.2.1"), address(given))
    assert ours(octets, asked)
    assert openssl(octets, asked)


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("127.0.0.1", "127.0.0.2"),
        ("127.0.0.1", "::ffff:127.0.0.1"),
        ("::ffff:127.0.0.1", "127.0.0.1"),
        ("::1", "::2"),
        ("::1", "[::1]"),
        ("::1", ":::1"),
        ("127.0.0.1", "127.1"),
        ("127.0.0.1", "2130706433"),
        ("127.0.0.1", "0x7f000001"),
        ("127.0.0.1", "127.0.0.1."),
        ("fe80::1", "fe80::1%lo"),
        ("127.0.0.1", "a.example"),
    ],
)
def test_another_address_or_another_spelling_is_not_covered(given: str, asked: str) -> None:
    octets = minted(address(given))
    assert not ours(octets, asked)
    assert not openssl(octets, asked)


@pytest.mark.parametrize("asked", ["127.0.0.01", "127.0.0.1 ", " 127.0.0.1", "+127.0.0.1"])
def test_a_sloppy_address_is_not_covered_though_openssl_reads_it(asked: str) -> None:
    octets = minted(address("127.0.0.1"))
    assert not ours(octets, asked)
    assert openssl(octets, asked)
    assert stricter(asked)


def test_alternative_names_given_twice_count_as_none() -> None:
    twice = der.alternative_names(name("a.example")) + der.alternative_names(name("b.example"))
    assert read(der.certificate(extensions=twice)).dns_names == ()
    assert not covers(read(der.certificate(extensions=twice)), "a.example")


def test_a_long_name_in_a_certificate_is_compared_quickly() -> None:
    begun = time.process_time()
    assert not ours(minted(name("a.example")), "\u00e9." * 500_000)
    assert time.process_time() - begun < 0.5


def test_every_pair_of_names_is_judged_as_openssl_does_or_stricter() -> None:
    pairs = EXACT + WILDCARD + NEVER + STRICTER
    givens = dict.fromkeys([each for each, _ in pairs][::3])
    asks = dict.fromkeys(["127.0.0.1", "::1", *[each.rstrip(".") for _, each in pairs][::2]])
    for given in givens:
        octets = minted(name(given), address("127.0.0.1"))
        for asked in asks:
            agree(octets, asked, f"{asked!r} for {given!r}")


def agree(octets: bytes, asked: str, what: str) -> bool:
    """Ask both; fail where we are laxer, or stricter without a reason. Returns whether both accept it."""
    theirs = openssl(octets, asked)
    if ours(octets, asked):
        assert theirs, f"laxer: {what}"
        return True
    assert not theirs or stricter(asked), f"stricter: {what}"
    return False


def test_random_names_are_judged_as_openssl_does_or_stricter() -> None:
    chance = random.Random(9525)  # noqa: S311 - the same names each time
    labels = [
        "*",
        "a",
        "B",
        "b",
        "a",
        "c-d",
        "e_f",
        "xn--g",
        "9",
        "-",
        "",
        "*a",
        "a*",
        "h i",
        "\x00",
        "\u00e9",
    ]

    def some_name() -> str:
        return ".".join(
            chance.choices(labels, [4, 4, 4, 4, 4, *[1] * 11], k=chance.choice((1, 2, 3, 3, 3, 4)))
        )

    covered = 0
    for _ in range(250):
        given = [some_name() for _ in range(8)]
        octets = minted(*map(name, given))
        for asked in (some_name(), chance.choice(given), chance.choice(given).replace("*", "z", 1)):
            covered += agree(octets, asked.rstrip("."), f"{asked!r} for {given!r}")
    assert 100 < covered < 650  # otherwise the comparison proves nothing
