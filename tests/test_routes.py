"""Law 6: every route comes from a guarded blueprint, and strangers see a literal list of them."""

import re
from collections.abc import Iterator

from flask import Flask
from werkzeug.routing import Rule

from portal.web.blueprints import GuardedBlueprint
from tests.support.cast import Cast, Person

# Whoever makes a page public adds it here, and says by that that no sign-in guards it.
PUBLIC = {
    "GET /pay/<token>",
    "POST /pay/<token>",
    "POST /pay/<token>/submit",
    "GET /payments/<token>",
    "POST /payments/<token>/continue",
    "GET /staff/sign-in",
    "POST /staff/sign-in",
    "GET /brand/<fingerprint>/<any(public, staff):surface>.css",
    "GET /brand/<fingerprint>/logo.svg",
    "GET /healthz",
    "GET /readyz",
    "POST /webhooks/stripe",
    # These exist in sandbox mode only, where no money is real.
    "GET /sandbox/mail",
    "GET /sandbox/mail/<name>",
    "GET /sandbox/mail/<name>/html",
    "GET /sandbox/stripe.js",
    "GET /sandbox/stripe-api/<path:path>",
    "POST /sandbox/stripe-api/<path:path>",
    "GET /sandbox/verify-deposits/<intent_id>",
    "POST /sandbox/verify-deposits/<intent_id>",
}
UNGUARDED = {"static"}  # files of the repository, the same for everybody


def routes(app: Flask, surface: str) -> Iterator[tuple[str, Rule]]:
    """The methods and rules of one surface."""
    for rule in app.url_map.iter_rules():
        blueprint = app.blueprints.get(rule.endpoint.split(".")[0])
        if getattr(blueprint, "surface", None) == surface:
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield method, rule


def addresses(app: Flask, surface: str) -> Iterator[tuple[str, str, Rule]]:
    """Each with something that does not exist in place of its variables."""
    for method, rule in routes(app, surface):
        address = re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule)
        yield method, re.sub(r"<[^>]+>", "nothing-of-this-name", address), rule


def needs(app: Flask, rule: Rule) -> tuple[str, ...]:
    """The levels of which a user must hold one; empty for every user."""
    return tuple(str(level) for level in getattr(app.view_functions[rule.endpoint], "needs"))  # noqa: B009


def test_every_route_comes_from_a_guarded_blueprint(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()} - UNGUARDED
    guarded = {name for name, b in app.blueprints.items() if isinstance(b, GuardedBlueprint)}
    assert {endpoint for endpoint in endpoints if endpoint.split(".")[0] not in guarded} == set()
    assert {b.surface for b in app.blueprints.values() if isinstance(b, GuardedBlueprint)} <= {
        "staff",
        "client",
        "public",
    }


def test_the_routes_open_to_strangers_are_exactly_these(app: Flask) -> None:
    assert {f"{method} {rule.rule}" for method, rule in routes(app, "public")} == PUBLIC


def test_staff_routes_stand_under_staff_and_client_routes_under_portal(app: Flask) -> None:
    astray = [
        rule.rule
        for surface, prefix in (("staff", "/staff/"), ("client", "/portal/"))
        for _, rule in routes(app, surface)
        if not rule.rule.startswith(prefix)
    ]
    assert astray == []


def test_paths_are_in_kebab_case(app: Flask) -> None:
    odd = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if not re.fullmatch(r"[a-z0-9/.-]*", re.sub(r"<[^>]+>", "x", rule.rule))
    ]
    assert odd == []


def test_a_stranger_gets_no_further_than_the_staff_door(app: Flask, cast: Cast) -> None:
    for person in (cast.cleo, cast.sol):
        for method, address, _ in addresses(app, "staff"):
            page = person.ask(method, address, status=303, follow=False)
            assert page.headers["Location"].startswith("/staff/sign-in"), f"{method} {address}"


def test_a_staff_form_without_its_token_changes_nothing(app: Flask, cast: Cast) -> None:
    for method, address, _ in addresses(app, "staff"):
        if method != "GET":
            cast.ada.ask(method, address, status=400, follow=False)


def test_a_user_without_the_level_is_refused(app: Flask, cast: Cast) -> None:
    """FEATURES N9: what each level may do is enforced whatever the page shows."""
    levels = {"ada": "administrator", "ben": "billing", "ana": "accounts"}
    for name, level in levels.items():
        person: Person = getattr(cast, name)
        token = {"csrf_token": person.csrf_token()}
        for method, address, rule in addresses(app, "staff"):
            wanted = needs(app, rule)
            if wanted and level not in wanted:
                data = None if method == "GET" else token
                person.ask(method, address, status=403, follow=False, data=data)
