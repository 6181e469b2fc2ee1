# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write what an installation has below share/: man pages and completions (`share.py FOLDER`)."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "plugins"))

import completions  # noqa: E402 - what these make is made from the core, which the line above makes known
import man_pages  # noqa: E402
from programs import programs  # noqa: E402


def texts() -> dict[str, str]:
    """Return each file with its path below share/."""
    found = {}
    described = programs()
    for program in described:
        others = [each.name for each in described if each is not program]
        found[f"man/man1/{program.name}.1"] = man_pages.page(program, others)
        found[f"bash-completion/completions/{program.name}"] = completions.bash(program)
        found[f"zsh/site-functions/_{program.name}"] = completions.zsh(program)
    return found


def write(folder: Path) -> None:
    """Write the files below a folder."""
    for name, text in texts().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
