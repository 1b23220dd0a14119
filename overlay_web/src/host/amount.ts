/** What a host types into a field, as the whole numbers of the wire. Pure. */

/** `9.9` → 990 minor units of a currency with two digits. Null: that is no amount, or more digits than there are. */
export function minorOf(typed: string): number | null {
  const found = /^(\d{1,10})(?:[.。](\d{1,2}))?$/u.exec(typed.trim().replaceAll(",", ""));
  if (found === null) return null;
  const [, whole = "", part = ""] = found;
  return Number(whole) * 100 + Number(part.padEnd(2, "0"));
}

/** A whole number from `least` to `most`, or null. */
export function wholeOf(typed: string, least: number, most: number): number | null {
  if (!/^\d{1,12}$/u.test(typed.trim())) return null;
  const value = Number(typed.trim());
  return value >= least && value <= most ? value : null;
}

/** `9:05`, `1:02:03`: what is left, rounded up, so that it never says 0:00 while the task runs. */
export function leftOf(endsMs: number, nowMs: number): string {
  const all = Math.max(0, Math.ceil((endsMs - nowMs) / 1_000));
  const two = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(all / 3_600);
  const minutes = Math.floor((all % 3_600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(all % 60)}` : `${minutes}:${two(all % 60)}`;
}
