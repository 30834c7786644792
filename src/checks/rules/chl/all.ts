import type { Check } from '../../check.ts';
import { check as chl01 } from './01-no-challenge.ts';

export const CHL: readonly Check[] = [chl01];
