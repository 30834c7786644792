import { expect, test } from 'vitest';
import { html, RESOURCE } from '../support/discovery.ts';
import { codes, examined } from '../support/examination.ts';

test('nothing is found on right servers', async () => {
  const examination = await examined();
  expect(examination.discovery?.chosen?.issuer).toBe('https://as.example');
  expect(codes(examination)).toEqual([]);
});

test('a page in place of the metadata is found', async () => {
  expect(codes(await examined({ [`${RESOURCE}/mcp`]: html }))).toContain('PRM-05');
});
