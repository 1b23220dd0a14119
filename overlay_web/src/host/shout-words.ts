/** What the panel says about shout-outs and overlays. Numbers come formatted. */
import type { Language } from "../text/language.js";

export type ShoutWords = {
  readonly heading: string;
  readonly onScreen: string;
  readonly nothing: string;
  readonly pausedNow: string;
  readonly next: (words: string) => string;
  readonly waiting: (count: string) => string;
  readonly pause: string;
  readonly resume: string;
  readonly skip: string;
  readonly clear: string;
  readonly recent: string;
  readonly gone: string;
  readonly test: string;
  readonly replay: string;
  readonly mute: string;
  readonly muted: string;
  readonly unmute: string;
  readonly limits: string;
  readonly tier: string;
  readonly perMinute: string;
  readonly times: (count: string) => string;
  readonly tests: string;
  readonly testsText: string;
  readonly overlays: string;
  /** When it was last drawn; null = not yet. */
  readonly connected: (when: string | null) => string;
  readonly hidden: string;
  readonly away: string;
  readonly make: string;
  readonly renew: string;
  readonly remove: string;
  readonly once: string;
  readonly copy: string;
  readonly copied: string;
  readonly chip: string;
  readonly ago: (seconds: string) => string;
  readonly alarms: Readonly<Record<string, string>>;
  readonly fine: string;
  readonly none: string;
  readonly failed: (why: string) => string;
};

const zh: ShoutWords = {
  heading: "播报",
  onScreen: "正在播",
  nothing: "现在没有播报",
  pausedNow: "已暂停，新的播报先等着",
  next: (words) => `接下来：${words}`,
  waiting: (count) => `还有 ${count} 条在排队`,
  pause: "暂停",
  resume: "继续",
  skip: "跳过",
  clear: "清空播报",
  recent: "刚刚播过",
  gone: "已撤下",
  test: "测试",
  replay: "重播",
  mute: "不再播此人",
  muted: "不播的人",
  unmute: "恢复",
  limits: "播报门槛",
  tier: "最低等级",
  perMinute: "每分钟最多",
  times: (count) => `${count} 条`,
  tests: "试播一条",
  testsText: "带“测试”标记，不发券，不占每分钟的名额。",
  overlays: "直播画面",
  connected: (when) => (when === null ? "已连接 · 还没有显示过" : `已连接 · ${when}更新过`),
  hidden: "在 OBS 里隐藏着",
  away: "未连接",
  make: "新的画面地址",
  renew: "换新地址",
  remove: "删除",
  once: "只显示这一次。粘贴到 OBS 的浏览器源：",
  copy: "复制地址",
  copied: "已复制",
  chip: "画面",
  ago: (seconds) => `${seconds} 秒前`,
  alarms: { no_overlay: "未连接", hidden: "被隐藏", not_rendering: "没有播出" },
  fine: "正常",
  none: "未使用",
  failed: (why) => `没有成功：${why}`,
};

const en: ShoutWords = {
  heading: "Shout-outs",
  onScreen: "On screen",
  nothing: "Nothing on screen now",
  pausedNow: "Paused; new ones wait",
  next: (words) => `Next: ${words}`,
  waiting: (count) => `${count} more waiting`,
  pause: "Pause",
  resume: "Resume",
  skip: "Skip",
  clear: "Clear all",
  recent: "Just shown",
  gone: "taken off",
  test: "test",
  replay: "Show again",
  mute: "Mute",
  muted: "Muted",
  unmute: "Unmute",
  limits: "Limits",
  tier: "From tier",
  perMinute: "Most per minute",
  times: (count) => count,
  tests: "Send a test",
  testsText: "Marked as a test; gives no coupon and takes nobody's place in the queue.",
  overlays: "Broadcast overlay",
  connected: (when) => (when === null ? "Connected · nothing drawn yet" : `Connected · last drawn ${when}`),
  hidden: "Hidden in OBS",
  away: "Not connected",
  make: "New overlay address",
  renew: "New address",
  remove: "Remove",
  once: "Shown only this once. Paste it into a browser source in OBS:",
  copy: "Copy address",
  copied: "Copied",
  chip: "Overlay",
  ago: (seconds) => `${seconds} s ago`,
  alarms: { no_overlay: "not connected", hidden: "hidden", not_rendering: "not drawing" },
  fine: "fine",
  none: "not used",
  failed: (why) => `That didn't work: ${why}`,
};

const WORDS: Readonly<Record<Language, ShoutWords>> = { "zh-CN": zh, en };

export const shoutWords = (language: Language): ShoutWords => WORDS[language];
