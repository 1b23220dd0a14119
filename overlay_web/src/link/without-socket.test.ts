import { beforeEach, describe, expect, it } from "vitest";
import { welcomeMap } from "../wire/testing.js";
import type { Link } from "./link.js";
import { answersIn, aToken, LinkIn, offsetsIn, roomAt, ScriptedWorld, TOKEN } from "./testing.js";
import type { Heard } from "./testing.js";

let world: ScriptedWorld;
let heard: Heard;
let live: LinkIn["live"];

beforeEach(() => {
  world = new ScriptedWorld();
  heard = [];
  ({ live } = new LinkIn(world, heard));
});

describe("polling", () => {
  const snapshot = (offset: number, over: Readonly<Record<string, unknown>> = {}) => ({
    kind: "came" as const,
    body: { epoch: "e1", offset, room: { id: "r1", name: `at ${String(offset)}` }, pulses: {}, poll_after_ms: 3_000, retry_after_ms: 0, ...over },
  });
  const polled = (): readonly number[] => heard.flatMap((event) => (event.kind === "snapshot" ? [event.snapshot.offset] : []));

  /** A live link at offset 2 whose sockets fail from now on, three times. */
  function cutOff(): Link {
    const link = live({ polls: true });
    world.socket.deliver(roomAt(1), roomAt(2));
    for (const sockets of [1, 2, 3]) {
      world.socket.drop(1006);
      if (sockets < 3) while (world.sockets.length === sockets) world.pass(100);
    }
    return link;
  }

  it("LNK16 takes over after three losses, at the server's pace, and says so", () => {
    const link = cutOff();
    expect(world.polls).toEqual([]);
    world.pass(1_000);
    expect(world.polls).toEqual(["https://shop.example/v1/rooms/r1/snapshot"]);
    expect(link.status).not.toHaveProperty("polled");
    world.answerPoll(snapshot(5));
    expect(link.status).toMatchObject({ polled: true });
    expect(polled()).toEqual([5]);
    world.pass(3_299);
    expect(world.polls).toHaveLength(1);
    world.pass(1);
    expect(world.polls).toHaveLength(2);
    world.answerPoll({ kind: "failed" });
    expect(link.status).not.toHaveProperty("polled");
  });

  it("LNK16 lets go what a cache on the way kept too long", () => {
    cutOff();
    world.pass(1_000);
    world.answerPoll(snapshot(1));
    expect(polled()).toEqual([]);
    world.pass(4_000);
    world.answerPoll(snapshot(2));
    world.pass(4_000);
    world.answerPoll(snapshot(1, { epoch: "e2" }));
    expect(polled()).toEqual([2, 1]);
  });

  it("LNK16 the socket is tried on, and its welcome leads on from the last snapshot and ends the polling", () => {
    const link = cutOff();
    world.pass(1_000);
    world.answerPoll(snapshot(7));
    world.pass(20_000);
    world.socket.accept();
    expect(world.socket.of("hello")[0]?.position).toEqual({ epoch: "e1", offset: 7 });
    world.socket.deliver(welcomeMap({ recovered: true, room: null, offset: 7, epoch: "e1" }), roomAt(8));
    expect(link.status).toEqual({ phase: "live" });
    expect(offsetsIn(heard)).toEqual([1, 2, 8]);
    const asked = world.polls.length;
    world.answerPoll(snapshot(99));
    world.pass(30_000);
    expect(world.polls).toHaveLength(asked);
    expect(polled()).toEqual([7]);
  });

  it("LNK16 sent away to poll it polls at once and keeps away as long as the server asks", () => {
    const link = live({ polls: true });
    world.socket.deliver({ type: "bye", code: 4004, reason: "overloaded: poll meanwhile", retry_after_ms: 2_000 });
    world.socket.drop(4004);
    world.pass(1_000);
    world.answerPoll(snapshot(3, { poll_after_ms: 15_000, retry_after_ms: 15_000 }));
    world.pass(14_999);
    expect(world.sockets).toHaveLength(1);
    world.pass(2_000);
    expect(world.sockets).toHaveLength(2);
    expect(link.status).toMatchObject({ phase: "connecting", polled: true });
  });

  it("LNK16 a hidden viewer's page hardly asks, and does when it is looked at again", () => {
    const link = cutOff();
    link.setVisible(false);
    world.pass(29_000);
    expect(world.polls).toHaveLength(0);
    link.setVisible(true);
    world.pass(0);
    expect(world.polls).toHaveLength(1);
  });

  it("LNK16 a page that acts on what it shows does not poll", () => {
    live();
    for (let n = 0; n < 6; n += 1) {
      world.socket.drop(1006);
      world.pass(20_000);
    }
    expect(world.polls).toEqual([]);
  });

  it("LNK17 an act waits through the polling and goes out once, with the ref of its press", () => {
    const link = cutOff();
    world.pass(1_000);
    world.answerPoll(snapshot(5));
    const ref = link.act({ name: "redeem", data: { reward: "tea" } });
    world.pass(120_000);
    expect(answersIn(heard)).toEqual([]);
    while (!world.socket.isOpen) world.pass(100);
    world.socket.accept();
    world.socket.deliver(welcomeMap({ offset: 5 }));
    expect(world.socket.of("act").map((act) => act.ref)).toEqual([ref]);
    world.socket.deliver({ type: "done", ref, result: { points: -500 } }, { type: "done", ref, result: { points: -500 } });
    expect(answersIn(heard)).toEqual([`done ${ref}`]);
  });
});

