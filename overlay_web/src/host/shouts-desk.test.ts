// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HostApi } from "./api.js";
import type { DeskView } from "./desk.js";
import { defineHostPanel } from "./define.js";
import type { OverlayChip } from "./overlay-chip.js";
import { noPresses } from "./presses.js";
import type { ShoutsDesk } from "./shouts-desk.js";

defineHostPanel();

type Asked = { readonly method: string; readonly path: string; readonly body: unknown };

const shown = (id: string, over: object = {}) => ({ id, kind: "level_up", name: "小美", author: "a_1", text: { "zh-CN": `恭喜${id}`, en: `Hooray ${id}` }, at_ms: 1_000, is_test: false, gone: false, ...over });
const aQueue = (over: object = {}) => ({
  rev: 3,
  paused: false,
  limit: { from_tier: "silver", per_minute: 10 },
  rule: { from_tier: "silver", per_minute: 10 },
  muted: [],
  waiting: { count: 2, next: [] },
  shown: [shown("mo_2"), shown("mo_1")],
  overlays: [],
  alarm: null,
  now_ms: 1_500,
  ...over,
});
const tiers = { bronze: { name: "青铜会员", color: null, growth: 15, order: 1 }, silver: { name: "白银会员", color: null, growth: 300, order: 2 }, gold: { name: "黄金会员", color: null, growth: 2_000, order: 3 } };
const view = { live: true, language: "zh-CN", presses: noPresses, currency: "CNY", nowMs: 0, board: { room: { tiers } } } as unknown as DeskView;

let asked: Asked[];
let queue: object;
let api: HostApi;

beforeEach(() => {
  asked = [];
  queue = aQueue();
  const fetching: typeof fetch = (url, init) => {
    const path = String(url instanceof Request ? url.url : url).replace("https://live.example", "");
    const body: unknown = typeof init?.body === "string" ? JSON.parse(init.body) : null;
    asked.push({ method: init?.method ?? "GET", path, body });
    const answer = path.endsWith("/widgets") ? (init?.method === "POST" ? { id: "w1", path: "/overlay/r1#widget=w1&secret=lrw_x" } : { widgets: [{ id: "w1", name: "主画面" }] }) : queue;
    return Promise.resolve(new Response(JSON.stringify(answer), { status: 200 }));
  };
  api = new HostApi("https://live.example", () => "t", { fetching, wait: () => Promise.resolve() });
});

afterEach(() => {
  document.body.replaceChildren();
});

const turn = () => new Promise((done) => setTimeout(done, 0));

async function aDesk(): Promise<ShoutsDesk> {
  const desk = document.createElement("lro-host-shouts");
  Object.assign(desk, { view, api, room: "r1", newKey: () => "key1" });
  document.body.append(desk);
  for (let n = 0; n < 5; n += 1) await turn();
  await desk.updateComplete;
  return desk;
}

const pressesOf = () => asked.filter(({ method, path }) => method === "POST" && path.endsWith("/queue")).map(({ body }) => body);

async function press(desk: ShoutsDesk, selector: string): Promise<void> {
  desk.shadowRoot?.querySelector<HTMLElement>(selector)?.click();
  for (let n = 0; n < 5; n += 1) await turn();
  await desk.updateComplete;
}

const wordsIn = (desk: ShoutsDesk, part: string): string => (desk.shadowRoot?.querySelector(`[data-part=${part}]`)?.textContent ?? "").replace(/\s+/gu, " ");

describe("lro-host-shouts", () => {
  it("L2 shows what is on screen, what is next and how many wait", async () => {
    const desk = await aDesk();
    expect(wordsIn(desk, "now")).toContain("恭喜mo_1");
    expect(wordsIn(desk, "now")).toContain("接下来：恭喜mo_2");
    expect(wordsIn(desk, "now")).toContain("还有 2 条在排队");
  });

  it("L2 pauses and skips with one press, clears with a hold", async () => {
    const desk = await aDesk();
    await press(desk, ".pause");
    await press(desk, ".skip");
    await press(desk, ".clear");
    expect(pressesOf()).toEqual([{ action: "pause" }, { action: "skip", id: "mo_1" }]);
    desk.shadowRoot?.querySelector(".clear")?.dispatchEvent(new CustomEvent("held-request"));
    for (let n = 0; n < 5; n += 1) await turn();
    expect(pressesOf().at(-1)).toEqual({ action: "clear" });
  });

  it("L2 R4 a press while Redis is away counts, and what was last seen stays", async () => {
    const desk = await aDesk();
    queue = aQueue({ rev: 4, paused: true, waiting: { count: 0, next: [] }, shown: [], unseen: true });
    await press(desk, ".pause");
    expect(desk.shadowRoot?.querySelector(".pause")?.textContent).toContain("继续");
    expect(wordsIn(desk, "recent")).toContain("恭喜mo_1");
  });

  it("L2 a test names its tier, a mute the author; nobody below the rulebook's tier is offered", async () => {
    const desk = await aDesk();
    expect(wordsIn(desk, "tests")).not.toContain("青铜会员");
    await press(desk, "[data-part=tests] .press:last-child");
    await press(desk, "[data-part=recent] .line .press:last-child");
    expect(pressesOf()).toEqual([{ action: "test", from_tier: "gold" }, { action: "mute", author: "a_1" }]);
  });

  it("R10 shows a new overlay's address once", async () => {
    const desk = await aDesk();
    await press(desk, ".make");
    expect(desk.shadowRoot?.querySelector(".address")?.textContent).toContain("/overlay/r1#widget=w1&secret=lrw_x");
  });
});

describe("lro-overlay-chip", () => {
  const aChip = async (): Promise<OverlayChip> => {
    const chip = document.createElement("lro-overlay-chip");
    Object.assign(chip, { api, room: "r1", language: "zh-CN" });
    document.body.append(chip);
    for (let n = 0; n < 5; n += 1) await turn();
    await chip.updateComplete;
    return chip;
  };
  const says = (chip: OverlayChip) => chip.shadowRoot?.querySelector(".says");

  it("L2 says when the overlay drew last", async () => {
    queue = aQueue({ overlays: [{ widget: "w1", name: "主画面", connected_ms: 0, rendered_ms: 1_500, visible: true }], now_ms: 3_500 });
    const chip = await aChip();
    expect(says(chip)?.textContent).toBe("2 秒前");
    expect(says(chip)?.classList.contains("alarm")).toBe(false);
  });

  it("L2 raises an alarm when the picture is gone", async () => {
    queue = aQueue({ alarm: "no_overlay" });
    const chip = await aChip();
    expect(says(chip)?.textContent).toBe("未连接");
    expect(says(chip)?.classList.contains("alarm")).toBe(true);
  });
});
