import { describe, expect, test } from 'vitest';
import { changeOf, formOf, isChanged, PRESET_NAMES } from '../../../app/renderer/model/server-form.ts';
import { PRESETS } from '../../../src/oauth/presets.ts';

const SERVER = {
  name: 'Mine',
  settings: {
    scopes: ['a', 'b'],
    resource: 'https://mcp.example/',
    clientId: 'me',
    hasClientSecret: true,
    headers: ['X-A', 'X-B'],
    assumePkce: true,
    allowPrivate: false,
    allowHttp: false,
    transport: 'http-first' as const,
    preset: 'auth0',
  },
};

describe('the form of a server’s settings', () => {
  test('comes to no change while nothing is typed', () => {
    const change = changeOf(formOf(SERVER), SERVER);
    expect(change).toEqual({});
    expect(isChanged(change)).toBe(false);
  });

  test('sends what is other, and what was emptied as taken away', () => {
    const form = {
      ...formOf(SERVER),
      name: ' ',
      scopes: ' a  c ',
      clientId: 'other',
      clientSecret: '',
      assumePkce: false,
      transport: 'sse-only' as const,
      preset: '',
    };
    expect(changeOf(form, SERVER)).toEqual({
      name: null,
      scopes: ['a', 'c'],
      clientId: 'other',
      clientSecret: null,
      assumePkce: false,
      transport: 'sse-only',
      preset: null,
    });
  });

  test('tells no resource at all from the server’s own', () => {
    const form = formOf(SERVER);
    expect(changeOf({ ...form, resource: '' }, SERVER)).toEqual({ resource: null });
    expect(changeOf({ ...form, noResource: true }, SERVER)).toEqual({ resource: '' });
    const without = { settings: { ...SERVER.settings, resource: '' } };
    expect(formOf(without).noResource).toBe(true);
    expect(changeOf(formOf(without), without)).toEqual({});
  });

  test('sends a header only when it is new, typed again or gone', () => {
    const form = formOf(SERVER);
    const headers = [
      { id: 0, name: 'X-A', value: undefined },
      { id: 1, name: 'X-B', value: 'again' },
      { id: 2, name: ' X-C ', value: 'new' },
      { id: 3, name: '', value: '' },
    ];
    expect(changeOf({ ...form, headers }, SERVER)).toEqual({ headers: { 'X-B': 'again', 'X-C': 'new' } });
    expect(changeOf({ ...form, headers: headers.slice(1, 2) }, SERVER)).toEqual({
      headers: { 'X-A': null, 'X-B': 'again' },
    });
  });

  test('offers the presets there are', () => {
    expect([...PRESET_NAMES]).toEqual([...PRESETS.map(({ name }) => name), 'none']);
  });
});
