# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table: a server's TLS and its defect × the command line → state, cause, diagnosis, and words of the output.

python3 -m support.tls_defects, with tests and plugins in PYTHONPATH, prints it for the documentation.
"""

from __future__ import annotations

import contextlib
import json
import shlex
import subprocess
import sys
import time
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, Union

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from support import der
from support.loopback import Stage
from support.minting import Authority, Minted
from support.scripted import END, RESET, accepts
from support.starttls_peers import HEALTHY, PROTOCOLS, REFUSES, VARIANTS, WITHHOLDS, newest_version, starttls
from support.tls_peers import (
    CLIENTS,
    GREETING,
    MIDDLE,
    NAMES,
    PEERS,
    ROOT,
    V1_0,
    V1_2,
    V1_3,
    Peer,
    answers_hello,
    behind_proxy,
    bytewise,
    context,
    greet,
    says_plainly,
    speaks,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from support.scripted import Server
    from support.tls_peers import Session

OK, WARNING, CRITICAL, UNKNOWN = "OK", "WARNING", "CRITICAL", "UNKNOWN"
STATES = (OK, WARNING, CRITICAL, UNKNOWN)

A = "127.0.0.1"

MAKERS = Union[str, Callable[[], Peer]]


class Row(NamedTuple):
    """A row.

    group     its heading
    name      the defect, or the healthy case
    words     the command line after the target; {ca} and the like are the files of ``minted``
    peer      the server: a name of PEERS, or what makes one
    state, cause, fault   the outcome; fault is the name of the diagnosis
    says      words of the output, all of them; silent: words that must not be there
    host      the target's words: -H and, unless it has a colon, the port after it
    at        where the server listens; {folder} a folder for unix sockets
    connects  how many connections the check makes; None: not compared
    heard     what the server received, decrypted; None: not compared
    turns     further servers, for the connections after the first
    python    the versions of Python that it holds for: "", "3.9" alone, or "3.10" and newer
    """

    group: str
    name: str
    words: str
    peer: MAKERS
    state: str = OK
    cause: str = ""
    fault: str = ""
    says: Sequence[str] = ()
    silent: Sequence[str] = ()
    host: str = "-H {at} -p {port}"
    at: str = A
    connects: int | None = 1
    heard: bytes | None = None
    turns: Sequence[Server] = ()
    python: str = ""

    def applies(self) -> bool:
        """Whether the row applies to this version of Python."""
        return not self.python or (self.python == "3.9") == (sys.version_info < (3, 10))

    @property
    def title(self) -> str:
        """Heading and name."""
        return f"{self.group}: {self.name}"

    def begin(self) -> tuple[Peer, list[Server]]:
        """A new server, and its play."""
        peer = PEERS[self.peer]() if isinstance(self.peer, str) else self.peer()
        return peer, [accepts(peer), *self.turns]

    def line(self, port: int, folder: Path, places: Mapping[str, str]) -> str:
        """The whole command line."""
        target = self.host.format(at=self.at.format(folder=folder), port=port)
        limit = "" if "-t " in self.words else "-t 5 "
        return f"{target} {limit}{self.words.format(**places)}".strip()

    def shown(self) -> str:
        """The words as in a shell."""
        return " ".join(self.words.format(**_SHOWN).split())


def differences(row: Row, state: str, cause: str, fault: str, lines: Sequence[str]) -> list[str]:
    """The differences of a check's outcome from the row."""
    found = [
        f"{what}: {got!r}, not {wanted!r}"
        for what, wanted, got in (
            ("state", row.state, state), ("cause", row.cause, cause), ("fault", row.fault, fault),
        )
        if wanted != got
    ]  # fmt: skip
    # As OpenSSL 1.1.1 has it.
    text = "\n".join(lines).replace("self signed", "self-signed")
    found += [f"says nothing of {words!r}" for words in row.says if words not in text]
    found += [f"says {words!r}" for words in row.silent if words in text]
    return [f"{row.title}: {each}\n{text}" for each in found]


def seen_differences(row: Row, peer: Peer, connects: int) -> list[str]:
    """The differences of what the server saw from the row."""
    found = []
    if row.connects is not None and connects != row.connects:
        found.append(f"{row.title}: {connects} connections, not {row.connects}")
    if row.heard is not None and peer.notes.heard != row.heard:
        found.append(f"{row.title}: heard {peer.notes.heard!r}, not {row.heard!r}")
    return found


EXECUTABLE = Path(__file__).resolve().parents[2] / "plugins" / "check_tcp_health"


def executed(row: Row, places: Mapping[str, str], folder: Path) -> list[str]:
    """Run the executable for a row, and return the differences; a password prompt would end it, too."""
    done, peer, connects = run(row, places, folder)
    state = STATES[done.returncode] if done.returncode in range(4) else str(done.returncode)
    fault = row.fault  # the text has its words, and no name for it
    found = differences(row, state, row.cause, fault, done.stdout.splitlines())
    if f" {row.state} - " not in done.stdout.partition("\n")[0] or done.stderr:
        found.append(f"{row.title}: {done}")
    found += seen_differences(row, peer, connects)
    if row.cause and row.connects is not None:
        told, _, _ = run(row, places, folder, "--output", "json")
        document = json.loads(told.stdout)
        named = document["fault"]["name"] if document["fault"] else ""
        if (document["state"], document["cause"], named) != (row.state, row.cause, row.fault):
            found.append(f"{row.title}: {told.stdout[:500]}")
    return found


def run(
    row: Row,
    places: Mapping[str, str],
    folder: Path,
    *more: str,
    terminal: bool = False,
    patience: float = 30,
) -> tuple[subprocess.CompletedProcess[str], Peer, int]:
    """Run the executable against a new server; return its output, the server, and the number of connections.

    terminal: on a terminal of its own, which is where OpenSSL asks for a password.
    """
    peer, servers = row.begin()
    place = row.at.format(folder=folder)
    with contextlib.suppress(FileNotFoundError):
        Path(place).unlink()
    with Stage({place: servers}) as stage:
        command = [sys.executable, str(EXECUTABLE), *shlex.split(row.line(stage.port, folder, places)), *more]
        if terminal:
            command = [sys.executable, "-c", _ON_A_TERMINAL, *command]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=patience,
            start_new_session=True,
        )  # fmt: skip
    return done, peer, sum(stage.connects.values())


