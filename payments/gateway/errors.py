"""What can go wrong at the processor, in four words that the rest of the house understands."""


class GatewayError(Exception):
    """Any answer of the processor other than the one asked for."""


class Declined(GatewayError):
    """The payer's bank said no. No money was taken.

    `code` is the processor's decline code (`insufficient_funds`, `expired_card`, …);
    it is mapped to words for the payer in `payments.checkout`, never shown raw.
    """

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code = code


class InvalidRequest(GatewayError):
    """The processor refused our request as malformed or not allowed.

    A fault of ours: nothing was charged.
    """


class NotFound(GatewayError):
    """The processor knows no such object on that account."""


class Unavailable(GatewayError):
    """The processor could not be reached or broke while answering.

    `outcome_unknown` is true where the request may have been carried out all the same:
    such an attempt is looked up again before anybody is told that no money was taken.
    """

    def __init__(self, message: str, *, outcome_unknown: bool) -> None:
        super().__init__(message)
        self.outcome_unknown = outcome_unknown


class BadSignature(GatewayError):
    """A webhook that the processor did not sign, or signed too long ago or in the future."""
