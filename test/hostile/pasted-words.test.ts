import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fault } from '../../src/base/fault.ts';
import { shellWord } from '../../src/base/text.ts';
import { readReport } from '../../src/mend/from-report.ts';
import { isProxyName, mend, PROXIES, type ProxyName, toMendingText } from '../../src/mend/mending.ts';
import { type Directive, parseNginx } from '../../src/mend/nginx/parse.ts';
import type { Alias } from '../../src/mend/routes.ts';
import { readSite, type Site } from '../../src/mend/site.ts';
import { toCurl } from '../../src/trace/curl.ts';
import type { Exchange } from '../../src/trace/event.ts';
import { readYaml } from '../support/yaml.ts';

/** What the URL Standard allows in a host, and what shells, nginx, Caddy, Traefik, Envoy and YAML take for more. */
const SIGNS = [
  ...'abc09.-_~;{}$()\'",&=!*`+#%@:/\\|<>? \t\n\r\u0000é',
  '{touch,pwned}',
  '$(id)',
  '%7B',
  '%0A',
  '\u202e',
  '//',
  '[::1]',
];
const text = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.array(fc.constantFrom(...SIGNS), { maxLength: 12 }).map(parts => parts.join('')),
  },
  { weight: 3, arbitrary: fc.stringMatching(/^[a-z][a-z\d.-]{0,8}[a-z\d]$/) },
);
const url = fc
  .tuple(
    fc.constantFrom('https://', 'https://', 'http://', 'HTTPS://', 'ftp://', ''),
    text,
    fc.constantFrom('', '', '', ':8443', ':0', ':x'),
    text,
  )
  .map(([scheme, host, port, path]) => `${scheme}${host}${port}/${path}/mcp`);
const proxies = fc.constantFrom(...(Object.keys(PROXIES) as ProxyName[]));
const aliases = fc.constantFrom<Alias>('app', 'proxy', 'none');

/** The site, unless it is refused as a URL that goes into no configuration. */
function siteOf(...urls: [string, string?]): Site | undefined {
  try {
    return readSite(...urls);
  } catch (error) {
    expect(error).toBeInstanceOf(Fault);
    expect((error as Fault).code).toMatch(/^usage\.(?:url|flag)$/);
    return undefined;
  }
}

/** Directives with their names and the number of their arguments, which is all that a URL must not change. */
function shape(directives: readonly Directive[]): unknown[] {
  return directives.map(({ name, args, block }) => [name, args.length, block ? shape(block) : 'end']);
}

const lines = (yaml: unknown): string => JSON.stringify(yaml).replace(/"(?:[^"\\]|\\.)*"/g, '""');
const HOSTILE_HOSTS = ['x;{touch,pwned};', 'x;}server{listen;', '$(id)', "x'y", 'a&b', 'a`id`', '!x', '*.x'];

