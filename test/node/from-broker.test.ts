import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FromBroker } from '../../src/node/from-broker.ts';

/** What a broker may say, with what a shim makes of it. */
const said = fc.oneof(
  fc
    .stringMatching(/^[a-z{}":0-9]{1,40}$/)
    .map(text => ({ bytes: `${text}\n`, heard: [{ line: text }] as unknown[] })),
  fc.constant({ bytes: '#{"log":"x"}\n', heard: [{ control: { log: 'x' } }] as unknown[] }),
  fc.tuple(fc.array(fc.string({ unit: 'binary', maxLength: 60 })), fc.boolean()).map(([pieces, whole]) => ({
    bytes: [
      ...pieces.map(piece => `#{"piece":7,"bytes":${Buffer.byteLength(piece)}}\n${piece}`),
      whole ? '#{"whole":7,"answers":["1"]}\n' : '#{"dropped":7}\n',
    ].join(''),
    heard: whole ? [{ large: pieces.join(''), answers: ['1'] } as unknown] : [],
  })),
);

test('lines, control lines and pieces are told apart, however the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(said), fc.array(fc.nat()), (list, at) => {
      const bytes = Buffer.from(list.map(each => each.bytes).join(''));
      const places = [0, ...at.map(place => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
      const heard: unknown[] = [];
      const from = new FromBroker({
        onLine: line => heard.push({ line: Buffer.from(line).toString() }),
        onLarge: (pieces, answers) => heard.push({ large: Buffer.concat(pieces).toString(), answers }),
        onControl: control => heard.push({ control }),
      });
      for (const [index, end] of places.slice(1).entries()) from.push(bytes.subarray(places[index], end));
      expect(heard).toEqual(list.flatMap<unknown>(each => each.heard));
    }),
    { numRuns: 2000 },
  );
});

test('of two large messages that come at once each has its own pieces', () => {
  const heard: string[] = [];
  const from = new FromBroker({
    onLine: line => heard.push(Buffer.from(line).toString()),
    onLarge: pieces => heard.push(Buffer.concat(pieces).toString()),
    onControl: () => {},
  });
  const piece = (number: number, text: string) => `#{"piece":${number},"bytes":${text.length}}\n${text}`;
  from.push(Buffer.from(`${piece(1, 'one ')}${piece(2, 'two ')}small\n${piece(1, '\nmore')}`));
  from.push(Buffer.from('#{"whole":2,"answers":[]}\n#{"whole":1,"answers":[]}\n'));
  expect(heard).toEqual(['small', 'two ', 'one \nmore']);
});