_ON_A_TERMINAL = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"


# Files for the command lines

_SHOWN = {
    **{name: name.replace("_", "-") + ".pem" for name in (
        "ca", "middle", "client", "key", "locked", "stranger", "stranger_key", "public", "group", "both", "empty", "missing",
    )},
    "ca_path": "certs/", "old_ca": "old-ca.pem", "new_ca": "new-ca.pem", "bare": "bare/", "no_ca_path": "others/", "folder": "folder/", "password": "password",
    "wrong_password": "wrong-password", "public_password": "public-password", "pin": "SHA256", "pin_colons": "SH:A2:56",
    "other_pin": "ANOTHER",
}  # fmt: skip
"""The placeholder for each file in the printed table."""


@lru_cache(maxsize=1)
def _mine() -> tuple[Minted, Minted]:
    """A client's certificate that the servers accept, and one that they do not."""
    stranger = Authority("Stranger CA").leaf(("somebody else",), usage="client")
    return CLIENTS.leaf(("somebody",), usage="client"), stranger


def minted(folder: Path) -> dict[str, str]:
    """Write the files that command lines name; returns the places by their names in the rows."""
    known, stranger = _mine()
    places: dict[str, Any] = {}
    for name, each in (("known", known), ("stranger", stranger), ("server", MIDDLE.leaf(NAMES))):
        (folder / name).mkdir()
        files = each.write(folder / name)
        if name == "known":
            places.update(
                client=files.chain, key=files.key, locked=files.locked, password=files.password, both=files.both,
                no_ca_path=files.folder,
            )  # fmt: skip
        elif name == "stranger":
            places.update(stranger=files.both, stranger_key=files.key)
        else:
            places.update(ca=files.ca, ca_path=files.folder)
    for name, content, mode in (
        ("public", known.key_pem, 0o644), ("group", known.key_pem, 0o640), ("empty", b"", 0o600),
        ("wrong_password", b"wrong\n", 0o600), ("public_password", b"correct horse\n", 0o644),
        ("middle", MIDDLE.pem, 0o644), ("old_ca", _OLD.pem, 0o644), ("new_ca", _NEW.pem, 0o644),
    ):  # fmt: skip
        path = folder / f"{name}.pem"
        path.write_bytes(content)
        path.chmod(mode)
        places[name] = path
    pin = MIDDLE.leaf(NAMES).fingerprint
    bare = folder / "bare"
    bare.mkdir()
    (bare / "ca.pem").write_bytes(ROOT.pem)
    places.update(
        bare=bare, missing=folder / "missing.pem", folder=folder, pin=pin, other_pin="ab" * 32,
        pin_colons=":".join(pin[at : at + 2] for at in range(0, 64, 2)).upper(),
    )  # fmt: skip
    return {name: str(place) for name, place in places.items()}


# Servers beyond those of PEERS


def _serving(name: str, minted: Callable[[], Minted], talk: Any = greet) -> Callable[[], Peer]:
    return lambda: speaks(name, context(minted()), talk)


def _answering(answer: bytes) -> Callable[[], Peer]:
    return lambda: answers_hello(repr(answer[:10]), answer, END)


def _say_garbage(session: Session) -> Any:
    yield b"\x17\x03\x03\x00\x20" + bytes(32)
    while (yield from session.hear()):
        pass


def _expired() -> Minted:
    return MIDDLE.leaf(NAMES, from_days=-90.0, days=-2.0)


HUNDRED_DAYS = _serving("30.5 of 100 days left", lambda: MIDDLE.leaf(NAMES, from_days=-69.5, days=30.5))
# From now on, not from when the tests began: in the eighth minute of a busy machine 5.5 days were 5.49.
_SHORT_MIDDLE = _serving(
    "intermediate ends first", lambda: ROOT.intermediate("Short", days=5.5, wall=time.time()).leaf(NAMES)
)
_OLD, _NEW = Authority("Old Root", from_days=-300.0, days=-2.0), Authority("New Root", from_days=2.0)
_OLD_ROOT = _serving("an expired root", lambda: _OLD.leaf(NAMES))
_NEW_ROOT = _serving("a root of tomorrow", lambda: _NEW.leaf(NAMES))
_WILDCARD = _serving("*.tls.test", lambda: MIDDLE.leaf(("*.tls.test",)))
_NAME_AS_COMMON_NAME = _serving("a name as its common name", lambda: MIDDLE.leaf((), common_name="tls.test"))
_ADDRESS_AS_NAME = _serving("an address as its common name", lambda: MIDDLE.leaf((), common_name=A))


def _without_a_lifetime() -> Minted:
    return MIDDLE.leaf(NAMES, from_days=-2.0, days=-2.0)


