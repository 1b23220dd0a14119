import { beforeEach, describe, expect, it } from "vitest";
import { momentMap, welcomeMap } from "../wire/testing.js";
import { liveUrl } from "./link.js";
import type { LinkOptions } from "./link.js";
import { answersIn, aToken, LinkIn, offsetsIn, roomAt, ScriptedWorld, TOKEN } from "./testing.js";
import type { Heard } from "./testing.js";

const COMMENT = { name: "comment", data: { text: "好看" } } as const;

let world: ScriptedWorld;
let heard: Heard;
let started: LinkIn["started"];
let live: LinkIn["live"];

beforeEach(() => {
  world = new ScriptedWorld();
  heard = [];
  ({ started, live } = new LinkIn(world, heard));
});

const tokenRequests = (): number => heard.filter(({ kind }) => kind === "token-request").length;
const beacon = (offset: number, epoch = "e1") => ({ type: "beacon", epoch, offset, server_time_ms: 0, nonce: "n1" });

describe("tickets", () => {
  const bought = (...tickets: readonly string[]) => {
    const left = [...tickets];
    const asked = { times: 0 };
    const buyTicket: NonNullable<LinkOptions["buyTicket"]> = () => {
      asked.times += 1;
      const next = left.shift() ?? "lost";
      return Promise.resolve(next === "refused" || next === "lost" ? { kind: next } : { kind: "ticket", ticket: next });
    };
    return { buyTicket, asked };
  };
  const turn = () => new Promise((done) => setTimeout(done, 0));
  const overlay = (buyTicket: NonNullable<LinkOptions["buyTicket"]>) => started({ surface: "broadcast", token: null, buyTicket });

  it("R10 buys one for every connection and shows it in the hello", async () => {
    const { buyTicket, asked } = bought("lrt_1", "lrt_2");
    overlay(buyTicket);
    await turn();
    world.socket.accept();
    world.socket.deliver(welcomeMap());
    world.socket.drop(1006);
    world.pass(3_000);
    await turn();
    world.socket.accept();
    expect(asked.times).toBe(2);
    expect(world.sockets.flatMap((socket) => socket.of("hello")).map(({ token }) => token)).toEqual(["lrt_1", "lrt_2"]);
  });

  it("R10 a ticket that is over is no reason to stop, a replaced secret is", async () => {
    const { buyTicket } = bought("lrt_1", "lrt_2", "refused");
    const link = overlay(buyTicket);
    await turn();
    world.socket.accept();
    world.socket.drop(4005);
    expect(link.status.phase).toBe("waiting");
    world.pass(3_000);
    await turn();
    world.socket.accept();
    world.socket.drop(1006);
    world.pass(3_000);
    await turn();
    expect(link.status).toEqual({ phase: "stopped", code: 4505 });
  });

  it("R6 asks again, with back-off, while no ticket can be had", async () => {
    const { buyTicket, asked } = bought("lost", "lost", "lrt_1");
    const link = overlay(buyTicket);
    await turn();
    expect(link.status.phase).toBe("waiting");
    world.pass(3_000);
    await turn();
    world.pass(3_000);
    await turn();
    world.socket.accept();
    world.socket.deliver(welcomeMap());
    expect([asked.times, link.status.phase]).toEqual([3, "live"]);
  });

  it("R6 a ticket that comes after the page has stopped opens nothing", async () => {
    const { buyTicket } = bought("lrt_1");
    const link = overlay(buyTicket);
    link.stop();
    await turn();
    expect(world.sockets).toEqual([]);
  });
});

