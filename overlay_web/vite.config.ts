/** The pages: `/`, `/rooms/{room}`, `/overlay/{room}`, `/draws/{draw}`, `/host/{room}`. Their assets are hashed under `/assets/`. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const page = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export default defineConfig({
  base: "/",
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    rolldownOptions: { input: { index: page("index.html"), room: page("room.html"), overlay: page("overlay.html"), draw: page("draw.html"), host: page("host.html") } },
  },
  test: {
    include: ["src/**/*.test.ts"],
    setupFiles: ["src/elements/testing-setup.ts"],
    environment: "node",
    // A file at a time in the same few processes: a new one for each of eighty files was four fifths of the time.
    isolate: false,
    // No measurement: what hangs is ended; a busy machine may take ten times as long as ours.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 60_000,
    onConsoleLog: (log) => {
      throw new Error(`a test wrote to the console: ${log}`);
    },
    restoreMocks: true,
  },
});
