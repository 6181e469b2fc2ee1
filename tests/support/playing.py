# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Plays a scenario, on the fake network or on real sockets, and returns the differences from the table."""

from __future__ import annotations

import shlex
import time
from typing import TYPE_CHECKING, Any

import pytest

from support.fake_network import FakeNetwork
from support.loopback import Stage, no_descriptors
from tcp_health.network.network import Network
from tcp_health.report.details import long_output
from tcp_health.report.document import to_document
from tcp_health.runs.repeat import evaluate
from tcp_health.settings.build import build
from tcp_health_plugins.check.options import CommandLine, parse

if TYPE_CHECKING:
    from pathlib import Path

    from support.scenario import Scenario
    from tcp_health.model.result import Check

FAKE_PORT = 4000

# Seconds that a real clock may be later than the virtual one: other programs run on this machine, too.
LATE = 5.0


class Seen:
    """The result of a scenario: the JSON document's data, and what the servers saw."""

    def __init__(self, document: dict[str, Any], elapsed: float, **servers: Any) -> None:
        self.document = document
        self.elapsed = elapsed
        self.connects: dict[str, int] = servers["connects"]
        self.heard: dict[str, bytes] = servers["heard"]
        self.endings: dict[str, list[str]] = servers["endings"]

    def plain(self) -> dict[str, Any]:
        """Return the result as data for JSON."""
        heard = {text: data.hex() for text, data in self.heard.items()}
        return {
            "document": self.document, "elapsed": self.elapsed, "connects": self.connects, "heard": heard,
            "endings": self.endings,
        }  # fmt: skip

    @classmethod
    def revive(cls, data: dict[str, Any]) -> Seen:
        """The inverse of ``plain``."""
        return cls(**{**data, "heard": {text: bytes.fromhex(each) for text, each in data["heard"].items()}})


def line_of(words: str, port: int = FAKE_PORT, folder: str = "/run/test") -> CommandLine:
    """Split a command line; the word MEGABYTE stands for a megabyte."""
    split = shlex.split(words.format(port=port, folder=folder))
    return parse([word.replace("MEGABYTE", "x" * (1 << 20)) for word in split], "check_tcp_health", {})


def check_of(words: str, port: int = FAKE_PORT, folder: str = "/run/test") -> Check:
    """A check from a command line, read as every command line is."""
    line = line_of(words, port, folder)
    return build(line.values, host_named=line.host_named)


def on_fake(scenario: Scenario) -> Seen:
    """Play a scenario on the fake network."""
    folder = "/run/test"
    servers = {text.format(folder=folder): each for text, each in scenario.servers.items()}
    network = FakeNetwork(servers, scenario.names)
    seen = _carry_out(check_of(scenario.words, folder=folder), network)
    counts: dict[str, int] = {}
    endings: dict[str, list[str]] = {}
    for _, what, text in network.journal:
        if what == "connect":
            counts[text] = counts.get(text, 0) + 1
        else:
            endings.setdefault(text, []).append(what)
    if network.open:
        raise AssertionError(f"{len(network.open)} connections were left open")
    return Seen(*seen, connects=counts, heard=network.heard, endings=endings)


def on_real(scenario: Scenario, folder: Path, far: Any = None) -> Seen:
    """Play a scenario on real sockets; ``far`` is the network of this process's namespace, if any."""
    servers = {text.format(folder=folder): each for text, each in scenario.servers.items()}
    places = servers if far is None else far.show(servers, scenario.names)
    network = Network()
    try:
        with Stage(places, udp="udp" in scenario.words) as stage:
            check = check_of(scenario.words, stage.port, str(folder))
            if scenario.cause == "local_limit":
                with no_descriptors():
                    seen = _carry_out(check, network)
            else:
                seen = _carry_out(check, network)
            # The last bytes may still be on their way to a server's thread that has not run yet.
            until = time.monotonic() + 3
            while any(stage.heard.get(text, b"") != data for text, data in scenario.heard.items()):
                if time.monotonic() > until:
                    break
                time.sleep(0.01)
    finally:
        network.shut()
    return Seen(*seen, connects=stage.connects, heard=stage.heard, endings=stage.endings)


def _carry_out(check: Check, network: Any) -> tuple[dict[str, Any], float]:
    began = network.now()
    result = evaluate(check, network=network)
    elapsed = network.now() - began
    document = to_document(result)
    document["everything"] = [document["output"], *document["long_output"], *long_output(result)]
    return document, elapsed


def faults(scenario: Scenario, seen: Seen, *, exact: bool) -> list[str]:
    """The differences from the table; exact times are compared to the microsecond."""
    document = seen.document
    attempts = document["attempts"]
    found: list[str] = []

    def compare(what: str, wanted: object, got: object) -> None:
        if wanted is not None and wanted != got:
            found.append(f"{what}: {got!r}, not {wanted!r}")

    def moment(what: str, wanted: float | None, got: float | None) -> None:
        if wanted is None:
            return
        if got is None:
            found.append(f"{what}: nothing, not {wanted}")
        elif exact and got != pytest.approx(wanted, abs=1e-6):
            found.append(f"{what}: {got:.6f}, not {wanted}")
        elif not exact and not wanted - 0.03 <= got <= wanted + LATE:
            found.append(f"{what}: {got:.6f}, far from {wanted}")

    compare("state", scenario.state, document["state"])
    compare("cause", scenario.cause, document["cause"] or "")
    compare("phase", scenario.phase, document["phase"])
    compare("attempts", scenario.attempts, len(attempts))
    compare("sent", scenario.sent, document["sent"])
    compare("rounds", scenario.rounds, document["rounds"])
    moment("time", scenario.time, document["measures"].get("time"))
    moment("elapsed", scenario.elapsed, seen.elapsed)
    if scenario.began is not None:
        compare("begins", len(scenario.began), len(attempts))
        for wanted, attempt in zip(scenario.began, attempts):
            moment("begin", wanted, attempt["began"])
    if scenario.legs is not None:
        compare("legs", scenario.legs, tuple(leg["cause"] for leg in attempts[-1]["addresses"]))
    if scenario.causes is not None:
        compare("causes", scenario.causes, tuple(attempt["cause"] for attempt in attempts))
    for name, value in scenario.measures.items():
        if exact or name in ("failed", "loss"):
            moment(name, value, document["measures"].get(name))
    for text, data in scenario.heard.items():
        compare(f"heard at {text}", data, seen.heard.get(text, b""))
    for text, count in scenario.connects.items():
        compare(f"connects to {text}", count, seen.connects.get(text, 0))
    unsaid = [words for words in scenario.says if not any(words in line for line in document["everything"])]
    return found + [f"says nothing of {words!r}: {document['everything']}" for words in unsaid]