describe("connecting", () => {
  it("LNK1 says hello with all it knows and is live with the welcome", () => {
    const link = started();
    expect(world.socket.url).toBe("wss://shop.example/v1/live");
    world.socket.accept();
    expect(world.socket.sent).toEqual([{ type: "hello", room: "r1", surface: "viewer", token: TOKEN, position: null, visible: true }]);
    expect(link.status.phase).toBe("connecting");
    world.socket.deliver(welcomeMap());
    expect(link.status.phase).toBe("live");
  });

  it("LNK1 no token stands in the address", () => {
    started();
    expect(world.socket.url).not.toContain(TOKEN);
    expect(liveUrl("http://127.0.0.1:8000/anything?x=1")).toBe("ws://127.0.0.1:8000/v1/live");
  });

  it("LNK15 without a welcome in ten seconds it tries again", () => {
    const link = started();
    world.socket.accept();
    world.pass(10_000);
    expect(link.status.phase).toBe("waiting");
    world.pass(20_000);
    expect(world.sockets.length).toBeGreaterThan(1);
  });

  it("LNK15 a link on which nothing comes for two beacons is taken for dead", () => {
    const link = live();
    world.pass(34_999);
    expect(link.status.phase).toBe("live");
    world.pass(1);
    expect(link.status.phase).toBe("waiting");
    expect(world.sockets[0]?.isOpen).toBe(false);
  });
});

describe("a loss", () => {
  it("LNK2 comes back within the advertised spread, with its position", () => {
    live({}, { reconnect_spread_ms: 4_000 });
    world.socket.deliver(roomAt(1), roomAt(2));
    world.socket.drop(1006);
    world.pass(1_999);
    expect(world.sockets).toHaveLength(1);
    world.pass(1);
    expect(world.sockets).toHaveLength(2);
    world.socket.accept();
    expect(world.socket.of("hello")[0]).toMatchObject({ token: TOKEN, position: { epoch: "e1", offset: 2 } });
  });

  it("LNK2 waits as long as the server asked for in its bye", () => {
    live({}, { reconnect_spread_ms: 1_000 });
    world.socket.deliver({ type: "bye", code: 4000, reason: "going away", retry_after_ms: 7_000 });
    world.socket.drop(4000);
    world.pass(7_499);
    expect(world.sockets).toHaveLength(1);
    world.pass(1);
    expect(world.sockets).toHaveLength(2);
  });

  it("LNK2 goes on for ever, ever more slowly, up to 20 s", () => {
    world.random = 1;
    started();
    const gaps: number[] = [];
    for (let attempt = 0; attempt < 9; attempt += 1) {
      const lostMs = world.nowMs;
      world.socket.drop(1006);
      while (world.sockets.length === attempt + 1) world.pass(100);
      gaps.push(world.nowMs - lostMs);
    }
    expect(gaps).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000, 20_000]);
  });

  it("LNK2 a welcome alone does not start the back-off anew, five live seconds do", () => {
    world.random = 1;
    live({}, { reconnect_spread_ms: 0 });
    for (const [liveMs, delayMs] of [[0, 500], [0, 1_000], [5_000, 500]] as const) {
      world.pass(liveMs);
      world.socket.drop(4004);
      const count = world.sockets.length;
      world.pass(delayMs - 1);
      expect(world.sockets).toHaveLength(count);
      world.pass(1);
      expect(world.sockets).toHaveLength(count + 1);
      world.socket.accept();
      world.socket.deliver(welcomeMap({ reconnect_spread_ms: 0 }));
    }
  });

  it.each([4500, 4501, 4502, 4504, 4505, 1003])("LNK3 %i stops until the viewer wants it", (code) => {
    const link = live();
    world.socket.drop(code);
    world.pass(600_000);
    expect(link.status).toEqual({ phase: "stopped", code });
    expect(world.sockets).toHaveLength(1);
    link.retry();
    expect(world.sockets).toHaveLength(2);
  });

  it("LNK3 a hello that came too late is no bad message: it is said again on another socket", () => {
    const link = started();
    world.pass(5_000);
    world.socket.accept();
    world.socket.deliver({ type: "bye", code: 4500, reason: "no hello within 5 s", retry_after_ms: 0 });
    world.socket.drop(4500);
    expect(link.status.phase).toBe("waiting");
    world.pass(20_000);
    world.socket.accept();
    world.socket.deliver(welcomeMap());
    expect(link.status.phase).toBe("live");
  });

  it("LNK3 a hello that was in time and not understood stops", () => {
    const link = started();
    world.pass(4_000);
    world.socket.accept();
    world.socket.drop(4500);
    world.pass(600_000);
    expect(link.status).toEqual({ phase: "stopped", code: 4500 });
    expect(world.sockets).toHaveLength(1);
  });

  it("LNK3 a broadcast page waits for its room to be made", () => {
    started({ surface: "broadcast", token: null, awaitRoom: true });
    world.socket.accept();
    world.socket.drop(4502);
    world.pass(30_000);
    expect(world.sockets).toHaveLength(2);
  });

  it("LNK5 closes the old socket before it opens the next, and hears nothing of it", () => {
    const link = live();
    const old = world.socket;
    link.setToken(aToken({ sub: "m2" }));
    expect(old.isOpen).toBe(false);
    expect(world.sockets).toHaveLength(2);
    const before = heard.length;
    old.deliver(roomAt(1));
    expect(heard).toHaveLength(before);
  });
});

