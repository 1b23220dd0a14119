import { html, LitElement, nothing } from "lit";
import type { PropertyValues, TemplateResult } from "lit";
import { pin } from "../elements/icons.js";
import { browserPorts } from "../link/browser-ports.js";
import type { Friend } from "../elements/points-sheet/points-sheet.js";
import type { LinkPorts } from "../link/ports.js";
import { EVENT, request } from "../names.js";
import { RoomSession } from "../room-session.js";
import type { SessionView } from "../room-session.js";
import { placeToBuy } from "../state/place-to-buy.js";
import type { Comments } from "../state/comments.js";
import { countOf } from "../state/room-state.js";
import { onScreen } from "../state/shoutouts.js";
import { catalogue } from "../text/catalogue.js";
import { cleanComment } from "../text/clean.js";
import { chooseLanguage } from "../text/language.js";
import type { Language } from "../text/language.js";
import { leadersOf } from "../wire/figures.js";
import type { PermitGrant } from "../wire/items.js";
import { isSpending } from "../wire/messages.js";
import type { Act } from "../wire/messages.js";
import { shelfOf } from "../wire/shelf.js";
import type { Shelf } from "../wire/shelf.js";
import { styles } from "./live-room-overlay.styles.js";
import { shareRoom } from "./share.js";

const SAID_MS = 3_000;

/**
 * The viewer layer over a shop's player. Lay it over the video (`position: absolute; inset: 0`); where it shows
 * nothing, pointers go through to the player.
 *
 * @attr server - address of the server; absent: the page's own
 * @attr room - the room's id
 * @attr token - the viewer's token; absent: anonymous
 * @attr lang - `zh-CN` or `en`; absent: the browser's
 * @attr currency - ISO code of the programme's currency; absent: CNY
 * @attr motion - `reduced`: as still as for viewers who ask for less motion
 * @prop playing - whether the player under it plays; proof of watching needs it
 * @prop gift - the code of a gift's link that was opened; null: none, or it has been claimed
 * @fires token-request - the token is about to end: set `token` anew
 * @fires sign-in-request - an anonymous viewer wants to take part
 */
export class LiveRoomOverlay extends LitElement {
  static override styles = styles;
  static override properties = {
    server: {},
    room: {},
    token: {},
    lang: { reflect: true },
    currency: {},
    motion: {},
    playing: { attribute: false },
    gift: { attribute: false },
    open: { state: true },
    said: { state: true },
    front: { state: true },
    sheet: { state: true },
    shelf: { state: true },
  };
  declare server: string | null;
  declare room: string | null;
  declare token: string | null;
  declare lang: string;
  declare currency: string | null;
  declare motion: string | null;
  declare playing: boolean;
  declare gift: string | null;
  declare protected open: boolean;
  declare protected said: string | null;
  /** Which of the room's activities the viewer has opened. */
  declare protected front: string | null;
  /** What points are good for is open. */
  declare protected sheet: boolean;
  declare protected shelf: Shelf;

