"""Hold a value against a shape. Forms and JSON differ only in how they write a value."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from payments.gateway.contract.shapes import (
    AnyOf,
    Anything,
    Enum,
    ListOf,
    MapOf,
    Null,
    Record,
    Scalar,
    Shape,
    fields_of,
)
from payments.gateway.contract.violation import ContractViolation

Where = tuple[str, ...]


@dataclass(frozen=True)
class Dialect:
    """How a value is written: `is_scalar(kind, value)`, and a list from what stands for one.

    `undescribed` looks at what the SDK leaves open, such as the object inside an event.
    """

    is_scalar: Callable[[str, object], bool]
    as_list: Callable[[object], list[object] | None]
    undescribed: Callable[[object, Where], None] | None = None


def check(shape: Shape, value: object, where: Where, dialect: Dialect) -> None:
    """Raise `ContractViolation` unless the value has the shape."""
    match shape:
        case Anything():
            _check_undescribed(value, where, dialect)
        case Null():
            _require(value is None, "must be null", where)
        case Scalar(kind):
            _require(dialect.is_scalar(kind, value), f"{value!r:.80} is no {kind}", where)
        case Enum(values):
            _check_enum(values, value, where)
        case ListOf(item, page):
            _check_list(item, _page_items(value, where) if page else value, where, dialect)
        case MapOf(item):
            _check_map(item, value, where, dialect)
        case Record():
            check_record(shape, _object(value, where), where, dialect)
        case AnyOf(options):
            _check_any(options, value, where, dialect)


def check_record(record: Record, value: dict[str, object], where: Where, dialect: Dialect) -> None:
    """Raise for a key that the class does not have, lacks, or holds wrongly."""
    fields = fields_of(record)
    owner = record.path[-1]
    for key, part in value.items():
        field = fields.get(key)
        if field is None:
            raise ContractViolation(f"unknown key, {owner} has none of this name", (*where, key))
        check(field.shape, part, (*where, key), dialect)
    for key, field in fields.items():
        if field.required and key not in value:
            raise ContractViolation(f"missing key, {owner} requires it", (*where, key))


def _check_any(options: tuple[Shape, ...], value: object, where: Where, dialect: Dialect) -> None:
    """Pass if one option fits; else report the option that the value came closest to."""
    failures: list[ContractViolation] = []
    for option in options:
        try:
            check(option, value, where, dialect)
        except ContractViolation as failure:
            failures.append(failure)
        else:
            return
    deepest = max(len(failure.where) for failure in failures)
    closest = [failure for failure in failures if len(failure.where) == deepest]
    if deepest > len(where):
        raise closest[0]
    problems = [str(failure).removeprefix(str(ContractViolation("", where))) for failure in closest]
    raise ContractViolation(" and ".join(dict.fromkeys(problems)), where)


def _check_undescribed(value: object, where: Where, dialect: Dialect) -> None:
    if dialect.undescribed is not None:
        dialect.undescribed(value, where)


def _check_enum(values: tuple[object, ...], value: object, where: Where) -> None:
    known = ", ".join(sorted(map(str, values)))
    is_one = not isinstance(value, dict | list) and value in values
    _require(is_one, f"{value!r:.80} is not one of {known}", where)


def _check_map(item: Shape, value: object, where: Where, dialect: Dialect) -> None:
    if isinstance(item, Anything):
        _check_undescribed(value, where, dialect)
    for key, part in _object(value, where).items():
        check(item, part, (*where, key), dialect)


def _check_list(item: Shape, value: object, where: Where, dialect: Dialect) -> None:
    parts = dialect.as_list(value)
    if parts is None:
        raise ContractViolation(f"{value!r:.80} is no list", where)
    for index, part in enumerate(parts):
        check(item, part, (*where, str(index)), dialect)


def _page_items(value: object, where: Where) -> object:
    page = _object(value, where)
    _require(page.get("object") == "list", "is no list object", where)
    unknown = page.keys() - {"object", "data", "has_more", "url", "total_count"}
    _require(not unknown, f"unknown keys {sorted(unknown)}", where)
    for key, kind in (("data", list), ("has_more", bool), ("url", str)):
        _require(isinstance(page.get(key), kind), f"must be a {kind.__name__}", (*where, key))
    return page["data"]


def _object(value: object, where: Where) -> dict[str, object]:
    _require(isinstance(value, dict), f"{value!r:.80} is no object", where)
    return cast("dict[str, object]", value)


def _require(holds: bool, problem: str, where: Where) -> None:
    if not holds:
        raise ContractViolation(problem, where)


def contiguous(parts: dict[str, object]) -> list[object] | None:
    """The list behind `a[0]`, `a[1]`, …; None when a number is missing or is none."""
    if not all(re.fullmatch(r"0|[1-9][0-9]{0,3}", key, re.ASCII) for key in parts):
        return None
    ordered = sorted(parts, key=int)
    if ordered != [str(index) for index in range(len(parts))]:
        return None
    return [parts[key] for key in ordered]
