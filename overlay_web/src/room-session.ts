/**
 * One room on one page: the link, the folded state, the shout-out queue and the viewer's own acts, joined.
 * Knows no DOM. A page sets it going, shows `view`, and hands on what the viewer does.
 */
import { Alarms } from "./link/alarms.js";
import type { LinkEvent, LinkStatus } from "./link/effects.js";
import { Link } from "./link/link.js";
import type { LinkOptions } from "./link/link.js";
import type { Answer } from "./link/pending-acts.js";
import { withAccepted, withOwn, withoutOwn } from "./state/comments.js";
import { nextBoardMs, boardOf } from "./state/board.js";
import type { Entry } from "./state/board.js";
import { noEndings, withEndings } from "./state/endings.js";
import type { Endings } from "./state/endings.js";
import { feedbackOn, nextOverMs, noToasts, withAnswered, withNotice, withoutOver, withOwnShout } from "./state/feedback.js";
import type { Feedback, Toasts } from "./state/feedback.js";
import { nextSendMs, noLikes, toSend, withAnswer, withCount, withSent, withTap } from "./state/likes.js";
import type { Likes } from "./state/likes.js";
import { isSending, ownOf, subjectOf, withAnswerTo, withAsked } from "./state/own-acts.js";
import type { OwnActs } from "./state/own-acts.js";
import { countOf, fold, foldSnapshot, nothingYet } from "./state/room-state.js";
import type { RoomState } from "./state/room-state.js";
import { advance, emptyQueue, nextTickMs, onScreen } from "./state/shoutouts.js";
import type { ShoutEvent, ShoutQueue } from "./state/shoutouts.js";
import type { Moment, ServerFrame } from "./wire/frames.js";
import type { PermitGrant } from "./wire/items.js";
import { isSpending } from "./wire/messages.js";
import type { Act } from "./wire/messages.js";
import { actResultOf } from "./wire/params.js";

export type SessionView = {
  readonly status: LinkStatus;
  readonly state: RoomState;
  readonly queue: ShoutQueue;
  readonly likes: Likes;
  readonly toasts: Toasts;
  /** The answer to the viewer's last act, shown for a few seconds. */
  readonly feedback: Feedback | null;
  /** Words that were not taken, to be put back under the viewer's hands. Another object each time. */
  readonly giveBack: { readonly text: string } | null;
  /** What runs in the room, the most pressing first. */
  readonly board: readonly Entry[];
  /** What the viewer has asked for, and what became of it. */
  readonly own: OwnActs;
  /** Add to our clock to get the server's. */
  readonly clockOffsetMs: number;
};

export type SessionOptions = Omit<LinkOptions, "onEvent"> & {
  /** Called after every change of `view`. */
  readonly onChange: () => void;
  readonly onTokenRequest: () => void;
  /** A gate has given the viewer a permit: the place to buy can be opened. Absent: nobody acts here. */
  readonly onPermit?: (permit: PermitGrant) => void;
  /** A frame came that is not as the contract says. */
  readonly onFault: (fault: Error) => void;
};

const FEEDBACK_MS = 4_000;

