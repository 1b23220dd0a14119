// @vitest-environment happy-dom
import type { LitElement } from "lit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { wordsOf } from "../elements/testing.js";
import { ScriptedWorld } from "../link/testing.js";
import { aRoom, momentMap, welcomeMap } from "../wire/testing.js";
import type { BroadcastOverlay } from "./broadcast-overlay.js";
import { defineBroadcastOverlay } from "./define.js";

defineBroadcastOverlay();

let world: ScriptedWorld;
let overlay: BroadcastOverlay;

beforeEach(async () => {
  world = new ScriptedWorld();
  overlay = document.createElement("lro-broadcast");
  overlay.ports = world.ports;
  overlay.server = "https://live.example";
  overlay.room = "r1";
  overlay.lang = "zh-CN";
  document.body.append(overlay);
  await overlay.updateComplete;
});

afterEach(() => {
  document.body.replaceChildren();
});

async function live(): Promise<void> {
  world.socket.accept();
  world.socket.deliver(welcomeMap({ server_time_ms: world.nowMs }));
  await settled();
}

async function settled(): Promise<void> {
  await overlay.updateComplete;
  for (const inner of overlay.shadowRoot?.querySelectorAll<LitElement>("lro-shout-banner, lro-live-board") ?? []) await inner.updateComplete;
}

const moment = (over: Readonly<Record<string, unknown>> = {}) => momentMap({ expires_ms: world.nowMs + 60_000, ...over });

describe("lro-broadcast", () => {
  it("OVL8 joins the public stream without a token", () => {
    world.socket.accept();
    expect(world.socket.of("hello")).toMatchObject([{ surface: "broadcast", token: null }]);
  });

  it("OVL8 shows shout-outs and nothing else", async () => {
    await live();
    expect(wordsOf(overlay)).toBe("");
    world.socket.deliver(
      { type: "comment", id: "c1", author: "a", name: "小美", tier: "gold", text: "你好", at_ms: 0 },
      moment({ offset: 1, id: "n1", kind: "notice", params: {} }),
      moment({ offset: 2 }),
    );
    await settled();
    expect(wordsOf(overlay)).toBe("恭喜 @小美 升级为 白银会员 现在下单 立减10元");
  });

  it("BRD8 L3 a countdown in the picture is reported, at most every 5 s, and not while OBS hides it", async () => {
    world.socket.accept();
    const task = { kind: "share", title: "分享得100", reward: 100, target: 1, starts_ms: world.nowMs, ends_ms: world.nowMs + 60_000, state: "running", budget: 1_000, order: 1, rev: 1 };
    world.socket.deliver(welcomeMap({ server_time_ms: world.nowMs, room: aRoom({ tasks: { t1: task } }) }));
    await settled();
    expect(wordsOf(overlay)).toContain("分享得100 1:00 +100 积分");
    for (let second = 0; second < 11; second += 1) {
      world.pass(1_000);
      await settled();
    }
    expect(wordsOf(overlay)).toContain("0:49");
    expect(world.socket.of("seen")).toEqual([1, 2, 3].map(() => ({ type: "seen", ids: ["t1"] })));
    overlay.shownBySource = false;
    await settled();
    world.pass(10_000);
    await settled();
    expect(world.socket.of("seen")).toHaveLength(3);
  });

  it("OVL8 idle, only the link's own timer is set", async () => {
    await live();
    world.socket.deliver(moment());
    expect(world.timersSet).toBe(2);
    world.pass(4_250);
    expect(world.timersSet).toBe(1);
    expect(overlay.shadowRoot?.querySelector("lro-shout-banner")?.shadowRoot?.querySelector(".banner")).toBeNull();
  });

  it("SHO6 hidden by OBS it waits, and shows the rest when it is back", async () => {
    await live();
    overlay.shownBySource = false;
    await settled();
    world.socket.deliver(moment());
    await settled();
    expect(wordsOf(overlay)).toBe("");
    expect(world.socket.of("visible")).toEqual([{ type: "visible", on: false }]);
    overlay.shownBySource = true;
    await settled();
    await settled();
    expect(wordsOf(overlay)).toContain("@小美");
  });

  it("LNK3 a room that is not made yet is waited for", async () => {
    world.socket.accept();
    world.socket.drop(4502);
    world.pass(20_000);
    expect(world.sockets).toHaveLength(2);
    await live();
    world.socket.deliver(moment());
    await settled();
    expect(wordsOf(overlay)).toContain("@小美");
  });

  it("OVL8 the guides and the safe area are the editor's choice, within reason", async () => {
    overlay.guides = true;
    overlay.safe = 90;
    await live();
    expect(overlay.shadowRoot?.querySelector(".guides")).not.toBeNull();
    expect(overlay.shadowRoot?.querySelector(".surface")?.getAttribute("style")).toContain("--safe-x:20cqw");
  });

  it("OVL14 buys a ticket with its widget, and says only on a screen that it is over", async () => {
    const fetching: typeof fetch = () => Promise.resolve(new Response("{}", { status: 401 }));
    overlay.remove();
    for (const [explains, words] of [[false, ""], [true, "这个画面地址已失效：请在主播面板里取新的地址。"]] as const) {
      overlay = document.createElement("lro-broadcast");
      Object.assign(overlay, { ports: world.ports, server: "https://live.example", fetching, explains, widget: { widget: "w1", secret: "s" } });
      overlay.lang = "zh-CN";
      overlay.room = "r1";
      document.body.append(overlay);
      await overlay.updateComplete;
      await new Promise((done) => setTimeout(done, 0));
      await settled();
      expect(wordsOf(overlay)).toBe(words);
    }
    expect(world.sockets.slice(1)).toEqual([]);
  });
});
