// @vitest-environment happy-dom
import { afterEach, describe, expect, it } from "vitest";
import type { Leader } from "../../wire/figures.js";
import { defineLeaderboard } from "./define.js";
import type { Leaderboard } from "./leaderboard.js";

defineLeaderboard();

const LEADERS: readonly Leader[] = [
  { name: "阿强", author: "a1", tier: "gold", score: 1_520 },
  { name: "", author: null, tier: "basic", score: 320 },
  { name: "小美", author: "a-me", tier: "silver", score: 12 },
  { name: "Momo", author: "a4", tier: "basic", score: 2 },
];

async function shown(changes: Partial<Pick<Leaderboard, "leaders" | "surface" | "author" | "language">>): Promise<ShadowRoot> {
  const board = document.createElement("lro-leaderboard");
  Object.assign(board, { leaders: LEADERS, ...changes });
  document.body.append(board);
  await board.updateComplete;
  if (board.shadowRoot === null) throw new Error("nothing was rendered");
  return board.shadowRoot;
}

const lines = (root: ShadowRoot): readonly string[] => [...root.querySelectorAll("li")].map((line) => (line.textContent).replaceAll(/\s+/gu, " ").trim());

afterEach(() => {
  document.body.replaceChildren();
});

describe("<lro-leaderboard>", () => {
  it("L8 names the first places with their score, and nobody who does not want to be named", async () => {
    expect(lines(await shown({ surface: "host" }))).toEqual(["1 阿强 1,520", "2 神秘用户 320", "3 小美 12", "4 Momo 2"]);
  });

  it("L8 the picture shows three, the viewer's chip opens the whole list", async () => {
    expect(lines(await shown({ surface: "broadcast" }))).toHaveLength(3);
    const root = await shown({ surface: "viewer" });
    expect(root.querySelector("details")?.open).toBe(false);
    expect(lines(root)).toHaveLength(4);
  });

  it("L8 marks the viewer's own line, and no hidden one as theirs", async () => {
    const own = await shown({ author: "a-me" });
    expect([...own.querySelectorAll("li.mine bdi")].map((one) => one.textContent)).toEqual(["小美"]);
    expect((await shown({ author: null })).querySelector("li.mine")).toBeNull();
  });

  it("O6 with nobody on it nothing is on the page", async () => {
    for (const surface of ["viewer", "broadcast", "host"] as const) expect((await shown({ leaders: [], surface })).textContent.trim()).toBe("");
  });

  it("L8 Escape closes the list", async () => {
    const root = await shown({ surface: "viewer" });
    const details = root.querySelector("details");
    details?.setAttribute("open", "");
    details?.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    expect(details?.open).toBe(false);
  });
});
