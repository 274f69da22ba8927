"""The log as one JSON object a line, with every phone, identity number and openid masked on its way out.

Masking happens where a line is formatted, so a traceback or another library's words are covered as well.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime

_ID = re.compile(r"(?<![0-9])[1-9][0-9]{16}[0-9Xx](?![0-9])")
_PHONE = re.compile(r"(?<![0-9])(?:\+?86)?1[3-9][0-9]{9}(?![0-9])")
_OPENID = re.compile(r"(?<![A-Za-z0-9_-])o[A-Za-z0-9_-]{27}(?![A-Za-z0-9_-])")


def masked(text: str) -> str:
    """The text without anybody's number or openid."""
    return _OPENID.sub("[openid]", _PHONE.sub("[phone]", _ID.sub("[id]", text)))


class Json(logging.Formatter):
    """`at`, `level`, `name`, `message`, and `error` with the traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname, "name": record.name, "message": masked(record.getMessage()),
        }
        if record.exc_info:
            line["error"] = masked(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def set_up() -> None:
    """The log of this process from now on."""
    handler = logging.StreamHandler()
    handler.setFormatter(Json())
    root = logging.getLogger()
    for old in [one for one in root.handlers if type(one) is logging.StreamHandler]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
