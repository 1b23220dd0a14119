/** Give the room's address away, by whatever this device offers. */

/**
 * The channel it went by, or null when the viewer thought better of it. The address never carries the fragment: that
 * is where the viewer's own token may have come from.
 */
export async function shareRoom(title: string): Promise<"system" | "copy" | null> {
  const { origin, pathname, search } = location;
  const url = origin + pathname + search;
  // On a desk the system's sheet is a detour; a link in the clipboard is what one wants.
  if (matchMedia("(pointer: coarse)").matches && "share" in navigator) {
    try {
      await navigator.share({ title, url });
      return "system";
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return null;
      // Not allowed here (an embedded frame, say): the clipboard may be.
    }
  }
  return (await copy(url)) ? "copy" : null;
}

async function copy(words: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(words);
    return true;
  } catch {
    // No clipboard on plain http or without permission: the address bar is still there for the viewer.
    return false;
  }
}
