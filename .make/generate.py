# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Write the files that are generated from the table of settings: `generate.py`; `--check` only compares them."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "plugins"))

import addresses  # noqa: E402
import architecture_page  # noqa: E402 - what these make is made from the core, which the line above makes known
import definitions_page  # noqa: E402
import diagnosis_page  # noqa: E402
import dialogues_page  # noqa: E402
import module_options  # noqa: E402
import services_page  # noqa: E402
import settings_page  # noqa: E402
import tls_page  # noqa: E402

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

FILES: dict[str, Callable[[str], str]] = {
    "ansible_collection/plugins/modules/tcp_health.yml": module_options.write_into,
    "ARCHITECTURE.md": architecture_page.write_into,
    "ansible_collection/galaxy.yml": addresses.galaxy,
    ".make/debian/control": addresses.control,
    ".make/debian/copyright": addresses.copyright_file,
    "plugins/description.md": addresses.description,
    "docs/settings.md": settings_page.page,
    f"docs/definitions/{definitions_page.COMMAND}": definitions_page.command,
    "docs/definitions.md": definitions_page.write_into,
    "docs/diagnosis.md": diagnosis_page.write_into,
    "docs/dialogues.md": dialogues_page.write_into,
    "docs/services.md": services_page.write_into,
    "docs/tls.md": tls_page.write_into,
}
"""Each file, and the function that returns its new text from the present one ("" without a file)."""


def stale() -> dict[str, str]:
    """Return the files that are not up to date, with their new text."""
    found = {}
    for name, make in FILES.items():
        path = ROOT / name
        present = path.read_text(encoding="utf-8") if path.exists() else ""
        made = make(present)
        if made != present:
            found[name] = made
    return found


def main(arguments: list[str]) -> int:
    """Write the stale files and name them; with --check only name them, and return 1 if there are any."""
    if arguments not in ([], ["--check"]):
        print("Usage: generate.py [--check]", file=sys.stderr)
        return 2
    found = stale()
    for name, text in found.items():
        if arguments:
            print(f"{name} is not up to date: run make generate")
        else:
            (ROOT / name).write_text(text, encoding="utf-8")
            print(f"{name} written")
    return 1 if arguments and found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
