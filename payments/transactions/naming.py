"""Numbers of bills and matters in what a payer typed: "Invoice #1042", "re 00012, thanks"."""

import re
from dataclasses import dataclass, field

NAMES_MAX = 20
BILL_NUMBER_MAX = 2**31 - 1
# A number by itself or after what people write before one; not part of a date, a sum or a word.
_BILL = re.compile(
    r"(?:(?<![\w.,$€£/-])|\b(?:inv(?:oice)?|bill|no|nr)[-.:# ]{0,3})"
    r"#?([1-9]\d{0,9})(?![\w/-]|[.,]\d)",
    re.IGNORECASE | re.ASCII,
)
_AROUND = "#.,;:()[]\"'“”"


@dataclass(slots=True)
class Named:
    """Numbers that a payer named, each with where: words such as "The payer's reference"."""

    bills: dict[int, str] = field(default_factory=dict)
    matters: dict[str, str] = field(default_factory=dict)

    def add(self, where: str, typed: str) -> None:
        """Take the numbers out of one text. What was named before stays where it was named."""
        for found in _BILL.findall(typed)[:NAMES_MAX]:
            if int(found) <= BILL_NUMBER_MAX:
                self.bills.setdefault(int(found), where)
        for word in typed.split()[:NAMES_MAX]:
            if number := word.strip(_AROUND)[:30]:
                self.matters.setdefault(number, where)
                self.matters.setdefault(number.upper(), where)


def named_in(*texts: tuple[str, str]) -> Named:
    """The numbers in texts, each given as (where, what was typed), the weightiest first."""
    named = Named()
    for where, typed in texts:
        named.add(where, typed)
    return named
