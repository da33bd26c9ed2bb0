"""Form bodies as Stripe writes them."""

import pytest

from payments.sandbox.errors import ApiError
from payments.sandbox.wire import decode_form, flag, integer, metadata, refuse_unknown, texts


def test_nested_keys_and_lists_are_read() -> None:
    body = "amount=100&a[b][0]=x&a[b][1]=y&expand[]=p&expand[]=q&metadata[k%20k]=v%26w&empty="
    assert decode_form(body) == {
        "amount": "100",
        "a": {"b": ["x", "y"]},
        "expand": ["p", "q"],
        "metadata": {"k k": "v&w"},
        "empty": "",
    }


@pytest.mark.parametrize(
    "body",
    ["a[=1", "a]b=1", "[a]=1", "a=1&a[b]=2", "a[b]=1&a=2", "a[][b]=1", f"a{'[b]' * 9}=1"],
)
def test_a_malformed_key_is_refused(body: str) -> None:
    with pytest.raises(ApiError) as raised:
        decode_form(body)
    assert raised.value.status == 400


def test_bad_utf8_is_refused() -> None:
    with pytest.raises(ApiError):
        decode_form("a=%ff%fe")


@pytest.mark.parametrize("value", ["1.5", "１２", "1e3", "", " 1", "99999999999999999"])
def test_only_plain_whole_numbers_are_numbers(value: str) -> None:
    with pytest.raises(ApiError):
        integer({"amount": value}, "amount")


def test_kinds_of_values_are_checked() -> None:
    assert integer({"amount": "-12"}, "amount") == -12
    assert flag({"confirm": "true"}, "confirm") is True
    for params in ({"confirm": "yes"}, {"confirm": {"a": "b"}}):
        with pytest.raises(ApiError):
            flag(params, "confirm")
    with pytest.raises(ApiError):
        texts({"expand": "x"}, "expand")
    with pytest.raises(ApiError):
        metadata({"metadata": {"k" * 41: "v"}})
    with pytest.raises(ApiError):
        refuse_unknown({"nonsense": "1"}, ("amount",))
