/** What does not move: the wall in the light of an evening lamp, the table, the disc. Painted once per size. */

export type Geometry = {
  readonly width: number;
  readonly height: number;
  /** Middle of the turntable. */
  readonly x: number;
  readonly y: number;
  /** All sizes of the product follow it. */
  readonly unit: number;
};

export function geometryOf(width: number, height: number): Geometry {
  const wide = width > height;
  return { width, height, x: width / 2, y: height * (wide ? 0.74 : 0.6), unit: Math.min(width * (wide ? 0.3 : 0.58), height * 0.44) };
}

export function paintBackdrop(pen: CanvasRenderingContext2D, g: Geometry): void {
  const { width, height, x, y, unit } = g;
  const horizon = y - unit * 0.16;
  const wall = pen.createLinearGradient(0, 0, 0, horizon);
  wall.addColorStop(0, "#4a332b");
  wall.addColorStop(0.6, "#8a5f4c");
  wall.addColorStop(1, "#a9775c");
  pen.fillStyle = wall;
  pen.fillRect(0, 0, width, height);
  lamp(pen, x, y - unit * 0.8, unit * 0.98);
  table(pen, g, horizon);
  vignette(pen, g);
  disc(pen, g);
}

function lamp(pen: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  const glow = pen.createRadialGradient(x, y, radius * 0.2, x, y, radius * 2.3);
  glow.addColorStop(0, "rgb(255 196 140 / 0.55)");
  glow.addColorStop(1, "rgb(255 170 110 / 0)");
  pen.fillStyle = glow;
  pen.fillRect(x - radius * 3, y - radius * 3, radius * 6, radius * 6);
  const sun = pen.createLinearGradient(x, y - radius, x, y + radius);
  sun.addColorStop(0, "#ffe0b0");
  sun.addColorStop(0.5, "#ffb483");
  sun.addColorStop(1, "#ec7f5e");
  pen.save();
  pen.filter = `blur(${(radius * 0.022).toFixed(1)}px)`;
  pen.fillStyle = sun;
  pen.beginPath();
  pen.arc(x, y, radius, 0, Math.PI * 2);
  pen.fill();
  pen.restore();
}

function table(pen: CanvasRenderingContext2D, { width, height, x, y, unit }: Geometry, horizon: number): void {
  const top = pen.createLinearGradient(0, horizon, 0, height);
  top.addColorStop(0, "#dcb08d");
  top.addColorStop(0.25, "#c18f6d");
  top.addColorStop(1, "#5b3c2e");
  pen.fillStyle = top;
  pen.fillRect(0, horizon, width, height - horizon);
  const pool = pen.createRadialGradient(x, y, 0, x, y, unit * 1.7);
  pool.addColorStop(0, "rgb(255 226 190 / 0.6)");
  pool.addColorStop(1, "rgb(255 226 190 / 0)");
  pen.save();
  pen.translate(0, y);
  pen.scale(1, 0.32);
  pen.translate(0, -y);
  pen.fillStyle = pool;
  pen.fillRect(x - unit * 2, y - unit * 2, unit * 4, unit * 4);
  pen.restore();
  pen.fillStyle = "rgb(70 38 24 / 0.25)";
  pen.fillRect(0, horizon - 1, width, 2);
}

function vignette(pen: CanvasRenderingContext2D, { width, height, x, y, unit }: Geometry): void {
  const far = Math.hypot(width, height) * 0.62;
  const shade = pen.createRadialGradient(x, y - unit * 0.5, unit * 0.8, x, y - unit * 0.5, far);
  shade.addColorStop(0, "rgb(24 12 8 / 0)");
  shade.addColorStop(1, "rgb(24 12 8 / 0.62)");
  pen.fillStyle = shade;
  pen.fillRect(0, 0, width, height);
}

function disc(pen: CanvasRenderingContext2D, { x, y, unit }: Geometry): void {
  pen.save();
  pen.filter = `blur(${(unit * 0.04).toFixed(1)}px)`;
  pen.fillStyle = "rgb(58 28 16 / 0.5)";
  pen.beginPath();
  pen.ellipse(x + unit * 0.06, y + unit * 0.1, unit * 0.66, unit * 0.17, 0, 0, Math.PI * 2);
  pen.fill();
  pen.restore();
  const rim = pen.createLinearGradient(x - unit * 0.6, 0, x + unit * 0.6, 0);
  rim.addColorStop(0, "#a87a5e");
  rim.addColorStop(0.35, "#f3dcc4");
  rim.addColorStop(1, "#8d6048");
  pen.fillStyle = rim;
  pen.beginPath();
  pen.ellipse(x, y + unit * 0.055, unit * 0.6, unit * 0.15, 0, 0, Math.PI * 2);
  pen.fill();
  const face = pen.createLinearGradient(x - unit * 0.6, y - unit * 0.1, x + unit * 0.6, y + unit * 0.1);
  face.addColorStop(0, "#fff1e0");
  face.addColorStop(1, "#d9b497");
  pen.fillStyle = face;
  pen.beginPath();
  pen.ellipse(x, y, unit * 0.6, unit * 0.15, 0, 0, Math.PI * 2);
  pen.fill();
}
