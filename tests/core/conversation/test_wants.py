# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Wants are frozen: no code assigns to an attribute of a want."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from support.fake_network import FakeNetwork
from support.playing import check_of
from support.scripted import accepts, is_silent
from tcp_health.conversation import wants
from tcp_health.conversation.wants import Want
from tcp_health.engine.engine import run
from tcp_health.model.recipe import Probe, Recipe
from tcp_health.model.target import Target

CORE = Path(wants.__file__).parents[1]
A = "127.0.0.2"

KINDS = {name for name, kind in vars(wants).items() if isinstance(kind, type) and issubclass(kind, Want)}


def assignments(tree: ast.AST) -> list[int]:
    """The lines that assign to an attribute of a want: of a name annotated as one, or of something's ``want``."""
    found = []
    for function in ast.walk(tree):
        if not isinstance(function, (ast.FunctionDef, ast.Module)):
            continue
        names = {"want"}
        for node in ast.walk(function):
            if isinstance(node, ast.arg) and node.annotation is not None and node.arg != "self":
                words = set(ast.unparse(node.annotation).replace("|", " ").split())
                names |= {node.arg} if words & KINDS else set()
        for node in ast.walk(function):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, (ast.Store, ast.Del)):
                owner = ast.unparse(node.value)
                if owner in names or owner.endswith(".want"):
                    found.append(node.lineno)
    return sorted(set(found))


@pytest.mark.parametrize(
    "path", sorted(CORE.rglob("*.py")), ids=lambda path: f"{path.parent.name}.{path.stem}"
)
def test_no_module_assigns_to_a_want(path: Path) -> None:
    assert not assignments(ast.parse(path.read_text(encoding="utf-8")))


def test_an_assignment_to_a_want_is_found() -> None:
    lines = [
        "def first(self, task, want: Send): want.data = b''",
        "def second(task): task.want.deadline += 1.0",
        "def third(given: Fork | None): del given.children",
        "def fourth(task, want): task.want = want",
    ]
    assert assignments(ast.parse("\n".join(lines))) == [1, 2, 3]


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_want_is_frozen(name: str) -> None:
    want = object.__new__(getattr(wants, name))
    with pytest.raises(AttributeError, match="is frozen"):
        want.deadline = 1.0


@pytest.mark.parametrize(
    ("words", "server"),
    [
        # The engine keeps notes about each: the rest of a Send, and the end of a Pause.
        ("-s MEGABYTE -t 1", accepts(deaf=True)),
        ("-e x -t 1 --retries 2 --retry-delay 0.1 --retry-jitter 0.1", accepts(b"y")),
    ],
)
def test_the_engine_carries_out_frozen_wants(words: str, server: Any) -> None:
    network = FakeNetwork({A: server})
    check = check_of(f"-H {A} -p 80 {words}")
    [outcome] = run([check.probe], network=network)
    assert outcome.attempts[0].failure is not None


def test_a_turn_to_trace_is_waited_for_with_a_frozen_want() -> None:
    """The second trace towards one prefix waits one second for its turn, and the engine notes the time."""
    network = FakeNetwork({A: is_silent()})
    probes = [Probe(Target(A, 80), Recipe(timeout=5.0, trace="failure"), key) for key in range(2)]
    assert len(list(run(probes, network=network))) == 2
    assert {round(at, 3) for at, what, _ in network.journal if what == "special"} > {0.5, 1.5}
