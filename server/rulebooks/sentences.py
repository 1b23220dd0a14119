"""Every rule of a rulebook as one plain sentence, in both languages, with its numbers. Pure. Rule O2.

A section of one's own: write a function like those below, which says every field of it, and put it into `SECTIONS`;
a test changes each field of the document in turn and asks whether a sentence has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from server.domain.money import minor_per_unit
from server.rulebooks.document import BenefitPart, BoxPrizePart, CouponPart, EntryPart, RulebookDocument
from server.rulebooks.wording import many, points, span, times

BENEFITS: Final = {
    "member_price": ("会员价", "member price"),
    "early_access": ("提前购", "early access"),
    "vip_service": ("VIP专属客服", "VIP service"),
    "birthday_pack": ("生日礼包", "birthday pack"),
    "points_multiplier": ("积分加倍", "more points"),
    "free_shipping": ("包邮", "free shipping"),
    "threshold_coupon": ("满减券", "monthly coupon"),
    "priority_shipping": ("优先发货", "priority shipping"),
    "trial": ("新品试用", "trials"),
    "experience_officer": ("产品体验官", "product experience officer"),
    "fan_group": ("粉丝群", "fan group"),
    "offline_invitation": ("线下活动邀请", "offline invitations"),
    "opinion_panel": ("产品意见团", "opinion panel"),
    "cobrand_early_access": ("联名款提前购", "early access to co-brands"),
    "yearly_gift": ("年度礼物", "yearly gift"),
    "stacked_discount": ("折上折", "stacked discount"),
}
BEHAVIOURS: Final = {
    "watch15": ("连续观看满15分钟", "15 minutes watched in a row"),
    "watch10": ("一场累计观看10分钟", "10 minutes watched in a show"),
    "comment": ("有效评论一条", "a valid comment"),
    "like": ("点赞一次", "a like"),
    "share": ("分享直播间一次", "sharing the room"),
    "vote": ("参与投票一次", "a vote"),
    "follow": ("关注主播", "following the host"),
    "check_in": ("直播间签到", "checking in"),
    "invite": ("成功邀请一位新朋友", "inviting a new friend"),
}
_WEEKDAYS: Final = (
    ("一", "Monday"),
    ("二", "Tuesday"),
    ("三", "Wednesday"),
    ("四", "Thursday"),
    ("五", "Friday"),
    ("六", "Saturday"),
    ("日", "Sunday"),
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """What one rule says."""

    field: str
    """Where in the document it stands: ``order``, ``privileges.gold.benefits.0``."""
    zh: str
    en: str
    inner: bool = False
    """For the operator's eyes: ids, colours, links that a tier has to itself. No viewer is told."""


@dataclass(frozen=True, slots=True)
class Told:
    """The document, and how its money and tiers are written."""

    document: RulebookDocument
    currency: str

    def money(self, amount: int) -> tuple[str, str]:
        whole, rest = divmod(amount, minor_per_unit(self.currency))
        digits = len(str(minor_per_unit(self.currency))) - 1
        said = f"{whole}.{rest:0{digits}d}" if rest else str(whole)
        return (f"{said}元", f"¥{said}") if self.currency == "CNY" else (f"{said} {self.currency}",) * 2

    def tier(self, tier: str) -> str:
        """The operator's name for it, the same in every language (T9)."""
        return next((one.name for one in self.document.ladder if one.id == tier), tier)


Sentences = Iterator[Sentence]


def sentences(document: RulebookDocument, currency: str) -> tuple[Sentence, ...]:
    """Return every rule of `document` in the order of its sections."""
    told = Told(document, currency)
    return tuple(sentence for section in SECTIONS for sentence in section(told))


def for_viewers(told: tuple[Sentence, ...]) -> tuple[Sentence, ...]:
    """Return those that are said to everybody."""
    return tuple(sentence for sentence in told if not sentence.inner)


def _ladder(told: Told) -> Sentences:
    for place, tier in enumerate(told.document.ladder):
        zh, en = _entry(told, tier.entry)
        if place:
            yield Sentence(f"ladder.{place}", f"{zh},即成为{tier.name}", f"{en} makes you {tier.name}")
        else:
            says = f"Everyone is {tier.name} from the first contact on"
            yield Sentence("ladder.0", f"人人从第一次接触起就是{tier.name}", says)
            yield Sentence(
                "ladder.0.entry", f"{tier.name}从{zh}起", f"{tier.name} begins at {en}", inner=True
            )
        yield Sentence(
            f"ladder.{place}.id",
            f"{tier.name}的编号是{tier.id},颜色是{tier.color}",
            f"{tier.name} has the id {tier.id} and the colour {tier.color}",
            inner=True,
        )


