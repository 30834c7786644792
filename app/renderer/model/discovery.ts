import type { ExamineEvent, ExamineRequest, ProbeRow, WindowApi } from '../../../src/api/window.ts';
import type { Target } from '../../../src/broker/settings.ts';
import type { Finding, Severity } from '../../../src/checks/check.ts';
import type { Step } from '../../../src/doctor/steps.ts';
import type { ClientWalk } from '../../../src/doctor/walk.ts';
import type { Exchange, ExchangeId } from '../../../src/trace/event.ts';
import { createStore, type Store } from './store.ts';

export type Result = Extract<ExamineEvent, { kind: 'diagnosis' }>;

/** One examination, as far as it has come. */
export interface Run {
  request: ExamineRequest;
  progress: string;
  probes: readonly ProbeRow[];
  exchanges: ReadonlyMap<ExchangeId, Exchange>;
  result?: Result;
  thrown?: unknown;
}

/** What is known of one target. */
export interface DiscoveryState {
  /** The one that is under way, or that came to nothing. */
  current?: Run;
  /** The last with a result, and the last that was not of one part only. */
  last?: Run;
  whole?: Run;
  /** Names an examination that Keybridge no longer has: it began anew, or has kept newer ones. */
  gone?: string;
}

/** The examinations of one target. They go on while other screens are shown. */
export interface Discovery {
  store: Store<DiscoveryState>;
  /** Ends what is under way and begins anew. */
  run(api: Pick<WindowApi, 'examine'>, request: ExamineRequest): void;
  stop(): void;
  /** Shows the last whole examination in place of one of a part. */
  showWhole(): void;
  /** What is shown can be saved and kept no more. */
  lose(examination: string): void;
}

/** A run with what one event tells. */
function fold(run: Run, event: ExamineEvent): Run {
  switch (event.kind) {
    case 'progress':
      return { ...run, progress: event.text };
    case 'exchange':
      return { ...run, exchanges: new Map([...run.exchanges, [event.exchange.id, event.exchange]]) };
    case 'probes':
      return { ...run, probes: event.probes };
    case 'diagnosis':
      return { ...run, probes: event.probes, result: event };
  }
}

export function createDiscovery(): Discovery {
  const store = createStore<DiscoveryState>({});
  let end = () => {};
  const stop = () => {
    end();
    end = () => {};
    store.change(({ current: _, ...rest }) => rest);
  };
  return {
    store,
    stop,
    lose: examination => store.change(state => ({ ...state, gone: examination })),
    showWhole: () => store.change(state => (state.whole ? { ...state, last: state.whole } : state)),
    run(api, request) {
      end();
      const events = api.examine(request)[Symbol.asyncIterator]();
      let isOver = false;
      end = () => {
        isOver = true;
        void events.return?.();
      };
      let run: Run = { request, progress: '', probes: [], exchanges: new Map() };
      const show = () => store.change(state => ({ ...state, current: run }));
      show();
      const listen = async () => {
        for (let next = await events.next(); !next.done && !isOver; next = await events.next()) {
          run = fold(run, next.value);
          if (!isOver) show();
        }
      };
      void listen().then(
        () => !isOver && store.change(state => finished(state, run)),
        thrown => !isOver && store.change(state => ({ ...state, current: { ...run, thrown } })),
      );
    },
  };
}

function finished({ current: _, ...state }: DiscoveryState, run: Run): DiscoveryState {
  if (!run.result) return state;
  return { ...state, last: run, ...(run.request.only === undefined ? { whole: run } : {}) };
}

const known = new Map<string, Discovery>();
/** Targets whose examinations are remembered while the window is open. */
const MOST = 30;

/** The examinations of a target, the same on each screen. */
export function discoveryOf(url: string, target?: Target): Discovery {
  const key = `${target?.profile ?? ''} ${url}`;
  const found = known.get(key) ?? createDiscovery();
  known.delete(key);
  known.set(key, found);
  for (const [oldest, { store }] of known) {
    if (known.size <= MOST) break;
    if (!store.get().current) known.delete(oldest);
  }
  return found;
}

