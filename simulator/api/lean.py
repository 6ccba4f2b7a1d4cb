"""Generated types without their checks: what a body is decoded into when it is checked in bulk."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType
from msgspec.structs import astuple

Values = Mapping[str, tuple[Any, ...]]
Known = Mapping[str, Collection[str]]  # by property, texts that are expected; each is one object

_CLASS_ONLY = re.compile(r"\^\[[^]]*\]\*\\Z")  # a pattern that says which characters there may be


@dataclass(frozen=True)
class TextLimit:
    """What the values of a property must keep to."""

    shortest: int
    longest: int
    pattern: re.Pattern[str]

    @cached_property
    def alphabet(self) -> bytes | None:
        """The ASCII that any text may be made of, where the pattern says no more than that."""
        if not _CLASS_ONLY.fullmatch(self.pattern.pattern):
            return None
        return bytes(code for code in range(128) if self.pattern.search(chr(code)))

    def holds(self, values: Collection[Any]) -> bool:
        """Whether every one of these texts keeps to it; what was left out does."""
        texts = set(values)
        texts.discard(UNSET)
        if not texts:
            return True
        lengths = set(map(len, texts))
        if min(lengths) < self.shortest or max(lengths) > self.longest:
            return False
        joined = "".join(texts)
        if self.alphabet is not None and joined.isascii():
            return not joined.encode("ascii").translate(None, self.alphabet)
        return all(map(self.pattern.search, texts))


@dataclass(frozen=True)
class Lean:
    """A type that takes more than its original: texts without limits, and anything for a number.

    Enums and whole numbers are checked as before. Where texts are known it takes only those: they
    need no check of their limits, and come as one object each. Numbers, and lists of records that
    have nothing else, are left as they are spelled.
    """

    type: type[Struct]
    optional: tuple[str, ...]
    limits: tuple[tuple[str, TextLimit], ...]

    def texts_hold(self, columns: Values) -> bool:
        """Whether all texts of these records keep to the limits of the original."""
        return all(limit.holds(columns.get(name, ())) for name, limit in self.limits)

    def properties(self, columns: Values) -> int:
        """How many properties the records have together."""
        left_out = sum(columns[name].count(UNSET) for name in self.optional if name in columns)
        return sum(map(len, columns.values())) - left_out


def values_of(records: Sequence[Struct]) -> Values:
    """What the records hold, by property; of no records nothing."""
    if not records:
        return {}
    names = records[0].__struct_fields__
    return dict(zip(names, zip(*map(astuple, records), strict=True), strict=True))


def lean(kind: type[Struct], known: Known) -> Lean:
    """The lean twin of a generated type."""
    hints = get_type_hints(kind, include_extras=True)
    optional = tuple(name for name, hint in hints.items() if UnsetType in get_args(hint))
    expected = {name: _expected(hint, known.get(name, ())) for name, hint in hints.items()}
    fields: list[Any] = []
    for field in msgspec.structs.fields(kind):
        assert field.name == field.encode_name, f"{field.name} has another name on the wire"
        texts = expected[field.name]
        twin = Literal[texts] if texts else _twin(hints[field.name], known)
        missing = (UNSET,) if field.name in optional else ()
        fields.append((field.name, twin, *missing))
    made = msgspec.defstruct(
        f"Lean{kind.__name__}", fields, kw_only=True, forbid_unknown_fields=True, gc=False
    )
    free = ((name, hint) for name, hint in hints.items() if not expected[name])
    limits = ((name, limit) for name, hint in free for limit in _limit(hint))
    return Lean(made, optional, tuple(limits))


def _twin(hint: Any, known: Known) -> Any:
    origin = get_origin(hint)
    if hint is Decimal or (origin is list and _has_only_numbers(*get_args(hint))):
        return Raw
    if origin in (Union, UnionType):
        options = (_twin(option, known) for option in get_args(hint))
        return Union[tuple(options)]  # noqa: UP007
    if origin is Annotated:
        inner, *extras = get_args(hint)
        twin = str if inner is str else _twin(inner, known)
        return twin if twin in (str, Raw) else Annotated[(twin, *extras)]
    if origin is list:
        (inner,) = get_args(hint)
        return list[_twin(inner, known)]  # type: ignore[misc]
    if isinstance(hint, type) and issubclass(hint, Struct):
        return lean(hint, known).type
    return hint


def _has_only_numbers(kind: Any) -> bool:
    if not (isinstance(kind, type) and issubclass(kind, Struct)):
        return False
    return set(get_type_hints(kind).values()) == {Decimal}


def _expected(hint: Any, known: Collection[str]) -> tuple[str, ...]:
    """Those of the known texts that the property can have; none where it may be left out."""
    if get_origin(hint) is not Annotated:
        return ()
    limits = list(_limit(hint))
    return tuple(sorted(text for text in known if all(limit.holds([text]) for limit in limits)))


def _limit(hint: Any) -> Iterator[TextLimit]:
    if get_origin(hint) in (Union, UnionType):
        for option in get_args(hint):
            yield from _limit(option)
    elif get_origin(hint) is Annotated and get_args(hint)[0] is str:
        (meta,) = (extra for extra in get_args(hint)[1:] if isinstance(extra, Meta))
        pattern = re.compile(meta.pattern or "")
        yield TextLimit(meta.min_length or 0, meta.max_length or 2**31, pattern)