describe("numbered frames", () => {
  it("LNK6 pass in order and each once", () => {
    live();
    world.socket.deliver(roomAt(1), roomAt(1), momentMap({ offset: 2 }), { type: "void", offset: 5 }, roomAt(4), roomAt(6));
    expect(offsetsIn(heard)).toEqual([1, 2, 6]);
  });

  it("LNK19 a moment that is numbered twice is passed on once, also over connections, nodes and epochs", () => {
    live({}, { reconnect_spread_ms: 4_000 });
    world.socket.deliver(momentMap({ offset: 1, id: "a" }), momentMap({ offset: 2, id: "a" }), roomAt(3));
    expect(offsetsIn(heard)).toEqual([1, 3]);
    world.socket.drop(1006);
    world.pass(2_000);
    world.socket.accept();
    expect(world.socket.of("hello")[0]).toMatchObject({ position: { epoch: "e1", offset: 3 } });
    world.socket.deliver(welcomeMap({ recovered: true, room: null, offset: 3 }), momentMap({ offset: 4, id: "a" }), momentMap({ offset: 5, id: "b" }));
    world.socket.deliver(welcomeMap({ epoch: "e2", offset: 0 }), momentMap({ offset: 1, id: "b" }), momentMap({ offset: 2, id: "c" }));
    expect(offsetsIn(heard)).toEqual([1, 3, 5, 2]);
    expect(world.socket.of("hello")).toHaveLength(1);
  });

  it("WIR3 a numbered frame of a later version is no gap", () => {
    live();
    world.socket.deliver(roomAt(1), { type: "hologram", offset: 2 }, roomAt(3));
    world.pass(10_000);
    expect(offsetsIn(heard)).toEqual([1, 3]);
    expect(world.socket.of("hello")).toHaveLength(1);
  });

  it("LNK7 a gap says hello again after a random wait, and recovers without loss or repetition", () => {
    world.random = 0.9;
    live();
    world.pass(5_000);
    world.socket.deliver(roomAt(1), roomAt(3));
    world.pass(1_799);
    expect(world.socket.of("hello")).toHaveLength(1);
    world.pass(1);
    const again = world.socket.of("hello")[1];
    expect(again).toMatchObject({ position: { epoch: "e1", offset: 1 } });
    expect(again).not.toHaveProperty("token");
    world.socket.deliver(welcomeMap({ recovered: true, room: null, offset: 1 }), roomAt(2), roomAt(3), roomAt(4));
    expect(offsetsIn(heard)).toEqual([1, 2, 3, 4]);
  });

  it("LNK7 hellos on one connection are two seconds apart", () => {
    world.random = 0;
    live();
    world.socket.deliver(roomAt(2));
    world.pass(1_999);
    expect(world.socket.of("hello")).toHaveLength(1);
    world.pass(1);
    expect(world.socket.of("hello")).toHaveLength(2);
  });

  it("LNK7 a beacon ahead is given two seconds to be wrong", () => {
    world.random = 0;
    live();
    world.pass(10_000);
    world.socket.deliver(beacon(1));
    world.socket.deliver(roomAt(1));
    world.pass(10_000);
    expect(world.socket.of("hello")).toHaveLength(1);
    world.socket.deliver(beacon(2));
    world.pass(2_000);
    expect(world.socket.of("hello")).toHaveLength(2);
  });

  it("LNK7 a beacon of another epoch is ahead, too", () => {
    world.random = 0;
    live();
    world.pass(10_000);
    world.socket.deliver(beacon(0, "e2"));
    world.pass(2_000);
    expect(world.socket.of("hello")).toHaveLength(2);
  });

  it("LNK8 one that cannot be read makes it ask for everything", () => {
    world.random = 0;
    live();
    world.pass(5_000);
    world.socket.deliver(roomAt(1), { type: "room", offset: 2, patch: 7 }, roomAt(3));
    world.pass(0);
    expect(heard.filter(({ kind }) => kind === "fault")).toHaveLength(1);
    expect(world.socket.of("hello")[1]).toMatchObject({ position: null });
    world.socket.deliver(welcomeMap({ offset: 3 }), roomAt(4));
    expect(offsetsIn(heard)).toEqual([1, 4]);
  });

  it("LNK8 an unasked welcome replaces the position", () => {
    live();
    world.socket.deliver(roomAt(1), welcomeMap({ epoch: "e2", offset: 40 }), roomAt(41));
    expect(offsetsIn(heard)).toEqual([1, 41]);
  });
});

