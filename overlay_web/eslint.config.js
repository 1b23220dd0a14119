import js from "@eslint/js";
import { configs as lit } from "eslint-plugin-lit";
import tseslint from "typescript-eslint";

/** Browser globals of the core rooms: wire, link and state must run without a page, a clock or dice. */
const notInTheCore = ["document", "window", "navigator", "localStorage", "sessionStorage", "setTimeout", "setInterval", "fetch"];

export default tseslint.config(
  { ignores: ["dist/", "node_modules/", "dev/shots/"] },
  js.configs.recommended,
  {
    files: ["src/**/*.ts", "*.ts"],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/consistent-type-definitions": "off",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "no-console": "error",
    },
  },
  { files: ["src/elements/**/*.ts", "src/viewer/**/*.ts", "src/broadcast/**/*.ts", "src/rooms/**/*.ts", "src/host/**/*.ts"], extends: [lit["flat/recommended"]] },
  {
    files: ["src/wire/**/*.ts", "src/link/**/*.ts", "src/state/**/*.ts"],
    ignores: ["src/link/browser-ports.ts", "**/*.test.ts"],
    rules: {
      "no-restricted-globals": ["error", ...notInTheCore],
      "no-restricted-properties": [
        "error",
        { object: "Date", property: "now", message: "`now` is an argument here." },
        { object: "Math", property: "random", message: "`random` is injected here." },
      ],
    },
  },
  {
    // Names, comments and titles are other people's words: they reach the page as text, never as markup.
    files: ["src/**/*.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        { selector: "MemberExpression[property.name=/^(innerHTML|outerHTML)$/]", message: "textContent only." },
        { selector: "ImportDeclaration[source.value=/unsafe-html/]", message: "textContent only." },
      ],
    },
  },
  {
    files: ["dev/**/*.mjs", "eslint.config.js"],
    languageOptions: { globals: { console: "readonly", fetch: "readonly", process: "readonly", URL: "readonly", setTimeout: "readonly", setInterval: "readonly", clearInterval: "readonly", Buffer: "readonly", window: "readonly", document: "readonly", WebSocket: "readonly" } },
  },
);
