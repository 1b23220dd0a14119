/** Screenshots of every state at the sizes that count, into `dev/shots/`. `npm run build && npm run shots [name…]` */
import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const PORT = Number(process.env.PORT ?? 8137);
const BASE = `http://127.0.0.1:${PORT}`;
const OUT = fileURLToPath(new URL("shots/", import.meta.url));
const SIZES = { wide: [1920, 1080], tall: [1080, 1920], phone: [390, 844] };
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const tell = (wish) => fetch(`${BASE}/dev`, { method: "POST", body: JSON.stringify(wish) });
const FRESH = { refuse: null, why: null, mute: false, silent: false, growth: 15, tier: "bronze", points: 86, coupon: false, rooms: null, retry: 0, running: null, tasks: null, members: null, shop: null, tickets: 0 };

/** Resolves when the page has been told of the room; a page that never is (refused, mute, a list) is looked at anyway. */
const welcomed = (page) =>
  new Promise((done) => {
    page.on("websocket", (socket) => socket.once("framereceived", done));
    setTimeout(done, 4_000);
  });

const say = async (page, words) => {
  await page.locator("live-room-overlay input").fill(words);
  await page.locator("live-room-overlay input").press("Enter");
};

/** name → what to open, and what to do before the picture is taken. */
const SHOTS = {
  live: { at: "/rooms/demo" },
  details: { at: "/rooms/demo", before: { coupon: true }, act: (page) => page.locator("lro-member-card .head").click() },
  levelup: { at: "/rooms/demo", act: () => tell({ levelUp: { name: "小美" } }), settle: 1_300 },
  levelup2: { at: "/rooms/demo", act: () => tell({ levelUp: { name: "林深时见鹿林深时见鹿", tier: "black" } }), settle: 700 },
  longname: { at: "/rooms/demo", before: { running: ["task", "spotlight"] }, act: () => tell({ levelUp: { name: "海上生明月天涯共此时情人怨遥夜竟夕起相思灭烛怜光满披衣觉露滋", tier: "gold" } }), settle: 1_300 },
  longnamecast: { at: "/overlay/demo?", before: { running: ["task", "gate"] }, act: () => tell({ levelUp: { name: "محمد عبد الرحمن 👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", tier: "black" } }), settle: 1_400, transparent: true },
  folded: { at: "/rooms/demo", act: () => tell({ levelUp: { name: "橘子汽水🧡", tier: "gold", count: 12 } }), settle: 1_500 },
  mine: { at: "/rooms/demo", act: () => tell({ set: { tier: "silver", growth: 320, coupon: true }, levelUp: { name: "晚风", author: "a-me" }, card: true }), settle: 1_300 },
  earned: { at: "/rooms/demo", act: async (page) => { await say(page, "这瓶好看,想要"); await tell({ notice: { kind: "points", text: { "zh-CN": "观看满15分钟,积分+50", en: "15 min watched: +50 points" }, params: { points: 50, rule: "watch15" } } }); } },
  why: { at: "/rooms/demo", before: { why: "invalid_comment" }, act: (page) => say(page, "好") },
  refused: { at: "/rooms/demo", before: { refuse: "slow_mode", retry: 8_000 }, act: (page) => say(page, "主播主播看看我") },
  sending: { at: "/rooms/demo", before: { silent: true }, act: (page) => say(page, "信号不好也先显示出来") },
  offline: { at: "/rooms/demo", act: async (page) => { await tell({ set: { mute: true } }); await tell({ close: 1011 }); await page.waitForTimeout(900); } },
  anonymous: { at: "/rooms/tea" },
  connecting: { at: "/rooms/demo", before: { mute: true } },
  notfound: { at: "/rooms/nowhere" },
  broadcast: { at: "/overlay/demo?", act: () => tell({ levelUp: { name: "小美" } }), settle: 1_400, transparent: true },
  guides: { at: "/overlay/demo?guides", act: () => tell({ levelUp: { name: "Momo🍑", tier: "black", is_test: true } }), settle: 1_400, transparent: true },
  idle: { at: "/overlay/demo?", transparent: true },
  board: { at: "/rooms/demo", before: { running: ["task", "gate", "poll", "firstn", "draw", "spotlight", "pinned"], tasks: { t1: { count: 3, target: 5, state: "running" } }, tier: "silver", growth: 320 } },
  taskdone: { at: "/rooms/demo", before: { running: ["task", "spotlight"], tasks: { t1: { count: 5, target: 5, state: "done" } }, tier: "gold", growth: 2_100 } },
  hurry: { at: "/rooms/demo", before: { running: ["hurry", "paused"], tasks: { t2: { count: 12, target: 30, state: "running" } } } },
  taskover: { at: "/rooms/demo", before: { running: ["short"] }, settle: 1_900 },
  gateopen: { at: "/rooms/demo", before: { running: ["open", "gate"] }, act: (page) => page.locator("lro-live-board button.filled").first().click() },
  gatesoldout: { at: "/rooms/demo", before: { running: ["open"], refuse: "sold_out" }, act: (page) => page.locator("lro-live-board button.filled").first().click() },
  poll: { at: "/rooms/demo", before: { running: ["poll", "pinned"] }, act: (page) => page.locator("lro-live-board button.option").nth(1).click() },
  draw: { at: "/rooms/demo", before: { running: ["draw"] }, act: (page) => page.locator("lro-live-board button.filled").first().click() },
  drawn: { at: "/rooms/demo", before: { running: ["drawn"] } },
  boardlevelup: { at: "/rooms/demo", before: { running: ["task", "poll", "spotlight", "pinned"] }, act: () => tell({ levelUp: { name: "小美" } }), settle: 1_300 },
  boardanonymous: { at: "/rooms/tea", before: { running: ["poll", "task", "spotlight"] } },
  boardcast: { at: "/overlay/demo?", before: { running: ["task", "gate", "poll", "firstn"] }, act: () => tell({ levelUp: { name: "小美" } }), settle: 1_300, transparent: true },
  members: { at: "/rooms/demo", before: { members: "member" } },
  memberssignin: { at: "/rooms/tea", before: { members: "stranger" } },
  shop: { at: "/rooms/demo", before: { points: 1_286, tickets: 2, running: ["task", "spotlight", "pinned"] }, act: (page) => page.locator("lro-action-bar .points").click() },
  shopsure: { at: "/rooms/demo", before: { points: 1_286 }, act: async (page) => { await page.locator("lro-action-bar .points").click(); await page.locator('[data-reward="bag"] .filled').click(); } },
  shopdone: { at: "/rooms/demo", before: { points: 1_286 }, act: async (page) => { await page.locator("lro-action-bar .points").click(); await page.locator('[data-reward="bag"] .filled').click(); await page.locator(".sure .filled").click(); } },
  shoprefused: { at: "/rooms/demo", before: { points: 1_286, refuse: "sold_out" }, act: async (page) => { await page.locator("lro-action-bar .points").click(); await page.locator('[data-reward="bag"] .filled').click(); await page.locator(".sure .filled").click(); } },
  shopaway: { at: "/rooms/demo", before: { shop: "away" }, act: (page) => page.locator("lro-action-bar .points").click() },
  gift: { at: "/rooms/demo", before: { points: 1_286 }, act: async (page) => { await page.locator("lro-action-bar .points").click(); await page.locator("#tab-gift").click(); } },
  giftlink: { at: "/rooms/demo", before: { points: 1_286 }, act: async (page) => { await page.locator("lro-action-bar .points").click(); await page.locator("#tab-gift").click(); await page.locator(".wide").click(); await page.locator(".sure .filled").click(); } },
  boost: { at: "/rooms/demo", before: { points: 1_286 }, act: async (page) => { await page.locator("lro-action-bar .points").click(); await page.locator("#tab-boost").click(); await page.locator(".wide").click(); } },
  polled: { at: "/rooms/demo", act: async (page) => { await page.evaluate(() => { window.WebSocket.prototype.send = () => undefined; }); await tell({ set: { mute: true } }); await tell({ close: 1011 }); }, settle: 14_000 },
  rooms: { at: "/" },
  norooms: { at: "/", before: { rooms: [] } },
};

