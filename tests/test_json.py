# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The JSON document: every kind of result fits the documented schema, and the exit code is the plugin's."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from listener_process import listening
from tcp_health.model import CAUSES

ROOT = Path(__file__).parent.parent
SCHEMA = json.loads((ROOT / "docs" / "check_tcp_health.schema.json").read_text())
PLUGIN = ROOT / "plugins" / "check_tcp_health"


def document(*arguments: str) -> tuple[dict[str, Any], int]:
    done = subprocess.run(
        [sys.executable, PLUGIN, "--output", "json", *arguments],
        capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    assert not done.stderr
    return json.loads(done.stdout), done.returncode


@pytest.mark.parametrize(
    ("arguments", "code", "cause"),
    [
        (("-H", "127.0.0.1", "-p", "{port}", "--read", "eof"), 0, None),
        (("-H", "localhost", "-p", "{port}", "--count", "3", "--interval", "0.05"), 0, None),
        (("-H", "localhost", "-p", "{port}", "--addresses", "all", "-w", "0:0"), 1, None),
        (("-H", "127.0.0.1", "-p", "{port}", "-e", "something else"), 1, "mismatch"),
        (("-H", "127.0.0.1", "-p", "1", "--retries", "1", "--retry-delay", "10ms"), 2, "refused"),
        (("-H", "127.0.0.1", "-p", "{port}", "-S"), 2, "tls_failed"),
        (("-H", "127.0.0.1", "-p", "{port}", "--source", "203.0.113.9"), 3, "source_unusable"),
        (("-H", "/nonexistent/socket"), 2, "socket_missing"),
        (("-H", "127.0.0.1", "-p", "1", "--wait", "0.1"), 2, "refused"),
    ],
)
def test_every_kind_of_result_fits_the_schema(
    arguments: tuple[str, ...], code: int, cause: str | None
) -> None:
    with listening("--behaviour", "greet") as listener:
        found, exit_code = document(*(word.format(port=listener.port) for word in arguments))
    jsonschema.validate(found, SCHEMA)
    assert (exit_code, found["exit_code"], found["cause"]) == (code, code, cause)


def test_the_schema_knows_every_cause() -> None:
    assert set(SCHEMA["definitions"]["attempt"]["properties"]["cause"]["enum"]) == {*CAUSES, None}


def test_a_field_that_the_schema_lacks_is_noticed() -> None:
    found, _ = document("-H", "127.0.0.1", "-p", "1")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**found, "surprise": 1}, SCHEMA)
