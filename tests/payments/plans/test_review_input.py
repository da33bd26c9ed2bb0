"""What no person types does no harm where staff charge a method (FEATURES P8, P9)."""

from typing import Any

import pytest

from tests.factories.plans import PlanDesk
from tests.support.cast import Cast

pytestmark = pytest.mark.both_databases

ODD = ("a\0b", "9" * 300, "-1", "१००", "1e9")


def test_P8_odd_input_is_told_and_never_an_error_of_ours(desk: PlanDesk, cast: Cast) -> None:
    bill, card = desk.bill(), desk.card().public_id
    contact = f"/staff/contacts/{desk.client.public_id}"
    account = desk.account.public_id
    forms: dict[str, dict[str, Any]] = {
        f"/staff/bills/{bill.public_id}/charge": {
            "method": card,
            "amount": "1.00",
            "reason": "As agreed",
            "version": str(bill.version),
            "nonce": "once",
        },
        f"{contact}/autocharge": {"method": card, "moment": "after", "days": "3"},
        f"{contact}/payment-method-requests": {
            "account": account,
            "address": "cleo@client.test",
            "message": "Please",
        },
    }
    for path, form in forms.items():
        for name in form:
            for value in ODD:
                sent = form | {name: value, "csrf_token": cast.ana.csrf_token()}
                answer = cast.ana.http.post(path, data=sent)
                assert answer.status_code in {303, 409, 422}, (path, name, value)
