/** The viewer's token: from the fragment once, then from this tab's storage; on the demo room from the demo itself. */
import { attempt, integer, orNull, record, text } from "../wire/shape.js";

const grant = record({ token: text, expires_ms: orNull(integer) });

export type PageStore = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const keyOf = (room: string): string => `live-room:token:${room}`;

/** `#token=…` of an address, or null. */
export const tokenInFragment = (hash: string): string | null =>
  new URLSearchParams(hash.replace(/^#/, "")).get("token");

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

/**
 * A token of the demo room: with the former one the same member stays, without one there is a new member. Null when
 * the server is no demo or away; the page is then anonymous and stays usable.
 */
export async function demoToken(former: string | null, fetching: typeof fetch): Promise<string | null> {
  try {
    const answer = await fetching("/demo/token", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ room: "demo", role: "viewer", ...(former === null ? {} : { token: former }) }),
    });
    if (!answer.ok) return null;
    return attempt(grant, await answer.json())?.token ?? null;
  } catch {
    // The network is away or the answer was no JSON: asked for again when the link wants a token.
    return null;
  }
}
