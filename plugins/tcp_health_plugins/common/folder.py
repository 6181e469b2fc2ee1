# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write files in a folder that another user may change at the same time, and nowhere else.

The rules, for everything that the project writes:

- A folder is opened once. Every name is then looked up in this descriptor, so replacing the folder's path by a link
  changes nothing.
- On the way to the folder, a link is followed only if root or the current user made it.
- A file is created under a random name (O_EXCL, O_NOFOLLOW), written, given its mode through its descriptor, and
  synchronized. Then it is renamed to its own name. No file that exists is ever opened for writing, with one exception:
  a log is appended to. It must be a regular file with one name, and no link.
- After each rename the name must be the file that was written, and the path of the folder must still be this folder.
  Otherwise another user interferes: FolderError.
"""

from __future__ import annotations

import errno
import io
import os
import stat
from contextlib import suppress

from tcp_health.text.files import FileError, opened, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# On the way to a folder, permission to enter is enough.
_PASSED = _FOLDER | getattr(os, "O_PATH", 0)
# Keeps an inode, of a link too, without opening it; only Linux and FreeBSD can.
_HELD = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC if hasattr(os, "O_PATH") else 0
_LOG = (
    os.O_WRONLY
    | os.O_APPEND
    | os.O_CREAT
    | os.O_NOFOLLOW
    | os.O_NONBLOCK  # a FIFO would wait for a reader
    | os.O_NOCTTY
    | os.O_CLOEXEC
)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC

# Links on the way to a folder, as in the kernel.
_MOST_LINKS = 40

# No limit for a file that is copied piece by piece.
_UNLIMITED = 1 << 62

# Bytes that are copied at once.
_CHUNK = 1 << 20

Identity = tuple[int, int]
"""The device and inode of a file."""


class FolderError(OSError):
    """Another user changes the folder, or a link leads to it that cannot be trusted; ``strerror`` is the reason."""


class Folder:
    """A folder that is held by its descriptor."""

    def __init__(self, descriptor: int, path: str) -> None:
        self.descriptor = descriptor
        self.path = path
        # Files that were made stay open, so that no other file gets the inode of one that another user has removed.
        self._held: list[int] = []

    @classmethod
    def open(cls, path: str) -> Folder:
        """Open a folder. Raises OSError; FolderError for a link of another user on the way."""
        return cls(_walk(path), path)

    @classmethod
    def make(cls, path: str, mode: int) -> tuple[Folder, bool]:
        """Open a folder, which is made with this mode if it is missing; return it, and whether it was made."""
        with suppress(FileNotFoundError):
            return cls.open(path), False
        parent, name = os.path.split(path.rstrip("/") or "/")
        with cls.open(parent or ".") as above:
            made = above.enter(name, make=mode)
        made.path = path
        return made, True

    @classmethod
    def make_all(cls, path: str, mode: int) -> Folder:
        """Open a folder, which is made with this mode if it is missing, and so are those above it."""
        try:
            return cls.make(path, mode)[0]
        except FileNotFoundError:
            cls.make_all(os.path.dirname(path.rstrip("/")), mode).close()  # noqa: PTH120 - the path as given
            return cls.make(path, mode)[0]

    def __enter__(self) -> Folder:  # noqa: PYI034 - Self is in typing from Python 3.11 on
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the descriptors."""
        for each in (*self._held, self.descriptor):
            os.close(each)

    def enter(self, name: str, *, make: int | None = None) -> Folder:
        """Open a folder in this one; with ``make`` it must not exist yet, and is made with this mode."""
        if make is not None:
            os.mkdir(name, make, dir_fd=self.descriptor)
        descriptor = os.open(name, _FOLDER, dir_fd=self.descriptor)
        try:
            # The umask may have taken permissions away. The owner is another one on a network file system that does not
            # accept root.
            if make is not None and os.fstat(descriptor).st_uid == os.geteuid():
                os.fchmod(descriptor, make)
        except BaseException:
            os.close(descriptor)
            raise
        return Folder(descriptor, f"{self.path}/{name}")

    def refuse_change(self) -> None:
        """Raise FolderError if the path is another folder by now."""
        try:
            again = _walk(self.path)
        except OSError as error:
            raise _changed(self.path) from error
        try:
            if _identity(os.fstat(again)) != _identity(os.fstat(self.descriptor)):
                raise _changed(self.path)
        finally:
            os.close(again)

    def names(self) -> list[str]:
        """Return all names in the folder, sorted."""
        return sorted(os.listdir(self.descriptor))  # noqa: PTH208 - it is no path

    def status(self, name: str) -> os.stat_result | None:
        """Return the status of a name, of a link itself, or None if it does not exist."""
        try:
            return os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def content(self, name: str, most: int) -> bytes:
        """Return the content of a regular file of at most ``most`` bytes. Raises FileError; a link is one too."""
        descriptor = opened(name, most, folder=self.descriptor)
        try:
            return read(name, descriptor, most)
        finally:
            os.close(descriptor)

    def write(self, name: str, content: bytes | IO[bytes], mode: int) -> tuple[str, Identity]:
        """Write a new file completely to the disk; return its name, which is random, and its identity."""
        new = random_name(name)
        source = io.BytesIO(content) if isinstance(content, bytes) else content
        descriptor = self._create(new, source, mode)
        self._held.append(descriptor)
        return new, _identity(os.fstat(descriptor))

    def add(self, name: str, source: IO[bytes], found: os.stat_result) -> None:
        """Copy an open file into a new one of this name, with the permissions and the time of ``found``."""
        descriptor = self._create(name, source, stat.S_IMODE(found.st_mode) & 0o777)
        try:
            os.utime(descriptor, ns=(found.st_atime_ns, found.st_mtime_ns))
        finally:
            os.close(descriptor)

    def append(self, name: str, mode: int) -> int:
        """Return a descriptor that appends to a file, which is made with this mode if it is missing.

        Raises OSError; FileError for a link, for a file that has another name too, and for what is no regular file. The
        type is checked before the file is opened, and again afterwards, as in text/files.py.
        """
        found = self.status(name)
        if found is not None:
            _refuse_for_log(name, found)
        descriptor = os.open(name, _LOG, mode, dir_fd=self.descriptor)
        try:
            _refuse_for_log(name, os.fstat(descriptor))
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def _create(self, name: str, source: IO[bytes], mode: int) -> int:
        descriptor = os.open(name, _NEW, 0o600, dir_fd=self.descriptor)
        try:
            while part := source.read(_CHUNK):
                left = memoryview(part)
                while left:
                    left = left[os.write(descriptor, left) :]
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        except BaseException:
            os.close(descriptor)
            self.remove(name)
            raise
        return descriptor

    def copy(self, name: str, target: Folder) -> None:
        """Copy a file or a link of this folder into another one. Raises FileError for other objects."""
        found = self.status(name)
        if found is not None and stat.S_ISLNK(found.st_mode):
            os.symlink(os.readlink(name, dir_fd=self.descriptor), name, dir_fd=target.descriptor)
            return
        descriptor = opened(name, _UNLIMITED, folder=self.descriptor)
        with open(descriptor, "rb") as source:  # noqa: PTH123 - it is no path
            target.add(name, source, os.fstat(descriptor))

    def link(self, name: str, target: str) -> tuple[str, Identity]:
        """Make a symbolic link; return its name, which is random, and its identity."""
        new = random_name(name)
        os.symlink(target, new, dir_fd=self.descriptor)
        return new, self._hold(new)

    def keep(self, name: str, most: int) -> tuple[str, Identity] | None:
        """Give a file or a link a second name, which is random; return it and its identity, or None without a file.

        A file system without hard links, and a kernel that refuses a link to another user's file, need a copy.
        """
        second = random_name(name)
        try:
            os.link(
                name, second, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor, follow_symlinks=False
            )
        except FileNotFoundError:
            return None
        except OSError as error:
            found = self.status(name)
            if found is None:
                return None
            if stat.S_ISLNK(found.st_mode):
                return self.link(name, os.readlink(name, dir_fd=self.descriptor))
            try:
                return self.write(name, self.content(name, most), stat.S_IMODE(found.st_mode) & 0o777)
            except FileError as problem:
                raise OSError(problem.errno or error.errno, problem.reason) from None
        return second, self._hold(second)

    def replace(self, new: str, name: str, identity: Identity) -> None:
        """Rename what ``write``, ``link`` or ``keep`` has made, in one step. Raises FolderError if it is not that any more."""
        os.rename(new, name, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)
        if self._identity_of(name) != identity:
            raise _changed(self.path)

    def remove(self, name: str) -> None:
        """Remove a file or a link, if it is there."""
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self.descriptor)

    def remove_folder(self, name: str) -> bool:
        """Remove a folder in this one if it is empty; return whether it was."""
        try:
            os.rmdir(name, dir_fd=self.descriptor)
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT, errno.ENOTDIR):
                return False
            raise
        return True

    def remove_all(self, name: str) -> None:
        """Remove a file, a link, or a folder with everything in it. No link is followed."""
        found = self.status(name)
        if found is None:
            return
        if not stat.S_ISDIR(found.st_mode):
            self.remove(name)
            return
        with self.enter(name) as inside:
            for each in inside.names():
                inside.remove_all(each)
        self.remove_folder(name)

    def rename(self, name: str, new: str) -> None:
        """Rename a file or a folder in this folder."""
        os.rename(name, new, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)

    def synchronize(self) -> None:
        """Wait until the names are on the disk. Some file systems cannot."""
        with suppress(OSError):
            os.fsync(self.descriptor)

    def _hold(self, name: str) -> Identity:
        if _HELD:
            self._held.append(os.open(name, _HELD, dir_fd=self.descriptor))
        return self._identity_of(name)

    def _identity_of(self, name: str) -> Identity:
        found = self.status(name)
        if found is None:
            raise _changed(self.path)
        return _identity(found)


