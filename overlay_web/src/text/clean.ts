/**
 * Names and comments made fit for the screen (OVERLAY "Names"). The server cleans them first; a screen that shows
 * other people's words does not rely on it. What comes out is text for `textContent`, never markup.
 */
import { clampGraphemes } from "./graphemes.js";

export const NAME_GRAPHEMES = 12;
export const COMMENT_GRAPHEMES = 200;

/** Joins two pictures into one: "👩‍🚀". Kept there, removed everywhere else, where it only hides. */
const STRAY_JOINER = /(?<!\p{Extended_Pictographic}(?:\uFE0F|[\u{1F3FB}-\u{1F3FF}])*)\u200D|\u200D(?!\p{Extended_Pictographic})/gu;
/** Controls, bidi marks, surrogates, private and unassigned characters: unseen, harmful or tofu. */
const UNPRINTABLE = /(?!\u200D)[\p{C}\p{Zl}\p{Zp}]/gu;
/** Letters that show nothing, popular for empty names. */
const BLANKS = /[\u115F\u1160\u3164\uFFA0\u2800]/gu;
/** More than two marks on one letter climb over the neighbouring lines. */
const ZALGO = /(\p{M}{2})\p{M}+/gu;

function clean(words: string, most: number): string {
  const printable = words
    .normalize("NFC")
    .replace(/\s+/gu, " ")
    .replace(UNPRINTABLE, "")
    .replace(STRAY_JOINER, "")
    .replace(BLANKS, "")
    .replace(ZALGO, "$1")
    .trim();
  return clampGraphemes(printable, most).trim();
}

/** At most 12 graphemes; "" when nothing printable is left. */
export const cleanName = (name: string): string => clean(name, NAME_GRAPHEMES);

/** At most 200 graphemes on one line. */
export const cleanComment = (words: string): string => clean(words, COMMENT_GRAPHEMES);
