// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from "vitest";
import { aDraw, aFirstN, aGate, aPoll, aTask, board, NOW, roomWith } from "../../state/testing-board.js";
import { aCard } from "../../wire/testing.js";
import { find, heard, shown, wordsOf } from "../testing.js";
import { defineLiveBoard } from "./define.js";

defineLiveBoard();
const { tiers } = roomWith();
const gold = aCard({ tier: "gold", tasks: { t1: { count: 3, target: 5, state: "running" } } });
const TASK = { tasks: { t1: aTask() } };
const GATE = { gates: { g1: aGate() } };

const put = (entries: ReturnType<typeof board>, over: object = {}) => shown("lro-live-board", { entries, tiers, now: NOW, still: true, ...over });

afterEach(() => {
  document.body.replaceChildren();
});

describe("lro-live-board", () => {
  it("L3 a task says what to do, what it brings, how long and how far", async () => {
    const element = await put(board(TASK, { card: gold, pulses: { "task:t1": { done: 128, budget_left: 9_000 } } }));
    expect(wordsOf(element)).toContain("分享直播间得100积分 4:07 +100 积分 128 人已完成 分享直播间 3/5");
    expect(find(element, "[role=progressbar]").getAttribute("aria-valuenow")).toBe("3");
    const done = aCard({ tasks: { t1: { count: 5, target: 5, state: "done" } } });
    expect(wordsOf(await put(board(TASK, { card: done }), { language: "en" }))).toContain("Done! You got 100 points");
  });

  it("L5 BRD5 a gate names everybody's times and the viewer's own", async () => {
    const element = await put(board(GATE, { card: gold, pulses: { "gate:g1": { stock_left: 37 } } }));
    expect(wordsOf(element)).toMatch(/羊绒大衣 ¥899 黑钻会员 \d\d:\d\d 全员 \d\d:\d\d 距开抢 5:00 剩 37 件/);
    expect(find(element, ".mine bdi").textContent).toBe("全员");
    expect(element.shadowRoot?.querySelector("button")).toBeNull();
  });

  it("L5 open to the viewer there is a button, and a permit is a link that lasts its minute", async () => {
    const black = aCard({ tier: "black" });
    const element = await put(board(GATE, { card: black }));
    const acts = heard(element, "act-request");
    find(element, ".filled", HTMLButtonElement).click();
    expect(acts).toEqual([{ name: "permit", data: { gate: "g1" } }]);
    const permit = { permit: "a.b.c", link: "https://shop.example/p", sku: "s", expires_ms: NOW + 57_000 };
    const own = { "gate:g1": { said: null, choice: null, wish: null, permit, tickets: [] } };
    const held = await put(board(GATE, { card: black, own }));
    const link = find(held, "a", HTMLAnchorElement);
    expect([link.href, link.target, link.rel, link.textContent]).toEqual(["https://shop.example/p?permit=a.b.c", "_blank", "noopener noreferrer", "去下单 0:57"]);
  });

  it("BRD6 E10 what became of a press is said in place, kindly", async () => {
    const own = { "gate:g1": { said: { tone: "refused", code: "not_open", opensMs: NOW + 300_000 }, choice: null, wish: null, permit: null, tickets: [] } } as const;
    expect(wordsOf(await put(board(GATE, { card: aCard({ tier: "black" }), own })))).toMatch(/提前购名额已抢完，\d\d:\d\d 再来/);
    const poor = { "draw:d1": { said: { tone: "refused", code: "not_enough_points", opensMs: null }, choice: null, wish: null, permit: null, tickets: [] } } as const;
    expect(wordsOf(await put(board({ draws: { d1: aDraw() } }, { card: gold, own: poor })))).toContain("积分还不够");
  });

  it("L8 a poll is voted in with one press and shows the choice", async () => {
    const items = { polls: { p1: aPoll() } };
    const element = await put(board(items, { card: gold, pulses: { "poll:p1": { a: 30, b: 10 } } }));
    const acts = heard(element, "act-request");
    find(element, "button.option", HTMLButtonElement).click();
    expect(acts).toEqual([{ name: "vote", data: { poll: "p1", option: "a" } }]);
    expect(wordsOf(element)).toContain("大衣 75% 围巾 25% 40 票 点一下就投票");
    const own = { "poll:p1": { said: null, choice: "a", wish: null, permit: null, tickets: [] } };
    const voted = await put(board(items, { card: gold, own }));
    expect(voted.shadowRoot?.querySelector("button")).toBeNull();
    expect(find(voted, ".option.mine").textContent).toContain("我的选择");
  });

  it("L4 P3 counters, prizes and winners", async () => {
    expect(wordsOf(await put(board({ first_n: { f1: aFirstN() } }, { pulses: { "first_n:f1": { taken: 37 } } })))).toContain("37/50 还剩 13 个名额");
    const drawn = aDraw({ state: "drawn", entries: 312, winners: [{ prize: 0, ticket: 1, name: "小美" }, { prize: 0, ticket: 4, name: "" }] });
    const element = await put(board({ draws: { d1: drawn } }, { card: gold }), { server: "https://live.example" });
    expect(wordsOf(element)).toContain("中奖名单 @小美 @神秘用户 312 人次参与 查看公平证明");
    expect(find(element, "a", HTMLAnchorElement).href).toBe("https://live.example/draws/d1");
  });

  it("BRD1 others wait as chips; five are shown and the rest is counted", async () => {
    const tasks = Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`t${n}`, aTask({ ends_ms: NOW + n * 70_000, title: `第${n}个` })]));
    const element = await put(board({ tasks, ...GATE, polls: { p1: aPoll() } }, { card: gold }));
    expect([...(element.shadowRoot?.querySelectorAll(".card") ?? [])]).toHaveLength(5);
    expect(find(element, ".more").textContent).toBe("+2");
    const asked = heard(element, "front-request");
    find(element, "button.chip:nth-child(2)", HTMLButtonElement).click();
    expect(asked).toEqual([{ key: "task:t2" }]);
    expect(find(element, "button.chip:nth-child(2)").getAttribute("aria-label")).toBe("查看：第2个");
  });

  it("OVL5 anonymous, a press asks to sign in", async () => {
    const element = await put(board({ polls: { p1: aPoll() } }), { anonymous: true });
    const [acts, asked] = [heard(element, "act-request"), heard(element, "sign-in-request")];
    find(element, "button.option", HTMLButtonElement).click();
    expect([acts.length, asked.length]).toEqual([0, 1]);
  });

  it("OVL8 burned into the picture there is nothing to press and nothing to read out", async () => {
    const entries = board({ ...TASK, ...GATE, polls: { p1: aPoll() }, draws: { d1: aDraw() } }, { isPublic: true });
    const element = await put(entries, { surface: "broadcast" });
    expect(element.shadowRoot?.querySelector("button, a, [role=status]")).toBeNull();
    expect(wordsOf(element)).not.toContain("3/5");
  });

  it("BRD7 a reader is told of a countdown once", async () => {
    const element = await put(board(TASK, { card: gold }));
    expect(find(element, "[role=status]").textContent).toBe("限时任务：分享直播间得100积分，剩余 4:07");
    element.now = NOW + 200_000;
    element.entries = board(TASK, { card: gold, now: NOW + 200_000 });
    await element.updateComplete;
    expect(find(element, "[role=status]").textContent).toBe("分享直播间得100积分，还剩 1 分钟");
  });

  it("BRD1 OVL3 nothing runs, nothing is on the page; a title is text", async () => {
    expect((await put([])).shadowRoot?.querySelectorAll("*:not(style)")).toHaveLength(0);
    const element = await put(board({ tasks: { t1: aTask({ title: "<img src=x>" }) } }));
    expect(wordsOf(element)).toContain("<img src=x>");
    expect(element.shadowRoot?.querySelector("img")).toBeNull();
  });
});
