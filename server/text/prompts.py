"""What the prompter gives the host to say, in both languages, one glance long (L9, X9).

Not the catalogue of what the server says to viewers: these are a host's own words, and each is cut to a length that
is read at arm's length while talking. What is cut are the titles in it, never the numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final
from unicodedata import east_asian_width

from server.domain.money import Money
from server.domain.phrases import Hint, Param
from server.domain.prompting import Line
from server.text.amounts import LANGUAGES, Count, Language, write_money
from server.text.catalogue import MESSAGES, PRESET_TIERS, Message, Text
from server.text.cleaning import graphemes

GLANCE: Final[Mapping[Language, int]] = {"zh-CN": 64, "en": 80}
"""Columns of a line, a Chinese character being two: a few rows on a phone held beside the camera."""
SHORTEST: Final = 4
"""Graphemes that are left of a title at least, the mark of what was cut included."""

PROMPTS: Final[Mapping[str, Message]] = {
    "prompt.task": Message("{title}，还剩{minutes}分钟", "{title}: {minutes:minute} left"),
    "prompt.task_done": Message(
        "{title}，{done}人已拿到，还剩{minutes}分钟", "{title}: {done} got it, {minutes:minute} left"
    ),
    "prompt.task_last": Message("最后1分钟！{title}", "Last minute! {title}"),
    "prompt.task_few": Message("只剩{left}份！{title}", "Only {left} left! {title}"),
    "prompt.first_n": Message(
        "前{n}名下单，每人再送{points}积分", "The first {n:order} get {points:extra point}"
    ),
    "prompt.first_n_left": Message(
        "再卖{left}单送完前{n}名，每人{points}积分",
        "{left:more order} and the first {n} are full: {points:point} each",
    ),
    "prompt.gate_early": Message(
        "{minutes}分钟后{tier}先买「{title}」", "{tier} can buy “{title}” in {minutes:minute}"
    ),
    "prompt.gate_early_now": Message("{tier}马上可以买「{title}」", "{tier}, get ready for “{title}”"),
    "prompt.gate_public": Message(
        "{minutes}分钟后「{title}」全员开抢", "“{title}” opens to everyone in {minutes:minute}"
    ),
    "prompt.gate_public_now": Message("「{title}」马上全员开抢", "“{title}” is about to open to everyone"),
    "prompt.gate_open": Message("「{title}」开抢了，还剩{left}件", "“{title}” is open: {left} left"),
    "prompt.draw": Message(
        "「{title}」{minutes}分钟后开奖，快报名", "“{title}” is drawn in {minutes:minute}: enter now"
    ),
    "prompt.draw_last": Message("最后1分钟报名！「{title}」马上开奖", "Last minute to enter “{title}”"),
    "prompt.draw_drawing": Message("「{title}」正在开奖", "“{title}” is being drawn"),
    "prompt.draw_won": Message(
        "「{title}」开奖了，恭喜{name}", "“{title}” is drawn: congratulations, {name}"
    ),
    "prompt.draw_won_many": Message(
        "「{title}」开奖了，恭喜{name}等{count}位",
        "“{title}” is drawn: {name} and {count:-1 other}, congratulations",
    ),
    "prompt.poll": Message(
        "来投票，还剩{minutes}分钟：{question}", "Vote now, {minutes:minute} left: {question}"
    ),
    "prompt.poll_leads": Message(
        "{leader}领先，还剩{minutes}分钟：{question}", "{leader} leads, {minutes:minute} left: {question}"
    ),
    "prompt.poll_last": Message(
        "投票最后1分钟，{leader}领先：{question}", "Last minute, {leader} leads: {question}"
    ),
    "prompt.poll_even": Message("打平了，就差你一票：{question}", "A tie, your vote decides: {question}"),
    "prompt.poll_won": Message("投票结果是{leader}：{question}", "The vote is in: {leader}! {question}"),
    "prompt.poll_tied": Message("投票打平了：{question}", "The vote is a tie: {question}"),
    "prompt.level_up": Message("恭喜刚刚升级{tier}的家人！", "Congratulations to our newest {tier}!"),
    "prompt.level_up_many": Message(
        "恭喜刚刚升级{tier}的{count}位家人！", "Congratulations to our {count} new {tier} members!"
    ),
    "prompt.near": Message(
        "还有{count}位{tier}差{within}分以内升{to}", "{count} at {tier}: within {within} growth of {to}"
    ),
    "prompt.tier": Message("{tier}", "{tier}"),
    "prompt.birthday": Message(
        "今天直播间有{count}位会员过生日，生日快乐！",
        "Birthdays in the room today: {count}. Many happy returns!",
    ),
    "prompt.price": Message("「{title}」现价{price}", "“{title}” is {price}"),
    "prompt.member_price": Message(
        "「{title}」会员价{member}，非会员价{price}", "“{title}”: members pay {member}, others {price}"
    ),
    "prompt.member_prices": Message(
        "「{title}」会员价{member}起，非会员价{price}", "“{title}”: members from {member}, others {price}"
    ),
    "prompt.offer": Message("{text}", "{text}"),
    "prompt.member_day_both": Message(
        "今天会员日，全场{percent}，积分{multiplier}倍", "Member day: {percent} off, points ×{multiplier}"
    ),
    "prompt.member_day_off": Message("今天会员日，全场{percent}", "Member day: {percent} off everything"),
    "prompt.member_day_points": Message("今天会员日，积分{multiplier}倍", "Member day: points ×{multiplier}"),
}


def prompts(lines: Iterable[Line]) -> list[tuple[Line, Text]]:
    """Return each line with its words; of two that end up with the same words in a language, the first alone."""
    told: set[tuple[Language, str]] = set()
    spoken: list[tuple[Line, Text]] = []
    for line in lines:
        text = glance(line.says)
        if told.isdisjoint(text.items()):
            told.update(text.items())
            spoken.append((line, text))
    return spoken


def glance(says: Hint) -> Text:
    """Return the sentence in every language, none longer than `GLANCE`."""
    return {language: _said(says, language) for language in LANGUAGES}


def _said(says: Hint, language: Language) -> str:
    template = PROMPTS[says.key].template(language)
    numbers: dict[str, str | Count] = {}
    titles: dict[str, list[str]] = {}
    for name, value in says.params:
        written = _written(name, value, language)
        if isinstance(value, str | Hint) and isinstance(written, str):
            titles[name] = graphemes(written)
        else:
            numbers[name] = written
    while True:
        words = template.format_map(numbers | {name: "".join(parts) for name, parts in titles.items()})
        over = width(words) - GLANCE[language]
        if over <= 0:
            return words
        longest = max(titles, key=lambda name: len(titles[name]), default=None)
        if longest is None or len(titles[longest]) <= SHORTEST:
            return _cut(words, GLANCE[language])
        parts = titles[longest]
        # Half of what is too much at a time, for a character may be two columns: never more than is needed.
        fewer = len(parts) - max(1, over // 2)
        titles[longest] = [*parts[: max(SHORTEST, fewer) - 1], "…"]


def width(text: str) -> int:
    """Return how many columns `text` takes: two for what East Asian type sets wide, and for an emoji."""
    return sum(2 if east_asian_width(part[0]) in "WF" else 1 for part in graphemes(text))


def _cut(words: str, most: int) -> str:
    """Return as much of `words` as fits: only numbers beyond all reason come here."""
    parts = graphemes(words)
    while width("".join(parts)) >= most:
        parts.pop()
    return "".join(parts) + "…"


def _written(name: str, value: Param, language: Language) -> str | Count:
    match value:
        case Hint():
            return _said(value, language)
        case Money():
            return write_money(value, language)
        case str():
            if name == "name" and not value:
                return MESSAGES["shout.unnamed"].template(language)
            if name == "tier" and language == "en":
                return PRESET_TIERS.get(value, value)
            return value
        case int() if name == "percent":
            # 12 % off is 8.8折, 10 % is 9折.
            return f"{(100 - value) / 10:g}折" if language == "zh-CN" else f"{value}%"
        case int() if name == "multiplier":
            return f"{value / 100:g}"
        case int():
            return Count(value)
