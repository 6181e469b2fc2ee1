# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files that belong together, written all or not at all, and never over somebody else's."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# Whatever the umask is: the engine that reads the file runs as another user.
_MODE = 0o644


class NotWrittenError(Exception):
    """Why nothing was written, in one sentence without its full stop."""


def write_set(folder: Path, texts: Mapping[str, str], marker: str, *, force: bool) -> list[Path]:
    """Write texts by their names into a folder, made where it is missing; returns the files that changed.

    Each text is complete on the disk before the first file takes its name, in the given order; a file that cannot
    have it takes those before it back. The files are readable by everyone. A file whose first line does not begin
    with ``marker`` is replaced with ``force`` alone. Raises NotWrittenError.
    """
    if folder.exists() and not folder.is_dir():
        raise NotWrittenError(f"{folder} is not a folder")
    for name in texts:
        _refuse_foreign(folder / name, marker, force=force)
    changed = {folder / name: text.encode() for name, text in texts.items()}
    changed = {path: content for path, content in changed.items() if not _holds(path, content)}
    made = _make(folder)
    try:
        _replace(changed)
    except BaseException as problem:
        if made:
            with contextlib.suppress(OSError):
                folder.rmdir()
        if isinstance(problem, OSError):
            raise NotWrittenError(f"cannot write to {folder}: {problem.strerror}") from None
        raise
    return list(changed)


def _refuse_foreign(path: Path, marker: str, *, force: bool) -> None:
    try:
        kind = path.lstat().st_mode
        if stat.S_ISDIR(kind):
            raise NotWrittenError(f"{path} is a folder")
        if force:
            return
        if not stat.S_ISREG(kind):
            raise NotWrittenError(f"{path} is no plain file; --force puts one in its place")
        with path.open("rb") as file:
            if not file.read(len(marker)).startswith(marker.encode()):
                raise NotWrittenError(
                    f"{path} is not a file of this program: its first line does not begin with {marker!r};"
                    " --force replaces it"
                )
    except FileNotFoundError:
        pass
    except OSError as problem:
        raise NotWrittenError(f"cannot look at {path}: {problem.strerror}") from None


def _holds(path: Path, content: bytes) -> bool:
    """Whether a file is what it is to be, for all to read."""
    try:
        status = path.lstat()
        return status.st_mode == stat.S_IFREG | _MODE and path.read_bytes() == content
    except OSError:
        return False


def _make(folder: Path) -> bool:
    """Make a folder that is missing; returns whether it was."""
    try:
        folder.mkdir()
        folder.chmod(0o755)  # for the same reason
    except FileExistsError:
        return False
    except OSError as problem:
        raise NotWrittenError(f"cannot make the folder {folder}: {problem.strerror}") from None
    return True


def _replace(contents: Mapping[Path, bytes]) -> None:
    """Give each path its content, or leave all as they were."""
    with contextlib.ExitStack() as left_over:
        fresh = {path: _spare(path, content, left_over) for path, content in contents.items()}
        before = {path: _kept(path, left_over) for path in contents}
        done: list[Path] = []
        try:
            for path, spare in fresh.items():
                done.append(path)
                spare.replace(path)
        except BaseException:
            for path in done:
                _restore(path, before[path])
            raise


def _spare(path: Path, content: bytes, left_over: contextlib.ExitStack) -> Path:
    """A complete file beside its place, under a name that no engine reads."""
    descriptor, name = tempfile.mkstemp(".tmp", f".{path.name}.", path.parent)
    spare = Path(name)
    left_over.callback(spare.unlink, missing_ok=True)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor is no path
        file.write(content)
        file.flush()
        os.fchmod(descriptor, _MODE)
        os.fsync(descriptor)
    return spare


def _kept(path: Path, left_over: contextlib.ExitStack) -> Path | None:
    """A second name for the file that is there now, or None where none is."""
    spare = path.with_name(f".{path.name}.{os.getpid()}.old.tmp")
    try:
        os.link(path, spare, follow_symlinks=False)
    except FileNotFoundError:
        return None
    except OSError:  # a file system without links, or a file of another user
        shutil.copy2(path, spare)
    left_over.callback(spare.unlink, missing_ok=True)
    return spare


def _restore(path: Path, before: Path | None) -> None:
    """Put back what was there; nothing happens to a path that never changed."""
    with contextlib.suppress(OSError):
        if before is None:
            path.unlink(missing_ok=True)
        else:
            before.replace(path)
