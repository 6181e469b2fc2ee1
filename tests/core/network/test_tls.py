# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""OpenSSL's sessions in memory: unreadable files, alerts and closed connections."""

from __future__ import annotations

import contextlib
import os
import ssl
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from real.daemon import scratch_folder
from support.tls_peers import ROOT
from tcp_health.model.causes import Cause
from tcp_health.model.outcome import Failure
from tcp_health.model.recipe import TlsPlan
from tcp_health.network import tls
from tcp_health.network.tls import Contexts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any


CONTEXTS = Contexts()


# Folders of authorities without read permission: OpenSSL ignores them silently


@contextlib.contextmanager
def _nobody() -> Iterator[None]:
    """Become a user without permission to read everything; access(2) uses the real user id."""
    if os.getuid() != 0:
        yield
        return
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


def test_an_unreadable_folder_of_authorities_is_reported() -> None:
    def session(path: Path) -> Any:
        return Contexts().session(TlsPlan(ca_path=str(path)), "tls.test")

    with scratch_folder() as folder:
        closed, listed, hidden, open_ = (folder / name for name in ("closed", "listed", "hidden", "open"))
        for each in (closed, listed, hidden, open_):
            each.mkdir()
            (each / "0a1b2c3d.0").write_bytes(ROOT.pem)
        (open_ / "0a1b2c3e.0").symlink_to("gone.pem")  # as remains after a certificate was removed
        closed.chmod(0)
        listed.chmod(0o444)  # also for its owner, the user that runs the test when that is not root
        (hidden / "0a1b2c3d.0").chmod(0)
        try:
            session(open_)  # loads its modules before they become unreadable
            with _nobody():
                told = session(closed), session(listed), session(hidden), session(open_)
        finally:
            closed.chmod(0o755)
            listed.chmod(0o755)
    assert told[0] == Failure(Cause.TLS_UNUSABLE, f"{closed}: Permission denied")
    assert told[1] == Failure(Cause.TLS_UNUSABLE, f"{listed}: Permission denied")
    assert told[2] == Failure(Cause.TLS_UNUSABLE, f"{hidden}/0a1b2c3d.0: Permission denied")
    assert not isinstance(told[3], Failure)


def test_an_ssl_module_that_cannot_ignore_the_common_name_is_accepted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As with LibreSSL, where the attribute cannot be set (the ssl module's own documentation)."""

    class Libre(ssl.SSLContext):
        hostname_checks_common_name = property(lambda _: True)

    likeness = SimpleNamespace(**{**vars(ssl), "HAS_NEVER_CHECK_COMMON_NAME": False, "SSLContext": Libre})
    monkeypatch.setattr(tls, "ssl", likeness)
    found = Contexts().session(TlsPlan(), "tls.test")
    assert not isinstance(found, Failure), found


# Alerts and closed connections


def test_a_fatal_alert_of_any_number_is_reported_as_an_alert() -> None:
    told = {number: answered(bytes([21, 3, 3, 0, 2, 2, number])) for number in range(256)}
    others = {number: each for number, each in told.items() if each.cause != Cause.TLS_ALERT}
    assert {number: each.cause for number, each in others.items()} == {70: Cause.TLS_PROTOCOL}
    assert told[40].error == "handshake failure"
    assert told[112].error == "unrecognized name"
    assert told[120].error == "no application protocol"
    assert told[200].error == "number 200"
    assert not [each for each in told.values() if "unknown error" in each.error or "_ssl" in each.error]


@pytest.mark.parametrize("began", [b"", b"\x16", b"\x16\x03\x03\x00\x40\x02\x00\x00"])
def test_every_error_of_openssl_for_end_of_file_is_end_of_file(began: bytes) -> None:
    assert answered(*filter(None, [began]), b"").cause == Cause.CLOSED_EARLY


def answered(*answers: bytes) -> Failure:
    """The failure of a handshake that receives these bytes; no bytes: end of file."""
    session = CONTEXTS.session(TlsPlan(verify=False), "tls.test")
    assert not isinstance(session, Failure)
    assert session.handshake() is None
    for each in answers[:-1]:
        session.incoming(each)
        assert session.handshake() is None
    session.incoming(answers[-1])
    failure = session.handshake()
    assert isinstance(failure, Failure)
    return failure
