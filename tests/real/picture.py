# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The README's picture: three checks on a terminal, two of them beside check_tcp, from real output.

`make picture` (as root) writes docs/pictures/terminal.svg.
"""

from __future__ import annotations

import sys

from real.installed import SOURCE
from real.scene import run
from support.picture import svg

PICTURE = SOURCE / "docs/pictures/terminal.svg"

COLUMNS = 100

COMMANDS = (
    "check_tcp_health https://www.example.org",
    r"check_tcp -H app1 -p 8080 -E -s 'GET / HTTP/1.0\r\n\r\n' -e HTTP -t 5",
    "check_tcp_health app1 8080 --service http -t 5",
    "check_tcp -H db2 -p 5432",
    "check_tcp_health db2 5432",
)

DESCRIPTION = (
    "A terminal: a healthy TLS service with the time of each phase; a server that hangs, where check_tcp prints a"
    " timeout; a firewall that rejects, with its address and hop, where check_tcp prints No route to host"
)

_PROMPT = "\033[1;32m$\033[0m "


def picture() -> str:
    """Run the commands, and return the picture of what they printed."""
    ended = run(COMMANDS, columns=COLUMNS)
    parts = [f"{_PROMPT}{command}\n{each.output.rstrip()}\n" for command, each in zip(COMMANDS, ended)]
    return svg("\n".join(parts), COLUMNS, DESCRIPTION)


if __name__ == "__main__":
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(picture(), encoding="utf-8")
    sys.stdout.write(f"{PICTURE.relative_to(SOURCE)} written\n")
