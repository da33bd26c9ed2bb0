"""What is worked out once in a run: each test makes the product anew, and these stay the same."""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import MethodType
from typing import Any, cast

from sqlalchemy import Engine
from werkzeug.routing import Rule

from portal.core import db
from portal.firm import actions as firm


@dataclass(frozen=True)
class CompiledRule:
    """What Werkzeug works out of a route: how to match its address and how to write it."""

    parts: list[Any]
    trace: list[tuple[bool, str]]
    converters: dict[str, Any]
    arguments: set[str]
    build: Callable[..., Any]
    build_unknown: Callable[..., Any]


# More than the product has statements, so that none is compiled twice.
STATEMENTS_MAX = 10_000
# New objects between two searches for those that only hold each other; Python's own count is 700.
GARBAGE_MAX = 20_000

_compile = Rule.compile
_compiled: dict[tuple[object, ...], CompiledRule] = {}
_create_engine = db.create_engine
_first_engines: dict[str, Engine] = {}


def _compile_once(self: Rule) -> None:
    defaults = tuple(sorted((name, repr(value)) for name, value in (self.defaults or {}).items()))
    key = (self.rule, self.host, self.subdomain, self.map.host_matching, defaults)
    kept = _compiled.get((*key, self.merge_slashes))
    if kept is None:
        _compile(self)
        _compiled[*key, self.merge_slashes] = CompiledRule(
            self._parts,
            self._trace,
            self._converters,
            self.arguments,
            cast(MethodType, self._build).__func__,
            cast(MethodType, self._build_unknown).__func__,
        )
        return
    self._parts, self._trace, self._converters = kept.parts, kept.trace, kept.converters
    self.arguments = kept.arguments
    self._build = kept.build.__get__(self)
    self._build_unknown = kept.build_unknown.__get__(self)


def _engine_with_kept_statements(*where: Any, **options: Any) -> Engine:
    engine = _create_engine(*where, **options, query_cache_size=STATEMENTS_MAX)
    first = _first_engines.setdefault(engine.dialect.name, engine)
    if getattr(first.dialect, "server_version_info", None):  # it has met its server
        engine.dialect = first.dialect  # statements are kept by dialect
        engine._compiled_cache = first._compiled_cache
    return engine


def look_for_garbage_less_often() -> None:
    """Leave the modules and the tests that are read in out of every later search.

    What is there by then stays to the end, and a search that goes through it all is a ninth of the
    time of a test.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_MAX, 20, 20)


def keep() -> None:
    """Let all products of this run share their routes, their statements and the list of zones.

    Werkzeug takes each route apart and writes two functions for it, which is most of making the
    product. They are made of the address and its defaults alone, and ask the route that they are
    bound to for how to write a query.
    SQL is written once for each engine, though the same for all SQLite files and for all databases
    of the one server. The zones are looked for in a thousand files.
    """
    Rule.compile = _compile_once
    db.create_engine = _engine_with_kept_statements
    firm.available_timezones = cache(firm.available_timezones)
