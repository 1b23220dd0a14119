/** Where we stand in the room's numbered frames, and whether something is missing (PROTOCOL §1.2). No clock, no I/O. */
import type { Position } from "../wire/frames.js";

/** What to do with a numbered frame: use it, let it go, or ask the server because one before it is missing. */
export type Step = "take" | "drop" | "ask";

export class Follower {
  #at: Position | null = null;
  /** Numbered frames wait for the next welcome, which replays them. */
  #gap = false;
  #beacon: Position | null = null;

  /** Sent with every hello; null asks for a whole snapshot. */
  get position(): Position | null {
    return this.#at;
  }

  /** A recovered welcome repeats our position, and what was missed follows it, numbered. */
  welcomed(to: Position, recovered: boolean): void {
    if (!recovered || this.#at === null) this.#at = to;
    this.#gap = false;
    this.#beacon = null;
  }

  /** A frame that must follow directly. */
  follow(offset: number): Step {
    return this.#step(offset, this.#at !== null && offset === this.#at.offset + 1);
  }

  /** `void`: everything up to its offset is dealt with, so it may jump. */
  followVoid(offset: number): Step {
    return this.#step(offset, true);
  }

  /** The beacon tells what is stored: what the room has reached, whether or not it reached us. */
  heard(beacon: Position): void {
    this.#beacon = beacon;
  }

  /** The room is ahead of us by the last beacon: by its epoch or by its offset. */
  get isBehind(): boolean {
    if (this.#at === null || this.#beacon === null) return false;
    return this.#beacon.epoch !== this.#at.epoch || this.#beacon.offset > this.#at.offset;
  }

  /** Whether a hello is needed to get on. */
  get isLost(): boolean {
    return this.#at === null || this.#gap || this.isBehind;
  }

  /** Give the position up: the next hello asks for a whole snapshot. */
  forget(): void {
    this.#at = null;
  }

  #step(offset: number, follows: boolean): Step {
    if (this.#at === null || this.#gap || offset <= this.#at.offset) return "drop";
    if (follows) {
      this.#at = { epoch: this.#at.epoch, offset };
      return "take";
    }
    this.#gap = true;
    return "ask";
  }
}
