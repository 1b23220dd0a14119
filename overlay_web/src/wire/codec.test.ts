import { decode, encode } from "@msgpack/msgpack";
import { describe, expect, it } from "vitest";
import { decodeFrames, encodeMessage, JSON_TEXT, MSGPACK, SUBPROTOCOLS } from "./codec.js";
import { bytesOf, welcomeMap } from "./testing.js";

describe("messages", () => {
  const act = { type: "act", ref: "r1", name: "comment", data: { text: "你好 👋" } } as const;

  it("WIR1 the same map goes out in both subprotocols", () => {
    expect(JSON.parse(encodeMessage(act, JSON_TEXT) as string)).toEqual(act);
    expect(decode(encodeMessage(act, MSGPACK) as Uint8Array)).toEqual(act);
  });

  it("WIR1 msgpack is asked for first and a server that chose none is spoken to in JSON", () => {
    expect(SUBPROTOCOLS).toEqual([MSGPACK, JSON_TEXT]);
    expect(typeof encodeMessage(act, "")).toBe("string");
  });
});

describe("frames", () => {
  it("WIR1 the same frames come out of text and bytes", () => {
    const frames = [welcomeMap(), { type: "pulse", key: "likes", value: 3 }];
    expect(decodeFrames(JSON.stringify(frames))).toEqual(decodeFrames(bytesOf(...frames)));
    expect(decodeFrames(JSON.stringify(frames)).map(({ type }) => type)).toEqual(["welcome", "pulse"]);
  });

  it.each([
    ["broken JSON", "[{"],
    ["text that is no list", '{"type":"void"}'],
    ["cut-off bytes", bytesOf(welcomeMap()).slice(0, 40)],
    ["bytes that are no list", new Uint8Array(encode({ type: "void" })).buffer],
    ["no bytes", new ArrayBuffer(0)],
  ])("WIR4 %s is one unreadable frame and no exception", (_, data) => {
    expect(decodeFrames(data)).toMatchObject([{ type: "unreadable", offset: null }]);
  });
});