def _entry(told: Told, entry: EntryPart) -> tuple[str, str]:
    zh, en = [f"成长值{entry.growth}"], [f"{entry.growth} growth"]
    if entry.paid is not None:
        paid_zh, paid_en = told.money(entry.paid)
        zh.append(f"消费满{paid_zh}")
        en.append(f"{paid_en} paid")
    if entry.orders is not None:
        zh.append(f"下单{entry.orders}笔")
        en.append(f"{entry.orders} orders")
    return "或".join(zh), " or ".join(en)


def _privileges(told: Told) -> Sentences:
    for tier, part in told.document.privileges.items():
        name, at = told.tier(tier), f"privileges.{tier}"
        if part.multiplier_percent is not None:
            times = _times(part.multiplier_percent)
            says = f"From {name} on, points count ×{times}"
            yield Sentence(f"{at}.multiplier_percent", f"{name}起,积分按{times}倍计", says)
        for number, benefit in enumerate(part.benefits):
            zh, en = _benefit(told, benefit)
            yield Sentence(f"{at}.benefits.{number}", f"{name}起享{zh}", f"From {name} on: {en}")
            if benefit.link is not None:
                said = (
                    f"{BENEFITS[benefit.kind][0]}的入口是{benefit.link}",
                    f"{BENEFITS[benefit.kind][1]} is at {benefit.link}",
                )
                yield Sentence(f"{at}.benefits.{number}.link", *said, inner=True)


def _benefit(told: Told, benefit: BenefitPart) -> tuple[str, str]:
    name_zh, name_en = BENEFITS[benefit.kind]
    # The operator's words often begin with what it is.
    zh = [benefit.text if benefit.text.startswith(name_zh) else f"{name_zh}:{benefit.text}"]
    en = [f"{name_en}: {benefit.text}"]
    if benefit.percent is not None:
        zh.append(f"直播价减{benefit.percent}%")
        en.append(f"{benefit.percent} % off the live price")
    if benefit.seconds is not None:
        ahead_zh, ahead_en = span(benefit.seconds)
        zh.append(f"提前{ahead_zh}")
        en.append(f"{ahead_en} earlier")
    if benefit.points is not None:
        zh.append(f"送{benefit.points}积分")
        en.append(f"{benefit.points} points")
    if benefit.coupon is not None:
        coupon_zh, coupon_en = _coupon(told, benefit.coupon)
        zh.append(coupon_zh)
        en.append(coupon_en)
    return ",".join(zh), ", ".join(en)


def _coupon(told: Told, coupon: CouponPart) -> tuple[str, str]:
    return _offer(
        told, coupon.title, coupon.off, coupon.min, (f"{coupon.valid_days}天", f"{coupon.valid_days} days")
    )


def _offer(told: Told, title: str, off: int, least: int, valid: tuple[str, str]) -> tuple[str, str]:
    off_zh, off_en = told.money(off)
    least_zh, least_en = told.money(least)
    what_zh, what_en = f"满{least_zh}减{off_zh}", f"{off_en} off an order of {least_en} or more"
    if not least:
        what_zh, what_en = f"立减{off_zh}(无门槛)", f"{off_en} off any order"
    return f"“{title}”{what_zh},{valid[0]}内有效", f"“{title}”, {what_en}, good for {valid[1]}"


