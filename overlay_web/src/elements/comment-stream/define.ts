import { define, TAG } from "../../names.js";
import { defineTierBadge } from "../tier-badge/define.js";
import { CommentStream } from "./comment-stream.js";

declare global {
  interface HTMLElementTagNameMap {
    "lro-comment-stream": CommentStream;
  }
}

export const defineCommentStream = (): void => {
  defineTierBadge();
  define(TAG.commentStream, CommentStream);
};
