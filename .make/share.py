# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write what an installation has below share/: man pages, completions, definitions (`share.py FOLDER PLUGINDIR`)."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "plugins"))

import completions  # noqa: E402 - what these make is made from the core, which the line above makes known
import man_pages  # noqa: E402
from programs import programs  # noqa: E402

# The folder of plugins in the definitions for NRPE, which has no macro for it.
PLUGINDIR = "/usr/lib/nagios/plugins"


def texts(plugindir: str = PLUGINDIR) -> dict[str, str]:
    """Return each file with its path below share/."""
    found = {}
    for path in sorted((ROOT / "docs/definitions").glob("*/*")):
        text = path.read_text(encoding="utf-8").replace(f"={PLUGINDIR}/", f"={plugindir}/")
        found[f"tcp-health/{path.parent.name}/{path.name}"] = text
    described = programs()
    for program in described:
        others = [each.name for each in described if each is not program]
        found[f"man/man1/{program.name}.1"] = man_pages.page(program, others)
        found[f"bash-completion/completions/{program.name}"] = completions.bash(program)
        found[f"zsh/site-functions/_{program.name}"] = completions.zsh(program)
    return found


def write(folder: Path, plugindir: str = PLUGINDIR) -> None:
    """Write the files below a folder."""
    for name, text in texts(plugindir).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]), sys.argv[2])
