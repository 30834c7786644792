import { createInterface } from 'node:readline';
import type { Api, LoginEvent } from '../api/contract.ts';
import { Fault } from '../base/fault.ts';
import { jsonLine, plain, shownUrl, word } from '../base/text.ts';
import type { BridgeSettings } from '../broker/settings.ts';
import { askTerminal, BELONG_TOGETHER } from './ask-terminal.ts';
import { print as printText } from './terminal.ts';

/**
 * `keybridge login`: shows the link, takes a pasted callback URL where no browser could be opened, and
 * says how it ended. Resolves with the exit code.
 */
export async function runLogin(api: Api, settings: BridgeSettings, json: boolean): Promise<number> {
  const host = new URL(settings.server).host;
  let stopReading = () => {};
  try {
    for await (const event of api.login(settings)) {
      if (event.kind === 'link' && !event.opened && event.userCode === undefined)
        stopReading = readPasted(api, json);
      if (json) printText(`${jsonLine(shown(event))}\n`);
      else print(event, host);
      // Whoever reads JSON says so beforehand, with --sign-in-page.
      if (event.kind === 'confirm')
        void (json ? Promise.resolve(false) : askTerminal(BELONG_TOGETHER)).then(yes =>
          api.confirm(event.id, yes),
        );
    }
    return 0;
  } catch (error) {
    if (!json) throw error;
    printText(`${jsonLine({ kind: 'failed', fault: Fault.of(error).toJSON() })}\n`);
    return 1;
  } finally {
    stopReading();
  }
}

/** An event for whoever reads the output: without what a server's URL may hold in its query. */
function shown(event: LoginEvent): LoginEvent {
  if (event.kind !== 'signed-in') return event;
  return { ...event, server: { ...event.server, server: shownUrl(event.server.server) } };
}

function print(event: LoginEvent, host: string): void {
  switch (event.kind) {
    case 'link':
      printText(
        event.userCode !== undefined
          ? `Open this link in any browser, here or on another machine:\n\n  ${event.url}\n\nThe code is  ${word(event.userCode)}\nEnter it there, or see that it is the one shown. This window waits.\n`
          : event.opened
            ? `A browser tab has opened. Sign in to ${host} there; this window waits.\nIf none did, open this link:\n  ${event.url}\n`
            : `No browser could be started here. Open this link in any browser:\n\n  ${event.url}\n\nIf that browser is on another machine it will end on a page it cannot reach.\nThen paste the whole address of that page here and press Enter:\n`,
      );
      break;
    case 'confirm':
    case 'note':
      printText(`${plain(event.text, 4_000)}\n`);
      break;
    case 'signed-in':
      printText(
        event.tokenNeeded
          ? `Signed in to ${host}${event.server.issuer ? ` through ${word(event.server.issuer, 200)}` : ''}. It works.\n`
          : `${host} answers without a sign-in.\n`,
      );
      break;
  }
}

/** Takes lines from the terminal until one of them is the address of the callback. */
function readPasted(api: Api, json: boolean): () => void {
  const lines = createInterface({ input: process.stdin });
  lines.on('line', line => {
    if (line.trim() === '') return;
    api.deliver(line).catch(error => {
      const { sentence } = Fault.of(error);
      printText(`${json ? jsonLine({ kind: 'note', text: sentence }) : plain(sentence, 4_000)}\n`);
    });
  });
  return () => {
    lines.close();
    process.stdin.destroy();
  };
}
