import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

/**
 * The page: built into dist/src-renderer, served by the window's protocol or by `tachie serve`. With `--mode demo` the
 * same page over a made-up studio, for looking at it and for tests; never part of what is delivered.
 */
export default defineConfig(({ mode }) => {
  const isDemo = mode === "demo";
  return {
    root: "src-renderer",
    // The page is served from the root of its own origin in both fronts.
    base: "/",
    plugins: [svelte()],
    build: {
      outDir: isDemo ? "../dist/demo" : "../dist/src-renderer",
      emptyOutDir: true,
      target: "es2024",
      sourcemap: true,
      rolldownOptions: { input: isDemo ? "src-renderer/demo.html" : "src-renderer/index.html" },
    },
    server: { fs: { allow: [".."] } },
  };
});
