// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { find, shown, wordsOf } from "../elements/testing.js";
import { defineHostPanel } from "./define.js";
import { HOLD_MS } from "./hold.js";
import type { HoldButton } from "./hold-button.js";
import { HELD } from "./names.js";

defineHostPanel();

let button: HoldButton;
let held: number;

beforeEach(async () => {
  button = await shown("lro-hold-button", { label: "结束直播" });
  held = 0;
  button.addEventListener(HELD, () => { held += 1; });
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  document.body.replaceChildren();
});

const inner = () => find(button, "button", HTMLButtonElement);
const key = (type: string, name: string, repeat = false) => inner().dispatchEvent(new KeyboardEvent(type, { key: name, repeat, cancelable: true }));
const pointer = (type: string) => inner().dispatchEvent(new PointerEvent(type, { button: 0 }));

describe("<lro-hold-button>", () => {
  it("PNL2 a finger that stays for a second does it, once", () => {
    pointer("pointerdown");
    vi.advanceTimersByTime(HOLD_MS - 1);
    expect(held).toBe(0);
    vi.advanceTimersByTime(5_000);
    expect(held).toBe(1);
  });

  it.each(["pointerup", "pointerleave", "pointercancel", "blur"])("PNL2 %s before that does nothing", (type) => {
    pointer("pointerdown");
    vi.advanceTimersByTime(HOLD_MS - 1);
    pointer(type);
    vi.advanceTimersByTime(5_000);
    expect(held).toBe(0);
  });

  it.each(["Enter", " "])("PNL2 the key %j held does it; its repetitions are one press", (name) => {
    key("keydown", name);
    vi.advanceTimersByTime(HOLD_MS / 2);
    key("keydown", name, true);
    vi.advanceTimersByTime(HOLD_MS / 2);
    key("keydown", name, true);
    vi.advanceTimersByTime(5_000);
    key("keyup", name);
    expect(held).toBe(1);
  });

  it("PNL2 Escape, and being disabled meanwhile, take it back", async () => {
    key("keydown", "Enter");
    key("keydown", "Escape");
    vi.advanceTimersByTime(5_000);
    pointer("pointerdown");
    button.disabled = true;
    await button.updateComplete;
    vi.advanceTimersByTime(5_000);
    expect(held).toBe(0);
  });

  it("PNL2 a tap says what is wanted", async () => {
    pointer("pointerdown");
    pointer("pointerup");
    await button.updateComplete;
    expect(wordsOf(button)).toContain("请按住1秒");
  });

  it("PNL2 says to whoever cannot see it that it must be held", () => {
    expect(wordsOf(button)).toContain("结束直播");
    expect(inner().getAttribute("aria-label")).toBe("长按1秒：结束直播");
  });
});
