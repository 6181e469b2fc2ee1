# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rows from each source: the checks that they make, the places of those that are wrong, and the bounds."""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.row_sources import KINDS, written, wrong_rows
from tcp_health.settings.rows import Row, WrongRow, rows_of
from tcp_health.text.files import FileError
from tcp_health_plugins.common import row_files
from tcp_health_plugins.common.row_files import FORMATS, format_of, read_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

PLUGINS = str(Path(__file__).resolve().parents[3] / "plugins")
SECRET = "Zx9Qw7Kv"  # noqa: S105 - the one of the test

GOOD: list[dict[str, Any]] = [
    {"host": "db1:5432"},
    {"host": "db1", "port": "5432", "retries": "2", "warning_time": "200ms"},
    {"host": "[2001:db8::7]:22", "host_name": "gate", "expect": ["SSH-2.0", "a b"]},
    {"host": "mail.example.org", "service": "imap", "name": "mailbox access", "labels": {"site": "fra", "team": "x"}},
    {"host": "/run/app.sock", "name": "the 'app' \"x\"", "wait": "30"},
    {"host": "https://www/", "key": "a key", "send": "it's\ta, \"b\"; {c} # d"},
]  # fmt: skip


def read(
    tmp_path: Path, text: bytes | str, kind: str | None = None, name: str = "f", **more: Any
) -> list[Row | WrongRow]:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return list(read_rows(str(path), kind, **more))


def shown(found: Sequence[Row | WrongRow]) -> list[str]:
    return [" ".join(each.words()) if isinstance(each, Row) else each.located("f") for each in found]


def parts(row: Row, kind: str) -> tuple[Any, ...]:
    """What is the same for a row of each source. A host of an inventory names its checks."""
    check = row.check
    named = "" if kind == "inventory" else row.host_name
    return named, row.name, row.labels, check.probe.target, check.probe.recipe, check.policy, check.options


def test_each_source_makes_the_same_checks(tmp_path: Path) -> None:
    expected = list(rows_of([(str(number), row) for number, row in enumerate(GOOD)]))
    assert all(isinstance(each, Row) for each in expected)
    for kind in KINDS:
        text, places = written(kind, GOOD)
        found = read(tmp_path, text, kind)
        assert [each.place for each in found] == places
        for one, other in zip(found, expected):
            assert isinstance(one, Row), one
            assert isinstance(other, Row)
            assert parts(one, kind) == parts(other, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_row_has_its_place_and_its_reason_and_the_others_are_read(kind: str, tmp_path: Path) -> None:
    mixed: list[tuple[dict[str, Any] | bytes, str | None]] = [
        *wrong_rows(kind),
        *(({"host": f"h{number}:1"}, None) for number in range(60)),
    ]
    random.Random(13).shuffle(mixed)  # noqa: S311 - the same order each time
    text, places = written(kind, [row for row, _ in mixed])
    found = read(tmp_path, text, kind)
    assert [each.place for each in found] == places
    for each, (row, reason) in zip(found, mixed):
        if reason is None:
            assert isinstance(each, Row), each
            assert isinstance(row, dict)
            assert each.check.probe.target.text == row["host"]
            continue
        assert isinstance(each, WrongRow), row
        assert each.reason.startswith(reason), row
        assert str(each).strip()


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.csv", "csv"), ("a.JSON", "json"), ("a.jsonl", "jsonl"), ("a.ndjson", "jsonl"), ("a.yaml", "yaml"),
     ("a.yml", "yaml"), ("a", "lines"), ("a.txt", "lines"), ("-", "lines"), ("csv", "lines")],
)  # fmt: skip
def test_the_end_of_the_name_is_the_format(name: str, kind: str) -> None:
    assert format_of(name) == kind


def test_the_formats_are_those_that_can_be_given() -> None:
    assert set(FORMATS) == set(KINDS)


# Lines, CSV and JSON lines


