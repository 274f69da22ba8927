"""One cell of a workbook to one value: text, amount in fen, date, rate, phone, identity card (contract.md section 5).

People type these by hand, so spaces around and full-width digits are forgiven, but nothing is guessed: what could be
read in two ways is refused with what to write instead.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from math import isfinite

from openpyxl.utils.datetime import WINDOWS_EPOCH, from_excel

from bot.workbook.columns import Column, Kind
from bot.workbook.words import say
from ledger.money import from_yuan

MAX_TEXT, MAX_CODE = 200, 32
MAX_NUMBER = {"编号": 999_999, "期数": 600, "展期月数": 120}
YEARS = range(1949, 2101)

_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]*")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})-|/([0-9]{1,2})/|\.([0-9]{1,2})\.|年([0-9]{1,2})月)([0-9]{1,2})日?")
_PHONE = re.compile(r"\+?[0-9(][0-9() -]*[0-9]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


class Unreadable(ValueError):
    """A cell that cannot be taken; its text is what the treasurer is told."""


@dataclass(frozen=True)
class Cell:
    """What the file holds in one place, before it means anything."""

    value: object = None
    formula: bool = False
    error: bool = False
    percent: bool = False
    epoch: datetime = WINDOWS_EPOCH

    @property
    def blank(self) -> bool:
        return not self.formula and (self.value is None or (isinstance(self.value, str) and not tidy(self.value)))


def tidy(text: str) -> str:
    """Text without what cannot be seen: breaks become spaces, control and format characters go, ends are trimmed."""
    kept = []
    for letter in text:
        kind = unicodedata.category(letter)
        if letter.isspace() or kind in ("Zl", "Zp"):
            kept.append(letter if kind == "Zs" else " ")
        elif kind not in ("Cc", "Cf", "Cs") and letter not in "\ufffe\uffff":
            kept.append(letter)
    return "".join(kept).strip()


def narrow(text: str) -> str:
    """Text for comparing and counting: full width as half width, and the dashes people type as one."""
    text = unicodedata.normalize("NFKC", tidy(text))
    return re.sub("[\u2010-\u2015\u2212]", "-", text).strip()


def read_value(cell: Cell, column: Column) -> object:
    """The value of a cell in its column, the empty value of its kind, or Unreadable."""
    if cell.formula:
        raise Unreadable(say("formula"))
    if cell.error:
        raise Unreadable(say("error_value"))
    if cell.blank:
        if column.required:
            raise Unreadable(say("required", column=column.header))
        return empty(column)
    return _READERS[column.kind](cell, column)


def empty(column: Column) -> object:
    """What an empty cell means: no date, no tick, no money, no text."""
    if column.kind is Kind.DATE:
        return date.min if column.required else None
    if column.kind is Kind.TICK:
        return False
    numeric = (Kind.AMOUNT, Kind.SIGNED, Kind.NUMBER, Kind.RATE)
    return 0 if column.kind in numeric else ""


def _written(cell: Cell, column: Column) -> str:
    """The cell as text. A number typed where text belongs is its digits; a date or a tick is not text."""
    value = cell.value
    if isinstance(value, str):
        return tidy(value)
    if isinstance(value, float) and isfinite(value) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise Unreadable(say("not_text", column=column.header))


def _text(cell: Cell, column: Column) -> str:
    text = _written(cell, column)
    if len(text) > MAX_TEXT:
        raise Unreadable(say("too_long", column=column.header, limit=MAX_TEXT))
    return text


def _label(cell: Cell, column: Column) -> str:
    return narrow(_text(cell, column))


def _code(cell: Cell, column: Column) -> str:
    code = narrow(_written(cell, column))
    if len(code) > MAX_CODE or not _CODE.fullmatch(code):
        raise Unreadable(say("not_code", value=code, limit=MAX_CODE))
    return code


def _choice(cell: Cell, column: Column) -> str:
    word = narrow(_written(cell, column))
    if word not in column.choices:
        raise Unreadable(say("not_choice", value=word, column=column.header, choices=" ".join(column.choices)))
    return column.choices[word]


def _tick(cell: Cell, column: Column) -> bool:
    word = narrow(str(cell.value))
    if word != "是":
        raise Unreadable(say("not_tick", value=word, column=column.header))
    return True


def _digits(cell: Cell) -> str:
    """A number as plain decimal digits. Excel keeps 15 of them, so a float is what it shows with 15."""
    value = cell.value
    if isinstance(value, str):
        return narrow(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return str(value)
    return "0" if value == 0 else format(Decimal(format(value, ".15g") if isinstance(value, float) else value), "f")


def _amount(cell: Cell, column: Column) -> int:
    if isinstance(cell.value, date):
        raise Unreadable(say("date_as_amount"))
    if cell.percent:
        raise Unreadable(say("percent"))
    digits = _digits(cell)
    if not _NUMBER.fullmatch(digits):
        raise Unreadable(say("not_amount", value=digits))
    if digits.startswith("-") and column.kind is not Kind.SIGNED:
        raise Unreadable(say("negative", value=digits, column=column.header))
    if len(digits.partition(".")[2]) > 2:
        raise Unreadable(say("fraction", value=digits))
    try:
        return from_yuan(digits, allow_negative=column.kind is Kind.SIGNED)
    except ValueError:
        # The form is already known to be right, so only the size is left.
        raise Unreadable(say("too_big", value=digits)) from None


def _number(cell: Cell, column: Column) -> int:
    digits, limit = _digits(cell), MAX_NUMBER[column.header]
    if not re.fullmatch("[0-9]{1,9}", digits) or not 1 <= int(digits) <= limit:
        raise Unreadable(say("not_number", value=digits, column=column.header, limit=limit))
    return int(digits)


def _rate(cell: Cell, column: Column) -> int:
    if cell.percent:
        raise Unreadable(say("percent"))
    digits = _digits(cell).removesuffix("‰").rstrip()
    if not _NUMBER.fullmatch(digits) or len(digits) > 20 or Decimal(digits) > 1000:
        raise Unreadable(say("not_rate", value=digits))
    if digits.startswith("-"):
        raise Unreadable(say("negative", value=digits, column=column.header))
    ppm = Decimal(digits) * 1000
    if ppm != int(ppm):
        raise Unreadable(say("rate_digits", value=digits))
    return int(ppm)


def _date(cell: Cell) -> date:
    value = cell.value
    if isinstance(value, datetime):
        day = value.date()
    elif isinstance(value, date):
        day = value
    elif isinstance(value, str):
        day = _typed_date(narrow(value))
    else:
        day = _serial_date(value, cell.epoch)
    if day.year not in YEARS:
        raise Unreadable(say("far_date", value=day))
    return day


def _typed_date(text: str) -> date:
    found = _DATE.fullmatch(text)
    if found is None:
        raise Unreadable(say("not_date", value=text))
    numbers = [int(part) for part in found.groups() if part]
    try:
        return date(*numbers)
    except ValueError:
        raise Unreadable(say("no_such_day", value=text)) from None


def _serial_date(value: object, epoch: datetime) -> date:
    """Excel counts days from an epoch of the workbook, 1900 or 1904; serials of other centuries are typing slips."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 1 <= value < 100_000:
        moment = from_excel(int(value), epoch)
        if isinstance(moment, datetime):
            return moment.date()
    raise Unreadable(say("not_date", value=value))


