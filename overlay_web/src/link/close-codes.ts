/** What a close code asks of us. The range is the rule (PROTOCOL §1.5); the table holds only what differs. */

export type Verdict =
  /** Come back, with back-off, for ever. */
  | "reconnect"
  /** Come back with a fresh token; without one there is no use in trying. */
  | "renew-token"
  /** Do not come back by itself. */
  | "stop";

export const BAD_MESSAGE = 4500;
export const OVERLOADED = 4004;
export const TOKEN_EXPIRED = 4005;
export const NO_SUCH_ROOM = 4502;

/** Standard codes that mean this program speaks wrongly: protocol error, wrong kind of data, bad text, too big. */
const OUR_FAULT: ReadonlySet<number> = new Set([1002, 1003, 1007, 1009]);

export function verdictOf(code: number): Verdict {
  if (code === TOKEN_EXPIRED) return "renew-token";
  if (OUR_FAULT.has(code)) return "stop";
  if (code >= 4500 && code <= 4999) return "stop";
  return "reconnect";
}
