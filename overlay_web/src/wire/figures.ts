/** The leaderboard's pulse and a host's figures (PROTOCOL §1.2 and §2). What cannot be read is as good as absent. */
import { attempt, integer, list, mapOf, orElse, orNull, record, text } from "./shape.js";
import type { Json, Read } from "./shape.js";

/** An empty name is somebody who does not want to be named. */
const leader = record({ name: orElse(text, ""), author: orNull(text), tier: orElse(text, ""), score: integer });
const leaderboard = record({ show: text, top: list(leader) });
export type Leader = Read<typeof leader>;

/** The places of this show, the highest first; none of another's. */
export function leadersOf(pulses: Readonly<Record<string, Json>>, show: string | null): readonly Leader[] {
  const board = attempt(leaderboard, pulses.leaderboard);
  return board !== null && board.show === show ? board.top : [];
}

const funnel = record({
  task: text,
  kind: orElse(text, ""),
  title: orElse(text, ""),
  state: orElse(text, ""),
  saw: integer,
  began: integer,
  reached: integer,
  rewarded: integer,
  orders: integer,
});
export type Funnel = Read<typeof funnel>;

const figures = record({
  as_of_ms: integer,
  audience: orNull(record({ online: integer, anonymous: integer, tiers: mapOf(integer) })),
  show: orNull(
    record({
      id: text,
      points: record({ given: integer, taken_back: orElse(integer, 0), liability: integer }),
      orders: record({ count: integer, paid: integer }),
      shouts: record({ shown: integer, coupons: integer, orders: integer }),
      tasks: orElse(list(funnel), []),
    }),
  ),
  outstanding: orNull(record({ points: integer, cost: integer })),
});
export type Figures = Read<typeof figures>;

export const readFigures = (body: unknown): Figures | null => attempt(figures, body);
