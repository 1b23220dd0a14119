/** The room's items that run, open or are asked: PROTOCOL §1.3. Maps by id; what cannot be read is as good as absent. */
import { attempt, integer, list, mapOf, oneOf, orElse, orNull, readableOnly, record, text } from "./shape.js";
import type { Json, Read } from "./shape.js";

const order = orElse(integer, 0);

export const task = record({
  kind: text,
  title: orElse(text, ""),
  reward: integer,
  target: orElse(integer, 1),
  starts_ms: orElse(integer, 0),
  ends_ms: integer,
  state: oneOf("running", "paused", "ended", "cancelled"),
  remaining_ms: orNull(integer),
  budget: orElse(integer, 0),
  order,
});
export type Task = Read<typeof task>;

export const gate = record({
  sku: orElse(text, ""),
  title: orElse(text, ""),
  price: orElse(integer, 0),
  /** Tier → when it opens to it; a tier that is not named waits for `public_ms`. */
  opens_ms: orElse(mapOf(integer), {}),
  public_ms: integer,
  stock: orElse(integer, 0),
  state: oneOf("scheduled", "sold_out", "cancelled"),
  order,
});
export type Gate = Read<typeof gate>;

export const poll = record({
  question: text,
  options: list(record({ id: text, text })),
  ends_ms: integer,
  state: oneOf("open", "closed"),
  order,
});
export type Poll = Read<typeof poll>;

export const firstN = record({ title: orElse(text, ""), n: integer, points: orElse(integer, 0), state: oneOf("open", "full"), order });
export type FirstN = Read<typeof firstN>;

export const draw = record({
  title: orElse(text, ""),
  cost: orElse(integer, 0),
  prizes: orElse(list(record({ name: text, count: orElse(integer, 1) })), []),
  ends_ms: integer,
  state: oneOf("open", "closed", "drawn", "cancelled"),
  entries: orNull(integer),
  /** An empty name is somebody who does not want to be named. */
  winners: orElse(list(record({ name: orElse(text, "") })), []),
  order,
});
export type Draw = Read<typeof draw>;

export const spotlight = record({
  sku: orElse(text, ""),
  title: text,
  image: orNull(text),
  price: integer,
  member_prices: orElse(mapOf(integer), {}),
});
export type Spotlight = Read<typeof spotlight>;

export const pinned = record({ id: orElse(text, ""), text });
export type Pinned = Read<typeof pinned>;

/** How far the viewer has come with a task, as the server has counted. */
export const ownTask = record({ count: integer, target: orElse(integer, 1), state: orElse(text, "running") });
export type OwnTask = Read<typeof ownTask>;

type ById<T> = Readonly<Record<string, T>>;

/** What runs in a room, by id. */
export type RoomActivities = {
  readonly tasks: ById<Task>;
  readonly gates: ById<Gate>;
  readonly polls: ById<Poll>;
  readonly firstN: ById<FirstN>;
  readonly draws: ById<Draw>;
  readonly spotlight: Spotlight | null;
  readonly pinned: Pinned | null;
};

export const activitiesOf = (items: Readonly<Record<string, Json>>): RoomActivities => ({
  tasks: attempt(readableOnly(task), items.tasks) ?? {},
  gates: attempt(readableOnly(gate), items.gates) ?? {},
  polls: attempt(readableOnly(poll), items.polls) ?? {},
  firstN: attempt(readableOnly(firstN), items.first_n) ?? {},
  draws: attempt(readableOnly(draw), items.draws) ?? {},
  spotlight: attempt(spotlight, items.spotlight),
  pinned: attempt(pinned, items.pinned),
});

const taskPulse = record({ done: integer, budget_left: orNull(integer) });
const gatePulse = record({ stock_left: integer });
const firstNPulse = record({ taken: integer });
const pollPulse = mapOf(integer);

type Pulses = Readonly<Record<string, Json>>;

export const taskDone = (pulses: Pulses, id: string): Read<typeof taskPulse> | null => attempt(taskPulse, pulses[`task:${id}`]);
export const stockLeft = (pulses: Pulses, id: string): number | null => attempt(gatePulse, pulses[`gate:${id}`])?.stock_left ?? null;
export const placesTaken = (pulses: Pulses, id: string): number | null => attempt(firstNPulse, pulses[`first_n:${id}`])?.taken ?? null;
export const votesOf = (pulses: Pulses, id: string): Readonly<Record<string, number>> => attempt(pollPulse, pulses[`poll:${id}`]) ?? {};

const permit = record({ permit: text, link: text, sku: orElse(text, ""), expires_ms: integer });
/** What a permit's `done` brings: where the piece can be bought, for a minute. */
export type PermitGrant = Read<typeof permit>;
export const permitOf = (result: unknown): PermitGrant | null => attempt(permit, result, "result");

const ticket = record({ ticket: integer, tag: orElse(text, "") });
export type Ticket = Read<typeof ticket>;
export const ticketOf = (result: unknown): Ticket | null => attempt(ticket, result, "result");

const details = record({ opens_ms: orNull(integer) });
/** When a gate that is `not_open` will be, by `refused.details`. */
export const opensMsOf = (refusal: Json): number | null => attempt(details, refusal)?.opens_ms ?? null;
