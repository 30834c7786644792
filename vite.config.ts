import { defineConfig } from 'vite';

/** The window's files, for Electron and for browsers alike. */
export default defineConfig({
  root: 'app/renderer',
  base: './',
  build: {
    outDir: '../../dist/window',
    target: 'chrome140',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: {
      onLog(level, log, next) {
        // "use client" is for servers that render; there is none here.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') next(level, log);
      },
    },
  },
});
