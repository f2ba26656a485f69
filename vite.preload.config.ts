import { defineConfig } from "vite";

/** The preload script: one CommonJS file, since a sandboxed one can load nothing but Electron. */
export default defineConfig({
  build: {
    outDir: "dist/src-main/shell",
    emptyOutDir: false,
    target: "es2023",
    minify: false,
    lib: { entry: "src-main/shell/preload.ts", formats: ["cjs"], fileName: () => "preload.cjs" },
    rolldownOptions: { external: ["electron/renderer"] },
  },
});
