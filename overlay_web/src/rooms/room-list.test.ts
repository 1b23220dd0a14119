// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from "vitest";
import { eventually, find, shown, wordsOf } from "../elements/testing.js";
import { defineRoomList } from "./define.js";

defineRoomList();

afterEach(() => {
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

async function listing(answer: () => Promise<Response>) {
  const fetching = vi.fn(answer);
  vi.stubGlobal("fetch", fetching);
  const list = await shown("lro-rooms", {});
  await eventually(async () => {
    await list.updateComplete;
    expect(wordsOf(list)).not.toContain("正在加载");
  });
  return { list, fetching };
}

const body = (value: unknown, status = 200) => () => Promise.resolve(new Response(JSON.stringify(value), { status }));

describe("lro-rooms", () => {
  it("OVL11 leads to the viewer page and to the overlay of each room", async () => {
    const { list } = await listing(body([{ id: "a:b", name: "茶舍", show: { id: "s", status: "live", title: "春茶" } }, { id: "vip", name: "", members_only: "black" }]));
    const links = [...(list.shadowRoot?.querySelectorAll("a") ?? [])].map((link) => link.getAttribute("href"));
    expect(links).toEqual(["/rooms/a%3Ab", "/overlay/a%3Ab", "/rooms/vip", "/overlay/vip"]);
    expect(wordsOf(list)).toContain("茶舍 直播中 春茶");
    expect(wordsOf(list)).toContain("vip 主播还没开播 黑钻会员专属");
  });

  it("OVL11 without rooms it tells how to make the first", async () => {
    const { list } = await listing(body([]));
    expect(wordsOf(list)).toContain('curl -X PUT "$SERVER/v1/rooms/tea-house"');
  });

  it.each([
    ["the server says no", body({ code: "x" }, 503)],
    ["it is no list", body({ rooms: "none" })],
    ["the network is away", () => Promise.reject(new TypeError("offline"))],
  ])("OVL11 when %s it says so and tries again when wanted", async (_, answer) => {
    const { list, fetching } = await listing(answer);
    expect(wordsOf(list)).toContain("暂时取不到直播间列表");
    find(list, ".filled", HTMLButtonElement).click();
    expect(fetching).toHaveBeenCalledTimes(2);
  });
});
