/** Every string that the pages show, typed: a language that lacks one does not compile. Chinese is written first. */
import type { BoardWords } from "./board-words.js";
import type { Language } from "./language.js";
import type { PointsWords } from "./points-words.js";

/** What a shout-out, in the words of this page, says of members who levelled up. */
export type LevelUpWords = { readonly name: string; readonly people: number; readonly tier: string };

/** One step of a proof: what it shows when it holds, when it does not, and while nothing can be said yet. */
export type StepWords = { readonly name: string; readonly means: string; readonly broken: string; readonly waiting: string };

/** Numbers and money come formatted. */
export type Catalogue = {
  readonly language: Language;
  readonly someone: string;
  readonly testMark: string;
  readonly tiers: Readonly<Record<string, string>>;
  readonly link: {
    readonly connecting: string;
    readonly live: string;
    readonly waiting: string;
    readonly polled: string;
    readonly needsToken: string;
    readonly stopped: string;
  };
  readonly header: {
    readonly live: string;
    readonly scheduled: (time: string) => string;
    readonly ended: string;
    readonly replay: string;
    readonly quiet: string;
    readonly online: (count: string) => string;
    readonly likes: (count: string) => string;
  };
  readonly card: {
    readonly label: string;
    readonly toGo: (growth: string, tier: string) => string;
    readonly byOrder: (money: string) => string;
    readonly byAnyOrder: string;
    readonly highest: string;
    readonly today: (points: string) => string;
    readonly todayNone: string;
    readonly points: string;
    readonly growth: string;
    /** The reward that comes next (P8). */
    readonly rewardToGo: (points: string, reward: string) => string;
    readonly rewardReached: (reward: string) => string;
    /** The tier shown is not the member's own (T8): until when, and whose it is then. `until` null = no end is known. */
    readonly lent: (tier: string, until: string | null, own: string) => string;
    /** The tier is lost soon (T7), where the server names no action. */
    readonly keep: (growth: string, tier: string, days: string) => string;
    readonly validUntil: (date: string) => string;
    readonly multiplier: (times: string) => string;
    readonly streak: (days: string) => string;
    readonly details: string;
    readonly fewer: string;
    readonly ways: string;
    readonly way: (rule: string, left: number) => string;
    readonly coupons: string;
    readonly couponMin: (money: string) => string;
    readonly couponNoMin: string;
    readonly couponUntil: (time: string) => string;
    readonly anonymous: string;
    readonly anonymousWhy: string;
    readonly signIn: string;
    readonly waitingForCard: string;
    readonly progress: string;
  };
  readonly shout: {
    readonly levelUp: (words: LevelUpWords) => { readonly before: string; readonly who: string; readonly after: string; readonly tier: string };
    readonly mine: (tier: string) => string;
    readonly mineOffer: string;
    readonly mineNoOffer: string;
    readonly offerLead: string;
    readonly off: (money: string) => string;
    readonly myTurn: string;
    readonly label: string;
  };
  readonly act: {
    readonly placeholder: string;
    readonly placeholderAnonymous: string;
    readonly placeholderEnded: string;
    readonly send: string;
    readonly like: string;
    readonly share: string;
    readonly shareTitle: (room: string) => string;
    readonly copied: string;
    readonly shared: string;
    readonly sending: string;
    readonly tooLong: (most: number) => string;
    readonly earned: (points: string, growth: string) => string;
    readonly gain: (points: string) => string;
    readonly taken: string;
    readonly unsent: string;
    /** There is no link: it goes out by itself when there is. */
    readonly waits: string;
  };
  readonly board: BoardWords;
  readonly sheet: PointsWords;
  readonly comments: { readonly label: string; readonly newer: string; readonly you: string; readonly empty: string };
  /** Why an act earned nothing (E10), by code. `otherwise` for codes of later versions. */
  readonly whyNothing: Readonly<Record<string, string>> & { readonly otherwise: string };
  /** Why an act was refused, by code. */
  readonly refused: Readonly<Record<string, string>> & { readonly otherwise: string };
  readonly retryIn: (seconds: string) => string;
  readonly stage: { readonly label: string; readonly pause: string; readonly play: string };
  readonly full: {
    readonly connecting: string;
    readonly notFoundTitle: string;
    readonly notFoundText: string;
    readonly bannedTitle: string;
    readonly bannedText: string;
    readonly replacedTitle: string;
    readonly replacedText: string;
    readonly unauthorisedTitle: string;
    readonly unauthorisedText: string;
    readonly stoppedTitle: string;
    readonly stoppedText: (code: number) => string;
    readonly again: string;
    readonly rooms: string;
    readonly membersTitle: (tier: string) => string;
    readonly membersToGo: (growth: string) => string;
    readonly membersBySpending: (money: string) => string;
    readonly membersWait: string;
    readonly membersSignIn: (tier: string) => string;
  };
  readonly rooms: {
    readonly title: string;
    readonly lead: string;
    readonly enter: string;
    readonly overlay: string;
    readonly membersOnly: (tier: string) => string;
    readonly emptyTitle: string;
    readonly emptyText: string;
    readonly emptyOr: string;
    readonly failedTitle: string;
    readonly failedText: string;
    readonly again: string;
    readonly loading: string;
  };
  readonly proof: {
    readonly title: string;
    readonly lead: string;
    readonly loading: string;
    readonly holds: string;
    readonly broken: string;
    readonly open: (time: string) => string;
    readonly closed: string;
    readonly cancelled: string;
    readonly entries: (count: string) => string;
    readonly verdicts: Readonly<Record<"holds" | "broken" | "waiting", string>>;
    readonly steps: Readonly<Record<"list" | "hash" | "seed" | "winners", StepWords>>;
    /** What is shown is not what the page's address names. */
    readonly pasted: string;
    readonly winners: string;
    readonly nobody: string;
    readonly unnamed: string;
    readonly ticket: (number: string) => string;
    readonly notYet: string;
    readonly facts: { readonly commitment: string; readonly listHash: string; readonly seed: string; readonly list: string };
    /** What the steps do not show. */
    readonly limits: string;
    readonly paste: string;
    readonly pasteHow: string;
    readonly check: string;
    readonly missingTitle: string;
    readonly missingText: string;
    readonly membersTitle: string;
    readonly membersText: string;
    readonly unreadableTitle: string;
    readonly unreadableText: string;
    readonly insecureTitle: string;
    readonly insecureText: string;
    readonly failedTitle: string;
    readonly failedText: string;
    readonly again: string;
    readonly box: {
      readonly title: string;
      readonly lead: string;
      readonly missingTitle: string;
      readonly holds: string;
      readonly waiting: string;
      readonly steps: Readonly<Record<"seed" | "prize", StepWords>>;
      readonly commitment: string;
      readonly word: string;
      readonly contents: string;
      readonly seed: string;
      readonly limits: string;
    };
  };
  /** On a broadcast page that was sent away for good. */
  readonly overlayOver: string;
  readonly leaderboard: { readonly title: string; readonly short: string; readonly how: string };
  readonly switchLanguage: string;
};
