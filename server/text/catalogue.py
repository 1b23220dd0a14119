"""Every sentence the server says to people, in both languages (X9). Keys are named by the core's `Hint`s.

A sentence is a template; `{name}` and the like are filled by `render`. What a name contains is never
read as a template.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from server.domain.money import Money
from server.domain.phrases import Hint, Param
from server.text.amounts import LANGUAGES, Language, write_money

Text = Mapping[Language, str]
"""The same sentence in every language, as it goes to the wire."""


@dataclass(frozen=True, slots=True)
class Message:
    zh: str
    en: str

    def template(self, language: Language) -> str:
        return self.zh if language == "zh-CN" else self.en


MESSAGES: Final[Mapping[str, Message]] = {
    # Shout-outs (L2). The wording is the programme's own, to the letter.
    "shout.level_up": Message("恭喜用户@{name} 升级为{tier}!", "Congratulations, @{name}: now {tier}!"),
    "shout.level_up_offer": Message(
        "恭喜用户@{name} 升级为{tier}!现在下单立减{off}!",
        "Congratulations, @{name}: now {tier}! {off} off your order right now!",
    ),
    "shout.level_up_many": Message(
        "{name} 等 {count} 人升级为{tier}!", "{name} and others, {count} in all: now {tier}!"
    ),
    "shout.level_up_many_offer": Message(
        "{name} 等 {count} 人升级为{tier}!现在下单立减{off}!",
        "{name} and others, {count} in all: now {tier}! {off} off their orders right now!",
    ),
    "shout.first_n": Message(
        "恭喜@{name} 抢到第{taken}名,{points}积分到账!",
        "Congratulations, @{name}: place {taken}, {points} points are in!",
    ),
    "shout.task_done": Message(
        "@{name} 完成任务「{title}」,+{reward}积分", "@{name} did “{title}”: +{reward} points"
    ),
    "shout.task_done_many": Message(
        "{name} 等 {count} 人完成任务「{title}」,各得{reward}积分",
        "{name} and others, {count} in all, did “{title}”: +{reward} points each",
    ),
    "shout.entrance": Message("{tier} @{name} 进入直播间", "{tier} @{name} is here"),
    "shout.unnamed": Message("神秘用户", "a mystery viewer"),
    # What others take from the reward shop (P2).
    "redeemed.one": Message("{name} 用积分兑换了{reward}", "{name} took {reward} for points"),
    "redeemed.many": Message(
        "{name} 等 {count} 人兑换了{reward}", "{name} and others, {count} in all, took {reward}"
    ),
    # The next step (T10, O4).
    "next.growth_to_go": Message("还差 {growth} 成长值升级", "{growth} growth to the next tier"),
    "next.spend": Message("再消费{amount}就能升级为{tier}", "One order of {amount} makes you {tier}"),
    "next.any_order": Message("再下一单就能升级为{tier}", "One more order makes you {tier}"),
    "next.comment": Message(
        "再发{times}条有效评论就能升级为{tier}", "Comment {times}× more to become {tier}"
    ),
    "next.share": Message(
        "再分享{times}次直播间就能升级为{tier}", "Share the room {times}× to become {tier}"
    ),
    "next.watch": Message(
        "再看{minutes}分钟就能升级为{tier}", "Watch {minutes} minutes more to become {tier}"
    ),
    "next.act": Message("再互动{times}次就能升级为{tier}", "Join in {times}× more to become {tier}"),
    "toward.comment": Message(
        "发一条有效评论,离{tier}近{growth}成长值", "A good comment: {growth} growth closer to {tier}"
    ),
    "toward.share": Message(
        "分享直播间,离{tier}近{growth}成长值", "Share the room: {growth} growth closer to {tier}"
    ),
    "toward.watch": Message(
        "再看{minutes}分钟,离{tier}近{growth}成长值",
        "Watch {minutes} minutes more: {growth} growth closer to {tier}",
    ),
    "toward.act": Message(
        "互动一次,离{tier}近{growth}成长值", "Join in once: {growth} growth closer to {tier}"
    ),
    # Before a drop (T7).
    "keep.growth": Message(
        "还差 {growth} 成长值保住{tier}, 还剩{days}天",
        "{growth} growth more keeps {tier}; days left: {days}",
    ),
    "keep.comment": Message(
        "再发{times}条有效评论保住{tier}, 还剩{days}天",
        "Comment {times}× more to keep {tier}; days left: {days}",
    ),
    "keep.share": Message(
        "再分享{times}次直播间保住{tier}, 还剩{days}天",
        "Share {times}× to keep {tier}; days left: {days}",
    ),
    "keep.watch": Message(
        "再看{minutes}分钟保住{tier}, 还剩{days}天",
        "Watch {minutes} minutes to keep {tier}; days left: {days}",
    ),
    "keep.act": Message(
        "再互动{times}次保住{tier}, 还剩{days}天",
        "Join in {times}× to keep {tier}; days left: {days}",
    ),
    # What has been earned (E1–E3, V2).
    "notice.earned": Message("{what},{gain}", "{what}: {gain}"),
    "gain.points": Message("积分+{points}", "+{points} points"),
    "gain.growth": Message("成长值+{growth}", "+{growth} growth"),
    "gain.both": Message("积分+{points} 成长值+{growth}", "+{points} points, +{growth} growth"),
    "rule.watch15": Message("连续观看满15分钟", "15 minutes watched in a row"),
    "rule.watch10": Message("累计观看10分钟", "10 minutes watched"),
    "rule.comment": Message("有效评论", "A good comment"),
    "rule.like": Message("点赞", "Likes"),
    "rule.share": Message("分享直播间", "Room shared"),
    "rule.vote": Message("参与投票", "Vote cast"),
    "rule.follow": Message("关注主播", "Host followed"),
    "rule.check_in": Message("每日签到", "Checked in"),
    "rule.birthday": Message("生日礼包", "Birthday gift"),
    "rule.recall": Message("回归礼包", "Welcome-back gift"),
    "rule.streak": Message("连续签到奖励", "Checked in day after day"),
    "rule.invite": Message("邀请的好友看了直播", "A friend you invited has watched"),
    "rule.order": Message("下单成功", "Order paid"),
    "rule.first_order": Message("首单成功,积分翻倍", "First order, points doubled"),
    "notice.taken_back": Message(
        "订单退款,收回积分{points} 成长值{growth}",
        "Order refunded: {points} points, {growth} growth taken back",
    ),
    "notice.redeemed": Message(
        "使用积分{points},本单立减{off}", "{points} points spent: {off} off this order"
    ),
    "notice.returned": Message("退回积分{points}", "{points} points are back"),
    "rule.first_n": Message("抢到前N名", "Among the first to order"),
    "rule.task": Message("完成限时任务", "Countdown task done"),
    "notice.reward_cancelled": Message(
        "「{reward}」兑换已取消,退回积分{points}", "{reward} could not be sent: {points} points are back"
    ),
    "rule.grant": Message("平台赠送", "A gift from us"),
    # Points from a friend (P5).
    "notice.gift_given": Message("{name}收到了你送的{points}积分", "{name} got the {points} points you gave"),
    "notice.gift_received": Message("{name}送给你{points}积分", "{name} gave you {points} points"),
    "notice.gift_returned": Message(
        "礼物没有人领取,{points}积分已退回", "Nobody claimed your gift: {points} points are yours again"
    ),
    "notice.boosted": Message("{tier}权益已开启,今天结束前有效", "You are {tier} until the day ends"),
    "notice.tier_granted": Message("为你开通{tier}权益", "You enjoy {tier} for a while"),
    "rule.draw": Message("抽奖", "Draw"),
    # Draws (P3).
    "draw.winner": Message("@{name}", "@{name}"),
    "draw.and": Message("{before}、@{name}", "{before}, @{name}"),
    "draw.result": Message(
        "「{title}」开奖啦!恭喜{names}中奖!", "“{title}” is drawn! Congratulations, {names}!"
    ),
    "draw.result_many": Message(
        "「{title}」开奖啦!恭喜{names}等{count}人中奖!",
        "“{title}” is drawn! Congratulations, {names} and others, {count} in all!",
    ),
    "draw.nobody": Message("「{title}」已开奖,无人参与", "“{title}” is drawn; nobody had entered"),
    "notice.box_ticket": Message("连续签到,送你一个福袋!", "A lucky bag for checking in day after day!"),
    "notice.prize": Message("恭喜你在「{title}」中抽中{prize}!", "You won {prize} in “{title}”!"),
    "notice.draw_cancelled": Message(
        "「{title}」已取消,退回积分{points}", "“{title}” was called off: {points} points are back"
    ),
    "notice.tier": Message("恭喜你升级为{tier}!", "You are {tier} now!"),
    "notice.tier_moved": Message(
        "会员等级更新了,你现在是{tier}", "The tiers are new ones: you are {tier} now"
    ),
    "notice.coupon_freed": Message("{title}已退回,可再次使用", "{title}: yours to use again"),
    "notice.coupon": Message(
        "获得{title}:下单立减{off},{hours}小时内有效", "{title}: {off} off one order, good for {hours} hours"
    ),
    # Other rules (X3, P6).
    "rules.changed": Message(
        "活动规则已更新,以会员卡显示为准", "The rules have changed; your card shows what counts now"
    ),
    "rules.rate_changed": Message(
        "活动规则已更新:现在{points}积分抵{worth}", "The rules have changed: {points} points are {worth} now"
    ),
    "rules.rate_coming": Message(
        "{date}起{points}积分抵{worth};在此之前仍是{before}积分抵{worth}",
        "From {date} on {points} points are {worth}; until then {before} points still are",
    ),
    "notice.coupon_for_days": Message(
        "获得{title}:下单立减{off},{days}天内有效", "{title}: {off} off one order, good for {days} days"
    ),
    "notice.birthday": Message("生日快乐!送你{points}积分", "Happy birthday! {points} points are yours"),
    "notice.recall": Message(
        "欢迎回来!回归礼包已放入你的账户", "Welcome back! A gift is waiting in your account"
    ),
    # Why an action earned nothing (E10).
    "why.cap_reached": Message(
        "今日奖励已达上限,明天再来", "You have had all of today's rewards for this; come back tomorrow"
    ),
    "why.duplicate": Message("这次已经记过了", "This was counted before"),
    "why.not_watching": Message(
        "互动一下再继续观看,才有下一份奖励", "Join in once to earn the next watching reward"
    ),
    "why.budget_spent": Message(
        "本场积分已发完,成长值照常累计", "All points of this show are given; growth still counts"
    ),
    "why.off_air": Message("直播开始后才有奖励", "Rewards are given while the show is live"),
    "why.not_eligible": Message("这个动作目前没有奖励", "This brings no reward at present"),
    "why.invalid_comment": Message(
        "说点新的吧:至少4个字,不重复,间隔1分钟",
        "Say something new: 4 characters or more, no repeats, a minute apart",
    ),
    "why.room_unknown": Message("没有找到这个直播间", "There is no such room"),
    "why.coupon_refused": Message("这张券不能用于本单", "This coupon cannot be used for the order"),
    # Refused acts (PROTOCOL §1.3).
    "refused.sign_in": Message("请先登录", "Please sign in first"),
    "refused.bad_request": Message(
        "这个操作无法识别,请刷新页面", "This was not understood; please reload the page"
    ),
    "refused.rate_limited": Message("慢一点,稍后再试", "Slow down and try again in a moment"),
    "refused.muted": Message("你已被禁言", "You are muted here"),
    "refused.banned": Message("你已被移出直播间", "You have been removed from this room"),
    "refused.slow_mode": Message("慢速模式,稍等再发", "Slow mode: wait a moment before the next comment"),
    "refused.blocked_words": Message(
        "这条评论里有本直播间不便展示的词,改一下再发",
        "A word in it cannot be shown here; change it and send again",
    ),
    "refused.members_only": Message(
        "会员才能参与,再升一级就可以", "For members only; one tier more and you are in"
    ),
    "refused.not_found": Message("没有找到,可能已经结束", "Not found; it may be over"),
    "refused.not_enough_points": Message("积分不足", "Not enough points"),
    "refused.sold_out": Message("已经抢完了", "All gone"),
    "refused.not_open": Message("还没有开始", "Not open yet"),
    "refused.closed": Message("已经结束", "It is over"),
    "refused.limit_reached": Message("已达次数上限", "You have reached the limit"),
    "refused.giver_not_eligible": Message("暂时不能转赠积分", "You cannot give points yet"),
    "refused.try_later": Message("已为你保留当前状态,稍后再试", "Your state is safe; try again in a moment"),
}


PRESET_TIERS: Final[Mapping[str, str]] = {
    "普通用户": "Basic",
    "青铜会员": "Bronze",
    "白银会员": "Silver",
    "黄金会员": "Gold",
    "黑钻会员": "Black Diamond",
    "新朋友": "New Friend",
    "常客": "Regular",
    "老朋友": "Old Friend",
    "家人": "Family",
}
"""The preset's own tier names in English; a name that the operator chose is the same in every language (T9)."""


def render(hint: Hint) -> Text:
    """Return the sentence in every language. KeyError when the catalogue or the hint lacks something: a bug."""
    return {language: say(hint, language) for language in LANGUAGES}


def say(hint: Hint, language: Language) -> str:
    """Return the sentence in one language."""
    values = {name: _written(name, value, language) for name, value in hint.params}
    return MESSAGES[hint.key].template(language).format_map(values)


def _written(name: str, value: Param, language: Language) -> str:
    match value:
        case Hint():
            return say(value, language)
        case Money():
            return write_money(value, language)
        case int():
            return str(value)
        case str():
            if name == "name" and not value:
                return MESSAGES["shout.unnamed"].template(language)
            if name == "tier" and language == "en":
                return PRESET_TIERS.get(value, value)
            return value
