/**
 * A scripted room for looking at the screens while they are being made: serves `dist/` and speaks just enough of the
 * contract. Not a server of any kind, not shipped, and no test relies on it.
 *
 *   npm run build && node dev/fake-server.mjs [port]     rooms: demo, quiet, and whatever `?` a shot asks for
 */
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { decode, encode } from "@msgpack/msgpack";
import { WebSocketServer } from "ws";

const DIST = fileURLToPath(new URL("../dist/", import.meta.url));
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css" };
const TIERS = {
  basic: { name: "普通用户", color: "#999", growth: 0, order: 0, rev: 1, benefits: [] },
  bronze: { name: "青铜会员", color: "#b87", growth: 15, order: 1, rev: 1, benefits: [] },
  silver: { name: "白银会员", color: "#ccd", growth: 300, order: 2, rev: 1, benefits: [] },
  gold: { name: "黄金会员", color: "#eb4", growth: 2000, order: 3, rev: 1, benefits: [] },
  black: { name: "黑钻会员", color: "#213", growth: 10000, order: 4, rev: 1, benefits: [] },
};
const CROWD = [
  ["小美", "silver", "这个精华油上脸真的不黏!"],
  ["阿杰在路上", "bronze", "主播再讲讲成分呗"],
  ["Momo🍑", "gold", "回购第三瓶了,冬天必备 👍"],
  ["一只特别特别长名字的猫猫头", "basic", "新人报到,第一次来"],
  ["林深时见鹿", "black", "给我妈也下一单"],
  ["南风", "basic", "多少钱呀"],
  ["王大锤", "bronze", "刚看到 有没有小样"],
  ["Sophie L.", "silver", "Does it ship to Singapore?"],
  ["橘子汽水🧡", "gold", "姐妹们敏感肌可以冲,我用了两个月没闷痘,就是开盖的时候要小心一点别手滑"],
  ["豆豆妈", "basic", "已下单,等发货"],
  ["عائشة", "bronze", "❤️❤️❤️"],
  ["老周", "black", "老朋友来捧场"],
];

const REWARD = { stock: null, stock_left: null, per_member: null, cooldown_s: 0, image: null, order: 0, state: "open", rev: 1 };
const SHOP = [
  { ...REWARD, id: "box", name: "山茶惊喜盲盒", kind: "blind_box", cost: 100, contents: [{ name: "20积分", weight: 5 }, { name: "山茶小样三件套", weight: 2 }, { name: "10元券", weight: 1 }] },
  { ...REWARD, id: "bag", name: "山茶帆布袋", kind: "goods", cost: 500, stock: 100, stock_left: 6, per_member: 1 },
  { ...REWARD, id: "ten", name: "10元无门槛券", kind: "coupon", cost: 800, off: 1000, min: 0, cooldown_s: 604_800 },
  { ...REWARD, id: "long", name: "一个名字特别特别长的限定款羊绒围巾礼盒含手写贺卡与雪松香薰", kind: "goods", cost: 12_800, stock: 20, stock_left: 20 },
  { ...REWARD, id: "tea", name: "武夷山茶包", kind: "goods", cost: 60, stock: 30, stock_left: 0 },
];
let serial = 0;
const id = (kind) => `${kind}${(serial += 1)}`;
const local = (zh, en) => ({ "zh-CN": zh, en });

/** What a shot or a person at the page can change, by POST /dev with a JSON body. */
const script = { silent: false, offset: 0, likes: 12_860, online: 1_284, refuse: null, why: null, growth: 15, points: 86, tier: "bronze" };
const sockets = new Set();

