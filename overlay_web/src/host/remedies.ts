/** What to do about a refusal, in the host's words. Pure. */
import type { Outcome } from "./presses.js";
import type { HostWords } from "./host-words.js";

/** A sentence that says what to do. What the server said about fields is put behind it. */
export function remedyOf(refusal: Extract<Outcome, { kind: "refused" }>, words: HostWords): string {
  const { code, detail, fields } = refusal;
  const known = Object.hasOwn(words.remedies, code) ? words.remedies[code] : undefined;
  const remedy = known ?? words.remedies.otherwise;
  // Sentences that end with a colon want the particulars.
  if (!/[:\uff1a]$/u.test(remedy)) return remedy;
  return `${remedy} ${fields.length > 0 ? fields.join("; ") : detail === "" ? code : detail}`;
}
