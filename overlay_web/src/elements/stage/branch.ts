/** The blurred shadow of one branch, painted once per size. Its foot is at the middle of the lower edge. */

export function paintBranch(canvas: HTMLCanvasElement, unit: number): void {
  canvas.width = Math.ceil(unit * 1.1);
  canvas.height = Math.ceil(unit * 1.9);
  const pen = canvas.getContext("2d");
  if (pen === null) return;
  pen.filter = `blur(${(unit * 0.028).toFixed(1)}px)`;
  pen.fillStyle = "rgb(60 26 14 / 0.2)";
  pen.translate(canvas.width / 2, canvas.height);
  for (let leaf = 0; leaf < 7; leaf += 1) {
    for (const side of [-1, 1]) {
      pen.save();
      pen.translate(0, -unit * (0.2 + leaf * 0.2));
      pen.rotate(side * (0.95 - leaf * 0.06));
      pen.beginPath();
      pen.ellipse(0, -unit * 0.2, unit * 0.055, unit * 0.21, 0, 0, Math.PI * 2);
      pen.fill();
      pen.restore();
    }
  }
}
