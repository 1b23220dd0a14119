/** The room or the draw a page is about, from its path. */

const OUR_ID = /^[A-Za-z0-9_.:-]{1,64}$/;

/** `/rooms/demo` → `demo`; null when the path is another or names no possible room. */
export const roomOfPath = (path: string, page: "rooms" | "overlay" | "host"): string | null => idOfPath(path, page);

/** `/draws/d_1` → `d_1`. */
export const drawOfPath = (path: string): string | null => idOfPath(path, "draws");

function idOfPath(path: string, page: string): string | null {
  const [, first, id = "", ...more] = path.split("/");
  if (first !== page || more.some((part) => part !== "")) return null;
  const decoded = plain(id);
  return decoded !== null && OUR_ID.test(decoded) ? decoded : null;
}

function plain(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    // A lone per cent sign: nothing is called that.
    return null;
  }
}
