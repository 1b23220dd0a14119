/** Tasks that are one press: the six that hosts start most. The title is shown to viewers as it stands here. */
import type { Language } from "../text/language.js";
import type { TaskKind, TaskSpec } from "./commands.js";

export type Preset = { readonly id: TaskKind; readonly spec: TaskSpec };

type Terms = Omit<TaskSpec, "title" | "password"> & { readonly titles: Readonly<Record<Language, string>>; readonly passwords?: Readonly<Record<Language, string>> };

const TERMS: readonly Terms[] = [
  {
    kind: "share",
    reward: 100,
    target: 1,
    seconds: 600,
    budget: 50_000,
    titles: { "zh-CN": "最后10分钟分享得100积分", en: "Last 10 min: share for 100 points" },
  },
  {
    kind: "like",
    reward: 20,
    target: 50,
    seconds: 180,
    budget: 20_000,
    titles: { "zh-CN": "3分钟点赞50下得20积分", en: "3 min: 50 likes for 20 points" },
  },
  {
    kind: "order",
    reward: 200,
    target: 1,
    seconds: 900,
    budget: 40_000,
    titles: { "zh-CN": "15分钟内下单得200积分", en: "Order within 15 min for 200 points" },
  },
  {
    kind: "watch",
    reward: 50,
    target: 5,
    seconds: 600,
    budget: 50_000,
    titles: { "zh-CN": "再看5分钟得50积分", en: "Watch 5 more min for 50 points" },
  },
  {
    kind: "password",
    reward: 30,
    target: 1,
    seconds: 300,
    budget: 30_000,
    passwords: { "zh-CN": "想要", en: "want it" },
    titles: { "zh-CN": "发弹幕「想要」得30积分", en: "Say 'want it' for 30 points" },
  },
  {
    kind: "invite",
    reward: 300,
    target: 1,
    seconds: 1_800,
    budget: 60_000,
    titles: { "zh-CN": "30分钟内邀请1位好友得300积分", en: "Invite a friend within 30 min for 300 points" },
  },
];

export const presets = (language: Language): readonly Preset[] =>
  TERMS.map(({ titles, passwords, ...terms }) => ({
    id: terms.kind,
    spec: { ...terms, title: titles[language], ...(passwords === undefined ? {} : { password: passwords[language] }) },
  }));
