"""Whom a name means: the member written so, or heard so, or told by kinship (陈桂花家, 王五他媳妇).

Candidates only: with several the person is asked, for two names that sound alike are two people.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from bot.understand.phrases import book
from bot.understand.sound import alike

_HOUSE = re.compile(
    r"(?:他|她|的|家|家里|屋里|屋头)?(?:媳妇儿?|婆娘|老婆|老公|男人|女人|爱人|老伴|当家的|儿子|儿媳妇?|女儿|姑娘|闺女|女婿|爹|爸爸?|妈妈?|娘|哥哥?|弟弟?|嫂子|姐姐?|妹妹?|他爸|他妈|她妈|孙子|屋里人|屋头|家里的?|家里人|家的?|户|两口子|那户|老汉|大爷|大娘|大叔|大婶|大妈|大哥|大姐|婶子|婶婶?|叔叔?|伯伯?|嫂|奶奶|爷爷|师傅|老师|同志|主任|会计)$"
)
_GOODS = re.compile(
    r"辣椒|花椒|黄豆|黄芪|黄连|黄瓜|白菜|白术|花生|花卉|金银花|金桔|苗木|树苗|种子|石斛|石榴|马铃薯|马肉|牛肉|羊肉|羊毛|羊绒|羊皮|猪|鸡|鸭|鹅|鱼|蛋|牛羊|仔|崽|苞谷|玉米|洋芋|土豆|红薯|红枣|枸杞|柴胡|党参|当归|药材|粮|麦|稻|米|豆|菜|果|茶叶|核桃|板栗|木耳|蘑菇|香菇|竹|木材|废|旧|破烂|头发|手机|电器|钢|铁皮|纸|蜂蜜|蜂|蚕|桑叶|麻袋|皮毛|毛皮|饲料|化肥|农药|柴火|房租|租金|彩礼|定金|押金|工资|短信|快递|通知|消息|回执|资金|红包|(?:钱|款|费|税|货)$"
)
_STOP = re.compile(r"[我你他她它这那哪谁什么咋]|今天|昨天|明天|还款|借款|放款|收到|已经|麻烦|谢谢|大家|全部|所有|一共|总共|现金|转账|单位|社员|同志们?$|领导$|左右|时候|没有|可以|不能|地里|家里|后山|不|了|吗|呢")


@lru_cache(maxsize=1)
def _person() -> re.Pattern[str]:
    return book().pattern(
        "(?:{surname}[\u4e00-\u9fff]{1,2}|{surname}(?:家|某某?|大|老|小|二|三|幺|满|婶|叔|伯|爷|嫂|哥|姐|奶|娘|妈|爹|氏)?(?:爷|娘|叔|婶|妈|哥|姐|嫂|伯|奶|爹|汉|师傅|老师|老汉|大爷|大娘|大妈|大叔|大婶|二娘|三娘)|"
        "(?:老|小|阿|大|幺|二|三|四|五){surname}[\u4e00-\u9fff]?|[\u4e00-\u9fff]{1,3}(?:婶|叔|伯|爷|嫂|哥|姐|奶奶|娘|爹|妈|嫂子|婶子|老汉|大爷|大娘|大妈|大叔|大婶|媳妇)|[\u4e00-\u9fff]{2,5}·[\u4e00-\u9fff]{2,8}|{surname}[\u4e00-\u9fff]{2,3})"
    )


def looks_like_name(word: str, names: Sequence[str] = ()) -> bool:
    """Whether a word can be a person: a member, a surname with a given name, or a form of kinship or respect."""
    word = word.strip()
    if word in names:
        return True
    if not 2 <= len(word) <= 12 or _GOODS.search(word) or _STOP.search(word):
        return False
    if _person().fullmatch(word):
        return len(word) <= 4 or "·" in word or bool(_HOUSE.search(word)) or bool(book().pattern("^{surname}").match(word))
    house = _HOUSE.search(word)
    if house and 0 < house.start():
        return bool(_person().fullmatch(word[: house.start()]))
    return bool(names) and bool(match(word, names))


def match(name: str, names: Sequence[str]) -> list[str]:
    """The members a written or heard name may mean, the surest kind only: exact, by kinship, by sound, by one character."""
    name = re.sub(r"\s", "", name)
    unique = list(dict.fromkeys(names))
    if name in unique:
        return [name]
    house = _HOUSE.search(name)
    forms = [name] + ([name[: house.start()]] if house and house.start() > 0 else [])
    for form in forms[1:]:
        if form in unique:
            return [form]
    for kind in (_heard, _heard_dialect, _given, _one_wrong):
        for form in forms:
            found = [n for n in unique if kind(form, n)]
            if found:
                return found
    return []


def _heard(form: str, name: str) -> bool:
    return len(form) == len(name) and all(alike(a, b, dialect=False) for a, b in zip(form, name, strict=True))


def _heard_dialect(form: str, name: str) -> bool:
    return len(form) == len(name) and all(alike(a, b) for a, b in zip(form, name, strict=True))


def _given(form: str, name: str) -> bool:
    """桂花 for 陈桂花, 老王 for the only 王."""
    if len(form) >= 2 and len(name) == len(form) + 1 and name.endswith(form):
        return True
    return len(form) == 2 and form[0] in "老小阿" and name.startswith(form[1]) or len(form) == 1 and name.startswith(form)


def _one_wrong(form: str, name: str) -> bool:
    """One of three characters slipped; in two-character names that would leave nothing sure."""
    return len(form) == len(name) >= 3 and sum(a != b for a, b in zip(form, name, strict=True)) == 1
