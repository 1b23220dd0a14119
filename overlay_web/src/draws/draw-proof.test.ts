// @vitest-environment happy-dom
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { eventually, find, shown, wordsOf } from "../elements/testing.js";
import { defineDrawProof } from "./define.js";

defineDrawProof();
afterEach(() => {
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

type Case = { draw: string; seed: string; commitment: string; prizes: { name: string; count: number }[]; tickets: string[]; entry_list: string; list_hash: string; winning: number[] };
type BoxCase = { seed: string; commitment: string; client_seed: string; nonce: number; weights: number[]; holds: number };
const { draws, boxes } = JSON.parse(readFileSync(new URL("tests/golden/fairness.json", `file://${process.cwd()}/../`), "utf8")) as { draws: Case[]; boxes: BoxCase[] };
const [small] = draws;
const [box] = boxes;
if (small === undefined || box === undefined) throw new Error("there are no vectors");
const PROOF = {
  ...{ algorithm: "liveroom-draw-1", draw: small.draw, title: "开播福利", state: "drawn", ends_ms: 1, prizes: small.prizes, commitment: small.commitment, entries: 7, entry_list: small.entry_list, list_hash: small.list_hash, seed: small.seed },
  winners: small.winning.map((ticket, place) => ({ ticket, prize: place === 0 ? 0 : 1, name: place === 0 ? "" : "小美" })),
};
const BOX = { algorithm: "liveroom-box-1", opening: "bx_1", series: "b", day: 20_400, commitment: box.commitment, client_seed: box.client_seed, nonce: box.nonce, contents: box.weights.map((weight, at) => ({ name: `p${at}`, weight })), holds: box.holds, prize: `p${box.holds}`, seed: box.seed };
const body = (value: unknown, status = 200) => () => Promise.resolve(new Response(JSON.stringify(value), { status }));

async function looking(answer: () => Promise<Response>, draw = "d_1") {
  vi.stubGlobal("fetch", vi.fn(answer));
  const page = await shown("lro-draw-proof", { draw });
  await eventually(async () => {
    await page.updateComplete;
    expect(wordsOf(page)).not.toContain("正在核对");
  });
  return page;
}

describe("lro-draw-proof", () => {
  it("OVL13 P3 says step by step that a draw is right, and who won what", async () => {
    const words = wordsOf(await looking(body(PROOF)));
    expect(words).toContain("结果可信，四步全部吻合");
    expect(words.match(/✓/gu)).toHaveLength(5);
    expect(words).toContain("神秘用户");
    expect(words).toContain("口红");
  });

  it("P3 says which step of a tampered draw is wrong", async () => {
    const page = await looking(body({ ...PROOF, seed: "00".repeat(32) }));
    expect(wordsOf(page)).toContain("对不上，请不要相信这个结果");
    expect(find(page, "[data-step=seed]").className).toBe("broken");
    expect(find(page, "[data-step=hash]").className).toBe("holds");
  });

  it.each([
    ["open", "还在报名"],
    ["cancelled", "抽奖已取消"],
  ])("P3 before anything can be checked (%s) it says so", async (state, says) => {
    const words = wordsOf(await looking(body({ ...PROOF, state, entry_list: null, list_hash: null, seed: null, winners: null, ends_ms: 4_000_000_000_000 })));
    expect(words).toContain(says);
    expect(words).not.toContain("✗");
  });

  it("P3 what cannot be checked yet is not claimed, and what was called off is not promised", async () => {
    const open = { ...PROOF, state: "open", entry_list: null, list_hash: null, seed: null, winners: null, ends_ms: 4_000_000_000_000 };
    const waiting = await looking(body(open));
    expect(wordsOf(find(waiting, "[data-step=hash]"))).toContain("截止后公布");
    expect(wordsOf(waiting)).not.toMatch(/一个字都没有变|名单与种子没有被改动/u);
    const off = wordsOf(await looking(body({ ...open, state: "cancelled" })));
    expect(off).not.toMatch(/尚未公布|截止后公布/u);
    expect(wordsOf(await looking(body({ ...PROOF, seed: "00".repeat(32) })))).not.toContain("名单与种子没有被改动");
    expect(wordsOf(await looking(body(PROOF)))).toContain("名单与种子没有被改动");
  });

  it("P3 looks again when the draw ends by the server's clock, whatever this device's says", async () => {
    const waiting = vi.spyOn(globalThis, "setTimeout");
    const serverMs = Date.now() + 600_000;
    const open = { ...PROOF, state: "open", entry_list: null, list_hash: null, seed: null, winners: null, ends_ms: serverMs + 300_000 };
    await looking(() => Promise.resolve(new Response(JSON.stringify(open), { headers: { date: new Date(serverMs).toUTCString() } })));
    const longest = () => Math.max(0, ...waiting.mock.calls.map(([, ms]) => ms ?? 0));
    await eventually(() => { expect(longest()).toBeGreaterThan(200_000); });
    expect(longest()).toBeLessThan(302_000);
    waiting.mockRestore();
  });

  it.each([
    ["there is none", body({}, 404), "没有这个抽奖"],
    ["it is for members", body({}, 403), "会员专属"],
    ["the server is away", body({}, 503), "暂时取不到公证"],
    ["it is no proof", body({ draw: 5 }), "暂时取不到公证"],
    ["the network is away", () => Promise.reject(new TypeError("offline")), "暂时取不到公证"],
  ])("P3 when %s it says what to do", async (_, answer, says) => {
    expect(wordsOf(await looking(answer))).toContain(says);
  });

  it("OVL13 P3 checks what is pasted, and says when it is no proof", async () => {
    const page = await looking(body({}, 404));
    const area = find(page, "textarea", HTMLTextAreaElement);
    area.value = "{";
    find(page, "details .filled", HTMLButtonElement).click();
    await eventually(() => { expect(wordsOf(page)).toContain("这不是一份公证"); });
    area.value = JSON.stringify(PROOF);
    find(page, "details .filled", HTMLButtonElement).click();
    await eventually(() => { expect(wordsOf(page)).toContain("结果可信"); });
    expect(wordsOf(find(page, ".panel"))).toContain("你粘贴的公证");
    // The verdict stands above the field, out of sight: it is brought there.
    await eventually(() => { expect(page.shadowRoot?.activeElement).toBe(find(page, ".panel")); });
  });

  it("OVL10 P3 in English it says plainly what does not match, and counts one entry as one", async () => {
    const page = await looking(body({ ...PROOF, entries: 1 }));
    expect(wordsOf(page)).not.toContain("粘贴的公证，不是");
    page.language = "en";
    await page.updateComplete;
    expect(wordsOf(find(page, ".panel"))).toContain("This does not match. Do not trust this result");
    expect(wordsOf(find(page, ".panel"))).toMatch(/1 entry$/u);
  });

  it("P3 recomputes an opened box, by its link and pasted, and says what is wrong with a tampered one", async () => {
    const page = await looking(body(BOX), "bx_1");
    expect(vi.mocked(fetch).mock.calls[0]?.[0]).toBe("/v1/boxes/bx_1/proof");
    expect(wordsOf(page)).toContain("盲盒可信，两步全部吻合");
    const area = find(page, "textarea", HTMLTextAreaElement);
    area.value = JSON.stringify({ ...BOX, prize: "p9" });
    find(page, "details .filled", HTMLButtonElement).click();
    await eventually(() => { expect(wordsOf(page)).toContain("对不上，请不要相信这个结果"); });
    expect(find(page, "[data-step=seed]").className).toBe("holds");
    expect(find(page, "[data-step=prize]").className).toBe("broken");
  });

  it("P3 says when the seed of a box comes", async () => {
    const words = wordsOf(await looking(body({ ...BOX, seed: null }), "bx_1"));
    expect(words).toContain("种子次日公布");
    expect(words).not.toContain("奖品完全相同");
    expect(document.title).toBe("盲盒公证");
    expect(wordsOf(await looking(body({}, 404), "bx_2"))).toContain("没有这个盲盒");
  });
});
