/** A room's shout-outs as `GET …/queue` says them, and what of it screens show about now. Pure. */
import { GAP_MS, SHOWN_MS } from "../state/shoutouts.js";
import { attempt, flag, integer, list, orElse, orNull, record, text } from "../wire/shape.js";
import type { Read } from "../wire/shape.js";
import { localised } from "../wire/views.js";

const limit = record({ from_tier: text, per_minute: integer });
const shown = record({ id: text, kind: text, name: text, author: orNull(text), text: localised, at_ms: integer, is_test: flag, gone: flag });
const overlay = record({ widget: text, name: text, connected_ms: integer, rendered_ms: orNull(integer), visible: flag });
const queue = record({
  rev: integer,
  paused: flag,
  limit,
  rule: limit,
  muted: list(record({ author: text, name: text })),
  waiting: record({ count: integer }),
  shown: list(shown),
  overlays: list(overlay),
  alarm: orNull(text),
  now_ms: integer,
  /** The press counts, but what waits, was shown and is connected is not known now. */
  unseen: orElse(flag, false),
});
const widget = record({ id: text, name: text });
const widgets = record({ widgets: list(widget) });
const made = record({ id: text, path: text });

export type ShoutQueueView = Read<typeof queue>;
export type ShownLine = Read<typeof shown>;
export type WidgetLine = Read<typeof widget>;

export const readQueue = (body: unknown): ShoutQueueView | null => attempt(queue, body);
export const readWidgets = (body: unknown): readonly WidgetLine[] | null => attempt(widgets, body)?.widgets ?? null;
export const readMade = (body: unknown): { readonly id: string; readonly path: string } | null => attempt(made, body);

/** What is to be shown after `came`: where that could not look, what was last seen. */
export const seenAfter = (held: ShoutQueueView | null, came: ShoutQueueView): ShoutQueueView =>
  came.unseen && held !== null ? { ...came, waiting: held.waiting, shown: held.shown, overlays: held.overlays, alarm: held.alarm } : came;

/** Kinds with a lane of their own, which a pause does not hold. */
const OTHER_LANES: ReadonlySet<string> = new Set(["task_done", "notice"]);

export type Now = { readonly current: ShownLine | null; readonly next: readonly ShownLine[] };

/** What is on the screens at `nowMs` and what follows, each its four seconds after the one before. */
export function nowOf(lines: readonly ShownLine[], nowMs: number): Now {
  let freeMs = 0;
  let current: ShownLine | null = null;
  const next: ShownLine[] = [];
  for (const line of [...lines].reverse()) {
    if (line.gone || OTHER_LANES.has(line.kind)) continue;
    const startsMs = Math.max(line.at_ms, freeMs);
    const endsMs = startsMs + SHOWN_MS;
    freeMs = endsMs + GAP_MS;
    if (endsMs <= nowMs) continue;
    if (startsMs <= nowMs && current === null) current = line;
    else next.push(line);
  }
  return { current, next };
}
