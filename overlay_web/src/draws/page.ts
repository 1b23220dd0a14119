/** `/draws/{draw}`: recomputes a draw in the reader's own browser. */
import "../page.css";
import { drawOfPath } from "../page-address.js";
import { chooseLanguage } from "../text/language.js";
import { defineDrawProof } from "./define.js";

defineDrawProof();
const proof = document.createElement("lro-draw-proof");
proof.language = chooseLanguage(new URLSearchParams(location.search).get("lang"), navigator.languages);
proof.draw = drawOfPath(location.pathname) ?? "";
document.documentElement.lang = proof.language;
document.body.append(proof);