export class RoomSession {
  readonly #options: SessionOptions;
  readonly #link: Link;
  readonly #alarms = new Alarms<"queue" | "likes" | "toasts" | "feedback" | "board">();
  readonly #acts = new Map<string, Act>();
  #own: OwnActs = {};
  #endings: Endings = noEndings;
  #visible: boolean;
  /** Reasons told once; a like that earns nothing is not explained twenty times. */
  readonly #told = new Set<string>();
  #cancelTimer: (() => void) | null = null;
  /** The server's time that the board was worked out for. */
  #boardMs = 0;
  #view: SessionView;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#link = new Link({
      ...options,
      onEvent: (event) => {
        this.#heard(event);
      },
    });
    this.#visible = options.visible;
    const queue = emptyQueue();
    this.#view = {
      status: this.#link.status,
      state: nothingYet,
      queue: options.visible ? queue : advance(queue, { type: "pause" }, options.ports.now()),
      likes: noLikes,
      toasts: noToasts,
      feedback: null,
      giveBack: null,
      board: [],
      own: {},
      clockOffsetMs: 0,
    };
  }

  get view(): SessionView {
    return this.#view;
  }

  start(): void {
    this.#link.start();
  }

  /** Close the link and every timer. */
  stop(): void {
    this.#link.stop();
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  retry(): void {
    this.#link.retry();
  }

  /** The network is said to be back. */
  hurry(): void {
    this.#link.hurry();
  }

  /** Another token. Without one, or for another member, the card of before is not ours to show. */
  setToken(token: string | null): void {
    if (token === null) this.#own = {};
    if (token === null) this.#change({ state: { ...this.#view.state, card: null } });
    this.#link.setToken(token);
  }

  /** A hidden page shows nothing: its queue stands still, and the link asks for less. */
  setVisible(visible: boolean): void {
    this.#visible = visible;
    this.#shout({ type: visible ? "resume" : "pause" });
    this.#link.setVisible(visible);
  }

  setPlaying(playing: boolean): void {
    this.#link.setPlaying(playing);
  }

  /** Pointer or focus rests on the shout-out. */
  hold(on: boolean): void {
    this.#shout({ type: "hold", on });
  }

  /** These countdowns are in the picture: the server gives them the picture's delay as grace (L3). */
  rendered(tasks: readonly string[]): void {
    for (const task of tasks) this.#link.seen(task);
  }

  /** The viewer did something. It shows at once and is marked until the server has answered. */
  act(act: Act): void {
    if (act.name === "like") {
      this.#change({ likes: withTap(this.#view.likes) });
      this.#sendLikes();
      return;
    }
    const subject = subjectOf(act);
    // A second press while the first is on its way would ask twice.
    if (subject !== null && isSending(this.#own, subject)) return;
    const ref = this.#send(act);
    if (this.#view.status.phase !== "live" && !isSpending(act)) this.#say({ tone: "waits", act: act.name });
    if (subject !== null) {
      this.#own = withAsked(this.#own, act);
      this.#change({});
    }
    const { card, comments } = this.#view.state;
    if (act.name !== "comment" || card === null) return;
    const own = { author: card.author, name: card.name, tier: card.tier, text: act.data.text, at_ms: this.#serverNow() };
    this.#change({ state: { ...this.#view.state, comments: withOwn(comments, ref, own) } });
  }

  #now(): number {
    return this.#options.ports.now();
  }

  #serverNow(): number {
    return this.#now() + this.#view.clockOffsetMs;
  }

  #change(changed: Partial<SessionView>): void {
    this.#view = { ...this.#view, ...changed };
    const now = this.#serverNow();
    this.#view = { ...this.#view, board: this.#board(now), own: this.#own };
    this.#boardMs = now;
    this.#watch();
    this.#options.onChange();
  }

  #board(now: number): readonly Entry[] {
    const { room, pulses, card } = this.#view.state;
    if (room === null) return [];
    this.#endings = withEndings(this.#endings, room.activities, now);
    const isPublic = this.#options.surface === "broadcast";
    return boardOf(room, pulses, { card, own: this.#own, endings: this.#endings, isPublic, now });
  }

  #send(act: Act): string {
    const ref = this.#link.act(act);
    this.#acts.set(ref, act);
    return ref;
  }

  #heard(event: LinkEvent): void {
    switch (event.kind) {
      case "status":
        this.#change({ status: event.status });
        return;
      case "frame":
        this.#folded(event.frame);
        return;
      case "snapshot":
        this.#counted(foldSnapshot(this.#view.state, event.snapshot));
        return;
      case "answer":
        this.#answered(event.answer);
        return;
      case "clock":
        // Every countdown stands elsewhere now.
        this.#change({ clockOffsetMs: event.offsetMs });
        return;
      case "token-request":
        this.#options.onTokenRequest();
        return;
      case "fault":
        this.#options.onFault(event.fault);
        return;
    }
  }

  #folded(frame: ServerFrame): void {
    const now = this.#now();
    const state = fold(this.#view.state, frame);
    const before = this.#view.state.card;
    const wasPaused = this.#view.state.room?.shoutsPaused ?? false;
    if (before !== null && before.member !== state.card?.member) this.#own = {};
    this.#counted(state);
    if (state.card !== null) this.#link.setCardVersion(state.card.version);
    const isPaused = state.room?.shoutsPaused ?? wasPaused;
    if (isPaused !== wasPaused) this.#shout({ type: "halt", on: isPaused });
    if (frame.type === "moment") this.#shouted(frame, now);
    if (frame.type === "retract") this.#shout({ type: "retract", retract: frame });
    if (frame.type === "notice") this.#change({ toasts: withNotice(this.#view.toasts, frame, now) });
  }

  #counted(state: RoomState): void {
    const likes = withCount(this.#view.likes, countOf(state.pulses, "likes") ?? 0, state.room?.show?.id ?? null);
    this.#change({ state, likes });
  }

  #shouted(moment: Moment, now: number): void {
    const { card } = this.#view.state;
    const mine = card !== null && moment.author === card.author;
    if (mine && moment.kind === "level_up") this.#change({ toasts: withOwnShout(this.#view.toasts, now) });
    this.#shout({ type: "moment", moment, mine, expiresMs: moment.expires_ms - this.#view.clockOffsetMs });
  }

  #shout(event: ShoutEvent): void {
    const before = this.#onScreen();
    this.#change({ queue: advance(this.#view.queue, event, this.#now()) });
    for (const shoutout of this.#onScreen()) {
      // Tests count nowhere, but a broadcast source proves by one that it paints. What was on screen has been reported.
      const uncounted = shoutout.moment.is_test && this.#options.surface !== "broadcast";
      if (before.includes(shoutout) || uncounted) continue;
      for (const id of shoutout.ids) this.#link.seen(id);
    }
  }

  #onScreen() {
    const { queue } = this.#view;
    return (["shoutout", "task", "system"] as const).flatMap((lane) => onScreen(queue, lane)?.shoutout ?? []);
  }

  #answered(answer: Answer): void {
    const act = this.#acts.get(answer.ref);
    if (act === undefined) return;
    this.#acts.delete(answer.ref);
    const taken = answer.type === "done";
    this.#own = withAnswerTo(this.#own, act, answer);
    const { state, likes, toasts } = this.#view;
    const comments = taken
      ? withAccepted(state.comments, answer.ref, actResultOf(answer.result).points)
      : withoutOwn(state.comments, answer.ref);
    this.#change({
      state: act.name === "comment" ? { ...state, comments } : state,
      likes: act.name === "like" ? withAnswer(likes, answer.ref, taken) : likes,
      toasts: withAnswered(toasts, answer, this.#now()),
      giveBack: act.name === "comment" && !taken ? { text: act.data.text } : null,
    });
    const subject = subjectOf(act);
    const feedback = feedbackOn(act.name, answer);
    // Why it brought nothing is said where it was pressed; what it brought, where all gains are said.
    if (subject === null || (feedback?.tone === "earned" && !isSpending(act))) this.#say(feedback);
    const { permit } = ownOf(this.#own, subject ?? "");
    if (act.name === "permit" && taken && permit !== null) this.#options.onPermit?.(permit);
  }

  #say(feedback: Feedback | null): void {
    if (feedback === null) return;
    const reason = feedback.tone === "nothing" ? feedback.why : feedback.tone === "refused" ? feedback.code : null;
    if (feedback.act === "like" && reason !== null) {
      if (this.#told.has(reason)) return;
      this.#told.add(reason);
    }
    this.#alarms.set("feedback", this.#now() + FEEDBACK_MS);
    this.#change({ feedback });
  }

  #sendLikes(): void {
    const now = this.#now();
    const count = toSend(this.#view.likes, now);
    if (count === 0) return;
    const ref = this.#send({ name: "like", data: { count } });
    this.#change({ likes: withSent(this.#view.likes, ref, count, now) });
  }

  /** One timer for all that this page does by the clock. An idle room sets none. */
  #watch(): void {
    const { queue, likes, toasts } = this.#view;
    this.#plan("queue", nextTickMs(queue));
    this.#plan("likes", nextSendMs(likes));
    this.#plan("toasts", nextOverMs(toasts));
    this.#plan("board", this.#nextBoardMs());
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    const at = this.#alarms.next();
    if (at === null) return;
    this.#cancelTimer = this.#options.ports.setTimer(Math.max(0, at - this.#now()), () => {
      this.#cancelTimer = null;
      this.#wake();
    });
  }

  /** By our own clock. Nobody repaints a hidden page. What changed since the board was worked out is due at once. */
  #nextBoardMs(): number | null {
    const at = this.#visible ? nextBoardMs(this.#view.board, this.#endings, this.#boardMs) : null;
    return at === null ? null : at - this.#view.clockOffsetMs;
  }

  #plan(alarm: "queue" | "likes" | "toasts" | "board", at: number | null): void {
    if (at === null) this.#alarms.clear(alarm);
    else this.#alarms.set(alarm, at);
  }

  #wake(): void {
    const now = this.#now();
    for (let due = this.#alarms.takeDue(now); due !== null; due = this.#alarms.takeDue(now)) {
      if (due === "queue") this.#shout({ type: "tick" });
      else if (due === "likes") this.#sendLikes();
      else if (due === "toasts") this.#change({ toasts: withoutOver(this.#view.toasts, now) });
      else if (due === "board") this.#change({});
      else this.#change({ feedback: null });
    }
    // A timer may ring a moment early; whoever then does nothing would never be woken again.
    if (this.#cancelTimer === null) this.#watch();
  }
}
