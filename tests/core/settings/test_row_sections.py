# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rows as mappings: what they inherit from the defaults and their group, their labels, and invalid sections."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tcp_health.dialogue.steps import exchange
from tcp_health.settings.rows import MOST_GROUPS, MOST_LINE, Row, WrongRow, rows, rows_of


def shown(found: Any) -> list[str]:
    """Each row as the words of its command, or its place and the reason."""
    return [" ".join(each.words()) if isinstance(each, Row) else each.located("f") for each in found]


def lines(*texts: str) -> list[str]:
    return shown(rows([text.encode() for text in texts]))


def of(*mappings: object, **more: Any) -> list[Row | WrongRow]:
    return list(rows_of([(f"targets[{number}]", each) for number, each in enumerate(mappings)], **more))


def one(mapping: object, **more: Any) -> Row:
    [found] = of(mapping, **more)
    assert isinstance(found, Row), found
    return found


def test_a_row_overrides_its_group_and_a_group_the_defaults() -> None:
    defaults = {"timeout": 5, "retries": 1, "warning_time": "1s"}
    groups = {"db": {"retries": 2, "warning_time": "2s"}}
    found = of({"host": "a:1"}, {"host": "a:1", "group": "db"}, {"host": "a:1", "group": "db", "retries": 3},
               defaults=defaults, groups=groups)  # fmt: skip
    assert shown(found) == [
        "--host=a --port=1 --timeout=5 --retries=1 --warning-time=1s",
        "--host=a --port=1 --timeout=5 --retries=2 --warning-time=2s",
        "--host=a --port=1 --timeout=5 --retries=3 --warning-time=2s",
    ]


def test_the_sections_of_lines_are_those_of_mappings() -> None:
    assert lines(
        "[defaults] timeout=5 retries=1",
        "a:1",
        "[group db] retries=2 port=5432",
        "b",
        "c retries=3",
        "[group web] port=80",
        "d",
        "e group=db",
    ) == [
        "--host=a --port=1 --timeout=5 --retries=1",
        "--host=b --port=5432 --timeout=5 --retries=2",
        "--host=c --port=5432 --timeout=5 --retries=3",
        "--host=d --port=80 --timeout=5 --retries=1",
        "--host=e --port=5432 --timeout=5 --retries=2",
    ]


def test_none_takes_back_what_a_row_inherits() -> None:
    group = {"warning_time": "1s", "expect": ["a", "b"], "labels": {"x": "1"}}
    row = one(
        {"host": "a:1", "group": "g", "warning_time": None, "expect": [], "labels": None},
        groups={"g": group},
    )
    assert (row.words(), row.labels) == (["--host=a", "--port=1"], ())
    assert one({"host": "a:1", "group": None, "retries": None}, defaults={"retries": 2}).words() == [
        "--host=a",
        "--port=1",
    ]


@pytest.mark.parametrize(
    ("host", "port"),
    [("a", "5432"), ("a:22", "22"), ("[::1]:22", "22"), ("https://a", "443"), ("/run/x.sock", None)],
)
def test_a_port_in_the_target_is_the_row_s_own(host: str, port: str | None) -> None:
    assert dict(one({"host": host}, defaults={"port": 5432}).texts).get("port") == port


def test_a_repeatable_setting_replaces_the_inherited_one() -> None:
    row = one({"host": "a:1", "expect": "c"}, defaults={"expect": ["a", "b"]})
    assert row.words() == ["--host=a", "--port=1", "--expect=c"]


def test_an_inherited_escape_applies_to_the_row_s_own_text() -> None:
    row = one({"host": "a:1", "send": r"x\r\n"}, defaults={"escape": True})
    assert row.check.probe.recipe.dialogue == exchange(b"x\r\n")


def test_labels_are_merged_by_name() -> None:
    row = one(
        {"host": "a:1", "group": "g", "labels": {"team": "web", "empty": ""}},
        defaults={"labels": "site=fra,team=dba"},
        groups={"g": {"labels": {"rack": 7}}},
    )
    assert row.labels == (("rack", "7"), ("site", "fra"), ("team", "web"))


@pytest.mark.parametrize(
    "value",
    [{"a-b": "x"}, {"": "x"}, "site", "=x", "a=1,a=2", {"a": {"b": "c"}}, {"a": "x\ny"}, {"a": "x" * 256}, 5, {5: "x"}],
)  # fmt: skip
def test_an_invalid_label_makes_an_invalid_row(value: object) -> None:
    [found] = of({"host": "a:1", "labels": value})
    assert isinstance(found, WrongRow)
    assert found.name == "labels"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({}, "targets[0].host: missing host"),
        ({"host": None}, "targets[0].host: missing host"),
        ({"port": 22}, "targets[0].host: missing host"),
        (5, "targets[0]: invalid row: must be a target"),
        (None, "targets[0]: invalid row: must be a target"),
        (["a:1"], "targets[0]: invalid row: must be a target"),
        ({"host": ["a:1", "b:1"]}, "targets[0].host: invalid value: must be one value, not a list"),
        ({"host": "a", "port": "ssh"}, "targets[0].port: invalid port: must be a number from 1 to 65535"),
        ({"host": "a", "port": {"x": 1}}, "targets[0].port: invalid value: must be a text or a number"),
        ({"host": "a:1", "expect": [["x"]]}, "targets[0].expect: invalid value: must be a text or a number"),
        ({"host": "a:1", "send": b"x", "sni": b"x"}, "targets[0].sni: invalid value: must be a text or a number"),
        ({"host": "a:1", "retries": True}, "targets[0].retries: invalid value True: must be a string"),
        ({"host": "a:1", "retires": 1}, "targets[0]: unknown setting: did you mean retries?"),
        ({"host": "a:1", 5: 1}, "targets[0]: unknown setting"),
        ({"host": "a:1", "name": ""}, "targets[0].name: missing value"),
        ({"host": "a:1", "group": "x"}, "targets[0].group: unknown group: must be defined before its rows"),
        ({"host": "a:1", "output": "json"}, "targets[0].output: available on the command line only"),
        ({"host": "[defaults]", "group": "x"}, "targets[0].group: not accepted in a section"),
        ({"host": "[group x y]"}, "targets[0].group: invalid section: must be [defaults] or [group NAME]"),
    ],
)  # fmt: skip
def test_an_invalid_mapping_has_its_path_and_the_reason(row: object, reason: str) -> None:
    [text] = shown(of(row))
    assert text.startswith(f"f: {reason}")


