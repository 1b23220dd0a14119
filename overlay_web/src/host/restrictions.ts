/** Whom this panel has muted or banned. Pure. */
import type { HostCommand } from "./commands.js";
import type { Restricted } from "./comments-desk.js";

/** The same people after one more command was done. */
export function afterRestriction(restricted: Restricted, command: HostCommand): Restricted {
  if (command.do !== "restrict-author" && command.do !== "lift-author") return restricted;
  const next = new Map(restricted);
  next.delete(command.author);
  if (command.do === "restrict-author") next.set(command.author, { name: command.name, kind: command.kind });
  return next;
}
