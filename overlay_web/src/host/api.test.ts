import { describe, expect, it } from "vitest";
import { HostApi } from "./api.js";

const REQUEST = { method: "POST", path: "/v1/rooms/r1/tasks", body: { kind: "share" } } as const;
const json = (status: number, body: unknown) => () => Promise.resolve(new Response(JSON.stringify(body), { status }));
const away = () => Promise.reject(new TypeError("offline"));

type Sent = { readonly url: string; readonly headers: Headers; readonly body: unknown };

function api(...answers: readonly (() => Promise<Response>)[]) {
  const sent: Sent[] = [];
  const waited: number[] = [];
  const fetching: typeof fetch = (url, init) => {
    sent.push({ url: typeof url === "string" ? url : "", headers: new Headers(init?.headers), body: init?.body });
    const answer = answers[sent.length - 1];
    if (answer === undefined) throw new Error("asked once too often");
    return answer();
  };
  const made = new HostApi("https://live.example", () => "tok", { fetching, wait: (delayMs) => { waited.push(delayMs); return Promise.resolve(); } });
  return { made, sent, waited };
}

describe("HostApi", () => {
  it("PNL3 a write carries token and key, and its body", async () => {
    const { made, sent } = api(json(201, { id: "t1" }));
    expect(await made.send(REQUEST, "k1")).toEqual({ kind: "done", body: { id: "t1" } });
    expect(sent[0]?.url).toBe("https://live.example/v1/rooms/r1/tasks");
    expect([sent[0]?.headers.get("idempotency-key"), sent[0]?.headers.get("authorization"), sent[0]?.body]).toEqual(["k1", "Bearer tok", '{"kind":"share"}']);
  });

  it("PNL3 without an answer the same goes out again with the same key, three times at most", async () => {
    const { made, sent, waited } = api(away, json(503, {}), json(409, { code: "in_progress" }));
    expect(await made.send(REQUEST, "k1")).toEqual({ kind: "lost" });
    expect(sent.map(({ headers }) => headers.get("idempotency-key"))).toEqual(["k1", "k1", "k1"]);
    expect(waited).toHaveLength(2);
  });

  it("PNL3 the answer to the second try is the answer", async () => {
    const { made, sent } = api(away, json(201, { id: "t1" }));
    expect(await made.send(REQUEST, "k1")).toEqual({ kind: "done", body: { id: "t1" } });
    expect(sent).toHaveLength(2);
  });

  it("PNL5 a refusal is taken at its word, with code and fields, and not asked again", async () => {
    const { made, sent } = api(json(422, { code: "wrong_shape", detail: "no", errors: [{ field: "body.budget", problem: "must be more" }] }));
    expect(await made.send(REQUEST, "k1")).toEqual({ kind: "refused", status: 422, code: "wrong_shape", detail: "no", fields: ["budget: must be more"] });
    expect(sent).toHaveLength(1);
  });

  it("PNL5 an answer that is not ours is still an answer", async () => {
    const { made } = api(() => Promise.resolve(new Response("<html>", { status: 403 })));
    expect(await made.send(REQUEST, "k1")).toMatchObject({ kind: "refused", status: 403, code: "otherwise" });
    const { made: empty } = api(() => Promise.resolve(new Response(null, { status: 204 })));
    expect(await empty.send(REQUEST, "k1")).toEqual({ kind: "done", body: null });
  });

  it("PNL1 a preview has no key and is asked once", async () => {
    const { made, sent } = api(away);
    expect(await made.ask(REQUEST)).toEqual({ kind: "lost" });
    expect(sent[0]?.headers.has("idempotency-key")).toBe(false);
  });
});
