/** What the host may say now, as the server gives it, and what this panel has just marked as said (L9). Pure. */
import type { Language } from "../text/language.js";
import { attempt, integer, list, mapOf, orElse, orNull, record, text } from "../wire/shape.js";
import type { Read } from "../wire/shape.js";

const line = record({
  key: text,
  kind: text,
  rank: integer,
  stage: text,
  text: mapOf(text),
  fresh_until_ms: integer,
  said_ms: orNull(integer),
});
export type Prompt = Read<typeof line>;

const answer = record({ lines: list(line), said: orElse(mapOf(integer), {}) });

export type Prompts = {
  /** Those still to be said, the most useful first. */
  readonly lines: readonly Prompt[];
  /** Lines said in this show. */
  readonly said: number;
};

/** Rank 0: it is lost within the minute. */
export const AT_ONCE = 0;
/** So long a press can be taken back where it was made. The server takes it back for longer. */
export const UNDO_MS = 6_000;

export function readPrompts(body: unknown): Prompts | null {
  const read = attempt(answer, body);
  if (read === null) return null;
  return { lines: read.lines.filter(({ said_ms }) => said_ms === null), said: Object.values(read.said).reduce((sum, times) => sum + times, 0) };
}

/** A line that was marked here a moment ago: it stays where it was under the thumb, with the way back. */
export type Marked = { readonly line: Prompt; readonly place: number; readonly untilMs: number };

export const sameLine = (one: Prompt, other: Prompt): boolean => one.key === other.key && one.stage === other.stage;

export type Row = { readonly line: Prompt; readonly marked: boolean };

/** What is on the screen: what is to be said, and what was just marked, in its old place. */
export function rowsOf(lines: readonly Prompt[], marked: readonly Marked[], nowMs: number, live: boolean): readonly Row[] {
  const rows: Row[] = lines
    // Nobody tells us that a countdown has moved on while the link is away.
    .filter((line) => (live || line.fresh_until_ms > nowMs) && !marked.some((one) => sameLine(one.line, line)))
    .map((line) => ({ line, marked: false }));
  for (const { line, place } of [...marked].sort((one, other) => one.place - other.place)) rows.splice(Math.min(place, rows.length), 0, { line, marked: true });
  return rows;
}

export const wordsOf = (line: Prompt, language: Language): string => line.text[language] ?? line.text["zh-CN"] ?? "";

/** The parts of a line that are read in one breath; a line breaks between them, not within a Chinese word. */
export function breathsOf(line: string): readonly string[] {
  return line.split(/(?<=[，：；。！？])|(?<=」)(?![，：；。！？])/u);
}
