/**
 * The client's side of `/v1/live` as a sans-I/O object: what happened goes in, what is to be done comes out.
 * It owns no socket, no timer, no clock and no dice. Rules LNK1 … of SPEC.md.
 */
import { missingOf } from "../wire/frames.js";
import type { FrameOf, Missing, ReadFrame, ServerFrame, Welcome } from "../wire/frames.js";
import type { Act, ClientMessage, Hello } from "../wire/messages.js";
import { isNotOlder, snapshotOf } from "../wire/snapshot.js";
import { Alarms } from "./alarms.js";
import { reconnectDelayMs } from "./backoff.js";
import { ClockSync } from "./clock-sync.js";
import { BAD_MESSAGE, NO_SUCH_ROOM, OVERLOADED, TOKEN_EXPIRED, verdictOf } from "./close-codes.js";
import type { ConversationOptions, Effect, LinkEvent, LinkStatus } from "./effects.js";
import { Follower } from "./follower.js";
import type { Step } from "./follower.js";
import { PendingActs } from "./pending-acts.js";
import { Polling } from "./polling.js";
import type { Polled } from "./ports.js";
import { ShownMoments } from "./shown-moments.js";
import * as timing from "./timing.js";
import { renewAtMs, sameMember } from "./token-claims.js";

type Alarm = "reconnect" | "greeting" | "silence" | "rehello" | "behind" | "acts" | "clock" | "seen" | "renew" | "steady" | "poll";
/** The code of a socket that ends without one. */
const NO_WORD = 1006;
const OF_ONE_CONNECTION: readonly Alarm[] = ["greeting", "silence", "rehello", "behind", "clock", "seen", "steady"];

export class Conversation {
  readonly #options: ConversationOptions;
  readonly #alarms = new Alarms<Alarm>();
  readonly #acts = new PendingActs();
  readonly #follower = new Follower();
  readonly #shown = new ShownMoments();
  readonly #clock = new ClockSync();
  readonly #polling: Polling;
  #out: Effect[] = [];
  #status: LinkStatus = { phase: "idle" };
  #token: string | null;
  #visible: boolean;
  #playing = false;
  #cardVersion = 0;
  #lastHelloMs = Number.NEGATIVE_INFINITY;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #attempt = 0;
  #spreadMs = 0;
  #beatS = 15;
  #bye: FrameOf<"bye"> | null = null;
  /** When the present socket was asked for. */
  #openedMs = 0;
  #seen: string[] = [];
  /** Not let in for want of membership: it knocks, and the page is not told of each attempt. */
  #outside: { readonly code: number; readonly missing: Missing } | null = null;

  constructor(options: ConversationOptions) {
    this.#options = options;
    this.#polling = new Polling(options.polls === true);
    this.#token = options.token;
    this.#visible = options.visible;
  }

  get status(): LinkStatus {
    return this.#status;
  }

  /** When `wake` wants to be called, or null. */
  nextWakeMs(): number | null {
    return this.#alarms.next();
  }

