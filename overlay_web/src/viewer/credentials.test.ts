import { describe, expect, it } from "vitest";
import { demoToken, giftInFragment, keepToken, tabStore, takeToken } from "./credentials.js";
import type { PageStore } from "./credentials.js";

function aStore(): PageStore & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return { kept, getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value), removeItem: (key) => void kept.delete(key) };
}

function aPage(hash: string) {
  const shown: string[] = [];
  const page = { hash, pathname: "/rooms/r1", search: "?lang=en" } as Location;
  const history = { state: null, replaceState: (_: unknown, __: string, url: string) => void shown.push(url) } as unknown as History;
  return { page, history, shown };
}

const answering = (body: unknown, status = 200) => {
  const asked: RequestInit[] = [];
  const fetching: typeof fetch = (_, init) => {
    asked.push(init ?? {});
    return Promise.resolve(new Response(typeof body === "string" ? body : JSON.stringify(body), { status }));
  };
  return { asked, fetching };
};

describe("takeToken", () => {
  it("OVL9 takes it from the fragment, cleans the address bar, keeps it for this tab and room", () => {
    const store = aStore();
    const { page, history, shown } = aPage("#token=abc.def");
    expect(takeToken("r1", page, history, store)).toBe("abc.def");
    expect(shown).toEqual(["/rooms/r1?lang=en"]);
    const later = aPage("");
    expect(takeToken("r1", later.page, later.history, store)).toBe("abc.def");
    expect(later.shown).toEqual([]);
    expect(takeToken("r2", later.page, later.history, store)).toBeNull();
  });

  it("OVL9 an empty token in the fragment is none, and leaves the kept one", () => {
    const store = aStore();
    keepToken("r1", "kept", store);
    const { page, history, shown } = aPage("#token=");
    expect(takeToken("r1", page, history, store)).toBe("kept");
    expect(shown).toHaveLength(1);
  });
});

describe("demoToken", () => {
  it("OVL9 asks for a member of its own and stays that member", async () => {
    const { asked, fetching } = answering({ token: "t2", expires_ms: 9 });
    expect(await demoToken(null, fetching)).toBe("t2");
    expect(await demoToken("t1", fetching)).toBe("t2");
    expect(asked.map(({ body }) => JSON.parse(body as string) as unknown)).toEqual([
      { room: "demo", role: "viewer" },
      { room: "demo", role: "viewer", token: "t1" },
    ]);
  });

  it("OVL9 a token of an older demo is given up for a new member", async () => {
    const asked: string[] = [];
    const fetching: typeof fetch = (_, init) => {
      asked.push(init?.body as string);
      return Promise.resolve(asked.length === 1 ? new Response("{}", { status: 401 }) : new Response('{"token": "new"}'));
    };
    expect(await demoToken("stale", fetching)).toBe("new");
    expect(asked.map((body) => "token" in (JSON.parse(body) as object))).toEqual([true, false]);
  });

  it("OVL9 a server in trouble does not cost a member their name", async () => {
    const { asked, fetching } = answering({}, 503);
    expect(await demoToken("t1", fetching)).toBeNull();
    expect(asked).toHaveLength(1);
  });

  it("OVL9 where the browser forbids storage, the page remembers by itself", () => {
    Object.defineProperty(globalThis, "sessionStorage", {
      configurable: true,
      get: () => {
        throw new DOMException("blocked", "SecurityError");
      },
    });
    const store = tabStore();
    keepToken("r1", "t", store);
    expect(takeToken("r1", aPage("").page, aPage("").history, store)).toBe("t");
    Reflect.deleteProperty(globalThis, "sessionStorage");
  });

  it.each([
    ["no demo", answering({}, 404)],
    ["no token in it", answering({ expires_ms: 1 })],
    ["no JSON", answering("<html>")],
    ["no network", { fetching: () => Promise.reject(new TypeError("offline")) }],
  ])("OVL5 with %s the page is anonymous", async (_, { fetching }) => {
    expect(await demoToken(null, fetching)).toBeNull();
  });
});

it("OVL16 the code of a gift's link is read from the fragment, beside a token or alone", () => {
  expect(giftInFragment("#gift=q8Zk2")).toBe("q8Zk2");
  expect(giftInFragment("#token=t&gift=a%2Bb")).toBe("a+b");
  expect(giftInFragment("#token=t")).toBeNull();
});
