# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Read a target that is written as a URL into the settings that it means."""

from __future__ import annotations

from ..model.target import split_port
from ..model.value import FieldError
from ..services.table import SERVICES
from .table import SettingError

# A URL names where a service is, and whether it uses TLS. The services http and https are not selected: their request
# is for another page than the URL's.
_PLAIN: dict[str, tuple[tuple[str, str], ...]] = {
    "https": (("port", "443"), ("tls", "yes")),
    "http": (("port", "80"),),
    "tls": (("tls", "yes"),),
    "tcp": (),
}

_ALIASES = {"ssl": "tls", "postgresql": "postgres"}
"""Schemes of other programs."""


def settings_of(url: str, service: str = "") -> list[tuple[str, str]]:
    """Return the settings that a URL means as (name, text), the host first. Raises SettingError.

    Its scheme is one of _PLAIN, or the name of a TCP service. A message does not repeat the whole URL, which may
    contain a password.

    service   the service that is selected apart from the URL, or ""
    """
    word, _sign, rest = url.partition("://")
    scheme = word.lower()
    scheme = _ALIASES.get(scheme, scheme)
    place = rest
    for mark in "/?#":
        place = place.partition(mark)[0]
    meant = _PLAIN.get(scheme)
    if meant is None:
        meant = (("service", scheme),)
        known = [*_PLAIN, *(name for name, service in SERVICES.items() if service.network == "tcp")]
        if scheme not in known:
            from ..text.nearest import did_you_mean, nearest

            hint = did_you_mean(nearest(scheme, known)) or ": must be https, http, tls, tcp or a service"
            raise SettingError("host", f"invalid URL: unknown scheme {word[:20]!r}{hint}")
        if service not in ("", scheme):
            raise SettingError("service", f"conflicts with {word}:// of the target")
    if "@" in place:
        raise SettingError("host", "invalid URL: must not contain a user or a password")
    if not place:
        raise SettingError("host", f"invalid URL: no host after {word}://")
    if rest[len(place) :] not in ("", "/"):
        raise SettingError(
            "host",
            f"invalid URL: a check requests no path, it ends after the host and the port: {word}://{place[:80]}",
        )
    try:
        if split_port(place)[1] is not None:
            meant = tuple(each for each in meant if each[0] != "port")
    except FieldError as error:
        raise SettingError(error.field, error.sentence) from None
    return [("host", place), *meant]
