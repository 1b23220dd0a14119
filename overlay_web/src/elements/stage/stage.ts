import { css, html, LitElement } from "lit";
import type { TemplateResult } from "lit";
import { EVENT, request } from "../../names.js";
import { catalogue } from "../../text/catalogue.js";
import type { Language } from "../../text/language.js";
import { element } from "../foundation.js";
import { pause, play } from "../icons.js";
import { geometryOf, paintBackdrop } from "./backdrop.js";
import type { Geometry } from "./backdrop.js";
import { LABEL_HEIGHT, LABEL_WIDTH, paintLabel } from "./label.js";
import { paintBranch } from "./branch.js";
import { paintProduct } from "./product.js";
import type { Sprites } from "./product.js";

/** A picture, not a game: half the screen's rate is smooth enough at this speed and costs half. */
const FRAME_MS = 1000 / 30;
/** Finer is not seen on a blurred wall, and phones pay for every pixel. */
const MOST_PIXELS = 1.5e6;
/** The still that is shown where less motion is wanted: the label in front. */
const STILL_MS = 5_600;

/**
 * Stands in for the shop's video: a lit studio with a product on a turntable, drawn here. Stands still when hidden,
 * when paused, and where less motion is wanted (then it plays all the same: a still is a picture, too).
 *
 * @fires playing-change - it plays or is paused
 */
export class Stage extends LitElement {
  static override styles = [
    element,
    css`
      :host {
        display: block;
        position: relative;
        background: #6e4a3a;
      }
      canvas {
        display: block;
        inline-size: 100%;
        block-size: 100%;
      }
      button {
        position: absolute;
        inset-block-end: max(10px, env(safe-area-inset-bottom));
        inset-inline-end: 10px;
        display: grid;
        place-items: center;
        inline-size: 32px;
        block-size: 32px;
        border-radius: 50%;
        background: rgb(23 17 14 / 0.6);
        color: #fff9f2;
        font-size: 16px;
        opacity: 0;
        transition: opacity 160ms;
      }
      :host(:hover) button,
      button:focus-visible {
        opacity: 1;
      }
    `,
  ];
  static override properties = { language: { attribute: false }, playing: { state: true } };
  declare language: Language;
  declare protected playing: boolean;

  #canvas: HTMLCanvasElement | null = null;
  #backdrop: HTMLCanvasElement | null = null;
  #sprites: Sprites | null = null;
  #geometry: Geometry | null = null;
  #resizes: ResizeObserver | null = null;
  #request = 0;
  #paintedMs = 0;
  #shownMs = STILL_MS;

  constructor() {
    super();
    this.language = "zh-CN";
    this.playing = true;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.#run);
    request(this, EVENT.playingChange, { playing: this.playing });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.#run);
    this.#resizes?.disconnect();
    cancelAnimationFrame(this.#request);
  }

  protected override firstUpdated(): void {
    this.#canvas = this.renderRoot.querySelector("canvas");
    const label = document.createElement("canvas");
    label.width = LABEL_WIDTH;
    label.height = LABEL_HEIGHT;
    const pen = label.getContext("2d");
    if (pen !== null) paintLabel(pen);
    this.#sprites = { label, branch: document.createElement("canvas") };
    this.#resizes = new ResizeObserver(() => {
      this.#fit();
    });
    this.#resizes.observe(this);
  }

  protected override render(): TemplateResult {
    const words = catalogue(this.language).stage;
    return html`<canvas role="img" aria-label=${words.label}></canvas>
      <button aria-label=${this.playing ? words.pause : words.play} @click=${this.#toggle}>${this.playing ? pause() : play()}</button>`;
  }

  #toggle = (): void => {
    this.playing = !this.playing;
    request(this, EVENT.playingChange, { playing: this.playing });
    this.#run();
  };

  #fit(): void {
    const { clientWidth, clientHeight } = this;
    if (this.#canvas === null || clientWidth === 0 || clientHeight === 0) return;
    const scale = Math.min(devicePixelRatio, 2, Math.sqrt(MOST_PIXELS / (clientWidth * clientHeight)));
    const width = Math.round(clientWidth * scale);
    const height = Math.round(clientHeight * scale);
    this.#canvas.width = width;
    this.#canvas.height = height;
    this.#geometry = geometryOf(width, height);
    if (this.#sprites !== null) paintBranch(this.#sprites.branch, this.#geometry.unit);
    this.#backdrop = document.createElement("canvas");
    this.#backdrop.width = width;
    this.#backdrop.height = height;
    const pen = this.#backdrop.getContext("2d");
    if (pen !== null) paintBackdrop(pen, this.#geometry);
    this.#paint();
    this.#run();
  }

  #run = (): void => {
    cancelAnimationFrame(this.#request);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (document.hidden || !this.playing || still) return;
    this.#paintedMs = 0;
    this.#request = requestAnimationFrame(this.#frame);
  };

  #frame = (now: number): void => {
    this.#request = requestAnimationFrame(this.#frame);
    const passed = now - this.#paintedMs;
    if (passed < FRAME_MS - 2) return;
    // After a pause the bottle goes on where it stood.
    this.#shownMs += this.#paintedMs === 0 ? FRAME_MS : Math.min(passed, 100);
    this.#paintedMs = now;
    this.#paint();
  };

  #paint(): void {
    const pen = this.#canvas?.getContext("2d");
    if (pen === null || pen === undefined || this.#backdrop === null || this.#sprites === null || this.#geometry === null) return;
    pen.drawImage(this.#backdrop, 0, 0);
    paintProduct(pen, this.#geometry, this.#sprites, this.#shownMs);
  }
}