function card(extra = {}) {
  const { growth, tier } = script;
  const [next, goal] = growth < 300 ? ["silver", 300] : growth < 2000 ? ["gold", 2000] : growth < 10000 ? ["black", 10000] : [null, 0];
  return {
    member: "m1", author: "a-me", name: "晚风", version: (script.version = (script.version ?? 0) + 1), as_of_ms: Date.now(), tier, until_ms: null, boost: null,
    growth, points: script.points, held: 0,
    next: next && { tier: next, growth_to_go: goal - growth, spend_to_go: Math.max(100, (goal - growth - 20) * 100), hint: local("分享一次直播间,+10 成长值", "Share the room once: +10 growth") },
    today: { earned: 32, claimable: 228, ways: [{ rule: "watch15", points: 50, left: 4 }, { rule: "check_in", points: 10, left: 1 }, { rule: "follow", points: 20, left: 1 }, { rule: "comment", points: 5, left: 5 }, { rule: "share", points: 10, left: 3 }, { rule: "like", points: 1, left: 3 }] },
    nearest_reward: { id: "r1", name: "山茶小样三件套", points_to_go: 14 }, retention: null, tasks: script.tasks ?? {}, multiplier: 1, streak: 0, cohort: null,
    tickets: script.tickets ?? 0, coupons: script.coupon ? [{ id: "c1", title: "升级礼 · 立减券", off: 1000, min: 0, expires_ms: Date.now() + 86_400_000 }, { id: "c2", title: "满99减5", off: 500, min: 9900, expires_ms: Date.now() + 864_000_000 }] : [],
    ...extra,
  };
}

const room = () => ({
  id: "demo", name: "山茶小筑", writers: "all", slow_s: 0, theme: {},
  show: { id: "s1", status: "live", title: "山茶小筑 · 秋冬护肤专场", starts_ms: Date.now() - 1_800_000, offers: {} }, tiers: TIERS,
  ...(script.running ? running(script.running) : {}),
});

const LONG = "最后十分钟分享直播间给三位好朋友一起来看秋冬新品专场就能得到一百积分先到先得发完即止欢迎常来做客";
/** Things that run, by the names a shot asks for. */
function running(names) {
  const now = Date.now();
  const all = {
    task: ["tasks", "t1", { kind: "share", title: "最后10分钟,分享直播间得100积分", reward: 100, target: 5, starts_ms: now - 60_000, ends_ms: now + 247_900, state: "running", budget: 100_000, order: 1, rev: 1 }],
    hurry: ["tasks", "t2", { kind: "password", title: LONG, reward: 1_000, target: 30, starts_ms: now - 60_000, ends_ms: now + 9_900, state: "running", budget: 100_000, order: 2, rev: 1 }],
    paused: ["tasks", "t3", { kind: "like", title: "点赞30次得20积分", reward: 20, target: 30, starts_ms: now - 60_000, ends_ms: now + 9_900, state: "paused", remaining_ms: 95_000, budget: 100_000, order: 3, rev: 1 }],
    short: ["tasks", "t4", { kind: "share", title: "分享一次得50积分", reward: 50, target: 1, starts_ms: now - 60_000, ends_ms: now + 1_500, state: "running", budget: 100_000, order: 4, rev: 1 }],
    gate: ["gates", "g1", { sku: "s1", title: "山茶精华油 30ml 限量礼盒", price: 29_900, opens_ms: { basic: now + 390_000, bronze: now + 390_000, silver: now + 390_000, gold: now + 210_000, black: now + 90_000 }, public_ms: now + 390_000, stock: 50, state: "scheduled", order: 0, rev: 1 }],
    open: ["gates", "g2", { sku: "s2", title: "羊绒围巾 · 山茶红", price: 45_900, opens_ms: { black: now - 300_000 }, public_ms: now - 1_000, stock: 50, state: "scheduled", order: 1, rev: 1 }],
    poll: ["polls", "p1", { question: "下一件想看哪个?", options: [{ id: "a", text: "山茶护手霜" }, { id: "b", text: "羊绒围巾" }, { id: "c", text: "香薰蜡烛礼盒(雪松与山茶)" }], ends_ms: now + 42_500, state: "open", order: 1, rev: 1 }],
    firstn: ["first_n", "f1", { title: "前50名下单再送200积分", n: 50, points: 200, state: "open", order: 0, rev: 1 }],
    draw: ["draws", "d1", { title: "山茶红口红抽奖", cost: 20, prizes: [{ name: "山茶红口红", count: 3, kind: "goods" }, { name: "200 积分", count: 20, kind: "points", points: 200 }], ends_ms: now + 118_000, commitment: "c", state: "open", order: 1, rev: 1 }],
    drawn: ["draws", "d2", { title: "开播福利抽奖", cost: 0, prizes: [], ends_ms: now - 60_000, commitment: "c", state: "drawn", entries: 312, list_hash: "h", winners: [{ prize: 0, ticket: 3, name: "小美" }, { prize: 0, ticket: 40, name: "Momo🍑" }, { prize: 0, ticket: 8, name: "" }, { prize: 1, ticket: 9, name: "阿杰" }], order: 2, rev: 1 }],
  };
  const items = {};
  for (const name of names) {
    if (name === "spotlight") items.spotlight = { sku: "s1", title: "山茶精华油 30ml 限量礼盒(含旅行装)", price: 29_900, member_prices: { silver: 28_405, gold: 26_910, black: 25_415 } };
    else if (name === "pinned") items.pinned = { id: "x", text: "今晚 21:30 抽三支山茶红口红,关注主播不迷路;下单备注「小美」再送小样" };
    else items[all[name][0]] = { ...items[all[name][0]], [all[name][1]]: all[name][2] };
  }
  return items;
}

