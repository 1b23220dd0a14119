/** Asks the server what the panel wants done, and says in one of three ways what became of it. */
import { attempt, list, orElse, record, text } from "../wire/shape.js";
import type { Request } from "./commands.js";
import type { Outcome } from "./presses.js";

const problem = record({
  code: orElse(text, "otherwise"),
  detail: orElse(text, ""),
  errors: orElse(list(record({ field: text, problem: text })), []),
});

/** A press is answered in milliseconds; after this nobody waits with a thumb on the glass. */
const PATIENCE_MS = 8_000;
/** The same request with the same key is harmless, so it is sent again by itself before the host is asked to. */
const AGAIN_AFTER_MS: readonly number[] = [600, 1_800];

export type ApiPorts = {
  readonly fetching: typeof fetch;
  readonly wait: (delayMs: number) => Promise<void>;
};

export class HostApi {
  constructor(
    private readonly server: string,
    /** Asked anew for each request: tokens are renewed. */
    private readonly token: () => string | null,
    private readonly ports: ApiPorts,
  ) {}

  async get(path: string): Promise<Outcome> {
    return await this.#once("GET", path, null, null);
  }

  /** Changes nothing on the server, so it needs no key; asked once. */
  async ask({ method, path, body }: Request): Promise<Outcome> {
    return await this.#once(method, path, body, null);
  }

  /** Send a write until there is an answer, three times at most. Never throws. */
  async send({ method, path, body }: Request, key: string): Promise<Outcome> {
    let outcome = await this.#once(method, path, body, key);
    for (const delayMs of AGAIN_AFTER_MS) {
      if (outcome.kind !== "lost") break;
      await this.ports.wait(delayMs);
      outcome = await this.#once(method, path, body, key);
    }
    return outcome;
  }

  async #once(method: string, path: string, body: unknown, key: string | null): Promise<Outcome> {
    const token = this.token();
    try {
      const answer = await this.ports.fetching(this.server + path, {
        method,
        headers: {
          accept: "application/json",
          ...(body === null ? {} : { "content-type": "application/json" }),
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(key === null ? {} : { "idempotency-key": key }),
        },
        body: body === null ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(PATIENCE_MS),
        cache: "no-store",
      });
      return await outcomeOf(answer);
    } catch {
      // The network is away, or the answer broke off: nobody knows whether it happened.
      return { kind: "lost" };
    }
  }
}

async function outcomeOf(answer: Response): Promise<Outcome> {
  if (answer.status >= 500) return { kind: "lost" };
  const words = await answer.text();
  const body = words === "" ? null : parsed(words);
  if (answer.ok) return { kind: "done", body };
  const { code, detail, errors } = attempt(problem, body) ?? { code: "otherwise", detail: "", errors: [] };
  // The first of the two still runs: its answer is ours.
  if (code === "in_progress") return { kind: "lost" };
  return { kind: "refused", status: answer.status, code, detail, fields: errors.map((one) => `${one.field.replace(/^body\./u, "")}: ${one.problem}`) };
}

function parsed(words: string): unknown {
  try {
    return JSON.parse(words) as unknown;
  } catch {
    // Something between us and the server answered in its own words.
    return null;
  }
}
