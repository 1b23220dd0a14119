// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually, find, wordsOf } from "../elements/testing.js";
import { aToken, ScriptedWorld } from "../link/testing.js";
import { aRoom, welcomeMap } from "../wire/testing.js";
import { defineHostPanel } from "./define.js";
import type { HostPanel } from "./host-panel.js";
import { UNDO_MS } from "./prompts.js";

defineHostPanel();
const line = (key: string, zh: string, en: string, rank = 2) => ({ key, kind: "task", rank, stage: "on", text: { "zh-CN": zh, en }, fresh_until_ms: 9_999_999_999_999, said_ms: null as number | null });
const FIRST = line("first_n:f1", "再卖3单送完前50名，每人200积分", "3 more and the first 50 are full", 0);
const NEAR = line("near:silver", "还有37位白银会员差50分以内升黄金会员", "37 at Silver are within 50 of Gold");

let world: ScriptedWorld;
let panel: HostPanel;
let lines: (typeof FIRST)[];
let said: Record<string, number>;
let wrote: string[];
let status: number;

beforeEach(() => {
  world = new ScriptedWorld();
  lines = [FIRST, NEAR];
  said = {};
  wrote = [];
  status = 200;
  panel = document.createElement("lro-host-panel");
  panel.ports = world.ports;
  panel.room = "r1";
  panel.token = aToken({ sub: "h1", exp: 9_999_999_999 });
  panel.lang = "zh-CN";
  panel.fetching = (url, init) => {
    const path = decodeURIComponent(new URL(typeof url === "string" ? url : "http://none").pathname);
    if (path === "/v1/rooms/r1/prompter") return Promise.resolve(Response.json({ lines, said }));
    if (!path.includes("/prompter/")) return Promise.resolve(Response.json({ tasks: [] }));
    wrote.push(`${init?.method ?? ""} ${path} ${typeof init?.body === "string" ? init.body : ""}`.trim());
    if (status !== 200) return Promise.resolve(Response.json({ code: "limit_reached", detail: "x" }, { status }));
    const key = path.split("/")[5] ?? "";
    if (init?.method === "DELETE") return Promise.resolve(new Response(null, { status: 204 }));
    lines = lines.filter((one) => one.key !== key);
    said = { task: 1 };
    return Promise.resolve(Response.json(FIRST));
  };
});

afterEach(() => {
  document.body.replaceChildren();
});

async function settled(): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    await new Promise((done) => { setTimeout(done, 0); });
    await panel.updateComplete;
    for (const inner of panel.shadowRoot?.querySelectorAll("*") ?? []) if ("updateComplete" in inner) await inner.updateComplete;
  }
}

async function open(room: Readonly<Record<string, unknown>> = {}): Promise<void> {
  document.body.append(panel);
  await panel.updateComplete;
  world.socket.accept();
  world.socket.deliver(welcomeMap({ server_time_ms: world.nowMs, room: aRoom(room), pulses: {} }));
  await settled();
  find(panel, "#tab-prompter", HTMLButtonElement).click();
  await settled();
}

const prompter = () => find(panel, "lro-host-prompter", HTMLElement);
const row = (key: string) => find(prompter(), `[data-prompt="${key}"]`, HTMLElement);
const button = (key: string) => find(row(key), "button", HTMLButtonElement);
const press = (key: string, more: KeyboardEventInit = {}) => window.dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true, ...more }));
const keys = () => [...(prompter().shadowRoot?.querySelectorAll("[data-prompt]") ?? [])].map((one) => one.getAttribute("data-prompt"));

