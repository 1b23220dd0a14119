/** What the panel says, by language. */
import type { Language } from "../text/language.js";
import type { HostWords } from "./host-words.js";
import { hostEn } from "./words-en.js";
import { hostZhCN } from "./words-zh-CN.js";

const WORDS: Readonly<Record<Language, HostWords>> = { "zh-CN": hostZhCN, en: hostEn };

export const hostWords = (language: Language): HostWords => WORDS[language];
