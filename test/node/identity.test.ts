import { describe, expect, test } from 'vitest';
import { compareVersions, type Identity, outranks, readIdentity } from '../../src/node/identity.ts';

const of = (version: string, kind: Identity['kind'] = 'headless', wire = 1): Identity => ({
  version,
  wire,
  kind,
});

describe('versions', () => {
  test('are ordered as Semantic Versioning orders them', () => {
    const ordered = [
      '0.9.9',
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0-rc.1',
      '1.0.0',
      '1.0.1',
      '1.2.0',
      '1.10.0',
      '10.0.0',
    ];
    for (const [index, one] of ordered.entries())
      for (const [place, other] of ordered.entries())
        expect([one, other, Math.sign(compareVersions(one, other) ?? Number.NaN)]).toEqual([
          one,
          other,
          Math.sign(index - place),
        ]);
  });

  test('differ not by their build', () => {
    expect(compareVersions('1.0.0+one', '1.0.0+two')).toBe(0);
  });

  test.each(['', '1', '1.0', 'latest', '1.0.0-', '1.0.0 ', '01.0.0.0', '9'.repeat(99)])(
    'that are none are not compared: "%s"',
    version => {
      expect(compareVersions(version, '1.0.0')).toBeUndefined();
      expect(outranks(of('1.0.0'), of(version))).toBe(false);
      expect(outranks(of(version), of('1.0.0'))).toBe(false);
    },
  );
});

describe('who takes over from whom', () => {
  test('is one order over version, wire and kind: never both, never in a circle', () => {
    const ordered = ['1.0.0-rc.1', '1.0.0', '1.1.0'].flatMap(version =>
      [1, 2].flatMap(wire => (['headless', 'desktop'] as const).map(kind => of(version, kind, wire))),
    );
    for (const [index, one] of ordered.entries())
      for (const [place, other] of ordered.entries())
        expect([one, other, outranks(one, other)]).toEqual([one, other, index > place]);
  });

  test('is read from what the other side tells, whatever that is', () => {
    expect(readIdentity({ version: '1.0.0', wire: 2, kind: 'desktop' })).toEqual(of('1.0.0', 'desktop', 2));
    expect(readIdentity({ version: '1.0.0' })).toEqual(of('1.0.0', 'headless', 0));
    expect(readIdentity({ version: 7, wire: '2', kind: 'other' })).toEqual(of('', 'headless', 0));
  });
});
