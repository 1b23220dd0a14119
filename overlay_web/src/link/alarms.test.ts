import { describe, expect, it } from "vitest";
import { Alarms } from "./alarms.js";

describe("Alarms", () => {
  it("LNK2 ring in the order of their moments, each once", () => {
    const alarms = new Alarms<"a" | "b" | "c">();
    alarms.set("a", 30);
    alarms.set("b", 10);
    alarms.set("c", 90);
    expect(alarms.next()).toBe(10);
    expect([alarms.takeDue(40), alarms.takeDue(40), alarms.takeDue(40)]).toEqual(["b", "a", null]);
    alarms.set("c", 20);
    expect(alarms.at("c")).toBe(20);
    alarms.clear("c");
    expect([alarms.has("c"), alarms.next()]).toEqual([false, null]);
  });
});
