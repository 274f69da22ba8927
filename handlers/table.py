"""Every command is one row: who may say it, how it is confirmed, whether it writes, and the function that answers.

The phrases that lead to a command stand beside it in phrases.toml. Read this page and you know what the fund can do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ledger.terms import OUTSIDE_ROLES, VILLAGE_ROLES, Role

from . import (
    approve,
    assembly,
    assent,
    bookkeep,
    borrow,
    broadcast,
    close,
    complain,
    count,
    county,
    credit,
    delegate,
    delivery,
    enquire,
    freeze,
    give_up,
    group,
    help,
    join,
    leave,
    pay_out,
    phone,
    proposal,
    publish,
    queue,
    repay,
    review,
    stand_in,
)
from .request import Answer, Request

ANYONE = frozenset(Role)
MEMBER = frozenset({Role.MEMBER})
OFFICERS = VILLAGE_ROLES
KEYS = frozenset({Role.TREASURER, Role.CHAIR, Role.DIRECTOR})
CASHIER = frozenset({Role.CASHIER})
TREASURER = frozenset({Role.TREASURER})
SUPERVISOR = frozenset({Role.SUPERVISOR})
COUNTY = OUTSIDE_ROLES

NONE, ONE, CODE = "", "one", "code"
"""How a row is confirmed: not at all; by a bare 1; by a code over SMS and a 1 over WeChat."""


@dataclass(frozen=True)
class Row:
    command: str
    who: frozenset[Role]
    confirm: str
    writes: bool
    run: Callable[[Request], Answer]


ROWS = (
    # For everyone.
    Row("help", ANYONE, NONE, False, help.help_me),
    Row("yes", ANYONE, NONE, False, help.yes),
    Row("no", ANYONE, NONE, False, help.no),
    Row("rules", ANYONE, NONE, False, help.rules),
    Row("contacts", ANYONE, NONE, False, help.contacts),
    Row("stop", ANYONE, NONE, True, help.stop),
    Row("resume", ANYONE, NONE, True, help.resume),
    Row("tongue", ANYONE, NONE, True, help.tongue),
    Row("notices", ANYONE, NONE, False, enquire.notices),
    Row("check", ANYONE, NONE, False, enquire.check),
    Row("unknown", ANYONE, NONE, False, help.unknown),
    Row("complain", ANYONE, NONE, True, complain.complain),
    Row("join", ANYONE, NONE, False, join.how),
    # A member's own money.
    Row("balance", MEMBER, NONE, False, enquire.balance),
    Row("statement", MEMBER, NONE, False, enquire.statement),
    Row("schedule", MEMBER, NONE, False, enquire.schedule),
    Row("payoff", MEMBER, NONE, True, enquire.payoff),
    Row("borrow", MEMBER, ONE, True, borrow.apply),
    Row("withdraw", MEMBER, ONE, True, borrow.withdraw),
    Row("consent", MEMBER, NONE, True, borrow.consent),
    Row("refuse", MEMBER, NONE, True, borrow.decline),
    Row("sign", MEMBER, CODE, True, borrow.sign),
    Row("received", MEMBER, NONE, True, borrow.received),
    Row("not_received", MEMBER, NONE, True, borrow.not_received),
    Row("repay", MEMBER, NONE, True, repay.said),
    Row("dispute", MEMBER, NONE, True, repay.dispute),
    Row("object", MEMBER, NONE, True, approve.object_to),
    Row("extend", MEMBER, ONE, True, review.extend),
    Row("leave", MEMBER, ONE, True, leave.ask),
    Row("vote", MEMBER, NONE, True, assembly.vote),
    # The board's keys and the supervisors' brakes.
    Row("pending", OFFICERS | COUNTY, NONE, False, enquire.pending),
    Row("approve", KEYS | SUPERVISOR, NONE, True, approve.approve),
    Row("reject", KEYS | SUPERVISOR, ONE, True, approve.reject),
    Row("hold", SUPERVISOR, NONE, True, approve.hold),
    Row("release", SUPERVISOR, NONE, True, approve.release),
    Row("answer", OFFICERS | COUNTY, NONE, True, approve.answer),
    # The cashier's and the treasurer's money.
    Row("pay_out", CASHIER | frozenset({Role.DIRECTOR}), CODE, True, pay_out.pay_out),
    Row("collect", CASHIER, CODE, True, repay.collect),
    Row("undo", CASHIER | TREASURER, CODE, True, repay.undo),
    Row("reverse", TREASURER, CODE, True, repay.reverse),
    Row("refund_credit", CASHIER, CODE, True, credit.refund_credit),
    Row("write_off", frozenset({Role.CHAIR, Role.TREASURER}), CODE, True, give_up.give_up),
    Row("write_off_resolution", frozenset({Role.CHAIR, Role.TREASURER}), ONE, True, give_up.resolve),
    Row("write_off_filing", frozenset({Role.COUNTY}), ONE, True, give_up.file),
    Row("go_first", KEYS, ONE, True, queue.go_first),
    Row("spend", TREASURER, CODE, True, bookkeep.spend),
    Row("bank_in", CASHIER, CODE, True, bookkeep.bank_in),
    Row("bank_out", CASHIER, CODE, True, bookkeep.bank_out),
    Row("fund_in", TREASURER, CODE, True, bookkeep.fund_in),
    Row("count", CASHIER | SUPERVISOR, NONE, True, count.count),
    # People: joining and leaving, groups, those without a phone.
    Row("admit", TREASURER, ONE, True, join.admit),
    Row("second", OFFICERS | COUNTY, CODE, True, proposal.second),
    Row("turn_down", OFFICERS | COUNTY, ONE, True, proposal.turn_down),
    Row("take_fee", CASHIER, CODE, True, join.take_fee),
    Row("contribute", CASHIER, CODE, True, join.contribute),
    Row("stay", MEMBER, NONE, True, leave.stay),
    Row("refund", CASHIER, CODE, True, leave.refund),
    Row("delegate", TREASURER, ONE, True, delegate.change),
    Row("apply_for", OFFICERS | MEMBER, CODE, True, stand_in.apply_for),
    Row("countersign", OFFICERS | MEMBER, CODE, True, stand_in.countersign),
    Row("vote_for", OFFICERS | MEMBER, NONE, True, assembly.vote_for),
    Row("form_group", OFFICERS, ONE, True, group.form),
    Row("move_group", OFFICERS, ONE, True, group.move),
    Row("lead_group", OFFICERS, ONE, True, group.lead),
    Row("agree", OFFICERS | MEMBER, NONE, True, assent.agree),
    Row("disagree", OFFICERS | MEMBER, NONE, True, assent.disagree),
    Row("relate", OFFICERS, NONE, True, group.relate),
    Row("unrelate", OFFICERS, NONE, True, group.unrelate),
    Row("pair", OFFICERS, ONE, True, group.pair),
    Row("permit", SUPERVISOR, ONE, True, group.permit),
    Row("set_off", TREASURER, ONE, True, group.set_off),
    # What officers look at.
    Row("day_sheet", OFFICERS, NONE, False, enquire.day_sheet),
    Row("overdue", OFFICERS, NONE, False, enquire.overdue),
    Row("find", OFFICERS, NONE, False, enquire.find),
    Row("sent_to", OFFICERS, NONE, False, delivery.sent_to),
    Row("publish", TREASURER | SUPERVISOR, CODE, True, publish.publish),
    Row("broadcast", OFFICERS | COUNTY, CODE, True, broadcast.broadcast),
    Row("broadcast_progress", OFFICERS | COUNTY, NONE, False, broadcast.progress),
    Row("broadcast_pause", OFFICERS | COUNTY, NONE, True, broadcast.pause),
    Row("broadcast_go_on", OFFICERS | COUNTY, CODE, True, broadcast.go_on),
    Row("broadcast_stop", OFFICERS | COUNTY, NONE, True, broadcast.stop),
    Row("start_vote", frozenset({Role.CHAIR}), ONE, True, assembly.start),
    Row("close_month", TREASURER, CODE, True, close.close_month),
    # Who is speaking: a new phone, a stop for everything, a word of one's own.
    Row("change_phone", OFFICERS | MEMBER, CODE, True, phone.change),
    Row("add_phone", OFFICERS | MEMBER, CODE, True, phone.change),
    Row("vouch", OFFICERS | MEMBER, CODE, True, phone.vouch),
    Row("doubt", OFFICERS | MEMBER, NONE, True, phone.doubt),
    Row("password", ANYONE, CODE, True, freeze.password),
    Row("freeze", OFFICERS | MEMBER, NONE, True, freeze.freeze),
    Row("unfreeze", OFFICERS, CODE, True, freeze.unfreeze),
    # Township and county.
    Row("figures", COUNTY, NONE, False, county.figures),
    Row("alerts", COUNTY, NONE, False, county.alerts),
    Row("rectify", COUNTY, ONE, True, county.rectify),
)

TABLE: dict[str, Row] = {row.command: row for row in ROWS}