def test_sections_are_rows_of_csv_and_json_lines(tmp_path: Path) -> None:
    expected = ["--host=a --port=5432 --timeout=5 --retries=2", "--host=b --port=1 --timeout=5"]
    csv = "host,port,timeout,retries,group\n[defaults],,5,,\n[group db],5432,,2,\na,,,,\n[group x],1,,,\nb,,,,\n"
    assert shown(read(tmp_path, csv, "csv")) == expected
    values = [{"host": "[defaults]", "timeout": 5}, {"host": "[group db]", "port": 5432, "retries": 2}, "a",
              {"host": "b", "port": 1, "group": None}]  # fmt: skip
    assert shown(read(tmp_path, "\n".join(map(json.dumps, values)), "jsonl")) == expected


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_the_columns_of_csv_are_separated_by_what_separates_their_names(sign: str, tmp_path: Path) -> None:
    text = (
        sign.join(["host", "name", "expect", "expect"]) + "\r\n" + sign.join(["a:1", '"x, y; z"', "p", "q"])
    )
    [found] = read(tmp_path, b"\xef\xbb\xbf" + text.encode() + b"\r\n", "csv")
    assert isinstance(found, Row)
    assert (found.name, found.words()) == ("x, y; z", ["--host=a", "--port=1", "--expect=p", "--expect=q"])


def test_csv_without_names_of_columns_is_wrong_as_a_whole(tmp_path: Path) -> None:
    found = shown(read(tmp_path, "db1:5432,2\ndb2:5432,3\n", "csv"))
    assert found[0].startswith("f:1: host: missing column")
    assert [each[:4] for each in found] == ["f:1:", "f:2:"]


def test_empty_lines_and_comments_of_csv_are_no_rows(tmp_path: Path) -> None:
    text = "# targets\n\nhost,port\n# x,1\n,\na,1\n \n"
    assert shown(read(tmp_path, text, "csv")) == ["--host=a --port=1"]


@pytest.mark.parametrize(
    ("kind", "broken"),
    [("csv", '[group x],"'), ("csv", "[group x],1,1"), ("csv", "[group x],ssh"), ("jsonl", '{"host": "[group x]", '),
     ("jsonl", '{"host": "[group x]", "port": "ssh"}'), ("jsonl", '{"host": "[group x]", "port": 1, "port": 2}'),
     ("csv", "[group x],\0"), ("jsonl", '{"host": "[group x]\0"}')],
)  # fmt: skip
def test_the_rows_of_a_broken_section_are_invalid(kind: str, broken: str, tmp_path: Path) -> None:
    csv = ["host,port", "[group a],1", "h1,", broken, "h2,", "[group b],2", "h3,"]
    jsonl = [
        "",
        '{"host": "[group a]", "port": 1}',
        '"h1"',
        broken,
        '"h2"',
        '{"host": "[group b]", "port": 2}',
        '"h3"',
    ]
    found = shown(read(tmp_path, "\n".join(csv if kind == "csv" else jsonl), kind))
    assert (found[0], found[-1]) == ("--host=h1 --port=1", "--host=h3 --port=2")
    assert found[1].startswith("f:4: ")
    assert found[2] == "f:5: group: in an invalid section, see line 4"


@pytest.mark.parametrize("kind", KINDS)
def test_utf_16_is_reported_once(kind: str, tmp_path: Path) -> None:
    text = "\ufeffhost,port\na,1\nb,2\n".encode("utf-16-le")
    assert shown(read(tmp_path, text, kind)) == ["f:1: invalid encoding UTF-16: must be UTF-8"]


# Documents


