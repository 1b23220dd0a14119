/**
 * Readers: the one way from "something came over the wire" to a typed value.
 *
 * A reader returns the value it promises or throws `ShapeError`, which names the place. Unknown keys of a map are
 * left out, as the contract asks of clients (PROTOCOL §1). No reader changes a value beyond that.
 */

export type Json = null | boolean | number | string | readonly Json[] | JsonMap;
export type JsonMap = { readonly [key: string]: Json };

/** What came is not what the contract promises at this place. `path` is like `card.next.hint`. */
export class ShapeError extends Error {
  constructor(
    readonly path: string,
    readonly expected: string,
  ) {
    super(`${path || "value"} must be ${expected}`);
    this.name = "ShapeError";
  }
}

export type Reader<T> = (value: unknown, path: string) => T;
/** The type a reader promises. */
export type Read<R> = R extends Reader<infer T> ? T : never;

export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const text: Reader<string> = (value, path) => {
  if (typeof value !== "string") throw new ShapeError(path, "a string");
  return value;
};

/** Integers within ±2^53, as all times and amounts on the wire are. */
export const integer: Reader<number> = (value, path) => {
  if (!Number.isSafeInteger(value)) throw new ShapeError(path, "an integer within ±2^53");
  return value as number;
};

export const numeric: Reader<number> = (value, path) => {
  if (typeof value !== "number" || !Number.isFinite(value)) throw new ShapeError(path, "a finite number");
  return value;
};

export const flag: Reader<boolean> = (value, path) => {
  if (typeof value !== "boolean") throw new ShapeError(path, "true or false");
  return value;
};

/** Any JSON value, unread. Used where content is folded as it is. */
export const anything: Reader<Json> = (value) => value as Json;

export const oneOf =
  <const T extends string>(...words: readonly T[]): Reader<T> =>
  (value, path) => {
    if (!words.includes(value as T)) throw new ShapeError(path, `one of ${words.join(", ")}`);
    return value as T;
  };

/** Null, and an absent key too: what later versions bring may be missing today. */
export const orNull =
  <T>(reader: Reader<T>): Reader<T | null> =>
  (value, path) =>
    value === null || value === undefined ? null : reader(value, path);

/** The given value stands in for an absent key or null. */
export const orElse =
  <T>(reader: Reader<T>, otherwise: T): Reader<T> =>
  (value, path) =>
    value === null || value === undefined ? otherwise : reader(value, path);

export const list =
  <T>(reader: Reader<T>): Reader<readonly T[]> =>
  (value, path) => {
    if (!Array.isArray(value)) throw new ShapeError(path, "a list");
    return value.map((item, index) => reader(item, `${path}[${index}]`));
  };

/** A map with keys of the sender's choice. Built without a prototype, so that no key is special. */
export const mapOf =
  <T>(reader: Reader<T>): Reader<Readonly<Record<string, T>>> =>
  (value, path) => {
    if (!isMap(value)) throw new ShapeError(path, "a map");
    const result = Object.create(null) as Record<string, T>;
    for (const [key, item] of Object.entries(value)) result[key] = reader(item, `${path}.${key}`);
    return result;
  };

export const record =
  <S extends Readonly<Record<string, Reader<unknown>>>>(shape: S): Reader<{ readonly [K in keyof S]: Read<S[K]> }> =>
  (value, path) => {
    if (!isMap(value)) throw new ShapeError(path, "a map");
    const result: Record<string, unknown> = {};
    for (const [key, reader] of Object.entries(shape)) result[key] = reader(value[key], path ? `${path}.${key}` : key);
    return result as { readonly [K in keyof S]: Read<S[K]> };
  };

/** What cannot be read is left out: one bad entry does not take its neighbours off the screen. */
export const readableOnly =
  <T>(reader: Reader<T>): Reader<Readonly<Record<string, T>>> =>
  (value, path) => {
    if (!isMap(value)) throw new ShapeError(path, "a map");
    const result = Object.create(null) as Record<string, T>;
    for (const [key, item] of Object.entries(value)) {
      const read = attempt(reader, item, `${path}.${key}`);
      if (read !== null) result[key] = read;
    }
    return result;
  };

/** The value, or null if it has not the promised shape. */
export function attempt<T>(reader: Reader<T>, value: unknown, path = ""): T | null {
  try {
    return reader(value, path);
  } catch (error) {
    if (error instanceof ShapeError) return null;
    throw error;
  }
}
