/** What a token tells about itself. Reads the claims, proves nothing: only the server judges a token. Pure. */
import { attempt, integer, orNull, record, text } from "../wire/shape.js";
import type { Read } from "../wire/shape.js";

const claims = record({ sub: orNull(text), exp: orNull(integer), iat: orNull(integer) });
type Claims = Read<typeof claims>;

/** Long enough for a page to ask its own server for a new one, at leisure. */
const LEAD_MS = 60_000;

/** The moment on the server's clock to ask for a new token, in ms, or null when the token does not tell. */
export function renewAtMs(token: string): number | null {
  const { exp, iat } = claimsOf(token);
  if (exp === null) return null;
  const lifetimeMs = iat === null ? Number.POSITIVE_INFINITY : (exp - iat) * 1000;
  return exp * 1000 - Math.min(LEAD_MS, lifetimeMs / 5);
}

/** Whether two tokens speak for the same member. Tokens that tell nobody are taken for different ones. */
export function sameMember(one: string, other: string): boolean {
  const { sub } = claimsOf(one);
  return sub !== null && sub === claimsOf(other).sub;
}

function claimsOf(token: string): Claims {
  return attempt(claims, payloadOf(token)) ?? { sub: null, exp: null, iat: null };
}

function payloadOf(token: string): unknown {
  const part = token.split(".")[1];
  if (part === undefined) return null;
  try {
    const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch {
    // Not base64url or not JSON: a ticket or another kind of credential, which tells no time.
    return null;
  }
}
