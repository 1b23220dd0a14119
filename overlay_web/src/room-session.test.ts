import { beforeEach, describe, expect, it } from "vitest";
import { aToken, ScriptedWorld } from "./link/testing.js";
import { RoomSession } from "./room-session.js";
import type { SessionOptions } from "./room-session.js";
import { clockText } from "./state/countdown.js";
import { onScreen } from "./state/shoutouts.js";
import { aTask } from "./state/testing-board.js";
import { aCardMap, aRoom, momentMap, welcomeMap } from "./wire/testing.js";

let world: ScriptedWorld;
let changes: number;
let faults: string[];

beforeEach(() => {
  world = new ScriptedWorld();
  changes = 0;
  faults = [];
});

function live(over: Partial<SessionOptions> = {}): RoomSession {
  const session = new RoomSession({
    server: "https://live.example",
    room: "r1",
    surface: "viewer",
    token: aToken({ sub: "m1" }),
    visible: true,
    awaitRoom: false,
    ports: world.ports,
    onChange: () => {
      changes += 1;
    },
    onTokenRequest: () => undefined,
    onFault: ({ message }) => faults.push(message),
    ...over,
  });
  session.start();
  world.socket.accept();
  world.socket.deliver(welcomeMap({ server_time_ms: world.nowMs, card: aCardMap() }));
  return session;
}

const shown = (session: RoomSession) => onScreen(session.view.queue, "shoutout")?.shoutout.moment.id ?? null;

describe("RoomSession", () => {
  it("SHO3 judges what has expired by the server's clock", () => {
    const session = live();
    world.socket.deliver(welcomeMap({ server_time_ms: world.nowMs + 3_600_000, card: aCardMap() }));
    world.socket.deliver(momentMap({ offset: 1, id: "old", expires_ms: world.nowMs + 3_000_000 }));
    expect(shown(session)).toBeNull();
    world.socket.deliver(momentMap({ offset: 2, id: "new", expires_ms: world.nowMs + 3_700_000 }));
    expect(shown(session)).toBe("new");
  });

  it("LNK14 reports all of a folded shout-out once, and of tests nothing", () => {
    live();
    const expires_ms = world.nowMs + 60_000;
    const up = (offset: number, over = {}) => momentMap({ offset, id: `m${offset}`, author: `a${offset}`, expires_ms, ...over });
    world.socket.deliver(up(1), up(2), up(3), up(4), up(5, { is_test: true }));
    world.pass(20_000);
    expect(world.socket.of("seen").flatMap(({ ids }) => ids)).toEqual(["m1", "m2", "m3", "m4"]);
  });

  it("SHO5 takes back what is on screen and in the stream", () => {
    const session = live();
    world.socket.deliver(momentMap({ expires_ms: world.nowMs + 60_000 }), { type: "comment", id: "c1", author: "a-xiaomei", name: "小美", tier: "silver", text: "哈", at_ms: 0 });
    expect([shown(session), session.view.state.comments.length]).toEqual(["mo1", 1]);
    world.socket.deliver({ type: "retract", offset: 2, author: "a-xiaomei" });
    expect([shown(session), session.view.state.comments.length]).toEqual([null, 0]);
  });

  it("FLD6 a toast goes after five seconds and an answer after four", () => {
    const session = live();
    world.socket.deliver({ type: "notice", id: "n1", kind: "gift", text: { "zh-CN": "礼", en: "gift" }, params: {}, expires_ms: null });
    session.act({ name: "share", data: { channel: "copy" } });
    world.socket.deliver({ type: "done", ref: "ref1", result: { points: 10, growth: 10, rule: "share" } });
    world.pass(3_999);
    expect([session.view.toasts.shown.length, session.view.feedback?.tone]).toEqual([1, "earned"]);
    world.pass(1_001);
    expect([session.view.toasts.shown.length, session.view.feedback]).toEqual([0, null]);
  });

  it("OVL5 signed out, nobody's card stays on screen", () => {
    const session = live();
    expect(session.view.state.card?.member).toBe("m1");
    session.setToken(null);
    expect(session.view.state.card).toBeNull();
  });

  it("WIR4 a frame of a wrong shape is reported and changes nothing", () => {
    const session = live();
    const before = session.view;
    const count = changes;
    world.socket.deliver({ type: "pulse", key: 7, value: 1 });
    expect(faults).toEqual(["pulse.key must be a string"]);
    expect([session.view, changes]).toEqual([before, count]);
  });

  it("SHO9 an idle room changes nothing by itself", () => {
    live();
    const count = changes;
    world.pass(30_000);
    expect(changes).toBe(count);
    expect(world.timersSet).toBe(1);
  });

  it("BRD2 a countdown goes on although a browser's timer rings early, or late over a whole second", () => {
    const early = (delayMs: number, ring: () => void) => world.ports.setTimer(delayMs > 1 ? delayMs - 0.75 : delayMs, ring);
    const session = live({ ports: { ...world.ports, setTimer: early } });
    const ends_ms = world.nowMs + 300_000;
    world.socket.deliver(welcomeMap({ server_time_ms: world.nowMs, room: aRoom({ tasks: { t1: aTask({ ends_ms }) } }) }));
    for (let second = 1; second <= 20; second += 1) {
      world.pass(1_000);
      expect(session.view.board[0]?.kind === "task" && clockText(session.view.board[0].remainingMs)).toBe(clockText(300_000 - second * 1_000));
    }
    world.nowMs += 2_500;
    world.pass(1);
    expect(session.view.board[0]?.kind === "task" && clockText(session.view.board[0].remainingMs)).toBe("4:38");
  });

  it("BRD2 a page that was hidden shows the right time at once when it is back, and painted nothing meanwhile", () => {
    const session = live();
    const ends_ms = world.nowMs + 300_000;
    world.socket.deliver(welcomeMap({ server_time_ms: world.nowMs, room: aRoom({ tasks: { t1: aTask({ ends_ms }) } }) }));
    session.setVisible(false);
    const count = changes;
    world.pass(5_000);
    expect(changes).toBe(count);
    world.nowMs += 85_500; // the browser lets a hidden page sleep as well
    session.setVisible(true);
    expect(session.view.board[0]?.kind === "task" && clockText(session.view.board[0].remainingMs)).toBe("3:30");
  });

  it("SHO6 a page that opens hidden starts with its queue standing still", () => {
    const session = live({ visible: false });
    world.socket.deliver(momentMap({ expires_ms: world.nowMs + 60_000 }));
    expect(shown(session)).toBeNull();
    session.setVisible(true);
    expect(shown(session)).toBe("mo1");
  });
});
