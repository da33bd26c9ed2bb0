"""When a payment may be expected to complete, as told to the payer: in banking days."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from payments.gateway.results import BalanceEntry, MethodKind
from payments.money.banking_days import banking_days_after

# Cards usually take one to two business days, eChecks up to four (FEATURES S1).
BANKING_DAYS = {MethodKind.CARD: 2, MethodKind.BANK: 4}


def completion_day(
    method: str, made_at: datetime, entry: BalanceEntry | None, timezone: str
) -> date:
    """The day, in the firm's zone, by which the payment should be Completed.

    What the processor says of its own money counts; before it says so, the usual banking days do.
    """
    zone = ZoneInfo(timezone)
    usual = banking_days_after(made_at.astimezone(zone).date(), BANKING_DAYS[MethodKind(method)])
    if entry is None:
        return usual
    return max(usual, entry.available_at.astimezone(zone).date())
