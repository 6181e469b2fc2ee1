# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""Make the checks of rows: a row's own settings override those of its group, and those override the defaults."""

from __future__ import annotations

import re
from collections.abc import Mapping
from operator import attrgetter

from ..model.recipe import Probe, Recipe
from ..model.result import Check, Options
from ..model.target import Target, split_port
from ..model.value import FieldError, Value
from ..model.verdict import Policy
from .arguments import JOINED, texts_of
from .build import build, names_port
from .readers import TRUE, Given
from .table import SETTINGS, TABLE, SettingError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence
    from typing import Any, TypeVar, Union

    from .table import Setting

    Kind = TypeVar("Kind", bound=Hashable)
    # The values of a row by name: texts of settings, and the objects of NAMING. An empty list takes back what the row
    # inherits.
    Texts = dict[str, list[Any]]
    Item = Union[tuple[str, object], "WrongRow"]

NAMING = {
    "name": "the name of the check on its host, as in 'tcp 5432'",
    "host_name": "the name of the host",
    "labels": "names with values, as in site=fra,team=web",
    "group": "the name of a group of rows",
    "key": "an identifier of your own",
}
"""The keys of a row that are not settings. They name the check, and do not change it."""

# Most files have few different recipes, but the number has no limit. A pool of 10,000 recipes and texts takes at most
# 15 MB. A full pool is emptied.
POOL_LIMIT = 10_000

# Checks that later rows with the same settings begin with. Rows that are all different, with a text of 2 kB each, take
# 36 MiB with 1,000, and 64 MiB with 10,000.
MOST_MODELS = 1000

# Groups of a source. Each is kept until the end, so that rows can name it.
MOST_GROUPS = 10_000

# Characters of the value of a label: a word of a report, not a text.
MOST_LABEL = 255

# Bytes of a line. A file without line ends must not fill the memory.
MOST_LINE = 1 << 16

# The host of a Unix socket: the host that runs the check.
LOCAL_HOST = "localhost"

_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_HOST = TABLE["host"]
_PLACE = {setting.name: place for place, setting in enumerate(SETTINGS)}
_ORDER = {**dict.fromkeys(NAMING, -1), **_PLACE}
_BLANKS = re.compile(r"[ \t]*")
_BARE = re.compile(r"[^ \t]*")
_KEY = re.compile(r"[^ \t'\"=]*=")
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_SECTION = re.compile(r"\[(?:defaults|group ([\w.:-]{1,255}))\]")
_PORT = re.compile(r"[1-9][0-9]{0,4}")  # in the form that every reader accepts
_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")


class Row(Value):
    """A valid row.

    place       where it is in its source: the number of its line, from 1, or a path such as ``targets[3]``
    host_name   the name of its host
    name        the name of the check on that host
    labels      its labels as (name, value), sorted by name
    check       the check that its settings make
    texts       the settings as (name, text), host and port first, then in the table's order
    """

    place: str
    host_name: str
    name: str
    labels: tuple[tuple[str, str], ...]
    check: Check
    texts: tuple[tuple[str, str], ...]

    @property
    def key(self) -> Hashable:
        """The key of its probe: the row's own key, or else its place."""
        return self.check.probe.key

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
    """An invalid row.

    place      its place, as in Row; "" for the whole source
    name       the name of the setting that is invalid, "" for the whole row
    sentence   one sentence, without the name
    section    the host of the section that it may have been: the rows after it would run without that section
    """

    place: str
    name: str
    sentence: str
    section: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {self.sentence}" if self.name else self.sentence

    @property
    def reason(self) -> str:
        """The reason for the output of a program, without any text of the source: it may be a file of passwords."""
        name, sentence = self._shown()
        return f"{name}: {sentence}" if name else sentence

    def located(self, source: str) -> str:
        """Return the source, the place and the reason, without any text of the source.

        A line is ``hosts:3: port: invalid port``, a path is ``hosts.json: targets[3].port: invalid port``.
        """
        name, sentence = self._shown()
        place = self.place
        if place.isdigit():
            source, place = f"{source}:{place}", ""
        path = ".".join(part for part in (place, name) if part)
        return f"{source}: {path}: {sentence}" if path else f"{source}: {sentence}"

    def _shown(self) -> tuple[str, str]:
        from ..text.files import unquoted  # only a wrong row needs it

        return self.name if self.name in TABLE or self.name in NAMING else "", unquoted(self.sentence)