def _refuse_for_log(name: str, found: os.stat_result) -> None:
    if stat.S_ISLNK(found.st_mode):
        raise FileError(name, "is a symbolic link, which is not followed")
    if stat.S_ISDIR(found.st_mode):
        raise FileError(name, os.strerror(errno.EISDIR), errno.EISDIR)
    if not stat.S_ISREG(found.st_mode):
        raise FileError(name, "not a regular file")
    if found.st_nlink > 1:
        raise FileError(name, "has another name (a hard link)")


def random_name(name: str) -> str:
    """Return a hidden name that no other user can guess, and that the engines do not read."""
    return f".{name[:200]}.{os.urandom(8).hex()}.tmp"


def _identity(found: os.stat_result) -> Identity:
    return found.st_dev, found.st_ino


def _changed(path: str) -> FolderError:
    return FolderError(errno.EBUSY, f"another program changes {path} at the same time", path)


def _walk(path: str) -> int:
    """Return the descriptor of a folder, which is looked up name by name from the root or from the current folder."""
    descriptor = os.open("/" if path.startswith("/") else ".", _PASSED)
    names = path.split("/")[::-1]
    links = 0
    try:
        while names:
            name = names.pop()
            if name in ("", "."):
                continue
            try:
                inside = os.open(name, _PASSED, dir_fd=descriptor)
            except OSError:
                target = _target(name, descriptor)
                links += 1
                if target is None:
                    raise
                if links > _MOST_LINKS:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from None
                names += target.split("/")[::-1]
                if not target.startswith("/"):
                    continue
                inside = os.open("/", _PASSED)
            os.close(descriptor)
            descriptor = inside
        return os.open(".", _FOLDER, dir_fd=descriptor)
    finally:
        os.close(descriptor)


def _target(name: str, folder: int) -> str | None:
    """Return where a link leads, or None if the name is not a link. Raises FolderError for another user's link."""
    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if not stat.S_ISLNK(found.st_mode):
        return None
    # In a user namespace root's files can belong to another number, that of the root folder.
    if found.st_uid not in (0, os.geteuid(), os.stat("/").st_uid):  # noqa: PTH116 - as its neighbours
        raise FolderError(errno.ELOOP, f"{name!r} in this path is a symbolic link of another user", name)
    target = os.readlink(name, dir_fd=folder)
    again = os.stat(name, dir_fd=folder, follow_symlinks=False)
    # Renaming another link to this name and back changes the time.
    if (again.st_ino, again.st_ctime_ns) != (found.st_ino, found.st_ctime_ns):
        raise _changed(name)
    return target
