// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";
import { aRoom } from "../../wire/testing.js";
import { roomView } from "../../wire/views.js";
import type { RoomItems } from "../../wire/views.js";
import { shown, wordsOf } from "../testing.js";
import { defineRoomHeader } from "./define.js";

defineRoomHeader();

const room = (over = {}) => roomView(aRoom(over) as RoomItems);

describe("lro-room-header", () => {
  it("OVL10 says what is on and how many watch", async () => {
    expect(wordsOf(await shown("lro-room-header", { room: room(), online: 1_284 }))).toBe("秋冬专场 直播中 1,284");
    expect(wordsOf(await shown("lro-room-header", { room: room(), online: 1_284, language: "en" }))).toBe("秋冬专场 Live 1,284");
  });

  it.each([
    [{ show: { id: "s", status: "ended", title: "" } }, "山茶小筑 直播已结束"],
    [{ show: { id: "s", status: "replay", title: "回看" } }, "回看 回放"],
    [{ show: { id: "s", status: "scheduled", title: "" } }, "山茶小筑 主播还没开播"],
    [{ show: undefined, name: "" }, "r1 主播还没开播"],
  ])("OVL10 a room off the air says so (%#)", async (over, words) => {
    expect(wordsOf(await shown("lro-room-header", { room: room(over), online: null }))).toBe(words);
  });
});
