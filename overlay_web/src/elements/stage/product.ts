/** What moves: a bottle that turns, the shadows of leaves on the wall, a little dust in the light. */
import type { Geometry } from "./backdrop.js";
import { LABEL_HEIGHT, LABEL_WIDTH } from "./label.js";

/** One turn. Slow enough to read the label. */
const TURN_MS = 16_000;

export type Sprites = { readonly label: HTMLCanvasElement; readonly branch: HTMLCanvasElement };

export function paintProduct(pen: CanvasRenderingContext2D, g: Geometry, { label, branch }: Sprites, atMs: number): void {
  const turn = (atMs / TURN_MS) * Math.PI * 2;
  leaves(pen, g, branch, atMs);
  ticks(pen, g, turn);
  const { x, y, unit } = g;
  const radius = unit * 0.235;
  const foot = y + unit * 0.015;
  const shoulder = foot - unit * 0.66;
  contactShadow(pen, x, foot, radius, unit);
  body(pen, x, foot, shoulder, radius, unit);
  wrapLabel(pen, label, x, shoulder + unit * 0.17, radius, unit * 0.4, turn);
  gloss(pen, x, foot, shoulder, radius);
  cap(pen, x, shoulder, radius, unit, turn);
  dust(pen, g, atMs);
}

function contactShadow(pen: CanvasRenderingContext2D, x: number, foot: number, radius: number, unit: number): void {
  const shade = pen.createRadialGradient(x, foot, radius * 0.4, x, foot, radius * 1.7);
  shade.addColorStop(0, "rgb(72 34 16 / 0.6)");
  shade.addColorStop(1, "rgb(72 34 16 / 0)");
  pen.save();
  pen.translate(x + unit * 0.03, foot);
  pen.scale(1, 0.27);
  pen.translate(-x, -foot);
  pen.fillStyle = shade;
  pen.fillRect(x - radius * 2, foot - radius * 2, radius * 4, radius * 4);
  pen.restore();
}

function outline(pen: CanvasRenderingContext2D, x: number, foot: number, shoulder: number, radius: number): void {
  const neck = radius * 0.42;
  const curve = radius * 0.62;
  pen.beginPath();
  pen.moveTo(x - radius, shoulder + curve);
  pen.lineTo(x - radius, foot - radius * 0.1);
  pen.bezierCurveTo(x - radius, foot + radius * 0.16, x + radius, foot + radius * 0.16, x + radius, foot - radius * 0.1);
  pen.lineTo(x + radius, shoulder + curve);
  pen.bezierCurveTo(x + radius, shoulder + curve * 0.1, x + neck, shoulder + curve * 0.3, x + neck, shoulder - radius * 0.1);
  pen.lineTo(x - neck, shoulder - radius * 0.1);
  pen.bezierCurveTo(x - neck, shoulder + curve * 0.3, x - radius, shoulder + curve * 0.1, x - radius, shoulder + curve);
  pen.closePath();
}

function body(pen: CanvasRenderingContext2D, x: number, foot: number, shoulder: number, radius: number, unit: number): void {
  const glass = pen.createLinearGradient(x - radius, 0, x + radius, 0);
  glass.addColorStop(0, "#3a1707");
  glass.addColorStop(0.16, "#93420f");
  glass.addColorStop(0.42, "#d97a24");
  glass.addColorStop(0.6, "#b85c17");
  glass.addColorStop(0.86, "#6a2a0a");
  glass.addColorStop(1, "#2c1005");
  outline(pen, x, foot, shoulder, radius);
  pen.fillStyle = glass;
  pen.fill();
  const depth = pen.createLinearGradient(0, shoulder, 0, foot);
  depth.addColorStop(0, "rgb(255 214 150 / 0.35)");
  depth.addColorStop(0.3, "rgb(255 180 100 / 0)");
  depth.addColorStop(1, "rgb(40 12 2 / 0.45)");
  pen.fillStyle = depth;
  pen.fill();
  pen.lineWidth = Math.max(1, unit * 0.004);
  pen.strokeStyle = "rgb(255 220 180 / 0.35)";
  pen.stroke();
}

/** Column by column: what stands at the angle of the column, lowered towards the viewer by the curve of the glass. */
function wrapLabel(pen: CanvasRenderingContext2D, label: CanvasImageSource, x: number, top: number, radius: number, height: number, turn: number): void {
  const step = Math.max(1, radius / 110);
  const lip = radius * 0.11;
  pen.save();
  // The columns alone would leave a stair along both edges.
  pen.beginPath();
  pen.ellipse(x, top, radius, lip, 0, Math.PI, 0, true);
  pen.ellipse(x, top + height, radius, lip, 0, 0, Math.PI);
  pen.closePath();
  pen.clip();
  for (let across = -radius; across < radius; across += step) {
    const angle = Math.asin(across / radius);
    const round = ((angle + turn) / (Math.PI * 2)) % 1;
    const column = Math.floor((round < 0 ? round + 1 : round) * LABEL_WIDTH);
    if (column >= LABEL_WIDTH * 0.7) continue;
    const bow = Math.cos(angle) * lip;
    pen.drawImage(label, column, 0, 1, LABEL_HEIGHT, x + across, top + bow - 1, step + 0.7, height + 2);
    // Paper turns away from the lamp towards both edges.
    const away = 1 - Math.cos(angle + 0.18);
    pen.fillStyle = `rgb(64 24 8 / ${Math.min(0.86, 0.04 + away * 0.95).toFixed(3)})`;
    pen.fillRect(x + across, top + bow - 1, step, height + 2);
  }
  pen.restore();
}

