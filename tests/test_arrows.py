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
    "engine": ".conversation .model .wants bisect heapq (.network)",
    "errors": ".model errno",
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

# Names of edges are dotted, seen from tcp_health_plugins; a leading dot is a module in there. What stands in brackets
# is imported for type checkers only.
EDGE_ARROWS = {
    "__init__": "",
    "check": "",
    "check.extra_opts": "os [collections.abc typing]",
    "check.help": "tcp_health tcp_health.settings (tcp_health.services textwrap)",
    "check.main": ".check.options .common.output .common.usage gc os sys tcp_health.problems tcp_health.settings"
    " (.check.help .check.nagios json tcp_health.report tcp_health.rounds traceback)"
    " [collections.abc tcp_health.model]",
    "check.nagios": "nagiosplugin tcp_health.judge tcp_health.report tcp_health.rounds"
    " [collections.abc tcp_health.model tcp_health.settings typing]",
    "check.options": ".common.usage tcp_health.problems tcp_health.settings (.check.extra_opts tcp_health.services)"
    " [collections.abc typing]",
    "common": "",
    "common.arguments": ".common.usage argparse [collections.abc typing]",
    "common.output": "os sys [typing]",
    "common.usage": "",
    "config": "",
    "config.definitions": "dataclasses math re tcp_health.quoting tcp_health.settings tcp_health.targets typing"
    " [collections.abc]",
    "config.main": ".common.output .common.usage .config.definitions .config.options .config.writing contextlib sys"
    " tcp_health.targets typing (.config.rendering) [collections.abc]",
    "config.options": ".common.arguments .common.usage .config.definitions dataclasses pathlib re typing (tcp_health)"
    " [argparse collections.abc]",
    "config.rendering": "jinja2 pathlib tcp_health.quoting typing [collections.abc]",
    "config.writing": "contextlib os pathlib shutil stat tempfile typing [collections.abc]",
    "listener": "",
    "listener.behaviours": "dataclasses functools [collections.abc typing]",
    "listener.binding": "dataclasses errno socket [typing]",
    "listener.connection": ".listener.behaviours contextlib errno select socket struct [typing]",
    "listener.loop": ".listener.binding .listener.connection contextlib errno heapq itertools resource select socket"
    " time [.listener.options collections.abc]",
    "listener.main": ".common.output .common.usage .listener.loop .listener.options pathlib resource signal sys"
    " tcp_health [collections.abc]",
    "listener.options": ".common.arguments .common.usage .listener.behaviours argparse dataclasses os re"
    " tcp_health.units",
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
    "listener.binding": {"socket"},
    "listener.connection": {"select", "socket"},
    "listener.loop": {"select", "socket"},
    "listener.main": {"signal"},
}

# The edges' mains: the only places that print and exit.
MAINS = {"check.main", "config.main", "listener.main"}


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


def test_every_module_that_is_written_here_exists() -> None:
    assert {path.stem for path in modules(CORE)} == set(CORE_ARROWS)


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


def test_only_the_doors_of_the_core_open_to_the_outside() -> None:
    for path in modules(CORE):
        opened = {name.partition(".")[0] for group in imports(path) for name in group} & DOORS
        assert opened <= CORE_DOORS.get(path.stem, set()), path.stem


@pytest.mark.parametrize("path", modules(CORE), ids=lambda path: path.stem)
def test_nothing_in_the_core_prints_or_exits(path: Path) -> None:
    assert not lines_that_print_or_exit(path)


def lines_that_print_or_exit(path: Path) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("print", "exit", "quit", "sys.exit", "os._exit", "input")
    ]


@pytest.mark.parametrize("path", modules(CORE), ids=lambda path: path.stem)
def test_the_core_asserts_nothing(path: Path) -> None:
    """An assert goes away with python -O."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)]


# The edges: the whole tree, by dotted names, with what type checkers read.


def edge_modules() -> dict[str, Path]:
    """Return the paths of the edges' modules by their dotted names; a package by its own name."""
    found = {}
    for path in sorted(EDGES.rglob("*.py")):
        parts = path.relative_to(EDGES).with_suffix("").parts
        found[".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)] = path
    return found


EDGE_MODULES = edge_modules()


def edge_imports(path: Path, package: tuple[str, ...]) -> tuple[set[str], set[str], set[str]]:
    """Return what a module imports at its top, what inside functions only, and what for type checkers only.

    ``package`` is where the module is, seen from tcp_health_plugins.
    """
    top: set[str] = set()
    inside: set[str] = set()
    typed: set[str] = set()

    def names(node: ast.ImportFrom) -> set[str]:
        module = (node.module or "").split(".") if node.module else []
        if node.level:
            module = [EDGES.name, *package[: len(package) - node.level + 1], *module]
        whole = ".".join(module)
        if module[0] != EDGES.name:
            return {whole}
        within = {f"{whole}.{alias.name}".partition(".")[2] for alias in node.names}
        modules_themselves = {f".{name}" for name in within if name in EDGE_MODULES}
        return modules_themselves or {"." + whole.partition(".")[2]}

    def walk(node: ast.AST, found: set[str]) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
                for each in child.body:
                    walk(ast.Module([each], []), typed)
            elif isinstance(child, ast.Import):
                found.update(alias.name for alias in child.names)
            elif isinstance(child, ast.ImportFrom) and child.module != "__future__":
                found.update(names(child))
            else:
                deeper = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)) and found is not typed
                walk(child, inside if deeper else found)

    walk(ast.parse(path.read_text(encoding="utf-8")), top)
    return top, inside - top, typed - top - inside


