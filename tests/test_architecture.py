"""The laws of the house, held by reading the code itself (docs: DESIGN "Laws of import")."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect
from sqlalchemy.orm import Mapper

from portal.core.db import Base
from portal.core.migrations import import_every_table
from tests.support import laws
from tests.support.source import ROOT, Module, modules, product

Law = Callable[[Iterable[Module]], Iterator[str]]
OUR_CODE = modules("portal", "payments", "app.py", "wsgi.py", "tests", "bench", "migrations/env.py")


def broken(law: Law) -> str:
    return "\n".join(sorted(law(product())))


def test_payments_imports_portal_and_portal_never_imports_payments() -> None:
    assert broken(laws.package_order) == ""


def test_nobody_imports_by_name_at_run_time() -> None:
    assert broken(laws.imports_in_disguise) == ""


def test_a_feature_imports_only_features_to_its_left_and_the_sandbox_stands_apart() -> None:
    assert broken(laws.feature_order) == ""


def test_in_a_feature_models_come_first_and_views_last() -> None:
    assert broken(laws.role_order) == ""


def test_no_feature_imports_another_ones_forms_or_views() -> None:
    assert broken(laws.foreign_forms_and_views) == ""


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert broken(laws.cycles) == ""


def test_flask_is_spoken_only_at_the_edge() -> None:
    assert broken(laws.flask_outside_the_edge) == ""


def test_stripe_is_spoken_only_by_the_gateway_and_the_sandbox() -> None:
    assert broken(laws.stripe_outside_the_gateway) == ""


def test_only_the_transaction_helper_commits() -> None:
    assert broken(laws.commits) == ""


def test_only_the_clock_tells_the_time() -> None:
    assert broken(laws.clocks) == ""


def test_no_relationship_has_a_backref() -> None:
    assert broken(laws.backrefs) == ""


def test_foreign_keys_and_relationships_point_left_and_down() -> None:
    import_every_table()
    owner: dict[object, str] = {m.local_table: m.class_.__module__ for m in Base.registry.mappers}
    wrong: list[str] = []
    for mapper in Base.registry.mappers:
        here = laws.position(mapper.class_.__module__)
        for target, what in points_to(mapper):
            if laws.position(owner[target]) > here:
                wrong.append(f"{mapper.class_.__module__}: {what} points at {target}")
    assert wrong == []


def points_to(mapper: Mapper[Any]) -> Iterator[tuple[object, str]]:
    for key in inspect(mapper).local_table.foreign_keys:
        yield key.column.table, f"column {key.parent}"
    for relationship in mapper.relationships:
        yield relationship.mapper.local_table, f"relationship {relationship}"


def test_functions_have_at_most_forty_lines() -> None:
    assert "\n".join(sorted(laws.long_functions(OUR_CODE))) == ""


def test_files_have_at_most_three_hundred_lines() -> None:
    ours = [module.path for module in OUR_CODE]
    for folder, kind in (("static", "*.css"), ("static", "*.js"), ("templates", "*.html")):
        ours += [p for p in (ROOT / folder).rglob(kind) if "vendor" not in p.parts]
    long = {p: len(p.read_text(encoding="utf-8").splitlines()) for p in ours}
    assert {str(p.relative_to(ROOT)): n for p, n in long.items() if n > 300} == {}


def test_no_module_is_named_utils() -> None:
    vague = {"utils", "util", "helpers", "common", "misc"}
    assert [m.where for m in OUR_CODE if m.name.split(".")[-1] in vague] == []


def test_every_feature_folder_stands_in_the_order() -> None:
    found = {
        (package, p.name)
        for package in laws.FEATURES
        for p in (ROOT / package).iterdir()
        if any(p.glob("*.py"))
    }
    listed = {(package, name) for package, names in laws.FEATURES.items() for name in names}
    assert found - listed == set()


PLANTED: list[tuple[Law, str, str]] = [
    (
        laws.package_order,
        "portal/firm/actions.py",
        "def f():\n    from payments.links import staff",
    ),
    (laws.imports_in_disguise, "portal/firm/actions.py", "import importlib"),
    (laws.feature_order, "portal/outbox/actions.py", "from portal.firm import models"),
    (laws.feature_order, "payments/links/actions.py", "from payments.sandbox import numbers"),
    (laws.feature_order, "payments/sandbox/desk.py", "import payments.money"),
    (laws.role_order, "payments/links/queries.py", "from payments.links.actions import retire"),
    (laws.role_order, "payments/links/public.py", "from payments.links import staff"),
    (laws.role_order, "payments/links/qr.py", "from payments.links.staff import show"),
    (
        laws.foreign_forms_and_views,
        "payments/checkout/public.py",
        "from payments.links import staff",
    ),
    (laws.flask_outside_the_edge, "payments/links/actions.py", "from flask import request"),
    (laws.flask_outside_the_edge, "portal/core/clock.py", "from flask_babel import gettext"),
    (laws.stripe_outside_the_gateway, "payments/links/actions.py", "import stripe"),
    (laws.commits, "payments/links/actions.py", "session.commit()"),
    (laws.clocks, "payments/links/actions.py", "import datetime\ndatetime.datetime.now()"),
    (laws.clocks, "payments/links/actions.py", "from time import time"),
    (laws.backrefs, "payments/links/models.py", "relationship('Bill', backref='links')"),
]


@pytest.mark.parametrize(
    "law, where, offence", PLANTED, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_law_notices_when_it_is_broken(
    law: Law, where: str, offence: str, tmp_path: Path
) -> None:
    neighbours = ["portal/firm/models.py", "payments/links/staff.py", "payments/links/actions.py"]
    for name in [*neighbours, "payments/money/__init__.py", "payments/sandbox/numbers.py"]:
        _plant(tmp_path / name, "")
    _plant(tmp_path / where, offence)
    assert [found for found in law(product(tmp_path)) if found.startswith(where)] != []


def test_a_circle_of_three_is_noticed(tmp_path: Path) -> None:
    _plant(tmp_path / "portal/firm/a.py", "from portal.firm import b")
    _plant(tmp_path / "portal/firm/b.py", "import portal.firm.c")
    _plant(tmp_path / "portal/firm/c.py", "from portal.firm.a import thing")
    assert list(laws.cycles(product(tmp_path))) != []


def _plant(path: Path, source: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
