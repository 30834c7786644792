import { registerHooks } from 'node:module';

/* `node --import` of this puts fake-electron.ts in Electron's place. */

const FAKE = new URL('./fake-electron.ts', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' ? { url: FAKE, shortCircuit: true } : next(specifier, context),
});
