/** Put one element on a page and read what a viewer would read. */
import type { LitElement } from "lit";
import { vi } from "vitest";
import type { EventDetails } from "../names.js";

/** Return as soon as `check` no longer throws; a machine may be busy, so not after the second that vitest would wait. */
export const eventually = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 45_000, interval: 10 });

export async function shown<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Partial<HTMLElementTagNameMap[Tag]>,
): Promise<HTMLElementTagNameMap[Tag] & LitElement> {
  const element = document.createElement(tag) as HTMLElementTagNameMap[Tag] & LitElement;
  Object.assign(element, properties);
  document.body.append(element);
  await element.updateComplete;
  return element;
}

/** All words in the element and in the elements inside it, with single spaces. */
export function wordsOf(element: Element | ShadowRoot): string {
  const root = element instanceof Element && element.shadowRoot !== null ? element.shadowRoot : element;
  const parts = Array.from(root.childNodes, (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.textContent ?? "";
    return node instanceof Element && node.localName !== "style" ? wordsOf(node) : "";
  });
  return parts.join(" ").replace(/\s+/gu, " ").trim();
}

/** The element inside `element` that the selector names, of the class that the test expects it to be. */
export function find<T extends Element = Element>(element: Element, selector: string, expected?: new () => T): T {
  const found = (element.shadowRoot ?? element).querySelector(selector);
  if (found === null) throw new Error(`nothing matches ${selector}`);
  if (expected !== undefined && !(found instanceof expected)) throw new Error(`${selector} is another kind of element`);
  return found as T;
}

/** The details of every event of this name that leaves the element. */
export function heard(element: HTMLElement, name: keyof EventDetails): unknown[] {
  const details: unknown[] = [];
  element.addEventListener(name, (event) => details.push((event as CustomEvent<unknown>).detail));
  return details;
}
