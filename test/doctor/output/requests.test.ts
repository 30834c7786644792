import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { toCurlScript } from '../../../src/doctor/output/curl.ts';
import { toDoctorHar } from '../../../src/doctor/output/har.ts';
import { toCurl } from '../../../src/trace/curl.ts';
import type { Exchange } from '../../../src/trace/event.ts';
import { NASTY } from '../../support/diagnosis.ts';
import { examined } from '../../support/examination.ts';

function exchange(request: Partial<Exchange['request']>): Exchange {
  return {
    id: 'x1',
    purpose: 'probe',
    startedAt: 0,
    request: { method: 'GET', url: 'https://mcp.example/mcp', headers: [], ...request },
    outcome: { kind: 'pending' },
    timing: {},
  };
}

/** The words that a shell makes of a command, without running it. */
function words(command: string): string[] {
  const script = `set -- ${command}\nfor word; do printf '%s\\0' "$word"; done`;
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
}

test.runIf(process.platform !== 'win32')('whatever is in a request, a shell sees nothing but words', () => {
  const safe = NASTY.replace(/[\p{Cc}\p{Cs}\ufffe\u202e\u2066]/gu, '');
  const body = { size: 1, text: `{"a":"${safe}"}\n$(id)`, cut: false };
  const url = "https://mcp.example/mcp?a='$(id)'&b=[x]`id`";
  const command = toCurl(exchange({ method: 'POST', url, headers: [['x-one', safe]], body }));
  expect(words(command)).toEqual([
    ...['curl', '-g', '-sS', '-i', url],
    ...['-H', `x-one: ${safe.trim()}`, '--data-raw', body.text],
  ]);
});

test('a secret is a placeholder with the name of its field', () => {
  const headers = [
    ['Authorization', 'Bearer [redacted 43 #a1b2c3]'],
    ['x-api-key', '[redacted 20 #a1b2c3]'],
    ['user-agent', ''],
  ] as const;
  const url = 'https://mcp.example/mcp?key=[redacted%2020%20#a1b2c3]';
  expect(toCurl(exchange({ url, headers }))).toBe(
    "curl -g -sS -i 'https://mcp.example/mcp?key=<secret>' -H 'Authorization: Bearer <authorization>' -H 'x-api-key: <x-api-key>' -H 'user-agent:'",
  );
});

test('row 1.5: a script has every question with its reason, each request once', async () => {
  const examination = await examined();
  const script = toCurlScript(examination);
  const asked = examination.probes.flatMap(({ exchanges }) => exchanges);
  expect(script.match(/^curl /gm)).toHaveLength(new Set(asked).size);
  expect(script).toContain(
    "# A client in a browser asks this first.\ncurl -g -sS -i -X OPTIONS 'https://mcp.example/mcp'",
  );
  expect(script).toContain("curl -g -sS --head 'https://mcp.example/mcp'");
});

test('the archive has every request once, with the reason why it was made', async () => {
  const [one, other] = [await examined(), await examined()];
  const { log } = toDoctorHar([one, other], '1.2.3');
  const ids = log.entries.map(entry => entry._exchange);
  expect(new Set(ids).size).toBe(Object.keys(one.exchanges).length + Object.keys(other.exchanges).length);
  expect(log.entries.map(entry => entry._span)).toContain('A client in a browser asks this first.');
});