  /** The world the link lives in. Tests put a scripted one here before the element is connected. */
  ports: LinkPorts = browserPorts;
  fetching: typeof fetch = (...request) => fetch(...request);
  #session: RoomSession | null = null;
  #restock = false;
  readonly #reported = new Set<string>();
  /** What had the focus when the sheet was opened. */
  #opener: HTMLElement | null = null;
  #saidTimer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.server = null;
    this.room = null;
    this.token = null;
    this.lang = "";
    this.currency = null;
    this.motion = null;
    this.playing = true;
    this.gift = null;
    this.open = false;
    this.said = null;
    this.front = null;
    this.sheet = false;
    this.shelf = { phase: "loading" };
    this.addEventListener(EVENT.sheetRequest, this.#sheet);
    this.addEventListener(EVENT.shelfRequest, this.#stock);
    this.addEventListener(EVENT.actRequest, this.#act);
    this.addEventListener(EVENT.detailsRequest, this.#details);
    this.addEventListener(EVENT.retryRequest, this.#retry);
    this.addEventListener(EVENT.holdRequest, this.#hold);
    this.addEventListener(EVENT.frontRequest, this.#front);
    this.addEventListener(EVENT.languageRequest, this.#switchLanguage);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.#visibility);
    document.addEventListener("keydown", this.#escape);
    window.addEventListener("online", this.#online);
    if (this.hasUpdated) this.#begin();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.#visibility);
    document.removeEventListener("keydown", this.#escape);
    window.removeEventListener("online", this.#online);
    this.#end();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("server") || changed.has("room")) this.#begin();
    else if (changed.has("token")) this.#session?.setToken(this.#tokenOrNull());
    if (changed.has("playing")) this.#session?.setPlaying(this.playing);
  }

  protected override render(): TemplateResult | typeof nothing {
    const view = this.#session?.view;
    if (view === undefined) return nothing;
    const language = this.#language();
    const still = this.motion === "reduced";
    return html`<div class="surface" lang=${language}>${this.#content(view, language, still)}</div>`;
  }

  #content(view: SessionView, language: Language, still: boolean): TemplateResult {
    const { status, state, queue, likes, toasts } = view;
    const stopped = status.phase === "stopped" ? status.code : null;
    const missing = status.phase === "stopped" ? (status.missing ?? null) : null;
    if (state.room === null || stopped !== null) {
      return html`<lro-full-notice class="full ${stopped === null ? "" : "over"}" .code=${stopped} .missing=${missing} .tiers=${state.room?.tiers ?? {}} .currency=${this.currency ?? "CNY"} .language=${language} ?still=${still}>
        <slot name="elsewhere"></slot>
      </lro-full-notice>`;
    }
    const anonymous = this.#tokenOrNull() === null;
    const { tiers } = state.room;
    const now = this.ports.now() + view.clockOffsetMs;
    const currency = this.currency ?? "CNY";
    const words = catalogue(language);
    return html`
      <div class="top">
        <lro-room-header .room=${state.room} .online=${countOf(state.pulses, "online")} .now=${now} .language=${language}></lro-room-header>
        <span class="corner">
          <lro-leaderboard
            .leaders=${leadersOf(state.pulses, state.room.show?.id ?? null)}
            .tiers=${tiers}
            .author=${state.card?.author ?? null}
            surface="viewer"
            .language=${language}
          ></lro-leaderboard>
          <lro-link-mark .status=${status} .again=${true} .language=${language}></lro-link-mark>
          <button class="language" lang=${language === "zh-CN" ? "en" : "zh-CN"} @click=${() => { request(this, EVENT.languageRequest, null); }}>
            ${words.switchLanguage}
          </button>
        </span>
      </div>
      <lro-member-card
        class="card"
        .card=${state.card}
        .tiers=${tiers}
        ?anonymous=${anonymous}
        ?open=${this.open}
        ?still=${still}
        .now=${now}
        .currency=${currency}
        .language=${language}
      ></lro-member-card>
      <lro-live-board
        class="board"
        .entries=${view.board}
        .front=${this.front}
        .tiers=${tiers}
        .now=${now}
        surface="viewer"
        ?anonymous=${anonymous}
        ?still=${still}
        .server=${this.server ?? ""}
        .currency=${currency}
        .language=${language}
      ></lro-live-board>
      <div class="shouts" aria-live="polite" aria-label=${words.shout.label}>
        ${(["system", "shoutout", "task"] as const).map(
          (lane) => html`<lro-shout-banner
            .shown=${onScreen(queue, lane)}
            .tiers=${tiers}
            surface="viewer"
            ?still=${still}
            .askable=${state.card !== null}
            .currency=${currency}
            .language=${language}
          ></lro-shout-banner>`,
        )}
      </div>
      <lro-toasts class="toasts" .toasts=${toasts.shown} ?still=${still} .language=${language}></lro-toasts>
      ${state.room.activities.pinned === null
        ? nothing
        : html`<p class="pinned" aria-label=${words.board.pinned}>${pin()}<bdi>${state.room.activities.pinned.text}</bdi></p>`}
      <lro-spotlight
        class="spotlight"
        ?hidden=${state.room.activities.spotlight === null}
        .shown=${state.room.activities.spotlight}
        .card=${state.card}
        .tiers=${tiers}
        .now=${now}
        surface="viewer"
        .currency=${currency}
        .language=${language}
      ></lro-spotlight>
      <lro-comment-stream
        class="stream"
        .comments=${state.comments}
        .tiers=${tiers}
        .author=${state.card?.author ?? null}
        ?still=${still}
        .language=${language}
      ></lro-comment-stream>
      ${this.sheet && state.card !== null
        ? html`<lro-points-sheet
            class="sheet"
            .card=${state.card}
            .tiers=${tiers}
            .own=${view.own}
            .shelf=${this.shelf}
            .friends=${friendsIn(state.comments, state.card.author)}
            ?live=${status.phase === "live"}
            ?still=${still}
            .room=${this.room ?? ""}
            .server=${this.server ?? ""}
            .now=${now}
            .currency=${currency}
            .language=${language}
          ></lro-points-sheet>`
        : nothing}
      <lro-action-bar
        class="actions"
        .likes=${likes.shown}
        .feedback=${view.feedback}
        .giveBack=${view.giveBack}
        ?anonymous=${anonymous}
        ?ended=${state.room.show?.status === "ended"}
        ?still=${still}
        .said=${this.said}
        .language=${language}
      ></lro-action-bar>
    `;
  }

  /** A link to a gift was opened: it is claimed as soon as somebody is signed in, and once. */
  #claimGift(): void {
    const code = this.gift;
    const view = this.#session?.view;
    if (code === null || view?.status.phase !== "live" || view.state.card === null) return;
    this.gift = null;
    this.#session?.act({ name: "claim_gift", data: { code } });
  }

  /** Which countdowns were on this screen: hosts are shown how many saw one (L3). Said once each. */
  protected override updated(): void {
    if (document.hidden) return;
    const painted = (this.#session?.view.board ?? []).filter(({ kind, id }) => kind === "task" && !this.#reported.has(id)).map(({ id }) => id);
    if (painted.length === 0) return;
    for (const id of painted) this.#reported.add(id);
    this.#session?.rendered(painted);
  }

  #begin(): void {
    this.#end();
    this.#reported.clear();
    if (this.room === null || this.room === "") return;
    this.#session = new RoomSession({
      server: this.server ?? location.origin,
      room: this.room,
      surface: "viewer",
      token: this.#tokenOrNull(),
      visible: !document.hidden,
      awaitRoom: false,
      polls: true,
      ports: this.ports,
      onChange: () => {
        this.requestUpdate();
        this.#claimGift();
        const busy = Object.values(this.#session?.view.own ?? {}).some(({ said }) => said?.tone === "sending");
        if (!this.#restock || busy) return;
        // What was bought is one less on the shelf.
        this.#restock = false;
        if (this.sheet) void this.#readShelf();
      },
      onTokenRequest: () => {
        request(this, EVENT.tokenRequest, null);
      },
      onPermit: (permit) => {
        openPlace(permit);
      },
      onFault: (fault) => {
        reportError(fault);
      },
    });
    this.#session.setPlaying(this.playing);
    this.#session.start();
  }

  #end(): void {
    this.#session?.stop();
    this.#session = null;
  }

  #tokenOrNull(): string | null {
    return this.token === "" ? null : this.token;
  }

  #language(): Language {
    return chooseLanguage(this.lang, navigator.languages);
  }

  // What is asked of this element ends here; only what is asked of the page goes on.
  #act = (event: CustomEvent<Act>): void => {
    event.stopPropagation();
    const { detail } = event;
    if (detail.name === "comment") {
      const text = cleanComment(detail.data.text);
      if (text !== "") this.#session?.act({ name: "comment", data: { text } });
    } else if (detail.name === "share") {
      void this.#share();
    } else {
      this.#session?.act(detail);
      if (isSpending(detail)) this.#restock = true;
    }
  };

  async #share(): Promise<void> {
    const { act } = catalogue(this.#language());
    const room = this.#session?.view.state.room;
    const shared = await shareRoom(act.shareTitle(room?.name ?? this.room ?? ""));
    if (shared === null) return;
    this.#say(shared === "copy" ? act.copied : act.shared);
    if (this.#tokenOrNull() === null) request(this, EVENT.signInRequest, null);
    else this.#session?.act({ name: "share", data: { channel: shared } });
  }

  #say(words: string): void {
    this.said = words;
    clearTimeout(this.#saidTimer);
    this.#saidTimer = setTimeout(() => {
      this.said = null;
    }, SAID_MS);
  }

  #details = (event: Event): void => {
    event.stopPropagation();
    this.open = !this.open;
  };

  #retry = (event: Event): void => {
    event.stopPropagation();
    this.#session?.retry();
  };

  #online = (): void => {
    this.#session?.hurry();
  };

  #hold = (event: CustomEvent<{ readonly on: boolean }>): void => {
    event.stopPropagation();
    this.#session?.hold(event.detail.on);
  };

