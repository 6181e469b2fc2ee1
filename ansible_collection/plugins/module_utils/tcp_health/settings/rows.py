# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Read a file of targets into checks. Each line is a row: a target, then its settings as key=value."""

from __future__ import annotations

import re
from operator import attrgetter

from ..model.recipe import Probe, Recipe
from ..model.result import Check, Options
from ..model.value import Value
from ..model.verdict import Policy
from .build import build
from .readers import TRUE, Given
from .table import SETTINGS, TABLE, SettingError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence
    from typing import Any, TypeVar

    Kind = TypeVar("Kind", bound=Hashable)

NAMING = {
    "name": "the name of the check on its host, as in 'tcp 5432'",
    "host_name": "the name of the host",
}
"""The keys of a row that are not settings. They name the check, and do not change it."""

# Most files have few different recipes, but the number has no limit. A pool of 10,000 recipes and texts takes at most
# 15 MB. A full pool is emptied.
POOL_LIMIT = 10_000

# The host of a Unix socket: the host that runs the check.
LOCAL_HOST = "localhost"

_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_PLACE = {setting.name: place for place, setting in enumerate(SETTINGS)}
_BLANKS = re.compile(r"[ \t]*")
_BARE = re.compile(r"[^ \t]*")
_KEY = re.compile(r"[^ \t'\"=]*=")
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")


class Row(Value):
    """A valid row.

    line        its number in the file, from 1; also the key of the probe
    host_name   the name of its host
    name        the name of the check on that host
    check       the check that its settings make
    texts       the settings as (name, text), host and port first, then in the table's order
    """

    line: int
    host_name: str
    name: str
    check: Check
    texts: tuple[tuple[str, str], ...]

    def words(self) -> list[str]:
        """Return the plugin's arguments for the same check, as long options in the form --name=value."""
        words = []
        for name, text in self.texts:
            flag = "--" + name.replace("_", "-")
            if TABLE[name].takes_value:
                words.append(f"{flag}={text}")
            elif text.lower() in TRUE:
                words.append(flag)
        return words


class Pool:
    """The objects that the rows of a file share: of equal objects, only the first is kept."""

    def __init__(self, limit: int = POOL_LIMIT) -> None:
        self._limit = limit
        self._known: dict[Hashable, Any] = {}

    def __len__(self) -> int:
        return len(self._known)

    def shared(self, each: Kind, key: Hashable = None) -> Kind:
        """Return the first object with this key. Without a key, return the first equal object."""
        known = self._known
        if key is None:
            key = each
        found: Kind | None = known.get(key)
        if found is None:
            if len(known) >= self._limit:
                known.clear()
            known[key] = found = each
        return found

    def check(self, built: Check) -> Check:
        """Return the same check, with the first recipe, policy and options that are equal to its own."""
        probe, policy, options = built.probe, built.policy, built.options
        recipe = self.shared(probe.recipe, _recipe_fields(probe.recipe))
        return Check(
            Probe(probe.target, recipe, probe.key),
            self.shared(policy, _policy_key(policy)),
            self.shared(options, _options_fields(options)),
        )


# Hashing a plain recipe takes 1.1 us, a tuple of its fields 0.4 us.
_recipe_fields = attrgetter(*Recipe.FIELDS)
_options_fields = attrgetter(*Options.FIELDS)
_policy_states = attrgetter(*(name for name in Policy.FIELDS if name != "thresholds"))


def _policy_key(policy: Policy) -> Hashable:
    # Ranges with different texts can be equal, as 1s and 1000ms, but the output contains the text that the user wrote.
    thresholds = [
        (name, warning, warning and warning.text, critical, critical and critical.text)
        for name, (warning, critical) in policy.thresholds.items()
    ]
    return (Policy, *thresholds, *_policy_states(policy))


class WrongRow(Value):
    """An invalid row: its number, the setting's name ("" for the whole row), and one sentence."""

    line: int
    name: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.name}: {self.sentence}" if self.name else self.sentence

    @property
    def reason(self) -> str:
        """The reason for the output of a program, without any text of the file: it may be a file of passwords."""
        from ..text.files import unquoted  # only a wrong row needs it

        known = f"{self.name}: " if self.name in TABLE or self.name in NAMING else ""
        return known + unquoted(self.sentence)


def rows(lines: Iterable[bytes], *, elsewhere: bool = False) -> Iterator[Row | WrongRow]:
    """Read the lines of a file that is opened for bytes. Empty lines and comments yield nothing.

    The text is UTF-8, with or without a byte order mark. A line ends with LF or CR LF. An invalid row yields a
    WrongRow, and the rows after it are read. elsewhere: whether another host runs the checks, as in ``build``.
    """
    pool = Pool()
    for number, line in enumerate(lines, 1):
        raw = line
        if number == 1:
            if raw.startswith(_UTF_16):
                yield WrongRow(1, "", "invalid encoding UTF-16: must be UTF-8")
                return
            raw = raw.removeprefix(_BOM)
        try:
            words = split(_decoded(raw))
            if words:
                yield _row(number, words, elsewhere, pool)
        except SettingError as error:
            yield WrongRow(number, error.name, error.sentence)


