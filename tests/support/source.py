"""The project's own code, read as text and as syntax: what the architecture laws look at."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Import:
    """One imported name: `module` is where it comes from, `name` what is taken ("" for all)."""

    module: str
    name: str
    line: int


@dataclass(frozen=True)
class Module:
    """One Python file of the project."""

    path: Path
    root: Path = ROOT

    @property
    def where(self) -> str:
        """The path below the root, for messages."""
        return self.path.relative_to(self.root).as_posix()

    @property
    def name(self) -> str:
        """The dotted name: `payments.links.queries`."""
        dotted = self.where.removesuffix(".py").replace("/", ".")
        return dotted.removesuffix(".__init__")

    @property
    def package(self) -> str:
        """`portal`, `payments` or, for a file at the top, its own name."""
        return self.name.split(".")[0]

    @property
    def feature(self) -> str:
        """`links` of `payments.links.queries`; empty outside features."""
        parts = self.name.split(".")
        return parts[1] if len(parts) > 1 else ""

    @property
    def role(self) -> str:
        """`queries` of `payments.links.queries`; `__init__` for the feature itself."""
        parts = self.name.split(".")
        return parts[2] if len(parts) > 2 else "__init__"

    @cached_property
    def text(self) -> str:
        """The source."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax."""
        return ast.parse(self.text, self.where)

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """Everything imported anywhere in the file, inside functions and type checks included."""
        return tuple(self._imports())

    def _imports(self) -> Iterator[Import]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield Import(alias.name, "", node.lineno)
            elif isinstance(node, ast.ImportFrom):
                source = self._resolve(node)
                for alias in node.names:
                    yield Import(source, alias.name, node.lineno)

    def _resolve(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        base = self.name.split(".")
        if self.path.name != "__init__.py":
            base = base[:-1]
        base = base[: len(base) - node.level + 1]
        return ".".join([*base, node.module] if node.module else base)


@cache
def modules(*tops: str, root: Path = ROOT) -> tuple[Module, ...]:
    """The Python files below these folders (or these files), sorted by path."""
    found: list[Path] = []
    for top in tops:
        path = root / top
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path] if path.exists() else []
    return tuple(Module(path, root) for path in found)


def product(root: Path = ROOT) -> tuple[Module, ...]:
    """What runs in production."""
    return modules("portal", "payments", "app.py", "wsgi.py", root=root)


@cache
def _names(root: Path) -> frozenset[str]:
    return frozenset(module.name for module in product(root))


def imported_modules(module: Module) -> Iterator[tuple[str, int]]:
    """The project modules that a module imports, with the line of each.

    `from payments.links import queries` names the module `payments.links.queries`.
    """
    names = _names(module.root)
    for item in module.imports:
        whole = f"{item.module}.{item.name}" if item.name else item.module
        if whole in names:
            yield whole, item.line
        elif item.module in names:
            yield item.module, item.line


def calls(module: Module) -> Iterator[tuple[str, int]]:
    """Every attribute used in a file, dotted as it is written: `datetime.now`, `session.commit`."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node), node.lineno
