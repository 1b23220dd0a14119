import { counted } from "./plural.js";

/** Words of the sheet for points: shop, gifts, a tier for the day, boxes. */
export type PointsWords = {
  readonly open: string;
  readonly title: string;
  readonly close: string;
  readonly balance: (points: string) => string;
  readonly held: (points: string) => string;
  readonly tabs: Readonly<Record<"shop" | "gift" | "boost", string>>;
  readonly loading: string;
  readonly failed: string;
  readonly again: string;
  readonly offline: string;
  readonly empty: string;
  readonly cost: (points: string) => string;
  readonly left: (count: string) => string;
  readonly lastOnes: (count: string) => string;
  readonly gone: string;
  readonly perMember: (count: string) => string;
  readonly everyDays: (days: string) => string;
  readonly everyHours: (hours: string) => string;
  readonly toGo: (points: string) => string;
  readonly couponOf: (off: string, min: string | null) => string;
  readonly boxOf: (names: string) => string;
  readonly redeem: string;
  readonly openBox: string;
  readonly sure: (cost: string, what: string) => string;
  readonly after: (points: string) => string;
  readonly yes: string;
  readonly no: string;
  readonly sending: string;
  readonly waits: string;
  readonly unsent: string;
  readonly redeemed: (name: string) => string;
  readonly receipt: (id: string) => string;
  readonly couponIn: string;
  readonly goodsComing: string;
  readonly opened: (prize: string) => string;
  readonly proof: string;
  readonly tickets: (count: string) => string;
  readonly free: (points: string) => string;
  readonly giveWhom: string;
  readonly giveLink: string;
  readonly nobodyYet: string;
  readonly giveHowMany: string;
  readonly give: (points: string) => string;
  readonly giveSure: (points: string, name: string) => string;
  readonly giveLinkSure: (points: string) => string;
  readonly given: (points: string, name: string) => string;
  readonly linkMade: (points: string, until: string) => string;
  readonly copy: string;
  readonly copied: string;
  readonly caps: (out: string, into: string) => string;
  readonly who: (tier: string, days: string) => string;
  readonly noGifts: string;
  readonly boostTitle: (tier: string) => string;
  readonly boostText: string;
  readonly boostBuy: (cost: string) => string;
  readonly boostSure: (cost: string, tier: string) => string;
  readonly boosted: (tier: string, until: string) => string;
  readonly boostTop: string;
  readonly noBoost: string;
  readonly claimed: (points: string) => string;
  /** Kinder than the general words, where the sheet knows more. */
  readonly refused: Readonly<Record<string, string>>;
};

export const pointsZh: PointsWords = {
  open: "积分商城",
  title: "我的积分",
  close: "关闭",
  balance: (points) => `${points} 积分`,
  held: (points) => `其中 ${points} 暂不可用`,
  tabs: { shop: "兑换", gift: "送积分", boost: "升级体验" },
  loading: "正在取货架",
  failed: "暂时取不到货架，你的积分都在",
  again: "再试一次",
  offline: "网络断开了，恢复后就能继续",
  empty: "货架还空着，先攒着积分吧",
  cost: (points) => `${points} 积分`,
  left: (count) => `余 ${count}`,
  lastOnes: (count) => `只剩 ${count} 份`,
  gone: "已兑完",
  perMember: (count) => `每人限 ${count} 次`,
  everyDays: (days) => (days === "1" ? "每天一次" : `每 ${days} 天一次`),
  everyHours: (hours) => (hours === "1" ? "每小时一次" : `每 ${hours} 小时一次`),
  toGo: (points) => `还差 ${points}`,
  couponOf: (off, min) => (min === null ? `立减${off}，无门槛` : `满${min}减${off}`),
  boxOf: (names) => `开出其一：${names}`,
  redeem: "兑换",
  openBox: "打开",
  sure: (cost, what) => `用 ${cost} 积分兑换「${what}」？`,
  after: (points) => `兑换后还有 ${points} 积分`,
  yes: "确认",
  no: "再想想",
  sending: "正在确认",
  waits: "网络恢复后继续确认，不会重复扣积分",
  unsent: "还没等到回复。请稍后看积分余额再决定",
  redeemed: (name) => `已兑换「${name}」`,
  receipt: (id) => `凭证号 ${id}`,
  couponIn: "券已放进你的券包",
  goodsComing: "店铺会联系你发货",
  opened: (prize) => `开出「${prize}」`,
  proof: "验证这一盒",
  tickets: (count) => `你有 ${count} 个福袋可以打开`,
  free: (points) => `现在可用 ${points} 积分；退货期内的订单积分只能抵订单`,
  giveWhom: "送给谁",
  giveLink: "用链接送",
  nobodyYet: "聊过天的人会出现在这里，也可以用链接送给任何人",
  giveHowMany: "送多少",
  give: (points) => `送出 ${points} 积分`,
  giveSure: (points, name) => `送 ${points} 积分给「${name}」？送出后不能收回`,
  giveLinkSure: (points) => `生成 ${points} 积分的领取链接？没人领会退回`,
  given: (points, name) => `已送出 ${points} 积分给「${name}」`,
  linkMade: (points, until) => `${points} 积分的链接已生成，${until} 前可领`,
  copy: "复制链接",
  copied: "已复制",
  caps: (out, into) => `每天最多送 ${out}，对方每天最多收 ${into}`,
  who: (tier, days) => `${tier}及以上、入会满 ${days} 天可送`,
  noGifts: "这里还没有开放赠送",
  boostTitle: (tier) => `今天就做${tier}`,
  boostText: "会员价、积分倍数今天按这一级算，零点结束。你的等级和成长值不变。",
  boostBuy: (cost) => `${cost} 积分体验到今天结束`,
  boostSure: (cost, tier) => `用 ${cost} 积分体验${tier}到今天结束？`,
  boosted: (tier, until) => `${tier}已生效，到 ${until}`,
  boostTop: "你已是最高等级",
  noBoost: "这里还没有开放升级体验",
  claimed: (points) => `收到 ${points} 积分`,
  refused: {
    not_enough_points: "积分还不够，再攒一攒",
    sold_out: "刚刚被兑完了，积分没有扣",
    limit_reached: "次数用完了，过些时候再来，积分没有扣",
    giver_not_eligible: "还不能送：等级或入会天数还不够，积分没有动",
    not_found: "已经不在了，积分没有扣",
    closed: "已经下架了，积分没有扣",
    try_later: "没有办成，积分没有扣，稍等再试",
  },
};

