/** English nouns after a number that comes formatted. Chinese needs none of this. Rule OVL10. */

/** `1 point`, `2 points`, `12,345 points`, `+1 point`; `many` where an s is not enough: `1 entry`, `2 entries`. */
export const counted = (count: string, one: string, many = `${one}s`): string => `${count} ${/^[+-]?1$/u.test(count) ? one : many}`;
