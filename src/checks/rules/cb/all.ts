import type { Check } from '../../check.ts';
import { check as cb01 } from './01-port-in-use.ts';
import { check as cb02 } from './02-two-bridges.ts';
import { check as cb03 } from './03-loopback-families.ts';
import { check as cb04 } from './04-proxy-redeems.ts';
import { check as cb05 } from './05-code-missing.ts';
import { check as cb06 } from './06-unknown-state.ts';
import { check as cb07 } from './07-iss.ts';
import { check as cb08 } from './08-browser-elsewhere.ts';
import { check as cb09 } from './09-error-forwarded.ts';
import { check as cb11 } from './11-code-twice.ts';

export const CB: readonly Check[] = [cb01, cb02, cb03, cb04, cb05, cb06, cb07, cb08, cb09, cb11];
