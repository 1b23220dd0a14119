// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { eventually, find, heard, wordsOf } from "../elements/testing.js";
import { aToken, ScriptedWorld } from "../link/testing.js";
import { EVENT, request } from "../names.js";
import { aCardMap, aRoom, momentMap, welcomeMap } from "../wire/testing.js";
import { defineLiveRoomOverlay } from "./define.js";
import type { LiveRoomOverlay } from "./live-room-overlay.js";

defineLiveRoomOverlay();
const TOKEN = aToken({ sub: "m1", exp: 9_999_999_999 });

let world: ScriptedWorld;
let overlay: LiveRoomOverlay;

beforeEach(() => {
  world = new ScriptedWorld();
  overlay = document.createElement("live-room-overlay");
  overlay.ports = world.ports;
  overlay.server = "https://live.example";
  overlay.room = "r1";
  overlay.lang = "zh-CN";
  overlay.motion = "reduced";
});

afterEach(() => {
  document.body.replaceChildren();
});

const painted = () => overlay.updateComplete;

async function open(token: string | null = TOKEN, welcome: Readonly<Record<string, unknown>> = {}): Promise<void> {
  overlay.token = token;
  document.body.append(overlay);
  await painted();
  world.socket.accept();
  const card = token === null ? null : aCardMap();
  world.socket.deliver(welcomeMap({ server_time_ms: world.nowMs, card, pulses: { online: 7, likes: 100 }, ...welcome }));
  await settled();
}

/** Every element inside has painted, too. */
async function settled(): Promise<void> {
  await painted();
  for (const inner of overlay.shadowRoot?.querySelectorAll("*") ?? []) {
    if ("updateComplete" in inner) await inner.updateComplete;
  }
}

const levelUp = (over: Readonly<Record<string, unknown>> = {}) => momentMap({ expires_ms: world.nowMs + 60_000, ...over });
const act = (name: string, data: unknown) => {
  find(overlay, "lro-action-bar", HTMLElement).dispatchEvent(new CustomEvent("act-request", { detail: { name, data }, bubbles: true, composed: true }));
};

