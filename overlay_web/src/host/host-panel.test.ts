// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually, find, wordsOf } from "../elements/testing.js";
import { aToken, ScriptedWorld } from "../link/testing.js";
import { aRoom, welcomeMap } from "../wire/testing.js";
import { defineHostPanel } from "./define.js";
import type { HostPanel } from "./host-panel.js";
import { remedyOf } from "./remedies.js";
import { HELD } from "./names.js";
import { hostWords } from "./words.js";

defineHostPanel();
const TOKEN = aToken({ sub: "h1", exp: 9_999_999_999 });
const TASK = { kind: "share", title: "最后10分钟分享得100积分", reward: 100, target: 1, starts_ms: 0, ends_ms: 1_600_000, state: "running", budget: 50_000, order: 1, rev: 1 };
const LINE = { id: "t1", rev: 4, spent: 200, done: 2, state: "running", ends_ms: 1_600_000 };
const PREVIEW = { audience: 40, max_points: 4_000, max_cost: 4_000, expected_points: 1_000, expected_members: 10 };

type Asked = { readonly method: string; readonly path: string; readonly key: string | null; readonly body: unknown };

let world: ScriptedWorld;
let panel: HostPanel;
let asked: Asked[];
/** Null: the server is in trouble. */
let figures: unknown;
/** Answers to writes, in order; without one it hangs. */
let answers: (readonly [number, unknown])[];

beforeEach(() => {
  world = new ScriptedWorld();
  asked = [];
  answers = [];
  figures = null;
  panel = document.createElement("lro-host-panel");
  panel.ports = world.ports;
  panel.room = "r1";
  panel.token = TOKEN;
  panel.lang = "zh-CN";
  panel.fetching = (url, init) => {
    const path = new URL(typeof url === "string" ? url : "http://none").pathname;
    const key = new Headers(init?.headers).get("idempotency-key");
    if (path.endsWith("/figures")) return Promise.resolve(figures === null ? new Response(null, { status: 503 }) : Response.json(figures));
    if (init?.method === "GET") return Promise.resolve(Response.json({ tasks: [LINE] }));
    if (path.endsWith("/preview")) return Promise.resolve(Response.json(PREVIEW));
    asked.push({ method: init?.method ?? "", path, key, body: typeof init?.body === "string" ? (JSON.parse(init.body) as unknown) : null });
    const answer = answers.shift();
    if (answer === undefined) return new Promise<Response>(() => undefined);
    return Promise.resolve(answer[0] === 204 ? new Response(null, { status: 204 }) : Response.json(answer[1], { status: answer[0] }));
  };
});

afterEach(() => {
  document.body.replaceChildren();
});

async function open(room: Readonly<Record<string, unknown>> = {}, pulses: Readonly<Record<string, unknown>> = {}): Promise<void> {
  document.body.append(panel);
  await panel.updateComplete;
  world.socket.accept();
  world.socket.deliver(welcomeMap({ server_time_ms: world.nowMs, room: aRoom(room), pulses }));
  await settled();
}

async function settled(): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    await new Promise((done) => { setTimeout(done, 0); });
    await panel.updateComplete;
    for (const inner of panel.shadowRoot?.querySelectorAll("*") ?? []) if ("updateComplete" in inner) await inner.updateComplete;
  }
}

const tab = async (name: string): Promise<void> => {
  find(panel, `#tab-${name}`, HTMLButtonElement).click();
  await settled();
};
const running = (selector: string) => find(find(panel, "lro-host-running"), selector, HTMLButtonElement);
const preset = (kind: string) => find(find(panel, "lro-host-tasks"), `[data-kind=${kind}]`, HTMLButtonElement);

