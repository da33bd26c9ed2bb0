"""What a checker raises."""


class ContractViolation(AssertionError):
    """A request or an answer that Stripe's published types do not allow.

    An AssertionError, so that no handler for the processor's failures swallows it. `where` is the
    path of keys to the fault; the message names it and says what is wrong.
    """

    def __init__(self, problem: str, where: tuple[str, ...] = ()) -> None:
        place = where[0] + "".join(f"[{key}]" for key in where[1:]) if where else ""
        super().__init__(f"{place}: {problem}" if place else problem)
        self.where = where
