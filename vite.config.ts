import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

/** The page: built into dist/src-renderer, served by the window's protocol or by `tachie serve`. */
export default defineConfig({
  root: "src-renderer",
  // The page is served from the root of its own origin in both fronts.
  base: "/",
  plugins: [svelte()],
  build: { outDir: "../dist/src-renderer", emptyOutDir: true, target: "es2023", sourcemap: true },
});
