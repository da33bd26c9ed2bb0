"""Which verbs and paths the SDK knows, and which class describes the parameters of each."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from payments.gateway.contract.shapes import Record
from payments.gateway.contract.sources import Module, module, service_modules

PARAMS_CLASS = re.compile(r"\w+Params\b")


@dataclass(frozen=True)
class Endpoint:
    """A verb and a path such as `/v1/payment_intents/{intent}/confirm`."""

    verb: str
    template: str
    params: Record | None

    def matches(self, path: str) -> bool:
        """Whether the path fills the template; a placeholder takes one path segment."""
        parts = re.split(r"\{\w+\}", self.template)
        return re.fullmatch("[^/]+".join(map(re.escape, parts)), path) is not None


@cache
def find_endpoint(verb: str, path: str) -> Endpoint | None:
    """The endpoint that answers; a literal path wins over one with a placeholder."""
    words = path.split("/")
    if words[:2] != ["", "v1"] or len(words) < 3:
        return None
    names = service_modules().get(words[2], ())
    candidates = [
        endpoint
        for name in names
        for endpoint in _endpoints(name)
        if endpoint.verb == verb and endpoint.matches(path)
    ]
    return min(candidates, key=lambda endpoint: endpoint.template.count("{"), default=None)


@cache
def _endpoints(name: str) -> tuple[Endpoint, ...]:
    source = module(name)
    return tuple(
        endpoint
        for definition in source.classes.values()
        for method in definition.body
        if isinstance(method, ast.FunctionDef)
        for endpoint in _calls(method, source)
    )


def _calls(method: ast.FunctionDef, source: Module) -> Iterator[Endpoint]:
    for node in ast.walk(method):
        match node:
            case ast.Call(
                func=ast.Attribute(attr="_request"),
                args=[ast.Constant(value=str(verb)), target, *_],
            ):
                yield Endpoint(verb, _template(target), _params(method, source))
            case _:
                pass


def _template(target: ast.expr) -> str:
    match target:
        case ast.Constant(value=str(path)):
            return path
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(path)), attr="format")):
            return path
        case _:
            raise LookupError(f"the SDK writes a path in a new way: {ast.unparse(target)}")


def _params(method: ast.FunctionDef, source: Module) -> Record | None:
    for argument in method.args.args:
        if argument.arg == "params" and argument.annotation is not None:
            names = PARAMS_CLASS.findall(ast.unparse(argument.annotation))
            origin, original = source.imports[names[0]]
            return Record(origin, (original,))
    return None
