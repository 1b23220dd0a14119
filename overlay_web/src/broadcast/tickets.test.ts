import { describe, expect, it } from "vitest";
import { buyTicket, takeWidget, widgetInFragment } from "./tickets.js";

const store = () => {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
};
const page = (hash: string) => ({ hash, pathname: "/overlay/mei", search: "?lang=en" }) as Location;
const answer = (status: number, body: unknown) => () => Promise.resolve(new Response(JSON.stringify(body), { status }));

describe("takeWidget", () => {
  it("R10 takes widget and secret out of the address bar and keeps them for this tab", () => {
    const addresses: unknown[] = [];
    const history = { state: null, replaceState: (...said: unknown[]) => void addresses.push(said[2]) } as unknown as History;
    const kept = store();
    const came = { widget: "w1", secret: "lrw_x-_y" };
    expect(takeWidget("mei", page("#widget=w1&secret=lrw_x-_y"), history, kept)).toEqual(came);
    expect(addresses).toEqual(["/overlay/mei?lang=en"]);
    expect(takeWidget("mei", page(""), history, kept)).toEqual(came);
    expect(takeWidget("other", page(""), history, kept)).toBeNull();
    expect(addresses).toHaveLength(1);
  });

  it("R8 half a proof is none, and what lies broken in the storage is none", () => {
    for (const hash of ["", "#widget=w1", "#secret=x", "#widget=&secret=x"]) expect(widgetInFragment(hash)).toBeNull();
    const kept = store();
    kept.setItem("live-room:widget:mei", "{");
    const untouched = {} as History;
    expect(takeWidget("mei", page(""), untouched, kept)).toBeNull();
  });
});

describe("buyTicket", () => {
  it("R10 sends the secret in the body, never in the address", async () => {
    const asked: { url: unknown; body: unknown }[] = [];
    const fetching: typeof fetch = (url, init) => {
      asked.push({ url: url instanceof URL ? url.href : url, body: init?.body });
      return answer(200, { ticket: "lrt_1", expires_ms: 5 })();
    };
    expect(await buyTicket("https://live.example", { widget: "w1", secret: "s" }, fetching)).toEqual({ kind: "ticket", ticket: "lrt_1" });
    expect(asked).toEqual([{ url: "https://live.example/v1/overlay-tickets", body: '{"widget":"w1","secret":"s"}' }]);
  });

  it("R10 only 401 is a no for good; a fault, a limit or a lost network is tried again", async () => {
    const buy = (fetching: typeof fetch) => buyTicket("https://live.example", { widget: "w1", secret: "s" }, fetching);
    expect(await buy(answer(401, {}))).toEqual({ kind: "refused" });
    for (const status of [404, 429, 500, 503]) expect(await buy(answer(status, {}))).toEqual({ kind: "lost" });
    expect(await buy(() => Promise.reject(new TypeError("no network")))).toEqual({ kind: "lost" });
    expect(await buy(answer(200, { nothing: true }))).toEqual({ kind: "lost" });
  });
});
