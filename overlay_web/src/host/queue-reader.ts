/** Asks for a room's shout-outs again and again while an element is there and its page is seen. */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { HostApi } from "./api.js";
import { readQueue, seenAfter } from "./shout-queue.js";
import type { ShoutQueueView } from "./shout-queue.js";

export class QueueReader implements ReactiveController {
  queue: ShoutQueueView | null = null;
  /** Our clock when it was read: add what has passed since to its `now_ms`. */
  #readMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Only the newest answer is believed. */
  #asked = 0;
  #gone = false;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly source: () => { readonly api: HostApi | null; readonly room: string },
    private readonly everyMs: number,
  ) {
    host.addController(this);
  }

  get nowMs(): number {
    return (this.queue?.now_ms ?? 0) + Math.max(0, performance.now() - this.#readMs);
  }

  hostConnected(): void {
    this.#gone = false;
    void this.#again();
  }

  hostDisconnected(): void {
    this.#gone = true;
    clearTimeout(this.#timer);
  }

  async read(): Promise<void> {
    const { api, room } = this.source();
    if (api === null || room === "") return;
    const asked = (this.#asked += 1);
    const outcome = await api.get(`/v1/rooms/${encodeURIComponent(room)}/queue`);
    if (asked === this.#asked && outcome.kind === "done") this.take(outcome.body);
  }

  take(body: unknown): void {
    const queue = readQueue(body);
    if (queue === null) return;
    this.#asked += 1;
    this.#readMs = performance.now();
    this.queue = seenAfter(this.queue, queue);
    this.host.requestUpdate();
  }

  async #again(): Promise<void> {
    clearTimeout(this.#timer);
    if (!document.hidden) await this.read();
    if (this.#gone) return;
    // What is on screen moves on by the clock, too.
    this.host.requestUpdate();
    this.#timer = setTimeout(() => void this.#again(), this.everyMs);
  }
}
