# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The same rows in each source, and rows that are wrong in each way."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from tcp_health.settings.rows import MOST_LINE

if TYPE_CHECKING:
    from collections.abc import Sequence

KINDS = ("lines", "csv", "jsonl", "json", "yaml", "inventory")

HOSTS = 7
"""The number of checks of each host of an inventory."""

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"host": "a", "port": "ssh"}, "port: invalid port"),
    ({"host": "a:0"}, "port: invalid port"),
    ({"host": "a"}, "port: no port given"),
    ({"host": "a:99999"}, "port: invalid port"),
    ({"host": "a:22", "port": "23"}, "port: conflicting ports"),
    ({"host": "/run/x.sock", "port": "23"}, "port: "),
    ({"host": "[db1]:22"}, "host: invalid host: only an IPv6 address"),
    ({"host": "a:b:c", "port": "22"}, "host: "),
    ({"host": "ftp://"}, "host: "),
    ({"host": "a:1", "retires": "2"}, "unknown setting: did you mean retries?"),
    ({"host": "a:1", "zebra": "2"}, "unknown setting"),
    ({"host": "a:1", "check_interval": "1m"}, "a setting of Nagios and Icinga"),
    ({"host": "a:1", "output": "json"}, "output: available on the command line only"),
    ({"host": "a:1", "retries": "two"}, "retries: invalid number"),
    ({"host": "a:1", "retries": "-1"}, "retries: invalid number"),
    ({"host": "a:1", "timeout": "0"}, "timeout: invalid timeout"),
    ({"host": "a:1", "timeout": "5:maybe"}, "timeout: invalid state"),
    ({"host": "a:1", "warning_time": "fast"}, "warning_time: invalid number"),
    ({"host": "a:1", "warning_time": "2", "critical_time": "1"}, "warning_time: invalid threshold"),
    ({"host": "a:1", "warning_certificate_days": "30"}, "warning_certificate_days: "),
    ({"host": "a:1", "family": "5"}, "family: invalid value"),
    ({"host": "a:1", "on_refused": "fine"}, "on_refused: invalid state"),
    ({"host": "a:1", "ssl": "perhaps"}, "ssl: invalid value"),
    ({"host": "a:1", "address": "db2"}, "address: "),
    ({"host": "a:1", "service": "gofer"}, "service: unknown service: did you mean gopher?"),
    ({"host": "a:53", "network": "udp"}, "send: With UDP checks"),
    ({"host": "a:1", "labels": "site"}, "labels: invalid value"),
    ({"host": "a:1", "labels": "a-b=c"}, "labels: invalid name"),
    ({"host": "a:1", "group": "nowhere"}, "group: unknown group"),
    ({"host": "a:1", "step": "speak"}, "step: step 1: unknown step"),
    ({"host": "a:1", "tls": "yes", "fingerprint": "abc"}, "fingerprint: invalid fingerprint"),
    ({"port": "22"}, "host: missing host"),
]
"""Rows that are wrong in every source, and the beginning of the reason."""

_WIDE = b"a:1 send='" + b"x" * MOST_LINE + b"'"
_DEEP = b'{"host": ' + b"[" * 30_000 + b"]" * 30_000 + b"}"

_OF_DOCUMENTS = [
    (b"5", "port: no port given"),
    (b'["a:1"]', "invalid row: must be a target"),
    (b'{"host": "a:1", "host": "b:1"}', "host: given twice"),
    (b'{"host": "a:1", "labels": {"x": 1, "x": 2}}', "labels: a name is given twice"),
    (b'{"host": "a:1", "send": {"x": 1}}', "send: invalid value"),
    (b'{"host": "a:1", "retries": [1, 2]}', "retries: invalid value: must be one value"),
]

