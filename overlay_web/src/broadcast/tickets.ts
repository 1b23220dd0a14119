/**
 * A broadcast source's proof (PROTOCOL §2): widget and secret come in the address's fragment, leave the address bar,
 * stay in this tab's storage, and buy a ticket for every connection.
 */
import type { TicketAnswer } from "../link/link.js";
import type { PageStore } from "../viewer/credentials.js";
import { attempt, record, text } from "../wire/shape.js";

export type Widget = { readonly widget: string; readonly secret: string };

const kept = record({ widget: text, secret: text });
const sold = record({ ticket: text });
const keyOf = (room: string): string => `live-room:widget:${room}`;
/** A server that hangs must not keep the picture from its next try. */
const PATIENCE_MS = 8_000;

/** `#widget=…&secret=…` of an address, or null. */
export function widgetInFragment(hash: string): Widget | null {
  const fragment = new URLSearchParams(hash.replace(/^#/, ""));
  const widget = fragment.get("widget");
  const secret = fragment.get("secret");
  return widget === null || secret === null || widget === "" || secret === "" ? null : { widget, secret };
}

/** Take the widget out of the address bar into this tab's storage; without one there, the one kept. Null: none. */
export function takeWidget(room: string, page: Location, history: History, store: PageStore): Widget | null {
  const came = widgetInFragment(page.hash);
  if (came !== null) {
    history.replaceState(history.state, "", page.pathname + page.search);
    store.setItem(keyOf(room), JSON.stringify(came));
    return came;
  }
  try {
    return attempt(kept, JSON.parse(store.getItem(keyOf(room)) ?? "null"));
  } catch {
    // Somebody else's value under our name: as good as none.
    return null;
  }
}

/** Buy a ticket. A no for good is 401 alone; whatever else is wrong may be right the next time. */
export async function buyTicket(server: string, { widget, secret }: Widget, fetching: typeof fetch): Promise<TicketAnswer> {
  try {
    const answer = await fetching(new URL("/v1/overlay-tickets", server), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ widget, secret }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (answer.status === 401) return { kind: "refused" };
    const ticket = answer.ok ? attempt(sold, await answer.json())?.ticket : undefined;
    return ticket === undefined ? { kind: "lost" } : { kind: "ticket", ticket };
  } catch {
    // The network is away or the answer was no JSON: the link asks again when it tries again.
    return { kind: "lost" };
  }
}