describe("members only", () => {
  const bye = { type: "bye", code: 4502, reason: "members only", retry_after_ms: 10_000, details: { tier: "silver", name: "白银会员", growth_to_go: 120, spend_to_go: 12_000 } };
  const outside = { phase: "stopped", code: 4502, missing: bye.details };

  function askedOut(): Link {
    const link = live({ polls: true });
    world.socket.deliver(bye);
    world.socket.drop(4502);
    return link;
  }

  it("LNK18 asked out it says what is missing, knocks quietly, and the first welcome opens", () => {
    const link = askedOut();
    expect(link.status).toEqual(outside);
    world.pass(14_999);
    expect(world.sockets).toHaveLength(1);
    world.pass(1);
    expect(world.sockets).toHaveLength(2);
    world.socket.accept();
    expect(world.socket.of("hello")[0]).toMatchObject({ token: TOKEN, position: null });
    world.socket.deliver({ ...bye, details: { ...bye.details, growth_to_go: 20 } });
    world.socket.drop(4502);
    expect(link.status).toMatchObject({ missing: { growth_to_go: 20 } });
    world.pass(15_000);
    world.socket.drop(1006);
    expect(link.status).toMatchObject({ phase: "stopped" });
    world.pass(20_000);
    world.socket.accept();
    world.socket.deliver(welcomeMap());
    expect(link.status).toEqual({ phase: "live" });
    expect(heard.filter((event) => event.kind === "status").map((event) => event.status.phase)).toEqual([
      "connecting", "live", "stopped", "stopped", "live",
    ]);
    expect(world.polls).toEqual([]);
  });

  it("LNK18 a hidden page waits to be looked at, and then does not wait long", () => {
    const link = askedOut();
    link.setVisible(false);
    world.pass(25_000);
    expect(world.sockets).toHaveLength(1);
    link.setVisible(true);
    world.pass(1_000);
    expect(world.sockets).toHaveLength(2);
  });

  it("LNK18 signing in knocks at once", () => {
    const link = askedOut();
    link.setToken(aToken({ sub: "m2", iat: 0, exp: 9_999_999_999 }));
    expect(world.sockets).toHaveLength(2);
    expect(link.status.phase).toBe("connecting");
  });

  it("LNK3 without details it stops as ever", () => {
    const link = live();
    world.socket.deliver({ ...bye, details: undefined });
    world.socket.drop(4502);
    world.pass(100_000);
    expect(world.sockets).toHaveLength(1);
    expect(link.status).toEqual({ phase: "stopped", code: 4502 });
  });
});
