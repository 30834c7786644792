import type { RenewalTrouble, ServerStatus, Status } from '../api/contract.ts';
import { duration, jsonLine, plain, quoted, shownUrl, word } from '../base/text.ts';
import { type ServerLoad, WORK } from '../broker/load.ts';
import { print } from './terminal.ts';

const VAULTS = {
  keychain: "sealed, with the key in the system's keychain",
  file: 'sealed, with the key in a file that only you can read',
  memory: 'in memory only, until Keybridge stops',
};

/** `keybridge status`. `undefined`: no broker runs. Answers the exit code. */
export function printStatus(status: Status | undefined, json: boolean): number {
  if (json) {
    const servers = status?.servers.map(each => ({ ...each, server: shownUrl(each.server) })) ?? [];
    print(`${jsonLine({ running: status !== undefined, ...status, servers })}\n`);
    return 0;
  }
  if (!status) {
    print('Keybridge is not running. It starts by itself when a host needs it.\n');
    return 0;
  }
  const lines = [
    `Keybridge ${status.version} is running (process ${status.pid}); its state is in ${status.home}.`,
    `Sign-ins are kept ${VAULTS[status.vault.kind]}.`,
    ...(status.vault.note ? [plain(status.vault.note, 1000)] : []),
    ...(status.load?.servers ?? []).map(loadLine),
    '',
    ...(status.servers.length === 0 ? ['No server is known yet.'] : status.servers.flatMap(serverLines)),
  ];
  print(`${lines.join('\n')}\n`);
  return 0;
}

function loadLine({ server, longest, work, at, turns, isSlowed, cutOffUntil }: ServerLoad): string {
  const now = Date.now();
  const times = turns === 1 ? 'once' : `${turns} times`;
  const since = `${duration(Math.max(0, now - at))} ago`;
  const measure =
    cutOffUntil === undefined
      ? isSlowed
        ? ' It gets a small part of the time.'
        : ''
      : ` It is not asked for another ${duration(Math.max(0, cutOffUntil - now))}.`;
  return `${plain(server, 200)} has held up Keybridge ${times}, for ${Math.round(longest)} ms at the longest (${WORK[work]}, ${since}).${measure}`;
}

function serverLines(server: ServerStatus): string[] {
  const { state, profile, issuer, expiresAt, hosts } = server;
  const lines = [`${plain(shownUrl(server.server), 1000)}${profile === 'default' ? '' : `  as ${profile}`}`];
  if (state === 'signed-in') {
    lines.push(
      `  signed in through ${issuer === undefined ? 'its authorization server' : word(issuer, 200)}`,
    );
    if (server.scope?.length) lines.push(`  scopes: ${word(server.scope.join(' '), 300)}`);
    if (expiresAt !== undefined) lines.push(`  ${expiry(expiresAt, server.renewable ?? false)}`);
  } else if (state === 'sign-in-pending') {
    const code = server.userCode === undefined ? '' : ` (the code is ${word(server.userCode)})`;
    const what = server.stepUp ? ` for more scopes (${quoted(server.stepUp.join(' '))})` : '';
    if (server.unconfirmed) lines.push(`  a sign-in waits for your word: ${plain(server.unconfirmed, 1000)}`);
    else
      lines.push(`  a sign-in${what} waits for you${server.signInUrl ? `: ${server.signInUrl}${code}` : ''}`);
  } else {
    lines.push(state === 'unknown' ? '  not known while the keychain cannot be opened' : '  not signed in');
  }
  if (server.renewal) lines.push(`  ${renewal(server.renewal, state === 'signed-in')}`);
  if (server.unusable && !server.failure)
    lines.push(`  it could not be used the last time: ${plain(server.unusable, 1000)}`);
  if (server.failure) lines.push(`  the last sign-in failed: ${plain(server.failure, 1000)}`);
  lines.push(`  hosts connected: ${hosts.length === 0 ? 'none' : hosts.map(name => word(name)).join(', ')}`);
  return lines;
}

function renewal({ since, tries, nextAt, why }: RenewalTrouble, isSignedIn: boolean): string {
  const now = Date.now();
  const said = plain(why, 1000);
  const times = tries === 1 ? 'once' : `${tries} times`;
  if (nextAt !== undefined)
    return `its token could not be renewed for ${duration(now - since)} (tried ${times}; again in ${duration(Math.max(0, nextAt - now))}): ${said}`;
  return isSignedIn ? `its token cannot be renewed any more: ${said}` : `its sign-in came to an end: ${said}`;
}

function expiry(expiresAt: number, renewable: boolean): string {
  const minutes = Math.round((expiresAt - Date.now()) / 60_000);
  if (renewable) return 'renewed by itself';
  if (minutes <= 0) return 'expired; the next request asks you to sign in';
  return `valid for ${minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`}; the server gives no way to renew it`;
}