describe("<live-room-overlay>", () => {
  it("OVL5 only what the page must answer leaves the element", async () => {
    await open();
    const left: string[] = [];
    for (const name of Object.values(EVENT)) document.body.addEventListener(name, () => left.push(name));
    for (const name of Object.values(EVENT)) request(find(overlay, "lro-action-bar"), name, { name: "like", data: { count: 1 }, on: false, playing: true });
    expect(left).toEqual(["token-request", "sign-in-request", "playing-change"]);
  });

  it("OVL7 says that it is entering, then shows the room", async () => {
    overlay.token = TOKEN;
    document.body.append(overlay);
    await settled();
    expect(wordsOf(overlay)).toBe("正在进入直播间");
    world.socket.accept();
    world.socket.deliver(welcomeMap({ card: aCardMap() }));
    await settled();
    expect(wordsOf(overlay)).toContain("秋冬专场 直播中");
    expect(wordsOf(overlay)).toContain("还差 285 成长值升级白银会员");
  });

  it("L2 a level-up comes, stays four seconds, and is reported as seen", async () => {
    await open();
    world.socket.deliver(levelUp());
    await settled();
    expect(wordsOf(overlay)).toMatch(/恭喜 @小美 升级为 白银会员/);
    world.pass(4_000);
    await settled();
    expect(wordsOf(overlay)).not.toContain("@小美");
    expect(world.socket.of("seen")).toEqual([{ type: "seen", ids: ["mo1"] }]);
  });

  it("L2 one's own level-up speaks to oneself and the card shows the new tier", async () => {
    await open();
    world.socket.deliver({ type: "card", card: aCardMap({ version: 2, tier: "silver", growth: 320 }) }, levelUp({ author: "a-me" }));
    await settled();
    expect(wordsOf(overlay)).toContain("恭喜你升级为白银会员！");
    expect(wordsOf(find(overlay, "lro-member-card"))).toContain("白银会员");
  });

  it("OVL4 a comment shows at once, and comes back when it is refused", async () => {
    await open();
    act("comment", { text: "这瓶 \u202E好看" });
    await settled();
    expect(wordsOf(find(overlay, "lro-comment-stream"))).toContain("我 这瓶 好看 发送中");
    const [sent] = world.socket.of("act");
    expect(sent).toMatchObject({ name: "comment", data: { text: "这瓶 好看" } });
    world.socket.deliver({ type: "refused", ref: sent?.ref, code: "slow_mode", message: "", details: null, retry_after_ms: 3_000 });
    await settled();
    expect(wordsOf(find(overlay, "lro-comment-stream"))).not.toContain("这瓶");
    expect(wordsOf(find(overlay, "lro-action-bar"))).toContain("慢速模式中");
    expect(find(find(overlay, "lro-action-bar"), "input", HTMLInputElement).value).toBe("这瓶 好看");
  });

  it("FLD5 likes count at once and go out together", async () => {
    await open();
    for (let tap = 0; tap < 5; tap += 1) act("like", { count: 1 });
    await settled();
    expect(find(find(overlay, "lro-action-bar"), ".count").textContent).toBe("105");
    world.pass(1_000);
    expect(world.socket.of("act").map(({ data }) => data)).toEqual([{ count: 1 }, { count: 4 }]);
  });

  it("FLD6 why likes earn nothing is said once", async () => {
    await open();
    for (let round = 0; round < 2; round += 1) {
      act("like", { count: 1 });
      world.pass(1_000);
      world.socket.deliver({ type: "done", ref: world.socket.of("act").at(-1)?.ref, result: { points: 0, growth: 0, rule: "like", why_nothing: "cap_reached" } });
      await settled();
      expect(wordsOf(find(overlay, "lro-action-bar")).includes("今天这项积分已领满")).toBe(round === 0);
      world.pass(4_000);
    }
  });

  it("BRD6 L8 a vote is asked once, and why it was refused is said on the poll", async () => {
    const poll = { question: "下一件?", options: [{ id: "a", text: "大衣" }, { id: "b", text: "围巾" }], ends_ms: world.nowMs + 60_000, state: "open", order: 1, rev: 1 };
    await open(TOKEN, { room: aRoom({ polls: { p1: poll }, pinned: { id: "x", text: "全场包邮" } }) });
    expect(wordsOf(overlay)).toContain("全场包邮");
    const vote = () => {
      find(find(overlay, "lro-live-board"), "button.option", HTMLButtonElement).click();
    };
    vote();
    vote();
    const [sent, ...more] = world.socket.of("act");
    expect([sent?.data, more]).toEqual([{ poll: "p1", option: "a" }, []]);
    world.socket.deliver({ type: "refused", ref: sent?.ref, code: "closed", message: "", details: null });
    await settled();
    expect(wordsOf(find(overlay, "lro-live-board"))).toContain("已经结束了");
    expect(wordsOf(find(overlay, "lro-action-bar"))).not.toContain("已经结束了");
  });

  it("BRD5 L5 a permit opens the shop's page in a tab of its own", async () => {
    const opened = vi.spyOn(window, "open").mockReturnValue(null);
    const gate = { sku: "s", title: "大衣", price: 1, opens_ms: {}, public_ms: world.nowMs, stock: 3, state: "scheduled", order: 0, rev: 1 };
    await open(TOKEN, { room: aRoom({ gates: { g1: gate } }) });
    find(find(overlay, "lro-live-board"), "button.filled", HTMLButtonElement).click();
    const result = { permit: "a.b.c", link: "https://shop.example/p", sku: "s", expires_ms: world.nowMs + 60_000 };
    world.socket.deliver({ type: "done", ref: world.socket.of("act")[0]?.ref, result });
    await settled();
    expect(opened.mock.calls).toEqual([["https://shop.example/p?permit=a.b.c", "_blank", "noopener,noreferrer"]]);
    expect(wordsOf(find(overlay, "lro-live-board"))).toContain("去下单 1:00");
  });

  it("BRD2 hidden, nothing is repainted; back, the countdown stands where it must", async () => {
    const task = { kind: "share", title: "分享", reward: 100, target: 1, starts_ms: 0, ends_ms: world.nowMs + 90_000, state: "running", budget: 1_000, order: 1, rev: 1 };
    await open(TOKEN, { room: aRoom({ tasks: { t1: task } }) });
    expect(wordsOf(overlay)).toContain("1:30");
    const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    document.dispatchEvent(new Event("visibilitychange"));
    expect(world.timersSet).toBe(1);
    world.pass(60_000);
    hidden.mockReturnValue(false);
    document.dispatchEvent(new Event("visibilitychange"));
    await settled();
    expect(wordsOf(overlay)).toContain("0:30");
  });

  it("OVL7 a lost link keeps everything on screen and says so quietly", async () => {
    await open();
    world.socket.drop(1006);
    await settled();
    const words = wordsOf(overlay);
    expect(words).toContain("正在重连");
    expect(words).toContain("还差 285 成长值升级白银会员");
    world.pass(1_000);
    await settled();
    expect(wordsOf(overlay)).toContain("正在重连");
  });

  it("LNK3 a room that is not there is explained, and tried again when wanted", async () => {
    await open();
    world.socket.drop(4502);
    await settled();
    expect(wordsOf(overlay)).toContain("没有找到这个直播间");
    find(find(overlay, "lro-full-notice"), "button", HTMLButtonElement).click();
    expect(world.sockets).toHaveLength(2);
  });

  it("OVL5 anonymous: the room is seen and signing in is asked of the page", async () => {
    await open(null);
    const asked = heard(overlay, "sign-in-request");
    find(find(overlay, "lro-member-card"), "button", HTMLButtonElement).click();
    expect(asked).toHaveLength(1);
    overlay.token = TOKEN;
    await painted();
    world.socket.accept();
    expect(world.socket.of("hello")[0]).toMatchObject({ token: TOKEN, position: null });
  });

  it("LNK13 asks the page for a token and hands the new one on", async () => {
    const soon = Math.ceil(world.nowMs / 1_000) + 61;
    const asked = heard(overlay, "token-request");
    await open(aToken({ sub: "m1", exp: soon }));
    world.pass(2_000);
    expect(asked).toHaveLength(1);
    overlay.token = TOKEN;
    await painted();
    expect(world.socket.of("token")).toEqual([{ type: "token", token: TOKEN }]);
  });

  it("LNK10 the player's standing still is told with the beat", async () => {
    overlay.playing = false;
    await open();
    world.socket.deliver({ type: "beacon", epoch: "e1", offset: 0, server_time_ms: 0, nonce: "n" });
    expect(world.socket.of("beat")).toMatchObject([{ playing: false, card_version: 1 }]);
  });

  it("OVL10 the switch changes every word", async () => {
    await open();
    find(overlay, ".language", HTMLButtonElement).click();
    await settled();
    expect(overlay.lang).toBe("en");
    expect(wordsOf(overlay)).toContain("285 growth to Silver");
    expect(wordsOf(find(overlay, "lro-member-card"))).not.toMatch(/[\u4e00-\u9fff]{2}(?<!分享一次)/u);
  });

  it("OVL9 sharing gives away the address without its fragment", async () => {
    const copied = vi.spyOn(navigator.clipboard, "writeText").mockResolvedValue();
    await open();
    act("share", { channel: "link" });
    await eventually(() => {
      expect(world.socket.of("act")).toMatchObject([{ name: "share", data: { channel: "copy" } }]);
    });
    await settled();
    expect(copied.mock.calls[0]?.[0]).not.toContain("#");
    expect(wordsOf(find(overlay, "lro-action-bar"))).toContain("链接已复制");
  });

  it("LNK5 taken off the page it leaves nothing behind, and put back it starts again", async () => {
    await open();
    overlay.remove();
    expect(world.socket.isOpen).toBe(false);
    expect(world.timersSet).toBe(0);
    document.body.append(overlay);
    await painted();
    expect(world.sockets).toHaveLength(2);
  });
});