def test_a_document_has_defaults_groups_and_targets(tmp_path: Path) -> None:
    document = {
        "targets": ["www:80", {"host": "mail", "service": "imap", "group": "db", "port": None}],
        "groups": {"db": {"port": 5432, "retries": 2, "targets": ["db1", {"host": "db2", "retries": 0}]}, "none": None},
        "defaults": {"timeout": 5},
    }  # fmt: skip
    expected = [
        "targets[0] --host=www --port=80 --timeout=5",
        "targets[1] --host=mail --port=143 --service=imap --timeout=5 --retries=2",
        "groups.db.targets[0] --host=db1 --port=5432 --timeout=5 --retries=2",
        "groups.db.targets[1] --host=db2 --port=5432 --timeout=5 --retries=0",
    ]
    for kind in ("json", "yaml"):
        found = read(tmp_path, json.dumps(document), kind)
        assert [f"{each.place} {text}" for each, text in zip(found, shown(found))] == expected
    assert shown(read(tmp_path, '["www:80"]', "json")) == ["--host=www --port=80"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("5", ["f: invalid document: must be a list of targets"]),
        ("null", ["f: invalid document: must be a list of targets"]),
        ("{ ]", ["f:1: invalid "]),
        ('{"targets": ["a:1"],\n "x": [}', ["f:2: invalid "]),
        ("[" * 100_000, ["f:"]),
        ('{"targets": {"a": 1}}', ["f: targets: invalid targets: must be a list"]),
        ('{"default": {"port": 1}, "targets": ["a:1"]}', ["f: invalid document: must only have defaults", "f: targets[0].group: in an"]),
        ('{"_meta": {}, "all": {}}', ["f: invalid document: must only have defaults, groups, targets: an Ansible", "f: "]),
        ('{"targets": ["a:1"], "targets": ["b:1"]}', ["f: targets: given twice", "f: targets[0].group: in an"]),
        ('{"defaults": 5, "targets": ["a:1"]}', ["f: defaults: invalid section: must be names", "f: targets[0].group: in an"]),
        ('{"defaults": {"host": "x"}, "targets": ["a:1"]}', ["f: defaults.host: not accepted", "f: targets[0].group: in an"]),
        ('{"groups": [1], "targets": ["a:1"]}', ["f: groups: invalid groups", "f: targets[0].group: in an"]),
        ('{"groups": {"g": 5}, "targets": ["a:1"]}', ["f: groups.g: invalid section: must be names", "--host=a"]),
        ('{"groups": {"g": {"targets": 5}}}', ["f: groups.g.targets: invalid targets: must be a list"]),
        ('{"groups": {"g h": {"targets": ["a:1"]}}}', ["f: groups[0].group: invalid section", "f: groups[0].targets[0].group: unknown"]),
        ('{"groups": {"g": {"port": "x", "targets": ["a"]}}}', ["f: groups.g.port: invalid port", "f: groups.g.targets[0].group: unknown"]),
        ('{"groups": {"g": {"port": 1, "port": 2, "targets": ["a"]}}}', ["f: groups.g.port: given twice", "f: groups.g.targets[0].group: unknown"]),
        ('{"groups": {"g": {"targets": ["a:1"]}, "g": {"targets": ["b:1"]}}}', ["f: groups.g: given twice", "f: groups.g.targets[0].group: unknown"]),
    ],
    ids=lambda each: each[:60] if isinstance(each, str) else "",
)  # fmt: skip
@pytest.mark.parametrize("kind", ["json", "yaml"])
def test_a_wrong_part_of_a_document_runs_nothing_below_it(
    text: str, found: list[str], kind: str, tmp_path: Path
) -> None:
    lines = shown(read(tmp_path, text, kind))
    if kind == "yaml" and text == "5":
        found = ["f: invalid document: must be a list of targets"]
    assert len(lines) == len(found), lines
    for line, expected in zip(lines, found):
        assert line.startswith(expected), lines


def test_yaml_keeps_what_is_written(tmp_path: Path) -> None:
    text = """
base: &base
- {host: a, port: 0022, warning_time: 10:20, name: no, send: 1e3, expect: ["0x1F", on, 12_3]}
"""
    [found] = read(tmp_path, text.replace("base: &base", "targets:"), "yaml")
    assert isinstance(found, Row)
    assert (found.name, found.words()) == (
        "no",
        ["--host=a", "--port=22", "--send=1e3", "--expect=0x1F", "--expect=on", "--expect=12_3", "--warning-time=10:20"],
    )  # fmt: skip


