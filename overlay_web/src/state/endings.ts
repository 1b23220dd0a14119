/**
 * What has ended before this page's eyes stays a moment, so that its end is seen; what had ended before is not shown
 * again. Pure, by the server's clock.
 */
import type { RoomActivities } from "../wire/items.js";

export type Endings = {
  /** Keys that this page has seen running. */
  readonly running: ReadonlySet<string>;
  /** Key → until when its end is shown. */
  readonly untilMs: Readonly<Record<string, number>>;
};

export const noEndings: Endings = { running: new Set(), untilMs: {} };

/** How long an end stays: a countdown's is said in a word, a result is read. */
const STAYS_MS: Readonly<Record<string, number>> = { task: 8_000, gate: 15_000, first_n: 12_000, poll: 20_000, draw: 30_000 };

export const isLingering = ({ untilMs }: Endings, key: string, now: number): boolean => now < (untilMs[key] ?? -Infinity);

/** After the room, or the clock, has moved on. Returns the same object when nothing began or ended. */
export function withEndings(before: Endings, activities: RoomActivities, now: number): Endings {
  const running = new Set<string>();
  const ended = new Set<string>();
  for (const [key, isRunning] of states(activities, now)) (isRunning ? running : ended).add(key);
  const untilMs: Record<string, number> = {};
  for (const key of ended) {
    const known = before.untilMs[key];
    if (known !== undefined) untilMs[key] = known;
    else if (before.running.has(key)) untilMs[key] = now + (STAYS_MS[key.slice(0, key.indexOf(":"))] ?? 0);
  }
  const isSame = running.size === before.running.size && [...running].every((key) => before.running.has(key));
  if (isSame && sameKeys(untilMs, before.untilMs)) return before;
  return { running, untilMs };
}

const sameKeys = (one: Readonly<Record<string, number>>, other: Readonly<Record<string, number>>): boolean =>
  Object.keys(one).length === Object.keys(other).length && Object.keys(one).every((key) => key in other);

function* states({ tasks, gates, polls, firstN, draws }: RoomActivities, now: number): Generator<readonly [string, boolean]> {
  for (const [id, task] of Object.entries(tasks)) {
    yield [`task:${id}`, task.state === "paused" || (task.state === "running" && now < task.ends_ms)];
  }
  for (const [id, gate] of Object.entries(gates)) yield [`gate:${id}`, gate.state === "scheduled"];
  for (const [id, poll] of Object.entries(polls)) yield [`poll:${id}`, poll.state === "open" && now < poll.ends_ms];
  for (const [id, campaign] of Object.entries(firstN)) yield [`first_n:${id}`, campaign.state === "open"];
  // Between its end and its result a draw is on: what is waited for is the result.
  for (const [id, draw] of Object.entries(draws)) yield [`draw:${id}`, draw.state === "open" || draw.state === "closed"];
}
