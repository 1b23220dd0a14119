/**
 * The shout-out queue of OVERLAY.md as a pure machine: queue + event + now → queue. Rules SHO1 … of SPEC.md.
 * It decides what is on screen and until when; painting and the one timer are the page's.
 */
import type { Moment, Retract } from "../wire/frames.js";
import { foldable, foldBurst, policyOf, shoutoutOf } from "./shoutout-policy.js";
import type { Lane, Shoutout } from "./shoutout-policy.js";

export type { Lane, Shoutout } from "./shoutout-policy.js";

export const SHOWN_MS = 4_000;
export const SHORTEST_MS = 3_000;
export const LONGEST_MS = 10_000;
export const GAP_MS = 250;
/** A held shout-out is taken down this long after its time, whatever holds it. */
export const WATCHDOG_MS = 2_000;
/** A shout-out that waited this long is no news any more. */
export const STALE_MS = 60_000;
export const MOST_WAITING = 20;

export type OnScreen = { readonly shoutout: Shoutout; readonly sinceMs: number; readonly endsMs: number };

type LaneState = {
  readonly showing: OnScreen | null;
  /** Nothing is put up before this. */
  readonly freeMs: number;
  /** In the order they will be shown. */
  readonly waiting: readonly Shoutout[];
};

export type ShoutQueue = {
  readonly lanes: Readonly<Record<Lane, LaneState>>;
  /** Since when the page is hidden; the time that passes then is nobody's showing time. */
  readonly pausedMs: number | null;
  /** Since when the host holds the shout-outs back; likewise nobody's waiting time. */
  readonly haltedMs: number | null;
  /** Pointer or focus rests on it: it stays, up to the watchdog. */
  readonly held: boolean;
  readonly durationMs: number;
  /** Never shown, because there were too many. */
  readonly dropped: number;
  /** Never shown, because their time was over. */
  readonly stale: number;
};

export type ShoutEvent =
  | { readonly type: "moment"; readonly moment: Moment; readonly expiresMs: number; readonly mine: boolean }
  | { readonly type: "retract"; readonly retract: Pick<Retract, "ids" | "author"> }
  | { readonly type: "pause" }
  | { readonly type: "resume" }
  | { readonly type: "hold"; readonly on: boolean }
  /** The host pauses and resumes: what is on screen ends by itself, and nothing of this lane comes after it. */
  | { readonly type: "halt"; readonly on: boolean }
  | { readonly type: "tick" };

const LANES: readonly Lane[] = ["shoutout", "task", "system"];
const idle: LaneState = { showing: null, freeMs: Number.NEGATIVE_INFINITY, waiting: [] };

/** An empty queue. `durationMs` is brought into 3–10 s. */
export const emptyQueue = (durationMs: number = SHOWN_MS): ShoutQueue => ({
  lanes: { shoutout: idle, task: idle, system: idle },
  pausedMs: null,
  haltedMs: null,
  held: false,
  durationMs: Math.min(LONGEST_MS, Math.max(SHORTEST_MS, durationMs)),
  dropped: 0,
  stale: 0,
});

/** The queue after an event. Whatever the event, everything whose time has come by `now` is done first. */
export function advance(queue: ShoutQueue, event: ShoutEvent, now: number): ShoutQueue {
  const current = settle(queue, now);
  switch (event.type) {
    case "moment":
      return settle(join(current, event, now), now);
    case "retract":
      return settle(take(current, event.retract, now), now);
    case "hold":
      return settle({ ...current, held: event.on }, now);
    case "halt":
      return settle(event.on ? { ...current, haltedMs: current.haltedMs ?? now } : goOn(current, now), now);
    case "pause":
      return current.pausedMs === null ? { ...current, pausedMs: now } : current;
    case "resume":
      return settle(resume(current, now), now);
    case "tick":
      return current;
  }
}

/** When `tick` is wanted, or null: an idle queue wants nothing. */
export function nextTickMs(queue: ShoutQueue): number | null {
  if (queue.pausedMs !== null) return null;
  const times = LANES.flatMap((name) => {
    const { showing, waiting, freeMs } = queue.lanes[name];
    if (showing !== null) return [queue.held ? showing.endsMs + WATCHDOG_MS : showing.endsMs];
    return nextOf(waiting, isHalted(queue, name)) === undefined ? [] : [freeMs];
  });
  return times.length === 0 ? null : Math.min(...times);
}

export const onScreen = (queue: ShoutQueue, lane: Lane): OnScreen | null => queue.lanes[lane].showing;

const withLane = (queue: ShoutQueue, name: Lane, lane: LaneState): ShoutQueue => ({
  ...queue,
  lanes: { ...queue.lanes, [name]: lane },
});

function settle(queue: ShoutQueue, now: number): ShoutQueue {
  return queue.pausedMs === null ? LANES.reduce((next, name) => settleLane(next, name, now), queue) : queue;
}

