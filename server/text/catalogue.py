"""Every sentence the server says to people, in both languages (X9). Keys are named by the core's `Hint`s.

A sentence is a template; `{name}` and the like are filled by `render`. What a name contains is never
read as a template. `{points:point}` is the number and its noun, `{count:-1 other}` those besides the one
named (`Count`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from server.domain.money import Money
from server.domain.phrases import Hint, Param
from server.text.amounts import LANGUAGES, Count, Language, write_money

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
    "shout.level_up": Message(
        "恭喜用户@{name} 升级为{tier}!", "Congratulations to @{name} on reaching {tier}!"
    ),
    "shout.level_up_offer": Message(
        "恭喜用户@{name} 升级为{tier}!现在下单立减{off}!",
        "Congratulations to @{name} on reaching {tier}! Order now for {off} off!",
    ),
    "shout.level_up_many": Message(
        "{name} 等 {count} 人升级为{tier}!", "{name} and {count:-1 other} reached {tier}!"
    ),
    "shout.level_up_many_offer": Message(
        "{name} 等 {count} 人升级为{tier}!现在下单立减{off}!",
        "{name} and {count:-1 other} reached {tier}! Order now for {off} off!",
    ),
    "shout.first_n": Message(
        "恭喜@{name} 抢到第{taken}名,{points}积分到账!",
        "Congratulations to @{name}: number {taken} to order, {points:point} earned!",
    ),
    "shout.task_done": Message(
        "@{name} 完成任务「{title}」,+{reward}积分", "@{name} completed “{title}”: +{reward:point}"
    ),
    "shout.task_done_many": Message(
        "{name} 等 {count} 人完成任务「{title}」,各得{reward}积分",
        "{name} and {count:-1 other} completed “{title}”: +{reward:point} each",
    ),
    "shout.entrance": Message("{tier} @{name} 进入直播间", "{tier} @{name} joined the room"),
    "shout.unnamed": Message("神秘用户", "a mystery viewer"),
    # What others take from the reward shop (P2).
    "redeemed.one": Message("{name} 用积分兑换了{reward}", "{name} redeemed points for {reward}"),
    "redeemed.many": Message(
        "{name} 等 {count} 人兑换了{reward}", "{name} and {count:-1 other} redeemed points for {reward}"
    ),
    # The next step (T10, O4).
    "next.growth_to_go": Message("还差 {growth} 成长值升级", "{growth} growth to the next tier"),
    "next.spend": Message("再消费{amount}就能升级为{tier}", "One order of {amount} makes you {tier}"),
    "next.any_order": Message("再下一单就能升级为{tier}", "One more order makes you {tier}"),
    "next.comment": Message(
        "再发{times}条有效评论就能升级为{tier}", "Post {times:more comment} to reach {tier}"
    ),
    "next.share": Message(
        "再分享{times}次直播间就能升级为{tier}", "Share the room {times:more time} to reach {tier}"
    ),
    "next.watch": Message("再看{minutes}分钟就能升级为{tier}", "Watch {minutes:more minute} to reach {tier}"),
    "next.act": Message("再互动{times}次就能升级为{tier}", "Join in {times:more time} to reach {tier}"),
    "toward.comment": Message(
        "发一条有效评论,离{tier}近{growth}成长值", "Post a comment to get {growth} growth closer to {tier}"
    ),
    "toward.share": Message(
        "分享直播间,离{tier}近{growth}成长值", "Share the room to get {growth} growth closer to {tier}"
    ),
    "toward.watch": Message(
        "再看{minutes}分钟,离{tier}近{growth}成长值",
        "Watch {minutes:more minute} to get {growth} growth closer to {tier}",
    ),
    "toward.act": Message(
        "互动一次,离{tier}近{growth}成长值", "Join in once to get {growth} growth closer to {tier}"
    ),
    # Before a drop (T7).
    "keep.growth": Message(
        "还差 {growth} 成长值保住{tier}, 还剩{days}天", "{growth} more growth keeps {tier}; {days:day} left"
    ),
    "keep.comment": Message(
        "再发{times}条有效评论保住{tier}, 还剩{days}天",
        "Post {times:more comment} to keep {tier}; {days:day} left",
    ),
    "keep.share": Message(
        "再分享{times}次直播间保住{tier}, 还剩{days}天",
        "Share the room {times:more time} to keep {tier}; {days:day} left",
    ),
    "keep.watch": Message(
        "再看{minutes}分钟保住{tier}, 还剩{days}天",
        "Watch {minutes:more minute} to keep {tier}; {days:day} left",
    ),
    "keep.act": Message(
        "再互动{times}次保住{tier}, 还剩{days}天", "Join in {times:more time} to keep {tier}; {days:day} left"
    ),
    # What has been earned (E1–E3, V2).
    "notice.earned": Message("{what},{gain}", "{what}: {gain}"),
    "gain.points": Message("积分+{points}", "+{points:point}"),
    "gain.growth": Message("成长值+{growth}", "+{growth} growth"),
    "gain.both": Message("积分+{points} 成长值+{growth}", "+{points:point}, +{growth} growth"),
    "rule.watch15": Message("连续观看满15分钟", "Watched 15 minutes in a row"),
    "rule.watch10": Message("累计观看10分钟", "Watched 10 minutes"),
    "rule.comment": Message("有效评论", "Good comment"),
    "rule.like": Message("点赞", "Likes"),
    "rule.share": Message("分享直播间", "Room shared"),
    "rule.vote": Message("参与投票", "Voted"),
    "rule.follow": Message("关注主播", "Followed the host"),
    "rule.check_in": Message("每日签到", "Checked in"),
    "rule.birthday": Message("生日礼包", "Birthday gift"),
    "rule.recall": Message("回归礼包", "Welcome-back gift"),
    "rule.streak": Message("连续签到奖励", "Check-in streak"),
    "rule.invite": Message("邀请的好友看了直播", "A friend you invited watched the show"),
    "rule.order": Message("下单成功", "Order paid"),
    "rule.first_order": Message("首单成功,积分翻倍", "First order, points doubled"),
    "notice.taken_back": Message(
        "订单退款,收回积分{points} 成长值{growth}",
        "Order refunded: {points:point} and {growth} growth taken back",
    ),
    "notice.redeemed": Message("使用积分{points},本单立减{off}", "{points:point} used: {off} off this order"),
    "notice.returned": Message("退回积分{points}", "{points:point} returned to you"),
    "rule.first_n": Message("抢到先下单名额", "Among the first to order"),
    "rule.task": Message("完成限时任务", "Countdown task completed"),
    "notice.reward_cancelled": Message(
        "「{reward}」兑换已取消,退回积分{points}", "“{reward}” was cancelled: {points:point} returned to you"
    ),
    "rule.grant": Message("平台赠送", "A gift from us"),
    # Points from a friend (P5).
    "notice.gift_given": Message(
        "{name}收到了你送的{points}积分", "{name} received the {points:point} you gave"
    ),
    "notice.gift_received": Message("{name}送给你{points}积分", "{name} gave you {points:point}"),
    "notice.gift_returned": Message(
        "礼物没有人领取,{points}积分已退回", "Nobody claimed your gift: {points:point} returned to you"
    ),
    "notice.boosted": Message("{tier}权益已开启,今天结束前有效", "You are {tier} until the end of today"),
    "notice.tier_granted": Message("已为你开通{tier}权益", "You now enjoy {tier} benefits"),
    "rule.draw": Message("抽奖", "Draw"),
    # Draws (P3).
    "draw.winner": Message("@{name}", "@{name}"),
    "draw.and": Message("{before}、@{name}", "{before}, @{name}"),
    "draw.result": Message(
        "「{title}」开奖啦!恭喜{names}中奖!", "“{title}” has been drawn! Congratulations to {names}!"
    ),
    "draw.result_many": Message(
        "「{title}」开奖啦!恭喜{names}等{count}人中奖!",
        "“{title}” has been drawn! Congratulations to {names} and more: {count:winner} in all!",
    ),
    "draw.nobody": Message("「{title}」已开奖,无人参与", "“{title}” has been drawn; nobody entered"),
    "notice.box_ticket": Message("连续签到,送你一个福袋!", "Here is a lucky bag for your check-in streak!"),
    "notice.prize": Message("恭喜你在「{title}」中抽中{prize}!", "You won {prize} in “{title}”!"),
    "notice.draw_cancelled": Message(
        "「{title}」已取消,退回积分{points}", "“{title}” was cancelled: {points:point} returned to you"
    ),
    "notice.tier": Message("恭喜你升级为{tier}!", "You are {tier} now!"),
    "notice.tier_moved": Message(
        "会员等级更新了,你现在是{tier}", "The tiers have changed: you are now {tier}"
    ),
    "notice.coupon_freed": Message("{title}已退回,可再次使用", "{title} is yours to use again"),
    "notice.coupon": Message(
        "获得{title}:下单立减{off},{hours}小时内有效", "{title}: {off} off one order, good for {hours:hour}"
    ),
    # Other rules (X3, P6).
    "rules.changed": Message(
        "活动规则已更新,以会员卡显示为准", "The rules have changed; your card shows what counts now"
    ),
    "rules.rate_changed": Message(
        "活动规则已更新:现在{points}积分抵{worth}",
        "The rules have changed: from now on {points:point} = {worth}",
    ),
    "rules.rate_coming": Message(
        "{date}起{points}积分抵{worth};在此之前仍是{before}积分抵{worth}",
        "From {date}, {points:point} = {worth}; until then, {before:point} = {worth}",
    ),
    "notice.coupon_for_days": Message(
        "获得{title}:下单立减{off},{days}天内有效", "{title}: {off} off one order, good for {days:day}"
    ),
    "notice.birthday": Message(
        "生日快乐!送你{points}积分", "Happy birthday! Here are {points:point} for you"
    ),
    "notice.recall": Message("欢迎回来!回归礼包已放入你的账户", "Welcome back! Your gift is in your account"),
    # Why an action earned nothing (E10).
    "why.cap_reached": Message(
        "今日奖励已达上限,明天再来", "You've earned all of today's rewards for this; come back tomorrow"
    ),
    "why.duplicate": Message("这次已经记过了", "This has already been counted"),
    "why.not_watching": Message(
        "互动一下再继续观看,才有下一份奖励", "Join in, then keep watching to earn the next reward"
    ),
    "why.budget_spent": Message(
        "本场积分已发完,成长值照常累计", "All of this show's points have been given out; growth still counts"
    ),
    "why.off_air": Message("直播开始后才有奖励", "Rewards start when the show goes live"),
    "why.not_eligible": Message("这个动作目前没有奖励", "This earns nothing at the moment"),
    "why.invalid_comment": Message(
        "说点新的吧:至少4个字,不重复,间隔1分钟",
        "Say something new: at least 4 characters, no repeats, a minute apart",
    ),
    "why.room_unknown": Message("没有找到这个直播间", "There is no such room"),
    "why.coupon_refused": Message("这张券不能用于本单", "This coupon cannot be used for this order"),
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
        "One word in your comment can't be shown here; change it and send again",
    ),
    "refused.members_only": Message(
        "会员才能参与,再升一级就可以", "For members only; reach the next tier to join in"
    ),
    "refused.not_found": Message("没有找到,可能已经结束", "Not found; it may have ended"),
    "refused.not_enough_points": Message("积分不足", "Not enough points"),
    "refused.sold_out": Message("已经抢完了", "All gone"),
    "refused.not_open": Message("还没有开始", "Not open yet"),
    "refused.closed": Message("已经结束", "It has ended"),
    "refused.limit_reached": Message("已达次数上限", "You have reached the limit"),
    "refused.giver_not_eligible": Message("暂时不能转赠积分", "You cannot give points yet"),
    "refused.try_later": Message("已为你保留当前状态,稍后再试", "Nothing is lost; try again in a moment"),
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


def _written(name: str, value: Param, language: Language) -> str | Count:
    match value:
        case Hint():
            return say(value, language)
        case Money():
            return write_money(value, language)
        case int():
            return Count(value)
        case str():
            if name == "name" and not value:
                return MESSAGES["shout.unnamed"].template(language)
            if name == "tier" and language == "en":
                return PRESET_TIERS.get(value, value)
            return value