function gloss(pen: CanvasRenderingContext2D, x: number, foot: number, shoulder: number, radius: number): void {
  pen.save();
  outline(pen, x, foot, shoulder, radius);
  pen.clip();
  const streak = pen.createLinearGradient(x - radius * 0.78, 0, x - radius * 0.42, 0);
  streak.addColorStop(0, "rgb(255 246 232 / 0)");
  streak.addColorStop(0.5, "rgb(255 246 232 / 0.5)");
  streak.addColorStop(1, "rgb(255 246 232 / 0)");
  pen.fillStyle = streak;
  pen.fillRect(x - radius * 0.78, shoulder + radius * 0.3, radius * 0.36, foot - shoulder - radius * 0.5);
  pen.restore();
}

function cap(pen: CanvasRenderingContext2D, x: number, shoulder: number, radius: number, unit: number, turn: number): void {
  const half = radius * 0.5;
  const top = shoulder - unit * 0.24;
  const metal = pen.createLinearGradient(x - half, 0, x + half, 0);
  metal.addColorStop(0, "#6d4717");
  metal.addColorStop(0.25, "#f7dc9a");
  metal.addColorStop(0.45, "#c8923f");
  metal.addColorStop(0.7, "#e9c274");
  metal.addColorStop(1, "#573610");
  pen.fillStyle = metal;
  pen.beginPath();
  pen.roundRect(x - half, top, half * 2, unit * 0.24, [half * 0.3, half * 0.3, half * 0.16, half * 0.16]);
  pen.fill();
  // Fine ribs that travel with the turn.
  pen.lineWidth = Math.max(0.6, unit * 0.003);
  for (let rib = 0; rib < 36; rib += 1) {
    const angle = (rib / 36) * Math.PI * 2 - turn;
    if (Math.cos(angle) <= 0.05) continue;
    const at = x + Math.sin(angle) * half;
    pen.strokeStyle = `rgb(70 40 8 / ${(0.3 * Math.cos(angle)).toFixed(3)})`;
    pen.beginPath();
    pen.moveTo(at, top + unit * 0.05);
    pen.lineTo(at, shoulder - unit * 0.012);
    pen.stroke();
  }
}

function ticks(pen: CanvasRenderingContext2D, { x, y, unit }: Geometry, turn: number): void {
  pen.fillStyle = "rgb(120 72 44 / 0.42)";
  for (let tick = 0; tick < 48; tick += 1) {
    const angle = (tick / 48) * Math.PI * 2 - turn;
    pen.beginPath();
    pen.ellipse(x + Math.sin(angle) * unit * 0.555, y + Math.cos(angle) * unit * 0.136, unit * 0.006, unit * 0.003, 0, 0, Math.PI * 2);
    pen.fill();
  }
}

/** Two branches whose shadows sway on the wall. The blur is in the sprite: per frame it would cost more than all else. */
function leaves(pen: CanvasRenderingContext2D, { width, y, unit }: Geometry, branch: HTMLCanvasElement, atMs: number): void {
  const sway = Math.sin(atMs / 4_200) * 0.05;
  for (const [across, tilt] of [[-1.5, 0.42 + sway], [1.55, -0.46 - sway * 0.8]] as const) {
    pen.save();
    pen.translate(width / 2 + unit * across, y - unit * 0.2);
    pen.rotate(tilt);
    pen.drawImage(branch, -branch.width / 2, -branch.height);
    pen.restore();
  }
}

function dust(pen: CanvasRenderingContext2D, { x, y, unit }: Geometry, atMs: number): void {
  for (let mote = 0; mote < 16; mote += 1) {
    const way = (atMs / (9_000 + mote * 830) + mote * 0.377) % 1;
    const across = Math.sin(mote * 12.99 + way * 2.2) * unit * 1.05;
    const size = unit * (0.003 + (mote % 4) * 0.0013);
    pen.fillStyle = `rgb(255 236 208 / ${(Math.sin(way * Math.PI) * 0.5).toFixed(3)})`;
    pen.beginPath();
    pen.arc(x + across, y - way * unit * 1.5, size, 0, Math.PI * 2);
    pen.fill();
  }
}
