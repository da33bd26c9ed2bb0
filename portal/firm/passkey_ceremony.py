"""The ceremony of passkeys, whoever they belong to: what a device is asked, and what it answers.

What a device signs is bound to our origin and to a challenge that is taken once, within minutes
(https://www.w3.org/TR/webauthn-3/). The rules of the answers are held by the `webauthn` package.
Whose keys they are, and where challenges are kept, is for the features that use this.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from flask_babel import gettext as _

from portal.core import config

CHALLENGE_TTL = timedelta(minutes=5)
TIMEOUT_MS = 300_000
ANSWER_CHARS_MAX = 20_000
NAME_CHARS_MAX = 80

log = structlog.get_logger("sign-in")


class WrongPasskey(Exception):
    """A device's answer that opens nothing; the reason is for our log, not for the browser."""


@dataclass(frozen=True, slots=True)
class Owner:
    """For whom a passkey is made: `handle` is what the device keeps to know them by."""

    handle: str
    email: str
    name: str


def new_challenge() -> bytes:
    """Random bytes for a device to sign."""
    from webauthn.helpers import generate_challenge

    return generate_challenge()


def hashed(challenge: bytes) -> str:
    """What a table keeps of a challenge."""
    return hashlib.sha256(challenge).hexdigest()


def asked_to_make(owner: Owner, firm: str, challenge: bytes, have: Iterable[bytes]) -> str:
    """What a browser needs to make a passkey, as JSON. Devices that `have` one are excluded."""
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    return options_to_json(
        generate_registration_options(
            rp_id=config.current().host,
            rp_name=firm,
            user_id=owner.handle.encode(),
            user_name=owner.email,
            user_display_name=owner.name,
            challenge=challenge,
            timeout=TIMEOUT_MS,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=_descriptors(have),
        )
    )


def asked_to_show(challenge: bytes, allowed: Iterable[bytes] | None) -> str:
    """What a browser needs to show a passkey, as JSON: one of these, or any that it keeps here."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import UserVerificationRequirement

    return options_to_json(
        generate_authentication_options(
            rp_id=config.current().host,
            challenge=challenge,
            timeout=TIMEOUT_MS,
            allow_credentials=None if allowed is None else _descriptors(allowed),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


def read(answer: str) -> dict[str, Any]:
    """A device's answer as it came. Raises `WrongPasskey` for what cannot be one."""
    try:
        told = json.loads(answer) if len(answer) <= ANSWER_CHARS_MAX else None
    except (ValueError, RecursionError) as wrong:
        raise WrongPasskey("not JSON") from wrong
    if not isinstance(told, dict):
        raise WrongPasskey("not an answer of a device")
    return told


def challenge_in(answer: dict[str, Any]) -> bytes:
    """The challenge that an answer claims to have signed. Raises `WrongPasskey`."""
    from webauthn.helpers import base64url_to_bytes

    try:
        told = json.loads(base64url_to_bytes(answer["response"]["clientDataJSON"]))
        return base64url_to_bytes(told["challenge"])
    except Exception as wrong:  # an answer of any shape may come
        raise WrongPasskey("no challenge in the answer") from wrong


def credential_in(answer: dict[str, Any]) -> tuple[bytes, Any]:
    """The credential that an answer names, and the handle that came along, if one did. Raises
    `WrongPasskey`."""
    from webauthn.helpers import base64url_to_bytes

    try:
        return base64url_to_bytes(answer["rawId"]), answer["response"].get("userHandle")
    except Exception as wrong:  # an answer of any shape may come
        raise WrongPasskey("no credential in the answer") from wrong


def refuse_another(handle: Any, owner: str) -> None:
    """Raise `WrongPasskey` where the device kept its key for somebody else."""
    from webauthn.helpers import bytes_to_base64url

    if handle and handle != bytes_to_base64url(owner.encode()):
        raise WrongPasskey("the passkey is for somebody else")


def checked_new(answer: dict[str, Any], challenge: bytes) -> Any:
    """What a device has just made. Raises `WrongPasskey`."""
    from webauthn import verify_registration_response

    try:
        return verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=config.current().host,
            expected_origin=config.current().origin,
            require_user_verification=True,
        )
    except Exception as wrong:  # whatever breaks in reading a forged answer refuses it
        raise WrongPasskey(repr(wrong)) from wrong


def checked_use(
    answer: dict[str, Any], challenge: bytes, public_key: bytes, sign_count: int
) -> int:
    """How often the device says to have used its key. Raises `WrongPasskey`."""
    from webauthn import verify_authentication_response

    try:
        shown = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=config.current().host,
            expected_origin=config.current().origin,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
    except Exception as wrong:  # whatever breaks in reading a forged answer refuses it
        raise WrongPasskey(repr(wrong)) from wrong
    return shown.new_sign_count


def name_of(typed: str) -> str:
    """What its owner calls a passkey; "Passkey" where nothing readable was typed."""
    printable = "".join(sign for sign in typed if sign.isprintable())
    return " ".join(printable.split())[:NAME_CHARS_MAX] or _("Passkey")


def _descriptors(credential_ids: Iterable[bytes]) -> list[Any]:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    return [PublicKeyCredentialDescriptor(id=one) for one in credential_ids]
