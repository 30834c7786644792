import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseLanguage } from '../../../app/renderer/model/language.ts';
import { toFragment, toPlace } from '../../../app/renderer/model/place.ts';

test.each([
  { screen: 'servers' },
  { screen: 'servers', adding: true },
  { screen: 'server', target: { server: 'https://a.example/mcp?x=1#y', profile: 'wörk / 2' }, tab: 'trace' },
  { screen: 'doctor', url: 'https://a.example/%2f' },
  { screen: 'trace' },
] as const)('The place $screen is found again by its fragment', place => {
  expect(toPlace(toFragment(place))).toEqual(place);
});

test('Any fragment is some place', () => {
  fc.assert(fc.property(fc.string(), text => typeof toPlace(`#/${text}`).screen === 'string'));
  expect(toPlace('#/server/%E0%A4%A/x/overview')).toEqual({ screen: 'servers' });
  expect(toPlace('#/server/default/https%3A%2F%2Fa.example%2F/nowhere')).toMatchObject({ tab: 'overview' });
});

test.each([
  [['zh-TW', 'en'], 'zh-Hant'],
  [['zh-HK'], 'zh-Hant'],
  [['zh-CN', 'he-IL'], 'he'],
  [['fr'], 'en'],
  [[], 'en'],
] as const)('Who asks for %j reads %s', (asked, language) => {
  expect(chooseLanguage('system', asked)).toBe(language);
  expect(chooseLanguage('he', asked)).toBe('he');
});
