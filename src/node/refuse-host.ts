import type { Fault } from '../base/fault.ts';
import { errorAnswer } from '../bridge/errors.ts';
import { idKey } from '../bridge/scan.ts';
import { FromHost, type Refused } from './from-host.ts';
import { requestIds } from './offers.ts';
import { writeLine } from './write-line.ts';

/** A host that says nothing is not waited for. Milliseconds. */
const PATIENCE = 2_000;
/** What a host says behind its first request is answered for this long. Milliseconds. */
const MORE = 100;

/**
 * Answers what the host says first with why there is no bridge, and ends the process with `code`. Whoever
 * sits at a terminal has read it by then: there it ends at once.
 */
export function refuseHost(fault: Fault, code: number): Promise<never> {
  const end = () => {
    if (process.stdout.writableLength === 0) process.exit(code);
    process.stdout.end(() => process.exit(code));
    setTimeout(() => process.exit(code), PATIENCE);
  };
  return new Promise(() => {
    if (process.stdin.isTTY) return end();
    const answered = new Set<string>();
    const refuse = (id: string) => {
      if (answered.has(idKey(id))) return;
      if (answered.size === 0) setTimeout(end, MORE);
      answered.add(idKey(id));
      writeLine(process.stdout, [errorAnswer(id, fault).bytes]);
    };
    const refuseAll = ({ ids }: Refused) => ids.forEach(refuse);
    const fromHost = new FromHost({
      onMessage: line => requestIds(line).forEach(refuse),
      onTooLong: refuseAll,
      onOther: refuseAll,
      onEncoding: () => {},
    });
    process.stdout.on('error', () => process.exit(code));
    process.stdin.on('data', (chunk: Buffer) => fromHost.push(chunk));
    process.stdin.on('error', end);
    process.stdin.on('end', () => {
      fromHost.end();
      end();
    });
    setTimeout(() => {
      if (answered.size === 0) end();
    }, PATIENCE);
  });
}
