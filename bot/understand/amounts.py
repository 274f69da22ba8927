"""Amounts of money in running text: whole fen, or the reason why they cannot be told.

Exact integers and fractions, never a float; a range, a rounding or a slip of the pen (三五百, 五百多, 12.345) comes
back as vague with the amounts it may mean, so that the person is asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from bot.understand.normal import normalise
from bot.understand.numerals import CN, spelt

# No village fund holds a hundred million yuan; longer runs of digits are card or identity numbers.
MOST_FEN = 10_000_000_000


@dataclass(frozen=True)
class Amount:
    """`fen` is None when it cannot be decided; `choices` are to be offered then; `money` says 元 stood by."""

    fen: int | None
    start: int
    end: int
    money: bool = False
    choices: tuple[int, ...] = ()


class Vague(ValueError):
    """An amount that must be asked for; `choices` are the fen it may mean."""

    def __init__(self, choices: tuple[int, ...] = ()) -> None:
        super().__init__("amount cannot be decided")
        self.choices = choices


_UNIT = {
    "": 1,
    "十": 10,
    "百": 100,
    "千": 1000,
    "万": 10000,
    "佰": 100,
    "仟": 1000,
    "k": 1000,
    "K": 1000,
    "w": 10000,
    "W": 10000,
}
_PLAIN = r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]{1,3}(?: [0-9]{3})+(?= ?[元块])|[0-9]+)(?:\.[0-9]+)?"
_MIXED = (
    rf"{_PLAIN}(?: (?!万[^元块整人0-9 ,。]))?(?:[万千百佰仟]"
    rf"(?!零?[一二两三四五六七八九]|[万亿]|[0-9][千百十][一二三四五六七八九])|[kKwW](?![A-Za-z]))"
    rf"(?:(?:零?[0-9][千百十])+[0-9]?(?![0-9]|[.][0-9]|,[0-9]{{3}}(?![0-9]))|"
    rf"零[0-9]{{1,2}}(?![0-9.千百{CN}]|,[0-9])|[0-9](?![0-9.千百{CN}]|,[0-9])|[0-9]{{1,3}}(?![0-9.千百]|,[0-9]))?"
)
# 三千5, 1万2千, 1千八: single figures among Chinese units are read as the numerals they stand for.
_TOGETHER = (
    rf"(?:(?<![0-9.])[0-9](?=[{CN}])|[零〇十百千万亿拾佰仟]|[{CN}](?![0-9]))+"
    r"(?:[0-9](?![0-9]|[.][0-9]|,[0-9]{3}(?![0-9])))?"
)
_SPELT = rf"[{CN}]+"
_YUAN = r"(?:元|块|圆|塊)"
_TAIL = (
    r"(?:[零又]?(?P<jiao>[0-9]|"
    r"[一二三四五六七八九两])(?:[角毛](?:钱)?(?:(?P<fen>[0-9一二三四五六七八九两])分?)?|"
    r"(?![0-9.%个斤头只袋人天年月号次点]))|(?P<fen2>[0-9]{1,2})分)?"
)
_NUMBER = re.compile(
    rf"(?P<sign>[-+¥]?)(?P<n>{_MIXED}|{_TOGETHER}|{_PLAIN}|{_SPELT})"
    rf"(?P<more>[多来几余](?=万|千|百|元|块|钱|$|[,。!?了 ])(?:[万千百])?)?"
    rf"(?: ?(?P<yuan>{_YUAN})(?![地田土砖肉糖儿]|豆腐){_TAIL})?(?P<end>人民币|大洋|整|正|钱|票子)*"
)
# A digit pair such as 三五 before a unit, or two numbers joined, is a range.
_RANGE_CN = re.compile(
    r"(?P<a>[一二两三四五六七八])(?P<b>[二两三四五六七八九])(?P<u>[十百千万])(?P<u2>[万])?(?:多|来)?(?:元|块|块钱|钱)?"
)
_JOINED = re.compile(
    rf"(?P<a>{_MIXED}|{_PLAIN}|{_SPELT})(?P<yuan>元|块|块钱)?(?:-|到|至|或者?|还是|,(?=[0-9]{{1,2}}[千百万]))(?P<b>{_MIXED}|{_PLAIN}|{_SPELT})(?:元|块)?"
)
_LOOSE = re.compile(
    r"(?:好几|几|数|上|小|大几)[十百千万]+(?:多|来)?(?:元|块|块钱|钱)?|千[儿把]?八百|百[儿把]?八十|万[儿把]?八千|百十(?:来)?块|[百千万][把来](?:元|块)"
)
_ABOUT_BEFORE = re.compile(
    r"(?:大概|大约|约|差不多|可能|将近|接近|不到|超过|左右|估计|最多|至少|起码|上下|顶多|好像|大致|快|小|近)(?:是|有|要|借|还了?|给|收了?)?$"
)
_ABOUT_AFTER = re.compile(r"^(?:元|块)?钱?(?:左右|上下|以内|以上|以下|出头|多(?!少)|来块|的样子|不到|吧可能|或者)")
# What stands right after makes the number a count of something else.
_NOT_MONEY = re.compile(
    r"^ (?:斤|亩|岁|个|天|日|年|月|号|公斤|%|‰|kg|KG)|^(?:个|斤|亩|头|只|岁|户|人|口|天|日|年|月|号|"
    r"点|次|回|趟|袋|包|吨|条|棵|株|箱|瓶|桶|担|捆|间|层|楼|组|队|社|村|里|米|期(?!限)|份|场|节|名|位|家|"
    r"件|套|台|辆|把|张(?!$)|双|对|厘|分(?!钱)|成|倍|季|周(?!转)|星期|礼拜|小时|公斤|千克|kg|KG|平米?|平方|公里|公分|度|遍|批|垄|窝|群|匹|尾|副|笔|样|种|代|世|级|届|%|‰|:[0-9]|/[0-9]|[A-Za-z])"
)
# 1.2万种槟榔, 八千批货: behind thousands these are what the money is for.
_SPENT_ON = re.compile("[种批包][\u4e00-\u9fff]")
_GROWN = re.compile("种(?!类)[\u4e00-\u9fff]|包(?=地|塘|鱼塘|山|荒|果园|茶园|工程|车)")
# 借三千一年, 两千八个月: the last figure belongs to the term, not to the sum.
_TERM_BEHIND = re.compile(
    r"(?<=[0-9一二两三四五六七八九][百千万])(?:[一二]?十[一二三四五六七八九]?|[一二两三四五六七八九])"
    r"(?=个月|年(?![代级前0-9])|个?季度|期)"
)
LONGEST = 24
"""Signs within which a sum ends."""
_BEFORE_BAD = re.compile(r"(?:第|[A-Za-z_.\ufffd·#]|[0-9],|0x)$")
_ALONE = re.compile(rf"^[{CN}]$")


def find(s: str) -> list[Amount]:
    """Every amount in a normalised text, from left to right."""
    found: list[Amount] = []
    place = 0
    while place < len(s):
        amount = _at(s, place)
        if amount is None:
            place = _past(s, place)
            continue
        found.append(amount)
        place = max(amount.end, place + 1)
    return found


def parse(text: str) -> int:
    """The one amount `text` says, in fen; raises `Vague` when it says none, several or no exact one."""
    found = find(normalise(text).s)
    if len(found) != 1 or found[0].fen is None:
        raise Vague(found[0].choices if len(found) == 1 else ())
    return found[0].fen


def _past(s: str, place: int) -> int:
    """A run of digits that is no amount is passed whole, so that no part of it is read."""
    if s[place].isdigit():
        run = re.compile(r"[0-9][0-9,.]*").match(s, place)
        return run.end() if run else place + 1
    return place + 1


def _at(s: str, place: int) -> Amount | None:
    if _BEFORE_BAD.search(s[max(0, place - 2) : place]):
        return None
    for pattern, reader in ((_LOOSE, _loose), (_RANGE_CN, _range), (_JOINED, _joined)):
        match = pattern.match(s, place)
        amount = reader(match) if match else None
        if amount and not _NOT_MONEY.match(s[amount.end :]):
            return amount
    term = _TERM_BEHIND.search(s, place, place + LONGEST)
    match = _NUMBER.match(s, place, term.start() if term else len(s))
    return _plain(s, match) if match else None


def _loose(match: re.Match[str]) -> Amount | None:
    return Amount(None, match.start(), match.end(), match[0][-1] in "元块钱")


def _range(match: re.Match[str]) -> Amount | None:
    low, high = spelt(match["a"]), spelt(match["b"])
    if low is None or high is None or not (high == low + 1 or (low, high) in ((3, 5), (3, 2))):
        return None
    low, high = min(low, high), max(low, high)
    unit = {"十": 10, "百": 100, "千": 1000, "万": 10000}[match["u"]] * (10000 if match["u2"] else 1)
    return Amount(None, match.start(), match.end(), match[0][-1] in "元块钱", (low * unit * 100, high * unit * 100))


def _joined(match: re.Match[str]) -> Amount | None:
    """500到800, 三百或五百; in 三到五百 the first takes the unit of the second."""
    first, second = match["a"], match["b"]
    if (
        match["yuan"] is None
        and re.fullmatch(r"[0-9]{1,2}|[一二两三四五六七八九]", first)
        and re.search(r"[百千万]", second)
    ):
        first += re.sub(r"[^百千万]", "", second)[-1:]
    low, high = _yuan(first), _yuan(second)
    if low is None or high is None or low >= high or high < 5:
        return None
    return Amount(None, match.start(), match.end(), True, (int(low * 100), int(high * 100)))


def _plain(s: str, match: re.Match[str]) -> Amount | None:
    start, end = match.start(), match.end()
    written, money = match["n"], match["yuan"] is not None or match["sign"] == "¥" or "整" in (match["end"] or "")
    after = s[match.end("n") :]
    if not money and _NOT_MONEY.match(after) and not _spent_on(written, after):
        return None
    if match["n"] and not money and _ALONE.match(written):
        return None
    if not money and re.match(r"下|些|起|样|直|定|般|旦|共|切", s[end : end + 1]) and _ALONE.match(written[-1]):
        return None
    value = _yuan(written)
    fen = None if value is None else value * 100 + _small(match)
    if match["sign"] in ("-", "+") or (match["yuan"] and value is not None and value.denominator > 1 and match["jiao"]):
        fen = None
    after = s[end:]
    # 1e9, 1_000, 1.000,00 and 3000² are slips or tricks, never amounts; 5000,10个月 names a term.
    if re.match(r"[_eE^\ufffd][0-9+-]?|\ufffd| 0[0-9]{2}(?![0-9])", after) or (
        s[end - 1].isdigit() and re.match(r"[.,][0-9](?![0-9]{0,2}(?:个月|年|期|个?季度|天|、|[.)][一-鿿]))", after)
    ):
        return Amount(None, start, _past(s, end) if after[:1].isdigit() else end, money)
    if fen is not None and (fen.denominator != 1 or not 0 < fen <= MOST_FEN):
        return Amount(None, start, end, money)
    if match["more"] or _ABOUT_BEFORE.search(s[max(0, start - 6) : start]) or _ABOUT_AFTER.match(after):
        return Amount(None, start, end, money)
    if fen is None:
        return Amount(None, start, end, money) if re.search(r"[0-9]", written) else None
    return Amount(int(fen), start, end, money)


def _spent_on(written: str, after: str) -> bool:
    """三千种辣椒, 3500包地: what stands behind is what the money is for, and nothing that is counted."""
    large = written[-1] in "万千" and _SPENT_ON.match(after)
    return bool(large or (len(written) > 2 and _GROWN.match(after)))


def _small(match: re.Match[str]) -> int:
    """角 and 分 after the 元, in fen; 三块五 is 3.50."""
    fen = 0
    if match["jiao"]:
        fen += 10 * _digit(match["jiao"])
    if match["fen"]:
        fen += _digit(match["fen"])
    if match["fen2"]:
        fen += int(match["fen2"])
    return fen


def _digit(char: str) -> int:
    return int(char) if char.isdigit() else spelt(char) or 0


def _yuan(written: str) -> Fraction | None:
    """The number as written, in yuan: 1,200 · 1.5万 · 3千5 · 三千五 · 叁仟伍佰."""
    written = written.replace(" ", "")
    if re.search(rf"[{CN}]", written) and not re.search(r"[0-9.,]{2}", written):
        written = re.sub(r"[0-9]", lambda m: "零一二三四五六七八九"[int(m[0])], written)
    if not written[:1].isdigit():
        whole = spelt(written)
        return None if whole is None or (len(written) > 1 and _by_digit(written)) else Fraction(whole)
    match = re.fullmatch(rf"({_PLAIN})([万千百佰仟kKwW]?)(.*)", written)
    if not match or re.fullmatch(r"0[0-9].*", match[1]):
        return None
    value = Fraction(match[1].replace(",", "").replace(" ", "")) * _UNIT[match[2]]
    if not match[3]:
        return value
    rest = _rest(match[3], _UNIT[match[2]])
    return None if rest is None or "." in match[1] else value + rest


def _rest(written: str, unit: int) -> int | None:
    """What follows the unit: 3千5 is 3500, 1万2千 is 12000, 3千零5 is 3005, 3千500 is 3500."""
    if re.fullmatch(r"[0-9]", written):
        return int(written) * unit // 10
    if re.fullmatch(r"零[0-9]{1,2}", written):
        return int(written[1:]) if int(written[1:]) < unit // 10 else None
    if re.fullmatch(r"[0-9]{2,3}", written):
        return int(written) if int(written) < unit and len(written) == len(str(unit)) - 1 else None
    total, below = 0, unit
    for digit, word in re.findall(r"([0-9])([千百十]?)", written):
        worth = _UNIT[word] if word else below // 10
        if worth >= below:
            return None
        total, below = total + int(digit) * worth, worth
    return total


def _by_digit(written: str) -> bool:
    """二〇二六 or 一二三 is a year or a code, not a sum."""
    return not re.search(r"[十百千万亿拾佰仟廿卅]", written)
