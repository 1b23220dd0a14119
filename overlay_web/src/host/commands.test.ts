import { describe, expect, it } from "vitest";
import { countGraphemes } from "../text/graphemes.js";
import { requestOf, slotOf } from "./commands.js";
import type { HostCommand } from "./commands.js";
import { presets } from "./presets.js";

const of = (command: HostCommand) => requestOf("r 1", command, 1_000);

describe("commands", () => {
  it("PNL1 the first preset is ten minutes of sharing for a hundred points, in one request", () => {
    const [share] = presets("zh-CN");
    if (share === undefined) throw new Error("there is no preset");
    expect(of({ do: "start-task", spec: share.spec })).toEqual({
      method: "POST",
      path: "/v1/rooms/r%201/tasks",
      body: { kind: "share", title: "最后10分钟分享得100积分", reward: 100, target: 1, seconds: 600, budget: 50_000 },
    });
  });

  it("PNL1 there are six, each of its own kind, which a budget holds and a title fits", () => {
    for (const language of ["zh-CN", "en"] as const) {
      const all = presets(language);
      expect(new Set(all.map(({ id }) => id)).size).toBe(6);
      for (const { spec } of all) {
        expect(spec.budget).toBeGreaterThanOrEqual(spec.reward * 100);
        expect(countGraphemes(spec.title ?? "")).toBeLessThanOrEqual(60);
        expect(spec.password !== undefined).toBe(spec.kind === "password");
      }
    }
  });

  it("PNL4 every change of a task names the rev that was seen", () => {
    for (const command of [
      { do: "extend-task", task: "t1", seconds: 300, rev: 4 },
      { do: "pause-task", task: "t1", rev: 4 },
      { do: "resume-task", task: "t1", rev: 4 },
      { do: "cancel-task", task: "t1", rev: 4 },
    ] as const) {
      const { method, path, body } = of(command);
      expect([method, path, body?.action, body?.rev]).toEqual(["PATCH", "/v1/rooms/r%201/tasks/t1", command.do.replace("-task", ""), 4]);
    }
  });

  it.each([
    [{ do: "plan-show", title: "秋冬" }, "POST", "/shows", { title: "秋冬" }],
    [{ do: "start-show", show: "s1" }, "PATCH", "/shows/s1", { status: "live" }],
    [{ do: "end-show", show: "s1" }, "PATCH", "/shows/s1", { status: "ended" }],
    [{ do: "open-first-n", title: "前50", n: 50, points: 200 }, "POST", "/first-n", { title: "前50", n: 50, points: 200 }],
    [{ do: "close-first-n", id: "f1" }, "PATCH", "/first-n/f1", { action: "close" }],
    [{ do: "cancel-gate", id: "g1" }, "DELETE", "/gates/g1", null],
    [{ do: "open-poll", question: "哪个", options: ["红", "白"], seconds: 60 }, "POST", "/polls", { question: "哪个", options: ["红", "白"], seconds: 60 }],
    [{ do: "close-poll", id: "p1" }, "PATCH", "/polls/p1", { action: "close" }],
    [{ do: "remove-poll", id: "p1" }, "DELETE", "/polls/p1", null],
    [{ do: "cancel-draw", id: "d1" }, "PATCH", "/draws/d1", { action: "cancel" }],
    [{ do: "remove-draw", id: "d1" }, "DELETE", "/draws/d1", null],
    [{ do: "put-spotlight", sku: "s", title: "油", price: 990 }, "PUT", "/spotlight", { sku: "s", title: "油", price: 990 }],
    [{ do: "clear-spotlight" }, "DELETE", "/spotlight", null],
    [{ do: "pin", text: "一句" }, "PUT", "/pinned", { text: "一句" }],
    [{ do: "unpin" }, "DELETE", "/pinned", null],
    [{ do: "post-notice", text: "一句" }, "POST", "/notices", { text: "一句" }],
    [{ do: "set-slow", seconds: 10 }, "PATCH", "", { slow_s: 10 }],
    [{ do: "set-writers", writers: "members" }, "PATCH", "", { writers: "members" }],
    [{ do: "remove-comment", id: "k1" }, "DELETE", "/comments/k1", null],
    [{ do: "restrict-author", author: "a1", name: "路人", kind: "mute", seconds: 600 }, "PUT", "/restrictions/a1", { kind: "mute", until_ms: 601_000 }],
    [{ do: "lift-author", author: "a1" }, "DELETE", "/restrictions/a1", null],
  ] as const)("PNL8 %j asks as the contract says", (command, method, path, body) => {
    expect(of(command)).toEqual({ method, path: `/v1/rooms/r%201${path}`, body });
  });

  it("PNL3 what acts on one thing shares a slot; two presets do not", () => {
    expect(slotOf({ do: "end-show", show: "s1" })).toBe(slotOf({ do: "plan-show", title: "x" }));
    expect(slotOf({ do: "close-poll", id: "p1" })).toBe(slotOf({ do: "remove-poll", id: "p1" }));
    const slots = presets("zh-CN").map(({ spec }) => slotOf({ do: "start-task", spec }));
    expect(new Set(slots).size).toBe(slots.length);
  });
});