def test_yaml_has_anchors_and_merges(tmp_path: Path) -> None:
    text = """
groups:
  one: &one {retries: 1, timeout: 3, targets: []}
  two: {<<: *one, retries: 2, targets: [a:1]}
  three: {<<: [{timeout: 4}, *one], targets: [&b b:1, *b]}
"""
    assert shown(read(tmp_path, text, "yaml")) == [
        "--host=a --port=1 --timeout=3 --retries=2",
        "--host=b --port=1 --timeout=4 --retries=1",
        "--host=b --port=1 --timeout=4 --retries=1",
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("- !!python/object/apply:os.system [id]", "f:1: invalid YAML: tags are not accepted"),
        ("- !vault x", "f:1: invalid YAML: tags are not accepted"),
        ("- a:1\n- &x [*x]", "f:2: invalid YAML: found unconstructable recursive node"),
        ("- *x", "f:1: invalid YAML: found undefined alias"),
        ("a: 1\n---\nb: 2", "f:2: invalid YAML: but found another document"),
        ("- {[a]: b}", "f:1: invalid YAML: a name must be a text"),
        ("- {<<: x}", "f:1: invalid YAML: only names with values can be merged"),
        ("- a:1\x01", "f: invalid YAML: a character that YAML does not accept"),
    ],
)
def test_invalid_yaml_is_one_error_with_its_line(text: str, reason: str, tmp_path: Path) -> None:
    [line] = shown(read(tmp_path, text, "yaml"))
    assert line.startswith(reason)


def test_merges_of_merges_take_no_time(tmp_path: Path) -> None:
    lines = ["x0: &x0 {" + ", ".join(f"a{number}: 1" for number in range(50)) + "}"]
    lines += [f"x{depth}: &x{depth} {{<<: [{', '.join([f'*x{depth - 1}'] * 9)}]}}" for depth in range(1, 30)]
    lines.append("targets: [a:1]")
    assert shown(read(tmp_path, "\n".join(lines), "yaml"))[-1].startswith(
        "f: targets[0].group: in an invalid"
    )


@pytest.mark.parametrize("kind", ["json", "yaml", "inventory"])
def test_a_document_has_a_size_that_fits_the_memory(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "f"
    with path.open("wb") as file:
        file.truncate((1 << 25) + 1)
    with pytest.raises(FileError, match=r"longer than \d+ bytes: use lines, CSV or JSON lines"):
        list(read_rows(str(path), kind))


def test_a_missing_pyyaml_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    monkeypatch.delitem(sys.modules, "tcp_health_plugins.common.yaml_text", raising=False)
    with pytest.raises(FileError, match="the Python package yaml is missing: install PyYAML"):
        read(tmp_path, "- a:1", "yaml")


# Inventories


def inventory(**hosts: object) -> str:
    return json.dumps({"_meta": {"hostvars": hosts}, "all": {"children": ["ungrouped"]}})


def test_a_check_of_an_inventory_has_the_host_and_its_address(tmp_path: Path) -> None:
    text = inventory(
        db1={"ansible_host": "10.0.0.1", "tcp_health_checks": [{"port": 5432}, "other:22"],
             "tcp_health_defaults": {"retries": 2, "labels": {"site": "fra"}}},
        db2={"ansible_host": "db2.example.org", "tcp_health_checks": [{"port": 22}]},
        db3={"tcp_health_checks": [{"service": "ssh", "send": {"__ansible_unsafe": "{{ x }}"}}]},
        db4={"ansible_host": "10.0.0.4"}, db5={"tcp_health_checks": []},
    )  # fmt: skip
    found = read(tmp_path, text, "inventory")
    assert shown(found) == [
        "--host=db1 --port=5432 --address=10.0.0.1 --retries=2",
        "--host=other --port=22 --retries=2",
        "--host=db2.example.org --port=22",
        "--host=db3 --port=22 --service=ssh --send={{ x }}",
    ]
    assert [each.host_name for each in found if isinstance(each, Row)] == ["db1", "db1", "db2", "db3"]
    assert found[1].place == "db1.tcp_health_checks[1]"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[]", "f: invalid inventory: must be what ansible-inventory --list prints"),
        ("{}", "f: invalid inventory: must be what ansible-inventory --list prints"),
        ('{"_meta": {"hostvars": {}}, "db": {"vars": {"tcp_health_checks": []}}}', "f: db.vars: printed with --export"),
        (inventory(a={"tcp_health_checks": "x:1"}), "f: a.tcp_health_checks: invalid checks: must be a list"),
        (inventory(a={"tcp_health_checks": [{"port": 1}], "ansible_host": "{{ x }}"}), "f: a.tcp_health_checks[0].host: invalid value: a template"),
        (inventory(a={"tcp_health_checks": [{"port": 1, "labels": {"x": "{{ y }}"}}]}), "f: a.tcp_health_checks[0].labels: invalid value: a template"),
        (inventory(a={"tcp_health_checks": [{"port": 1}], "tcp_health_defaults": {"retries": "x"}}), "f: a.tcp_health_defaults.retries: invalid number"),
        (inventory(a={"tcp_health_checks": [{"port": 1}], "tcp_health_defaults": 5}), "f: a.tcp_health_defaults: invalid section"),
    ],
    ids=lambda each: each[-60:],
)  # fmt: skip
def test_a_wrong_part_of_an_inventory_has_its_place(text: str, reason: str, tmp_path: Path) -> None:
    lines = shown(read(tmp_path, text, "inventory"))
    assert lines[0].startswith(reason)
    assert not any(line.startswith("--") for line in lines)


