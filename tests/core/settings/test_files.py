# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files that settings name: dialogues, and secrets in files and in the environment."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from support.steps import NO_EXPECT, setting_of
from tcp_health.settings.table import SettingError
from tcp_health.text.files import MOST, secret

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"send x\r\nspeak\r\n", "line 2: unknown step: must be one of"),
        (b"\xef\xbb\xbfsend x\nreject y\n\n\n", f"line 2: {NO_EXPECT}"),
        (b"send x\n\nsend \xe4\n", "line 3: not UTF-8 at byte 6"),
        (b"\xef\xbb\xbfsend x\nsend \xe4\n", "line 2: not UTF-8 at byte 6"),
        ("send x\n".encode("utf-16"), "line 1: not UTF-8 at byte 1"),
        (b"send a\0b\n", " contains a NUL character"),
        (b"#" * (MOST + 1), f" longer than {MOST} bytes"),
        (b"\n\n", " contains no step"),
        (b"", " contains no step"),
    ],
)
def test_an_invalid_dialogue_file_is_an_error_with_its_position(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    path = tmp_path / "dialogue"
    path.write_bytes(content)
    with pytest.raises(SettingError) as caught:
        setting_of("--dialogue", str(path))
    assert str(caught.value).startswith(f"dialogue: {path}{',' if sentence.startswith('line') else ':'}"), (
        caught.value
    )
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_dialogue_can_be_as_long_as_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "dialogue"
    path.write_bytes(b"send x\n" + b"#" * (MOST - 7))
    assert len(setting_of("--dialogue", str(path)).probe.recipe.dialogue) == 1


def test_an_unreadable_file_is_an_error_with_the_message_of_the_system(tmp_path: Path) -> None:
    for path, words in ((tmp_path / "none", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(SettingError, match=f"^dialogue: {re.escape(str(path))}: {words}$"):
            setting_of("--dialogue", str(path))
    with pytest.raises(SettingError, match=r"^dialogue: /dev/zero: not a regular file$"):
        setting_of("--dialogue", "/dev/zero")


def test_a_secret_is_the_first_line_of_its_file_or_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "password"
    for content in (b"pass word\n", b"pass word\r\nmore\n", b"pass word"):
        path.write_bytes(content)
        assert secret(f"file:{path}") == b"pass word"
    path.write_bytes(b"\xff{host}\\n\n")
    assert secret(f"file:{path}") == b"\xff{host}\\n"  # unchanged: no escapes, no placeholders, any bytes
    monkeypatch.setenv("PASSWORD", "pass\nword\udcff")
    assert secret("env:PASSWORD") == b"pass\nword\xff"


def test_an_invalid_secret_is_an_error_with_its_file_or_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMPTY", "")
    empty, huge, first = (tmp_path / name for name in ("empty", "huge", "first"))
    empty.write_bytes(b"")
    huge.write_bytes(b"x" * (MOST + 1))
    first.write_bytes(b"\r\nsecret\n")
    for name, words in (
        ("env:NOBODY", "environment variable NOBODY is not set"),
        ("env:EMPTY", "environment variable EMPTY is empty: it must contain the secret"),
        ("env:", "{env:}: missing name of the environment variable"),
        ("file:", "{file:}: missing name of the file"),
        (f"file:{empty}", f"{empty}: the first line is empty: it must contain the secret"),
        (f"file:{first}", f"{first}: the first line is empty: it must contain the secret"),
        (f"file:{huge}", f"{huge}: longer than {MOST} bytes"),
        (f"file:{tmp_path}", f"{tmp_path}: Is a directory"),
        (f"file:{tmp_path}/none", f"{tmp_path}/none: No such file or directory"),
        ("file:/dev/zero", "/dev/zero: not a regular file"),
    ):
        with pytest.raises(SettingError) as caught:
            setting_of("--step", "send x", "--step", f"line {{{name}}}")
        assert str(caught.value) == f"step: step 2: {words}"


def test_a_file_without_read_permission_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_bytes(b"x")
    path.chmod(0)
    if os.access(path, os.R_OK):  # root can read everything
        path.unlink()
        path.symlink_to(path)
    words = "Permission denied" if not path.is_symlink() else "Too many levels of symbolic links"
    with pytest.raises(SettingError, match=words):
        setting_of("--step", f"line {{file:{path}}}")
