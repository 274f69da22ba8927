"""What WeChat allows in the fields of template and subscription messages, checked before it can refuse them (47003).

The limits are those of developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-message-management/subscribe-message,
section 订阅消息参数值内容限制说明.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_DAY = r"(?:\d{4}年\d{1,2}月\d{1,2}日|\d{4}-\d{1,2}-\d{1,2})"
_HOUR = r"\d{1,2}:\d{2}(?::\d{2})?"
_MOMENT = rf"(?:{_DAY}(?: {_HOUR})?|{_HOUR})"

# The shape of a value by the letters its field's name begins with (`thing1`, `amount2`).
_SHAPES = {
    "thing": re.compile(r".{1,20}", re.DOTALL),
    "number": re.compile(r"(?=.{1,32}$)-?[0-9]+(\.[0-9]+)?", re.ASCII),
    "letter": re.compile(r"[A-Za-z]{1,32}", re.ASCII),
    "symbol": re.compile(r"[^\w\s]{1,5}"),
    "character_string": re.compile(r"[ -~]{1,32}", re.ASCII),
    "time": re.compile(rf"{_MOMENT}(?:~{_MOMENT})?", re.ASCII),
    "date": re.compile(rf"{_MOMENT}(?:~{_MOMENT})?", re.ASCII),
    "amount": re.compile(r"[¥￥$€£]?[0-9]{1,10}(\.[0-9]{1,2})?元?", re.ASCII),
    "phone_number": re.compile(r"[0-9+\-]{1,17}", re.ASCII),
    "car_number": re.compile(r"\w{1,8}"),
    "name": re.compile(r"[㐀-鿿\U00020000-\U000323af·]{1,10}|[A-Za-z .·'-]{1,20}", re.ASCII),
    "phrase": re.compile(r"[㐀-鿿]{1,5}"),
    "const": re.compile(r".{1,20}", re.DOTALL),
    "enum": re.compile(r".{1,20}", re.DOTALL),
}
_NAME = re.compile(r"([a-z]+(?:_[a-z]+)?)\d*", re.ASCII)
# Fields of the older template library have no kind; WeChat bounds the whole message there.
_ANY = re.compile(r".{1,200}", re.DOTALL)


# What a long text may be cut for; numbers and days that are too long are wrong, not long.
_CUT = {"thing": 20, "const": 20, "enum": 20}
_CUT_ANY = 200


def longest(name: str) -> int:
    """How many signs of a text this field holds; 0 for a field that may not be cut."""
    parts = _NAME.fullmatch(name)
    kind = parts.group(1) if parts else ""
    return _CUT.get(kind, 0 if kind in _SHAPES else _CUT_ANY)


def first_fault(data: Mapping[str, str]) -> str:
    """The name of the first field whose value WeChat would refuse; empty when all are good."""
    if not data:
        return "(none)"
    for name, value in data.items():
        parts = _NAME.fullmatch(name)
        if parts is None or not value.strip() or not _SHAPES.get(parts.group(1), _ANY).fullmatch(value):
            return name
    return ""
