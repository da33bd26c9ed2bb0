"""Anything that a processor might show of a payment, drawn by hypothesis."""

from typing import Any

from hypothesis import strategies as st

from payments.gateway.results import DisputeStatus, Failure, IntentStatus, RefundStatus

FEE = 755
REFUNDED = st.tuples(st.sampled_from([1, 2, 4]), st.sampled_from(RefundStatus))
DISPUTED = st.tuples(
    st.sampled_from(DisputeStatus), st.sampled_from([0, 2, 4]), st.sampled_from([0, 1_500])
)


@st.composite
def snapshots(draw: st.DrawFn) -> dict[str, Any]:
    """Anything that the processor might show of a payment; now and then of somebody else's."""
    entry = draw(st.sampled_from([None, "coming", "available"]))
    return {
        "status": draw(st.sampled_from(list(IntentStatus))),
        "entry": entry,
        "fee_cents": draw(st.sampled_from([0, FEE])),
        "failure": draw(st.sampled_from([None, Failure("insufficient_funds", "R01")])),
        "disputed": draw(st.booleans()),
        "refunded": draw(st.sampled_from(["nothing"] * 4 + ["a part", "all"])),
        "refunds": draw(st.dictionaries(st.sampled_from(["re_1", "re_2"]), REFUNDED, max_size=2)),
        "disputes": draw(st.dictionaries(st.sampled_from(["du_1", "du_2"]), DISPUTED, max_size=2)),
        "differs": draw(
            st.sampled_from([{}] * 12 + [{"amount_cents": 1}, {"currency": "CAD"}, {"livemode": 1}])
        ),
    }