describe('a configuration', () => {
  test.each(HOSTILE_HOSTS)('for a host named %s is not written', host => {
    expect(URL.canParse(`https://${host}/app/mcp`)).toBe(true);
    expect(() => readSite(`https://${host}/app/mcp`)).toThrow(expect.objectContaining({ code: 'usage.url' }));
    expect(() => readSite('https://one.example/app/mcp', `http://${host}/mcp`)).toThrow(
      expect.objectContaining({ code: 'usage.url' }),
    );
  });

  test('has nothing of a URL in it but letters, digits and little else, and the structure it is to have', () => {
    let written = 0;
    fc.assert(
      fc.property(
        url,
        fc.option(url, { nil: undefined }),
        proxies,
        aliases,
        (target, upstream, proxy, alias) => {
          const site = siteOf(target, upstream);
          if (!site) return;
          written++;
          for (const part of [site.url, site.origin, site.upstream.origin])
            expect(part).toMatch(
              /^https?:\/\/(?:[a-z\d][a-z\d._-]*|\[[\da-f:.]+\])(?::\d+)?(?:\/[\w.~-]+)*\/?$/,
            );
          for (const part of [site.prefix, site.inner]) expect(part).toMatch(/^(?:\/[\w.~-]+)*\/?$/);
          const { configuration } = mend(site, proxy, alias);
          const twin = (path: string) => path.replace(/[^/]+/g, 'a');
          const plainSite = {
            ...site,
            host: site.host.startsWith('[') || /^[\d.]+$/.test(site.host) ? site.host : 'a.example',
            prefix: twin(site.prefix),
            inner: twin(site.inner),
          };
          const plainly = mend(plainSite, proxy, alias).configuration;
          if (proxy === 'nginx') {
            const parsed = parseNginx(configuration);
            expect(parsed.problems).toEqual([]);
            expect(shape(parsed.directives)).toEqual(shape(parseNginx(plainly).directives));
          } else if (proxy === 'caddy') {
            expect(configuration.replace(/[^{}\n]/g, '')).toBe(plainly.replace(/[^{}\n]/g, ''));
          } else expect(lines(readYaml(configuration))).toHaveLength(lines(readYaml(plainly)).length);
          const fixed = toMendingText(site, mend(site, proxy, alias), 80);
          expect(fixed.replace(/[^\n]/g, '').length).toBeGreaterThan(0);
          expect(fixed).not.toMatch(/\{touch|\$\(id/);
        },
      ),
      { numRuns: 2_000 },
    );
    expect(written).toBeGreaterThan(20);
  });

  test('made of somebody else’s report is so too', () =>
    fc.assert(
      fc.property(
        fc.record({
          schema: fc.constantFrom<unknown>(1, 2, '1', undefined),
          target: fc.oneof(url, fc.constantFrom<unknown>('https://one.example/app/mcp', 7, null, {})),
          examination: fc.record({
            kind: fc.constantFrom<unknown>('server', 'issuer', 1),
            exchanges: fc.oneof(fc.jsonValue(), fc.constant({ a: [['server', 'caddy']] })),
            discovery: fc.oneof(
              fc.jsonValue(),
              fc.record({ issuers: fc.array(fc.record({ issuer: text })) }),
            ),
          }),
        }),
        report => {
          let read: ReturnType<typeof readReport>;
          try {
            read = readReport(JSON.stringify(report));
          } catch (error) {
            expect(error).toMatchObject({ code: 'usage.flag' });
            return;
          }
          for (const { target, proxy, issuers } of read) {
            const site = siteOf(target);
            if (!site) continue;
            const mending = mend(
              site,
              proxy !== undefined && isProxyName(proxy) ? proxy : 'nginx',
              'app',
              issuers,
            );
            const words = toMendingText(site, mending, 10_000);
            // What it says of issuers stands in one line, in quotation marks that nothing in it closes.
            const [said = ''] = words.split('\n').filter(line => line.includes('signs people in itself'));
            const named = /It names (.*) instead: then wk-authserver/.exec(said)?.[1] ?? '"';
            expect(named).toMatch(/^(?:[\w.:/-]+|"[^"\p{Cc}]*"?)$/u);
            expect(mending.configuration).not.toMatch(/touch|\$\(id/);
          }
        },
      ),
      { numRuns: 500 },
    ));
});

/** The words that a shell makes of a line, without running it. */
function words(line: string): string[] {
  const script = `set -- ${line}\nfor word; do printf '%s\\0' "$word"; done`;
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
}

describe.runIf(process.platform !== 'win32')('a line for a shell', () => {
  const visible = text.map(each => each.replaceAll('\u0000', ''));

  test('is the words it was made of, whatever is in them', () =>
    fc.assert(
      fc.property(fc.array(visible, { minLength: 1, maxLength: 20 }), parts => {
        expect(words(parts.map(shellWord).join(' '))).toEqual(parts);
      }),
      { numRuns: 60 },
    ));

  test('made of a recorded request is one command of curl, whatever is in the recording', () =>
    fc.assert(
      fc.property(visible, visible, visible, visible, visible, (method, address, name, value, body) => {
        const exchange = {
          id: '1',
          purpose: 'probe',
          startedAt: 0,
          request: {
            method,
            url: address,
            headers: [[name, value]],
            body: { size: 1, text: body, cut: false },
          },
          outcome: { kind: 'pending' },
          timing: {},
        } as Exchange;
        const made = words(toCurl(exchange));
        const options = method === 'HEAD' || method === 'POST' ? 0 : 2;
        expect(made.slice(0, 4)).toEqual(['curl', '-g', '-sS', method === 'HEAD' ? '--head' : '-i']);
        expect(made).toHaveLength(9 + options);
      }),
      { numRuns: 100 },
    ));
});
