import { describe, expect, it } from "vitest";
import { placeToBuy } from "./place-to-buy.js";

const place = (link: string) => placeToBuy({ permit: "a.b.c", link, sku: "s", expires_ms: 1 });

describe("placeToBuy", () => {
  it("BRD5 the permit goes with the shop's link", () => {
    expect(place("https://shop.example/p?id=1")).toBe("https://shop.example/p?id=1&permit=a.b.c");
  });

  it.each(["javascript:alert(1)", "data:text/html,x", "ftp://shop.example/", "shop"])("BRD5 %s is opened by nobody", (link) => {
    expect(place(link)).toBeNull();
  });
});
