import { join } from "node:path";

/** Options with which Node.js runs TypeScript. */
export const TYPESCRIPT = ["-r", join(__dirname, "register-typescript.cjs")];
