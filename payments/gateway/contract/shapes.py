"""The SDK's annotations as shapes that a value can be held against."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from payments.gateway.contract.sources import Module, module, parsed

SCALARS = frozenset({"str", "int", "float", "bool", "Decimal"})
MAPS = frozenset({"Dict", "Mapping", "UntypedStripeObject"})
LISTS = frozenset({"List", "Sequence"})
WRAPPERS = frozenset({"NotRequired", "Required"})


@dataclass(frozen=True)
class Anything:
    """Not described by the SDK."""


@dataclass(frozen=True)
class Null:
    """JSON null."""


@dataclass(frozen=True)
class Scalar:
    """A text, number or boolean."""

    kind: str


@dataclass(frozen=True)
class Enum:
    """One of these values and no other."""

    values: tuple[object, ...]


@dataclass(frozen=True)
class ListOf:
    """A list; with `page` it is Stripe's list object, whose items are under `data`."""

    item: "Shape"
    page: bool = False


@dataclass(frozen=True)
class MapOf:
    """Free keys, such as metadata."""

    value: "Shape"


@dataclass(frozen=True)
class Record:
    """A class of the SDK: module, and the names of the class and of those it is nested in."""

    module: str
    path: tuple[str, ...]


@dataclass(frozen=True)
class AnyOf:
    """Any of several shapes."""

    options: tuple["Shape", ...]


Shape = Anything | Null | Scalar | Enum | ListOf | MapOf | Record | AnyOf


@dataclass(frozen=True)
class Field:
    """A key of a record. Keys that may be null may also be absent."""

    shape: Shape
    required: bool


@cache
def fields_of(record: Record) -> dict[str, Field]:
    """The keys of a class: its own annotations and those of the bases in the same file."""
    source = module(record.module)
    definition = _definition(source, record.path)
    found: dict[str, Field] = {}
    for base in definition.bases:
        if isinstance(base, ast.Name) and base.id in source.typed_dicts:
            keys = source.typed_dicts[base.id]
            for key, annotation in zip(keys.keys, keys.values, strict=True):
                found[ast.literal_eval(key) if key else ""] = _field(annotation, record)
        elif isinstance(base, ast.Name) and base.id in source.classes:
            found |= fields_of(Record(record.module, (base.id,)))
    for name, annotation in _annotations(definition):
        found[name] = _field(annotation, record)
    return found


def shape_of(annotation: ast.expr, scope: Record) -> Shape:
    """The shape that an annotation inside `scope` describes."""
    match annotation:
        case ast.Constant(value=None):
            return Null()
        case ast.Constant(value=str(text)):
            return shape_of(_expression(text), scope)
        case ast.Name(id=name):
            return _named(name, scope)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _union([shape_of(left, scope), shape_of(right, scope)])
        case ast.Subscript(value=ast.Name(id=name), slice=inner):
            return _generic(name, inner, scope)
        case _:
            return Anything()


def _expression(text: str) -> ast.expr:
    (statement,) = parsed(text.strip()).body
    assert isinstance(statement, ast.Expr)
    return statement.value


def _named(name: str, scope: Record) -> Shape:
    if name in SCALARS:
        return Scalar(name)
    if name in MAPS:
        return MapOf(Anything())
    return _record(name, scope) or Anything()


def _generic(name: str, inner: ast.expr, scope: Record) -> Shape:
    arguments = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    if name == "Literal":
        return Enum(tuple(ast.literal_eval(argument) for argument in arguments))
    shapes = [shape_of(argument, scope) for argument in arguments]
    if name in WRAPPERS:
        return shapes[0]
    if name == "Optional":
        return _union([*shapes, Null()])
    if name == "Union":
        return _union(shapes)
    if name in LISTS:
        return ListOf(shapes[0])
    if name == "ListObject":
        return ListOf(shapes[0], page=True)
    if name in MAPS:
        return MapOf(shapes[-1])
    if name == "ExpandableField":
        return _union([Scalar("str"), *shapes])
    return Anything()


def _union(shapes: list[Shape]) -> Shape:
    """Flatten, and close the enums.

    The SDK writes `Literal["card"] | str` so that old SDKs survive new values; what we send, and
    what we claim that Stripe sent, must be among the values known now. `Literal[""] | str` only
    means that the key may be emptied.
    """
    options: list[Shape] = []
    for shape in shapes:
        options += shape.options if isinstance(shape, AnyOf) else (shape,)
    if any(isinstance(option, Enum) and option.values != ("",) for option in options):
        options = [option for option in options if option != Scalar("str")]
    return AnyOf(tuple(dict.fromkeys(options)))


def _record(name: str, scope: Record) -> Record | None:
    """Find a class by name: nested in the enclosing classes, in the file, or imported."""
    source = module(scope.module)
    for depth in range(len(scope.path), 0, -1):
        nested = _nested(_definition(source, scope.path[:depth]), name)
        if nested is not None:
            return Record(scope.module, (*scope.path[:depth], name))
    if name in source.classes:
        return Record(scope.module, (name,))
    if name in source.imports:
        origin, original = source.imports[name]
        if origin.startswith("stripe.") and original in module(origin).classes:
            return Record(origin, (original,))
    return None


def _definition(source: Module, path: tuple[str, ...]) -> ast.ClassDef:
    found = source.classes[path[0]]
    for name in path[1:]:
        inner = _nested(found, name)
        if inner is None:
            raise LookupError(f"{source.name} has no class {'.'.join(path)}")
        found = inner
    return found


def _nested(definition: ast.ClassDef, name: str) -> ast.ClassDef | None:
    inner = (node for node in definition.body if isinstance(node, ast.ClassDef))
    return next((node for node in inner if node.name == name), None)


def _annotations(definition: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    for node in definition.body:
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        name = node.target.id
        is_class_level = isinstance(node.annotation, ast.Subscript) and (
            ast.unparse(node.annotation.value) == "ClassVar"
        )
        if not name.startswith("_") and not is_class_level:
            yield name.rstrip("_"), node.annotation  # `from_` stands for the keyword `from`


def _field(annotation: ast.expr, scope: Record) -> Field:
    shape = shape_of(annotation, scope)
    optional = isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value) in (
        "NotRequired",
        "Optional",
    )
    return Field(shape, required=not optional)
