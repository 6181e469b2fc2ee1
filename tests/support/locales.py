# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Locales whose encoding is not UTF-8, compiled into a folder of a test, and the text that forges output in them."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

CHARMAPS = "/usr/share/i18n/charmaps/{}.gz"
"""The charmaps of Debian's package `locales`."""


class Locale(NamedTuple):
    """A locale: its name, the language and the charmap that localedef compiles, and Python's codec."""

    name: str
    language: str
    charmap: str
    codec: str


LOCALES = (
    Locale("zh_CN.GBK", "zh_CN", "GBK", "gbk"),
    Locale("zh_CN.GB18030", "zh_CN", "GB18030", "gb18030"),
    Locale("zh_TW.BIG5", "zh_TW", "BIG5", "big5"),
    Locale("zh_HK.BIG5-HKSCS", "zh_HK", "BIG5-HKSCS", "big5hkscs"),
    Locale("ja_JP.SJIS", "ja_JP", "SHIFT_JIS", "shift_jis"),
)
"""The encodings in which the second byte of a letter can be a vertical bar or a backslash."""

LATIN = Locale("de_DE.ISO-8859-1", "de_DE", "ISO-8859-1", "latin-1")


def compile_locales(folder: Path, wanted: Iterable[Locale] = LOCALES) -> dict[str, str]:
    """Compile locales into a folder, and return the environment in which programs find them there."""
    for each in wanted:
        # Exit code 1: there were warnings, such as that Shift-JIS has another character for the backslash.
        done = subprocess.run(
            ["localedef", "-c", "-i", each.language, "-f", each.charmap, str(folder / each.name)],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        if not (folder / each.name / "LC_CTYPE").exists():
            raise RuntimeError(f"localedef could not compile {each.name}: {done.stderr}")
    return {**os.environ, "LOCPATH": str(folder)}


def within(environment: dict[str, str], locale: str) -> dict[str, str]:
    """Return an environment in which LOCALE is set; PYTHONIOENCODING and the like are removed from it."""
    kept = {
        name: value for name, value in environment.items() if not name.startswith(("LC_", "PYTHON", "LANG"))
    }
    return {**kept, "LC_ALL": locale}


def forging(codec: str, byte: bytes) -> list[str]:
    """Return the printable characters that contain the ASCII character BYTE in the encoding CODEC."""
    found = []
    for number in range(0x80, 0x10000):
        encoded = chr(number).encode(codec, "ignore")
        if len(encoded) > 1 and byte in encoded and chr(number).isprintable():
            found.append(chr(number))
    return found