def position(place: str) -> str:
    """Return the place of a row for a sentence, as in ``line 3`` or ``targets[3]``."""
    return f"line {place}" if place.isdigit() else place or "the whole document"


def rows_of(
    items: Iterable[Item],
    defaults: Mapping[str, object] | None = None,
    groups: Mapping[str, Mapping[str, object]] | None = None,
    *,
    elsewhere: bool = False,
) -> Iterator[Row | WrongRow]:
    """Make the checks of rows from any source, one by one. An invalid row yields a WrongRow, and the next one is made.

    A row is a mapping of names to values, or only its target as a text. The value None takes back what the row
    inherits. The host ``[defaults]`` or ``[group NAME]`` makes a row a section: its settings are those of all rows, or
    those of the group. The rows after it belong to the group, unless they name another.

    items       the place and the content of each row; a WrongRow is yielded as it is
    defaults    the settings of all rows, as a section before the first row
    groups      the settings of each group, in the same way
    elsewhere   whether another host runs the checks, as in ``build``
    """
    maker = _Maker(elsewhere)
    yield from maker.begin(defaults, groups)
    for item in items:
        made: Row | WrongRow | None
        if isinstance(item, WrongRow):
            made = item
            maker.spoil(item.place, item.section)
        else:
            made = maker.made(*item)
        if made is not None:
            yield made


def rows(
    lines: Iterable[bytes],
    defaults: Mapping[str, object] | None = None,
    groups: Mapping[str, Mapping[str, object]] | None = None,
    *,
    elsewhere: bool = False,
) -> Iterator[Row | WrongRow]:
    """Make the checks of the lines of a file that is opened for bytes, as ``rows_of`` does.

    A line is a row: its host, then the other settings as key=value. Empty lines and comments yield nothing. The text is
    UTF-8, with or without a byte order mark. A line ends with LF or CR LF.
    """
    maker = _Maker(elsewhere)
    yield from maker.begin(defaults, groups)
    for number, line in enumerate(lines, 1):
        raw = line if number > 1 else unmarked(line)
        if raw is None:
            yield IN_UTF_16
            return
        try:
            words = split(decoded(raw))
            if not words:
                continue
            made = maker.make(str(number), _texts_of_words(words))
            if made is not None:
                yield made
        except SettingError as error:
            maker.spoil(str(number), raw[:99].strip(b" \t'\"\r\n").decode("latin-1"))
            yield WrongRow(str(number), error.name, error.sentence)


def unmarked(raw: bytes) -> bytes | None:
    """Return the beginning of a source without its byte order mark; None for UTF-16, of which no row can be read."""
    return None if raw.startswith(_UTF_16) else raw.removeprefix(_BOM)


IN_UTF_16 = WrongRow("1", "", "invalid encoding UTF-16: must be UTF-8")
"""What a source in UTF-16 yields instead of rows."""


class _Shared:
    """What rows inherit: the texts of a section, with those of the defaults below them.

    place   the place of the section
    wrong   whether it is invalid
    """

    __slots__ = ("place", "texts", "wrong")

    def __init__(self, place: str = "", texts: Texts | None = None, *, wrong: bool = False) -> None:
        self.place = place
        self.texts = texts or {}
        self.wrong = wrong


