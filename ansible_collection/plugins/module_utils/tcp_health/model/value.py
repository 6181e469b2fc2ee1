# Copyright: (c) 2026, the tcp-health maintainers
# Simplified BSD License (see LICENSE-BSD-2-Clause or https://opensource.org/licenses/BSD-2-Clause)
"""The base class of the nouns: frozen, with slots and a constructor made from the annotated fields."""

from __future__ import annotations

TYPE_CHECKING = False  # mypy reads it as true; importing typing costs 7 ms at every start
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn, TypeVar

    from typing_extensions import Self, dataclass_transform

    Kind = TypeVar("Kind", bound=type)
else:

    def dataclass_transform(**_unused):  # noqa: ANN003, ANN201 - mypy reads the real one
        """Return the class unchanged: the decorator only informs type checkers."""
        return lambda kind: kind


# The number of objects after which a class gets a compiled constructor. Compiling takes 40 to 160 us, and the general
# constructor 1 us more for each object. One check makes about twenty objects and never compiles, a sweep makes
# thousands.
COMPILE_AFTER = 150

# From this number of fields on, a compiled constructor sets them by assignments. An Attempt, with 23, takes 0.8 us then,
# and 1.5 us with a call for each field; for two fields the calls are faster.
_MANY = 7


class _Noun(type):
    """Makes a class from its annotated fields: slots, default values, and the argument lists of its constructor."""

    FIELDS: tuple[str, ...]  # the positional ones first
    _defaults: dict[str, object]
    _setters: tuple[Callable[[Any, Any], None], ...] | None
    _made: list[int]
    _positional: int

    def __new__(
        mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], *, kw_only: bool = False
    ) -> _Noun:
        own = tuple(namespace.get("__annotations__", ()))
        fields: tuple[str, ...] = own
        positional = 0 if kw_only else len(own)
        defaults = {each: namespace.pop(each) for each in own if each in namespace}
        above: Any = bases[0] if bases else None
        if above is not None and above.FIELDS:
            first, last = above.FIELDS[: above._positional], above.FIELDS[above._positional :]
            fields = first + last + own if kw_only else first + own + last
            positional += above._positional
            defaults = {**above._defaults, **defaults}
        if above is not None:
            namespace.setdefault("__init__", Value.__init__)  # not the compiled one of its base
        namespace.update(
            __slots__=own, FIELDS=fields, _defaults=defaults, _positional=positional, _made=[0], _setters=None
        )
        return super().__new__(mcs, name, bases, namespace)


def _setters_of(kind: type[Value]) -> tuple[Callable[[Any, Any], None], ...]:
    """Return the functions that set the fields. They are looked up once, when the first object is made."""
    setters = tuple([getattr(kind, name).__set__ for name in kind.FIELDS])
    kind._setters = setters
    return setters


class FieldError(ValueError):
    """The error for an invalid field: the name of the field, which is also that of its setting, and one sentence."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(field, sentence)  # both, so that a pickled error reads back
        self.field = field
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence


@dataclass_transform(frozen_default=True)
class Value(metaclass=_Noun):
    """An immutable object. Two objects of the same class are equal if their fields are equal.

    A subclass annotates each field once, with its default value if it has one. The constructor takes the fields in
    that order, or by name only with ``kw_only=True`` after the base class. A subclass overrides ``_validate`` to
    check or complete its fields.
    """

    def __init__(self, *args: Any, **given: Any) -> None:
        kind = type(self)
        names = kind.FIELDS
        made = kind._made
        made[0] += 1
        if made[0] == COMPILE_AFTER:
            kind.__init__ = _compiled(kind)  # type: ignore[method-assign]
        count = len(args)
        if count > kind._positional:
            raise TypeError(
                f"{kind.__name__} takes at most {kind._positional} positional arguments, {count} were given"
            )
        setters = kind._setters or _setters_of(kind)
        for setter, value in zip(setters, args):
            setter(self, value)
        values = {**kind._defaults, **given}
        try:
            for setter, name in zip(setters[count:], names[count:]):
                setter(self, values[name])
        except KeyError as missing:
            raise TypeError(f"{kind.__name__}: missing argument {missing.args[0]}") from None
        for name in given:
            if name not in names or names.index(name) < count:
                raise TypeError(f"{kind.__name__}: unknown or repeated argument {name}")
        self._validate()

    def _validate(self) -> None:
        """Check the fields, and complete them with ``_complete``. Raises ValueError with one sentence."""

    def _complete(self, **fields: object) -> None:
        """Set fields while the object is made; only ``_validate`` may call it."""
        for name, value in fields.items():
            _set(self, name, value)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be removed")

    def replace(self, **changes: object) -> Self:
        """Return a copy with the given fields changed; it is validated anew."""
        fields = {name: getattr(self, name) for name in type(self).FIELDS}
        fields.update(changes)
        return type(self)(**fields)

    def _fields(self) -> tuple[object, ...]:
        return tuple([getattr(self, name) for name in type(self).FIELDS])

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return self is other or self._fields() == other._fields()

    def __hash__(self) -> int:
        return hash((type(self), self._fields()))

    def __repr__(self) -> str:
        inside = ", ".join([f"{name}={getattr(self, name)!r}" for name in type(self).FIELDS])
        return f"{type(self).__name__}({inside})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _revive, (type(self), self._fields())


_set = object.__setattr__


def _compiled(kind: type[Value]) -> Callable[..., None]:
    """Return a constructor with the same effect as the general one, without its loops."""
    names = kind.FIELDS
    scope: dict[str, Any] = {f"default_{name}": value for name, value in kind._defaults.items()}
    arguments = [name if name not in kind._defaults else f"{name}=default_{name}" for name in names]
    if kind._positional < len(names):
        arguments.insert(kind._positional, "*")
    lines = [f"def __init__({', '.join(['self', *arguments])}):"]
    if len(names) < _MANY:
        scope.update({f"set_{name}": each for name, each in zip(names, kind._setters or _setters_of(kind))})
        lines += [f"    set_{name}(self, {name})" for name in names]
    else:
        # While it is made, the object has a class of the same layout that is not frozen.
        own = {
            "__slots__": kind.__dict__["__slots__"],
            "__setattr__": object.__setattr__,
            "__delattr__": object.__delattr__,
        }
        scope["thaw"] = object.__dict__["__class__"].__set__
        scope["Open"] = type.__new__(_Noun, kind.__name__, kind.__bases__, own)
        scope["Kind"] = kind
        lines += [
            "    thaw(self, Open)",
            *(f"    self.{name} = {name}" for name in names),
            "    self.__class__ = Kind",
        ]
    if kind._validate is not Value._validate:
        lines.append("    self._validate()")
    if len(lines) == 1:
        lines.append("    pass")  # a class without fields
    exec("\n".join(lines), scope)  # noqa: S102 - the text is made from names in our own source
    return scope["__init__"]  # type: ignore[no-any-return]


def _revive(kind: type[Value], fields: tuple[object, ...]) -> Value:
    value = object.__new__(kind)
    for setter, field in zip(kind._setters or _setters_of(kind), fields):
        setter(value, field)
    return value
