// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { find, wordsOf } from "../elements/testing.js";
import { withPosted, withoutRetracted } from "../state/comments.js";
import type { Comments } from "../state/comments.js";
import { nothingYet } from "../state/room-state.js";
import { aRoom, read } from "../wire/testing.js";
import { roomItems, roomView } from "../wire/views.js";
import { boardOf } from "./board.js";
import { BAN_S, MUTE_S } from "./comments-desk.js";
import type { CommentsDesk } from "./comments-desk.js";
import type { HostCommand } from "./commands.js";
import { defineHostPanel } from "./define.js";
import { COMMAND_REQUEST, HELD } from "./names.js";
import { noPresses } from "./presses.js";

defineHostPanel();
const items = roomItems(aRoom(), "room");
const board = boardOf({ ...nothingYet, items, room: roomView(items) }, new Map());
const said = (id: string, name = "小美", text = "好看"): Parameters<typeof withPosted>[1] => ({ id, author: `a-${name}`, name, tier: "silver", text, at_ms: 0 });

let desk: CommentsDesk;
let wanted: HostCommand[];

beforeEach(async () => {
  if (board === null) throw new Error("no board");
  desk = document.createElement("lro-host-comments");
  desk.view = { board, presses: noPresses, live: true, nowMs: 0, currency: "CNY", language: "zh-CN" };
  wanted = [];
  desk.addEventListener(COMMAND_REQUEST, (event) => wanted.push(event.detail));
  document.body.append(desk);
  await has([said("c1"), said("c2", "加微信的人", "加微信领红包")].reduce<Comments>(withPosted, []));
});

afterEach(() => {
  document.body.replaceChildren();
});

async function has(comments: Comments): Promise<void> {
  desk.comments = comments;
  await desk.updateComplete;
}

const lines = (): readonly string[] => [...(desk.shadowRoot?.querySelectorAll(".line") ?? [])].map((line) => wordsOf(line));

async function open(id: string): Promise<void> {
  find(desk, `[data-comment="${id}"] .line`, HTMLButtonElement).click();
  await desk.updateComplete;
}

describe("the comments in the host panel", () => {
  it("PNL9 L13 each line opens to what can be done about it, the newest on top", async () => {
    expect(lines()).toEqual(["加微信的人 加微信领红包", "小美 好看"]);
    expect(desk.shadowRoot?.querySelector(".remove")).toBeNull();
    await open("c2");
    find(desk, ".remove", HTMLButtonElement).click();
    await desk.updateComplete;
    await open("c2");
    find(desk, ".mute", HTMLButtonElement).click();
    await desk.updateComplete;
    await open("c2");
    find(desk, "lro-hold-button").dispatchEvent(new CustomEvent(HELD));
    const who = { author: "a-加微信的人", name: "加微信的人" };
    expect(wanted).toEqual([
      { do: "remove-comment", id: "c2" },
      { do: "restrict-author", ...who, kind: "mute", seconds: MUTE_S },
      { do: "restrict-author", ...who, kind: "ban", seconds: BAN_S },
    ]);
  });

  it("PNL9 while a line is open nothing slips under the thumb, and what came is counted", async () => {
    await open("c1");
    await has(withPosted(withPosted(desk.comments, said("c3")), said("c4")));
    expect(lines()).toHaveLength(2);
    expect(find(desk, ".newer").textContent).toBe("2 条新弹幕");
    await has(withoutRetracted(desk.comments, read("retract", { offset: 1, ids: ["c2"] })));
    expect(lines()).toEqual(["小美 好看"]);
    find(desk, ".newer", HTMLButtonElement).click();
    await desk.updateComplete;
    expect(lines()).toHaveLength(3);
  });

  it("PNL9 who was muted or banned here can be let go again", async () => {
    desk.restricted = new Map([["a-x", { name: "路人", kind: "ban" }]]);
    await desk.updateComplete;
    expect(wordsOf(find(desk, ".set"))).toBe("路人 已封禁 撤销");
    find(desk, ".set button", HTMLButtonElement).click();
    expect(wanted).toEqual([{ do: "lift-author", author: "a-x" }]);
  });

  it("PNL9 without a link nothing can be pressed; without comments it says so, in English too", async () => {
    desk.view = { ...desk.view, live: false, language: "en" };
    await open("c1");
    expect(find(desk, ".remove", HTMLButtonElement).disabled).toBe(true);
    await has([]);
    expect(wordsOf(desk)).toBe("No comments yet");
  });
});
