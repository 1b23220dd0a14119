/** The one ES module a shop page loads: `/live-room-overlay.js`. Built after the pages, into the same folder. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

export default defineConfig({
  build: {
    outDir: "dist",
    emptyOutDir: false,
    target: "es2022",
    // Library builds keep their white space unless told otherwise; nobody bundles this file again.
    rolldownOptions: { output: { minify: true } },
    lib: {
      entry: fileURLToPath(new URL("src/viewer/embed.ts", import.meta.url)),
      formats: ["es"],
      fileName: () => "live-room-overlay.js",
    },
  },
});
