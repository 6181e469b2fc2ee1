# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write a set of files completely or not at all, and without replacing files of other programs."""

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

# Independent of the umask: the engine reads the files as another user.
_MODE = 0o644


class NotWrittenError(Exception):
    """Nothing was written; the message is the reason, without a full stop."""


def write_files(directory: Path, texts: Mapping[str, str], marker: str, *, force: bool) -> list[Path]:
    """Write texts to files in a directory, which is created if missing; return the files that changed.

    Every text is complete on the disk before the first file is replaced, in the given order. When one cannot be
    replaced, the earlier ones are restored. Every user may read the files. A file whose first line does not begin
    with ``marker`` is replaced with ``force`` only. Raises NotWrittenError.
    """
    try:
        if directory.exists() and not directory.is_dir():
            raise NotWrittenError(f"{directory} is not a directory")
    except OSError as error:  # a parent directory that may not be searched, a name that is too long
        raise NotWrittenError(f"cannot write to {directory}: {error.strerror}") from None
    for name in texts:
        _check_replaceable(directory / name, marker, force=force)
    changed = {directory / name: text.encode() for name, text in texts.items()}
    changed = {path: content for path, content in changed.items() if not _is_current(path, content)}
    created = _create_directory(directory)
    try:
        _replace(changed)
    except BaseException as error:
        if created:
            with contextlib.suppress(OSError):
                directory.rmdir()
        if isinstance(error, OSError):
            raise NotWrittenError(f"cannot write to {directory}: {error.strerror}") from None
        raise
    return list(changed)


def _check_replaceable(path: Path, marker: str, *, force: bool) -> None:
    try:
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            raise NotWrittenError(f"{path} is a directory")
        if force:
            return
        if not stat.S_ISREG(mode):
            raise NotWrittenError(f"{path} is not a regular file: replace it with --force")
        with path.open("rb") as file:
            if not file.read(len(marker)).startswith(marker.encode()):
                raise NotWrittenError(
                    f"{path} was not written by this program: its first line does not begin with {marker!r};"
                    " replace it with --force"
                )
    except FileNotFoundError:
        pass
    except OSError as error:
        raise NotWrittenError(f"cannot read {path}: {error.strerror}") from None


def _is_current(path: Path, content: bytes) -> bool:
    """Whether a file has this content already, and the mode that we would set."""
    try:
        status = path.lstat()
        return status.st_mode == stat.S_IFREG | _MODE and path.read_bytes() == content
    except OSError:
        return False


def _create_directory(directory: Path) -> bool:
    """Create a directory if it is missing; return whether it was."""
    try:
        directory.mkdir()
        directory.chmod(0o755)  # for the same reason as _MODE
    except FileExistsError:
        return False
    except OSError as error:
        raise NotWrittenError(f"cannot create the directory {directory}: {error.strerror}") from None
    return True


def _replace(contents: Mapping[Path, bytes]) -> None:
    """Write each path's content, or leave all files unchanged."""
    with contextlib.ExitStack() as cleanup:
        temporary = {path: _write_temporary(path, content, cleanup) for path, content in contents.items()}
        backups = {path: _back_up(path, cleanup) for path in contents}
        started: list[Path] = []
        try:
            for path, new in temporary.items():
                started.append(path)
                new.replace(path)
        except BaseException:
            for path in started:
                _restore(path, backups[path])
            raise


def _write_temporary(path: Path, content: bytes, cleanup: contextlib.ExitStack) -> Path:
    """Write a complete file in the same directory, with a name that the engines do not read."""
    descriptor, name = tempfile.mkstemp(".tmp", f".{path.name}.", path.parent)
    temporary = Path(name)
    cleanup.callback(temporary.unlink, missing_ok=True)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - it opens a descriptor, not a path
        file.write(content)
        file.flush()
        os.fchmod(descriptor, _MODE)
        os.fsync(descriptor)
    return temporary


def _back_up(path: Path, cleanup: contextlib.ExitStack) -> Path | None:
    """Link the present file to a second name, and return that; None when there is no file."""
    backup = path.with_name(f".{path.name}.{os.getpid()}.old.tmp")
    try:
        os.link(path, backup, follow_symlinks=False)
    except FileNotFoundError:
        return None
    except OSError:  # a file system without hard links, or a file of another user
        shutil.copy2(path, backup)
    cleanup.callback(backup.unlink, missing_ok=True)
    return backup


def _restore(path: Path, backup: Path | None) -> None:
    """Put the backup back, or remove the file if it did not exist before."""
    with contextlib.suppress(OSError):
        if backup is None:
            path.unlink(missing_ok=True)
        else:
            backup.replace(path)
