/**
 * What has been pressed and not answered (PROTOCOL §2, Idempotency-Key). Pure.
 *
 * A press gets one key and one request. While it is in flight the same button does nothing. When no answer came,
 * nobody knows whether it happened: the next press of the same thing sends the same request with the same key, so
 * that it happens at most once.
 */
import type { HostCommand, Request } from "./commands.js";
import { slotOf } from "./commands.js";

export type Press = {
  readonly key: string;
  readonly command: HostCommand;
  /** As first sent: what is counted from the press does not move with a second one. */
  readonly request: Request;
  readonly phase: "flying" | "unsure";
};

export type Presses = ReadonlyMap<string, Press>;

export const noPresses: Presses = new Map();

export type Outcome =
  | { readonly kind: "done"; readonly body: unknown }
  /** The server said no, for good; `fields` names what it did not like. */
  | { readonly kind: "refused"; readonly status: number; readonly code: string; readonly detail: string; readonly fields: readonly string[] }
  /** No answer, or the server cannot say now. */
  | { readonly kind: "lost" };

/** The presses with this one in flight, or null when it is in flight already. */
export function pressed(presses: Presses, command: HostCommand, request: Request, newKey: () => string): { readonly presses: Presses; readonly press: Press } | null {
  const slot = slotOf(command);
  const before = presses.get(slot);
  if (before?.phase === "flying") return null;
  const again = before !== undefined && sameWish(before.command, command);
  const press: Press = again ? { ...before, phase: "flying" } : { key: newKey(), command, request, phase: "flying" };
  return { presses: new Map(presses).set(slot, press), press };
}

/** The presses after an answer: done and refused are over; without one the press is kept, with its key. */
export function answered(presses: Presses, press: Press, outcome: Outcome): Presses {
  const slot = slotOf(press.command);
  const next = new Map(presses);
  if (outcome.kind === "lost") next.set(slot, { ...press, phase: "unsure" });
  else next.delete(slot);
  return next;
}

export const isFlying = (presses: Presses, slot: string): boolean => presses.get(slot)?.phase === "flying";

/** A starter that nobody knows the fate of. */
export const isUnsure = (presses: Presses, slot: string): boolean => presses.get(slot)?.phase === "unsure";

const sameWish = (one: HostCommand, other: HostCommand): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Whether what is on the screen may be older than what the server has: then it is asked for again. */
export function isStale(outcome: Outcome): boolean {
  return outcome.kind === "lost" || (outcome.kind === "refused" && ["conflict", "closed", "not_found", "show_live", "off_air"].includes(outcome.code));
}