function settleLane(queue: ShoutQueue, name: Lane, now: number): ShoutQueue {
  let lane = queue.lanes[name];
  if (lane.showing !== null && isOver(lane.showing, queue, now)) {
    lane = { ...lane, showing: null, freeMs: now + GAP_MS };
  }
  const halted = isHalted(queue, name);
  const fresh = halted ? lane.waiting : lane.waiting.filter((waiting) => !isStale(waiting, now));
  const stale = queue.stale + lane.waiting.length - fresh.length;
  const first = nextOf(fresh, halted);
  const rest = fresh.filter((waiting) => waiting !== first);
  if (lane.showing === null && first !== undefined && now >= lane.freeMs) {
    lane = { showing: { shoutout: first, sinceMs: now, endsMs: now + queue.durationMs }, freeMs: now, waiting: rest };
    return { ...withLane(queue, name, lane), stale, held: false };
  }
  if (lane === queue.lanes[name] && stale === queue.stale) return queue;
  return { ...withLane(queue, name, { ...lane, waiting: fresh }), stale };
}

const isHalted = (queue: ShoutQueue, name: Lane): boolean => name === "shoutout" && queue.haltedMs !== null;

/** A draw's result is never held back: it is state (rank 0). */
const nextOf = (waiting: readonly Shoutout[], halted: boolean): Shoutout | undefined =>
  halted ? waiting.find(({ moment }) => moment.rank === 0) : waiting[0];

/** The host goes on: what waited has not grown older meanwhile. */
function goOn(queue: ShoutQueue, now: number): ShoutQueue {
  if (queue.haltedMs === null) return queue;
  const { haltedMs } = queue;
  const lane = queue.lanes.shoutout;
  const waiting = lane.waiting.map((shoutout) => {
    const away = Math.max(0, now - Math.max(haltedMs, shoutout.sinceMs));
    return { ...shoutout, sinceMs: shoutout.sinceMs + away, expiresMs: shoutout.expiresMs + away };
  });
  return { ...withLane(queue, "shoutout", { ...lane, waiting }), haltedMs: null };
}

/** A clock that went back by more than its whole time counts as over, too: nothing may stay on screen for ever. */
const isOver = ({ sinceMs, endsMs }: OnScreen, { held, durationMs }: ShoutQueue, now: number): boolean =>
  now >= endsMs + (held ? WATCHDOG_MS : 0) || now < sinceMs - durationMs;

const isStale = ({ moment, sinceMs, expiresMs }: Shoutout, now: number): boolean =>
  now >= expiresMs || (moment.rank > 0 && now - sinceMs >= STALE_MS);

function join(queue: ShoutQueue, { moment, expiresMs, mine }: Extract<ShoutEvent, { type: "moment" }>, now: number): ShoutQueue {
  const { lane: name, join: policy } = policyOf(moment);
  const lane = queue.lanes[name];
  if (isKnown(lane, moment.id) || now >= expiresMs) return queue;
  const came = shoutoutOf(moment, mine, expiresMs, now);
  const busy = lane.showing !== null || lane.waiting.length > 0;
  if (policy === "skip-if-busy" && busy) return { ...queue, dropped: queue.dropped + 1 };
  let waiting: readonly Shoutout[];
  // One's own level-up is what one waits for.
  if (policy === "skip-queue" || mine) waiting = [came, ...lane.waiting];
  else if (policy === "replace-same") waiting = [...lane.waiting.filter((other) => !foldable(other, came)), came];
  else waiting = foldBurst([...lane.waiting, came], came, now);
  return crowded(withLane(queue, name, { ...lane, waiting }), name);
}

const isKnown = (lane: LaneState, id: string): boolean =>
  [lane.showing?.shoutout, ...lane.waiting].some((shoutout) => shoutout?.ids.includes(id));

/** Over 20 waiting: the oldest of the lowest rank goes, and is counted. Rank 0 never goes. */
function crowded(queue: ShoutQueue, name: Lane): ShoutQueue {
  const lane = queue.lanes[name];
  if (lane.waiting.length <= MOST_WAITING) return queue;
  const lowest = Math.max(...lane.waiting.map(({ moment }) => moment.rank));
  const victim = lane.waiting.findIndex(({ moment, mine }) => moment.rank === lowest && lowest > 0 && !mine);
  if (victim === -1) return queue;
  const waiting = lane.waiting.filter((_, index) => index !== victim);
  return { ...withLane(queue, name, { ...lane, waiting }), dropped: queue.dropped + 1 };
}

function take(queue: ShoutQueue, { ids, author }: Pick<Retract, "ids" | "author">, now: number): ShoutQueue {
  const isRetracted = ({ moment, ids: own }: Shoutout): boolean =>
    own.some((id) => ids.includes(id)) || (author !== null && moment.author === author);
  return LANES.reduce((next, name) => {
    const lane = next.lanes[name];
    const gone = lane.showing !== null && isRetracted(lane.showing.shoutout);
    const waiting = lane.waiting.filter((shoutout) => !isRetracted(shoutout));
    if (!gone && waiting.length === lane.waiting.length) return next;
    const freed = gone ? { showing: null, freeMs: now + GAP_MS } : {};
    return withLane(next, name, { ...lane, ...freed, waiting });
  }, queue);
}

/** What was on screen gets the rest of its time; what waited has waited all the while. */
function resume(queue: ShoutQueue, now: number): ShoutQueue {
  if (queue.pausedMs === null) return queue;
  const away = Math.max(0, now - queue.pausedMs);
  const resumed = LANES.reduce((next, name) => {
    const lane = next.lanes[name];
    if (lane.showing === null) return next;
    const { shoutout, sinceMs, endsMs } = lane.showing;
    return withLane(next, name, { ...lane, showing: { shoutout, sinceMs: sinceMs + away, endsMs: endsMs + away } });
  }, queue);
  return { ...resumed, pausedMs: null };
}
