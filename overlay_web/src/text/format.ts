/** Numbers, money and times by `Intl`. Formatters are kept: making one costs more than a frame's whole paint. */
import type { Language } from "./language.js";

const kept = new Map<string, Intl.NumberFormat>();

function formatter(language: Language, name: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${language} ${name}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const made = new Intl.NumberFormat(language, options);
  kept.set(key, made);
  return made;
}

/** `12,345` */
export const formatNumber = (value: number, language: Language): string => formatter(language, "number", {}).format(value);

/** `1.2万`, `12K`: for counts that only tell how lively it is. Exact below 10 000. */
export const formatCount = (value: number, language: Language): string =>
  value < 10_000
    ? formatNumber(value, language)
    : formatter(language, "count", { notation: "compact", maximumFractionDigits: 1 }).format(value);

/** `+5`, `-20` */
export const formatGain = (value: number, language: Language): string =>
  formatter(language, "gain", { signDisplay: "exceptZero" }).format(value);

/** Minor units of the programme's currency: `¥10`, `¥9.90`. */
export function formatMoney(minor: number, currency: string, language: Language): string {
  const format = formatter(language, currency, {
    style: "currency",
    currency,
    currencyDisplay: "narrowSymbol",
    trailingZeroDisplay: "stripIfInteger",
  });
  return format.format(minor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

/** As it is said in a sentence: `10元` in Chinese, `¥10` in English; other currencies by their sign. */
export const formatSpokenMoney = (minor: number, currency: string, language: Language): string =>
  language === "zh-CN" && currency === "CNY" ? `${formatNumber(minor / 100, language)}元` : formatMoney(minor, currency, language);

/** `20:00` today, `11月22日 20:00` on another day. */
export function formatTime(atMs: number, nowMs: number, language: Language): string {
  const at = new Date(atMs);
  const sameDay = at.toDateString() === new Date(nowMs).toDateString();
  const day: Intl.DateTimeFormatOptions = sameDay ? {} : { month: "short", day: "numeric" };
  return new Intl.DateTimeFormat(language, { ...day, hour: "2-digit", minute: "2-digit", hour12: false }).format(at);
}

/** `2027年11月22日`, `Nov 22, 2027`: for what is years away. */
export const formatDate = (atMs: number, language: Language): string =>
  new Intl.DateTimeFormat(language, { year: "numeric", month: "short", day: "numeric" }).format(atMs);

/** `37%` of a share from 0 to 1. */
export const formatShare = (share: number, language: Language): string =>
  formatter(language, "share", { style: "percent", maximumFractionDigits: 0 }).format(share);
