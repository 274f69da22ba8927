"""The stage of the walk: phones that are used over HTTP only, and a transcript of what each sent and received.

It waits for what a person would wait for, a text on a phone, and says plainly which one did not come.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from bot.channels.line import Line, Lost, NotSent

from .world import SMS_FAILED, WECHAT_FAILED

WAIT_S = 20.0
LOOK_S = 0.05
RULE = 64
_LOAN = re.compile(r"([0-9]+)号借款")
_DAY = re.compile(r"([0-9]{1,2})月([0-9]{1,2})日")


class WalkFailed(Exception):
    """The walk stopped: which step, which phone, what was expected and what is there."""


class Stage:
    """`say` gets each line of the transcript; `loan` is the number of the loan that the story is about, 0 before it."""

    def __init__(self, base_url: str, say: Callable[[str], None]) -> None:
        self._base, self._say = base_url.rstrip("/"), say
        self._line = Line(read=WAIT_S, total=WAIT_S + 10)
        self._last = 0
        self._messages: list[dict[str, Any]] = []
        self._claimed: set[int] = set()
        self._elsewhere: Counter[str] = Counter()
        self._step, self._steps = "开始", 0
        self._held: list[dict[str, Any]] = []
        self.loan = 0
        self._on_wechat: set[str] = set()
        self._phones: dict[str, str] = {one["name"]: one["phone"] for one in self._get("/demo/people")["people"]}
        self._names = {phone: name for name, phone in self._phones.items()}
        self.society = str(self._get("/demo/today")["society"])

    # The story.

    def step(self, title: str) -> None:
        self._steps += 1
        self._step = f"第{self._steps}步 {title}"
        title = f"── {self._step} · {self._get('/demo/today')['words']} "
        self._say(f"\n{title}{'─' * max(2, RULE - _width(title))}")

    def begin(self, loan: int) -> None:
        """From here on the story is about this loan; what was said of it before is shown now."""
        self.loan = loan
        held, self._held = self._held, []
        for one in held:
            self._show(one)

    def tell(self, words: str) -> None:
        """A line of the transcript that is nobody's message."""
        self._say(f"  {words}")

    def send(self, name: str, text: str) -> None:
        channel = "wechat" if name in self._on_wechat else "sms"
        self._post("/demo/send", {"phone": self._phone(name), "channel": channel, "text": text})
        self._look()

    def go_over_to_wechat(self, name: str) -> None:
        """Follow the official account and bind it with the code that only the phone is shown; from then on write
        there."""
        self._post("/demo/follow", {"phone": self._phone(name)})
        self._on_wechat.add(name)
        self.hear(name, "绑定 您的手机号")
        self.send(name, f"绑定 {self._phone(name)}")
        code = found(r"验证码([0-9]{6})", self.hear(name, "绑定微信的验证码"))
        self.send(name, code)
        self.hear(name, "绑定好了")

    def hear(self, name: str, *words: str) -> str:
        """The oldest text not heard yet on this phone that has all these words in it; waits for it."""
        number = self._phone(name)
        end = time.monotonic() + WAIT_S
        while True:
            self._look()
            for one in self._messages:
                if one["phone"] != number or one["id"] in self._claimed:
                    continue
                if one["way"] == "received" and all(word in one["text"] for word in words):
                    self._claimed.add(one["id"])
                    return str(one["text"])
                if one["text"] in (SMS_FAILED, WECHAT_FAILED):
                    raise self.failed(f"{name}的手机显示：{one['text']}")
            if time.monotonic() > end:
                raise self._not_heard(name, words)
            time.sleep(LOOK_S)

    def confirm(self, name: str, *words: str) -> None:
        """Hear a question that wants a code, and send the code back from the same phone; over WeChat a 1."""
        if name in self._on_wechat:
            self.hear(name, "请回1", *words)
            self.send(name, "1")
            return
        asked = self.hear(name, "请回验证码", *words)
        self.send(name, found(r"验证码([0-9]{6})", asked))

    def move(self, day: date) -> None:
        shown = self._post("/demo/today", {"day": day.isoformat()})
        self.tell(f"〔日期走到 {shown['words']}〕")

    # What can be read off.

    def today(self) -> date:
        return date.fromisoformat(self._get("/demo/today")["day"])

    def day_in(self, text: str) -> date:
        """The first day named in a text, which has no year: the next such day from today on."""
        month, day = (int(part) for part in _named_day(text))
        today = self.today()
        for year in range(today.year, today.year + 9):
            try:
                named = date(year, month, day)
            except ValueError:  # The 29th of February waits for its year.
                continue
            if named >= today:
                return named
        raise self.failed(f"没有{month}月{day}日这一天")

    def page(self, path: str, *words: str) -> str:
        """A public page that has to hold these words."""
        status, body = self._call("GET", path, None)
        text = body.decode("utf-8", "replace")
        missing = [word for word in words if word not in text]
        if status != 200 or missing:
            raise self.failed(f"网页 {path} 应答 {status}" + (f"，上面没有“{missing[0]}”" if missing else ""))
        return text

    def notice(self) -> int:
        """The number of the newest public notice."""
        number = self._get("/demo/today")["notice"]
        if number is None:
            raise self.failed("公示栏还是空的")
        return int(number)

    def others(self) -> tuple[int, int]:
        """How many phones got texts that are not of this story, and how many texts those were."""
        return len(self._elsewhere), self._elsewhere.total()

    def failed(self, why: str) -> WalkFailed:
        return WalkFailed(f"{self._step}：{why}")

    # Over the wire.

    def _look(self) -> None:
        for one in self._get(f"/demo/messages?after={self._last}")["messages"]:
            self._last = one["id"]
            self._messages.append(one)
            self._show(one)

    def _show(self, one: dict[str, Any]) -> None:
        """A line for what belongs to the story; the rest of the village is only counted."""
        about = _LOAN.search(one["text"])
        if about and not self.loan:
            self._held.append(one)
            return
        if about and int(about[1]) != self.loan:
            self._elsewhere[one["phone"]] += 1
            return
        mark = {"sent": "发", "received": "收", "note": "！"}[one["way"]]
        self._say(f"  {self._names.get(one['phone'], one['phone']):\u3000<3} {mark} {one['text']}")

    def _phone(self, name: str) -> str:
        if name not in self._phones:
            raise self.failed(f"村里没有{name}的手机")
        return self._phones[name]

    def _not_heard(self, name: str, words: tuple[str, ...]) -> WalkFailed:
        number = self._phone(name)
        there = [f"    {one['way']} {one['text']}" for one in self._messages if one["phone"] == number][-6:]
        wanted = "、".join(f"“{word}”" for word in words)
        shown = "\n".join(there) or "    （空的）"
        why = f"{name}的手机 {number} 在{WAIT_S:.0f}秒内没有收到含{wanted}的信息"
        return self.failed(f"{why}。那部手机上最近是：\n{shown}")

    def _get(self, path: str) -> Any:
        return self._json("GET", path, None)

    def _post(self, path: str, asked: dict[str, str]) -> Any:
        return self._json("POST", path, json.dumps(asked, ensure_ascii=False).encode())

    def _json(self, method: str, path: str, body: bytes | None) -> Any:
        status, answer = self._call(method, path, body)
        if status != 200:
            raise self.failed(f"{method} {path} 应答 {status}：{answer.decode('utf-8', 'replace')[:200]}")
        return json.loads(answer)

    def _call(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/json"} if body is not None else None
        try:
            answer = self._line.call(method, self._base + path, body, headers)
        except (NotSent, Lost) as failure:
            raise self.failed(f"{method} {path} 没有应答（{failure}）") from None
        return answer.status, answer.body


def found(pattern: str, text: str) -> str:
    """The first group of a pattern in a text that is known to hold it."""
    match = re.search(pattern, text)
    if match is None:
        raise WalkFailed(f"“{text}”里没有要找的内容（{pattern}）")
    return match[1]


def _width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(1 if ord(sign) < 0x2E80 else 2 for sign in text)


def _named_day(text: str) -> tuple[str, str]:
    match = _DAY.search(text)
    if match is None:
        raise WalkFailed(f"“{text}”里没有日期")
    return match[1], match[2]


def after(day: date, days: int) -> date:
    return day + timedelta(days=days)
