# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The description of a named service."""

from __future__ import annotations

from .value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .dialogue import Step


class Service(Value):
    """A named service: its port, dialogue and TLS.

    The services of check_tcp have send and expect: an expected text must begin the answer, and any of several is enough.
    The others have steps. The quit command is sent unchanged after the answer, one byte a character (Latin-1). A server
    that requests authentication works; without an account nothing more can be found out. The group ``access`` then
    captures the server's text.

    after_starttls   the steps after --starttls, which has read the greeting already; None: those from the first that sends
    means      what an OK means for this service, for the documentation
    idempotent     whether the first step is a request that may be sent again: it changes nothing at the server
    broken_counts  the setting by which the server counts connections that end early, and blocks a host that makes many;
               "" if it does not count them
    check_tcp  whether it is one of check_tcp's services: these keep its dialogue and its lax TLS, and a link can have
               their names
    """

    name: str
    port: int | None = None
    network: str = "tcp"
    send: str = ""
    expect: tuple[str, ...] = ()
    quit: str = ""
    tls: bool = False
    hide_output: bool = False
    steps: tuple[Step, ...] = ()
    after_starttls: tuple[Step, ...] | None = None
    means: str = ""
    check_tcp: bool = False
    idempotent: bool = False
    broken_counts: str = ""

    def _validate(self) -> None:
        if self.after_starttls is None:
            self._complete(after_starttls=_without_greeting(self.steps))


def _without_greeting(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return the steps from the first that sends something."""
    first = next((place for place, step in enumerate(steps) if not step.reads), len(steps))
    return steps[first:]


def secured(plain: Service, name: str, port: int) -> Service:
    """Return the same service over TLS, verified."""
    return plain.replace(name=name, port=port, tls=True)
