/** `/`: the list of rooms. */
import "../page.css";
import { chooseLanguage } from "../text/language.js";
import { defineRoomList } from "./define.js";

defineRoomList();
const list = document.createElement("lro-rooms");
list.language = chooseLanguage(new URLSearchParams(location.search).get("lang"), navigator.languages);
document.documentElement.lang = list.language;
document.body.append(list);
