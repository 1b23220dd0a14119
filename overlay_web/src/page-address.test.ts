import { describe, expect, it } from "vitest";
import { roomOfPath } from "./page-address.js";

describe("roomOfPath", () => {
  it.each([
    ["/rooms/demo", "demo"],
    ["/rooms/demo/", "demo"],
    ["/rooms/tea%2Dhouse", "tea-house"],
    ["/rooms/", null],
    ["/rooms/a/b", null],
    ["/overlay/demo", null],
    ["/rooms/%E0%A4%A", null],
    ["/rooms/%3Cscript%3E", null],
    [`/rooms/${"a".repeat(65)}`, null],
  ])("OVL11 %s is room %s", (path, room) => {
    expect(roomOfPath(path, "rooms")).toBe(room);
  });

  it("OVL8 the overlay's address names the room the same way", () => {
    expect(roomOfPath("/overlay/demo", "overlay")).toBe("demo");
  });
});
