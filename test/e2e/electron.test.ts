import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { _electron } from 'playwright-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { install } from '../support/keybridge.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'node_modules', 'electron');

/** Electron's own program, where it is and can run. */
function electronProgram(): string | undefined {
  const note = join(folder, 'path.txt');
  if (!existsSync(note)) return undefined;
  const dist = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(folder, 'dist');
  const program = join(dist, readFileSync(note, 'utf8'));
  const hasDisplay = process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  return existsSync(program) && hasDisplay ? program : undefined;
}

const program = electronProgram();

describe('the desktop app in Electron', () => {
  if (program === undefined) {
    test("without Electron's program or a display the window is tested in Chromium only", ({ annotate }) => {
      const note =
        "Electron's program or a display is not here: the smoke test of the desktop app has not run.";
      console.warn(note);
      expect(electronProgram()).toBeUndefined();
      return annotate(note).then(() => {});
    });
    return;
  }

  test('shows the window, over its own wire, locked in', async () => {
    const installation = install();
    onTestFinished(() => installation.close());
    const app = await _electron.launch({
      executablePath: program,
      args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), root],
      env: { ...installation.env, DISPLAY: process.env.DISPLAY ?? '' },
    });
    onTestFinished(() => app.close());
    const page = await app.firstWindow();
    expect(page.url()).toMatch(/^keybridge:\/\/window\//);
    await page.getByRole('navigation').first().waitFor();
    const { exposed, hasRequire, opened } = await page.evaluate(() => ({
      exposed: Object.keys(window.keybridge ?? {}).sort(),
      hasRequire: 'require' in globalThis || 'process' in globalThis,
      opened: window.open('about:blank') !== null,
    }));
    expect({ exposed, hasRequire, opened }).toEqual({
      exposed: ['onMessage', 'post'],
      hasRequire: false,
      opened: false,
    });
    await page.evaluate(() => location.assign('https://example.com/'));
    expect(page.url()).toMatch(/^keybridge:\/\/window\//);
    const { pid } = await installation.status();
    expect(pid).toBe(app.process().pid);
    await page.reload();
    await page.getByRole('navigation').first().waitFor();
  });
});
