"""What WeChat reports by events: how a message of ours ended, and whose permission for subscription messages changed.

developers.weixin.qq.com/doc/offiaccount/Message_Management/Template_Message_Interface (事件推送) and
developers.weixin.qq.com/doc/offiaccount/Subscription_Messages/api (事件推送).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.channels.wechat_xml import Malformed, listed

FINISHED = "event:TEMPLATESENDJOBFINISH"
SENT = "event:subscribe_msg_sent_event"
POPUP = "event:subscribe_msg_popup_event"
WITHDRAWN = frozenset({"user_authorization_revoke", "user_authorization_cancellation"})
"""Somebody took back in WeChat's settings what they let us know, or left WeChat; `OpenID` says who, for the sender is
WeChat itself (developers.weixin.qq.com/doc/service/guide/h5/authorization_change)."""
CHANGED = "event:subscribe_msg_change_event"
_MSG_ID = re.compile(r"[1-9][0-9]{0,19}", re.ASCII)
_TEMPLATE = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)
_MOST = 32


@dataclass(frozen=True)
class Report:
    """What became of one message: WeChat's id for it, `delivered` or `failed`, and why."""

    msg_id: str
    status: str
    reason: str


@dataclass(frozen=True)
class Grant:
    """A follower's word on one subscription template: one more message is wanted, or none at all."""

    template: str
    wanted: bool


def reports(kind: str, fields: Mapping[str, str], content: bytes) -> tuple[Report, ...]:
    """The reports in an event; empty for every other message. `Malformed` where one has no id."""
    if kind == FINISHED:
        msg_id, status = fields.get("MsgID", ""), fields.get("Status", "")
        if not _MSG_ID.fullmatch(msg_id):
            raise Malformed("MsgID is missing or of a strange shape")
        return (Report(msg_id, "delivered" if status == "success" else "failed", status[:64]),)
    if kind != SENT:
        return ()
    return reported(listed(content, "SubscribeMsgSentEvent", {"MsgID", "ErrorCode", "ErrorStatus"}))


def reported(found: Sequence[Mapping[str, object]]) -> tuple[Report, ...]:
    """The reports in the entries of an event's list."""
    return tuple(
        Report(str(one["MsgID"]), "delivered" if str(one.get("ErrorCode")) == "0" else "failed",
               str(one.get("ErrorStatus", ""))[:64])
        for one in found[:_MOST] if _MSG_ID.fullmatch(str(one.get("MsgID", "")))
    )


def grants(kind: str, content: bytes) -> tuple[Grant, ...]:
    """What a follower tapped in the subscription window, or switched off in the account's settings."""
    outer = {POPUP: "SubscribeMsgPopupEvent", CHANGED: "SubscribeMsgChangeEvent"}.get(kind)
    if outer is None:
        return ()
    return granted(kind, listed(content, outer, {"TemplateId", "SubscribeStatusString"}))


def granted(kind: str, found: Sequence[Mapping[str, object]]) -> tuple[Grant, ...]:
    """The grants in the entries of an event's list."""
    return tuple(
        Grant(str(one["TemplateId"]), one.get("SubscribeStatusString") == "accept")
        for one in found[:_MOST] if _TEMPLATE.fullmatch(str(one.get("TemplateId", "")))
        # Switching a template on in the settings grants nothing; only a tap in the window does.
        if kind == POPUP or one.get("SubscribeStatusString") != "accept"
    )
