# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Creates the self-signed certificates of the TLS servers, with any subject and any dates."""

from __future__ import annotations

import base64
import datetime as dt
import subprocess

TYPE_CHECKING = False
if TYPE_CHECKING:
    import pathlib

ECDSA_WITH_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
NAMES = {"CN": "550403", "O": "55040a", "OU": "55040b"}  # the attribute types of X.520, without their tag


def der(tag: int, *parts: bytes) -> bytes:
    """One DER value (X.690): the tag, the length, the parts joined."""
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def name(attributes: list[tuple[str, str]]) -> bytes:
    """A distinguished name of UTF8Strings, one attribute in each set."""
    return der(
        0x30,
        *[
            der(0x31, der(0x30, der(0x06, bytes.fromhex(NAMES[kind])), der(0x0C, text.encode())))
            for kind, text in attributes
        ],
    )


def moment(when: dt.datetime) -> bytes:
    """A Time: UTCTime up to 2049, GeneralizedTime from 2050 (RFC 5280, 4.1.2.5)."""
    if when.year < 2050:
        return der(0x17, when.strftime("%y%m%d%H%M%SZ").encode())
    return der(0x18, when.strftime("%Y%m%d%H%M%SZ").encode())


class Mint:
    """Creates certificates in one folder, all with the same key; the `openssl` command signs."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.key = folder / "key.pem"
        self._openssl(
            "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", str(self.key)
        )
        self.public = self._openssl("pkey", "-in", str(self.key), "-pubout", "-outform", "DER")
        self.serial = 0

    @staticmethod
    def _openssl(*words: str, data: bytes = b"") -> bytes:
        return subprocess.run(["openssl", *words], input=data, capture_output=True, check=True).stdout

    def certificate(
        self, label: str, subject: list[tuple[str, str]], days: float, host: str = ""
    ) -> pathlib.Path:
        """Write LABEL.pem (certificate and key), which expires in `days`, and return its path.

        host   its only alternative name, or ""
        """
        alternative = der(0x30, der(0x06, b"\x55\x1d\x11"), der(0x04, der(0x30, der(0x82, host.encode()))))
        now = dt.datetime.now(dt.timezone.utc).replace(microsecond=0)
        self.serial += 1
        tbs = der(
            0x30,
            der(0xA0, der(0x02, b"\x02")),
            der(0x02, bytes([self.serial])),
            ECDSA_WITH_SHA256,
            name(subject),
            der(0x30, moment(now - dt.timedelta(days=400)), moment(now + dt.timedelta(days=days))),
            name(subject),
            self.public,
            der(0xA3, der(0x30, alternative)) if host else b"",
        )
        signature = self._openssl("dgst", "-sha256", "-sign", str(self.key), data=tbs)
        encoded = base64.encodebytes(
            der(0x30, tbs, ECDSA_WITH_SHA256, der(0x03, b"\x00", signature))
        ).decode()
        path = self.folder / f"{label}.pem"
        path.write_text(
            f"-----BEGIN CERTIFICATE-----\n{encoded}-----END CERTIFICATE-----\n{self.key.read_text()}"
        )
        return path


CERTIFICATES: dict[str, tuple[list[tuple[str, str]], float] | tuple[list[tuple[str, str]], float, str]] = {
    "year": ([("CN", "year.example")], 365.5),
    "five": ([("CN", "five.example")], 5.5),
    "today": ([("CN", "today.example")], 0.5),
    "hour": ([("CN", "hour.example")], 0.02),
    "expired": ([("CN", "expired.example")], -2.5),
    "noname": ([("O", "Nameless")], 365.5),
    "empty": ([], 365.5),
    "alternative": ([], 365.5, "alternative.example"),
    "forged": ([("CN", "a|time=9s;;;\nOK - x\x1b[31m")], 365.5),
    "twonames": ([("CN", "first.example"), ("OU", "x"), ("CN", "second.example")], 365.5),
    "century": ([("CN", "century.example")], 36525.0),
}


def mint_all(folder: pathlib.Path) -> dict[str, pathlib.Path]:
    """Create every certificate of the table."""
    mint = Mint(folder)
    return {label: mint.certificate(label, *details) for label, details in CERTIFICATES.items()}
