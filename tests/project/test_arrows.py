# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which room may import which: every arrow is listed here, and an arrow that is not listed fails."""

from __future__ import annotations

import ast
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "ansible_collection" / "plugins" / "module_utils" / "tcp_health"
EDGES = ROOT / "plugins" / "tcp_health_plugins"

# The rooms of the core, each with the rooms that it may import, anywhere in a module, also for type checkers.
# A room may import only rooms that are listed above it, so no circle and no arrow upwards can be listed.
CORE_ROOMS = {
    "text": "",
    "model": "text",
    "wire": "model",
    "dialogue": "model text",
    "services": "dialogue model",
    "conversation": "dialogue model wire",
    "judgement": "model services text wire",
    "settings": "dialogue judgement model services text",
    "network": "conversation model text wire",
    "engine": "conversation model network",
    "runs": "conversation engine judgement model network text wire",
    "report": "judgement model text wire",
    # The public API: a module of its own, which nothing in the core imports.
    "api": "model report runs settings text",
    # An Ansible task: a module of its own, which only the Ansible module imports.
    "task": "conversation model network report runs settings text",
}

# The rooms of the programs, each with the rooms that it may import. Code that programs share is in common.
EDGE_ROOMS = {
    "common": "model settings text",
    "check": "common model report runs services settings text",
    "config": "common settings text",
    "listener": "common text",
    "sweep": "check common judgement model network report runs settings text",
}

# The modules that use the operating system, and what they may import for it.
DOORS = {
    "socket",
    "_socket",
    "ssl",
    "select",
    "selectors",
    "threading",
    "_thread",
    "asyncio",
    "signal",
    "subprocess",
    "multiprocessing",
}
CORE_DOORS = {
    "network.network": {"_socket", "socket", "select"},
    "network.pollers": {"select", "selectors"},
    "network.local": {"select", "socket"},
    "network.resolver": {"socket", "threading"},
    "network.tls": {"ssl"},
    # The one exception to "no signals": a timer bounds the matching of a user's regular expression.
    "dialogue.timed_search": {"signal"},
}
EDGE_DOORS = {
    "check.on_change": {"signal", "subprocess"},
    "check.wake": {"_thread", "signal"},
    "check.watchdog": {"_thread"},
    "listener.binding": {"socket"},
    "listener.connection": {"select", "socket"},
    "listener.loop": {"select", "socket"},
    "listener.main": {"signal"},
    "listener.secured": {"select", "socket", "ssl"},
    # A stream does not wait for its reader, and a signal ends the run with what is known.
    "sweep.main": {"signal"},
    "sweep.sources": {"signal"},  # it waits until the copy of standard input can be removed
    "sweep.streams": {"select"},
}

# The only modules that import these libraries.
LIBRARIES = {
    "nagiosplugin": "check.nagios",
    "jinja2": "config.rendering",
    "prometheus_client": "sweep.textfile",
    "rich": "sweep.progress",
    "yaml": "common.yaml_text",
}

# The only modules that print and exit.
MAINS = {"check.main", "config.main", "listener.main", "common.output"}


