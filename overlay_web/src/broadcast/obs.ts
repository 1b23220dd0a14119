/** What OBS tells a browser source. Outside OBS these events never come, and the source counts as shown. */
import { attempt, flag, record } from "../wire/shape.js";

const visible = record({ visible: flag });
const active = record({ active: flag });

/** Call back whenever OBS shows or hides the source, or takes its scene on or off the air. */
export function watchSource(target: EventTarget, onShown: (shown: boolean) => void): void {
  let isVisible = true;
  let isActive = true;
  const tell = (): void => {
    onShown(isVisible && isActive);
  };
  target.addEventListener("obsSourceVisibleChanged", (event) => {
    isVisible = attempt(visible, (event as CustomEvent<unknown>).detail)?.visible ?? isVisible;
    tell();
  });
  target.addEventListener("obsSourceActiveChanged", (event) => {
    isActive = attempt(active, (event as CustomEvent<unknown>).detail)?.active ?? isActive;
    tell();
  });
}

/** Whether this page is a source of OBS, and whatever it shows is in the picture. */
export const isInObs = (target: object): boolean => "obsstudio" in target;