def _decoded(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SettingError(
            "", f"invalid byte 0x{raw[error.start]:02x} at position {error.start + 1}: must be UTF-8"
        ) from None
    if "\0" in text:
        raise SettingError("", "invalid row: must not contain a NUL character")
    return text.removesuffix("\n").removesuffix("\r")


def split(text: str) -> list[str]:
    """Split a line into words, without the quotes. Raises SettingError.

    Spaces and tabs separate words. # at the beginning of a word begins a comment. A word, or the part of it after
    the =, can be quoted with '…' or "…". A quoted part has no special characters, and can follow another one directly.
    A backslash is an ordinary character, because some settings have escapes of their own.
    """
    if "'" not in text and '"' not in text:
        words = [word for word in text.replace("\t", " ").split(" ") if word]
        comments = [place for place, word in enumerate(words) if word[0] == "#"]
        return words[: comments[0]] if comments else words
    words = []
    position = _end(_BLANKS, text, 0)
    while position < len(text) and text[position] != "#":
        word, position = _word(text, position)
        words.append(word)
        position = _end(_BLANKS, text, position)
    return words


def _word(text: str, start: int) -> tuple[str, int]:
    """Return the word that begins at ``start``, and the position of its end."""
    key = _KEY.match(text, start)
    word = key.group() if key else ""
    position = start + len(word)
    about = word[:-1]
    quoted = _QUOTED.match(text, position)
    if quoted is None:
        end = _end(_BARE, text, position)
        bare = text[position:end]
        if bare[:1] in ("'", '"'):
            raise SettingError(about, "missing closing quote")
        if "'" in bare or '"' in bare:
            raise SettingError(about, f"invalid quote inside {bare[:40]!r}: quote the whole value")
        return word + bare, end
    while quoted is not None:
        word += quoted.group(1) or quoted.group(2) or ""
        position = quoted.end()
        quoted = _QUOTED.match(text, position)
    rest = text[position : _end(_BARE, text, position)]
    if rest[:1] in ("'", '"'):
        raise SettingError(about, "missing closing quote")
    if rest:
        raise SettingError(about, f"missing space between the closing quote and {rest[:40]!r}")
    return word, position


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position


def _row(number: int, words: Sequence[str], elsewhere: bool, pool: Pool) -> Row:
    target = words[0]
    if "=" in target and not target.startswith("/"):
        raise SettingError(
            "host", f"invalid target {target[:40]!r}: a row must begin with its target, as in db1:5432"
        )
    texts: dict[str, list[str]] = {}
    for word in words[1:]:
        _take(word, texts)
    if "://" in target:
        target = _take_url(target, texts)
    naming = {key: texts.pop(key, [""])[0] for key in NAMING}
    given = Given()
    given.put(TABLE["host"], target)
    # A row has no order. In the table, escape comes before the texts that it changes.
    pairs = [(name, text) for name in sorted(texts, key=_PLACE.__getitem__) for text in texts[name]]
    for name, text in pairs:
        given.put(TABLE[name], text)
    check = pool.check(build(given.values, number, elsewhere=elsewhere))
    where = check.probe.target
    if where.path is not None:
        if "port" in texts:
            raise SettingError("port", "a Unix socket has no port")
        place = [("host", where.path)]
    else:
        place = [("host", where.host or ""), pool.shared(("port", str(where.port)))]
    kind = given.values.get("service") or check.probe.recipe.network
    host_name = naming["host_name"] or where.host or LOCAL_HOST
    if host_name == where.host:
        host_name = where.host  # one text, not two
    return Row(
        number,
        host_name,
        pool.shared(naming["name"] or f"{kind} {where.path or where.port}"),
        check,
        (*place, *(pool.shared(pair) for pair in pairs if pair[0] != "port")),
    )


def _take(word: str, texts: dict[str, list[str]]) -> None:
    """Add the text of a word key=value to the texts."""
    name, equals, text = word.partition("=")
    setting = TABLE.get(name)
    if not name:
        raise SettingError("", f"missing name of a setting before {word[:40]!r}: must be key=value")
    if not equals and name.isdigit():
        raise SettingError(
            "port", f"unexpected {name[:40]!r}: write the port as host:{name[:5]} or port={name[:5]}"
        )
    if name in NAMING:
        if not text:
            raise SettingError(name, f"missing value: must be {NAMING[name]}")
    elif setting is None or "rows" not in setting.edges:
        from .mistakes import unknown_setting  # only a wrong word needs it

        raise SettingError(name, unknown_setting(name, "rows", NAMING))
    elif name == "host":
        raise SettingError("host", "must be the first word of the row")
    elif not equals:
        example = setting.metavar if setting.takes_value else "yes"
        raise SettingError(name, f"missing value: write {name}={example}")
    if name in texts and (setting is None or not setting.repeatable):
        raise SettingError(name, "given twice")
    texts.setdefault(name, []).append(text)


def _take_url(url: str, texts: dict[str, list[str]]) -> str:
    """Add the settings that a URL means to the texts; return the URL's host."""
    from .urls import settings_of  # most targets are no URL

    (_, host), *others = settings_of(url, texts.get("service", [""])[0])
    for name, text in others:
        if name not in texts or TABLE[name].kind == "flag":
            texts[name] = [text]
    return host
