"""The laws of import, each a function that answers the places where it is broken."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from graphlib import CycleError, TopologicalSorter

from tests.support.source import Module, calls, imported_modules

# In a package, a feature imports only features to its left.
PORTAL = "core web outbox firm imports clients feed access notifications documents messages"
PAYMENTS = (
    "money gateway ledger accounts billing receipts links methods transactions checkout plans "
    "webhooks sandbox demo"
)
FEATURES: dict[str, Sequence[str]] = {"portal": PORTAL.split(" "), "payments": PAYMENTS.split(" ")}
PACKAGES: list[str] = ["portal", "payments", "app", "wsgi"]  # each imports only those before it
APART = "sandbox"  # imports no other feature of payments, and none imports it

ROLES: list[str] = ["models", "queries", "emails", "actions", "forms"]  # then the views
VIEWS = ("staff", "client", "public", "commands")
VIEW_RANK = len(ROLES)
# Views under a name of their own.
VIEWS_TOO = {
    "portal/firm/sign_in.py": "the staff door: public before, staff after",
    "portal/firm/sign_in_resets.py": "the same door, with a forgotten password",
}

FLASK = (
    "flask",
    "flask_login",
    "flask_wtf",
    "flask_mail",
    "flask_limiter",
    "htmx_flask",
    "wtforms",
)
# What else may import a Flask package, each with its reason.
FLASK_TOO = {
    "portal/outbox/render.py": "renders emails with the application's templates",
    "portal/outbox/smtp.py": "Flask-Mail's connection; no request comes near it",
}
# Texts are marked for translation where they are written; these names carry no request.
MARKING = {"gettext", "lazy_gettext", "ngettext", "lazy_ngettext", "pgettext", "lazy_pgettext"}

CLOCK = "portal/core/clock.py"
BY_NAME = {("importlib", ""), ("importlib", "import_module"), ("importlib", "util")}
READS_THE_CLOCK = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
    "time.ctime",
    "func.now",
    "func.current_timestamp",
    "func.current_date",
    "func.localtimestamp",
}


def _at(module: Module, line: int, what: str) -> str:
    return f"{module.where}:{line} {what}"


def _parts(name: str) -> tuple[str, str, str]:
    package, feature, role = (*name.split("."), "", "")[:3]
    return package, feature, role or "__init__"


def rank_of(name: str) -> int | None:
    """Where a module stands in `models ← queries ← emails ← actions ← forms ← views`."""
    role = _parts(name)[2]
    if role in ROLES:
        return ROLES.index(role)
    return VIEW_RANK if is_view(name) else None


def is_view(name: str) -> bool:
    """`staff`, `client`, `public`, `commands` and what is split from them: `staff_links`."""
    package, feature, role = _parts(name)
    if (package, feature) in (("portal", "core"), ("portal", "web")):
        return False
    return f"{name.replace('.', '/')}.py" in VIEWS_TOO or role.split("_")[0] in VIEWS


def _audience(role: str) -> str:
    return role.split("_")[0]


def package_order(modules: Iterable[Module]) -> Iterator[str]:
    """Law 1: app → payments → portal, never back."""
    for module in modules:
        for name, line in imported_modules(module):
            if PACKAGES.index(_parts(name)[0]) > PACKAGES.index(module.package):
                yield _at(module, line, f"imports {name}")


def imports_in_disguise(modules: Iterable[Module]) -> Iterator[str]:
    """Law 1: nobody walks around the laws with importlib."""
    allowed = {"portal/core/bootstrap.py", "portal/core/migrations.py"}
    for module in modules:
        for item in module.imports:
            by_name = (item.module, item.name) in BY_NAME
            if by_name and module.where not in allowed:
                yield _at(module, item.line, "imports by name at run time")


def feature_order(modules: Iterable[Module]) -> Iterator[str]:
    """Law 2: in a package, only features to the left; the sandbox stands apart."""
    for module in modules:
        order = FEATURES.get(module.package)
        if order is None or not module.feature:
            continue
        if module.feature not in order:
            yield f"{module.where} is in no feature of DESIGN's list"
            continue
        for name, line in imported_modules(module):
            package, feature, _ = _parts(name)
            if package != module.package or feature in ("", module.feature):
                continue
            apart = module.package == "payments" and APART in (feature, module.feature)
            if apart or order.index(feature) > order.index(module.feature):
                yield _at(module, line, f"imports {name}")


def role_order(modules: Iterable[Module]) -> Iterator[str]:
    """Law 3: in a feature, a role imports only roles before it; extras stand below the forms.

    Views of one audience may be split over files that import each other's parts.
    """
    for module in modules:
        mine = rank_of(module.name)
        highest = ROLES.index("actions") if mine is None else mine - 1
        for name, line in imported_modules(module):
            package, feature, role = _parts(name)
            if (package, feature) != (module.package, module.feature) or role == module.role:
                continue
            theirs = rank_of(name)
            split = mine == theirs == VIEW_RANK and _audience(role) == _audience(module.role)
            if theirs is not None and theirs > highest and not split:
                yield _at(module, line, f"imports {name}")


def foreign_forms_and_views(modules: Iterable[Module]) -> Iterator[str]:
    """Law 3: nobody but app.py imports another feature's forms or views."""
    for module in modules:
        if module.package not in FEATURES:
            continue
        for name, line in imported_modules(module):
            package, feature, role = _parts(name)
            foreign = (package, feature) != (module.package, module.feature)
            if foreign and (role == "forms" or is_view(name)):
                yield _at(module, line, f"imports {name}")