  start(now: number): readonly Effect[] {
    if (this.#status.phase === "idle") this.#open(now);
    return this.#take();
  }

  /** Close for good. Acts on their way are forgotten. */
  stop(): readonly Effect[] {
    this.#alarms.clear(...OF_ONE_CONNECTION, "reconnect", "acts", "renew", "poll");
    this.#polling.end();
    this.#outside = null;
    this.#out.push({ do: "close" });
    this.#become({ phase: "idle" });
    return this.#take();
  }

  /** The ticket of the connection that is about to open. */
  bringTicket(ticket: string): void {
    this.#token = ticket;
  }

  /** The socket is open: say hello. */
  opened(now: number): readonly Effect[] {
    this.#hello({ token: this.#token }, now);
    return this.#take();
  }

  received(frames: readonly ReadFrame[], now: number): readonly Effect[] {
    if (this.#status.phase === "live") this.#listen(now);
    for (const frame of frames) this.#read(frame, now);
    return this.#take();
  }

  /** The socket is closed, by whomever. `code` is 1006 when there was none. */
  closed(code: number, now: number): readonly Effect[] {
    this.#gone(code, now);
    return this.#take();
  }

  /** What became of a `poll`. Answers that come after the socket is back are let go. */
  polled(answer: Polled, now: number): readonly Effect[] {
    if (!this.#polling.isOn) return this.#take();
    const snapshot = answer.kind === "came" ? snapshotOf(answer.body) : null;
    if (snapshot !== null && isNotOlder(snapshot, this.#follower.position)) {
      this.#follower.welcomed({ epoch: snapshot.epoch, offset: snapshot.offset }, false);
      this.#tell({ kind: "snapshot", snapshot });
    }
    const wait = this.#polling.answered(answer, snapshot, this.#options.random());
    this.#alarms.set("poll", now + wait.pollMs);
    if (wait.keepAwayMs > 0) this.#keepAway(now + wait.keepAwayMs);
    const { phase } = this.#status;
    if (phase === "connecting" || phase === "waiting") this.#become({ phase });
    return this.#take();
  }

  /** Do all whose time has come. */
  wake(now: number): readonly Effect[] {
    for (let due = this.#alarms.takeDue(now); due !== null; due = this.#alarms.takeDue(now)) this.#ring(due, now);
    return this.#take();
  }

  /** Send an act, now or as soon as the link is live. `ref` is the caller's and unique. */
  act(ref: string, act: Act, now: number): readonly Effect[] {
    this.#acts.add(ref, act, now);
    this.#flushActs(now);
    return this.#take();
  }

  /** Report what was really painted; gathered to one message a second. */
  seen(id: string, now: number): readonly Effect[] {
    if (this.#seen.length < timing.SEEN_AT_ONCE) this.#seen.push(id);
    if (!this.#alarms.has("seen")) this.#alarms.set("seen", now + timing.SEEN_EVERY_MS);
    return this.#take();
  }

  setVisible(visible: boolean, now: number): readonly Effect[] {
    if (visible === this.#visible) return this.#take();
    this.#visible = visible;
    if (this.#status.phase === "live") {
      this.#send({ type: "visible", on: visible });
      if (visible) this.#exchangeClock(now);
    }
    if (visible) this.#comeSooner(now);
    if (visible && this.#alarms.has("poll")) this.#alarms.set("poll", now);
    return this.#take();
  }

  setPlaying(playing: boolean): void {
    this.#playing = playing;
  }

  /** The card on screen, told with every beat so that the server sees when one got lost. */
  setCardVersion(version: number): void {
    this.#cardVersion = version;
  }

  /** A refresh on a live link; anything else, null (anonymous) and another member included, connects anew. */
  setToken(token: string | null, now: number): readonly Effect[] {
    const before = this.#token;
    if (token === before) return this.#take();
    this.#token = token;
    this.#alarms.clear("renew");
    const refresh = token !== null && before !== null && sameMember(token, before);
    if (!refresh) this.#follower.forget();
    if (refresh && this.#status.phase === "live") {
      this.#send({ type: "token", token });
      this.#watchToken(now);
    } else if (this.#status.phase !== "idle") {
      this.#alarms.clear(...OF_ONE_CONNECTION, "poll");
      this.#polling.end();
      this.#outside = null;
      this.#acts.forgetSending();
      this.#open(now);
    }
    return this.#take();
  }

  /** The viewer wants it: also out of a stop. */
  retry(now: number): readonly Effect[] {
    if (this.#status.phase === "stopped" && !this.#isTrying()) this.#open(now);
    return this.hurry(now);
  }

  /** The network is said to be back: do not sit out a long back-off. What has stopped stays stopped. */
  hurry(now: number): readonly Effect[] {
    this.#comeSooner(now);
    return this.#take();
  }

  /** A socket is being opened, though a page that stands outside is not told of it. */
  #isTrying(): boolean {
    return this.#alarms.has("greeting");
  }

  #take(): readonly Effect[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  #tell(event: LinkEvent): void {
    this.#out.push({ do: "tell", event });
  }

  #send(message: ClientMessage): void {
    this.#out.push({ do: "send", message });
  }

  #become(status: LinkStatus): void {
    const told = this.#asTold(status);
    if (sameStatus(told, this.#status)) return;
    this.#status = told;
    this.#tell({ kind: "status", status: told });
  }

  #asTold(status: LinkStatus): LinkStatus {
    if (status.phase !== "connecting" && status.phase !== "waiting") return status;
    // Whoever stands outside need not be told of every knock.
    if (this.#outside !== null) return { phase: "stopped", ...this.#outside };
    return this.#polling.isTrue ? { phase: status.phase, polled: true } : status;
  }

  #open(now: number): void {
    this.#alarms.clear("reconnect");
    this.#openedMs = now;
    this.#alarms.set("greeting", now + timing.GREETING_MS);
    this.#out.push({ do: "open" });
    this.#become({ phase: "connecting" });
  }

  /** A repeated hello leaves the token out: the connection keeps its identity. */
  #hello(identity: { readonly token?: string | null }, now: number): void {
    this.#lastHelloMs = now;
    const { room, surface } = this.#options;
    const { position } = this.#follower;
    const hello: Hello = { type: "hello", room, surface, ...identity, position, visible: this.#visible };
    this.#send(hello);
  }

  #ring(alarm: Alarm, now: number): void {
    switch (alarm) {
      case "reconnect":
        if (this.#outside !== null && !this.#visible) this.#alarms.set("reconnect", now + timing.HIDDEN_AGAIN_MS);
        else this.#open(now);
        return;
      case "poll":
        if (this.#visible || this.#options.surface === "broadcast") this.#out.push({ do: "poll" });
        else this.#alarms.set("poll", now + timing.HIDDEN_AGAIN_MS);
        return;
      case "greeting":
      case "silence":
        // Nothing came for too long: whatever the socket believes, this link is dead.
        this.#out.push({ do: "close" });
        this.#gone(NO_WORD, now);
        return;
      case "behind":
        if (this.#follower.isBehind) this.#sayHelloAgain(now);
        return;
      case "rehello":
        if (this.#follower.isLost) this.#hello({}, now);
        return;
      case "acts":
        for (const answer of this.#acts.giveUp(now)) this.#tell({ kind: "answer", answer });
        this.#flushActs(now);
        return;
      case "clock":
        this.#stepClock(now);
        return;
      case "seen":
        this.#flushSeen(now);
        return;
      case "renew":
        this.#tell({ kind: "token-request" });
        this.#alarms.set("renew", now + timing.RENEW_AGAIN_MS);
        return;
      case "steady":
        this.#attempt = 0;
        return;
    }
  }

  #read(frame: ReadFrame, now: number): void {
    switch (frame.type) {
      case "unknown":
        if (frame.offset !== null) this.#follow(this.#follower.follow(frame.offset), null, now);
        return;
      case "unreadable":
        this.#tell({ kind: "fault", fault: frame.fault });
        if (frame.offset === null) return;
        // Replaying it would fail again: only a whole snapshot leads past it.
        this.#follower.forget();
        this.#sayHelloAgain(now);
        return;
      case "welcome":
        this.#welcomed(frame, now);
        return;
      case "void":
        this.#follow(this.#follower.followVoid(frame.offset), null, now);
        return;
      case "room":
      case "retract":
        this.#follow(this.#follower.follow(frame.offset), frame, now);
        return;
      case "moment": {
        // Numbered again by a publisher that did not know of the first number: its offset counts, the moment does not.
        const step = this.#follower.follow(frame.offset);
        this.#follow(step, step === "take" && !this.#shown.isNew(frame.id) ? null : frame, now);
        return;
      }
      case "beacon":
        this.#heardBeacon(frame, now);
        return;
      case "time":
        this.#clock.exchanged(frame.t0, frame.t1, frame.t2, now);
        this.#tell({ kind: "clock", offsetMs: this.#clock.offsetMs });
        return;
      case "done":
      case "refused":
        if (this.#acts.settle(frame.ref)) this.#tell({ kind: "answer", answer: frame });
        this.#watchActs();
        return;
      case "bye":
        this.#bye = frame;
        return;
      case "pulse":
      case "comment":
      case "card":
      case "notice":
        this.#tell({ kind: "frame", frame });
        return;
    }
  }

  #welcomed(frame: Welcome, now: number): void {
    const wasLive = this.#status.phase === "live";
    this.#spreadMs = frame.reconnect_spread_ms;
    this.#beatS = frame.beat_s;
    this.#follower.welcomed({ epoch: frame.epoch, offset: frame.offset }, frame.recovered);
    this.#alarms.clear("greeting", "rehello", "behind", "poll");
    this.#polling.end();
    this.#outside = null;
    this.#clock.guess(frame.server_time_ms, now);
    this.#tell({ kind: "clock", offsetMs: this.#clock.offsetMs });
    this.#tell({ kind: "frame", frame });
    if (!wasLive) {
      this.#become({ phase: "live" });
      this.#alarms.set("steady", now + timing.STEADY_MS);
      if (this.#seen.length > 0) this.#alarms.set("seen", now + timing.SEEN_EVERY_MS);
      this.#exchangeClock(now);
      this.#watchToken(now);
    }
    this.#listen(now);
    this.#flushActs(now);
  }

  #follow(step: Step, frame: ServerFrame | null, now: number): void {
    if (step === "ask") this.#sayHelloAgain(now);
    else if (step === "take" && frame !== null) this.#tell({ kind: "frame", frame });
  }

  #heardBeacon(frame: FrameOf<"beacon">, now: number): void {
    this.#follower.heard({ epoch: frame.epoch, offset: frame.offset });
    if (this.#follower.isBehind && !this.#alarms.has("behind")) this.#alarms.set("behind", now + timing.BEHIND_MS);
    // Without a member there is nothing to prove by a beat.
    if (this.#options.surface !== "viewer" || this.#token === null) return;
    this.#send({
      type: "beat",
      nonce: frame.nonce,
      playing: this.#playing,
      visible: this.#visible,
      card_version: this.#cardVersion,
    });
  }

  #sayHelloAgain(now: number): void {
    if (this.#alarms.has("rehello")) return;
    const at = now + this.#options.random() * timing.HELLO_EVERY_MS;
    this.#alarms.set("rehello", Math.max(at, this.#lastHelloMs + timing.HELLO_EVERY_MS));
  }

  #gone(code: number, now: number): void {
    const bye = this.#bye;
    this.#bye = null;
    const wasLate = (bye?.code ?? code) === BAD_MESSAGE && this.#alarms.has("greeting") && now - this.#openedMs >= timing.HELLO_WITHIN_MS;
    this.#alarms.clear(...OF_ONE_CONNECTION);
    this.#acts.forgetSending();
    // A page or a network that stood still: our hello came too late, and the next one may come in time.
    this.#lost(wasLate ? NO_WORD : (bye?.code ?? code), bye?.retry_after_ms ?? 0, missingOf(bye?.details), now);
    this.#watchActs();
  }

  #lost(code: number, retryAfterMs: number, missing: Missing | null, now: number): void {
    const verdict = this.#options.ticketed === true && code === TOKEN_EXPIRED ? "reconnect" : verdictOf(code);
    if (code === NO_SUCH_ROOM && missing !== null && retryAfterMs > 0 && !this.#options.awaitRoom) {
      this.#knockLater({ code, missing }, retryAfterMs, now);
      return;
    }
    if (verdict === "renew-token" && this.#token !== null) {
      this.#become({ phase: "needs-token" });
      this.#tell({ kind: "token-request" });
      this.#alarms.set("renew", now + timing.RENEW_AGAIN_MS);
      return;
    }
    const roomMayCome = code === NO_SUCH_ROOM && this.#options.awaitRoom;
    if ((verdict === "stop" && !roomMayCome) || verdict === "renew-token") {
      this.#alarms.clear("reconnect", "renew", "poll");
      this.#polling.end();
      this.#outside = null;
      this.#become({ phase: "stopped", code });
      return;
    }
    const random = this.#options.random();
    const delay = reconnectDelayMs({ attempt: this.#attempt, retryAfterMs, spreadMs: this.#spreadMs, random });
    this.#attempt += 1;
    this.#notBeforeMs = now + retryAfterMs;
    this.#alarms.set("reconnect", now + (roomMayCome ? timing.AWAIT_ROOM_MS * (0.5 + random) : delay));
    // Sent away to poll, or losing one socket after the other: the room is asked for meanwhile.
    const isSentAway = code === OVERLOADED && retryAfterMs > 0;
    if (this.#outside === null && !roomMayCome && this.#polling.lost(now, isSentAway)) this.#alarms.set("poll", now + random * timing.POLL_LEAST_MS);
    this.#become({ phase: "waiting" });
  }

  /** Members only: the room is not shown any more, and asked for again until it is open to this viewer. */
  #knockLater(outside: { readonly code: number; readonly missing: Missing }, retryAfterMs: number, now: number): void {
    this.#alarms.clear("poll");
    this.#polling.end();
    this.#follower.forget();
    this.#outside = outside;
    this.#notBeforeMs = now + Math.min(retryAfterMs, timing.KNOCK_LEAST_MS);
    this.#alarms.set("reconnect", now + retryAfterMs * (1 + this.#options.random()));
    this.#become({ phase: "stopped", ...outside });
  }

  /** The server has asked for peace until then. */
  #keepAway(until: number): void {
    this.#notBeforeMs = Math.max(this.#notBeforeMs, until);
    const planned = this.#alarms.at("reconnect");
    if (planned !== null && planned < until) this.#alarms.set("reconnect", until + this.#options.random() * (this.#spreadMs || 500));
  }

  /** Whoever is back at the page waits at most one spread, but never less than the server asked for. */
  #comeSooner(now: number): void {
    const planned = this.#alarms.at("reconnect");
    if (planned === null) return;
    const soon = Math.max(now, this.#notBeforeMs) + this.#options.random() * (this.#spreadMs || 500);
    this.#alarms.set("reconnect", Math.min(planned, soon));
  }

  #listen(now: number): void {
    this.#alarms.set("silence", now + timing.silenceMs(this.#beatS));
  }

  #watchToken(now: number): void {
    const at = this.#token === null ? null : renewAtMs(this.#token);
    if (at !== null) this.#alarms.set("renew", Math.max(now, at - this.#clock.offsetMs));
  }

  #exchangeClock(now: number): void {
    this.#clock.beginRound();
    this.#stepClock(now);
  }

  #stepClock(now: number): void {
    this.#send({ type: "time", t0: now });
    this.#alarms.set("clock", now + this.#clock.stepMs());
  }

  #flushActs(now: number): void {
    if (this.#status.phase === "live") {
      for (const { ref, act } of this.#acts.due(now)) this.#send({ type: "act", ref, name: act.name, data: act.data });
    }
    this.#watchActs();
  }

  #watchActs(): void {
    const at = this.#acts.nextMs(this.#status.phase === "live");
    if (at === null) this.#alarms.clear("acts");
    else this.#alarms.set("acts", at);
  }

  #flushSeen(now: number): void {
    if (this.#status.phase !== "live" || this.#seen.length === 0) return;
    this.#send({ type: "seen", ids: this.#seen });
    this.#seen = [];
    this.#alarms.set("seen", now + timing.SEEN_EVERY_MS);
  }
}

const sameStatus = (one: LinkStatus, other: LinkStatus): boolean => JSON.stringify(one) === JSON.stringify(other);
