"""What the doctor looks at in each SMS gateway: one line with the remedy, and on request one real test message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot import texts
from bot.channels.base import Fate, Parcel
from bot.channels.line import Line as Wire
from bot.channels.line import Lost, NotSent
from bot.channels.sms_http import is_mobile, phone
from bot.config_sms import NEUTRAL_GATEWAYS, Sms
from bot.services import Services
from ledger.store.smsd import SCHEMA, Broken, missing_file
from ledger.store.store import Unavailable

SILENT_S = 180
"""gammu-smsd signs its modem's row every minute or so."""
Finding = tuple[bool, str]


@dataclass(frozen=True)
class Checked:
    gateway: str
    good: bool
    line: str


def look(services: Services) -> list[Checked]:
    """Every configured gateway, without sending anything."""
    sms = services.config.sms
    if sms is None:
        return []
    checks: dict[str, Callable[[], Finding]] = {
        "http": lambda: _http(sms), "kannel": lambda: _kannel(sms), "gammu": lambda: _gammu(services),
    }
    found = []
    for name in sms.configured():
        good, line = checks.get(name, lambda: (True, "configured; huzhu doctor --send PHONE tries it"))()
        found.append(Checked(name, good, line + _part(sms, name)))
    return found


def send(services: Services, to: str) -> list[Checked]:
    """One test message to a phone through each gateway; the gateways' own words tell what is wrong."""
    sms, number = services.config.sms, phone(to)
    if sms is None or services.sms is None:
        return [Checked("sms", False, "no gateway is configured: write [sms] into the configuration")]
    if not is_mobile(number):
        return [Checked("sms", False, f"{to} is not a mainland mobile number: 11 digits that begin with 1")]
    found = []
    for name, gate in services.sms.gates.items():
        # A cloud says only what was registered there: that a numbered business has news.
        loan = 1 if name in NEUTRAL_GATEWAYS else 0
        reference = f"doctor-{name}-{services.clock.now()}"
        outcome = gate.send_parcel(Parcel(reference, number, texts.fill("doctor_test", {}), urgent=True, loan=loan))
        if outcome.fate is Fate.ACCEPTED:
            after = "queued for gammu-smsd" if name == "gammu" else outcome.reason or "accepted"
            found.append(Checked(name, True, f"{after}: look at the phone"))
        else:
            found.append(Checked(name, False, f"{outcome.fate}: {outcome.reason}; {_remedy(outcome.reason)}"))
    return found


REMEDIES = (
    ("not sent", "nothing answers there: start the gateway, or correct its address"),
    ("http 401", "the gateway does not know us: correct [sms.http] key"),
    ("http 403", "the gateway does not let us in: correct the key, or have this machine's address admitted"),
    ("http 404", "there is no such address: correct send_url"),
    ("kannel refuses us", "they stand in a sendsms-user group of kannel.conf"),
    ("kannel cannot take", "bearerbox is full or not there: look into its log"),
    ("AuthFailure", "key_id or key_secret is wrong, or lacks the right to send SMS"),
    ("Signature", "key_id and key_secret do not belong together, or this machine's clock is wrong"),
    ("SignatureIncorrect", "sign_name is not an approved signature of this account"),
    ("SIGN", "sign_name is not an approved signature of this account"),
    ("TEMPLATE", "the template's number or its variable is another than the registered one"),
    ("Template", "the template's number or its variable is another than the registered one"),
    ("AMOUNT_NOT_ENOUGH", "the account has no money left"),
    ("OUT_OF_SERVICE", "the account has no money left or was stopped"),
    ("database", "gammu-smsd's database cannot be written: check its rights and the disk"),
)
"""What to do, by a part of what a gateway said; the last that fits is the closest."""


def _remedy(reason: str) -> str:
    fitting = [remedy for part, remedy in REMEDIES if part in reason]
    return fitting[-1] if fitting else "look into the gateway's own log or console"


def _part(sms: Sms, name: str) -> str:
    """What this gateway carries."""
    if name == sms.gateway:
        kind = "neutral notices and codes" if name in NEUTRAL_GATEWAYS else "all SMS"
        away = "" if sms.codes == name else f" but key-holders' codes and complaints, which go by {sms.codes}"
        return f" (sends {kind}{away})"
    return " (sends key-holders' codes and complaints)" if name == sms.codes else " (only receives)"


def _http(sms: Sms) -> Finding:
    assert sms.http is not None
    try:
        _status("GET", sms.http.send_url, {})
    except NotSent as failure:
        return False, f"nothing answers at send_url ({failure}): start the gateway, or correct [sms.http] send_url"
    except Lost:
        return True, "somebody listens at send_url"
    return True, "answers"


def _kannel(sms: Sms) -> Finding:
    """A message to nobody: 400 means that smsbox knows us, and nothing was sent."""
    kannel = sms.kannel
    assert kannel is not None
    headers = {"X-Kannel-Username": kannel.username, "X-Kannel-Password": kannel.password}
    try:
        status = _status("POST", kannel.send_url, headers)
    except NotSent as failure:
        return False, f"smsbox does not answer ({failure}): start bearerbox and smsbox, or correct send_url"
    except Lost as failure:
        return False, f"smsbox does not finish its answer ({failure}): look into its log"
    if status in (401, 403):
        return False, ("smsbox refuses us: username and password must be those of a sendsms-user group, "
                       "and user-allow-ip must hold this machine")
    if status == 404:
        return False, "smsbox knows no such address: send_url ends in /cgi-bin/sendsms"
    return (True, "smsbox knows us") if status in (202, 400) else (False, f"smsbox answers {status}: look into its log")


def _status(method: str, url: str, headers: dict[str, str]) -> int:
    wire = Wire()
    try:
        return wire.call(method, url, b"" if method == "POST" else None, headers).status
    finally:
        wire.close()


def _gammu(services: Services) -> Finding:
    assert services.smsd is not None and services.config.sms is not None and services.config.sms.gammu is not None
    # A look would make the missing file, and smsd would then find an empty one.
    missing = missing_file(services.config.sms.gammu.database)
    if missing:
        return False, f"there is no {missing}: make it from gammu-smsd's sqlite.sql (docs/gateways.md)"
    try:
        version, modems = services.smsd.state()
    except (Unavailable, Broken) as error:
        return False, f"the database cannot be read ({type(error).__name__}): check [sms.gammu] database and its rights"
    if version != SCHEMA:
        return False, f"the tables are of version {version}, {SCHEMA} is needed: use the .sql file of gammu-smsd 1.42"
    if not modems:
        return False, "gammu-smsd never signed in: start it, with this database in its smsdrc"
    name, age_s, network, signal = min(modems, key=lambda one: one[1])
    if age_s > SILENT_S:
        return False, f"gammu-smsd gave no sign for {age_s} s: is it running, is the dongle plugged in?"
    return True, f"modem {name or '?'} lives{f', {network}' if network else ''}, signal {signal} %"
