"""Money that leaves again at Stripe: refunds, and disputes with their evidence (FEATURES M6, M7).

Source: https://docs.stripe.com/api/refunds and https://docs.stripe.com/api/disputes.
"""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, cast

from payments.gateway.calls import StripeCalls, checked_id, options_of
from payments.gateway.errors import InvalidRequest
from payments.gateway.mapping import (
    REFUND_NAME,
    Json,
    dispute_from,
    part_of,
    refund_from,
)
from payments.gateway.results import (
    DisputeStatus,
    GatewayDispute,
    GatewayRefund,
    NewRefund,
    ProcessorAccount,
)

if TYPE_CHECKING:
    from stripe.params import DisputeUpdateParamsEvidence

OBJECTS_PER_PAGE = 100
STILL_OPEN = frozenset({DisputeStatus.INQUIRY, DisputeStatus.OPEN, DisputeStatus.REVIEW})

# https://docs.stripe.com/file-upload: what a bank is sent as evidence, at most 5 MB each.
EVIDENCE_ENDINGS = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}


class StripeMoneyBack(StripeCalls):
    """Refunds and disputes at Stripe."""

    def create_refund(self, account: ProcessorAccount, new: NewRefund) -> GatewayRefund:
        """Give back some of a paid payment; the same `name` answers with the same refund.

        Stripe keeps the key for about a day. After that look for the refund among those of the
        payment (`GatewayRefund.ours`), never make it again. Raises `InvalidRequest` where Stripe
        refuses it, and nothing was given back.
        """
        refund = self._call(
            lambda: self._stripe.refunds.create(
                {
                    "payment_intent": checked_id(new.intent_id),
                    "amount": new.amount_cents,
                    "metadata": {REFUND_NAME: new.name},
                },
                options_of(account, f"re:{new.name}"),
            ),
            writes=True,
        )
        return refund_from(refund.to_dict())

    def upload_evidence(
        self, account: ProcessorAccount, *, name: str, media_type: str, content: bytes
    ) -> str:
        """Hand over a file for a dispute; answers Stripe's id of it.

        Stripe knows the kind of a file by the end of its name, so the right one is put there.
        Raises `InvalidRequest` for anything but PDF, JPEG and PNG, and for what Stripe refuses.
        """
        ending = EVIDENCE_ENDINGS.get(media_type)
        if ending is None:
            raise InvalidRequest(f"a bank is not sent files of the kind {media_type!r}")
        file = _NamedFile(content)
        file.name = name if name.lower().endswith(ending) else f"{name}{ending}"
        made = self._call(
            lambda: self._stripe.files.create(
                {"purpose": "dispute_evidence", "file": file}, options_of(account)
            ),
            writes=True,
        )
        return made.id

    def answer_dispute(
        self, account: ProcessorAccount, dispute_id: str, evidence: Mapping[str, str], *, once: str
    ) -> GatewayDispute:
        """Send the evidence to the payer's bank, for good (https://docs.stripe.com/disputes/api).

        Raises `InvalidRequest` where the dispute takes no evidence any more.
        """
        fields = cast("DisputeUpdateParamsEvidence", dict(evidence))
        dispute = self._call(
            lambda: self._stripe.disputes.update(
                checked_id(dispute_id),
                {"evidence": fields, "submit": True},
                options_of(account, f"dp:{once}"),
            ),
            writes=True,
        )
        return dispute_from(dispute.to_dict())

    def accept_dispute(self, account: ProcessorAccount, dispute_id: str) -> GatewayDispute:
        """Give in: the dispute is lost, for good. One that has ended answers with its true state.

        No fixed idempotency key: Stripe would repeat an old refusal for a day, and a dispute that
        is closed twice is lost once.
        """
        try:
            dispute = self._call(
                lambda: self._stripe.disputes.close(
                    checked_id(dispute_id), options=options_of(account)
                ),
                writes=True,
            )
        except InvalidRequest:
            found = self._dispute(account, dispute_id)
            if found.status in STILL_OPEN:
                raise
            return found
        return dispute_from(dispute.to_dict())

    def _dispute(self, account: ProcessorAccount, dispute_id: str) -> GatewayDispute:
        dispute = self._read(
            lambda: self._stripe.disputes.retrieve(
                checked_id(dispute_id), options=options_of(account)
            )
        )
        return dispute_from(dispute.to_dict())

    def _refunds(self, account: ProcessorAccount, intent: Json) -> tuple[GatewayRefund, ...]:
        """The refunds of a payment whose `latest_charge.refunds` is expanded, oldest first.

        An expanded list ends after ten; only then are they asked for.
        """
        page = part_of(part_of(intent, "latest_charge"), "refunds")
        found: Sequence[Json] = page.get("data") or ()
        if page.get("has_more"):
            found = self._read(
                lambda: [
                    refund.to_dict()
                    for refund in self._stripe.refunds.list(
                        {"payment_intent": intent["id"], "limit": OBJECTS_PER_PAGE},
                        options_of(account),
                    ).auto_paging_iter()
                ]
            )
        return tuple(refund_from(refund) for refund in reversed(found))

    def _disputes(self, account: ProcessorAccount, intent: Json) -> tuple[GatewayDispute, ...]:
        """The disputes of a payment, oldest first; asked for only where its charge has one."""
        if not part_of(intent, "latest_charge").get("disputed"):
            return ()
        found = self._read(
            lambda: [
                dispute.to_dict()
                for dispute in self._stripe.disputes.list(
                    {"payment_intent": intent["id"], "limit": OBJECTS_PER_PAGE},
                    options_of(account),
                ).auto_paging_iter()
            ]
        )
        return tuple(dispute_from(dispute) for dispute in reversed(found))


class _NamedFile(BytesIO):
    """The SDK reads the name of an upload from the file itself."""

    name = ""
