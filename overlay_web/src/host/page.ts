/** `/host/{room}`: the panel and the host's credentials. */
import { EVENT } from "../names.js";
import { roomOfPath } from "../page-address.js";
import "../page.css";
import { chooseLanguage } from "../text/language.js";
import { demoToken, keepToken, tabStore, takeToken, tokenInFragment } from "../viewer/credentials.js";
import { defineHostPanel } from "./define.js";

const DEMO = "demo";
/** A host's token is not the viewer's of the same tab. No room is called that: a slash is in no id. */
const shelf = (room: string): string => `host/${room}`;

async function begin(): Promise<void> {
  defineHostPanel();
  const room = roomOfPath(location.pathname, "host") ?? "";
  const panel = document.createElement("lro-host-panel");
  panel.lang = chooseLanguage(new URLSearchParams(location.search).get("lang"), navigator.languages);
  document.documentElement.lang = panel.lang;

  const store = tabStore();
  const brought = tokenInFragment(location.hash) !== null;
  const given = takeToken(shelf(room), location, history, store);
  const renew = async (): Promise<void> => {
    if (room !== DEMO) return;
    const token = await demoToken(panel.token ?? given, fetch.bind(window), "host");
    if (token === null) return;
    keepToken(shelf(room), token, store);
    panel.token = token;
  };
  panel.addEventListener(EVENT.tokenRequest, () => void renew());
  panel.token = given;
  // The demo gives everybody a host's token; what the address brought is tried as it is.
  if (!brought) await renew();
  panel.room = room === "" ? "?" : room;
  document.body.append(panel);
}

void begin();
