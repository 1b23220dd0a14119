/** `/rooms/{room}`: a stand-in picture, the viewer layer over it, and the viewer's credentials. */
import { defineStage } from "../elements/stage/define.js";
import { EVENT } from "../names.js";
import { roomOfPath } from "../page-address.js";
import "../page.css";
import { catalogue } from "../text/catalogue.js";
import { chooseLanguage } from "../text/language.js";
import { demoToken, giftInFragment, keepToken, tabStore, takeToken } from "./credentials.js";
import { defineLiveRoomOverlay } from "./define.js";

const DEMO = "demo";

async function begin(): Promise<void> {
  defineStage();
  defineLiveRoomOverlay();
  const room = roomOfPath(location.pathname, "rooms") ?? "";
  const language = chooseLanguage(new URLSearchParams(location.search).get("lang"), navigator.languages);
  document.documentElement.lang = language;

  const stage = document.createElement("lro-stage");
  stage.language = language;
  const overlay = document.createElement("live-room-overlay");
  overlay.lang = language;
  const elsewhere = document.createElement("a");
  elsewhere.slot = "elsewhere";
  elsewhere.href = "/";
  elsewhere.textContent = catalogue(language).full.rooms;
  overlay.append(elsewhere);

  overlay.gift = giftInFragment(location.hash);
  const store = tabStore();
  const given = takeToken(room, location, history, store);
  // Reloading must not ask for the same gift again.
  if (overlay.gift !== null) history.replaceState(history.state, "", location.pathname + location.search);
  const renew = async (): Promise<void> => {
    if (room !== DEMO) return;
    const token = await demoToken(overlay.token ?? given, fetch.bind(window));
    if (token === null) return;
    keepToken(room, token, store);
    overlay.token = token;
  };
  overlay.addEventListener(EVENT.tokenRequest, () => void renew());
  overlay.addEventListener(EVENT.signInRequest, () => void renew());
  stage.addEventListener(EVENT.playingChange, ({ detail }) => {
    overlay.playing = detail.playing;
  });

  document.body.append(stage, overlay);
  overlay.token = given;
  // On the demo every browser is a member; a token kept from an older demo is renewed or replaced.
  await renew();
  overlay.room = room === "" ? "?" : room;
}

void begin();
