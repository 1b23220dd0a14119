/** What the pages say, by language. */
import { en } from "./en.js";
import type { Language } from "./language.js";
import type { Catalogue } from "./page-words.js";
import { zhCN } from "./zh-CN.js";

const CATALOGUES: Readonly<Record<Language, Catalogue>> = { "zh-CN": zhCN, en };

export const catalogue = (language: Language): Catalogue => CATALOGUES[language];
