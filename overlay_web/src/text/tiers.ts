/** What a tier is called and what it is made of on screen (T9: names are the operator's). Pure. */
import type { Tier } from "../wire/views.js";
import { catalogue } from "./catalogue.js";
import type { Language } from "./language.js";

/** The five looks of a badge. */
export type Material = "basic" | "bronze" | "silver" | "gold" | "black";

const MATERIALS: readonly Material[] = ["basic", "bronze", "silver", "gold", "black"];
/** For programmes of 3 to 5 tiers with ids of their own, from the lowest up. */
const BY_LADDER: Readonly<Record<number, readonly Material[]>> = {
  3: ["basic", "silver", "gold"],
  4: ["basic", "silver", "gold", "black"],
  5: MATERIALS,
};

type Tiers = Readonly<Record<string, Tier>>;

const isMaterial = (id: string): id is Material => (MATERIALS as readonly string[]).includes(id);

/** A known id has its own look; another takes the look of its place on the ladder. */
export function materialOf(id: string, tiers: Tiers): Material {
  if (isMaterial(id)) return id;
  const ladder = Object.entries(tiers).sort(([, one], [, other]) => one.order - other.order || one.growth - other.growth);
  const place = ladder.findIndex(([tier]) => tier === id);
  return (BY_LADDER[ladder.length] ?? MATERIALS)[place] ?? "basic";
}

/**
 * The operator's name. The preset's own Chinese names are ours, so they are translated; a name that the operator
 * chose is shown as it is in every language.
 */
export function tierName(id: string, tiers: Tiers, language: Language): string {
  const given = tiers[id]?.name;
  const ours = catalogue(language).tiers[id];
  if (given === undefined || given === "") return ours ?? id;
  return given === catalogue("zh-CN").tiers[id] ? (ours ?? given) : given;
}