def _behaviours(told: Told) -> Sentences:
    for name, rule in told.document.behaviours.items():
        what_zh, what_en = BEHAVIOURS[name]
        gains_zh = [f"{n}{unit}" for n, unit in ((rule.points, "积分"), (rule.growth, "成长值")) if n]
        gains_en = [points(rule.points)] if rule.points else []
        gains_en += [f"{rule.growth} growth"] if rule.growth else []
        zh = f"{what_zh}得{'、'.join(gains_zh) or '0积分'}"
        en = f"{' and '.join(gains_en) or 'No points'} for {what_en}"
        if rule.ever == 1:
            zh += ",每人仅一次"
            en += ", only once"
        else:
            zh += f",每人每天最多{rule.per_day}次"
            en += f", at most {times(rule.per_day)} a day"
            if rule.per_show is not None:
                zh += f",每场最多{rule.per_show}次"
                en += f", {times(rule.per_show)} a show"
            if rule.ever is not None:
                zh += f",总共最多{rule.ever}次"
                en += f" and {times(rule.ever)} in all"
        if rule.hold_days:
            zh += f",积分{rule.hold_days}天后可用"
            en += f"; the points may be spent {rule.hold_days} days later"
        yield Sentence(f"behaviours.{name}", zh, en)
    percent, most = told.document.behaviour_percent, told.document.behaviour_growth_per_day
    yield Sentence(
        "behaviour_percent", f"互动的成长值按{percent}%计", f"Growth from joining in counts {percent} %"
    )
    yield Sentence(
        "behaviour_growth_per_day",
        f"每人每天靠互动最多得{most}成长值",
        f"Joining in brings at most {most} growth a day",
    )
    gap_zh, gap_en = span(told.document.watch_gap_s)
    yield Sentence(
        "watch_gap_s",
        f"观看中断超过{gap_zh},15分钟重新计时",
        f"A break of over {gap_en} starts the 15 minutes anew",
    )


def _order(told: Told) -> Sentences:
    order = told.document.order
    one_zh, one_en = told.money(minor_per_unit(told.currency))
    earned, growth, first = map(
        _times, (order.points_percent, order.growth_percent, order.first_order_percent)
    )
    yield Sentence(
        "order.points_percent", f"实付每{one_zh}得{earned}积分", f"{points(earned)} for every {one_en} paid"
    )
    yield Sentence(
        "order.growth_percent",
        f"实付每{one_zh}得{growth}成长值,每笔订单另加{order.growth_extra}",
        f"{growth} growth for every {one_en} paid, and {order.growth_extra} more for every order",
    )
    yield Sentence(
        "order.first_order_percent", f"首单积分{first}倍", f"Points of the first order count ×{first}"
    )
    yield Sentence(
        "order.return_window_days",
        f"{order.return_window_days}天退货期内的订单积分只能抵订单,退款时由该单升上的等级重新判定",
        f"For {order.return_window_days} days an order may be returned: its points pay orders alone, and a refund "
        "judges the tier it brought anew",
    )
    if order.hold_days:
        yield Sentence(
            "order.hold_days",
            f"订单积分{order.hold_days}天后可用",
            f"Points of an order may be spent {order.hold_days} days later",
        )
    yield Sentence(
        "order.early_refund_days",
        f"先于订单到达的退款保留{order.early_refund_days}天",
        f"A refund that comes before its order is kept for {order.early_refund_days} days",
    )


def _comment(told: Told) -> Sentences:
    comment = told.document.comment
    repeat_zh, repeat_en = span(comment.repeat_s)
    gap_zh, gap_en = span(comment.gap_s)
    yield Sentence(
        "comment",
        f"有效评论:至少{comment.min_graphemes}个字(表情和空格不算),{repeat_zh}内不重复,"
        f"与上一条有效评论相隔{gap_zh}",
        f"A valid comment has {comment.min_graphemes} characters or more (emoji and spaces aside), is not repeated "
        f"within {repeat_en} and comes {gap_en} after the last one that counted",
    )
    yield Sentence(
        "comment.wave_members",
        f"{comment.wave_s}秒内有{comment.wave_members}人发同一句话,就不计奖励",
        f"What {comment.wave_members} members say within {comment.wave_s} s earns nothing",
    )
    if comment.words:
        # How many, not which: a list of them would be an invitation.
        yield Sentence(
            "comment.words",
            f"含有店家列出的{len(comment.words)}个词之一的评论不会发出",
            f"A comment with one of {len(comment.words)} words on the shop's list is not shown",
        )


def _streak(told: Told) -> Sentences:
    streak = told.document.streak
    yield Sentence(
        "streak",
        f"连续签到每满{streak.days}天再得{streak.points}积分",
        f"{streak.points} points more for every {streak.days} days in a row of checking in",
    )
    if streak.box:
        prizes = [_in_box(told, prize) for prize in streak.box]
        yield Sentence(
            "streak.box",
            f"并得一个福袋,按权重开出其一:{'、'.join(zh for zh, _ in prizes)}",
            f"And a lucky bag that holds one of these, by weight: {', '.join(en for _, en in prizes)}",
        )


