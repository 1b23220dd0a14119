import { css } from "lit";

/** A page that is read, not watched: one column under a heading, the same for the list of rooms and a draw's proof. */
export const readingPage = css`
  .surface {
    --u: clamp(0.94px, 100cqw / 390, 1.12px);
    overflow-y: auto;
    background:
      radial-gradient(90% 60% at 50% -10%, rgb(207 90 50 / 0.28), transparent 70%),
      #17110e;
  }
  @container surface (min-aspect-ratio: 1/1) {
    .surface {
      --u: clamp(0.9px, 100cqw / 1320, 1.45px);
    }
  }
  @container surface (min-width: 700px) and (max-aspect-ratio: 1/1) {
    .surface {
      --u: clamp(1.12px, 100cqw / 700, 1.6px);
    }
  }
  main {
    max-inline-size: calc(640 * var(--u));
    margin-inline: auto;
    padding: max(calc(48 * var(--u)), env(safe-area-inset-top)) calc(20 * var(--u)) calc(48 * var(--u));
  }
  header {
    display: grid;
    grid-template-columns: 1fr auto;
    align-items: center;
    margin-block-end: calc(22 * var(--u));
  }
  h1 {
    margin: 0;
    font-size: calc(30 * var(--u));
    font-weight: 700;
    letter-spacing: -0.01em;
  }
  header button {
    min-inline-size: calc(36 * var(--u));
    min-block-size: calc(32 * var(--u));
    padding: 0 calc(10 * var(--u));
    border: 1px solid var(--lro-line);
    border-radius: 99px;
    color: var(--lro-ink-soft);
    font-size: calc(12.5 * var(--u));
    font-weight: 600;
  }
  header p {
    grid-column: 1 / -1;
    margin: calc(6 * var(--u)) 0 0;
    color: var(--lro-ink-soft);
  }
`;
