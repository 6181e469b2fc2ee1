# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The count of avoided words: the words that it finds and allows, and the texts that it reads."""

from __future__ import annotations

import pytest

from support.english import WORDS
from support.prose import KINDS, Passage, passages

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Whoever answers there as somebody else is nobody's matter.", ["Whoever", "somebody", "nobody"]),
        ("options end at the first word that is none", ["none"]),
        ("none, data or eof; none of them", []),
        ("the port behind it, in front of the name", ["behind", "in front"]),
        ("a host behind a NAT, behind the second load balancer", []),
        ("a proxy in front of the server", []),
        ("it is told what stands there, and says so", ["told", "stands", "says"]),
        ("RFC 9525 says so, and tcp(7) says more; to tell them apart", []),
        ("names parted by commas\nor blanks", ["parted", "blanks"]),
        ("a blank line stands for the end", []),
        ("the peer's kernel\nis asked", ["kernel is asked"]),
        ("the question is answered", ["question is answered"]),
        ("it takes its leave", ["takes its leave"]),
        ("three rounds of patience, a riddle", ["rounds", "patience", "riddle"]),
        ("the round trip, the round-\n  trip, rounded; it rounds up", []),
        ("the row says-nothing; kind: none: no route; a check cannot tell a router from a firewall", []),
        ("a target that cannot be: two ports", ["cannot be"]),
        ("a target that cannot be read", []),
        ("refused by the host or in its name", ["or in its name"]),
        ("underscores in its name", []),
        ("a port is a number, unlike 'ssh'", ["unlike"]),
        ("the prober's own certificate has ended", ["prober", "certificate has ended"]),
        ('`nobody` and "somebody" are values, --none is an option', []),
        ("nothing avoided: after, before, prints, is, spaces", []),
    ],
)
def test_avoided_words_are_found_and_innocent_uses_are_not(text: str, words: list[str]) -> None:
    found = [hit.word for hit in Passage("comments", "x.py", 1, text).hits()]
    assert sorted(found) == sorted(words)


def test_a_hit_has_its_line() -> None:
    [hit] = Passage("comments", "x.py", 7, "one\ntwo\nnobody").hits()
    assert (hit.file, hit.line, str(hit)) == ("x.py", 9, f"x.py:9: nobody -> {hit.better}")


def test_the_name_of_a_field_in_a_docstring_is_no_prose() -> None:
    fields = "A row.\n\n    says, never  what it says\n    told         it has none\n"
    found = sorted((hit.line, hit.word) for hit in Passage("docstrings", "x.py", 1, fields).hits())
    assert found == [(3, "says"), (4, "none")]
    assert len(list(Passage("comments", "x.py", 1, fields).hits())) == 4


def test_edge_is_avoided_only_in_texts_for_users() -> None:
    assert not list(Passage("docs", "ARCHITECTURE.md", 1, "an edge").hits())
    assert list(Passage("docs", "docs/tls.md", 1, "an edge").hits())
    assert list(Passage("messages", "plugins/tcp_health/report.py", 1, "an edge").hits())


def test_every_word_has_one_row_and_a_replacement() -> None:
    assert len({word.word for word in WORDS}) == len(WORDS)
    assert all(word.better for word in WORDS)


def test_every_kind_of_prose_is_read() -> None:
    found = list(passages())
    assert {each.kind for each in found} == set(KINDS)
    assert sum(each.words for each in found) > 50_000
    places = {each.file for each in found}
    assert {
        "README.md",
        ".make/install.py",
        "plugins/check_tcp_health",
        "tests/acceptance/9-7-language",
    } <= places
    assert {
        "ansible_collection/plugins/modules/tcp_health.yml",
        "check_tcp_health --help-all",
        "tcp_health_listener --help",
    } <= places
