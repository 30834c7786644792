import { expect, test } from 'vitest';
import { fromFields, insteadFor, toFields } from '../../../app/renderer/model/instead.ts';

const WHOLE = {
  resourceMetadata: 'https://mcp.example/m',
  issuers: ['https://as.example'],
  overrides: {
    endpoints: {
      authorization_endpoint: 'https://as.example/a',
      token_endpoint: 'https://as.example/t',
      registration_endpoint: 'https://as.example/r',
    },
    clientId: 'c',
    scope: 'a b',
    resource: 'https://mcp.example/',
  },
};

test('a form gives back what it was filled with', () => {
  expect(fromFields(toFields(WHOLE))).toEqual(WHOLE);
  expect(fromFields(toFields({}))).toEqual({});
});

test('what is left empty is not said, and spaces around and between are no part of it', () => {
  expect(fromFields({ issuer: '  ', token: ' https://as.example/t ', scope: ' a   b\n' })).toEqual({
    overrides: { endpoints: { token_endpoint: 'https://as.example/t' }, scope: 'a b' },
  });
});

test('what is a client’s goes with a trial sign-up only', () => {
  expect(insteadFor(WHOLE, true)).toEqual(WHOLE);
  const { registration_endpoint: _, ...endpoints } = WHOLE.overrides.endpoints;
  expect(insteadFor(WHOLE, false)).toEqual({ ...WHOLE, overrides: { endpoints } });
  expect(insteadFor({ overrides: { clientId: 'c', scope: 'a' } }, false)).toEqual({});
});
