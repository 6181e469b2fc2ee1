# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Install the plugins as one folder that needs nothing outside itself, and uninstall them (docs/install.md)."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

SOURCE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(SOURCE / "plugins"))

from tcp_health.text.files import FileError  # noqa: E402 - after the path of the packages
from tcp_health_plugins.common.folder import Folder, random_name  # noqa: E402 - as above

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PINS = SOURCE / ".make/pins"
MANIFEST = "installed.json"
MOST_MANIFEST = 1 << 24
# The plugin folders of the distributions: Debian and SUSE, RHEL and Fedora, the BSDs.
PLUGINDIRS = {
    "debian": "/usr/lib/nagios/plugins",
    "rhel": "/usr/lib64/nagios/plugins",
    "bsd": "/usr/local/libexec/nagios",
}
# The names of the links in check_tcp's own package; each selects a service.
SERVICES = ("tcp", "udp", "ftp", "imap", "simap", "pop", "spop", "ssmtp", "nntp", "nntps", "jabber", "clamd")
# check_tcp would read this name as a service, too, but the packages have another plugin there.
OTHER = "check_smtp"
PIP_ELSEWHERE = {"PIP_PREFIX", "PIP_ROOT", "PIP_TARGET"}
PIP_OFF = ("PIP_USER", "PIP_REQUIRE_VIRTUALENV")
PROBE = """
import os, sys
print("%d.%d" % sys.version_info[:2])
print(sys.executable if sys.prefix == sys.base_prefix else os.path.realpath(sys.executable))
import ensurepip, venv
print("venv")
"""


class Refusal(Exception):  # noqa: N818 - a refusal with a reason, not an error of the script
    """Why nothing was changed, in one sentence."""


class Settings:
    """The settings from the Makefile, and the values derived from them.

    `tree` and `links` are the paths of the finished system, without DESTDIR; `real()` returns the present path.
    """

    __slots__ = ("destdir", "force", "names", "plugindir", "prefix", "python", "tree")

    def __init__(self, environ: dict[str, str]) -> None:
        self.destdir = environ.get("DESTDIR", "").rstrip("/")
        self.prefix = absolute("PREFIX", environ.get("PREFIX") or "/usr/local")
        self.plugindir = environ.get("PLUGINDIR", "")
        if self.plugindir:
            self.plugindir = absolute("PLUGINDIR", self.plugindir)
        if self.destdir:
            self.destdir = absolute("DESTDIR", self.destdir)
        self.tree = f"{self.prefix}/lib/tcp-health"
        self.python = environ.get("PYTHON", "")
        self.force = environ.get("FORCE", "") not in {"", "0"}
        self.names = environ.get("LINKS", "").replace(",", " ").split()
        for name in self.names:
            if name == OTHER:
                raise Refusal(
                    f"invalid LINKS {OTHER!r}: it is another plugin, whose options this one does not have."
                )
            if not re.fullmatch(rf"check_({'|'.join(SERVICES)})[a-z0-9_]*|none", name):
                raise Refusal(
                    f"invalid LINKS {name!r}: must be none, or names of check_tcp's package:"
                    f" {', '.join(f'check_{each}' for each in SERVICES)}."
                )

    def real(self, path: str) -> Path:
        """Return the present path of a path of the finished system."""
        return Path(self.destdir + path)


def absolute(name: str, path: str) -> str:
    """Return a folder's path without a slash at its end, or refuse one that is relative or invalid in a #! line."""
    if not path.startswith("/") or re.search(r"\s", path):
        raise Refusal(f"invalid {name} {path!r}: must be an absolute path without spaces.")
    return os.path.normpath(path)


