"""A passkey device made of software: it keeps keys, verifies its user, and signs what it is asked.

It answers as a browser's `navigator.credentials` would, so tests of passkeys need no browser
(https://www.w3.org/TR/webauthn-3/#sctn-authenticator-data).
"""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

UP, UV, AT = 0x01, 0x04, 0x40
ORIGIN = "http://localhost:8000"


@dataclass
class Credential:
    """One passkey on the device."""

    id: bytes
    key: ec.EllipticCurvePrivateKey
    user_handle: bytes
    count: int = 0


@dataclass
class SoftAuthenticator:
    """The device. `origin` is the page that its browser believes to be on; `counts`: whether it
    counts its uses (synced passkeys do not); `verifies`: whether it asks for a finger."""

    origin: str = ORIGIN
    counts: bool = True
    verifies: bool = True
    credentials: list[Credential] = field(default_factory=list[Credential])

    def create(self, options: dict[str, Any], credential_id: bytes | None = None) -> str:
        """What `navigator.credentials.create` answers, as the page sends it."""
        known = {one["id"] for one in options.get("excludeCredentials", [])}
        assert not known & {bytes_to_base64url(one.id) for one in self.credentials}, "excluded"
        made = Credential(
            credential_id or secrets.token_bytes(32),
            ec.generate_private_key(ec.SECP256R1()),
            base64url_to_bytes(options["user"]["id"]),
        )
        self.credentials.append(made)
        data = self._data(options["rp"]["id"], made, AT) + self._attested(made)
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        response = {
            "clientDataJSON": self._client_data("webauthn.create", options["challenge"]),
            "attestationObject": bytes_to_base64url(attestation),
        }
        return self._answer(made, response)

    def get(self, options: dict[str, Any], credential: Credential | None = None) -> str:
        """What `navigator.credentials.get` answers, by its first passkey that is allowed."""
        allowed = {one["id"] for one in options.get("allowCredentials", [])}
        used = credential or next(
            one for one in self.credentials if not allowed or bytes_to_base64url(one.id) in allowed
        )
        used.count += self.counts
        data = self._data(options["rpId"], used)
        told = self._client_data("webauthn.get", options["challenge"])
        signed = data + hashlib.sha256(base64url_to_bytes(told)).digest()
        response = {
            "clientDataJSON": told,
            "authenticatorData": bytes_to_base64url(data),
            "signature": bytes_to_base64url(used.key.sign(signed, ec.ECDSA(SHA256()))),
            "userHandle": bytes_to_base64url(used.user_handle),
        }
        return self._answer(used, response)

    def _data(self, rp_id: str, credential: Credential, flags: int = 0) -> bytes:
        flags |= UP | (UV if self.verifies else 0)
        count = credential.count.to_bytes(4, "big")
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + count

    def _attested(self, credential: Credential) -> bytes:
        point = credential.key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (point.x, point.y))
        key = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        return bytes(16) + len(credential.id).to_bytes(2, "big") + credential.id + key

    def _client_data(self, kind: str, challenge: str) -> str:
        told = {
            "type": kind,
            "challenge": challenge,
            "origin": self.origin,
            "crossOrigin": False,
        }
        return bytes_to_base64url(json.dumps(told).encode())

    def _answer(self, credential: Credential, response: dict[str, Any]) -> str:
        name = bytes_to_base64url(credential.id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
