/**
 * The colours, in numbers, so that a test can prove them legible over any video: black, white and all between.
 * Warm near-black scrims, one accent, and the five tier materials as small details.
 */
import type { Material } from "../text/tiers.js";

export const INK = "#fff9f2";
export const INK_SOFT = "#e0d6cc";
/** Marks, progress, links: on a scrim. */
export const ACCENT = "#ff8d6b";
/** Under white words: the one filled button. */
export const ACCENT_DEEP = "#cf3f1f";

export type Scrim = { readonly colour: string; readonly alpha: number };
/** Under a card or a bar. */
export const SCRIM: Scrim = { colour: "#17110e", alpha: 0.82 };
/** Under one line of the stream. */
export const SCRIM_LIGHT: Scrim = { colour: "#140f0c", alpha: 0.7 };

/** A metal: facets from light to dark, the words on it, and the tint of a name on a scrim. */
export type Metal = {
  readonly facets: readonly [string, string, string, string];
  /** The chip under `label`, from left to right. */
  readonly chip: readonly [string, string];
  readonly label: string;
  readonly tint: string;
};

export const METALS: Readonly<Record<Material, Metal>> = {
  basic: { facets: ["#d9d5d0", "#b9b3ac", "#96908a", "#77716b"], chip: ["#d8d4cf", "#bab4ad"], label: "#2a2622", tint: "#efe9e3" },
  bronze: { facets: ["#f6cfae", "#d99a69", "#b06f41", "#7d4826"], chip: ["#f0c19a", "#d3915d"], label: "#321704", tint: "#ffdcc2" },
  silver: { facets: ["#ffffff", "#d5dde8", "#a7b2c2", "#76839a"], chip: ["#f6f9fd", "#bcc8d8"], label: "#1d2633", tint: "#eaf1fb" },
  gold: { facets: ["#fff2c4", "#f3cd6d", "#d19f34", "#93661a"], chip: ["#ffe9a6", "#e5b547"], label: "#352200", tint: "#ffe9ab" },
  black: { facets: ["#6d5f86", "#3b3350", "#211b31", "#0d0a15"], chip: ["#2b2340", "#0f0b1a"], label: "#e9dcff", tint: "#eaddff" },
};