INVALID_SECTIONS = (
    "[group db",
    "[group db] retries=two",
    "[group db] retires=2",
    "[group db] send='x",
    "[group db] port=1 port=2",
    "[group d/b]",
    "[group]",
    "[grp db]",
    "[db]",
    "[db] port=22",
    "[defaults] timeout=5",
    "[group other] # given before",
    "[group db] host=x",
    "[group db] \0",
    "[group db] " + "x" * MOST_LINE,
)


@pytest.mark.parametrize("section", INVALID_SECTIONS, ids=lambda each: each[:20])
def test_the_rows_of_an_invalid_section_are_invalid(section: str) -> None:
    found = lines("[group other] port=1", "a", section, "b", "c:2 group=other", "[group next] port=3", "d")
    assert found[0] == "--host=a --port=1"
    assert found[1].startswith("f:3: ")
    assert found[-1].endswith("--host=d --port=3") or section.startswith("[defaults")
    assert found[2] == "f:4: group: in an invalid section, see line 3"
    if not section.startswith("[defaults"):
        assert found[3] == "--host=c --port=2"
    assert len(found) == 5


def test_invalid_defaults_make_every_row_invalid() -> None:
    found = lines("[defaults] timeout=soon", "a:1", "[group g] port=2", "b", "c:1 group=g")
    assert [each[:4] for each in found] == ["f:1:", "f:2:", "f:4:", "f:5:"]


def test_the_defaults_come_first_and_once() -> None:
    found = lines("[defaults] timeout=5", "[defaults] timeout=6", "a:1")
    assert found[0].startswith("f:2: group: [defaults] must come once")
    assert found[1].startswith("f:3: group: in an invalid section")


def test_the_caller_s_defaults_are_below_those_of_the_file() -> None:
    found = rows([b"[defaults] retries=2", b"a:1"], {"timeout": 5, "retries": 1})
    assert shown(found) == ["--host=a --port=1 --timeout=5 --retries=2"]
    assert shown(rows([b"a:1", b"b:1 group=g"], groups={"g": {"retries": 3}})) == [
        "--host=a --port=1",
        "--host=b --port=1 --retries=3",
    ]


def test_an_invalid_section_of_the_caller_has_its_place() -> None:
    assert shown(of({"host": "a:1"}, defaults={"timeout": "soon"}))[0].startswith("f: defaults.timeout: ")
    assert shown(of({"host": "a:1"}, groups={"g": {"x": 1}}))[0] == "f: groups.g: unknown setting"


def test_the_number_of_groups_is_limited() -> None:
    found = lines(*(f"[group g{number}]" for number in range(MOST_GROUPS + 1)), "a:1")
    assert found == [
        f"f:{MOST_GROUPS + 1}: group: too many groups: must be at most {MOST_GROUPS}",
        f"f:{MOST_GROUPS + 2}: group: in an invalid section, see line {MOST_GROUPS + 1}",
    ]


def test_a_line_has_a_length_that_fits_the_memory() -> None:
    [found, after] = lines("a:1 send=" + "x" * MOST_LINE, "b:1")
    assert found == f"f:1: invalid row: longer than {MOST_LINE} bytes"
    assert after == "--host=b --port=1"


SETTINGS = st.dictionaries(
    st.sampled_from(["timeout", "retries", "warning_time", "send", "expect", "port", "name", "labels"]),
    st.one_of(st.none(), st.integers(1, 9), st.sampled_from(["1", "2", "x", ""])),
)


@settings(max_examples=500)
@given(SETTINGS, SETTINGS, SETTINGS)
def test_inheriting_is_the_same_as_writing_the_settings_in_the_row(
    defaults: dict[str, object], group: dict[str, object], own: dict[str, object]
) -> None:
    """Where the sections are valid, a row is what its merged mapping is."""
    found = of({"host": "a", "group": "g", **own}, defaults=defaults, groups={"g": group})
    merged = {"host": "a", **defaults, **group, **own}
    expected = of(merged)
    labels = [each.get("labels") for each in (defaults, group, own)]
    if len(found) == 1 and isinstance(found[0], Row) and not any(labels):
        assert found == expected
    else:
        assert any(isinstance(each, WrongRow) for each in found) or any(labels)


@settings(max_examples=300)
@given(st.lists(st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=9), st.binary(max_size=3), st.floats()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(
        st.one_of(st.sampled_from(["host", "port", "send", "expect", "labels", "group", "key", "name"]), st.text(max_size=5)),
        inner, max_size=4)), max_leaves=8), max_size=5))  # fmt: skip
def test_each_value_makes_a_row_an_invalid_row_or_a_section(values: list[object]) -> None:
    found = of(*values)
    places = [each.place for each in found]
    assert places == sorted(set(places))
    sections = sum(isinstance(each, dict) and str(each.get("host"))[:1] == "[" for each in values)
    sections += sum(isinstance(each, str) and each[:1] == "[" for each in values)
    assert len(values) - sections <= len(found) <= len(values)
