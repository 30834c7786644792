import type { Api } from '../api/contract.ts';
import { openOwn, openUnseen } from './browser.ts';
import { environmentOf } from './window-environment.ts';

/**
 * `keybridge open [--print]`: opens the window in a browser, or prints the address that does. What stands in an
 * argument list is never an address that is of use to another user. Answers the exit code.
 */
export async function openWindow(api: Api, print: boolean): Promise<number> {
  const environment = environmentOf(process.env);
  if (!print && (await open(api))) {
    process.stdout.write('The window opens in your browser.\n');
    return 0;
  }
  const address = await api.window(environment, 'private');
  if (!print) process.stderr.write('No browser could be opened here. Open this yourself, within a minute:\n');
  process.stdout.write(`${address}\n`);
  return 0;
}

async function open(api: Api): Promise<boolean> {
  const environment = environmentOf(process.env);
  const program = process.env.KEYBRIDGE_BROWSER || process.env.BROWSER;
  const hasUnseen = process.platform === 'darwin' && !program;
  if (hasUnseen && (await openUnseen(new URL(await api.window(environment, 'private'))))) return true;
  try {
    await openOwn(new URL(await api.window(environment, 'argument')), program);
    return true;
  } catch {
    return false;
  }
}
