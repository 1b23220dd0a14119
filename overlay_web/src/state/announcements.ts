/**
 * What a screen reader is told of countdowns: at the start, 1 min and 10 s before the end, at the end; of a gate a
 * minute before it opens and when it does (OVERLAY "Accessibility"). Each mark once, whatever is painted between. Pure.
 */
import type { Entry, GateEntry, TaskEntry } from "./board.js";
import { markOf } from "./countdown.js";
import type { Mark } from "./countdown.js";

export type Due = { readonly entry: TaskEntry | GateEntry; readonly mark: Mark };

/** Key → the last mark told. */
export type Told = ReadonlyMap<string, Mark>;

const ORDER: readonly Mark[] = ["start", "minute", "ten", "end"];
/** A gate that opens in an hour, and one whose opening second is near, need fewer words than a task. */
const OF_GATES: ReadonlySet<Mark> = new Set(["minute", "end"]);

/** What is to be told now, and what counts as told after it. A page that comes late is told only where things stand. */
export function dueAnnouncements(told: Told, entries: readonly Entry[], now: number): { readonly due: readonly Due[]; readonly told: Told } {
  const next = new Map<string, Mark>();
  const due: Due[] = [];
  for (const entry of entries) {
    const mark = markAt(entry, now);
    if (mark === null || (entry.kind !== "task" && entry.kind !== "gate")) continue;
    const before = told.get(entry.key);
    // An extended task has more time again: what was told of its end is told again when it comes.
    const isNew = before === undefined ? mark !== "end" || entry.kind === "task" : ORDER.indexOf(mark) > ORDER.indexOf(before);
    next.set(entry.key, mark);
    if (isNew && (entry.kind === "task" || OF_GATES.has(mark))) due.push({ entry, mark });
  }
  return { due, told: next };
}

function markAt(entry: Entry, now: number): Mark | null {
  if (entry.kind === "task") return entry.phase === "running" ? markOf(entry.remainingMs) : entry.phase === "over" ? "end" : null;
  if (entry.kind !== "gate") return null;
  if (entry.phase === "open") return "end";
  return entry.phase === "before" ? markOf(entry.mineMs - now) : null;
}
