/** The room a page is about, from its path. */

const ROOM_ID = /^[A-Za-z0-9_.:-]{1,64}$/;

/** `/rooms/demo` → `demo`; null when the path is another or names no possible room. */
export function roomOfPath(path: string, page: "rooms" | "overlay"): string | null {
  const [, first, room = "", ...more] = path.split("/");
  if (first !== page || more.some((part) => part !== "")) return null;
  const decoded = plain(room);
  return decoded !== null && ROOM_ID.test(decoded) ? decoded : null;
}

function plain(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    // A lone per cent sign: no room is called that.
    return null;
  }
}
