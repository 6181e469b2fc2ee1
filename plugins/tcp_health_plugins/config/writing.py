# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write a set of files completely or not at all, and without replacing files of other programs."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from tcp_health.text.clean import clean
from tcp_health.text.files import FileError
from tcp_health_plugins.common.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tcp_health_plugins.common.folder import Identity

# Independent of the umask: the engine reads the files as another user.
_FILE, _FOLDER = 0o644, 0o755

# Bytes of a file that is replaced; half a million services have 150 MB.
_MOST = 1 << 28


# Errors of a folder that is missing and cannot be made.
_NOT_MADE = (errno.ENOENT, errno.ENOTDIR, errno.EEXIST, errno.EROFS)


class NotWrittenError(Exception):
    """Nothing was written; the message is the reason, without a full stop."""


def write_files(
    directory: Path, texts: Mapping[str, str], marker: str, *, origin: tuple[str, str], force: bool
) -> list[Path]:
    """Write texts to files in a directory, which is created if missing; return the files that changed.

    Every text is complete on the disk before the first file is replaced, in the given order. When one cannot be
    replaced, the earlier ones are restored. Every user may read the files. A file whose first line does not begin
    with ``marker`` is replaced with ``force`` only. So is one whose second line has another place of a list after the
    first text of ``origin``; the second text is our place, or "" if it does not matter. Raises NotWrittenError.
    """
    folder, made = _open(directory)
    try:
        with folder:
            for name in texts:
                _refuse_foreign(folder, name, marker, origin, force=force)
            contents = {name: text.encode() for name, text in texts.items()}
            changed = [name for name, content in contents.items() if not _is_current(folder, name, content)]
            _replace(folder, {name: contents[name] for name in changed})
    except BaseException as error:
        if made:
            with contextlib.suppress(OSError):
                directory.rmdir()
        if isinstance(error, OSError):
            raise NotWrittenError(f"cannot write to {directory}: {error.strerror}") from None
        raise
    return [directory / name for name in changed]


def _open(directory: Path) -> tuple[Folder, bool]:
    try:
        return Folder.make(str(directory), _FOLDER)
    except OSError as error:
        if error.errno == errno.ENOTDIR and os.path.exists(directory):  # noqa: PTH110 - Path's raises OSError
            raise NotWrittenError(f"{directory} is not a directory") from None
        verb = "create the directory" if error.errno in _NOT_MADE else "write to"
        raise NotWrittenError(f"cannot {verb} {directory}: {error.strerror}") from None


def _refuse_foreign(folder: Folder, name: str, marker: str, origin: tuple[str, str], *, force: bool) -> None:
    path = f"{folder.path}/{name}"
    found = folder.status(name)
    if found is None:
        return
    if stat.S_ISDIR(found.st_mode):
        raise NotWrittenError(f"{path} is a directory")
    if force:
        return
    if not stat.S_ISREG(found.st_mode):
        raise NotWrittenError(f"{path} is not a regular file: replace it with --force")
    try:
        content = folder.content(name, _MOST)
    except FileError as error:
        raise NotWrittenError(f"cannot read {path}: {error.reason}") from None
    if not content.startswith(marker.encode()):
        raise NotWrittenError(
            f"{path} was not written by this program: its first line does not begin with {marker!r};"
            " replace it with --force"
        )
    start, ours = origin
    second = content.partition(b"\n")[2].partition(b"\n")[0].decode(errors="replace")
    if ours and second.startswith(start) and _is_another(second[len(start) :], ours):
        raise NotWrittenError(
            f"{path} is the file of another list, {clean(second[len(start) :])}: set another name with --name, or replace"
            " it with --force"
        )


def _is_another(earlier: str, ours: str) -> bool:
    """Whether the place of an earlier list is that of another list, which is still there."""
    if earlier == ours:
        return False
    if "-" in (earlier, ours):  # standard input
        return earlier == "-" or os.path.lexists(earlier)
    try:
        return not Path(earlier).samefile(ours)
    except OSError:
        return False  # the earlier list was moved, or was a temporary file


def _is_current(folder: Folder, name: str, content: bytes) -> bool:
    """Whether a file has this content already, and the mode that we would set."""
    found = folder.status(name)
    if found is None or found.st_mode != stat.S_IFREG | _FILE or found.st_size != len(content):
        return False
    try:
        return folder.content(name, _MOST) == content
    except FileError:
        return False


def _replace(folder: Folder, contents: Mapping[str, bytes]) -> None:
    """Write the content of each name, or leave all files unchanged."""
    with contextlib.ExitStack() as cleanup:

        def temporary(made: tuple[str, Identity]) -> tuple[str, Identity]:
            cleanup.callback(folder.remove, made[0])
            return made

        new = {name: temporary(folder.write(name, content, _FILE)) for name, content in contents.items()}
        earlier: dict[str, tuple[str, Identity] | None] = {}
        for name in contents:
            kept = folder.keep(name, _MOST)
            earlier[name] = kept and temporary(kept)
        started: list[str] = []
        try:
            for name, (made, identity) in new.items():
                folder.refuse_change()
                started.append(name)
                folder.replace(made, name, identity)
            folder.refuse_change()
        except BaseException:
            for name in started:
                _restore(folder, name, earlier[name])
            raise
        folder.synchronize()


def _restore(folder: Folder, name: str, kept: tuple[str, Identity] | None) -> None:
    """Put the earlier file back, or remove the new one if there was no earlier file."""
    with contextlib.suppress(OSError):
        if kept is None:
            folder.remove(name)
        else:
            folder.replace(kept[0], name, kept[1])