describe("acts", () => {
  it("LNK9 are sent at once, again after five seconds, and answered once", () => {
    const link = live();
    const ref = link.act(COMMENT);
    expect(world.socket.of("act")).toEqual([{ type: "act", ref, ...COMMENT }]);
    world.pass(5_000);
    expect(world.socket.of("act").map((act) => act.ref)).toEqual([ref, ref]);
    world.socket.deliver({ type: "done", ref, result: {} }, { type: "done", ref, result: {} });
    world.pass(20_000);
    expect(world.socket.of("act")).toHaveLength(2);
    expect(answersIn(heard)).toEqual([`done ${ref}`]);
  });

  it("LNK9 wait for the link and go on the next connection with the same ref", () => {
    const link = live();
    const ref = link.act(COMMENT);
    world.socket.drop(1006);
    const later = link.act(COMMENT);
    world.pass(1_000);
    world.socket.accept();
    expect(world.socket.of("act")).toEqual([]);
    world.socket.deliver(welcomeMap());
    expect(world.socket.of("act").map((act) => act.ref)).toEqual([ref, later]);
  });

  it("LNK9 without any answer the page is told after a minute", () => {
    const link = started();
    const ref = link.act(COMMENT);
    world.pass(59_999);
    expect(answersIn(heard)).toEqual([]);
    world.pass(1);
    expect(answersIn(heard)).toEqual([`unsent ${ref}`]);
  });
});