@pytest.mark.once
def test_what_ansible_inventory_prints_is_read(tmp_path: Path) -> None:
    program = Path(sys.executable).parent / "ansible-inventory"
    if not program.exists():
        pytest.skip("ansible-core needs Python 3.11")
    (tmp_path / "hosts.yml").write_text("""
all:
  vars: {tcp_health_defaults: {timeout: 5}}
  children:
    db:
      vars: {tcp_health_checks: [{port: 5432, warning_time: 200ms}]}
      hosts: {db1: {ansible_host: 10.0.0.1}, db2: {tcp_health_checks: [{port: 22}, "x:1"]}}
    web:
      hosts: {www: {tcp_health_checks: [{port: 80, expect: !unsafe "{{ x }}"}]}, idle: {}}
""")
    printed = subprocess.run(
        [program, "-i", tmp_path / "hosts.yml", "--list"], capture_output=True, check=True
    ).stdout
    assert sorted(shown(read(tmp_path, printed, "inventory"))) == [
        "--host=db1 --port=5432 --address=10.0.0.1 --timeout=5 --warning-time=200ms",
        "--host=db2 --port=22 --timeout=5",
        "--host=www --port=80 --timeout=5 --expect={{ x }}",
        "--host=x --port=1 --timeout=5",
    ]


# Every source


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", ["/nonexistent/x", "/dev/zero", "/", "/dev/tty"])
def test_a_file_that_cannot_be_read_is_an_error_with_its_path(kind: str, path: str) -> None:
    with pytest.raises(FileError, match=path):
        list(read_rows(path, kind))


@pytest.mark.parametrize("kind", KINDS)
def test_standard_input_is_a_source(kind: str) -> None:
    text, _ = written(kind, GOOD)
    program = (
        f"import sys; sys.path.insert(0, {PLUGINS!r}); from tcp_health_plugins.common.row_files import read_rows;"
        "print(sum(hasattr(each, 'check') for each in read_rows('-', sys.argv[1])))"
    )
    done = subprocess.run([sys.executable, "-c", program, kind], input=text, capture_output=True, check=True)
    assert done.stdout.split() == [b"6"]


