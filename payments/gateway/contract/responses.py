"""Check an answer, or the object in an event, against the SDK's resource classes."""

from typing import cast

from payments.gateway.contract.shapes import Anything, ListOf, Record, fields_of
from payments.gateway.contract.sources import resource_classes
from payments.gateway.contract.violation import ContractViolation
from payments.gateway.contract.walk import Dialect, Where, check, check_record

ERROR_OBJECT = Record("stripe._error_object", ("ErrorObject",))
ERROR_TYPES = frozenset({"api_error", "card_error", "idempotency_error", "invalid_request_error"})


def check_response(answer: dict[str, object]) -> None:
    """Raise `ContractViolation` unless Stripe's types allow the answer, at any depth.

    Takes a resource, a list of them, or an error body.
    """
    if "error" in answer and "object" not in answer:
        _check_error(answer)
    else:
        _check_object(answer, ())


def _check_object(value: dict[str, object], where: Where) -> None:
    name = value.get("object")
    if name == "list":
        check(ListOf(Anything(), page=True), value, where, JSON)
        return
    if not isinstance(name, str) or name not in resource_classes():
        raise ContractViolation(f"{name!r:.80} is no object of Stripe's", (*where, "object"))
    module, class_name = resource_classes()[name]
    record = Record(module, (class_name,))
    if value.get("deleted") is True and value.keys() <= fields_of(record).keys():
        return  # of what was deleted Stripe tells little more than the id
    check_record(record, value, where, JSON)


def _check_error(answer: dict[str, object]) -> None:
    error = answer["error"]
    if answer.keys() != {"error"} or not isinstance(error, dict):
        raise ContractViolation("an error body holds one object", ("error",))
    error = cast("dict[str, object]", error)
    if error.get("type") not in ERROR_TYPES:
        raise ContractViolation(f"{error.get('type')!r:.80} is no kind of error", ("error", "type"))
    check_record(ERROR_OBJECT, error, ("error",), JSON)


def _check_undescribed(value: object, where: Where) -> None:
    """What the SDK leaves open is checked all the same when it says which resource it is."""
    if isinstance(value, dict):
        found = cast("dict[str, object]", value)
        if isinstance(found.get("object"), str):
            _check_object(found, where)


def _is_scalar(kind: str, value: object) -> bool:
    match kind:
        case "int":
            return isinstance(value, int) and not isinstance(value, bool)
        case "float":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "bool":
            return isinstance(value, bool)
        case _:  # a Decimal travels as text
            return isinstance(value, str)


def _as_list(value: object) -> list[object] | None:
    return cast("list[object]", value) if isinstance(value, list) else None


JSON = Dialect(_is_scalar, _as_list, _check_undescribed)