describe("<lro-host-prompter>", () => {
  it("PNL10 L9 shows what to say now, in both languages, the most useful first", async () => {
    await open();
    expect(keys()).toEqual(["first_n:f1", "near:silver"]);
    expect(wordsOf(row("first_n:f1"))).toContain("再卖3单送完前50名");
    expect(row("first_n:f1").classList.contains("urgent")).toBe(true);
    panel.lang = "en";
    await settled();
    expect(wordsOf(row("near:silver"))).toContain("37 at Silver are within 50 of Gold");
    expect(wordsOf(button("near:silver"))).toBe("Said it");
  });

  it("PNL10 said it: the line is marked in its place, counted, and goes after some seconds", async () => {
    await open();
    button("first_n:f1").click();
    await settled();
    expect(wrote).toEqual(['POST /v1/rooms/r1/prompter/first_n:f1/said {"stage":"on"}']);
    expect(keys()).toEqual(["first_n:f1", "near:silver"]);
    expect(row("first_n:f1").classList.contains("marked")).toBe(true);
    expect(wordsOf(button("first_n:f1"))).toBe("撤销");
    world.pass(1_000);
    await settled();
    expect(wordsOf(prompter())).toContain("本场已说 1 句");
    world.pass(UNDO_MS);
    await settled();
    expect(keys()).toEqual(["near:silver"]);
  });

  it("PNL10 undo takes it back", async () => {
    await open();
    button("first_n:f1").click();
    await settled();
    button("first_n:f1").click();
    lines = [FIRST, NEAR];
    await settled();
    expect(wrote[1]).toBe("DELETE /v1/rooms/r1/prompter/first_n:f1/said");
    world.pass(1_000);
    await settled();
    expect(wordsOf(button("first_n:f1"))).toBe("说过了");
    world.pass(UNDO_MS);
    await settled();
    expect(keys()).toEqual(["first_n:f1", "near:silver"]);
  });

  it("PNL10 Space and Enter mark the first line, one at a press, and leave fields and buttons alone", async () => {
    await open();
    press(" ");
    press(" ", { repeat: true });
    press("x");
    press("Enter", { ctrlKey: true });
    await settled();
    expect(wrote).toHaveLength(1);
    press("Enter");
    await settled();
    expect(wrote[1]).toContain("near:silver");
    const field = document.createElement("input");
    document.body.append(field);
    lines = [line("task:t9", "新的一句", "new")];
    world.pass(2_000);
    await settled();
    field.dispatchEvent(new KeyboardEvent("keydown", { key: " ", bubbles: true, composed: true }));
    await settled();
    expect(wrote).toHaveLength(2);
  });

  it("PNL10 a refused press brings the line back and says why", async () => {
    await open();
    status = 409;
    button("first_n:f1").click();
    await settled();
    expect(row("first_n:f1").classList.contains("marked")).toBe(false);
    expect(wordsOf(panel)).toContain("同时进行的太多了");
  });

  it("PNL10 fills the screen and comes back with Escape", async () => {
    await open();
    find(prompter(), ".full", HTMLButtonElement).click();
    await settled();
    expect(panel.shadowRoot?.querySelector("main")).toBeNull();
    expect(prompter().hasAttribute("full")).toBe(true);
    press(" ");
    await settled();
    expect(wrote).toHaveLength(1);
    expect(keys()).toEqual(["near:silver", "first_n:f1"]);
    expect(row("near:silver").classList.contains("first")).toBe(true);
    expect(wordsOf(button("first_n:f1"))).toBe("撤销");
    press("Escape");
    await settled();
    expect(panel.shadowRoot?.querySelector("main")).not.toBeNull();
    expect(prompter().hasAttribute("full")).toBe(false);
  });

  it("PNL10 has a word for nothing to say, and for a room off the air", async () => {
    lines = [];
    await open();
    expect(wordsOf(prompter())).toContain("暂时没有要说的");
    document.body.replaceChildren();
    await open({ show: { id: "s0", status: "ended", title: "昨晚" } });
    expect(wordsOf(prompter())).toContain("还没开播");
  });

  it("PNL6 PNL10 without a link nothing can be marked, and the lines stay", async () => {
    await open();
    world.socket.drop(1006);
    await settled();
    expect(keys()).toEqual(["first_n:f1", "near:silver"]);
    expect(button("first_n:f1").disabled).toBe(true);
    press(" ");
    await settled();
    expect(wrote).toEqual([]);
    await eventually(() => { expect(wordsOf(panel)).toContain("网络断开"); });
  });
});
