# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which module may import which: every arrow is written here, and one that is not fails."""

from __future__ import annotations

import ast
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CORE = ROOT / "ansible_collection" / "plugins" / "module_utils" / "tcp_health"
EDGES = ROOT / "plugins" / "tcp_health_plugins"

# A leading dot is a module of the same package. What stands in parentheses is imported inside a function only,
# when it is needed.
CORE_ARROWS = {
    "__init__": "",
    "arguments": ".judge .problems .settings",
    "certificate": ".model datetime (hashlib ipaddress)",
    "conversation": ".model .notes .talk .wants",
    "diagnosis": ".kernel .model (.certificate .starttls shlex)",
    "dialogue": ".model",
    "engine": ".conversation .engine_pace .engine_tasks .model .wants heapq (.network)",
    "engine_pace": "bisect",
    "engine_tasks": "",
    "errors": ".model errno",
    "doors": "",
    "escapes": "",
    "evidence": ".model",
    "exchanges": ".problems (.dialogue .files .model .starttls .steps)",
    "expectation": "(.guard re warnings)",
    "files": "os stat",
    "guard": "signal time",
    "investigation": ".evidence .model .name_query .trace .wants",
    "judge": ".measures .model",
    "kernel": ".model struct sys (.evidence)",
    "measures": ".model (.certificate)",
    "model": "",
    "name_query": "struct",
    "network": ".errors .kernel .model errno os select socket sys time"
    " (.name_query .resolver .tls selectors)",
    "notes": ".model",
    "problems": "",
    "protocols": ".dialogue",
    "quoting": ".units shlex",
    "ranges": ".model .units",
    "report": ".judge .measures .model .units (.certificate .diagnosis .settings time)",
    "resolver": ".errors .model errno os socket (collections threading)",
    "rounds": ".engine .judge (.diagnosis .network)",
    "service": ".model",
    "services": ".service .services_data .services_hosts .services_mail .services_web",
    "services_data": ".dialogue .protocols .service",
    "services_hosts": ".dialogue .protocols .service",
    "services_mail": ".dialogue .protocols .service",
    "services_web": ".dialogue .protocols .service",
    "settings": ".escapes .exchanges .judge .measures .model .problems .ranges .units"
    " (.services .starttls difflib)",
    "starttls": ".dialogue .model .protocols",
    "steps": ".dialogue .escapes .expectation re",
    "stream": ".model .wants",
    "talk": ".expectation .model .notes .wants (.certificate .dialogue .evidence .investigation .stream)",
    "targets": ".model .problems .settings re (difflib)",
    "tls": ".files .model errno os ssl stat (warnings)",
    "trace": ".evidence .model .wants",
    "units": "",
    "wants": "",
}

EDGE_ARROWS = {
    "__init__": "",
    "behaviours": "dataclasses functools",
    "binding": "dataclasses errno socket",
    "check": ".options gc os sys tcp_health.problems tcp_health.settings"
    " (.help .nagios json tcp_health.report tcp_health.rounds traceback)",
    "config": ".config_options .definitions .writing contextlib os sys tcp_health.targets typing (.rendering)",
    "config_options": ".definitions argparse dataclasses pathlib re typing (tcp_health)",
    "connection": ".behaviours contextlib errno select socket struct",
    "definitions": "dataclasses math re tcp_health.quoting tcp_health.settings tcp_health.targets typing",
    "extra_opts": "os",
    "help": "tcp_health tcp_health.settings (tcp_health.services textwrap)",
    "listener": ".listener_options .listening os pathlib resource signal sys tcp_health",
    "listener_options": ".behaviours argparse dataclasses os re tcp_health.units",
    "listening": ".binding .connection contextlib errno heapq itertools resource select socket time",
    "nagios": "nagiosplugin tcp_health.judge tcp_health.report tcp_health.rounds",
    "options": "tcp_health.problems tcp_health.settings (.extra_opts tcp_health.services)",
    "rendering": "jinja2 pathlib tcp_health.quoting typing",
    "writing": "contextlib os pathlib shutil stat tempfile typing",
}

# The doors to the outside, and who may open them.
DOORS = {
    "socket",
    "ssl",
    "select",
    "selectors",
    "threading",
    "asyncio",
    "signal",
    "subprocess",
    "multiprocessing",
}
CORE_DOORS = {
    "network": {"socket", "select", "selectors"},
    "resolver": {"socket", "threading"},
    "tls": {"ssl"},
    # The one exception to "no signals": what bounds a user's regular expression is an interval timer.
    "guard": {"signal"},
}
EDGE_DOORS = {
    "binding": {"socket"},
    "connection": {"select", "socket"},
    "listening": {"select", "socket"},
    "listener": {"signal"},
}

# The edges' mains: the only places that print and exit.
MAINS = {"check", "config", "listener"}


def modules(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.py"))


def imports(path: Path) -> tuple[set[str], set[str]]:
    """What a module imports at its top, and what inside functions only; what only type checkers read is left out."""
    top: set[str] = set()
    inside: set[str] = set()

    def walk(node: ast.AST, found: set[str]) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
                continue
            if isinstance(child, ast.Import):
                found.update(alias.name for alias in child.names)
            elif isinstance(child, ast.ImportFrom) and child.module != "__future__":
                prefix = "." * child.level
                if child.module:
                    found.add(prefix + child.module)
                else:
                    found.update(prefix + alias.name for alias in child.names)
            else:
                walk(child, inside if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)) else found)

    walk(ast.parse(path.read_text(encoding="utf-8")), top)
    return top, inside - top


def allowed(words: str) -> tuple[set[str], set[str]]:
    top, _, inside = words.partition("(")
    return set(top.split()), set(inside.rstrip(")").split())