def main(verb: str) -> int:
    """Carry out `install` or `uninstall`; return the exit code."""
    os.umask(0o022)
    try:
        settings = Settings(dict(os.environ))
        install(settings) if verb == "install" else uninstall(settings)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except FileError as error:
        print(f"{verb}: {error}.", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{verb}: {error.filename or 'the system'}: {error.strerror}.", file=sys.stderr)
        return 1
    return 0


def install(settings: Settings) -> None:
    """Build the tree in a private folder, copy it next to its place, move it there in one step, then set the links.

    The folders of the installation may belong to another user, who could lead pip, which writes by paths, elsewhere.
    """
    python = find_python(settings)
    plugindir = settings.plugindir or find_plugindir(settings)
    files_before, links_before, folders = manifest(settings)
    refuse_foreign(settings, asked_for(settings, plugindir))  # before the build, not after it
    with tempfile.TemporaryDirectory(prefix="tcp-health-") as work:
        stage = Path(work, "tree")
        build(stage, Path(work), python, plugindir)
        wanted, left = plan_links(settings, own_links(settings, stage, plugindir), plugindir, links_before)
        folders |= missing_folders(settings, [settings.tree, *wanted])
        finish(stage, settings.tree, python, wanted, folders)
        place(settings, stage, files_before)
    for path, target in wanted.items():
        link(settings.real(path), target)
    report(settings, python, wanted, left)


def asked_for(settings: Settings, plugindir: str) -> list[str]:
    """Return the links that LINKS names."""
    return [f"{plugindir}/{name}" for name in settings.names if name != "none"]


def plan_links(
    settings: Settings, own: dict[str, str], plugindir: str, before: dict[str, str]
) -> tuple[dict[str, str], list[str]]:
    """Return the links to set with their targets, and the default names that other programs have, which stay."""
    refuse_foreign(settings, own)
    usual = [] if settings.names else [f"{plugindir}/check_{service}" for service in SERVICES]
    left = [path for path in usual if is_foreign(settings, path) and not settings.force]
    asked = [*asked_for(settings, plugindir), *(path for path in usual if path not in left)]
    refuse_foreign(settings, asked)
    wanted = dict.fromkeys(asked, f"{settings.tree}/check_tcp_health") | own
    # Links of an earlier installation stay: service definitions may use them.
    kept = {path: target for path, target in before.items() if is_ours(settings, path)}
    return kept | wanted, left


def report(settings: Settings, python: str, wanted: dict[str, str], left: list[str]) -> None:
    """Print the installed paths, and the names that were left alone."""
    print(f"Installed in {settings.real(settings.tree)}, run by {python}; links:")
    share = f"{settings.prefix}/share/"
    for path in sorted(wanted):
        if not path.startswith(share):
            print(f"  {settings.real(path)}")
    print(
        f"  and man pages, completions for bash and zsh, and definitions to copy below {settings.real(share)}"
    )
    ours = settings.real(settings.tree)
    left = [
        path for path in left if ours not in settings.real(path).resolve().parents
    ]  # Debian's check_ftp -> check_tcp
    if left:
        print(
            "Not replaced, since they belong to other programs (docs/install.md shows Debian's diversion; FORCE=1 overwrites them):"
        )
        for path in sorted(left):
            print(f"  {settings.real(path)}")


def find_python(settings: Settings) -> str:
    """Return the interpreter for the #! lines: PYTHON, or else the system's own first."""
    candidates = ["/usr/bin/python3", "python3", *(f"/usr/bin/python3.{minor}" for minor in range(14, 8, -1))]
    for candidate in [settings.python] if settings.python else candidates:
        path = shutil.which(candidate)
        if path is None:
            continue
        asked = subprocess.run([path, "-Ec", PROBE], capture_output=True, text=True, check=False)
        version, executable, *venv = [*asked.stdout.split(), "", ""][:3]
        if not version or tuple(map(int, version.split("."))) < (3, 9):
            continue
        if not venv[0]:
            raise Refusal(
                f"{path} has no venv: install the package python3-venv, or name another with PYTHON=."
            )
        warn_closed(executable)
        return executable
    if settings.python:
        raise Refusal(f"PYTHON={settings.python} is not a Python 3.9 or newer.")
    raise Refusal("No Python 3.9 or newer was found: name one with PYTHON=.")


def warn_closed(executable: str) -> None:
    """Warn of an interpreter in a folder that other users cannot enter, such as one under root's home."""
    real = Path(executable).resolve()
    closed = [str(folder) for folder in real.parents if not folder.stat().st_mode & 0o001]
    if closed:
        sentence = (
            f"{executable} can only be run by the owner of {closed[-1]}; name another Python with PYTHON=."
        )
        print(f"Warning: {sentence}", file=sys.stderr)


def find_plugindir(settings: Settings) -> str:
    """Return the folder of this system's plugins: one that exists, or the default of this kind of system."""
    for root in dict.fromkeys([settings.destdir, ""]):
        for folder in PLUGINDIRS.values():
            if Path(root + folder).is_dir():
                return folder
        kind = kind_of_system(root)
        if kind is not None:
            return PLUGINDIRS[kind]
    raise Refusal("No folder of monitoring plugins was found here: name it with PLUGINDIR=.")


def kind_of_system(root: str) -> str | None:
    """Return the row of PLUGINDIRS for the system under root, or None."""
    try:
        text = Path(root + "/etc/os-release").read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    words = re.findall(r"[a-z]+", " ".join(re.findall(r"^ID(?:_LIKE)?=(.*)$", text, re.MULTILINE)).lower())
    for kind, names in (("debian", {"debian", "ubuntu", "suse"}), ("rhel", {"rhel", "fedora", "centos"})):
        if names & set(words):
            return kind
    platform = sys.platform if not root else ""
    return "bsd" if "bsd" in f"{platform} {' '.join(words)}" else None


def manifest(settings: Settings) -> tuple[set[str], dict[str, str], set[str]]:
    """Return an earlier installation: its files in the tree, its links with their targets, the folders that it created."""
    try:
        with Folder.open(str(settings.real(settings.tree))) as tree:
            found = json.loads(tree.content(MANIFEST, MOST_MANIFEST))
    except FileError as error:
        if error.errno == errno.ENOENT:
            return set(), {}, set()
        raise
    except (FileNotFoundError, NotADirectoryError):
        return set(), {}, set()
    return set(found["files"]), dict(found["links"]), set(found.get("folders", []))


def missing_folders(settings: Settings, paths: Iterable[str]) -> set[str]:
    """Return the folders of paths of the finished system that do not exist yet."""
    return {folder for folder in folders_of(paths) if not settings.real(folder).exists()}


def folders_of(paths: Iterable[str]) -> set[str]:
    """Return the folders of paths and those above them, without the root."""
    return {str(folder) for path in paths for folder in Path(path).parents if folder.name}


def is_ours(settings: Settings, path: str) -> bool:
    """Return whether a link of the finished system points into the installed tree."""
    real = settings.real(path)
    return real.is_symlink() and str(real.readlink()).startswith(f"{settings.tree}/")


def is_foreign(settings: Settings, path: str) -> bool:
    """Return whether a path of the finished system is taken by a file of another program."""
    return os.path.lexists(settings.real(path)) and not is_ours(settings, path)


def refuse_foreign(settings: Settings, paths: Iterable[str]) -> None:
    """Refuse to continue if a path is taken by another program, unless FORCE=1; a folder is never replaced."""
    for path in paths:
        real = settings.real(path)
        if not is_foreign(settings, path):
            continue
        if real.is_dir() and not real.is_symlink():
            raise Refusal(f"{real} is a folder: nothing was changed.")
        if not settings.force:
            raise Refusal(
                f"{real} belongs to another program: nothing was changed. docs/install.md shows Debian's diversion; FORCE=1 overwrites it."
            )


def build(stage: Path, work: Path, python: str, plugindir: str) -> None:
    """Fill the stage with the packages, their dependencies, and the executables."""
    copy = work / "source"
    copy.mkdir()
    for name in (
        "setup.cfg",
        "pyproject.toml",
        "MANIFEST.in",
        "README.md",
        "LICENSE",
        "LICENSE-BSD-2-Clause",
    ):
        if (SOURCE / name).exists():
            shutil.copy(SOURCE / name, copy / name)
    # A copy, with links resolved: the build must leave no files in the checkout, above all no files of root.
    unwanted = shutil.ignore_patterns("*.egg-info", "__pycache__")
    shutil.copytree(SOURCE / "plugins", copy / "plugins", ignore=unwanted)
    run([python, "-I", "-m", "venv", work / "venv"], "its virtual environment could not be created")
    pip: list[str | Path] = [work / "venv/bin/python", "-I", "-m", "pip", "--disable-pip-version-check"]
    pip += ["install", "-qq", "--no-build-isolation"]
    # What is downloaded has the pinned version and hash; the checkout itself needs nothing else.
    pinned: list[str | Path] = [*pip, "--require-hashes", "--no-deps", "-r"]
    into: list[str | Path] = ["--no-compile", "--target", stage]
    failed = "the packages could not be downloaded or built; see pip's messages"
    run([*pinned, PINS / "build.txt"], failed)
    run([*pinned, PINS / "run.txt", *into], failed)
    run([*pip, "--no-deps", *into, copy], failed)
    for script in (stage / "bin").iterdir():
        place_executable(script, stage / script.name, python)
        script.unlink()
    (stage / "bin").rmdir()
    share: list[str | Path] = [sys.executable, "-B", SOURCE / ".make/share.py", stage / "share", plugindir]
    run(share, "the man pages could not be made")
    # pip's notes about the build are wrong now: they name folders that no longer exist.
    for name in ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json"):
        for note in stage.glob(f"*.dist-info/{name}"):
            note.unlink()


def run(command: list[str | Path], failure: str) -> None:
    """Run a command and show its errors to the user, or refuse with the failure."""
    # These would change the folder of pip's files; its other settings (index, proxy, certificates) apply.
    environ = {key: value for key, value in os.environ.items() if key not in PIP_ELSEWHERE}
    environ |= dict.fromkeys(PIP_OFF, "0")  # pip's settings files may contain these, too
    if subprocess.run(command, env=environ, check=False).returncode:
        raise Refusal(f"Nothing was changed: {failure}.")


def place_executable(script: Path, target: Path, python: str) -> None:
    """Copy an executable with the #! line of the finished system.

    -E, -s and -S: no environment variable, no user's and no system's packages; the folder contains everything. Leaving
    out site also saves 3 ms of CPU at each start.
    """
    body = script.read_text(encoding="utf-8").partition("\n")[2]
    target.write_text(f"#!{python} -ESs\n{body}", encoding="utf-8")
    target.chmod(0o755)


def own_links(settings: Settings, stage: Path, plugindir: str) -> dict[str, str]:
    """Return the links under our own names: programs in a shell's PATH, the plugin in the engines' folder too, share/."""
    found = {}
    for path in sorted(stage.joinpath("share").rglob("*")):
        if path.is_file():
            name = path.relative_to(stage)
            found[f"{settings.prefix}/{name}"] = f"{settings.tree}/{name}"
    for script in sorted(
        path.name for path in stage.iterdir() if path.is_file() and os.access(path, os.X_OK)
    ):
        found[f"{settings.prefix}/bin/{script}"] = f"{settings.tree}/{script}"
        if script.startswith("check_"):
            found[f"{plugindir}/{script}"] = f"{settings.tree}/{script}"
    return found


def finish(stage: Path, tree: str, python: str, wanted: dict[str, str], folders: set[str]) -> None:
    """Precompile the stage, make it readable for every user regardless of the umask, and write the list of its files."""
    command: list[str | Path] = [python, "-I", "-m", "compileall", "-q", "-s", stage, "-p", tree, stage]
    run(command, "the packages could not be compiled")
    (stage / MANIFEST).touch()
    files = [str(path.relative_to(stage)) for path in sorted(stage.rglob("*")) if path.is_file()]
    files = [name for name in files if "__pycache__" not in name]
    listed = {"files": files, "links": wanted, "folders": sorted(folders)}
    (stage / MANIFEST).write_text(json.dumps(listed, indent=1), encoding="utf-8")
    for path in [stage, *stage.rglob("*")]:
        runs = path.parent == stage and path.stat().st_mode & 0o100
        path.chmod(0o755 if path.is_dir() or runs else 0o644)


def place(settings: Settings, stage: Path, ours: set[str]) -> None:
    """Put a copy of the stage in the tree's place in one step, with the files that other programs have put there."""
    real = settings.real(settings.tree)
    new, old = random_name(real.name), random_name(real.name)
    with Folder.make_all(str(real.parent), 0o755) as parent, parent.enter(new, make=0o755) as tree:
        try:
            copy(stage, tree)
            found = parent.status(real.name)
            if found is not None and stat.S_ISDIR(found.st_mode):
                with parent.enter(real.name) as present:
                    keep(settings, present, tree, ours)
            elif found is not None and not settings.force:
                raise Refusal(
                    f"{real} belongs to another program: nothing was changed. FORCE=1 overwrites it."
                )
            parent.refuse_change()
            if found is not None:
                parent.rename(real.name, old)
            try:
                parent.rename(new, real.name)
                tree.path = str(real)
                tree.refuse_change()
            except OSError:
                if found is not None:
                    parent.rename(old, real.name)
                raise
            parent.synchronize()
        finally:
            parent.remove_all(new)
            parent.remove_all(old)


def copy(source: Path, target: Folder) -> None:
    """Copy a folder of ours into a new one."""
    for path in sorted(source.iterdir()):
        if path.is_dir():
            with target.enter(path.name, make=0o755) as inside:
                copy(path, inside)
        else:
            with path.open("rb") as file:
                target.add(path.name, file, path.stat())


def keep(settings: Settings, present: Folder, tree: Folder, ours: set[str]) -> None:
    """Copy the files of other programs from the present tree into the new one."""
    for name in foreign(present, ours):
        with contextlib.ExitStack() as opened:
            source, target = present, tree
            *folders, last = name.split("/")
            for each in folders:
                source = opened.enter_context(source.enter(each))
                missing = target.status(each) is None
                target = opened.enter_context(target.enter(each, make=0o755 if missing else None))
            if target.status(last) is None:
                source.copy(last, target)
            elif not settings.force:
                raise Refusal(
                    f"{settings.real(settings.tree)}/{name} belongs to another program: nothing was changed. FORCE=1 overwrites it."
                )


def foreign(tree: Folder, ours: set[str]) -> list[str]:
    """Return the files under a tree that no installation has put there, except compiled ones."""
    return [name for name in files_in(tree) if name not in ours and "__pycache__" not in name]


def files_in(folder: Folder, prefix: str = "") -> Iterator[str]:
    """Yield the names of everything under a folder but the folders themselves."""
    for name in folder.names():
        found = folder.status(name)
        if found is not None and stat.S_ISDIR(found.st_mode):
            with folder.enter(name) as inside:
                yield from files_in(inside, f"{prefix}{name}/")
        else:
            yield prefix + name


def link(path: Path, target: str) -> None:
    """Set a link in one step, so that a check that starts at that moment finds the old or the new file."""
    with Folder.make_all(str(path.parent), 0o755) as folder:
        new, identity = folder.link(path.name, target)
        try:
            folder.replace(new, path.name, identity)
        finally:
            folder.remove(new)


def uninstall(settings: Settings) -> None:
    """Remove the installed links and files; keep and name the others."""
    real = settings.real(settings.tree)
    files, linked, folders = manifest(settings)
    if not files:
        print(f"No installation in {real}.")
        return
    removed = [settings.tree]
    for path in linked:
        if is_ours(settings, path):
            removed.append(path)
            with Folder.open(str(settings.real(path).parent)) as folder:
                folder.remove(settings.real(path).name)
    with Folder.open(str(real)) as tree:
        kept = foreign(tree, files)
        remove_ours(tree, files)
    with Folder.open(str(real.parent)) as parent:
        parent.remove_folder(real.name)
    remove_empty(settings, folders & folders_of(removed))
    print(
        f"Removed {real} and its links."
        if not kept
        else f"Removed the installation, except files of other programs: {real / kept[0]}."
    )


def remove_empty(settings: Settings, folders: set[str]) -> None:
    """Remove folders that are empty, the inner ones first.

    They are folders above something that was ours: another user may have changed the list of those that were created.
    """
    for path in sorted(folders, reverse=True):
        real = settings.real(path)
        if real.is_dir():
            with Folder.open(str(real.parent)) as parent:
                parent.remove_folder(real.name)


def remove_ours(folder: Folder, files: set[str], prefix: str = "") -> None:
    """Remove our files and all compiled ones under a folder, and the folders that are empty then.

    The names are those in the folder and not those of the list, which another user may have changed: ../../etc/passwd.
    """
    for name in folder.names():
        found = folder.status(name)
        if found is None:
            continue
        if not stat.S_ISDIR(found.st_mode):
            if prefix + name in files:
                folder.remove(name)
            continue
        if name == "__pycache__":
            folder.remove_all(name)
            continue
        with folder.enter(name) as inside:
            remove_ours(inside, files, f"{prefix}{name}/")
        folder.remove_folder(name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
