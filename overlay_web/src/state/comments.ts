/** The stream of comments, the viewer's own shown before the server has answered. Pure. */
import type { PostedComment, Retract } from "../wire/frames.js";

export type CommentState =
  /** Everybody sees it. */
  | "posted"
  /** Only the writer sees it, until the server answers. */
  | "sending";

export type ShownComment = PostedComment & {
  readonly state: CommentState;
  /** Set on a comment written here: the `ref` of its act. */
  readonly ref: string | null;
  /** Points its writer got for it, told only here; 0 for none. */
  readonly gain: number;
};

export type Comments = readonly ShownComment[];

/** What a page can scroll through; older ones are let go. */
export const KEPT = 100;

const posted = (comment: PostedComment): ShownComment => ({ ...comment, state: "posted", ref: null, gain: 0 });
const last = (comments: Comments): Comments => comments.slice(-KEPT);

/** A comment of the room. One that was shown here already, by id or as the writer's own, is not shown twice. */
export function withPosted(comments: Comments, comment: PostedComment): Comments {
  if (comments.some(({ id }) => id === comment.id)) return comments;
  const own = comments.findIndex((shown) => shown.ref !== null && shown.id === shown.ref && isSame(shown, comment));
  if (own === -1) return last([...comments, posted(comment)]);
  return comments.map((shown, index) => (index === own ? { ...posted(comment), ref: shown.ref, gain: shown.gain } : shown));
}

/** The last comments of a welcome. Recovered: they fill what was missed. Otherwise they replace what was there. */
export function withWelcome(comments: Comments, welcome: readonly PostedComment[], recovered: boolean): Comments {
  const base = recovered ? comments : comments.filter(({ state }) => state === "sending");
  return welcome.reduce(withPosted, base);
}

/** Show the viewer's own comment at once. */
export const withOwn = (comments: Comments, ref: string, comment: Omit<PostedComment, "id">): Comments =>
  last([...comments, { ...comment, id: ref, ref, state: "sending", gain: 0 }]);

/** The server has taken it. Its public frame may come before, after, or under overload never. */
export const withAccepted = (comments: Comments, ref: string, gain: number): Comments =>
  comments.map((shown) => (shown.ref === ref ? { ...shown, state: "posted", gain } : shown));

/** The server has not taken it: it goes from the screen. */
export const withoutOwn = (comments: Comments, ref: string): Comments =>
  comments.filter((shown) => shown.ref !== ref);

/** Named comments, or all of one author, also those on screen. */
export const withoutRetracted = (comments: Comments, { ids, author }: Pick<Retract, "ids" | "author">): Comments =>
  comments.filter((shown) => !ids.includes(shown.id) && (author === null || shown.author !== author));

const isSame = (one: PostedComment, other: PostedComment): boolean =>
  one.author === other.author && squeezed(one.text) === squeezed(other.text);

/** The server cleans what it publishes: spaces and normal form may differ. */
const squeezed = (words: string): string => words.normalize("NFC").replace(/\s+/gu, " ").trim();