class _Maker:
    """Makes the checks of the rows of one source, and remembers its sections."""

    def __init__(self, elsewhere: bool) -> None:
        self._elsewhere = elsewhere
        self._pool = Pool()
        # The checks of earlier rows by their settings, apart from the target: reading them again takes half of the time
        # of a row.
        self._models: dict[Hashable, tuple[Check, str, tuple[tuple[str, str], ...]]] = {}
        self._defaults = self._current = _Shared()
        self._groups: dict[str, _Shared] = {}
        self._begun = False

    def begin(
        self, defaults: Mapping[str, object] | None, groups: Mapping[str, Mapping[str, object]] | None
    ) -> Iterator[WrongRow]:
        """Make the sections that the source itself does not have; yield those that are invalid."""
        sections = [("defaults", {"host": "[defaults]", **defaults})] if defaults else []
        for name, each in (groups or {}).items():
            sections.append((f"groups.{name}", {"host": f"[group {name}]", **each}))
        for place, section in sections:
            wrong = self.made(place, section)
            if isinstance(wrong, WrongRow):
                yield wrong
        self._current = self._defaults
        self._begun = False

    def made(self, place: str, given: object) -> Row | WrongRow | None:
        """Return the row of a mapping or a text; None for a section."""
        try:
            return self.make(place, _texts_of(given))
        except SettingError as error:
            if isinstance(given, Mapping):
                self.spoil(place, str(given.get("host", "")))
            return WrongRow(place, error.name, error.sentence)

    def make(self, place: str, own: Texts) -> Row | None:
        """Return the row; None for a section. Raises SettingError."""
        host = own.pop("host")[0]
        if host[:1] == "[" and _is_section(host):
            self._begin(place, host, own)
            return None
        self._begun = True
        shared = self._shared(own.pop("group")) if "group" in own else self._current
        if shared.wrong:
            raise SettingError("group", f"in an invalid section, see {position(shared.place)}")
        key: Hashable = place
        if "key" in own:
            [key] = own.pop("key") or [None]
        if "://" in host:
            host = _take_url(host, own)
        texts = own
        if shared.texts:
            texts = _merged(shared.texts, own)
            if "port" in texts and "port" not in own and names_port(host):
                del texts["port"]
        if [] in texts.values():
            texts = {name: several for name, several in texts.items() if several}
        return self._row(place, key, host, texts)

    def spoil(self, place: str, host: str) -> None:
        """Remember that a section is invalid: the rows after it would run without its settings."""
        if host[:1] == "[" and _is_section(host):
            self._current = _Shared(place, wrong=True)
            if host.startswith("[default"):
                self._defaults = self._current
                self._groups = dict.fromkeys(self._groups, self._current)

    def _shared(self, names: Sequence[str]) -> _Shared:
        if not names:
            return self._defaults
        found = self._groups.get(names[0])
        if found is None:
            raise SettingError("group", f"unknown group {names[0][:40]!r}: must be defined before its rows")
        return found

    def _begin(self, place: str, host: str, own: Texts) -> None:
        section = _section(host)
        for name in ("group", "key"):
            if name in own:
                raise SettingError(name, "not accepted in a section: each row has its own")
        name = section.group(1)
        if name is None and (self._begun or self._groups):
            raise SettingError("group", "[defaults] must come once, before the first row and the first group")
        earlier = self._groups.get(name)
        if earlier is not None:
            raise SettingError("group", f"given twice, first in {position(earlier.place)}")
        if len(self._groups) >= MOST_GROUPS:
            raise SettingError("group", f"too many groups: must be at most {MOST_GROUPS}")
        _read(Given(), own)
        self._begun = True
        above = self._defaults
        if above.wrong:
            self._current = above
        else:
            self._current = _Shared(place, _merged(above.texts, own))
        if name is None:
            self._defaults = self._current
        else:
            self._groups[name] = self._current

    def _row(self, place: str, key: Hashable, host: str, texts: Texts) -> Row:
        pool = self._pool
        name, host_name, labels = (
            texts.pop("name", None),
            texts.pop("host_name", None),
            texts.pop("labels", None),
        )
        alike = tuple([(each, *several) for each, several in texts.items() if each != "port"])
        model = self._models.get(alike)
        target = _target(host, texts.get("port")) if model is not None else None
        if model is None or target is None:
            given = Given()
            given.put(_HOST, host)
            pairs = _read(given, texts)
            check = pool.check(build(given.values, key, elsewhere=self._elsewhere))
            kind = given.values.get("service") or check.probe.recipe.network
            rest = tuple([pool.shared(pair) for pair in pairs if pair[0] != "port"])
            if not _is_of_one_target(texts):
                if len(self._models) >= MOST_MODELS:
                    self._models.clear()
                self._models[alike] = check, kind, rest
        else:
            like, kind, rest = model
            check = Check(Probe(target, like.probe.recipe, key), like.policy, like.options)
        where = check.probe.target
        if where.path is not None:
            if "port" in texts:
                raise SettingError("port", "a Unix socket has no port")
            first = [("host", where.path)]
        else:
            first = [("host", where.host or ""), pool.shared(("port", str(where.port)))]
        host_of = (host_name and host_name[0]) or where.host or LOCAL_HOST
        if host_of == where.host:
            host_of = where.host  # one text, not two
        return Row(
            place,
            host_of,
            pool.shared((name and name[0]) or f"{kind} {where.path or where.port}"),
            pool.shared(tuple(sorted(pair for pair in labels[0].items() if pair[1]))) if labels else (),
            check,
            (*first, *rest),
        )


