# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A file of passwords that is given by mistake: the error has the place and the reason, and none of its text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tcp_health.settings.rows import WrongRow, rows
from tcp_health.settings.table import SETTINGS
from tcp_health_plugins.check.main import main as check
from tcp_health_plugins.config.main import main as config

if TYPE_CHECKING:
    from pathlib import Path

# Nothing of it is a part of a word that our messages use.
SECRET = "Zx9Qw7Kv"  # noqa: S105 - the one of the test

FILES = [
    SECRET,
    f"{SECRET}:{SECRET}",
    f"root:{SECRET}:19000:0:99999:7:::",
    f"root:$6${SECRET}$aaaa/bbb:19000:0:99999:7:::",
    f"{SECRET} {SECRET}",
    f"user={SECRET}",
    f"{SECRET}=user",
    f'"{SECRET}"',
    f"'{SECRET}",
    f"it's {SECRET}",
    f"both \" and ' {SECRET}",
    f"machine {SECRET} login {SECRET} password {SECRET}",
    f"expect {SECRET}\nsend {{{SECRET}}}",
    f"send {{{SECRET}",
    f"send-hex {SECRET}",
    f"expect-regex ({SECRET}",
    f"capture {SECRET}",
    f"reject {SECRET}",
    f"starttls {SECRET}",
    f"db1:5432 {SECRET}={SECRET}",
    f"{SECRET}:{SECRET} port={SECRET}",
    f"[{SECRET}]:22",
    f"/{SECRET * 20}",
    f"\x01{SECRET}\x02\\",
    f"é{SECRET}é",
    f"[client]\nuser={SECRET}\npassword={SECRET}",
    f"[client]\np={SECRET}",
    f"[client]\nv={SECRET}",
    f"[client]\n{SECRET}={SECRET}",
    f"[client]\n{SECRET}",
    f"[client]\nservice={SECRET}",
    f"[client]\nssl={SECRET}",
]


def shows(text: str) -> bool:
    """Whether a run of four characters of the secret is in a text."""
    return any(SECRET[at : at + 4].lower() in text.lower() for at in range(len(SECRET) - 3))


@pytest.mark.field(51)
@pytest.mark.parametrize("text", FILES)
@pytest.mark.parametrize(
    "words",
    [
        ["--dialogue", "{path}"],
        ["--extra-opts=client@{path}"],
        ["--tls", "--ca-file", "{path}"],
        ["--tls", "--client-cert", "{path}"],
    ],
    ids=" ".join,
)
def test_no_text_of_a_file_is_in_the_output_of_a_check(
    words: list[str], text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "file"
    path.write_text(text + "\n")
    given = ["-H", "127.0.0.1", "-p", "1", *(word.format(path=path) for word in words)]
    code = check(given, "check_tcp_health")
    said = "".join(capsys.readouterr())
    assert not shows(said), said
    if code == 3 and "--dialogue" in words:
        assert f"dialogue: {path}, line " in said or f"dialogue: {path}: " in said


@pytest.mark.field(51)
@pytest.mark.parametrize("text", FILES)
def test_no_text_of_a_list_of_targets_is_in_an_error(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "targets"
    path.write_text(text + "\nx\n")
    words = ["render", "--format", "nagios", "--targets", str(path), "--output", str(tmp_path / "out")]
    assert config(words) == 1
    said = "".join(capsys.readouterr())
    assert not shows(said), said
    assert f"{path}:" in said


@pytest.mark.field(51)
@pytest.mark.parametrize(
    "setting",
    [each for each in SETTINGS if "rows" in each.edges and each.name != "host"],
    ids=lambda each: str(each.name),
)
def test_no_value_of_a_row_is_in_its_reason(setting: object) -> None:
    name = getattr(setting, "name", "")
    for value in (
        SECRET,
        f"'{SECRET} {SECRET}'",
        f'"it\'s {SECRET}"',
        f"{SECRET},{SECRET}",
        f"-{SECRET}",
        f"1{SECRET}",
    ):
        for more in ("", " tls=yes", " service=redis", " network=udp", f" {name}={value}"):
            for row in rows([f"db1:5432 {name}={value}{more}".encode()], elsewhere=True):
                if isinstance(row, WrongRow):
                    assert not shows(row.reason), row.reason
