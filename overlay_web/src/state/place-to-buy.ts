/** Where a permit is spent: the shop's own link, with the permit as its parameter `permit`. Pure. */
import type { PermitGrant } from "../wire/items.js";

/** Null when it is no address of the web: nothing else is ever opened. */
export function placeToBuy({ link, permit }: PermitGrant): string | null {
  let url: URL;
  try {
    url = new URL(link);
  } catch {
    // The server has checked it; what is none here opens nothing.
    return null;
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") return null;
  url.searchParams.set("permit", permit);
  return url.href;
}
