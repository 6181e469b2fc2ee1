# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Man pages and completions are made by whichever Python `make install` runs: argparse's help differs between them."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LISTENER = ("--bind", "--port", "--behaviour", "--flap", "--grace", "--quiet", "--help", "-V")


@pytest.mark.field(37)
def test_the_pages_are_made_on_this_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")  # a narrow terminal changes nothing
    monkeypatch.syspath_prepend(str(ROOT / ".make"))
    texts = importlib.import_module("share").texts()
    page = texts["man/man1/tcp_health_listener.1"].replace("\\-", "-")
    assert set(LISTENER) <= set(re.findall(r"\\fB(-[\w-]+)\\fR", page))
    assert ".SH EXAMPLES" in page
    assert "\x1b" not in "".join(texts.values())
    for flag in LISTENER:
        assert flag in texts["bash-completion/completions/tcp_health_listener"]