def imports_of_edge(name: str) -> tuple[set[str], set[str], set[str]]:
    path = EDGE_MODULES[name]
    return edge_imports(path, path.relative_to(EDGES).parts[:-1])


def all_imports_of_edge(name: str) -> set[str]:
    return set().union(*imports_of_edge(name))


def allowed_of_edge(words: str) -> tuple[set[str], set[str], set[str]]:
    rest, _, typed = words.partition("[")
    return (*allowed(rest.strip()), set(typed.rstrip("]").split()))


@pytest.mark.parametrize("name", EDGE_MODULES)
def test_a_module_of_the_edges_imports_what_is_written_here(name: str) -> None:
    assert imports_of_edge(name) == allowed_of_edge(EDGE_ARROWS[name])


def test_every_module_of_the_edges_that_is_written_here_exists() -> None:
    assert set(EDGE_MODULES) == set(EDGE_ARROWS)


def test_no_edge_imports_another_one() -> None:
    """What two of them need is in common, which imports none of them."""
    for name, words in EDGE_ARROWS.items():
        own = {
            each.split(".")[1] for group in allowed_of_edge(words) for each in group if each.startswith(".")
        }
        folder = name.partition(".")[0]
        assert own <= ({"common"} if folder == "common" else {folder, "common"}), name


def test_the_edges_have_no_circle() -> None:
    """Imports inside functions and those for type checkers are counted too."""
    arrows = {
        name: {each[1:] for group in allowed_of_edge(words) for each in group if each.startswith(".")}
        for name, words in EDGE_ARROWS.items()
    }
    done: set[str] = set()
    while len(done) < len(arrows):
        free = {name for name, targets in arrows.items() if targets <= done} - done
        assert free, f"a circle among {sorted(set(arrows) - done)}"
        done |= free


@pytest.mark.parametrize("name", EDGE_MODULES)
def test_only_the_doors_of_the_edges_open_to_the_outside(name: str) -> None:
    opened = {each.partition(".")[0] for each in all_imports_of_edge(name)} & DOORS
    assert opened <= EDGE_DOORS.get(name, set())


@pytest.mark.parametrize(
    ("library", "module"), [("nagiosplugin", "check.nagios"), ("jinja2", "config.rendering")]
)
def test_only_one_module_imports_a_library(library: str, module: str) -> None:
    others = [*CORE.rglob("*.py"), *(ROOT / "ansible_collection" / "plugins").glob("modules/*.py")]
    found = {name: all_imports_of_edge(name) for name in EDGE_MODULES}
    found |= {str(path): set().union(*imports(path)) for path in others}
    users = [name for name, each in found.items() if library in {one.partition(".")[0] for one in each}]
    assert users == [module]


@pytest.mark.parametrize("name", sorted(set(EDGE_MODULES) - MAINS))
def test_only_the_mains_print_and_exit(name: str) -> None:
    assert not lines_that_print_or_exit(EDGE_MODULES[name])


def test_arrows_of_an_edge_that_are_not_written_here_are_found(tmp_path: Path) -> None:
    path = tmp_path / "new.py"
    path.write_text(
        "import os\n"
        "from . import options\n"
        "from tcp_health_plugins.check.options import parse\n"
        "def f():\n"
        "    from .nagios import carry_out\n"
        "if TYPE_CHECKING:\n"
        "    import typing\n"
        "    from .help import SHORT\n"
        "    from tcp_health.model import Attempt\n"
    )
    assert edge_imports(path, ("check",)) == (
        {"os", ".check.options"},
        {".check.nagios"},
        {"typing", ".check.help", "tcp_health.model"},
    )


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
    "conversation", "engine", "errors", "escapes", "exchanges", "expectation", "judge", "kernel", "measures", "model",
    "network", "notes", "problems", "ranges", "report", "rounds", "settings", "talk", "units", "wants",
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
    then = f"from tcp_health_plugins.check.main import main; main(['-H', '127.0.0.1', '-p', '{port}', '-w', '1'], 'check_tcp')"
    found, output = loaded("import nagiosplugin", then)
    assert output.startswith("TCP OK")
    packages = {"tcp_health", "tcp_health_plugins"}
    own = {name for name in found if name.partition(".")[0] in packages} - packages
    assert own <= {f"tcp_health.{name}" for name in OURS} | {
        f"tcp_health_plugins.{name}"
        for name in (
            *("check", "check.main", "check.nagios", "check.options"),
            *("common", "common.output", "common.usage"),
        )
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
