# Copyright: (c) 2026, the tcp-health maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command lines that Nagios and Icinga 2 would run for a configuration."""

from __future__ import annotations

import re
import shlex

from hypothesis import strategies as st

TEXT = st.text(st.characters(blacklist_characters="\n\0", blacklist_categories=["Cs"]), max_size=30)
NASTY = st.text("a \\'\"$;!|&#`*{}%\t\r()", max_size=12)


def nagios_words(text: str) -> list[list[str]]:
    """The words of Nagios' command line for each service of a configuration, split and expanded as in its source."""
    found = []
    for line in text.split("\n"):
        assert not line.endswith("\\"), "the next line would belong to it"
        comment = re.search(r"(?<!\\);", line)
        kept = (line[: comment.start()] if comment else line).strip().replace("\\;", ";")
        if not kept.startswith("check_command"):
            continue
        name, *arguments = re.split(r"(?<!\\)!", kept.split(None, 1)[1])
        [argument] = [each.replace("\\!", "!") for each in arguments]
        assert name == "check_tcp_health"
        assert not re.search(r"\$[^$]+\$", argument.replace("$$", "")), "a macro"
        found.append(shlex.split(argument.replace("$$", "$")))
    return found


ICINGA_ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n", "\\t": "\t", "\\r": "\r"}


def icinga_literal(text: str) -> object:
    """The value of a literal of Icinga's configuration language, after its macros were replaced."""
    if text in {"true", "false"}:
        return text == "true"
    if text.isdigit():
        return text
    if text.startswith("["):
        return [icinga_literal(each) for each in re.findall(r'"(?:[^"\\]|\\.)*"', text[1:-1])]
    assert re.fullmatch(r'"([^"\\\n]|\\["\\ntr])*"', text), text
    plain = re.sub(r"\\.", lambda match: ICINGA_ESCAPES[match.group()], text[1:-1])
    assert "$" not in plain.replace("$$", ""), "a macro"
    return plain.replace("$$", "$")


def icinga_words(command_text: str, targets_text: str) -> list[list[str]]:
    """The words of Icinga's command line for each service, from the arguments of the CheckCommand."""
    arguments = re.findall(
        r'^    "(--[a-z0-9-]+)" = \{\n(.*?)^    \}', command_text, re.MULTILINE | re.DOTALL
    )
    found = []
    for body in re.findall(r"^object Service (.*?)^\}", targets_text, re.MULTILINE | re.DOTALL):
        values = {
            name: icinga_literal(literal)
            for name, literal in re.findall(r"^  vars\.(\w+) = (.*)$", body, re.MULTILINE)
        }
        words = []
        for flag, inside in sorted(arguments, key=lambda each: int(re.findall(r"order = (\d+)", each[1])[0])):
            key, variable = re.findall(r'(value|set_if) = "\$(\w+)\$"', inside + 'value = "$none$"')[0]
            value = values.pop(variable, None)
            if key == "set_if":
                words += [flag] if value else []
            elif value is not None:
                assert 'separator = "="' in inside
                assert isinstance(value, str) or "repeat_key = true" in inside
                words += [f"{flag}={each}" for each in (value if isinstance(value, list) else [value])]
        assert values == {}, "no argument takes them"
        found.append(words)
    return found
