/** Which of the two languages to speak. */

export type Language = "zh-CN" | "en";

/** A wish of the address (`?lang=`) or the attribute wins, then the browser's list; Chinese is the first language. */
export function chooseLanguage(wish: string | null, preferred: readonly string[]): Language {
  for (const tag of [wish ?? "", ...preferred]) {
    const language = tag.toLowerCase().split("-")[0];
    if (language === "zh") return "zh-CN";
    if (language === "en") return "en";
  }
  return "zh-CN";
}

export const otherLanguage = (language: Language): Language => (language === "zh-CN" ? "en" : "zh-CN");
