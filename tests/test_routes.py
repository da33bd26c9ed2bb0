"""Law 6: every route comes from a guarded blueprint, and strangers see a literal list of them."""

import re
from collections.abc import Iterator

from flask import Flask
from werkzeug.routing import Rule

from portal.web.blueprints import GuardedBlueprint
from portal.web.permissions import TABLE, Permission
from tests.support.cast import Cast, Person

# Whoever makes a page public adds it here, and says by that that no sign-in guards it.
PUBLIC = {
    "GET /pay/<token>",
    "POST /pay/<token>",
    "POST /pay/<token>/submit",
    "GET /embed/v1.js",
    "GET /embed/<token>",
    "POST /embed/<token>",
    "POST /embed/<token>/submit",
    "GET /embed/<token>/payments/<status_token>",
    "POST /embed/<token>/payments/<status_token>/continue",
    "GET /bills/<token>",
    "POST /bills/<token>",
    "POST /bills/<token>/submit",
    "POST /bills/<token>/start-again",
    "GET /bills/<token>/bill.pdf",
    "GET /bills/<token>/document",
    "GET /trust-requests/<token>",
    "POST /trust-requests/<token>",
    "POST /trust-requests/<token>/submit",
    "POST /trust-requests/<token>/start-again",
    "GET /trust-requests/<token>/trust-request.pdf",
    "GET /trust-requests/<token>/document",
    "GET /payments/<token>/receipt",
    "GET /payments/<token>/receipt.pdf",
    "GET /payments/<token>",
    "POST /payments/<token>/continue",
    "GET /payment-methods/<token>",
    "POST /payment-methods/<token>",
    "GET /payment-methods/store/<token>",
    "POST /payment-methods/store/<token>",
    "POST /payment-methods/store/<token>/submit",
    "POST /payment-methods/store/<token>/checks",
    "POST /payment-methods/store/<token>/restart",
    "GET /payment-plans/<token>",
    "POST /payment-plans/<token>",
    "GET /staff/sign-in",
    "POST /staff/sign-in",
    "POST /staff/sign-in/passkey",
    "POST /staff/sign-in/passkey-challenges",
    "GET /staff/sign-in/second-factor",
    "POST /staff/sign-in/second-factor",
    "POST /staff/sign-in/second-factor/passkey-challenges",
    "GET /staff/forgotten-password",
    "POST /staff/forgotten-password",
    "GET /staff/forgotten-password/<token>",
    "POST /staff/forgotten-password/<token>",
    "GET /staff/new-password-set",
    "GET /staff/invitations/<token>",
    "POST /staff/invitations/<token>",
    "POST /staff/invitations/<token>/passkey-challenges",
    "POST /staff/invitations/<token>/passkey",
    "GET /invitations/<token>",
    "POST /invitations/<token>",
    "POST /invitations/<token>/renew",
    "GET /sign-in",
    "POST /sign-in",
    "GET /sign-in/code",
    "POST /sign-in/code",
    "POST /sign-in/who",
    "GET /sign-in/<token>",
    "POST /sign-in/<token>",
    "POST /sign-in/passkey",
    "POST /sign-in/passkey-challenges",
    "GET /portal/manifest.webmanifest",
    "GET /staff/manifest.webmanifest",
    "GET /portal/icon-<int:size>.png",
    "GET /brand/<fingerprint>/<any(public, client, staff):surface>.css",
    "GET /brand/<fingerprint>/logo.png",
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


def needs(app: Flask, rule: Rule) -> Permission:
    """What one must be allowed to do."""
    return getattr(app.view_functions[rule.endpoint], "needs")  # noqa: B009


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


def test_N9_every_staff_route_names_a_row_of_the_table_of_permissions(app: Flask) -> None:
    named = {needs(app, rule).name for _, rule in routes(app, "staff")}
    assert named <= {row.name for row in TABLE}


def test_a_user_without_the_level_is_refused(app: Flask, cast: Cast) -> None:
    """FEATURES N9: what each level may do is enforced whatever the page shows."""
    levels = {"ada": "administrator", "ben": "billing", "ana": "accounts"}
    for name, level in levels.items():
        person: Person = getattr(cast, name)
        token = {"csrf_token": person.csrf_token()}
        for method, address, rule in addresses(app, "staff"):
            if not needs(app, rule).allows(frozenset({level})):
                data = None if method == "GET" else token
                person.ask(method, address, status=403, follow=False, data=data)