  #front = (event: CustomEvent<{ readonly key: string }>): void => {
    event.stopPropagation();
    this.front = event.detail.key;
  };

  #sheet = (event: CustomEvent<{ readonly open: boolean }>): void => {
    event.stopPropagation();
    const { open } = event.detail;
    if (open && !this.sheet) this.#opener = focused();
    if (!open) this.#giveFocusBack();
    this.sheet = open;
    if (open) void this.#readShelf();
  };

  /** Escape closes the sheet wherever the focus is, unless somebody nearer has taken it, or an input method. */
  #escape = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.isComposing || event.defaultPrevented || !this.sheet) return;
    this.#giveFocusBack();
    this.sheet = false;
  };

  /** To what opened the sheet; but who has moved on to something else meanwhile is left there. */
  #giveFocusBack(): void {
    const now = focused();
    const inSheet = now?.getRootNode() === this.renderRoot.querySelector("lro-points-sheet")?.shadowRoot;
    if (now !== null && !inSheet) return;
    const button = this.renderRoot.querySelector("lro-action-bar")?.shadowRoot?.querySelector<HTMLElement>(".points");
    const back = this.#opener?.isConnected === true ? this.#opener : button;
    back?.focus({ preventScroll: true });
  }

  #stock = (event: Event): void => {
    event.stopPropagation();
    this.shelf = { phase: "loading" };
    void this.#readShelf();
  };

  async #readShelf(): Promise<void> {
    const at = (path: string): string => new URL(path, this.server ?? location.origin).href;
    const json = async (path: string): Promise<unknown> => {
      const answer = await this.fetching(at(path), { credentials: "omit" });
      return answer.ok ? await answer.json() : null;
    };
    try {
      const [shop, law] = await Promise.all([json("/v1/rewards"), json("/v1/rules")]);
      this.shelf = shelfOf(shop, law) ?? this.#lastShelf();
    } catch {
      // Without a network the last known shelf stays (O6).
      this.shelf = this.#lastShelf();
    }
  }

  #lastShelf(): Shelf {
    return this.shelf.phase === "ready" ? this.shelf : { phase: "failed" };
  }

  #switchLanguage = (event: Event): void => {
    event.stopPropagation();
    this.lang = this.#language() === "zh-CN" ? "en" : "zh-CN";
  };

  #visibility = (): void => {
    this.#session?.setVisible(!document.hidden);
  };
}

/** What has the focus, however deep; null = nothing has. */
function focused(): HTMLElement | null {
  let at: Element | null = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at instanceof HTMLElement && at !== document.body ? at : null;
}

/** In a tab of its own. Where the browser forbids it, the link stands on the gate for the permit's minute. */
function openPlace(permit: PermitGrant): void {
  const place = placeToBuy(permit);
  if (place !== null) window.open(place, "_blank", "noopener,noreferrer");
}

const FRIENDS = 8;

/** Who has written lately, the newest first, each once. */
function friendsIn(comments: Comments, mine: string): readonly Friend[] {
  const found = new Map<string, Friend>();
  for (const { author, name } of [...comments].reverse()) {
    if (author !== "" && author !== mine && found.size < FRIENDS && !found.has(author)) found.set(author, { author, name });
  }
  return [...found.values()];
}