function comment([name, tier, text]) {
  return { type: "comment", id: id("c"), author: `a-${name}`, name, tier, text, at_ms: Date.now() };
}

function tell(socket, ...frames) {
  if (socket.readyState === 1) socket.send(socket.protocol.endsWith("msgpack") ? encode(frames) : JSON.stringify(frames));
}
const tellAll = (...frames) => sockets.forEach((socket) => tell(socket, ...frames));
const kept = (frame) => ({ ...frame, offset: (script.offset += 1) });

function levelUp({ name = "小美", tier = "silver", off = 1000, count = 1, author = `a-${name}`, is_test = false } = {}) {
  const offer = off > 0 ? { title: "立减10元", off } : undefined;
  return kept({
    type: "moment", id: id("m"), kind: "level_up", rank: 1, author, is_test, expires_ms: Date.now() + 60_000,
    text: local(`恭喜用户@${name} 升级为${TIERS[tier].name}!现在下单立减10元!`, `@${name} just reached ${tier}!`),
    params: { name, tier, count, ...(offer ? { offer } : {}) },
  });
}

function answer(socket, { ref, name, data }) {
  if (script.silent) return;
  if (script.refuse) return tell(socket, { type: "refused", ref, code: script.refuse, message: "", details: null, retry_after_ms: script.retry ?? 0 });
  const worth = { comment: [5, 2], like: [data.count, 0], share: [10, 10] }[name] ?? [0, 0];
  const [points, growth] = script.why ? [0, 0] : worth;
  script.points += points;
  script.growth += growth;
  if (name === "permit") return tell(socket, { type: "done", ref, result: { permit: "p.p.p", link: `http://127.0.0.1:${server.address().port}/?bought`, sku: "s2", expires_ms: Date.now() + 57_000 } });
  const spent = { redeem: 500, boost: 300, give: data.points ?? 0 }[name];
  if (spent !== undefined) script.points -= spent;
  if (name === "redeem") return tell(socket, { type: "done", ref, result: data.reward === "box" ? { points: -100, rule: "redemption", opening: "o1", prize: "山茶小样三件套", redemption: "rd_7f2" } : { points: -500, rule: "redemption", reward: data.reward, name: "山茶帆布袋", kind: "goods", redemption: "rd_7f2c19" } }, { type: "card", card: card() });
  if (name === "give" && data.to === null) return tell(socket, { type: "done", ref, result: { points: 0, rule: "gift", code: "q8Zk2", expires_ms: Date.now() + 86_400_000 } }, { type: "card", card: card() });
  if (name === "enter_draw") return tell(socket, { type: "done", ref, result: { points: -20, growth: 0, rule: "draw", draw: data.draw, ticket: 128, tag: "t_x" } });
  const posted = name === "comment" ? [{ ...comment(["晚风", script.tier, data.text]), author: "a-me" }] : [];
  if (name === "like") script.likes += data.count;
  tell(socket, { type: "done", ref, result: { points, growth, rule: name, ...(script.why ? { why_nothing: script.why } : {}) } }, { type: "card", card: card() }, ...posted, { type: "pulse", key: "likes", value: script.likes });
}

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  const json = (body, status = 200) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  if (request.method === "POST") {
    let body = "";
    for await (const chunk of request) body += chunk;
    const wish = body === "" ? {} : JSON.parse(body);
    if (pathname === "/demo/token") return json({ token: "e30.eyJzdWIiOiJtMSJ9.x", expires_ms: Date.now() + 3_600_000 });
    Object.assign(script, wish.set);
    if (wish.levelUp) tellAll(...[wish.levelUp].flat().map(levelUp));
    if (wish.card) tellAll({ type: "card", card: card() });
    if (wish.notice) tellAll({ type: "notice", id: id("n"), params: {}, expires_ms: Date.now() + 60_000, ...wish.notice });
    if (wish.comments) tellAll(...CROWD.slice(0, wish.comments).map(comment));
    if (wish.close) sockets.forEach((socket) => socket.close(wish.close));
    return json({});
  }
  if (pathname === "/v1/rooms") return json(script.rooms ?? [{ id: "demo", name: "山茶小筑", show: { id: "s1", status: "live", title: "秋冬护肤专场", starts_ms: 0 } }, { id: "tea-house", name: "茶舍直播间", show: { id: "s2", status: "scheduled", title: "武夷山春茶", starts_ms: Date.now() + 7_200_000 } }, { id: "vip", name: "黑钻私享会", members_only: "black" }]);
  if (pathname === "/v1/rewards") return script.shop === "away" ? json({}, 503) : json({ rewards: script.shop === "empty" ? [] : SHOP });
  if (pathname === "/v1/rules") return json({ version: 1, points_per_unit: 100, sentences: [], coming: [], gifts: { from_tier: "bronze", min_days: 7, out_per_day: 500, in_per_day: 1_000, link_hours: 24 }, boost: { points: 300 } });
  if (pathname.endsWith("/snapshot")) return json({ epoch: "e1", offset: script.offset, room: room(), pulses: { online: script.online, likes: script.likes }, poll_after_ms: 3_000, retry_after_ms: 0 });
  const file = pathname === "/" ? "index.html" : pathname.startsWith("/rooms/") ? "room.html" : pathname.startsWith("/overlay/") ? "overlay.html" : normalize(pathname);
  try {
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" }).end(await readFile(join(DIST, file)));
  } catch {
    response.writeHead(404).end();
  }
});

