/** The two views of PROTOCOL §1.3: the room, same for all, and the member's own card. */
import {
  attempt,
  flag,
  integer,
  isMap,
  list,
  numeric,
  oneOf,
  orElse,
  orNull,
  readableOnly,
  record,
  ShapeError,
  text,
} from "./shape.js";
import { activitiesOf, ownTask } from "./items.js";
import type { RoomActivities } from "./items.js";
import type { JsonMap, Read, Reader } from "./shape.js";

export const localised = record({ "zh-CN": text, en: text });
export type Localised = Read<typeof localised>;

const show = record({
  id: text,
  status: oneOf("scheduled", "live", "ended", "replay"),
  title: orElse(text, ""),
  starts_ms: orNull(integer),
});
export type Show = Read<typeof show>;

const tier = record({
  name: text,
  color: orNull(text),
  growth: orElse(integer, 0),
  order: orElse(integer, 0),
});
export type Tier = Read<typeof tier>;

const shoutouts = record({ paused: flag });

/** The room's items exactly as folded. Content the screen does not know stays in it. */
export type RoomItems = JsonMap;

/** Without null inside, as the contract promises: an absent key means none. */
export const roomItems: Reader<RoomItems> = (value, path) => {
  if (!isMap(value)) throw new ShapeError(path, "a map");
  for (const key of Object.keys(value)) if (value[key] === null) throw new ShapeError(`${path}.${key}`, "absent, not null");
  return value as JsonMap;
};

/** What the screens of today show of a room. An item of a wrong shape is as good as absent. */
export type RoomView = {
  readonly id: string;
  readonly name: string;
  readonly membersOnly: string | null;
  readonly writers: "all" | "members";
  readonly slowS: number;
  readonly show: Show | null;
  readonly tiers: Readonly<Record<string, Tier>>;
  readonly theme: Readonly<Record<string, string>>;
  /** The host holds shout-outs back. */
  readonly shoutsPaused: boolean;
  readonly activities: RoomActivities;
};

export function roomView(items: RoomItems): RoomView {
  return {
    id: attempt(text, items.id) ?? "",
    name: attempt(text, items.name) ?? "",
    membersOnly: attempt(text, items.members_only),
    writers: attempt(oneOf("all", "members"), items.writers) ?? "all",
    slowS: attempt(integer, items.slow_s) ?? 0,
    show: attempt(show, items.show),
    tiers: attempt(readableOnly(tier), items.tiers) ?? {},
    theme: attempt(readableOnly(text), items.theme) ?? {},
    shoutsPaused: attempt(shoutouts, items.shoutouts)?.paused ?? false,
    activities: activitiesOf(items),
  };
}

const way = record({ rule: text, points: integer, left: orElse(integer, 0) });
const coupon = record({
  id: text,
  title: text,
  off: orElse(integer, 0),
  min: orElse(integer, 0),
  expires_ms: orNull(integer),
});
export type Way = Read<typeof way>;
export type Coupon = Read<typeof coupon>;

const nothingToday = { earned: 0, claimable: 0, ways: [] } as const;

export const memberCard = record({
  member: text,
  /** The opaque tag by which public frames name this member. */
  author: text,
  name: text,
  version: integer,
  as_of_ms: integer,
  tier: text,
  real_tier: orNull(text),
  until_ms: orNull(integer),
  boost: orNull(record({ tier: text, until_ms: integer })),
  growth: integer,
  points: integer,
  held: orElse(integer, 0),
  next: orNull(
    record({
      tier: text,
      growth_to_go: integer,
      /** Smallest single order that closes the gap, in minor units. */
      spend_to_go: orNull(integer),
      hint: orNull(localised),
    }),
  ),
  today: orElse(
    record({ earned: orElse(integer, 0), claimable: orElse(integer, 0), ways: orElse(list(way), []) }),
    nothingToday,
  ),
  nearest_reward: orNull(record({ id: text, name: text, points_to_go: integer })),
  retention: orNull(record({ growth_to_keep: integer, deadline_ms: integer, hint: orNull(localised) })),
  tasks: orElse(readableOnly(ownTask), {}),
  coupons: orElse(list(coupon), []),
  multiplier: orElse(numeric, 1),
  streak: orElse(integer, 0),
  /** Boxes that may be opened for nothing. */
  tickets: orElse(integer, 0),
  cohort: orNull(text),
  /** VIP service of the effective tier. */
  service: orNull(record({ text, link: orNull(text) })),
  /** Today is a member day (E11): the better of it and the tier's own price counts. */
  member_day: orNull(record({ percent: orElse(integer, 0), multiplier: orElse(numeric, 1), until_ms: integer })),
});
export type MemberCard = Read<typeof memberCard>;

/** One row of `GET /v1/rooms`. */
const listedRoom = record({ id: text, name: orElse(text, ""), members_only: orNull(text), show: orNull(show) });
export type ListedRoom = Read<typeof listedRoom>;

/** The answer of `GET /v1/rooms`: a list, or a map that holds it under `rooms`. */
export function listedRooms(body: unknown): readonly ListedRoom[] {
  const rows = isMap(body) ? body.rooms : body;
  if (!Array.isArray(rows)) throw new ShapeError("rooms", "a list");
  return rows.map((row) => attempt(listedRoom, row)).filter((row) => row !== null);
}

