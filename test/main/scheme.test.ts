import { describe, expect, test } from 'vitest';
import { answerFrom, isWindowUrl, WINDOW_SCHEME } from '../../app/main/scheme.ts';
import { WINDOW_HEADERS, type WindowFile } from '../../src/node/window-files.ts';

const file = (text: string, type: string): WindowFile => ({ type, bytes: Buffer.from(text) });
const answer = answerFrom(
  new Map([
    ['/', file('<!doctype html>', 'text/html; charset=utf-8')],
    ['/assets/a.js', file('a()', 'text/javascript; charset=utf-8')],
  ]),
);
const get = (url: string, method = 'GET') => answer(new Request(url, { method }));

describe('the scheme of the window', () => {
  test('answers with the window, under the policy it has in a browser', async () => {
    const page = get('keybridge://window/');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    for (const [name, value] of Object.entries(WINDOW_HEADERS)) expect(page.headers.get(name)).toBe(value);
    expect(await page.text()).toBe('<!doctype html>');
    expect(await get('keybridge://window/assets/a.js').text()).toBe('a()');
    expect(await get('keybridge://window/#/servers').text()).toBe('<!doctype html>');
  });

  test.each([
    'keybridge://window/../package.json',
    'keybridge://window/%2e%2e/%2e%2e/etc/passwd',
    'keybridge://window/..%2f..%2fetc%2fpasswd',
    'keybridge://window/assets/..%5c..%5cdesktop.js',
    'keybridge://window//etc/passwd',
    'keybridge://window/assets/a.js%00',
    'keybridge://window/assets/',
    'keybridge://window/index.html/',
    'keybridge://windows/',
    'keybridge://window.example/',
    'keybridge://window:8080/',
    'keybridge://somebody@window/',
    'keybridge:///',
    'https://window/',
    'file:///etc/passwd',
  ])('has nothing at %s, and says so under the same policy', async url => {
    // A Request takes no name or password; the scheme's handler is handed what Chromium makes of them.
    const answered = answer({ url, method: 'GET' } as Request);
    expect(answered.status).toBe(404);
    expect(await answered.text()).toBe('');
    expect(answered.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  test.each(['POST', 'PUT', 'DELETE', 'HEAD'])('takes no %s', method => {
    expect(get('keybridge://window/', method).status).toBe(405);
  });

  test('has an origin of its own and gets around nothing', () => {
    const { privileges } = WINDOW_SCHEME;
    expect(privileges).toMatchObject({ standard: true, secure: true });
    expect(privileges).toMatchObject({
      bypassCSP: false,
      allowServiceWorkers: false,
      allowExtensions: false,
    });
  });

  test.each(['keybridge://window.evil.example/', 'keybridge-x://window/', 'window', '', 'about:blank'])(
    'is not that of %j',
    url => expect(isWindowUrl(url)).toBe(false),
  );
});