new WebSocketServer({ server, path: "/v1/live", handleProtocols: (offered) => [...offered][0] }).on("connection", (socket) => {
  socket.on("message", (data, binary) => {
    const message = binary ? decode(data) : JSON.parse(data);
    if (message.type === "hello") {
      if (script.mute) return;
      if (script.members) {
        tell(socket, { type: "bye", code: 4502, reason: "members only", retry_after_ms: 10_000, details: { tier: "silver", name: "白银会员", ...(script.members === "member" ? { growth_to_go: 120, spend_to_go: 10_000 } : {}) } });
        return socket.close(4502);
      }
      if (message.room === "nowhere" || message.room === "?") return socket.close(4502);
      sockets.add(socket);
      tell(socket, {
        type: "welcome", protocol: 1, features: [], session: id("s"), server_time_ms: Date.now(), epoch: "e1", offset: script.offset, recovered: false, room: room(),
        pulses: { online: script.online, likes: script.likes, overload: 0, "task:t1": { done: 128, budget_left: 90_000 }, "gate:g1": { stock_left: 50 }, "gate:g2": { stock_left: 37 }, "poll:p1": { a: 61, b: 24, c: 12 }, "first_n:f1": { taken: 37 } }, comments: CROWD.map(comment), card: message.token ? card() : null, beat_s: 15, reconnect_spread_ms: 800,
      });
    } else if (message.type === "time") tell(socket, { type: "time", t0: message.t0, t1: Date.now(), t2: Date.now() });
    else if (message.type === "act") setTimeout(() => answer(socket, message), 120);
  });
  socket.on("close", () => sockets.delete(socket));
});

setInterval(() => tellAll({ type: "beacon", epoch: "e1", offset: script.offset, server_time_ms: Date.now(), nonce: "n" }), 15_000).unref();
if (process.argv.includes("--crowd")) {
  setInterval(() => tellAll(comment(CROWD[Math.floor(Math.random() * CROWD.length)])), 1_400).unref();
  setInterval(() => tellAll(levelUp({ name: CROWD[Math.floor(Math.random() * CROWD.length)][0], tier: ["silver", "gold", "black"][serial % 3] })), 9_000).unref();
}
server.listen(Number(process.argv[2] ?? 8100), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/rooms/demo`));