describe("presence", () => {
  it("LNK10 a member answers each beacon with its nonce and the card's version", () => {
    const link = live();
    link.setPlaying(true);
    link.setCardVersion(7);
    world.socket.deliver(beacon(0));
    expect(world.socket.of("beat")).toEqual([{ type: "beat", nonce: "n1", playing: true, visible: true, card_version: 7 }]);
  });

  it.each([
    { surface: "viewer", token: null },
    { surface: "broadcast", token: "ticket" },
  ] as const)("LNK10 nobody else beats: $surface with token $token", (over) => {
    live(over);
    world.socket.deliver(beacon(0));
    expect(world.socket.of("beat")).toEqual([]);
  });

  it("LNK11 the clock is exchanged eight times, and again on becoming visible", () => {
    const link = live();
    for (let exchange = 0; exchange < 8; exchange += 1) {
      const t0 = world.nowMs;
      world.socket.deliver({ type: "time", t0, t1: t0 + 60_000, t2: t0 + 60_000 });
      world.pass(1_000);
    }
    expect(world.socket.of("time")).toHaveLength(8);
    expect(heard.findLast(({ kind }) => kind === "clock")).toEqual({ kind: "clock", offsetMs: 60_000 });
    link.setVisible(false);
    link.setVisible(true);
    expect(world.socket.of("time")).toHaveLength(9);
  });

  it("LNK12 says when it is hidden and when it is back", () => {
    const link = live();
    link.setVisible(false);
    link.setVisible(false);
    link.setVisible(true);
    expect(world.socket.of("visible").map(({ on }) => on)).toEqual([false, true]);
  });

  it("LNK12 whoever comes back does not sit out a long wait, but what the server asked for", () => {
    world.random = 0;
    const link = live({ visible: false });
    world.socket.deliver({ type: "bye", code: 4004, reason: "overloaded", retry_after_ms: 5_000 });
    world.random = 1;
    world.socket.drop(4004);
    world.random = 0;
    link.setVisible(true);
    world.pass(4_999);
    expect(world.sockets).toHaveLength(1);
    world.pass(1);
    expect(world.sockets).toHaveLength(2);
  });

  it("LNK12 a network that is back shortens a wait and wakes nothing that has stopped", () => {
    world.random = 1;
    const link = live({}, { reconnect_spread_ms: 10_000 });
    world.socket.drop(1006);
    world.random = 0;
    link.hurry();
    world.pass(0);
    expect(world.sockets).toHaveLength(2);
    world.socket.drop(4504);
    link.hurry();
    world.pass(60_000);
    expect(world.sockets).toHaveLength(2);
  });

  it("LNK14 what was painted is gathered to one message a second", () => {
    const link = live();
    link.seen("m1");
    link.seen("m2");
    world.pass(1_000);
    link.seen("m3");
    world.pass(999);
    expect(world.socket.of("seen").map(({ ids }) => ids)).toEqual([["m1", "m2"]]);
    world.pass(1);
    expect(world.socket.of("seen").map(({ ids }) => ids)).toEqual([["m1", "m2"], ["m3"]]);
  });
});

describe("the token", () => {
  const at = (seconds: number) => aToken({ sub: "m1", iat: seconds - 3_600, exp: seconds });

  it("LNK13 is asked for a minute before its end, by the server's clock, until it comes", () => {
    const serverMs = world.nowMs + 500_000;
    const link = started({ token: at((serverMs + 100_000) / 1_000) });
    world.socket.accept();
    world.socket.deliver(welcomeMap({ server_time_ms: serverMs, beat_s: 600 }));
    world.pass(39_999);
    expect(tokenRequests()).toBe(0);
    world.pass(1);
    world.pass(15_000);
    expect(tokenRequests()).toBe(2);
    const fresh = at((serverMs + 4_000_000) / 1_000);
    link.setToken(fresh);
    expect(world.socket.of("token")).toEqual([{ type: "token", token: fresh }]);
    world.pass(60_000);
    expect(tokenRequests()).toBe(2);
    expect(world.sockets).toHaveLength(1);
  });

  it("LNK4 expired, it is asked for, and the link comes back with it", () => {
    const link = live();
    world.socket.drop(4005);
    expect(link.status.phase).toBe("needs-token");
    expect(tokenRequests()).toBe(1);
    world.pass(60_000);
    expect(world.sockets).toHaveLength(1);
    const fresh = aToken({ sub: "m1", exp: 9_999_999_998 });
    link.setToken(fresh);
    world.socket.accept();
    expect(world.socket.of("hello")[0]).toMatchObject({ token: fresh, position: { epoch: "e1", offset: 0 } });
  });

  it("LNK4 expired without a token to renew, it stops", () => {
    const link = live({ token: null });
    world.socket.drop(4005);
    expect(link.status).toEqual({ phase: "stopped", code: 4005 });
  });

  it("LNK13 of another member, or none, it connects anew and asks for everything", () => {
    const link = live();
    link.setToken(null);
    world.socket.accept();
    expect(world.socket.of("hello")[0]).toMatchObject({ token: null, position: null });
  });
});

describe("the end", () => {
  it("LNK5 a stopped link leaves no timer and no socket behind", () => {
    const link = live();
    link.act(COMMENT);
    link.stop();
    expect(world.socket.isOpen).toBe(false);
    expect(world.timersSet).toBe(0);
    expect(link.status.phase).toBe("idle");
  });
});
