/** Line icons on a 24 grid, drawn here. They are decoration: the words beside or in `aria-label` carry the meaning. */
import { svg } from "lit";
import type { SVGTemplateResult, TemplateResult } from "lit";
import { html } from "lit";

const icon = (shape: SVGTemplateResult): TemplateResult => html`<svg
  viewBox="0 0 24 24"
  width="1em"
  height="1em"
  fill="none"
  stroke="currentColor"
  stroke-width="1.8"
  stroke-linecap="round"
  stroke-linejoin="round"
  aria-hidden="true"
>
  ${shape}
</svg>`;

const HEART = "M12 20.2C6.4 16.3 3 13 3 9.1A4.6 4.6 0 0 1 7.6 4.4c1.8 0 3.4 1 4.4 2.6 1-1.6 2.6-2.6 4.4-2.6A4.6 4.6 0 0 1 21 9.1c0 3.9-3.4 7.2-9 11.1Z";

export const heart = (): TemplateResult => icon(svg`<path d=${HEART} fill="currentColor" stroke="none" />`);
export const share = (): TemplateResult =>
  icon(svg`<path d="M14 5.2 20.5 11 14 16.8v-3.6c-5 0-8.3 1.5-10.5 5.300C4 12.4 7.6 8.9 14 8.700Z" />`);
export const send = (): TemplateResult => icon(svg`<path d="M12 19V5.500M5.8 11.5 12 5.300l6.2 6.2" stroke-width="2.2" />`);
export const chevron = (): TemplateResult => icon(svg`<path d="m7 10 5 5 5-5" />`);
export const gift = (): TemplateResult =>
  icon(svg`<path d="M4.5 11h15v8a1 1 0 0 1-1 1h-13a1 1 0 0 1-1-1ZM3.5 7.500h17V11h-17ZM12 7.500V20M12 7.500C10 7.5 7.5 6.8 7.5 5a1.9 1.9 0 0 1 1.9-1.800C11 3.2 12 5.5 12 7.500Zm0 0c2 0 4.5-.7 4.5-2.500a1.9 1.9 0 0 0-1.9-1.800C13 3.2 12 5.5 12 7.500Z" />`);
export const spark = (): TemplateResult =>
  icon(svg`<path d="M12 3.500c.6 4.7 3.1 7.4 8 8.5-4.9 1.1-7.4 3.8-8 8.5-.6-4.7-3.1-7.4-8-8.5 4.9-1.1 7.4-3.8 8-8.500Z" fill="currentColor" stroke="none" />`);
export const people = (): TemplateResult =>
  icon(svg`<circle cx="12" cy="8.3" r="3.8" /><path d="M4.5 20c.6-4 3.6-6.2 7.5-6.200s6.9 2.2 7.5 6.2" />`);
export const pause = (): TemplateResult => icon(svg`<path d="M8.5 5.500v13M15.5 5.500v13" stroke-width="2.6" />`);
export const play = (): TemplateResult => icon(svg`<path d="M8 5.500v13l10.5-6.500Z" fill="currentColor" />`);
export const clock = (): TemplateResult => icon(svg`<circle cx="12" cy="13" r="7.600" /><path d="M12 9v4.300l2.8 1.800M9.5 2.800h5" />`);
export const bag = (): TemplateResult => icon(svg`<path d="M5.500 8.500h13l1 11.500h-15ZM8.800 11V7.500a3.200 3.200 0 0 1 6.400 0V11" />`);
export const bars = (): TemplateResult => icon(svg`<path d="M6 19.500v-6M12 19.500v-15M18 19.500v-10" stroke-width="2.600" />`);
export const ticket = (): TemplateResult =>
  icon(svg`<path d="M3.500 6.500h17v3.600a2 2 0 0 0 0 3.800v3.600h-17v-3.600a2 2 0 0 0 0-3.800ZM14.500 6.800v10.400" />`);
export const flag = (): TemplateResult => icon(svg`<path d="M6 21V3.800h11.500l-2.300 4 2.300 4H6" />`);
export const pin = (): TemplateResult => icon(svg`<path d="M12 14.500V21M8 3.500h8l-1 5.500 3 3.300v2.200H6v-2.200L9 9Z" />`);
export const tick = (): TemplateResult => icon(svg`<path d="m5 12.700 4.700 4.700L19.300 7.300" stroke-width="2.800" />`);
