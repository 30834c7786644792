import { expect, test } from 'vitest';
import { certificatesProblem } from '../../src/window/certificates.ts';

const ONE = '-----BEGIN CERTIFICATE-----\nMIIBszCCAVmg\n-----END CERTIFICATE-----\n';

test.each([
  ['one', ONE],
  ['several, with words between', `# the first\n${ONE}the second\n${ONE}`],
])('Certificates are taken: %s', (_, text) => {
  expect(certificatesProblem(text.trim())).toBeUndefined();
});

test.each([
  [
    'a private key beside them',
    `${ONE}-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----`,
    'private key',
  ],
  ['half of one', ONE.slice(0, 40), 'no certificates'],
  ['a path', '/etc/ssl/ca.pem', 'no certificates'],
  ['more than any system has', ONE.repeat(10_000), 'no certificates'],
])('What is none is refused: %s', (_, text, word) => {
  expect(certificatesProblem(text)).toContain(word);
});

test('White space without end between certificates is read once', () => {
  const began = performance.now();
  expect(certificatesProblem(`${ONE}${' '.repeat(400_000)}x`)).toContain('no certificates');
  expect(performance.now() - began).toBeLessThan(500);
});