def _in_box(told: Told, prize: BoxPrizePart) -> tuple[str, str]:
    zh, en = [f"权重{prize.weight}"], [f"weight {prize.weight}"]
    if prize.kind == "coupon":
        zh.append("优惠券")
        en.append("a coupon")
    if prize.points is not None:
        zh.append(f"送{prize.points}积分")
        en.append(f"{prize.points} points")
    if prize.off is not None:
        off_zh, off_en = told.money(prize.off)
        zh.append(f"减{off_zh}")
        en.append(f"{off_en} off")
    if prize.min is not None:
        min_zh, min_en = told.money(prize.min)
        zh.append(f"满{min_zh}可用" if prize.min else "无门槛")
        en.append(f"from {min_en}" if prize.min else "any order")
    if prize.valid_days is not None:
        zh.append(f"{prize.valid_days}天有效")
        en.append(f"for {prize.valid_days} days")
    return f"{prize.name}({','.join(zh)})", f"{prize.name} ({', '.join(en)})"


def _invite(told: Told) -> Sentences:
    invite = told.document.invite
    yield Sentence(
        "invite",
        f"邀请的新朋友看满{invite.watch_minutes}分钟才算成功,须在其首次到来后{invite.new_minutes}分钟内确认",
        f"An invitation counts when the new friend has watched {invite.watch_minutes} minutes, and is said within "
        f"{invite.new_minutes} minutes of their first contact",
    )


def _spending(told: Told) -> Sentences:
    spending = told.document.spending
    one_zh, one_en = told.money(minor_per_unit(told.currency))
    yield Sentence(
        "spending.points_per_unit",
        f"{spending.points_per_unit}积分抵{one_zh}",
        f"{spending.points_per_unit} points are {one_en} off an order",
    )
    yield Sentence(
        "spending.hold_minutes",
        f"下单时积分保留{spending.hold_minutes}分钟,未支付自动退回",
        f"Points are held for an order for {spending.hold_minutes} minutes and come back if it is not paid",
    )
    yield Sentence(
        "spending.notice_days",
        f"积分抵扣比例调整至少提前{spending.notice_days}天公告,公告期内按原比例",
        f"Another worth of points is announced {spending.notice_days} days ahead; until then the old one holds",
    )


def _gifts(told: Told) -> Sentences:
    gifts = told.document.gifts
    if gifts is not None:
        tier = told.tier(gifts.from_tier)
        yield Sentence(
            "gifts",
            f"{tier}及以上、入会满{gifts.min_days}天可转赠积分,每天最多送出{gifts.out_per_day}、收到{gifts.in_per_day}",
            f"From {tier} on and after {gifts.min_days} days points may be given away, at most {gifts.out_per_day} out "
            f"and {gifts.in_per_day} in a day",
        )
        yield Sentence(
            "gifts.link_hours",
            f"链接赠送的积分{gifts.link_hours}小时内可领取",
            f"Points given by a link wait {gifts.link_hours} hours to be claimed",
        )


def _boost(told: Told) -> Sentences:
    boost = told.document.boost
    if boost is not None:
        yield Sentence(
            "boost",
            f"花{boost.points}积分,当天享受上一级会员权益",
            f"{boost.points} points buy the tier above for the rest of the day",
        )


def _budgets(told: Told) -> Sentences:
    budgets = told.document.budgets
    zh, en = told.money(budgets.coupons_per_day)
    show_zh, show_en = many(budgets.show_points)
    day_zh, day_en = many(budgets.day_points)
    yield Sentence(
        "budgets.show_points",
        f"每场直播的互动积分最多发{show_zh}",
        f"Joining in brings at most {show_en} points to all together in one show",
    )
    yield Sentence(
        "budgets.day_points",
        f"每天的互动积分最多发{day_zh}",
        f"Joining in brings at most {day_en} points to all together in one day",
    )
    yield Sentence(
        "budgets.coupons_per_day",
        f"每天最多发放总额{zh}的优惠券",
        f"Coupons of at most {en} are given in one day",
    )


def _level_up(told: Told) -> Sentences:
    level_up = told.document.level_up
    tier = told.tier(level_up.from_tier)
    yield Sentence(
        "level_up.from_tier",
        f"升级到{tier}及以上会在直播间播报,每分钟最多{level_up.per_minute}条,多出的合并",
        f"Reaching {tier} or higher is announced in the room, at most {level_up.per_minute} times a minute, more are "
        "folded",
    )
    hours = (f"{level_up.coupon_hours}小时", f"{level_up.coupon_hours} hours")
    zh, en = _offer(told, level_up.coupon_title, level_up.coupon_off, level_up.coupon_min, hours)
    yield Sentence(
        "level_up.coupon_off",
        f"升级送券{zh};同一等级{level_up.once_in_days}天内一次",
        f"It brings a coupon {en}; once per tier in {level_up.once_in_days} days",
    )


