/** The patch rule of RoomView (PROTOCOL §1.3). Pure. */
import { isMap } from "../wire/shape.js";
import type { Json, JsonMap } from "../wire/shape.js";
import type { RoomItems } from "../wire/views.js";

/** Maps by id: a patch replaces their entries one by one; every other key is replaced whole. */
const MAPS_BY_ID: ReadonlySet<string> = new Set(["tasks", "gates", "polls", "draws", "first_n", "tiers"]);

/**
 * The room after a patch. Not a recursive merge: what is named is replaced whole, null removes it, the rest stays.
 * A map by id without entries is absent, as in a fresh snapshot.
 */
export function patchRoom(room: RoomItems, patch: JsonMap): RoomItems {
  const next: Record<string, Json> = { ...room };
  for (const [key, value] of Object.entries(patch)) {
    const replaced = MAPS_BY_ID.has(key) && isMap(value) ? patchEntries(next[key], value) : value;
    put(next, key, replaced);
  }
  return next;
}

function patchEntries(entries: Json | undefined, patch: JsonMap): JsonMap | null {
  const next: Record<string, Json> = isMap(entries) ? { ...(entries) } : {};
  for (const [id, value] of Object.entries(patch)) put(next, id, value);
  return Object.keys(next).length === 0 ? null : next;
}

function put(target: Record<string, Json>, key: string, value: Json): void {
  if (value === null) Reflect.deleteProperty(target, key);
  // Defined, not assigned: a key named __proto__ is only a key.
  else Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}
