/** What the panel shows of a room, read from its items and pulses (PROTOCOL §1.3). Pure. */
import type { Pulses, RoomState } from "../state/room-state.js";
import { countOf } from "../state/room-state.js";
import { attempt, integer, list, mapOf, oneOf, orElse, orNull, readableOnly, record, text } from "../wire/shape.js";
import type { Json, Read, Reader } from "../wire/shape.js";
import type { RoomView } from "../wire/views.js";

const order = orElse(integer, 0);
const task = record({
  kind: text,
  title: orElse(text, ""),
  reward: integer,
  starts_ms: integer,
  ends_ms: integer,
  state: oneOf("running", "paused", "ended", "cancelled"),
  remaining_ms: orNull(integer),
  budget: integer,
  order,
});
const gate = record({
  title: orElse(text, ""),
  price: integer,
  opens_ms: orElse(mapOf(integer), {}),
  public_ms: integer,
  stock: integer,
  state: oneOf("scheduled", "sold_out", "cancelled"),
  order,
});
const poll = record({
  question: text,
  options: list(record({ id: text, text })),
  ends_ms: integer,
  state: oneOf("open", "closed"),
  order,
});
const firstN = record({ title: orElse(text, ""), n: integer, points: integer, state: oneOf("open", "full"), order });
const draw = record({
  title: orElse(text, ""),
  cost: integer,
  ends_ms: integer,
  state: oneOf("open", "closed", "drawn", "cancelled"),
  entries: orNull(integer),
  winners: orElse(list(record({ name: orElse(text, "") })), []),
  order,
});
const spotlight = record({ sku: text, title: text, price: integer });
const pinned = record({ text });

/** One row of `GET …/tasks`: what only the host is told. `rev` is what a change must name. */
const taskLine = record({ id: text, rev: integer, spent: integer, done: integer, state: text, ends_ms: integer });
export type TaskLine = Read<typeof taskLine>;
const taskLines = record({ tasks: list(taskLine) });

export const readTaskLines = (body: unknown): ReadonlyMap<string, TaskLine> =>
  new Map((attempt(taskLines, body)?.tasks ?? []).map((line) => [line.id, line]));
export const readTaskLine = (body: unknown): TaskLine | null => attempt(taskLine, body);

/** What a task would cost (L3). */
const preview = record({ audience: integer, max_points: integer, max_cost: integer, expected_points: integer, expected_members: integer });
export type Preview = Read<typeof preview>;
export const readPreview = (body: unknown): Preview | null => attempt(preview, body);

export type RunningTask = Read<typeof task> & {
  readonly id: string;
  readonly done: number;
  /** Points. */
  readonly budgetLeft: number;
  /** Null: not told yet, or told of another state than the room was: a press now would be refused as too late. */
  readonly rev: number | null;
};
export type RunningGate = Read<typeof gate> & { readonly id: string; readonly stockLeft: number };
export type RunningPoll = Read<typeof poll> & { readonly id: string; readonly votes: Readonly<Record<string, number>> };
export type RunningFirstN = Read<typeof firstN> & { readonly id: string; readonly taken: number };
export type RunningDraw = Read<typeof draw> & { readonly id: string };

export type Board = {
  readonly room: RoomView;
  readonly tasks: readonly RunningTask[];
  readonly gates: readonly RunningGate[];
  readonly polls: readonly RunningPoll[];
  readonly firstN: readonly RunningFirstN[];
  readonly draws: readonly RunningDraw[];
  readonly spotlight: Read<typeof spotlight> | null;
  readonly pinned: string | null;
  readonly online: number | null;
  readonly likes: number | null;
  /** 0 = none … 4. */
  readonly overload: number;
};

const taskPulse = record({ done: integer, budget_left: integer });
const gatePulse = record({ stock_left: integer });
const firstNPulse = record({ taken: integer });
const votes = mapOf(integer);

export function boardOf({ items, room, pulses }: RoomState, lines: ReadonlyMap<string, TaskLine>): Board | null {
  if (items === null || room === null) return null;
  return {
    room,
    tasks: entries(task, items.tasks)
      .filter(({ state }) => state === "running" || state === "paused")
      .map((one) => ({ ...one, ...taskFigures(one.id, one, pulses, lines.get(one.id)) })),
    gates: entries(gate, items.gates)
      .filter(({ state }) => state !== "cancelled")
      .map((one) => ({ ...one, stockLeft: one.state === "sold_out" ? 0 : (attempt(gatePulse, pulses[`gate:${one.id}`])?.stock_left ?? one.stock) })),
    polls: entries(poll, items.polls).map((one) => ({ ...one, votes: attempt(votes, pulses[`poll:${one.id}`]) ?? {} })),
    firstN: entries(firstN, items.first_n).map((one) => ({
      ...one,
      taken: one.state === "full" ? one.n : (attempt(firstNPulse, pulses[`first_n:${one.id}`])?.taken ?? 0),
    })),
    draws: entries(draw, items.draws),
    spotlight: attempt(spotlight, items.spotlight),
    pinned: attempt(pinned, items.pinned)?.text ?? null,
    online: countOf(pulses, "online"),
    likes: countOf(pulses, "likes"),
    overload: Math.min(4, countOf(pulses, "overload") ?? 0),
  };
}

/** Whether anything on the board moves with the clock. */
export const hasCountdown = (board: Board): boolean =>
  board.tasks.length > 0 || board.gates.length > 0 || board.polls.some(({ state }) => state === "open") || board.draws.some(({ state }) => state === "open");

export const isEmpty = (board: Board): boolean =>
  board.tasks.length + board.gates.length + board.polls.length + board.firstN.length + board.draws.length === 0 &&
  board.spotlight === null && board.pinned === null;

function taskFigures(id: string, item: Read<typeof task>, pulses: Pulses, line: TaskLine | undefined) {
  const pulse = attempt(taskPulse, pulses[`task:${id}`]);
  // Both only grow within a task: whichever is ahead is the newer.
  const done = Math.max(pulse?.done ?? 0, line?.done ?? 0);
  const budgetLeft = Math.max(0, Math.min(pulse?.budget_left ?? item.budget, item.budget - (line?.spent ?? 0)));
  return { done, budgetLeft, rev: line?.state === item.state ? line.rev : null };
}

function entries<T extends { readonly order: number }>(reader: Reader<T>, found: Json | undefined): readonly (T & { readonly id: string })[] {
  const read = attempt(readableOnly(reader), found) ?? {};
  return Object.entries(read)
    .map(([id, item]) => ({ ...item, id }))
    .sort((one, other) => one.order - other.order || one.id.localeCompare(other.id));
}
