/**
 * What of the room's activities is on screen, in which order. Pure. Rules BRD1 … of SPEC.md.
 * A phone has room for one of them at a time: the most pressing one is open, the others wait as chips.
 */
import { placesTaken, stockLeft, taskDone, votesOf } from "../wire/items.js";
import type { Draw, FirstN, Gate, OwnTask, Poll, Task } from "../wire/items.js";
import type { MemberCard, RoomView } from "../wire/views.js";
import { nextChangeMs, nextDistantChangeMs } from "./countdown.js";
import type { Endings } from "./endings.js";
import { isLingering } from "./endings.js";
import { myTimeMs, stepsOf } from "./gate-times.js";
import type { GateStep } from "./gate-times.js";
import { ownOf } from "./own-acts.js";
import type { Own, OwnActs } from "./own-acts.js";
import type { Pulses } from "./room-state.js";

type Common = {
  /** `task:{id}` …, the key of its pulse too. */
  readonly key: string;
  readonly id: string;
  /** Lower is more pressing. */
  readonly urgency: number;
  /** What its countdown runs to, by the server's clock; null: nothing runs. */
  readonly atMs: number | null;
};

export type TaskEntry = Common & {
  readonly kind: "task";
  readonly task: Task;
  readonly phase: "running" | "paused" | "over" | "cancelled";
  readonly remainingMs: number;
  /** Null on a broadcast page and for whoever has not begun. */
  readonly own: OwnTask | null;
  readonly isDone: boolean;
  /** How many members have done it, when the room was told. */
  readonly done: number | null;
  /** No reward is left in its budget. */
  readonly isSpent: boolean;
};
export type GateEntry = Common & {
  readonly kind: "gate";
  readonly gate: Gate;
  readonly phase: "before" | "open" | "sold_out" | "cancelled";
  readonly steps: readonly GateStep[];
  /** When it opens to the viewer; on a broadcast page to the first who may. */
  readonly mineMs: number;
  readonly left: number | null;
  readonly own: Own;
};
export type PollEntry = Common & {
  readonly kind: "poll";
  readonly poll: Poll;
  readonly isOpen: boolean;
  readonly votes: Readonly<Record<string, number>>;
  readonly total: number;
  readonly own: Own;
};
export type FirstNEntry = Common & { readonly kind: "first_n"; readonly campaign: FirstN; readonly taken: number };
export type DrawEntry = Common & {
  readonly kind: "draw";
  readonly draw: Draw;
  readonly phase: "open" | "waiting" | "drawn" | "cancelled";
  readonly own: Own;
};
export type Entry = TaskEntry | GateEntry | PollEntry | FirstNEntry | DrawEntry;

export type BoardOptions = {
  readonly card: MemberCard | null;
  readonly own: OwnActs;
  readonly endings: Endings;
  /** Nothing personal: the page is burned into the picture. */
  readonly isPublic: boolean;
  /** The server's clock. */
  readonly now: number;
};

/** More are counted, not shown. */
export const MOST_SHOWN = 5;
const SOON_MS = 60_000;
const COMING_MS = 10 * 60_000;

/** Everything there is to show, the most pressing first. A replay and a show that is over show none of it (L12). */
export function boardOf(room: RoomView, pulses: Pulses, options: BoardOptions): readonly Entry[] {
  if (room.show?.status === "ended" || room.show?.status === "replay") return [];
  const { tasks, gates, polls, firstN, draws } = room.activities;
  const entries: readonly (Entry | null)[] = [
    ...Object.entries(tasks).map(([id, task]) => taskEntry(id, task, pulses, options)),
    ...Object.entries(gates).map(([id, gate]) => gateEntry(id, gate, room, pulses, options)),
    ...Object.entries(polls).map(([id, poll]) => pollEntry(id, poll, pulses, options)),
    ...Object.entries(firstN).map(([id, campaign]) => firstNEntry(id, campaign, pulses, options)),
    ...Object.entries(draws).map(([id, draw]) => drawEntry(id, draw, options)),
  ];
  return entries
    .filter((entry) => entry !== null)
    .sort((one, other) => one.urgency - other.urgency || (one.atMs ?? Infinity) - (other.atMs ?? Infinity) || (one.key < other.key ? -1 : 1));
}

/** When the board looks different without any frame: a second of a countdown, an end, a thing that fades. Or null. */
export function nextBoardMs(entries: readonly Entry[], endings: Endings, now: number): number | null {
  const times = entries.flatMap((entry) => {
    if (entry.atMs === null) return [];
    return (entry.kind === "gate" ? nextDistantChangeMs(entry.atMs, now) : nextChangeMs(entry.atMs, now)) ?? [];
  });
  const fading = Object.values(endings.untilMs).filter((until) => until > now);
  const next = [...times, ...fading];
  return next.length === 0 ? null : Math.min(...next);
}

/** The order on screen: what the viewer has chosen to look at first, then the rest as it presses. */
export function arranged(entries: readonly Entry[], front: string | null): readonly Entry[] {
  const chosen = entries.find(({ key }) => key === front);
  return chosen === undefined ? entries : [chosen, ...entries.filter((entry) => entry !== chosen)];
}