def _mobile(cell: Cell, column: Column) -> str:
    """A mainland mobile number: 11 digits. `+86` in front and spaces or dashes inside say the same number."""
    digits = re.sub("[ -]", "", narrow(_written(cell, column)))
    if re.fullmatch(r"(\+86|0086|86)1[0-9]{10}", digits):
        digits = digits[-11:]
    if re.fullmatch("1[3-9][0-9]{9}", digits):
        return digits
    if re.fullmatch("[0-9]+", digits) and len(digits) != 11:
        raise Unreadable(say("not_mobile", digits=len(digits)))
    raise Unreadable(say("mobile_wrong"))


def _phone(cell: Cell, column: Column) -> str:
    """A phone to complain at: landlines and short numbers too, so only its form is looked at."""
    phone = narrow(_written(cell, column))
    if len(phone) > MAX_CODE or not _PHONE.fullmatch(phone):
        raise Unreadable(say("not_phone", value=phone))
    return phone


def _id_card(cell: Cell) -> str:
    """GB 11643-1999: 17 digits with the birth date in them, then the check digit (ISO 7064 MOD 11-2)."""
    if not isinstance(cell.value, str):
        raise Unreadable(say("id_as_number"))
    card = narrow(cell.value).upper()
    if re.fullmatch("[0-9]{15}", card):
        raise Unreadable(say("id_old"))
    if len(card) != 18:
        raise Unreadable(say("id_length", digits=len(card)))
    if not re.fullmatch("[0-9]{17}[0-9X]", card):
        raise Unreadable(say("id_form"))
    try:
        birth_date(card)
    except ValueError:
        raise Unreadable(say("id_birth")) from None
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, card, strict=False))
    if card[-1] != "10X98765432"[total % 11]:
        raise Unreadable(say("id_check"))
    return card


def birth_date(card: str) -> date:
    """The birth date in an identity number of 18 places; ValueError if there is no such day."""
    return date(int(card[6:10]), int(card[10:12]), int(card[12:14]))


_READERS: dict[Kind, Callable[[Cell, Column], object]] = {
    Kind.TEXT: _text,
    Kind.LABEL: _label,
    Kind.CODE: _code,
    Kind.CHOICE: _choice,
    Kind.TICK: _tick,
    Kind.DATE: lambda cell, _: _date(cell),
    Kind.AMOUNT: _amount,
    Kind.SIGNED: _amount,
    Kind.NUMBER: _number,
    Kind.RATE: _rate,
    Kind.MOBILE: _mobile,
    Kind.PHONE: _phone,
    Kind.ID_CARD: lambda cell, _: _id_card(cell),
}