def cycles(modules: Iterable[Module]) -> Iterator[str]:
    """No two modules import each other, not even by way of a third."""
    graph = {m.name: {name for name, _ in imported_modules(m)} - {m.name} for m in modules}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as found:
        yield " → ".join(found.args[1])


def flask_outside_the_edge(modules: Iterable[Module]) -> Iterator[str]:
    """Law 4: `flask` only in views, forms, portal/web, the outbox's render and app.py.

    `flask_babel`'s gettext family is allowed everywhere but in the core, to mark texts.
    """
    for module in modules:
        if _speaks_http(module):
            continue
        for item in module.imports:
            top = item.module.split(".")[0]
            marks = top == "flask_babel" and item.name in MARKING and module.feature != "core"
            if top in FLASK or (top == "flask_babel" and not marks):
                yield _at(module, item.line, f"imports {item.module}")


def _speaks_http(module: Module) -> bool:
    if module.package not in FEATURES:
        return True
    if (module.package, module.feature) == ("portal", "web") or module.where in FLASK_TOO:
        return True
    return module.feature != "core" and (module.role == "forms" or is_view(module.name))


def stripe_outside_the_gateway(modules: Iterable[Module]) -> Iterator[str]:
    """Law 4: `stripe` only in payments/gateway and in the sandbox (signer and contract)."""
    for module in modules:
        if module.package == "payments" and module.feature in ("gateway", APART):
            continue
        for item in module.imports:
            if item.module.split(".")[0] == "stripe":
                yield _at(module, item.line, "imports stripe")


def commits(modules: Iterable[Module]) -> Iterator[str]:
    """Law 4: `commit` only in portal/core/db.py."""
    for module in modules:
        if module.where == "portal/core/db.py":
            continue
        for name, line in calls(module):
            if name.rsplit(".", 1)[-1] == "commit":
                yield _at(module, line, f"uses {name}")


def clocks(modules: Iterable[Module]) -> Iterator[str]:
    """Law 4: the time only from portal/core/clock.py. `time.monotonic` and `sleep` tell no time."""
    for module in modules:
        if module.where == CLOCK:
            continue
        for name, line in calls(module):
            if ".".join(name.split(".")[-2:]) in READS_THE_CLOCK:
                yield _at(module, line, f"uses {name}")
        for item in module.imports:
            if item.module == "time" and item.name in {"time", "time_ns", "localtime", "gmtime"}:
                yield _at(module, item.line, f"imports time.{item.name}")


def backrefs(modules: Iterable[Module]) -> Iterator[str]:
    """Law 5: a relationship is declared by the side that points."""
    for module in modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.keyword) and node.arg == "backref":
                yield _at(module, node.value.lineno, "declares a backref")


@cache
def position(module_name: str) -> tuple[int, int]:
    """How far down and right a module stands: foreign keys may point to lower positions only."""
    package, feature, _ = _parts(module_name)
    return PACKAGES.index(package), FEATURES[package].index(feature)


def long_functions(modules: Iterable[Module], most: int = 40) -> Iterator[str]:
    """A function is at most 40 lines, decorators apart."""
    for module in modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > most:
                    yield _at(module, node.lineno, f"{node.name} has {lines} lines")
