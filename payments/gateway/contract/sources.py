"""The SDK's modules as syntax trees. Nothing of the SDK is imported; each file is read once."""

import ast
import re
import threading
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

# Two threads that parse at once can break each other's tree in Python 3.11 (python/cpython#106905).
_parsing = threading.Lock()

SERVICE_PATH = re.compile(r'"/v1/([a-z0-9_]+)')


@dataclass(frozen=True)
class Module:
    """One file: its classes, its `TypedDict("…", {…})` assignments and what it imports by name."""

    name: str
    classes: dict[str, ast.ClassDef]
    typed_dicts: dict[str, ast.Dict]
    imports: dict[str, tuple[str, str]]


@cache
def sdk_directory() -> Path:
    """Where the installed `stripe` package lies."""
    spec = find_spec("stripe")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("the stripe package is not installed")
    return Path(spec.origin).parent


def parsed(code: str) -> ast.Module:
    """The syntax tree of some code; one thread at a time."""
    with _parsing:
        return ast.parse(code)


@cache
def module(name: str) -> Module:
    """Read `stripe._payment_intent` and the like."""
    path = sdk_directory().joinpath(*name.split(".")[1:])
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    tree = parsed(file.read_text(encoding="utf-8"))
    found = Module(name, {}, {}, {})
    for statement in tree.body:
        _read(statement, found)
    return found


@cache
def service_modules() -> dict[str, tuple[str, ...]]:
    """First word of a path ("payment_intents") to the modules that name such paths."""
    found: dict[str, set[str]] = {}
    for file in sorted(sdk_directory().rglob("*_service.py")):
        name = ".".join(("stripe", *file.relative_to(sdk_directory()).with_suffix("").parts))
        for word in SERVICE_PATH.findall(file.read_text(encoding="utf-8")):
            found.setdefault(word, set()).add(name)
    return {word: tuple(sorted(names)) for word, names in found.items()}


@cache
def resource_classes() -> dict[str, tuple[str, str]]:
    """The value of `object` ("payment_intent") to the module and class that describe it."""
    tree = parsed((sdk_directory() / "_object_classes.py").read_text(encoding="utf-8"))
    for statement in tree.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.value, ast.Dict):
            return ast.literal_eval(statement.value)
    raise LookupError("the SDK no longer lists its resource classes")


def _read(statement: ast.stmt, found: Module) -> None:
    match statement:
        case ast.ClassDef(name=name):
            found.classes[name] = statement
        case ast.ImportFrom(module=str(source), names=names):
            for alias in names:
                found.imports[alias.asname or alias.name] = (source, alias.name)
        case ast.If(body=body):  # `if TYPE_CHECKING:`
            for inner in body:
                _read(inner, found)
        case ast.Assign(
            targets=[ast.Name(id=name)],
            value=ast.Call(func=ast.Name(id="TypedDict"), args=[_, ast.Dict() as keys]),
        ):
            found.typed_dicts[name] = keys
        case _:
            pass
