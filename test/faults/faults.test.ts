import { afterEach, describe, expect, test } from 'vitest';
import { keybridge } from './contestant.ts';
import { MESSAGE_FAULTS } from './message-faults.ts';
import { SIGN_IN_FAULTS } from './sign-in-faults.ts';
import { Stage } from './stage.ts';

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

describe('what goes wrong with mcp-remote 0.15.1 does not go wrong here', () => {
  const faults = [...SIGN_IN_FAULTS, ...MESSAGE_FAULTS].sort((one, other) => one.number - other.number);

  test('all fifteen are tried', () => {
    expect(faults.map(({ number }) => number)).toEqual(Array.from({ length: 15 }, (_, index) => index + 1));
  });

  test.each(faults)(
    'fault $number: $title',
    async ({ run }) => {
      stage = new Stage(keybridge);
      expect(await run(stage)).toBeUndefined();
    },
    60_000,
  );
});
