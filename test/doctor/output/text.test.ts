import { expect, test } from 'vitest';
import { columns } from '../../../src/doctor/output/layout.ts';
import { toMarkdown } from '../../../src/doctor/output/markdown.ts';
import { toText } from '../../../src/doctor/output/text.ts';
import { diagnosed, finding, nasty } from '../../support/diagnosis.ts';
import { html, OAUTH, OPENID, RESOURCE } from '../../support/discovery.ts';
import { examined } from '../../support/examination.ts';

test('a report has the findings, what was asked with status and time, and counts', async () => {
  const text = toText(diagnosed(await examined({ [`${RESOURCE}/mcp`]: html })), { colour: false });
  const lines = text.split('\n');
  expect(lines[0]).toBe('https://mcp.example/mcp');
  expect(text).toMatch(/^BROKEN {2}PRM-05 A web page stands where the resource metadata is due/m);
  expect(text).toMatch(/^ {8}Mend: Route /m);
  expect(text).toMatch(/^ {8}See RFC 9728 §3\.2: https:/m);
  expect(text).toMatch(/^ {2}401 +\d+ ms {2}POST initialize {2}https:\/\/mcp\.example\/mcp$/m);
  expect(text).not.toContain('OPTIONS');
  expect(lines.at(-2)).toMatch(/^\d+ broken.*; \d+ requests in \d+\.\d s\.$/);
});

test('rows 1.2 and 2.3: the challenge is shown once, and a redirect hop by hop with its Location', async () => {
  const redirect = (location: string) => () => new Response('', { status: 308, headers: { location } });
  const text = toText(
    diagnosed(await examined({}, { [OPENID]: redirect('/second'), '/second': redirect(OAUTH) })),
    { colour: false, width: 200 },
  );
  expect(text.match(/WWW-Authenticate: /g)).toHaveLength(1);
  expect(text).toContain(`WWW-Authenticate: Bearer resource_metadata="https://mcp.example${RESOURCE}/mcp"`);
  expect(text).toMatch(
    /308 → 308 → 200 .*\n +308 Location: \/second\n +308 Location: \/\.well-known\/oauth-auth/,
  );
});

test('what follows from a finding stands under it by name, and in full when everything is asked for', async () => {
  const diagnosis = diagnosed(await examined(), [
    finding({ consequences: [finding({ code: 'ASM-10', title: 'A consequence.', detail: 'More of it.' })] }),
  ]);
  const short = toText(diagnosis, { colour: false });
  expect(short).toMatch(/^ {8}From this follows:\n {8}BROKEN {2}ASM-10 A consequence\.$/m);
  expect(short).not.toContain('More of it.');
  expect(short).toContain('2 broken; ');
  const long = toText(diagnosis, { colour: false, verbose: true });
  expect(long).toMatch(/^ {16}More of it\.$/m);
  expect(long).toContain('OPTIONS  https://mcp.example/mcp');
  expect(long).toContain("curl -g -sS -i -X OPTIONS 'https://mcp.example/mcp'");
});

test('no line is longer than the terminal is wide, but for addresses and commands', async () => {
  const diagnosis = diagnosed(await examined(), [
    finding({ detail: '漢字 '.repeat(60), title: 'word '.repeat(40) }),
  ]);
  for (const width of [60, 80, 110]) {
    const long = toText(diagnosis, { colour: false, width })
      .split('\n')
      .filter(line => columns(line) > width && !/https?:/.test(line));
    expect(long).toEqual([]);
  }
});

test('colour is only there when it is wanted, and changes nothing else', async () => {
  const diagnosis = diagnosed(await examined({ [`${RESOURCE}/mcp`]: html }));
  const bare = toText(diagnosis, { colour: false, verbose: true });
  expect(bare).not.toContain('\u001b');
  const coloured = toText(diagnosis, { colour: true, verbose: true });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is looked for
  expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(bare);
  expect(coloured).not.toBe(bare);
});

test('nothing a server says steers the terminal', async () => {
  for (const verbose of [false, true]) {
    const text = toText(await nasty(), { colour: false, verbose });
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
    expect(text).toContain('Title');
  }
});

test('an issuer is shown with its endpoints', async () => {
  const examination = await examined({}, {}, {}, 'https://as.example', { kind: 'issuer' });
  const text = toText(diagnosed(examination), { colour: false });
  expect(text).toMatch(/^ {2}authorization_endpoint +https:\/\/as\.example\//m);
  expect(text).toMatch(/^ {2}token_endpoint +https:\/\/as\.example\//m);
});

test('row 2.8: Hebrew, Chinese and other scripts of a server stand in a report as they are', async () => {
  const words = 'שרת לא נמצא – 找不到伺服器 – сервер';
  const diagnosis = diagnosed(await examined(), [finding({ title: words, detail: words, remedy: words })]);
  const text = toText(diagnosis, { colour: false, width: 100 });
  expect(text.split(words)).toHaveLength(4);
  expect(toMarkdown(diagnosis).split(words)).toHaveLength(4);
});
