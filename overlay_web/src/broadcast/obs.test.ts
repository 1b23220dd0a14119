import { describe, expect, it } from "vitest";
import { watchSource } from "./obs.js";

describe("watchSource", () => {
  it("OVL8 shown means visible and on the air; what OBS says otherwise is ignored", () => {
    const target = new EventTarget();
    const heard: boolean[] = [];
    watchSource(target, (shown) => heard.push(shown));
    const say = (name: string, detail: unknown) => target.dispatchEvent(new CustomEvent(name, { detail }));
    say("obsSourceVisibleChanged", { visible: false });
    say("obsSourceActiveChanged", { active: false });
    say("obsSourceVisibleChanged", { visible: true });
    say("obsSourceActiveChanged", { active: true });
    say("obsSourceActiveChanged", "nonsense");
    expect(heard).toEqual([false, false, false, true, true]);
  });
});