const wanted = process.argv.slice(2);
const server = spawn(process.execPath, [fileURLToPath(new URL("fake-server.mjs", import.meta.url)), String(PORT)], { stdio: "ignore" });
await mkdir(OUT, { recursive: true });
await wait(700);
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
  for (const [name, { at, before = {}, act, settle = 900, transparent = false }] of Object.entries(SHOTS)) {
    for (const [size, [width, height]] of Object.entries(SIZES)) {
      for (const lang of ["zh-CN", "en"]) {
        const file = `${name}-${size}-${lang}`;
        if (wanted.length > 0 && !wanted.some((wish) => file.startsWith(wish))) continue;
        await tell({ set: { ...FRESH, ...before } });
        const context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor: size === "phone" ? 2 : 1, locale: lang });
        const page = await context.newPage();
        page.on("pageerror", (error) => console.log(file, "page error:", error.message));
        page.on("console", (message) => message.type() === "error" && !message.text().includes("404") && console.log(file, message.text()));
        const told = welcomed(page);
        await page.goto(`${BASE}${at}${at.includes("?") ? "&" : "?"}lang=${lang}`);
        if (transparent) await page.addStyleTag({ content: "body{background:linear-gradient(120deg,#d9e6ee,#8fa9b8 50%,#3d4f5c) !important}" });
        await told;
        await page.waitForTimeout(700);
        await act?.(page);
        await page.waitForTimeout(settle);
        await page.screenshot({ path: `${OUT}${file}.png` });
        await context.close();
      }
    }
  }
} finally {
  await browser.close();
  server.kill();
}
