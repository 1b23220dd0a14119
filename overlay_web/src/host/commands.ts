/** Everything a host can ask of the room, and the request that asks it (PROTOCOL §2). Pure. */

export type TaskKind = "share" | "password" | "like" | "watch" | "order" | "vote" | "invite";

export type TaskSpec = {
  readonly kind: TaskKind;
  /** Absent: said by kind, target and reward. */
  readonly title?: string;
  /** Points for each member. */
  readonly reward: number;
  readonly target: number;
  readonly password?: string;
  readonly seconds: number;
  /** Points in all. */
  readonly budget: number;
};

export type Prize =
  | { readonly name: string; readonly count: number; readonly kind: "points"; readonly points: number }
  | { readonly name: string; readonly count: number; readonly kind: "coupon"; readonly off: number }
  | { readonly name: string; readonly count: number; readonly kind: "goods" };

/** Money in minor units. */
export type HostCommand =
  | { readonly do: "plan-show"; readonly title: string }
  | { readonly do: "start-show" | "end-show"; readonly show: string }
  | { readonly do: "start-task"; readonly spec: TaskSpec }
  | { readonly do: "extend-task"; readonly task: string; readonly seconds: number; readonly rev: number }
  | { readonly do: "pause-task" | "resume-task" | "cancel-task"; readonly task: string; readonly rev: number }
  | { readonly do: "open-first-n"; readonly title: string; readonly n: number; readonly points: number }
  | { readonly do: "close-first-n"; readonly id: string }
  | {
      readonly do: "open-gate";
      readonly sku: string;
      readonly title: string;
      readonly price: number;
      readonly link: string;
      /** From the press to the sale for everybody. */
      readonly inSeconds: number;
      readonly stock: number;
    }
  | { readonly do: "cancel-gate"; readonly id: string }
  | { readonly do: "open-poll"; readonly question: string; readonly options: readonly string[]; readonly seconds: number }
  | { readonly do: "close-poll" | "remove-poll"; readonly id: string }
  | { readonly do: "open-draw"; readonly title: string; readonly cost: number; readonly prizes: readonly Prize[]; readonly seconds: number }
  | { readonly do: "cancel-draw" | "remove-draw"; readonly id: string }
  | { readonly do: "put-spotlight"; readonly sku: string; readonly title: string; readonly price: number; readonly image?: string }
  | { readonly do: "clear-spotlight" | "unpin" }
  | { readonly do: "pin" | "post-notice"; readonly text: string }
  | { readonly do: "say-line"; readonly key: string; readonly stage: string }
  | { readonly do: "unsay-line"; readonly key: string }
  | { readonly do: "set-slow"; readonly seconds: number }
  | { readonly do: "set-writers"; readonly writers: "all" | "members" }
  | { readonly do: "remove-comment"; readonly id: string }
  /** `author`: the tag under which somebody writes. */
  | { readonly do: "restrict-author"; readonly author: string; readonly name: string; readonly kind: "mute" | "ban"; readonly seconds: number }
  | { readonly do: "lift-author"; readonly author: string };

export type Request = { readonly method: "POST" | "PUT" | "PATCH" | "DELETE"; readonly path: string; readonly body: Readonly<Record<string, unknown>> | null };

const roomPath = (room: string): string => `/v1/rooms/${encodeURIComponent(room)}`;

export const previewRequest = (room: string, spec: TaskSpec): Request => ({ method: "POST", path: `${roomPath(room)}/tasks/preview`, body: spec });

