import { describe, expect, it } from "vitest";
import { catalogue } from "./catalogue.js";
import { counted } from "./plural.js";

describe("counted", () => {
  it.each([
    ["1", "1 point"],
    ["+1", "+1 point"],
    ["-1", "-1 point"],
    ["0", "0 points"],
    ["21", "21 points"],
    ["1,001", "1,001 points"],
  ])("OVL10 %s is counted as %s", (count, says) => {
    expect(counted(count, "point")).toBe(says);
  });

  it("OVL10 one of anything is said as one", () => {
    const { board, sheet, proof } = catalogue("en");
    expect([board.poll.votes("1"), board.draw.entries("1"), board.draw.enter("1"), board.firstN.left("1")]).toEqual(["1 vote", "1 entry", "Enter for 1 point", "1 place left"]);
    expect([sheet.balance("1"), sheet.everyDays("1"), sheet.everyHours("1"), proof.entries("1")]).toEqual(["1 point", "once a day", "once an hour", "1 entry"]);
    expect(catalogue("zh-CN").sheet.everyHours("1")).toBe("每小时一次");
  });
});
