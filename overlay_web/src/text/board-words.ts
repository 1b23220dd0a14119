/** The words of what runs in a room: countdowns, gates, polls, campaigns, draws, the product on show. */

/** Numbers, money, clocks and times come formatted. */
export type BoardWords = {
  readonly label: string;
  readonly more: (count: number) => string;
  readonly show: (title: string) => string;
  readonly task: {
    readonly label: string;
    readonly untitled: string;
    readonly reward: (points: string) => string;
    readonly left: (clock: string) => string;
    readonly progress: (count: string, target: string) => string;
    readonly done: (members: string) => string;
    readonly mineDone: (points: string) => string;
    readonly paused: string;
    readonly over: string;
    readonly overDone: string;
    readonly cancelled: string;
    readonly spent: string;
    readonly starts: (title: string, clock: string) => string;
    readonly minute: (title: string) => string;
    readonly ten: (title: string) => string;
    readonly ends: (title: string) => string;
  };
  readonly gate: {
    readonly label: string;
    readonly everybody: string;
    readonly mine: (time: string) => string;
    readonly lead: string;
    readonly opensIn: (clock: string) => string;
    readonly nextIn: (clock: string) => string;
    readonly open: string;
    readonly left: (count: string) => string;
    readonly buy: string;
    readonly asking: string;
    readonly go: (clock: string) => string;
    readonly held: string;
    readonly soldOut: string;
    readonly cancelled: string;
    readonly earlyGone: (time: string) => string;
    readonly opens: (title: string) => string;
    readonly soon: (title: string) => string;
  };
  readonly poll: {
    readonly label: string;
    readonly votes: (count: string) => string;
    readonly mine: string;
    readonly closed: string;
    readonly left: (clock: string) => string;
    readonly hint: string;
    readonly share: (percent: string) => string;
  };
  readonly firstN: {
    readonly label: string;
    readonly offer: (n: string, points: string) => string;
    readonly left: (left: string) => string;
    readonly taken: (taken: string, n: string) => string;
    readonly full: string;
  };
  readonly draw: {
    readonly label: string;
    readonly enter: (points: string) => string;
    readonly enterFree: string;
    readonly entered: (count: string, last: string) => string;
    readonly again: string;
    readonly left: (clock: string) => string;
    readonly waiting: string;
    readonly entries: (count: string) => string;
    readonly result: string;
    readonly nobody: string;
    readonly andMore: (count: string) => string;
    readonly cancelled: string;
    readonly proof: string;
    readonly prize: (name: string, count: string) => string;
  };
  readonly spotlight: {
    readonly label: string;
    readonly price: string;
    readonly memberPrice: string;
    readonly memberFrom: (price: string) => string;
    readonly mine: string;
    readonly save: (money: string) => string;
    readonly rise: (tier: string, price: string) => string;
  };
  readonly pinned: string;
  readonly checkIn: string;
  readonly follow: string;
  readonly service: string;
  readonly memberDay: (percent: string, multiplier: string) => string;
};
