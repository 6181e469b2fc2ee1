# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The noun of a named service."""

from __future__ import annotations

from ..model.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..model.dialogue import Step


class Service(Value):
    """What a service's name stands for.

    check_tcp's own have send, expect and quit: an expected text begins the answer, any one of several will do.
    The others have steps. quit goes out as it stands, after the answer, a byte a character (Latin-1).
    What asks for authentication is alive: whoever has no account can know no more. A group named ``access`` has then
    the server's own word for it.

    after_starttls   the steps where TLS began by --starttls: the greeting came before it
    means      what it says of a service that the check is OK, for the documentation
    check_tcp  whether the name is one of check_tcp's: those keep its dialogue and its lax TLS, and links may have them
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
    after_starttls: tuple[Step, ...] = ()
    means: str = ""
    check_tcp: bool = False

    def _validate(self) -> None:
        self._complete(after_starttls=self.after_starttls or _without_greeting(self.steps))


def _without_greeting(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return the steps from the first on that says something."""
    first = next((place for place, step in enumerate(steps) if not step.reads), len(steps))
    return steps[first:]


def secured(plain: Service, name: str, port: int) -> Service:
    """Return the same service over TLS, verified."""
    return plain.replace(name=name, port=port, tls=True)
