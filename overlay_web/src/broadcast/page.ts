/** `/overlay/{room}#widget=…&secret=…`: the transparent page for OBS. `?lang= &motion=reduced &safe=5 &guides &leaders=0` */
import { roomOfPath } from "../page-address.js";
import { chooseLanguage } from "../text/language.js";
import { tabStore } from "../viewer/credentials.js";
import "./page.css";
import { defineBroadcastOverlay } from "./define.js";
import { isInObs, watchSource } from "./obs.js";
import { takeWidget } from "./tickets.js";

function begin(): void {
  defineBroadcastOverlay();
  const wishes = new URLSearchParams(location.search);
  const overlay = document.createElement("lro-broadcast");
  // OBS speaks the language of its computer, the burned-in picture that of the shop: Chinese unless asked otherwise.
  overlay.lang = chooseLanguage(wishes.get("lang"), []);
  document.documentElement.lang = overlay.lang;
  overlay.motion = wishes.get("motion");
  overlay.guides = wishes.has("guides");
  overlay.leaders = wishes.get("leaders") !== "0";
  const safe = Number.parseFloat(wishes.get("safe") ?? "");
  if (Number.isFinite(safe)) overlay.safe = safe;
  const room = roomOfPath(location.pathname, "overlay");
  // Before anything is connected: the first connection needs its ticket.
  overlay.widget = room === null ? null : takeWidget(room, location, history, tabStore());
  overlay.explains = !isInObs(window);
  overlay.room = room;
  watchSource(window, (shown) => {
    overlay.shownBySource = shown;
  });
  document.body.append(overlay);
}

begin();
