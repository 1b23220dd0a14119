/** `/overlay/{room}`: the transparent page for OBS. `?lang= &motion=reduced &safe=5 &guides` */
import { roomOfPath } from "../page-address.js";
import { chooseLanguage } from "../text/language.js";
import "./page.css";
import { defineBroadcastOverlay } from "./define.js";
import { watchSource } from "./obs.js";

function begin(): void {
  defineBroadcastOverlay();
  const wishes = new URLSearchParams(location.search);
  const overlay = document.createElement("lro-broadcast");
  // OBS speaks the language of its computer, the burned-in picture that of the shop: Chinese unless asked otherwise.
  overlay.lang = chooseLanguage(wishes.get("lang"), []);
  document.documentElement.lang = overlay.lang;
  overlay.motion = wishes.get("motion");
  overlay.guides = wishes.has("guides");
  const safe = Number.parseFloat(wishes.get("safe") ?? "");
  if (Number.isFinite(safe)) overlay.safe = safe;
  overlay.room = roomOfPath(location.pathname, "overlay");
  watchSource(window, (shown) => {
    overlay.shownBySource = shown;
  });
  document.body.append(overlay);
}

begin();