class Tree:
    """A package's modules by dotted name, and what they import.

    modules   dotted name below the package → path; a package's own module has the package's name, "" is the top
    imports   dotted name → absolute names of all modules that it imports, anywhere in its text
    """

    def __init__(self, folder: Path, package: str) -> None:
        self.package = package
        self.modules: dict[str, Path] = {}
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            self.modules[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
        self.imports = {name: self._imports(name, path) for name, path in self.modules.items()}

    def _imports(self, name: str, path: Path) -> set[str]:
        parts = [self.package, *filter(None, name.split("."))]
        here = parts if path.name == "__init__.py" else parts[:-1]
        found: set[str] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
                above = here[: len(here) - node.level + 1] if node.level else []
                source = ".".join([*above, *filter(None, [node.module])])
                # "from .room import module" imports a module where there is one of that name.
                inner = {alias.name: f"{source}.{alias.name}" for alias in node.names}
                found.update(full if self._is_module(full) else source for full in inner.values())
        return found

    def _is_module(self, name: str) -> bool:
        package, _, inside = name.partition(".")
        return package == self.package and inside in self.modules

    def arrows(self) -> set[tuple[str, str]]:
        """Every import of one room by another, as (importing module, absolute name of the imported one)."""
        return {
            (name, target)
            for name, targets in self.imports.items()
            for target in targets
            if room_of(target) not in (None, f"{self.package}.{name.partition('.')[0]}")
        }

    def circle(self) -> list[str]:
        """The modules in circles of imports, anywhere in the text; [] without a circle."""
        inside = {
            name: {target.partition(".")[2] for target in targets if target.partition(".")[0] == self.package}
            - {name}
            for name, targets in self.imports.items()
        }
        done: set[str] = set()
        while len(done) < len(inside):
            free = {name for name, targets in inside.items() if targets & inside.keys() <= done} - done
            if not free:
                return sorted(inside.keys() - done)
            done |= free
        return []


def room_of(name: str) -> str | None:
    """The room of an absolute module name, with its package; None for a module of neither package."""
    parts = name.split(".")
    return ".".join(parts[:2]) if parts[0] in ("tcp_health", "tcp_health_plugins") else None


def unlisted(tree: Tree, rooms: dict[str, str]) -> list[str]:
    """The imports between rooms that the table does not list, and the modules outside every room."""
    found = [f"{name} is in no room" for name in tree.modules if name and name.partition(".")[0] not in rooms]
    for name, target in sorted(tree.arrows()):
        room = name.partition(".")[0]
        package, _, inside = target.partition(".")
        wanted = inside.partition(".")[0]
        if not name or not wanted or room not in rooms:
            continue  # the top of a package has the version; modules outside every room are reported above
        if wanted not in rooms[room].split():
            found.append(f"{name} imports {package}.{inside}")
    return found


CORE_TREE = Tree(CORE, "tcp_health")
EDGE_TREE = Tree(EDGES, "tcp_health_plugins")


def test_the_tables_list_no_circle_and_no_upward_arrow() -> None:
    for rooms in (CORE_ROOMS, EDGE_ROOMS):
        for place, (name, words) in enumerate(rooms.items()):
            below = [*CORE_ROOMS] if rooms is EDGE_ROOMS else []
            assert set(words.split()) <= {*below, *list(rooms)[:place]}, name


def test_every_room_exists() -> None:
    assert {name.partition(".")[0] for name in CORE_TREE.modules if name} == set(CORE_ROOMS)
    assert {name.partition(".")[0] for name in EDGE_TREE.modules if name} == set(EDGE_ROOMS)


@pytest.mark.parametrize(
    ("tree", "rooms"), [(CORE_TREE, CORE_ROOMS), (EDGE_TREE, EDGE_ROOMS)], ids=["core", "edges"]
)
def test_a_room_imports_only_what_the_table_lists(tree: Tree, rooms: dict[str, str]) -> None:
    assert unlisted(tree, rooms) == []


@pytest.mark.parametrize(
    ("tree", "rooms"), [(CORE_TREE, CORE_ROOMS), (EDGE_TREE, EDGE_ROOMS)], ids=["core", "edges"]
)
def test_the_table_lists_nothing_that_no_module_imports(tree: Tree, rooms: dict[str, str]) -> None:
    used = {(name.partition(".")[0], target.split(".")[1]) for name, target in tree.arrows() if "." in target}
    assert {(room, each) for room, words in rooms.items() for each in words.split()} <= used


@pytest.mark.parametrize("tree", [CORE_TREE, EDGE_TREE], ids=["core", "edges"])
def test_no_modules_import_each_other_in_a_circle(tree: Tree) -> None:
    assert tree.circle() == []


def test_the_core_imports_nothing_of_the_edges() -> None:
    for name, targets in CORE_TREE.imports.items():
        assert not [each for each in targets if each.startswith("tcp_health_plugins")], name


def made(folder: Path, **texts: str) -> Tree:
    """A package of modules with these texts; __ in a name stands for the dot."""
    for name, text in texts.items():
        path = folder / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Tree(folder, "tcp_health")


@pytest.mark.parametrize(
    "text",
    [
        "from ..engine.pace import Pace\n",
        "from ..engine import pace\n",
        "def f():\n    from ..engine.pace import Pace\n",
        "if TYPE_CHECKING:\n    from ..engine.pace import Pace\n",
        "from tcp_health.engine.pace import Pace\n",
        "import tcp_health.engine.pace\n",
    ],
)
def test_an_upward_arrow_is_found_anywhere_in_a_module(tmp_path: Path, text: str) -> None:
    tree = made(tmp_path, text__units=text, engine__pace="import heapq\n")
    assert unlisted(tree, CORE_ROOMS) == ["text.units imports tcp_health.engine.pace"]


def test_a_module_outside_every_room_is_found(tmp_path: Path) -> None:
    assert unlisted(made(tmp_path, loose="", other__thing=""), CORE_ROOMS) == [
        "loose is in no room",
        "other.thing is in no room",
    ]


@pytest.mark.parametrize("back", ["from .a import A\n", "if TYPE_CHECKING:\n    from .a import A\n"])
def test_a_circle_is_found(tmp_path: Path, back: str) -> None:
    tree = made(tmp_path, model__a="from .b import B\n", model__b=back, model__c="from .a import A\n")
    assert tree.circle() == ["model.a", "model.b", "model.c"]
    assert made(tmp_path / "fine", model__a="from .b import B\n", model__b="", model__c="").circle() == []


def test_the_core_imports_only_the_standard_library() -> None:
    known = getattr(sys, "stdlib_module_names", None)  # Python 3.10
    for name, targets in CORE_TREE.imports.items():
        others = {target.partition(".")[0] for target in targets} - {"tcp_health", "typing_extensions"}
        assert known is None or others <= known, name


def test_only_the_listed_modules_use_the_operating_system() -> None:
    for tree, doors in ((CORE_TREE, CORE_DOORS), (EDGE_TREE, EDGE_DOORS)):
        opened = {
            name: found
            for name, targets in tree.imports.items()
            if (found := {target.partition(".")[0] for target in targets} & DOORS)
        }
        for name, found in opened.items():
            assert found <= doors.get(name, set()), name
        assert set(doors) <= set(opened)


def test_only_one_module_imports_a_library() -> None:
    for library, module in LIBRARIES.items():
        users = [
            name
            for tree in (CORE_TREE, EDGE_TREE)
            for name, targets in tree.imports.items()
            if library in {target.partition(".")[0] for target in targets}
        ]
        assert users == [module], library
    for path in (ROOT / "ansible_collection" / "plugins").glob("modules/*.py"):
        assert not set(LIBRARIES) & set(path.read_text(encoding="utf-8").split())


@pytest.mark.parametrize(
    ("name", "path"),
    [*CORE_TREE.modules.items(), *EDGE_TREE.modules.items()],
    ids=lambda each: str(each)[-40:],
)
def test_only_the_mains_print_and_exit(name: str, path: Path) -> None:
    if path.is_relative_to(EDGES) and name in MAINS:
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            words = ("print", "exit", "quit", "sys.exit", "os._exit", "input")
            assert ast.unparse(node.func) not in words, node.lineno


@pytest.mark.parametrize("path", CORE_TREE.modules.values(), ids=lambda path: str(path.relative_to(CORE)))
def test_the_core_has_no_assert_statements(path: Path) -> None:
    """The option -O of Python removes asserts."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)]


# The modules of other projects that a healthy plain check may load besides nagiosplugin. Each slows every start.
PLAIN = {
    "_heapq",
    "_socket",
    "_struct",
    "bisect",
    "heapq",
    "select",
    "struct",
    "gc",
}
HEAVY = {
    "argparse", "asyncio", "concurrent.futures", "dataclasses", "inspect", "ipaddress", "pathlib", "ssl", "subprocess",
    "typing", "urllib",
}  # fmt: skip
# The modules of this project that it may load, by room. Each slows every start by about 0.1 ms.
OURS = {
    "text": "clean units",
    "model": "causes evidence outcome ranges recipe result target value verdict",
    "wire": "kernel",
    "conversation": "attempt probe session wants",
    "judgement": "judge measures",
    "settings": "build readers table",
    "network": "errors network pollers",
    "engine": "engine pace tasks",
    "runs": "repeat",
    "report": "perfdata sentence",
}
EDGES_LOADED = {"check": "main nagios options", "common": "output usage"}

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
    then = f"from tcp_health_plugins.check.main import main; main(['-H', '127.0.0.1', '-p', '{port}', '-w', '1'], 'check_tcp')"
    found, output = loaded("import nagiosplugin", then)
    assert output.startswith("TCP OK")
    packages = {"tcp_health", "tcp_health_plugins"}
    own = {name for name in found if name.partition(".")[0] in packages} - packages
    pinned = {
        name
        for package, rooms in (("tcp_health", OURS), ("tcp_health_plugins", EDGES_LOADED))
        for room, words in rooms.items()
        for name in (f"{package}.{room}", *(f"{package}.{room}.{word}" for word in words.split()))
    }
    assert own <= pinned
    assert found - own - packages <= PLAIN
    assert not found & HEAVY


def test_the_core_alone_loads_no_json_either(port: int) -> None:
    words = json.dumps({"host": "127.0.0.1", "port": port})
    found, _ = loaded(
        "",
        f"from tcp_health.runs.repeat import evaluate; from tcp_health.settings.build import build; evaluate(build({words}))",
    )
    assert not found & (
        HEAVY | {"json", "threading", "logging", "random", "re", "tempfile", "traceback", "warnings"}
    )