@pytest.mark.parametrize("path", modules(CORE), ids=lambda path: path.stem)
def test_a_module_of_the_core_imports_what_is_written_here(path: Path) -> None:
    assert imports(path) == allowed(CORE_ARROWS[path.stem])


@pytest.mark.parametrize("path", modules(EDGES), ids=lambda path: path.stem)
def test_a_module_of_the_edges_imports_what_is_written_here(path: Path) -> None:
    assert imports(path) == allowed(EDGE_ARROWS[path.stem])


def test_every_module_that_is_written_here_exists() -> None:
    assert {path.stem for path in modules(CORE)} == set(CORE_ARROWS)
    assert {path.stem for path in modules(EDGES)} == set(EDGE_ARROWS)


def test_the_core_has_no_circle() -> None:
    """Imports at the top only: what a function imports when it runs closes no circle."""
    arrows = {
        name: {each[1:] for each in allowed(words)[0] if each.startswith(".")}
        for name, words in CORE_ARROWS.items()
    }
    done: set[str] = set()
    while len(done) < len(arrows):
        free = {name for name, targets in arrows.items() if targets <= done} - done
        assert free, f"a circle among {sorted(set(arrows) - done)}"
        done |= free


def test_the_core_needs_the_standard_library_only() -> None:
    for words in CORE_ARROWS.values():
        for name in (each for group in allowed(words) for each in group if not each.startswith(".")):
            assert name in getattr(sys, "stdlib_module_names", {name}), name


@pytest.mark.parametrize(
    ("folder", "doors"), [(CORE, CORE_DOORS), (EDGES, EDGE_DOORS)], ids=["core", "edges"]
)
def test_only_the_doors_open_to_the_outside(folder: Path, doors: dict[str, set[str]]) -> None:
    for path in modules(folder):
        opened = {name.partition(".")[0] for group in imports(path) for name in group} & DOORS
        assert opened <= doors.get(path.stem, set()), path.stem


@pytest.mark.parametrize(("library", "module"), [("nagiosplugin", "nagios"), ("jinja2", "rendering")])
def test_only_one_module_imports_a_library(library: str, module: str) -> None:
    everything = [
        *modules(CORE),
        *modules(EDGES),
        *(ROOT / "ansible_collection" / "plugins").glob("modules/*.py"),
    ]
    users = [
        path.stem
        for path in everything
        if any(name.partition(".")[0] == library for group in imports(path) for name in group)
    ]
    assert users == [module]


@pytest.mark.parametrize("path", [*modules(CORE), *modules(EDGES)], ids=lambda path: path.stem)
def test_only_the_mains_print_and_exit(path: Path) -> None:
    if path.parent == EDGES and path.stem in MAINS:
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) not in ("print", "exit", "quit", "sys.exit", "os._exit", "input"), (
                node.lineno
            )


@pytest.mark.parametrize("path", modules(CORE), ids=lambda path: path.stem)
def test_the_core_asserts_nothing(path: Path) -> None:
    """An assert goes away with python -O."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)]


# What a healthy plain check may load beyond nagiosplugin, besides our own modules. Each costs every start.
PLAIN = {
    "_heapq",
    "_socket",
    "_struct",
    "bisect",
    "heapq",
    "select",
    "socket",
    "struct",
    "selectors",
    "array",
    "gc",
}
HEAVY = {
    "argparse", "asyncio", "concurrent.futures", "dataclasses", "inspect", "ipaddress", "pathlib", "ssl", "subprocess",
    "typing", "urllib",
}  # fmt: skip
OURS = {
    "conversation", "engine", "engine_pace", "engine_tasks", "errors", "escapes", "exchanges", "expectation", "judge",
    "kernel", "measures", "model", "network", "notes", "problems", "ranges", "report", "rounds", "settings", "talk",
    "units", "wants",
}  # fmt: skip

LOADED = """
import sys
{first}
before = set(sys.modules)
{then}
sys.stderr.write(repr(sorted(set(sys.modules) - before)))
"""


def loaded(first: str, then: str) -> tuple[set[str], str]:
    """The modules that ``then`` loads beyond those of ``first``, and what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(first=first, then=then)],
        capture_output=True, text=True, check=True, timeout=30, cwd=ROOT / "plugins",
    )  # fmt: skip
    return set(ast.literal_eval(done.stderr)), done.stdout


@pytest.fixture
def port() -> object:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_plain_check_loads_nothing_heavy(port: int) -> None:
    then = f"from tcp_health_plugins.check import main; main(['-H', '127.0.0.1', '-p', '{port}', '-w', '1'], 'check_tcp')"
    found, output = loaded("import nagiosplugin", then)
    assert output.startswith("TCP OK")
    packages = {"tcp_health", "tcp_health_plugins"}
    own = {name for name in found if name.partition(".")[0] in packages} - packages
    assert own <= {f"tcp_health.{name}" for name in OURS} | {
        f"tcp_health_plugins.{name}" for name in ("check", "nagios", "options")
    }
    assert found - own - packages <= PLAIN
    assert not found & HEAVY


def test_the_core_alone_loads_no_json_either(port: int) -> None:
    words = json.dumps({"host": "127.0.0.1", "port": port})
    found, _ = loaded(
        "",
        f"from tcp_health.rounds import evaluate; from tcp_health.settings import build; evaluate(build({words}))",
    )
    assert not found & (
        HEAVY | {"json", "threading", "logging", "random", "re", "tempfile", "traceback", "warnings"}
    )


def test_arrows_that_are_not_written_here_are_found(tmp_path: Path) -> None:
    path = tmp_path / "new.py"
    path.write_text(
        "import os\nfrom . import model\ndef f():\n    from .network import Network\nif TYPE_CHECKING:\n    import typing\n"
    )
    assert imports(path) == ({"os", ".model"}, {".network"})
