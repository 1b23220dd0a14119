import { html, LitElement, nothing, svg } from "lit";
import type { SVGTemplateResult, TemplateResult } from "lit";
import type { Material } from "../../text/tiers.js";
import { METALS } from "../palette.js";
import { styles } from "./tier-badge.styles.js";

/**
 * A tier as a cut stone of its metal, with or without its name.
 *
 * @attr material - which of the five looks
 * @attr label - the tier's name; empty: only the stone is shown
 * @attr bare - the name is for screen readers only
 */
export class TierBadge extends LitElement {
  static override styles = styles;
  static override properties = {
    material: { reflect: true },
    label: {},
    bare: { type: Boolean, reflect: true },
  };
  declare material: Material;
  declare label: string;
  declare bare: boolean;

  constructor() {
    super();
    this.material = "basic";
    this.label = "";
    this.bare = false;
  }

  protected override render(): TemplateResult {
    const { chip, label } = METALS[this.material];
    const stone = html`<svg class="stone" viewBox="0 0 32 32" aria-hidden="true">${stoneOf(this.material)}</svg>`;
    if (this.bare || this.label === "") return html`${stone}<span class="unseen">${this.label}</span>`;
    return html`<span class="chip" style="--from:${chip[0]};--to:${chip[1]};--on:${label}">${stone}<span class="name">${this.label}</span></span>`;
  }
}

/** Six outer facets, lit from the upper left, round a table with the tier's sign. */
const RIM = ["16,1.5", "28.6,8.75", "28.6,23.25", "16,30.5", "3.4,23.25", "3.4,8.75"] as const;
const TABLE = ["16,7", "23.8,11.5", "23.8,20.5", "16,25", "8.2,20.5", "8.2,11.5"] as const;
/** Which of the four tones each facet has, clockwise from the upper right. */
const LIGHT = [1, 2, 3, 3, 1, 0] as const;

const SIGNS: Readonly<Record<Material, SVGTemplateResult>> = {
  basic: svg`<circle cx="16" cy="16" r="2.6" />`,
  bronze: svg`<path d="M11.6 17.9 16 13.500l4.4 4.400v2.900L16 16.500l-4.4 4.300Z" />`,
  silver: svg`<path d="M11.6 15.4 16 11l4.4 4.400v2.700L16 13.800l-4.4 4.300Zm0 4.7 4.4-4.4 4.4 4.400v2.700L16 18.500l-4.4 4.300Z" transform="translate(0 -1)" />`,
  gold: svg`<path d="m10.2 12.4 3.2 2.600L16 10.900l2.6 4.1 3.2-2.6-1.2 7.400h-9.200Z" />`,
  black: svg`<path d="M12.6 11.600h6.800l3 3.400L16 21.8 9.6 15Zm.9 1.3-1.7 2.100h2.500l.7-2.100Zm3.5 0 .7 2.100h2.500l-1.7-2.100Z" fill-rule="evenodd" />`,
};

function stoneOf(material: Material): SVGTemplateResult {
  const { facets, label } = METALS[material];
  const table = material === "black" ? facets[2] : facets[0];
  return svg`
    ${RIM.map((corner, index) => {
      const next = (index + 1) % RIM.length;
      return svg`<polygon points="${corner} ${RIM[next]} ${TABLE[next]} ${TABLE[index]}" fill=${facets[LIGHT[index] ?? 0]} />`;
    })}
    <polygon points=${TABLE.join(" ")} fill=${table} />
    <polygon points="16,7 8.2,11.5 8.2,20.5" fill="#fff" opacity=${material === "black" ? 0.1 : 0.28} />
    ${material === "black" ? svg`<polygon points=${RIM.join(" ")} fill="none" stroke="#b9a6e6" stroke-width=".9" />` : nothing}
    <g fill=${material === "black" ? "#eaddff" : label} opacity=".86">${SIGNS[material]}</g>
  `;
}
