import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  type HostReport,
  objections,
  requiredScenarios,
  runScenario,
  type ScenarioRun,
} from '../support/conformance.ts';

const REVISION = '2025-11-25';
const CLIENT = fileURLToPath(new URL('./conformance-client.ts', import.meta.url));

/** What must have come of a scenario: checks of the suite that succeeded, and what the host saw. */
interface Outcome {
  proof: readonly string[];
  host: HostReport;
}

const SIGN_IN = [
  'authorization-server-metadata',
  'authorization-request',
  'pkce-code-challenge-sent',
  'pkce-s256-method-used',
  'token-request',
  'pkce-code-verifier-sent',
  'pkce-verifier-matches-challenge',
];
const REGISTERED = [...SIGN_IN, 'client-registration'];
const RESOURCE = [
  'resource-parameter-in-authorization',
  'resource-parameter-in-token',
  'resource-parameter-valid-uri',
  'resource-parameter-consistency',
  'resource-parameter-matches-prm',
];

function open(proof: readonly string[], tool: string, answer: string): Outcome {
  return { proof, host: { protocolVersion: REVISION, tools: [tool], answers: { [tool]: answer } } };
}

function guarded(...proof: string[]): Outcome {
  return open([...proof, 'valid-bearer-token'], 'test-tool', 'test');
}

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  initialize: {
    proof: ['mcp-client-initialization'],
    host: { protocolVersion: REVISION, tools: [], answers: {} },
  },
  tools_call: open(['tool-add-numbers', 'wire-schema-valid'], 'add_numbers', 'The sum of 5 and 3 is 8'),
  'elicitation-sep1034-client-defaults': open(
    ['string', 'integer', 'number', 'enum', 'boolean'].map(
      type => `client-elicitation-sep1034-${type}-default`,
    ),
    'test_client_elicitation_defaults',
    'Elicitation completed: {"name":"John Doe","age":30,"score":95.5,"status":"active","verified":true}',
  ),
  'sse-retry': open(
    ['client-sse-graceful-reconnect', 'client-sse-retry-timing', 'client-sse-last-event-id'],
    'test_reconnection',
    'Reconnection test completed successfully',
  ),
  'auth/metadata-default': guarded(...REGISTERED, ...RESOURCE, 'prm-pathbased-requested'),
  'auth/metadata-var1': guarded(...REGISTERED, ...RESOURCE, 'prm-pathbased-requested'),
  'auth/metadata-var2': guarded(...REGISTERED, ...RESOURCE),
  'auth/metadata-var3': guarded(...REGISTERED, ...RESOURCE),
  'auth/basic-cimd': guarded(...SIGN_IN, 'cimd-client-id-used'),
  'auth/scope-from-www-authenticate': guarded(...REGISTERED, 'scope-from-www-authenticate'),
  'auth/scope-from-scopes-supported': guarded(...REGISTERED, 'scope-from-scopes-supported'),
  'auth/scope-omitted-when-undefined': guarded(...REGISTERED, 'scope-omitted-when-undefined'),
  'auth/scope-step-up': guarded(...REGISTERED, 'scope-step-up-initial', 'scope-step-up-escalation'),
  'auth/scope-retry-limit': {
    proof: [...REGISTERED, 'scope-retry-limit'],
    host: {
      protocolVersion: REVISION,
      tools: [],
      answers: {},
      refused: expect.stringContaining('asks for more rights ("mcp:admin")'),
    },
  },
  'auth/token-endpoint-auth-basic': guarded(...REGISTERED, ...RESOURCE, 'token-endpoint-auth-method'),
  'auth/token-endpoint-auth-post': guarded(...REGISTERED, ...RESOURCE, 'token-endpoint-auth-method'),
  'auth/token-endpoint-auth-none': guarded(...REGISTERED, ...RESOURCE, 'token-endpoint-auth-method'),
  'auth/pre-registration': guarded(...SIGN_IN, 'pre-registration-auth'),
};

describe(`the public conformance suite, ${REVISION}`, { timeout: 60_000 }, () => {
  it.each(requiredScenarios(REVISION))('%s', async scenario => {
    const run = await runScenario(scenario, REVISION, [process.execPath, CLIENT]);
    expect(objections(run, OUTCOMES[scenario]?.proof ?? []), run.output).toEqual([]);
    expect(run.host).toEqual(OUTCOMES[scenario]?.host);
  });

  it('requires eighteen scenarios of a client', () => {
    expect(requiredScenarios(REVISION)).toHaveLength(18);
    expect(Object.keys(OUTCOMES).sort()).toEqual(requiredScenarios(REVISION).sort());
  });
});

describe('a scenario is not passed', () => {
  it('by a client that never speaks, though the suite says so', { timeout: 60_000 }, async () => {
    const run = await runScenario('initialize', REVISION, [process.execPath, '--eval=0']);
    expect(run.exitCode).toBe(0);
    expect(objections(run, ['mcp-client-initialization'])).toEqual([
      'no success of mcp-client-initialization',
      'the client said nothing',
    ]);
  });

  const good = { id: 'a', status: 'SUCCESS', description: 'It was so' };
  const passed: ScenarioRun = { exitCode: 0, checks: [good], host: { tools: [], answers: {} }, output: '' };

  it.each<[string, Partial<ScenarioRun>, string]>([
    ['with a warning', { checks: [good, { ...good, status: 'WARNING' }] }, 'WARNING a: It was so'],
    ['with a failed check', { checks: [good, { ...good, status: 'FAILURE' }] }, 'FAILURE a: It was so'],
    ['when the check that matters is not made', { checks: [] }, 'no success of a'],
    [
      'when that check tells, and does not judge',
      { checks: [{ ...good, status: 'INFO' }] },
      'no success of a',
    ],
    ['when the client ends in error', { output: 'Client exited with code 1\n' }, 'Client exited with code 1'],
    ['when the client is too late', { output: 'Client timed out after 9ms' }, 'Client timed out after 9ms'],
    ['when the suite fails it', { exitCode: 1 }, 'the suite ended with code 1'],
  ])('%s', (_when, change, objection) => {
    expect(objections(passed, ['a'])).toEqual([]);
    expect(objections({ ...passed, ...change }, ['a'])).toEqual([objection]);
  });
});