function taskEntry(id: string, task: Task, pulses: Pulses, { card, endings, isPublic, now }: BoardOptions): TaskEntry | null {
  const key = `task:${id}`;
  const isOpen = task.state === "running" || task.state === "paused";
  const remainingMs = task.state === "paused" ? (task.remaining_ms ?? 0) : isOpen ? Math.max(0, task.ends_ms - now) : 0;
  const phase = task.state === "cancelled" ? "cancelled" : task.state === "paused" ? "paused" : remainingMs > 0 ? "running" : "over";
  if ((phase === "over" || phase === "cancelled") && !isLingering(endings, key, now)) return null;
  const own = isPublic ? null : (card?.tasks[id] ?? null);
  const isDone = own !== null && (own.state === "done" || own.count >= own.target);
  const pulse = taskDone(pulses, key.slice("task:".length));
  const isSpent = pulse?.budget_left !== null && pulse?.budget_left !== undefined && pulse.budget_left < task.reward;
  const pressing = remainingMs <= SOON_MS ? 20 : 30;
  const urgency = phase === "paused" ? 60 : isDone || isSpent ? 62 : pressing;
  return {
    kind: "task", key, id, task, phase, remainingMs, own, isDone, isSpent, urgency,
    done: pulse?.done ?? null,
    atMs: phase === "running" ? task.ends_ms : null,
  };
}

function gateEntry(id: string, gate: Gate, room: RoomView, pulses: Pulses, { card, own, endings, isPublic, now }: BoardOptions): GateEntry | null {
  const key = `gate:${id}`;
  const steps = stepsOf(gate, room.tiers);
  const mineMs = isPublic ? (steps[0]?.atMs ?? gate.public_ms) : myTimeMs(gate, card);
  const phase = gate.state === "scheduled" ? (now >= mineMs ? "open" : "before") : gate.state;
  const mine = isPublic ? ownOf({}, key) : ownOf(own, key);
  const permit = mine.permit !== null && mine.permit.expires_ms > now ? mine.permit : null;
  const holds = permit !== null;
  if ((phase === "sold_out" || phase === "cancelled") && !holds && !isLingering(endings, key, now)) return null;
  const away = mineMs - now;
  const before = away <= SOON_MS ? 10 : away <= COMING_MS ? 45 : 65;
  const urgency = holds ? 5 : phase === "open" ? 15 : phase === "before" ? before : 28;
  // After the first who may there are others: on a broadcast page the clock runs on to the next of them.
  const next = isPublic ? steps.find(({ atMs }) => atMs > now)?.atMs : mineMs;
  const clock = phase === "before" ? mineMs : phase === "open" && next !== undefined && next > now ? next : null;
  const atMs = permit === null ? clock : permit.expires_ms;
  return { kind: "gate", key, id, gate, phase, steps, mineMs, left: stockLeft(pulses, id), own: mine, urgency, atMs };
}

function pollEntry(id: string, poll: Poll, pulses: Pulses, { own, endings, isPublic, now }: BoardOptions): PollEntry | null {
  const key = `poll:${id}`;
  const isOpen = poll.state === "open" && now < poll.ends_ms;
  if (!isOpen && isPublic && !isLingering(endings, key, now)) return null;
  const votes = votesOf(pulses, id);
  const total = poll.options.reduce((sum, option) => sum + (votes[option.id] ?? 0), 0);
  const mine = isPublic ? ownOf({}, key) : ownOf(own, key);
  const isFresh = isLingering(endings, key, now);
  const urgency = isOpen ? (mine.choice === null ? 40 : 63) : isFresh ? 41 : 85;
  return { kind: "poll", key, id, poll, isOpen, votes, total, own: mine, urgency, atMs: isOpen ? poll.ends_ms : null };
}

function firstNEntry(id: string, campaign: FirstN, pulses: Pulses, { endings, now }: BoardOptions): FirstNEntry | null {
  const key = `first_n:${id}`;
  if (campaign.state === "full" && !isLingering(endings, key, now)) return null;
  const taken = campaign.state === "full" ? campaign.n : Math.min(campaign.n, placesTaken(pulses, id) ?? 0);
  return { kind: "first_n", key, id, campaign, taken, urgency: 50, atMs: null };
}

function drawEntry(id: string, draw: Draw, { own, endings, isPublic, now }: BoardOptions): DrawEntry | null {
  const key = `draw:${id}`;
  const isOpen = draw.state === "open" && now < draw.ends_ms;
  const phase = draw.state === "drawn" || draw.state === "cancelled" ? draw.state : isOpen ? "open" : "waiting";
  const isFresh = isLingering(endings, key, now);
  if (phase === "cancelled" && !isFresh) return null;
  if (phase === "drawn" && isPublic && !isFresh) return null;
  const mine = isPublic ? ownOf({}, key) : ownOf(own, key);
  const open = mine.tickets.length > 0 ? 64 : draw.ends_ms - now <= SOON_MS ? 35 : 55;
  const urgency = phase === "open" ? open : phase === "waiting" ? 38 : isFresh ? 25 : 86;
  return { kind: "draw", key, id, draw, phase, own: mine, urgency, atMs: isOpen ? draw.ends_ms : null };
}
