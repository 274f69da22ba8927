"""Which gateways there are: their callbacks and their senders, by the names that the configuration uses."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint

from bot.channels import aliyun, gammu, kannel, sms_http, tencent
from bot.channels.base import Fate, Outcome, Parcel, Turn
from bot.channels.callback import OnReceipt
from bot.channels.gate import Gate, Plain
from bot.config import Config
from bot.config_sms import Sms
from ledger.store.smsd import Smsd

_QUEUE_PER_SECOND = 1000


def blueprints(config: Config, take_turn: Turn, on_receipt: OnReceipt) -> list[Blueprint]:
    """The callbacks of every gateway whose section is there. gammu-smsd calls nobody: the worker looks (jobs/gammu)."""
    sms = config.sms
    found: list[Blueprint] = []
    if sms is None:
        return found
    if sms.http is not None:
        found.append(sms_http.blueprint(take_turn, on_receipt, sms.http))
    if sms.kannel is not None:
        found.append(kannel.blueprint(take_turn, on_receipt, sms.kannel))
    if sms.aliyun is not None:
        found.append(aliyun.blueprint(take_turn, on_receipt, sms.aliyun))
    if sms.tencent is not None:
        found.append(tencent.blueprint(take_turn, on_receipt, sms.tencent))
    return found


class Exchange:
    """All gateways that may send: every message goes to the chosen one, and what is secret where codes go."""

    def __init__(self, sms: Sms, gates: Mapping[str, Gate]) -> None:
        self._sms, self.gates = sms, gates

    def send(self, reference: str, to: str, text: str) -> Outcome:
        return self.send_parcel(Parcel(reference, to, text))

    def send_parcel(self, parcel: Parcel) -> Outcome:
        name = self._sms.codes if parcel.secret else self._sms.gateway
        gate = self.gates.get(name)
        if gate is None:
            return Outcome(Fate.REFUSED, "no SMS gateway may carry this: it goes by WeChat only")
        return gate.send_parcel(parcel)


def exchange(config: Config, smsd: Smsd | None) -> Exchange | None:
    """The senders of every configured gateway; a rate is shared out among the worker processes."""
    sms = config.sms
    if sms is None:
        return None
    share = config.server.worker_processes
    gates: dict[str, Gate] = {}
    if sms.http is not None:
        gates["http"] = Gate(Plain(sms_http.Sender(sms.http)), sms.http.per_second / share)
    if sms.kannel is not None:
        gates["kannel"] = Gate(Plain(kannel.Sender(sms.kannel)), sms.kannel.per_second / share)
    if sms.aliyun is not None:
        gates["aliyun"] = Gate(aliyun.Sender(sms.aliyun), sms.aliyun.per_second / share)
    if sms.tencent is not None:
        gates["tencent"] = Gate(tencent.Sender(sms.tencent), sms.tencent.per_second / share)
    if sms.gammu is not None and smsd is not None:
        # smsd sends at the modem's own pace, so its queue takes whatever comes.
        gates["gammu"] = Gate(gammu.Sender(smsd, sms.gammu.phone_id), _QUEUE_PER_SECOND)
    return Exchange(sms, gates)
