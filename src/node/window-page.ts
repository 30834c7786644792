import { randomBytes } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { secureFolder } from './home.ts';
import { remove } from './lock.ts';

const NAME = /^window-[0-9a-f]{24}\.html$/;
/** Milliseconds until a page that nobody opened is taken away; what it leads to is over by then. */
const LIFE = 60_000;

/** Pages in the state folder that lead a browser to the window: their address may be known, their content not. */
export class WindowPages {
  readonly #folder: string;
  /** By the ticket they bring. */
  readonly #pages = new Map<string, { path: string; timer: NodeJS.Timeout }>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Writes a page for the user alone that leads to this address. Throws what the system says, and `home.unsafe`. */
  write(landing: string): URL {
    secureFolder(this.#folder);
    // Those of a process that died.
    if (this.#pages.size === 0) this.#sweep();
    const ticket = new URL(landing).searchParams.get('ticket') ?? '';
    const path = join(this.#folder, `window-${randomBytes(12).toString('hex')}.html`);
    writeFileSync(path, pageOf(landing), { mode: 0o600, flag: 'wx' });
    const timer = setTimeout(() => this.used(ticket), LIFE).unref();
    this.#pages.set(ticket, { path, timer });
    return pathToFileURL(path);
  }

  /** Takes the page away that brought this ticket. */
  used(ticket: string): void {
    const page = this.#pages.get(ticket);
    if (!page) return;
    this.#pages.delete(ticket);
    clearTimeout(page.timer);
    removeQuietly(page.path);
  }

  close(): void {
    for (const ticket of [...this.#pages.keys()]) this.used(ticket);
  }

  #sweep(): void {
    for (const name of readdirSync(this.#folder)) {
      if (NAME.test(name)) removeQuietly(join(this.#folder, name));
    }
  }
}

/** No script: some browsers run none from a file. The address is ours and has nothing in it to escape. */
function pageOf(landing: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Keybridge</title>
<meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0; url=${landing}">
<p><a href="${landing}">Open Keybridge</a></p></html>
`;
}

function removeQuietly(path: string): void {
  try {
    remove(path);
  } catch {
    // What it leads to is over soon.
  }
}
