"""Random loans for the properties: village sizes and the edges, with tiny principals and rates up to 1000‰."""

from dataclasses import dataclass
from datetime import date

from hypothesis import strategies as st

from ledger.repayment import Instalment, opened
from ledger.schedule import Row, make
from ledger.terms import Plan


@dataclass(frozen=True)
class Terms:
    principal_fen: int
    months: int
    fee_ppm_month: int
    plan: str
    paid_out_on: date
    grace_months: int

    def rows(self) -> tuple[Row, ...]:
        return make(self.principal_fen, self.months, self.fee_ppm_month, self.plan, self.paid_out_on, self.grace_months)

    def instalments(self) -> tuple[Instalment, ...]:
        return opened(self.rows())


def terms(plans: tuple[str, ...] = tuple(Plan)) -> st.SearchStrategy[Terms]:
    return st.builds(
        Terms,
        principal_fen=st.integers(1, 3_000_000) | st.integers(1, 50) | st.integers(10**10, 10**14),
        months=st.integers(1, 36),
        fee_ppm_month=st.sampled_from((0, 4000, 4500, 5000, 7500)) | st.integers(0, 10**6),
        plan=st.sampled_from(plans),
        paid_out_on=st.dates(date(2024, 1, 1), date(2034, 12, 31)),
        grace_months=st.sampled_from((0, 0, 0, 1, 2, 12)),
    )
