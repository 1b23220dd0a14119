/** The viewer's token: from the fragment once, then from this tab's storage; on the demo room from the demo itself. */
import { attempt, integer, orNull, record, text } from "../wire/shape.js";

const grant = record({ token: text, expires_ms: orNull(integer) });

export type PageStore = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const keyOf = (room: string): string => `live-room:token:${room}`;

/** `#token=…` of an address, or null. */
export const tokenInFragment = (hash: string): string | null =>
  new URLSearchParams(hash.replace(/^#/, "")).get("token");

/** `#gift=…` of an address, or null: the code of a gift somebody was sent (P5). */
export const giftInFragment = (hash: string): string | null => new URLSearchParams(hash.replace(/^#/, "")).get("gift");

/** Take the token out of the address bar into this tab's storage, so that it is not bookmarked or shared. */
export function takeToken(room: string, page: Location, history: History, store: PageStore): string | null {
  const came = tokenInFragment(page.hash);
  if (came === null) return store.getItem(keyOf(room));
  history.replaceState(history.state, "", page.pathname + page.search);
  if (came !== "") store.setItem(keyOf(room), came);
  return came === "" ? store.getItem(keyOf(room)) : came;
}

export const keepToken = (room: string, token: string, store: PageStore): void => {
  store.setItem(keyOf(room), token);
};

/** The demo answers in milliseconds; a page must not stay empty because something between us does not. */
const PATIENCE_MS = 5_000;

/**
 * A token of the demo room: with the former one the same member stays, without one, or with one of an older demo,
 * there is a new member. Null when the server is no demo or away; the page is then anonymous and stays usable.
 */
export async function demoToken(former: string | null, fetching: typeof fetch, role: "viewer" | "host" = "viewer"): Promise<string | null> {
  try {
    const answer = await fetching("/demo/token", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ room: "demo", role, ...(former === null ? {} : { token: former }) }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (answer.ok) return attempt(grant, await answer.json())?.token ?? null;
    return former !== null && answer.status < 500 ? await demoToken(null, fetching, role) : null;
  } catch {
    // The network is away or the answer was no JSON: asked for again when the link wants a token.
    return null;
  }
}

/** This tab's storage, or one that lasts as long as the page where the browser forbids it. */
export function tabStore(): PageStore {
  try {
    return sessionStorage;
  } catch {
    // Storage is blocked for this site: merely touching it throws.
    const kept = new Map<string, string>();
    return {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
    };
  }
}