/** A branch of the tree of questions. */
export interface ProbeGroup {
  id: string;
  group: ProbeRow['group'];
  issuer?: string;
  rows: readonly ProbeRow[];
  /** What asks this branch again. */
  step?: Step;
}

const STEPS: Partial<Record<ProbeRow['group'], Step>> = { endpoint: 'chl', resource: 'prm', server: 'asm' };

/** The questions as a tree, in the order they come in. */
export function groupsOf(probes: readonly ProbeRow[]): ProbeGroup[] {
  const groups = new Map<string, ProbeRow[]>();
  for (const row of probes) {
    const id = row.issuer === undefined ? row.group : `${row.group} ${row.issuer}`;
    groups.set(id, [...(groups.get(id) ?? []), row]);
  }
  return [...groups].flatMap(([id, rows]): ProbeGroup[] => {
    const [first] = rows;
    if (!first) return [];
    const { group, issuer } = first;
    const step = STEPS[group];
    return [{ id, group, rows, ...(issuer === undefined ? {} : { issuer }), ...(step ? { step } : {}) }];
  });
}

/** Whether nothing more is asked in a run: what has no answer by then was never sent. */
export function isOver({ result, thrown }: Run): boolean {
  return result !== undefined || thrown !== undefined;
}

/** How many requests were really sent. */
export function askedOf(probes: readonly ProbeRow[]): number {
  return probes.filter(({ status }) => status !== '').length;
}

/** An address as short as it is clear: without the origin where that is the target's own. */
export function shortAddress(url: string, target: string): string {
  const { origin = '' } = URL.parse(target) ?? {};
  return origin !== '' && url.startsWith(`${origin}/`) ? url.slice(origin.length) : url;
}

/** All findings, those under others included. */
export function flat(findings: readonly Finding[]): Finding[] {
  return findings.flatMap(each => [each, ...flat(each.consequences)]);
}

const SEVERITIES: readonly Severity[] = ['broken', 'unsafe', 'fragile', 'note'];

/** How many findings there are of each severity; those there are none of are left out. */
export function countsOf(findings: readonly Finding[]): [Severity, number][] {
  const all = flat(findings);
  return SEVERITIES.flatMap((severity): [Severity, number][] => {
    const count = all.filter(each => each.severity === severity).length;
    return count > 0 ? [[severity, count]] : [];
  });
}

/** The first root cause that is more than good to know. */
export function rootOf({ diagnosis }: Result): Finding | undefined {
  return diagnosis.findings.find(({ severity }) => severity !== 'note');
}

/** The questions a finding rests on, each once. */
export function probesOf({ evidence }: Finding, probes: readonly ProbeRow[]): ProbeRow[] {
  return probes.filter(({ exchanges }) => exchanges.some(id => evidence.includes(id)));
}

/** Where clients come by on their way. */
export const STAGES = ['server', 'resource', 'issuer', 'sign-in'] as const;
/** `missed`: nothing was there, and it went on. */
export type Outcome = 'passed' | 'missed' | 'stops' | 'guesses' | 'unknown' | 'not-reached';

/** A client's way as one outcome for each stage. */
export function wayOf({ result, steps, code }: ClientWalk): Outcome[] {
  const stages = steps.map(({ url }) => stageOf(url));
  const isRefused = /^(?:REG|TOK|FLW|AUT)-/.test(code ?? '');
  const last = isRefused ? 3 : (stages.at(-1) ?? 0);
  // Whoever guesses has found no metadata of an authorization server.
  const end = result === 'through' ? 4 : result === 'guesses' ? Math.max(2, last) : last;
  return STAGES.map((_, index) => {
    if (index === end) return result === 'through' ? 'passed' : result;
    if (index > end) return 'not-reached';
    const there = steps.filter((_, at) => stages[at] === index);
    const isMissed = there.length > 0 && there.every(({ verdict }) => /^(?:[45]\d\d|no )/.test(verdict));
    return index > 0 && isMissed ? 'missed' : 'passed';
  });
}

function stageOf(url: string): number {
  if (/oauth-authorization-server|openid-configuration/.test(url)) return 2;
  return url.includes('oauth-protected-resource') ? 1 : 0;
}
