# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The certificates of the real servers, signed by an authority of this run, for --ca-file."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
import threading
from pathlib import Path
from typing import NamedTuple

from real.daemon import give
from support.minting import Authority, Minted

SERVER_NAME = "server.example.org"
"""The servers' common name; their alternative names are this name, localhost and 127.0.0.1."""

CLIENT_NAME = "client.example.org"

once = threading.Lock()
"""Servers are started in parallel: without the lock each thread would find no authority yet, and create its own."""


class Credentials(NamedTuple):
    """PEM files: the authority's certificate, the chain, the key, and the chain with the key in one file."""

    authority: Path
    certificate: Path
    key: Path
    both: Path


def server_credentials(folder: Path, owner: str | None = None) -> Credentials:
    """Write a server's certificates into FOLDER; only OWNER may read the key."""
    return written(server(), folder, owner)


def client_credentials() -> Credentials:
    """Return a client's certificates, whose key only the current user may read."""
    with once:
        return client_files()


@functools.lru_cache(maxsize=1)
def client_files() -> Credentials:
    """Write a client's certificates into a folder that is removed when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="tcp-health-credentials-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return written(authority().leaf([CLIENT_NAME], usage="client"), folder)


def trusted() -> Path:
    """Return the authority's certificate, for --ca-file."""
    return client_credentials().authority


def written(shown: Minted, folder: Path, owner: str | None = None) -> Credentials:
    """Write a certificate with its chain and key into FOLDER."""
    files = Credentials(*(folder / f"{name}.pem" for name in Credentials._fields))
    contents = (shown.root.pem, shown.chain_pem, shown.key_pem, shown.chain_pem + shown.key_pem)
    for path, content in zip(files, contents):
        path.touch(mode=0o644 if content == shown.root.pem else 0o600)
        path.write_bytes(content)
        if owner is not None:
            give(path, owner)
    return files


def server() -> Minted:
    """Return the certificate of the servers, signed by an intermediate."""
    names = (SERVER_NAME, "localhost", "127.0.0.1")
    with once:
        return authority().intermediate("intermediate.example.org").leaf(names)


@functools.lru_cache(maxsize=1)
def authority() -> Authority:
    """Return the authority of this run."""
    return Authority("authority.example.org")
