/** What the viewer has asked for on a thing of the room (a vote, a permit, a ticket) and what became of it. Pure. E10. */
import type { Answer } from "../link/pending-acts.js";
import type { Act } from "../wire/messages.js";
import { opensMsOf, permitOf, ticketOf } from "../wire/items.js";
import type { PermitGrant, Ticket } from "../wire/items.js";
import { actResultOf, freeOf } from "../wire/params.js";
import type { JsonMap } from "../wire/shape.js";

/** Said in place, where the viewer pressed. */
export type Said =
  | { readonly tone: "sending" }
  | { readonly tone: "nothing"; readonly why: string }
  | { readonly tone: "refused"; readonly code: string; readonly opensMs: number | null; readonly free?: number | null }
  | { readonly tone: "unsent" };

export type Own = {
  readonly said: Said | null;
  /** The option voted for, once the server has it. */
  readonly choice: string | null;
  /** The option that is being sent. */
  readonly wish: string | null;
  readonly permit: PermitGrant | null;
  /** Newest last. */
  readonly tickets: readonly Ticket[];
  /** What the last one gave that was done; null: none was. */
  readonly result?: JsonMap | null;
};

/** By `poll:{id}`, `gate:{id}`, `draw:{id}`, `reward:{id}`, `box`, `gift`, `claim`, `boost`. */
export type OwnActs = Readonly<Record<string, Own>>;

const nothing: Own = { said: null, choice: null, wish: null, permit: null, tickets: [], result: null };

export const ownOf = (acts: OwnActs, subject: string): Own => acts[subject] ?? nothing;

/** What an act is about, or null: then what came of it is said above the action bar. */
export function subjectOf(act: Act): string | null {
  switch (act.name) {
    case "vote":
      return `poll:${act.data.poll}`;
    case "permit":
      return `gate:${act.data.gate}`;
    case "enter_draw":
      return `draw:${act.data.draw}`;
    case "redeem":
      return `reward:${act.data.reward}`;
    case "open_box":
      return "box";
    case "give":
      return "gift";
    case "claim_gift":
      return "claim";
    case "boost":
      return "boost";
    default:
      return null;
  }
}

const put = (acts: OwnActs, subject: string, own: Partial<Own>): OwnActs => ({ ...acts, [subject]: { ...ownOf(acts, subject), ...own } });

export const isSending = (acts: OwnActs, subject: string): boolean => acts[subject]?.said?.tone === "sending";

export function withAsked(acts: OwnActs, act: Act): OwnActs {
  const subject = subjectOf(act);
  if (subject === null) return acts;
  return put(acts, subject, { said: { tone: "sending" }, wish: act.name === "vote" ? act.data.option : null });
}

/** A second vote is answered with `duplicate`: the first one stands, and the option of this wish is not it. */
export function withAnswerTo(acts: OwnActs, act: Act, answer: Answer): OwnActs {
  const subject = subjectOf(act);
  if (subject === null) return acts;
  if (answer.type === "unsent") return put(acts, subject, { said: { tone: "unsent" }, wish: null });
  if (answer.type === "refused") {
    return put(acts, subject, { said: { tone: "refused", code: answer.code, opensMs: opensMsOf(answer.details), free: freeOf(answer.details) }, wish: null });
  }
  const { why_nothing: why } = actResultOf(answer.result);
  const said: Said | null = why === null ? null : { tone: "nothing", why };
  if (act.name === "vote") {
    const voted = why === "duplicate" ? ownOf(acts, subject).choice : act.data.option;
    return put(acts, subject, { said, choice: voted, wish: null });
  }
  const permit = act.name === "permit" ? permitOf(answer.result) : null;
  const ticket = act.name === "enter_draw" ? ticketOf(answer.result) : null;
  const { tickets } = ownOf(acts, subject);
  return put(acts, subject, { said, permit, tickets: ticket === null ? tickets : [...tickets, ticket], result: answer.result });
}