describe("<lro-host-panel>", () => {
  it("PNL1 a preset says what it costs and starts with one press, which two presses do not double", async () => {
    await open();
    expect(world.socket.of("hello")[0]).toMatchObject({ surface: "host", room: "r1", token: TOKEN });
    await eventually(() => { expect(wordsOf(preset("share"))).toContain("最多 ¥40"); });
    expect(wordsOf(preset("share"))).toContain("预计 10/40 人");
    preset("share").click();
    preset("share").click();
    await settled();
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ method: "POST", path: "/v1/rooms/r1/tasks", body: { kind: "share", reward: 100, seconds: 600 } });
    expect(asked[0]?.key).toMatch(/^ref/u);
    expect(preset("share").disabled).toBe(true);
    expect(preset("like").disabled).toBe(false);
  });

  it("PNL4 extends with the rev it saw, takes the new one, and refreshes after a conflict", async () => {
    await open({ tasks: { t1: TASK } });
    expect(wordsOf(panel)).toContain("2 人完成");
    answers = [[200, { ...LINE, rev: 5, ends_ms: 1_900_000 }]];
    running(".extend").click();
    await settled();
    expect(asked[0]).toMatchObject({ path: "/v1/rooms/r1/tasks/t1", body: { action: "extend", seconds: 300, rev: 4 } });
    expect(wordsOf(panel)).toContain("好了");
    answers = [[409, { code: "conflict", detail: "x" }]];
    running(".pause").click();
    await settled();
    expect(asked[1]).toMatchObject({ body: { action: "pause", rev: 5 } });
    expect(wordsOf(panel)).toContain("有人刚刚动过它，已刷新");
  });

  it("PNL2 cancelling a task and ending the show want a hold", async () => {
    await open({ tasks: { t1: TASK } });
    const cancel = find(find(panel, "lro-host-running"), "lro-hold-button", HTMLElement);
    find(cancel, "button", HTMLButtonElement).click();
    await settled();
    expect(asked).toEqual([]);
    cancel.dispatchEvent(new CustomEvent(HELD));
    await settled();
    expect(asked[0]).toMatchObject({ body: { action: "cancel", rev: 4 } });
    await tab("room");
    find(find(panel, "lro-host-room"), "lro-hold-button", HTMLElement).dispatchEvent(new CustomEvent(HELD));
    await settled();
    expect(asked[1]).toMatchObject({ method: "PATCH", path: "/v1/rooms/r1/shows/s1", body: { status: "ended" } });
  });

  it("PNL1 a show is planned and put on air by one press", async () => {
    await open({ show: { id: "s0", status: "ended", title: "昨晚" } });
    expect(preset("share").disabled).toBe(true);
    expect(wordsOf(panel)).toContain("还没开播");
    await tab("room");
    const room = find(panel, "lro-host-room");
    find(room, "form[data-slot=show] input", HTMLInputElement).value = "秋冬新品";
    answers = [[201, { id: "s9", status: "scheduled" }], [200, { id: "s9", status: "live", title: "秋冬新品" }]];
    find(room, "form[data-slot=show]", HTMLFormElement).dispatchEvent(new Event("submit", { cancelable: true }));
    await settled();
    expect(asked.map(({ path, body }) => [path, body])).toEqual([
      ["/v1/rooms/r1/shows", { title: "秋冬新品" }],
      ["/v1/rooms/r1/shows/s9", { status: "live" }],
    ]);
  });

  it("PNL6 without a link nothing can be pressed, and the last state stays", async () => {
    await open({ tasks: { t1: TASK } });
    world.socket.drop(1006);
    await settled();
    expect(wordsOf(panel)).toContain("网络断开，正在重连");
    expect(wordsOf(panel)).toContain(TASK.title);
    expect(preset("share").disabled).toBe(true);
    expect(running(".extend").disabled).toBe(true);
  });

  it("PNL6 the browser's word that the network is gone is enough, and its word that it is back", async () => {
    await open();
    window.dispatchEvent(new Event("offline"));
    await settled();
    expect(preset("share").disabled).toBe(true);
    window.dispatchEvent(new Event("online"));
    await settled();
    expect(preset("share").disabled).toBe(false);
  });

  it.each([[4501, "这不是你的直播间"], [4502, "没有这个直播间"], [4505, "连接已断开"]])("PNL7 R10 %i shows nothing of the room and says what to do", async (code, title) => {
    document.body.append(panel);
    await panel.updateComplete;
    world.socket.accept();
    world.socket.drop(code);
    await settled();
    expect(wordsOf(panel)).toContain(title);
    expect(panel.shadowRoot?.querySelector("main")).toBeNull();
  });

  it("PNL7 without a token it asks for the host's link and opens nothing", async () => {
    panel.token = null;
    document.body.append(panel);
    await settled();
    expect(wordsOf(panel)).toContain("需要主播链接");
    expect(world.sockets).toHaveLength(0);
  });

  it("L8 shows the show in numbers and who leads it", async () => {
    figures = {
      as_of_ms: 1,
      audience: { online: 38, anonymous: 30, tiers: { basic: 6, gold: 2 } },
      show: {
        id: "s1",
        points: { given: 12_710, taken_back: 10, liability: 12_700 },
        orders: { count: 7, paid: 210_000 },
        shouts: { shown: 9, coupons: 8, orders: 2 },
        tasks: [{ task: "t1", title: "最后10分钟分享得100积分", saw: 38, began: 9, reached: 7, rewarded: 700, orders: 3 }],
      },
      outstanding: { points: 1_234_500, cost: 1_234_500 },
    };
    const top = [{ name: "阿强", author: "a1", tier: "gold", score: 520 }, { name: "", tier: "basic", score: 20 }];
    await open({ show: { id: "s1", status: "live", title: "" } }, { leaderboard: { show: "s1", top } });
    const shown = find(panel, "lro-host-figures");
    await eventually(() => { expect(wordsOf(shown)).toContain("本场发放积分 12,710 约合 ¥127"); });
    expect(wordsOf(shown)).toContain("黄金会员 2");
    expect(wordsOf(shown)).toContain("未登录 30");
    expect(wordsOf(shown)).toContain("本场订单 7 ¥2,100");
    expect(wordsOf(shown)).toContain("升级播报 9 带来 2 单 · 25%");
    expect(wordsOf(shown)).toContain("待兑积分总额 ¥12,345 全部会员 1,234,500 积分");
    expect(wordsOf(shown)).toContain("最后10分钟分享得100积分 38 9 7 3");
    await settled();
    expect(wordsOf(find(shown, "lro-leaderboard"))).toContain("阿强 520");
    expect(wordsOf(find(shown, "lro-leaderboard"))).toContain("神秘用户 20");
    expect(asked).toEqual([]);
  });

  it("O6 without figures the rest of the panel works", async () => {
    await open({ tasks: { t1: TASK } });
    expect(wordsOf(find(panel, "lro-host-figures"))).toBe("数据马上就到。");
    expect(wordsOf(panel)).toContain("2 人完成");
  });

  it("PNL8 shows the live figures, and calls when the load is high", async () => {
    await open({}, { online: 12_345, likes: 900, overload: 3 });
    expect(wordsOf(find(panel, "[data-figure=online]"))).toBe("在线 1.2万");
    expect(wordsOf(find(panel, "[data-figure=overload]"))).toBe("负载 只推要事");
    expect(find(panel, "[data-figure=overload]").classList.contains("alarm")).toBe(true);
  });

  it("PNL8 every tab has its forms, in both languages", async () => {
    await open();
    for (const [name, zh, en] of [["sale", "限量开售", "Timed sale"], ["play", "抽奖", "Draw"], ["comments", "还没有弹幕", "No comments yet"], ["room", "慢速模式", "Slow mode"], ["tasks", "一键任务", "One press"]] as const) {
      panel.lang = "zh-CN";
      await tab(name);
      expect(wordsOf(panel)).toContain(zh);
      panel.lang = "en";
      await settled();
      expect(wordsOf(panel)).toContain(en);
    }
  });
});

describe("remedies", () => {
  it("PNL5 every known code says what to do; of an unknown one the server's words are shown", () => {
    const refusal = { kind: "refused", status: 409, detail: "the server says", fields: [] } as const;
    for (const language of ["zh-CN", "en"] as const) {
      const words = hostWords(language);
      expect(remedyOf({ ...refusal, code: "off_air" }, words)).toBe(words.remedies.off_air);
      expect(remedyOf({ ...refusal, code: "nobody_knows" }, words)).toBe(`${words.remedies.otherwise} the server says`);
      expect(remedyOf({ ...refusal, code: "toString" }, words)).toBe(`${words.remedies.otherwise} the server says`);
      expect(remedyOf({ ...refusal, code: "wrong_shape", fields: ["budget: too small"] }, words)).toContain("budget: too small");
    }
  });
});