def _year(told: Told) -> Sentences:
    year = told.document.year
    drop_zh, drop_en = ("只降一级", "one step down")
    if year.drop == "to_supported":
        drop_zh, drop_en = ("降到当前达到的等级", "down to the tier that is still reached")
    yield Sentence(
        "year.window_days",
        f"等级看最近{year.window_days}天的成长值、消费和订单",
        f"Growth, payments and orders of the last {year.window_days} days count for the tier",
    )
    yield Sentence(
        "year.valid_days",
        f"等级有效{year.valid_days}天;到期时达到门槛的{year.retention_percent}%即可保级,否则{drop_zh}",
        f"A tier lasts {year.valid_days} days; {year.retention_percent} % of what it asks keeps it then, else it is "
        f"{drop_en}",
    )
    yield Sentence(
        "year.warn_days",
        f"可能降级时提前{year.warn_days}天提醒",
        f"Who may lose a tier is told {year.warn_days} days before",
    )


def _birthday(told: Told) -> Sentences:
    birthday = told.document.birthday
    if birthday is not None:
        yield Sentence(
            "birthday",
            f"生日当天进直播间领生日礼包,{birthday.once_in_days}天内一次,生日须提前{birthday.set_before_days}天填写",
            f"The birthday pack is handed over in the room on that day, once in {birthday.once_in_days} days, if the "
            f"birthday was set {birthday.set_before_days} days before",
        )


def _recall(told: Told) -> Sentences:
    recall = told.document.recall
    if recall is None:
        return
    zh, en = f"{recall.points}积分", f"{recall.points} points"
    if recall.coupon is not None:
        coupon_zh, coupon_en = _coupon(told, recall.coupon)
        zh, en = f"{zh}和{coupon_zh}", f"{en} and {coupon_en}"
    yield Sentence(
        "recall",
        f"{recall.absent_days}天没来的会员送回归礼:{zh};一年最多{recall.per_year}次",
        f"Members who were away for {recall.absent_days} days are welcomed back with {en}; at most "
        f"{times(recall.per_year)} a year",
    )
    yield Sentence(
        "recall.skip_days",
        f"首次开启时已离开{recall.skip_days}天以上的会员不打扰",
        f"Who had been away for over {recall.skip_days} days when this was switched on is left alone",
    )


def _member_day(told: Told) -> Sentences:
    day = told.document.member_day
    if day is None:
        return
    when_zh, when_en = [], []
    if day.weekday is not None:
        zh, en = _WEEKDAYS[day.weekday - 1]
        when_zh.append(f"每周{zh}")
        when_en.append(f"every {en}")
    if day.day_of_month is not None:
        when_zh.append(f"每月{day.day_of_month}日")
        when_en.append(f"on day {day.day_of_month} of every month")
    gives_zh = f"积分{_times(day.multiplier_percent)}倍,直播价减{day.percent}%"
    gives_en = f"points count ×{_times(day.multiplier_percent)}, {day.percent} % off the live price"
    if day.coupon is not None:
        coupon_zh, coupon_en = _coupon(told, day.coupon)
        gives_zh, gives_en = f"{gives_zh},送券{coupon_zh}", f"{gives_en}, a coupon {coupon_en}"
    yield Sentence(
        "member_day",
        f"会员日({'、'.join(when_zh)}):{gives_zh}",
        f"Member day ({', '.join(when_en)}): {gives_en}",
    )


def _tier_map(told: Told) -> Sentences:
    for gone, now in told.document.tier_map.items():
        yield Sentence(
            f"tier_map.{gone}",
            f"换用本规则时,原等级{gone}的会员转为{told.tier(now)}({now})",
            f"Members on the former tier {gone} become {told.tier(now)} ({now}) when these rules take force",
            inner=True,
        )


def _times(percent: int) -> str:
    """A percentage as a factor: 120 → 1.2."""
    return f"{percent / 100:g}"


SECTIONS: tuple[Callable[[Told], Sentences], ...] = (
    _ladder,
    _privileges,
    _behaviours,
    _order,
    _comment,
    _streak,
    _invite,
    _spending,
    _gifts,
    _boost,
    _budgets,
    _level_up,
    _year,
    _birthday,
    _recall,
    _member_day,
    _tier_map,
)
