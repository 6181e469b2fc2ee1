# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever a user names instead of a file, the answer is a sentence, in time and in little memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from real.daemon import scratch_folder
from support.minting import Authority, Files
from support.named_files import Namer, closing_server, forms, namers, run, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMERS = namers()


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with scratch_folder() as place:
        (place / "targets").write_text("db1:5432\n")
        yield place


@pytest.fixture(scope="module")
def files(folder: Path) -> Files:
    return Authority("a root").leaf(["localhost"]).write(folder)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with closing_server() as number:
        yield number


@pytest.fixture(scope="module")
def objects(folder: Path) -> dict[str, Path]:
    (folder / "objects").mkdir()
    return forms(folder / "objects")


def test_the_list_has_every_known_way_to_name_a_file() -> None:
    assert {each.title for each in NAMERS} >= {
        "dialogue", "ca_file", "ca_path", "client_cert", "client_key", "client_key_password_file", "extra_opts",
        "{file:PATH}", "MP_CONFIG_FILE", "SSL_CERT_FILE", "SSL_CERT_DIR", "OPENSSL_CONF", "--targets", "--output",
    }  # fmt: skip


@pytest.mark.field(54)
@pytest.mark.parametrize("namer", NAMERS, ids=[each.title for each in NAMERS])
def test_any_other_object_than_a_file_is_refused_in_time_and_by_name(
    namer: Namer, folder: Path, files: Files, objects: dict[str, Path], port: int
) -> None:
    found = []
    for form, path in objects.items():
        done = run(namer, path, files, folder=folder, targets=folder / "targets", port=port)
        found += wrong(namer, form, path, done)
    assert found == []