RAW: dict[str, list[tuple[bytes, str]]] = {
    "lines": [
        (b"retries=2 a:1", "host: invalid target"),
        (b"a:1 send='x", "send: missing closing quote"),
        (b"a:1 send='x'y", "send: missing space"),
        (b"a:1 22", "port: unexpected"),
        (b"a:1 retries", "retries: missing value"),
        (b"a:1 retries=1 retries=2", "retries: given twice"),
        (b"a:1 =5", "missing name of a setting"),
        (b"a:1 host=b", "host: must be the first word"),
        (b"a:1 send=\xe9", "invalid byte 0xe9"),
        (b"a:1 send=\0", "invalid row: must not contain a NUL"),
        (_WIDE, "invalid row: longer than"),
    ],
    "csv": [
        (b"a:1", "invalid number of cells"),
        (b"a:1" + b"," * 99, "invalid number of cells"),
        (b'"a:1', "missing closing quote"),
        (b'"a"b:1', "invalid CSV"),
        (b"a\xe9:1", "invalid byte 0xe9"),
        (b"a:1,\0", "invalid row: must not contain a NUL"),
        (_WIDE, "invalid row: longer than"),
    ],
    "jsonl": [
        (b'{"host": "a:1"', "invalid JSON at column "),
        (b"{'host': 'a:1'}", "invalid JSON at column "),
        (b'{"host": "a:1"} {"host": "b:1"}', "invalid JSON at column "),
        (b'"a:1', "invalid JSON at column "),
        (b"null", "invalid row: must be a target"),
        *_OF_DOCUMENTS,
        (b'{"host": "a:1", "retries": 1.5}', "retries: invalid number"),
        (b'{"host": "a:1", "retries": true}', "retries: invalid value"),
        (b'{"host": "a\xe9:1"}', "invalid byte 0xe9"),
        (b'{"host": "a:1\0"}', "invalid row: must not contain a NUL"),
        (_DEEP, "invalid JSON: too many nested values"),
        (b'"' + _WIDE + b'"', "invalid row: longer than"),
    ],
    "json": [
        (b"null", "invalid row: must be a target"),
        *_OF_DOCUMENTS,
        (b'{"host": "a:1", "retries": 1e3}', "retries: invalid number"),
        (b'{"host": "a:1", "retries": true}', "retries: invalid value"),
    ],
    "yaml": [
        (b"", "invalid row: must be a target"),
        *_OF_DOCUMENTS,
        (b"{host: 'a:1', retries: yes}", "retries: invalid number"),
        (b"{host: 'a:1', retries: 0x10}", "retries: invalid number"),
        (b"{host: 'a', port: 1:20}", "port: invalid port"),
    ],
    "inventory": [
        *_OF_DOCUMENTS,
        (b'{"host": "{{ inventory_hostname }}:22"}', "host: invalid value: a template"),
        (b'{"port": 22, "send": "{{ password }}"}', "send: invalid value: a template"),
        (
            b'{"port": 22, "send": {"__ansible_vault": "$ANSIBLE_VAULT;1.1;AES256 6162"}}',
            "send: invalid value",
        ),
        (b'{"retries": 2}', "port: no port given"),
    ],
}
"""Rows that are wrong in one source only, as they are written there, and the beginning of the reason."""


def wrong_rows(kind: str) -> list[tuple[dict[str, Any] | bytes, str]]:
    """Return rows that are wrong in a source, with the beginning of the reason of each."""
    # A line begins with its host. A check of an inventory has the host of the inventory.
    common = [each for each in WRONG if "host" in each[0] or kind not in ("lines", "inventory")]
    return [*common, *RAW[kind]]


def written(kind: str, rows: Sequence[dict[str, Any] | bytes]) -> tuple[bytes, list[str]]:
    """Return a source with these rows, and the place of each. bytes: as the source has it."""
    if kind == "lines":
        body = [each if isinstance(each, bytes) else _line(each) for each in rows]
        return b"\n".join(body) + b"\n", [str(number) for number in range(1, len(rows) + 1)]
    if kind == "csv":
        return _csv(rows), [str(number) for number in range(2, len(rows) + 2)]
    texts = [
        each if isinstance(each, bytes) else json.dumps(each, ensure_ascii=False).encode() for each in rows
    ]
    if kind == "jsonl":
        return b"\n".join(texts) + b"\n", [str(number) for number in range(1, len(rows) + 1)]
    places = [f"targets[{number}]" for number in range(len(rows))]
    if kind == "json":
        return b'{"targets": [\n' + b",\n".join(texts) + b"\n]}\n", places
    if kind == "yaml":
        return b"targets:\n" + b"".join(b"- " + text + b"\n" for text in texts), places
    hosts = [texts[first : first + HOSTS] for first in range(0, len(texts), HOSTS)]
    variables = b",\n".join(
        b'"h%d": {"tcp_health_checks": [\n%s]}' % (number, b",\n".join(checks))
        for number, checks in enumerate(hosts)
    )
    places = [f"h{number // HOSTS}.tcp_health_checks[{number % HOSTS}]" for number in range(len(rows))]
    return b'{"_meta": {"hostvars": {\n' + variables + b'}}, "all": {"children": ["ungrouped"]}}\n', places


def _line(row: dict[str, Any]) -> bytes:
    words = [row.get("host", "")]
    for name, value in row.items():
        if name != "host":
            text = ",".join(map("=".join, value.items())) if isinstance(value, dict) else value
            words += [f"{name}={each}" for each in (text if isinstance(text, list) else [text])]
    return " ".join("'" + word.replace("'", "'\"'\"'") + "'" for word in words if word).encode()


def _csv(rows: Sequence[dict[str, Any] | bytes]) -> bytes:
    columns: list[str] = ["host"]
    for row in rows:
        for name, value in row.items() if isinstance(row, dict) else ():
            wanted = len(value) if isinstance(value, list) else 1
            columns += [name] * (wanted - columns.count(name))
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\n").writerow
    write(columns)
    out = text.getvalue().encode()
    for row in rows:
        if isinstance(row, bytes):
            out += row + b"\n"
            continue
        text = io.StringIO()
        left = {
            name: list(value) if isinstance(value, list) else [",".join(map("=".join, value.items()))]
            if isinstance(value, dict) else [value] for name, value in row.items()
        }  # fmt: skip
        csv.writer(text, lineterminator="\n").writerow(
            left[name].pop(0) if left.get(name) else "" for name in columns
        )
        out += text.getvalue().encode()
    return out