@pytest.mark.parametrize("kind", row_files.STREAMED)
def test_a_streamed_source_is_read_as_it_comes(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    text, _ = written(kind, GOOD[:2])
    with os.fdopen(reading, "rb") as file, os.fdopen(writing, "wb") as pipe:

        class Input:
            buffer = file

        monkeypatch.setattr(sys, "stdin", Input)
        pipe.write(text)
        pipe.flush()
        found = read_rows("-", kind)
        assert [next(found).place, next(found).place] == written(kind, GOOD[:2])[1]


MEMORY = """
import resource, sys
sys.path.insert(0, sys.argv[1])
from tcp_health_plugins.common.row_files import read_rows
count = sum(1 for each in read_rows(sys.argv[2], sys.argv[3]))
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.once
@pytest.mark.parametrize("kind", row_files.STREAMED)
def test_the_memory_of_a_streamed_source_has_a_bound(kind: str, tmp_path: Path) -> None:
    def peak(count: int) -> int:
        path = tmp_path / "f"
        path.write_bytes(
            written(kind, [{"host": f"h{number}:1", "retries": "2"} for number in range(count)])[0]
        )
        command = [sys.executable, "-c", MEMORY, PLUGINS, str(path), kind]
        found, most = map(int, subprocess.run(command, capture_output=True, check=True).stdout.split())
        assert found == count
        return most

    assert peak(40_000) < peak(20_000) + 2000


def test_one_endless_line_does_not_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "f"
    with path.open("wb") as file:
        file.truncate(1 << 28)
        file.seek(0, os.SEEK_END)
        file.write(b"\na:1\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert shown(list(read_rows(str(path)))) == [
        "f:1: invalid row: longer than 65536 bytes", "--host=a --port=1",
    ]  # fmt: skip
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before + 50_000


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "text",
    [
        SECRET, f"user:{SECRET}", f'"{SECRET}"', f"'{SECRET}", f"host,{SECRET}\n{SECRET},{SECRET}", f'host\n{SECRET}\n"{SECRET}',
        f'{{"{SECRET}": "{SECRET}"}}', f'{{"targets": [{{"host": "{SECRET}", "{SECRET}": 1}}]}}', f'["{SECRET}"]',
        f'["{SECRET}", {{"host": "a:1", "send": ["{SECRET}", {{"x": "{SECRET}"}}]}}]', f"password: {SECRET}", f"- {SECRET}: {SECRET}",
        f"- !{SECRET} x", f"- *{SECRET}", f"- &{SECRET} a\n- &{SECRET} b", f"- '{SECRET}", f"%{SECRET}", f"{{{SECRET}: [}}",
        f'{{"groups": {{"{SECRET} x": {{"port": "{SECRET}"}}}}}}', f'{{"host": "a:1", "labels": {{"{SECRET}-": "{SECRET}"}}}}',
        f'{{"host": "a:1", "group": "{SECRET}"}}', f'{{"_meta": {{"hostvars": {{"a": {{"tcp_health_checks": ["{SECRET}", {{"send": "{{{{ {SECRET}"}}]}}}}}}}}',
        f"host: a:1\nkey: |\n {SECRET}\n x: -", f"[defaults] timeout={SECRET}\n[group {SECRET} x]\na:1", f"a:1 labels={SECRET}",
    ],
)  # fmt: skip
def test_no_text_of_a_source_is_in_an_error(text: str, kind: str, tmp_path: Path) -> None:
    for each in read(tmp_path, text, kind):
        if isinstance(each, WrongRow):
            assert SECRET not in each.located("f"), each


BYTES = st.one_of(
    st.binary(max_size=200),
    st.text('[]{}",:;#\'\n\t -&*!<>|%=@\\ab12\0é', max_size=120).map(str.encode),
    st.lists(st.sampled_from(["host", ",", "\n", '"', "[group a]", "[defaults]", " ", "a:1", "port=1", "{", "}", ":", "targets", "- ",
                              "groups", "_meta", "hostvars", "tcp_health_checks", "[", "]", "null", "'"]), max_size=30).map("".join).map(str.encode),
)  # fmt: skip


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=BYTES, kind=st.sampled_from(KINDS))
def test_any_bytes_are_rows_or_invalid_rows(text: bytes, kind: str, tmp_path: Path) -> None:
    for each in read(tmp_path, text, kind):
        assert isinstance(each, (Row, WrongRow))
        if isinstance(each, WrongRow):
            assert each.located("f").isprintable() or "\\" in repr(each)
