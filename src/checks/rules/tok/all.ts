import type { Check } from '../../check.ts';
import { check as tok08 } from './08-not-json.ts';

export const TOK: readonly Check[] = [tok08];
