import type { FlowArrow, FlowEvent, FlowField } from '../api/window.ts';
import type { ExchangeId } from '../trace/event.ts';

/** Who says something to whom on each arrow, in the order of a whole sign-in. */
const ARROWS = {
  asked: { from: 'host', to: 'keybridge', kind: 'request' },
  request: { from: 'keybridge', to: 'mcp-server', kind: 'request' },
  challenge: { from: 'mcp-server', to: 'keybridge', kind: 'challenge' },
  'resource-metadata': { from: 'keybridge', to: 'mcp-server', kind: 'resource-metadata' },
  'server-metadata': { from: 'keybridge', to: 'authorization-server', kind: 'server-metadata' },
  registration: { from: 'keybridge', to: 'authorization-server', kind: 'registration' },
  device: { from: 'keybridge', to: 'authorization-server', kind: 'authorization' },
  open: { from: 'keybridge', to: 'browser', kind: 'authorization' },
  consent: { from: 'browser', to: 'authorization-server', kind: 'authorization' },
  callback: { from: 'browser', to: 'keybridge', kind: 'callback' },
  token: { from: 'keybridge', to: 'authorization-server', kind: 'token' },
  call: { from: 'keybridge', to: 'mcp-server', kind: 'call' },
  ready: { from: 'keybridge', to: 'host', kind: 'call' },
} as const satisfies Record<string, Pick<FlowArrow, 'from' | 'to' | 'kind'>>;

export type ArrowName = keyof typeof ARROWS;

/** What becomes known of an arrow. */
interface Change {
  title?: string;
  state?: FlowArrow['state'];
  fields?: readonly FlowField[];
  exchange?: ExchangeId;
}

/** The arrows of one sign-in, told whenever one is new or has changed. */
export class FlowChart {
  readonly #tell: (event: FlowEvent) => void;
  readonly #arrows = new Map<string, FlowArrow>();
  #round = 1;

  constructor(tell: (event: FlowEvent) => void) {
    this.#tell = tell;
  }

  /** The arrow of this round. */
  arrow(name: ArrowName): FlowArrow | undefined {
    return this.#arrows.get(this.#id(name));
  }

  /** It was drawn, and has come to an end. */
  isOver(name: ArrowName): boolean {
    const arrow = this.arrow(name);
    return arrow !== undefined && !this.#isOpen(arrow);
  }

  /** Draws an arrow, or more of it. */
  draw(name: ArrowName, { exchange, ...change }: Change): void {
    const before = this.arrow(name);
    const known: FlowArrow = before ?? {
      id: this.#id(name),
      ...ARROWS[name],
      title: '',
      state: 'running',
      exchanges: [],
      fields: [],
    };
    const isNew = exchange !== undefined && !known.exchanges.includes(exchange);
    const arrow = { ...known, ...change, ...(isNew ? { exchanges: [...known.exchanges, exchange] } : {}) };
    if (before && JSON.stringify(before) === JSON.stringify(arrow)) return;
    this.#arrows.set(arrow.id, arrow);
    this.#tell({ kind: 'arrow', arrow });
  }

  /** What was drawn has come to its end; what was not is left alone. */
  done(...names: readonly ArrowName[]): void {
    for (const name of names) if (this.#isOpen(this.arrow(name))) this.draw(name, { state: 'done' });
  }

  /** What comes now comes a second time: the server did not know the client, or the token. */
  again(): void {
    this.#end();
    this.#round++;
  }

  /** It ends here: what was under way has failed, or else the last there was. */
  fail(): void {
    const last = [...this.#arrows.values()].at(-1);
    if (!this.#end() && last) this.#change(last, 'failed');
  }

  #end(): boolean {
    const open = [...this.#arrows.values()].filter(each => this.#isOpen(each));
    // What was only about to be sent did not fail where something else was under way.
    const isRunning = open.some(({ state }) => state === 'running');
    for (const arrow of open) {
      this.#change(arrow, isRunning && arrow.state === 'next' ? 'skipped' : 'failed');
    }
    return open.length > 0;
  }

  #change(arrow: FlowArrow, state: FlowArrow['state']): void {
    this.#arrows.set(arrow.id, { ...arrow, state });
    this.#tell({ kind: 'arrow', arrow: { ...arrow, state } });
  }

  #isOpen(arrow: FlowArrow | undefined): boolean {
    return arrow?.state === 'running' || arrow?.state === 'next';
  }

  #id(name: ArrowName): string {
    return this.#round === 1 ? name : `${name}-${this.#round}`;
  }
}
