import { describe, expect, it } from "vitest";
import { ShapeError } from "./shape.js";
import { aRoom } from "./testing.js";
import { listedRooms, roomItems, roomView } from "./views.js";

describe("roomView", () => {
  it("WIR5 an item of a wrong shape is absent and the others are read", () => {
    const items = roomItems(aRoom({ show: { id: 7 }, slow_s: "often", tiers: { gold: { name: "黄金会员" }, broken: 3 } }), "room");
    const view = roomView(items);
    expect(view).toMatchObject({ id: "r1", name: "山茶小筑", show: null, slowS: 0 });
    expect(Object.keys(view.tiers)).toEqual(["gold"]);
  });

  it("WIR2 a room with nothing but its id is readable", () => {
    expect(roomView(roomItems({ id: "r1" }, "room"))).toMatchObject({ id: "r1", name: "", writers: "all", tiers: {} });
  });
});

describe("listedRooms", () => {
  const row = { id: "demo", name: "演示", members_only: null, show: { id: "s", status: "live", title: "" } };

  it("OVL11 reads a bare list and one under rooms alike", () => {
    expect(listedRooms([row])).toEqual(listedRooms({ rooms: [row] }));
    expect(listedRooms([row])).toMatchObject([{ id: "demo", show: { status: "live" } }]);
  });

  it("OVL11 leaves out a row it cannot read and refuses what is no list", () => {
    expect(listedRooms([{ name: "without id" }, row])).toHaveLength(1);
    expect(() => listedRooms({ error: "x" })).toThrow(ShapeError);
  });
});
