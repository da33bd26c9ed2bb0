"""What may be told to a payer's bank about a dispute (https://docs.stripe.com/api/disputes/evidence_object)."""

from payments.sandbox.book import Json
from payments.sandbox.desk import Desk
from payments.sandbox.errors import ApiError, bad_parameter
from payments.sandbox.files import EVIDENCE
from payments.sandbox.wire import Params

TEXT_CHARACTERS_MAX = 20_000
ALL_CHARACTERS_MAX = 150_000

FILE_FIELDS = frozenset(
    {
        "cancellation_policy",
        "customer_communication",
        "customer_signature",
        "duplicate_charge_documentation",
        "receipt",
        "refund_policy",
        "service_documentation",
        "shipping_documentation",
        "uncategorized_file",
    }
)
FIELDS = FILE_FIELDS | {
    "access_activity_log",
    "billing_address",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_tracking_number",
    "uncategorized_text",
}


def no_evidence() -> Json:
    """The evidence of a dispute that nobody has answered yet."""
    return dict.fromkeys(sorted(FIELDS)) | {"enhanced_evidence": {}}


def put_evidence(desk: Desk, evidence: Json, given: Params) -> None:
    """Write what was given over what stands there; an empty text takes a field back.

    Raises ApiError for an unknown field, a text that is too long, or a file that is none.
    """
    for name, value in given.items():
        param = f"evidence[{name}]"
        if name not in FIELDS or not isinstance(value, str):
            raise ApiError(400, f"Received unknown parameter: {param}", executed=False)
        if len(value) > TEXT_CHARACTERS_MAX:
            raise bad_parameter(param, f"{param} may be at most {TEXT_CHARACTERS_MAX} characters.")
        if value and name in FILE_FIELDS:
            _check_file(desk, value, param)
        evidence[name] = value or None
    if sum(len(value) for value in evidence.values() if isinstance(value, str)) > (
        ALL_CHARACTERS_MAX
    ):
        message = f"The evidence may hold at most {ALL_CHARACTERS_MAX} characters in all."
        raise bad_parameter("evidence", message)


def _check_file(desk: Desk, file_id: str, param: str) -> None:
    file = desk.named("file", file_id, param)
    if file.body["purpose"] != EVIDENCE:
        raise bad_parameter(param, f"The file {file_id} was not uploaded as evidence.")