/** `nowMs` is the server's clock as this page knows it; only what is counted from the press needs it. */
export function requestOf(room: string, command: HostCommand, nowMs: number): Request {
  const at = (rest: string): string => `${roomPath(room)}${rest}`;
  const item = (noun: string, id: string): string => at(`/${noun}/${encodeURIComponent(id)}`);
  switch (command.do) {
    case "plan-show":
      return { method: "POST", path: at("/shows"), body: { title: command.title } };
    case "start-show":
      return { method: "PATCH", path: item("shows", command.show), body: { status: "live" } };
    case "end-show":
      return { method: "PATCH", path: item("shows", command.show), body: { status: "ended" } };
    case "start-task":
      return { method: "POST", path: at("/tasks"), body: command.spec };
    case "extend-task":
      return { method: "PATCH", path: item("tasks", command.task), body: { action: "extend", seconds: command.seconds, rev: command.rev } };
    case "pause-task":
      return { method: "PATCH", path: item("tasks", command.task), body: { action: "pause", rev: command.rev } };
    case "resume-task":
      return { method: "PATCH", path: item("tasks", command.task), body: { action: "resume", rev: command.rev } };
    case "cancel-task":
      return { method: "PATCH", path: item("tasks", command.task), body: { action: "cancel", rev: command.rev } };
    case "open-first-n":
      return { method: "POST", path: at("/first-n"), body: { title: command.title, n: command.n, points: command.points } };
    case "close-first-n":
      return { method: "PATCH", path: item("first-n", command.id), body: { action: "close" } };
    case "open-gate": {
      const { sku, title, price, link, stock, inSeconds } = command;
      return { method: "POST", path: at("/gates"), body: { sku, title, price, link, stock, public_ms: nowMs + inSeconds * 1_000 } };
    }
    case "cancel-gate":
      return { method: "DELETE", path: item("gates", command.id), body: null };
    case "open-poll":
      return { method: "POST", path: at("/polls"), body: { question: command.question, options: command.options, seconds: command.seconds } };
    case "close-poll":
      return { method: "PATCH", path: item("polls", command.id), body: { action: "close" } };
    case "remove-poll":
      return { method: "DELETE", path: item("polls", command.id), body: null };
    case "open-draw": {
      const { title, cost, prizes, seconds } = command;
      return { method: "POST", path: at("/draws"), body: { title, cost, prizes, seconds } };
    }
    case "cancel-draw":
      return { method: "PATCH", path: item("draws", command.id), body: { action: "cancel" } };
    case "remove-draw":
      return { method: "DELETE", path: item("draws", command.id), body: null };
    case "put-spotlight": {
      const { sku, title, price, image } = command;
      return { method: "PUT", path: at("/spotlight"), body: { sku, title, price, ...(image === undefined ? {} : { image }) } };
    }
    case "clear-spotlight":
      return { method: "DELETE", path: at("/spotlight"), body: null };
    case "pin":
      return { method: "PUT", path: at("/pinned"), body: { text: command.text } };
    case "unpin":
      return { method: "DELETE", path: at("/pinned"), body: null };
    case "post-notice":
      return { method: "POST", path: at("/notices"), body: { text: command.text } };
    case "say-line":
      return { method: "POST", path: `${item("prompter", command.key)}/said`, body: { stage: command.stage } };
    case "unsay-line":
      return { method: "DELETE", path: `${item("prompter", command.key)}/said`, body: null };
    case "set-slow":
      return { method: "PATCH", path: at(""), body: { slow_s: command.seconds } };
    case "remove-comment":
      return { method: "DELETE", path: item("comments", command.id), body: null };
    case "restrict-author":
      return { method: "PUT", path: item("restrictions", command.author), body: { kind: command.kind, until_ms: nowMs + command.seconds * 1_000 } };
    case "lift-author":
      return { method: "DELETE", path: item("restrictions", command.author), body: null };
    case "set-writers":
      return { method: "PATCH", path: at(""), body: { writers: command.writers } };
  }
}

/**
 * Which button a command is: two presses of one slot are one press until the first is answered. What acts on one
 * task, poll or draw shares its slot, so that pause and cancel of the same thing cannot be in flight together.
 */
export function slotOf(command: HostCommand): string {
  switch (command.do) {
    case "plan-show":
    case "start-show":
    case "end-show":
      return "show";
    case "start-task":
      return `start-task ${command.spec.kind} ${command.spec.title ?? ""}`;
    case "extend-task":
    case "pause-task":
    case "resume-task":
    case "cancel-task":
      return `task ${command.task}`;
    case "close-first-n":
      return `first-n ${command.id}`;
    case "cancel-gate":
      return `gate ${command.id}`;
    case "close-poll":
    case "remove-poll":
      return `poll ${command.id}`;
    case "cancel-draw":
    case "remove-draw":
      return `draw ${command.id}`;
    case "put-spotlight":
    case "clear-spotlight":
      return "spotlight";
    case "pin":
    case "unpin":
      return "pinned";
    case "remove-comment":
      return `comment ${command.id}`;
    case "restrict-author":
    case "lift-author":
      return `author ${command.author}`;
    case "say-line":
    case "unsay-line":
      return `prompt ${command.key}`;
    case "open-first-n":
    case "open-gate":
    case "open-poll":
    case "open-draw":
    case "post-notice":
    case "set-slow":
    case "set-writers":
      return command.do;
  }
}
