"""Every action that the code records has words in the activity log (FEATURES X9)."""

import ast
from collections.abc import Iterator

import pytest
from flask import Flask

from payments.receipts.models import ReceiptSource
from payments.transactions.disputed import DisputeState
from payments.transactions.refunded import RefundState
from payments.transactions.states import Status
from portal.core import audit
from portal.core.audit import ACTIONS, KINDS, Kind
from tests.support.source import Module, product

# What stands for the braces of an action that is put together.
COMPOSED: dict[str, list[str]] = {
    "dispute.": [str(state) for state in DisputeState],
    "payment.": [str(status) for status in Status],
    "refund.": [str(state) for state in RefundState],
    "receipt.": [str(source) for source in ReceiptSource],
}


RECORDS = ("audit.record", "audit.record_many")


def actions_recorded(module: Module) -> Iterator[str]:
    for scope in ast.walk(module.tree):
        if isinstance(scope, ast.FunctionDef):
            for node in ast.walk(scope):
                if isinstance(node, ast.Call) and _called(node) in RECORDS:
                    yield from _literals(node.args[2], scope, module)


def _called(node: ast.Call) -> str:
    return ast.unparse(node.func)


def _literals(told: ast.expr, scope: ast.FunctionDef, module: Module) -> Iterator[str]:
    where = f"{module.where}:{told.lineno}"
    if isinstance(told, ast.Constant) and isinstance(told.value, str):
        yield told.value
    elif isinstance(told, ast.IfExp):
        yield from _literals(told.body, scope, module)
        yield from _literals(told.orelse, scope, module)
    elif isinstance(told, ast.JoinedStr) and isinstance(told.values[0], ast.Constant):
        start = str(told.values[0].value)
        assert start in COMPOSED, f"{where}: say in COMPOSED what may follow {start!r}"
        yield from (start + rest for rest in COMPOSED[start])
    else:
        name = told.id if isinstance(told, ast.Name) else ""
        values = [*_assigned(name, scope), *_passed(name, scope, module)]
        assert values, f"{where}: which actions this records cannot be read from the code"
        for value in values:
            yield from _literals(value, scope, module)


def _assigned(name: str, scope: ast.FunctionDef) -> list[ast.expr]:
    return [
        node.value
        for node in ast.walk(scope)
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
    ]


def _passed(name: str, scope: ast.FunctionDef, module: Module) -> list[ast.expr]:
    """What the rest of the module calls this function with, for a parameter of that name."""
    parameters = [parameter.arg for parameter in scope.args.args]
    calls = [
        node
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and _called(node) == scope.name
    ]
    named = [word.value for call in calls for word in call.keywords if word.arg == name]
    if name not in parameters:
        return named
    place = parameters.index(name)
    return named + [call.args[place] for call in calls if len(call.args) > place]


def test_X9_every_action_of_the_code_has_words(app: Flask) -> None:
    recorded = {action for module in product() for action in actions_recorded(module)}
    assert len(recorded) > 30, "the code was not read"
    assert sorted(recorded - ACTIONS.keys()) == []


def test_X9_no_words_stand_for_an_action_that_nothing_records(app: Flask) -> None:
    recorded = {action for module in product() for action in actions_recorded(module)}
    assert sorted(ACTIONS.keys() - recorded) == []


def test_X9_no_two_actions_have_the_same_words(app: Flask) -> None:
    with app.app_context():
        words = [str(one) for one in ACTIONS.values()]
    assert sorted(words) == sorted(set(words))


def test_X9_every_page_that_a_line_leads_to_exists(app: Flask) -> None:
    pages = {kind.endpoint for kind in KINDS.values() if kind.endpoint}
    assert sorted(pages - app.view_functions.keys()) == []


def test_X9_two_features_cannot_describe_the_same_thing(app: Flask) -> None:
    with pytest.raises(ValueError, match=r"described twice: contact, contact\.added"):
        audit.describe({"contact.added": "Again"}, {"contact": Kind("Again")})
