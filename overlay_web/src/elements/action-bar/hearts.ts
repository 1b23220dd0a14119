/** Hearts that rise from under the finger and are gone: at most a handful at once, each removed by a timer. */

const LIFE_MS = 1_300;
const AT_ONCE = 10;
const PATH =
  "M12 20.2C6.4 16.3 3 13 3 9.1A4.6 4.6 0 0 1 7.6 4.4c1.8 0 3.4 1 4.4 2.6 1-1.6 2.6-2.6 4.4-2.6A4.6 4.6 0 0 1 21 9.1c0 3.9-3.4 7.2-9 11.1Z";
const COLOURS = ["#ff6a4d", "#ff8f6b", "#ffb27f", "#f2546b"] as const;
const SVG = "http://www.w3.org/2000/svg";

let turn = 0;

/** Let one rise out of `from`, which is positioned. Nothing where the viewer asked for less motion. */
export function flyHeart(from: HTMLElement): void {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  if (from.querySelectorAll(".heart").length >= AT_ONCE) return;
  turn = (turn + 1) % 12;
  const heart = document.createElementNS(SVG, "svg");
  heart.setAttribute("viewBox", "0 0 24 24");
  heart.setAttribute("class", "heart");
  heart.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATH);
  path.setAttribute("fill", COLOURS[turn % COLOURS.length] ?? COLOURS[0]);
  heart.append(path);
  from.append(heart);
  const sway = ((turn % 5) - 2) * 16;
  heart.animate(
    [
      { transform: "translate(0, 0) scale(0.4)", opacity: 0 },
      { transform: `translate(${sway * 0.3}px, -24%) scale(1.1)`, opacity: 1, offset: 0.15 },
      { transform: `translate(${sway}px, -420%) scale(0.9) rotate(${sway}deg)`, opacity: 0 },
    ],
    { duration: LIFE_MS, easing: "cubic-bezier(0.2, 0.7, 0.4, 1)", fill: "both" },
  );
  // The timer is the truth: an animation in a hidden page may never end.
  setTimeout(() => {
    heart.remove();
  }, LIFE_MS);
}