export const pointsEn: PointsWords = {
  open: "Points shop",
  title: "My points",
  close: "Close",
  balance: (points) => counted(points, "point"),
  held: (points) => `${points} of them not usable yet`,
  tabs: { shop: "Rewards", gift: "Give", boost: "Try a tier" },
  loading: "Loading the rewards",
  failed: "The rewards can't be loaded right now. Your points are safe",
  again: "Try again",
  offline: "You are offline. You can go on when you are back online",
  empty: "No rewards yet. Keep collecting",
  cost: (points) => counted(points, "point"),
  left: (count) => `${count} left`,
  lastOnes: (count) => `Only ${count} left`,
  gone: "All gone",
  perMember: (count) => `${count} per person`,
  everyDays: (days) => (days === "1" ? "once a day" : `once every ${days} days`),
  everyHours: (hours) => (hours === "1" ? "once an hour" : `once every ${hours} hours`),
  toGo: (points) => `${points} to go`,
  couponOf: (off, min) => (min === null ? `${off} off any order` : `${off} off from ${min}`),
  boxOf: (names) => `Holds one of: ${names}`,
  redeem: "Redeem",
  openBox: "Open",
  sure: (cost, what) => `Spend ${counted(cost, "point")} on “${what}”?`,
  after: (points) => `You'll have ${counted(points, "point")} left`,
  yes: "Yes",
  no: "Not now",
  sending: "Confirming",
  waits: "Goes on when you are back online. Nothing is charged twice",
  unsent: "No answer yet. Check your balance before you try again",
  redeemed: (name) => `“${name}” is yours`,
  receipt: (id) => `Receipt ${id}`,
  couponIn: "The coupon is in your wallet",
  goodsComing: "The shop will send it to you",
  opened: (prize) => `You got “${prize}”`,
  proof: "Check this box",
  tickets: (count) => `Lucky bags to open: ${count}`,
  free: (points) => `You can spend ${counted(points, "point")} now. Points from orders that may still be returned can only pay for orders`,
  giveWhom: "Give to",
  giveLink: "Anyone, by link",
  nobodyYet: "People who chat appear here. A link works for anyone",
  giveHowMany: "How many points",
  give: (points) => `Give ${counted(points, "point")}`,
  giveSure: (points, name) => `Give ${counted(points, "point")} to “${name}”? You can't take them back`,
  giveLinkSure: (points) => `Give away ${counted(points, "point")} by link? What nobody claims comes back to you`,
  given: (points, name) => `You gave ${counted(points, "point")} to “${name}”`,
  linkMade: (points, until) => `Your link for ${counted(points, "point")} is ready, good until ${until}`,
  copy: "Copy link",
  copied: "Copied",
  caps: (out, into) => `Give up to ${out} a day; a friend can receive up to ${into}`,
  who: (tier, days) => `${tier} and above, ${counted(days, "day")} after joining`,
  noGifts: "Giving points is not available here",
  boostTitle: (tier) => `Be ${tier} today`,
  boostText: "Get that tier's member prices and points multiplier until midnight. Your own tier and growth stay as they are.",
  boostBuy: (cost) => `Today for ${counted(cost, "point")}`,
  boostSure: (cost, tier) => `Spend ${counted(cost, "point")} on ${tier} until midnight?`,
  boosted: (tier, until) => `You are ${tier} until ${until}`,
  boostTop: "You are at the top already",
  noBoost: "Trying a tier is not available here",
  claimed: (points) => `You received ${counted(points, "point")}`,
  refused: {
    not_enough_points: "Not enough points yet",
    sold_out: "Just gone. No points were taken",
    limit_reached: "No more for now. No points were taken",
    giver_not_eligible: "You can't give points yet: your tier or your days as a member are not enough. No points were taken",
    not_found: "It is not there anymore. No points were taken",
    closed: "No longer on offer. No points were taken",
    try_later: "That didn't work. No points were taken; try again in a moment",
  },
};