def _is_of_one_target(texts: Texts) -> bool:
    """Whether a check with the same settings and another target may differ in more than its target."""
    # The greeting of jabber names the host.
    return not texts.keys().isdisjoint(_OF_A_TARGET) or texts.get("service") == ["jabber"]


_OF_A_TARGET = ("address", "any_port")


def _target(host: str, ports: Sequence[str] | None) -> Target | None:
    """Return the target of a row that names one host and one port; None where the settings decide, or for an invalid one."""
    if host[:1] == "/":
        return None
    try:
        name, port = split_port(host)
        if ports is None:
            return Target(name, port) if port is not None else None
        return Target(name, int(ports[0])) if port is None and _PORT.fullmatch(ports[0]) else None
    except FieldError:
        return None


def _section(host: str) -> re.Match[str]:
    found = _SECTION.fullmatch(host)
    if found is None:
        raise SettingError("group", "invalid section: must be [defaults] or [group NAME]")
    return found


def _is_section(host: str) -> bool:
    """Whether a host that begins with a bracket was meant as a section. Every IPv6 address has a colon."""
    first = host.split(maxsplit=1)[0]
    return first.startswith(("[group", "[default")) or ":" not in first


def _merged(inherited: Texts, own: Texts) -> Texts:
    """Return the texts of a row or a section with those that it inherits. Labels are merged by name."""
    texts = {**inherited, **own}
    if own.get("labels") and inherited.get("labels"):
        texts["labels"] = [{**inherited["labels"][0], **own["labels"][0]}]
    return texts


def _read(given: Given, texts: Texts) -> list[tuple[str, str]]:
    """Read the settings of a row; return their texts, in the table's order. Raises SettingError."""
    # A row has no order. In the table, escape comes before the texts that it changes.
    pairs = []
    for name in sorted(texts, key=_ORDER.__getitem__) if len(texts) > 1 else texts:
        if name in _PLACE:
            for text in texts[name]:
                given.put(TABLE[name], text)
                pairs.append((name, text))
    return pairs


def decoded(raw: bytes) -> str:
    """Return the text of a line without its line end. Raises SettingError."""
    if len(raw) > MOST_LINE:
        raise SettingError("", f"invalid row: longer than {MOST_LINE} bytes")
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


