/** Lit says once per page that it runs in development mode; in tests that is meant, and warnings are to mean something. */
(globalThis as { litIssuedWarnings?: Set<string> }).litIssuedWarnings = new Set(["dev-mode"]);