def _unusual(oid: str, digest: hashes.HashAlgorithm, begin: str, end: str) -> Minted:
    """A certificate that current libraries refuse to sign, signed by the intermediate."""
    key = ec.generate_private_key(ec.SECP256R1())
    names = b"".join(der.element(0x82, each.encode()) for each in NAMES[:2]) + der.element(
        0x87, bytes((127, 0, 0, 1))
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    made = der.certificate(
        issuer=MIDDLE.certificate.subject.public_bytes(),
        not_before=der.utc(begin),
        not_after=der.utc(end),
        algorithm=der.element(der.SEQUENCE, der.element(der.OID, der.dotted(oid))),
        key=public,
        extensions=der.alternative_names(names),
        sign=lambda body: MIDDLE.key.sign(body, ec.ECDSA(digest)),
    )
    return Minted(x509.load_der_x509_certificate(made), key, MIDDLE)


@lru_cache(maxsize=1)
def _ends_before_it_begins() -> Minted:
    return _unusual("1.2.840.10045.4.3.2", hashes.SHA256(), "250102000000Z", "250101000000Z")


@lru_cache(maxsize=1)
def _signed_with_sha_1() -> Minted:
    return _unusual("1.2.840.10045.4.1", hashes.SHA1(), "250101000000Z", "490101000000Z")  # noqa: S303


_SHA_1 = _serving("signed with SHA-1", _signed_with_sha_1)
_TIMELESS = _serving("no lifetime", _without_a_lifetime)
_BACKWARDS = _serving("ends before it begins", _ends_before_it_begins)


def _old_and_weak() -> Peer:
    """A server of an old TLS version with a strong key and an intermediate with a weak key."""
    weak = ROOT.intermediate("Weak Intermediate", key="rsa1024").leaf(NAMES)
    return speaks("a weak intermediate", context(weak, oldest=V1_0))


def _closes_behind_the_handshake() -> Peer:
    asks = context(MIDDLE.leaf(NAMES), oldest=V1_3, client="optional")
    return speaks("closes behind the handshake", asks, lambda session: session.close())


def _expired_starttls(protocol: str) -> Callable[[], Peer]:
    return lambda: starttls(protocol, HEALTHY, context(_expired(), newest=newest_version(protocol)))


def _warned() -> Peer:
    """A server that warns that it does not know the name, and continues (RFC 6066, 3)."""
    inner = speaks("a warning", context(MIDDLE.leaf(NAMES), newest=V1_2))

    def perform(_: Any) -> Any:
        performance = inner.begin()
        action = next(performance)
        while not isinstance(action, bytes):
            action = performance.send((yield action))
        yield b"\x15\x03\x03\x00\x02\x01\x70"
        while True:
            given = yield action
            try:
                action = performance.send(given)
            except StopIteration:
                return

    return Peer("a warning", perform, inner.notes)


# The table
# fmt: off

TLS = "--tls --ca-file {ca} "
NAMED = f"-H tls.test --address {A} -p {{port}}"
SECOND = "seen on a second connection, without verification"


def _bad(group: str, name: str, words: str, peer: MAKERS, cause: str, fault: str, *says: str, **rest: Any) -> Row:
    state = rest.pop("state", CRITICAL)
    return Row(group, name, words, peer, state, cause, fault, says, **rest)


def _certificates() -> Iterator[Row]:
    """Defects of the certificate itself."""
    bad = partial(_bad, "certificate", connects=2, heard=b"")
    unknown = "certificate_unknown_issuer", "unknown-issuer", "tls: unknown issuer", SECOND
    name = "certificate_name_mismatch", "name-mismatch", "tls: name mismatch", SECOND
    expired = "certificate_expired", "certificate-expired", "tls: certificate expired", SECOND
    rejected = "certificate_rejected", "certificate-rejected", "tls: certificate rejected", SECOND
    for each in ("healthy", "only TLS 1.2", "only TLS 1.3", "byte by byte", "byte by byte, 1.2"):
        yield Row("certificate", each, TLS, each, silent=("connection.", "tls:"))
    yield bad("self-signed", TLS, "self-signed", *unknown, "self-signed certificate", "localhost is self-signed")
    yield bad("unknown issuer", TLS, "unknown issuer", *unknown, "localhost was issued by Stranger CA")
    yield bad("unknown root, sent along", TLS, "unknown root", *unknown, "self-signed certificate in certificate chain")
    yield bad("missing intermediate", TLS, "missing intermediate", *unknown, "was issued by Test Intermediate")
    yield bad("name mismatch, an address", TLS, "name mismatch", *name, f"not valid for '{A}'",
              "it is for other.test, 192.0.2.1")
    yield bad("name mismatch, a name", TLS, "name mismatch", *name, "not valid for 'tls.test'", host=NAMED)
    yield bad("no name at all", TLS, "no name at all", *name, "it is for no name")
    yield bad("a name as common name", TLS, _NAME_AS_COMMON_NAME, *name, "it is for no name", host=NAMED)
    yield bad("an address as common name", TLS, _ADDRESS_AS_NAME, *name, "it is for no name")
    yield bad("expired", TLS, "expired", *expired, "localhost expired on 2")
    yield bad("expired intermediate", TLS, "expired intermediate", "certificate_expired", "certificate-expired",
              "tls: certificate expired", SECOND, "Old Intermediate expired on 2", python="3.10")
    yield bad("expired intermediate, unseen", TLS, "expired intermediate", *expired,
              "localhost is valid until 2", "an intermediate or root certificate has expired", silent=("expired on",), python="3.9")
    yield bad("expired root", "--tls --ca-file {old_ca}", _OLD_ROOT, *expired,
              "localhost is valid until 2", "an intermediate or root certificate has expired", silent=("expired on",))
    yield bad("root of tomorrow", "--tls --ca-file {new_ca}", _NEW_ROOT, "certificate_not_yet_valid",
              "certificate-not-yet-valid", "localhost is valid already, but an intermediate or root certificate is not", silent=("is valid from",))
    yield bad("not yet valid", TLS, "not yet valid", "certificate_not_yet_valid", "certificate-not-yet-valid",
              "local or tls: certificate not yet valid", "localhost is valid from 2", "or the clock of the monitoring host is slow", SECOND)
    yield bad("expired, and of another name", TLS, "expired and another name", *name, "it is for other.test",
              "and it expired on 2")
    yield bad("a client's certificate", TLS, "a client's certificate", *rejected, "purpose")
    yield bad("issued by no authority", TLS, "issued by no authority", *rejected, "invalid CA certificate")
    yield bad("RSA 512", TLS, "RSA 512", *rejected, "key too weak")
    yield bad("RSA 1024", TLS + "--ciphers DEFAULT:@SECLEVEL=2", "RSA 1024", *rejected, "key too weak")
    weak = ("certificate_rejected", "certificate-rejected", "tls: certificate rejected")
    for words in ("--tls-min 1.0", "--tls-min 1.1 --tls-max 1.2"):
        for bits in ("512", "1024"):
            yield bad(f"RSA {bits}, {words}", f"{TLS}{words}", f"RSA {bits}", *weak,
                      f"the RSA key of localhost has {bits} bits, the minimum is 2048", connects=1)
    # OpenSSL's words for it differ between versions and systems.
    yield bad("SHA-1, --tls-min 1.0", TLS + "--tls-min 1.0", _SHA_1, *weak,
              "localhost is signed with ecdsa-with-SHA1, which can be forged", connects=1)
    yield bad("SHA-1", TLS + "--ciphers DEFAULT:@SECLEVEL=2", _SHA_1, *rejected, "digest algorithm too weak")
    yield bad("RSA 1024 in the chain, --tls-max 1.1", TLS + "--tls-max 1.1", _old_and_weak, *weak,
              "the RSA key of Weak Intermediate has 1024 bits, the minimum is 2048", connects=1, python="3.10")
    # There the rest of the server's chain is not known.
    yield Row("certificate", "RSA 1024 in the chain, --tls-max 1.1, unseen", TLS + "--tls-max 1.1", _old_and_weak,
              python="3.9")
    yield bad("no certificate at all", TLS + "--ciphers aNULL:@SECLEVEL=0", "no common cipher", "certificate_rejected",
              "certificate-rejected", "the server presented no certificate")


def _lax() -> Iterator[Row]:
    """-S and --no-verify ignore the certificate."""
    for each in ("healthy", "self-signed", "unknown issuer", "unknown root", "missing intermediate", "name mismatch",
                 "no name at all", "expired", "expired intermediate", "not yet valid", "expired and another name",
                 "a client's certificate", "issued by no authority", "RSA 512", "RSA 1024", "only TLS 1.0",
                 "only TLS 1.1", "no common cipher", "client certificate optional, 1.2",
                 "client certificate optional, 1.3"):
        yield Row("-S", each, "-S -e 220 -v", each, says=("220 tls.test ready", "not verified"))
        if not each.startswith(("only", "no common", "RSA 512")):
            yield Row("--no-verify", each, "--no-verify -e 220 -v", each, says=("220 tls.test ready", "not verified"))
    yield Row("--no-verify", "RSA 1024 beside old TLS", "--no-verify --tls-min 1.0 -e 220", "RSA 1024")
    bad = partial(_bad, "-S")
    yield bad("older than the server", "-S --tls-max 1.2", "only TLS 1.3", "tls_protocol", "tls-protocol",
              "the check accepts TLS 1.0 to 1.2")
    yield bad("client certificate required, 1.2", "-S", "client certificate required, 1.2",
              "client_certificate_required", "client-certificate")
    # check_tcp accepts the handshake when its own side is complete.
    yield Row("-S", "client certificate required, 1.3", "-S", "client certificate required, 1.3")
    yield bad("client certificate required, 1.3, and something to read", "-S -e 220", "client certificate required, 1.3",
              "client_certificate_required", "client-certificate")
    yield bad("a fingerprint all the same", "-S --fingerprint {other_pin}", "healthy", "fingerprint_mismatch", "fingerprint")
    yield bad("--ca-file beside it verifies", "-S --ca-file {ca}", "expired", "certificate_expired",
              "certificate-expired", connects=2)
    yield bad("--tls beside it verifies", "-S --tls --ca-file {ca}", "expired", "certificate_expired",
              "certificate-expired", connects=2)


def _trust() -> Iterator[Row]:
    """Trusted authorities and names."""
    unknown = "certificate_unknown_issuer", "unknown-issuer"
    name = "certificate_name_mismatch", "name-mismatch"
    unusable = partial(_bad, "trust", state=UNKNOWN, connects=None)
    yield Row("trust", "a folder of authorities", "--tls --ca-path {ca_path}", "healthy")
    yield Row("trust", "a file and a folder", "--tls --ca-file {ca} --ca-path {no_ca_path}", "healthy")
    yield Row("trust", "an intermediate authority", "--tls --ca-file {middle}", "missing intermediate")
    yield Row("trust", "--ca-file alone", "--ca-file {ca} -v", "healthy", says=(", verified",))
    yield _bad("trust", "a folder of others", "--tls --ca-path {no_ca_path}", "healthy", *unknown, connects=2)
    yield _bad("trust", "the system's authorities", "--tls", "healthy", *unknown, connects=2)
    for words, place, reason in (
        ("--ca-file {missing}", "missing.pem", "No such file or directory"),
        ("--ca-file {folder}", "", "Is a directory"),
        ("--ca-file {empty}", "empty.pem", "no PEM certificate in this file"),
        ("--ca-file {key}", "key.pem", "no PEM certificate in this file"),
        ("--ca-path {missing}", "missing.pem", "No such file or directory"),
        ("--ca-path {ca}", "ca.pem", "Not a directory"),
        ("--ca-path {bare}", "bare", "no certificates with OpenSSL's hashed names in this folder; openssl rehash creates these names"),
        ("--ca-file {ca} --ca-path {bare}", "bare", "no certificates with OpenSSL's hashed names in this folder"),
    ):
        yield unusable(words.format(**_SHOWN), f"--tls {words}", "healthy", "tls_unusable", "tls-unusable", f"{place}: {reason}")
    for host in ("-H localhost --address 127.0.0.1 -p {port}", NAMED, "-H TLS.Test. --address 127.0.0.1 -p {port}"):
        yield Row("name", f"a name: {host.split()[1]}", TLS, "healthy", host=host)
    yield Row("name", "an address of version 6", TLS, "healthy", at="::1")
    yield Row("name", "--verify-name", TLS + "--verify-name tls.test", "healthy")
    for words in ("--verify-name tls.test.", "--sni tls.test.", "--sni other.test --verify-name tls.test."):
        yield Row("name", f"with the root's dot: {words}", TLS + words, "healthy")
    for name_ in ("-bad..name", "x" * 70 + ".test"):
        yield unusable(f"no name to ask for: {name_}", f"--tls --ca-file {{ca}} --sni {name_}", "healthy", "tls_unusable",
                       "tls-unusable", f"invalid server name '{name_}' for TLS", silent=("codec", "label"))
    yield unusable("no name to ask for: the host's", TLS, "healthy", "tls_unusable", "tls-unusable",
                   "invalid server name 'db..test' for TLS", silent=("codec", "label"),
                   host=f"-H db..test --address {A} -p {{port}}")
    yield Row("name", "a wildcard", TLS + "--verify-name mail.tls.test", _WILDCARD)
    yield Row("name", "--verify-name and another --sni", TLS + "--sni other.test --verify-name tls.test", "healthy")
    yield Row("name", "--verify-name and the same --sni", TLS + "--sni tls.test --verify-name tls.test", "healthy")
    yield Row("name", "--verify-name, a wildcard and another --sni",
              TLS + "--sni other.test --verify-name mail.tls.test", _WILDCARD)
    for words, connects in (("--verify-name other.test", 2), ("--sni other.test", 2),
                            ("--sni tls.test --verify-name other.test", 1)):
        yield _bad("name", f"another: {words}", TLS + words, "healthy", *name, "not valid for 'other.test'",
                   "it is for localhost, tls.test, 127.0.0.1, ::1", connects=connects)
    yield _bad("name", "a wildcard is for one label", TLS + "--verify-name a.mail.tls.test", _WILDCARD, *name,
               "it is for *.tls.test", connects=2)
    yield _bad("name", "a wildcard is for one label, with another --sni",
               TLS + "--sni mail.tls.test --verify-name a.mail.tls.test", _WILDCARD, *name)
    yield Row("fingerprint", "the pinned one", TLS + "--fingerprint {pin}", "healthy")
    yield Row("fingerprint", "the pinned one, with colons", TLS + "--fingerprint {pin_colons}", "healthy")
    yield Row("fingerprint", "one of two", TLS + "--fingerprint {other_pin} --fingerprint {pin}", "healthy")
    yield Row("fingerprint", "instead of verification", "--no-verify --fingerprint {pin}", "healthy")
    yield _bad("fingerprint", "another", TLS + "--fingerprint {other_pin}", "healthy", "fingerprint_mismatch", "fingerprint",
               "tls: fingerprint mismatch", "the fingerprint is ")
    yield _bad("fingerprint", "the pinned one, expired", TLS + "--fingerprint {other_pin}", "expired",
               "certificate_expired", "certificate-expired", connects=2)


def _agreement() -> Iterator[Row]:
    """Versions, ciphers, ALPN."""
    bad = partial(_bad, "agreement")
    old = "tls_protocol", "tls-protocol"
    yield bad("only TLS 1.0", TLS, "only TLS 1.0", *old, "tls: protocol too old", "the check accepts TLS 1.2 to 1.3")
    yield bad("only TLS 1.1", TLS, "only TLS 1.1", *old, "tls: protocol too old", "alert protocol version")
    yield bad("newer than the server", TLS + "--tls-min 1.3", "only TLS 1.2", *old, "the check accepts TLS 1.3")
    yield bad("older than the server", TLS + "--tls-max 1.2", "only TLS 1.3", *old, "no TLS version in common",
              "the check accepts TLS 1.2")
    yield Row("agreement", "--tls-min 1.0", TLS + "--tls-min 1.0 -v", "only TLS 1.0", says=("TLSv1 ",))
    yield Row("agreement", "--tls-max 1.1", TLS + "--tls-max 1.1 -v", "only TLS 1.1", says=("TLSv1.1 ",))
    yield Row("agreement", "--tls-max 1.2", TLS + "--tls-max 1.2 -v", "healthy", says=("TLSv1.2 ",))
    yield Row("agreement", "--tls-min 1.3", TLS + "--tls-min 1.3 -v", "healthy", says=("TLSv1.3 ",))
    yield Row("agreement", "a cipher", TLS + "--ciphers ECDHE-ECDSA-AES128-GCM-SHA256 -v", "only TLS 1.2",
              says=("TLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256",))
    alert = "tls_alert", "tls-alert"
    yield bad("no common cipher", TLS, "no common cipher", *alert, "tls: alert handshake failure")
    yield bad("no common cipher, of ours", TLS + "--ciphers ECDHE-RSA-AES128-GCM-SHA256", "only TLS 1.2", *alert)
    yield bad("no such cipher", TLS + "--ciphers nonsense", "healthy", "tls_unusable", "tls-unusable",
              "invalid cipher list 'nonsense': this OpenSSL has no such cipher", state=UNKNOWN, connects=None)
    yield Row("agreement", "ALPN", TLS + "--alpn http/1.1 -v", "ALPN h2 and http/1.1", says=("ALPN http/1.1",))
    yield Row("agreement", "ALPN, the server's choice", TLS + "--alpn http/1.1,h2 -v", "ALPN h2 and http/1.1",
              says=("ALPN h2",))
    yield Row("agreement", "no ALPN in common", TLS + "--alpn h2 -v", "ALPN of another protocol", silent=("ALPN",))
    yield bad("ALPN refused", TLS + "--alpn h2", "alert no_application_protocol", *alert,
              "tls: alert no application protocol")
    for name in ("handshake_failure", "internal_error", "unrecognized_name"):
        yield bad(f"alert {name}", TLS, f"alert {name}", *alert, f"tls: alert {name.replace('_', ' ')}")
    yield Row("agreement", "a warning before the handshake", TLS + "-e 220", _warned)


def _no_tls() -> Iterator[Row]:
    """Closed connections, timeouts, and servers without TLS."""
    bad = partial(_bad, "no TLS")
    for name, said in (("SMTP", "220 tls.test ESMTP"), ("HTTP", "HTTP/1.1 400 Bad Request"), ("SSH", "SSH-2.0-OpenSSH")):
        for words in (TLS, "-S"):
            yield bad(f"{name}, {words.split()[0]}", words, name, "not_tls", "not-tls", "tls: not TLS", f"received: {said}",
                      "Cannot make SSL connection.")
    for where in ("after the ClientHello", "in the server's flight"):
        yield bad(f"reset {where}", TLS, f"reset {where}", "reset", "tls-reset", "reset in the handshake")
        yield bad(f"end {where}", TLS, f"end {where}", "closed_early", "tls-closed", "closed in the handshake")
    failed = "tls_failed", "tls", "tls: handshake failed"
    yield bad("a broken ServerHello", TLS, _answering(b"\x16\x03\x03\x00\x05\x02\x00\x00\x01\x00"), *failed)
    yield bad("a record out of turn", TLS, _answering(b"\x17\x03\x03\x00\x05hello"), *failed)
    yield bad("a record that is too long", TLS, _answering(b"\x16\x03\x03\xff\xff" + b"x" * 100), "not_tls", "not-tls")
    yield bad("an alert of an unknown number", TLS, _answering(b"\x15\x03\x03\x00\x02\x02\xc8"), "tls_alert", "tls-alert",
              "tls: alert number 200")
    yield bad("an alert, byte by byte", TLS, lambda: bytewise(PEERS["alert no_application_protocol"]()), "tls_alert",
              "tls-alert", "tls: alert no application protocol")
    yield bad("a record that nobody can decrypt, behind the handshake", TLS + "-e 220",
              _serving("a broken record", lambda: MIDDLE.leaf(NAMES), talk=_say_garbage), "tls_failed", "tls",
              "tls: failed after the handshake", "decryption failed")
    yield bad("silent after the ClientHello", TLS + "-t 0.3", "silent after the ClientHello", "timed_out", "tls-silence",
              "the handshake stops", "Socket timeout after 0.3 seconds")
    for end in ("without", "with"):
        yield Row("ends", f"{end} close_notify", TLS + "-e 220", f"end {end} close_notify", says=("220 tls.test ready",))
        yield Row("ends", f"{end} close_notify, read to the end", TLS + "-e 220 --read eof", f"end {end} close_notify",
                  says=("220 tls.test ready",))
        yield _bad("ends", f"{end} close_notify, before what is expected", TLS + "-e 250", f"end {end} close_notify",
                   "mismatch", "mismatch", "expected '250'", state=WARNING)
    yield _bad("ends", "close_notify right behind the handshake", TLS, _closes_behind_the_handshake, "closed_early",
               "tls-closed", "closed after the handshake", silent=("closed in the handshake",))
    yield Row("ends", "reset after data", TLS + "-e 220", "reset after data")


def _clients() -> Iterator[Row]:
    """The client certificate."""
    bad = partial(_bad, "client certificate")
    required = "client_certificate_required", "client-certificate"
    proves = "--expect-state client-certificate-required "
    unknown = "client certificate requirement unknown, client-certificate-required expected"
    for version in ("1.2", "1.3"):
        server, optional = (f"client certificate {each}, {version}" for each in ("required", "optional"))
        words = "alert certificate required" if version == "1.3" else "alert handshake failure"
        yield bad(f"missing, {version}", TLS, server, *required, "tls: client certificate required", words)
        yield bad(f"missing, and something to read, {version}", TLS + "-e 220 -s HELLO", server, *required, words,
                  heard=b"")
        yield bad(f"not accepted, {version}", TLS + "--client-cert {stranger}", server, *required,
                  "tls: client certificate not accepted", "alert unknown ca")
        yield Row("client certificate", f"not wanted, {version}", TLS + "-e 220", optional)
        for how, given in (
            ("in one file", "--client-cert {both}"),
            ("in two files", "--client-cert {client} --client-key {key}"),
            ("locked", "--client-cert {client} --client-key {locked} --client-key-password-file {password}"),
            ("readable by its group", "--client-cert {client} --client-key {group}"),
        ):
            yield Row("client certificate", f"accepted, {how}, {version}", TLS + given + " -e 220 -v", server,
                      says=("client certificate requested", "220 tls.test ready"))
        yield Row("client certificate", f"required is proven, {version}", TLS + proves, server, OK,
                  "client_certificate_required", says=("client-certificate-required, as expected",))
        yield Row("client certificate", f"required is proven, -S, {version}", "-S " + proves, server, OK,
                  "client_certificate_required", says=("client-certificate-required, as expected",))
        yield Row("client certificate", f"optional is not required, {version}", TLS + proves, optional, CRITICAL,
                  fault="certificate-optional", says=("open, client-certificate-required expected (requested, but not required)",))
    yield Row("client certificate", "an open server does not require one", TLS + proves, "healthy", CRITICAL,
              fault="certificate-optional", says=("open, client-certificate-required expected",), silent=("requested",))
    yield bad("whether it is required is not known behind another defect", TLS + proves, "expired",
              "certificate_expired", "certificate-expired", unknown, connects=2)
    yield bad("whether it is required is not known where nothing speaks TLS", TLS + proves, "SMTP", "not_tls", "not-tls",
              unknown)
    for words, place, reason in (
        ("--client-cert {client} --client-key {locked}", "locked.pem", "the key is encrypted"),
        ("--client-cert {client} --client-key {locked} --client-key-password-file {wrong_password}", "locked.pem",
         "the password for the key is wrong"),
        ("--client-cert {client} --client-key {locked} --client-key-password-file {empty}", "locked.pem",
         "the password for the key is wrong"),
        ("--client-cert {client} --client-key {locked} --client-key-password-file {missing}", "missing.pem",
         "No such file or directory"),
        ("--client-cert {client} --client-key {locked} --client-key-password-file {folder}", "", "Is a directory"),
        ("--client-cert {client} --client-key {locked} --client-key-password-file {public_password}",
         "public_password.pem", "is world-readable"),
        ("--client-cert {client} --client-key {public}", "public.pem", "this key is world-readable"),
        ("--client-cert {client} --client-key {stranger_key}", "key.pem", "the key does not match the certificate"),
        ("--client-cert {client} --client-key {missing}", "missing.pem", "No such file or directory"),
        ("--client-cert {client} --client-key {folder}", "", "Is a directory"),
        ("--client-cert {client} --client-key {empty}", "empty.pem", ""),
        ("--client-cert {missing}", "missing.pem", "No such file or directory"),
        ("--client-cert {folder}", "", "Is a directory"),
        ("--client-cert {empty}", "empty.pem", "no PEM key in this file; give the file of the key with --client-key"),
        ("--client-cert {client}", "chain.pem", "no PEM key in this file; give the file of the key with --client-key"),
        ("--client-cert {client} --client-key {ca}", "ca.pem", "no PEM key in this file"),
        ("--client-cert {empty} --client-key {key}", "empty.pem", "no PEM certificate in this file"),
        ("--client-cert {key}", "key.pem", "no PEM certificate in this file"),
    ):
        yield bad(f"unusable: {words.format(**_SHOWN)}", TLS + words, "healthy", "tls_unusable", "tls-unusable",
                  place, reason, state=UNKNOWN, connects=None)


def _days() -> Iterator[Row]:
    """Expiry dates."""
    row = partial(Row, "days")
    ends = "certificate-expires"
    left = "certificate of localhost expires in 30 days, on 2"
    for words, state in (
        ("--warning-certificate-days 30.4", OK), ("--warning-certificate-days 30.6", WARNING),
        ("--critical-certificate-days 30.6:", CRITICAL), ("--warning-certificate-days 30%", OK),
        ("--warning-certificate-days 31%", WARNING),
        ("--warning-certificate-days 50% --critical-certificate-days 31", CRITICAL),
        ("--warning-certificate-days 50% --critical-certificate-days 10%", WARNING),
    ):
        fault = ends if state != OK else ""
        yield row(words, TLS + words, HUNDRED_DAYS, state, fault=fault, says=(left,) if state != OK else (),
                  silent=(" of localhost",) if state == OK else ())
        yield row(f"{words}, -S", "-S " + words, HUNDRED_DAYS, state, fault=fault)
    line = "Certificate 'localhost' "
    yield row("-D", "-D 30,10 -e 220", "healthy", says=(line + "will expire on", "certificate_days=", "220 tls.test ready"))
    yield row("-D, whole days", "-D 30 -e 220", HUNDRED_DAYS, WARNING, fault=ends,
              says=(line + "expires in 30 day(s)", "220 tls"))
    yield row("-D, whole days, below", "-D 29 -e 220", HUNDRED_DAYS)
    yield row("-D with --tls", TLS + "-D 40,35 -e 220", HUNDRED_DAYS, CRITICAL, fault=ends,
              says=(line + "expires in 30 day(s)", "certificate_days=30.", "first_byte=", "220 tls.test ready"))
    yield row("-D of an expired one, lax", "-D 30", "expired", CRITICAL, fault=ends, says=(line + "expired on",))
    yield _bad("days", "-D of an expired one, --tls", TLS + "-D 30", "expired", "certificate_expired",
               "certificate-expired", line + "expired on", "tls: certificate expired", SECOND, connects=2)
    yield _bad("days", "-D, and an unexpected answer", "-D 30 -e nothing --expect-timeout 0.1", "healthy", "mismatch",
               "mismatch", "Unexpected response", line + "will expire on", state=WARNING)
    yield _bad("days", "-D, and an unexpected answer, and soon over", "-D 60,31 -e nothing --expect-timeout 0.1",
               HUNDRED_DAYS, "mismatch", "mismatch", "Unexpected response", line + "expires in 30", state=CRITICAL)
    for which, peer in (("no lifetime at all", _TIMELESS), ("an end before the beginning", _BACKWARDS)):
        for words in ("--warning-certificate-days 33%", "--critical-certificate-days 10:33%", "-D 30"):
            yield _bad("days", f"{which}, {words}", TLS + words, peer, "certificate_expired", "certificate-expired",
                       "tls: certificate expired", SECOND, connects=2)
        yield row(f"{which}, -S", "-S --warning-certificate-days 33%", peer, WARNING, fault=ends)
    for words, said in (("-D 30", "TCP CRITICAL - Cannot retrieve server certificate."),
                        ("-S --warning-certificate-days 30", "no readable certificate")):  # fmt: skip
        yield row(f"no certificate at all, {words}", words, "no common cipher", CRITICAL, fault="no-certificate", says=(said,))
    first = "the first to expire is Short on 2"
    yield row("an intermediate ends first", TLS + "--warning-certificate-days 30 -v", _SHORT_MIDDLE, WARNING, fault=ends,
              says=("certificate of Short expires in 5 days, on 2", "(warning below 30)", first), python="3.10")
    yield row("an intermediate ends first, -D", TLS + "-D 30,10", _SHORT_MIDDLE, CRITICAL, fault=ends,
              says=("Certificate 'Short' expires in 5 day(s)",), python="3.10")
    yield row("an intermediate ends first, -S", "-S --warning-certificate-days 30 -v", _SHORT_MIDDLE, says=(first,),
              python="3.10")
    yield row("an intermediate ends first, -D alone", "-D 30,10", _SHORT_MIDDLE, says=(line + "will expire on",))
    yield row("of the chain only the leaf is known", TLS + "--warning-certificate-days 30 -v", _SHORT_MIDDLE,
              says=("only the server's own certificate is known: Python 3.9",), python="3.9")


_DIALOGUE = "-s SECRET -e 220 -q BYE "


def _second_looks() -> Iterator[Row]:
    """The second connection, which reads a rejected certificate."""
    row = partial(_bad, "second connection")
    expired = "certificate_expired", "certificate-expired"
    facts = ("on a second connection, made without verification", "certificate: subject CN=localhost",
             "certificate: names localhost, tls.test", "certificate: serial ", "key EC 256 bits", "valid 2",
             "the certificate was read on a second connection")
    yield row("nothing of the dialogue", TLS + _DIALOGUE + "-v", "expired", *expired, *facts, connects=2, heard=b"")
    yield row("nothing of the dialogue behind STARTTLS", "--helo me.test --starttls smtp --ca-file {ca} -v " + _DIALOGUE,
              _expired_starttls("smtp"), *expired, *facts, connects=2,
              heard=b"EHLO me.test\r\nSTARTTLS\r\n" * 2 + b"QUIT\r\n", silent=("BYE",))
    yield row("a PROXY header first", TLS + "--proxy-protocol v2 " + _DIALOGUE, _behind_proxy_expired, *expired, SECOND,
              connects=2, heard=b"")
    yield row("none behind a user's own steps", "--tls --ca-file {ca} -v --step 'expect 220' --step 'line STARTTLS' "
              "--step 'expect-regex 220 .*\\n' --step starttls", _expired_starttls("smtp"), *expired, connects=1,
              silent=("second connection",), heard=b"STARTTLS\r\n")
    yield row("reset", TLS + _DIALOGUE + "-v", "expired", *expired, connects=2, turns=(accepts(RESET),),
              silent=("second connection",))
    yield row("silent, within the limit", TLS + _DIALOGUE + "-t 0.4", "expired", *expired, connects=2,
              turns=(accepts(),), silent=("second connection",))
    yield row("not TLS any more", TLS + "-v", "expired", *expired, connects=2, turns=(accepts(GREETING),),
              silent=("second connection",))
    yield Row("second connection", "none where nothing is wrong", TLS + "-e 220 -v", "healthy", silent=("second connection",))
    yield row("none for a fingerprint", TLS + "-v --fingerprint {other_pin} " + _DIALOGUE, "healthy",
              "fingerprint_mismatch", "fingerprint", "certificate: subject CN=localhost", silent=("second connection",), heard=b"")


def _behind_proxy_expired() -> Peer:
    return behind_proxy(speaks("expired", context(_expired())), 2)


def _ways() -> Iterator[Row]:
    """Other connections: through a proxy, through a Unix socket, with retries."""
    late = "timed_out", "tls-silence"
    for server in ("v1", "v2"):
        for client in ("v1", "v2"):
            words = f"{TLS}--proxy-protocol {client} -e 220 "
            if server == client:
                yield Row("PROXY", f"{server} where it is expected", words, f"PROXY {server}")
            else:
                yield _bad("PROXY", f"{client} where {server} is expected", words + "-t 0.3", f"PROXY {server}", *late)
        yield Row("PROXY", f"{server} of either", f"{TLS}--proxy-protocol {server}", "PROXY v1 or v2")
        yield Row("PROXY", f"{server} without TLS", f"--proxy-protocol {server} -e 220", "PROXY and no TLS")
        yield _bad("PROXY", f"{server}, and no TLS behind it", f"{TLS}--proxy-protocol {server}", "PROXY and no TLS",
                   "not_tls", "not-tls", "received: 220 tls.test ready")
        yield _bad("PROXY", f"none where {server} is expected", TLS + "-t 0.3", f"PROXY {server}", *late)
    unix: dict[str, Any] = {"at": "{folder}/socket", "host": "-H {at}"}
    named = TLS + "--verify-name tls.test "
    yield Row("unix socket", "healthy", named + "-e 220", "healthy", **unix)
    yield Row("unix socket", "-S", "-S -e 220", "expired", **unix)
    yield _bad("unix socket", "expired", named, "expired", "certificate_expired", "certificate-expired", SECOND,
               connects=2, **unix)
    yield _bad("unix socket", "another name", TLS + "--verify-name other.test", "healthy", "certificate_name_mismatch",
               "name-mismatch", connects=2, **unix)
    yield Row("several", "count", TLS + "--count 3 --interval 0.01", "healthy", says=("3 of 3 probes answered",), connects=3)
    yield _bad("several", "count, expired", TLS + "--count 3 --interval 0.01", "expired", "certificate_expired",
               "certificate-expired", "3 of 3 probes failed", connects=6)
    yield Row("several", "a retry", TLS + "--retries 1 --retry-delay 0.01 -e 220", lambda: says_plainly("SMTP", b"220 no TLS\r\n"),
              says=("attempt 2 of 2",), turns=(accepts(speaks("healthy", context(MIDDLE.leaf(NAMES)), greet)),), connects=2)
    yield _bad("several", "retries, expired", TLS + "--retries 2 --retry-delay 0.01", "expired", "certificate_expired",
               "certificate-expired", "3 attempts", connects=4)


def _starttls() -> Iterator[Row]:
    """Each protocol with each of its attacks."""
    injection = "tls_injection", "tls-injection", "tls: injection before TLS"
    refusal = "starttls_refused", "starttls-refused", "firewall, server or tls: no STARTTLS"
    for name in PROTOCOLS:
        words = f"--starttls {name} --ca-file {{ca}}"
        for variant in VARIANTS:
            make = partial(starttls, name, variant, None, 0.02)
            # MySQL has no go-ahead that a refusal could replace: its answer is injected.
            refuses = variant in (REFUSES, WITHHOLDS) and (name, variant) != ("mysql", REFUSES)
            if variant == HEALTHY:
                yield Row("STARTTLS", f"{name} {variant}", words + " -v", make, says=(", verified",), host=NAMED)
            else:
                yield _bad("STARTTLS", f"{name} {variant}", words, make, *(refusal if refuses else injection), host=NAMED,
                           silent=("verified",))
        yield _bad("STARTTLS", f"{name} expired", words, _expired_starttls(name), "certificate_expired",
                   "certificate-expired", SECOND, host=NAMED, connects=2)
        yield Row("STARTTLS", f"{name} expired, lax", words.partition(" --ca")[0] + " -S", _expired_starttls(name), host=NAMED)
    yield _bad("STARTTLS", "another protocol", "--starttls imap --ca-file {ca} --expect-timeout 0.1",
               lambda: starttls("smtp"), "starttls_refused", "starttls-refused")


ROWS: tuple[Row, ...] = (
    *_certificates(), *_lax(), *_trust(), *_agreement(), *_no_tls(), *_clients(), *_days(), *_second_looks(), *_ways(),
    *_starttls(),
)
# fmt: on


def markdown() -> Iterator[str]:
    """The table as text: defect, command line, state, cause."""
    group = ""
    for row in ROWS:
        if row.group != group:
            group = row.group
            yield from (f"\n### {group}\n", "| server | command line | state | cause |", "|---|---|---|---|")
        yield f"| {row.name} | `{row.shown()}` | {row.state} | {row.cause.replace('_', ' ')} |"


if __name__ == "__main__":
    sys.stdout.write("\n".join(markdown()) + "\n")
