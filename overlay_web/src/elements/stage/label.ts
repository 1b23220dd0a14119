/** The label of the bottle, drawn once flat and wrapped round the glass column by column. */

export const LABEL_WIDTH = 1024;
export const LABEL_HEIGHT = 300;

export function paintLabel(pen: CanvasRenderingContext2D): void {
  pen.clearRect(0, 0, LABEL_WIDTH, LABEL_HEIGHT);
  const paper = pen.createLinearGradient(0, 0, 0, LABEL_HEIGHT);
  paper.addColorStop(0, "#fbf3e8");
  paper.addColorStop(1, "#f0e2d0");
  pen.fillStyle = paper;
  pen.fillRect(0, 0, LABEL_WIDTH * 0.7, LABEL_HEIGHT);
  pen.strokeStyle = "rgb(150 96 60 / 0.55)";
  pen.lineWidth = 3;
  pen.strokeRect(14, 14, LABEL_WIDTH * 0.7 - 28, LABEL_HEIGHT - 28);
  camellia(pen, 150, 150, 74);
  pen.textAlign = "center";
  pen.fillStyle = "#5b2f1a";
  pen.font = '600 68px "Songti SC", "Noto Serif CJK SC", "Noto Sans CJK SC", serif';
  pen.fillText("山茶晨露", 460, 138);
  pen.font = '500 25px "Noto Sans CJK SC", system-ui, sans-serif';
  pen.fillStyle = "#8d5a3b";
  pen.fillText("C A M E L L I A   D E W", 460, 190);
  pen.font = '400 22px "Noto Sans CJK SC", system-ui, sans-serif';
  pen.fillText("精华油 · 30 ml", 460, 236);
}

function camellia(pen: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  for (const [ring, colour] of [[1, "#e9937a"], [0.72, "#dd7459"], [0.44, "#c9563b"]] as const) {
    pen.fillStyle = colour;
    for (let petal = 0; petal < 6; petal += 1) {
      const angle = (petal / 6) * Math.PI * 2 + ring * 1.7;
      pen.beginPath();
      pen.ellipse(x + Math.cos(angle) * radius * ring * 0.5, y + Math.sin(angle) * radius * ring * 0.5, radius * ring * 0.52, radius * ring * 0.4, angle, 0, Math.PI * 2);
      pen.fill();
    }
  }
  pen.fillStyle = "#f6cf86";
  pen.beginPath();
  pen.arc(x, y, radius * 0.14, 0, Math.PI * 2);
  pen.fill();
}