def _texts_of_words(words: Sequence[str]) -> Texts:
    """Return the texts of a row that is a line. Raises SettingError."""
    target = words[0]
    rest = words[1:]
    if target == "[group" and rest:
        target, rest = f"[group {rest[0]}", rest[1:]
    if target[:1] == "[" and _is_section(target):
        _section(target)
    if "=" in target and not target.startswith("/"):
        raise SettingError(
            "host", f"invalid target {target[:40]!r}: a row must begin with its target, as in db1:5432"
        )
    texts: Texts = {"host": [target]}
    for word in rest:
        _take(word, texts)
    return texts


def _take(word: str, texts: Texts) -> None:
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
    texts.setdefault(name, []).append(labels(text) if name == "labels" else text)


def _texts_of(given: object) -> Texts:
    """Return the texts of a row that is a mapping, or only its target. Raises SettingError."""
    if isinstance(given, str):
        return {"host": [given]}
    if not isinstance(given, Mapping):
        raise SettingError("", "invalid row: must be a target as in db1:5432, or names with values")
    texts: Texts = {}
    for name, value in given.items():
        setting = TABLE.get(name)
        if setting is not None and "rows" in setting.edges:
            texts[name] = _texts(setting, value)
        elif name in NAMING:
            texts[name] = [] if value is None else [_naming(name, value)]
        else:
            from .mistakes import unknown_setting  # only a wrong name needs it

            raise SettingError(str(name), unknown_setting(str(name), "rows", NAMING))
    if not texts.get("host"):
        raise SettingError("host", "missing host: a row must have its target, as in db1:5432")
    return texts


def _texts(setting: Setting, value: object) -> list[str]:
    """Return the texts of a value. Raises SettingError, without the value: the sentence is shortened, and not unquoted."""
    if value is None:
        return []
    several = value if isinstance(value, (list, tuple)) else (value,)
    if not all(
        isinstance(each, (str, int, float))
        or hasattr(each, "__fspath__")
        or (isinstance(each, bytes) and setting.kind == "bytes")
        for each in several
    ):
        raise SettingError(setting.name, "invalid value: must be a text or a number, or a list of those")
    if several is value and not setting.repeatable and setting.kind not in JOINED:
        raise SettingError(setting.name, "invalid value: must be one value, not a list")
    return texts_of(setting, value)


def _naming(name: str, value: object) -> object:
    """Return the value of a key of NAMING. Raises SettingError."""
    if name == "key":
        return value
    if name == "labels":
        return labels(value)
    if not value or not isinstance(value, (str, int, float)):
        raise SettingError(name, f"missing value: must be {NAMING[name]}")
    return str(value)


def labels(value: object) -> dict[str, str]:
    """Return labels by name, from a mapping or from a text as in site=fra,team=web. Raises SettingError."""
    pairs: Iterable[tuple[object, object]]
    if isinstance(value, Mapping):
        pairs = value.items()
    else:
        parts = [part.partition("=") for part in str(value).split(",")]
        pairs = [(name, text if equals else None) for name, equals, text in parts]
    found: dict[str, str] = {}
    for name, each in pairs:
        text = str(each)
        if not isinstance(name, str) or not _LABEL.fullmatch(name):
            raise SettingError(
                "labels", f"invalid name {str(name)[:40]!r}: must be letters, digits and _, as in site=fra"
            )
        if name in found:
            raise SettingError("labels", f"given twice: {name[:40]!r}")
        if not isinstance(each, (str, int, float)) or not text.isprintable() or len(text) > MOST_LABEL:
            raise SettingError(
                "labels",
                f"invalid value: must be one line of at most {MOST_LABEL} characters, as in site=fra",
            )
        found[name] = text
    return found


def _take_url(url: str, texts: Texts) -> str:
    """Add the settings that a URL means to the texts; return the URL's host."""
    from .urls import settings_of  # most targets are no URL

    (_unused0, host), *others = settings_of(url, (texts.get("service") or [""])[0])
    for name, text in others:
        if not texts.get(name) or TABLE[name].kind == "flag":
            texts[name] = [text]
    return host
