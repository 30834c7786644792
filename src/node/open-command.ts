import type { Api } from '../api/contract.ts';
import { openInBrowser } from './browser.ts';
import { environmentOf } from './window-environment.ts';

/** `keybridge open [--print]`: opens the window in a browser, or prints the address that does. Answers the exit code. */
export async function openWindow(api: Api, print: boolean): Promise<number> {
  const address = await api.window(environmentOf(process.env));
  if (!print) {
    try {
      await openInBrowser(new URL(address), process.env.KEYBRIDGE_BROWSER || process.env.BROWSER);
      process.stdout.write('The window opens in your browser.\n');
      return 0;
    } catch {
      process.stderr.write('No browser could be opened here. Open this yourself, within a minute:\n');
    }
  }
  process.stdout.write(`${address}\n`);
  return 0;
}
