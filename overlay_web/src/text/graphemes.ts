/** Text as readers count it: by grapheme, not by code unit. */

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

export const countGraphemes = (words: string): number => Array.from(segmenter.segment(words)).length;

/** The first `most` graphemes. A family emoji or an accented letter is never cut in two. */
export function clampGraphemes(words: string, most: number): string {
  let kept = "";
  let count = 0;
  for (const { segment } of segmenter.segment(words)) {
    if (count === most) break;
    kept += segment;
    count += 1;
  }
  return kept;
}
