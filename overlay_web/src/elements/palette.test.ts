import { describe, expect, it } from "vitest";
import { ACCENT, ACCENT_DEEP, INK, INK_SOFT, METALS, SCRIM, SCRIM_LIGHT } from "./palette.js";
import type { Scrim } from "./palette.js";

type Rgb = readonly [number, number, number];
const WHITE: Rgb = [255, 255, 255];
const BLACK: Rgb = [0, 0, 0];

const rgb = (colour: string): Rgb => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)) as unknown as Rgb;

/** What the eye gets of a scrim over a picture. */
const over = ({ colour, alpha }: Scrim, picture: Rgb): Rgb =>
  rgb(colour).map((part, index) => part * alpha + (picture[index] ?? 0) * (1 - alpha)) as unknown as Rgb;

/** WCAG 2.2, relative luminance. */
function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
}

function contrast(one: Rgb, other: Rgb): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const TINTS = Object.entries(METALS).map(([name, { tint }]) => [`a ${name} name`, tint] as const);

describe("words on scrims", () => {
  it.each([["ink", INK], ["soft ink", INK_SOFT], ["the accent", ACCENT], ["gold words", "#ffd9a8"], ...TINTS] as const)(
    "OVL6 %s on a card has 4.5:1 over any video",
    (_, colour) => {
      for (const picture of [WHITE, BLACK]) expect(contrast(rgb(colour), over(SCRIM, picture))).toBeGreaterThanOrEqual(4.5);
    },
  );

  it.each([["ink", INK], ...TINTS] as const)("OVL6 %s in the stream has 4.5:1 over any video", (_, colour) => {
    for (const picture of [WHITE, BLACK]) expect(contrast(rgb(colour), over(SCRIM_LIGHT, picture))).toBeGreaterThanOrEqual(4.5);
  });

  it("OVL6 white on the filled button has 4.5:1", () => {
    expect(contrast(WHITE, rgb(ACCENT_DEEP))).toBeGreaterThanOrEqual(4.5);
  });

  it.each(Object.entries(METALS))("OVL6 the name on a chip of %s has 4.5:1 from end to end", (_, { chip, label }) => {
    for (const end of chip) expect(contrast(rgb(label), rgb(end))).toBeGreaterThanOrEqual(4.5);
  });
});
