"""Where a notice goes and when: WeChat while its window is open, else SMS; not at night, not too often, no code astray.

Everything here is decided from plain facts, so that a test can ask about any hour; demo mode lets all of it pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import ZONE
from ledger.complaints import TOLD as COMPLAINTS
from ledger.store.mailbox import Waiting
from ledger.store.sending import Got

OWN = 2
"""Up to this priority a notice is about the own money or asked of this very person: opting out does not stop it."""
AT_ONCE = 1
"""Up to this priority a notice goes out at night too: replies, codes, receipts."""
REMINDER = 5
QUIET_FROM, QUIET_TO = 21, 8
WINDOW_S = 48 * 3600
WINDOW_MESSAGES = 5
"""WeChat takes five messages within 48 hours of what somebody wrote (customer service messages, since June 2023)."""
TAP_WINDOW_S, TAP_MESSAGES = 60, 3
"""And three within a minute of a tap on the menu, of following or of scanning our code."""
OTHER_THAN = "not_by"
"""A fact of a notice that one channel has reported as not delivered: it goes by another."""

Route = tuple[str, str, str]
Reach = Mapping[tuple[str, int], Sequence[tuple[str, str, str, bool]]]


@dataclass(frozen=True)
class Policy:
    """What holds in this installation. The default lets everything pass, as demo mode does."""

    quiet: bool = False
    reminders_a_day: int = 0
    windows: bool = False
    secrets_by_wechat_only: bool = False
    cards: bool = False
    """Whether a cell of a printed card is named instead of a code, to those who hold one."""


@dataclass(frozen=True)
class Lately:
    """What one person did and got in the last days."""

    heard_at: int = 0
    got: Sequence[Got] = ()
    tapped_at: int = 0


def is_secret(notice: Waiting) -> bool:
    """What the village's own dongle never carries: a key-holder's or officer's code, and complaints."""
    code_for = notice.facts.get("code_for") or [""]
    hidden = "cell" in notice.facts  # a cell of a printed card says nothing to who reads it
    code = bool(notice.facts.get("secret")) or code_for[0] == "key"
    return (code and not hidden) or notice.say in COMPLAINTS


def routes(notice: Waiting, reach: Reach, policy: Policy | None = None) -> list[Route]:
    """Where a notice may go, the best first: a bare address, else WeChat if bound, else the phone."""
    wechat_only = policy is not None and policy.secrets_by_wechat_only and is_secret(notice)
    if notice.channel and not (wechat_only and notice.channel == "sms"):
        return [(notice.channel, notice.account, notice.recipient)]
    found = [
        one for one in reach.get((notice.society, notice.person), ()) if one[0] != notice.facts.get(OTHER_THAN)
    ]
    order = {"wechat": 0, "sms": 1}
    open_ones = [one for one in found if not one[3] or notice.priority <= OWN]
    ordered = sorted(open_ones, key=lambda one: order.get(one[0], 2))
    return [
        (channel, account, sender) for channel, account, sender, _ in ordered
        if channel == "wechat" or not wechat_only
    ]


def within_window(options: list[Route], lately: Lately, now: int) -> list[Route]:
    """Leaves WeChat's own messages out while it would refuse them: nothing written for 48 hours and nothing tapped for
    a minute, or as many sent since then as it allows (45015, 45047)."""
    since = [one.done_at for one in lately.got if one.channel == "wechat"]
    wrote = lately.heard_at > now - WINDOW_S and sum(at >= lately.heard_at for at in since) < WINDOW_MESSAGES
    tapped = lately.tapped_at > now - TAP_WINDOW_S and sum(at >= lately.tapped_at for at in since) < TAP_MESSAGES
    return options if wrote or tapped else [one for one in options if one[0] != "wechat"]


def quiet_until(policy: Policy, now: int) -> int:
    """When the quiet hours end that run now; 0 by day and where there are none."""
    here = datetime.fromtimestamp(now, ZONE)
    if not policy.quiet or QUIET_TO <= here.hour < QUIET_FROM:
        return 0
    morning = here.replace(hour=QUIET_TO, minute=0, second=0, microsecond=0)
    return int((morning + timedelta(days=here.hour >= QUIET_FROM)).timestamp())


def not_before(notice: Waiting, lately: Lately, policy: Policy, now: int) -> int:
    """0 when a notice may leave now, else when: the next morning at eight, by Beijing time."""
    here = datetime.fromtimestamp(now, ZONE)
    morning = here.replace(hour=QUIET_TO, minute=0, second=0, microsecond=0)
    if notice.priority > AT_ONCE and (wait := quiet_until(policy, now)):
        return wait
    if policy.reminders_a_day and notice.priority == REMINDER:
        midnight = int(here.replace(hour=0, minute=0, second=0, microsecond=0).timestamp())
        today = sum(one.priority == REMINDER and one.done_at >= midnight for one in lately.got)
        if today >= policy.reminders_a_day:
            return int((morning + timedelta(days=1)).timestamp())
    return 0
