/** When a gate opens, and to whom: its state follows from its public times and the clock (L5). Pure. */
import type { Gate } from "../wire/items.js";
import type { MemberCard, Tier } from "../wire/views.js";

/** One time of a gate, and the tiers it opens to then; no tiers: everybody. */
export type GateStep = { readonly atMs: number; readonly tiers: readonly string[] };

/** Earliest first, the last of them everybody's. Tiers that wait with everybody are not named. */
export function stepsOf(gate: Gate, tiers: Readonly<Record<string, Tier>>): readonly GateStep[] {
  const early = Object.entries(gate.opens_ms).filter(([, atMs]) => atMs < gate.public_ms);
  const times = [...new Set(early.map(([, atMs]) => atMs))].sort((one, other) => one - other);
  const rankOf = (tier: string): number => tiers[tier]?.order ?? 0;
  return [
    ...times.map((atMs) => ({
      atMs,
      tiers: early
        .filter(([, at]) => at === atMs)
        .map(([tier]) => tier)
        .sort((one, other) => rankOf(other) - rankOf(one)),
    })),
    { atMs: gate.public_ms, tiers: [] },
  ];
}

/** The tier that early access looks at: a bought boost does not count, a grant does (P4, T8). */
export const settledTier = (card: MemberCard): string => (card.boost === null ? card.tier : (card.real_tier ?? card.tier));

/** When it opens to the viewer; everybody's time for whoever has no card. */
export const myTimeMs = (gate: Gate, card: MemberCard | null): number =>
  card === null ? gate.public_ms : (gate.opens_ms[settledTier(card)] ?? gate.public_ms);
