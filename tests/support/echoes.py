# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The forms in which a server may repeat a secret, and a search for runs of it in an output, which only encodes."""

from __future__ import annotations

import base64
import html
import json
import quopri
import re
import string
import urllib.parse
from typing import TYPE_CHECKING, Callable, NamedTuple

from tcp_health.text.clean import clean

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Iterator

RUN = 8
"""Bytes of a secret that no output may contain in a row."""


class Form(NamedTuple):
    """A form of a secret.

    send     what the server sends
    run      texts of one run in this form; an output must not contain them
    decode   every reading of an output, where a text of RUN may have lost bits of the run at its ends
    """

    name: str
    send: Callable[[bytes], bytes]
    run: Callable[[bytes], Iterable[bytes]] = lambda run: [run]
    decode: Callable[[str], Iterable[bytes]] | None = None


def _digits(run: bytes) -> Iterator[bytes]:
    """Yield the digits of base64 that belong to a run alone, at each of its three alignments."""
    for before in range(3):
        digits = base64.b64encode(bytes(before) + run).rstrip(b"=")
        yield digits[-(-before * 8 // 6) : (before + len(run)) * 8 // 6]


def _url_safe(digits: bytes) -> bytes:
    return digits.replace(b"+", b"-").replace(b"/", b"_")


def _decoded(text: str) -> Iterator[bytes]:
    """Yield what the words of a text mean in base64, from each of their first four characters on."""
    for word in re.findall("[A-Za-z0-9+/]+", text.replace("-", "+").replace("_", "/")):
        for start in range(4):
            digits = word[start : len(word) - (len(word) - start) % 4]
            rest = word[start + len(digits) :] if len(digits) else ""
            whole = base64.b64decode(digits)
            # Two or three more digits have one or two more bytes.
            yield whole + base64.b64decode(rest.ljust(4, "A"))[: len(rest) * 6 // 8]


def _each(template: str) -> Callable[[bytes], bytes]:
    return lambda secret: "".join(template.format(each) for each in secret).encode()


def _in_json(secret: bytes) -> bytes:
    return json.dumps(secret.decode("latin-1")).encode()[1:-1]


def _quoted(secret: bytes) -> bytes:
    return urllib.parse.quote_from_bytes(secret, safe="").encode()


def _in_html(secret: bytes) -> bytes:
    return html.escape(secret.decode("latin-1")).encode()


def _halves(secret: bytes, between: bytes) -> bytes:
    return secret[: len(secret) // 2] + between + secret[len(secret) // 2 :]


def _folded(secret: bytes) -> bytes:
    return base64.encodebytes(b"\0user\0" + secret * 4)


FORMS = (
    Form("whole", lambda secret: secret),
    Form("its beginning", lambda secret: secret[: max(RUN, len(secret) * 2 // 3)]),
    Form("its end", lambda secret: secret[-max(RUN, len(secret) * 2 // 3) :]),
    Form("its middle", lambda secret: secret[(len(secret) - RUN) // 3 :][: max(RUN, len(secret) // 2)]),
    Form("upper case", bytes.upper),
    Form("the other case", bytes.swapcase),
    Form("over two lines", lambda secret: _halves(secret, b"\r\n")),
    Form("percent-encoded", _quoted, lambda run: [_quoted(run)]),
    Form("percent-encoded, each byte", _each("%{:02X}"), lambda run: [_each("%{:02X}")(run)]),
    Form("base64", base64.b64encode, _digits, _decoded),
    Form("base64 after one byte", lambda secret: base64.b64encode(b":" + secret), _digits, _decoded),
    Form(
        "base64 after two bytes",
        lambda secret: base64.b64encode(b"u:" + secret),
        _digits,
        _decoded,
    ),
    Form("hexadecimal", lambda secret: secret.hex().encode(), lambda run: [run.hex().encode()]),
    Form(
        "hexadecimal with colons",
        lambda secret: secret.hex(":").encode(),
        lambda run: [run.hex(":").encode()],
    ),
    Form("HTML", _each("&#{};"), lambda run: [_each("&#{};")(run)]),
    Form("JSON", _each("\\u{:04x}"), lambda run: [_each("\\u{:04x}")(run)]),
    Form("spaced", lambda secret: b" ".join(secret[place : place + 1] for place in range(len(secret)))),
    Form("UTF-16", lambda secret: secret.decode("latin-1").encode("utf-16-le")),
)
"""The eighteen forms of field row 50."""

FURTHER = (
    Form("UTF-16, big-endian", lambda secret: b"\xfe\xff" + secret.decode("latin-1").encode("utf-16-be")),
    Form("lower case", bytes.lower),
    Form("twice", lambda secret: secret + secret),
    Form("URL-safe base64", base64.urlsafe_b64encode, lambda run: map(_url_safe, _digits(run)), _decoded),
    Form("base64 in lines", _folded, _digits, _decoded),
    Form("base64 of UTF-16", lambda secret: base64.b64encode(secret.decode("latin-1").encode("utf-16-le")),
         lambda run: _digits(run.decode("latin-1").encode("utf-16-le")), _decoded),
    Form("percent-encoded twice", lambda secret: _quoted(_each("%{:02x}")(secret)),
         lambda run: [_quoted(_each("%{:02x}")(run))]),
    Form("escaped for HTML", _in_html, lambda run: [_in_html(run)]),
    Form("hexadecimal HTML", _each("&#x{:x};"), lambda run: [_each("&#x{:x};")(run)]),
    Form("a string in JSON", _in_json, lambda run: [_in_json(run)]),
    Form("a string of JSON in JSON", lambda secret: _in_json(_in_json(secret)), lambda run: [_in_json(_in_json(run))]),
    Form("a list of characters", lambda secret: json.dumps(list(secret.decode("latin-1"))).encode(),
         lambda run: [json.dumps(list(run.decode("latin-1"))).encode()[1:-1]] if run.isalnum() else []),
    Form("a string in C", _each("\\x{:02x}"), lambda run: [_each("\\x{:02x}")(run)]),
    Form("octal escapes", _each("\\{:03o}"), lambda run: [_each("\\{:03o}")(run)]),
    Form("an array in C", lambda secret: ", ".join(f"0x{each:02x}" for each in secret).encode(),
         lambda run: [", ".join(f"0x{each:02x}" for each in run).encode()]),
    Form("quoted-printable", lambda secret: quopri.encodestring(secret.replace(b"e", b"=\n")) + _each("={:02X}")(secret),
         lambda run: [_each("={:02X}")(run)]),
    Form("tabs and line ends", lambda secret: _halves(_halves(secret, b"\t"), b" \r\n\r\n  ")),
    Form("zero-width spaces", lambda secret: "\u200b".join(secret.decode("latin-1")).encode()),
    Form("NULs and control characters", lambda secret: b"\0\x1b\x7f".join(bytes((each,)) for each in secret)),
)  # fmt: skip
"""Other forms that are common, or easy to make."""


def texts_of(value: object) -> Iterator[str]:
    """Yield every text in plain data, such as a JSON document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from texts_of(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from texts_of(each)


class Search:
    """A search for the runs of a secret that a server has sent in one form."""

    def __init__(self, form: Form, secret: bytes) -> None:
        self.decode = form.decode
        self.wanted: dict[str, bytes] = {}
        for place in range(len(secret) - RUN + 1):
            run = secret[place : place + RUN]
            if not _visible(run):
                continue
            for text in form.run(run):
                shown = _comparable(clean(text, 1 << 16))
                if len(shown) >= RUN // 2:  # fewer characters are less than the run
                    self.wanted[shown] = run

    def found(self, *outputs: object) -> list[str]:
        """Return the runs that the outputs contain: texts, or plain data with texts. An answer is on one line."""
        lines = [line for each in outputs for text in texts_of(each) for line in text.split("\n")]
        seen = {_comparable(line): line for line in lines}
        return [
            text
            for text, run in self.wanted.items()
            if any(text in comparable and self._is_whole(run, line) for comparable, line in seen.items())
        ]

    def _is_whole(self, run: bytes, line: str) -> bool:
        if self.decode is None:
            return True
        readings = self.decode("".join(line.split()))
        return any(run.lower() in reading.replace(b"\0", b"").lower() for reading in readings)


def _visible(run: bytes) -> bool:
    """Whether an output can contain the run: it has no two spaces in a row, and nothing that becomes a space."""
    return b"  " not in run and run.decode("latin-1").isprintable()


def _comparable(text: str) -> str:
    return "".join(text.split()).lower()


ALPHABETS = (
    string.ascii_letters + string.digits,
    string.ascii_letters + string.digits + "+/-_=",
    string.hexdigits[:16],
    string.digits,
    "".join(map(chr, range(33, 127))),
    "".join(map(chr, range(32, 127))) + " " * 10,
    "%&=\\+#;u0x41n<>|'\"",
)


def random_secret(source: random.Random) -> bytes:
    """A secret of 8 to 120 characters from one of several alphabets, such as that of a token or of a password."""
    letters = source.choice(ALPHABETS)
    size = source.choice((8, 9, 12, 16, 20, 32, source.randint(8, 120)))
    return "".join(source.choices(letters, k=size)).encode()


def random_echo(source: random.Random, secret: bytes) -> tuple[Form, bytes]:
    """A form, and an answer that contains all or a part of the secret in it, among other text."""
    form = source.choice((*FORMS, *FURTHER))
    part = secret
    if source.random() < 0.5:
        start = source.randint(0, len(secret) - RUN)
        part = secret[start : source.randint(start + RUN, len(secret))]
    around = [
        b"",
        b"-ERR no such user: ",
        b"a",
        b"\"'",
        b'{"x": "',
        b"=",
        b"AUTH PLAIN ",
        bytes((source.randrange(256),)),
    ]
    return form, source.choice(around) + form.send(part) + source.choice(around)
